//! `System.Convert` between numbers, `bool` and `char`: rounds half to even where a cast cuts off, and always throws on overflow.

use rust_decimal::RoundingStrategy;
use rust_decimal::prelude::ToPrimitive;

use super::cast::{Overflow, cast};
use super::number_type::{Number, NumberType, Shape};
use crate::{Exception, ExceptionType};

/// `Convert.ToXxx(number)`.
///
/// # Errors
/// `OverflowException`.
pub fn convert(number: Number, to: NumberType) -> Result<Number, Exception> {
    if !to.is_integer() {
        return cast(number, to, Overflow::Throw);
    }
    let value = match number.shape() {
        Shape::Integer(value) => Some(value),
        Shape::Float(value) => return from_float(value, to),
        Shape::Decimal(value) => value.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven).to_i128(),
    };
    value.and_then(|value| to.number(value)).ok_or_else(|| to.overflow())
}

/// Narrow types are converted by way of `int`, and fail with its name where even that is too narrow; the 64-bit ones by a checked cast.
fn from_float(value: f64, to: NumberType) -> Result<Number, Exception> {
    let rounded = cast(Number::Double(value.round_ties_even()), NumberType::Int64, Overflow::Throw);
    match to {
        NumberType::Int64 => rounded,
        NumberType::UInt64 => cast(Number::Double(value.round_ties_even()), to, Overflow::Throw),
        NumberType::Int32 | NumberType::UInt32 => {
            rounded.ok().and_then(Number::integer).and_then(|value| to.number(value)).ok_or_else(|| to.overflow())
        }
        _ => convert(from_float(value, NumberType::Int32)?, to),
    }
}

/// `Convert.ToBoolean(number)`: whether it is not zero.
#[must_use]
pub fn boolean_from_number(number: Number) -> bool {
    match number.shape() {
        Shape::Integer(value) => value != 0,
        Shape::Float(value) => value != 0.0,
        Shape::Decimal(value) => !value.is_zero(),
    }
}

/// `Convert.ToChar(number)`: the UTF-16 unit of that number.
///
/// # Errors
/// `OverflowException`; `InvalidCastException` from `float`, `double` and `decimal`.
pub fn char_from_number(number: Number) -> Result<u16, Exception> {
    let Some(value) = number.integer() else {
        let of = match number.of() {
            NumberType::Single => "Single",
            NumberType::Double => "Double",
            _ => "Decimal",
        };
        return Err(Exception::new(ExceptionType::InvalidCast, format!("Invalid cast from '{of}' to 'Char'.")));
    };
    let overflow =
        || Exception::new(ExceptionType::Overflow, "Value was either too large or too small for a character.");
    value.try_into().map_err(|_| overflow())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_neighbour() {
        for (value, expected) in [(0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (2.500_001, 3)] {
            assert_eq!(convert(Number::Double(value), NumberType::Int32), Ok(Number::Int32(expected)), "{value}");
            let decimal = value.to_string().parse().unwrap();
            assert_eq!(convert(Number::Decimal(decimal), NumberType::Int32), Ok(Number::Int32(expected)), "{value}");
        }
    }

    #[test]
    fn what_does_not_fit_throws_with_the_name_of_the_type() {
        let of = |number, to| convert(number, to).unwrap_err().message.into_owned();
        assert_eq!(
            of(Number::Int32(256), NumberType::Byte),
            "Value was either too large or too small for an unsigned byte."
        );
        assert_eq!(
            of(Number::Double(2_147_483_647.5), NumberType::Int32),
            "Value was either too large or too small for an Int32."
        );
        assert_eq!(of(Number::Double(f64::NAN), NumberType::Int64), "Arithmetic operation resulted in an overflow.");
        assert_eq!(of(Number::Double(1e30), NumberType::Byte), "Value was either too large or too small for an Int32.");
        assert_eq!(
            of(Number::Double(1e30), NumberType::Decimal),
            "Value was either too large or too small for a Decimal."
        );
    }

    #[test]
    fn characters_come_from_integers_only() {
        assert_eq!(char_from_number(Number::Int32(65)), Ok(65));
        assert!(char_from_number(Number::Int32(-1)).is_err());
        assert_eq!(char_from_number(Number::Double(65.0)).unwrap_err().of, ExceptionType::InvalidCast);
    }
}
