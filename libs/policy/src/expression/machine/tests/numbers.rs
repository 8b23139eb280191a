//! Arithmetic and conversions at their edges, by the rules of C# and of .NET 8 on 64-bit x86.

use super::tree::*;
use super::{check, outcome, thrown};
use crate::expression::bound::*;
use crate::expression::library::Constant;
use crate::expression::types::Number;
use postern_dotnet::{Decimal, Exception, ExceptionType};

const MIN: i128 = i32::MIN as i128;
const MAX: i128 = i32::MAX as i128;

fn overflow() -> String {
    thrown(&Exception::overflow())
}

fn zero() -> String {
    thrown(&Exception::new(ExceptionType::DivideByZero, "Attempted to divide by zero."))
}

use PrimitiveOperator as O;

fn operate(operator: PrimitiveOperator, of: Number, is_checked: bool, left: i128, right: i128) -> String {
    let right = match operator {
        O::ShiftLeft | O::ShiftRight => integer(Number::Int, right),
        _ => integer(of, right),
    };
    let on = Primitive::Number(of);
    outcome(&result(binary_with(operator, on, is_checked, false, integer(of, left), right)))
}

#[test]
fn integers_wrap_around_unless_checked() {
    let cases = [
        (O::Add, Number::Int, MAX, 1, "-2147483648"),
        (O::Subtract, Number::Int, MIN, 1, "2147483647"),
        (O::Multiply, Number::Int, MAX, 2, "-2"),
        (O::Add, Number::UInt, 4_294_967_295, 1, "0u"),
        (O::Subtract, Number::UInt, 0, 1, "4294967295u"),
        (O::Add, Number::Long, i64::MAX.into(), 1, "-9223372036854775808L"),
        (O::Multiply, Number::Long, i64::MIN.into(), -1, "-9223372036854775808L"),
        (O::Subtract, Number::ULong, 0, 1, "18446744073709551615UL"),
    ];
    for (operator, of, left, right, expected) in cases {
        assert_eq!(operate(operator, of, false, left, right), expected, "{operator:?} {of:?}");
        assert_eq!(operate(operator, of, true, left, right), overflow(), "{operator:?} {of:?}");
    }
    assert_eq!(operate(O::Add, Number::Int, true, 1, 2), "3");
}

#[test]
fn division_cuts_off_and_has_two_exceptions() {
    for of in [Number::Int, Number::UInt, Number::Long, Number::ULong] {
        assert_eq!(operate(O::Divide, of, false, 1, 0), zero());
        assert_eq!(operate(O::Remainder, of, false, 1, 0), zero());
    }
    for is_checked in [false, true] {
        assert_eq!(operate(O::Divide, Number::Int, is_checked, MIN, -1), overflow());
        assert_eq!(operate(O::Remainder, Number::Int, is_checked, MIN, -1), overflow());
        assert_eq!(operate(O::Divide, Number::Long, is_checked, i64::MIN.into(), -1), overflow());
    }
    assert_eq!(operate(O::Divide, Number::Int, false, -7, 2), "-3");
    assert_eq!(operate(O::Remainder, Number::Int, false, -7, 2), "-1");
    assert_eq!(operate(O::Remainder, Number::Int, false, 7, -2), "1");
}

#[test]
fn shifts_use_the_low_bits_of_the_count() {
    let cases = [
        (O::ShiftLeft, Number::Int, 1, 31, "-2147483648"),
        (O::ShiftLeft, Number::Int, 1, 32, "1"),
        (O::ShiftLeft, Number::Int, 1, -1, "-2147483648"),
        (O::ShiftRight, Number::Int, -8, 1, "-4"),
        (O::ShiftRight, Number::Int, -1, 33, "-1"),
        (O::ShiftRight, Number::UInt, 4_294_967_295, 28, "15u"),
        (O::ShiftLeft, Number::Long, 1, 32, "4294967296L"),
        (O::ShiftLeft, Number::Long, 1, 64, "1L"),
        (O::ShiftRight, Number::ULong, u64::MAX.into(), 60, "15UL"),
    ];
    for (operator, of, left, right, expected) in cases {
        assert_eq!(operate(operator, of, false, left, right), expected, "{operator:?} {of:?}");
    }
    assert_eq!(operate(O::And, Number::Int, false, 12, 10), "8");
    assert_eq!(operate(O::Or, Number::Long, false, 12, 10), "14L");
    assert_eq!(operate(O::ExclusiveOr, Number::UInt, false, 12, 10), "6u");
}

fn unary(operator: PrimitiveUnary, on: Number, is_checked: bool, operand: BoundExpr) -> String {
    let on = Primitive::Number(on);
    outcome(&result(expr(BoundKind::Unary { operator, on, is_checked, is_lifted: false, operand: operand.into() })))
}

