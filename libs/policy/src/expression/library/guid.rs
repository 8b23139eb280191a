//! `System.Guid`.

use std::any::Any;
use std::cmp::Ordering;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;

use postern_dotnet::text::Guid;
use postern_dotnet::{Exception, Text};

use super::values::{byte_array, bytes, hash, named_type, sign, text};
use super::{Library, compare};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// A GUID as a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GuidValue(pub(crate) Guid);

impl GuidValue {
    /// `Guid.Empty`.
    pub(crate) fn empty() -> Value {
        Value::object(GuidValue(Guid::EMPTY))
    }
}

impl Object for GuidValue {
    fn of(&self) -> Type {
        named_type!("System.Guid")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(self.0.format("")?.into())
    }

    fn format(&self, format: &str) -> Option<Result<Text, Exception>> {
        Some(self.0.format(format).map(Text::from))
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<GuidValue>() == Some(self)
    }

    fn hash_code(&self) -> u64 {
        // That of .NET, which policies seed `Random` with: the four words of it, combined.
        let words = self.0.to_byte_array();
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word: u64, byte| (word << 8) | u64::from(*byte));
        words.chunks(4).fold(0, |hash, bytes| hash ^ word(bytes))
    }

    fn compare(&self, other: &Value) -> Option<Ordering> {
        other.downcast_ref::<GuidValue>().map(|other| self.0.cmp(&other.0))
    }
}

/// A GUID from its text; null for anything else.
pub(super) fn parse_value(text: &str) -> Value {
    Guid::parse(text).map_or(Value::Null, |guid| Value::object(GuidValue(guid)))
}

/// Bytes that nobody can foresee: two keyed hashes under the process's secret, each with a key of its own.
pub(super) fn random_bytes() -> [u8; 16] {
    let half = |index: u64| RandomState::new().hash_one(index);
    ((u128::from(half(0)) << 64) | u128::from(half(1))).to_le_bytes()
}

pub(super) fn declare(library: &mut Library) {
    library
        .declare("struct System.Guid : IComparable, IComparable<Guid>, IEquatable<Guid>, IFormattable")
        .constructor("()", |_| Ok(GuidValue::empty()))
        .constructor("(string g)", |call| parse(call, "g"))
        .constructor("(byte[] b)", |call| Ok(Value::object(GuidValue(Guid::from_byte_array(&bytes(call, 0, "b")?)?))))
        .getter("static Guid Empty", |_| Ok(GuidValue::empty()))
        .method("static Guid NewGuid()", |_| Ok(Value::object(GuidValue(Guid::from_random(random_bytes())))))
        .method("static Guid Parse(string input)", |call| parse(call, "input"))
        .method("static Guid ParseExact(string input, string format)", |call| {
            let (input, format) = (call.required_text(0, "input")?, call.required_text(1, "format")?);
            Ok(Value::object(GuidValue(Guid::parse_exact(&input, &format)?)))
        })
        .method("static bool TryParse(string input, out Guid result)", |call| {
            let parsed = call.text(0).and_then(|text| Guid::parse(text).ok());
            Ok(try_result(call, 1, parsed))
        })
        .method("static bool TryParseExact(string input, string format, out Guid result)", |call| {
            let parsed = call.text(0).zip(call.text(1)).and_then(|(text, format)| Guid::parse_exact(text, format).ok());
            Ok(try_result(call, 2, parsed))
        })
        .constructor("(int a, short b, short c, byte[] d)", |call| {
            let rest = bytes(call, 3, "d")?;
            if rest.len() != 8 {
                return Err(Exception::argument("d", "Byte array for Guid must be exactly 8 bytes long.").into());
            }
            let short = |index: usize| if let Value::Short(value) = *call.argument(index) { value } else { 0 };
            let mut all = call.int(0).to_le_bytes().to_vec();
            all.extend(short(1).to_le_bytes());
            all.extend(short(2).to_le_bytes());
            all.extend_from_slice(&rest);
            Ok(Value::object(GuidValue(Guid::from_byte_array(&all)?)))
        })
        .method("byte[] ToByteArray(bool bigEndian)", |call| {
            let guid = call.this::<GuidValue>()?.0;
            let bytes = if call.bool(1) { guid.bytes().to_vec() } else { guid.to_byte_array().to_vec() };
            byte_array(call, bytes)
        })
        .method("byte[] ToByteArray()", |call| {
            let bytes = call.this::<GuidValue>()?.0.to_byte_array().to_vec();
            byte_array(call, bytes)
        })
        .method("string ToString()", to_string)
        .method("string ToString(string format)", to_string)
        .method("string ToString(string format, IFormatProvider provider)", to_string)
        .method("bool Equals(object o)", |call| Ok(call.argument(0).equals(call.argument(1)).into()))
        .method("bool Equals(Guid g)", |call| Ok(call.argument(0).equals(call.argument(1)).into()))
        .method("int GetHashCode()", |call| Ok(hash(call.argument(0))))
        .method("int CompareTo(object value)", |call| Ok(sign(compare::compare(call.argument(0), call.argument(1))?)))
        .method("int CompareTo(Guid value)", |call| Ok(sign(compare::compare(call.argument(0), call.argument(1))?)))
        .operator("static bool operator ==(Guid a, Guid b)", |call| {
            Ok(call.argument(0).equals(call.argument(1)).into())
        })
        .operator("static bool operator !=(Guid a, Guid b)", |call| {
            Ok((!call.argument(0).equals(call.argument(1))).into())
        });
    declare_rare(library);
}

