//! `System.Math` and `MidpointRounding`.

use postern_dotnet::number::{self, Number};

use super::numbers::round;
use super::values::{double, from_number, number_at};
use super::{ClassBuilder, Library};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::tuple::TupleObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Functions that exist for one numeric type.
macro_rules! comparable {
    ($builder:expr, $($keyword:literal)*) => {
        $builder
            $(.method(concat!("static ", $keyword, " Max(", $keyword, " val1, ", $keyword, " val2)"), |call| {
                Ok(from_number(number::max(number_at(call, 0), number_at(call, 1))))
            })
            .method(concat!("static ", $keyword, " Min(", $keyword, " val1, ", $keyword, " val2)"), |call| {
                Ok(from_number(number::min(number_at(call, 0), number_at(call, 1))))
            })
            .method(concat!("static ", $keyword, " Clamp(", $keyword, " value, ", $keyword, " min, ", $keyword, " max)"), |call| {
                Ok(from_number(number::clamp(number_at(call, 0), number_at(call, 1), number_at(call, 2))?))
            }))*
    };
}

macro_rules! signed {
    ($builder:expr, $($keyword:literal)*) => {
        $builder
            $(.method(concat!("static ", $keyword, " Abs(", $keyword, " value)"), |call| {
                Ok(from_number(number::abs(number_at(call, 0))?))
            })
            .method(concat!("static int Sign(", $keyword, " value)"), |call| Ok(number::sign(number_at(call, 0))?.into())))*
    };
}

/// Functions of one or two `double`s.
macro_rules! doubles {
    ($builder:expr, $($signature:literal $function:expr;)*) => {
        $builder $(.method(concat!("static double ", $signature), |call| {
            let function: fn(f64, f64) -> f64 = $function;
            Ok(function(double(call, 0), double(call, 1)).into())
        }))*
    };
}

pub(super) fn declare(library: &mut Library) {
    library.enumeration(
        "System.MidpointRounding",
        &[("ToEven", 0), ("AwayFromZero", 1), ("ToZero", 2), ("ToNegativeInfinity", 3), ("ToPositiveInfinity", 4)],
    );
    let builder = library.declare("static class System.Math");
    let builder = builder
        .getter("static double PI", |_| Ok(std::f64::consts::PI.into()))
        .getter("static double E", |_| Ok(std::f64::consts::E.into()))
        .getter("static double Tau", |_| Ok(std::f64::consts::TAU.into()));
    let builder =
        comparable!(builder, "sbyte" "byte" "short" "ushort" "int" "uint" "long" "ulong" "float" "double" "decimal");
    let builder = signed!(builder, "sbyte" "short" "int" "long" "float" "double" "decimal");
    let builder = declare_rounding(builder);
    let builder = doubles!(
        builder,
        "Pow(double x, double y)" f64::powf;
        "Sqrt(double d)" |d, _| d.sqrt();
        "Cbrt(double d)" |d, _| d.cbrt();
        "Exp(double d)" |d, _| d.exp();
        "Log(double d)" |d, _| d.ln();
        "Log(double a, double newBase)" number::log_base;
        "Log10(double d)" |d, _| d.log10();
        "Log2(double x)" |d, _| d.log2();
        "Sin(double a)" |d, _| d.sin();
        "Cos(double d)" |d, _| d.cos();
        "Tan(double a)" |d, _| d.tan();
        "Asin(double d)" |d, _| d.asin();
        "Acos(double d)" |d, _| d.acos();
        "Atan(double d)" |d, _| d.atan();
        "Atan2(double y, double x)" f64::atan2;
        "Sinh(double value)" |d, _| d.sinh();
        "Cosh(double value)" |d, _| d.cosh();
        "Tanh(double value)" |d, _| d.tanh();
        "IEEERemainder(double x, double y)" |x, y| x - y * (x / y).round_ties_even();
        "CopySign(double x, double y)" f64::copysign;
    );
    builder
        .method("static int DivRem(int a, int b, out int result)", divide)
        .method("static long DivRem(long a, long b, out long result)", divide)
        .method("static (int Quotient, int Remainder) DivRem(int left, int right)", divide_both)
        .method("static (long Quotient, long Remainder) DivRem(long left, long right)", divide_both)
        .method("static long BigMul(int a, int b)", |call| {
            Ok(Value::Long(i64::from(call.int(0)) * i64::from(call.int(1))))
        });
    declare_rare(library.declare("static class System.Math"));
}

