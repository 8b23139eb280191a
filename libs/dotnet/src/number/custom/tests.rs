//! Cases beyond the recorded vectors of the standard formats (`format/vectors.tsv`).

use crate::number::{Number, format};

fn text(number: Number, custom: &str) -> String {
    format(number, custom).unwrap()
}

#[test]
fn sections_are_for_positive_negative_and_zero() {
    let custom = "0.0;(0.0);zero";
    assert_eq!(text(Number::Double(1.25), custom), "1.3");
    assert_eq!(text(Number::Double(-1.25), custom), "(1.3)");
    assert_eq!(text(Number::Double(0.0), custom), "zero");
    assert_eq!(text(Number::Double(0.04), custom), "zero");
}

#[test]
fn a_negative_double_that_rounds_to_zero_keeps_its_sign() {
    assert_eq!(text(Number::Double(-0.004), "0.00"), "-0.00");
    assert_eq!(text(Number::Double(-0.004), "#.##"), "");
    assert_eq!(text(Number::Decimal("-0.004".parse().unwrap()), "0.00"), "0.00");
}

#[test]
fn a_nul_ends_the_format() {
    assert_eq!(text(Number::Int32(5), "0\0 0"), "5");
}

#[test]
fn no_format_makes_it_panic() {
    let pieces = ["0", "#", ".", ",", "%", "‰", ";", "E+0", "e-00", "E", "\\", "'", "\"", "x", "é", "\0"];
    for first in pieces {
        for second in pieces {
            for third in pieces {
                for number in
                    [Number::Double(-1234.5e-9), Number::Double(f64::MAX), Number::Int64(i64::MIN), Number::Int32(0)]
                {
                    let _ = format(number, &format!("{first}{second}{third}"));
                }
            }
        }
    }
}
