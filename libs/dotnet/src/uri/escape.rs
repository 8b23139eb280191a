//! Percent encoding as `System.Uri` does it.

use std::borrow::Cow;

/// `A-Z a-z 0-9 - . _ ~`.
pub(super) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The delimiters of RFC 3986.
pub(super) const fn is_reserved(byte: u8) -> bool {
    matches!(
        byte,
        b';' | b'/'
            | b'?'
            | b':'
            | b'@'
            | b'&'
            | b'='
            | b'+'
            | b'$'
            | b','
            | b'#'
            | b'['
            | b']'
            | b'!'
            | b'\''
            | b'('
            | b')'
            | b'*'
    )
}

/// Which characters [`escape`] leaves alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Unreserved,
    Reserved,
    /// Reserved characters and what is escaped already.
    Escaped,
}

pub(super) fn escape(text: &str, keep: Keep) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let kept = |index: usize, byte: u8| match keep {
        Keep::Unreserved => is_unreserved(byte),
        Keep::Reserved => is_unreserved(byte) || is_reserved(byte),
        Keep::Escaped => is_unreserved(byte) || is_reserved(byte) || (byte == b'%' && decoded(bytes, index).is_some()),
    };
    if bytes.iter().enumerate().all(|(index, byte)| kept(index, *byte)) {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len() + text.len() / 2);
    for (index, byte) in bytes.iter().enumerate() {
        if kept(index, *byte) { result.push(char::from(*byte)) } else { push_escaped(&mut result, *byte) }
    }
    Cow::Owned(result)
}

pub(super) fn push_escaped(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    text.push('%');
    text.push(char::from(DIGITS[usize::from(byte >> 4)]));
    text.push(char::from(DIGITS[usize::from(byte & 0xF)]));
}

/// The byte that `%XX` at a position stands for.
pub(super) fn decoded(bytes: &[u8], index: usize) -> Option<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    if bytes.get(index) != Some(&b'%') {
        return None;
    }
    u8::try_from(digit(index + 1)? * 16 + digit(index + 2)?).ok()
}

/// Whether no `%XX` stands on both sides of a place, and no character that is made of several: what is before can be decoded without what is behind.
pub(crate) fn is_outside_escapes(bytes: &[u8], place: usize) -> bool {
    let byte = |back: usize| place.checked_sub(back).and_then(|at| bytes.get(at));
    if byte(0) != Some(&b'%') {
        return byte(1) != Some(&b'%') && byte(2) != Some(&b'%');
    }
    // What follows three of its kind follows no first byte.
    let is_continued =
        |back: usize| place.checked_sub(back).and_then(|at| decoded(bytes, at)).is_some_and(|byte| byte & 0xC0 == 0x80);
    !is_continued(0) || (1..=3).all(|before| is_continued(3 * before))
}

/// Decodes `%XX` where `wanted` agrees with the ASCII character (`\u{80}` stands for all others). Escaped bytes that are no UTF-8 stay
/// as they are.
pub(super) fn unescape(text: &str, wanted: impl Fn(u8) -> bool) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut result = String::with_capacity(text.len());
    let mut start = 0;
    let mut position = 0;
    while let Some(offset) = text.get(position..).and_then(|rest| rest.find('%')) {
        position += offset;
        match decoded(bytes, position) {
            Some(byte) if byte.is_ascii() && wanted(byte) => {
                result.push_str(text.get(start..position).unwrap_or_default());
                result.push(char::from(byte));
                position += 3;
                start = position;
            }
            Some(byte) if !byte.is_ascii() && wanted(0x80) => {
                result.push_str(text.get(start..position).unwrap_or_default());
                position = push_sequence(&mut result, bytes, position);
                start = position;
            }
            Some(_) => position += 3,
            None => position += 1,
        }
    }
    result.push_str(text.get(start..).unwrap_or_default());
    Cow::Owned(result)
}

/// Decodes a run of escaped bytes above ASCII; the position behind it.
fn push_sequence(result: &mut String, bytes: &[u8], mut position: usize) -> usize {
    let mut run = Vec::new();
    let mut read = position;
    while let Some(byte) = decoded(bytes, position).filter(|byte| !byte.is_ascii()) {
        run.push(byte);
        position += 3;
    }
    for chunk in run.utf8_chunks() {
        result.push_str(chunk.valid());
        read += 3 * chunk.valid().len();
        let invalid = read..read + 3 * chunk.invalid().len();
        read = invalid.end;
        result.push_str(std::str::from_utf8(bytes.get(invalid).unwrap_or_default()).unwrap_or_default());
    }
    position
}

/// Characters that stay escaped in texts for people: they would change what the URI means.
pub(super) const fn is_unsafe_to_unescape(byte: u8) -> bool {
    byte <= 0x1F || byte == 0x7F || is_reserved(byte) || matches!(byte, b'%' | b'\\')
}

/// `Uri.EscapeDataString`: all but unreserved characters.
#[must_use]
pub fn escape_data_string(text: &str) -> Cow<'_, str> {
    escape(text, Keep::Unreserved)
}

/// `Uri.EscapeUriString`: all but unreserved and reserved characters; escapes `%` again.
#[must_use]
pub fn escape_uri_string(text: &str) -> Cow<'_, str> {
    escape(text, Keep::Reserved)
}

/// `Uri.UnescapeDataString`: all that is escaped well.
#[must_use]
pub fn unescape_data_string(text: &str) -> Cow<'_, str> {
    unescape(text, |_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_keeps_only_unreserved_characters() {
        assert_eq!(escape_data_string("a-._~Z9"), "a-._~Z9");
        assert_eq!(escape_data_string("a b&c=é😀!*'()%41"), "a%20b%26c%3D%C3%A9%F0%9F%98%80%21%2A%27%28%29%2541");
        assert_eq!(escape_uri_string("http://h/a b?q=[é]#%41"), "http://h/a%20b?q=[%C3%A9]#%2541");
    }

    #[test]
    fn only_good_sequences_are_unescaped() {
        let cases = [
            ("a%20b", "a b"),
            ("%C3%A9%F0%9F%98%80", "é😀"),
            ("%41%2f%25", "A/%"),
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
            ("%c3x", "%c3x"),
            ("%ff%C3%A9", "%ffé"),
            ("a+b", "a+b"),
            ("é%", "é%"),
        ];
        for (text, expected) in cases {
            assert_eq!(unescape_data_string(text), expected, "{text}");
        }
    }
}
