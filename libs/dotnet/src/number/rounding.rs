//! `Math.Round` with its five modes, `Floor`, `Ceiling`, `Truncate`, of `double`, `float` and `decimal`.

use rust_decimal::{Decimal, RoundingStrategy};

use super::limits::DECIMAL_SCALE_MAX;
use super::number_type::Number;
use crate::Exception;

/// `System.MidpointRounding`, with its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MidpointRounding {
    /// Half goes to the even neighbour: the default.
    #[default]
    ToEven = 0,
    /// Half goes away from zero.
    AwayFromZero = 1,
    /// Everything goes to zero.
    ToZero = 2,
    /// Everything goes down.
    ToNegativeInfinity = 3,
    /// Everything goes up.
    ToPositiveInfinity = 4,
}

impl MidpointRounding {
    /// The mode with this value.
    ///
    /// # Errors
    /// `ArgumentException`.
    pub fn from_value(value: i64) -> Result<MidpointRounding, Exception> {
        match value {
            0 => Ok(MidpointRounding::ToEven),
            1 => Ok(MidpointRounding::AwayFromZero),
            2 => Ok(MidpointRounding::ToZero),
            3 => Ok(MidpointRounding::ToNegativeInfinity),
            4 => Ok(MidpointRounding::ToPositiveInfinity),
            _ => {
                let message = format!("The value '{value}' is not valid for this usage of the type MidpointRounding.");
                Err(Exception::argument("mode", &message))
            }
        }
    }

    const fn strategy(self) -> RoundingStrategy {
        match self {
            MidpointRounding::ToEven => RoundingStrategy::MidpointNearestEven,
            MidpointRounding::AwayFromZero => RoundingStrategy::MidpointAwayFromZero,
            MidpointRounding::ToZero => RoundingStrategy::ToZero,
            MidpointRounding::ToNegativeInfinity => RoundingStrategy::ToNegativeInfinity,
            MidpointRounding::ToPositiveInfinity => RoundingStrategy::ToPositiveInfinity,
        }
    }

    fn whole(self, value: f64) -> f64 {
        match self {
            MidpointRounding::ToEven => value.round_ties_even(),
            MidpointRounding::AwayFromZero => value.round(),
            MidpointRounding::ToZero => value.trunc(),
            MidpointRounding::ToNegativeInfinity => value.floor(),
            MidpointRounding::ToPositiveInfinity => value.ceil(),
        }
    }
}

/// `Math.Round(value, digits, mode)`; `MathF.Round` for a `float`; integers stay as they are.
///
/// # Errors
/// `ArgumentOutOfRangeException` for the digits.
pub fn round(value: Number, digits: i32, mode: MidpointRounding) -> Result<Number, Exception> {
    match value {
        Number::Double(value) => Ok(Number::Double(round_double(value, digits, mode)?)),
        Number::Single(value) => Ok(Number::Single(round_single(value, digits, mode)?)),
        Number::Decimal(value) => {
            let places = u32::try_from(digits).ok().filter(|places| *places <= DECIMAL_SCALE_MAX);
            let message = "Decimal can only round to between 0 and 28 digits of precision.";
            let places = places.ok_or_else(|| Exception::argument_out_of_range("decimals", message))?;
            Ok(Number::Decimal(round_decimal(value, places, mode)))
        }
        integer => Ok(integer),
    }
}

fn round_decimal(value: Decimal, places: u32, mode: MidpointRounding) -> Decimal {
    if value.scale() <= places { value } else { value.round_dp_with_strategy(places, mode.strategy()) }
}

fn round_double(value: f64, digits: i32, mode: MidpointRounding) -> Result<f64, Exception> {
    if !(0..=15).contains(&digits) {
        return Err(Exception::argument_out_of_range("digits", "Rounding digits must be between 0 and 15, inclusive."));
    }
    // Beyond this a double has no fraction that could be rounded.
    if value.abs() >= 1e16 || value.is_nan() {
        return Ok(value);
    }
    let power = 10_f64.powi(digits);
    Ok(mode.whole(value * power) / power)
}

#[allow(clippy::cast_possible_truncation, reason = "a rounded float is one")]
fn round_single(value: f32, digits: i32, mode: MidpointRounding) -> Result<f32, Exception> {
    if !(0..=6).contains(&digits) {
        return Err(Exception::argument_out_of_range("digits", "Rounding digits must be between 0 and 6, inclusive."));
    }
    if value.abs() >= 1e8 || value.is_nan() {
        return Ok(value);
    }
    let power = 10_f32.powi(digits);
    Ok(mode.whole((value * power).into()) as f32 / power)
}

/// `Math.Floor`.
#[must_use]
pub fn floor(value: Number) -> Number {
    whole(value, MidpointRounding::ToNegativeInfinity)
}

/// `Math.Ceiling`.
#[must_use]
pub fn ceiling(value: Number) -> Number {
    whole(value, MidpointRounding::ToPositiveInfinity)
}

/// `Math.Truncate`.
#[must_use]
pub fn truncate(value: Number) -> Number {
    whole(value, MidpointRounding::ToZero)
}

#[allow(clippy::cast_possible_truncation, reason = "a rounded float is one")]
fn whole(value: Number, mode: MidpointRounding) -> Number {
    match value {
        Number::Double(value) => Number::Double(mode.whole(value)),
        Number::Single(value) => Number::Single(mode.whole(value.into()) as f32),
        Number::Decimal(value) => Number::Decimal(round_decimal(value, 0, mode)),
        integer => integer,
    }
}

#[cfg(test)]
mod tests;
