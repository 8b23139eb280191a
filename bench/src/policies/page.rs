//! The result as data (JSON) and as a page (Markdown).

use std::fmt::Write;

use serde::Serialize;

use super::scenario::Bar;
use crate::compare::Summary;

/// One scenario's figures.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) time_ns: Summary,
    pub(super) allocations: u64,
    pub(super) bar: Option<Bar>,
    /// Of each round.
    pub(super) times: Vec<f64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Page {
    pub(super) rows: Vec<Row>,
    pub(super) rounds: u32,
    pub(super) milliseconds: u64,
    pub(super) taken_at: String,
    pub(super) command: String,
    pub(super) commit: String,
    pub(super) machine: String,
}

impl Row {
    fn is_missed(&self) -> bool {
        self.bar.is_some_and(|bar| {
            self.time_ns.median > bar.time_ns || bar.allocations.is_some_and(|most| self.allocations > most)
        })
    }
}

impl Page {
    /// How many bars are missed.
    pub(super) fn missed(&self) -> usize {
        self.rows.iter().filter(|row| row.is_missed()).count()
    }

    /// The page.
    pub(super) fn markdown(&self) -> String {
        let mut page = String::new();
        // Writing into a String cannot fail.
        let _ = self.write(&mut page);
        page
    }

    fn write(&self, page: &mut String) -> std::fmt::Result {
        let (rounds, milliseconds) = (self.rounds, self.milliseconds);
        writeln!(page, "# What policies cost: medians of {rounds} interleaved rounds of {milliseconds} ms\n")?;
        writeln!(
            page,
            "One thread, an exchange in memory, no sockets. Method and how to read it: `perf/README.md`.\n"
        )?;
        writeln!(page, "| scenario | ns | min – max | allocations | bar | |")?;
        writeln!(page, "|---|---:|---:|---:|---:|---|")?;
        for row in &self.rows {
            let time = &row.time_ns;
            let bar = row.bar.map_or("–".to_owned(), |bar| {
                let allocations = bar.allocations.map_or(String::new(), |most| format!(", {most} allocations"));
                format!("≤ {:.0} ns{allocations}", bar.time_ns)
            });
            let verdict = match row.bar {
                None => "",
                Some(_) if row.is_missed() => "missed",
                Some(_) => "met",
            };
            let (title, name, allocations) = (row.title, row.name, row.allocations);
            let (median, min, max) = (time.median, time.min, time.max);
            writeln!(
                page,
                "| {title} (`{name}`) | {median:.0} | {min:.0} – {max:.0} | {allocations} | {bar} | {verdict} |"
            )?;
        }
        writeln!(page, "\n## Setting\n")?;
        writeln!(page, "- taken at {}, commit {}", self.taken_at, self.commit)?;
        writeln!(page, "- command: `{}`", self.command)?;
        writeln!(page, "- machine: {}", self.machine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_missed_by_time_or_by_allocations() {
        let of = |median, allocations, bar| Row {
            name: "a",
            title: "A",
            time_ns: Summary { median, min: 1.0, max: 9.0, count: 1 },
            allocations,
            bar,
            times: Vec::new(),
        };
        let bar = |allocations| Some(Bar { time_ns: 100.0, allocations });
        for (row, missed) in [
            (of(100.0, 5, bar(None)), false),
            (of(101.0, 0, bar(None)), true),
            (of(50.0, 1, bar(Some(0))), true),
            (of(50.0, 0, bar(Some(0))), false),
            (of(1e9, 9, None), false),
        ] {
            assert_eq!(row.is_missed(), missed, "{row:?}");
        }
    }
}
