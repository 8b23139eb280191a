//! `System.Random`.

use std::any::Any;
use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;

use postern_dotnet::{Exception, number};

use super::Library;
use super::values::{named_type, number_at};
use crate::expression::array::Array;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// A generator.
struct Random(RefCell<number::Random>);

impl Object for Random {
    fn of(&self) -> Type {
        named_type!("System.Random")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

fn seeded(seed: i32) -> Value {
    Value::object(Random(RefCell::new(number::Random::new(seed))))
}

/// A seed that is different every time.
fn unseeded(_call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    #[allow(clippy::cast_possible_truncation, reason = "any 32 bits will do")]
    Ok(seeded(RandomState::new().hash_one(0) as i32))
}

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Random")
        .constructor("()", unseeded)
        .constructor("(int Seed)", |call| Ok(seeded(call.int(0))))
        .getter("static Random Shared", unseeded)
        .method("int Next()", |call| with(call, |random| Ok(random.next_int().into())))
        .method("int Next(int maxValue)", |call| {
            let bound = call.int(1);
            with(call, |random| random.next_below(bound).map(Value::Int))
        })
        .method("int Next(int minValue, int maxValue)", |call| {
            let (min, max) = (call.int(1), call.int(2));
            with(call, |random| random.next_between(min, max).map(Value::Int))
        })
        .method("long NextInt64()", |call| with(call, |random| random.next_int64(0, i64::MAX).map(Value::Long)))
        .method("long NextInt64(long maxValue)", |call| {
            let max = long(call, 1);
            with(call, |random| random.next_int64(0, max).map(Value::Long))
        })
        .method("long NextInt64(long minValue, long maxValue)", |call| {
            let (min, max) = (long(call, 1), long(call, 2));
            with(call, |random| random.next_int64(min, max).map(Value::Long))
        })
        .method("double NextDouble()", |call| with(call, |random| Ok(random.next_double().into())))
        .method("float NextSingle()", |call| {
            #[allow(clippy::cast_possible_truncation, reason = "as .NET draws it")]
            with(call, |random| Ok(Value::Float(random.next_double() as f32)))
        })
        .method("void NextBytes(byte[] buffer)", |call| {
            let array = call.object::<Array>(1).ok_or_else(|| Exception::argument_null("buffer"))?;
            let mut bytes = array.as_bytes().map(|bytes| bytes.to_vec()).unwrap_or_default();
            call.machine.charge(bytes.len())?;
            call.this::<Random>()?.0.borrow_mut().fill(&mut bytes);
            array.replace_all(bytes.into_iter().map(Value::Byte).collect());
            Ok(Value::Null)
        });
}

fn long(call: &Call<'_, '_>, index: usize) -> i64 {
    number_at(call, index).integer().and_then(|value| i64::try_from(value).ok()).unwrap_or(0)
}

fn with(
    call: &mut Call<'_, '_>,
    draw: impl FnOnce(&mut number::Random) -> Result<Value, Exception>,
) -> Result<Value, Thrown> {
    Ok(draw(&mut call.this::<Random>()?.0.borrow_mut())?)
}
