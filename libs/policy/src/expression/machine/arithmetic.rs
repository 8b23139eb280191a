//! Operators on operands of one primitive type: one small function for each operator and type, chosen when code is made.
//!
//! `int`, `long` and their like wrap around unless checked; division by zero and the quotient that does not exist
//! (`int.MinValue / -1`, also as a remainder) throw always, as on 64-bit x86.

use postern_dotnet::{Exception, ExceptionType, number};

use super::Thrown;
use crate::expression::bound::{Primitive, PrimitiveOperator, PrimitiveUnary};
use crate::expression::enums::EnumValue;
use crate::expression::types::Number;
use crate::expression::value::Value;

/// An operator on two operands of the type it was chosen for.
pub(crate) type BinaryFn = fn(&Value, &Value) -> Result<Value, Exception>;
/// An operator on one operand.
pub(crate) type UnaryFn = fn(&Value) -> Result<Value, Exception>;

use PrimitiveOperator as O;

/// Both operands as what the operator was chosen for. The compiler sees to it that they are.
macro_rules! operands {
    ($variant:ident, $left:ident, $right:ident) => {
        match ($left, $right) {
            (Value::$variant(left), Value::$variant(right)) => (left, right),
            _ => return Err(mismatch()),
        }
    };
}

macro_rules! comparison {
    ($variant:ident, $operator:expr, $other:expr) => {
        match $operator {
            O::Equal => |a, b| {
                let (a, b) = operands!($variant, a, b);
                Ok(Value::Bool(a == b))
            },
            O::NotEqual => |a, b| {
                let (a, b) = operands!($variant, a, b);
                Ok(Value::Bool(a != b))
            },
            O::Less => |a, b| {
                let (a, b) = operands!($variant, a, b);
                Ok(Value::Bool(a < b))
            },
            O::LessOrEqual => |a, b| {
                let (a, b) = operands!($variant, a, b);
                Ok(Value::Bool(a <= b))
            },
            O::Greater => |a, b| {
                let (a, b) = operands!($variant, a, b);
                Ok(Value::Bool(a > b))
            },
            O::GreaterOrEqual => |a, b| {
                let (a, b) = operands!($variant, a, b);
                Ok(Value::Bool(a >= b))
            },
            other => $other(other),
        }
    };
}

macro_rules! integer {
    ($name:ident, $unary:ident, $variant:ident, $of:ty) => {
        fn $name(operator: PrimitiveOperator, is_checked: bool) -> BinaryFn {
            fn shifted(a: &Value, b: &Value) -> Option<($of, u32)> {
                match (a, b) {
                    // Only the low bits of the count matter: five of them, or six for 64 bits.
                    #[allow(clippy::cast_sign_loss, reason = "only low bits are used")]
                    (Value::$variant(value), Value::Int(count)) => Some((*value, *count as u32 & (<$of>::BITS - 1))),
                    _ => None,
                }
            }
            match (operator, is_checked) {
                (O::Add, false) => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    Ok(Value::$variant(a.wrapping_add(*b)))
                },
                (O::Subtract, false) => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    Ok(Value::$variant(a.wrapping_sub(*b)))
                },
                (O::Multiply, false) => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    Ok(Value::$variant(a.wrapping_mul(*b)))
                },
                (O::Add, true) => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    checked(a.checked_add(*b).map(Value::$variant))
                },
                (O::Subtract, true) => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    checked(a.checked_sub(*b).map(Value::$variant))
                },
                (O::Multiply, true) => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    checked(a.checked_mul(*b).map(Value::$variant))
                },
                (O::Divide, _) => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    if *b == 0 {
                        return Err(divide_by_zero());
                    }
                    checked(a.checked_div(*b).map(Value::$variant))
                },
                (O::Remainder, _) => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    if *b == 0 {
                        return Err(divide_by_zero());
                    }
                    checked(a.checked_rem(*b).map(Value::$variant))
                },
                (O::And, _) => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    Ok(Value::$variant(a & b))
                },
                (O::Or, _) => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    Ok(Value::$variant(a | b))
                },
                (O::ExclusiveOr, _) => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    Ok(Value::$variant(a ^ b))
                },
                (O::ShiftLeft, _) => |a, b| shifted(a, b).map(|(a, b)| Value::$variant(a << b)).ok_or_else(mismatch),
                (O::ShiftRight, _) => |a, b| shifted(a, b).map(|(a, b)| Value::$variant(a >> b)).ok_or_else(mismatch),
                (other, _) => comparison!($variant, other, |_| UNKNOWN),
            }
        }

        fn $unary(operator: PrimitiveUnary, is_checked: bool) -> UnaryFn {
            match (operator, is_checked) {
                (PrimitiveUnary::Negate, false) => |a| {
                    if let Value::$variant(a) = a { Ok(Value::$variant(a.wrapping_neg())) } else { Err(mismatch()) }
                },
                (PrimitiveUnary::Negate, true) => |a| {
                    if let Value::$variant(a) = a {
                        checked(a.checked_neg().map(Value::$variant))
                    } else {
                        Err(mismatch())
                    }
                },
                (PrimitiveUnary::Complement, _) => |a| {
                    if let Value::$variant(a) = a { Ok(Value::$variant(!a)) } else { Err(mismatch()) }
                },
                (PrimitiveUnary::Not, _) => |_| Err(mismatch()),
            }
        }
    };
}

