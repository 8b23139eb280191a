//! One hash table for all literal edges of a tree: (parent node, octets) → child node.
//!
//! What must hold: a look-up costs one hash of the segment and, at half load, about one probe, whatever the number of
//! edges; the table is flat, so copying it is copying a few blocks of memory.

use super::segment::{fold_multiply, hash, matches};

/// A node of a tree.
pub(super) type NodeId = u32;

/// No node.
pub(super) const NONE: NodeId = NodeId::MAX;

#[derive(Debug, Clone, Default)]
pub(super) struct Literals {
    /// Open addressing, linear probing, a power of two long, at most half full.
    slots: Vec<Slot>,
    keys: Vec<u8>,
    count: usize,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    hash: u64,
    parent: NodeId,
    /// [`NONE`] marks a free slot.
    child: NodeId,
    key_start: u32,
    key_length: u32,
}

impl Slot {
    const FREE: Self = Self { hash: 0, parent: NONE, child: NONE, key_start: 0, key_length: 0 };
}

/// A segment that is looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'a> {
    octets: &'a [u8],
    hash: u64,
    escaped: bool,
}

impl<'a> Segment<'a> {
    /// `escaped`: whether a `%` may be in it.
    pub(super) fn new(octets: &'a [u8], escaped: bool) -> Self {
        Self { octets, hash: hash(octets, escaped), escaped }
    }
}

impl Literals {
    /// The child of `parent` over `segment`. Adds the slots looked at to `steps`.
    pub(super) fn find(&self, parent: NodeId, segment: Segment<'_>, steps: &mut u32) -> Option<NodeId> {
        let mask = self.slots.len().checked_sub(1)?;
        let hash = edge_hash(parent, segment.hash);
        let mut at = hash as usize & mask;
        loop {
            *steps += 1;
            let slot = &self.slots[at];
            if slot.child == NONE {
                return None;
            }
            if slot.hash == hash && slot.parent == parent && matches(segment.octets, self.key(slot), segment.escaped) {
                return Some(slot.child);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds an edge. `key` is decoded and folded; the caller has looked that it is new.
    pub(super) fn insert(&mut self, parent: NodeId, key: &[u8], child: NodeId) {
        if (self.count + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let key_start = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.extend_from_slice(key);
        let slot = Slot {
            // A key's octets are hashed as they are: a `%` in one is an octet, not an escape.
            hash: edge_hash(parent, hash(key, false)),
            parent,
            child,
            key_start,
            key_length: key.len() as u32,
        };
        self.place(slot);
        self.count += 1;
    }

    /// As [`Literals::find`], for octets that are decoded and folded already.
    pub(super) fn find_key(&self, parent: NodeId, key: &[u8]) -> Option<NodeId> {
        self.find(parent, Segment { octets: key, hash: hash(key, false), escaped: false }, &mut 0)
    }

    fn key(&self, slot: &Slot) -> &[u8] {
        let start = slot.key_start as usize;
        &self.keys[start..start + slot.key_length as usize]
    }

    fn place(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut at = slot.hash as usize & mask;
        while self.slots[at].child != NONE {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
    }

    fn grow(&mut self) {
        let capacity = (self.slots.len() * 2).max(8);
        let old = std::mem::replace(&mut self.slots, vec![Slot::FREE; capacity]);
        for slot in old.into_iter().filter(|slot| slot.child != NONE) {
            self.place(slot);
        }
    }
}

fn edge_hash(parent: NodeId, segment_hash: u64) -> u64 {
    fold_multiply(segment_hash ^ u64::from(parent), 0x2545_F491_4F6C_DD1D)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_is_found_in_any_spelling_and_only_under_its_parent() {
        let mut table = Literals::default();
        assert_eq!(table.find_key(0, b"a"), None);
        for child in 1..10_000u32 {
            table.insert(child % 7, format!("segment-{child}").as_bytes(), child);
        }
        let mut steps = 0;
        for child in 1..10_000u32 {
            let text = format!("SEGMENT%2D{child}");
            let segment = Segment::new(text.as_bytes(), true);
            assert_eq!(table.find(child % 7, segment, &mut steps), Some(child));
            assert_eq!(table.find(7, segment, &mut 0), None);
        }
        // Linear probing at no more than half load: 1.5 slots on average for a hit (Knuth 6.4).
        assert!(steps < 9_999 * 2, "{steps}");
    }
}
