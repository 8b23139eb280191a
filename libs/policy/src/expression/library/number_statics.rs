//! What numbers have had as static members since .NET 7: `int.Max`, `double.Sqrt`, `byte.IsPow2` …

use postern_dotnet::number::{self, MidpointRounding, Number};
use postern_dotnet::{Exception, ExceptionType};

use super::Library;
use super::math::{divide_both, pair};
use super::numbers::each_number;
use super::values::{double, from_number, number_at};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

/// What all numbers have.
macro_rules! all {
    ($library:ident, $($name:literal $keyword:literal $_of:ident)*) => { $(
        $library
            .declare(concat!("struct System.", $name))
            .method(concat!("static ", $keyword, " Max(", $keyword, " x, ", $keyword, " y)"), |call| {
                Ok(from_number(number::max(number_at(call, 0), number_at(call, 1))))
            })
            .method(concat!("static ", $keyword, " Min(", $keyword, " x, ", $keyword, " y)"), |call| {
                Ok(from_number(number::min(number_at(call, 0), number_at(call, 1))))
            })
            .method(
                concat!("static ", $keyword, " Clamp(", $keyword, " value, ", $keyword, " min, ", $keyword, " max)"),
                |call| Ok(from_number(number::clamp(number_at(call, 0), number_at(call, 1), number_at(call, 2))?)),
            )
            .method(concat!("static int Sign(", $keyword, " value)"), |call| Ok(number::sign(number_at(call, 0))?.into()))
            .method(concat!("static bool IsEvenInteger(", $keyword, " value)"), |call| Ok(rest_of_two(call, 0.0).into()))
            .method(concat!("static bool IsOddInteger(", $keyword, " value)"), |call| Ok(rest_of_two(call, 1.0).into()));
    )* };
}

/// What the signed ones have.
macro_rules! signed {
    ($library:ident, $($name:literal $keyword:literal)*) => { $(
        $library
            .declare(concat!("struct System.", $name))
            .method(concat!("static ", $keyword, " Abs(", $keyword, " value)"), |call| {
                Ok(from_number(number::abs(number_at(call, 0))?))
            })
            .method(concat!("static bool IsNegative(", $keyword, " value)"), |call| Ok(is_negative(call, 0).into()))
            .method(concat!("static bool IsPositive(", $keyword, " value)"), |call| Ok((!is_negative(call, 0)).into()))
            .method(concat!("static ", $keyword, " CopySign(", $keyword, " value, ", $keyword, " sign)"), copy_sign)
            .method(concat!("static ", $keyword, " MaxMagnitude(", $keyword, " x, ", $keyword, " y)"), |call| Ok(farther(call, true)))
            .method(concat!("static ", $keyword, " MinMagnitude(", $keyword, " x, ", $keyword, " y)"), |call| Ok(farther(call, false)));
    )* };
}

/// What whole numbers have; counts of bits are of the type itself.
macro_rules! whole {
    ($library:ident, $($name:literal $keyword:literal $value:ident $of:ty;)*) => { $(
        $library
            .declare(concat!("struct System.", $name))
            .method(concat!("static (", $keyword, ", ", $keyword, ") DivRem(", $keyword, " left, ", $keyword, " right)"), divide_both)
            .method(concat!("static bool IsPow2(", $keyword, " value)"), |call| {
                let Value::$value(value) = *call.argument(0) else { return Ok(Value::Null) };
                Ok((value > 0 && value.count_ones() == 1).into())
            })
            .method(concat!("static ", $keyword, " Log2(", $keyword, " value)"), |call| {
                let Value::$value(value) = *call.argument(0) else { return Ok(Value::Null) };
                if i128::from(value) < 0 {
                    return Err(Exception::argument_out_of_range("value", "Non-negative number required.").into());
                }
                Ok(Value::$value(value.checked_ilog2().and_then(|log| <$of>::try_from(log).ok()).unwrap_or(0)))
            })
            .method(concat!("static ", $keyword, " PopCount(", $keyword, " value)"), |call| {
                let Value::$value(value) = *call.argument(0) else { return Ok(Value::Null) };
                Ok(Value::$value(<$of>::try_from(value.count_ones()).unwrap_or(0)))
            })
            .method(concat!("static ", $keyword, " LeadingZeroCount(", $keyword, " value)"), |call| {
                let Value::$value(value) = *call.argument(0) else { return Ok(Value::Null) };
                Ok(Value::$value(<$of>::try_from(value.leading_zeros()).unwrap_or(0)))
            })
            .method(concat!("static ", $keyword, " TrailingZeroCount(", $keyword, " value)"), |call| {
                let Value::$value(value) = *call.argument(0) else { return Ok(Value::Null) };
                Ok(Value::$value(<$of>::try_from(value.trailing_zeros()).unwrap_or(0)))
            })
            .method(concat!("static ", $keyword, " RotateLeft(", $keyword, " value, int rotateAmount)"), |call| {
                let Value::$value(value) = *call.argument(0) else { return Ok(Value::Null) };
                Ok(Value::$value(value.rotate_left(turns(call.int(1), <$of>::BITS))))
            })
            .method(concat!("static ", $keyword, " RotateRight(", $keyword, " value, int rotateAmount)"), |call| {
                let Value::$value(value) = *call.argument(0) else { return Ok(Value::Null) };
                Ok(Value::$value(value.rotate_right(turns(call.int(1), <$of>::BITS))))
            });
    )* };
}

