//! Members of `System.Text.Encoding` that write into arrays of the caller, and those that few ask.

use std::rc::Rc;

use postern_dotnet::Exception;
use postern_dotnet::text::{Encoding, from_units};

use super::Library;
use super::collections::arguments::INDEX_BEYOND;
use super::encoding::this;
use super::values::{bytes, int, units};
use crate::expression::array::Array;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::List as _;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Text.Encoding")
        .method("bool IsAlwaysNormalized()", |call| Ok((this(call)? == Encoding::Latin1).into()))
        .getter("int WindowsCodePage", |call| {
            Ok(Value::Int(if matches!(this(call)?, Encoding::Ascii | Encoding::Latin1) { 1252 } else { 1200 }))
        })
        .method("int GetBytes(string s, int charIndex, int charCount, byte[] bytes, int byteIndex)", |call| {
            let text = call.text(1).cloned().ok_or_else(|| null_array("s"))?;
            call.machine.charge(text.len() / 4)?;
            let units: Vec<u16> = text.encode_utf16().collect();
            bytes_into(call, &units, ("s", "string"))
        })
        .method("int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex)", |call| {
            if call.argument(1).is_null() {
                return Err(null_array("chars").into());
            }
            let units = units(call, 1)?;
            bytes_into(call, &units, ("chars", "buffer"))
        })
        .method("int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)", units_into);
}

fn null_array(parameter: &str) -> Exception {
    let message = format!("Array cannot be null. (Parameter '{parameter}')");
    Exception::new(postern_dotnet::ExceptionType::ArgumentNull, message)
}

/// The part that two arguments name, as the encodings check it; `of`: the name of what has parts, and what it is.
fn chosen<'a, T>(
    call: &Call<'_, '_>,
    items: &'a [T],
    names: (&str, &str),
    of: (&str, &str),
) -> Result<&'a [T], Exception> {
    let at = |index: usize, name: &str| {
        let message = "Non-negative number required.";
        usize::try_from(call.int(index)).map_err(|_| Exception::argument_out_of_range(name, message))
    };
    let (start, count) = (at(2, names.0)?, at(3, names.1)?);
    let part = start.checked_add(count).and_then(|end| items.get(start..end));
    let message = format!("Index and count must refer to a location within the {}.", of.1);
    part.ok_or_else(|| Exception::argument_out_of_range(of.0, &message))
}

/// Where what was made goes: an array, an argument, from a position on that must be in it.
fn target(call: &Call<'_, '_>, names: (&str, &str)) -> Result<(Rc<Array>, usize), Exception> {
    let array = call.object::<Array>(4).ok_or_else(|| null_array(names.0))?;
    let start = usize::try_from(call.int(5)).ok().filter(|start| *start <= array.len());
    Ok((array, start.ok_or_else(|| Exception::argument_out_of_range(names.1, INDEX_BEYOND))?))
}

/// `GetBytes` into an array: how many bytes that takes.
fn bytes_into(call: &mut Call<'_, '_>, units: &[u16], of: (&str, &str)) -> Result<Value, Thrown> {
    let encoding = this(call)?;
    if call.argument(4).is_null() {
        return Err(null_array("bytes").into());
    }
    let part = chosen(call, units, ("charIndex", "charCount"), of)?;
    let target = target(call, ("bytes", "byteIndex"))?;
    let encoded = encoding.bytes(&from_units(part));
    put(call, target, encoded.into_iter().map(Value::Byte), || {
        let page = encoding.code_page();
        let message = format!(
            "The output byte buffer is too small to contain the encoded data, encoding codepage '{page}' and fallback \
             'System.Text.EncoderReplacementFallback'."
        );
        Exception::argument("bytes", &message)
    })
}

/// Puts what was made into the array; how many that is. The error: they have no room.
fn put(
    call: &mut Call<'_, '_>,
    (array, start): (Rc<Array>, usize),
    made: impl ExactSizeIterator<Item = Value>,
    too_small: impl FnOnce() -> Exception,
) -> Result<Value, Thrown> {
    let count = made.len();
    if start + count > array.len() {
        return Err(too_small().into());
    }
    call.machine.charge(count)?;
    for (at, value) in (start..).zip(made) {
        array.set(at, value)?;
    }
    Ok(int(count))
}

/// `GetChars` into an array.
fn units_into(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let encoding = this(call)?;
    if call.argument(1).is_null() {
        return Err(null_array("bytes").into());
    }
    if call.argument(4).is_null() {
        return Err(null_array("chars").into());
    }
    let bytes = bytes(call, 1, "bytes")?;
    let text = encoding.text(chosen(call, &bytes, ("byteIndex", "byteCount"), ("bytes", "buffer"))?);
    let target = target(call, ("chars", "charIndex"))?;
    let units: Vec<u16> = text.encode_utf16().collect();
    put(call, target, units.into_iter().map(Value::Char), || {
        let page = encoding.code_page();
        let message = format!(
            "The output char buffer is too small to contain the decoded characters, encoding codepage '{page}' and fallback \
             'System.Text.DecoderReplacementFallback'."
        );
        Exception::argument("chars", &message)
    })
}
