//! Character and string literals, interpolated strings among them.

use super::{Hole, Lexer, Quoting, Result, error, is_line_end};
use crate::expression::ast::Literal;
use crate::expression::error::SyntaxError;
use crate::expression::limits;
use crate::expression::token::Kind;

/// UTF-16 units on their way into a string: escapes may give the two halves of one character.
#[derive(Debug, Default)]
struct Units {
    text: String,
    high: Option<u16>,
}

impl Units {
    fn push(&mut self, character: char) {
        self.flush();
        self.text.push(character);
    }

    /// A unit named by an escape. A half without its other half becomes U+FFFD, which is what it would be on the wire.
    fn push_unit(&mut self, unit: u16) {
        if let Some(high) = self.high
            && let Some(Ok(character)) = char::decode_utf16([high, unit]).next()
        {
            self.high = None;
            self.text.push(character);
            return;
        }
        self.flush();
        if (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit);
        } else {
            self.text.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }

    fn flush(&mut self) {
        if self.high.take().is_some() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
    }

    fn finish(mut self) -> Literal {
        self.flush();
        Literal::String(self.text.into_boxed_str())
    }
}

/// What an escape stands for.
enum Escaped {
    Unit(u16),
    Character(char),
}

impl Lexer<'_> {
    /// The string whose opening quote is behind us.
    pub(super) fn string(&mut self, start: usize, quoting: Quoting) -> Result<()> {
        let mut units = Units::default();
        loop {
            let at = self.position;
            match (self.next(), quoting) {
                (None, Quoting::Verbatim) => {
                    return Err(error("CS1039", start, start + 2, "Unterminated string literal"));
                }
                (None, Quoting::Regular) => return Err(newline_in_constant(start)),
                (Some('"'), Quoting::Verbatim) if self.eat("\"") => units.push('"'),
                (Some('"'), _) => break,
                (Some('\\'), Quoting::Regular) => self.escape_into(at, &mut units)?,
                (Some(character), Quoting::Regular) if is_line_end(character) => {
                    return Err(newline_in_constant(start));
                }
                (Some(character), _) => units.push(character),
            }
        }
        self.push_literal(Kind::Literal, start, units.finish());
        Ok(())
    }

    /// The character literal whose opening quote is next.
    pub(super) fn character(&mut self, start: usize) -> Result<()> {
        self.position += 1;
        let at = self.position;
        let unit = match self.next() {
            Some('\'') => return Err(error("CS1011", start, self.position, "Empty character literal")),
            None => return Err(newline_in_constant(start)),
            Some(character) if is_line_end(character) => return Err(newline_in_constant(start)),
            Some('\\') => match self.escape(at)? {
                Escaped::Unit(unit) => Some(unit),
                Escaped::Character(character) => u16::try_from(u32::from(character)).ok(),
            },
            Some(character) => u16::try_from(u32::from(character)).ok(),
        };
        match unit {
            Some(unit) if self.eat("'") => {
                self.push_literal(Kind::Literal, start, Literal::Char(unit));
                Ok(())
            }
            _ => {
                let rest = self.rest();
                let end = rest.find(|character| character == '\'' || is_line_end(character));
                match end.map(|end| rest.as_bytes().get(end) == Some(&b'\'')) {
                    Some(true) => Err(error("CS1012", start, start + 1, "Too many characters in character literal")),
                    _ => Err(newline_in_constant(start)),
                }
            }
        }
    }

    /// The escape whose backslash, at `at`, is behind us.
    fn escape_into(&mut self, at: usize, units: &mut Units) -> Result<()> {
        match self.escape(at)? {
            Escaped::Unit(unit) => units.push_unit(unit),
            Escaped::Character(character) => units.push(character),
        }
        Ok(())
    }

    fn escape(&mut self, at: usize) -> Result<Escaped> {
        let letter = self.next();
        let unit = match letter {
            Some('\'' | '"' | '\\') => letter.map_or(0, |letter| letter as u16),
            Some('0') => 0,
            Some('a') => 7,
            Some('b') => 8,
            Some('f') => 12,
            Some('n') => 10,
            Some('r') => 13,
            Some('t') => 9,
            Some('v') => 11,
            Some('x') => return self.hex(at, 1, 4),
            Some('u') => return self.hex(at, 4, 4),
            Some('U') => return self.hex(at, 8, 8),
            _ => return Err(error("CS1009", at, self.position, "Unrecognized escape sequence")),
        };
        Ok(Escaped::Unit(unit))
    }

    fn hex(&mut self, at: usize, least: usize, most: usize) -> Result<Escaped> {
        let start = self.position;
        while self.position - start < most && self.byte(0).is_some_and(|byte| byte.is_ascii_hexdigit()) {
            self.position += 1;
        }
        let digits = self.slice(start);
        let value = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() >= least);
        let escaped = value.and_then(|value| match u16::try_from(value) {
            Ok(unit) => Some(Escaped::Unit(unit)),
            Err(_) => char::from_u32(value).map(Escaped::Character),
        });
        escaped.ok_or_else(|| error("CS1009", at, self.position, "Unrecognized escape sequence"))
    }

    /// The interpolated string whose opening quote is behind us.
    pub(super) fn interpolated(&mut self, start: usize, quoting: Quoting) -> Result<()> {
        self.push(Kind::InterpolatedStart, start, 0);
        self.interpolated_text(start, quoting)
    }

    /// Text of an interpolated string up to and including the `{` of a hole or the closing quote. `opened`: where the string or the hole
    /// before the text starts.
    fn interpolated_text(&mut self, opened: usize, quoting: Quoting) -> Result<()> {
        let start = self.position;
        let mut units = Units::default();
        loop {
            let at = self.position;
            match (self.next(), quoting) {
                (None, Quoting::Verbatim) => {
                    return Err(error("CS1039", opened, opened + 1, "Unterminated string literal"));
                }
                (None, Quoting::Regular) => return Err(newline_in_constant(opened)),
                (Some('"'), Quoting::Verbatim) if self.eat("\"") => units.push('"'),
                (Some('"'), _) => {
                    self.text_before(start, at, units);
                    self.push(Kind::InterpolatedEnd, at, 0);
                    return Ok(());
                }
                (Some('{'), _) if self.eat("{") => units.push('{'),
                (Some('}'), _) if self.eat("}") => units.push('}'),
                (Some('{'), _) => {
                    self.text_before(start, at, units);
                    return self.open_hole(at, quoting);
                }
                (Some('}'), _) => {
                    let message = "A '}' character must be escaped (by doubling) in an interpolated string";
                    return Err(error("CS8086", at, at + 1, message));
                }
                (Some('\\'), Quoting::Regular) => self.escape_into(at, &mut units)?,
                (Some(character), Quoting::Regular) if is_line_end(character) => {
                    return Err(newline_in_constant(opened));
                }
                (Some(character), _) => units.push(character),
            }
        }
    }

    /// The token for the text from `start` to `end`, if there is any.
    fn text_before(&mut self, start: usize, end: usize, units: Units) {
        if start == end {
            return;
        }
        let behind = std::mem::replace(&mut self.position, end);
        self.push_literal(Kind::InterpolatedText, start, units.finish());
        self.position = behind;
    }

    fn open_hole(&mut self, start: usize, quoting: Quoting) -> Result<()> {
        if self.holes.len() >= limits::INTERPOLATION_DEPTH_MAX {
            return Err(error("CS8078", start, start + 1, "An expression is too long or complex to compile"));
        }
        self.push(Kind::HoleOpen, start, 0);
        self.holes.push(Hole { start, brackets: 0, quoting });
        Ok(())
    }

    /// The `}` that ends the innermost hole is next.
    pub(super) fn close_hole(&mut self) -> Result<()> {
        let start = self.position;
        self.position += 1;
        self.push(Kind::HoleClose, start, 0);
        match self.holes.pop() {
            Some(hole) => self.interpolated_text(hole.start, hole.quoting),
            None => Ok(()),
        }
    }

    /// The `:` in front of a hole's format is next.
    pub(super) fn hole_format(&mut self) -> Result<()> {
        let colon = self.position;
        self.position += 1;
        let quoting = self.holes.last().map_or(Quoting::Regular, |hole| hole.quoting);
        let mut units = Units::default();
        loop {
            let at = self.position;
            match (self.next(), quoting) {
                (Some('}'), _) if !self.rest().starts_with('}') => {
                    self.position = at;
                    break;
                }
                (Some(brace @ ('{' | '}')), _) if self.peek() == Some(brace) => {
                    self.position += 1;
                    units.push(brace);
                }
                (Some('"'), Quoting::Verbatim) if self.eat("\"") => units.push('"'),
                (Some('\\'), Quoting::Regular) => self.escape_into(at, &mut units)?,
                (Some(character), _) if character != '"' && character != '{' && !is_line_end(character) => {
                    units.push(character);
                }
                _ => {
                    let message = "Missing close delimiter '}' for interpolated expression started with '{'";
                    let start = self.holes.last().map_or(colon, |hole| hole.start);
                    return Err(error("CS8076", start, start + 1, message));
                }
            }
        }
        self.push_literal(Kind::HoleFormat, colon, units.finish());
        Ok(())
    }
}

fn newline_in_constant(start: usize) -> SyntaxError {
    error("CS1010", start, start + 1, "Newline in constant")
}
