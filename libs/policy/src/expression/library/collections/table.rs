//! The hash table behind `Dictionary` and `HashSet`, with .NET's order: items are walked over in the order they were added, except that an
//! added item takes the place of the one that was removed last.
//!
//! What must hold: no addition moves more than some thousand entries, however many there are.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use postern_dotnet::{Shards, garbage};

use super::equality::Equality;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::release::release;
use crate::expression::value::Value;

/// Memory that an entry takes, its share of the index included.
pub(super) const ENTRY_BYTES: usize = 2 * size_of::<Option<Entry>>() + size_of::<(Key, usize)>();

/// Keys with values.
pub(crate) struct Table {
    equality: Equality,
    index: Shards<Key, usize>,
    slots: Slots,
    /// Empty slots, that of the last removal last.
    free: Vec<usize>,
    version: u32,
}

/// Places of entries, which stay where they are while there are more and more.
#[derive(Default)]
struct Slots(Vec<Vec<Option<Entry>>>);

impl Slots {
    /// Places that lie together.
    const TOGETHER: usize = 1024;

    fn len(&self) -> usize {
        self.0.last().map_or(0, |last| (self.0.len() - 1) * Self::TOGETHER + last.len())
    }

    fn get(&self, slot: usize) -> Option<&Option<Entry>> {
        self.0.get(slot / Self::TOGETHER)?.get(slot % Self::TOGETHER)
    }

    fn get_mut(&mut self, slot: usize) -> Option<&mut Option<Entry>> {
        self.0.get_mut(slot / Self::TOGETHER)?.get_mut(slot % Self::TOGETHER)
    }

    fn push(&mut self, entry: Option<Entry>) {
        match self.0.last_mut() {
            Some(last) if last.len() < Self::TOGETHER => last.push(entry),
            None => self.0.push(vec![entry]),
            Some(_) => {
                let mut next = Vec::with_capacity(Self::TOGETHER);
                next.push(entry);
                self.0.push(next);
            }
        }
    }

    /// From a place on, with its number.
    fn from(&self, slot: usize) -> impl Iterator<Item = (usize, &Option<Entry>)> {
        let (first, skipped) = (slot / Self::TOGETHER, slot % Self::TOGETHER);
        let rest = self.0.get(first..).unwrap_or_default().iter().flatten().skip(skipped);
        rest.enumerate().map(move |(offset, entry)| (slot + offset, entry))
    }
}

/// A key with its value.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) key: Value,
    pub(crate) value: Value,
}

/// A key as the index compares it, with its hash: the index grows without asking for it again.
struct Key {
    value: Value,
    hash: u64,
}

impl Key {
    fn new(value: Value) -> Key {
        Key { hash: value.hash_code(), value }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.hash == other.hash && self.value.equals(&other.value)
    }
}

impl Eq for Key {}

impl Table {
    /// How keys are compared.
    pub(super) fn equality(&self) -> Equality {
        self.equality
    }

