//! Conversions: what C# code casts tokens to and from, and `Value<T>`.

use postern_dotnet::json::{JToken, Scalar, Simple, Target};
use postern_dotnet::number::{Number, NumberType};
use postern_dotnet::uri::{Uri, UriKind};
use postern_dotnet::{Exception, ExceptionType, Text};

use super::super::dates::{DateTimeOffsetValue, DateTimeValue, TimeSpanValue};
use super::super::defaults::default_value;
use super::super::guid::GuidValue;
use super::super::uri::UriObject;
use super::super::values::{from_number, number, number_type};
use super::super::{Library, full_name, get};
use super::wrapper::{linq_type, token_of, token_value};
use crate::expression::array::Array;
use crate::expression::enums::EnumValue;
use crate::expression::machine::Thrown;
use crate::expression::native::{Call, Native};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Types with an implicit conversion to `JToken` (their nullable forms have one as well) and explicit ones from it.
const CASTS: &[(&str, &str, &str, &str, Native, Native)] = {
    macro_rules! casts {
        ($($name:literal $target:expr;)*) => {
            &[$((
                concat!("static implicit operator JToken(", $name, " value)"),
                concat!("static implicit operator JToken(", $name, "? value)"),
                concat!("static explicit operator ", $name, "(JToken value)"),
                concat!("static explicit operator ", $name, "?(JToken value)"),
                |call| cast(call, $target, false),
                |call| cast(call, $target, true),
            ),)*]
        };
    }
    casts! {
        "bool" Target::Boolean;
        "sbyte" Target::Number(NumberType::SByte);
        "byte" Target::Number(NumberType::Byte);
        "short" Target::Number(NumberType::Int16);
        "ushort" Target::Number(NumberType::UInt16);
        "int" Target::Number(NumberType::Int32);
        "uint" Target::Number(NumberType::UInt32);
        "long" Target::Number(NumberType::Int64);
        "ulong" Target::Number(NumberType::UInt64);
        "float" Target::Number(NumberType::Single);
        "double" Target::Number(NumberType::Double);
        "decimal" Target::Number(NumberType::Decimal);
        "DateTime" Target::DateTime;
        "DateTimeOffset" Target::DateTimeOffset;
        "TimeSpan" Target::TimeSpan;
        "Guid" Target::Guid;
    }
};

pub(super) fn declare(library: &mut Library) {
    let mut token = library.declare("class Newtonsoft.Json.Linq.JToken");
    for (implicit, implicit_nullable, explicit, explicit_nullable, cast, cast_nullable) in CASTS {
        token = token
            .operator(implicit, from_value)
            .operator(implicit_nullable, from_nullable)
            .operator(explicit, *cast)
            .operator(explicit_nullable, *cast_nullable);
    }
    token
        .operator("static explicit operator char(JToken value)", |call| cast(call, Target::Char, false))
        .operator("static explicit operator char?(JToken value)", |call| cast(call, Target::Char, true))
        .operator("static implicit operator JToken(string value)", from_text)
        .operator("static implicit operator JToken(byte[] value)", from_nullable)
        .operator("static implicit operator JToken(Uri value)", from_nullable)
        .operator("static explicit operator string(JToken value)", |call| cast(call, Target::String, true))
        .operator("static explicit operator byte[](JToken value)", |call| cast_reference(call, Target::Bytes))
        .operator("static explicit operator Uri(JToken value)", |call| cast(call, Target::Uri, true));
}

/// `new JValue(string)`: a null string is a token of type `String`.
fn from_text(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let scalar = call.text(0).map_or(Scalar::NullString, |text| Scalar::String(text.clone()));
    Ok(token_value(JToken::value(scalar)))
}

/// `new JValue(long)` and its kin: integers become `long`, except `ulong`.
pub(super) fn from_value(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let scalar = scalar_of(call.argument(0)).unwrap_or(Scalar::Null);
    Ok(token_value(JToken::value(widened(scalar))))
}