macro_rules! float {
    ($name:ident, $unary:ident, $variant:ident) => {
        fn $name(operator: PrimitiveOperator) -> BinaryFn {
            match operator {
                O::Add => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    Ok(Value::$variant(a + b))
                },
                O::Subtract => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    Ok(Value::$variant(a - b))
                },
                O::Multiply => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    Ok(Value::$variant(a * b))
                },
                O::Divide => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    Ok(Value::$variant(a / b))
                },
                O::Remainder => |a, b| {
                    let (a, b) = operands!($variant, a, b);
                    Ok(Value::$variant(a % b))
                },
                other => comparison!($variant, other, |_| UNKNOWN),
            }
        }

        fn $unary(operator: PrimitiveUnary) -> UnaryFn {
            match operator {
                PrimitiveUnary::Negate => |a| {
                    if let Value::$variant(a) = a { Ok(Value::$variant(-a)) } else { Err(mismatch()) }
                },
                _ => |_| Err(mismatch()),
            }
        }
    };
}

integer!(int, int_unary, Int, i32);
integer!(uint, uint_unary, UInt, u32);
integer!(long, long_unary, Long, i64);
integer!(ulong, ulong_unary, ULong, u64);
float!(float, float_unary, Float);
float!(double, double_unary, Double);

macro_rules! decimal {
    ($compute:ident) => {
        |a, b| {
            let (a, b) = operands!(Decimal, a, b);
            number::$compute(*a, *b).map(Value::Decimal)
        }
    };
}

fn decimal(operator: PrimitiveOperator) -> BinaryFn {
    match operator {
        O::Add => decimal!(decimal_add),
        O::Subtract => decimal!(decimal_subtract),
        O::Multiply => decimal!(decimal_multiply),
        O::Divide => decimal!(decimal_divide),
        O::Remainder => decimal!(decimal_remainder),
        other => comparison!(Decimal, other, |_| UNKNOWN),
    }
}

fn boolean(operator: PrimitiveOperator) -> BinaryFn {
    match operator {
        O::And => |a, b| {
            let (a, b) = operands!(Bool, a, b);
            Ok(Value::Bool(a & b))
        },
        O::Or => |a, b| {
            let (a, b) = operands!(Bool, a, b);
            Ok(Value::Bool(a | b))
        },
        O::ExclusiveOr => |a, b| {
            let (a, b) = operands!(Bool, a, b);
            Ok(Value::Bool(a ^ b))
        },
        other => comparison!(Bool, other, |_| UNKNOWN),
    }
}

fn text(operator: PrimitiveOperator) -> BinaryFn {
    match operator {
        O::NotEqual => |a, b| Ok(Value::Bool(!a.equals(b))),
        _ => |a, b| Ok(Value::Bool(a.equals(b))),
    }
}

/// Enums compare and combine by their numbers.
macro_rules! enumeration {
    ($result:expr) => {
        |a, b| match (a.downcast_ref::<EnumValue>(), b.downcast_ref::<EnumValue>()) {
            (Some(a), Some(b)) => Ok($result(a, b)),
            _ => Err(mismatch()),
        }
    };
}

