//! The cache behind `cache-…` policies: one for all workers of the process, volatile, bounded in bytes.
//!
//! What must hold: nothing is served past its time; the sum of sizes stays within the setting `cache.bytes-max`, and a quarter of that for what is
//! found by its meaning; a cache that has no room or
//! fails costs a miss, never an error. Another kind of cache (Redis, for example) is another variant of [`Cache`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use ahash::RandomState;
use postern_policy::{CacheHit, CacheItem, Nearest, PutNearest};
use quick_cache::sync::Cache as Table;
use quick_cache::{Lifecycle, OptionsBuilder, Weighter};

use super::vectors::{Search, Vectors};

/// What an entry takes besides its content: key, times, places in the table.
const ENTRY_BYTES: usize = 128;
/// Entries are taken to be this large when the table is laid out; it grows if they are smaller.
const ENTRY_BYTES_USUAL: usize = 16 * 1024;
/// A part of the table holds at least this much, so that the largest response has room several times over.
const SHARD_BYTES_MIN: usize = 8 * 1024 * 1024;
/// What is found by its meaning may take so great a part as much besides.
const VECTORS_PART: usize = 4;
/// Parts of the table with a lock each, at most.
const SHARDS_MAX: usize = 64;
/// Longest time anything is kept. Nothing volatile lasts longer, and times do not overflow.
const DURATION_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// Where values and responses are kept.
#[derive(Debug)]
pub enum Cache {
    /// In the memory of this process.
    BuiltIn(BuiltIn),
}

/// Entries of this process.
#[derive(Debug)]
pub struct BuiltIn {
    table: Table<u128, Entry, Size, RandomState, Evictions>,
    bytes_max: usize,
    /// What is found by its meaning.
    vectors: Vectors,
}

#[derive(Debug, Clone)]
struct Entry {
    item: Arc<CacheItem>,
    stored: Instant,
    expires: Instant,
    size: u64,
}

#[derive(Debug, Clone)]
struct Size;

impl Weighter<u128, Entry> for Size {
    fn weight(&self, _key: &u128, entry: &Entry) -> u64 {
        entry.size
    }
}

/// Counts what an insertion drives out.
#[derive(Debug, Clone)]
struct Evictions;

impl Lifecycle<u128, Entry> for Evictions {
    type RequestState = u64;

    fn begin_request(&self) -> u64 {
        0
    }

    fn on_evict(&self, count: &mut u64, _key: u128, _entry: Entry) {
        *count += 1;
    }
}

impl Cache {
    /// A cache in memory that holds `bytes_max`; 0 keeps nothing.
    pub fn built_in(bytes_max: usize) -> Self {
        let shards = (bytes_max / SHARD_BYTES_MIN).clamp(1, SHARDS_MAX);
        let options = OptionsBuilder::new()
            .shards(shards)
            .estimated_items_capacity((bytes_max / ENTRY_BYTES_USUAL).max(32 * shards))
            .weight_capacity(bytes_max as u64)
            .build();
        let table = match options {
            Ok(options) => Table::with_options(options, Size, RandomState::new(), Evictions),
            // Every option it asks for is given above.
            Err(_) => Table::with(1, bytes_max as u64, Size, RandomState::new(), Evictions),
        };
        Self::BuiltIn(BuiltIn { table, bytes_max, vectors: Vectors::new(bytes_max / VECTORS_PART) })
    }

    /// What is kept under a key.
    pub(crate) fn get(&self, key: u128) -> Option<CacheHit> {
        let Self::BuiltIn(BuiltIn { table, .. }) = self;
        let entry = table.get(&key)?;
        let now = Instant::now();
        if entry.expires <= now {
            table.remove_if(&key, |entry| entry.expires <= now);
            return None;
        }
        Some(CacheHit { item: entry.item, age_s: now.saturating_duration_since(entry.stored).as_secs() })
    }

    /// Keeps something. Returns how many entries had to go for it.
    pub(crate) fn put(&self, key: u128, item: Arc<CacheItem>, duration_s: u64) -> u64 {
        let Self::BuiltIn(BuiltIn { table, bytes_max, .. }) = self;
        let size = item.size() + ENTRY_BYTES;
        if size > *bytes_max {
            // What was kept before under this key is not what it should be any more.
            table.remove(&key);
            return 0;
        }
        let stored = Instant::now();
        let expires = stored + Duration::from_secs(duration_s).min(DURATION_MAX);
        table.insert_with_lifecycle(key, Entry { item, stored, expires, size: size as u64 })
    }

    /// Looks for what means the same; go on with [`Search::step`].
    pub(crate) fn nearest(&self, wanted: Box<Nearest>) -> Search<'_> {
        let Self::BuiltIn(BuiltIn { vectors, .. }) = self;
        Search::new(vectors, wanted)
    }

    /// Keeps something to be found by its meaning. Returns how many entries had to go for it.
    pub(crate) fn put_nearest(&self, put: PutNearest) -> u64 {
        let Self::BuiltIn(BuiltIn { vectors, .. }) = self;
        vectors.put(put)
    }

    /// Forgets a key.
    pub(crate) fn remove(&self, key: u128) {
        let Self::BuiltIn(BuiltIn { table, .. }) = self;
        table.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use postern_policy::CachedValue;

    use super::*;

    fn text(length: usize) -> Arc<CacheItem> {
        Arc::new(CacheItem::Value(CachedValue::String("x".repeat(length).into())))
    }

    fn weight(cache: &Cache) -> u64 {
        let Cache::BuiltIn(built_in) = cache;
        built_in.table.weight()
    }

    #[test]
    fn what_is_put_is_found_until_its_time_is_over_or_it_is_removed() {
        let cache = Cache::built_in(1 << 20);
        assert_eq!(cache.get(1), None);
        cache.put(1, text(3), 60);
        cache.put(2, text(4), 1);
        assert_eq!(cache.get(1).map(|hit| (hit.item, hit.age_s)), Some((text(3), 0)));
        cache.put(1, text(5), 60);
        assert_eq!(cache.get(1).map(|hit| hit.item), Some(text(5)));
        cache.remove(1);
        assert_eq!(cache.get(1), None);
        std::thread::sleep(Duration::from_millis(1_050));
        assert_eq!(cache.get(2), None);
        cache.put(3, text(1), u64::MAX);
        assert!(cache.get(3).is_some());
    }

    #[test]
    fn the_sum_of_sizes_stays_within_the_bound_and_evictions_are_counted() {
        let cache = Cache::built_in(16 << 20);
        let evicted: u64 = (0..1000).map(|key| cache.put(key, text(100_000), 60)).sum();
        assert!(weight(&cache) <= 16 << 20, "{}", weight(&cache));
        assert!(weight(&cache) > 8 << 20, "{}", weight(&cache));
        assert!(evicted >= 800, "{evicted}");
        let kept = (0..1000).filter(|key| cache.get(*key).is_some()).count();
        assert!((80..=167).contains(&kept), "{kept}");
    }

    #[test]
    fn what_has_no_room_is_not_kept() {
        let cache = Cache::built_in(100_000);
        cache.put(1, text(10), 60);
        cache.put(1, text(200_000), 60);
        assert_eq!(cache.get(1), None);
        let none = Cache::built_in(0);
        none.put(1, text(1), 60);
        assert_eq!(none.get(1), None);
        // The largest response fits the default, whatever part of the table it falls into.
        let usual = Cache::built_in(crate::limits::CACHE_BYTES_MAX);
        for key in 0..8 {
            usual.put(key, text(2 << 20), 60);
            assert!(usual.get(key).is_some(), "{key}");
        }
    }
}
