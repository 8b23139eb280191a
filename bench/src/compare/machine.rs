//! What a result is worth nothing without: the machine, the versions, the commit and the command.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Serialize;

use super::pin::Core;

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) proxy_core: Core,
    pub(crate) load_core: Core,
    pub(crate) origin_core: Core,
    /// The proxy shares its physical core with the load: the figures then say little.
    pub(crate) shares_physical_core: bool,
}

impl Machine {
    pub(crate) fn of(proxy_core: Core, load_core: Core, origin_core: Core) -> Self {
        let cpu_info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let uname = rustix::system::uname();
        let siblings = |core: Core| {
            let path = format!("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", core.0);
            fs::read_to_string(path).unwrap_or_default()
        };
        let proxy_siblings = siblings(proxy_core);
        let shares = |core: Core| !proxy_siblings.is_empty() && siblings(core) == proxy_siblings;
        Machine {
            cpu: cpu_model(&cpu_info).unwrap_or("unknown").to_owned(),
            cores: cpu_info.lines().filter(|line| line.starts_with("processor")).count(),
            kernel: format!("{} {}", uname.release().to_string_lossy(), uname.machine().to_string_lossy()),
            proxy_core,
            load_core,
            origin_core,
            shares_physical_core: shares(load_core) || shares(origin_core),
        }
    }
}

fn cpu_model(cpu_info: &str) -> Option<&str> {
    let line = cpu_info.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, model)| model.trim())
}

/// First line of what a program says about its version, on whichever stream.
pub(crate) fn version_of(program: &Path, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).output().ok()?;
    let line = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().next().map(str::trim).map(str::to_owned);
    line(&output.stdout).filter(|text| !text.is_empty()).or_else(|| line(&output.stderr))
}

/// Commit of the work tree that holds `folder`, with `+changes` when files differ from it.
pub(crate) fn commit_of(folder: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changes = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changes.is_empty() { commit } else { format!("{commit}+changes") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_model_is_the_first_model_name() {
        let text =
            "processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7763: 64-Core\nprocessor\t: 1\nmodel name\t: other\n";
        assert_eq!(cpu_model(text), Some("AMD EPYC 7763: 64-Core"));
        assert_eq!(cpu_model("processor: 0\n"), None);
    }
}