    pub(crate) fn new(equality: Equality) -> Table {
        Table { equality, index: Shards::default(), slots: Slots::default(), free: Vec::new(), version: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// Changes with every addition: then walks that are under way end.
    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// Steps that the next addition takes beside its own: those of moving a part of the index to a larger place.
    pub(crate) fn growth(&self) -> usize {
        self.index.growth()
    }

    /// Pays for keys that additions have moved to larger places, so that the turn ends soon where they were many.
    pub(crate) fn charge_moved(&mut self, machine: &mut Machine<'_>) {
        /// Steps for a key: two places in memory that was not looked at for long.
        const STEPS: usize = 6;
        let moved = self.index.take_moved();
        if moved > 0 {
            machine.charge_more(moved * STEPS);
        }
    }

    /// Slots, empty ones included: what a walk over all looks at.
    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Pays for hashing a key, and for comparing it with the one that is found.
    pub(crate) fn charge_key(&self, machine: &mut Machine<'_>, key: &Value) -> Result<(), Thrown> {
        machine.charge(1 + self.equality.key_steps(key))
    }

    /// The slot of a key.
    pub(crate) fn find(&self, key: &Value) -> Option<usize> {
        self.index.get(&Key::new(self.equality.key(key))).copied()
    }

    pub(crate) fn entry(&self, slot: usize) -> Option<&Entry> {
        self.slots.get(slot)?.as_ref()
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &Value) -> Option<&Value> {
        Some(&self.entry(self.find(key)?)?.value)
    }

    /// Replaces the value of a key that is there; false: it is not.
    pub(crate) fn replace(&mut self, key: &Value, value: &Value) -> bool {
        let slot = self.find(key).and_then(|slot| self.slots.get_mut(slot)?.as_mut());
        slot.map(|entry| entry.value = value.clone()).is_some()
    }

    /// Adds a key; false: it is there already, and nothing changes.
    pub(crate) fn add(&mut self, key: Value, value: Value) -> bool {
        let indexed = self.equality.key(&key);
        let slot = self.free.last().copied().unwrap_or(self.slots.len());
        if !self.index.add(Key::new(indexed), slot) {
            return false;
        }
        let entry = Some(Entry { key, value });
        match self.slots.get_mut(slot) {
            Some(empty) => {
                *empty = entry;
                self.free.pop();
            }
            None => self.slots.push(entry),
        }
        self.version = self.version.wrapping_add(1);
        true
    }

    /// Removes a key. Walks that are under way go on.
    pub(crate) fn remove(&mut self, key: &Value) -> Option<Entry> {
        let slot = self.index.remove(&Key::new(self.equality.key(key)))?;
        self.free.push(slot);
        self.slots.get_mut(slot)?.take()
    }

    pub(crate) fn clear(&mut self) {
        self.free.clear();
        let slots = std::mem::take(&mut self.slots).0;
        if self.index.is_whole() && slots.len() <= 1 {
            self.index.take_apart().for_each(drop_keys);
            slots.into_iter().for_each(drop_entries);
            return;
        }
        // What is pushed last is dropped first: keys that are values of entries as well are not the last to hold them.
        let entries = slots.into_iter().map(Left::Entries);
        let left = entries.chain(self.index.take_apart().map(Left::Keys)).collect();
        garbage::free(left, |left, _| {
            match left {
                Left::Entries(entries) => drop_entries(entries),
                Left::Keys(keys) => drop_keys(keys),
            }
            0
        });
    }

    /// Entries in order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.slots.0.iter().flatten().flatten()
    }

    /// The first entry at or behind a slot, with its slot.
    pub(crate) fn entry_from(&self, slot: usize) -> Option<(usize, &Entry)> {
        self.slots.from(slot).find_map(|(slot, entry)| Some((slot, entry.as_ref()?)))
    }
}

/// A part of a table that is dropped: a large one goes in turns.
enum Left {
    Entries(Vec<Option<Entry>>),
    Keys(HashMap<Key, usize, ahash::RandomState>),
}

/// Drops entries that lie together. Each is some memory that was not looked at for long.
fn drop_entries(entries: Vec<Option<Entry>>) {
    garbage::count(1 + entries.len());
    for entry in entries.into_iter().flatten() {
        release(entry.key);
        release(entry.value);
    }
}

fn drop_keys(keys: HashMap<Key, usize, ahash::RandomState>) {
    garbage::count(1 + keys.len());
    keys.into_keys().for_each(|key| release(key.value));
}

impl Drop for Table {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(table: &Table) -> Vec<String> {
        table.entries().map(|entry| format!("{:?}", entry.key)).collect()
    }

    #[test]
    fn an_added_key_takes_the_place_of_the_one_removed_last() {
        let mut table = Table::new(Equality::default());
        for key in 1..=4 {
            assert!(table.add(Value::Int(key), Value::Null));
        }
        assert!(!table.add(Value::Int(2), Value::Null));
        assert!(table.remove(&Value::Int(1)).is_some());
        assert!(table.remove(&Value::Int(3)).is_some());
        assert!(table.remove(&Value::Int(3)).is_none());
        assert_eq!(keys(&table), ["2", "4"]);
        for key in 5..=7 {
            table.add(Value::Int(key), Value::Null);
        }
        assert_eq!(keys(&table), ["6", "2", "5", "4", "7"]);
        assert_eq!(table.len(), 5);
    }

    #[test]
    fn many_keys_are_found_and_walked_over_in_order() {
        let mut table = Table::new(Equality::default());
        for key in 0..10_000 {
            assert!(table.growth() <= 4096);
            assert!(table.add(Value::Int(key), Value::Int(-key)));
        }
        for key in (0..10_000).step_by(3) {
            assert!(table.remove(&Value::Int(key)).is_some());
        }
        let is_key = |at: usize, key: i32| {
            table.entry_from(at).is_some_and(|(slot, entry)| slot == key as usize && entry.key.equals(&Value::Int(key)))
        };
        assert!(is_key(0, 1) && is_key(1023, 1024) && is_key(1024, 1024));
        assert_eq!((table.len(), table.slots()), (10_000 - 3334, 10_000));
        assert!(table.get(&Value::Int(5000)).is_some_and(|value| value.equals(&Value::Int(-5000))));
        assert!(table.get(&Value::Int(9000)).is_none());
        let in_order = keys(&table).into_iter().map(|key| key.parse().unwrap()).collect::<Vec<i32>>();
        assert_eq!(in_order, (0..10_000).filter(|key| key % 3 != 0).collect::<Vec<_>>());
    }

    #[test]
    fn a_large_table_is_dropped_in_turns() {
        std::thread::spawn(|| {
            garbage::collect(1);
            let mut table = Table::new(Equality::default());
            for key in 0..100_000 {
                table.add(Value::Int(key), Value::Null);
            }
            drop(table);
            let turns = (1..).find(|_| {
                garbage::collect(20_000);
                !garbage::is_waiting()
            });
            // Entries and keys.
            assert!(turns.is_some_and(|turns| (9..=20).contains(&turns)), "{turns:?} turns");
        })
        .join()
        .unwrap();
    }
}
