//! Conversions between number types and `char`.
//!
//! Integers, which are most of them, are converted here; what .NET makes of binary fractions and decimals is known to [`number::cast`].

use postern_dotnet::number::{self, Number, NumberType, Overflow};
use postern_dotnet::{Decimal, Exception, ExceptionType};

use crate::expression::bound::NumericType;
use crate::expression::library::from_number;
use crate::expression::types;
use crate::expression::value::Value;

/// Converts a number or `char`.
pub(crate) fn convert(value: &Value, to: NumericType, is_checked: bool) -> Result<Value, Exception> {
    match *value {
        Value::Int(value) => from_integer(value.into(), to, is_checked),
        Value::Char(value) | Value::UShort(value) => from_integer(value.into(), to, is_checked),
        Value::SByte(value) => from_integer(value.into(), to, is_checked),
        Value::Byte(value) => from_integer(value.into(), to, is_checked),
        Value::Short(value) => from_integer(value.into(), to, is_checked),
        Value::UInt(value) => from_integer(value.into(), to, is_checked),
        Value::Long(value) => from_integer(value.into(), to, is_checked),
        Value::ULong(value) => from_integer(value.into(), to, is_checked),
        Value::Float(value) => from_fraction(Number::Single(value), to, is_checked),
        Value::Double(value) => from_fraction(Number::Double(value), to, is_checked),
        Value::Decimal(value) => from_fraction(Number::Decimal(value), to, is_checked),
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
        types::Number::SByte => integer!(SByte, i8),
        types::Number::Byte => integer!(Byte, u8),
        types::Number::Short => integer!(Short, i16),
        types::Number::UShort => integer!(UShort, u16),
        types::Number::Int => integer!(Int, i32),
        types::Number::UInt => integer!(UInt, u32),
        types::Number::Long => integer!(Long, i64),
        types::Number::ULong => integer!(ULong, u64),
        types::Number::Float => Ok(Value::Float(value as f32)),
        types::Number::Double => Ok(Value::Double(value as f64)),
        // No integer type has more than the 96 bits of a decimal.
        types::Number::Decimal => Ok(Value::Decimal(Decimal::try_from_i128_with_scale(value, 0).unwrap_or_default())),
    }
}

fn from_fraction(value: Number, to: NumericType, is_checked: bool) -> Result<Value, Exception> {
    let overflow = if is_checked { Overflow::Throw } else { Overflow::Wrap };
    match to {
        NumericType::Number(to) => number::cast(value, dotnet_type(to), overflow).map(from_number),
        NumericType::Char => match number::cast(value, NumberType::UInt16, overflow) {
            Ok(Number::UInt16(unit)) => Ok(Value::Char(unit)),
            Err(_) if matches!(value, Number::Decimal(_)) => {
                let message = "Value was either too large or too small for a character.";
                Err(Exception::new(ExceptionType::Overflow, message))
            }
            other => other.map(from_number),
        },
    }
}

fn dotnet_type(of: types::Number) -> NumberType {
    match of {
        types::Number::SByte => NumberType::SByte,
        types::Number::Byte => NumberType::Byte,
        types::Number::Short => NumberType::Int16,
        types::Number::UShort => NumberType::UInt16,
        types::Number::Int => NumberType::Int32,
        types::Number::UInt => NumberType::UInt32,
        types::Number::Long => NumberType::Int64,
        types::Number::ULong => NumberType::UInt64,
        types::Number::Float => NumberType::Single,
        types::Number::Double => NumberType::Double,
        types::Number::Decimal => NumberType::Decimal,
    }
}
