//! `Parse` and `TryParse` of numbers.
//!
//! A text is first taken apart into sign, digits and scale under the given styles, then made a value of the type. Text that is no number
//! is a `FormatException`; a number that does not fit is an `OverflowException`; `float` and `double` become infinite instead.

use rust_decimal::Decimal;

use super::decimal;
use super::limits::DECIMAL_SCALE_MAX;
use super::number_type::{Number, NumberType};
use super::styles::NumberStyles;
use crate::Exception;

/// An exponent beyond this is this: it over- or underflows every type.
const EXPONENT_MAX: i64 = 9_999;

/// Reads a number.
///
/// # Errors
/// `FormatException`, `OverflowException`; `ArgumentException` where the styles make no sense for the type.
pub fn parse(of: NumberType, text: &str, styles: NumberStyles) -> Result<Number, Exception> {
    styles.check(of)?;
    read(of, text, styles).map_err(|failure| match failure {
        Failure::Format => Exception::format(format!("The input string '{text}' was not in a correct format.")),
        Failure::Overflow => of.overflow(),
    })
}

/// Reads a number; `None` where [`parse`] would throw because of the text.
///
/// # Errors
/// `ArgumentException` where the styles make no sense for the type.
pub fn try_parse(of: NumberType, text: &str, styles: NumberStyles) -> Result<Option<Number>, Exception> {
    styles.check(of)?;
    Ok(read(of, text, styles).ok())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Format,
    Overflow,
}

fn read(of: NumberType, text: &str, styles: NumberStyles) -> Result<Number, Failure> {
    if styles.has(NumberStyles::HEX_SPECIFIER) {
        return read_bits(of, text, styles, 16);
    }
    if styles.has(NumberStyles::BINARY_SPECIFIER) {
        return read_bits(of, text, styles, 2);
    }
    let float = matches!(of, NumberType::Single | NumberType::Double);
    let Some(parts) = Parts::read(text, styles, of) else {
        return if float { read_symbol(of, text).ok_or(Failure::Format) } else { Err(Failure::Format) };
    };
    match of {
        NumberType::Single | NumberType::Double => Ok(parts.float(of)),
        NumberType::Decimal => parts.decimal().map(Number::Decimal).ok_or(Failure::Overflow),
        _ => parts.integer().and_then(|value| of.number(value)).ok_or(Failure::Overflow),
    }
}

/// `NaN` and the infinities, in any case.
fn read_symbol(of: NumberType, text: &str) -> Option<Number> {
    let trimmed = text.trim();
    let (negative, symbol) = match trimmed.as_bytes().first() {
        Some(b'-') => (true, trimmed.get(1..)?),
        Some(b'+') => (false, trimmed.get(1..)?),
        _ => (false, trimmed),
    };
    let value = if symbol.eq_ignore_ascii_case("NaN") {
        f64::NAN
    } else if symbol.eq_ignore_ascii_case("Infinity") {
        if negative { f64::NEG_INFINITY } else { f64::INFINITY }
    } else {
        return None;
    };
    #[allow(clippy::cast_possible_truncation, reason = "NaN and the infinities exist in both")]
    Some(if of == NumberType::Single { Number::Single(value as f32) } else { Number::Double(value) })
}

/// White space of number parsing; less than `char.IsWhiteSpace`.
const fn is_white(byte: u8) -> bool {
    matches!(byte, 0x09..=0x0D | 0x20)
}

/// Hexadecimal or binary digits: the bit pattern of the value.
fn read_bits(of: NumberType, text: &str, styles: NumberStyles, radix: u32) -> Result<Number, Failure> {
    let text = text.trim_end_matches('\0').as_bytes();
    let start = if styles.has(NumberStyles::LEADING_WHITE) { count(text, is_white) } else { 0 };
    let text = text.get(start..).unwrap_or_default();
    let is_digit = |byte: u8| char::from(byte).is_digit(radix);
    let length = count(text, is_digit);
    let (digits, rest) = text.split_at(length);
    let trailing = if styles.has(NumberStyles::TRAILING_WHITE) { count(rest, is_white) } else { 0 };
    if length == 0 || trailing != rest.len() {
        return Err(Failure::Format);
    }
    let bits = of.integer_bits().unwrap_or(64);
    let mut value: i128 = 0;
    for digit in digits {
        value = value * i128::from(radix) + i128::from(char::from(*digit).to_digit(radix).unwrap_or(0));
        if value >> bits != 0 {
            return Err(Failure::Overflow);
        }
    }
    if of.is_signed() && value >> (bits - 1) != 0 {
        value -= 1 << bits;
    }
    of.number(value).ok_or(Failure::Overflow)
}

