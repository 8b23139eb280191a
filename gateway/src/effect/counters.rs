//! The rate-limit counters of the process, exact over all its workers.
//!
//! What must hold: counting takes no lock once a worker has met a key ([`KeyCache`]); the table's locks are taken for the
//! first call of a key on a worker and when idle keys are cleared away. Counters know nothing of configurations, so they
//! survive every swap; a limit whose numbers change starts afresh.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use ahash::RandomState;
use postern_policy::{CountRequest, CountResult, Limit};
use smallvec::SmallVec;

use super::window::{Admission, Step, Window};
use crate::limits::INCREMENT_MAX;

/// Parts of the table with a lock each, so that workers that meet new keys seldom meet each other.
const SHARDS: usize = 64;
/// Idle keys are cleared from a shard when it has grown to this, or to double what was left the last time.
const SWEEP_AT: usize = 256;
/// Keys a worker remembers; then it starts again. Costs one table lookup per key.
const CACHE_MAX: usize = 65_536;
/// A retired window is looked up again; more than twice in a row would need an idle window each time.
const ATTEMPTS: usize = 8;

/// The identity of a counter. Limits that differ in anything count separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    key: u128,
    calls: u64,
    window_s: u32,
}

impl From<&Limit> for Key {
    fn from(limit: &Limit) -> Self {
        Self { key: limit.key, calls: limit.calls, window_s: limit.window_s }
    }
}

#[derive(Debug)]
struct Shard {
    windows: HashMap<Key, Arc<Window>, RandomState>,
    sweep_at: usize,
}

/// The table of all counters.
#[derive(Debug)]
pub struct Counters {
    start: Instant,
    hasher: RandomState,
    shards: Box<[RwLock<Shard>]>,
}

impl Default for Counters {
    fn default() -> Self {
        Self::new()
    }
}

impl Counters {
    #[must_use]
    pub fn new() -> Self {
        let hasher = RandomState::new();
        let shard = || RwLock::new(Shard { windows: HashMap::with_hasher(hasher.clone()), sweep_at: SWEEP_AT });
        Self { start: Instant::now(), shards: (0..SHARDS).map(|_| shard()).collect(), hasher }
    }

    fn now(&self) -> Step {
        Step::from_elapsed(self.start.elapsed())
    }

    fn window(&self, key: Key) -> Arc<Window> {
        let index = (self.hasher.hash_one(key) >> 32) as usize % self.shards.len();
        let Some(shard) = self.shards.get(index) else { return Arc::new(new_window(key)) };
        // A poisoned lock means a panic while inserting into a map; the map itself is sound.
        if let Some(window) = shard.read().unwrap_or_else(|poisoned| poisoned.into_inner()).windows.get(&key)
            && window.check(self.now()) != Err(Admission::Retired)
        {
            return Arc::clone(window);
        }
        let mut shard = shard.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        if shard.windows.len() >= shard.sweep_at {
            let now = self.now();
            shard.windows.retain(|_, window| !window.retire_if_over(now));
            shard.sweep_at = SWEEP_AT.max(shard.windows.len() * 2);
        }
        match shard.windows.entry(key) {
            Entry::Occupied(mut entry) => {
                if entry.get().check(self.now()) == Err(Admission::Retired) {
                    entry.insert(Arc::new(new_window(key)));
                }
                Arc::clone(entry.get())
            }
            Entry::Vacant(entry) => Arc::clone(entry.insert(Arc::new(new_window(key)))),
        }
    }
}

fn new_window(key: Key) -> Window {
    Window::new(key.calls, Duration::from_secs(u64::from(key.window_s)))
}

/// The windows one worker has met, so that it finds them without a lock or a shared reference counter.
#[derive(Debug, Default)]
pub(crate) struct KeyCache {
    places: HashMap<Key, usize, RandomState>,
    windows: Vec<Arc<Window>>,
}

/// An admission that can be taken back.
#[derive(Debug)]
struct Admitted {
    place: usize,
    number: u64,
    at: Step,
}

