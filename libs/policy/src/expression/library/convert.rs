//! `System.Convert`. Where .NET has an overload per primitive type, one for `object` stands for all: a boxed value knows its type.

use postern_dotnet::number::{self, NumberStyles, NumberType, boolean_from_number, char_from_number, parse_boolean};
use postern_dotnet::text::{Base64FormattingOptions, from_base64, from_hex, to_base64, to_hex};
use postern_dotnet::{Exception, ExceptionType};

use super::dates::to_date_time;
use super::filling::{Filling, Made, fill};
use super::numbers::each_number;
use super::values::{self, byte_array, bytes, from_number, number_at, part, text};
use super::{ClassBuilder, Library};
use crate::expression::array::Array;
use crate::expression::display::to_text;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::List as _;
use crate::expression::type_object::TypeObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Conversions to one numeric type.
macro_rules! numbers {
    ($builder:expr, $($name:literal $keyword:literal $of:ident)*) => {
        $builder
            $(.method(concat!("static ", $keyword, " To", $name, "(object value)"), |call| to_number(call, NumberType::$of))
            .method(concat!("static ", $keyword, " To", $name, "(object value, IFormatProvider provider)"), |call| {
                to_number(call, NumberType::$of)
            })
            .method(concat!("static ", $keyword, " To", $name, "(string value)"), |call| to_number(call, NumberType::$of))
            .method(concat!("static ", $keyword, " To", $name, "(string value, IFormatProvider provider)"), |call| {
                to_number(call, NumberType::$of)
            }))*
    };
}

/// Those with a base.
macro_rules! radix {
    ($builder:expr, $($name:literal $keyword:literal $of:ident)*) => {
        $builder $(.method(concat!("static ", $keyword, " To", $name, "(string value, int fromBase)"), |call| {
            let text = call.text(0).cloned();
            call.machine.charge(text.as_ref().map_or(0, |text| text.len() / 8))?;
            match text {
                Some(text) => Ok(from_number(number::parse_radix(NumberType::$of, &text, call.int(1))?)),
                None => Ok(super::numbers::zero(NumberType::$of)),
            }
        }))*
    };
}

pub(super) fn declare(library: &mut Library) {
    library.flags("System.Base64FormattingOptions", &[("None", 0), ("InsertLineBreaks", 1)]);
    let builder = library.declare("static class System.Convert");
    let builder = each_number!(numbers, builder);
    let builder = radix!(
        builder,
        "SByte" "sbyte" SByte
        "Byte" "byte" Byte
        "Int16" "short" Int16
        "UInt16" "ushort" UInt16
        "Int32" "int" Int32
        "UInt32" "uint" UInt32
        "Int64" "long" Int64
        "UInt64" "ulong" UInt64
    );
    declare_bytes(declare_others(builder));
}

fn declare_others(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static bool ToBoolean(object value)", to_boolean)
        .method("static bool ToBoolean(object value, IFormatProvider provider)", to_boolean)
        .method("static bool ToBoolean(string value)", to_boolean)
        .method("static char ToChar(object value)", to_char)
        .method("static char ToChar(string value)", to_char)
        .method("static DateTime ToDateTime(object value)", to_date_time)
        .method("static DateTime ToDateTime(string value)", to_date_time)
        .method("static DateTime ToDateTime(string value, IFormatProvider provider)", to_date_time)
        .method("static bool IsDBNull(object value)", |_| Ok(false.into()))
        .method("static object ChangeType(object value, Type conversionType)", change_type)
        .method("static object ChangeType(object value, Type conversionType, IFormatProvider provider)", change_type)
        .method("static string ToString(object value)", to_string)
        .method("static string ToString(object value, IFormatProvider provider)", to_string)
        .method("static string ToString(string value)", |call| Ok(call.take(0)))
        .method("static string ToString(byte value, int toBase)", radix_text)
        .method("static string ToString(short value, int toBase)", radix_text)
        .method("static string ToString(int value, int toBase)", radix_text)
        .method("static string ToString(long value, int toBase)", radix_text)
}

