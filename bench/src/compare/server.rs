//! A server started for a measurement: pinned, its output in files of the temporary folder, ended when dropped.

use std::fs::{self, File, OpenOptions};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::pin::Core;
use crate::limits::{CHECK_TIMEOUT, ERROR_OUTPUT_BYTES_MAX, POLL_INTERVAL, START_TIMEOUT, STOP_TIMEOUT};

#[derive(Debug)]
pub(crate) struct Server {
    name: &'static str,
    child: Child,
    output: PathBuf,
    errors: PathBuf,
}

impl Server {
    /// Starts `command` on `core`; standard output and errors go to `NAME.out` and `NAME.err` in `folder`.
    pub(crate) fn start(name: &'static str, command: &mut Command, core: Core, folder: &Path) -> Result<Self> {
        let output = folder.join(format!("{name}.out"));
        let errors = folder.join(format!("{name}.err"));
        command.stdin(Stdio::null()).stdout(append_to(&output)?).stderr(append_to(&errors)?);
        let child = core.spawn(command)?;
        Ok(Server { name, child, output, errors })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Standard output of the server: HAProxy's access log.
    pub(crate) fn output(&self) -> &Path {
        &self.output
    }

    /// Waits for the first line of output that is a JSON object (the ready line of our own programs).
    pub(crate) fn wait_for_ready_line(&mut self) -> Result<Value> {
        let output = self.output.clone();
        self.wait_for("its ready line", || ready_line(&fs::read_to_string(&output).ok()?))
    }

    /// Waits until connections to `address` are accepted.
    pub(crate) fn wait_for_listener(&mut self, address: SocketAddr) -> Result<()> {
        self.wait_for("its listener", || TcpStream::connect_timeout(&address, CHECK_TIMEOUT).ok().map(|_| ()))
    }

    /// Asks again and again until `look` finds something, the server ends, or the time is up.
    pub(crate) fn wait_for<T>(&mut self, what: &str, mut look: impl FnMut() -> Option<T>) -> Result<T> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if let Some(found) = look() {
                return Ok(found);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended ({status}) before {what}: {}", self.name, self.last_errors());
            }
            if Instant::now() > deadline {
                let seconds = START_TIMEOUT.as_secs();
                bail!("{} did not show {what} within {seconds} s: {}", self.name, self.last_errors());
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    fn last_errors(&self) -> String {
        let text = fs::read(&self.errors).unwrap_or_default();
        let start = text.len().saturating_sub(ERROR_OUTPUT_BYTES_MAX);
        String::from_utf8_lossy(&text[start..]).trim().to_owned()
    }

    fn ended_within(&mut self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            thread::sleep(POLL_INTERVAL);
        }
        false
    }
}

impl Drop for Server {
    /// SIGTERM first: nginx's master then ends its worker; killed only when that does not help.
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
            if !self.ended_within(STOP_TIMEOUT) {
                eprintln!("postern-bench: {} ignores SIGTERM, killing it", self.name);
                let _ = self.child.kill();
            }
        }
        let _ = self.child.wait();
    }
}

fn append_to(path: &Path) -> Result<File> {
    // Appending, so that emptying the file between two runs does not leave a hole before the next line.
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.with_context(|| format!("opening {}", path.display()))
}

/// Only whole lines count: the last one may be half written.
fn ready_line(output: &str) -> Option<Value> {
    let whole = &output[..=output.rfind('\n')?];
    whole.lines().find_map(|line| serde_json::from_str::<Value>(line).ok().filter(Value::is_object))
}

/// A loopback port that was free a moment ago, for servers that cannot choose one themselves.
pub(crate) fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").context("binding a loopback port")?;
    Ok(listener.local_addr()?)
}

/// Finds a program in PATH and in the system folders that PATH of a normal user lacks on Debian.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(system).map(|folder| folder.join(name)).find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, folder: &Path) -> Server {
        let core = super::super::pin::usable_cores().unwrap()[0];
        let mut command = Command::new("sh");
        Server::start("shell", command.args(["-c", script]), core, folder).unwrap()
    }

    #[test]
    fn the_ready_line_is_the_first_whole_json_object() {
        let cases = [
            ("", None),
            ("{\"http\":\"a\"}", None),
            ("{\"http\":\"a\"}\n", Some("a")),
            ("starting\n17\n{\"http\":\"b\"}\n{\"http\":\"c\"}\n", Some("b")),
            ("starting\n{\"http\":", None),
        ];
        for (output, http) in cases {
            let found = ready_line(output).map(|line| line["http"].as_str().unwrap_or_default().to_owned());
            assert_eq!(found.as_deref(), http, "{output:?}");
        }
    }

    #[test]
    fn a_server_is_waited_for_and_ended_when_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let mut server = shell("echo '{\"http\":\"x\"}'; exec sleep 600", folder.path());
        assert_eq!(server.wait_for_ready_line().unwrap()["http"], "x");
        let process = PathBuf::from(format!("/proc/{}", server.pid()));
        assert!(process.exists());
        drop(server);
        assert!(!process.exists());
    }

    #[test]
    fn a_server_that_ends_early_is_reported_with_what_it_said() {
        let folder = tempfile::tempdir().unwrap();
        let mut server = shell("echo 'no such directive' >&2; exit 3", folder.path());
        let error = server.wait_for_ready_line().unwrap_err().to_string();
        assert!(error.contains("no such directive") && error.contains('3'), "{error}");
    }
}
