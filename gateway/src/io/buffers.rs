//! Reusable byte buffers of one worker, so that a request allocates none in the steady state.
//!
//! What must hold: a buffer handed out is empty; at most [`KEPT`] of a size are kept.

use std::cell::RefCell;

/// Buffers of each size that are kept for reuse. At 64 KiB that is 16 MiB (32 when all have grown), reached only when that many bodies
/// were in flight at once.
const KEPT: usize = 256;
/// Reads of heads and small bodies. Hundreds are in flight at once, so they are small; and no power of two, so that their
/// beginnings do not all fall into the same sets of the cache.
pub(crate) const SMALL_BYTES: usize = 4 * 1024 + 256;
/// Reads of long bodies: past this size the cost of a system call per byte hardly falls any further.
pub(crate) const LARGE_BYTES: usize = 64 * 1024;

/// Longest large buffer that is kept.
const LARGE_GROWN_BYTES: usize = 2 * LARGE_BYTES;

/// Stacks of empty buffers, the one used last on top because it is still in the processor's cache.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    small: RefCell<Vec<Vec<u8>>>,
    large: RefCell<Vec<Vec<u8>>>,
}

impl Buffers {
    /// An empty buffer with room for [`SMALL_BYTES`].
    pub(crate) fn small(&self) -> Vec<u8> {
        self.small.borrow_mut().pop().unwrap_or_else(|| Vec::with_capacity(SMALL_BYTES))
    }

    /// An empty buffer with room for [`LARGE_BYTES`].
    pub(crate) fn large(&self) -> Vec<u8> {
        self.large.borrow_mut().pop().unwrap_or_else(|| Vec::with_capacity(LARGE_BYTES))
    }

    /// Takes a buffer back. One that has grown out of its size is freed instead.
    pub(crate) fn give_back(&self, mut buffer: Vec<u8>) {
        let shelf = match buffer.capacity() {
            SMALL_BYTES => &self.small,
            // A full read that was cut into chunks anew has grown once.
            LARGE_BYTES..=LARGE_GROWN_BYTES => &self.large,
            _ => return,
        };
        let mut shelf = shelf.borrow_mut();
        if shelf.len() < KEPT {
            buffer.clear();
            shelf.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_returned_buffer_is_handed_out_again_and_empty() {
        let buffers = Buffers::default();
        let mut first = buffers.small();
        first.extend_from_slice(b"left over");
        let address = first.as_ptr();
        buffers.give_back(first);
        let second = buffers.small();
        assert_eq!((second.as_ptr(), second.len()), (address, 0));
    }

    #[test]
    fn a_grown_buffer_is_not_kept() {
        let buffers = Buffers::default();
        let mut buffer = buffers.large();
        buffer.reserve(LARGE_GROWN_BYTES + 1);
        buffers.give_back(buffer);
        assert_eq!(buffers.large().capacity(), LARGE_BYTES);
    }

    #[test]
    fn no_more_buffers_are_kept_than_the_limit() {
        let buffers = Buffers::default();
        let taken: Vec<_> = (0..=KEPT).map(|_| buffers.small()).collect();
        taken.into_iter().for_each(|buffer| buffers.give_back(buffer));
        assert_eq!(buffers.small.borrow().len(), KEPT);
    }
}
