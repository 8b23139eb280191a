//! Runs wrk and reads what it prints.
//!
//! wrk is a closed-loop generator: it says how much a server can do and how much CPU that costs, and its latencies are
//! flattering (a stalled server is not sent anything). They are reported as context, never as a result.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::pin::Core;

/// One load run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) path: &'a str,
    pub(crate) header: (&'a str, &'a str),
    pub(crate) connections: u32,
    pub(crate) seconds: u32,
}

/// What wrk counted in one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Counted {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    pub(crate) read_bytes: u64,
    pub(crate) requests_per_s: f64,
    /// Answers with a status below 200 or above 399.
    pub(crate) failed_statuses: u64,
    pub(crate) socket_errors: u64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
}

pub(crate) fn run(program: &Path, load: &Load<'_>, core: Core) -> Result<Counted> {
    let mut command = Command::new(program);
    command.args(["-t1", "--latency", "--timeout", "5s"]);
    command.arg(format!("-c{}", load.connections)).arg(format!("-d{}s", load.seconds));
    command.arg("-H").arg(format!("{}: {}", load.header.0, load.header.1));
    command.arg(format!("http://{}{}", load.address, load.path));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = core.spawn(&mut command).context("starting wrk")?.wait_with_output().context("running wrk")?;
    if !output.status.success() {
        bail!("wrk failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    parse(&String::from_utf8_lossy(&output.stdout)).context("reading wrk's output")
}

/// Reads wrk's report. Lines it does not know are skipped: versions differ in their headings.
fn parse(report: &str) -> Result<Counted> {
    let mut totals = None;
    let mut requests_per_s = None;
    let (mut failed_statuses, mut socket_errors, mut p50_us, mut p99_us) = (0, 0, 0.0, 0.0);
    for line in report.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("Requests/sec:") {
            requests_per_s = Some(rest.trim().parse::<f64>().context("requests per second")?);
        } else if let Some(rest) = line.strip_prefix("Non-2xx or 3xx responses:") {
            failed_statuses = rest.trim().parse().context("failed statuses")?;
        } else if let Some(rest) = line.strip_prefix("Socket errors:") {
            socket_errors = sum_of_numbers(rest);
        } else if let Some(rest) = line.strip_prefix("50%") {
            p50_us = duration_us(rest).context("median latency")?;
        } else if let Some(rest) = line.strip_prefix("99%") {
            p99_us = duration_us(rest).context("99th percentile")?;
        } else if line.contains(" requests in ") {
            totals = Some(parse_totals(line).with_context(|| format!("totals in {line:?}"))?);
        }
    }
    let (requests, seconds, read_bytes) = totals.context("no line with the number of requests")?;
    let requests_per_s = requests_per_s.context("no line with requests per second")?;
    Ok(Counted { requests, seconds, read_bytes, requests_per_s, failed_statuses, socket_errors, p50_us, p99_us })
}

/// `121952 requests in 3.00s, 126.89MB read`
fn parse_totals(line: &str) -> Option<(u64, f64, u64)> {
    let (requests, rest) = line.split_once(" requests in ")?;
    let (duration, rest) = rest.split_once(',')?;
    let read = rest.trim().strip_suffix(" read")?;
    Some((requests.trim().parse().ok()?, duration_us(duration)? / 1e6, size_bytes(read)?))
}

/// `connect 0, read 12, write 0, timeout 3` → 15
fn sum_of_numbers(text: &str) -> u64 {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse::<u64>().ok()).sum()
}

fn duration_us(text: &str) -> Option<f64> {
    let (value, unit) = number_and_unit(text)?;
    let factor = match unit {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        "m" => 60e6,
        "h" => 3600e6,
        _ => return None,
    };
    Some(value * factor)
}

fn size_bytes(text: &str) -> Option<u64> {
    let (value, unit) = number_and_unit(text)?;
    let factor: f64 = match unit {
        "B" => 1.0,
        "KB" => 1024.0,
        "MB" => 1024.0 * 1024.0,
        "GB" => 1024.0 * 1024.0 * 1024.0,
        "TB" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some((value * factor) as u64)
}

fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: &str = "\
Running 3s test @ http://127.0.0.1:42497/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.37ms    1.02ms  25.02ms   98.08%
    Req/Sec    40.78k   171.13    41.93k    90.91%
  Latency Distribution
     50%    1.07ms
     75%    2.47ms
     90%    2.92ms
     99%  950.00us
  121952 requests in 3.00s, 126.89MB read
Requests/sec:  40613.42
Transfer/sec:     42.26MB
";

    #[test]
    fn a_clean_report_is_read_whole() {
        let expected = Counted {
            requests: 121_952,
            seconds: 3.0,
            read_bytes: 133_053_808,
            requests_per_s: 40_613.42,
            failed_statuses: 0,
            socket_errors: 0,
            p50_us: 1070.0,
            p99_us: 950.0,
        };
        assert_eq!(parse(CLEAN).unwrap(), expected);
    }

    #[test]
    fn failed_statuses_and_socket_errors_are_counted() {
        let report = format!(
            "{CLEAN}  Socket errors: connect 1, read 20, write 0, timeout 300\n  Non-2xx or 3xx responses: 1947\n"
        );
        let counted = parse(&report).unwrap();
        assert_eq!((counted.socket_errors, counted.failed_statuses), (321, 1947));
    }

    #[test]
    fn a_report_without_totals_or_with_a_strange_unit_is_an_error() {
        let cut = CLEAN.split("  121952").next().unwrap();
        for report in
            ["", "unable to connect to 127.0.0.1:1 Connection refused", cut, &CLEAN.replace("MB read", "XB read")]
        {
            assert!(parse(report).is_err(), "{report}");
        }
    }

    #[test]
    fn durations_and_sizes_have_the_units_of_wrk() {
        let durations =
            [("12.00us", 12.0), ("1.50ms", 1500.0), (" 2.00s", 2e6), ("1.10m", 66e6), ("3", -1.0), ("1x", -1.0)];
        for (text, us) in durations {
            assert!((duration_us(text).unwrap_or(-1.0) - us).abs() < 1e-3, "{text}");
        }
        let sizes =
            [("0.00B", Some(0)), ("1.50KB", Some(1536)), ("2.00GB", Some(2 << 30)), ("1.0QB", None), ("", None)];
        for (text, bytes) in sizes {
            assert_eq!(size_bytes(text), bytes, "{text}");
        }
    }
}
