//! UTF-16 positions in UTF-8 text.

use crate::{Exception, Text};

/// `String.Length`.
#[must_use]
pub fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// The unit at a position: `text[index]`. Half of a pair comes as it is, since a .NET `char` can be one.
#[must_use]
pub fn unit_at(text: &str, index: usize) -> Option<u16> {
    if text.is_ascii() { text.as_bytes().get(index).copied().map(u16::from) } else { text.encode_utf16().nth(index) }
}

/// `String.ToCharArray`.
#[must_use]
pub fn char_array(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// `new String(char[])`; lone surrogates become U+FFFD.
#[must_use]
pub fn from_units(units: &[u16]) -> Text {
    let ascii = |unit: &u16| u8::try_from(*unit).unwrap_or(b'?');
    if units.iter().all(|unit| *unit < 0x80) {
        return String::from_utf8(units.iter().map(ascii).collect()).unwrap_or_default().into();
    }
    String::from_utf16_lossy(units).into()
}

/// The text from one position up to another; both are cut to the length. A pair that is cut leaves U+FFFD.
#[must_use]
pub fn slice(text: &str, start: usize, end: usize) -> Text {
    if text.is_ascii() {
        let end = end.min(text.len());
        return text.get(start.min(end)..end).unwrap_or_default().into();
    }
    let mut result = String::new();
    if start >= end {
        return result.into();
    }
    let mut position = 0;
    for c in text.chars() {
        let next = position + c.len_utf16();
        if position >= end {
            break;
        }
        if position >= start && next <= end {
            result.push(c);
        } else if next > start {
            result.push(char::REPLACEMENT_CHARACTER);
        }
        position = next;
    }
    result.into()
}

/// The byte at which a unit starts; the text's length for positions at or behind the end. Inside a pair: the start of the pair.
pub(super) fn byte_of(text: &str, unit: usize) -> usize {
    if text.is_ascii() {
        return unit.min(text.len());
    }
    let mut position = 0;
    for (byte, c) in text.char_indices() {
        position += c.len_utf16();
        if position > unit {
            return byte;
        }
    }
    text.len()
}

/// The unit at which a byte stands, which must be a character boundary.
pub(super) fn unit_of(text: &str, byte: usize) -> usize {
    length(text.get(..byte).unwrap_or(text))
}

/// `Substring(start)`.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn substring_from(text: &str, start: i32) -> Result<Text, Exception> {
    let length = i32::try_from(length(text)).unwrap_or(i32::MAX);
    substring(text, start, length.saturating_sub(start))
}

/// `Substring(start, count)`.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn substring(text: &str, start: i32, count: i32) -> Result<Text, Exception> {
    let length = length(text);
    let Ok(first) = usize::try_from(start) else {
        return Err(Exception::negative("startIndex", start.into()));
    };
    if first > length {
        return Err(Exception::argument_out_of_range(
            "startIndex",
            "startIndex cannot be larger than length of string.",
        ));
    }
    let Ok(count) = usize::try_from(count) else {
        return Err(Exception::negative("length", count.into()));
    };
    if count > length - first {
        return Err(Exception::argument_out_of_range(
            "length",
            "Index and length must refer to a location within the string.",
        ));
    }
    Ok(slice(text, first, first + count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_utf16_units() {
        let text = "aé😀b";
        assert_eq!(length(text), 5);
        assert_eq!(unit_at(text, 1), Some(0xE9));
        assert_eq!(unit_at(text, 2), Some(0xD83D));
        assert_eq!(unit_at(text, 4), Some(u16::from(b'b')));
        assert_eq!(unit_at(text, 5), None);
        assert_eq!(slice(text, 1, 4), "é😀");
        assert_eq!(byte_of(text, 4), 7);
        assert_eq!(unit_of(text, 7), 4);
    }

    #[test]
    fn half_of_a_pair_is_the_replacement_character() {
        assert_eq!(slice("a😀b", 2, 4), "\u{FFFD}b");
        assert_eq!(slice("a😀b", 0, 2), "a\u{FFFD}");
        assert_eq!(slice("a😀b", 2, 2), "");
        assert_eq!(from_units(&[0xD83D, 0x61]), "\u{FFFD}a");
    }

    #[test]
    fn substring_tells_which_argument_is_out_of_range() {
        assert_eq!(substring("hello", 1, 3).as_deref(), Ok("ell"));
        assert_eq!(substring_from("hello", 5).as_deref(), Ok(""));
        let message = |result: Result<Text, Exception>| result.unwrap_err().message.into_owned();
        let cases = [
            (
                substring_from("abc", -1),
                "startIndex ('-1') must be a non-negative value. (Parameter 'startIndex')\nActual value was -1.",
            ),
            (substring_from("abc", 4), "startIndex cannot be larger than length of string. (Parameter 'startIndex')"),
            (
                substring("abc", 1, -1),
                "length ('-1') must be a non-negative value. (Parameter 'length')\nActual value was -1.",
            ),
            (
                substring("abc", 1, 3),
                "Index and length must refer to a location within the string. (Parameter 'length')",
            ),
        ];
        for (result, expected) in cases {
            assert_eq!(message(result), expected);
        }
    }
}
