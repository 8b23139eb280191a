//! The counters of `llm-token-limit`: tokens of a key in the last minute, exact over all workers. Its quotas are counted with all others
//! ([`Quotas`]).
//!
//! What must hold: what was counted counts for a whole minute, a tenth of a second more at most and never less; looking and counting are one step
//! under the lock of the key's part of the table; the number of keys and the memory of each are bounded.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ahash::RandomState;
use postern_policy::{TokenBalance, TokenLimit, TokenRate, TokenSpend, TokensCounted};

use super::quotas::Quotas;
use crate::limits::TOKEN_KEYS_MAX;

/// Parts of the table with a lock each.
const SHARDS: usize = 64;
/// Idle keys are cleared from a part when it has grown to this, or to double what was left the last time.
const SWEEP_AT: usize = 1024;
/// Tokens are kept by slots of so many milliseconds: 601 at most for a key.
const SLOT_MS: u64 = 100;
/// Slots in a minute.
const SLOTS: u64 = 60_000 / SLOT_MS;

/// All counters of rates.
#[derive(Debug)]
pub struct Spending {
    start: Instant,
    shards: Box<[Mutex<Shard>]>,
}

#[derive(Debug, Default)]
struct Shard {
    minutes: HashMap<u128, Minute, RandomState>,
    sweep_at: usize,
}

/// Tokens of one key in the last minute.
#[derive(Debug, Default)]
struct Minute {
    /// Number of the slot and tokens in it, oldest first.
    slots: VecDeque<(u64, u64)>,
    used: u64,
}

impl Default for Spending {
    fn default() -> Self {
        let shard = || Mutex::new(Shard { sweep_at: SWEEP_AT, ..Shard::default() });
        Self { start: Instant::now(), shards: (0..SHARDS).map(|_| shard()).collect() }
    }
}

impl Spending {
    /// Counts tokens against a limit, or says why not.
    pub(crate) fn spend(&self, quotas: &Quotas, spend: &TokenSpend, now_s: i64) -> TokenBalance {
        match &spend.limit {
            TokenLimit::Quota(quota) => quotas.spend(quota, spend.tokens, spend.counted, now_s),
            TokenLimit::Rate(rate) => {
                let now_ms = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.spend_rate(rate, spend.tokens, spend.counted, now_ms)
            }
        }
    }

    fn spend_rate(&self, rate: &TokenRate, tokens: u64, counted: Option<TokensCounted>, now_ms: u64) -> TokenBalance {
        let Some(shard) = self.shards.get((rate.key as usize) % SHARDS) else { return unlimited(rate, now_ms) };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if !shard.minutes.contains_key(&rate.key) && !shard.make_room(now_ms) {
            tracing::warn!(max = TOKEN_KEYS_MAX, "there is no room for another key: its tokens are not counted");
            return unlimited(rate, now_ms);
        }
        let minute = shard.minutes.entry(rate.key).or_default();
        minute.expire(now_ms);
        match counted {
            Some(counted) => minute.replace(counted, tokens, now_ms),
            None => {
                if let Some(wait_ms) = minute.wait_ms(rate.per_minute, tokens, now_ms) {
                    // Slots end a little later than the tokens in them; a minute is all that is asked for.
                    let retry_after_s = wait_ms.div_ceil(1000).clamp(1, 60);
                    let remaining = rate.per_minute.saturating_sub(minute.used);
                    return TokenBalance { allowed: false, retry_after_s, remaining, at_ms: now_ms };
                }
                minute.add(tokens, now_ms);
            }
        }
        let remaining = rate.per_minute.saturating_sub(minute.used);
        TokenBalance { allowed: true, retry_after_s: 0, remaining, at_ms: now_ms }
    }
}

fn unlimited(rate: &TokenRate, now_ms: u64) -> TokenBalance {
    TokenBalance { allowed: true, retry_after_s: 0, remaining: rate.per_minute, at_ms: now_ms }
}

impl Shard {
    /// Whether one more key may be added.
    fn make_room(&mut self, now_ms: u64) -> bool {
        if self.minutes.len() >= self.sweep_at {
            self.minutes.retain(|_, minute| {
                minute.expire(now_ms);
                !minute.slots.is_empty()
            });
            self.sweep_at = SWEEP_AT.max(self.minutes.len() * 2).min(TOKEN_KEYS_MAX / SHARDS);
        }
        self.minutes.len() < TOKEN_KEYS_MAX / SHARDS
    }
}

impl Minute {
    /// Forgets what is over. A slot counts as its last millisecond does.
    fn expire(&mut self, now_ms: u64) {
        let now = now_ms / SLOT_MS;
        while let Some((slot, tokens)) = self.slots.front().copied().filter(|(slot, _)| slot + SLOTS < now) {
            debug_assert!(slot < now);
            self.used = self.used.saturating_sub(tokens);
            self.slots.pop_front();
        }
    }

    /// How long until so many tokens may be had; `None`: now.
    fn wait_ms(&self, limit: u64, tokens: u64, now_ms: u64) -> Option<u64> {
        let wanted = self.used.saturating_add(tokens.max(1));
        let mut too_many = wanted.checked_sub(limit).filter(|too_many| *too_many > 0)?;
        for (slot, tokens) in &self.slots {
            if *tokens >= too_many {
                return Some(((slot + SLOTS + 1) * SLOT_MS).saturating_sub(now_ms));
            }
            too_many -= tokens;
        }
        // More than the limit itself: waiting does not help.
        Some(SLOTS * SLOT_MS)
    }

