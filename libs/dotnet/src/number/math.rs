//! `Math` where it is more than the function of the same name in Rust: what overflows, what NaN does.

use std::cmp::Ordering;

use super::number_type::{Number, NumberType, Shape};
use crate::{Exception, ExceptionType};

/// `Math.Abs`.
///
/// # Errors
/// `OverflowException` for the smallest value of a signed integer type.
pub fn abs(value: Number) -> Result<Number, Exception> {
    match value {
        Number::Single(value) => Ok(Number::Single(value.abs())),
        Number::Double(value) => Ok(Number::Double(value.abs())),
        Number::Decimal(value) => Ok(Number::Decimal(value.abs())),
        _ => {
            let message = "Negating the minimum value of a twos complement number is invalid.";
            let magnitude = value.integer().unwrap_or_default().abs();
            value.of().number(magnitude).ok_or_else(|| Exception::new(ExceptionType::Overflow, message))
        }
    }
}

/// Unary minus, for types that have it: of the integer types `int` and `long`. Wraps as unchecked C# does.
#[must_use]
pub fn negate(value: Number) -> Number {
    match value {
        Number::Single(value) => Number::Single(-value),
        Number::Double(value) => Number::Double(-value),
        Number::Decimal(value) => Number::Decimal(-value),
        _ => super::cast::wrap(-value.integer().unwrap_or_default(), value.of()),
    }
}

/// `Math.Sign`: -1, 0 or 1.
///
/// # Errors
/// `ArithmeticException` for NaN.
pub fn sign(value: Number) -> Result<i32, Exception> {
    match value.shape() {
        Shape::Integer(value) => Ok(if value < 0 { -1 } else { i32::from(value > 0) }),
        Shape::Decimal(value) if value.is_zero() => Ok(0),
        Shape::Decimal(value) => Ok(if value.is_sign_negative() { -1 } else { 1 }),
        Shape::Float(value) if value.is_nan() => {
            let message = "Function does not accept floating point Not-a-Number values.";
            Err(Exception::new(ExceptionType::Arithmetic, message))
        }
        Shape::Float(value) => Ok(if value < 0.0 { -1 } else { i32::from(value > 0.0) }),
    }
}

/// Compares two numbers of the same type as `Math.Min` does: NaN is taken first, and -0 is below 0.
fn order(left: Number, right: Number) -> Ordering {
    match (left.shape(), right.shape()) {
        (Shape::Integer(left), Shape::Integer(right)) => left.cmp(&right),
        (Shape::Decimal(left), Shape::Decimal(right)) => left.cmp(&right),
        (Shape::Float(left), Shape::Float(right)) => left.total_cmp(&right),
        _ => Ordering::Equal,
    }
}

fn is_nan(value: Number) -> bool {
    matches!(value.shape(), Shape::Float(value) if value.is_nan())
}

/// `Math.Max` of two numbers of the same type.
#[must_use]
pub fn max(left: Number, right: Number) -> Number {
    if is_nan(left) || (!is_nan(right) && order(left, right) != Ordering::Less) { left } else { right }
}

/// `Math.Min` of two numbers of the same type.
#[must_use]
pub fn min(left: Number, right: Number) -> Number {
    if is_nan(left) || (!is_nan(right) && order(left, right) != Ordering::Greater) { left } else { right }
}

/// `Math.Clamp` of three numbers of the same type.
///
/// # Errors
/// `ArgumentException` if the bounds are in the wrong order.
pub fn clamp(value: Number, low: Number, high: Number) -> Result<Number, Exception> {
    if order(low, high) == Ordering::Greater && !is_nan(low) && !is_nan(high) {
        let text = |number| super::format::format(number, "").unwrap_or_default();
        let message = format!("'{}' cannot be greater than {}.", text(low), text(high));
        return Err(Exception::new(ExceptionType::Argument, message));
    }
    if is_nan(value) {
        return Ok(value);
    }
    Ok(if order(value, low) == Ordering::Less {
        low
    } else if order(value, high) == Ordering::Greater {
        high
    } else {
        value
    })
}

/// `Math.Log(value, base)`.
#[must_use]
pub fn log_base(value: f64, base: f64) -> f64 {
    if value.is_nan() {
        return value;
    }
    if base.is_nan() {
        return base;
    }
    #[allow(clippy::float_cmp, reason = "exactly these values are special")]
    if base == 1.0 || (value != 1.0 && (base == 0.0 || base == f64::INFINITY)) {
        return f64::NAN;
    }
    value.ln() / base.ln()
}

impl NumberType {
    /// `MinValue`.
    #[must_use]
    pub fn min_value(self) -> Number {
        match self {
            NumberType::Single => Number::Single(f32::MIN),
            NumberType::Double => Number::Double(f64::MIN),
            NumberType::Decimal => Number::Decimal(rust_decimal::Decimal::MIN),
            _ => {
                let bits = self.integer_bits().unwrap_or(64);
                let value = if self.is_signed() { -(1_i128 << (bits - 1)) } else { 0 };
                self.number(value).unwrap_or(Number::Int32(0))
            }
        }
    }

    /// `MaxValue`.
    #[must_use]
    pub fn max_value(self) -> Number {
        match self {
            NumberType::Single => Number::Single(f32::MAX),
            NumberType::Double => Number::Double(f64::MAX),
            NumberType::Decimal => Number::Decimal(rust_decimal::Decimal::MAX),
            _ => {
                let bits = self.integer_bits().unwrap_or(64) - u32::from(self.is_signed());
                self.number((1_i128 << bits) - 1).unwrap_or(Number::Int32(0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_integer_has_no_absolute_value() {
        assert_eq!(abs(Number::Int32(-5)), Ok(Number::Int32(5)));
        assert_eq!(abs(Number::Int32(i32::MIN)).unwrap_err().of, ExceptionType::Overflow);
        assert_eq!(abs(Number::Int64(i32::MIN.into())), Ok(Number::Int64(2_147_483_648)));
        assert_eq!(negate(Number::Int32(i32::MIN)), Number::Int32(i32::MIN));
    }

    #[test]
    fn nan_wins_in_min_and_max_and_negative_zero_is_smaller() {
        let nan = Number::Double(f64::NAN);
        assert!(is_nan(max(nan, Number::Double(1.0))));
        assert!(is_nan(min(Number::Double(1.0), nan)));
        assert_eq!(max(Number::Int32(2), Number::Int32(3)), Number::Int32(3));
        let Number::Double(zero) = min(Number::Double(0.0), Number::Double(-0.0)) else { panic!("not a double") };
        assert!(zero.is_sign_negative());
    }

    #[test]
    fn clamp_refuses_bounds_in_the_wrong_order() {
        let clamp = |a, b, c| clamp(Number::Int32(a), Number::Int32(b), Number::Int32(c));
        assert_eq!(clamp(5, 1, 3), Ok(Number::Int32(3)));
        assert_eq!(clamp(-5, 1, 3), Ok(Number::Int32(1)));
        assert_eq!(clamp(2, 3, 1).unwrap_err().message, "'3' cannot be greater than 1.");
    }

    #[test]
    fn logarithms_to_odd_bases_are_not_numbers() {
        assert!(log_base(8.0, 1.0).is_nan());
        assert!((log_base(8.0, 2.0) - 3.0).abs() < 1e-12);
        assert!(sign(Number::Double(f64::NAN)).is_err());
        assert_eq!(sign(Number::Double(-0.5)), Ok(-1));
    }
}