#[test]
fn the_smallest_integer_is_its_own_negative_unless_checked() {
    let negate = PrimitiveUnary::Negate;
    assert_eq!(unary(negate, Number::Int, false, integer(Number::Int, MIN)), "-2147483648");
    assert_eq!(unary(negate, Number::Int, true, integer(Number::Int, MIN)), overflow());
    assert_eq!(unary(negate, Number::Long, true, integer(Number::Long, i64::MIN.into())), overflow());
    assert_eq!(unary(negate, Number::Double, true, double(0.0)), "-0.0d");
    assert_eq!(unary(negate, Number::Decimal, true, constant(Constant::Decimal(Decimal::new(150, 2)))), "-1.50m");
    assert_eq!(unary(PrimitiveUnary::Complement, Number::UInt, false, integer(Number::UInt, 1)), "4294967294u");
    assert_eq!(unary(PrimitiveUnary::Complement, Number::Int, false, integer(Number::Int, 0)), "-1");
}

#[test]
fn doubles_never_throw() {
    let operate = |operator, left, right| {
        outcome(&result(binary(operator, Primitive::Number(Number::Double), double(left), double(right))))
    };
    assert_eq!(operate(O::Divide, 1.0, 0.0), "infd");
    assert_eq!(operate(O::Divide, 0.0, 0.0), "NaNd");
    assert_eq!(operate(O::Remainder, -5.5, 2.0), "-1.5d");
    assert_eq!(operate(O::Add, 0.1, 0.2), "0.30000000000000004d");
    assert_eq!(operate(O::Equal, f64::NAN, f64::NAN), "false");
    assert_eq!(operate(O::NotEqual, f64::NAN, f64::NAN), "true");
    assert_eq!(operate(O::LessOrEqual, f64::NAN, 1.0), "false");
    assert_eq!(operate(O::Equal, 0.0, -0.0), "true");
}

#[test]
fn decimals_keep_their_scale_and_throw_when_they_are_too_large() {
    let decimal = |text: &str| constant(Constant::Decimal(text.parse().unwrap()));
    let operate = |operator, left: &str, right: &str| {
        outcome(&result(binary(operator, Primitive::Number(Number::Decimal), decimal(left), decimal(right))))
    };
    let too_large =
        thrown(&Exception::new(ExceptionType::Overflow, "Value was either too large or too small for a Decimal."));
    assert_eq!(operate(O::Add, "1.10", "1.10"), "2.20m");
    assert_eq!(operate(O::Multiply, "1.10", "1.10"), "1.2100m");
    assert_eq!(operate(O::Divide, "1", "3"), "0.3333333333333333333333333333m");
    assert_eq!(operate(O::Divide, "1", "0"), zero());
    assert_eq!(operate(O::Remainder, "1", "0"), zero());
    assert_eq!(operate(O::Remainder, "-7.5", "2"), "-1.5m");
    assert_eq!(operate(O::Add, "79228162514264337593543950335", "1"), too_large);
    assert_eq!(operate(O::Multiply, "79228162514264337593543950335", "2"), too_large);
    assert_eq!(operate(O::Equal, "1.0", "1.00"), "true");
    assert_eq!(operate(O::Less, "1.0", "1.01"), "true");
}

fn converted(operand: BoundExpr, to: NumericType, is_checked: bool) -> String {
    let conversion = Conversion::Numeric { from: NumericType::Number(Number::Int), to, is_checked, is_lifted: false };
    outcome(&result(convert(conversion, operand)))
}

#[test]
fn integers_lose_their_high_bits_unless_checked() {
    let cases = [
        (Number::Int, 300, NumericType::Number(Number::Byte), "44b"),
        (Number::Int, 200, NumericType::Number(Number::SByte), "-56sb"),
        (Number::Int, -1, NumericType::Number(Number::UInt), "4294967295u"),
        (Number::Int, -1, NumericType::Number(Number::ULong), "18446744073709551615UL"),
        (Number::Int, 65_601, NumericType::Char, "'\\u0041'"),
        (Number::Long, 4_294_967_297, NumericType::Number(Number::Int), "1"),
        (Number::ULong, u64::MAX as i128, NumericType::Number(Number::Long), "-1L"),
        (Number::Int, 70_000, NumericType::Number(Number::Short), "4464s"),
        (Number::Int, -1, NumericType::Number(Number::UShort), "65535us"),
    ];
    for (from, value, to, expected) in cases {
        assert_eq!(converted(integer(from, value), to, false), expected, "{value} {to:?}");
        assert_eq!(converted(integer(from, value), to, true), overflow(), "{value} {to:?}");
    }
    let fits = converted(integer(Number::ULong, u64::MAX.into()), NumericType::Number(Number::Decimal), true);
    assert_eq!(fits, "18446744073709551615m");
    let rounded = converted(integer(Number::Long, 16_777_217), NumericType::Number(Number::Float), true);
    assert_eq!(rounded, "16777216.0f");
}

