//! Strings and property names.

use memchr::memchr2;

use super::{Reader, State, Token};
use crate::json::Scalar;
use crate::{Exception, Text, date};

impl Reader<'_> {
    /// A string value; one that looks like an ISO date becomes a date.
    pub(super) fn parse_string(&mut self, quote: u8) -> Result<bool, Exception> {
        let text = self.quoted(quote)?;
        let is_candidate = self.parse_dates && may_be_date(&text);
        if let Some(value) = is_candidate.then(|| date::json::parse_iso(&text)).flatten() {
            return Ok(self.set_value(Scalar::Date(value)));
        }
        Ok(self.set_value(Scalar::String(text)))
    }

    /// `name:` in an object; the name may stand without quotes.
    pub(super) fn parse_property(&mut self) -> Result<bool, Exception> {
        let start = self.at;
        let (name, place) = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => (self.quoted(quote)?, (start + 1, self.at.saturating_sub(1))),
            _ if is_identifier(self.character()) => (self.bare_name()?, (start, self.at)),
            _ => {
                let message = format!("Invalid property identifier character: {}.", self.character());
                return Err(self.error(&message));
            }
        };
        self.skip_white();
        if self.peek() != Some(b':') {
            let message =
                format!("Invalid character after parsing property name. Expected ':' but got: {}.", self.character());
            return Err(self.error(&message));
        }
        self.at += 1;
        if let Some(position) = self.positions.last_mut() {
            position.name = place;
        }
        self.state = State::Property;
        self.token = Token::PropertyName(name);
        Ok(true)
    }

    fn bare_name(&mut self) -> Result<Text, Exception> {
        let start = self.at;
        loop {
            let Some(character) = self.rest().chars().next() else {
                return Err(self.error("Unexpected end while parsing unquoted property name."));
            };
            if is_identifier(character) {
                self.at += character.len_utf8();
            } else if character == '\0' || character == ':' || character.is_whitespace() {
                return Ok(self.text.get(start..self.at).unwrap_or_default().into());
            } else {
                let shown = super::scan::shown(character);
                let message = format!("Invalid JavaScript property identifier character: {shown}.");
                return Err(self.error(&message));
            }
        }
    }

    /// A string from its opening quote to behind its closing one.
    fn quoted(&mut self, quote: u8) -> Result<Text, Exception> {
        self.at += 1;
        let start = self.at;
        let tail = self.bytes.get(start..).unwrap_or_default();
        let plain = find_either(quote, b'\\', tail).filter(|length| tail.get(*length) == Some(&quote));
        if let Some(length) = plain {
            self.at = start + length + 1;
            return Ok(self.text.get(start..start + length).unwrap_or_default().into());
        }
        let mut text = String::new();
        loop {
            let tail = self.bytes.get(self.at..).unwrap_or_default();
            let Some(length) = memchr2(quote, b'\\', tail) else {
                self.at = self.bytes.len();
                return Err(self.unterminated(quote));
            };
            text.push_str(self.text.get(self.at..self.at + length).unwrap_or_default());
            self.at += length + 1;
            if tail.get(length) == Some(&quote) {
                return Ok(text.into());
            }
            self.escape_sequence(quote, &mut text)?;
        }
    }

    /// What follows a `\`.
    fn escape_sequence(&mut self, quote: u8, text: &mut String) -> Result<(), Exception> {
        let Some(character) = self.rest().chars().next() else {
            return Err(self.unterminated(quote));
        };
        self.at += character.len_utf8();
        text.push(match character {
            'b' => '\x08',
            't' => '\t',
            'n' => '\n',
            'f' => '\x0c',
            'r' => '\r',
            '\\' | '"' | '\'' | '/' => character,
            'u' => return self.unicode(text),
            _ => return Err(self.error(&format!("Bad JSON escape sequence: \\{}.", super::scan::shown(character)))),
        });
        Ok(())
    }

    /// Code units of `\u` escapes; halves of surrogate pairs that stand alone become U+FFFD.
    fn unicode(&mut self, text: &mut String) -> Result<(), Exception> {
        let mut unit = self.code_unit()?;
        loop {
            if !is_high_surrogate(unit) || !self.rest().starts_with("\\u") {
                text.push(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER));
                return Ok(());
            }
            self.at += 2;
            let second = self.code_unit()?;
            if let Some(Ok(pair)) = char::decode_utf16([unit, second]).next().filter(|_| is_low_surrogate(second)) {
                text.push(pair);
                return Ok(());
            }
            text.push(char::REPLACEMENT_CHARACTER);
            unit = second;
        }
    }

    /// Four hexadecimal digits. The text must not end with them: Newtonsoft.Json looks one character ahead.
    fn code_unit(&mut self) -> Result<u16, Exception> {
        let rest = self.rest();
        if rest.encode_utf16().take(5).count() < 5 {
            return Err(self.error("Unexpected end while parsing Unicode escape sequence."));
        }
        let digits: String = rest.chars().take(4).collect();
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let Some(unit) = u16::from_str_radix(&digits, 16).ok().filter(|_| is_hex) else {
            return Err(self.error(&format!("Invalid Unicode escape sequence: \\u{digits}.")));
        };
        self.at += 4;
        Ok(unit)
    }

    fn unterminated(&self, quote: u8) -> Exception {
        self.error(&format!("Unterminated string. Expected delimiter: {}.", char::from(quote)))
    }

    /// The rest of the text with its escapes resolved, as far as they make sense.
    pub(super) fn unescaped_to_end(&mut self) -> String {
        let mut text = String::new();
        while let Some(length) = memchr::memchr(b'\\', self.bytes.get(self.at..).unwrap_or_default()) {
            text.push_str(self.text.get(self.at..self.at + length).unwrap_or_default());
            self.at += length + 1;
            if self.lenient_escape(&mut text).is_none() {
                break;
            }
        }
        text.push_str(self.rest());
        text
    }

    /// An escape of a name that was read before, so that it is known to be well-formed.
    fn lenient_escape(&mut self, text: &mut String) -> Option<()> {
        let character = self.rest().chars().next()?;
        self.at += character.len_utf8();
        text.push(match character {
            'b' => '\x08',
            't' => '\t',
            'n' => '\n',
            'f' => '\x0c',
            'r' => '\r',
            'u' => {
                let digits = self.text.get(self.at..self.at + 4)?;
                self.at += 4;
                let unit = u32::from_str_radix(digits, 16).ok()?;
                char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => other,
        });
        Some(())
    }
}

/// [`memchr2`], but faster where the byte is near, as in names it is.
fn find_either(one: u8, other: u8, bytes: &[u8]) -> Option<usize> {
    const NEAR: usize = 16;
    let near = bytes.get(..NEAR).unwrap_or(bytes);
    match near.iter().position(|byte| (*byte == one) | (*byte == other)) {
        Some(found) => Some(found),
        None => memchr2(one, other, bytes.get(NEAR..)?).map(|found| found + NEAR),
    }
}

/// What Newtonsoft.Json looks at before it tries to read a date.
fn may_be_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let iso = (19..=40).contains(&bytes.len()) && bytes.get(10) == Some(&b'T');
    (iso && bytes.first().is_some_and(u8::is_ascii_digit)) || text.starts_with("/Date(")
}

fn is_identifier(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}

fn is_high_surrogate(unit: u16) -> bool {
    (0xD800..0xDC00).contains(&unit)
}

fn is_low_surrogate(unit: u16) -> bool {
    (0xDC00..0xE000).contains(&unit)
}
