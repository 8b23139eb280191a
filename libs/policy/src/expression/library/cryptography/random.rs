//! `RNGCryptoServiceProvider`.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::crypto::random_bytes;
use postern_dotnet::{Exception, ExceptionType};

use super::super::Library;
use super::{bytes, cost, new_bytes};
use crate::expression::array::Array;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::{List, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Security.Cryptography.RandomNumberGenerator : IDisposable")
        .method("static RandomNumberGenerator Create()", |_| Ok(Value::object(Generator)))
        .method("static byte[] GetBytes(int count)", |call| {
            let Ok(count) = usize::try_from(call.int(0)) else {
                return Err(Exception::argument_out_of_range("count", "Non-negative number required.").into());
            };
            call.machine.charge_memory(count)?;
            cost::bulk(call.machine, count)?;
            let mut target = vec![0; count];
            random_bytes(&mut target)?;
            new_bytes(call.machine, target)
        })
        .method("void GetBytes(byte[] data)", |call| fill(call, false))
        .method("void GetNonZeroBytes(byte[] data)", |call| fill(call, true))
        .method("void Dispose()", |_| Ok(Value::Null));
    library
        .declare("sealed class System.Security.Cryptography.RNGCryptoServiceProvider : RandomNumberGenerator")
        .constructor("()", |_| Ok(Value::object(Generator)));
}

/// Tries at a byte that is not zero: each fails once in 256 times, so this many never all fail.
const TRIES_MAX: usize = 64;

fn fill(call: &mut Call<'_, '_>, without_zeros: bool) -> Result<Value, Thrown> {
    let mut data = bytes(call, 1, "data")?;
    cost::bulk(call.machine, data.len())?;
    random_bytes(&mut data)?;
    let target = super::required::<Array>(call, 1, "data")?;
    for (index, byte) in data.iter_mut().enumerate() {
        for _ in 0..TRIES_MAX {
            if *byte != 0 || !without_zeros {
                break;
            }
            random_bytes(std::slice::from_mut(byte))?;
        }
        if *byte == 0 && without_zeros {
            return Err(Exception::new(ExceptionType::Cryptographic, "The random number generator failed.").into());
        }
        target.set(index, Value::Byte(*byte))?;
    }
    Ok(Value::Null)
}

struct Generator;

impl Object for Generator {
    fn of(&self) -> Type {
        Type::named("System.Security.Cryptography.RNGCryptoServiceProvider")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}