#[test]
fn doubles_out_of_range_become_what_the_hardware_makes_of_them() {
    let cases = [
        (3e9, Number::Int, "-2147483648"),
        (-3e9, Number::Int, "-2147483648"),
        (f64::NAN, Number::Int, "-2147483648"),
        (f64::INFINITY, Number::Long, "-9223372036854775808L"),
        (5e9, Number::UInt, "705032704u"),
        (1e20, Number::UInt, "0u"),
        (-1.0, Number::UInt, "4294967295u"),
        (300.0, Number::Byte, "44b"),
        (3e9, Number::Byte, "0b"),
        (40_000.0, Number::Short, "-25536s"),
        (-1.0, Number::ULong, "18446744073709551615UL"),
    ];
    for (value, to, expected) in cases {
        assert_eq!(converted(double(value), NumericType::Number(to), false), expected, "{value} {to:?}");
        assert_eq!(converted(double(value), NumericType::Number(to), true), overflow(), "{value} {to:?}");
    }
    let fits = [
        (1.9, Number::Int, "1"),
        (-1.9, Number::Int, "-1"),
        (2_147_483_647.9, Number::Int, "2147483647"),
        (-2_147_483_648.9, Number::Int, "-2147483648"),
        (1e19, Number::ULong, "10000000000000000000UL"),
        (-0.9, Number::ULong, "0UL"),
        (255.9, Number::Byte, "255b"),
    ];
    for (value, to, expected) in fits {
        for is_checked in [false, true] {
            assert_eq!(converted(double(value), NumericType::Number(to), is_checked), expected, "{value} {to:?}");
        }
    }
}

#[test]
fn decimals_and_binary_fractions_become_each_other() {
    let decimal = |text: &str| constant(Constant::Decimal(text.parse().unwrap()));
    let to = |number| NumericType::Number(number);
    assert_eq!(converted(double(0.1), to(Number::Decimal), false), "0.1m");
    assert_eq!(converted(double(1.0 / 3.0), to(Number::Decimal), false), "0.333333333333333m");
    assert_eq!(converted(double(100.0), to(Number::Decimal), false), "100m");
    let too_large =
        thrown(&Exception::new(ExceptionType::Overflow, "Value was either too large or too small for a Decimal."));
    assert_eq!(converted(double(1e30), to(Number::Decimal), false), too_large);
    assert_eq!(converted(double(f64::NAN), to(Number::Decimal), false), too_large);
    assert_eq!(converted(double(1e-40), to(Number::Decimal), false), "0m");
    assert_eq!(converted(decimal("1.5"), to(Number::Double), false), "1.5d");
    assert_eq!(converted(decimal("-1.9"), to(Number::Int), false), "-1");
    let too_large_for = |name| {
        thrown(&Exception::new(ExceptionType::Overflow, format!("Value was either too large or too small for {name}.")))
    };
    assert_eq!(converted(decimal("3000000000"), to(Number::Int), false), too_large_for("an Int32"));
    assert_eq!(converted(decimal("256"), to(Number::Byte), false), too_large_for("an unsigned byte"));
    assert_eq!(converted(decimal("-1"), NumericType::Char, false), too_large_for("a character"));
}

#[test]
fn lifted_operators_pass_null_on_and_compare_it_as_nothing() {
    let lifted = |operator, left, right| outcome(&result(binary_with(operator, INT, false, true, left, right)));
    assert_eq!(lifted(O::Add, int(1), int(2)), "3");
    assert_eq!(lifted(O::Add, int(1), null()), "null");
    assert_eq!(lifted(O::Less, int(1), null()), "false");
    assert_eq!(lifted(O::GreaterOrEqual, null(), null()), "false");
    assert_eq!(lifted(O::Equal, null(), null()), "true");
    assert_eq!(lifted(O::NotEqual, int(1), null()), "true");
    let three =
        |operator, left, right| outcome(&result(binary_with(operator, Primitive::Bool, false, true, left, right)));
    assert_eq!(three(O::And, boolean(false), null()), "false");
    assert_eq!(three(O::And, null(), boolean(true)), "null");
    assert_eq!(three(O::Or, null(), boolean(true)), "true");
    assert_eq!(three(O::Or, boolean(false), null()), "null");
    let conversion = Conversion::Numeric {
        from: NumericType::Number(Number::Int),
        to: NumericType::Number(Number::Long),
        is_checked: false,
        is_lifted: true,
    };
    check(&result(convert(conversion.clone(), null())), "null");
    check(&result(convert(conversion, int(1))), "1L");
    check(&result(convert(Conversion::NullableValue, int(1))), "1");
    check(
        &result(convert(Conversion::NullableValue, null())),
        "System.InvalidOperationException: Nullable object must have a value.",
    );
    let operator = PrimitiveUnary::Negate;
    let negate = |operand: BoundExpr| {
        expr(BoundKind::Unary { operator, on: INT, is_checked: true, is_lifted: true, operand: operand.into() })
    };
    check(&result(negate(null())), "null");
    check(&result(negate(int(5))), "-5");
}