impl KeyCache {
    /// Counts one call against all limits of the request, or against none.
    pub(crate) fn count(&mut self, counters: &Counters, request: &CountRequest) -> CountResult {
        self.forget_if_many();
        let mut refused: Option<(Duration, u8)> = None;
        // All are looked at first: a call that one limit refuses must not use up another.
        for (index, limit) in request.limits.iter().enumerate() {
            let place = self.place(counters, limit);
            if let Some(Err(Admission::Refused(wait))) =
                self.windows.get(place).map(|window| window.check(counters.now()))
            {
                note_refusal(&mut refused, wait, index);
            }
        }
        if refused.is_none() {
            match self.admit_all(counters, request) {
                Ok(result) => return result,
                Err((wait, index)) => note_refusal(&mut refused, wait, index),
            }
        }
        let (wait, which) = refused.unwrap_or_default();
        let window_s = request.limits.get(usize::from(which)).map_or(u32::MAX, |limit| limit.window_s);
        refusal(wait, window_s, which)
    }

    fn admit_all(&mut self, counters: &Counters, request: &CountRequest) -> Result<CountResult, (Duration, usize)> {
        let mut admitted: SmallVec<[Admitted; 3]> = SmallVec::new();
        for (index, limit) in request.limits.iter().enumerate() {
            match self.admit(counters, limit) {
                Ok(one) => admitted.push(one),
                Err(wait) => {
                    for one in &admitted {
                        self.windows.get(one.place).inspect(|window| window.give_back(one.number, one.at));
                    }
                    return Err((wait, index));
                }
            }
        }
        let left = |one: &Admitted| self.windows.get(one.place).map_or(0, |window| window.remaining(one.at));
        let least = admitted.iter().map(left).enumerate().min_by_key(|(_, left)| *left);
        let (which, remaining) = least.unwrap_or((0, 0));
        Ok(CountResult { allowed: true, remaining, retry_after_s: 0, which: u8::try_from(which).unwrap_or(u8::MAX) })
    }

    /// Counts up to `increment` calls, as many as there is room for. 0 only looks.
    pub(crate) fn count_some(&mut self, counters: &Counters, limit: &Limit, increment: u64) -> CountResult {
        self.forget_if_many();
        let mut last = None;
        for _ in 0..increment.min(limit.calls).min(INCREMENT_MAX) {
            match self.admit(counters, limit) {
                Ok(admitted) => last = Some(admitted),
                // What was counted before fills the window; that is what so large a call uses up.
                Err(_) if last.is_some() => break,
                Err(wait) => return refusal(wait, limit.window_s, 0),
            }
        }
        let place = last.as_ref().map_or_else(|| self.place(counters, limit), |one| one.place);
        let Some(window) = self.windows.get(place) else { return refusal(Duration::ZERO, limit.window_s, 0) };
        let now = counters.now();
        match window.check(now) {
            Err(Admission::Refused(wait)) if last.is_none() => refusal(wait, limit.window_s, 0),
            // A retired window is one that nothing was counted in for long.
            Err(Admission::Retired) if last.is_none() => allowance(limit.calls),
            _ => allowance(window.remaining(now)),
        }
    }

    /// Starts again when too many windows are remembered.
    fn forget_if_many(&mut self) {
        if self.windows.len() >= CACHE_MAX {
            self.places.clear();
            self.windows.clear();
        }
    }

    fn admit(&mut self, counters: &Counters, limit: &Limit) -> Result<Admitted, Duration> {
        for _ in 0..ATTEMPTS {
            let place = self.place(counters, limit);
            let at = counters.now();
            match self.windows.get(place).map(|window| window.admit(at)) {
                Some(Admission::Admitted(number)) => return Ok(Admitted { place, number, at }),
                Some(Admission::Refused(wait)) => return Err(wait),
                Some(Admission::Retired) | None => {
                    self.places.remove(&Key::from(limit));
                }
            }
        }
        // Cannot be told apart from a limit in use; refusing is the safe side.
        Err(Duration::from_secs(1))
    }

    fn place(&mut self, counters: &Counters, limit: &Limit) -> usize {
        let key = Key::from(limit);
        *self.places.entry(key).or_insert_with(|| {
            self.windows.push(counters.window(key));
            self.windows.len() - 1
        })
    }
}

fn allowance(remaining: u64) -> CountResult {
    CountResult { allowed: true, remaining, retry_after_s: 0, which: 0 }
}

fn refusal(wait: Duration, window_s: u32, which: u8) -> CountResult {
    let seconds = u32::try_from(wait.as_micros().div_ceil(1_000_000)).unwrap_or(u32::MAX);
    // Windows are a step longer than they say, which would make 61 seconds of 60 in a burst within one step.
    let retry_after_s = seconds.min(window_s).max(1);
    CountResult { allowed: false, remaining: 0, retry_after_s, which }
}

