//! Finds the first byte of a kind: where names, values and targets end is most of the work of a head.
//!
//! Sixteen bytes at a time are asked whether any of them is of the kind, in a form the compiler turns into vector
//! instructions; then eight at a time where it is. Both ask in arithmetic without branches and are portable.

/// Number of bytes asked together.
const BLOCK: usize = 16;
/// 1 in every byte of a word.
const ONES: u64 = u64::MAX / 255;
/// The top bit of every byte of a word.
const TOPS: u64 = ONES << 7;

/// A kind of byte, told for one byte and for the eight of a word.
trait Kind {
    fn holds(byte: u8) -> bool;

    /// The top bit of every byte of the kind; exact for each byte.
    fn holds_in(word: u64) -> u64;
}

/// Control bytes but HTAB: what may not stand in a field value (RFC 9110 §5.5).
struct Control;

impl Kind for Control {
    #[inline]
    fn holds(byte: u8) -> bool {
        (byte < b' ') & (byte != b'\t') | (byte == 0x7f)
    }

    #[inline]
    fn holds_in(word: u64) -> u64 {
        (below_space_in(word) & !equal_in(word, b'\t')) | equal_in(word, 0x7f)
    }
}

/// What may not stand in a request target: everything but visible ASCII, and `#` (RFC 9112 §3.2).
struct NotTarget;

impl Kind for NotTarget {
    #[inline]
    fn holds(byte: u8) -> bool {
        (byte <= b' ') | (byte >= 0x7f) | (byte == b'#')
    }

    #[inline]
    fn holds_in(word: u64) -> u64 {
        (word & TOPS) | below_space_in(word) | equal_in(word, b' ') | equal_in(word, 0x7f) | equal_in(word, b'#')
    }
}

/// One given byte.
struct Is<const BYTE: u8>;

impl<const BYTE: u8> Kind for Is<BYTE> {
    #[inline]
    fn holds(byte: u8) -> bool {
        byte == BYTE
    }

    #[inline]
    fn holds_in(word: u64) -> u64 {
        equal_in(word, BYTE)
    }
}

/// Bytes below 0x20: none of the upper three bits is set. Adding 0x60 carries each of bits 5 and 6 into bit 7, and no
/// further.
#[inline]
fn below_space_in(word: u64) -> u64 {
    const BITS_5_6: u64 = ONES * 0x60;
    !(((word & BITS_5_6) + BITS_5_6) | word) & TOPS
}

/// Bytes equal to `byte`: the difference has no bit set. Adding 0x7f carries each of the lower seven into bit 7.
#[inline]
fn equal_in(word: u64, byte: u8) -> u64 {
    let difference = word ^ (ONES * u64::from(byte));
    !(((difference & !TOPS) + !TOPS) | difference) & TOPS
}

/// Number of leading bytes that may stand in a field value: up to the CR in a well-formed line.
#[inline]
pub(crate) fn value_len(bytes: &[u8]) -> usize {
    len_before::<Control>(bytes)
}

/// Number of leading bytes that may stand in a request target.
#[inline]
pub(crate) fn target_len(bytes: &[u8]) -> usize {
    len_before::<NotTarget>(bytes)
}

/// Number of bytes before the first `BYTE`; all of them when there is none.
#[inline]
pub(crate) fn len_before_byte<const BYTE: u8>(bytes: &[u8]) -> usize {
    len_before::<Is<BYTE>>(bytes)
}

#[inline]
fn len_before<K: Kind>(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let free = |block: &&[u8; BLOCK]| !block.iter().fold(false, |any, &byte| any | K::holds(byte));
    let mut offset = blocks.iter().take_while(free).count() * BLOCK;
    while let Some(word) = bytes.get(offset..).and_then(<[u8]>::first_chunk::<8>) {
        let found = K::holds_in(u64::from_le_bytes(*word));
        if found != 0 {
            return offset + found.trailing_zeros() as usize / 8;
        }
        offset += 8;
    }
    let rest = bytes.get(offset..).unwrap_or_default();
    offset + rest.iter().position(|&byte| K::holds(byte)).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every position of a block, a word and the rest, among fillers of the other kind.
    fn check<K: Kind>() {
        let fillers: Vec<u8> = (0..=255).filter(|&byte| !K::holds(byte)).collect();
        for &filler in fillers.iter().step_by(7).chain(fillers.last()) {
            for byte in 0..=255 {
                for position in 0..40 {
                    let mut bytes = [filler; 40];
                    bytes[position] = byte;
                    let expected = if K::holds(byte) { position } else { 40 };
                    assert_eq!(len_before::<K>(&bytes), expected, "{byte:#x} at {position} in {filler:#x}");
                }
            }
        }
    }

    #[test]
    fn blocks_words_and_single_bytes_agree() {
        check::<Control>();
        check::<NotTarget>();
        check::<Is<b':'>>();
        check::<Is<0xff>>();
    }

    #[test]
    fn kinds_are_those_of_the_rfc() {
        for byte in 0..=255u8 {
            let in_value = byte == b'\t' || (b' '..=b'~').contains(&byte) || byte >= 0x80;
            assert_eq!(Control::holds(byte), !in_value, "{byte:#x}");
            let in_target = (b'!'..=b'~').contains(&byte) && byte != b'#';
            assert_eq!(NotTarget::holds(byte), !in_target, "{byte:#x}");
        }
    }
}
