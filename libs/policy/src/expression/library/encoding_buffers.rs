//! Members of `System.Text.Encoding` that write into arrays of the caller, and those that few ask.

use std::ops::Range;
use std::rc::Rc;

use postern_dotnet::Exception;
use postern_dotnet::text::{Encoding, slice};
use postern_dotnet::work::Paced;

use super::Library;
use super::collections::arguments::INDEX_BEYOND;
use super::encoding::{encoding_units, this};
use super::filling::{Filling, Made, fill};
use super::pieces::work;
use super::values::paid_length;
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
                let size = if call.machine.is_resumed() { None } else { Some(paid_length(call, &text)?) };
                bytes_into(call, size, ("s", "string"), |encoding, part| {
                    encoding.encoding(slice(&text, part.start, part.end))
                })
            })
        })
        .method("int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex)", |call| {
            fill(call, |call| {
                let array = call.object::<Array>(1).ok_or_else(|| null_array("chars"))?;
                bytes_into(call, Some(array.len()), ("chars", "buffer"), |encoding, part| {
                    encoding_units(encoding, array.clone(), part)
                })
            })
        })
        .method("int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)", |call| {
            fill(call, units_for_array)
        });
}

/// Bytes of text that become units in one step.
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

/// `GetBytes` into an array: of a part of so many units, whose bytes a work makes. `None` for the size: it is gone on with.
fn bytes_into(
    call: &mut Call<'_, '_>,
    size: Option<usize>,
    of: (&str, &str),
    encoding_part: impl FnOnce(Encoding, Range<usize>) -> Paced<Vec<u8>>,
) -> Result<Filling, Thrown> {
    let encoding = this(call)?;
    if call.argument(4).is_null() {
        return Err(null_array("bytes").into());
    }
    let part = match size {
        Some(size) => chosen(call, size, ("charIndex", "charCount"), of)?,
        None => 0..0,
    };
    let target = target(call, ("bytes", "byteIndex"))?;
    let bytes = work(call.machine, |_| Ok(encoding_part(encoding, part)))?;
    put(target, Made::Bytes(bytes), || {
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
    let bytes = call.object::<Array>(1).ok_or_else(|| null_array("bytes"))?;
    let part = chosen(call, bytes.len(), ("byteIndex", "byteCount"), ("bytes", "buffer"))?;
    let target = target(call, ("chars", "charIndex"))?;
    let text = work(call.machine, |machine| {
        machine.charge_memory(part.len())?;
        let bytes = bytes.as_bytes().and_then(|bytes| bytes.get(part).map(<[u8]>::to_vec)).unwrap_or_default();
        Ok(encoding.decoding(bytes))
    })?;
    call.machine.charge(text.len() / BYTES_PER_STEP)?;
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
