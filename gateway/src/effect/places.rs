//! The places of `limit-concurrency`: how many requests of this process are inside of a group right now; and of the one who makes a `cache-value`.
//!
//! What must hold: a place that was taken is given back exactly once, at the latest when its exchange is dropped; and
//! who has the place of a `cache-value`, for which others may wait, waits for none.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ahash::RandomState;
use postern_policy::Lead;
use smallvec::SmallVec;

/// Parts of the table with a lock each.
const SHARDS: usize = 64;

/// All groups of which a place is taken.
#[derive(Debug)]
pub struct Places {
    shards: Box<[Mutex<Shard>]>,
}

#[derive(Debug, Default)]
struct Shard {
    taken: HashMap<u128, Taken, RandomState>,
    /// Number of the place that was taken last.
    turn: u64,
}

/// The places of a group that are taken.
#[derive(Debug, Default)]
struct Taken {
    count: u32,
    /// Number of the last one.
    turn: u64,
}

impl Default for Places {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Places {
    /// Takes a place of a group of `max`, if one is free.
    fn take(&self, key: u128, max: u32) -> bool {
        self.enter(key, max).is_ok()
    }

    /// Takes the only place of a group, or says which turn it is taken for.
    fn lead(&self, key: u128) -> Lead {
        match self.enter(key, 1) {
            Ok(()) => Lead::First,
            Err(turn) => Lead::Behind(turn),
        }
    }

    fn enter(&self, key: u128, max: u32) -> Result<(), u64> {
        let Some(shard) = self.shard(key) else { return Err(0) };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let Shard { taken, turn } = &mut *shard;
        let places = taken.entry(key).or_default();
        if places.count >= max {
            let last = places.turn;
            // An entry that was just made for a group of none must not stay.
            if places.count == 0 {
                taken.remove(&key);
            }
            return Err(last);
        }
        *turn += 1;
        *places = Taken { count: places.count + 1, turn: *turn };
        Ok(())
    }

    /// Gives a place back.
    pub(crate) fn give_back(&self, key: u128) {
        let Some(shard) = self.shard(key) else { return };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = shard.taken.get_mut(&key) {
            places.count -= 1;
            if places.count == 0 {
                shard.taken.remove(&key);
            }
        }
    }

    fn shard(&self, key: u128) -> Option<&Mutex<Shard>> {
        // Keys are digests, so any bits will do.
        self.shards.get((key as usize) % SHARDS)
    }
}

/// Places of one exchange, given back when it is over, however it ends.
#[derive(Debug)]
pub(crate) struct HeldPlaces<'a> {
    places: &'a Places,
    held: SmallVec<[Held; 1]>,
}

#[derive(Debug)]
struct Held {
    key: u128,
    /// Whether others wait for it, instead of being refused.
    is_led: bool,
}

impl<'a> HeldPlaces<'a> {
    pub(crate) fn new(places: &'a Places) -> Self {
        Self { places, held: SmallVec::new() }
    }

    /// Takes a place of a group of `max`, if one is free.
    pub(crate) fn take(&mut self, key: u128, max: u32) -> bool {
        let is_free = self.places.take(key, max);
        if is_free {
            self.held.push(Held { key, is_led: false });
        }
        is_free
    }

    /// Takes the only place of a group, or says whether it may be waited for.
    pub(crate) fn lead(&mut self, key: u128) -> Lead {
        let lead = self.places.lead(key);
        match lead {
            Lead::First => self.held.push(Held { key, is_led: true }),
            // The one that has it may be waiting for this exchange, or be this exchange.
            _ if self.held.iter().any(|held| held.is_led) => return Lead::MustNotWait,
            _ => {}
        }
        lead
    }

    pub(crate) fn give_back(&mut self, key: u128) {
        if let Some(at) = self.held.iter().rposition(|held| held.key == key) {
            self.held.remove(at);
            self.places.give_back(key);
        }
    }

    pub(crate) fn give_all_back(&mut self) {
        for held in self.held.drain(..) {
            self.places.give_back(held.key);
        }
    }
}

impl Drop for HeldPlaces<'_> {
    fn drop(&mut self) {
        self.give_all_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_places_are_taken_than_there_are() {
        let places = Places::default();
        assert!(places.take(1, 2) && places.take(1, 2));
        assert!(!places.take(1, 2));
        assert!(places.take(2, 1));
        places.give_back(1);
        assert!(places.take(1, 2));
        assert!(!places.take(1, 2));
        assert!(!places.take(3, 0));
    }

    #[test]
    fn who_comes_behind_another_is_told_when_that_is_a_different_one() {
        let places = Places::default();
        let turn = |lead| match lead {
            Lead::First | Lead::MustNotWait => None,
            Lead::Behind(turn) => Some(turn),
        };
        assert_eq!(places.lead(1), Lead::First);
        let first = turn(places.lead(1));
        assert!(first.is_some());
        assert_eq!(turn(places.lead(1)), first, "looking is no turn");
        places.give_back(1);
        assert_eq!(places.lead(1), Lead::First);
        let second = turn(places.lead(1));
        assert!(second.is_some() && second != first);
    }

    #[test]
    fn a_group_without_a_taken_place_takes_no_memory() {
        let places = Places::default();
        for key in 0..1000 {
            assert!(places.take(key, 1));
            places.give_back(key);
        }
        assert!(places.shards.iter().all(|shard| shard.lock().unwrap().taken.is_empty()));
    }

    #[test]
    fn who_has_a_place_that_others_wait_for_waits_for_none() {
        let places = Places::default();
        let (mut one, mut other) = (HeldPlaces::new(&places), HeldPlaces::new(&places));
        assert!(one.take(9, 1), "nobody waits for such a place");
        assert_eq!((other.lead(1), other.lead(2)), (Lead::First, Lead::First));
        assert!(matches!(one.lead(1), Lead::Behind(_)));
        assert_eq!(one.lead(3), Lead::First);
        // Crossed, and its own.
        assert_eq!((one.lead(1), other.lead(3)), (Lead::MustNotWait, Lead::MustNotWait));
        assert_eq!(one.lead(3), Lead::MustNotWait);
        one.give_back(3);
        assert!(matches!(one.lead(1), Lead::Behind(_)));
        drop(other);
        assert_eq!(one.lead(1), Lead::First);
    }
}
