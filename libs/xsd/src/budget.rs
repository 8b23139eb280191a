//! The work that one document, or one set of schemas, may still cause.

use std::cell::Cell;

use crate::limits::STEPS_MAX;

/// Steps of some ten nanoseconds that have been taken.
#[derive(Debug, Default)]
pub(crate) struct Budget(Cell<u64>);

impl Budget {
    pub(crate) fn take(&self, steps: u64) {
        self.0.set(self.0.get().saturating_add(steps));
    }

    pub(crate) fn taken(&self) -> u64 {
        self.0.get()
    }

    pub(crate) fn left(&self) -> u64 {
        STEPS_MAX.saturating_sub(self.0.get())
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.left() == 0
    }
}
