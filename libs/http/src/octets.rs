//! Byte classes of RFC 9110 §5.5–5.6 and RFC 9112 §3.2, as one table, and the scans built on it.

const TOKEN: u8 = 1;
const VALUE: u8 = 2;
const TARGET: u8 = 4;
const HOST: u8 = 8;
const QUOTED: u8 = 16;

const CLASSES: [u8; 256] = {
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
    if matches!(byte, b'!'..=b'~') && byte != b'#' {
        classes |= TARGET;
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
    value_len(bytes) == bytes.len() && trim(bytes).len() == bytes.len()
}

/// Whether `bytes` may be sent as a request target: not empty, visible ASCII, no fragment (RFC 9112 §3.2).
pub fn is_request_target(bytes: &[u8]) -> bool {
    !bytes.is_empty() && target_len(bytes) == bytes.len()
}

/// Number of leading token bytes.
#[inline]
pub(crate) fn token_len(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| !is_token_byte(byte)).unwrap_or(bytes.len())
}

/// Number of leading bytes that may stand in a request target.
#[inline]
pub(crate) fn target_len(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| !is(byte, TARGET)).unwrap_or(bytes.len())
}

/// Number of leading bytes that may stand in a field value: up to the CR in a well-formed line.
///
/// The longest scan of a head, so eight bytes at a time: a byte below 0x20 or equal to 0x7f raises the top bit of its
/// lane. HTAB is rare and raises it too; it is stepped over one by one.
#[inline]
pub(crate) fn value_len(bytes: &[u8]) -> usize {
    let mut offset = 0;
    while let Some(word) = bytes.get(offset..).and_then(<[u8]>::first_chunk::<8>) {
        let stops = control_lanes(u64::from_le_bytes(*word));
        if stops == 0 {
            offset += 8;
            continue;
        }
        // The lowest raised lane is exact; borrows only travel upwards.
        offset += stops.trailing_zeros() as usize / 8;
        if bytes.get(offset) != Some(&b'\t') {
            return offset;
        }
        offset += 1;
    }
    let rest = bytes.get(offset..).unwrap_or_default();
    offset + rest.iter().position(|&byte| !is_value_byte(byte)).unwrap_or(rest.len())
}

#[inline]
fn control_lanes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES * 0x80;
    let below_space = word.wrapping_sub(ONES * 0x20) & !word;
    let without_delete = word ^ (ONES * 0x7f);
    let delete = without_delete.wrapping_sub(ONES) & !without_delete;
    (below_space | delete) & TOPS
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
    fn value_scan_stops_at_each_control_byte_at_each_position() {
        for stop in 0..=255u8 {
            let allowed = stop == b'\t' || (stop >= b' ' && stop != 0x7f);
            for position in 0..40 {
                for filler in [b'a', b' ', b'\t', 0x80, 0xff, b'~', b'!'] {
                    let mut bytes = [filler; 40];
                    bytes[position] = stop;
                    let expected = if allowed { 40 } else { position };
                    assert_eq!(value_len(&bytes), expected, "{stop:#x} at {position} in {filler:#x}");
                }
            }
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
