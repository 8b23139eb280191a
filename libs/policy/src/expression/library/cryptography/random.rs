//! `RNGCryptoServiceProvider`.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::crypto::random_bytes;
use postern_dotnet::{Exception, ExceptionType};

use super::super::Library;
use super::{cost, new_bytes};
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
        .method("static int GetInt32(int toExclusive)", |call| {
            if call.int(0) <= 0 {
                let message = format!(
                    "toExclusive ('{0}') must be a non-negative and non-zero value. (Parameter 'toExclusive')\nActual value was {0}.",
                    call.int(0)
                );
                return Err(Exception::new(ExceptionType::ArgumentOutOfRange, message).into());
            }
            below(0, call.int(0))
        })
        .method("static int GetInt32(int fromInclusive, int toExclusive)", |call| {
            if call.int(0) >= call.int(1) {
                let message = "Range of random number does not contain at least one possibility.";
                return Err(Exception::new(ExceptionType::Argument, message).into());
            }
            below(call.int(0), call.int(1))
        })
        .method("static string GetHexString(int stringLength, bool lowercase = false)", |call| {
            let Ok(length) = usize::try_from(call.int(0)) else {
                return Err(Exception::negative("stringLength", call.int(0).into()).into());
            };
            call.machine.charge_memory(length)?;
            cost::bulk(call.machine, length)?;
            let mut bytes = vec![0; length.div_ceil(2)];
            random_bytes(&mut bytes)?;
            let mut digits = postern_dotnet::text::to_hex(&bytes);
            digits.truncate(length);
            if call.bool(1) {
                digits.make_ascii_lowercase();
            }
            Ok(digits.into())
        })
        .method("void GetBytes(byte[] data)", |call| fill(call, false, None))
        .method("void GetBytes(byte[] data, int offset, int count)", |call| {
            let length = super::required::<Array>(call, 1, "data")?.len();
            let at = |index: usize, name: &str| {
                usize::try_from(call.int(index)).map_err(|_| Exception::negative(name, call.int(index).into()))
            };
            let (offset, count) = (at(2, "offset")?, at(3, "count")?);
            if offset.checked_add(count).is_none_or(|end| end > length) {
                let message = "Offset and length were out of bounds for the array or count is greater than the number of elements from index to the \
                               end of the source collection.";
                return Err(Exception::new(ExceptionType::Argument, message).into());
            }
            fill(call, false, Some(offset..offset + count))
        })
        .method("void GetNonZeroBytes(byte[] data)", |call| fill(call, true, None))
        .method("void Dispose()", |_| Ok(Value::Null));
    library
        .declare("sealed class System.Security.Cryptography.RNGCryptoServiceProvider : RandomNumberGenerator")
        .constructor("()", |_| Ok(Value::object(Generator)))
        // What they are given is not used in .NET either.
        .constructor("(byte[] rgb)", |_| Ok(Value::object(Generator)))
        .constructor("(string str)", |_| Ok(Value::object(Generator)));
}

/// Tries at a byte that is not zero: each fails once in 256 times, so this many never all fail.
const TRIES_MAX: usize = 64;

/// A number of a range that is not empty. The chance that the last numbers are a little rarer is 2⁻³² at most: 64 bits are drawn for 32.
fn below(from: i32, to: i32) -> Result<Value, Thrown> {
    let mut bytes = [0; 8];
    random_bytes(&mut bytes)?;
    let width = i128::from(to) - i128::from(from);
    let drawn = (i128::from(u64::from_le_bytes(bytes)) * width) >> 64;
    Ok(Value::Int(i32::try_from(i128::from(from) + drawn).unwrap_or(from)))
}

/// Fills an array, or a part of it.
fn fill(call: &mut Call<'_, '_>, without_zeros: bool, part: Option<std::ops::Range<usize>>) -> Result<Value, Thrown> {
    let target = super::required::<Array>(call, 1, "data")?;
    let part = part.unwrap_or(0..target.len());
    call.machine.charge_memory(part.len())?;
    cost::bulk(call.machine, part.len())?;
    let mut data = vec![0; part.len()];
    random_bytes(&mut data)?;
    for (index, byte) in part.zip(&mut data) {
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
