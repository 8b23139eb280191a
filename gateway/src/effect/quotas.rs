//! The counters of `quota` and `quota-by-key`, exact over all workers and kept over restarts when there is a folder for them.
//!
//! What must hold: a call is counted under the lock of its key's part of the table, so no two calls take the last place of a quota; files
//! are written on a thread of their own ([`quota_file`](super::quota_file)), never on a worker. Counters know nothing of configurations, so
//! they survive every swap.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ahash::RandomState;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use postern_policy::{Quota, QuotaKind, QuotaRequest, QuotaResult, TokenBalance, TokensCounted};

use super::quota_file::{self, QuotaFile};
use crate::limits::{QUOTA_FINISH, QUOTA_KEYS_MAX, QUOTA_SAVE};

/// Parts of the table with a lock each.
const SHARDS: usize = 64;
/// Ended periods are cleared from a part when it has grown to this, or to double what was left the last time.
const SWEEP_AT: usize = 1024;

/// What is used of one quota in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    /// Begin of the period in seconds since 1970.
    pub(super) start_s: i64,
    /// Its end; `i64::MAX` for none.
    pub(super) end_s: i64,
    pub(super) calls: u64,
    pub(super) bytes: u64,
}

#[derive(Debug, Default)]
struct Shard {
    usages: HashMap<u128, Usage, RandomState>,
    /// Changed since the last save.
    changed: HashMap<u128, (), RandomState>,
    sweep_at: usize,
}

/// All counters.
#[derive(Debug)]
pub(super) struct Table {
    shards: Box<[Mutex<Shard>]>,
    is_saved: bool,
}

/// The counters, and the thread that saves them.
#[derive(Debug)]
pub struct Quotas {
    table: Arc<Table>,
    /// Asks for a last save; answered when it is done.
    writer: Option<Sender<Sender<()>>>,
    /// Claims the folder for this process.
    _lock: Option<File>,
}

impl Quotas {
    /// Counters that are kept in `folder`, or in memory only.
    ///
    /// # Errors
    /// When the folder cannot be used, or another process uses it: each would write its counters over the other's.
    pub fn start(folder: Option<&Path>) -> io::Result<Self> {
        let table = Arc::new(Table {
            shards: (0..SHARDS).map(|_| Mutex::new(Shard { sweep_at: SWEEP_AT, ..Shard::default() })).collect(),
            is_saved: folder.is_some(),
        });
        let Some(folder) = folder else { return Ok(Self { table, writer: None, _lock: None }) };
        let lock = quota_file::lock(folder)?;
        let (file, usages) = QuotaFile::open(folder)?;
        for (key, usage) in usages {
            table.shard(key).usages.insert(key, usage);
        }
        let (writer, requests) = bounded(1);
        let of_thread = Arc::clone(&table);
        std::thread::Builder::new().name("quotas".into()).spawn(move || save(&of_thread, file, &requests))?;
        Ok(Self { table, writer: Some(writer), _lock: Some(lock) })
    }

    /// Checks all quotas and counts against each, or against none.
    pub(crate) fn count(&self, request: &QuotaRequest, now_s: i64) -> QuotaResult {
        let QuotaRequest { increment, counted: own, late, .. } = *request;
        for (index, quota) in request.quotas.iter().enumerate() {
            if let Err(result) = self.table.add(quota, (increment, own), late, now_s) {
                // What was counted before is given back.
                for counted in request.quotas.iter().take(index) {
                    self.table.change(counted, now_s, |usage| usage.calls = usage.calls.saturating_sub(increment));
                }
                return result;
            }
        }
        QuotaResult { exceeded: None, retry_after_s: None }
    }

