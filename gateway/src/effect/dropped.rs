//! Warnings of what was dropped because there was no room for it: how much of it, and whose it was.
//!
//! What must hold: the first is told at once, the next ones together; no more than a line for each name in [`DROPPED_TOLD_EVERY`], and no more than
//! [`DROPPED_NAMES_MAX`] names; a name holds no query of a URL.

use std::cell::{Cell, RefCell};
use std::time::Instant;

use crate::limits::{DROPPED_NAMES_MAX, DROPPED_TOLD_EVERY};

/// What was dropped and is not told yet.
#[derive(Debug, Default)]
pub(crate) struct Dropped {
    counts: RefCell<Vec<(Box<str>, u64)>>,
    told: Cell<Option<Instant>>,
}

impl Dropped {
    /// One more of this name.
    pub(crate) fn note(&self, name: &str, now: Instant) {
        self.count(name);
        self.tell(now);
    }

    fn count(&self, name: &str) {
        let mut counts = self.counts.borrow_mut();
        let is_full = counts.len() >= DROPPED_NAMES_MAX;
        match counts.iter_mut().find(|(known, _)| **known == *name) {
            Some((_, count)) => *count += 1,
            None if is_full => {
                if let Some((last, count)) = counts.last_mut() {
                    *last = "others".into();
                    *count += 1;
                }
            }
            None => counts.push((name.into(), 1)),
        }
    }

    /// Tells what is due. Called at every tick too, for what was dropped last.
    pub(crate) fn tell(&self, now: Instant) {
        for (name, count) in self.due(now) {
            tracing::warn!(target = %name, count, "dropped, as there was no room");
        }
    }

    fn due(&self, now: Instant) -> Vec<(Box<str>, u64)> {
        let is_early = self.told.get().is_some_and(|told| now.saturating_duration_since(told) < DROPPED_TOLD_EVERY);
        if is_early || self.counts.borrow().is_empty() {
            return Vec::new();
        }
        self.told.set(Some(now));
        self.counts.take()
    }
}

/// Scheme, host and port of a URL: nothing in it is a secret.
pub(crate) fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(start..).and_then(|rest| rest.find(['/', '?', '#', '\\'])).map_or(url.len(), |at| start + at);
    let authority = url.get(start..end).unwrap_or_default();
    match authority.rfind('@') {
        Some(at) => authority.get(at + 1..).unwrap_or_default(),
        None => url.get(..end).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pairs: &[(&str, u64)]) -> Vec<(Box<str>, u64)> {
        pairs.iter().map(|(name, count)| ((*name).into(), *count)).collect()
    }

    #[test]
    fn the_first_is_told_at_once_and_the_next_ones_together() {
        let (dropped, start) = (Dropped::default(), Instant::now());
        dropped.count("a");
        assert_eq!(dropped.due(start), told(&[("a", 1)]));
        for name in ["a", "b", "a"] {
            dropped.count(name);
        }
        assert_eq!(dropped.due(start + DROPPED_TOLD_EVERY / 2), told(&[]));
        assert_eq!(dropped.due(start + DROPPED_TOLD_EVERY), told(&[("a", 2), ("b", 1)]));
        assert_eq!(dropped.due(start + DROPPED_TOLD_EVERY * 3), told(&[]), "nothing was dropped since");
    }

    #[test]
    fn names_are_bounded_and_none_is_lost() {
        let dropped = Dropped::default();
        for number in 0..DROPPED_NAMES_MAX + 5 {
            dropped.count(&number.to_string());
        }
        let due = dropped.due(Instant::now());
        assert_eq!(due.len(), DROPPED_NAMES_MAX);
        assert_eq!(due.last(), Some(&("others".into(), 6)));
        assert_eq!(due.iter().map(|(_, count)| count).sum::<u64>(), DROPPED_NAMES_MAX as u64 + 5);
    }

    #[test]
    fn a_url_is_named_without_path_query_and_user() {
        for (url, name) in [
            ("https://h:8/p?sig=S", "https://h:8"),
            ("https://h?sig=S", "https://h"),
            ("https://user:S@h/p", "h"),
            ("https://h#S", "https://h"),
            ("http://[::1]:9/x", "http://[::1]:9"),
            ("h/p?S", "h"),
            ("", ""),
        ] {
            assert_eq!(origin_of(url), name);
        }
    }
}
