//! Work on large values that is done in pieces.
//!
//! What must hold: the pieces together come to what the work comes to in one go, whatever their sizes. The state between two pieces is a value:
//! no recursion, nothing borrowed.

/// Something that takes long, and what was done of it.
pub trait Work {
    /// What comes out.
    type Output;

    /// Goes on for about so many steps of ten nanoseconds, at least for one item, and takes those that it used; `None`: there is more to do.
    fn step(&mut self, steps: &mut u64) -> Option<Self::Output>;

    /// Bytes that were taken so far.
    fn bytes_taken(&self) -> usize {
        0
    }
}

/// Steps as a number of items that take `each` steps; at least one.
pub(crate) fn items(steps: u64, each: u64) -> usize {
    usize::try_from(steps / each).unwrap_or(usize::MAX).max(1)
}

/// Takes the steps of so many items.
pub(crate) fn take(steps: &mut u64, items: usize, each: u64) {
    *steps = steps.saturating_sub((items as u64).saturating_mul(each));
}

/// The whole work in pieces of so many steps.
#[cfg(test)]
pub(crate) fn in_pieces<W: Work>(mut work: W, steps: u64) -> (W::Output, usize) {
    let mut pieces = 1;
    loop {
        if let Some(output) = work.step(&mut { steps }) {
            return (output, pieces);
        }
        pieces += 1;
    }
}
