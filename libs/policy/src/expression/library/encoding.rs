//! `System.Text.Encoding`.

use std::any::Any;
use std::ops::Range;
use std::rc::Rc;

use postern_dotnet::text::{Encoding, from_units, joining_units};
use postern_dotnet::work::Paced;
use postern_dotnet::{Exception, Text};

use super::pieces::{ONE_GO_BYTES_MAX, work};
use super::values::{byte_array, bytes, char_array, int, named_type, part, part_of, part_text, text, units};
use super::{ClassBuilder, Library};
use crate::expression::array::Array;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{List, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// An encoding as an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EncodingObject(pub(crate) Encoding);

impl Object for EncodingObject {
    fn of(&self) -> Type {
        named_type!("System.Text.Encoding")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<EncodingObject>() == Some(self)
    }

    fn hash_code(&self) -> u64 {
        self.0 as u64
    }
}

macro_rules! encodings {
    ($builder:expr, $($name:literal $of:ident)*) => {
        $builder $(.getter(concat!("static Encoding ", $name), |_| Ok(Value::object(EncodingObject(Encoding::$of)))))*
    };
}

pub(super) fn declare(library: &mut Library) {
    let builder = library.declare("class System.Text.Encoding");
    let builder = encodings!(
        builder,
        "UTF8" Utf8 "ASCII" Ascii "Unicode" Unicode "BigEndianUnicode" BigEndianUnicode "UTF32" Utf32 "Latin1" Latin1 "Default" Utf8
    );
    let builder = builder
        .method("static Encoding GetEncoding(string name)", |call| {
            Ok(Value::object(EncodingObject(Encoding::from_name(&call.required_text(0, "name")?)?)))
        })
        .method("static Encoding GetEncoding(int codepage)", |call| {
            let page = call.int(0);
            let found = Encoding::ALL.iter().find(|encoding| encoding.code_page() == page);
            let message = || {
                format!(
                    "No data is available for encoding {page}. For information on defining a custom encoding, see the \
                     documentation for the Encoding.RegisterProvider method."
                )
            };
            let found = found.ok_or_else(|| Exception::new(postern_dotnet::ExceptionType::NotSupported, message()))?;
            Ok(Value::object(EncodingObject(*found)))
        })
        .method("static byte[] Convert(Encoding srcEncoding, Encoding dstEncoding, byte[] bytes)", |call| {
            let (from, to) = (encoding(call, 0, "srcEncoding")?, encoding(call, 1, "dstEncoding")?);
            let bytes = bytes(call, 2, "bytes")?;
            call.machine.charge_memory(bytes.len().saturating_mul(4))?;
            byte_array(call, to.bytes(&from.text(&bytes)))
        })
        .getter("string WebName", |call| Ok(this(call)?.web_name().into()))
        .getter("string HeaderName", |call| Ok(this(call)?.web_name().into()))
        .getter("string BodyName", |call| Ok(this(call)?.web_name().into()))
        .getter("string EncodingName", |call| Ok(this(call)?.display_name().into()))
        .getter("int CodePage", |call| Ok(this(call)?.code_page().into()));
    declare_conversions(builder);
    declare_parts(library.declare("class System.Text.Encoding"));
}

fn declare_conversions(builder: ClassBuilder<'_>) {
    builder
        .method("byte[] GetBytes(string s)", |call| {
            let (encoding, text) = (this(call)?, call.required_text(1, "s")?);
            encoded_text(call, encoding, text)
        })
        .method("byte[] GetBytes(char[] chars)", |call| {
            let encoding = this(call)?;
            let Some(array) = call.object::<Array>(1) else { return byte_array(call, Vec::new()) };
            let bytes = work(call.machine, |_| Ok(encoding_units(encoding, array.clone(), 0..array.len())))?;
            Ok(Value::object(Array::bytes(bytes)))
        })
        .method("byte[] GetBytes(string s, int index, int count)", |call| {
            let (encoding, text) = (this(call)?, call.required_text(1, "s")?);
            let part = part_text(call, &text, (call.int(2), call.int(3)), INDEX_AND_COUNT)?;
            let part = Text::from(part.into_owned());
            encoded_text(call, encoding, part)
        })
        .method("byte[] GetBytes(char[] chars, int index, int count)", |call| {
            let encoding = this(call)?;
            let Some(array) = call.object::<Array>(1) else {
                part(&[0_u16; 0], call.int(2), call.int(3), INDEX_AND_COUNT)?;
                return byte_array(call, Vec::new());
            };
            let range = part_of(array.len(), call.int(2), call.int(3), INDEX_AND_COUNT)?;
            let bytes = work(call.machine, |_| Ok(encoding_units(encoding, array, range)))?;
            Ok(Value::object(Array::bytes(bytes)))
        })
        .method("string GetString(byte[] bytes)", |call| {
            let encoding = this(call)?;
            let length = call.object::<Array>(1).ok_or_else(|| Exception::argument_null("bytes"))?.len();
            decoded(call, encoding, 0..length)
        })
        .method("string GetString(byte[] bytes, int index, int count)", |call| {
            let encoding = this(call)?;
            let array = call.object::<Array>(1).ok_or_else(|| Exception::argument_null("bytes"))?;
            let range = part_of(array.len(), call.int(2), call.int(3), INDEX_AND_COUNT)?;
            decoded(call, encoding, range)
        })
        .method("char[] GetChars(byte[] bytes)", |call| {
            let (encoding, bytes) = (this(call)?, bytes(call, 1, "bytes")?);
            call.machine.charge_memory(bytes.len() * size_of::<Value>())?;
            Ok(char_array(encoding.text(&bytes).encode_utf16()))
        })
        .method("int GetByteCount(string s)", |call| {
            let (encoding, text) = (this(call)?, call.required_text(1, "s")?);
            call.machine.charge(text.len() / 10)?;
            Ok(int(encoding.byte_count(&text)))
        })
        .method("int GetCharCount(byte[] bytes)", |call| {
            let (encoding, bytes) = (this(call)?, bytes(call, 1, "bytes")?);
            call.machine.charge_memory(bytes.len())?;
            Ok(int(postern_dotnet::text::length(&encoding.text(&bytes))))
        })
        .method("byte[] GetPreamble()", |call| {
            let preamble = this(call)?.preamble().to_vec();
            byte_array(call, preamble)
        })
        .method("int GetMaxByteCount(int charCount)", |call| {
            let (scale, extra) = match this(call)? {
                Encoding::Utf8 => (3, 3),
                Encoding::Ascii | Encoding::Latin1 => (1, 1),
                Encoding::Unicode | Encoding::BigEndianUnicode => (2, 2),
                Encoding::Utf32 => (4, 4),
            };
            Ok(Value::Int(call.int(1).saturating_mul(scale).saturating_add(extra)))
        });
}

/// `Encoding.Unicode`, in which a StringWriter says it writes.
pub(super) fn unicode() -> Value {
    Value::object(EncodingObject(Encoding::Unicode))
}

/// Members that look at parts of arrays, and those that say what an encoding is good for.
fn declare_parts(builder: ClassBuilder<'_>) {
    builder
        .method(
            "static byte[] Convert(Encoding srcEncoding, Encoding dstEncoding, byte[] bytes, int index, int count)",
            |call| {
                let (from, to) = (encoding(call, 0, "srcEncoding")?, encoding(call, 1, "dstEncoding")?);
                let bytes = bytes_of_part(call, 2, (3, 4))?;
                call.machine.charge_memory(bytes.len().saturating_mul(4))?;
                byte_array(call, to.bytes(&from.text(&bytes)))
            },
        )
        .method("char[] GetChars(byte[] bytes, int index, int count)", |call| {
            let encoding = this(call)?;
            let bytes = bytes_of_part(call, 1, (2, 3))?;
            call.machine.charge_memory(bytes.len() * size_of::<Value>())?;
            Ok(char_array(encoding.text(&bytes).encode_utf16()))
        })
        .method("int GetCharCount(byte[] bytes, int index, int count)", |call| {
            let encoding = this(call)?;
            let bytes = bytes_of_part(call, 1, (2, 3))?;
            call.machine.charge_memory(bytes.len())?;
            Ok(int(postern_dotnet::text::length(&encoding.text(&bytes))))
        })
        .method("int GetByteCount(char[] chars)", |call| {
            let (encoding, units) = (this(call)?, units(call, 1)?);
            counted(call, encoding, &units)
        })
        .method("int GetByteCount(char[] chars, int index, int count)", |call| {
            let (encoding, units) = (this(call)?, units_of_part(call)?);
            counted(call, encoding, &units)
        })
        .method("int GetByteCount(string s, int index, int count)", |call| {
            let (encoding, text) = (this(call)?, call.required_text(1, "s")?);
            let part = part_text(call, &text, (call.int(2), call.int(3)), INDEX_AND_COUNT)?;
            call.machine.charge(part.len() / 10)?;
            Ok(int(encoding.byte_count(&part)))
        })
        .method("int GetMaxCharCount(int byteCount)", |call| {
            let count = call.int(1);
            if count < 0 {
                return Err(Exception::argument_out_of_range("byteCount", "Non-negative number required.").into());
            }
            Ok(Value::Int(match this(call)? {
                Encoding::Utf8 => count.saturating_add(1),
                Encoding::Ascii | Encoding::Latin1 => count,
                Encoding::Unicode | Encoding::BigEndianUnicode => (count >> 1).saturating_add((count & 1) + 1),
                Encoding::Utf32 => (count / 2).saturating_add(2),
            }))
        })
        .getter("bool IsSingleByte", |call| Ok(matches!(this(call)?, Encoding::Ascii | Encoding::Latin1).into()))
        .method("object Clone()", |call| Ok(call.take(0)))
        .getter("bool IsReadOnly", |_| Ok(true.into()))
        .getter("bool IsBrowserDisplay", |call| Ok(matches!(this(call)?, Encoding::Utf8 | Encoding::Latin1).into()))
        .getter("bool IsBrowserSave", |call| {
            Ok(matches!(this(call)?, Encoding::Utf8 | Encoding::Latin1 | Encoding::Unicode).into())
        })
        .getter("bool IsMailNewsDisplay", |call| {
            Ok(matches!(this(call)?, Encoding::Utf8 | Encoding::Latin1 | Encoding::Ascii).into())
        })
        .getter("bool IsMailNewsSave", |call| {
            Ok(matches!(this(call)?, Encoding::Utf8 | Encoding::Latin1 | Encoding::Ascii).into())
        });
}

fn counted(call: &mut Call<'_, '_>, encoding: Encoding, units: &[u16]) -> Result<Value, Thrown> {
    call.machine.charge(units.len() / 8)?;
    Ok(int(encoding.byte_count(&from_units(units))))
}

pub(super) fn this(call: &Call<'_, '_>) -> Result<Encoding, Thrown> {
    Ok(call.this::<EncodingObject>()?.0)
}

fn encoding(call: &Call<'_, '_>, index: usize, parameter: &str) -> Result<Encoding, Thrown> {
    let object = call.object::<EncodingObject>(index).ok_or_else(|| Exception::argument_null(parameter))?;
    Ok(object.0)
}

const INDEX_AND_COUNT: (&str, &str) = ("index", "count");

/// The bytes of a text.
fn encoded_text(call: &mut Call<'_, '_>, encoding: Encoding, text: Text) -> Result<Value, Thrown> {
    if text.len() <= ONE_GO_BYTES_MAX || encoding == Encoding::Utf8 {
        call.machine.charge_memory(text.len())?;
        return byte_array(call, encoding.bytes(&text));
    }
    let bytes = work(call.machine, |_| Ok(encoding.encoding(text)))?;
    Ok(Value::object(Array::bytes(bytes)))
}

/// The text of a part of the `byte[]` in the first argument.
fn decoded(call: &mut Call<'_, '_>, encoding: Encoding, part: Range<usize>) -> Result<Value, Thrown> {
    let array = call.object::<Array>(1).ok_or_else(|| Exception::argument_null("bytes"))?;
    let copy = |machine: &mut Machine<'_>| {
        machine.charge_memory(part.len())?;
        Ok::<_, Thrown>(
            array.as_bytes().and_then(|bytes| bytes.get(part.clone()).map(<[u8]>::to_vec)).unwrap_or_default(),
        )
    };
    if part.len() <= ONE_GO_BYTES_MAX {
        let bytes = copy(call.machine)?;
        return text(call, encoding.text(&bytes));
    }
    Ok(Value::String(work(call.machine, |machine| Ok(encoding.decoding(copy(machine)?)))?))
}