/// `new JValue(object)`.
fn from_nullable(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    Ok(token_value(JToken::value(scalar_of(call.argument(0)).unwrap_or(Scalar::Null))))
}

fn widened(scalar: Scalar) -> Scalar {
    match scalar {
        Scalar::Number(number) if !matches!(number, Number::UInt64(_)) => {
            let long = number.integer().and_then(|value| i64::try_from(value).ok());
            Scalar::Number(long.map_or(number, Number::Int64))
        }
        other => other,
    }
}

/// `(T)token`, `(T?)token`.
fn cast(call: &mut Call<'_, '_>, target: Target, nullable: bool) -> Result<Value, Thrown> {
    let Some(token) = token_of(call.argument(0)) else {
        return if nullable { Ok(Value::Null) } else { Err(Exception::argument_null("value").into()) };
    };
    Ok(token.cast(target, nullable)?.map_or(Value::Null, value_of))
}

/// `(byte[])token`: null only for a null reference.
fn cast_reference(call: &mut Call<'_, '_>, target: Target) -> Result<Value, Thrown> {
    if call.argument(0).is_null() { Ok(Value::Null) } else { cast(call, target, false) }
}

/// The value of a `JValue`; `None` for what it cannot hold.
pub(super) fn scalar_of(value: &Value) -> Option<Scalar> {
    let value = value.unboxed();
    Some(match value {
        Value::Null => Scalar::Null,
        Value::Bool(value) => Scalar::Boolean(*value),
        Value::Char(unit) => Scalar::String(Text::from(String::from_utf16_lossy(&[*unit]))),
        Value::String(text) => Scalar::String(text.clone()),
        Value::Object(_) => object_scalar(value)?,
        other => Scalar::Number(number(other)?),
    })
}

fn object_scalar(value: &Value) -> Option<Scalar> {
    if let Some(token) = token_of(value) {
        return token.scalar();
    }
    if let Some(value) = value.downcast_ref::<DateTimeValue>() {
        return Some(Scalar::Date(value.0));
    }
    if let Some(value) = value.downcast_ref::<DateTimeOffsetValue>() {
        return Some(Scalar::DateOffset(value.0));
    }
    if let Some(value) = value.downcast_ref::<TimeSpanValue>() {
        return Some(Scalar::TimeSpan(value.0));
    }
    if let Some(value) = value.downcast_ref::<GuidValue>() {
        return Some(Scalar::Guid(value.0));
    }
    if let Some(value) = value.downcast_ref::<UriObject>() {
        return Some(Scalar::Uri(value.0.original_string().into()));
    }
    if let Some(value) = value.downcast_ref::<EnumValue>() {
        return Some(Scalar::Number(Number::Int64(value.value)));
    }
    let array = value.downcast_ref::<Array>()?;
    array.as_bytes().map(|bytes| Scalar::Bytes(bytes.to_vec().into()))
}

/// A `Uri` with this text, which has been one before.
fn uri_value(text: &str) -> Value {
    Uri::parse(text, UriKind::RelativeOrAbsolute).map_or(Value::Null, |uri| Value::object(UriObject(uri)))
}

/// What a cast gave, as a value.
pub(super) fn value_of(simple: Simple) -> Value {
    match simple {
        Simple::Boolean(value) => Value::Bool(value),
        Simple::Char(unit) => Value::Char(unit),
        Simple::Number(number) => from_number(number),
        Simple::String(text) => Value::String(text),
        Simple::DateTime(value) => value.into(),
        Simple::DateTimeOffset(value) => value.into(),
        Simple::Guid(value) => Value::object(GuidValue(value)),
        Simple::Uri(text) => uri_value(&text),
        Simple::TimeSpan(value) => value.into(),
        Simple::Bytes(bytes) => Value::object(Array::bytes(bytes.to_vec())),
    }
}

