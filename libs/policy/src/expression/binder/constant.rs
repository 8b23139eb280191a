//! Arithmetic on constants when they are compiled. `decimal` is computed by what the machine computes with, which rounds as .NET does.

use postern_dotnet::{Decimal, Text};

use crate::expression::bound::{NumericType, Primitive, PrimitiveOperator, PrimitiveUnary};
use crate::expression::library::Constant;
use crate::expression::machine::{binary_function, convert_number};
use crate::expression::types::{Number, Type};
use crate::expression::value::Value;

use super::numeric::{fits, range};

/// What came of an attempt to compute.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Folded {
    Value(Constant),
    /// The result is no value of its type, unless it is cut off.
    Overflow(Constant),
    /// The result is no value of its type, and nothing makes it one: `decimal`.
    Impossible,
    DivisionByZero,
    /// To be computed when it runs.
    Later,
}

/// Cuts an integer to the width of a type.
pub(super) fn wrap(value: i128, number: Number) -> i128 {
    match number {
        Number::SByte => i128::from(value as i8),
        Number::Byte => i128::from(value as u8),
        Number::Short => i128::from(value as i16),
        Number::UShort => i128::from(value as u16),
        Number::Int => i128::from(value as i32),
        Number::UInt => i128::from(value as u32),
        Number::Long => i128::from(value as i64),
        Number::ULong => i128::from(value as u64),
        Number::Float | Number::Double | Number::Decimal => value,
    }
}

fn integer(value: i128, number: Number) -> Folded {
    if fits(value, number) {
        Folded::Value(Constant::Integer(number, value))
    } else {
        Folded::Overflow(Constant::Integer(number, wrap(value, number)))
    }
}

/// The integer that a constant is: of any integer type, `char` or an enum.
pub(super) fn as_integer(constant: &Constant) -> Option<i128> {
    match constant {
        Constant::Integer(_, value) => Some(*value),
        Constant::Char(unit) => Some(i128::from(*unit)),
        Constant::Enum(_, value) => Some(i128::from(*value)),
        _ => None,
    }
}

/// Converts a number.
pub(super) fn convert(constant: &Constant, to: NumericType) -> Folded {
    if let Some(value) = as_integer(constant) {
        return match to {
            NumericType::Char => match u16::try_from(value) {
                Ok(unit) => Folded::Value(Constant::Char(unit)),
                Err(_) => Folded::Overflow(Constant::Char(value as u16)),
            },
            NumericType::Number(Number::Float) => Folded::Value(Constant::Float(value as f32)),
            NumericType::Number(Number::Double) => Folded::Value(Constant::Double(value as f64)),
            NumericType::Number(Number::Decimal) => Decimal::try_from_i128_with_scale(value, 0)
                .map_or(Folded::Later, |value| Folded::Value(Constant::Decimal(value))),
            NumericType::Number(number) => integer(value, number),
        };
    }
    let value = match constant {
        Constant::Float(value) if to == NumericType::Number(Number::Decimal) => {
            return exact(&Value::Float(*value), to);
        }
        Constant::Double(value) if to == NumericType::Number(Number::Decimal) => {
            return exact(&Value::Double(*value), to);
        }
        Constant::Float(value) => f64::from(*value),
        Constant::Double(value) => *value,
        Constant::Decimal(_) if to == NumericType::Number(Number::Decimal) => return Folded::Value(constant.clone()),
        Constant::Decimal(value) => return exact(&Value::Decimal(*value), to),
        _ => return Folded::Later,
    };
    match to {
        NumericType::Number(Number::Double) => Folded::Value(Constant::Double(value)),
        NumericType::Number(Number::Float) => Folded::Value(Constant::Float(value as f32)),
        NumericType::Number(number) => truncate(value, number),
        NumericType::Char => match truncate(value, Number::UShort) {
            Folded::Value(Constant::Integer(_, unit)) => Folded::Value(Constant::Char(unit as u16)),
            _ => Folded::Overflow(Constant::Char(0)),
        },
    }
}

/// Conversions from and to `decimal`, as the machine does them.
fn exact(value: &Value, to: NumericType) -> Folded {
    match convert_number(value, to, true).ok().and_then(|value| constant_of(&value)) {
        Some(constant) => Folded::Value(constant),
        None => Folded::Impossible,
    }
}

/// The constant that a number is.
fn constant_of(value: &Value) -> Option<Constant> {
    Some(match *value {
        Value::Char(unit) => Constant::Char(unit),
        Value::SByte(value) => Constant::Integer(Number::SByte, value.into()),
        Value::Byte(value) => Constant::Integer(Number::Byte, value.into()),
        Value::Short(value) => Constant::Integer(Number::Short, value.into()),
        Value::UShort(value) => Constant::Integer(Number::UShort, value.into()),
        Value::Int(value) => Constant::Integer(Number::Int, value.into()),
        Value::UInt(value) => Constant::Integer(Number::UInt, value.into()),
        Value::Long(value) => Constant::Integer(Number::Long, value.into()),
        Value::ULong(value) => Constant::Integer(Number::ULong, value.into()),
        Value::Float(value) => Constant::Float(value),
        Value::Double(value) => Constant::Double(value),
        Value::Decimal(value) => Constant::Decimal(value),
        _ => return None,
    })
}