fn declare_rare(library: &mut Library) {
    library
        .declare("struct System.Guid")
        .constructor(
            "(int a, short b, short c, byte d, byte e, byte f, byte g, byte h, byte i, byte j, byte k)",
            from_parts,
        )
        .constructor(
            "(uint a, ushort b, ushort c, byte d, byte e, byte f, byte g, byte h, byte i, byte j, byte k)",
            from_parts,
        )
        .getter("static Guid AllBitsSet", |_| Ok(Value::object(GuidValue(Guid::from_byte_array(&[0xFF; 16])?))))
        .getter("int Version", |call| Ok(nibble(call, 6)))
        .getter("int Variant", |call| Ok(nibble(call, 8)))
        .method("static Guid Parse(string s, IFormatProvider provider)", |call| parse(call, "input"))
        .method("static bool TryParse(string s, IFormatProvider provider, out Guid result)", |call| {
            let parsed = call.text(0).and_then(|text| Guid::parse(text).ok());
            Ok(try_result(call, 2, parsed))
        })
        .operator("static bool operator <(Guid left, Guid right)", |call| Ok(ordered(call, Ordering::is_lt)))
        .operator("static bool operator <=(Guid left, Guid right)", |call| Ok(ordered(call, Ordering::is_le)))
        .operator("static bool operator >(Guid left, Guid right)", |call| Ok(ordered(call, Ordering::is_gt)))
        .operator("static bool operator >=(Guid left, Guid right)", |call| Ok(ordered(call, Ordering::is_ge)));
}

/// Of an `int`, two `short`s and eight `byte`s, signed or not.
fn from_parts(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let mut all = Vec::with_capacity(16);
    for argument in &call.arguments {
        match *argument {
            Value::Int(value) => all.extend(value.to_le_bytes()),
            Value::UInt(value) => all.extend(value.to_le_bytes()),
            Value::Short(value) => all.extend(value.to_le_bytes()),
            Value::UShort(value) => all.extend(value.to_le_bytes()),
            Value::Byte(value) => all.push(value),
            _ => {}
        }
    }
    Ok(Value::object(GuidValue(Guid::from_byte_array(&all)?)))
}

/// The upper half of a byte as RFC 9562 counts them.
fn nibble(call: &Call<'_, '_>, byte: usize) -> Value {
    let guid = call.argument(0).downcast_ref::<GuidValue>().map_or(Guid::EMPTY, |value| value.0);
    Value::Int(guid.bytes().get(byte).map_or(0, |byte| i32::from(byte >> 4)))
}

fn ordered(call: &Call<'_, '_>, is: fn(Ordering) -> bool) -> Value {
    let of = |index: usize| call.argument(index).downcast_ref::<GuidValue>().map_or(Guid::EMPTY, |value| value.0);
    is(of(0).cmp(&of(1))).into()
}

fn parse(call: &mut Call<'_, '_>, parameter: &str) -> Result<Value, Thrown> {
    let input = call.required_text(0, parameter)?;
    Ok(Value::object(GuidValue(Guid::parse(&input)?)))
}

fn try_result(call: &mut Call<'_, '_>, out: usize, parsed: Option<Guid>) -> Value {
    call.set_out(out, Value::object(GuidValue(parsed.unwrap_or(Guid::EMPTY))));
    parsed.is_some().into()
}

fn to_string(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let guid = call.this::<GuidValue>()?;
    let formatted = guid.0.format(call.text(1).map_or("", |format| format))?;
    text(call, formatted)
}
