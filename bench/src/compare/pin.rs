//! Starting programs on one core.

use std::process::{Child, Command};

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::Serialize;

/// A CPU of this machine, by the kernel's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Core(pub(crate) usize);

impl Core {
    /// Starts `command` so that it never runs anywhere but on this core: a child inherits the affinity of the thread
    /// that starts it, so no thread of it can slip out before it is pinned.
    pub(crate) fn spawn(self, command: &mut Command) -> Result<Child> {
        let mut only = CpuSet::new();
        only.set(self.0);
        let before = sched_getaffinity(None).context("reading the CPU affinity")?;
        sched_setaffinity(None, &only).with_context(|| format!("moving to core {}", self.0))?;
        let child = command.spawn();
        sched_setaffinity(None, &before).context("restoring the CPU affinity")?;
        child.with_context(|| format!("starting {}", command.get_program().display()))
    }
}

/// The cores that this process may use, in the kernel's order.
pub(crate) fn usable_cores() -> Result<Vec<Core>> {
    let set = sched_getaffinity(None).context("reading the CPU affinity")?;
    Ok((0..CpuSet::MAX_CPU).filter(|&core| set.is_set(core)).map(Core).collect())
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    #[test]
    fn a_child_runs_on_its_core_only_and_the_parent_keeps_its_own() {
        let before = usable_cores().unwrap();
        let core = *before.last().unwrap();
        let mut command = Command::new("grep");
        command.args(["Cpus_allowed_list", "/proc/self/status"]).stdout(Stdio::piped());
        let output = core.spawn(&mut command).unwrap().wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("Cpus_allowed_list:\t{}\n", core.0));
        assert_eq!(usable_cores().unwrap(), before);
    }
}
