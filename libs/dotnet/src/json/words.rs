//! Eight bytes of a text looked at together, as a little-endian word.
//!
//! What must hold: the lowest top bit that is set tells the truth; those in higher bytes may be set because a lower one borrowed from them. Of
//! bytes that are not ASCII nothing is told: who asks leaves them out or counts them in by their own top bit.

/// One in every byte.
const ONES: u64 = u64::from_ne_bytes([1; 8]);
/// The top bit of every byte.
pub(super) const TOPS: u64 = ONES << 7;

/// Sets the top bit of every byte below `bound`, which is ASCII.
#[inline]
pub(super) fn below(bound: u8, word: u64) -> u64 {
    word.wrapping_sub(ONES * u64::from(bound))
}

/// Sets the top bit of every byte equal to `byte`, which is ASCII.
#[inline]
pub(super) fn equal(byte: u8, word: u64) -> u64 {
    below(1, word ^ (ONES * u64::from(byte)))
}
