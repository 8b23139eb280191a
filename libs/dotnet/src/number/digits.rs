//! The decimal digits of a number on their way to text.
//!
//! A value is `0.d1d2d3… × 10^scale`. Leading zeros are never stored; trailing zeros only where `decimal` keeps them.

use rust_decimal::Decimal;

use super::limits::FRACTION_DIGITS_MAX;

/// What the digits came from; only the treatment of a negative zero differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Decimal,
    Float,
}

/// How many digits of a `float` or `double` are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// As many as read back to the same value, no more.
    Shortest,
    /// This many in all (at least one).
    Significant(usize),
    /// This many behind the point.
    Fraction(usize),
}

/// Digits, position of the point and sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digits {
    /// ASCII digits, most significant first.
    pub(super) digits: Vec<u8>,
    /// Digits in front of the decimal point; negative: zeros behind it.
    pub(super) scale: i32,
    pub(super) negative: bool,
    pub(super) kind: Kind,
}

impl Digits {
    pub(super) fn of_integer(value: i128) -> Digits {
        let digits = if value == 0 { Vec::new() } else { value.unsigned_abs().to_string().into_bytes() };
        Digits { scale: length(&digits), digits, negative: value < 0, kind: Kind::Integer }
    }

    /// Decimal digits without leading zeros.
    pub(super) fn of_long(digits: &str, negative: bool) -> Digits {
        let digits = digits.as_bytes().to_vec();
        Digits { scale: length(&digits), digits, negative, kind: Kind::Integer }
    }

    pub(super) fn of_decimal(value: Decimal) -> Digits {
        let mantissa = value.mantissa().unsigned_abs();
        let digits = if mantissa == 0 { Vec::new() } else { mantissa.to_string().into_bytes() };
        let scale = length(&digits) - i32::try_from(value.scale()).unwrap_or(0);
        Digits { scale, digits, negative: value.is_sign_negative(), kind: Kind::Decimal }
    }

    /// Digits of a finite `double`, rounded correctly (ties to even) where `wanted` cuts.
    pub(super) fn of_double(value: f64, wanted: Wanted) -> Digits {
        let magnitude = value.abs();
        let text = match wanted {
            Wanted::Shortest => format!("{magnitude:e}"),
            Wanted::Significant(count) => format!("{magnitude:.*e}", count.clamp(1, FRACTION_DIGITS_MAX) - 1),
            Wanted::Fraction(count) => format!("{magnitude:.*}", count.min(FRACTION_DIGITS_MAX)),
        };
        Digits::of_float_text(&text, value.is_sign_negative())
    }

    /// As [`Digits::of_double`]; only the shortest form differs, because a `float` needs fewer digits to be told apart.
    pub(super) fn of_single(value: f32, wanted: Wanted) -> Digits {
        match wanted {
            Wanted::Shortest => Digits::of_float_text(&format!("{:e}", value.abs()), value.is_sign_negative()),
            _ => Digits::of_double(value.into(), wanted),
        }
    }

    /// Takes apart what Rust's formatting wrote: `1.25e-7` or `12.50`.
    fn of_float_text(text: &str, negative: bool) -> Digits {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let zeros = all.iter().take_while(|digit| **digit == b'0').count();
        let mut digits = all.get(zeros..).unwrap_or_default().to_vec();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let leading = i32::try_from(zeros).unwrap_or(0);
        let scale = if digits.is_empty() { 0 } else { length(whole.as_bytes()) + exponent - leading };
        Digits { digits, scale, negative, kind: Kind::Float }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The digit at a position, if there is one.
    pub(super) fn at(&self, index: usize) -> Option<u8> {
        self.digits.get(index).copied()
    }

    /// Keeps `count` digits (may be negative: none). Rounds half up unless the digits are already `exact`, that is rounded where the
    /// format cuts.
    pub(super) fn round(&mut self, count: i64, exact: Exact) {
        // With a negative count the first digit stands more than one place behind the cut, and so cannot round up.
        let roundable = exact == Exact::No && count >= 0;
        let count = usize::try_from(count).unwrap_or(0);
        let up = roundable && self.at(count).is_some_and(|digit| digit >= b'5');
        self.digits.truncate(count);
        let dropped = if up { b'9' } else { b'0' };
        while self.digits.last() == Some(&dropped) {
            self.digits.pop();
        }
        if up {
            if let Some(last) = self.digits.last_mut() {
                *last += 1;
            } else {
                self.scale += 1;
                self.digits.push(b'1');
            }
        }
        if self.is_zero() {
            self.clear_zero();
        }
    }

    /// A zero has no scale, and only floats have a negative one.
    pub(super) fn clear_zero(&mut self) {
        if self.kind != Kind::Float {
            self.negative = false;
        }
        self.scale = 0;
    }
}

/// Whether digits were already rounded at the place a format cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exact {
    Yes,
    No,
}

fn length(digits: &[u8]) -> i32 {
    i32::try_from(digits.len()).unwrap_or(i32::MAX)
}
