//! UTF-16 positions in UTF-8 text.

use crate::{Exception, Text};

/// `String.Length`.
#[must_use]
pub fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.as_bytes().chunks(BLOCK).map(units_of).sum() }
}

/// Bytes whose units are counted at once; few enough for the count to fit into a byte.
const BLOCK: usize = 64;

/// The units of a block: a character of four bytes has two, all others one.
fn units_of(block: &[u8]) -> usize {
    let of = |byte: u8| u8::from(!is_inside(byte)) + u8::from(byte >= 0xF0);
    block.iter().fold(0_u8, |units, byte| units.wrapping_add(of(*byte))).into()
}

/// Whether a byte goes on with the character of the byte before it.
const fn is_inside(byte: u8) -> bool {
    byte & 0xC0 == 0x80
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
    if start >= end {
        return Text::default();
    }
    let (first, last) = (byte_behind(text, start), byte_of(text, end));
    let (cuts_first, cuts_last) = (byte_of(text, start) < first, last < byte_behind(text, end));
    let whole = text.get(first..last).unwrap_or_default();
    let half = |is_there: bool| if is_there { "\u{FFFD}" } else { "" };
    if cuts_first || cuts_last { [half(cuts_first), whole, half(cuts_last)].concat().into() } else { whole.into() }
}

/// Bytes of a character that is a pair of units.
const PAIR_BYTES: usize = 4;

/// The byte at which a unit starts; the text's length for positions at or behind the end. Inside a pair: the start of the pair.
pub(super) fn byte_of(text: &str, unit: usize) -> usize {
    place(text, unit).0
}

/// The byte behind all characters that have units before a position.
pub(super) fn byte_behind(text: &str, unit: usize) -> usize {
    let (byte, is_cut) = place(text, unit);
    if is_cut { byte + PAIR_BYTES } else { byte }
}

/// The byte at which the character of a unit starts, and whether it is the second unit of a pair.
fn place(text: &str, unit: usize) -> (usize, bool) {
    if text.is_ascii() {
        return (unit.min(text.len()), false);
    }
    place_near(text, unit)
}

/// [`byte_of`] in time that grows with the position, not with the text.
pub(super) fn byte_of_near(text: &str, unit: usize) -> usize {
    place_near(text, unit).0
}

fn place_near(text: &str, unit: usize) -> (usize, bool) {
    let bytes = text.as_bytes();
    let (mut start, mut position) = (0, 0);
    for block in bytes.chunks(BLOCK) {
        let units = units_of(block);
        if position + units > unit {
            break;
        }
        (start, position) = (start + block.len(), position + units);
    }
    // A character that began in the block before was counted there.
    start += bytes.iter().skip(start).take_while(|byte| is_inside(**byte)).count();
    for (byte, c) in text.get(start..).unwrap_or_default().char_indices() {
        let next = position + c.len_utf16();
        if next > unit {
            return (start + byte, position < unit);
        }
        position = next;
    }
    (text.len(), false)
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
    fn positions_in_long_texts_are_those_of_their_units() {
        // Characters of one to four bytes, so that blocks end in the middle of them.
        let text = "a😀éb漢".repeat(40);
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(length(&text), units.len());
        for start in 0..units.len() + 2 {
            let end = (start * 7 + 3).min(units.len() + 1);
            let part = units.get(start.min(units.len())..end.min(units.len())).unwrap_or_default();
            assert_eq!(slice(&text, start, end), from_units(part), "{start} {end}");
            let byte = byte_of(&text, start);
            assert_eq!(byte_of_near(&text, start), byte);
            let is_second = units.get(start).is_some_and(|unit| (0xDC00..0xE000).contains(unit));
            assert_eq!(unit_of(&text, byte), start.min(units.len()) - usize::from(is_second), "{start}");
        }
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
