//! Byte classes of RFC 9110 §5.5–5.6 and RFC 9112 §3.2, as one table.

use crate::scan::{is_target, is_value};

const TOKEN: u8 = 1;
const VALUE: u8 = 2;
const HOST: u8 = 4;
const QUOTED: u8 = 8;
const UNDERSCORE: u8 = 16;

static CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = classes_of(byte as u8);
        byte += 1;
    }
    table
};

const fn classes_of(byte: u8) -> u8 {
    let mut classes = 0;
    let alphanumeric = byte.is_ascii_alphanumeric();
    if alphanumeric || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~') {
        classes |= TOKEN;
    }
    if matches!(byte, b'\t' | b' '..=b'~' | 0x80..) {
        classes |= VALUE;
        if !matches!(byte, b'"' | b'\\') {
            classes |= QUOTED;
        }
    }
    if byte == b'_' {
        classes |= UNDERSCORE;
    }
    if alphanumeric || matches!(byte, b'-' | b'.' | b'_') {
        classes |= HOST;
    }
    classes
}

#[inline]
fn is(byte: u8, class: u8) -> bool {
    CLASSES[byte as usize] & class != 0
}

/// `tchar` of RFC 9110 §5.6.2.
#[inline]
pub(crate) fn is_token_byte(byte: u8) -> bool {
    is(byte, TOKEN)
}

/// What may stand in a field value: HTAB, SP, VCHAR, obs-text (RFC 9110 §5.5).
#[inline]
pub(crate) fn is_value_byte(byte: u8) -> bool {
    is(byte, VALUE)
}

/// `qdtext` of RFC 9110 §5.6.4.
#[inline]
pub(crate) fn is_quoted_byte(byte: u8) -> bool {
    is(byte, QUOTED)
}

/// What a registered host name is made of in practice: letters, digits, `-`, `.`, `_`. RFC 3986 allows more in a
/// `reg-name`; those bytes (`,` above all) are how merged or smuggled hosts look, and no resolver takes them.
#[inline]
pub(crate) fn is_host_byte(byte: u8) -> bool {
    is(byte, HOST)
}

/// Whether `bytes` is a token (RFC 9110 §5.6.2): a valid header name or method.
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && token_len(bytes) == bytes.len()
}

/// Whether `bytes` may be sent as a field value: no control bytes but HTAB, no whitespace at either end (RFC 9110 §5.5).
pub fn is_field_value(bytes: &[u8]) -> bool {
    is_value(bytes) && trim(bytes).len() == bytes.len()
}

/// Whether `bytes` may be sent as a request target: not empty, visible ASCII, no fragment (RFC 9112 §3.2).
pub fn is_request_target(bytes: &[u8]) -> bool {
    !bytes.is_empty() && is_target(bytes)
}

/// Number of leading token bytes.
#[inline]
pub(crate) fn token_len(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| !is_token_byte(byte)).unwrap_or(bytes.len())
}

/// What the bytes of a header name say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    /// Not a token.
    Invalid,
    /// A token.
    Plain,
    /// A token with an underscore in it: it may look like another name.
    WithUnderscore,
}

/// Looks at every byte of a name once, without leaving early: names are short and valid.
#[inline]
pub(crate) fn name_kind(name: &[u8]) -> NameKind {
    let (common, any) = name.iter().fold((TOKEN, 0), |(common, any), &byte| {
        let classes = CLASSES[byte as usize];
        (common & classes, any | classes)
    });
    match (common, any & UNDERSCORE) {
        (TOKEN, 0) if !name.is_empty() => NameKind::Plain,
        (TOKEN, UNDERSCORE) => NameKind::WithUnderscore,
        _ => NameKind::Invalid,
    }
}

/// `bytes` without SP and HTAB at both ends (OWS, RFC 9110 §5.6.3).
#[inline]
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_bytes_are_those_of_the_rfc() {
        let expected = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        for byte in 0..=255 {
            assert_eq!(is_token_byte(byte), expected(byte), "{byte:#x}");
        }
    }

    #[test]
    fn field_values_have_no_whitespace_at_their_ends() {
        for (value, valid) in [(&b""[..], true), (b"a b\tc", true), (b" a", false), (b"a\t", false), (b"a\r\nb", false)]
        {
            assert_eq!(is_field_value(value), valid, "{value:?}");
        }
    }

    #[test]
    fn targets_are_visible_ascii_without_fragment() {
        for (target, valid) in
            [(&b"/a?b=%20|"[..], true), (b"", false), (b"/a b", false), (b"/a#b", false), (b"/\x80", false)]
        {
            assert_eq!(is_request_target(target), valid, "{target:?}");
        }
    }
}
