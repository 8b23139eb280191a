//! Numbers: `long`, `BigInteger`, `double`, or `decimal` where the settings ask for it; hexadecimal and octal integers.

use super::{FloatParseHandling, Reader};
use crate::json::Scalar;
use crate::json::limits::INTEGER_CHARS_MAX;
use crate::number::{self, NumberStyles, NumberType};
use crate::{Exception, Text};

impl Reader<'_> {
    pub(super) fn parse_number(&mut self) -> Result<bool, Exception> {
        let start = self.at;
        while self.peek().is_some_and(is_number_byte) {
            self.at += 1;
        }
        let ends = match self.peek() {
            None | Some(b',' | b'}' | b']' | b')' | b'/' | b' ' | b'\t' | b'\r' | b'\n' | 0) => true,
            Some(_) => self.character().is_whitespace(),
        };
        if !ends {
            let message = format!("Unexpected character encountered while parsing number: {}.", self.character());
            return Err(self.error(&message));
        }
        // Counted before the value is understood: messages name the number's own index.
        self.after_value();
        let text = self.text.get(start..self.at).unwrap_or_default();
        let value = self.number_value(text)?;
        self.token = super::Token::Value(value);
        Ok(true)
    }

    fn number_value(&self, text: &str) -> Result<Scalar, Exception> {
        let invalid = |what: &str| self.error(&format!("Input string '{text}' is not a valid {what}."));
        let bytes = text.as_bytes();
        let radix = match bytes {
            [b'0', b'.' | b'e' | b'E', ..] | [b'0'] => None,
            [b'0', b'x' | b'X', ..] => Some(16),
            [b'0', ..] => Some(8),
            _ => None,
        };
        if let Some(radix) = radix {
            let digits = if radix == 16 { text.get(2..) } else { Some(text) };
            let value = digits.and_then(|digits| from_radix(digits, radix));
            return value.map(Scalar::integer).ok_or_else(|| invalid("number"));
        }
        match integer(bytes) {
            Integer::Value(value) => return Ok(Scalar::integer(value)),
            Integer::TooLong if text.len() > INTEGER_CHARS_MAX => {
                return Err(self.error(&format!("JSON integer {text} is too large to parse.")));
            }
            Integer::TooLong => return Ok(big_integer(text)),
            Integer::Invalid => {}
        }
        if self.float_parse == FloatParseHandling::Decimal {
            let styles = NumberStyles::from_bits(NumberStyles::NUMBER.bits() | NumberStyles::EXPONENT.bits());
            let value = number::try_parse(NumberType::Decimal, text, styles)?;
            return value.map(Scalar::Number).ok_or_else(|| invalid("decimal"));
        }
        // The characters that come here let Rust and .NET read the same numbers; like .NET, Rust makes too large ones infinite.
        text.parse().map(Scalar::float).map_err(|_| invalid("number"))
    }
}

enum Integer {
    Value(i64),
    /// Only digits, but beyond 64 bits.
    TooLong,
    Invalid,
}

/// `ConvertUtils.Int64TryParse`.
fn integer(bytes: &[u8]) -> Integer {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Integer::Invalid;
    }
    let mut value: i64 = 0;
    for digit in digits {
        let next = value.checked_mul(10).and_then(|value| value.checked_sub(i64::from(digit - b'0')));
        let Some(next) = next else {
            return Integer::TooLong;
        };
        value = next;
    }
    if negative { Integer::Value(value) } else { value.checked_neg().map_or(Integer::TooLong, Integer::Value) }
}

/// `Convert.ToInt64(text, radix)`: two's complement of up to 64 bits.
fn from_radix(digits: &str, radix: u32) -> Option<i64> {
    let is_plain = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    is_plain.then(|| u64::from_str_radix(digits, radix).ok()).flatten().map(u64::cast_signed)
}

fn big_integer(text: &str) -> Scalar {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let digits = digits.trim_start_matches('0');
    Scalar::BigInteger(Text::from(format!("{sign}{digits}")))
}

/// What the original reads as part of a number before it looks at it.
fn is_number_byte(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'a'..=b'f' | b'A'..=b'F' | b'x' | b'X')
}