/// Functions of `double` or `float`.
macro_rules! floats {
    ($library:ident, $name:literal, $keyword:literal, $float:ty, $variant:ident, $($function:literal $native:expr;)*) => {{
        $library.declare(concat!("struct System.", $name))
            $(.method(concat!("static ", $keyword, " ", $function, "(", $keyword, " x)"), |call| {
                let Value::$variant(value) = *call.argument(0) else { return Ok(Value::Null) };
                let function: fn($float) -> $float = $native;
                Ok(Value::$variant(function(value)))
            }))*
    }};
}

/// Functions of two.
macro_rules! float_pairs {
    ($builder:expr, $keyword:literal, $float:ty, $variant:ident, $($function:literal $native:expr;)*) => {
        $builder
            $(.method(concat!("static ", $keyword, " ", $function, "(", $keyword, " x, ", $keyword, " y)"), |call| {
                let (Value::$variant(x), Value::$variant(y)) = (call.argument(0), call.argument(1)) else { return Ok(Value::Null) };
                let function: fn($float, $float) -> $float = $native;
                Ok(Value::$variant(function(*x, *y)))
            }))*
    };
}

macro_rules! float {
    ($library:ident, $name:literal, $keyword:literal, $float:ident, $variant:ident) => {{
        let builder = floats!(
            $library, $name, $keyword, $float, $variant,
            "Sqrt" $float::sqrt; "Cbrt" $float::cbrt; "Exp" $float::exp; "Log" $float::ln; "Log10" $float::log10; "Log2" $float::log2;
            "Sin" $float::sin; "Cos" $float::cos; "Tan" $float::tan; "Asin" $float::asin; "Acos" $float::acos; "Atan" $float::atan;
            "Sinh" $float::sinh; "Cosh" $float::cosh; "Tanh" $float::tanh; "Floor" $float::floor; "Ceiling" $float::ceil;
            "Truncate" $float::trunc; "Exp2" |x| $float::powf(2.0, x); "Exp10" |x| $float::powf(10.0, x);
            "ExpM1" |x| x.exp() - 1.0; "LogP1" |x| (x + 1.0).ln(); "Log2P1" |x| (x + 1.0).log2(); "Log10P1" |x| (x + 1.0).log10();
        );
        let builder = float_pairs!(
            builder, $keyword, $float, $variant,
            "Pow" $float::powf; "Atan2" $float::atan2; "CopySign" $float::copysign;
            "Ieee754Remainder" |x, y| x - y * (x / y).round_ties_even();
        );
        builder
            .getter(concat!("static ", $keyword, " E"), |_| Ok(Value::$variant(std::$float::consts::E)))
            .getter(concat!("static ", $keyword, " Pi"), |_| Ok(Value::$variant(std::$float::consts::PI)))
            .getter(concat!("static ", $keyword, " Tau"), |_| Ok(Value::$variant(std::$float::consts::TAU)))
            .getter(concat!("static ", $keyword, " NegativeZero"), |_| Ok(Value::$variant(-0.0)))
            .method(concat!("static bool IsPositive(", $keyword, " value)"), |call| {
                Ok(double(call, 0).is_sign_positive().into())
            })
            .method(concat!("static bool IsRealNumber(", $keyword, " value)"), |call| Ok((!double(call, 0).is_nan()).into()))
            .method(concat!("static bool IsNormal(", $keyword, " d)"), |call| {
                let Value::$variant(value) = *call.argument(0) else { return Ok(Value::Null) };
                Ok(value.is_normal().into())
            })
            .method(concat!("static bool IsSubnormal(", $keyword, " d)"), |call| {
                let Value::$variant(value) = *call.argument(0) else { return Ok(Value::Null) };
                Ok(value.is_subnormal().into())
            })
            .method(concat!("static ", $keyword, " Round(", $keyword, " x)"), |call| round(call, 0, 0))
            .method(concat!("static ", $keyword, " Round(", $keyword, " x, int digits)"), |call| round(call, call.int(1), 0))
            .method(concat!("static ", $keyword, " Round(", $keyword, " x, MidpointRounding mode)"), |call| {
                round(call, 0, call.constant(1))
            })
            .method(concat!("static ", $keyword, " Round(", $keyword, " x, int digits, MidpointRounding mode)"), |call| {
                round(call, call.int(1), call.constant(2))
            })
            .method(concat!("static ", $keyword, " Abs(", $keyword, " value)"), |call| {
                Ok(from_number(number::abs(number_at(call, 0))?))
            })
            .method(concat!("static (", $keyword, ", ", $keyword, ") SinCos(", $keyword, " x)"), |call| {
                let Value::$variant(value) = *call.argument(0) else { return Ok(Value::Null) };
                Ok(pair(Value::$variant(value.sin()), Value::$variant(value.cos())))
            });
    }};
}