fn note_refusal(refused: &mut Option<(Duration, u8)>, wait: Duration, index: usize) {
    if refused.is_none_or(|(longest, _)| wait > longest) {
        *refused = Some((wait, u8::try_from(index).unwrap_or(u8::MAX)));
    }
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;

    fn limit(key: u128, calls: u64) -> Limit {
        Limit { key, calls, window_s: 60 }
    }

    #[test]
    fn two_workers_share_one_limit() {
        let counters = Counters::new();
        let (mut one, mut two) = (KeyCache::default(), KeyCache::default());
        let request = CountRequest { limits: smallvec![limit(1, 5)] };
        let remaining: Vec<u64> = (0..5)
            .map(|turn| if turn % 2 == 0 { &mut one } else { &mut two }.count(&counters, &request).remaining)
            .collect();
        assert_eq!(remaining, [4, 3, 2, 1, 0]);
        assert!(!two.count(&counters, &request).allowed);
    }

    #[test]
    fn a_call_refused_within_the_step_of_the_admission_waits_no_longer_than_the_window() {
        let counters = Counters::new();
        let mut cache = KeyCache::default();
        // One call in a second, until admission and refusal fell into one step (64 µs), which the clock decides.
        for key in 0..10_000 {
            let request = CountRequest { limits: smallvec![Limit { key, calls: 1, window_s: 1 }] };
            assert!(cache.count(&counters, &request).allowed);
            let refused = cache.count(&counters, &request);
            assert!(!refused.allowed);
            assert_eq!(refused.retry_after_s, 1, "{refused:?}");
        }
    }

    #[test]
    fn a_call_may_count_for_several_and_uses_up_no_more_than_is_left() {
        let counters = Counters::new();
        let mut cache = KeyCache::default();
        let limit = limit(1, 10);
        for (increment, allowed, remaining) in
            [(0, true, 10), (4, true, 6), (0, true, 6), (4, true, 2), (4, true, 0), (0, false, 0), (1, false, 0)]
        {
            let result = cache.count_some(&counters, &limit, increment);
            assert_eq!((result.allowed, result.remaining), (allowed, remaining), "{increment}");
            assert_eq!(result.retry_after_s > 0, !allowed);
        }
        // `rate-limit` counts the same windows one by one.
        assert!(!cache.count(&counters, &CountRequest { limits: smallvec![limit] }).allowed);
    }

    #[test]
    fn keys_count_apart() {
        let counters = Counters::new();
        let mut cache = KeyCache::default();
        for key in 0..100 {
            assert!(cache.count(&counters, &CountRequest { limits: smallvec![limit(key, 1)] }).allowed);
        }
    }

    #[test]
    fn a_call_that_one_limit_refuses_uses_up_no_other() {
        let counters = Counters::new();
        let mut cache = KeyCache::default();
        let both = CountRequest { limits: smallvec![limit(1, 10), limit(2, 2)] };
        for _ in 0..2 {
            assert!(cache.count(&counters, &both).allowed);
        }
        let refused = cache.count(&counters, &both);
        assert_eq!((refused.allowed, refused.which), (false, 1));
        let first_only = CountRequest { limits: smallvec![limit(1, 10)] };
        assert_eq!(cache.count(&counters, &first_only).remaining, 7);
    }

    #[test]
    fn the_limit_with_least_left_is_told() {
        let counters = Counters::new();
        let result = KeyCache::default()
            .count(&counters, &CountRequest { limits: smallvec![limit(1, 10), limit(2, 4), limit(3, 7)] });
        assert_eq!((result.allowed, result.remaining, result.which), (true, 3, 1));
    }

    #[test]
    fn idle_keys_are_cleared_away_and_found_again() {
        let counters = Counters::new();
        let mut cache = KeyCache::default();
        for key in 0..(SHARDS * SWEEP_AT * 4) as u128 {
            let short = CountRequest { limits: smallvec![Limit { key, calls: 1, window_s: 0 }] };
            assert!(cache.count(&counters, &short).allowed);
        }
        let kept: usize = counters.shards.iter().map(|shard| shard.read().unwrap().windows.len()).sum();
        assert!(kept <= SHARDS * SWEEP_AT * 2, "{kept} keys kept");
        let again = CountRequest { limits: smallvec![Limit { key: 0, calls: 1, window_s: 0 }] };
        assert!(cache.count(&counters, &again).allowed);
    }
}