fn declare_bytes(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static string ToBase64String(byte[] inArray)", |call| base64(call, 0, None))
        .method("static string ToBase64String(byte[] inArray, Base64FormattingOptions options)", |call| {
            base64(call, call.constant(1), None)
        })
        .method("static string ToBase64String(byte[] inArray, int offset, int length)", |call| {
            base64(call, 0, Some((call.int(1), call.int(2))))
        })
        .method(
            "static string ToBase64String(byte[] inArray, int offset, int length, Base64FormattingOptions options)",
            |call| base64(call, call.constant(3), Some((call.int(1), call.int(2)))),
        )
        .method("static byte[] FromBase64String(string s)", |call| {
            let text = call.required_text(0, "s")?;
            call.machine.charge(text.len() / 16)?;
            byte_array(call, from_base64(&text)?)
        })
        .method(
            "static int ToBase64CharArray(byte[] inArray, int offsetIn, int length, char[] outArray, int offsetOut)",
            |call| base64_units(call, 0),
        )
        .method(
            "static int ToBase64CharArray(byte[] inArray, int offsetIn, int length, char[] outArray, int offsetOut, \
             Base64FormattingOptions options)",
            |call| base64_units(call, call.constant(5)),
        )
        .method("static byte[] FromBase64CharArray(char[] inArray, int offset, int length)", |call| {
            let units = values::units(call, 0)?;
            if call.argument(0).is_null() {
                return Err(Exception::argument_null("inArray").into());
            }
            call.machine.charge(units.len() / 8)?;
            let chosen = part(&units, call.int(1), call.int(2), ("offset", "length"))?;
            byte_array(call, from_base64(&postern_dotnet::text::from_units(chosen))?)
        })
        .method("static string ToHexStringLower(byte[] inArray)", |call| {
            Ok(hex(call, None)?.to_ascii_lowercase().into())
        })
        .method("static string ToHexStringLower(byte[] inArray, int offset, int length)", |call| {
            Ok(hex(call, Some((call.int(1), call.int(2))))?.to_ascii_lowercase().into())
        })
        .method("static string ToHexString(byte[] inArray)", |call| Ok(hex(call, None)?.into()))
        .method("static string ToHexString(byte[] inArray, int offset, int length)", |call| {
            Ok(hex(call, Some((call.int(1), call.int(2))))?.into())
        })
        .method("static byte[] FromHexString(string s)", |call| {
            let text = call.required_text(0, "s")?;
            call.machine.charge(text.len() / 8)?;
            byte_array(call, from_hex(&text)?)
        })
}

fn base64(call: &mut Call<'_, '_>, options: i64, range: Option<(i32, i32)>) -> Result<Value, Thrown> {
    let bytes = bytes(call, 0, "inArray")?;
    let bytes = chosen(&bytes, range)?;
    let options = formatting(options)?;
    call.machine.charge_memory(bytes.len() / 3 * 4)?;
    Ok(to_base64(bytes, options).into())
}

fn hex(call: &mut Call<'_, '_>, range: Option<(i32, i32)>) -> Result<String, Thrown> {
    let bytes = bytes(call, 0, "inArray")?;
    let bytes = chosen(&bytes, range)?;
    call.machine.charge_memory(bytes.len() * 2)?;
    Ok(to_hex(bytes))
}

/// The bytes from an offset on, so many; or all.
fn chosen(bytes: &[u8], range: Option<(i32, i32)>) -> Result<&[u8], Exception> {
    match range {
        Some((offset, length)) => part(bytes, offset, length, ("offset", "length")),
        None => Ok(bytes),
    }
}

/// Base 64 into a `char[]`: how many characters that takes.
fn base64_units(call: &mut Call<'_, '_>, options: i64) -> Result<Value, Thrown> {
    fill(call, |call| base64_for_array(call, options))
}

fn base64_for_array(call: &mut Call<'_, '_>, options: i64) -> Result<Filling, Thrown> {
    let bytes = bytes(call, 0, "inArray")?;
    let target = call.object::<Array>(3).ok_or_else(|| Exception::argument_null("outArray"))?;
    let at = |index: usize, name: &str| {
        usize::try_from(call.int(index)).map_err(|_| Exception::negative(name, call.int(index).into()))
    };
    let left = |size: usize, count: usize| i64::try_from(size).unwrap_or(0) - i64::try_from(count).unwrap_or(0);
    let (length, from, to) = (at(2, "length")?, at(1, "offsetIn")?, at(4, "offsetOut")?);
    let part = from.checked_add(length).and_then(|end| bytes.get(from..end));
    let part = part.ok_or_else(|| Exception::greater("offsetIn", call.int(1).into(), left(bytes.len(), length)))?;
    let digits = to_base64(part, formatting(options)?);
    if to.saturating_add(digits.len()) > target.len() {
        return Err(Exception::greater("offsetOut", call.int(4).into(), left(target.len(), digits.len())).into());
    }
    call.machine.charge(part.len() / 16)?;
    Ok(Filling { array: target, start: to, made: Made::Letters(digits) })
}