    fn add(&mut self, tokens: u64, now_ms: u64) {
        if tokens == 0 {
            return;
        }
        let now = now_ms / SLOT_MS;
        self.used = self.used.saturating_add(tokens);
        match self.slots.back_mut() {
            Some((slot, of_slot)) if *slot >= now => *of_slot = of_slot.saturating_add(tokens),
            _ => self.slots.push_back((now, tokens)),
        }
    }

    /// What is more than was counted at first counts from now on; what is less is given back where it was counted, if that still counts.
    fn replace(&mut self, counted: TokensCounted, tokens: u64, now_ms: u64) {
        if tokens >= counted.tokens {
            return self.add(tokens - counted.tokens, now_ms);
        }
        let slot = counted.at_ms / SLOT_MS;
        if let Ok(at) = self.slots.binary_search_by_key(&slot, |(slot, _)| *slot)
            && let Some((_, of_slot)) = self.slots.get_mut(at)
        {
            let given_back = (counted.tokens - tokens).min(*of_slot);
            *of_slot -= given_back;
            self.used = self.used.saturating_sub(given_back);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: TokenRate = TokenRate { key: 1, per_minute: 100 };

    fn first(spending: &Spending, tokens: u64, now_ms: u64) -> (bool, u64, u64) {
        let balance = spending.spend_rate(&RATE, tokens, None, now_ms);
        assert_eq!(balance.at_ms, now_ms);
        (balance.allowed, balance.remaining, balance.retry_after_s)
    }

    fn last(spending: &Spending, before: (u64, u64), tokens: u64, now_ms: u64) -> u64 {
        let counted = TokensCounted { tokens: before.0, at_ms: before.1, period_start_s: 0 };
        let balance = spending.spend_rate(&RATE, tokens, Some(counted), now_ms);
        assert!(balance.allowed);
        balance.remaining
    }

    #[test]
    fn tokens_count_for_a_minute() {
        let spending = Spending::default();
        assert_eq!(first(&spending, 60, 0), (true, 40, 0));
        assert_eq!(first(&spending, 40, 30_000), (true, 0, 0));
        // Nothing is left until the first sixty are over.
        assert_eq!(first(&spending, 0, 30_001), (false, 0, 31));
        assert_eq!(first(&spending, 61, 30_001), (false, 0, 60));
        assert_eq!(first(&spending, 1, 60_000), (false, 0, 1));
        assert_eq!(first(&spending, 60, 60_100), (true, 0, 0));
        assert_eq!(first(&spending, 0, 60_100), (false, 0, 30));
    }

    #[test]
    fn a_prompt_that_needs_more_than_is_left_is_refused_and_counts_nothing() {
        let spending = Spending::default();
        assert_eq!(first(&spending, 101, 0), (false, 100, 60));
        assert_eq!(first(&spending, 90, 0), (true, 10, 0));
        assert_eq!(first(&spending, 11, 1000), (false, 10, 60));
        assert_eq!(first(&spending, 10, 1000), (true, 0, 0));
    }

    #[test]
    fn what_was_used_takes_the_place_of_the_estimate() {
        let spending = Spending::default();
        first(&spending, 60, 0);
        assert_eq!(last(&spending, (60, 0), 10, 5000), 90);
        first(&spending, 20, 6000);
        assert_eq!(last(&spending, (20, 6000), 95, 7000), 0);
        // 10 from the beginning, 20 of second 6 and 75 of second 7: there is room when the first are over.
        assert_eq!(first(&spending, 0, 8000), (false, 0, 53));
        assert_eq!(first(&spending, 5, 60_200), (true, 0, 0));
        // More than is allowed was used: later requests wait for it.
        let other = Spending::default();
        assert_eq!(last(&other, (0, 0), 250, 1000), 0);
        assert_eq!(first(&other, 0, 2000), (false, 0, 60));
        // What does not count any more is not given back.
        let third = Spending::default();
        first(&third, 50, 0);
        first(&third, 50, 59_000);
        assert_eq!(last(&third, (50, 0), 0, 61_000), 50);
    }

    #[test]
    fn threads_together_get_exactly_what_the_rate_allows() {
        let spending = Spending::default();
        let rate = TokenRate { key: 7, per_minute: 30_000 };
        let allowed: usize = std::thread::scope(|scope| {
            let take = || (0..5000).filter(|_| spending.spend_rate(&rate, 3, None, 1000).allowed).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(allowed, 10_000);
    }

    #[test]
    fn keys_that_are_over_make_room_and_slots_are_few() {
        let spending = Spending::default();
        for key in 0..200_000_u128 {
            let rate = TokenRate { key, per_minute: 10 };
            assert!(spending.spend_rate(&rate, 1, None, u64::try_from(key).unwrap() * 20).allowed);
        }
        let kept: usize = spending.shards.iter().map(|shard| shard.lock().unwrap().minutes.len()).sum();
        assert!(kept <= SHARDS * SWEEP_AT * 2, "{kept}");
        let rate = TokenRate { key: 1, per_minute: u64::MAX };
        for ms in 0..200_000 {
            spending.spend_rate(&rate, 1, None, 10_000_000 + ms);
        }
        let slots = spending.shards[1].lock().unwrap().minutes[&1].slots.len();
        assert!(slots <= 601, "{slots}");
    }
}
