//! What each type reads, and the messages when it does not.

use super::*;
use NumberType as To;

fn read_default(of: To, text: &str) -> Result<Number, String> {
    parse(of, text, NumberStyles::default_of(of)).map_err(|exception| exception.message.into_owned())
}

fn dec(text: &str) -> Number {
    Number::Decimal(text.parse().unwrap())
}

#[test]
fn integers_take_white_space_and_a_sign() {
    let cases = [
        ("42", Number::Int32(42)),
        (" +42\t", Number::Int32(42)),
        ("-2147483648", Number::Int32(i32::MIN)),
        ("0000000000000000000000007", Number::Int32(7)),
        ("7\0\0", Number::Int32(7)),
    ];
    for (text, expected) in cases {
        assert_eq!(read_default(To::Int32, text), Ok(expected), "{text:?}");
    }
    assert_eq!(read_default(To::UInt64, "18446744073709551615"), Ok(Number::UInt64(u64::MAX)));
    assert_eq!(read_default(To::Byte, "-0"), Ok(Number::Byte(0)));
}

#[test]
fn what_is_no_integer_is_named_in_the_message() {
    for text in ["", " ", "x", "1.5", "1,000", "--1", "- 1", "1-", "0x10", "1e3", "１", "1\0x"] {
        let message = format!("The input string '{text}' was not in a correct format.");
        assert_eq!(read_default(To::Int32, text), Err(message));
    }
}

#[test]
fn what_does_not_fit_names_the_type() {
    let cases = [
        (To::Int32, "2147483648", "Value was either too large or too small for an Int32."),
        (To::Byte, "256", "Value was either too large or too small for an unsigned byte."),
        (To::SByte, "-129", "Value was either too large or too small for a signed byte."),
        (To::UInt16, "-1", "Value was either too large or too small for a UInt16."),
        (To::Int64, "99999999999999999999999999", "Value was either too large or too small for an Int64."),
        (To::Decimal, "79228162514264337593543950336", "Value was either too large or too small for a Decimal."),
    ];
    for (of, text, message) in cases {
        assert_eq!(read_default(of, text), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn doubles_take_groups_points_exponents_and_symbols() {
    let cases = [
        ("1,234.5", 1234.5),
        (" -.5 ", -0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1E-400", 0.0),
        ("1e400", f64::INFINITY),
        ("-Infinity", f64::NEG_INFINITY),
        ("infinity", f64::INFINITY),
        ("0.1", 0.1),
        ("179769313486231570000000000000000", 1.797_693_134_862_315_7e32),
    ];
    for (text, expected) in cases {
        assert_eq!(read_default(To::Double, text), Ok(Number::Double(expected)), "{text}");
    }
    let Ok(Number::Double(nan)) = read_default(To::Double, "NaN") else { panic!("no double") };
    assert!(nan.is_nan());
    let Ok(Number::Double(zero)) = read_default(To::Double, "-0") else { panic!("no double") };
    assert!(zero.is_sign_negative());
    assert_eq!(read_default(To::Single, "3.4028235e38"), Ok(Number::Single(f32::MAX)));
    for text in ["", "1e", "e5", "1.2.3", ",5", "1 2", "(1)", "$1"] {
        assert!(read_default(To::Double, text).is_err(), "{text}");
    }
}

#[test]
fn decimals_keep_their_scale_and_round_half_to_even() {
    let cases = [
        ("1.50", "1.50"),
        ("0.00", "0.00"),
        ("-1,234.5-", ""),
        ("1,234.5-", "-1234.5"),
        ("0.00000000000000000000000000005", "0.0000000000000000000000000000"),
        ("0.00000000000000000000000000015", "0.0000000000000000000000000002"),
        ("7.92281625142643375935439503355", "7.922816251426433759354395034"),
        ("79228162514264337593543950335.4", "79228162514264337593543950335"),
    ];
    for (text, expected) in cases {
        match read_default(To::Decimal, text) {
            Ok(Number::Decimal(value)) => assert_eq!(value.to_string(), expected, "{text}"),
            Ok(other) => panic!("{other:?}"),
            Err(_) => assert_eq!(expected, "", "{text}"),
        }
    }
    assert!(read_default(To::Decimal, "1e3").is_err());
}

#[test]
fn styles_allow_and_forbid() {
    let cases = [
        (To::Int32, "ff", NumberStyles::HEX_NUMBER, Some(Number::Int32(255))),
        (To::Int32, " FFFFFFFF ", NumberStyles::HEX_NUMBER, Some(Number::Int32(-1))),
        (To::Byte, "100", NumberStyles::HEX_NUMBER, None),
        (To::Int32, "101", NumberStyles::BINARY_NUMBER, Some(Number::Int32(5))),
        (To::Int32, "1,234", NumberStyles::NUMBER, Some(Number::Int32(1234))),
        (To::Int32, "1.00", NumberStyles::NUMBER, Some(Number::Int32(1))),
        (To::Int32, "1.5", NumberStyles::NUMBER, None),
        (To::Int32, "1e2", NumberStyles::ANY, Some(Number::Int32(100))),
        (To::Decimal, "(¤1,234.50)", NumberStyles::CURRENCY, Some(dec("-1234.50"))),
        (To::Int32, " 1", NumberStyles::NONE, None),
        (To::Double, "1,5", NumberStyles::FLOAT, None),
    ];
    for (of, text, styles, expected) in cases {
        assert_eq!(try_parse(of, text, styles), Ok(expected), "{text}");
    }
    assert!(parse(To::Double, "1", NumberStyles::HEX_NUMBER).is_err());
}