fn enumeration(operator: PrimitiveOperator) -> BinaryFn {
    fn with(a: &EnumValue, value: i64) -> Value {
        EnumValue::shared(a.class, value)
    }
    match operator {
        O::And => enumeration!(|a: &EnumValue, b: &EnumValue| with(a, a.value & b.value)),
        O::Or => enumeration!(|a: &EnumValue, b: &EnumValue| with(a, a.value | b.value)),
        O::ExclusiveOr => enumeration!(|a: &EnumValue, b: &EnumValue| with(a, a.value ^ b.value)),
        O::Equal => enumeration!(|a: &EnumValue, b: &EnumValue| Value::Bool(a.value == b.value)),
        O::NotEqual => enumeration!(|a: &EnumValue, b: &EnumValue| Value::Bool(a.value != b.value)),
        O::Less => enumeration!(|a: &EnumValue, b: &EnumValue| Value::Bool(a.value < b.value)),
        O::LessOrEqual => enumeration!(|a: &EnumValue, b: &EnumValue| Value::Bool(a.value <= b.value)),
        O::Greater => enumeration!(|a: &EnumValue, b: &EnumValue| Value::Bool(a.value > b.value)),
        O::GreaterOrEqual => enumeration!(|a: &EnumValue, b: &EnumValue| Value::Bool(a.value >= b.value)),
        _ => UNKNOWN,
    }
}

/// For operators that the type does not have: a bug of the compiler.
const UNKNOWN: BinaryFn = |_, _| Err(mismatch());

/// The function of an operator.
pub(crate) fn binary_function(operator: PrimitiveOperator, on: Primitive, is_checked: bool) -> BinaryFn {
    match on {
        Primitive::Bool => boolean(operator),
        Primitive::Char => comparison!(Char, operator, |_| UNKNOWN),
        Primitive::String => text(operator),
        Primitive::Enum => enumeration(operator),
        Primitive::Number(number) => match number {
            Number::UInt => uint(operator, is_checked),
            Number::Long => long(operator, is_checked),
            Number::ULong => ulong(operator, is_checked),
            Number::Float => float(operator),
            Number::Double => double(operator),
            Number::Decimal => decimal(operator),
            // Arithmetic of smaller types is on `int`; comparisons in patterns are on their own type.
            Number::SByte => comparison!(SByte, operator, |_| UNKNOWN),
            Number::Byte => comparison!(Byte, operator, |_| UNKNOWN),
            Number::Short => comparison!(Short, operator, |_| UNKNOWN),
            Number::UShort => comparison!(UShort, operator, |_| UNKNOWN),
            Number::Int => int(operator, is_checked),
        },
    }
}

/// The function of an operator with one operand.
pub(crate) fn unary_function(operator: PrimitiveUnary, on: Primitive, is_checked: bool) -> UnaryFn {
    match on {
        Primitive::Bool => |a| if let Value::Bool(a) = a { Ok(Value::Bool(!a)) } else { Err(mismatch()) },
        Primitive::Enum => |a| match a.downcast_ref::<EnumValue>() {
            Some(a) => Ok(EnumValue::shared(a.class, !a.value)),
            None => Err(mismatch()),
        },
        Primitive::Number(Number::UInt) => uint_unary(operator, is_checked),
        Primitive::Number(Number::Long) => long_unary(operator, is_checked),
        Primitive::Number(Number::ULong) => ulong_unary(operator, is_checked),
        Primitive::Number(Number::Float) => float_unary(operator),
        Primitive::Number(Number::Double) => double_unary(operator),
        Primitive::Number(Number::Decimal) => {
            |a| if let Value::Decimal(a) = a { Ok(Value::Decimal(-a)) } else { Err(mismatch()) }
        }
        _ => int_unary(operator, is_checked),
    }
}

/// An operator on operands that may be null.
pub(super) fn lifted(
    apply: BinaryFn,
    operator: PrimitiveOperator,
    on: Primitive,
    left: &Value,
    right: &Value,
) -> Result<Value, Thrown> {
    if !left.is_null() && !right.is_null() {
        return Ok(apply(left, right)?);
    }
    Ok(match (operator, on) {
        // `bool?` knows three values: false & null is false, true | null is true.
        (O::And, Primitive::Bool) if matches!((left, right), (Value::Bool(false), _) | (_, Value::Bool(false))) => {
            Value::Bool(false)
        }
        (O::Or, Primitive::Bool) if matches!((left, right), (Value::Bool(true), _) | (_, Value::Bool(true))) => {
            Value::Bool(true)
        }
        (O::Equal, _) => Value::Bool(left.is_null() && right.is_null()),
        (O::NotEqual, _) => Value::Bool(!(left.is_null() && right.is_null())),
        (O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual, _) => Value::Bool(false),
        _ => Value::Null,
    })
}

fn checked(value: Option<Value>) -> Result<Value, Exception> {
    value.ok_or_else(Exception::overflow)
}

fn divide_by_zero() -> Exception {
    Exception::new(ExceptionType::DivideByZero, "Attempted to divide by zero.")
}

fn mismatch() -> Exception {
    Exception::new(ExceptionType::InvalidCast, "Specified cast is not valid.")
}