fn count(text: &[u8], matches: impl Fn(u8) -> bool) -> usize {
    text.iter().take_while(|byte| matches(**byte)).count()
}

/// A number taken apart: `0.digits × 10^scale`.
#[derive(Debug, Default)]
struct Parts {
    negative: bool,
    /// ASCII digits without leading zeros.
    digits: Vec<u8>,
    scale: i64,
}

/// The reading position and what was seen so far.
struct Reader<'a> {
    text: &'a [u8],
    position: usize,
    styles: NumberStyles,
    sign_seen: bool,
    open_parenthesis: bool,
    currency_seen: bool,
}

/// The invariant currency sign `¤` in UTF-8.
const CURRENCY: &[u8] = "¤".as_bytes();

impl Reader<'_> {
    fn current(&self) -> Option<u8> {
        self.text.get(self.position).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.current() == Some(byte);
        self.position += usize::from(found);
        found
    }

    fn eat_sign(&mut self, allowed: NumberStyles, parts: &mut Parts) -> bool {
        if !self.styles.has(allowed) || self.sign_seen || !matches!(self.current(), Some(b'+' | b'-')) {
            return false;
        }
        parts.negative |= self.current() == Some(b'-');
        self.sign_seen = true;
        self.position += 1;
        true
    }

    fn eat_currency(&mut self) -> bool {
        let rest = self.text.get(self.position..).unwrap_or_default();
        if !self.styles.has(NumberStyles::CURRENCY_SYMBOL) || self.currency_seen || !rest.starts_with(CURRENCY) {
            return false;
        }
        self.currency_seen = true;
        self.position += CURRENCY.len();
        true
    }

    /// White space, sign, opening parenthesis and currency symbol in any order, but no space after a sign.
    fn read_prefix(&mut self, parts: &mut Parts) {
        loop {
            let white = self.current().is_some_and(is_white) && self.styles.has(NumberStyles::LEADING_WHITE);
            if white && (!self.sign_seen || self.currency_seen) {
                self.position += 1;
            } else if self.eat_sign(NumberStyles::LEADING_SIGN, parts) {
            } else if self.styles.has(NumberStyles::PARENTHESES) && !self.sign_seen && self.eat(b'(') {
                self.sign_seen = true;
                self.open_parenthesis = true;
                parts.negative = true;
            } else if !self.eat_currency() {
                return;
            }
        }
    }

    /// Digits with group separators and a point; whether there was any digit.
    fn read_digits(&mut self, parts: &mut Parts) -> bool {
        let (mut any, mut point) = (false, false);
        while let Some(byte) = self.current() {
            match byte {
                b'0'..=b'9' => {
                    any = true;
                    let leading_zero = byte == b'0' && parts.digits.is_empty();
                    if !leading_zero {
                        parts.digits.push(byte);
                        parts.scale += i64::from(!point);
                    } else if point {
                        parts.scale -= 1;
                    }
                }
                b'.' if self.styles.has(NumberStyles::DECIMAL_POINT) && !point => point = true,
                b',' if self.styles.has(NumberStyles::THOUSANDS) && any && !point => {}
                _ => break,
            }
            self.position += 1;
        }
        any
    }

    fn read_exponent(&mut self, parts: &mut Parts) {
        let before = self.position;
        if !self.styles.has(NumberStyles::EXPONENT) || !(self.eat(b'e') || self.eat(b'E')) {
            return;
        }
        let negative = !self.eat(b'+') && self.eat(b'-');
        if !self.current().is_some_and(|byte| byte.is_ascii_digit()) {
            self.position = before;
            return;
        }
        let mut exponent: i64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.current() {
            exponent = (exponent * 10 + i64::from(digit - b'0')).min(EXPONENT_MAX);
            self.position += 1;
        }
        parts.scale += if negative { -exponent } else { exponent };
    }

    fn read_suffix(&mut self, parts: &mut Parts) {
        loop {
            if self.current().is_some_and(is_white) && self.styles.has(NumberStyles::TRAILING_WHITE) {
                self.position += 1;
            } else if self.eat_sign(NumberStyles::TRAILING_SIGN, parts) {
            } else if self.open_parenthesis && self.eat(b')') {
                self.open_parenthesis = false;
            } else if !self.eat_currency() {
                return;
            }
        }
    }
}