    /// Counts tokens against a quota whose calls are tokens, or says why not. With `counted`, tokens take the place of those.
    pub(super) fn spend(&self, quota: &Quota, tokens: u64, counted: Option<TokensCounted>, now_s: i64) -> TokenBalance {
        let limit = quota.calls.unwrap_or(u64::MAX);
        let balance = |allowed, retry_after_s, remaining| TokenBalance { allowed, retry_after_s, remaining, at_ms: 0 };
        let spent = self.table.change(quota, now_s, |usage| {
            let left = limit.saturating_sub(usage.calls);
            if counted.is_none() && tokens.max(1) > left {
                let wait_s = u64::try_from(usage.end_s.saturating_sub(now_s)).unwrap_or(0).max(1);
                return balance(false, wait_s, left);
            }
            let before = counted.map_or(0, |counted| counted.tokens);
            usage.calls = usage.calls.saturating_sub(before).saturating_add(tokens);
            balance(true, 0, limit.saturating_sub(usage.calls))
        });
        spent.unwrap_or_else(|| balance(true, 0, limit))
    }

    /// Counts bytes that were transferred.
    pub(crate) fn add_bytes(&self, quota: &Quota, bytes: u64, now_s: i64) {
        self.table.change(quota, now_s, |usage| usage.bytes = usage.bytes.saturating_add(bytes));
    }

    /// Saves what has not been saved. Nothing is counted afterwards.
    pub fn finish(&self) {
        let Some(writer) = &self.writer else { return };
        let (done, is_done) = bounded(1);
        if writer.send(done).is_err() || is_done.recv_timeout(QUOTA_FINISH).is_err() {
            tracing::warn!("the last counts of quotas were not saved");
        }
    }
}

/// The period `now_s` is in: begin and end.
fn period(quota: &Quota, now_s: i64) -> (i64, i64) {
    match i64::try_from(quota.period_s) {
        Ok(0) | Err(_) => (quota.start_s, i64::MAX),
        Ok(length) => {
            let start_s = now_s.saturating_sub(now_s.saturating_sub(quota.start_s).rem_euclid(length));
            (start_s, start_s.saturating_add(length))
        }
    }
}

impl Table {
    fn shard(&self, key: u128) -> MutexGuard<'_, Shard> {
        // Keys are digests, so any bits will do; there is always such a part.
        let shard = &self.shards[(key as usize) % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts, or says why not. `own`: calls that the request has counted before.
    fn add(&self, quota: &Quota, (increment, own): (u64, u64), late: bool, now_s: i64) -> Result<(), QuotaResult> {
        self.change(quota, now_s, |usage| {
            let exceeded = match (quota.calls, quota.bytes) {
                (Some(calls), _) if usage.calls.saturating_sub(own) >= calls => Some(QuotaKind::Calls),
                (_, Some(bytes)) if usage.bytes >= bytes => Some(QuotaKind::Bytes),
                _ => None,
            };
            if exceeded.is_none() || late {
                usage.calls = usage.calls.saturating_add(increment);
                return Ok(());
            }
            let left = (usage.end_s != i64::MAX).then(|| usage.end_s.saturating_sub(now_s).max(1));
            Err(QuotaResult { exceeded, retry_after_s: left.and_then(|left| u64::try_from(left).ok()) })
        })
        .unwrap_or(Ok(()))
    }

    /// Changes the usage of the current period. `None`: there is no room for another key; it is not counted.
    fn change<T>(&self, quota: &Quota, now_s: i64, change: impl FnOnce(&mut Usage) -> T) -> Option<T> {
        let (start_s, end_s) = period(quota, now_s);
        let mut shard = self.shard(quota.key);
        let shard = &mut *shard;
        if !shard.usages.contains_key(&quota.key) && !shard.make_room(now_s) {
            tracing::warn!(max = QUOTA_KEYS_MAX, "there is no room for another quota: a call is not counted");
            return None;
        }
        let new = Usage { start_s, end_s, calls: 0, bytes: 0 };
        let usage = shard.usages.entry(quota.key).or_insert(new);
        if usage.start_s != start_s {
            *usage = new;
        }
        let before = *usage;
        let result = change(usage);
        if self.is_saved && *usage != before {
            shard.changed.insert(quota.key, ());
        }
        Some(result)
    }

    /// What changed since the last time.
    fn take_changed(&self) -> Vec<(u128, Usage)> {
        let mut all = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            let keys = std::mem::take(&mut shard.changed);
            all.extend(keys.keys().filter_map(|key| Some((*key, *shard.usages.get(key)?))));
        }
        all
    }

