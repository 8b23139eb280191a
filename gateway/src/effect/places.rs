//! The places of `limit-concurrency`: how many requests of this process are inside of a group right now.
//!
//! What must hold: a place that was taken is given back exactly once, at the latest when its exchange is dropped.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ahash::RandomState;

/// Parts of the table with a lock each.
const SHARDS: usize = 64;

/// All groups of which a place is taken.
#[derive(Debug)]
pub struct Places {
    shards: Box<[Mutex<HashMap<u128, u32, RandomState>>]>,
}

impl Default for Places {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Places {
    /// Takes a place of a group of `max`, if one is free.
    pub(crate) fn take(&self, key: u128, max: u32) -> bool {
        let Some(shard) = self.shard(key) else { return false };
        let mut taken = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(key).or_default();
        if *count >= max {
            // An entry that was just made for a group of none must not stay.
            if *count == 0 {
                taken.remove(&key);
            }
            return false;
        }
        *count += 1;
        true
    }

    /// Gives a place back.
    pub(crate) fn give_back(&self, key: u128) {
        let Some(shard) = self.shard(key) else { return };
        let mut taken = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&key);
            }
        }
    }

    fn shard(&self, key: u128) -> Option<&Mutex<HashMap<u128, u32, RandomState>>> {
        // Keys are digests, so any bits will do.
        self.shards.get((key as usize) % SHARDS)
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
    fn a_group_without_a_taken_place_takes_no_memory() {
        let places = Places::default();
        for key in 0..1000 {
            assert!(places.take(key, 1));
            places.give_back(key);
        }
        assert!(places.shards.iter().all(|shard| shard.lock().unwrap().is_empty()));
    }
}
