//! Subscriptions by key, 100,000 of them without cost to a request or to an apply.
//!
//! Two levels: the bundle's 256 shards by name, to see what changed, and 256 buckets by key, to look keys up. Both are
//! immutable and shared from snapshot to snapshot; a changed subscription replaces its shard and the buckets of its keys.
//! What must hold: a look-up costs one keyed hash and about one probe; which keys exist cannot be learned from its time:
//! the hash is keyed with a secret of this process, and keys are compared in constant time.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use postern_bundle::{Hash, Subscription};
use subtle::ConstantTimeEq;

/// Buckets by key. With 200,000 keys one holds 800: cheap to copy for a change.
const BUCKETS: usize = 256;

/// A subscription's place, valid within one snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionIndex {
    bucket: u16,
    slot: u32,
}

/// All subscriptions of a snapshot.
#[derive(Debug, Clone)]
pub(crate) struct Subscriptions {
    shards: Vec<Option<Arc<Shard>>>,
    buckets: Vec<Arc<Bucket>>,
    hasher: RandomState,
    count: usize,
}

/// One shard as the bundle has it, sorted by name.
#[derive(Debug, Default)]
pub(crate) struct Shard {
    pub(crate) hash: Option<Hash>,
    subscriptions: Vec<Arc<Subscription>>,
}

/// Open addressing, linear probing, a power of two long, at most half full.
#[derive(Debug, Default)]
struct Bucket {
    slots: Vec<Option<Entry>>,
}

#[derive(Debug, Clone)]
struct Entry {
    hash: u64,
    which: Which,
    subscription: Arc<Subscription>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Primary,
    Secondary,
}

impl Entry {
    fn key(&self) -> &[u8] {
        let key = match self.which {
            Which::Primary => &self.subscription.primary_key,
            Which::Secondary => &self.subscription.secondary_key,
        };
        key.as_ref().map_or(b"", |key| key.expose().as_bytes())
    }
}

/// Changes to apply to the buckets, collected shard by shard.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    removed: Vec<Arc<Subscription>>,
    added: Vec<Arc<Subscription>>,
}

impl Default for Subscriptions {
    fn default() -> Self {
        Self {
            shards: vec![None; usize::from(postern_bundle::limits::SHARDS)],
            buckets: vec![Arc::default(); BUCKETS],
            hasher: RandomState::new(),
            count: 0,
        }
    }
}

impl Subscriptions {
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn shard_hash(&self, shard: u16) -> Option<Hash> {
        self.shards.get(usize::from(shard))?.as_ref()?.hash
    }

    /// Replaces a shard. Subscriptions that are as they were keep their place and cost nothing.
    pub(crate) fn replace(
        &mut self,
        shard: u16,
        hash: Option<Hash>,
        mut subscriptions: Vec<Subscription>,
        changes: &mut Changes,
    ) {
        let Some(place) = self.shards.get_mut(usize::from(shard)) else { return };
        subscriptions.sort_by(|a, b| a.name.cmp(&b.name));
        let old = place.take().unwrap_or_default();
        let mut old_entries = old.subscriptions.iter().peekable();
        let mut kept = Vec::with_capacity(subscriptions.len());
        for subscription in subscriptions {
            while let Some(gone) = old_entries.next_if(|old| old.name < subscription.name) {
                changes.removed.push(Arc::clone(gone));
            }
            let known = old_entries.next_if(|old| old.name == subscription.name);
            if let Some(known) = known.filter(|known| ***known == subscription) {
                kept.push(Arc::clone(known));
                continue;
            }
            changes.removed.extend(known.cloned());
            let new = Arc::new(subscription);
            changes.added.push(Arc::clone(&new));
            kept.push(new);
        }
        changes.removed.extend(old_entries.cloned());
        if hash.is_some() {
            *place = Some(Arc::new(Shard { hash, subscriptions: kept }));
        }
    }

    /// Brings the buckets up to date.
    pub(crate) fn apply(&mut self, changes: &Changes) {
        if changes.removed.is_empty() && changes.added.is_empty() {
            return;
        }
        self.count = self.shards.iter().flatten().map(|shard| shard.subscriptions.len()).sum();
        let mut by_bucket: Vec<(Vec<*const Subscription>, Vec<Entry>)> = vec![Default::default(); BUCKETS];
        for removed in &changes.removed {
            for entry in entries(&self.hasher, removed) {
                by_bucket[bucket_of(entry.hash)].0.push(Arc::as_ptr(removed));
            }
        }
        for added in &changes.added {
            for entry in entries(&self.hasher, added) {
                by_bucket[bucket_of(entry.hash)].1.push(entry);
            }
        }
        for (bucket, (mut removed, added)) in by_bucket.into_iter().enumerate() {
            removed.sort_unstable();
            if !removed.is_empty() || !added.is_empty() {
                self.buckets[bucket] = Arc::new(self.buckets[bucket].changed(&removed, added));
            }
        }
    }

