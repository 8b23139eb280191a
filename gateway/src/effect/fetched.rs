//! Values that are fetched from elsewhere and kept for all workers: keys of providers, tokens of identities.
//!
//! What must hold: one fetch at a time for a name, however many requests want it; a fetch that ends without a value leaves the last good one in
//! place; one that is dropped counts as failed; the number of names is bounded.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ahash::RandomState;

/// Names kept; computed ones may be many, and when there are more all that are not being fetched are forgotten.
const NAMES_MAX: usize = 1024;
/// How often somebody who waits looks whether the fetch has ended. It may run on another worker, and is rare: the first of a name only.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The values of one kind, by name.
#[derive(Debug)]
pub struct Fetched<V> {
    entries: Arc<Mutex<Entries<V>>>,
}

impl<V> Default for Fetched<V> {
    fn default() -> Self {
        Self { entries: Arc::default() }
    }
}

/// What was fetched, by name.
type Entries<V> = HashMap<Box<str>, Entry<V>, RandomState>;

/// What is known of a name.
#[derive(Debug, Clone)]
pub(crate) struct Entry<V> {
    /// The last good value, and when it came.
    pub(crate) value: Option<(V, Instant)>,
    /// When the last fetch began.
    pub(crate) tried: Option<Instant>,
    /// Why the last fetch brought nothing.
    pub(crate) error: Option<Arc<str>>,
    pub(crate) fetching: bool,
    /// A fetch has begun since there is a value.
    pub(crate) renewed: bool,
}

impl<V> Default for Entry<V> {
    fn default() -> Self {
        Self { value: None, tried: None, error: None, fetching: false, renewed: false }
    }
}

impl<V: Clone> Fetched<V> {
    /// What is known.
    pub(crate) fn look(&self, name: &str) -> Entry<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(name).cloned().unwrap_or_default()
    }

    /// Claims the fetch of a name; `None`: one is under way.
    pub(crate) fn begin(&self, name: &str) -> Option<Fetch<V>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= NAMES_MAX && !entries.contains_key(name) {
            entries.retain(|_, entry| entry.fetching);
        }
        let entry = entries.entry(name.into()).or_default();
        if entry.fetching {
            return None;
        }
        entry.fetching = true;
        entry.renewed |= entry.value.is_some();
        entry.tried = Some(Instant::now());
        Some(Fetch { entries: Arc::clone(&self.entries), name: name.into(), result: None })
    }

    /// Waits for the fetch under way, if there is one, for `limit` at most.
    pub(crate) async fn wait(&self, name: &str, limit: Duration) -> Entry<V> {
        let began = Instant::now();
        loop {
            let entry = self.look(name);
            if !entry.fetching || began.elapsed() >= limit {
                return entry;
            }
            monoio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// A fetch under way.
#[derive(Debug)]
pub(crate) struct Fetch<V> {
    entries: Arc<Mutex<Entries<V>>>,
    name: Box<str>,
    result: Option<Result<V, String>>,
}

impl<V> Fetch<V> {
    /// The fetch has ended.
    pub(crate) fn end(mut self, result: Result<V, String>) {
        self.result = Some(result);
    }
}

impl<V> Drop for Fetch<V> {
    fn drop(&mut self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = entries.get_mut(&self.name) else { return };
        entry.fetching = false;
        match self.result.take().unwrap_or_else(|| Err("the fetch was broken off".to_owned())) {
            Ok(value) => {
                entry.value = Some((value, Instant::now()));
                entry.error = None;
            }
            Err(error) => entry.error = Some(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fetch_at_a_time_and_the_last_good_value_stays() {
        let fetched = Fetched::default();
        let fetch = fetched.begin("a").unwrap();
        assert!(fetched.begin("a").is_none() && fetched.look("a").fetching);
        fetch.end(Ok(7));
        assert_eq!(fetched.look("a").value.map(|(value, _)| value), Some(7));
        assert!(!fetched.look("a").renewed);
        fetched.begin("a").unwrap().end(Err("away".to_owned()));
        let entry = fetched.look("a");
        assert!(entry.renewed);
        assert_eq!((entry.value.map(|(value, _)| value), entry.error.as_deref()), (Some(7), Some("away")));
        drop(fetched.begin("a"));
        assert_eq!(fetched.look("a").error.as_deref(), Some("the fetch was broken off"));
        assert!(fetched.begin("a").is_some());
    }

    #[test]
    fn the_number_of_names_is_bounded() {
        let fetched = Fetched::default();
        let under_way = fetched.begin("first").unwrap();
        for number in 0..2 * NAMES_MAX {
            fetched.begin(&number.to_string()).unwrap().end(Ok(number));
        }
        assert!(fetched.entries.lock().unwrap().len() <= NAMES_MAX);
        assert!(fetched.look("first").fetching);
        under_way.end(Ok(0));
    }
}
