//! Arithmetic of `System.Decimal`: a 96-bit integer over a power of ten, whose scale is part of the value (`1.0m * 2.00m` is `2.000`).
//!
//! `rust_decimal` stores exactly that, but rounds and scales some results differently; here they are .NET's: exact where 96 bits and 28
//! decimals allow it, otherwise rounded half to even in one step.

mod wide;

use rust_decimal::Decimal;

use super::limits::DECIMAL_SCALE_MAX;
use super::number_type::NumberType;
use crate::{Exception, ExceptionType};
use wide::Wide;

/// 2^96 - 1.
pub(super) const MANTISSA_MAX: u128 = (1 << 96) - 1;

/// A decimal of its parts; `None` if they are out of range.
pub(super) fn from_mantissa(mantissa: u128, scale: u32, negative: bool) -> Option<Decimal> {
    let signed = i128::try_from(mantissa).ok()?;
    let mut value = Decimal::try_from_i128_with_scale(signed, scale).ok()?;
    value.set_sign_negative(negative);
    Some(value)
}

fn magnitude(value: Decimal) -> u128 {
    value.mantissa().unsigned_abs()
}

fn overflow() -> Exception {
    NumberType::Decimal.overflow()
}

/// Brings an exact result into range: drops decimals, rounding half to even once.
fn fit(mut value: Wide, scale: u32, negative: bool) -> Result<Decimal, Exception> {
    let mut scale = scale;
    let (mut last, mut sticky) = (0, false);
    // At most 58 digits: 192 bits.
    loop {
        let narrow = value.narrow().filter(|mantissa| *mantissa <= MANTISSA_MAX);
        if let (Some(mantissa), true) = (narrow, scale <= DECIMAL_SCALE_MAX) {
            let up = last > 5 || (last == 5 && (sticky || mantissa % 2 == 1));
            if mantissa + u128::from(up) <= MANTISSA_MAX {
                return from_mantissa(mantissa + u128::from(up), scale, negative).ok_or_else(overflow);
            }
            // Rounding carried into the 97th bit: one more decimal goes. The digits dropped so far stay below the new half.
            value = Wide::from(mantissa + 1);
            (last, sticky) = (0, false);
        }
        if scale == 0 {
            return Err(overflow());
        }
        sticky |= last != 0;
        last = value.divide_by_ten();
        scale -= 1;
    }
}

/// `left + right`.
///
/// # Errors
/// `OverflowException`.
pub fn add(left: Decimal, right: Decimal) -> Result<Decimal, Exception> {
    let scale = left.scale().max(right.scale());
    let first = Wide::from(magnitude(left)).times_power_of_ten(scale - left.scale());
    let second = Wide::from(magnitude(right)).times_power_of_ten(scale - right.scale());
    let (left_negative, right_negative) = (left.is_sign_negative(), right.is_sign_negative());
    if left_negative == right_negative {
        return fit(first.plus(second), scale, left_negative);
    }
    if first >= second {
        fit(first.minus(second), scale, left_negative && first != second)
    } else {
        fit(second.minus(first), scale, right_negative)
    }
}

/// `left - right`.
///
/// # Errors
/// `OverflowException`.
pub fn subtract(left: Decimal, right: Decimal) -> Result<Decimal, Exception> {
    add(left, -right)
}

/// `left * right`: the scales add up.
///
/// # Errors
/// `OverflowException`.
pub fn multiply(left: Decimal, right: Decimal) -> Result<Decimal, Exception> {
    /// .NET multiplies two 32-bit integers on a path of its own; 64 bits have at most this many digits.
    const NARROW_DIGITS: u32 = 19;
    let scale = left.scale() + right.scale();
    let narrow = magnitude(left).max(magnitude(right)) <= u128::from(u32::MAX);
    let zero = left.is_zero() || right.is_zero();
    if if narrow { scale > DECIMAL_SCALE_MAX + NARROW_DIGITS } else { zero } {
        return Ok(Decimal::ZERO);
    }
    let negative = left.is_sign_negative() != right.is_sign_negative();
    fit(Wide::product(magnitude(left), magnitude(right)), scale, negative)
}

/// `left / right`: the scale is the difference of the scales where that is exact, otherwise the shortest that holds the quotient,
/// rounded at 28 or 29 digits.
///
/// # Errors
/// `DivideByZeroException`, `OverflowException`.
pub fn divide(left: Decimal, right: Decimal) -> Result<Decimal, Exception> {
    let divisor = magnitude(right);
    if divisor == 0 {
        return Err(divide_by_zero());
    }
    let negative = left.is_sign_negative() != right.is_sign_negative();
    let mut quotient = magnitude(left) / divisor;
    let mut remainder = magnitude(left) % divisor;
    let max_scale = i64::from(DECIMAL_SCALE_MAX);
    let mut scale = i64::from(left.scale()) - i64::from(right.scale());
    let exact = remainder == 0;
    // Up to 28 steps for a negative scale and 28 more.
    while scale < 0 || (remainder != 0 && scale < max_scale) {
        let shifted = remainder * 10;
        let next = quotient * 10 + shifted / divisor;
        if next > MANTISSA_MAX {
            if scale < 0 {
                return Err(overflow());
            }
            break;
        }
        quotient = next;
        remainder = shifted % divisor;
        scale += 1;
    }
    let twice = remainder * 2;
    if twice > divisor || (twice == divisor && quotient % 2 == 1) {
        quotient += 1;
    }
    let scale = u32::try_from(scale).map_err(|_| overflow())?;
    let value = fit(Wide::from(quotient), scale, negative)?;
    Ok(if exact { value } else { strip_zeros(value) })
}