    /// The subscriptions with this key, primary or secondary. Two with one key are a mistake of the operator; both are
    /// seen, in the order of their names.
    pub(crate) fn with_key<'a>(&'a self, key: &'a [u8]) -> impl Iterator<Item = (SubscriptionIndex, &'a Subscription)> {
        let hash = hash_of(&self.hasher, key);
        let index = bucket_of(hash);
        self.buckets[index].with_key(hash, key).map(move |(slot, entry)| {
            (SubscriptionIndex { bucket: index as u16, slot: slot as u32 }, &*entry.subscription)
        })
    }

    /// A subscription found before in this snapshot.
    pub(crate) fn get(&self, index: SubscriptionIndex) -> Option<&Subscription> {
        let slot = self.buckets.get(usize::from(index.bucket))?.slots.get(index.slot as usize)?;
        slot.as_ref().map(|entry| &*entry.subscription)
    }
}

/// One entry for each key; an empty key opens nothing.
fn entries(hasher: &RandomState, subscription: &Arc<Subscription>) -> impl Iterator<Item = Entry> {
    let keys = [(Which::Primary, &subscription.primary_key), (Which::Secondary, &subscription.secondary_key)];
    keys.into_iter().filter_map(|(which, key)| {
        let key = key.as_ref()?.expose().as_bytes();
        let hash = hash_of(hasher, key);
        (!key.is_empty()).then(|| Entry { hash, which, subscription: Arc::clone(subscription) })
    })
}

/// Without the length that `hash_one` hashes first, for which there is no need where nothing else follows.
fn hash_of(hasher: &RandomState, key: &[u8]) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write(key);
    hasher.finish()
}

/// The top byte; the slot takes the low bits.
fn bucket_of(hash: u64) -> usize {
    (hash >> 56) as usize
}

impl Bucket {
    /// `removed` is sorted.
    fn changed(&self, removed: &[*const Subscription], added: Vec<Entry>) -> Self {
        let stays = |entry: &&Entry| removed.binary_search(&Arc::as_ptr(&entry.subscription)).is_err();
        let mut entries: Vec<Entry> = self.slots.iter().flatten().filter(stays).cloned().chain(added).collect();
        // By name, so that look-ups of one key see subscriptions in a fixed order.
        entries.sort_by(|a, b| a.subscription.name.cmp(&b.subscription.name));
        let capacity = (entries.len() * 2).next_power_of_two().max(2);
        let mut bucket = Self { slots: vec![None; capacity] };
        for entry in entries {
            let mut at = entry.hash as usize & (capacity - 1);
            while bucket.slots[at].is_some() {
                at = (at + 1) & (capacity - 1);
            }
            bucket.slots[at] = Some(entry);
        }
        bucket
    }

    fn with_key<'a>(&'a self, hash: u64, key: &'a [u8]) -> impl Iterator<Item = (usize, &'a Entry)> {
        let mask = self.slots.len().wrapping_sub(1);
        let first = hash as usize & mask;
        (0..self.slots.len())
            .map(move |step| first.wrapping_add(step) & mask)
            .map_while(|at| Some((at, self.slots[at].as_ref()?)))
            .filter(move |(_, entry)| entry.hash == hash && is_same_key(entry.key(), key))
    }
}

/// In a time that depends on the lengths only. Eight bytes a step: byte by byte, as `subtle` compares slices, was the dearest part of the
/// access decision.
fn is_same_key(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let ((a_words, a_rest), (b_words, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let words = a_words.iter().zip(b_words).map(|(a, b)| u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b));
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| u64::from(a ^ b));
    // The compiler must not see what a difference means, or it may stop at the first one.
    words.chain(rest).fold(0, |different, bits| std::hint::black_box(different | bits)).ct_eq(&0).into()
}

#[cfg(test)]
mod tests {
    use postern_bundle::{Secret, SubscriptionScope, SubscriptionState};

    use super::*;

    fn subscription(name: &str, primary: &str, secondary: &str) -> Subscription {
        let key = |text: &str| (!text.is_empty()).then(|| Secret::new(text));
        Subscription {
            name: name.into(),
            display_name: String::new(),
            scope: SubscriptionScope::AllApis,
            state: SubscriptionState::Active,
            primary_key: key(primary),
            secondary_key: key(secondary),
            owner: None,
            allow_tracing: false,
            created_s: None,
            start_s: None,
            expiration_s: None,
        }
    }

    fn put(all: &mut Subscriptions, shard: u16, list: Vec<Subscription>) -> usize {
        let mut changes = Changes::default();
        let hash = (!list.is_empty()).then(|| Hash::of(format!("{list:?}{}", list.len()).as_bytes()));
        all.replace(shard, hash, list, &mut changes);
        all.apply(&changes);
        changes.removed.len() + changes.added.len()
    }

