//! `ToString(format)` of numbers: standard formats (`N2`, `X8`, `E3` …); anything else goes to [`super::custom`].
//!
//! Invariant culture: `.` and `,`, groups of three, two decimals, `¤` in front and parentheses for negative money, a space before `%`.

use super::custom;
use super::digits::{Digits, Exact, Wanted};
use super::limits::PRECISION_MAX;
use super::number_type::{Number, Shape};
use crate::{Exception, ExceptionType};

/// Decimals of `C`, `F`, `N` and `P` when the format names none.
const DECIMALS: usize = 2;
/// Decimals of `E` when the format names none.
const EXPONENTIAL_DECIMALS: usize = 6;
/// Significant digits handed to custom formats, as .NET does since its first version.
const CUSTOM_DIGITS_DOUBLE: usize = 15;
const CUSTOM_DIGITS_SINGLE: usize = 7;
/// Digits that tell any two `double` (`float`) apart: up to that exponent `G` does not turn to scientific notation.
const ROUND_TRIP_DIGITS_DOUBLE: usize = 17;
const ROUND_TRIP_DIGITS_SINGLE: usize = 9;

/// The text of a number. An empty format is `G`.
///
/// # Errors
/// `FormatException` where the format is none for this type.
pub fn format(number: Number, format: &str) -> Result<String, Exception> {
    if let (true, Some(integer)) = (format.is_empty(), number.integer()) {
        return Ok(integer.to_string());
    }
    if let Some(symbol) = not_finite(number) {
        return Ok(symbol.to_owned());
    }
    match Specifier::parse(format)? {
        Some(specifier) => match number {
            Number::Single(_) | Number::Double(_) => float(number, specifier),
            Number::Decimal(value) => decimal_or_integer(Digits::of_decimal(value), specifier),
            _ => integer(number, specifier),
        },
        None => Ok(custom::format(custom_digits(number), format)),
    }
}

fn not_finite(number: Number) -> Option<&'static str> {
    match number.shape() {
        Shape::Float(value) if value.is_nan() => Some("NaN"),
        Shape::Float(value) if value.is_infinite() => Some(if value > 0.0 { "Infinity" } else { "-Infinity" }),
        _ => None,
    }
}

fn custom_digits(number: Number) -> Digits {
    match (number, number.shape()) {
        (Number::Single(value), _) => Digits::of_single(value, Wanted::Significant(CUSTOM_DIGITS_SINGLE)),
        (_, Shape::Float(value)) => Digits::of_double(value, Wanted::Significant(CUSTOM_DIGITS_DOUBLE)),
        (_, Shape::Decimal(value)) => Digits::of_decimal(value),
        (_, Shape::Integer(value)) => Digits::of_integer(value),
    }
}

/// One letter and an optional precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Specifier {
    pub(super) letter: u8,
    pub(super) precision: Option<usize>,
}

impl Specifier {
    /// `None`: a custom format.
    pub(super) fn parse(format: &str) -> Result<Option<Specifier>, Exception> {
        // .NET ends a format at a NUL.
        let format = format.split('\0').next().unwrap_or_default();
        let Some(&letter) = format.as_bytes().first() else {
            return Ok(Some(Specifier { letter: b'G', precision: None }));
        };
        let digits = format.get(1..).unwrap_or_default();
        if !letter.is_ascii_alphabetic() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Ok(None);
        }
        if digits.is_empty() {
            return Ok(Some(Specifier { letter, precision: None }));
        }
        match digits.trim_start_matches('0').parse::<usize>() {
            Ok(precision) if precision <= PRECISION_MAX => Ok(Some(Specifier { letter, precision: Some(precision) })),
            Err(_) if digits.bytes().all(|digit| digit == b'0') => Ok(Some(Specifier { letter, precision: Some(0) })),
            Ok(precision) if precision <= 999_999_999 => Err(Exception::new(
                ExceptionType::OutOfMemory,
                "Insufficient memory to continue the execution of the program.",
            )),
            _ => Err(bad_specifier()),
        }
    }

    pub(super) fn upper(self) -> u8 {
        self.letter.to_ascii_uppercase()
    }

    /// The letter of an exponent: `e` where the format letter is small.
    fn exponent(self) -> char {
        if self.letter.is_ascii_lowercase() { 'e' } else { 'E' }
    }
}

