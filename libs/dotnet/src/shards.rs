//! A hash map that grows in steps: one that is moved as a whole when it is full takes milliseconds for some hundred thousand keys.
//!
//! What must hold: no addition moves more than [`FIRST_MAX`] keys, or about a [`SHARDS`]th of all where they are many; and the maps of a large one
//! grow one after the other, not all with the same few additions. So they have different shares of the keys: the last one twice as many as the first.

use std::borrow::Borrow;
use std::collections::{HashMap, hash_map};
use std::hash::Hash;

/// Keys of the map that a small one is; a larger one is taken apart.
const FIRST_MAX: usize = 4096;
/// Maps that a large one is made of. Each grows at a time of its own.
const SHARDS: usize = 256;

/// Keys with values.
#[derive(Debug, Clone)]
pub struct Shards<K, V> {
    hasher: ahash::RandomState,
    /// The whole while it is small.
    first: HashMap<K, V, ahash::RandomState>,
    /// The whole when it is large; empty before.
    shards: Vec<HashMap<K, V, ahash::RandomState>>,
    length: usize,
    /// Keys that additions have moved since somebody asked.
    moved: usize,
}

impl<K, V> Default for Shards<K, V> {
    fn default() -> Shards<K, V> {
        let hasher = ahash::RandomState::new();
        Shards { first: HashMap::with_hasher(hasher.clone()), hasher, shards: Vec::new(), length: 0, moved: 0 }
    }
}

impl<K: Hash + Eq, V> Shards<K, V> {
    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether there are few enough keys to be dropped at once.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.shards.is_empty() && self.length <= SHARDS
    }

    /// Keys that the next addition moves.
    #[must_use]
    pub fn growth(&self) -> usize {
        match self.shards.is_empty() {
            true if self.first.len() == self.first.capacity() || self.first.len() == FIRST_MAX => self.first.len(),
            true => 0,
            // All of them move once in the time in which they become twice as many, most of them at its beginning.
            false => 3,
        }
    }

    /// Keys that additions have moved to larger places beyond what [`growth`](Shards::growth) says: to be paid for afterwards.
    pub fn take_moved(&mut self) -> usize {
        std::mem::take(&mut self.moved)
    }

    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        // The lowest bits choose the place in a shard, and the highest ones tell the keys in neighbouring places apart.
        share(self.hasher.hash_one(key) >> 32 & u64::from(u16::MAX))
    }

    fn holding<Q: Hash + ?Sized>(&self, key: &Q) -> &HashMap<K, V, ahash::RandomState> {
        if self.shards.is_empty() { &self.first } else { self.shards.get(self.shard(key)).unwrap_or(&self.first) }
    }

    fn holding_mut<Q: Hash + ?Sized>(&mut self, key: &Q) -> &mut HashMap<K, V, ahash::RandomState> {
        if self.shards.is_empty() {
            return &mut self.first;
        }
        let shard = self.shard(key);
        self.shards.get_mut(shard).unwrap_or(&mut self.first)
    }

    /// The value of a key.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.holding(key).get(key)
    }

    /// Whether there is a key.
    pub fn contains_key<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// Adds a key; false: it is there already, and nothing changes.
    pub fn add(&mut self, key: K, value: V) -> bool {
        if self.shards.is_empty() && self.first.len() >= FIRST_MAX {
            self.spread();
        }
        let map = self.holding_mut(&key);
        let room = map.capacity();
        let is_new = match map.entry(key) {
            hash_map::Entry::Vacant(place) => {
                place.insert(value);
                true
            }
            hash_map::Entry::Occupied(_) => false,
        };
        let moved = if map.capacity() == room { 0 } else { map.len() };
        self.moved += if self.shards.is_empty() { 0 } else { moved };
        self.length += usize::from(is_new);
        is_new
    }

    /// Removes a key.
    pub fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let removed = self.holding_mut(key).remove(key);
        self.length -= usize::from(removed.is_some());
        removed
    }

    /// Removes all: the maps that it is made of, to be dropped one by one.
    pub fn take_apart(&mut self) -> impl Iterator<Item = HashMap<K, V, ahash::RandomState>> + use<K, V> {
        self.length = 0;
        let first = std::mem::replace(&mut self.first, HashMap::with_hasher(self.hasher.clone()));
        std::mem::take(&mut self.shards).into_iter().chain([first]).filter(|part| !part.is_empty())
    }

    fn spread(&mut self) {
        let room = 2 * FIRST_MAX / SHARDS;
        self.shards.resize_with(SHARDS, || HashMap::with_capacity_and_hasher(room, self.hasher.clone()));
        for (key, value) in std::mem::take(&mut self.first) {
            self.holding_mut(&key).insert(key, value);
        }
    }

    /// Keys of the largest map that it is made of.
    #[cfg(test)]
    fn largest(&self) -> usize {
        self.shards.iter().chain([&self.first]).map(HashMap::len).max().unwrap_or_default()
    }
}

/// The shard that a number of 16 bits belongs to: shares grow evenly from the first to the last, so the number's square root tells.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small and not negative"
)]
fn share(number: u64) -> usize {
    let part = number as f32 / 65536.0;
    let shard = ((1.0 + 3.0 * part).sqrt() - 1.0) * SHARDS as f32;
    (shard as usize).min(SHARDS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_was_added_and_not_removed() {
        let mut shards = Shards::default();
        let count = 3 * FIRST_MAX;
        for key in 0..count {
            assert!(shards.add(key, 2 * key));
            assert!(!shards.add(key / 2, 0));
        }
        assert_eq!((shards.len(), shards.get(&7), shards.get(&count)), (count, Some(&14), None));
        assert!((0..count).all(|key| shards.get(&key) == Some(&(2 * key))));
        for key in (0..count).step_by(2) {
            assert_eq!(shards.remove(&key), Some(2 * key));
            assert_eq!(shards.remove(&key), None);
        }
        assert_eq!((shards.len(), shards.contains_key(&1), shards.contains_key(&2)), (count / 2, true, false));
        assert_eq!(shards.take_apart().map(|part| part.len()).sum::<usize>(), count / 2);
        assert!(shards.is_empty() && !shards.contains_key(&1) && shards.add(1, 1));
    }

    #[test]
    fn no_addition_moves_many_keys() {
        let mut shards = Shards::default();
        let count = 100 * FIRST_MAX;
        for key in 0..count {
            assert!(shards.growth() <= FIRST_MAX);
            shards.add(key, ());
        }
        assert!(shards.largest() < 2 * count / SHARDS, "{}", shards.largest());
    }

    #[test]
    fn the_maps_of_a_large_one_grow_one_after_the_other() {
        let mut shards = Shards::default();
        // As many additions as some turns make. If all grew at once, these would move more than 100,000 keys.
        const ROW: usize = 10_000;
        for row in 0..40 {
            (row * ROW..(row + 1) * ROW).for_each(|key| assert!(shards.add(key, ())));
            let moved = shards.take_moved();
            assert!(moved <= 5 * ROW, "{moved} keys moved by {ROW} additions in row {row}");
        }
        assert_eq!(shards.take_moved(), 0);
    }

    #[test]
    fn every_shard_has_its_share() {
        let mut counts = [0_usize; SHARDS];
        (0..=u64::from(u16::MAX)).for_each(|number| counts[share(number)] += 1);
        let (first, last) = (counts[0], counts[SHARDS - 1]);
        assert!(counts.iter().all(|count| (170..=345).contains(count)), "{counts:?}");
        assert!((19..=21).contains(&(10 * last / first)), "{first} {last}");
    }
}
