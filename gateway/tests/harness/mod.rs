//! A gateway process for tests: started on free ports in a folder of its own, killed at the end.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use postern_bundle::{
    AgentHello, AgentMessage, Begin, Bundle, Commit, Decoder, Encoder, GatewayMessage, PROTOCOL, Put,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Longest wait for something that is to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Gateway {
    pub(crate) child: Child,
    pub(crate) ready: Value,
    pub(crate) socket: PathBuf,
    pub(crate) folder: tempfile::TempDir,
    _stdout: BufReader<ChildStdout>,
}

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postern-gateway"));
    command.env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Gateway {
    pub(crate) fn start(driver: &str, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("gateway.sock");
        let mut child = command()
            .args(["--http", "127.0.0.1:0", "--operator", "127.0.0.1:0", "--workers", "2", "--driver", driver])
            .args(["--log-level", "warn", "--drain-timeout", "10s", "--access-log"])
            .arg(folder.path().join("access.log"))
            .arg("--socket")
            .arg(&socket)
            .envs(variables.iter().copied())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the gateway starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not a ready line: {line:?}"));
        Self { child, ready, socket, folder, _stdout: stdout }
    }

    pub(crate) fn address(&self, name: &str) -> SocketAddr {
        self.ready[name].as_str().and_then(|text| text.parse().ok()).expect("an address in the ready line")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(pid, signal).expect("the process is there");
    }

    /// Sends one request to the operator listener: status and body.
    pub(crate) fn operator(&self, path: &str) -> (u16, String) {
        let mut stream = self.connect_operator();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("a response");
        split(&response)
    }

    pub(crate) fn connect_operator(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address("operator")).expect("the operator listener");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// Sends one request to the API port: status and body.
    pub(crate) fn call(&self, path: &str) -> (u16, String) {
        let mut stream = self.connect_http();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: gateway.test\r\nConnection: close\r\n\r\n").expect("sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("a response");
        split(&response)
    }

    pub(crate) fn connect_http(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address("http")).expect("the API port");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// Does the agent's part: delivers a whole generation and waits until it is served.
    pub(crate) fn apply(&self, bundle: &Bundle) {
        let mut agent = UnixStream::connect(&self.socket).expect("the control socket");
        agent.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut bytes = Vec::new();
        let mut add = |message: &AgentMessage| Encoder::encode(message, &mut bytes).expect("a frame");
        add(&AgentMessage::Hello(AgentHello { protocol: PROTOCOL, version: "test".to_owned() }));
        add(&AgentMessage::Begin(Begin { generation: bundle.generation(), base: None }));
        for (key, part) in bundle.delta_from(None).put {
            add(&AgentMessage::Put(Put { key, hash: part.hash(), bytes: part.bytes().clone() }));
        }
        add(&AgentMessage::Commit(Commit { generation: bundle.generation(), root_hash: bundle.root_hash() }));
        agent.write_all(&bytes).expect("sent");
        let mut decoder = Decoder::<GatewayMessage>::new();
        let mut buffer = [0; 4096];
        loop {
            match decoder.next_message().expect("a message") {
                Some(GatewayMessage::Applied(applied)) => {
                    assert_eq!(applied.diagnostics, [], "the configuration of a test is faultless");
                    return;
                }
                Some(GatewayMessage::Rejected(rejected)) => panic!("rejected: {rejected:?}"),
                Some(_) => {}
                None => {
                    let count = agent.read(&mut buffer).expect("an answer");
                    assert_ne!(count, 0, "the gateway closed the control connection");
                    decoder.push(&buffer[..count]);
                }
            }
        }
    }

    pub(crate) fn metric(&self, start: &str) -> Option<f64> {
        let (_, text) = self.operator("/metrics");
        let line = text.lines().find(|line| line.starts_with(start))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("its status") {
                return status;
            }
            assert!(Instant::now() < deadline, "the gateway did not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn split(response: &str) -> (u16, String) {
    let (head, body) = response.split_once("\r\n\r\n").expect("a head");
    let status = head.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
    (status, body.to_owned())
}

pub(crate) fn eventually(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "it did not come about that {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
