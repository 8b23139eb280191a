//! Explicit casts (`(string)token`, `(int?)token`), `Value<T>` and `ToObject<T>` for simple types.

use std::rc::Rc;

use super::compare::{invalid_cast, number_name, to_boolean, to_number};
use super::token::JToken;
use super::{JTokenType, Scalar};
use crate::date::{DateTime, DateTimeOffset, DateTimeStyles, TimeSpan};
use crate::number::{self, Number, NumberType};
use crate::text::{Base64FormattingOptions, Guid, from_base64, to_base64};
use crate::uri::{Uri, UriKind};
use crate::{Exception, ExceptionType, Text};

/// A type that tokens can be cast to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named after its .NET type")]
pub enum Target {
    Boolean,
    Char,
    Number(NumberType),
    String,
    DateTime,
    DateTimeOffset,
    Guid,
    Uri,
    TimeSpan,
    Bytes,
}

/// What a cast gives.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each is named after its .NET type")]
pub enum Simple {
    Boolean(bool),
    /// A UTF-16 unit.
    Char(u16),
    Number(Number),
    String(Text),
    DateTime(DateTime),
    DateTimeOffset(DateTimeOffset),
    Guid(Guid),
    /// `OriginalString`.
    Uri(Text),
    TimeSpan(TimeSpan),
    Bytes(Rc<[u8]>),
}

impl Target {
    /// As it is called in messages.
    fn name(self) -> &'static str {
        match self {
            Target::Boolean => "Boolean",
            Target::Char => "Char",
            Target::Number(of) => number_name(of),
            Target::String => "String",
            Target::DateTime => "DateTime",
            Target::DateTimeOffset => "DateTimeOffset",
            Target::Guid => "Guid",
            Target::Uri => "Uri",
            Target::TimeSpan => "TimeSpan",
            Target::Bytes => "byte array",
        }
    }

    /// Whether the explicit cast takes a token of this type.
    fn takes(self, of: JTokenType) -> bool {
        use JTokenType as T;
        let textual = matches!(of, T::String | T::Comment | T::Raw);
        let numeric = matches!(of, T::Integer | T::Float);
        match self {
            Target::Boolean | Target::Number(_) => textual || numeric || of == T::Boolean,
            Target::Char => textual || numeric,
            Target::String => {
                let others = matches!(of, T::Date | T::Boolean | T::Bytes | T::Guid | T::TimeSpan | T::Uri);
                textual || numeric || others
            }
            Target::DateTime | Target::DateTimeOffset => textual || of == T::Date,
            Target::Guid => textual || matches!(of, T::Guid | T::Bytes),
            Target::Uri => textual || of == T::Uri,
            Target::TimeSpan => textual || of == T::TimeSpan,
            Target::Bytes => textual || matches!(of, T::Bytes | T::Integer),
        }
    }
}

impl JToken {
    /// The explicit cast to a type, or with `nullable` to its nullable form (`string` and `Uri` are nullable, `byte[]` is not): `None` is
    /// null. A property is cast as its value.
    ///
    /// # Errors
    /// `ArgumentException` if the token's type has no such cast; what the conversion fails with.
    pub fn cast(&self, target: Target, nullable: bool) -> Result<Option<Simple>, Exception> {
        let token = self.property_value().unwrap_or_else(|| self.clone());
        let of = token.token_type();
        let is_null = matches!(of, JTokenType::Null | JTokenType::Undefined);
        let Some(value) = token.scalar().filter(|_| target.takes(of) || (nullable && is_null)) else {
            let message = format!("Can not convert {} to {}.", of.name(), target.name());
            return Err(Exception::new(ExceptionType::Argument, message));
        };
        if value.is_null() && (nullable || matches!(target, Target::String | Target::Uri)) {
            return Ok(None);
        }
        convert(&value, target).map(Some)
    }

    /// `(string)token`.
    ///
    /// # Errors
    /// As [`JToken::cast`].
    pub fn to_text(&self) -> Result<Option<Text>, Exception> {
        Ok(match self.cast(Target::String, true)? {
            Some(Simple::String(text)) => Some(text),
            _ => None,
        })
    }

    /// `Value<T>()` for a simple type: `Convert.ChangeType` of the value. `None` is the type's default.
    ///
    /// # Errors
    /// `InvalidCastException` for a container; what the conversion fails with.
    pub fn value_as(&self, target: Target, nullable: bool) -> Result<Option<Simple>, Exception> {
        let Some(value) = self.scalar() else {
            let message =
                format!("Cannot cast Newtonsoft.Json.Linq.{} to Newtonsoft.Json.Linq.JToken.", self.class_name());
            return Err(Exception::new(ExceptionType::InvalidCast, message));
        };
        if value.is_null() {
            let is_reference = matches!(target, Target::String | Target::Uri | Target::Bytes);
            return if nullable || is_reference {
                Ok(None)
            } else {
                let message = "Null object cannot be converted to a value type.";
                Err(Exception::new(ExceptionType::InvalidCast, message))
            };
        }
        let same = matches!(
            (target, &value),
            (Target::Guid, Scalar::Guid(_))
                | (Target::DateTimeOffset, Scalar::DateOffset(_))
                | (Target::Uri, Scalar::Uri(_))
                | (Target::TimeSpan, Scalar::TimeSpan(_))
                | (Target::Bytes, Scalar::Bytes(_))
        );
        let only_itself =
            matches!(target, Target::Guid | Target::Uri | Target::TimeSpan | Target::Bytes | Target::DateTimeOffset);
        if same || !(only_itself || matches!(value, Scalar::BigInteger(_))) {
            return convert(&value, target).map(Some);
        }
        let Some(from) = convertible_name(&value) else {
            return Err(Exception::new(ExceptionType::InvalidCast, "Object must implement IConvertible."));
        };
        let to = if target == Target::Bytes { "Byte[]" } else { target.name() };
        let message = format!("Invalid cast from 'System.{from}' to 'System.{to}'.");
        Err(Exception::new(ExceptionType::InvalidCast, message))
    }
}

