//! Rounding of halves in every mode.

use super::*;
use MidpointRounding as Mode;

const MODES: [Mode; 5] =
    [Mode::ToEven, Mode::AwayFromZero, Mode::ToZero, Mode::ToNegativeInfinity, Mode::ToPositiveInfinity];

#[test]
fn every_mode_rounds_doubles_and_decimals_alike() {
    let cases: [(&str, i32, [&str; 5]); 6] = [
        ("2.5", 0, ["2", "3", "2", "2", "3"]),
        ("-2.5", 0, ["-2", "-3", "-2", "-3", "-2"]),
        ("3.5", 0, ["4", "4", "3", "3", "4"]),
        ("1.25", 1, ["1.2", "1.3", "1.2", "1.2", "1.3"]),
        ("-1.75", 1, ["-1.8", "-1.8", "-1.7", "-1.8", "-1.7"]),
        ("7", 2, ["7", "7", "7", "7", "7"]),
    ];
    for (value, digits, expected) in cases {
        for (mode, expected) in MODES.into_iter().zip(expected) {
            let double = round(Number::Double(value.parse().unwrap()), digits, mode).unwrap();
            assert_eq!(double, Number::Double(expected.parse().unwrap()), "{value} {mode:?}");
            let decimal = round(Number::Decimal(value.parse().unwrap()), digits, mode).unwrap();
            assert_eq!(decimal, Number::Decimal(expected.parse().unwrap()), "{value} {mode:?}");
        }
    }
}

#[test]
fn a_decimal_keeps_a_scale_that_is_small_enough() {
    let rounded = |text: &str, digits| match round(Number::Decimal(text.parse().unwrap()), digits, Mode::ToEven) {
        Ok(Number::Decimal(value)) => value.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(rounded("1.10", 3), "1.10");
    assert_eq!(rounded("1.999", 2), "2.00");
    assert_eq!(rounded("1.50", 0), "2");
}

#[test]
fn too_many_digits_are_refused() {
    let message = |value, digits| round(value, digits, Mode::ToEven).unwrap_err().message.into_owned();
    let double = "Rounding digits must be between 0 and 15, inclusive. (Parameter 'digits')";
    assert_eq!(message(Number::Double(1.0), 16), double);
    assert_eq!(message(Number::Double(1.0), -1), double);
    let decimal = "Decimal can only round to between 0 and 28 digits of precision. (Parameter 'decimals')";
    assert_eq!(message(Number::Decimal(Decimal::ONE), 29), decimal);
}

#[test]
fn floor_ceiling_and_truncate_drop_the_fraction() {
    let decimal = |text: &str| Number::Decimal(text.parse().unwrap());
    assert_eq!(floor(Number::Double(-1.5)), Number::Double(-2.0));
    assert_eq!(ceiling(decimal("1.01")), decimal("2"));
    assert_eq!(truncate(decimal("-1.99")), decimal("-1"));
    assert_eq!(floor(Number::Int32(3)), Number::Int32(3));
}
