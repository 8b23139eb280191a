//! The hash table behind `Dictionary` and `HashSet`, with .NET's order: items are walked over in the order they were added, except that an
//! added item takes the place of the one that was removed last.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use super::equality::Equality;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::release::release_all;
use crate::expression::value::Value;

/// Memory that an entry takes, its share of the index included.
pub(super) const ENTRY_BYTES: usize = 2 * size_of::<Option<Entry>>() + size_of::<(Key, usize)>();

/// Keys with values.
pub(crate) struct Table {
    equality: Equality,
    index: HashMap<Key, usize, ahash::RandomState>,
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
        Table { equality, index: HashMap::default(), slots: Vec::new(), free: Vec::new(), version: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// Changes with every addition: then walks that are under way end.
    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// Steps that the next addition takes beside its own: those of moving the whole index to a larger place.
    pub(crate) fn growth(&self) -> usize {
        if self.index.len() == self.index.capacity() { self.index.len() } else { 0 }
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
        let std::collections::hash_map::Entry::Vacant(place) = self.index.entry(Key::new(indexed)) else {
            return false;
        };
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
        let (_, slot) = self.index.remove_entry(&Key::new(self.equality.key(key)))?;
        self.free.push(slot);
        self.slots.get_mut(slot)?.take()
    }

    pub(crate) fn clear(&mut self) {
        self.index.clear();
        let entries = self.slots.drain(..).flatten().flat_map(|entry| [entry.key, entry.value]);
        let is_large = |value: &Value| matches!(value, Value::Object(_) | Value::String(_));
        release_all(&mut entries.filter(is_large).collect());
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
