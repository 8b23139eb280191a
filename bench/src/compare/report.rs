//! The result as data (JSON) and as a page (Markdown).

use std::fmt::Write;

use serde::Serialize;

use super::machine::Machine;
use super::peers::Proxy;
use super::stats::Summary;
use super::wrk::Counted;

/// One measured run of one proxy.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Run {
    pub(crate) connections: u32,
    pub(crate) proxy: Proxy,
    pub(crate) round: u32,
    pub(crate) figures: Option<Figures>,
    /// Why the run does not count.
    pub(crate) invalid: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figures {
    pub(crate) cpu_us_per_request: f64,
    /// Share of the run that the proxy's processes spent on their core.
    pub(crate) core_busy: f64,
    #[serde(flatten)]
    pub(crate) counted: Counted,
}

/// Medians of one proxy at one number of connections, over the valid runs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) connections: u32,
    pub(crate) proxy: Proxy,
    pub(crate) cpu_us_per_request: Option<Summary>,
    pub(crate) requests_per_s: Option<Summary>,
    pub(crate) core_busy: Option<Summary>,
    pub(crate) p50_us: Option<Summary>,
    pub(crate) p99_us: Option<Summary>,
    pub(crate) invalid_runs: usize,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Missing {
    pub(crate) proxy: Proxy,
    pub(crate) reason: String,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Software {
    pub(crate) name: String,
    pub(crate) version: String,
}

/// Postern's CPU time per request divided by a peer's: what the design allows.
#[derive(Debug, Clone, Copy)]
struct Bar {
    peer: Proxy,
    /// Must hold now; `--check` fails when not.
    required: Option<f64>,
    /// Where the design wants it (design, section 8).
    wanted: f64,
}

const BARS: [Bar; 3] = [
    Bar { peer: Proxy::Nginx, required: Some(0.80), wanted: 0.70 },
    Bar { peer: Proxy::Haproxy, required: Some(0.85), wanted: 0.75 },
    Bar { peer: Proxy::Relay, required: None, wanted: 1.15 },
];

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Ratio {
    pub(crate) connections: u32,
    pub(crate) peer: Proxy,
    /// Median CPU time per request of Postern divided by that of the peer.
    pub(crate) cpu_ratio: f64,
    pub(crate) required_max: Option<f64>,
    pub(crate) wanted_max: f64,
}

impl Ratio {
    fn verdict(&self) -> &'static str {
        let exceeds = |bar: Option<f64>| bar.is_some_and(|max| self.cpu_ratio > max);
        if exceeds(self.required_max) {
            "missed"
        } else if exceeds(Some(self.wanted_max)) {
            "above the design's bar"
        } else {
            "met"
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    pub(crate) scenario: String,
    pub(crate) taken_at: String,
    pub(crate) command: String,
    pub(crate) commit: String,
    pub(crate) build: String,
    pub(crate) driver: String,
    pub(crate) machine: Machine,
    pub(crate) software: Vec<Software>,
    pub(crate) missing: Vec<Missing>,
    pub(crate) rows: Vec<Row>,
    pub(crate) ratios: Vec<Ratio>,
    pub(crate) runs: Vec<Run>,
}

/// Medians per proxy and number of connections, in the order in which they were first measured.
pub(crate) fn rows(runs: &[Run]) -> Vec<Row> {
    let mut keys: Vec<(u32, Proxy)> = Vec::new();
    for run in runs {
        if !keys.contains(&(run.connections, run.proxy)) {
            keys.push((run.connections, run.proxy));
        }
    }
    keys.sort_unstable();
    keys.into_iter().map(|(connections, proxy)| row(connections, proxy, runs)).collect()
}

fn row(connections: u32, proxy: Proxy, runs: &[Run]) -> Row {
    let own = runs.iter().filter(|run| (run.connections, run.proxy) == (connections, proxy));
    let (invalid, valid): (Vec<&Run>, Vec<&Run>) = own.partition(|run| run.invalid.is_some());
    let of = |figure: fn(&Figures) -> f64| Summary::of(valid.iter().filter_map(|run| run.figures.as_ref()).map(figure));
    Row {
        connections,
        proxy,
        cpu_us_per_request: of(|figures| figures.cpu_us_per_request),
        requests_per_s: of(|figures| figures.counted.requests_per_s),
        core_busy: of(|figures| figures.core_busy),
        p50_us: of(|figures| figures.counted.p50_us),
        p99_us: of(|figures| figures.counted.p99_us),
        invalid_runs: invalid.len(),
    }
}

/// Postern against every peer that has a bar and a result.
pub(crate) fn ratios(rows: &[Row]) -> Vec<Ratio> {
    let cpu = |connections: u32, proxy: Proxy| {
        let row = rows.iter().find(|row| (row.connections, row.proxy) == (connections, proxy))?;
        row.cpu_us_per_request.map(|summary| summary.median)
    };
    let mut ratios = Vec::new();
    for postern in rows.iter().filter(|row| row.proxy == Proxy::Postern) {
        let connections = postern.connections;
        let Some(own) = cpu(connections, Proxy::Postern) else { continue };
        for Bar { peer, required, wanted } in BARS {
            if let Some(other) = cpu(connections, peer) {
                let cpu_ratio = own / other;
                ratios.push(Ratio { connections, peer, cpu_ratio, required_max: required, wanted_max: wanted });
            }
        }
    }
    ratios
}

impl Report {
    pub(crate) fn invalid_runs(&self) -> usize {
        self.runs.iter().filter(|run| run.invalid.is_some()).count()
    }

    /// What keeps the required bars from being shown as met; empty when they are.
    pub(crate) fn missed(&self) -> Vec<String> {
        let mut missed = Vec::new();
        if !self.rows.iter().any(|row| row.proxy == Proxy::Postern && row.cpu_us_per_request.is_some()) {
            missed.push("postern was not measured".to_owned());
        }
        for bar in BARS.iter().filter(|bar| bar.required.is_some()) {
            if !self.ratios.iter().any(|ratio| ratio.peer == bar.peer) {
                missed.push(format!("no result for {}", bar.peer.name()));
            }
        }
        for ratio in self.ratios.iter().filter(|ratio| ratio.verdict() == "missed") {
            let (connections, peer, value) = (ratio.connections, ratio.peer.name(), ratio.cpu_ratio);
            missed.push(format!("{connections} connections: {value:.2} × {peer}"));
        }
        missed
    }

    /// The page. Only the ratios are meant to be compared with those of another page.
    pub(crate) fn markdown(&self) -> String {
        let mut page = String::new();
        // Writing into a String cannot fail.
        let _ = self.write_page(&mut page);
        page
    }

    fn write_page(&self, page: &mut String) -> std::fmt::Result {
        writeln!(page, "# {}\n", self.scenario)?;
        writeln!(
            page,
            "CPU time per request is the proxy's own (all its processes); only ratios within this page compare."
        )?;
        writeln!(page, "Method and how to read it: `perf/README.md`.")?;
        let mut connections: Vec<u32> = self.rows.iter().map(|row| row.connections).collect();
        connections.dedup();
        for connections in connections {
            self.write_table(page, connections)?;
        }
        self.write_ratios(page)?;
        self.write_problems(page)?;
        self.write_setting(page)
    }

    fn write_table(&self, page: &mut String, connections: u32) -> std::fmt::Result {
        writeln!(page, "\n## {connections} connections\n")?;
        writeln!(
            page,
            "| proxy (1 worker) | CPU µs/request | min – max | postern ÷ it | requests/s | core busy | p50 µs | p99 µs | runs |"
        )?;
        writeln!(page, "|---|---:|---:|---:|---:|---:|---:|---:|---:|")?;
        let rows = self.rows.iter().filter(|row| row.connections == connections);
        let own = rows.clone().find(|row| row.proxy == Proxy::Postern).and_then(|row| row.cpu_us_per_request);
        for row in rows {
            let cpu = row.cpu_us_per_request;
            let ratio = own.zip(cpu).map(|(own, cpu)| own.median / cpu.median);
            let ratio = ratio.filter(|_| !matches!(row.proxy, Proxy::Postern | Proxy::Direct));
            let range = cpu.map_or("–".to_owned(), |cpu| format!("{:.1} – {:.1}", cpu.min, cpu.max));
            writeln!(
                page,
                "| {} | {} | {range} | {} | {} | {} | {} | {} | {} |",
                row.proxy.name(),
                number(cpu.map(|cpu| cpu.median), 1),
                number(ratio, 2),
                number(row.requests_per_s.map(|value| value.median), 0),
                row.core_busy.map_or("–".to_owned(), |value| format!("{:.0} %", value.median * 100.0)),
                number(row.p50_us.map(|value| value.median), 0),
                number(row.p99_us.map(|value| value.median), 0),
                runs_cell(row),
            )?;
        }
        Ok(())
    }

    fn write_ratios(&self, page: &mut String) -> std::fmt::Result {
        if self.ratios.is_empty() {
            return Ok(());
        }
        writeln!(
            page,
            "\n## Bars\n\n| connections | postern ÷ | ratio | required | design | |\n|---:|---|---:|---:|---:|---|"
        )?;
        for ratio in &self.ratios {
            let required = ratio.required_max.map_or("–".to_owned(), |max| format!("≤ {max:.2}"));
            writeln!(
                page,
                "| {} | {} | {:.2} | {required} | ≤ {:.2} | {} |",
                ratio.connections,
                ratio.peer.name(),
                ratio.cpu_ratio,
                ratio.wanted_max,
                ratio.verdict()
            )?;
        }
        Ok(())
    }

    fn write_problems(&self, page: &mut String) -> std::fmt::Result {
        if !self.missing.is_empty() {
            writeln!(page, "\n## Missing\n")?;
            for missing in &self.missing {
                writeln!(page, "- {}: {}", missing.proxy.name(), missing.reason)?;
            }
        }
        if self.invalid_runs() > 0 {
            writeln!(page, "\n## Invalid runs (not in the figures)\n")?;
            for run in &self.runs {
                if let Some(reason) = &run.invalid {
                    writeln!(
                        page,
                        "- {} connections, {}, round {}: {reason}",
                        run.connections,
                        run.proxy.name(),
                        run.round
                    )?;
                }
            }
        }
        Ok(())
    }

    fn write_setting(&self, page: &mut String) -> std::fmt::Result {
        let machine = &self.machine;
        writeln!(page, "\n## Setting\n")?;
        writeln!(page, "- taken at {}, commit {}, {}", self.taken_at, self.commit, self.build)?;
        writeln!(page, "- command: `{}`", self.command)?;
        writeln!(page, "- machine: {}, {} cores, kernel {}", machine.cpu, machine.cores, machine.kernel)?;
        writeln!(
            page,
            "- proxy on core {}, load generator on core {}, origin on core {}{}",
            machine.proxy_core.0,
            machine.load_core.0,
            machine.origin_core.0,
            if machine.shares_physical_core { " (the proxy shares its physical core with them!)" } else { "" }
        )?;
        writeln!(page, "- driver of postern, relay and origin: {}", self.driver)?;
        for software in &self.software {
            writeln!(page, "- {}: {}", software.name, software.version)?;
        }
        Ok(())
    }
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.decimals$}"))
}

fn runs_cell(row: &Row) -> String {
    let valid = row.cpu_us_per_request.map_or(0, |summary| summary.count);
    match row.invalid_runs {
        0 => valid.to_string(),
        invalid => format!("{valid} + {invalid} invalid"),
    }
}

#[cfg(test)]
mod tests;
