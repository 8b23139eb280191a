//! Number types: which converts to which, which an operator computes in, which constants fit.

use crate::expression::bound::NumericType;
use crate::expression::library::Constant;
use crate::expression::types::{Number, Type};

/// Whether arithmetic that overflows throws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Overflow {
    /// Constants may not overflow, everything else wraps.
    #[default]
    Unspecified,
    /// Inside `checked`.
    Checked,
    /// Inside `unchecked`.
    Unchecked,
}

/// A number type or `char`.
pub(super) fn numeric_type(of: &Type) -> Option<NumericType> {
    match of {
        Type::Number(number) => Some(NumericType::Number(*number)),
        Type::Char => Some(NumericType::Char),
        _ => None,
    }
}

/// Whether every value of one type is (nearly) one of the other.
pub(super) fn widens(from: NumericType, to: NumericType) -> bool {
    use Number::{Byte, Decimal, Double, Float, Int, Long, SByte, Short, UInt, ULong, UShort};
    let NumericType::Number(to) = to else { return from == to };
    let targets: &[Number] = match from {
        NumericType::Char => &[UShort, Int, UInt, Long, ULong, Float, Double, Decimal],
        NumericType::Number(from) if from == to => return true,
        NumericType::Number(from) => match from {
            SByte => &[Short, Int, Long, Float, Double, Decimal],
            Byte => &[Short, UShort, Int, UInt, Long, ULong, Float, Double, Decimal],
            Short => &[Int, Long, Float, Double, Decimal],
            UShort => &[Int, UInt, Long, ULong, Float, Double, Decimal],
            Int => &[Long, Float, Double, Decimal],
            UInt => &[Long, ULong, Float, Double, Decimal],
            Long | ULong => &[Float, Double, Decimal],
            Float => &[Double],
            Double | Decimal => &[],
        },
    };
    targets.contains(&to)
}

/// Least and greatest value of an integer type.
pub(super) fn range(number: Number) -> Option<(i128, i128)> {
    Some(match number {
        Number::SByte => (i8::MIN.into(), i8::MAX.into()),
        Number::Byte => (0, u8::MAX.into()),
        Number::Short => (i16::MIN.into(), i16::MAX.into()),
        Number::UShort => (0, u16::MAX.into()),
        Number::Int => (i32::MIN.into(), i32::MAX.into()),
        Number::UInt => (0, u32::MAX.into()),
        Number::Long => (i64::MIN.into(), i64::MAX.into()),
        Number::ULong => (0, u64::MAX.into()),
        Number::Float | Number::Double | Number::Decimal => return None,
    })
}

/// Whether an integer is a value of a type.
pub(super) fn fits(value: i128, number: Number) -> bool {
    range(number).is_some_and(|(least, greatest)| (least..=greatest).contains(&value))
}

/// Whether a constant converts to a smaller type because its value fits: `byte b = 5`.
pub(super) fn constant_fits(constant: &Constant, to: Number) -> bool {
    match constant {
        Constant::Integer(Number::Int, value) => fits(*value, to),
        Constant::Integer(Number::Long, value) => to == Number::ULong && *value >= 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_widen_as_in_the_specification() {
        let number = NumericType::Number;
        assert!(widens(number(Number::Int), number(Number::Long)));
        assert!(widens(number(Number::ULong), number(Number::Float)));
        assert!(widens(NumericType::Char, number(Number::UShort)));
        assert!(!widens(NumericType::Char, number(Number::Short)));
        assert!(!widens(number(Number::Int), NumericType::Char));
        assert!(!widens(number(Number::Int), number(Number::UInt)));
        assert!(!widens(number(Number::Double), number(Number::Decimal)));
    }
}
