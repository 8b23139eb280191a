//! Instructions and allocations of the policy engine's named costs stay within `perf/budgets.toml`.
//!
//! Counted with callgrind: the same for the same program whatever else the machine does, so that a slower engine fails here and not in
//! somebody's impression. The counts hold for one level of optimisation; at any other only allocations are looked at.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

/// Evaluations that are counted together: the few instructions around them do not show.
const COUNT: u64 = 200;

#[derive(Debug, Deserialize)]
struct Budgets {
    /// By how much a count may exceed the one noted: what an allocator, a hash key and a way of dividing the crate into units make of it.
    tolerance_percent: u64,
    /// Of the scenarios at each level of optimisation.
    opt_level: BTreeMap<String, BTreeMap<String, u64>>,
    /// Most allocations of one evaluation.
    allocations: BTreeMap<String, u64>,
}

fn budgets() -> Budgets {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../perf/budgets.toml");
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Runs the scenarios under a program; gives their names and allocations in order.
fn scenarios(command: &mut Command) -> Vec<(String, u64)> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, n)| (name.to_owned(), n.parse().unwrap()))
        .collect()
}

/// The counters between the marks, in order: the program marks the beginning and the end of each scenario.
fn counted(folder: &Path) -> Vec<u64> {
    let mut counted = Vec::new();
    for part in 2.. {
        let Ok(text) = std::fs::read_to_string(folder.join(format!("counts.{part}"))) else { break };
        let total =
            text.lines().find_map(|line| line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")));
        counted.push(total.unwrap().trim().parse().unwrap());
    }
    counted.into_iter().step_by(2).collect()
}

#[test]
fn evaluations_stay_within_their_budgets() {
    let (budgets, folder) = (budgets(), tempfile::tempdir().unwrap());
    let program = env!("CARGO_BIN_EXE_postern-bench");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--dump-before=*mark_of_budget*"]);
    valgrind.arg(format!("--callgrind-out-file={}", folder.path().join("counts").display()));
    let found = scenarios(valgrind.arg(program).args(["policies", "--count", &COUNT.to_string()]));
    let counts = counted(folder.path());
    assert!(counts.len() >= found.len(), "{counts:?} for {found:?}");

    let empty = BTreeMap::new();
    let instructions = budgets.opt_level.get(env!("OPT_LEVEL")).unwrap_or(&empty);
    let mut exceeded = Vec::new();
    for ((name, allocations), total) in found.iter().zip(counts) {
        let count = total / COUNT;
        eprintln!("{name} = {count}, {allocations} allocations");
        if let Some(noted) = instructions.get(name)
            && count > noted + noted * budgets.tolerance_percent / 100
        {
            exceeded.push(format!("{name}: {count} instructions, {noted} are noted"));
        }
        let most = budgets.allocations.get(name).unwrap();
        if allocations > most {
            exceeded.push(format!("{name}: {allocations} allocations, {most} are noted"));
        }
    }
    assert!(exceeded.is_empty(), "{exceeded:#?}");
    let names: Vec<&String> = found.iter().map(|(name, _)| name).collect();
    assert!(instructions.keys().all(|name| names.contains(&name)), "a budget for a scenario that there is not");
}

#[test]
fn a_condition_allocates_nothing() {
    assert_eq!(budgets().allocations["condition"], 0);
}