pub(super) fn declare(library: &mut Library) {
    each_number!(all, library);
    signed!(library, "SByte" "sbyte" "Int16" "short" "Int32" "int" "Int64" "long" "Decimal" "decimal");
    whole!(
        library,
        "SByte" "sbyte" SByte i8;
        "Byte" "byte" Byte u8;
        "Int16" "short" Short i16;
        "UInt16" "ushort" UShort u16;
        "Int32" "int" Int i32;
        "UInt32" "uint" UInt u32;
        "Int64" "long" Long i64;
        "UInt64" "ulong" ULong u64;
    );
    float!(library, "Single", "float", f32, Float);
    float!(library, "Double", "double", f64, Double);
}

fn round(call: &Call<'_, '_>, digits: i32, mode: i64) -> Result<Value, Thrown> {
    Ok(from_number(number::round(number_at(call, 0), digits, MidpointRounding::from_value(mode)?)?))
}

/// Whether a number is whole and leaves this rest when halved.
fn rest_of_two(call: &Call<'_, '_>, rest: f64) -> bool {
    match number_at(call, 0) {
        Number::Single(value) => f64::from(value).rem_euclid(2.0) == rest,
        Number::Double(value) => value.rem_euclid(2.0) == rest,
        Number::Decimal(value) => {
            let two = postern_dotnet::Decimal::TWO;
            let wanted = if rest == 0.0 { postern_dotnet::Decimal::ZERO } else { postern_dotnet::Decimal::ONE };
            value.checked_rem(two).is_some_and(|found| found.abs() == wanted)
        }
        other => other.integer().is_some_and(|value| (value.rem_euclid(2) == 0) == (rest == 0.0)),
    }
}

/// The first number with the sign of the second.
fn copy_sign(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let value = number_at(call, 0);
    if is_negative(call, 0) == is_negative(call, 1) {
        return Ok(from_number(value));
    }
    let negated = match value {
        Number::Decimal(value) => Some(Number::Decimal(-value)),
        other => other.integer().and_then(|value| other.of().number(-value)),
    };
    let message = "Negating the minimum value of a twos complement number is invalid.";
    Ok(from_number(negated.ok_or_else(|| Exception::new(ExceptionType::Overflow, message))?))
}

/// Of two numbers the one that is farther from zero, or nearer; of equal ones the positive, or the negative.
fn farther(call: &Call<'_, '_>, is_farther: bool) -> Value {
    let (x, y) = (number_at(call, 0), number_at(call, 1));
    let order = match (x, y) {
        (Number::Decimal(x), Number::Decimal(y)) => x.abs().cmp(&y.abs()),
        _ => x.integer().map(i128::abs).cmp(&y.integer().map(i128::abs)),
    };
    let is_first = if order.is_eq() { is_negative(call, 0) != is_farther } else { order.is_gt() == is_farther };
    from_number(if is_first { x } else { y })
}

fn is_negative(call: &Call<'_, '_>, index: usize) -> bool {
    match number_at(call, index) {
        Number::Decimal(value) => value.is_sign_negative(),
        other => other.integer().is_some_and(|value| value < 0),
    }
}

/// How far bits are rotated: the amount by the width of the type, below zero the other way.
fn turns(amount: i32, width: u32) -> u32 {
    amount.rem_euclid(i32::try_from(width).unwrap_or(1)).unsigned_abs()
}
