//! The value inside a `JValue`.

use std::rc::Rc;

use super::JTokenType;
use crate::date::{DateTime, DateTimeOffset, TimeSpan};
use crate::number::{self, Number, NumberType};
use crate::text::Guid;
use crate::{Exception, Text};

/// A `JValue`'s value together with its token type.
///
/// Integers read from JSON are `long`, other numbers `double`; those put in by code keep the type they have.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// `null` of type `Null`.
    Null,
    /// `undefined`.
    Undefined,
    /// `null` of type `String`: what a null `string` becomes.
    NullString,
    /// `true` or `false`.
    Boolean(bool),
    /// A number of any of the types of C#.
    Number(Number),
    /// `BigInteger`, for integers beyond 64 bits: decimal digits without leading zeros, `-` before negative ones.
    BigInteger(Text),
    /// `string` or `char`.
    String(Text),
    /// The text between `/*` and `*/`.
    Comment(Text),
    /// The text of a `JRaw`: written as it is.
    Raw(Text),
    /// `DateTime`: also what a string that looks like an ISO date becomes when read.
    Date(DateTime),
    /// `DateTimeOffset`.
    DateOffset(DateTimeOffset),
    /// `byte[]`: written as base64.
    Bytes(Rc<[u8]>),
    /// `Guid`.
    Guid(Guid),
    /// `Uri`: its `OriginalString`.
    Uri(Text),
    /// `TimeSpan`.
    TimeSpan(TimeSpan),
}

impl Scalar {
    /// The token's type.
    #[must_use]
    pub fn token_type(&self) -> JTokenType {
        match self {
            Scalar::Null => JTokenType::Null,
            Scalar::Undefined => JTokenType::Undefined,
            Scalar::NullString | Scalar::String(_) => JTokenType::String,
            Scalar::Boolean(_) => JTokenType::Boolean,
            Scalar::Number(number) => match number.of() {
                NumberType::Single | NumberType::Double | NumberType::Decimal => JTokenType::Float,
                _ => JTokenType::Integer,
            },
            Scalar::BigInteger(_) => JTokenType::Integer,
            Scalar::Comment(_) => JTokenType::Comment,
            Scalar::Raw(_) => JTokenType::Raw,
            Scalar::Date(_) | Scalar::DateOffset(_) => JTokenType::Date,
            Scalar::Bytes(_) => JTokenType::Bytes,
            Scalar::Guid(_) => JTokenType::Guid,
            Scalar::Uri(_) => JTokenType::Uri,
            Scalar::TimeSpan(_) => JTokenType::TimeSpan,
        }
    }

    /// Whether `JValue.Value` is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Scalar::Null | Scalar::Undefined | Scalar::NullString)
    }

    /// `JsonToken.Integer` as the reader makes it.
    #[must_use]
    pub fn integer(value: i64) -> Scalar {
        Scalar::Number(Number::Int64(value))
    }

    /// `JsonToken.Float` as the reader makes it.
    #[must_use]
    pub fn float(value: f64) -> Scalar {
        Scalar::Number(Number::Double(value))
    }

    /// `Value.ToString()`: what `JValue.ToString()` gives.
    ///
    /// # Errors
    /// None that can happen with these formats; the signature is that of formatting.
    pub fn to_plain(&self) -> Result<Text, Exception> {
        Ok(match self {
            Scalar::Null | Scalar::Undefined | Scalar::NullString => Text::default(),
            Scalar::Boolean(value) => Text::new_static(if *value { "True" } else { "False" }),
            Scalar::Number(number) => number::format(*number, "")?.into(),
            Scalar::BigInteger(text)
            | Scalar::String(text)
            | Scalar::Comment(text)
            | Scalar::Raw(text)
            | Scalar::Uri(text) => text.clone(),
            Scalar::Date(date) => date.format("")?.into(),
            Scalar::DateOffset(date) => date.format("")?.into(),
            Scalar::Bytes(_) => Text::new_static("System.Byte[]"),
            Scalar::Guid(value) => value.format("")?.into(),
            Scalar::TimeSpan(span) => span.format("")?.into(),
        })
    }

    /// `JValue.ToString(format)`: formats values that can be, leaves the others as they are.
    ///
    /// # Errors
    /// `FormatException` for a format the value's type does not know.
    pub fn to_formatted(&self, format: &str) -> Result<Text, Exception> {
        match self {
            Scalar::Number(number) => Ok(number::format(*number, format)?.into()),
            Scalar::BigInteger(digits) => Ok(number::format_long(digits, format)?.into()),
            Scalar::Date(date) => Ok(date.format(format)?.into()),
            Scalar::DateOffset(date) => Ok(date.format(format)?.into()),
            Scalar::Guid(value) => Ok(value.format(format)?.into()),
            Scalar::TimeSpan(span) => Ok(span.format(format)?.into()),
            _ => self.to_plain(),
        }
    }
}
