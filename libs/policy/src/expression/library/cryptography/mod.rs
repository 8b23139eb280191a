//! System.Security.Cryptography and its X509Certificates: hashes, AES, RSA, certificates. What they do is in `postern_dotnet::crypto`; here are
//! the classes and what their calls cost.

mod certificate;
mod cost;
mod extension;
mod hash;
mod names;
mod oid;
mod public_key;
mod random;
mod rsa;
mod symmetric;
#[cfg(test)]
mod tests;
mod transform;

use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType};

pub use certificate::CertificateObject;

use super::Library;
use crate::expression::array::Array;
use crate::expression::enums::EnumValue;
use crate::expression::library::get;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    names::declare(library);
    oid::declare(library);
    hash::declare(library);
    hash::declare_sizes(library);
    transform::declare(library);
    symmetric::declare(library);
    rsa::declare(library);
    random::declare(library);
    public_key::declare(library);
    extension::declare(library);
    certificate::declare(library);
}

/// What is said when work was left to other threads that have too much to do.
const BUSY: &str = "More work waits for other threads than may: the gateway is overloaded.";

/// A `byte[]` argument that must not be null, copied: nothing is borrowed while code runs.
fn bytes(call: &mut Call<'_, '_>, index: usize, parameter: &str) -> Result<Vec<u8>, Thrown> {
    optional_bytes(call, index)?.ok_or_else(|| Exception::argument_null(parameter).into())
}

/// A `byte[]` argument; `None` for null.
fn optional_bytes(call: &mut Call<'_, '_>, index: usize) -> Result<Option<Vec<u8>>, Thrown> {
    let Some(array) = call.object::<Array>(index) else { return Ok(None) };
    let Some(bytes) = array.as_bytes() else { return Ok(None) };
    call.machine.charge_memory(bytes.len())?;
    Ok(Some(bytes.to_vec()))
}

/// The part of a `byte[]` argument that the two `int` arguments behind it name.
fn bytes_range(call: &mut Call<'_, '_>, index: usize, names: [&str; 3]) -> Result<Vec<u8>, Thrown> {
    let [array, offset_name, count_name] = names;
    let bytes = bytes(call, index, array)?;
    let Ok(offset) = usize::try_from(call.int(index + 1)) else {
        return Err(Exception::argument_out_of_range(offset_name, "Non-negative number required.").into());
    };
    let count = usize::try_from(call.int(index + 2)).ok().filter(|count| *count <= bytes.len());
    let Some(count) = count else {
        let message = format!("Value was invalid. (Parameter '{count_name}')");
        return Err(Exception::new(ExceptionType::Argument, message).into());
    };
    let part = bytes.get(offset..).and_then(|rest| rest.get(..count));
    part.map(<[u8]>::to_vec).ok_or_else(|| {
        let message = "Offset and length were out of bounds for the array or count is greater than the number of elements from index to the end of the source collection.";
        Exception::new(ExceptionType::Argument, message).into()
    })
}

/// A new `byte[]`.
fn new_bytes(machine: &mut Machine<'_>, bytes: Vec<u8>) -> Result<Value, Thrown> {
    machine.charge_memory(bytes.len())?;
    Ok(Value::object(Array::bytes(bytes)))
}

/// A value of an enum of the library.
fn enumeration(full_name: &str, value: i64) -> Value {
    match get().class_by_full_name(full_name, 0) {
        Some(class) => Value::object(EnumValue { class, value }),
        None => Value::Null,
    }
}

/// An object argument that must not be null.
fn required<T: crate::expression::object::Object>(
    call: &Call<'_, '_>,
    index: usize,
    parameter: &str,
) -> Result<Rc<T>, Thrown> {
    call.object(index).ok_or_else(|| Exception::argument_null(parameter).into())
}

fn cryptographic(message: &'static str) -> Thrown {
    Exception::new(ExceptionType::Cryptographic, message).into()
}