/// A floating-point number without its fraction. What does not fit is unspecified; the compiler makes 0 of it.
fn truncate(value: f64, number: Number) -> Folded {
    let whole = value.trunc();
    match range(number) {
        Some((least, greatest)) if whole >= least as f64 && whole <= greatest as f64 && fits(whole as i128, number) => {
            Folded::Value(Constant::Integer(number, whole as i128))
        }
        Some(_) => Folded::Overflow(Constant::Integer(number, 0)),
        None => Folded::Later,
    }
}

/// Computes `left operator right`; both are of the same type, but for shifts.
pub(super) fn binary(operator: PrimitiveOperator, left: &Constant, right: &Constant) -> Folded {
    match (left, right) {
        (Constant::Integer(number, left), Constant::Integer(_, right)) => integers(operator, *number, *left, *right),
        (Constant::Double(left), Constant::Double(right)) => floats(operator, *left, *right, Constant::Double),
        (Constant::Float(left), Constant::Float(right)) => {
            floats(operator, f64::from(*left), f64::from(*right), |value| Constant::Float(value as f32))
        }
        (Constant::Decimal(left), Constant::Decimal(right)) => decimals(operator, *left, *right),
        (Constant::Bool(left), Constant::Bool(right)) => bools(operator, *left, *right),
        (Constant::Char(left), Constant::Char(right)) => comparison(operator, left.partial_cmp(right)),
        (Constant::String(left), Constant::String(right)) => comparison(operator, left.partial_cmp(right)),
        (Constant::Enum(class, left), Constant::Enum(_, right)) => {
            match integers(operator, Number::Long, i128::from(*left), i128::from(*right)) {
                Folded::Value(Constant::Integer(_, value)) => Folded::Value(Constant::Enum(*class, value as i64)),
                other => other,
            }
        }
        _ => Folded::Later,
    }
}

fn comparison(operator: PrimitiveOperator, ordering: Option<std::cmp::Ordering>) -> Folded {
    let holds = match operator {
        PrimitiveOperator::Equal => ordering.is_some_and(std::cmp::Ordering::is_eq),
        PrimitiveOperator::NotEqual => !ordering.is_some_and(std::cmp::Ordering::is_eq),
        PrimitiveOperator::Less => ordering.is_some_and(std::cmp::Ordering::is_lt),
        PrimitiveOperator::LessOrEqual => ordering.is_some_and(std::cmp::Ordering::is_le),
        PrimitiveOperator::Greater => ordering.is_some_and(std::cmp::Ordering::is_gt),
        PrimitiveOperator::GreaterOrEqual => ordering.is_some_and(std::cmp::Ordering::is_ge),
        _ => return Folded::Later,
    };
    Folded::Value(Constant::Bool(holds))
}

fn integers(operator: PrimitiveOperator, number: Number, left: i128, right: i128) -> Folded {
    let width: i128 = if matches!(number, Number::Long | Number::ULong) { 63 } else { 31 };
    match operator {
        PrimitiveOperator::Add => integer(left + right, number),
        PrimitiveOperator::Subtract => integer(left - right, number),
        PrimitiveOperator::Multiply => left.checked_mul(right).map_or(Folded::Later, |value| integer(value, number)),
        PrimitiveOperator::Divide | PrimitiveOperator::Remainder if right == 0 => Folded::DivisionByZero,
        PrimitiveOperator::Divide => integer(left / right, number),
        PrimitiveOperator::Remainder => integer(left % right, number),
        PrimitiveOperator::ShiftLeft => Folded::Value(Constant::Integer(number, wrap(left << (right & width), number))),
        PrimitiveOperator::ShiftRight => Folded::Value(Constant::Integer(number, left >> (right & width))),
        PrimitiveOperator::And => Folded::Value(Constant::Integer(number, left & right)),
        PrimitiveOperator::Or => Folded::Value(Constant::Integer(number, left | right)),
        PrimitiveOperator::ExclusiveOr => Folded::Value(Constant::Integer(number, wrap(left ^ right, number))),
        _ => comparison(operator, left.partial_cmp(&right)),
    }
}

fn floats(operator: PrimitiveOperator, left: f64, right: f64, make: impl Fn(f64) -> Constant) -> Folded {
    let value = match operator {
        PrimitiveOperator::Add => left + right,
        PrimitiveOperator::Subtract => left - right,
        PrimitiveOperator::Multiply => left * right,
        PrimitiveOperator::Divide => left / right,
        PrimitiveOperator::Remainder => left % right,
        _ => return comparison(operator, left.partial_cmp(&right)),
    };
    Folded::Value(make(value))
}