/// The type's name if it implements `IConvertible`.
fn convertible_name(value: &Scalar) -> Option<&'static str> {
    match value {
        Scalar::String(_) | Scalar::Comment(_) | Scalar::Raw(_) => Some("String"),
        Scalar::Number(number) => Some(number_name(number.of())),
        Scalar::Boolean(_) => Some("Boolean"),
        Scalar::Date(_) => Some("DateTime"),
        _ => None,
    }
}

/// `Convert` from the value to the type.
fn convert(value: &Scalar, target: Target) -> Result<Simple, Exception> {
    let text = match value {
        Scalar::String(text) | Scalar::Comment(text) | Scalar::Raw(text) => Some(text),
        _ => None,
    };
    match (target, value, text) {
        (Target::Boolean, _, _) => to_boolean(value).map(Simple::Boolean),
        (Target::Number(of), _, _) => to_number(value, of).map(Simple::Number),
        (Target::String, Scalar::Bytes(bytes), _) => {
            Ok(Simple::String(to_base64(bytes, Base64FormattingOptions::None).into()))
        }
        (Target::String, _, _) => value.to_plain().map(Simple::String),
        (Target::Char, Scalar::Number(number), _) => number::char_from_number(*number).map(Simple::Char),
        (Target::Char, _, Some(text)) => single_char(text).map(Simple::Char),
        (Target::Char, Scalar::BigInteger(_), _) => to_number(value, NumberType::Int32).map(|_| Simple::Char(0)),
        (Target::Char, Scalar::NullString, _) => Ok(Simple::Char(0)),
        (Target::DateTime, Scalar::Date(date), _) => Ok(Simple::DateTime(*date)),
        (Target::DateTime, Scalar::NullString, _) => Ok(Simple::DateTime(DateTime::MIN)),
        (Target::DateTime, _, Some(text)) => parse_date(text).map(Simple::DateTime),
        (Target::DateTime, Scalar::DateOffset(date), _) => Ok(Simple::DateTime(date.date_time())),
        (Target::DateTimeOffset, Scalar::DateOffset(date), _) => Ok(Simple::DateTimeOffset(*date)),
        (Target::DateTimeOffset, Scalar::Date(date), _) => {
            Ok(Simple::DateTimeOffset(DateTimeOffset::from_date_time(*date)))
        }
        (Target::DateTimeOffset, _, Some(text)) => {
            DateTimeOffset::parse(text, DateTimeStyles::NONE, DateTime::MIN).map(Simple::DateTimeOffset)
        }
        (Target::Guid, Scalar::Guid(value), _) => Ok(Simple::Guid(*value)),
        (Target::Guid, Scalar::Bytes(bytes), _) => Guid::from_byte_array(bytes).map(Simple::Guid),
        (Target::Guid, _, Some(text)) => Guid::parse(text).map(Simple::Guid),
        (Target::Uri, Scalar::Uri(text), _) => Ok(Simple::Uri(text.clone())),
        (Target::Uri, _, Some(text)) => Uri::parse(text, UriKind::Absolute).map(|_| Simple::Uri(text.clone())),
        (Target::TimeSpan, Scalar::TimeSpan(span), _) => Ok(Simple::TimeSpan(*span)),
        (Target::TimeSpan, _, Some(text)) => TimeSpan::parse(text).map(Simple::TimeSpan),
        (Target::Bytes, Scalar::Bytes(bytes), _) => Ok(Simple::Bytes(bytes.clone())),
        (Target::Bytes, Scalar::BigInteger(digits), _) => Ok(Simple::Bytes(number::long_bytes(digits).into())),
        (Target::Bytes, _, Some(text)) => from_base64(text).map(|bytes| Simple::Bytes(bytes.into())),
        (Target::Bytes, _, _) => {
            let message = format!("Can not convert {} to byte array.", value.token_type().name());
            Err(Exception::new(ExceptionType::Argument, message))
        }
        _ => Err(invalid_cast(value, target.name())),
    }
}

/// `Convert.ToChar(text)`.
fn single_char(text: &str) -> Result<u16, Exception> {
    let mut units = text.encode_utf16();
    match (units.next(), units.next()) {
        (Some(unit), None) => Ok(unit),
        _ => Err(Exception::format("String must be exactly one character long.")),
    }
}

/// `Convert.ToDateTime(text)`. A text without a date, which .NET completes with today's, gets the first day there is: the clock is not read
/// here.
pub(super) fn parse_date(text: &str) -> Result<DateTime, Exception> {
    DateTime::parse(text, DateTimeStyles::NONE, DateTime::MIN)
}
