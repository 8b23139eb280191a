//! One of the project's processes: started, waited for, watched, ended.

use std::fs::{self, File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::limits::{ERROR_OUTPUT_BYTES_MAX, HANG, POLL};
use crate::wait;

/// A running process; its output goes to `NAME.out` and `NAME.err` in a folder of the test.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    output: PathBuf,
    errors: PathBuf,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts `command`; a second start with the same name appends to the same files.
    pub fn start(name: &str, command: &mut Command, folder: &Path) -> Self {
        let (output, errors) = (folder.join(format!("{name}.out")), folder.join(format!("{name}.err")));
        command.stdin(Stdio::null()).stdout(append_to(&output)).stderr(append_to(&errors));
        // Only what a test asks for counts, not what the machine that runs the tests is managed by.
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            if !command.get_envs().any(|(set, _)| set == name) {
                command.env_remove(name);
            }
        }
        command.arg0(name);
        let child = command.spawn().unwrap_or_else(|error| panic!("starting {name}: {error}"));
        Process { name: name.to_owned(), child, output, errors, ended: None }
    }

    /// The JSON object with `"ready": true` that the process prints, counted from `after` bytes of its output.
    ///
    /// # Panics
    /// When the process ends first, or does not get ready in time.
    pub fn ready_line(&mut self, after: u64) -> Value {
        let deadline = Instant::now() + HANG;
        loop {
            if let Some(line) = ready_line(&self.output, after) {
                return line;
            }
            if let Some(status) = self.exit_status() {
                panic!("{} ended ({status}) before it was ready: {}", self.name, self.last_errors());
            }
            assert!(Instant::now() < deadline, "{} did not get ready: {}", self.name, self.last_errors());
            std::thread::sleep(POLL);
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything that was written to standard output so far.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.output).unwrap_or_default()).into_owned()
    }

    /// Everything that was written to standard error so far: the events.
    pub fn events(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.errors).unwrap_or_default()).into_owned()
    }

    /// Waits until the events hold `text`.
    pub fn wait_for_event(&self, text: &str) -> String {
        wait::until(&format!("event {text:?} of {}", self.name), || {
            let events = self.events();
            events.lines().find(|line| line.contains(text)).map(str::to_owned)
        })
    }

    /// `None` while it runs.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().unwrap();
        }
        self.ended
    }

    pub fn is_running(&mut self) -> bool {
        self.exit_status().is_none()
    }

    pub fn signal(&self, signal: Signal) {
        assert!(self.ended.is_none(), "{} has ended already", self.name);
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        if self.exit_status().is_none() {
            self.child.kill().unwrap();
            self.ended = Some(self.child.wait().unwrap());
        }
    }

    /// SIGTERM, and waits until it ended by itself.
    ///
    /// # Panics
    /// When it did not end in time.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Waits for the end of the process.
    pub fn wait(&mut self) -> ExitStatus {
        let name = self.name.clone();
        wait::until(&format!("end of {name}"), || self.exit_status())
    }

    /// Resident memory now, in bytes.
    pub fn resident_bytes(&self) -> u64 {
        self.memory_bytes("VmRSS:")
    }

    /// Most resident memory that the process ever had, in bytes.
    pub fn resident_peak_bytes(&self) -> u64 {
        self.memory_bytes("VmHWM:")
    }

    fn memory_bytes(&self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
        line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1024
    }

    fn last_errors(&self) -> String {
        let text = fs::read(&self.errors).unwrap_or_default();
        let start = text.len().saturating_sub(ERROR_OUTPUT_BYTES_MAX);
        String::from_utf8_lossy(&text[start..]).trim().to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- {} (pid {}) said:\n{}", self.name, self.pid(), self.last_errors());
        }
        // How a process ends in order is a test of its own; here it only has to be gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn append_to(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).unwrap()
}

/// Only whole lines count: the last one may be half written.
fn ready_line(output: &Path, after: u64) -> Option<Value> {
    let bytes = fs::read(output).ok()?;
    let text = String::from_utf8_lossy(bytes.get(usize::try_from(after).ok()?..)?).into_owned();
    let whole = &text[..=text.rfind('\n')?];
    whole.lines().find_map(|line| serde_json::from_str::<Value>(line).ok().filter(|line| line["ready"] == true))
}
