//! Octets of a path segment as matching sees them: percent-decoded and in ASCII lower case.
//!
//! What must hold: [`Segment`] is the same for `Caf%C3%A9`, `caf%c3%A9` and `CAF%C3%A9`. `%2F` decodes to a slash octet
//! here, which no literal of a template contains unless it was written encoded there too, so an encoded slash never
//! separates segments.

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

/// How many octets [`Segment::head`] holds.
pub(super) const HEAD: usize = 16;

/// A segment prepared for looking it up: hashed, its first octets at hand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'a> {
    /// As it stands in the path.
    pub(super) octets: &'a [u8],
    /// The first octets, decoded and folded, zero-padded.
    pub(super) head: [u64; HEAD / 8],
    /// How many octets it has when decoded.
    pub(super) length: u32,
    /// The same for all spellings. Not keyed: the entries of the tables come from the operator, so a caller cannot make
    /// them collide.
    pub(super) hash: u64,
    /// Whether a `%` may be in it.
    escaped: bool,
}

impl<'a> Segment<'a> {
    /// A whole text; `escaped` says whether `%` begins an escape in it.
    pub(super) fn new(octets: &'a [u8], escaped: bool) -> Self {
        let mut hasher = Hasher::default();
        if escaped {
            Folded::new(octets).for_each(|octet| hasher.octet(octet));
        } else {
            octets.iter().for_each(|octet| hasher.octet(octet.to_ascii_lowercase()));
        }
        hasher.segment(octets, escaped)
    }

    /// The segment of `path` that begins at `start`, up to the next slash or the end. Without escapes one pass over whole
    /// words finds its end, folds and hashes it.
    pub(super) fn next(path: &'a [u8], start: usize, escaped: bool) -> Self {
        if escaped {
            let rest = &path[start..];
            let length = memchr::memchr(b'/', rest).unwrap_or(rest.len());
            return Self::new(&rest[..length], true);
        }
        let mut hasher = Hasher::default();
        let mut at = start;
        loop {
            let (word, available) = load(path, at);
            let length = first_slash(word).min(available);
            if length < 8 {
                let folded = lower_case(word & ((1 << (8 * length)) - 1));
                hasher.partial(folded, length);
                return hasher.segment(&path[start..at + length], false);
            }
            hasher.word(lower_case(word));
            at += 8;
        }
    }

    /// The segment without its path parameters (`name;a=b`); `None` when it has none.
    pub(super) fn without_parameters(&self) -> Option<Self> {
        let end = memchr::memchr(b';', self.octets)?;
        Some(Self::new(&self.octets[..end], self.escaped))
    }

    /// Whether it is `key`, which is decoded and folded.
    pub(super) fn is(&self, key: &[u8]) -> bool {
        if self.escaped {
            Folded::new(self.octets).eq(key.iter().copied())
        } else {
            self.octets.eq_ignore_ascii_case(key)
        }
    }
}

/// Up to eight bytes from `at`, zero-padded, and how many of them there are.
fn load(path: &[u8], at: usize) -> (u64, usize) {
    let rest = &path[at..];
    if let Some(word) = rest.first_chunk() {
        return (u64::from_le_bytes(*word), 8);
    }
    let mut word = 0;
    match path.last_chunk() {
        // One load and a shift instead of a loop over the bytes.
        Some(last) if !rest.is_empty() => word = u64::from_le_bytes(*last) >> (8 * (8 - rest.len())),
        _ => rest.iter().rev().for_each(|&byte| word = word << 8 | u64::from(byte)),
    }
    (word, rest.len())
}

/// Index of the first slash among the bytes of a word; 8 when there is none.
fn first_slash(word: u64) -> usize {
    let zero_where_slash = word ^ 0x2F2F_2F2F_2F2F_2F2F;
    let found = zero_where_slash.wrapping_sub(0x0101_0101_0101_0101) & !zero_where_slash & 0x8080_8080_8080_8080;
    (found.trailing_zeros() / 8) as usize
}

/// Takes octets that are decoded and folded.
#[derive(Default)]
struct Hasher {
    state: u64,
    head: [u64; HEAD / 8],
    length: u32,
    /// Octets that do not make a whole word yet.
    tail: u64,
}

impl Hasher {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

    fn octet(&mut self, octet: u8) {
        let place = self.length % 8;
        self.tail |= u64::from(octet) << (8 * place);
        if place == 7 {
            let word = std::mem::take(&mut self.tail);
            self.length -= 7;
            self.word(word);
        } else {
            self.length += 1;
        }
    }

    fn word(&mut self, word: u64) {
        if let Some(head) = self.head.get_mut(self.length as usize / 8) {
            *head = word;
        }
        self.state = fold_multiply(self.state ^ word, Self::MULTIPLIER);
        self.length += 8;
    }

    fn partial(&mut self, word: u64, length: usize) {
        self.tail = word;
        self.length += length as u32;
    }

    fn segment(mut self, octets: &[u8], escaped: bool) -> Segment<'_> {
        if let Some(head) = self.head.get_mut(self.length as usize / 8) {
            *head = self.tail;
        }
        // The length keeps `a` and `a\0` apart.
        let hash = fold_multiply(self.state ^ self.tail ^ (u64::from(self.length) << 56), Self::MULTIPLIER);
        Segment { octets, head: self.head, length: self.length, hash, escaped }
    }
}

/// Both halves of the product, so that every input bit reaches every output bit.
pub(super) fn fold_multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0xA076_1D64_78BD_642F) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
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
            ("longer-than-sixteen-bytes", "LONGER-than-%73ixteen-bytes", true),
            ("longer-than-sixteen-bytes", "longer-than-sixteen-bytez", false),
            ("eightbyt", "EIGHTBYT", true),
            ("", "", true),
            ("a", "b", false),
            ("a", "a%00", false),
        ];
        for (left, right, equal) in table {
            let key: Vec<u8> = Folded::new(left.as_bytes()).collect();
            let (left_segment, right_segment) =
                (Segment::new(left.as_bytes(), true), Segment::new(right.as_bytes(), true));
            assert_eq!(right_segment.is(&key), equal, "{left} {right}");
            assert_eq!(left_segment.hash == right_segment.hash, equal, "{left} {right}");
            assert_eq!(left_segment.length as usize, key.len(), "{left}");
        }
    }

    #[test]
    fn the_fast_pass_finds_the_same_segments_as_the_slow_one() {
        let text: Vec<u8> = (0u8..=255).filter(|byte| *byte != b'/').chain(*b"ABCzyx").collect();
        for length in 0..40 {
            for start in 0..20 {
                for behind in ["", "/", "/x", "/longer than a word"] {
                    let segment = &text[start * 3..start * 3 + length];
                    let mut path = vec![b'p'; start];
                    path.extend_from_slice(segment);
                    path.extend_from_slice(behind.as_bytes());
                    let (fast, slow) = (Segment::next(&path, start, false), Segment::new(segment, false));
                    assert_eq!(fast.octets, slow.octets, "{start} {length} {behind}");
                    assert_eq!((fast.hash, fast.head, fast.length), (slow.hash, slow.head, slow.length));
                }
            }
        }
    }
}
