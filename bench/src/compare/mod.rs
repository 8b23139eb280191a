//! `postern-bench compare`: CPU time per request of Postern beside nginx, HAProxy and the relay.
//!
//! What must hold for a figure to count: every proxy has one worker on one core of its own; load generator and origin
//! are on other cores; runs are interleaved, so that a slow minute of the machine hits all alike; every request was
//! answered well; the access log grew. `perf/README.md` has the method in full.

mod check;
mod cpu_time;
mod machine;
mod peers;
mod pin;
mod postern;
mod report;
mod server;
mod stats;
mod wrk;

pub(crate) use self::stats::Summary;

use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use self::machine::Machine;
use self::peers::{Place, Proxy, Start, Target};
use self::pin::Core;
use self::report::{Figures, Missing, Report, Run, Software};
use self::server::{Server, find_program};
use self::wrk::{Counted, Load};
use crate::limits::WARM_UP_SECONDS;
use crate::runtime::Driver;

/// APIM's default name of the header that carries the key (`facts/apim.md` section 10.4).
pub(crate) const KEY_HEADER: &str = "Ocp-Apim-Subscription-Key";
/// 32 hexadecimal digits, the form of APIM's generated keys.
pub(crate) const SUBSCRIPTION_KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
/// The operation's template is `/items/{id}` below the API path `bench`.
pub(crate) const REQUEST_PATH: &str = "/bench/items/42";

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Numbers of keep-alive connections
    #[arg(long, value_delimiter = ',', default_value = "64,256", value_parser = clap::value_parser!(u32).range(1..=4000))]
    connections: Vec<u32>,
    /// Measured runs of each proxy at each number of connections
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: u32,
    /// Length of a run
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=3600))]
    seconds: u32,
    /// What Postern is compared with
    #[arg(long, value_enum, value_delimiter = ',', default_value = "nginx,haproxy,relay")]
    peers: Vec<Proxy>,
    /// Bytes of the origin's body
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    body_bytes: u32,
    /// Write the page to this Markdown file and the data beside it (.json)
    #[arg(long)]
    out: Option<PathBuf>,
    /// Fail when a required bar is missed or could not be measured
    #[arg(long)]
    check: bool,
    /// Folder of postern-gateway and postern-bench [default: target/release beside this program's folder]
    #[arg(long)]
    bin_dir: Option<PathBuf>,
    /// Driver of postern, relay and origin
    #[arg(long, value_enum, default_value_t = Driver::Auto)]
    driver: Driver,
    /// Core of the proxies [default: the last one]
    #[arg(long)]
    proxy_core: Option<usize>,
    /// Core of the load generator [default: the first one]
    #[arg(long)]
    load_core: Option<usize>,
    /// Core of the origin [default: the second of three or more, otherwise the load generator's]
    #[arg(long)]
    origin_core: Option<usize>,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let mut laboratory = Laboratory::set_up(options)?;
    let runs = laboratory.measure_all(options)?;
    let report = laboratory.report(options, runs)?;
    drop(laboratory);
    let page = report.markdown();
    write_out(&report, &page, options.out.as_deref())?;
    std::io::stdout().lock().write_all(page.as_bytes())?;
    let missed = if options.check { report.missed() } else { Vec::new() };
    for reason in &missed {
        eprintln!("postern-bench: bar missed: {reason}");
    }
    let invalid_runs = report.invalid_runs();
    if invalid_runs > 0 {
        eprintln!("postern-bench: {invalid_runs} invalid runs");
    }
    Ok(if missed.is_empty() && invalid_runs == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Everything that runs during a comparison. Fields are dropped in this order: proxies, origin, folder.
#[derive(Debug)]
struct Laboratory {
    targets: Vec<Target>,
    missing: Vec<Missing>,
    _origin: Server,
    _folder: TempDir,
    wrk: PathBuf,
    bin_dir: PathBuf,
    machine: Machine,
    driver: String,
}

impl Laboratory {
    fn set_up(options: &Options) -> Result<Self> {
        let wrk = find_program("wrk").context("wrk is not installed (Debian package wrk)")?;
        let machine = choose_cores(options)?;
        let bin_dir = bin_dir(options)?;
        let own_program = bin_dir.join("postern-bench");
        let build = "cargo build --release -p postern-bench -p postern-gateway";
        ensure!(own_program.is_file(), "{} is not built: {build}", own_program.display());
        let folder =
            tempfile::Builder::new().prefix("postern-bench-").tempdir().context("creating a temporary folder")?;

        let mut command = Command::new(&own_program);
        command.args(["origin", "--listen", "127.0.0.1:0", "--driver", options.driver.as_str()]);
        command.arg("--body-bytes").arg(options.body_bytes.to_string());
        let mut origin = Server::start("origin", &mut command, machine.origin_core, folder.path())?;
        let ready = origin.wait_for_ready_line()?;
        let driver = ready["driver"].as_str().unwrap_or("unknown").to_owned();
        let address = peers::address_in(&ready)?;

        let place =
            Place { folder: folder.path(), core: machine.proxy_core, origin: address, own_program: &own_program };
        let (mut targets, mut missing) = (Vec::new(), Vec::new());
        let mut wanted = options.peers.clone();
        wanted.push(Proxy::Postern);
        wanted.sort_unstable();
        wanted.dedup();
        for proxy in wanted {
            let started = match proxy {
                Proxy::Postern => postern::start(&bin_dir, options.driver, place)?,
                Proxy::Direct => {
                    let pid = origin.pid();
                    Start::Running(Target { proxy, address, pid, checks_key: false, access_log: None, _server: None })
                }
                peer => peers::start(peer, options.driver, place)?,
            };
            match started {
                Start::Running(target) => {
                    check_target(&target, options.body_bytes)?;
                    targets.push(target);
                }
                Start::Missing(reason) => {
                    eprintln!("postern-bench: without {}: {reason}", proxy.name());
                    missing.push(Missing { proxy, reason });
                }
            }
        }
        Ok(Laboratory { targets, missing, _origin: origin, _folder: folder, wrk, bin_dir, machine, driver })
    }

    /// Round by round, every proxy once, starting with another one each round.
    fn measure_all(&mut self, options: &Options) -> Result<Vec<Run>> {
        let mut runs = Vec::new();
        for &connections in &options.connections {
            for target in &self.targets {
                self.load(target, connections, WARM_UP_SECONDS)
                    .with_context(|| format!("warming up {}", target.proxy.name()))?;
                check_access_log(target)?;
            }
            for round in 0..options.runs {
                for index in 0..self.targets.len() {
                    let target = &self.targets[(index + round as usize) % self.targets.len()];
                    let run = self.measure(target, connections, round + 1, options);
                    eprintln!("{}", progress(&run));
                    runs.push(run);
                }
            }
        }
        Ok(runs)
    }

    fn load(&self, target: &Target, connections: u32, seconds: u32) -> Result<Counted> {
        let header = (KEY_HEADER, SUBSCRIPTION_KEY);
        let load = Load { address: target.address, path: REQUEST_PATH, header, connections, seconds };
        wrk::run(&self.wrk, &load, self.machine.load_core)
    }

    fn measure(&self, target: &Target, connections: u32, round: u32, options: &Options) -> Run {
        let (figures, invalid) = match self.figures(target, connections, options.seconds) {
            Ok(figures) => {
                let invalid = why_invalid(&figures.counted, u64::from(options.body_bytes));
                (Some(figures), invalid)
            }
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        Run { connections, proxy: target.proxy, round, figures, invalid }
    }

    fn figures(&self, target: &Target, connections: u32, seconds: u32) -> Result<Figures> {
        if let Some(log) = &target.access_log {
            empty_file(log)?;
        }
        let before_ns = cpu_time::of_tree_ns(target.pid)?;
        let counted = self.load(target, connections, seconds)?;
        let used_ns = cpu_time::of_tree_ns(target.pid)?.saturating_sub(before_ns) as f64;
        let cpu_us_per_request = used_ns / 1e3 / counted.requests as f64;
        Ok(Figures { cpu_us_per_request, core_busy: used_ns / 1e9 / counted.seconds, counted })
    }

    fn report(&self, options: &Options, runs: Vec<Run>) -> Result<Report> {
        let mut software = vec![("wrk", Some(self.wrk.clone()), "-v")];
        for target in &self.targets {
            match target.proxy {
                Proxy::Nginx => software.push(("nginx", find_program("nginx"), "-v")),
                Proxy::Haproxy => software.push(("haproxy", find_program("haproxy"), "-v")),
                Proxy::Postern => software.push(("postern", Some(self.bin_dir.join("postern-gateway")), "--version")),
                _ => {}
            }
        }
        let software = software.into_iter().map(|(name, program, argument)| {
            let version = program.and_then(|program| machine::version_of(&program, argument));
            Software { name: name.to_owned(), version: version.unwrap_or_else(|| "unknown".to_owned()) }
        });
        let rows = report::rows(&runs);
        let (body_bytes, count, seconds) = (options.body_bytes, options.runs, options.seconds);
        Ok(Report {
            scenario: format!(
                "HTTP/1.1 keep-alive, {body_bytes} B body, key checked, counted and logged: medians of {count} interleaved runs of {seconds} s"
            ),
            taken_at: OffsetDateTime::now_utc().replace_nanosecond(0)?.format(&Rfc3339)?,
            command: command_line(),
            commit: machine::commit_of(&self.bin_dir).unwrap_or_else(|| "unknown".to_owned()),
            build: format!("{} build", self.bin_dir.file_name().unwrap_or_default().display()),
            driver: self.driver.clone(),
            machine: self.machine.clone(),
            software: software.collect(),
            missing: self.missing.clone(),
            ratios: report::ratios(&rows),
            rows,
            runs,
        })
    }
}

/// Proxy, load generator and origin on cores of their own where there are three; on two, origin and load share one.
fn choose_cores(options: &Options) -> Result<Machine> {
    let cores = pin::usable_cores()?;
    let &[first, .., last] = cores.as_slice() else {
        bail!("a comparison needs two cores: one for the proxy, one for the load generator and the origin");
    };
    let load = options.load_core.map_or(first, Core);
    let default_origin = if cores.len() > 2 { cores[1] } else { load };
    let proxy = options.proxy_core.map_or(last, Core);
    let origin = options.origin_core.map_or(default_origin, Core);
    for core in [load, proxy, origin] {
        ensure!(cores.contains(&core), "core {} is not one of this process's cores {cores:?}", core.0);
    }
    ensure!(proxy != load && proxy != origin, "the proxy needs a core of its own");
    Ok(Machine::of(proxy, load, origin))
}

fn bin_dir(options: &Options) -> Result<PathBuf> {
    if let Some(folder) = &options.bin_dir {
        return folder.canonicalize().with_context(|| format!("{} is no folder", folder.display()));
    }
    // target/<profile>/postern-bench: the release build is beside the profile's folder.
    let own = env::current_exe().context("finding this program's folder")?;
    let target = own.parent().and_then(Path::parent).context("this program has no parent folder")?;
    Ok(target.join("release"))
}

/// The scenario holds: the key is needed where it should be, and a good request gets the whole body.
fn check_target(target: &Target, body_bytes: u32) -> Result<()> {
    let name = target.proxy.name();
    let good = check::get(target.address, REQUEST_PATH, Some((KEY_HEADER, SUBSCRIPTION_KEY)))?;
    ensure!(
        good.status == 200 && good.body_bytes == body_bytes as usize,
        "{name} answers a good request with {good:?}"
    );
    if target.checks_key {
        for header in [None, Some((KEY_HEADER, "wrong"))] {
            let refused = check::get(target.address, REQUEST_PATH, header)?;
            ensure!(refused.status == 401, "{name} answers a request without a good key with {refused:?}");
        }
    }
    Ok(())
}

/// Nobody is faster by not logging.
fn check_access_log(target: &Target) -> Result<()> {
    let Some(log) = &target.access_log else { return Ok(()) };
    let length = fs::metadata(log).map_or(0, |metadata| metadata.len());
    ensure!(length > 0, "{} wrote no access log to {}", target.proxy.name(), log.display());
    Ok(())
}

/// Keeps the folder small and the kernel from writing old logs back to the disk during the next run.
fn empty_file(path: &Path) -> Result<()> {
    let file = OpenOptions::new().write(true).open(path);
    file.and_then(|file| file.set_len(0)).with_context(|| format!("emptying {}", path.display()))
}

/// A run counts only when every request was answered in full. wrk does not count 3xx as failed; their missing bodies
/// show in the bytes read (with 2 % for wrk's rounding).
fn why_invalid(counted: &Counted, body_bytes: u64) -> Option<String> {
    let mut reasons = Vec::new();
    if counted.requests == 0 {
        reasons.push("no request was answered".to_owned());
    }
    if counted.failed_statuses > 0 {
        reasons.push(format!("{} answers with a failed status", counted.failed_statuses));
    }
    if counted.socket_errors > 0 {
        reasons.push(format!("{} socket errors", counted.socket_errors));
    }
    if (counted.read_bytes as f64) < (counted.requests * body_bytes) as f64 * 0.98 {
        reasons.push(format!("only {} bytes read for {} answers", counted.read_bytes, counted.requests));
    }
    (!reasons.is_empty()).then(|| reasons.join(", "))
}

fn progress(run: &Run) -> String {
    let figures = run.figures.as_ref().map_or("no figures".to_owned(), |figures| {
        format!("{:.1} µs/request, {:.0} requests/s", figures.cpu_us_per_request, figures.counted.requests_per_s)
    });
    let invalid = run.invalid.as_ref().map(|reason| format!(", invalid: {reason}")).unwrap_or_default();
    format!("{} connections, round {}, {}: {figures}{invalid}", run.connections, run.round, run.proxy.name())
}

/// The machine in words: processor, cores, kernel.
pub(crate) fn this_machine() -> String {
    let core = Core(0);
    let Machine { cpu, cores, kernel, .. } = Machine::of(core, core, core);
    format!("{cpu}, {cores} cores, kernel {kernel}")
}

/// Commit of the work tree that this program was built in, and how it was built.
pub(crate) fn commit_and_build() -> String {
    let folder =
        env::current_exe().ok().and_then(|program| program.parent().map(Path::to_path_buf)).unwrap_or_default();
    let commit = machine::commit_of(&folder).or_else(|| machine::commit_of(Path::new(".")));
    let build = folder.file_name().unwrap_or_default().display().to_string();
    format!("{}, {build} build", commit.unwrap_or_else(|| "unknown".to_owned()))
}

/// The command as typed, without the folder of the program.
pub(crate) fn command_line() -> String {
    let arguments: Vec<String> = env::args().skip(1).collect();
    format!("postern-bench {}", arguments.join(" "))
}

fn write_out(report: &Report, page: &str, out: Option<&Path>) -> Result<()> {
    let Some(out) = out else { return Ok(()) };
    let mut json = serde_json::to_vec_pretty(report)?;
    json.push(b'\n');
    for (path, bytes) in [(out.with_extension("md"), page.as_bytes()), (out.with_extension("json"), &json)] {
        fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_counts_only_when_every_request_was_answered_in_full() {
        let good = Counted {
            requests: 1000,
            seconds: 1.0,
            read_bytes: 1_124_000,
            requests_per_s: 1000.0,
            failed_statuses: 0,
            socket_errors: 0,
            p50_us: 1.0,
            p99_us: 1.0,
        };
        let cases = [
            (good.clone(), None),
            (Counted { failed_statuses: 1, ..good.clone() }, Some("1 answers with a failed status")),
            (Counted { socket_errors: 2, ..good.clone() }, Some("2 socket errors")),
            (Counted { requests: 0, read_bytes: 0, ..good.clone() }, Some("no request was answered")),
            (Counted { read_bytes: 200_000, ..good.clone() }, Some("only 200000 bytes read for 1000 answers")),
            (
                Counted { failed_statuses: 5, socket_errors: 6, ..good },
                Some("5 answers with a failed status, 6 socket errors"),
            ),
        ];
        for (counted, expected) in cases {
            assert_eq!(why_invalid(&counted, 1024).as_deref(), expected);
        }
    }
}
