//! A piece of the caller's buffer.

/// Half-open byte range from the start of the buffer that was parsed. Eight bytes, so that a header is twenty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Range {
    /// The range from `start` to `end`. Heads are bounded by [`crate::Limits::head_bytes`], a `u32`, so positions in them
    /// always fit; a position that does not (a body slice over 4 GiB) is saturated by the caller's splitting.
    pub(crate) fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end && u32::try_from(end).is_ok(), "range {start}..{end}");
        #[expect(clippy::cast_possible_truncation, reason = "bounded as said above")]
        Self { start: start as u32, end: end as u32 }
    }

    /// The bytes of this range; empty when the range does not lie inside `buffer` (a different buffer was given).
    #[inline]
    pub fn of(self, buffer: &[u8]) -> &[u8] {
        buffer.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Length in bytes.
    #[inline]
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether the range holds no byte.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}