fn declare_rounding(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static double Floor(double d)", |call| Ok(from_number(number::floor(number_at(call, 0)))))
        .method("static decimal Floor(decimal d)", |call| Ok(from_number(number::floor(number_at(call, 0)))))
        .method("static double Ceiling(double a)", |call| Ok(from_number(number::ceiling(number_at(call, 0)))))
        .method("static decimal Ceiling(decimal d)", |call| Ok(from_number(number::ceiling(number_at(call, 0)))))
        .method("static double Truncate(double d)", |call| Ok(from_number(number::truncate(number_at(call, 0)))))
        .method("static decimal Truncate(decimal d)", |call| Ok(from_number(number::truncate(number_at(call, 0)))))
        .method("static double Round(double a)", |call| round(call, 0, 0))
        .method("static double Round(double value, int digits)", |call| round(call, call.int(1), 0))
        .method("static double Round(double value, MidpointRounding mode)", |call| round(call, 0, call.constant(1)))
        .method("static double Round(double value, int digits, MidpointRounding mode)", |call| {
            round(call, call.int(1), call.constant(2))
        })
        .method("static decimal Round(decimal d)", |call| round(call, 0, 0))
        .method("static decimal Round(decimal d, int decimals)", |call| round(call, call.int(1), 0))
        .method("static decimal Round(decimal d, MidpointRounding mode)", |call| round(call, 0, call.constant(1)))
        .method("static decimal Round(decimal d, int decimals, MidpointRounding mode)", |call| {
            round(call, call.int(1), call.constant(2))
        })
}

fn divide(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let (left, right) = (number_at(call, 0), number_at(call, 1));
    let (Some(a), Some(b)) = (left.integer(), right.integer()) else { return Ok(Value::Null) };
    if b == 0 {
        let message = "Attempted to divide by zero.";
        return Err(postern_dotnet::Exception::new(postern_dotnet::ExceptionType::DivideByZero, message).into());
    }
    let narrow = |value: i128| left.of().number(value).ok_or_else(postern_dotnet::Exception::overflow);
    let (quotient, rest): (Number, Number) = (narrow(a / b)?, narrow(a % b)?);
    call.set_out(2, from_number(rest));
    Ok(from_number(quotient))
}

/// Quotient and remainder as a pair.
pub(super) fn divide_both(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let quotient = divide(call)?;
    let rest = call.outs.pop().map(|(_, rest)| rest).unwrap_or_default();
    Ok(pair(quotient, rest))
}

/// Two values as a tuple.
pub(super) fn pair(one: Value, other: Value) -> Value {
    let of = Type::Tuple([one.of(), other.of()].into());
    Value::object(TupleObject::new(of, vec![one, other]))
}

fn declare_rare(builder: ClassBuilder<'_>) {
    let builder = doubles!(
        builder,
        "Asinh(double d)" |d, _| d.asinh();
        "Acosh(double d)" |d, _| d.acosh();
        "Atanh(double d)" |d, _| d.atanh();
        "BitIncrement(double x)" |x, _| x.next_up();
        "BitDecrement(double x)" |x, _| x.next_down();
        "MaxMagnitude(double x, double y)" |x, y| magnitude(x, y, true);
        "MinMagnitude(double x, double y)" |x, y| magnitude(x, y, false);
    );
    builder
        .method("static double FusedMultiplyAdd(double x, double y, double z)", |call| {
            Ok(double(call, 0).mul_add(double(call, 1), double(call, 2)).into())
        })
        .method("static (double, double) SinCos(double x)", |call| {
            Ok(pair(double(call, 0).sin().into(), double(call, 0).cos().into()))
        })
        .method("static ulong BigMul(uint a, uint b)", |call| {
            let product = number_at(call, 0).integer().unwrap_or(0) * number_at(call, 1).integer().unwrap_or(0);
            Ok(Value::ULong(u64::try_from(product).unwrap_or(0)))
        })
        .method("static (sbyte, sbyte) DivRem(sbyte left, sbyte right)", divide_both)
        .method("static (byte, byte) DivRem(byte left, byte right)", divide_both)
        .method("static (short, short) DivRem(short left, short right)", divide_both)
        .method("static (ushort, ushort) DivRem(ushort left, ushort right)", divide_both)
        .method("static (uint, uint) DivRem(uint left, uint right)", divide_both)
        .method("static (ulong, ulong) DivRem(ulong left, ulong right)", divide_both);
}

/// The number that is farther from zero, or nearer; of equal ones the greater, or smaller.
pub(super) fn magnitude(x: f64, y: f64, is_farther: bool) -> f64 {
    let (a, b) = (x.abs(), y.abs());
    if a.is_nan() || b.is_nan() {
        return f64::NAN;
    }
    if a == b {
        return if is_farther == x.is_sign_negative() { y } else { x };
    }
    if (a > b) == is_farther { x } else { y }
}