impl Parts {
    /// `None`: the text is no number under these styles.
    fn read(text: &str, styles: NumberStyles, of: NumberType) -> Option<Parts> {
        let mut reader = Reader {
            text: text.as_bytes(),
            position: 0,
            styles,
            sign_seen: false,
            open_parenthesis: false,
            currency_seen: false,
        };
        let mut parts = Parts::default();
        reader.read_prefix(&mut parts);
        if !reader.read_digits(&mut parts) {
            return None;
        }
        reader.read_exponent(&mut parts);
        reader.read_suffix(&mut parts);
        let rest = reader.text.get(reader.position..).unwrap_or_default();
        if reader.open_parenthesis || rest.iter().any(|byte| *byte != 0) {
            return None;
        }
        if parts.digits.is_empty() && of != NumberType::Decimal {
            parts.scale = 0;
        }
        Some(parts)
    }

    fn integer(&self) -> Option<i128> {
        let significant = self.digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
        if self.scale > 20 || self.scale < i64::try_from(significant).ok()? {
            return None;
        }
        let mut value: i128 = 0;
        for index in 0..usize::try_from(self.scale).unwrap_or(0) {
            let digit = self.digits.get(index).map_or(0, |digit| digit - b'0');
            value = value * 10 + i128::from(digit);
        }
        Some(if self.negative { -value } else { value })
    }

    fn float(&self, of: NumberType) -> Number {
        let digits = if self.digits.is_empty() { "0" } else { std::str::from_utf8(&self.digits).unwrap_or("0") };
        let sign = if self.negative { "-" } else { "" };
        // Rust reads `0.digits e scale` with correct rounding, to infinity where it is too large.
        let text = format!("{sign}0.{digits}e{}", self.scale);
        match of {
            NumberType::Single => Number::Single(text.parse().unwrap_or(f32::NAN)),
            _ => Number::Double(text.parse().unwrap_or(f64::NAN)),
        }
    }

    /// Takes digits while they fit 96 bits and 28 decimals, then rounds half to even. `None`: too large.
    fn decimal(&self) -> Option<Decimal> {
        let max_scale = i64::from(DECIMAL_SCALE_MAX);
        let mut scale = self.scale;
        if self.digits.is_empty() {
            let zeros = u32::try_from((-scale).clamp(0, max_scale)).ok()?;
            return decimal::from_mantissa(0, zeros, self.negative);
        }
        if scale > max_scale + 1 {
            return None;
        }
        let mut mantissa: u128 = 0;
        let mut taken = 0;
        while scale > 0 || (taken < self.digits.len() && scale > -max_scale) {
            let digit = self.digits.get(taken).map_or(0, |digit| u128::from(digit - b'0'));
            let next = mantissa * 10 + digit;
            if next > decimal::MANTISSA_MAX {
                break;
            }
            mantissa = next;
            taken += usize::from(taken < self.digits.len());
            scale -= 1;
        }
        let rest = self.digits.get(taken..).unwrap_or_default();
        let up = match rest.split_first() {
            Some((b'5', tail)) => mantissa % 2 == 1 || tail.iter().any(|digit| *digit != b'0'),
            Some((digit, _)) => *digit > b'5',
            None => false,
        };
        if up {
            mantissa += 1;
            if mantissa > decimal::MANTISSA_MAX {
                mantissa = mantissa / 10 + 1;
                scale += 1;
            }
        }
        if scale > 0 {
            return None;
        }
        if scale < -max_scale {
            return decimal::from_mantissa(0, DECIMAL_SCALE_MAX, self.negative);
        }
        decimal::from_mantissa(mantissa, u32::try_from(-scale).ok()?, self.negative)
    }
}

#[cfg(test)]
mod tests;
