//! What is found by its meaning: the answers behind `llm-semantic-cache-…`, for all workers together.
//!
//! What must hold: nothing is served past its time; the sum of sizes stays within the bound; a search looks at [`VECTORS_A_STEP`] vectors under a
//! lock and then lets others have their turn, however many there are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ahash::RandomState;
use postern_policy::{CacheHit, CacheItem, Embedding, Nearest, PutNearest};

/// Parts of the store with a lock each; a partition is in one of them.
const SHARDS: usize = 8;
/// Vectors compared in one step: at 1,536 numbers each about a tenth of a millisecond.
const VECTORS_A_STEP: usize = 256;
/// What an entry takes besides its content.
const ENTRY_BYTES: usize = 160;
/// Longest time anything is kept.
const DURATION_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// All entries.
#[derive(Debug)]
pub(super) struct Vectors {
    shards: Box<[Mutex<Shard>]>,
    /// Greatest sum of sizes of one part.
    bytes_max: usize,
}

#[derive(Debug, Default)]
struct Shard {
    partitions: HashMap<u128, Vec<Entry>, RandomState>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    embedding: Embedding,
    item: Arc<CacheItem>,
    stored: Instant,
    expires: Instant,
    bytes: usize,
}

impl Vectors {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), bytes_max: bytes_max / SHARDS }
    }

    fn shard(&self, partition: u128) -> MutexGuard<'_, Shard> {
        // Keys are digests, so any bits will do; there is always such a part.
        let shard = &self.shards[(partition as usize) % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps something. Returns how many entries had to go for it.
    pub(super) fn put(&self, put: PutNearest) -> u64 {
        let bytes = size_of_val(put.embedding.values()) + put.item.size() + ENTRY_BYTES;
        if bytes > self.bytes_max {
            return 0;
        }
        let stored = Instant::now();
        let expires = stored + Duration::from_secs(put.duration_s).min(DURATION_MAX);
        let mut shard = self.shard(put.partition);
        let evicted = shard.make_room(self.bytes_max - bytes, stored);
        shard.bytes += bytes;
        let entry = Entry { embedding: put.embedding, item: put.item, stored, expires, bytes };
        shard.partitions.entry(put.partition).or_default().push(entry);
        evicted
    }
}

impl Shard {
    /// Removes what is over, and then the oldest, until no more than `bytes_max` are kept.
    fn make_room(&mut self, bytes_max: usize, now: Instant) -> u64 {
        if self.bytes <= bytes_max {
            return 0;
        }
        self.remove(|entry| entry.expires <= now);
        let mut evicted = 0;
        if self.bytes > bytes_max {
            // A quarter more than needed, so that not every entry costs a look at all of them.
            let wanted = bytes_max - bytes_max / 4;
            let mut all: Vec<(Instant, usize)> =
                self.partitions.values().flatten().map(|entry| (entry.stored, entry.bytes)).collect();
            all.sort_unstable();
            let mut bytes = self.bytes;
            let mut until = None;
            for (stored, size) in all {
                if bytes <= wanted {
                    break;
                }
                bytes -= size;
                until = Some(stored);
            }
            evicted = self.remove(|entry| until.is_some_and(|until| entry.stored <= until));
        }
        evicted
    }

    fn remove(&mut self, is_gone: impl Fn(&Entry) -> bool) -> u64 {
        let (mut removed, mut bytes) = (0, 0);
        self.partitions.retain(|_, entries| {
            entries.retain(|entry| {
                let is_gone = is_gone(entry);
                removed += u64::from(is_gone);
                bytes += if is_gone { entry.bytes } else { 0 };
                !is_gone
            });
            !entries.is_empty()
        });
        self.bytes -= bytes;
        removed
    }
}

/// A search under way.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    vectors: &'a Vectors,
    wanted: Box<Nearest>,
    /// How many have been looked at.
    position: usize,
    best: Option<(f32, CacheHit)>,
}

impl<'a> Search<'a> {
    pub(super) fn new(vectors: &'a Vectors, wanted: Box<Nearest>) -> Self {
        Self { vectors, wanted, position: 0, best: None }
    }

    /// Looks at some more. `true`: that was all; [`Search::found`] says what there is. What others put in or take out meanwhile may be overlooked.
    pub(crate) fn step(&mut self) -> bool {
        #[allow(clippy::cast_precision_loss, reason = "a million fits")]
        let limit = self.wanted.distance_max_millionths as f32 / 1e6;
        let now = Instant::now();
        let shard = self.vectors.shard(self.wanted.partition);
        let Some(entries) = shard.partitions.get(&self.wanted.partition) else { return true };
        let rest = entries.get(self.position..).unwrap_or_default();
        for entry in rest.iter().take(VECTORS_A_STEP).filter(|entry| entry.expires > now) {
            // Rounding must not make two equal meanings differ at threshold 0.
            let Some(distance) = self.wanted.embedding.distance(&entry.embedding) else { continue };
            if distance > limit + 1e-6 || self.best.as_ref().is_some_and(|(best, _)| *best <= distance) {
                continue;
            }
            let age_s = now.saturating_duration_since(entry.stored).as_secs();
            self.best = Some((distance, CacheHit { item: Arc::clone(&entry.item), age_s }));
        }
        self.position += VECTORS_A_STEP;
        self.position >= entries.len()
    }