    /// Everything there is.
    fn all(&self) -> Vec<(u128, Usage)> {
        let mut all = Vec::new();
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            all.extend(shard.usages.iter().map(|(key, usage)| (*key, *usage)));
        }
        all
    }
}

impl Shard {
    /// Whether one more key may be added.
    fn make_room(&mut self, now_s: i64) -> bool {
        if self.usages.len() >= self.sweep_at {
            self.usages.retain(|_, usage| usage.end_s > now_s);
            self.sweep_at = SWEEP_AT.max(self.usages.len() * 2).min(QUOTA_KEYS_MAX / SHARDS);
        }
        self.usages.len() < QUOTA_KEYS_MAX / SHARDS
    }
}

/// The thread: saves now and then, and once more when it is asked to.
fn save(table: &Table, mut file: QuotaFile, requests: &Receiver<Sender<()>>) {
    loop {
        let last = match requests.recv_timeout(QUOTA_SAVE) {
            Ok(done) => Some(done),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let changed = table.take_changed();
        if let Err(error) = file.append(&changed, || table.all()) {
            tracing::warn!(%error, "counts of quotas cannot be saved");
        }
        if let Some(done) = last {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use smallvec::SmallVec;

    use super::*;

    fn quota(key: u128, calls: u64, period_s: u64) -> Quota {
        Quota { key, calls: Some(calls), bytes: None, period_s, start_s: 1000 }
    }

    fn request(quotas: &[Quota], increment: u64) -> QuotaRequest {
        QuotaRequest { quotas: SmallVec::from_slice(quotas), increment, counted: 0, late: false }
    }

    const OUT: Option<QuotaKind> = Some(QuotaKind::Calls);

    #[test]
    fn calls_are_allowed_until_the_quota_is_used_up_and_again_in_the_next_period() {
        let quotas = Quotas::start(None).unwrap();
        let one = request(&[quota(1, 2, 300)], 1);
        for (now_s, expected) in [
            (1000, (None, None)),
            (1299, (None, None)),
            (1299, (OUT, Some(1))),
            (1000, (OUT, Some(300))),
            (1300, (None, None)),
            (1400, (None, None)),
            (1401, (OUT, Some(199))),
        ] {
            let result = quotas.count(&one, now_s);
            assert_eq!((result.exceeded, result.retry_after_s), expected, "{now_s}");
        }
        // Before the first period, periods are counted backwards.
        assert_eq!(period(&quota(1, 1, 300), 999), (700, 1000));
        assert_eq!(period(&quota(1, 1, 0), 999), (1000, i64::MAX));
    }

    #[test]
    fn increments_looks_late_counts_and_bytes() {
        let quotas = Quotas::start(None).unwrap();
        let of = quota(1, 10, 0);
        assert_eq!(quotas.count(&request(&[of], 7), 0).exceeded, None);
        assert_eq!(quotas.count(&request(&[of], 0), 0).exceeded, None);
        assert_eq!(quotas.count(&QuotaRequest { late: true, ..request(&[of], 3) }, 0).exceeded, None);
        assert_eq!(quotas.count(&request(&[of], 0), 0), QuotaResult { exceeded: OUT, retry_after_s: None });
        let bytes = Quota { bytes: Some(100), calls: None, ..quota(2, 0, 300) };
        quotas.add_bytes(&bytes, 99, 1000);
        assert_eq!(quotas.count(&request(&[bytes], 1), 1000).exceeded, None);
        quotas.add_bytes(&bytes, 1, 1000);
        assert_eq!(quotas.count(&request(&[bytes], 1), 1000).exceeded, Some(QuotaKind::Bytes));
        assert_eq!(quotas.count(&request(&[bytes], 1), 1300).exceeded, None);
    }

    #[test]
    fn a_call_is_not_held_against_itself() {
        let quotas = Quotas::start(None).unwrap();
        let of = quota(1, 2, 0);
        let again = |counted| QuotaRequest { counted, ..request(&[of], 0) };
        assert_eq!(quotas.count(&request(&[of], 2), 0).exceeded, None);
        for (counted, expected) in [(2, None), (1, None), (0, OUT), (u64::MAX, None)] {
            assert_eq!(quotas.count(&again(counted), 0).exceeded, expected, "{counted}");
        }
        // Calls of others are.
        assert_eq!(quotas.count(&QuotaRequest { late: true, ..request(&[of], 1) }, 0).exceeded, None);
        assert_eq!(quotas.count(&again(1), 0).exceeded, OUT);
    }

    #[test]
    fn tokens_are_counted_before_and_after_the_answer() {
        let quotas = Quotas::start(None).unwrap();
        let of = quota(1, 100, 300);
        let spend = |tokens, before: Option<u64>, now_s| {
            let counted = before.map(|tokens| TokensCounted { tokens, at_ms: 0, period_start_s: 1000 });
            let balance = quotas.spend(&of, tokens, counted, now_s);
            (balance.allowed, balance.remaining, balance.retry_after_s)
        };
        assert_eq!(spend(101, None, 1000), (false, 100, 300));
        assert_eq!(spend(60, None, 1000), (true, 40, 0));
        assert_eq!(spend(41, None, 1100), (false, 40, 200));
        assert_eq!(spend(20, Some(60), 1100), (true, 80, 0));
        assert_eq!(spend(80, None, 1200), (true, 0, 0));
        assert_eq!(spend(0, None, 1299), (false, 0, 1));
        // Those who were let through may use more than there is.
        assert_eq!(spend(200, Some(80), 1299), (true, 0, 0));
        assert_eq!(spend(0, None, 1300), (true, 100, 0));
    }

    #[test]
    fn a_call_that_one_quota_refuses_uses_up_no_other() {
        let quotas = Quotas::start(None).unwrap();
        let both = request(&[quota(1, 10, 0), quota(2, 1, 0)], 1);
        assert_eq!(quotas.count(&both, 0).exceeded, None);
        for _ in 0..20 {
            assert_eq!(quotas.count(&both, 0).exceeded, OUT);
        }
        assert_eq!(quotas.count(&request(&[quota(1, 10, 0)], 1), 0).exceeded, None);
    }

    #[test]
    fn threads_together_get_exactly_what_the_quota_allows() {
        let quotas = Quotas::start(None).unwrap();
        let allowed: usize = std::thread::scope(|scope| {
            let count =
                || (0..1000).filter(|_| quotas.count(&request(&[quota(1, 1500, 0)], 1), 0).exceeded.is_none()).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(allowed, 1500);
    }

    #[test]
    fn counts_come_back_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let one = request(&[quota(1, 2, 0)], 1);
        for expected in [None, None, OUT] {
            let quotas = Quotas::start(Some(folder.path())).unwrap();
            assert_eq!(quotas.count(&one, 0).exceeded, expected);
            quotas.finish();
        }
        // Killed, not stopped: what was saved meanwhile is there.
        let quotas = Quotas::start(Some(folder.path())).unwrap();
        let other = request(&[quota(2, 1, 0)], 1);
        assert_eq!(quotas.count(&other, 0).exceeded, None);
        std::thread::sleep(QUOTA_SAVE * 2);
        let error = Quotas::start(Some(folder.path())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
        let left = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join("quotas"), left.path().join("quotas")).unwrap();
        let again = Quotas::start(Some(left.path())).unwrap();
        assert_eq!(again.count(&other, 0).exceeded, OUT);
    }

    #[test]
    fn ended_periods_make_room() {
        let quotas = Quotas::start(None).unwrap();
        for key in 0..200_000 {
            quotas.count(&request(&[quota(key, 1, 1)], 1), i64::try_from(key / 1000).unwrap());
        }
        assert!(quotas.table.all().len() < SHARDS * SWEEP_AT * 2);
    }
}
