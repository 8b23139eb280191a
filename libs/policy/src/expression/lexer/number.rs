//! Number literals: their digits, separators, suffixes and the type the value gets (C# specification, "Integer literals", "Real literals").

use super::{Lexer, Result, error};
use crate::expression::ast::{Decimal, Literal};
use crate::expression::error::SyntaxError;
use crate::expression::token::Kind;

/// What is written behind the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Suffix {
    None,
    Unsigned,
    Long,
    UnsignedLong,
    Float,
    Double,
    Decimal,
}

impl Lexer<'_> {
    /// A number whose first character (a digit or a point) is the next one.
    pub(super) fn number(&mut self, start: usize) -> Result<()> {
        let radix = match (self.byte(0), self.byte(1)) {
            (Some(b'0'), Some(b'x' | b'X')) => 16,
            (Some(b'0'), Some(b'b' | b'B')) => 2,
            _ => 10,
        };
        let literal = if radix == 10 { self.decimal_number(start)? } else { self.radix_number(start, radix)? };
        self.push_literal(Kind::Literal, start, literal);
        Ok(())
    }

    /// `0x…` or `0b…`.
    fn radix_number(&mut self, start: usize, radix: u32) -> Result<Literal> {
        self.position += 2;
        let digits = self.digits(radix);
        if digits.is_empty() || digits.ends_with('_') {
            return Err(self.invalid_number(start));
        }
        let suffix = self.suffix(radix);
        self.integer(start, &digits, radix, suffix)
    }

    fn decimal_number(&mut self, start: usize) -> Result<Literal> {
        let mut digits = self.digits(10);
        if digits.ends_with('_') {
            return Err(self.invalid_number(start));
        }
        let mut is_real = false;
        if self.byte(0) == Some(b'.') && self.byte(1).is_some_and(|byte| byte.is_ascii_digit()) {
            is_real = true;
            self.position += 1;
            digits.push('.');
            digits.push_str(&self.digits(10));
        }
        if let Some(exponent) = self.exponent() {
            is_real = true;
            digits.push_str(&exponent);
        }
        if digits.ends_with(['_', 'e']) || digits.ends_with("e-") {
            return Err(self.invalid_number(start));
        }
        let digits = digits.replace('_', "");
        match self.suffix(10) {
            Suffix::Float => match digits.parse::<f32>() {
                Ok(value) if value.is_finite() => Ok(Literal::Float(value)),
                _ => Err(self.real_too_large(start, "float")),
            },
            Suffix::Decimal => {
                Decimal::parse(&digits).map(Literal::Decimal).ok_or_else(|| self.real_too_large(start, "decimal"))
            }
            suffix if is_real || suffix == Suffix::Double => match digits.parse::<f64>() {
                Ok(value) if value.is_finite() && matches!(suffix, Suffix::None | Suffix::Double) => {
                    Ok(Literal::Double(value))
                }
                Ok(value) if value.is_finite() => Err(self.invalid_number(start)),
                _ => Err(self.real_too_large(start, "double")),
            },
            suffix => self.integer(start, &digits, 10, suffix),
        }
    }

    /// Digits and separators, as written.
    fn digits(&mut self, radix: u32) -> String {
        let start = self.position;
        while self.byte(0).is_some_and(|byte| byte == b'_' || char::from(byte).is_digit(radix)) {
            self.position += 1;
        }
        self.slice(start).to_owned()
    }

    /// `e-7`; `None` if there is no `e`.
    fn exponent(&mut self) -> Option<String> {
        self.byte(0).filter(|byte| matches!(byte, b'e' | b'E'))?;
        self.position += 1;
        let mut exponent = String::from("e");
        match self.byte(0) {
            Some(b'-') => {
                self.position += 1;
                exponent.push('-');
            }
            Some(b'+') => self.position += 1,
            _ => {}
        }
        let digits = self.digits(10);
        exponent.push_str(if digits.starts_with('_') { "_" } else { &digits });
        Some(exponent)
    }

    fn suffix(&mut self, radix: u32) -> Suffix {
        let letter = |ahead: usize| self.byte(ahead).map(|byte| byte.to_ascii_lowercase());
        let (length, suffix) = match (letter(0), letter(1)) {
            (Some(b'u'), Some(b'l')) | (Some(b'l'), Some(b'u')) => (2, Suffix::UnsignedLong),
            (Some(b'u'), _) => (1, Suffix::Unsigned),
            (Some(b'l'), _) => (1, Suffix::Long),
            (Some(b'f'), _) if radix == 10 => (1, Suffix::Float),
            (Some(b'd'), _) if radix == 10 => (1, Suffix::Double),
            (Some(b'm'), _) if radix == 10 => (1, Suffix::Decimal),
            _ => (0, Suffix::None),
        };
        self.position += length;
        suffix
    }

    /// The first type of `int`, `uint`, `long`, `ulong` that the suffix allows and that holds the value.
    fn integer(&self, start: usize, digits: &str, radix: u32, suffix: Suffix) -> Result<Literal> {
        let digits = digits.replace('_', "");
        let Ok(value) = u64::from_str_radix(&digits, radix) else {
            return Err(error("CS1021", start, self.position, "Integral constant is too large"));
        };
        let int = || i32::try_from(value).ok().map(Literal::Int);
        let uint = || u32::try_from(value).ok().map(Literal::UInt);
        let long = || i64::try_from(value).ok().map(Literal::Long);
        let found = match suffix {
            Suffix::None => int().or_else(uint).or_else(long),
            Suffix::Unsigned => uint(),
            Suffix::Long => long(),
            _ => None,
        };
        Ok(found.unwrap_or(Literal::ULong(value)))
    }

    fn invalid_number(&self, start: usize) -> SyntaxError {
        error("CS1013", start, self.position, "Invalid number")
    }

    fn real_too_large(&self, start: usize, name: &str) -> SyntaxError {
        let message = format!("Floating-point constant is outside the range of type '{name}'");
        error("CS0594", start, self.position, message)
    }
}