fn formatting(options: i64) -> Result<Base64FormattingOptions, Exception> {
    match options {
        0 => Ok(Base64FormattingOptions::None),
        1 => Ok(Base64FormattingOptions::InsertLineBreaks),
        other => Err(Exception::new(ExceptionType::Argument, format!("Illegal enum value: {other}."))),
    }
}

/// What an object stands for, if it is `IConvertible`.
fn convertible(value: Value) -> Value {
    match &value {
        Value::Object(object) => object.primitive().unwrap_or(value),
        _ => value,
    }
}

/// `InvalidCastException` for what is not convertible at all.
fn inconvertible(value: &Value, to: &str) -> Thrown {
    if value.of() == Type::named("System.DateTime") {
        return invalid("DateTime", to);
    }
    let name = super::full_name(&value.of());
    Exception::new(
        ExceptionType::InvalidCast,
        format!("Unable to cast object of type '{name}' to type 'System.IConvertible'."),
    )
    .into()
}

fn invalid(from: &str, to: &str) -> Thrown {
    Exception::new(ExceptionType::InvalidCast, format!("Invalid cast from '{from}' to '{to}'.")).into()
}

pub(super) fn to_number(call: &mut Call<'_, '_>, to: NumberType) -> Result<Value, Thrown> {
    let value = convertible(call.take(0));
    let number = match &value {
        Value::Null => return Ok(super::numbers::zero(to)),
        Value::Bool(value) => number::Number::Int32(i32::from(*value)),
        Value::Char(_) if !to.is_integer() => return Err(invalid("Char", name_of(to))),
        Value::Char(unit) => number::Number::UInt16(*unit),
        Value::String(text) => {
            call.machine.charge(text.len() / 8)?;
            return Ok(from_number(number::parse(to, text, NumberStyles::default_of(to))?));
        }
        other => values::number(other).ok_or_else(|| inconvertible(other, name_of(to)))?,
    };
    Ok(from_number(number::convert(number, to)?))
}

fn name_of(of: NumberType) -> &'static str {
    values::number_type(of).name()
}

pub(super) fn to_boolean(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    Ok(match convertible(call.take(0)) {
        Value::Null => false.into(),
        Value::Bool(value) => value.into(),
        Value::Char(_) => return Err(invalid("Char", "Boolean")),
        Value::String(text) => parse_boolean(&text)?.into(),
        other => boolean_from_number(values::number(&other).ok_or_else(|| inconvertible(&other, "Boolean"))?).into(),
    })
}

pub(super) fn to_char(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    Ok(Value::Char(match convertible(call.take(0)) {
        Value::Null => 0,
        Value::Char(unit) => unit,
        Value::Bool(_) => return Err(invalid("Boolean", "Char")),
        Value::String(text) => {
            let mut units = text.encode_utf16();
            let unit = units.next().filter(|_| units.next().is_none());
            unit.ok_or_else(|| Exception::format("String must be exactly one character long."))?
        }
        other => char_from_number(values::number(&other).ok_or_else(|| inconvertible(&other, "Char"))?)?,
    }))
}

pub(super) fn to_string(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let value = call.take(0);
    Ok(to_text(&value, call.machine)?.into())
}

fn change_type(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let to = call.object::<TypeObject>(1).ok_or_else(|| Exception::argument_null("conversionType"))?;
    let value_type = call.argument(0).of();
    if call.argument(0).is_null() {
        if !to.0.is_value_type() {
            return Ok(Value::Null);
        }
        return Err(
            Exception::new(ExceptionType::InvalidCast, "Null object cannot be converted to a value type.").into()
        );
    }
    match &to.0 {
        Type::Number(of) => {
            let of = NumberType::ALL.iter().copied().find(|known| values::number_type(*known) == *of);
            to_number(call, of.unwrap_or(NumberType::Int32))
        }
        Type::Bool => to_boolean(call),
        Type::Char => to_char(call),
        Type::String => to_string(call),
        other if value_type == *other || *other == Type::Object => Ok(call.take(0)),
        other if *other == Type::named("System.DateTime") => to_date_time(call),
        other => Err(invalid(&super::full_name(&value_type), &super::full_name(other))),
    }
}

fn radix_text(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let digits = number::radix_text(number_at(call, 0), call.int(1))?;
    text(call, digits)
}
