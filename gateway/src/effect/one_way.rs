//! Requests of `send-one-way-request`, which nobody waits for and which go on when their exchange is over.
//!
//! What must hold: a worker has a bounded number of them under way, and bounded bytes of their bodies; each gives its place back however it ends;
//! they leave most of the files that the process may open to callers and backends.

use std::cell::Cell;
use std::num::NonZero;
use std::rc::Rc;

use rustix::process::{Resource, getrlimit};

use crate::io::Notify;
use crate::limits::{ONE_WAY_BYTES_MAX, ONE_WAY_FILES_SHARE, ONE_WAY_MAX};

/// What a worker has under way.
#[derive(Debug)]
pub(crate) struct OneWay {
    count_max: usize,
    count: Cell<usize>,
    bytes: Cell<usize>,
    /// Told when the last one has ended.
    pub(crate) ended: Notify,
}

impl OneWay {
    /// For one of so many workers.
    pub(crate) fn new(workers: NonZero<usize>) -> Self {
        let count_max = count_max(getrlimit(Resource::Nofile).current, workers);
        Self { count_max, count: Cell::new(0), bytes: Cell::new(0), ended: Notify::default() }
    }

    /// A place for a request with a body of so many bytes; `None`: there is no room.
    pub(crate) fn enter(self: &Rc<Self>, bytes: usize) -> Option<Place> {
        let (count, all) = (self.count.get() + 1, self.bytes.get().saturating_add(bytes));
        if count > self.count_max || all > ONE_WAY_BYTES_MAX {
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

/// How many one worker may have under way when the process may open so many files; `None`: any number.
fn count_max(files: Option<u64>, workers: NonZero<usize>) -> usize {
    let share = files.map_or(u64::MAX, |files| files / ONE_WAY_FILES_SHARE / workers.get() as u64);
    usize::try_from(share).unwrap_or(ONE_WAY_MAX).clamp(1, ONE_WAY_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room_for(count_max: usize) -> Rc<OneWay> {
        Rc::new(OneWay { count_max, ..OneWay::new(NonZero::<usize>::MIN) })
    }

    #[test]
    fn the_share_of_the_files_is_divided_by_the_workers() {
        for (files, workers, expected) in [
            (None, 2, ONE_WAY_MAX),
            (Some(1_048_576), 8, ONE_WAY_MAX),
            (Some(8_192), 2, ONE_WAY_MAX),
            (Some(8_184), 2, ONE_WAY_MAX - 1),
            (Some(2_000), 2, 250),
            (Some(2_000), 1, 500),
            (Some(4), 2, 1),
        ] {
            assert_eq!(count_max(files, NonZero::new(workers).unwrap()), expected, "{files:?} {workers}");
        }
    }

    #[test]
    fn no_more_are_under_way_than_the_limit_and_one_that_ended_makes_room() {
        let all = room_for(3);
        let mut places: Vec<_> = (0..3).map(|_| all.enter(0).unwrap()).collect();
        assert!(all.enter(0).is_none());
        places.pop();
        assert!(all.enter(0).is_some(), "the place of one that ended is free");
    }

    #[test]
    fn their_bodies_are_bounded_together() {
        let all = room_for(3);
        let large = all.enter(ONE_WAY_BYTES_MAX).unwrap();
        assert!(all.enter(1).is_none());
        assert!(all.enter(0).is_some());
        drop(large);
        assert!(all.enter(1).is_some());
        assert_eq!(all.count(), 0);
    }
}