    fn names<'a>(all: &'a Subscriptions, key: &'a str) -> Vec<&'a str> {
        all.with_key(key.as_bytes())
            .map(|(index, found)| {
                assert_eq!(all.get(index).unwrap().name, found.name);
                found.name.as_str()
            })
            .collect()
    }

    #[test]
    fn both_keys_find_a_subscription_and_nothing_else_does() {
        let mut all = Subscriptions::default();
        put(&mut all, 3, vec![subscription("a", "k1", "k2"), subscription("b", "k3", "")]);
        assert_eq!((names(&all, "k1"), names(&all, "k2"), names(&all, "k3")), (vec!["a"], vec!["a"], vec!["b"]));
        for wrong in ["", "k", "k11", "K1"] {
            assert_eq!(names(&all, wrong), Vec::<&str>::new(), "{wrong}");
        }
        assert_eq!(all.count(), 2);
    }

    #[test]
    fn keys_are_the_same_when_every_byte_is() {
        for length in 0..40 {
            let key: Vec<u8> = (0..length).collect();
            assert!(is_same_key(&key, &key.clone()));
            assert!(!is_same_key(&key, &[&key[..], &[0]].concat()) && !is_same_key(&[&key[..], &[0]].concat(), &key));
            for at in 0..key.len() {
                for bit in 0..8 {
                    let mut other = key.clone();
                    other[at] ^= 1 << bit;
                    assert!(!is_same_key(&key, &other), "bit {bit} of byte {at} of {length}");
                }
            }
        }
    }

    #[test]
    fn a_regenerated_key_replaces_the_old_one_and_touches_one_subscription() {
        let mut all = Subscriptions::default();
        put(&mut all, 3, vec![subscription("a", "k1", "k2"), subscription("b", "k3", "k4")]);
        let before = all.clone();
        assert_eq!(put(&mut all, 3, vec![subscription("a", "new", "k2"), subscription("b", "k3", "k4")]), 2);
        assert_eq!((names(&all, "k1"), names(&all, "new"), names(&all, "k2")), (vec![], vec!["a"], vec!["a"]));
        assert_eq!(names(&before, "k1"), ["a"], "the older snapshot is as it was");
        let shared = all.buckets.iter().zip(&before.buckets).filter(|(new, old)| Arc::ptr_eq(new, old)).count();
        assert!(shared >= BUCKETS - 4, "{shared}");
        assert_eq!(put(&mut all, 3, vec![]), 4 - 2);
        assert_eq!((all.count(), names(&all, "k3")), (0, vec![]));
    }

    #[test]
    fn two_subscriptions_with_one_key_are_both_found_in_the_order_of_their_names() {
        let mut all = Subscriptions::default();
        put(&mut all, 9, vec![subscription("z", "same", "")]);
        put(&mut all, 1, vec![subscription("y", "other", "same")]);
        assert_eq!(names(&all, "same"), ["y", "z"]);
    }

    #[test]
    fn a_change_among_100_000_subscriptions_touches_one_shard_and_the_buckets_of_its_keys() {
        let mut all = Subscriptions::default();
        let list = |shard: u16, changed: Option<usize>| {
            let of = |i: usize| {
                let generation = usize::from(changed == Some(i));
                subscription(&format!("s{shard}-{i}"), &format!("p{shard}-{i}-{generation}"), &format!("q{shard}-{i}"))
            };
            (0..391).map(of).collect::<Vec<_>>()
        };
        let mut changes = Changes::default();
        for shard in 0..256 {
            all.replace(shard, Some(Hash::of(&shard.to_le_bytes())), list(shard, None), &mut changes);
        }
        all.apply(&changes);
        assert_eq!(all.count(), 391 * 256);
        let before = all.clone();
        assert_eq!(put(&mut all, 17, list(17, Some(5))), 2);
        let shared = all.buckets.iter().zip(&before.buckets).filter(|(new, old)| Arc::ptr_eq(new, old)).count();
        assert!(shared >= BUCKETS - 3, "{shared}");
        assert_eq!((names(&all, "p17-5-1"), names(&all, "p17-5-0")), (vec!["s17-5"], vec![]));
        let longest = all.buckets.iter().map(|bucket| bucket.longest_run()).max().unwrap();
        assert!(longest < 64, "{longest}");
    }

    impl Bucket {
        /// The most slots a look-up can see.
        fn longest_run(&self) -> usize {
            let mut longest = 0;
            let mut run = 0;
            for slot in self.slots.iter().chain(&self.slots) {
                run = if slot.is_some() { run + 1 } else { 0 };
                longest = longest.max(run);
            }
            longest
        }
    }
}
