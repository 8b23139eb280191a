//! Finds the first byte of a kind: where names, values and targets end is most of the work of a head.
//!
//! Eight bytes at a time are asked whether any of them is of the kind, in a few instructions without branches; past the first words
//! sixteen at a time, in a form the compiler turns into vector instructions. Both are portable.

/// Number of bytes asked together in a long piece.
const BLOCK: usize = 16;
/// Where a piece begins to be long. Most names, values and targets end before.
const LONG: usize = 64;
/// 1 in every byte of a word.
const ONES: u64 = u64::MAX / 255;
/// The top bit of every byte of a word.
const TOPS: u64 = ONES << 7;

/// A kind of byte, told for one byte and for the eight of a word.
trait Kind {
    fn holds(byte: u8) -> bool;

    /// The top bits of some bytes. No byte of the kind comes before the first of them, which itself may be of another kind.
    fn suspects(word: u64) -> u64;
}

/// Control bytes but HTAB: what may not stand in a field value (RFC 9110 §5.5).
struct Control;

impl Kind for Control {
    #[inline]
    fn holds(byte: u8) -> bool {
        (byte < b' ') & (byte != b'\t') | (byte == 0x7f)
    }

    #[inline]
    fn suspects(word: u64) -> u64 {
        (below(b' ', word) | equal(0x7f, word)) & TOPS
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
    fn suspects(word: u64) -> u64 {
        (word | below(b'!', word) | equal(0x7f, word) | equal(b'#', word)) & TOPS
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
    fn suspects(word: u64) -> u64 {
        equal(BYTE, word) & TOPS
    }
}

/// The top bit of every byte below `bound`, which is ASCII: there the subtraction borrows. It may be set in bytes behind one of those,
/// which lent to it, and in no other.
#[inline]
fn below(bound: u8, word: u64) -> u64 {
    word.wrapping_sub(ONES * u64::from(bound)) & !word
}

/// The top bit of every byte equal to `byte`, as [`below`].
#[inline]
fn equal(byte: u8, word: u64) -> u64 {
    below(1, word ^ (ONES * u64::from(byte)))
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

/// Whether `bytes` may stand in a field value as they are.
#[inline]
pub(crate) fn is_value(bytes: &[u8]) -> bool {
    holds_none::<Control>(bytes)
}

/// Whether `bytes` may stand in a request target as they are.
#[inline]
pub(crate) fn is_target(bytes: &[u8]) -> bool {
    holds_none::<NotTarget>(bytes)
}

#[inline]
fn len_before<K: Kind>(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().take(LONG / 8).enumerate() {
        let suspects = K::suspects(u64::from_le_bytes(*word));
        if suspects != 0 {
            let offset = index * 8 + suspects.trailing_zeros() as usize / 8;
            let is_found = bytes.get(offset).is_some_and(|&byte| K::holds(byte));
            return if is_found { offset } else { search::<K>(bytes, offset + 1) };
        }
    }
    if words.len() >= LONG / 8 {
        return search::<K>(bytes, LONG);
    }
    bytes.len() - rest.len() + rest.iter().position(|&byte| K::holds(byte)).unwrap_or(rest.len())
}

/// As `len_before(bytes) == bytes.len()`, in fewer steps where it is so: what is asked about is short, and good.
#[inline]
fn holds_none<K: Kind>(bytes: &[u8]) -> bool {
    let last = match (bytes.last_chunk::<8>(), bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(last), ..) => u64::from_le_bytes(*last),
        (None, Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => return !bytes.iter().any(|&byte| K::holds(byte)),
    };
    let words = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
    let suspects = words.fold(K::suspects(last), |suspects, word| suspects | K::suspects(word));
    suspects == 0 || search::<K>(bytes, 0) == bytes.len()
}

/// Searches on from `offset`. Apart from the above, which is shorter for it.
#[inline(never)]
fn search<K: Kind>(bytes: &[u8], mut offset: usize) -> usize {
    offset += free_blocks::<K>(bytes.get(offset..).unwrap_or_default());
    while let Some(word) = bytes.get(offset..).and_then(<[u8]>::first_chunk::<8>) {
        let suspects = K::suspects(u64::from_le_bytes(*word));
        if suspects == 0 {
            offset += 8;
            continue;
        }
        offset += suspects.trailing_zeros() as usize / 8;
        if bytes.get(offset).is_some_and(|&byte| K::holds(byte)) {
            return offset;
        }
        offset += 1;
    }
    let rest = bytes.get(offset..).unwrap_or_default();
    offset + rest.iter().position(|&byte| K::holds(byte)).unwrap_or(rest.len())
}

/// Length of the blocks at the start of `bytes` that hold no byte of the kind.
#[inline]
fn free_blocks<K: Kind>(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let free = |block: &&[u8; BLOCK]| !block.iter().fold(false, |any, &byte| any | K::holds(byte));
    blocks.iter().take_while(free).count() * BLOCK
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every position of words, blocks and the rest, among fillers of the other kind, and with every byte behind it.
    fn check<K: Kind>() {
        const LENGTH: usize = LONG + BLOCK + 11;
        let fillers: Vec<u8> = (0..=255).filter(|&byte| !K::holds(byte)).collect();
        for &filler in fillers.iter().step_by(7).chain(fillers.last()) {
            for byte in 0..=255 {
                for position in 0..LENGTH {
                    let mut bytes = [filler; LENGTH];
                    bytes[position] = byte;
                    let expected = if K::holds(byte) { position } else { LENGTH };
                    assert_eq!(len_before::<K>(&bytes), expected, "{byte:#x} at {position} in {filler:#x}");
                    assert_eq!(holds_none::<K>(&bytes), expected == LENGTH);
                }
            }
        }
        for first in 0..=255 {
            for second in 0..=255 {
                for length in [2, 4, 7, 8, 9, 15] {
                    for position in 0..length - 1 {
                        let mut bytes = vec![fillers[fillers.len() / 2]; length];
                        (bytes[position], bytes[position + 1]) = (first, second);
                        let expected = bytes.iter().position(|&byte| K::holds(byte)).unwrap_or(length);
                        assert_eq!(len_before::<K>(&bytes), expected, "{bytes:x?}");
                        assert_eq!(holds_none::<K>(&bytes), expected == length, "{bytes:x?}");
                    }
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
