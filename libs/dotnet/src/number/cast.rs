//! Explicit conversions of C#: `(int)x`, checked and unchecked.

use rust_decimal::prelude::ToPrimitive;

use super::decimal;
use super::number_type::{Number, NumberType, Shape};
use crate::Exception;

/// What happens to a value that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// Bits are cut off; a `double` becomes what 64-bit x86 hardware makes of it. C#'s default.
    Wrap,
    /// `OverflowException`.
    Throw,
}

/// Converts as a C# cast does: fractions are cut off, not rounded.
///
/// # Errors
/// `OverflowException`: always where `decimal` takes part, else with [`Overflow::Throw`].
pub fn cast(number: Number, to: NumberType, overflow: Overflow) -> Result<Number, Exception> {
    if number.of() == to {
        return Ok(number);
    }
    match (number, to) {
        (Number::Single(value), NumberType::Decimal) => decimal::from_single(value).map(Number::Decimal),
        (Number::Double(value), NumberType::Decimal) => decimal::from_double(value).map(Number::Decimal),
        #[allow(clippy::cast_possible_truncation, reason = "rounding to float is what the cast asks for")]
        (Number::Double(value), NumberType::Single) => Ok(Number::Single(value as f32)),
        (Number::Single(value), NumberType::Double) => Ok(Number::Double(value.into())),
        _ => match number.shape() {
            Shape::Integer(value) => from_integer(value, to, overflow),
            Shape::Float(value) => from_float(value, to, overflow),
            Shape::Decimal(value) => from_decimal(value, to),
        },
    }
}

fn from_integer(value: i128, to: NumberType, overflow: Overflow) -> Result<Number, Exception> {
    match to {
        #[allow(clippy::cast_precision_loss, reason = "rounding is what the cast asks for")]
        NumberType::Single => Ok(Number::Single(value as f32)),
        #[allow(clippy::cast_precision_loss, reason = "rounding is what the cast asks for")]
        NumberType::Double => Ok(Number::Double(value as f64)),
        NumberType::Decimal => Ok(Number::Decimal(value.into())),
        _ => match (to.number(value), overflow) {
            (Some(number), _) => Ok(number),
            (None, Overflow::Throw) => Err(Exception::overflow()),
            (None, Overflow::Wrap) => Ok(wrap(value, to)),
        },
    }
}

/// The low bits of a value, as the type reads them.
pub(super) fn wrap(value: i128, to: NumberType) -> Number {
    let bits = to.integer_bits().unwrap_or(64);
    let mut low = value & ((1_i128 << bits) - 1);
    if to.is_signed() && low >> (bits - 1) != 0 {
        low -= 1 << bits;
    }
    to.number(low).unwrap_or(Number::Int64(0))
}

fn from_float(value: f64, to: NumberType, overflow: Overflow) -> Result<Number, Exception> {
    let whole = value.trunc();
    // Exact: integers below 2^127 in an f64 are i128 values.
    #[allow(clippy::cast_possible_truncation, reason = "the range is checked right here")]
    let exact = if whole.abs() < 1e30 { Some(whole as i128) } else { None };
    match (exact.and_then(|value| to.number(value)), overflow) {
        (Some(number), _) => Ok(number),
        (None, Overflow::Throw) => Err(Exception::overflow()),
        (None, Overflow::Wrap) => Ok(wrap_float(exact, to)),
    }
}

/// x64: `cvttsd2si` yields the smallest value of its register for everything that does not fit; narrow types take the low bits of the
/// 32-bit result, `uint` those of the 64-bit one.
fn wrap_float(exact: Option<i128>, to: NumberType) -> Number {
    let (register_min, register_max) = match to {
        NumberType::Int64 | NumberType::UInt64 | NumberType::UInt32 => (i128::from(i64::MIN), i128::from(i64::MAX)),
        _ => (i128::from(i32::MIN), i128::from(i32::MAX)),
    };
    let register = exact.filter(|value| (register_min..=register_max).contains(value)).unwrap_or(register_min);
    wrap(register, to)
}

fn from_decimal(value: rust_decimal::Decimal, to: NumberType) -> Result<Number, Exception> {
    match to {
        #[allow(clippy::cast_possible_truncation, reason = "rounding to float is what the cast asks for")]
        NumberType::Single => Ok(Number::Single(decimal::to_double(value) as f32)),
        NumberType::Double => Ok(Number::Double(decimal::to_double(value))),
        _ => value.trunc().to_i128().and_then(|value| to.number(value)).ok_or_else(|| to.overflow()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NumberType as To;

    #[test]
    fn unchecked_casts_cut_bits_and_fractions() {
        let cases = [
            (Number::Int32(300), To::Byte, Number::Byte(44)),
            (Number::Int32(-1), To::UInt64, Number::UInt64(u64::MAX)),
            (Number::Int64(i64::MAX), To::Int32, Number::Int32(-1)),
            (Number::Double(2.9), To::Int32, Number::Int32(2)),
            (Number::Double(-2.9), To::Int32, Number::Int32(-2)),
            (Number::Double(1e20), To::Int32, Number::Int32(i32::MIN)),
            (Number::Double(f64::NAN), To::Int64, Number::Int64(i64::MIN)),
            (Number::Double(300.0), To::Byte, Number::Byte(44)),
            (Number::UInt64(u64::MAX), To::Double, Number::Double(18_446_744_073_709_551_615.0)),
            (Number::Decimal("7.99".parse().unwrap()), To::Int32, Number::Int32(7)),
        ];
        for (number, to, expected) in cases {
            assert_eq!(cast(number, to, Overflow::Wrap), Ok(expected), "{number:?}");
        }
    }

    #[test]
    fn checked_casts_throw() {
        assert_eq!(cast(Number::Int32(300), To::Byte, Overflow::Throw), Err(Exception::overflow()));
        assert_eq!(cast(Number::Double(1e20), To::Int32, Overflow::Throw), Err(Exception::overflow()));
        let large = Number::Decimal("79228162514264337593543950335".parse().unwrap());
        assert_eq!(cast(large, To::Int32, Overflow::Wrap), Err(To::Int32.overflow()));
    }
}
