//! Members of `System.Text.Encoding` that write into arrays of the caller, and those that few ask.

use std::ops::Range;
use std::rc::Rc;

use postern_dotnet::text::{Encoding, from_units, slice};
use postern_dotnet::{Exception, Text};

use super::Library;
use super::collections::arguments::INDEX_BEYOND;
use super::encoding::this;
use super::filling::{Filling, Made, fill};
use super::values::{bytes, paid_length};
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
            fill(call, |call| {
                let text = call.text(1).cloned().ok_or_else(|| null_array("s"))?;
                let size = paid_length(call, &text)?;
                bytes_into(call, size, ("s", "string"), |_, part| Ok(slice(&text, part.start, part.end)))
            })
        })
        .method("int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex)", |call| {
            fill(call, |call| {
                let array = call.object::<Array>(1).ok_or_else(|| null_array("chars"))?;
                bytes_into(call, array.len(), ("chars", "buffer"), |call, part| {
                    call.machine.charge(part.len() / UNITS_PER_STEP)?;
                    let unit = |place: usize| if let Some(Value::Char(unit)) = array.get(place) { unit } else { 0 };
                    Ok(from_units(&part.map(unit).collect::<Vec<u16>>()))
                })
            })
        })
        .method("int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)", |call| {
            fill(call, units_for_array)
        });
}

/// Units of an array that become a text in one step.
const UNITS_PER_STEP: usize = 8;
/// Bytes that are encoded or decoded in one step.
const BYTES_PER_STEP: usize = 10;

fn null_array(parameter: &str) -> Exception {
    let message = format!("Array cannot be null. (Parameter '{parameter}')");
    Exception::new(postern_dotnet::ExceptionType::ArgumentNull, message)
}

/// The part that two arguments name, as the encodings check it; `of`: the name of what has parts, and what it is.
fn chosen(call: &Call<'_, '_>, size: usize, names: (&str, &str), of: (&str, &str)) -> Result<Range<usize>, Exception> {
    let at = |index: usize, name: &str| {
        let message = "Non-negative number required.";
        usize::try_from(call.int(index)).map_err(|_| Exception::argument_out_of_range(name, message))
    };
    let (start, count) = (at(2, names.0)?, at(3, names.1)?);
    let end = start.checked_add(count).filter(|end| *end <= size);
    let message = format!("Index and count must refer to a location within the {}.", of.1);
    end.map(|end| start..end).ok_or_else(|| Exception::argument_out_of_range(of.0, &message))
}

/// Where what was made goes: an array, an argument, from a position on that must be in it.
fn target(call: &Call<'_, '_>, names: (&str, &str)) -> Result<(Rc<Array>, usize), Exception> {
    let array = call.object::<Array>(4).ok_or_else(|| null_array(names.0))?;
    let start = usize::try_from(call.int(5)).ok().filter(|start| *start <= array.len());
    Ok((array, start.ok_or_else(|| Exception::argument_out_of_range(names.1, INDEX_BEYOND))?))
}

/// `GetBytes` into an array: of a part of so many units, which `text` gives.
fn bytes_into<'h>(
    call: &mut Call<'_, 'h>,
    size: usize,
    of: (&str, &str),
    text: impl FnOnce(&mut Call<'_, 'h>, Range<usize>) -> Result<Text, Thrown>,
) -> Result<Filling, Thrown> {
    let encoding = this(call)?;
    if call.argument(4).is_null() {
        return Err(null_array("bytes").into());
    }
    let part = chosen(call, size, ("charIndex", "charCount"), of)?;
    let target = target(call, ("bytes", "byteIndex"))?;
    let text = text(call, part)?;
    call.machine.charge(text.len() / BYTES_PER_STEP)?;
    put(target, Made::Bytes(encoding.bytes(&text)), || {
        let page = encoding.code_page();
        let message = format!(
            "The output byte buffer is too small to contain the encoded data, encoding codepage '{page}' and fallback \
             'System.Text.EncoderReplacementFallback'."
        );
        Exception::argument("bytes", &message)
    })
}

/// What was made goes into the array. The error: it has no room.
fn put(
    (array, start): (Rc<Array>, usize),
    made: Made,
    too_small: impl FnOnce() -> Exception,
) -> Result<Filling, Thrown> {
    if start + made.len() > array.len() {
        return Err(too_small().into());
    }
    Ok(Filling { array, start, made })
}

/// `GetChars` into an array.
fn units_for_array(call: &mut Call<'_, '_>) -> Result<Filling, Thrown> {
    let encoding = this(call)?;
    if call.argument(1).is_null() {
        return Err(null_array("bytes").into());
    }
    if call.argument(4).is_null() {
        return Err(null_array("chars").into());
    }
    let bytes = bytes(call, 1, "bytes")?;
    let part = chosen(call, bytes.len(), ("byteIndex", "byteCount"), ("bytes", "buffer"))?;
    call.machine.charge(part.len() / BYTES_PER_STEP)?;
    let text = encoding.text(bytes.get(part).unwrap_or_default());
    let target = target(call, ("chars", "charIndex"))?;
    let made = if text.is_ascii() { Made::Letters(text.into()) } else { Made::Units(text.encode_utf16().collect()) };
    put(target, made, || {
        let page = encoding.code_page();
        let message = format!(
            "The output char buffer is too small to contain the decoded characters, encoding codepage '{page}' and fallback \
             'System.Text.DecoderReplacementFallback'."
        );
        Exception::argument("chars", &message)
    })
}
