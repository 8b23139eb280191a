//! What `double` and `float` compute beyond what [`Math`](super::math) has: functions of multiples of pi, estimates, the number farthest from zero or
//! nearest to it, powers of two. The formulas are .NET's, so that the last digit is its, too.

use super::Library;
use super::math::{magnitude, pair};
use crate::expression::native::Call;
use crate::expression::value::Value;

/// The functions of one of the types. What is computed in `f64` is rounded to the type.
#[allow(clippy::cast_possible_truncation, reason = "rounding to float is what these functions do")]
macro_rules! float {
    ($library:ident, $name:literal, $keyword:literal, $float:ident, $variant:ident) => {
        functions!(
            $library.declare(concat!("struct System.", $name)), $keyword, $float, $variant,
            "Acosh"(x) f64::from(x).acosh() as $float;
            "Asinh"(x) f64::from(x).asinh() as $float;
            "Atanh"(x) f64::from(x).atanh() as $float;
            "AcosPi"(x) x.acos() / std::$float::consts::PI;
            "AsinPi"(x) x.asin() / std::$float::consts::PI;
            "AtanPi"(x) x.atan() / std::$float::consts::PI;
            "Atan2Pi"(y, x) y.atan2(x) / std::$float::consts::PI;
            "SinPi"(x) sin_pi(x.into(), |part| f64::from((part as $float) * std::$float::consts::PI)) as $float;
            "CosPi"(x) cos_pi(x.into(), |part| f64::from((part as $float) * std::$float::consts::PI)) as $float;
            "TanPi"(x) tan_pi(x.into(), |part| f64::from((part as $float) * std::$float::consts::PI)) as $float;
            "BitDecrement"(x) x.next_down();
            "BitIncrement"(x) x.next_up();
            "DegreesToRadians"(degrees) degrees * std::$float::consts::PI / 180.0;
            "RadiansToDegrees"(radians) radians * 180.0 / std::$float::consts::PI;
            "FusedMultiplyAdd"(left, right, addend) left.mul_add(right, addend);
            "Hypot"(x, y) f64::from(x).hypot(y.into()) as $float;
            "Lerp"(value1, value2, amount) value1 * (1.0 - amount) + value2 * amount;
            "Log"(x, newBase) postern_dotnet::number::log_base(x.into(), newBase.into()) as $float;
            "MaxMagnitude"(x, y) magnitude(x.into(), y.into(), true) as $float;
            "MinMagnitude"(x, y) magnitude(x.into(), y.into(), false) as $float;
            "MaxMagnitudeNumber"(x, y) of_numbers(x.into(), y.into(), |x, y| magnitude(x, y, true)) as $float;
            "MinMagnitudeNumber"(x, y) of_numbers(x.into(), y.into(), |x, y| magnitude(x, y, false)) as $float;
            "MaxNumber"(x, y) of_numbers(x.into(), y.into(), |x, y| if x > y || x == y && y.is_sign_negative() { x } else { y }) as $float;
            "MinNumber"(x, y) of_numbers(x.into(), y.into(), |x, y| if x < y || x == y && x.is_sign_negative() { x } else { y }) as $float;
            "ReciprocalEstimate"(x) 1.0 / x;
            "ReciprocalSqrtEstimate"(x) 1.0 / x.sqrt();
        )
        .method(concat!("static ", $keyword, " RootN(", $keyword, " x, int n)"), |call| {
            let Value::$variant(x) = *call.argument(0) else { return Ok(Value::Null) };
            Ok(Value::$variant(root(x.into(), call.int(1)) as $float))
        })
        .method(concat!("static ", $keyword, " ScaleB(", $keyword, " x, int n)"), |call| {
            let Value::$variant(x) = *call.argument(0) else { return Ok(Value::Null) };
            Ok(Value::$variant(scaled(x.into(), call.int(1)) as $float))
        })
        .method(concat!("static int ILogB(", $keyword, " x)"), |call| {
            let Value::$variant(x) = *call.argument(0) else { return Ok(Value::Null) };
            let smallest = ($float::MIN_EXP - 1, x.to_bits().trailing_zeros(), $float::MANTISSA_DIGITS);
            Ok(Value::Int(exponent(x.into(), x.is_subnormal().then_some(smallest))))
        })
        .method(concat!("static bool IsPow2(", $keyword, " value)"), |call| {
            let Value::$variant(x) = *call.argument(0) else { return Ok(Value::Null) };
            let mantissa = x.to_bits() & ((1 << ($float::MANTISSA_DIGITS - 1)) - 1);
            let is_power = if x.is_normal() { mantissa == 0 } else { x.is_subnormal() && mantissa.count_ones() == 1 };
            Ok((is_power && x > 0.0).into())
        })
        .method(concat!("static (", $keyword, ", ", $keyword, ") SinCosPi(", $keyword, " x)"), |call| {
            let Value::$variant(x) = *call.argument(0) else { return Ok(Value::Null) };
            let times_pi = |part: f64| f64::from((part as $float) * std::$float::consts::PI);
            let (sine, cosine) = (sin_pi(x.into(), times_pi), cos_pi(x.into(), times_pi));
            Ok(pair(Value::$variant(sine as $float), Value::$variant(cosine as $float)))
        })
    };
}

