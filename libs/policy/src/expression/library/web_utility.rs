//! `System.Net.WebUtility`. Null in, null out.

use std::borrow::Cow;

use postern_dotnet::Exception;
use postern_dotnet::text::{IsCut, anywhere, before_entities, outside_escapes};
use postern_dotnet::uri::{html_decode, html_encode, url_decode, url_encode};

use super::Library;
use super::string_io::append;
use super::uri::changed;
use super::values::{byte_array, bytes};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("static class System.Net.WebUtility")
        .method("static string HtmlEncode(string value)", |call| nullable(call, anywhere, html_encode))
        .method("static string HtmlDecode(string value)", |call| nullable(call, before_entities, html_decode))
        .method("static string UrlEncode(string value)", |call| nullable(call, anywhere, url_encode))
        .method("static string UrlDecode(string encodedValue)", |call| nullable(call, outside_escapes, url_decode))
        .method("static void HtmlEncode(string value, TextWriter output)", |call| {
            to_writer(call, anywhere, html_encode)
        })
        .method("static void HtmlDecode(string value, TextWriter output)", |call| {
            to_writer(call, before_entities, html_decode)
        })
        .method("static byte[] UrlEncodeToBytes(byte[] value, int offset, int count)", |call| {
            to_bytes(call, url_encode_bytes)
        })
        .method("static byte[] UrlDecodeToBytes(byte[] encodedValue, int offset, int count)", |call| {
            to_bytes(call, url_decode_bytes)
        });
}

/// What becomes of a text.
type Mapping = for<'a> fn(&'a str) -> Cow<'a, str>;

fn nullable(call: &mut Call<'_, '_>, is_cut: IsCut, of: Mapping) -> Result<Value, Thrown> {
    if call.argument(0).is_null() { Ok(Value::Null) } else { changed(call, "value", is_cut, of) }
}

/// A part of the bytes, turned into others. No bytes are nothing, if nothing is asked of them.
fn to_bytes(call: &mut Call<'_, '_>, of: fn(&[u8]) -> Vec<u8>) -> Result<Value, Thrown> {
    if call.argument(0).is_null() && call.int(2) == 0 {
        return Ok(Value::Null);
    }
    let bytes = bytes(call, 0, "bytes")?;
    let within = |index: usize, name: &str, most: usize| {
        let (value, most) = (call.int(index), i64::try_from(most).unwrap_or(i64::MAX));
        let checked = usize::try_from(value).map_err(|_| Exception::negative(name, value.into()))?;
        if i64::from(value) > most { Err(Exception::greater(name, value.into(), most)) } else { Ok(checked) }
    };
    let offset = within(1, "offset", bytes.len())?;
    let count = within(2, "count", bytes.len() - offset)?;
    call.machine.charge(bytes.len() / 2)?;
    byte_array(call, of(bytes.get(offset..offset + count).unwrap_or_default()))
}

/// Letters, digits and `-_.!*()` stay, a blank is a plus sign.
fn url_encode_bytes(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b' ' => encoded.push(b'+'),
            byte if byte.is_ascii_alphanumeric() || b"-_.!*()".contains(byte) => encoded.push(*byte),
            byte => encoded.extend(format!("%{byte:02X}").bytes()),
        }
    }
    encoded
}

fn url_decode_bytes(bytes: &[u8]) -> Vec<u8> {
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high << 4 | low);
                at += 3;
                continue;
            }
            (b'+', ..) => decoded.push(b' '),
            _ => decoded.push(*byte),
        }
        at += 1;
    }
    decoded
}

fn to_writer(call: &mut Call<'_, '_>, is_cut: IsCut, of: Mapping) -> Result<Value, Thrown> {
    if call.argument(1).is_null() {
        return Err(Exception::argument_null("output").into());
    }
    if let Value::String(text) = nullable(call, is_cut, of)? {
        append(call.argument(1), &text)?;
    }
    Ok(Value::Null)
}
