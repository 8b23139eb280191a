//! Octets of a path segment as matching sees them: percent-decoded and in ASCII lower case.
//!
//! What must hold: [`Folded`] gives the same key for `Caf%C3%A9`, `caf%c3%A9` and `CAF%C3%A9`, and [`matches`] agrees with
//! it. `%2F` decodes to a slash octet here, which no literal of a template contains unless it was written encoded there
//! too, so an encoded slash never separates segments.

use super::path::octet;

/// Octets of a normalised segment, decoded and folded; each with its place in the segment.
#[derive(Debug, Clone)]
pub(super) struct Folded<'a> {
    segment: &'a [u8],
    at: usize,
}

impl<'a> Folded<'a> {
    pub(super) fn new(segment: &'a [u8]) -> Self {
        Self { segment, at: 0 }
    }

    /// From a place that is the start of an octet.
    pub(super) fn from(segment: &'a [u8], at: usize) -> Self {
        Self { segment, at }
    }

    /// Where the next octet starts.
    pub(super) fn at(&self) -> usize {
        self.at
    }
}

impl Iterator for Folded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let byte = *self.segment.get(self.at)?;
        if byte == b'%'
            && let Some(&[high, low]) = self.segment.get(self.at + 1..self.at + 3)
            && let Some(decoded) = octet(high, low)
        {
            self.at += 3;
            return Some(decoded.to_ascii_lowercase());
        }
        self.at += 1;
        Some(byte.to_ascii_lowercase())
    }
}

/// Whether a segment, decoded and folded, is `key` (which is both already).
pub(super) fn matches(segment: &[u8], key: &[u8], escaped: bool) -> bool {
    if escaped { Folded::new(segment).eq(key.iter().copied()) } else { segment.eq_ignore_ascii_case(key) }
}

/// Hash of a segment, the same for all spellings that [`matches`] takes as equal. Not keyed: the entries of the tables
/// come from the operator, so a caller cannot make them collide.
pub(super) fn hash(segment: &[u8], escaped: bool) -> u64 {
    let mut hasher = Hasher::default();
    if escaped {
        let mut word = [0; 8];
        let mut filled = 0;
        let mut length = 0;
        for byte in Folded::new(segment) {
            word[filled] = byte;
            filled += 1;
            length += 1;
            if filled == 8 {
                hasher.word(u64::from_le_bytes(word));
                word = [0; 8];
                filled = 0;
            }
        }
        return hasher.finish(u64::from_le_bytes(word), length);
    }
    let (words, tail) = segment.as_chunks::<8>();
    for word in words {
        hasher.word(lower_case(u64::from_le_bytes(*word)));
    }
    hasher.finish(lower_case(little_endian(tail)), segment.len())
}

#[derive(Default)]
struct Hasher(u64);

impl Hasher {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

    fn word(&mut self, word: u64) {
        self.0 = fold_multiply(self.0 ^ word, Self::MULTIPLIER);
    }

    /// `tail` is zero-padded; the length keeps `a` and `a\0` apart.
    fn finish(mut self, tail: u64, length: usize) -> u64 {
        self.word(tail);
        fold_multiply(self.0 ^ length as u64, 0xD6E8_FEB8_6659_FD93)
    }
}

/// Both halves of the product, so that every input bit reaches every output bit.
pub(super) fn fold_multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0xA076_1D64_78BD_642F) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

/// Up to seven bytes, zero-padded.
fn little_endian(tail: &[u8]) -> u64 {
    let mut word = 0;
    for (index, &byte) in tail.iter().enumerate() {
        word |= u64::from(byte) << (8 * index);
    }
    word
}

/// ASCII lower case of eight bytes at once: bit 7 of each byte says "is A to Z", shifted down to the case bit.
fn lower_case(word: u64) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let low = word & LOW;
    let from_a = low + (0x80 - b'A' as u64) * 0x0101_0101_0101_0101;
    let beyond_z = low + (0x7F - b'Z' as u64) * 0x0101_0101_0101_0101;
    let upper = from_a & !beyond_z & !word & HIGH;
    word | (upper >> 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_case_of_a_word_is_that_of_each_byte() {
        for byte in 0..=255u8 {
            for position in 0..8 {
                let mut bytes = *b"Zz@[aA09";
                bytes[position] = byte;
                let expected = bytes.map(|b| b.to_ascii_lowercase());
                assert_eq!(lower_case(u64::from_le_bytes(bytes)).to_le_bytes(), expected);
            }
        }
    }

    #[test]
    fn spellings_of_the_same_octets_have_the_same_hash_and_match() {
        let table = [
            ("orders", "ORDERS", true),
            ("orders", "orderS%20", false),
            ("Foo(1)", "foo%281%29", true),
            ("caf%C3%A9", "CAF%c3%a9", true),
            ("a%2Fb", "a%2fB", true),
            ("longer-than-eight-bytes", "LONGER-than-%65ight-bytes", true),
            ("eightbyt", "EIGHTBYT", true),
            ("", "", true),
            ("a", "b", false),
            ("a", "a%00", false),
        ];
        for (left, right, equal) in table {
            let key: Vec<u8> = Folded::new(left.as_bytes()).collect();
            assert_eq!(matches(right.as_bytes(), &key, true), equal, "{left} {right}");
            assert_eq!(hash(left.as_bytes(), true) == hash(right.as_bytes(), true), equal, "{left} {right}");
            for text in [left, right] {
                if !text.contains('%') {
                    assert_eq!(hash(text.as_bytes(), true), hash(text.as_bytes(), false), "{text}");
                }
            }
        }
    }
}
