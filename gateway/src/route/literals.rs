//! One hash table for all literal edges of a tree: (parent node, octets) → child node.
//!
//! What must hold: a look-up costs one hash of the segment and, at half load, about one probe, whatever the number of
//! edges; the table is flat, so copying it is copying a few blocks of memory.

use super::segment::{HEAD, Segment, fold_multiply};

/// A node of a tree.
pub(super) type NodeId = u32;

/// No node.
pub(super) const NONE: NodeId = NodeId::MAX;

#[derive(Debug, Clone, Default)]
pub(super) struct Literals {
    /// Open addressing, linear probing, a power of two long, at most half full.
    slots: Vec<Slot>,
    /// Keys that are longer than [`HEAD`].
    long_keys: Vec<Box<[u8]>>,
    count: usize,
}

/// Half a cache line: nearly every look-up touches nothing else.
#[derive(Debug, Clone, Copy)]
struct Slot {
    tag: u32,
    parent: NodeId,
    /// [`NONE`] marks a free slot.
    child: NodeId,
    length: u32,
    key: Key,
}

/// Octets of a short key; of a long one its first eight and its place in the list.
type Key = [u64; HEAD / 8];

impl Slot {
    const FREE: Self = Self { tag: 0, parent: NONE, child: NONE, length: 0, key: [0; HEAD / 8] };
}

impl Literals {
    /// The child of `parent` over `segment`. Adds the slots looked at to `steps`.
    pub(super) fn find(&self, parent: NodeId, segment: &Segment<'_>, steps: &mut u32) -> Option<NodeId> {
        let mask = self.slots.len().checked_sub(1)?;
        let (mut at, tag) = edge(parent, segment.hash);
        loop {
            *steps += 1;
            let slot = &self.slots[at & mask];
            if slot.tag == tag && slot.parent == parent && slot.length == segment.length && self.holds(slot, segment) {
                return Some(slot.child);
            }
            if slot.child == NONE {
                return None;
            }
            at += 1;
        }
    }

    /// As [`Literals::find`]; a segment with path parameters that is not there as a whole is looked up without them.
    /// Backends that take `/admin;x` for `/admin` would else be reached by way of another operation's policies.
    pub(super) fn find_lenient(
        &self,
        parent: NodeId,
        segment: &Segment<'_>,
        has_parameters: bool,
        steps: &mut u32,
    ) -> Option<NodeId> {
        let whole = self.find(parent, segment, steps);
        if !has_parameters || whole.is_some() {
            return whole;
        }
        self.find(parent, &segment.without_parameters()?, steps)
    }

    /// Adds an edge. `key` is decoded and folded; the caller has looked that it is new.
    pub(super) fn insert(&mut self, parent: NodeId, key: &[u8], child: NodeId) {
        if (self.count + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let segment = Segment::new(key, false);
        let mut head = segment.head;
        if key.len() > HEAD {
            head[1] = self.long_keys.len() as u64;
            self.long_keys.push(key.into());
        }
        let (at, tag) = edge(parent, segment.hash);
        self.place(at, Slot { tag, parent, child, length: segment.length, key: head });
        self.count += 1;
    }

    /// As [`Literals::find`], for octets that are decoded and folded already: a `%` in them is an octet, not an escape.
    pub(super) fn find_key(&self, parent: NodeId, key: &[u8]) -> Option<NodeId> {
        self.find(parent, &Segment::new(key, false), &mut 0)
    }

    /// Whether the key is the segment; their lengths are equal.
    fn holds(&self, slot: &Slot, segment: &Segment<'_>) -> bool {
        if slot.length as usize <= HEAD {
            return slot.key == segment.head;
        }
        slot.key[0] == segment.head[0] && self.long_keys.get(slot.key[1] as usize).is_some_and(|key| segment.is(key))
    }

    fn place(&mut self, mut at: usize, slot: Slot) {
        let mask = self.slots.len() - 1;
        while self.slots[at & mask].child != NONE {
            at += 1;
        }
        self.slots[at & mask] = slot;
    }

    fn grow(&mut self) {
        let capacity = (self.slots.len() * 2).max(8);
        let old = std::mem::replace(&mut self.slots, vec![Slot::FREE; capacity]);
        for slot in old.into_iter().filter(|slot| slot.child != NONE) {
            let at = if slot.length as usize <= HEAD {
                self.home(&slot, &octets_of(&slot))
            } else {
                let key = self.long_keys.get(slot.key[1] as usize).cloned().unwrap_or_default();
                self.home(&slot, &key)
            };
            self.place(at, slot);
        }
    }

    fn home(&self, slot: &Slot, key: &[u8]) -> usize {
        edge(slot.parent, Segment::new(key, false).hash).0
    }
}

/// Where the search for an edge begins, and its tag: independent bits of one hash.
fn edge(parent: NodeId, segment_hash: u64) -> (usize, u32) {
    let hash = fold_multiply(segment_hash ^ u64::from(parent), 0x2545_F491_4F6C_DD1D);
    ((hash & 0xFFFF_FFFF) as usize, (hash >> 32) as u32)
}

/// The octets of a short key.
fn octets_of(slot: &Slot) -> Vec<u8> {
    let bytes = slot.key.iter().flat_map(|word| word.to_le_bytes());
    bytes.take(slot.length as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_is_found_in_any_spelling_and_only_under_its_parent() {
        let mut table = Literals::default();
        assert_eq!(table.find_key(0, b"a"), None);
        let text =
            |child: u32| if child.is_multiple_of(2) { format!("s-{child}") } else { format!("longer-segment-{child}") };
        for child in 1..10_000u32 {
            table.insert(child % 7, text(child).as_bytes(), child);
        }
        let mut steps = 0;
        for child in 1..10_000u32 {
            let text = text(child).to_uppercase().replace('-', "%2D");
            let segment = Segment::new(text.as_bytes(), true);
            assert_eq!(table.find(child % 7, &segment, &mut steps), Some(child));
            assert_eq!(table.find(7, &segment, &mut 0), None);
        }
        // Linear probing at no more than half load: 1.5 slots on average for a hit (Knuth 6.4).
        assert!(steps < 9_999 * 2, "{steps}");
        assert_eq!(table.find_key(1, b"longer-segment-10000"), None);
        assert_eq!(table.find_key(1, b""), None);
    }
}
