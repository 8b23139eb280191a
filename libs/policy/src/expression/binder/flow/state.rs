//! What is certain at a point of the code.

/// Variables of a function, as bits: states are copied at every branch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Locals(Vec<u64>);

impl Locals {
    fn place(local: u32) -> (usize, u64) {
        (local as usize / 64, 1 << (local % 64))
    }

    pub(super) fn contains(&self, local: u32) -> bool {
        let (word, bit) = Locals::place(local);
        self.0.get(word).is_some_and(|found| found & bit != 0)
    }

    pub(super) fn insert(&mut self, local: u32) {
        let (word, bit) = Locals::place(local);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(found) = self.0.get_mut(word) {
            *found |= bit;
        }
    }

    /// Takes a variable out; whether it was there.
    pub(super) fn remove(&mut self, local: u32) -> bool {
        let (word, bit) = Locals::place(local);
        self.0.get_mut(word).is_some_and(|found| {
            let was_there = *found & bit != 0;
            *found &= !bit;
            was_there
        })
    }

    pub(super) fn extend(&mut self, other: &Locals) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(mine, others)| *mine |= others);
    }

    /// Takes out what is in `before` but not in `behind`.
    pub(super) fn remove_difference(&mut self, before: &Locals, behind: &Locals) {
        for (index, mine) in self.0.iter_mut().enumerate() {
            let word = |locals: &Locals| locals.0.get(index).copied().unwrap_or(0);
            *mine &= !(word(before) & !word(behind));
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// What is certain at a point.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// Control is never here.
    pub(super) is_unreachable: bool,
    /// Variables that may have no value.
    pub(super) open: Locals,
}

impl State {
    pub(super) fn unreachable() -> State {
        State { is_unreachable: true, open: Locals::default() }
    }

    /// What is certain wherever control came from.
    pub(super) fn join(&mut self, other: State) {
        if other.is_unreachable {
            return;
        }
        if self.is_unreachable {
            *self = other;
        } else {
            self.open.extend(&other.open);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_assigned_in_between_is_taken_out() {
        let of = |locals: &[u32]| {
            let mut set = Locals::default();
            locals.iter().for_each(|local| set.insert(*local));
            set
        };
        let mut state = of(&[1, 70, 200]);
        state.remove_difference(&of(&[1, 70]), &of(&[1]));
        assert_eq!([1, 70, 200].map(|local| state.contains(local)), [true, false, true]);
        assert!(state.remove(1) && !state.remove(1) && !state.contains(9999));
    }
}
