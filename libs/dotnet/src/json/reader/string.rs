//! Strings and property names.

use memchr::memchr2;

use super::{LoadSettings, Reader, State, Token};
use crate::json::Scalar;
use crate::json::words::{TOPS, equal};
use crate::{Exception, Text, date};

impl Reader<'_> {
    /// A string value; one that looks like an ISO date becomes a date.
    pub(super) fn parse_string(&mut self, quote: u8) -> Result<bool, Exception> {
        let text = self.quoted(quote)?;
        Ok(self.set_value(string_value(text, self.parse_dates)))
    }

    /// The string whose opening quote is at a place, and where it ends. `None`: it is not well-formed.
    pub(in crate::json) fn string_at(text: &str, at: usize) -> Option<(Text, usize)> {
        let mut reader = Reader::new(text, LoadSettings::default());
        reader.at = at;
        let quote = reader.peek()?;
        let text = reader.quoted(quote).ok()?;
        Some((text, reader.at))
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

/// The value of a string: a date, if it looks like an ISO date and dates are wanted.
pub(in crate::json) fn string_value(text: Text, parse_dates: bool) -> Scalar {
    let is_candidate = parse_dates && may_be_date(&text);
    match is_candidate.then(|| date::json::parse_iso(&text)).flatten() {
        Some(value) => Scalar::Date(value),
        None => Scalar::String(text),
    }
}

/// [`memchr2`], but faster where the byte is near, as in names it is: eight bytes at a time.
#[inline]
pub(in crate::json) fn find_either(one: u8, other: u8, bytes: &[u8]) -> Option<usize> {
    const NEAR: usize = 24;
    let mut at = 0;
    while at < NEAR
        && let Some(word) = bytes.get(at..at + 8).and_then(|word| word.try_into().ok())
    {
        let word = u64::from_le_bytes(word);
        let found = (equal(one, word) | equal(other, word)) & !word & TOPS;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    memchr2(one, other, bytes.get(at..)?).map(|found| found + at)
}

/// What Newtonsoft.Json looks at before it tries to read a date.
pub(in crate::json) fn may_be_date(text: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::find_either;

    #[test]
    fn the_first_of_two_bytes_is_found_wherever_it_is() {
        let others = [b' ', 0, 1, b'"' - 1, b'"' + 1, b'\\' - 1, b'\\' + 1, 0x80, 0xa2, 0xdc, 0xff];
        for length in 0..70 {
            for (at, fill) in (0..=length).flat_map(|at| others.map(|fill| (at, fill))) {
                let mut bytes = vec![fill; length];
                bytes.extend(b"\\\"");
                bytes[at] = if at % 2 == 0 { b'"' } else { b'\\' };
                assert_eq!(find_either(b'"', b'\\', &bytes), Some(at), "{bytes:?}");
                assert_eq!(find_either(b'"', b'\\', &bytes[..at]), None, "{bytes:?}");
            }
        }
    }
}