fn strip_zeros(value: Decimal) -> Decimal {
    let (mut mantissa, mut scale) = (magnitude(value), value.scale());
    while scale > 0 && mantissa.is_multiple_of(10) {
        mantissa /= 10;
        scale -= 1;
    }
    from_mantissa(mantissa, scale, value.is_sign_negative()).unwrap_or(value)
}

pub(super) fn divide_by_zero() -> Exception {
    Exception::new(ExceptionType::DivideByZero, "Attempted to divide by zero.")
}

/// `left % right`, with the sign of `left`.
///
/// # Errors
/// `DivideByZeroException`.
pub fn remainder(left: Decimal, right: Decimal) -> Result<Decimal, Exception> {
    let mut divisor = magnitude(right);
    if divisor == 0 {
        return Err(divide_by_zero());
    }
    if left.abs() < right.abs() {
        return Ok(left);
    }
    let mut rest = magnitude(left);
    let scale = left.scale().max(right.scale());
    // The dividend is not smaller, so the scaled divisor still fits 96 bits.
    for _ in right.scale()..scale {
        divisor *= 10;
    }
    rest %= divisor;
    for _ in left.scale()..scale {
        rest = rest * 10 % divisor;
    }
    from_mantissa(rest, scale, left.is_sign_negative() && rest != 0).ok_or_else(overflow)
}

/// `(double)value`, by the division that .NET does, which is not always the nearest `double`.
#[must_use]
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "these are the two steps of .NET's conversion"
)]
pub fn to_double(value: Decimal) -> f64 {
    const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;
    let mantissa = magnitude(value);
    let (high, low) = ((mantissa >> 64) as u64, mantissa as u64);
    let magnitude = (low as f64 + high as f64 * TWO_TO_64) / power_of_ten(value.scale());
    if value.is_sign_negative() { -magnitude } else { magnitude }
}

fn power_of_ten(exponent: u32) -> f64 {
    // Parsed, since a product of tens is not the nearest value above 10^22.
    format!("1e{exponent}").parse().unwrap_or(f64::NAN)
}

/// `(decimal)value`: 15 significant digits, without trailing zeros.
///
/// # Errors
/// `OverflowException`.
pub fn from_double(value: f64) -> Result<Decimal, Exception> {
    from_float(value, 15)
}

/// `(decimal)value`: 7 significant digits, without trailing zeros.
///
/// # Errors
/// `OverflowException`.
pub fn from_single(value: f32) -> Result<Decimal, Exception> {
    from_float(value.into(), 7)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is below 10^16 by then")]
fn from_float(value: f64, digits: i32) -> Result<Decimal, Exception> {
    let mut scaled = value.abs();
    if !scaled.is_finite() || scaled >= 2_f64.powi(96) {
        return Err(overflow());
    }
    let max_scale = DECIMAL_SCALE_MAX.cast_signed();
    // The binary exponent as .NET counts it: the value is below 2^exponent.
    let exponent = i32::try_from(scaled.to_bits() >> 52).unwrap_or(0) - 1022;
    if exponent < -94 {
        return Ok(Decimal::ZERO);
    }
    let mut power = (digits - 1 - ((exponent * 19_728) >> 16)).min(max_scale);
    let limit = power_of_ten(digits.unsigned_abs());
    if power >= 0 {
        scaled *= power_of_ten(power.unsigned_abs());
    } else if power != -1 || scaled >= limit {
        scaled /= power_of_ten(power.unsigned_abs());
    } else {
        power = 0;
    }
    if scaled < limit / 10.0 && power < max_scale {
        scaled *= 10.0;
        power += 1;
    }
    let mut mantissa = u128::from(scaled.round_ties_even() as u64);
    for _ in power..0 {
        mantissa *= 10;
    }
    let result = from_mantissa(mantissa, power.max(0).unsigned_abs(), value.is_sign_negative() && mantissa != 0);
    result.map(strip_zeros).ok_or_else(overflow)
}

/// `decimal.GetBits`: low, middle and high word of the integer, then scale and sign.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "the words of a 96-bit value")]
pub fn to_bits(value: Decimal) -> [i32; 4] {
    let mantissa = magnitude(value);
    let flags = (value.scale() << 16) | (u32::from(value.is_sign_negative()) << 31);
    [mantissa as i32, (mantissa >> 32) as i32, (mantissa >> 64) as i32, flags.cast_signed()]
}

/// `new decimal(int[])`.
///
/// # Errors
/// `ArgumentException`.
pub fn from_bits(bits: [i32; 4]) -> Result<Decimal, Exception> {
    let flags = bits[3].cast_unsigned();
    let scale = (flags >> 16) & 0xFF;
    if flags & 0x7F00_FFFF != 0 || scale > DECIMAL_SCALE_MAX {
        let message = "Decimal constructor requires an array or span of four valid decimal bytes.";
        return Err(Exception::new(ExceptionType::Argument, message));
    }
    from_parts(bits[0], bits[1], bits[2], flags >> 31 != 0, scale)
}

/// `new decimal(lo, mid, hi, isNegative, scale)`.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn from_parts(low: i32, middle: i32, high: i32, negative: bool, scale: u32) -> Result<Decimal, Exception> {
    let word = |part: i32| u128::from(part.cast_unsigned());
    let mantissa = word(low) | (word(middle) << 32) | (word(high) << 64);
    let message = "Decimal's scale value must be between 0 and 28, inclusive.";
    from_mantissa(mantissa, scale, negative).ok_or_else(|| Exception::argument_out_of_range("scale", message))
}

#[cfg(test)]
mod tests;
