//! A scrape of the operator listener, read as Prometheus text.

use std::net::SocketAddr;

use crate::client::Client;

/// One scrape.
#[derive(Debug, Clone)]
pub struct Metrics {
    pub text: String,
}

impl Metrics {
    /// Scrapes once.
    ///
    /// # Panics
    /// When a line of the answer is no Prometheus text.
    pub fn scrape(operator: SocketAddr) -> Self {
        let response = Client::connect(operator).get("/metrics", &[]);
        assert_eq!(response.status, 200, "{}", response.head);
        let metrics = Metrics { text: response.text() };
        for line in metrics.text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            assert!(sample(line).is_some(), "no sample: {line}");
        }
        metrics
    }

    /// Sum of all samples of this name that have all of these labels.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.samples(name, labels).sum()
    }

    /// Number of samples of this name that have all of these labels.
    pub fn count(&self, name: &str, labels: &[(&str, &str)]) -> usize {
        self.samples(name, labels).count()
    }

    /// The series of this name, labels as written.
    pub fn series(&self, name: &str) -> Vec<String> {
        let lines = self.text.lines().filter_map(sample).filter(|(found, ..)| *found == name);
        lines.map(|(_, labels, _)| labels.to_owned()).collect()
    }

    fn samples<'a>(&'a self, name: &'a str, labels: &'a [(&str, &str)]) -> impl Iterator<Item = f64> + 'a {
        let wanted: Vec<String> = labels.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
        self.text.lines().filter_map(sample).filter_map(move |(found, labels, value)| {
            let has = |wanted: &String| labels.split(',').any(|label| label == wanted);
            (found == name && wanted.iter().all(has)).then_some(value)
        })
    }
}

/// `name{labels} value` or `name value`
fn sample(line: &str) -> Option<(&str, &str, f64)> {
    let (series, value) = line.rsplit_once(' ')?;
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}')?),
        None => (series, ""),
    };
    Some((name, labels, value.parse().ok()?))
}
