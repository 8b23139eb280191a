//! What is certain at a point of the code.

use std::collections::BTreeSet;

/// What is certain at a point.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// Control is never here.
    pub(super) is_unreachable: bool,
    /// Variables that may have no value.
    pub(super) open: BTreeSet<u32>,
}

impl State {
    pub(super) fn unreachable() -> State {
        State { is_unreachable: true, open: BTreeSet::new() }
    }

    /// What is certain wherever control came from.
    pub(super) fn join(&mut self, other: State) {
        if other.is_unreachable {
            return;
        }
        if self.is_unreachable {
            *self = other;
        } else {
            self.open.extend(other.open);
        }
    }
}
