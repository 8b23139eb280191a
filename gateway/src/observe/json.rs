//! Values of log lines, written straight into a byte buffer: fast, without allocation, and safe for any foreign bytes.
//!
//! What must hold: whatever comes in, what goes out is the inside of one valid JSON string (UTF-8, no raw control
//! character), so that no caller can break a log line or forge one.

use std::net::IpAddr;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends the inside of a JSON string; bytes that are not UTF-8 become U+FFFD.
#[inline]
pub(crate) fn escaped(out: &mut Vec<u8>, value: &[u8]) {
    let plain = plain_prefix(value);
    let (head, rest) = value.split_at(plain);
    out.extend_from_slice(head);
    if !rest.is_empty() {
        escaped_slowly(out, rest);
    }
}

/// How many bytes at the start are printable ASCII without quote and backslash. Eight bytes a step (the last step
/// overlaps the one before): the values of a record are some hundred bytes, nearly all of them plain.
#[inline]
fn plain_prefix(value: &[u8]) -> usize {
    let is_all_plain = match (value.first_chunk::<4>(), value.last_chunk::<4>(), value.last_chunk::<8>()) {
        (.., Some(last)) => value.as_chunks::<8>().0.iter().chain([last]).all(|word| is_plain_word(*word)),
        (Some([a, b, c, d]), Some([e, f, g, h]), None) => is_plain_word([*a, *b, *c, *d, *e, *f, *g, *h]),
        _ => false,
    };
    if is_all_plain {
        return value.len();
    }
    value.iter().position(|&byte| !is_plain(byte)).unwrap_or(value.len())
}

#[inline]
fn is_plain_word(word: [u8; 8]) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let word = u64::from_le_bytes(word);
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    // The classic "has a zero byte" trick, once per character; bytes ≥ 0x80 show in `word` itself.
    let special = word.wrapping_sub(ONES * 0x20) | quote.wrapping_sub(ONES) | backslash.wrapping_sub(ONES) | word;
    special & HIGH == 0
}

fn is_plain(byte: u8) -> bool {
    (0x20..0x80).contains(&byte) && byte != b'"' && byte != b'\\'
}

#[cold]
fn escaped_slowly(out: &mut Vec<u8>, value: &[u8]) {
    for chunk in value.utf8_chunks() {
        for &byte in chunk.valid().as_bytes() {
            match byte {
                b'"' => out.extend_from_slice(b"\\\""),
                b'\\' => out.extend_from_slice(b"\\\\"),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\t' => out.extend_from_slice(b"\\t"),
                0..0x20 => {
                    out.extend_from_slice(b"\\u00");
                    out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
                }
                _ => out.push(byte),
            }
        }
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

/// Appends a decimal number.
#[inline]
pub(crate) fn number(out: &mut Vec<u8>, n: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
}

/// Appends a number with leading zeros to `width` (at most 20) digits.
pub(crate) fn padded(out: &mut Vec<u8>, n: u64, width: usize) {
    let digits = if n == 0 { 1 } else { n.ilog10() as usize + 1 };
    out.extend(std::iter::repeat_n(b'0', width.saturating_sub(digits)));
    number(out, n);
}

/// Appends a GUID in its usual lower-case form, in quotes.
#[inline]
pub(crate) fn guid(out: &mut Vec<u8>, id: u128) {
    let mut text = *b"\"........-....-....-....-............\"";
    let mut at = 1;
    for (index, byte) in id.to_be_bytes().into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 15)];
        at += 2;
    }
    out.extend_from_slice(&text);
}

/// Appends an address; IPv4 by hand, because nearly all are and `Display` costs several times as much.
#[inline]
pub(crate) fn address(out: &mut Vec<u8>, ip: IpAddr) {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            for (index, octet) in v4.octets().into_iter().enumerate() {
                if index > 0 {
                    out.push(b'.');
                }
                number(out, u64::from(octet));
            }
        }
        IpAddr::V6(v6) => {
            use std::io::Write as _;
            // Writing to a Vec cannot fail.
            let _ = write!(out, "{v6}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("output is UTF-8")
    }

    #[test]
    fn every_byte_at_every_place_gives_a_json_string_that_reads_back() {
        for length in 1..20 {
            for at in 0..length {
                for byte in 0..=255u8 {
                    let mut value = vec![b'x'; length];
                    value[at] = byte;
                    let line = format!("\"{}\"", text(|out| escaped(out, &value)));
                    let back: String = serde_json::from_str(&line).expect("valid JSON");
                    assert_eq!(back, String::from_utf8_lossy(&value));
                    assert!(!line.bytes().any(|byte| byte < 0x20), "a log line stays one line");
                }
            }
        }
    }

    #[test]
    fn multi_byte_characters_pass_and_broken_ones_are_replaced() {
        assert_eq!(text(|out| escaped(out, "straße €".as_bytes())), "straße €");
        assert_eq!(text(|out| escaped(out, b"a\xffb\xe2\x82")), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn numbers_are_decimal() {
        for n in [0, 9, 10, 99, 100, 4294967296, u64::MAX] {
            assert_eq!(text(|out| number(out, n)), n.to_string());
        }
        assert_eq!(text(|out| padded(out, 7, 3)), "007");
        assert_eq!(text(|out| padded(out, 0, 3)), "000");
        assert_eq!(text(|out| padded(out, 1234, 3)), "1234");
    }

    #[test]
    fn a_guid_has_its_groups() {
        let id = 0x87aeb87f_192c_424c_84d1_32d5bbfec437;
        assert_eq!(text(|out| guid(out, id)), "\"87aeb87f-192c-424c-84d1-32d5bbfec437\"");
        assert_eq!(text(|out| guid(out, 0)), "\"00000000-0000-0000-0000-000000000000\"");
    }

    #[test]
    fn addresses_are_written_as_usual() {
        for ip in ["0.0.0.0", "172.21.0.1", "255.255.255.255", "::1", "2001:db8::5"] {
            assert_eq!(text(|out| address(out, ip.parse().unwrap())), ip);
        }
        assert_eq!(text(|out| address(out, "::ffff:10.0.0.1".parse().unwrap())), "10.0.0.1");
    }
}
