//! Single characters, white space, words, comments and the beginning of constructors.

use memchr::memchr2;

use super::{Container, Reader, State, Token};
use crate::json::Scalar;
use crate::{Exception, Text};

impl<'a> Reader<'a> {
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next character as messages show it; U+0000 at the end, as in the original's buffer.
    pub(super) fn character(&self) -> char {
        self.rest().chars().next().map_or('\0', shown)
    }

    /// Skips white space and U+0000, which the original cannot tell from the end of its buffer.
    #[inline(always)]
    pub(super) fn skip_white(&mut self) {
        // Most often there is none.
        if !self.peek().is_some_and(|byte| (b'!'..0x80).contains(&byte)) {
            self.skip_some_white();
        }
    }

    fn skip_some_white(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0 | 0x0B | 0x0C => self.at += 1,
                0x80.. => match self.rest().chars().next() {
                    Some(character) if character.is_whitespace() => self.at += character.len_utf8(),
                    _ => return,
                },
                _ => return,
            }
        }
    }

    /// A word that stands for a value.
    pub(super) fn parse_word(&mut self, word: &str, value: Scalar, message: &str) -> Result<bool, Exception> {
        if self.take_word(word)? { Ok(self.set_value(value)) } else { Err(self.error(message)) }
    }

    /// `NaN` and the infinities, which `decimal` does not have.
    pub(super) fn parse_infinity(&mut self, word: &str, value: f64) -> Result<bool, Exception> {
        if !self.take_word(word)? {
            return Err(self.error(&format!("Error parsing {word} value.")));
        }
        if self.float_parse == super::FloatParseHandling::Decimal {
            return Err(self.error(&format!("Cannot read {word} value.")));
        }
        Ok(self.set_value(Scalar::float(value)))
    }

    /// `MatchValueWithTrailingSeparator`: stops where the text differs.
    fn take_word(&mut self, word: &str) -> Result<bool, Exception> {
        let ahead = self.bytes.get(self.at..).unwrap_or_default();
        if self.rest().encode_utf16().take(word.len()).count() < word.len() {
            self.at = self.bytes.len();
            return Err(self.error("Unexpected end when reading JSON."));
        }
        let same = ahead.iter().zip(word.bytes()).take_while(|(left, right)| **left == *right).count();
        self.at += same;
        Ok(same == word.len() && self.at_separator())
    }

    fn at_separator(&self) -> bool {
        let Some(byte) = self.peek() else {
            return true;
        };
        match byte {
            b'}' | b']' | b',' | 0 => true,
            b'/' => matches!(self.bytes.get(self.at + 1), Some(b'*' | b'/')),
            b')' => matches!(self.state, State::Constructor | State::ConstructorStart),
            _ => self.character().is_whitespace(),
        }
    }

    /// `/* … */` or `// …`; the state stays what it was.
    pub(super) fn parse_comment(&mut self) -> Result<bool, Exception> {
        self.at += 1;
        if self.rest().encode_utf16().nth(1).is_none() {
            return Err(self.error("Unexpected end while parsing comment."));
        }
        let start = self.at + 1;
        let tail = self.bytes.get(start..).unwrap_or_default();
        let (end, after) = match self.peek() {
            Some(b'/') => {
                let length = memchr2(b'\r', b'\n', tail).unwrap_or(tail.len());
                (start + length, start + length)
            }
            Some(b'*') => match memchr::memmem::find(tail, b"*/") {
                Some(length) => (start + length, start + length + 2),
                None => {
                    self.at = self.bytes.len();
                    return Err(self.error("Unexpected end while parsing comment."));
                }
            },
            _ => {
                let message = format!("Error parsing comment. Expected: *, got {}.", self.character());
                return Err(self.error(&message));
            }
        };
        self.token = Token::Comment(self.text.get(start..end).unwrap_or_default().into());
        self.at = after;
        // A comment before everything else is a token that lines are counted from.
        Ok(true)
    }

    /// `new Name(`.
    pub(super) fn parse_constructor(&mut self) -> Result<bool, Exception> {
        if !self.take_word("new")? {
            return Err(self.error("Unexpected content while parsing JSON."));
        }
        self.skip_white();
        let start = self.at;
        let name: Text = loop {
            let Some(character) = self.rest().chars().next() else {
                return Err(self.error("Unexpected end while parsing constructor."));
            };
            if character.is_alphanumeric() {
                self.at += character.len_utf8();
            } else if character == '(' || character == '\0' || character.is_whitespace() {
                break self.text.get(start..self.at).unwrap_or_default().into();
            } else {
                let shown = shown(character);
                return Err(self.error(&format!("Unexpected character while parsing constructor: {shown}.")));
            }
        };
        self.skip_white();
        if self.peek() != Some(b'(') {
            let shown = self.character();
            return Err(self.error(&format!("Unexpected character while parsing constructor: {shown}.")));
        }
        self.open(Container::Constructor, Token::StartConstructor(name), State::ConstructorStart)
    }
}

/// A character as a single UTF-16 unit shows: the first half of a pair comes out as U+FFFD.
pub(super) fn shown(character: char) -> char {
    if u32::from(character) > 0xFFFF { char::REPLACEMENT_CHARACTER } else { character }
}
