//! `JValue.Compare`: order and equality of values.

use std::cmp::Ordering;

use super::{JTokenType, Scalar};
use crate::date::DateTimeOffset;
use crate::number::{self, Number, NumberStyles, NumberType};
use crate::{Exception, ExceptionType, Text};

/// Compares two values as `of` says.
///
/// # Errors
/// If the second value cannot be converted to the type.
pub(super) fn compare_as(of: JTokenType, left: &Scalar, right: &Scalar) -> Result<Ordering, Exception> {
    match (left.is_null(), right.is_null()) {
        (true, true) => return Ok(Ordering::Equal),
        (false, true) => return Ok(Ordering::Greater),
        (true, false) => return Ok(Ordering::Less),
        (false, false) => {}
    }
    match (of, left, right) {
        (JTokenType::Integer | JTokenType::Float, _, _) => compare_numbers(of, left, right),
        (JTokenType::Comment | JTokenType::String | JTokenType::Raw, _, _) => {
            Ok(compare_ordinal(&left.to_plain()?, &right.to_plain()?))
        }
        (JTokenType::Boolean, _, _) => Ok(to_boolean(left)?.cmp(&to_boolean(right)?)),
        (_, Scalar::Date(left), Scalar::Date(right)) => Ok(left.cmp(right)),
        (_, Scalar::Date(left), Scalar::String(right)) => Ok(left.cmp(&super::cast::parse_date(right)?)),
        (_, Scalar::Date(left), Scalar::DateOffset(right)) => Ok(left.cmp(&right.date_time())),
        (_, Scalar::DateOffset(left), Scalar::DateOffset(right)) => Ok(left.utc_ticks().cmp(&right.utc_ticks())),
        (_, Scalar::DateOffset(left), Scalar::Date(right)) => {
            Ok(left.utc_ticks().cmp(&DateTimeOffset::from_date_time(*right).utc_ticks()))
        }
        (_, Scalar::DateOffset(left), Scalar::String(right)) => {
            let right = DateTimeOffset::from_date_time(super::cast::parse_date(right)?);
            Ok(left.utc_ticks().cmp(&right.utc_ticks()))
        }
        (_, Scalar::Bytes(left), Scalar::Bytes(right)) => {
            Ok(left.len().cmp(&right.len()).then_with(|| left.cmp(right)))
        }
        (_, Scalar::Guid(left), Scalar::Guid(right)) => Ok(left.cmp(right)),
        (_, Scalar::Uri(left), Scalar::Uri(right)) => Ok(compare_ordinal(left, right)),
        (_, Scalar::TimeSpan(left), Scalar::TimeSpan(right)) => Ok(left.cmp(right)),
        (_, Scalar::Bytes(_), _) => Err(wrong_type("byte[]")),
        (_, Scalar::Guid(_), _) => Err(wrong_type("Guid")),
        (_, Scalar::Uri(_), _) => Err(wrong_type("Uri")),
        (_, Scalar::TimeSpan(_), _) => Err(wrong_type("TimeSpan")),
        _ => Err(invalid_cast(right, "DateTime")),
    }
}

impl Scalar {
    /// `JValue.CompareTo(other)`.
    ///
    /// # Errors
    /// If the other value cannot be converted to this one's type.
    pub fn compare_to(&self, other: &Scalar) -> Result<Ordering, Exception> {
        compare_as(self.token_type(), self, other)
    }
}

