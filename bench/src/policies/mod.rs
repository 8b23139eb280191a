//! `postern-bench policies`: what the policy engine costs, without sockets: nanoseconds and allocations of an expression or a whole policy.
//!
//! What must hold for a figure to count: each scenario's result was checked before; scenarios are interleaved, round by round, so that a slow
//! minute of the machine hits all alike; nothing is left out of the time but what belongs to the exchange in memory.

mod page;
mod scenario;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use self::page::{Page, Row};
use self::scenario::Scenario;
use crate::allocations;
use crate::compare::{Summary, command_line, commit_and_build, this_machine};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Measured rounds
    #[arg(long, default_value_t = 31, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
    /// Time for each scenario in a round
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    milliseconds: u64,
    /// Write the page to this Markdown file and the data beside it (.json)
    #[arg(long)]
    out: Option<PathBuf>,
    /// Fail when a bar is missed
    #[arg(long)]
    check: bool,
    /// Run each scenario this often without looking at the clock, for callgrind or a profiler; prints name and allocations of one time
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// With --count: only this scenario
    #[arg(long, requires = "count")]
    only: Option<String>,
}

/// Evaluations between two looks at the clock: far longer than looking takes.
const BATCH: u64 = 64;

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if let Some(count) = options.count {
        return repeat(options.only.as_deref(), count);
    }
    let mut scenarios = scenario::all()?;
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); scenarios.len()];
    for round in 0..options.rounds as usize {
        for index in 0..scenarios.len() {
            let at = (index + round) % scenarios.len();
            times[at].push(nanoseconds(&mut scenarios[at], Duration::from_millis(options.milliseconds))?);
        }
    }
    let mut rows = Vec::new();
    for (scenario, times) in scenarios.iter_mut().zip(times) {
        let time_ns = Summary::of(times.iter().copied()).context("no round was measured")?;
        let allocations = allocations_of(scenario)?;
        let (name, title, bar) = (scenario.name, scenario.title, scenario.bar);
        rows.push(Row { name, title, time_ns, allocations, bar, times });
    }
    let page = Page {
        rows,
        rounds: options.rounds,
        milliseconds: options.milliseconds,
        taken_at: OffsetDateTime::now_utc().replace_nanosecond(0)?.format(&Rfc3339)?,
        command: command_line(),
        commit: commit_and_build(),
        machine: this_machine(),
    };
    let text = page.markdown();
    if let Some(out) = &options.out {
        let mut json = serde_json::to_vec_pretty(&page)?;
        json.push(b'\n');
        for (path, bytes) in [(out.with_extension("md"), text.as_bytes()), (out.with_extension("json"), &json)] {
            fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))?;
        }
    }
    std::io::stdout().lock().write_all(text.as_bytes())?;
    let missed = page.missed();
    Ok(if options.check && missed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Nanoseconds of one evaluation, over about `time`: of this thread on its core, so that what else runs there does not count.
fn nanoseconds(scenario: &mut Scenario, time: Duration) -> Result<f64> {
    let (start, start_of_thread) = (Instant::now(), thread_time());
    let mut count = 0;
    loop {
        for _ in 0..BATCH {
            std::hint::black_box(scenario.once()?);
        }
        count += BATCH;
        if start.elapsed() >= time {
            return Ok((thread_time() - start_of_thread).as_secs_f64() * 1e9 / count as f64);
        }
    }
}

/// How long this thread has run.
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Allocations of one evaluation once everything has grown to its size.
fn allocations_of(scenario: &mut Scenario) -> Result<u64> {
    for _ in 0..BATCH {
        scenario.once()?;
    }
    let before = allocations::count();
    scenario.once()?;
    Ok(allocations::count() - before)
}

/// Runs the scenarios, each between two calls of [`mark_of_budget`].
fn repeat(only: Option<&str>, count: u64) -> Result<ExitCode> {
    let mut scenarios = scenario::all()?;
    scenarios.retain(|scenario| only.is_none_or(|name| scenario.name == name));
    ensure!(!scenarios.is_empty(), "there is no such scenario");
    for scenario in &mut scenarios {
        let mut last = 0;
        mark_of_budget();
        for _ in 0..count {
            let before = allocations::count();
            std::hint::black_box(scenario.once()?);
            last = allocations::count() - before;
        }
        mark_of_budget();
        writeln!(std::io::stdout().lock(), "{} {last}", scenario.name)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Does nothing; callgrind is told to note its counters whenever this is called (`--dump-before`).
#[inline(never)]
fn mark_of_budget() {
    std::hint::black_box(());
}
