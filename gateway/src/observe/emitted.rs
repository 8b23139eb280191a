//! What `emit-metric` emits: a count and a sum for each metric with its dimensions.
//!
//! What must hold: their number is bounded ([`EMITTED_SERIES_MAX`]), since dimensions come from requests; a value that finds no room is
//! counted as dropped.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ahash::RandomState;
use metrics_exporter_prometheus::formatting::sanitize_label_value;
use postern_policy::Metric;

use crate::limits::{EMITTED_SERIES_MAX, EMITTED_VALUE_CHARS_MAX};

/// Parts of the table with a lock each.
const SHARDS: usize = 16;

/// One metric with its dimensions.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Emission {
    pub count: u64,
    pub sum: f64,
}

/// All that was emitted since the start, by the labels as the text format writes them.
#[derive(Debug)]
pub struct Emitted {
    shards: Box<[Mutex<HashMap<String, Emission, RandomState>>]>,
    hasher: RandomState,
    series: AtomicUsize,
    dropped: AtomicU64,
}

impl Default for Emitted {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            series: AtomicUsize::new(0),
            dropped: AtomicU64::new(0),
        }
    }
}

impl Emitted {
    /// Adds a value. `false`: there is no room for another combination of dimensions.
    pub(crate) fn add(&self, metric: &Metric<'_>) -> bool {
        let labels = labels(metric);
        let index = self.hasher.hash_one(&labels) as usize % SHARDS;
        let Some(shard) = self.shards.get(index) else { return false };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(emission) = shard.get_mut(&labels) {
            emission.count += 1;
            emission.sum += metric.value;
            return true;
        }
        if self.series.fetch_add(1, Ordering::Relaxed) >= EMITTED_SERIES_MAX {
            self.series.fetch_sub(1, Ordering::Relaxed);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        shard.insert(labels, Emission { count: 1, sum: metric.value });
        true
    }

    /// Values that found no room.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Every series: its labels and what was emitted, in the order of labels.
    pub fn all(&self) -> Vec<(String, Emission)> {
        let mut all = Vec::new();
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            all.extend(shard.iter().map(|(labels, emission)| (labels.clone(), *emission)));
        }
        all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        all
    }
}

fn labels(metric: &Metric<'_>) -> String {
    let value = |text: &str| {
        let end = text.char_indices().nth(EMITTED_VALUE_CHARS_MAX).map_or(text.len(), |(end, _)| end);
        sanitize_label_value(text.get(..end).unwrap_or_default())
    };
    let mut text = format!("namespace=\"{}\",metric=\"{}\"", value(metric.namespace), value(metric.name));
    let mut names: Vec<String> = Vec::with_capacity(metric.dimensions.len());
    for (name, content) in metric.dimensions {
        // Names of dimensions compare without case; a label has letters, digits and underscores.
        let name =
            format!("dim_{}", name.trim().to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
        if names.contains(&name) {
            continue;
        }
        // Writing to a String cannot fail.
        let _ = write!(text, ",{name}=\"{}\"", value(content));
        names.push(name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(emitted: &Emitted, value: f64, dimensions: &[(&str, &str)]) -> bool {
        let dimensions: Vec<_> = dimensions.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        emitted.add(&Metric { namespace: "n", name: "m", value, dimensions: &dimensions })
    }

    #[test]
    fn values_add_up_by_dimensions() {
        let emitted = Emitted::default();
        assert!(add(&emitted, 2.5, &[("API ID", "a\"b")]));
        assert!(add(&emitted, -1.0, &[("api id", "a\"b"), ("API-ID", "again")]));
        assert!(add(&emitted, 1.0, &[]));
        assert_eq!(
            emitted.all(),
            [
                ("namespace=\"n\",metric=\"m\"".to_owned(), Emission { count: 1, sum: 1.0 }),
                ("namespace=\"n\",metric=\"m\",dim_api_id=\"a\\\"b\"".to_owned(), Emission { count: 2, sum: 1.5 }),
            ]
        );
    }

    #[test]
    fn past_the_bound_new_combinations_are_dropped_and_old_ones_go_on() {
        let emitted = Emitted::default();
        for number in 0..EMITTED_SERIES_MAX {
            assert!(add(&emitted, 1.0, &[("x", &number.to_string())]));
        }
        assert!(!add(&emitted, 1.0, &[("x", "one more")]));
        assert!(add(&emitted, 1.0, &[("x", "0")]));
        assert_eq!((emitted.all().len(), emitted.dropped()), (EMITTED_SERIES_MAX, 1));
    }
}
