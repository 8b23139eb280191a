//! The hash table behind `Dictionary` and `HashSet`, with .NET's order: items are walked over in the order they were added, except that an
//! added item takes the place of the one that was removed last.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use super::equality::Equality;
use crate::expression::release::release;
use crate::expression::value::Value;

/// Memory that an entry takes, its share of the index included.
pub(super) const ENTRY_BYTES: usize = 2 * size_of::<Option<Entry>>() + size_of::<(Key, usize)>();

/// Keys with values.
pub(crate) struct Table {
    equality: Equality,
    index: HashMap<Key, usize>,
    slots: Vec<Option<Entry>>,
    /// Empty slots, that of the last removal last.
    free: Vec<usize>,
    version: u32,
}

/// A key with its value.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) key: Value,
    pub(crate) value: Value,
}

/// A key as the index compares it.
struct Key(Value);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash_code());
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.0.equals(&other.0)
    }
}

impl Eq for Key {}

impl Table {
    pub(crate) fn new(equality: Equality) -> Table {
        Table { equality, index: HashMap::new(), slots: Vec::new(), free: Vec::new(), version: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// Changes with every addition: then walks that are under way end.
    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// The slot of a key.
    pub(crate) fn find(&self, key: &Value) -> Option<usize> {
        self.index.get(&Key(self.equality.key(key))).copied()
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
        let std::collections::hash_map::Entry::Vacant(place) = self.index.entry(Key(indexed)) else { return false };
        place.insert(slot);
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
        let (_, slot) = self.index.remove_entry(&Key(self.equality.key(key)))?;
        self.free.push(slot);
        self.slots.get_mut(slot)?.take()
    }

    pub(crate) fn clear(&mut self) {
        for (key, _) in self.index.drain() {
            release(key.0);
        }
        for entry in self.slots.drain(..).flatten() {
            release(entry.key);
            release(entry.value);
        }
        self.free.clear();
    }

    /// Entries in order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.slots.iter().flatten()
    }

    /// The first entry at or behind a slot, with its slot.
    pub(crate) fn entry_from(&self, slot: usize) -> Option<(usize, &Entry)> {
        let rest = self.slots.get(slot..)?;
        rest.iter().enumerate().find_map(|(offset, entry)| Some((slot + offset, entry.as_ref()?)))
    }
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
}