macro_rules! functions {
    ($builder:expr, $keyword:literal, $float:ident, $variant:ident, $($name:literal($($parameter:ident),*) $value:expr;)*) => {
        $builder $(.method(functions!(signature $keyword, $name, $($parameter)*), |call| {
            let mut next = 0..;
            $(let $parameter: $float = match *call.argument(next.next().unwrap_or(0)) {
                Value::$variant(value) => value,
                _ => 0.0,
            };)*
            Ok(Value::$variant($value))
        }))*
    };
    (signature $keyword:literal, $name:literal, $a:ident) => {
        concat!("static ", $keyword, " ", $name, "(", $keyword, " ", stringify!($a), ")")
    };
    (signature $keyword:literal, $name:literal, $a:ident $b:ident) => {
        concat!("static ", $keyword, " ", $name, "(", $keyword, " ", stringify!($a), ", ", $keyword, " ", stringify!($b), ")")
    };
    (signature $keyword:literal, $name:literal, $a:ident $b:ident $c:ident) => {
        concat!(
            "static ", $keyword, " ", $name, "(", $keyword, " ", stringify!($a), ", ", $keyword, " ", stringify!($b), ", ", $keyword, " ",
            stringify!($c), ")"
        )
    };
}

#[allow(
    clippy::cast_possible_truncation,
    non_snake_case,
    reason = "rounding to float is what these functions do; names are .NET's"
)]
pub(super) fn declare(library: &mut Library) {
    float!(library, "Single", "float", f32, Float);
    float!(library, "Double", "double", f64, Double);
    library
        .declare("static class System.Math")
        .method("static double ReciprocalEstimate(double d)", |call| Ok((1.0 / argument(call)).into()))
        .method("static double ReciprocalSqrtEstimate(double d)", |call| Ok((1.0 / argument(call).sqrt()).into()))
        .method("static double ScaleB(double x, int n)", |call| Ok(scaled(argument(call), call.int(1)).into()))
        .method("static int ILogB(double x)", |call| {
            let x = argument(call);
            let smallest = (f64::MIN_EXP - 1, x.to_bits().trailing_zeros(), f64::MANTISSA_DIGITS);
            Ok(Value::Int(exponent(x, x.is_subnormal().then_some(smallest))))
        });
}

fn argument(call: &Call<'_, '_>) -> f64 {
    super::values::double(call, 0)
}

/// The whole part of a number's distance from zero, as far as it is odd, and what is behind the point.
fn parts(x: f64) -> (bool, f64) {
    let whole = x.abs().trunc();
    (whole % 2.0 == 1.0, x.abs() - whole)
}

