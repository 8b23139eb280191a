//! Requests of `send-one-way-request`, which nobody waits for and which go on when their exchange is over.
//!
//! What must hold: a worker has a bounded number of them under way, and bounded bytes of their bodies; each gives its place back however it ends.

use std::cell::Cell;
use std::rc::Rc;

use crate::io::Notify;
use crate::limits::{ONE_WAY_BYTES_MAX, ONE_WAY_MAX};

/// What a worker has under way.
#[derive(Debug, Default)]
pub(crate) struct OneWay {
    count: Cell<usize>,
    bytes: Cell<usize>,
    /// Told when the last one has ended.
    pub(crate) ended: Notify,
}

impl OneWay {
    /// A place for a request with a body of so many bytes; `None`: there is no room.
    pub(crate) fn enter(self: &Rc<Self>, bytes: usize) -> Option<Place> {
        let (count, all) = (self.count.get() + 1, self.bytes.get().saturating_add(bytes));
        if count > ONE_WAY_MAX || all > ONE_WAY_BYTES_MAX {
            return None;
        }
        self.count.set(count);
        self.bytes.set(all);
        Some(Place { of: Rc::clone(self), bytes })
    }

    /// How many are under way.
    pub(crate) fn count(&self) -> usize {
        self.count.get()
    }
}

/// One request under way.
#[derive(Debug)]
pub(crate) struct Place {
    of: Rc<OneWay>,
    bytes: usize,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.of.count.set(self.of.count.get().saturating_sub(1));
        self.of.bytes.set(self.of.bytes.get().saturating_sub(self.bytes));
        if self.of.count.get() == 0 {
            self.of.ended.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_under_way_than_the_limit_and_one_that_ended_makes_room() {
        let all = Rc::new(OneWay::default());
        let mut places: Vec<_> = (0..ONE_WAY_MAX).map(|_| all.enter(0).unwrap()).collect();
        assert!(all.enter(0).is_none());
        places.pop();
        assert!(all.enter(0).is_some(), "the place of one that ended is free");
    }

    #[test]
    fn their_bodies_are_bounded_together() {
        let all = Rc::new(OneWay::default());
        let large = all.enter(ONE_WAY_BYTES_MAX).unwrap();
        assert!(all.enter(1).is_none());
        assert!(all.enter(0).is_some());
        drop(large);
        assert!(all.enter(1).is_some());
        assert_eq!(all.count(), 0);
    }
}
