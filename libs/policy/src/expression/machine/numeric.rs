//! Conversions between number types and `char`.
//!
//! Unchecked, integers lose their high bits, and `double` to an integer type does what .NET 8 does on 64-bit x86: a value outside the range of
//! `int` (or of `long` for `uint`, `long` and `ulong`), and NaN, gives the number whose highest bit alone is set, cut to the target's width.
//! `decimal` to an integer throws when it does not fit, checked or not.

use postern_dotnet::{Decimal, Exception, ExceptionType};

use crate::expression::bound::NumericType;
use crate::expression::types::Number;
use crate::expression::value::Value;

/// Converts a number or `char`.
pub(super) fn convert(value: &Value, to: NumericType, is_checked: bool) -> Result<Value, Exception> {
    match *value {
        Value::Int(value) => from_integer(value.into(), to, is_checked),
        Value::Char(value) | Value::UShort(value) => from_integer(value.into(), to, is_checked),
        Value::SByte(value) => from_integer(value.into(), to, is_checked),
        Value::Byte(value) => from_integer(value.into(), to, is_checked),
        Value::Short(value) => from_integer(value.into(), to, is_checked),
        Value::UInt(value) => from_integer(value.into(), to, is_checked),
        Value::Long(value) => from_integer(value.into(), to, is_checked),
        Value::ULong(value) => from_integer(value.into(), to, is_checked),
        Value::Float(value) => match to {
            NumericType::Number(Number::Float) => Ok(Value::Float(value)),
            NumericType::Number(Number::Decimal) => decimal_from_float(value.into(), 7),
            _ => from_double(value.into(), to, is_checked),
        },
        Value::Double(value) => from_double(value, to, is_checked),
        Value::Decimal(value) => from_decimal(value, to),
        _ => Err(Exception::new(ExceptionType::InvalidCast, "Specified cast is not valid.")),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cutting off is what C# asks for")]
#[allow(clippy::cast_precision_loss, reason = "so is rounding")]
fn from_integer(value: i128, to: NumericType, is_checked: bool) -> Result<Value, Exception> {
    macro_rules! integer {
        ($variant:ident, $of:ty) => {
            if is_checked {
                <$of>::try_from(value).map(Value::$variant).map_err(|_| Exception::overflow())
            } else {
                Ok(Value::$variant(value as $of))
            }
        };
    }
    let NumericType::Number(number) = to else { return integer!(Char, u16) };
    match number {
        Number::SByte => integer!(SByte, i8),
        Number::Byte => integer!(Byte, u8),
        Number::Short => integer!(Short, i16),
        Number::UShort => integer!(UShort, u16),
        Number::Int => integer!(Int, i32),
        Number::UInt => integer!(UInt, u32),
        Number::Long => integer!(Long, i64),
        Number::ULong => integer!(ULong, u64),
        Number::Float => Ok(Value::Float(value as f32)),
        Number::Double => Ok(Value::Double(value as f64)),
        // No integer type has more than the 96 bits of a decimal.
        Number::Decimal => Ok(Value::Decimal(Decimal::try_from_i128_with_scale(value, 0).unwrap_or_default())),
    }
}

#[allow(clippy::cast_possible_truncation, reason = "rounding to float is what C# asks for")]
fn from_double(value: f64, to: NumericType, is_checked: bool) -> Result<Value, Exception> {
    let number = match to {
        NumericType::Char => Number::UShort,
        NumericType::Number(number) => number,
    };
    match number {
        Number::Float => return Ok(Value::Float(value as f32)),
        Number::Double => return Ok(Value::Double(value)),
        Number::Decimal => return decimal_from_float(value, 15),
        _ => {}
    }
    let whole = value.trunc();
    if is_checked {
        // The highest bit's power of two and beyond do not fit into any of the types; up to it, i128 is exact.
        if !(-9.3e18..1.9e19).contains(&whole) {
            return Err(Exception::overflow());
        }
        return from_integer(whole as i128, to, true);
    }
    from_integer(hardware(whole, number), to, false)
}

/// What `cvttsd2si` and the code around it make of a value without fraction.
#[allow(clippy::cast_possible_truncation, reason = "in range")]
fn hardware(whole: f64, to: Number) -> i128 {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    let long = |whole: f64| {
        if (-TWO_63..TWO_63).contains(&whole) { whole as i128 } else { i128::from(i64::MIN) }
    };
    match to {
        Number::Long | Number::UInt => long(whole),
        // Values from 2^63 on are converted without their highest bit, which is put back.
        Number::ULong if whole < TWO_63 => long(whole),
        Number::ULong => long(whole - TWO_63) + (1_i128 << 63),
        _ if (-2_147_483_648.0..2_147_483_648.0).contains(&whole) => whole as i128,
        _ => i128::from(i32::MIN),
    }
}

/// A binary fraction as a decimal of that many significant digits, without zeros at the end.
fn decimal_from_float(value: f64, digits: usize) -> Result<Value, Exception> {
    let overflow = || Exception::new(ExceptionType::Overflow, "Value was either too large or too small for a Decimal.");
    if !value.is_finite() {
        return Err(overflow());
    }
    let text = format!("{value:.*e}", digits - 1);
    let decimal = Decimal::from_scientific(&text);
    match decimal {
        Ok(decimal) => Ok(Value::Decimal(decimal.normalize())),
        // Too small is zero.
        Err(_) if value.abs() < 1e-20 => Ok(Value::Decimal(Decimal::ZERO)),
        Err(_) => Err(overflow()),
    }
}

fn from_decimal(value: Decimal, to: NumericType) -> Result<Value, Exception> {
    let NumericType::Number(number) = to else {
        return whole(value, to, "Value was either too large or too small for a character.");
    };
    match number {
        Number::Decimal => Ok(Value::Decimal(value)),
        Number::Double => Ok(Value::Double(to_double(value))),
        #[allow(clippy::cast_possible_truncation, reason = "rounding is what C# asks for")]
        Number::Float => Ok(Value::Float(to_double(value) as f32)),
        Number::SByte => whole(value, to, "Value was either too large or too small for a signed byte."),
        Number::Byte => whole(value, to, "Value was either too large or too small for an unsigned byte."),
        Number::Short => whole(value, to, "Value was either too large or too small for an Int16."),
        Number::UShort => whole(value, to, "Value was either too large or too small for a UInt16."),
        Number::Int => whole(value, to, "Value was either too large or too small for an Int32."),
        Number::UInt => whole(value, to, "Value was either too large or too small for a UInt32."),
        Number::Long => whole(value, to, "Value was either too large or too small for an Int64."),
        Number::ULong => whole(value, to, "Value was either too large or too small for a UInt64."),
    }
}

fn whole(value: Decimal, to: NumericType, message: &'static str) -> Result<Value, Exception> {
    from_integer(value.trunc().mantissa(), to, true).map_err(|_| Exception::new(ExceptionType::Overflow, message))
}

/// As .NET computes it: the 96-bit mantissa rounded to `double`, divided by the power of ten.
#[allow(clippy::cast_precision_loss, reason = "rounding is what C# asks for")]
fn to_double(value: Decimal) -> f64 {
    let mantissa = value.mantissa().unsigned_abs();
    let low = (mantissa & u128::from(u64::MAX)) as f64;
    let high = (mantissa >> 64) as f64;
    let scale = i32::try_from(value.scale()).unwrap_or(0);
    let size = (low + high * 18_446_744_073_709_551_616.0) / 10_f64.powi(scale);
    if value.is_sign_negative() { -size } else { size }
}
