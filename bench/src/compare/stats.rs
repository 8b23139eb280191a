//! Medians and spreads of a handful of runs.

use serde::Serialize;

/// Median and range of one figure over the valid runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) count: usize,
}

impl Summary {
    /// `None` without a finite value.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let (&min, &max) = (values.first()?, values.last()?);
        let middle = count / 2;
        let median = if count % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 };
        Some(Summary { median, min, max, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_the_median_and_the_range() {
        let cases = [
            ([].as_slice(), None),
            (&[f64::NAN], None),
            (&[7.0], Some((7.0, 7.0, 7.0, 1))),
            (&[3.0, 1.0], Some((2.0, 1.0, 3.0, 2))),
            (&[9.0, 1.0, 2.0], Some((2.0, 1.0, 9.0, 3))),
            (&[4.0, f64::INFINITY, 1.0, 3.0, 2.0], Some((2.5, 1.0, 4.0, 4))),
        ];
        for (values, expected) in cases {
            let summary = Summary::of(values.iter().copied());
            assert_eq!(summary.map(|s| (s.median, s.min, s.max, s.count)), expected, "{values:?}");
        }
    }
}