/// The bytes of a part of a `char[]`, in pieces.
pub(super) fn encoding_units(encoding: Encoding, array: Rc<Array>, part: Range<usize>) -> Paced<Vec<u8>> {
    Paced::new(move |pace| async move {
        let text = pace.run(text_of_units(array, part)).await;
        pace.run(encoding.encoding(text)).await
    })
}

/// The text of a part of a `char[]`, in pieces.
pub(super) fn text_of_units(array: Rc<Array>, part: Range<usize>) -> Paced<Text> {
    /// Units of a piece.
    const PIECE: usize = 8 * 1024;
    let mut start = part.start;
    joining_units(move || {
        let end = part.end.min(start + PIECE);
        let units = array.units_in(start..end);
        start = end;
        units
    })
}

/// The part of the `char[]` in the first argument that the second and third name, paid for.
fn units_of_part(call: &mut Call<'_, '_>) -> Result<Vec<u16>, Thrown> {
    let Some(array) = call.object::<Array>(1) else {
        return Ok(part(&[], call.int(2), call.int(3), INDEX_AND_COUNT)?.to_vec());
    };
    let range = part_of(array.len(), call.int(2), call.int(3), INDEX_AND_COUNT)?;
    call.machine.charge(1 + range.len() / 4)?;
    let unit = |place: usize| if let Some(Value::Char(unit)) = array.get(place) { unit } else { 0 };
    Ok(range.map(unit).collect())
}

/// The part of a `byte[]` that two other arguments name, paid for.
fn bytes_of_part(call: &mut Call<'_, '_>, array: usize, (index, count): (usize, usize)) -> Result<Vec<u8>, Thrown> {
    let array = call.object::<Array>(array).ok_or_else(|| Exception::argument_null("bytes"))?;
    let range = part_of(array.len(), call.int(index), call.int(count), INDEX_AND_COUNT)?;
    call.machine.charge(1 + range.len() / 64)?;
    Ok(array.as_bytes().and_then(|bytes| bytes.get(range).map(<[u8]>::to_vec)).unwrap_or_default())
}