/// `times_pi` multiplies as the type does.
fn sin_pi(x: f64, times_pi: impl Fn(f64) -> f64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    let (is_odd, rest) = parts(x);
    let sign = if (x > 0.0) == is_odd { -1.0 } else { 1.0 };
    match rest {
        0.0 => x * 0.0,
        0.5 => sign,
        _ if rest <= 0.25 => sign * times_pi(rest).sin(),
        _ if rest < 0.5 => sign * times_pi(0.5 - rest).cos(),
        _ if rest <= 0.75 => sign * times_pi(rest - 0.5).cos(),
        _ => sign * times_pi(1.0 - rest).sin(),
    }
}

fn cos_pi(x: f64, times_pi: impl Fn(f64) -> f64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    let (is_odd, rest) = parts(x);
    let sign = if is_odd { -1.0 } else { 1.0 };
    match rest {
        0.0 => sign,
        0.5 => 0.0,
        _ if rest <= 0.25 => sign * times_pi(rest).cos(),
        _ if rest < 0.5 => sign * times_pi(0.5 - rest).sin(),
        _ if rest <= 0.75 => -sign * times_pi(rest - 0.5).sin(),
        _ => -sign * times_pi(1.0 - rest).cos(),
    }
}

fn tan_pi(x: f64, times_pi: impl Fn(f64) -> f64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    let (is_odd, rest) = parts(x);
    let sign = if x > 0.0 { 1.0 } else { -1.0 };
    let end = if is_odd { -sign } else { sign };
    match rest {
        0.0 => end * 0.0,
        0.5 => end * f64::INFINITY,
        _ if rest <= 0.25 => sign * times_pi(rest).tan(),
        _ if rest < 0.5 => sign / times_pi(0.5 - rest).tan(),
        _ if rest < 0.75 => -sign / times_pi(rest - 0.5).tan(),
        _ => -sign * times_pi(1.0 - rest).tan(),
    }
}

/// A function of two numbers; of one and what is no number it is the number.
fn of_numbers(x: f64, y: f64, function: fn(f64, f64) -> f64) -> f64 {
    match (x.is_nan(), y.is_nan()) {
        (false, false) => function(x, y),
        (true, false) => y,
        _ => x,
    }
}

/// The n-th root. Even ones are of no number below zero; there is no root of degree 0.
fn root(x: f64, n: i32) -> f64 {
    let is_odd = n % 2 != 0;
    match n {
        0 => f64::NAN,
        2 => {
            if x == 0.0 {
                0.0
            } else {
                x.sqrt()
            }
        }
        3 => x.cbrt(),
        _ if x < 0.0 && !is_odd => f64::NAN,
        _ => x.abs().powf(1.0 / f64::from(n)).copysign(if is_odd { x } else { 1.0 }),
    }
}

/// The number times two to the power of `n`, rounded once.
fn scaled(x: f64, n: i32) -> f64 {
    // Three steps reach from the greatest number to the smallest; those down stay clear of numbers that lose digits until the last.
    let (mut y, mut n) = (x, n);
    for _ in 0..2 {
        if n > 1023 {
            y *= 2.0_f64.powi(1023);
            n -= 1023;
        } else if n < -1022 {
            y *= 2.0_f64.powi(-1022) * 2.0_f64.powi(53);
            n += 1022 - 53;
        }
    }
    y * 2.0_f64.powi(n.clamp(-1022, 1023))
}

/// `ILogB`: the exponent to the base of two. For the smallest numbers it is what .NET makes of it: it counts the zeros at the wrong end.
/// `subnormal`: the type's least exponent, the zeros, and the type's digits.
fn exponent(x: f64, subnormal: Option<(i32, u32, u32)>) -> i32 {
    if let Some((least, zeros, digits)) = subnormal {
        let exponent_bits = if digits == f64::MANTISSA_DIGITS { 11 } else { 8 };
        return least - (i32::try_from(zeros).unwrap_or(0) - exponent_bits);
    }
    if x == 0.0 {
        return i32::MIN;
    }
    if !x.is_finite() {
        return i32::MAX;
    }
    i32::try_from(x.to_bits() >> (f64::MANTISSA_DIGITS - 1) & 0x7FF).unwrap_or(0) - 1023
}