/// `JValue.Value`.
pub(super) fn plain_value(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Null | Scalar::Undefined | Scalar::NullString => Value::Null,
        Scalar::Boolean(value) => Value::Bool(*value),
        Scalar::Number(number) => from_number(*number),
        Scalar::BigInteger(text) | Scalar::String(text) | Scalar::Comment(text) | Scalar::Raw(text) => {
            Value::String(text.clone())
        }
        Scalar::Date(value) => (*value).into(),
        Scalar::DateOffset(value) => (*value).into(),
        Scalar::Bytes(bytes) => Value::object(Array::bytes(bytes.to_vec())),
        Scalar::Guid(value) => Value::object(GuidValue(*value)),
        Scalar::Uri(text) => uri_value(text),
        Scalar::TimeSpan(value) => (*value).into(),
    }
}

/// What a type asks a token for.
pub(super) enum Wanted {
    /// A simple type, or its nullable form.
    Simple(Target, bool),
    /// `JToken` or one of its classes.
    Token,
    /// `object`.
    Object,
    /// Anything else.
    Other,
}

impl Wanted {
    pub(super) fn from_type(of: &Type) -> Wanted {
        match of {
            Type::Nullable(element) => match Wanted::from_type(element) {
                Wanted::Simple(target, _) => Wanted::Simple(target, true),
                other => other,
            },
            Type::Bool => Wanted::Simple(Target::Boolean, false),
            Type::Char => Wanted::Simple(Target::Char, false),
            Type::String => Wanted::Simple(Target::String, true),
            Type::Number(number) => match NumberType::ALL.iter().find(|of| number_type(**of) == *number) {
                Some(number) => Wanted::Simple(Target::Number(*number), false),
                None => Wanted::Other,
            },
            Type::Array(element, 1) if **element == Type::Number(crate::expression::types::Number::Byte) => {
                Wanted::Simple(Target::Bytes, true)
            }
            Type::Object | Type::Dynamic => Wanted::Object,
            Type::Class(id, _) => match &*get().class(*id).full_name {
                "System.DateTime" => Wanted::Simple(Target::DateTime, false),
                "System.DateTimeOffset" => Wanted::Simple(Target::DateTimeOffset, false),
                "System.TimeSpan" => Wanted::Simple(Target::TimeSpan, false),
                "System.Guid" => Wanted::Simple(Target::Guid, false),
                "System.Uri" => Wanted::Simple(Target::Uri, true),
                name if name.starts_with("Newtonsoft.Json.Linq.J") => Wanted::Token,
                _ => Wanted::Other,
            },
            _ => Wanted::Other,
        }
    }
}

/// Whether a token is of a class of `Newtonsoft.Json.Linq`.
pub(super) fn is_of(token: &JToken, of: &Type) -> bool {
    let is = |class: &str| *of == linq_type(class);
    is("JToken")
        || is(token.class_name())
        || (is("JContainer") && token.is_container())
        || (is("JValue") && !token.is_container())
}

/// `Extensions.Convert<T>`: what `Value<T>` and `Values<T>` make of a token. Null is the type's default.
pub(super) fn convert(token: Option<&JToken>, of: &Type) -> Result<Value, Exception> {
    let Some(token) = token else {
        return Ok(default_value(of));
    };
    match Wanted::from_type(of) {
        Wanted::Object => Ok(token_value(token.clone())),
        Wanted::Token if is_of(token, of) => Ok(token_value(token.clone())),
        Wanted::Simple(target, nullable) => Ok(token.value_as(target, nullable)?.map_or(Value::Null, value_of)),
        Wanted::Token | Wanted::Other => {
            let to = full_name(of);
            let from = token.class_name();
            let message = match token.scalar() {
                None => format!("Cannot cast Newtonsoft.Json.Linq.{from} to Newtonsoft.Json.Linq.JToken."),
                Some(value) if value.is_null() => return Ok(Value::Null),
                Some(value) => format!("Invalid cast from '{}' to '{to}'.", full_name(&plain_value(&value).of())),
            };
            Err(Exception::new(ExceptionType::InvalidCast, message))
        }
    }
}