fn bad_specifier() -> Exception {
    Exception::format("Format specifier was invalid.")
}

fn integer(number: Number, specifier: Specifier) -> Result<String, Exception> {
    let value = number.integer().unwrap_or_default();
    let bits = number.of().integer_bits().unwrap_or(64);
    let width = specifier.precision.unwrap_or(0);
    let pattern = value & ((1_i128 << bits) - 1);
    match specifier.upper() {
        b'G' if width < 1 => Ok(value.to_string()),
        b'R' => Ok(value.to_string()),
        b'D' => Ok(format!("{}{:0>width$}", if value < 0 { "-" } else { "" }, value.unsigned_abs())),
        b'X' if specifier.letter == b'X' => Ok(format!("{pattern:0>width$X}")),
        b'X' => Ok(format!("{pattern:0>width$x}")),
        b'B' => Ok(format!("{pattern:0>width$b}")),
        _ => decimal_or_integer(Digits::of_integer(value), specifier),
    }
}

pub(super) fn decimal_or_integer(mut digits: Digits, specifier: Specifier) -> Result<String, Exception> {
    // Every decimal reads back from all of its digits.
    let specifier = if specifier.upper() == b'R' { Specifier { letter: b'G', precision: None } } else { specifier };
    if specifier.upper() != b'G' {
        return standard(digits, specifier, Exact::No);
    }
    let Some(count) = specifier.precision.filter(|count| *count > 0) else {
        if digits.kind == super::digits::Kind::Decimal && specifier.precision.is_none() {
            // A decimal shows its scale, and never an exponent.
            let sign = sign(digits.negative && !digits.is_zero());
            return Ok(format!("{sign}{}", general(&digits, None)));
        }
        let count = digits.digits.len();
        return Ok(rounded_general(&mut digits, count, specifier, Exact::No));
    };
    Ok(rounded_general(&mut digits, count, specifier, Exact::No))
}

fn float(number: Number, specifier: Specifier) -> Result<String, Exception> {
    let digits_of = |wanted| match number {
        Number::Single(value) => Digits::of_single(value, wanted),
        Number::Double(value) => Digits::of_double(value, wanted),
        _ => Digits::of_integer(0),
    };
    let decimals = specifier.precision.unwrap_or(DECIMALS);
    let wanted = match specifier.upper() {
        b'C' | b'F' | b'N' => Wanted::Fraction(decimals),
        b'P' => Wanted::Fraction(decimals + 2),
        b'E' => Wanted::Significant(specifier.precision.unwrap_or(EXPONENTIAL_DECIMALS) + 1),
        b'G' if specifier.precision.is_some_and(|count| count > 0) => {
            Wanted::Significant(specifier.precision.unwrap_or(1))
        }
        b'G' | b'R' => Wanted::Shortest,
        _ => return Err(bad_specifier()),
    };
    let mut digits = digits_of(wanted);
    match wanted {
        Wanted::Shortest => {
            let round_trip =
                if matches!(number, Number::Single(_)) { ROUND_TRIP_DIGITS_SINGLE } else { ROUND_TRIP_DIGITS_DOUBLE };
            let count = round_trip.max(digits.digits.len());
            Ok(rounded_general(&mut digits, count, specifier, Exact::Yes))
        }
        Wanted::Significant(count) if specifier.upper() == b'G' => {
            Ok(rounded_general(&mut digits, count, specifier, Exact::Yes))
        }
        _ => standard(digits, specifier, Exact::Yes),
    }
}

fn rounded_general(digits: &mut Digits, count: usize, specifier: Specifier, exact: Exact) -> String {
    digits.round(i64::try_from(count).unwrap_or(i64::MAX), exact);
    let limit = Some((i32::try_from(count).unwrap_or(i32::MAX), specifier.exponent()));
    format!("{}{}", sign(digits.negative), general(digits, limit))
}