fn decimals(operator: PrimitiveOperator, left: Decimal, right: Decimal) -> Folded {
    match operator {
        PrimitiveOperator::Divide | PrimitiveOperator::Remainder if right.is_zero() => Folded::DivisionByZero,
        _ => match comparison(operator, left.partial_cmp(&right)) {
            Folded::Later => {
                let compute = binary_function(operator, Primitive::Number(Number::Decimal), true);
                match compute(&Value::Decimal(left), &Value::Decimal(right)).ok().and_then(|value| constant_of(&value))
                {
                    Some(constant) => Folded::Value(constant),
                    None => Folded::Impossible,
                }
            }
            found => found,
        },
    }
}

fn bools(operator: PrimitiveOperator, left: bool, right: bool) -> Folded {
    let value = match operator {
        PrimitiveOperator::And => left & right,
        PrimitiveOperator::Or => left | right,
        PrimitiveOperator::ExclusiveOr | PrimitiveOperator::NotEqual => left != right,
        PrimitiveOperator::Equal => left == right,
        _ => return Folded::Later,
    };
    Folded::Value(Constant::Bool(value))
}

/// Computes `operator operand`.
pub(super) fn unary(operator: PrimitiveUnary, operand: &Constant) -> Folded {
    match (operator, operand) {
        (PrimitiveUnary::Not, Constant::Bool(value)) => Folded::Value(Constant::Bool(!value)),
        (PrimitiveUnary::Negate, Constant::Integer(number, value)) => integer(-value, *number),
        (PrimitiveUnary::Negate, Constant::Double(value)) => Folded::Value(Constant::Double(-value)),
        (PrimitiveUnary::Negate, Constant::Float(value)) => Folded::Value(Constant::Float(-value)),
        (PrimitiveUnary::Negate, Constant::Decimal(value)) => Folded::Value(Constant::Decimal(-*value)),
        (PrimitiveUnary::Complement, Constant::Integer(number, value)) => {
            Folded::Value(Constant::Integer(*number, wrap(!value, *number)))
        }
        (PrimitiveUnary::Complement, Constant::Enum(class, value)) => Folded::Value(Constant::Enum(*class, !value)),
        _ => Folded::Later,
    }
}

/// `left + right` of strings.
pub(super) fn concatenate(left: &Constant, right: &Constant) -> Option<Constant> {
    let text = |constant: &Constant| match constant {
        Constant::String(text) => Some(text.clone()),
        Constant::Null => Some(Text::default()),
        _ => None,
    };
    let (left, right) = (text(left)?, text(right)?);
    Some(Constant::String(Text::from([left.as_str(), right.as_str()].concat())))
}

/// The value of a type that nothing was given to, if it is a constant.
pub(super) fn default(of: &Type) -> Option<Constant> {
    Some(match of {
        Type::Bool => Constant::Bool(false),
        Type::Char => Constant::Char(0),
        Type::Number(Number::Float) => Constant::Float(0.0),
        Type::Number(Number::Double) => Constant::Double(0.0),
        Type::Number(Number::Decimal) => Constant::Decimal(Decimal::ZERO),
        Type::Number(number) => Constant::Integer(*number, 0),
        Type::Class(class, _)
            if crate::expression::library::get().class(*class).kind == crate::expression::library::ClassKind::Enum =>
        {
            Constant::Enum(*class, 0)
        }
        other if other.is_value_type() => return None,
        _ => Constant::Null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i128) -> Constant {
        Constant::Integer(Number::Int, value)
    }

    #[test]
    fn integers_wrap_and_tell() {
        let greatest = int(i128::from(i32::MAX));
        assert_eq!(binary(PrimitiveOperator::Add, &greatest, &int(1)), Folded::Overflow(int(i128::from(i32::MIN))));
        assert_eq!(binary(PrimitiveOperator::Divide, &int(7), &int(-2)), Folded::Value(int(-3)));
        assert_eq!(binary(PrimitiveOperator::Divide, &int(7), &int(0)), Folded::DivisionByZero);
        assert_eq!(binary(PrimitiveOperator::ShiftLeft, &int(1), &int(33)), Folded::Value(int(2)));
        assert_eq!(unary(PrimitiveUnary::Complement, &int(5)), Folded::Value(int(-6)));
    }

    #[test]
    fn conversions_truncate() {
        let byte = NumericType::Number(Number::Byte);
        assert_eq!(convert(&int(300), byte), Folded::Overflow(Constant::Integer(Number::Byte, 44)));
        assert_eq!(convert(&Constant::Double(3.9), byte), Folded::Value(Constant::Integer(Number::Byte, 3)));
        assert_eq!(convert(&Constant::Char(97), NumericType::Number(Number::Int)), Folded::Value(int(97)));
    }
}
