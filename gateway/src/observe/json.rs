//! Values of log lines, written straight into a byte buffer: fast, without allocation, and safe for any foreign bytes.
//!
//! What must hold: whatever comes in, what goes out is the inside of one valid JSON string (UTF-8, no raw control
//! character), so that no caller can break a log line or forge one.

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends the inside of a JSON string; bytes that are not UTF-8 become U+FFFD.
#[inline]
pub(crate) fn escaped(out: &mut Vec<u8>, value: &[u8]) {
    if all_words(value, is_plain_word) {
        out.extend_from_slice(value);
    } else {
        escaped_slowly(out, value);
    }
}

/// Whether [`escaped`] would append `url` as it is, and it has no query.
#[inline]
pub(crate) fn is_plain_without_query(url: &[u8]) -> bool {
    all_words(url, |word| is_plain_word(word) && !has_zero_byte(word ^ (ONES * b'?' as u64)))
}

/// 1 in every byte of a word.
const ONES: u64 = u64::from_le_bytes([1; 8]);

/// Whether `is_good` says yes to all bytes, eight at a time: the last eight overlap those before, and a value that is shorter comes with
/// bytes of its own twice. Nearly all values of a record are some ten bytes long.
#[inline]
fn all_words(value: &[u8], is_good: impl Fn(u64) -> bool) -> bool {
    let last = match (value, value.first_chunk::<4>(), value.last_chunk::<4>(), value.last_chunk::<8>()) {
        (.., Some(last)) => u64::from_le_bytes(*last),
        (_, Some(first), Some(last), None) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        (&[first, .., last], ..) => {
            let (first, middle, last) = (u64::from(first), u64::from(value[value.len() / 2]), u64::from(last));
            (ONES * last) << 16 | middle << 8 | first
        }
        (&[only], ..) => ONES * u64::from(only),
        ([], ..) => return true,
    };
    is_good(last) && value.as_chunks::<8>().0.iter().all(|word| is_good(u64::from_le_bytes(*word)))
}

/// Printable ASCII without quote and backslash. May say no to a word behind a byte that is none of these, never yes.
#[inline]
fn is_plain_word(word: u64) -> bool {
    const HIGH: u64 = ONES << 7;
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    // The classic "has a zero byte" trick, once per character; bytes ≥ 0x80 show in `word` itself.
    let special = word.wrapping_sub(ONES * 0x20) | quote.wrapping_sub(ONES) | backslash.wrapping_sub(ONES) | word;
    special & HIGH == 0
}

#[inline]
fn has_zero_byte(word: u64) -> bool {
    word.wrapping_sub(ONES) & !word & (ONES << 7) != 0
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
    // Milliseconds, most of them.
    if n < 10 {
        return out.push(b'0' + n as u8);
    }
    out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
}

/// Fills `place` with the last digits of a number, leading zeros included.
#[inline]
pub(crate) fn padded(place: &mut [u8], mut n: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (n % 10) as u8;
        n /= 10;
    }
}

/// Appends a GUID in its usual lower-case form.
#[inline]
pub(crate) fn guid(out: &mut Vec<u8>, id: u128) {
    let [first, second, third, fourth] = [96, 64, 32, 0].map(|shift| hex((id >> shift) as u32));
    let ([b @ .., _, _, _, _], [_, _, _, _, c @ ..]) = (second, second);
    let ([d @ .., _, _, _, _], [_, _, _, _, e @ ..]) = (third, third);
    let mut text = *b"........-....-....-....-............";
    for (place, digits) in [(9, b), (14, c), (19, d), (24, e)] {
        text[place..place + 4].copy_from_slice(&digits);
    }
    text[..8].copy_from_slice(&first);
    text[28..].copy_from_slice(&fourth);
    out.extend_from_slice(&text);
}

/// The eight hexadecimal digits of a number: its nibbles spread over the bytes of a word, then all made digits together.
#[inline]
fn hex(number: u32) -> [u8; 8] {
    let spread = u64::from(number);
    let spread = (spread | spread << 16) & 0x0000_ffff_0000_ffff;
    let spread = (spread | spread << 8) & 0x00ff_00ff_00ff_00ff;
    let spread = (spread | spread << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let is_letter = (spread + 6 * ONES) >> 4 & ONES;
    (spread + ONES * b'0' as u64 + is_letter * (b'a' - b'0' - 10) as u64).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("output is UTF-8")
    }

    /// Texts of `x` in which one byte at one place is another: every byte at every place of lengths that words, their ends and less than a word see.
    fn each_byte_at_each_place(mut check: impl FnMut(&[u8], u8)) {
        for length in 1..20 {
            for at in 0..length {
                for byte in 0..=255 {
                    let mut text = vec![b'x'; length];
                    text[at] = byte;
                    check(&text, byte);
                }
            }
        }
    }

    #[test]
    fn every_byte_at_every_place_gives_a_json_string_that_reads_back() {
        each_byte_at_each_place(|value, _| {
            let line = format!("\"{}\"", text(|out| escaped(out, value)));
            let back: String = serde_json::from_str(&line).expect("valid JSON");
            assert_eq!(back, String::from_utf8_lossy(value));
            assert!(!line.bytes().any(|byte| byte < 0x20), "a log line stays one line");
        });
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
        for (n, expected) in [(0, b"000"), (7, b"007"), (120, b"120"), (999, b"999")] {
            let mut place = [0; 3];
            padded(&mut place, n);
            assert_eq!(&place, expected);
        }
    }

    #[test]
    fn a_guid_has_its_groups() {
        for id in [
            "87aeb87f-192c-424c-84d1-32d5bbfec437",
            "00000000-0000-0000-0000-000000000000",
            "01234567-89ab-cdef-fedc-ba9876543210",
        ] {
            let number = u128::from_str_radix(&id.replace('-', ""), 16).unwrap();
            assert_eq!(text(|out| guid(out, number)), id);
        }
    }

    #[test]
    fn a_url_is_plain_when_nothing_in_it_is_escaped_or_may_be_a_query() {
        each_byte_at_each_place(|url, byte| {
            let expected = (b' '..=b'~').contains(&byte) && !b"\"\\?".contains(&byte);
            // DEL is escaped by nobody and no URL has it.
            assert_eq!(is_plain_without_query(url), expected || byte == 0x7f, "{byte:#x} in {url:?}");
        });
        assert!(is_plain_without_query(b""));
    }
}
