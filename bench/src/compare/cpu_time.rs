//! CPU time of a process and everything it started, to the nanosecond, from `/proc/PID/task/TID/schedstat`.
//!
//! `schedstat`'s first field is the time a thread spent on a CPU, user and kernel together, measured by the scheduler
//! and not sampled by ticks. Threads that ended are not in it: proxies keep theirs.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};

use crate::limits::PROCESS_DEPTH_MAX;

/// Sum over the process, its children and theirs (an nginx or HAProxy master with its workers).
pub(crate) fn of_tree_ns(pid: u32) -> Result<u64> {
    let children = children_by_parent()?;
    let mut sum = of_process_ns(pid)?;
    let mut level = vec![pid];
    for _ in 1..PROCESS_DEPTH_MAX {
        level = level.iter().filter_map(|parent| children.get(parent)).flatten().copied().collect();
        for &child in &level {
            // A helper that ended between the two looks takes its little time with it.
            sum += of_process_ns(child).unwrap_or(0);
        }
    }
    Ok(sum)
}

fn of_process_ns(pid: u32) -> Result<u64> {
    let folder = format!("/proc/{pid}/task");
    let threads = fs::read_dir(&folder).with_context(|| format!("process {pid} is gone"))?;
    let mut sum = 0;
    for thread in threads {
        let path = thread?.path().join("schedstat");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        sum += parse_schedstat_ns(&text).with_context(|| format!("{} holds {text:?}", path.display()))?;
    }
    if sum == 0 {
        bail!("no run time in {folder}/*/schedstat: the kernel must have CONFIG_SCHED_INFO");
    }
    Ok(sum)
}

/// `run-time wait-time timeslices`
fn parse_schedstat_ns(text: &str) -> Option<u64> {
    let mut fields = text.split_ascii_whitespace();
    let run_ns = fields.next()?.parse().ok()?;
    fields.next()?;
    fields.next().map(|_| run_ns)
}

fn children_by_parent() -> Result<BTreeMap<u32, Vec<u32>>> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").context("reading /proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        if let Some(parent) = parse_parent(&stat) {
            children.entry(parent).or_default().push(pid);
        }
    }
    Ok(children)
}

/// `1234 (name, which may hold ") (" itself) S PARENT …`
fn parse_parent(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn schedstat_is_three_numbers_of_which_the_first_counts() {
        let cases = [
            ("2786760000 15 3\n", Some(2_786_760_000)),
            ("0 0 0", Some(0)),
            ("18446744073709551615 0 1", Some(u64::MAX)),
            ("", None),
            ("12", None),
            ("12 13", None),
            ("-1 0 0", None),
            ("x 0 0", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_schedstat_ns(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_parent_stands_after_the_last_parenthesis() {
        let cases = [
            ("12 (nginx) S 7 12 12", Some(7)),
            ("12 (a) S 9) (b) R 8 1", Some(8)),
            ("12 (sh", None),
            ("12 (sh) S", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_parent(text), expected, "{text:?}");
        }
    }

    #[test]
    fn time_that_a_child_process_burns_is_counted() {
        let before = of_tree_ns(std::process::id()).unwrap();
        // The shell burns, then waits for its input to end, so it is still there to be counted.
        let script = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo done; read wait";
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
        let child_ns = of_process_ns(child.id()).unwrap();
        let after = of_tree_ns(std::process::id()).unwrap();
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(child_ns > 0);
        assert!(after - before >= child_ns, "{before} {after} {child_ns}");
    }

    #[test]
    fn a_process_that_is_gone_is_an_error() {
        assert!(of_tree_ns(u32::MAX).is_err());
    }
}
