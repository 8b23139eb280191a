//! Standard formats, type by type.

use super::*;

fn text(number: Number, specifier: &str) -> String {
    format(number, specifier).unwrap_or_else(|exception| exception.message.into_owned())
}

fn dec(text: &str) -> Number {
    Number::Decimal(text.parse().unwrap())
}

#[test]
fn a_double_is_as_short_as_reads_back() {
    let cases = [
        (0.0, "0"),
        (-0.0, "-0"),
        (0.1, "0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1.0 / 3.0, "0.3333333333333333"),
        (100.0, "100"),
        (1e15, "1000000000000000"),
        (1e16, "10000000000000000"),
        (1e17, "1E+17"),
        (123_456_789.0, "123456789"),
        (1e-5, "1E-05"),
        (0.0001, "0.0001"),
        (1.5e300, "1.5E+300"),
        (f64::MAX, "1.7976931348623157E+308"),
        (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
        (9_007_199_254_740_992.0, "9007199254740992"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
    ];
    for (value, expected) in cases {
        for specifier in ["", "G", "R", "g0"] {
            assert_eq!(
                text(Number::Double(value), specifier),
                expected.replace('E', if specifier == "g0" { "e" } else { "E" })
            );
        }
    }
}

#[test]
fn a_float_is_shorter_than_a_double() {
    let cases = [
        (0.1_f32, "0.1"),
        (1.0 / 3.0, "0.33333334"),
        (16_777_216.0, "16777216"),
        (1e9, "1E+09"),
        (f32::MAX, "3.4028235E+38"),
        (2_147_483_648.0, "2.1474836E+09"),
    ];
    for (value, expected) in cases {
        assert_eq!(text(Number::Single(value), ""), expected);
    }
}

#[test]
fn doubles_are_rounded_on_their_exact_value() {
    let cases = [
        (1234.5678, "N", "1,234.57"),
        (1234.5678, "N0", "1,235"),
        (-1234.5678, "N1", "-1,234.6"),
        (1234.5678, "F3", "1234.568"),
        (2.5, "F0", "2"),
        (3.5, "F0", "4"),
        (0.125, "F2", "0.12"),
        (1.005, "F2", "1.00"),
        (-0.001, "F2", "-0.00"),
        (0.25, "P", "25.00 %"),
        (-0.256, "P1", "-25.6 %"),
        (1234.5, "C", "¤1,234.50"),
        (-1234.5, "C0", "(¤1,234)"),
        (12345.6789, "E", "1.234568E+004"),
        (12345.6789, "e2", "1.23e+004"),
        (0.0, "E0", "0E+000"),
        (12345.6789, "G3", "1.23E+04"),
        (12345.6789, "G7", "12345.68"),
        (0.00001234, "G2", "1.2E-05"),
        (0.1, "G17", "0.10000000000000001"),
        (1e22, "F0", "10000000000000000000000"),
        (0.1, "F20", "0.10000000000000000555"),
        (1.0, "D", "Format specifier was invalid."),
        (1.0, "X2", "Format specifier was invalid."),
        (1.0, "Z", "Format specifier was invalid."),
    ];
    for (value, specifier, expected) in cases {
        assert_eq!(text(Number::Double(value), specifier), expected, "{value} {specifier}");
    }
}

#[test]
fn integers_have_formats_of_their_own() {
    let cases = [
        (Number::Int32(42), "D5", "00042"),
        (Number::Int32(-42), "D5", "-00042"),
        (Number::Int32(255), "X", "FF"),
        (Number::Int32(255), "x4", "00ff"),
        (Number::Int32(-1), "X", "FFFFFFFF"),
        (Number::SByte(-1), "X", "FF"),
        (Number::Int16(-2), "x", "fffe"),
        (Number::Int32(5), "B8", "00000101"),
        (Number::Int32(1_234_567), "N", "1,234,567.00"),
        (Number::Int32(1_234_567), "N0", "1,234,567"),
        (Number::Int32(1_234_567), "G3", "1.23E+06"),
        (Number::Int32(1_235_567), "E2", "1.24E+006"),
        (Number::Int32(100), "G1", "1E+02"),
        (Number::Int32(0), "N", "0.00"),
        (Number::Int32(5), "P0", "500 %"),
        (Number::Int32(5), "F010", "5.0000000000"),
        (Number::UInt64(u64::MAX), "", "18446744073709551615"),
        (Number::Int64(i64::MIN), "N0", "-9,223,372,036,854,775,808"),
        (Number::Int32(-5), "R", "-5"),
        (Number::Int32(5), "Q", "Format specifier was invalid."),
        (Number::Int32(5), "D99999999999", "Format specifier was invalid."),
    ];
    for (number, specifier, expected) in cases {
        assert_eq!(text(number, specifier), expected, "{number:?} {specifier}");
    }
}

#[test]
fn a_decimal_shows_its_scale() {
    let cases = [
        ("1.50", "", "1.50"),
        ("0.00", "G", "0.00"),
        ("-0.00", "", "0.00"),
        ("0.0000000000000000000000000001", "", "0.0000000000000000000000000001"),
        ("79228162514264337593543950335", "N0", "79,228,162,514,264,337,593,543,950,335"),
        ("1234.565", "F2", "1234.57"),
        ("2.5", "F0", "3"),
        ("-0.004", "F2", "0.00"),
        ("1234.5", "C", "¤1,234.50"),
        ("1234.5678", "G5", "1234.6"),
        ("1.50", "G5", "1.5"),
        ("123456", "E1", "1.2E+005"),
        ("1.50", "R", "1.50"),
        ("1.5", "D", "Format specifier was invalid."),
    ];
    for (value, specifier, expected) in cases {
        assert_eq!(text(dec(value), specifier), expected, "{value} {specifier}");
    }
}

#[test]
fn integers_and_decimals_agree_with_recorded_results() {
    for line in include_str!("vectors.tsv").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = match fields[0] {
            "int" => Number::Int32(fields[1].parse().unwrap()),
            "double" => Number::Double(fields[1].parse().unwrap()),
            _ => dec(fields[1]),
        };
        assert_eq!(text(number, fields[2]), fields[3], "{line}");
    }
}

#[test]
fn an_absurd_precision_is_refused_instead_of_served() {
    assert_eq!(format(Number::Int32(1), "F100000").map(|text| text.len()), Ok(100_002));
    assert_eq!(format(Number::Int32(1), "D999999999").unwrap_err().of, ExceptionType::OutOfMemory);
}
