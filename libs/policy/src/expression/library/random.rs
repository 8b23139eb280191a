//! `System.Random`.

use std::any::Any;
use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;

use postern_dotnet::{Exception, number};

use super::Library;
use super::linq::in_turns;
use super::values::{named_type, number_at};
use crate::expression::array::Array;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::{List as _, Object};
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
        .method("void Shuffle<T>(T[] values)", shuffle)
        .method("T[] GetItems<T>(T[] choices, int length)", items)
        .method("void NextBytes(byte[] buffer)", |call| {
            let array = call.object::<Array>(1).ok_or_else(|| Exception::argument_null("buffer"))?;
            let mut bytes = array.as_bytes().map(|bytes| bytes.to_vec()).unwrap_or_default();
            call.machine.charge(bytes.len())?;
            call.this::<Random>()?.0.borrow_mut().fill(&mut bytes);
            array.replace_all(bytes.into_iter().map(Value::Byte).collect());
            Ok(Value::Null)
        });
}

/// Steps for drawing a number and keeping what it stands for.
const DRAWN_STEPS: usize = 3;

fn shuffle(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    in_turns(
        call,
        |call| {
            let (random, array) = (call.this::<Random>()?, call.object::<Array>(1));
            let array = array.ok_or_else(|| Exception::argument_null("values"))?;
            call.machine.charge_memory(array.len() * size_of::<Value>())?;
            let items = array.to_vec();
            Ok((random, array, items, 0))
        },
        |machine, (random, array, items, next)| {
            while *next + 1 < items.len() {
                let bounds = (i32::try_from(*next).unwrap_or(0), i32::try_from(items.len()).unwrap_or(i32::MAX));
                let other = random.0.borrow_mut().next_between(bounds.0, bounds.1)?;
                items.swap(*next, usize::try_from(other).unwrap_or(*next));
                *next += 1;
                machine.charge(DRAWN_STEPS)?;
                machine.end_turn()?;
            }
            array.replace_all(std::mem::take(items));
            Ok(Value::Null)
        },
    )
}

fn items(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let drawn = in_turns(
        call,
        |call| {
            let (random, choices) = (call.this::<Random>()?, call.object::<Array>(1));
            let choices = choices.ok_or_else(|| Exception::argument_null("choices"))?;
            let Ok(length) = usize::try_from(call.int(2)) else {
                return Err(Exception::negative("length", call.int(2).into()).into());
            };
            if choices.len() == 0 {
                return Err(Exception::argument("choices", "Span may not be empty.").into());
            }
            // The filling is paid for item by item.
            call.machine.take_memory(length.saturating_mul(size_of::<Value>()))?;
            Ok((random, choices, length, Vec::with_capacity(length)))
        },
        |machine, (random, choices, length, items)| {
            let bound = i32::try_from(choices.len()).unwrap_or(i32::MAX);
            while items.len() < *length {
                let index = random.0.borrow_mut().next_below(bound)?;
                items.push(choices.get(usize::try_from(index).unwrap_or(0)).unwrap_or_default());
                machine.charge(DRAWN_STEPS)?;
                machine.end_turn()?;
            }
            Ok(std::mem::take(items))
        },
    )?;
    Ok(Value::object(Array::values(call.type_argument(0), drawn)))
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