/// `string.CompareOrdinal`: by UTF-16 units.
pub(super) fn compare_ordinal(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

/// `Convert.ToXxx(value)` to a number.
pub(super) fn to_number(value: &Scalar, to: NumberType) -> Result<Number, Exception> {
    match value {
        Scalar::Number(number) => number::convert(*number, to),
        Scalar::Boolean(value) => number::convert(Number::Int32(i32::from(*value)), to),
        Scalar::BigInteger(digits) => number::parse(to, digits, NumberStyles::default_of(to)),
        Scalar::String(text) | Scalar::Comment(text) | Scalar::Raw(text) => {
            number::parse(to, text, NumberStyles::default_of(to))
        }
        Scalar::Null | Scalar::Undefined | Scalar::NullString => number::convert(Number::Int32(0), to),
        _ => Err(invalid_cast(value, number_name(to))),
    }
}

/// `Convert.ToBoolean(value)`.
pub(super) fn to_boolean(value: &Scalar) -> Result<bool, Exception> {
    match value {
        Scalar::Boolean(value) => Ok(*value),
        Scalar::Number(number) => Ok(number::boolean_from_number(*number)),
        Scalar::BigInteger(_) => to_number(value, NumberType::Int32).map(|_| true),
        Scalar::String(text) | Scalar::Comment(text) | Scalar::Raw(text) => number::parse_boolean(text),
        Scalar::Null | Scalar::Undefined | Scalar::NullString => Ok(false),
        _ => Err(invalid_cast(value, "Boolean")),
    }
}

/// `InvalidCastException` of `Convert` for a value that has no such conversion.
pub(super) fn invalid_cast(value: &Scalar, to: &str) -> Exception {
    let message = match value {
        Scalar::Number(number) => format!("Invalid cast from '{}' to '{to}'.", number_name(number.of())),
        Scalar::Boolean(_) => format!("Invalid cast from 'Boolean' to '{to}'."),
        Scalar::Date(_) => format!("Invalid cast from 'DateTime' to '{to}'."),
        other => {
            let class = match other {
                Scalar::Bytes(_) => "System.Byte[]",
                Scalar::Guid(_) => "System.Guid",
                Scalar::Uri(_) => "System.Uri",
                Scalar::TimeSpan(_) => "System.TimeSpan",
                _ => "System.DateTimeOffset",
            };
            format!("Unable to cast object of type '{class}' to type 'System.IConvertible'.")
        }
    };
    Exception::new(ExceptionType::InvalidCast, message)
}

fn compare_numbers(of: JTokenType, left: &Scalar, right: &Scalar) -> Result<Ordering, Exception> {
    let is = |types: &[NumberType]| {
        [left, right].iter().any(|side| matches!(side, Scalar::Number(number) if types.contains(&number.of())))
    };
    if matches!(left, Scalar::BigInteger(_)) || matches!(right, Scalar::BigInteger(_)) {
        return compare_big(left, right);
    }
    if is(&[NumberType::UInt64, NumberType::Decimal]) {
        return Ok(decimal(left)?.cmp(&decimal(right)?));
    }
    if of == JTokenType::Float || is(&[NumberType::Single, NumberType::Double]) {
        return Ok(compare_double(double(left)?, double(right)?));
    }
    match (to_number(left, NumberType::Int64)?, to_number(right, NumberType::Int64)?) {
        (Number::Int64(left), Number::Int64(right)) => Ok(left.cmp(&right)),
        _ => Ok(Ordering::Equal),
    }
}

/// Compares integers of any length by their digits; with a fraction on one side, as `double`.
fn compare_big(left: &Scalar, right: &Scalar) -> Result<Ordering, Exception> {
    let digits = |side: &Scalar| match side {
        Scalar::BigInteger(digits) => Some(digits.clone()),
        Scalar::Number(number) => number.integer().map(|value| Text::from(value.to_string())),
        _ => None,
    };
    let (Some(left), Some(right)) = (digits(left), digits(right)) else {
        return Ok(compare_double(double(left)?, double(right)?));
    };
    let magnitude = |left: &str, right: &str| left.len().cmp(&right.len()).then_with(|| left.cmp(right));
    Ok(match (left.strip_prefix('-'), right.strip_prefix('-')) {
        (Some(left), Some(right)) => magnitude(right, left),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => magnitude(&left, &right),
    })
}

fn decimal(value: &Scalar) -> Result<crate::Decimal, Exception> {
    match to_number(value, NumberType::Decimal)? {
        Number::Decimal(value) => Ok(value),
        _ => Ok(crate::Decimal::ZERO),
    }
}

fn double(value: &Scalar) -> Result<f64, Exception> {
    match to_number(value, NumberType::Double)? {
        Number::Double(value) => Ok(value),
        _ => Ok(0.0),
    }
}

/// `CompareFloat`: numbers that differ by rounding only are equal; not a number comes first.
fn compare_double(left: f64, right: f64) -> Ordering {
    let tolerance = (left.abs() + right.abs() + 10.0) * f64::EPSILON;
    let difference = left - right;
    if left == right || (-tolerance < difference && tolerance > difference) {
        return Ordering::Equal;
    }
    left.partial_cmp(&right).unwrap_or_else(|| right.is_nan().cmp(&left.is_nan()))
}

fn wrong_type(name: &str) -> Exception {
    Exception::new(ExceptionType::Argument, format!("Object must be of type {name}."))
}

/// The type as it is called in messages.
pub(super) fn number_name(of: NumberType) -> &'static str {
    match of {
        NumberType::SByte => "SByte",
        NumberType::Byte => "Byte",
        NumberType::Int16 => "Int16",
        NumberType::UInt16 => "UInt16",
        NumberType::Int32 => "Int32",
        NumberType::UInt32 => "UInt32",
        NumberType::Int64 => "Int64",
        NumberType::UInt64 => "UInt64",
        NumberType::Single => "Single",
        NumberType::Double => "Double",
        NumberType::Decimal => "Decimal",
    }
}
