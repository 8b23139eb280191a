//! The real agent as a process, with its log and its ready line.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    time::Instant,
};

use serde_json::Value;

use super::gateway::PATIENCE;

pub(crate) struct Agent {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    log: Receiver<Value>,
}

impl Agent {
    /// Starts `postern-agent run` with these sources.
    pub(crate) fn start(socket: &Path, sources: &[&str], more: &[&str]) -> Agent {
        Agent::start_in(socket, sources, more, &[])
    }

    /// The same with more variables in its environment.
    pub(crate) fn start_in(socket: &Path, sources: &[&str], more: &[&str], environment: &[(&str, &str)]) -> Agent {
        // systemd names the process its watchdog watches; only the process itself knows its number in advance.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", r#"export WATCHDOG_PID=$$; exec "$0" "$@""#, env!("CARGO_BIN_EXE_postern-agent")]);
        command.arg("run").arg("--socket").arg(socket).args(["--log-format", "json", "--log-level", "debug"]);
        for source in sources {
            command.args(["--source", source]);
        }
        command.args(more).env_clear().env("POSTERN_GATEWAY_TOKEN", super::management::TOKEN);
        command.envs(environment.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, log) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                // Seen with the output of a failing test.
                eprintln!("agent: {line}");
                let _ = sender.send(serde_json::from_str(&line).unwrap_or(Value::String(line)));
            }
        });
        let stdout = child.stdout.take().map(BufReader::new);
        Agent { child, stdout, log }
    }

    /// The ready line.
    pub(crate) fn ready(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.as_mut().unwrap().read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// The first event that `wanted` accepts, by its fields.
    pub(crate) fn event(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            let Ok(event) = self.log.recv_timeout(left) else { break };
            if event.get("fields").is_some_and(&wanted) {
                return event;
            }
        }
        panic!("no such event in the log");
    }

    /// The first event with this message.
    pub(crate) fn message(&self, text: &str) -> Value {
        self.event(|fields| fields["message"] == text)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, then the exit status.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