/// `C E F N P`.
fn standard(mut digits: Digits, specifier: Specifier, exact: Exact) -> Result<String, Exception> {
    let decimals = specifier.precision.unwrap_or(DECIMALS);
    let letter = specifier.upper();
    if letter == b'P' {
        digits.scale += 2;
    }
    match letter {
        b'E' => {
            let count = specifier.precision.unwrap_or(EXPONENTIAL_DECIMALS) + 1;
            digits.round(i64::try_from(count).unwrap_or(i64::MAX), exact);
            return Ok(format!("{}{}", sign(digits.negative), scientific(&digits, count, specifier.exponent())));
        }
        b'C' | b'F' | b'N' | b'P' => {
            let cut = i64::from(digits.scale) + i64::try_from(decimals).unwrap_or(i64::MAX);
            digits.round(cut, exact);
        }
        _ => return Err(bad_specifier()),
    }
    let text = fixed(&digits, decimals, letter != b'F');
    Ok(match (letter, digits.negative) {
        (b'C', false) => format!("¤{text}"),
        (b'C', true) => format!("(¤{text})"),
        (b'P', negative) => format!("{}{text} %", sign(negative)),
        (_, negative) => format!("{}{text}", sign(negative)),
    })
}

fn sign(negative: bool) -> &'static str {
    if negative { "-" } else { "" }
}

/// Digits with a fixed number of decimals.
fn fixed(digits: &Digits, decimals: usize, grouped: bool) -> String {
    let whole = usize::try_from(digits.scale).unwrap_or(0);
    let mut text = String::with_capacity(whole + whole / 3 + decimals + 2);
    if whole == 0 {
        text.push('0');
    }
    for index in 0..whole {
        text.push(digit(digits, index));
        let left = whole - index - 1;
        if grouped && left > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
    }
    if decimals > 0 {
        text.push('.');
        let zeros = usize::try_from(-digits.scale).unwrap_or(0).min(decimals);
        text.extend(std::iter::repeat_n('0', zeros));
        text.extend((whole..whole + decimals - zeros).map(|index| digit(digits, index)));
    }
    text
}

fn digit(digits: &Digits, index: usize) -> char {
    digits.at(index).map_or('0', char::from)
}

fn scientific(digits: &Digits, count: usize, letter: char) -> String {
    let mut text = String::with_capacity(count + 6);
    text.push(digit(digits, 0));
    if count > 1 {
        text.push('.');
    }
    text.extend((1..count).map(|index| digit(digits, index)));
    let value = if digits.is_zero() { 0 } else { digits.scale - 1 };
    push_exponent(&mut text, letter, value, 3, true);
    text
}

/// An exponent with its sign and at least `width` digits.
pub(super) fn push_exponent(text: &mut String, letter: char, value: i32, width: usize, plus: bool) {
    text.push(letter);
    if value < 0 {
        text.push('-');
    } else if plus {
        text.push('+');
    }
    text.push_str(&format!("{:0>width$}", value.unsigned_abs()));
}

/// Shortest notation; with a limit, scientific where the point would stand too far away.
fn general(digits: &Digits, limit: Option<(i32, char)>) -> String {
    let exponent = limit.filter(|(count, _)| digits.scale > *count || digits.scale < -3).map(|(_, letter)| letter);
    let point = if exponent.is_some() { 1 } else { digits.scale };
    let whole = usize::try_from(point).unwrap_or(0);
    let mut text = String::with_capacity(digits.digits.len() + 8);
    if whole == 0 {
        text.push('0');
    }
    text.extend((0..whole).map(|index| digit(digits, index)));
    if digits.digits.len() > whole || point < 0 {
        text.push('.');
        text.extend(std::iter::repeat_n('0', usize::try_from(-point).unwrap_or(0)));
        text.extend((whole..digits.digits.len()).map(|index| digit(digits, index)));
    }
    if let Some(letter) = exponent {
        push_exponent(&mut text, letter, digits.scale - 1, 2, true);
    }
    text
}

#[cfg(test)]
mod tests;