    /// What means the same.
    pub(crate) fn found(self) -> Option<CacheHit> {
        self.best.map(|(_, hit)| hit)
    }
}

#[cfg(test)]
mod tests {
    use postern_policy::CachedValue;

    use super::*;

    fn item(text: &str) -> Arc<CacheItem> {
        Arc::new(CacheItem::Value(CachedValue::String(text.into())))
    }

    fn put(vectors: &Vectors, partition: u128, values: &[f32], text: &str, duration_s: u64) -> u64 {
        let embedding = Embedding::new(values.to_vec()).unwrap();
        vectors.put(PutNearest { partition, embedding, item: item(text), duration_s })
    }

    /// What is found, and in how many steps.
    fn look(vectors: &Vectors, partition: u128, values: &[f32], distance: f64) -> (Option<Arc<CacheItem>>, usize) {
        let embedding = Embedding::new(values.to_vec()).unwrap();
        let wanted = Nearest { partition, embedding, distance_max_millionths: (distance * 1e6) as u32 };
        let mut search = Search::new(vectors, Box::new(wanted));
        let mut steps = 1;
        while !search.step() {
            steps += 1;
        }
        (search.found().map(|hit| hit.item), steps)
    }

    #[test]
    fn the_nearest_within_the_distance_is_found() {
        let vectors = Vectors::new(1 << 20);
        put(&vectors, 1, &[1.0, 0.0], "east", 60);
        put(&vectors, 1, &[0.0, 1.0], "north", 60);
        put(&vectors, 1, &[1.0, 0.1], "nearly east", 60);
        // The cosine of the angle between (1, 0.2) and (1, 0.1) is 0.9952, to (1, 0) 0.9806, to (0, 1) 0.196.
        for (partition, values, distance, expected) in [
            (1, &[2.0, 0.0][..], 0.0, Some("east")),
            (1, &[1.0, 0.2], 0.05, Some("nearly east")),
            (1, &[1.0, 0.2], 0.004, None),
            (1, &[0.0, -1.0], 0.9, None),
            (1, &[-1.0, 0.0], 1.0, Some("north")),
            (2, &[1.0, 0.0], 1.0, None),
            (1, &[1.0, 0.0, 0.0], 1.0, None),
        ] {
            assert_eq!(look(&vectors, partition, values, distance).0, expected.map(item), "{values:?} {distance}");
        }
    }

    #[test]
    fn what_is_over_is_not_found() {
        let vectors = Vectors::new(1 << 20);
        put(&vectors, 1, &[1.0], "short", 1);
        assert!(look(&vectors, 1, &[1.0], 0.1).0.is_some());
        std::thread::sleep(Duration::from_millis(1_050));
        assert_eq!(look(&vectors, 1, &[1.0], 0.1).0, None);
        put(&vectors, 1, &[1.0], "long", u64::MAX);
        assert_eq!(look(&vectors, 1, &[1.0], 0.1).0, Some(item("long")));
    }

    #[test]
    fn a_search_through_many_goes_in_steps() {
        let vectors = Vectors::new(1 << 30);
        for number in 0..1000_u16 {
            put(&vectors, 1, &[1.0, f32::from(number)], &number.to_string(), 60);
        }
        let (found, steps) = look(&vectors, 1, &[1.0, 999.0], 0.0001);
        assert!(found.is_some());
        assert_eq!(steps, 1000_usize.div_ceil(VECTORS_A_STEP));
    }

    #[test]
    fn the_sum_of_sizes_stays_within_the_bound_and_the_oldest_go_first() {
        let vectors = Vectors::new(SHARDS * 100_000);
        let mut evicted = 0;
        for number in 0..1000_u32 {
            evicted += put(&vectors, 1, &[1.0; 256], &number.to_string(), 60);
            let shard = vectors.shard(1);
            assert!(shard.bytes <= 100_000);
            assert_eq!(shard.bytes, shard.partitions.values().flatten().map(|entry| entry.bytes).sum::<usize>());
        }
        assert!(evicted > 800, "{evicted}");
        let shard = vectors.shard(1);
        let newest = shard.partitions[&1].last().map(|entry| Arc::clone(&entry.item));
        assert_eq!(newest, Some(item("999")));
        drop(shard);
        // What has no room is not kept, and nothing goes for it.
        assert_eq!(put(&vectors, 1, &[1.0; 100_000], "long", 60), 0);
        assert_eq!(put(&Vectors::new(0), 1, &[1.0], "x", 60), 0);
    }
}
