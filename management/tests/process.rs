//! The binary as scripts and systemd use it.

use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_postern-management");
const SERVICE: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/postern/providers/Microsoft.ApiManagement/service/postern";

/// A running server; killed when the test ends before it does.
struct Server {
    child: Child,
    ready: Value,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(data: &Path, environment: &[(&str, &str)]) -> Self {
        // As systemd does, the watchdog is told to the very process that is to ping it; `exec` keeps the process id.
        let mut command = Command::new("sh");
        command
            .args(["-c", "WATCHDOG_PID=$$ exec \"$@\"", "sh", BINARY, "--listen", "127.0.0.1:0", "--data"])
            .arg(data);
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let ready = serde_json::from_str(&line).expect("the ready line is JSON");
        Self { child, ready }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.ready["listen"].as_str().expect("address"))
    }
}

fn client() -> reqwest::Client {
    // Only plain HTTP is spoken here, but reqwest wants to know.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::new()
}

fn token(data: &Path) -> (bool, String) {
    let output =
        Command::new(BINARY).arg("token").arg("--data").arg(data).args(["--days", "1"]).output().expect("runs");
    (output.status.success(), String::from_utf8(output.stdout).expect("text").trim().to_owned())
}

#[tokio::test]
async fn the_ready_line_the_token_command_and_sigterm_keep_their_contract() {
    let data = tempfile::tempdir().expect("folder");
    assert!(!token(data.path()).0, "there is no store yet, and none is made");
    let mut server = Server::start(data.path(), &[]);
    assert_eq!((&server.ready["ready"], &server.ready["component"]), (&Value::Bool(true), &"management".into()));
    assert_eq!(server.ready["pid"], server.child.id());
    let file = server.ready["token_file"].as_str().expect("path").to_owned();
    let operator = std::fs::read_to_string(file).expect("the token's file");

    let client = client();
    let service = client.get(server.url(&format!("{SERVICE}?api-version=2024-05-01"))).bearer_auth(operator.trim());
    assert_eq!(service.send().await.expect("answered").status().as_u16(), 200);
    let (made, token) = token(data.path());
    assert!(made);
    let feed = client.get(server.url("/configuration/v1/feed")).header("authorization", format!("GatewayKey {token}"));
    assert_eq!(feed.send().await.expect("answered").status().as_u16(), 200);
    server.signal("TERM");
    assert!(server.child.wait().expect("ends").success());
}

#[tokio::test]
async fn what_was_answered_with_201_survives_kill_9() {
    let data = tempfile::tempdir().expect("folder");
    let mut server = Server::start(data.path(), &[]);
    let operator = std::fs::read_to_string(data.path().join("operator-token")).expect("token");
    let path = format!("{SERVICE}/products/p?api-version=2024-05-01");
    let client = client();
    let put = client.put(server.url(&path)).bearer_auth(operator.trim()).body(r#"{"properties":{"displayName":"P"}}"#);
    assert_eq!(put.send().await.expect("answered").status().as_u16(), 201);
    server.signal("KILL");
    server.child.wait().expect("ends");
    let server = Server::start(data.path(), &[]);
    let got = client.get(server.url(&path)).bearer_auth(operator.trim()).send().await.expect("answered");
    assert_eq!(got.status().as_u16(), 200);
}

#[test]
fn systemd_is_told_of_readiness_life_and_end() {
    let data = tempfile::tempdir().expect("folder");
    let socket = data.path().join("notify");
    let notifications = UnixDatagram::bind(&socket).expect("bound");
    notifications.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
    let wait_for = |wanted: &str| {
        let mut buffer = [0; 256];
        loop {
            let length = match notifications.recv(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                received => received.expect("told in time"),
            };
            if String::from_utf8_lossy(&buffer[..length]).contains(wanted) {
                return;
            }
        }
    };
    let socket = socket.to_str().expect("path").to_owned();
    let mut server = Server::start(data.path(), &[("NOTIFY_SOCKET", &socket), ("WATCHDOG_USEC", "200000")]);
    wait_for("READY=1");
    wait_for("WATCHDOG=1");
    server.signal("TERM");
    wait_for("STOPPING=1");
    assert!(server.child.wait().expect("ends").success());
}

#[test]
fn a_start_that_fails_says_why_in_one_line() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let data = tempfile::tempdir().expect("folder");
    let address = taken.local_addr().expect("address").to_string();
    let output =
        Command::new(BINARY).arg("--data").arg(data.path()).args(["--listen", &address]).output().expect("runs");
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1));
    assert!(text.starts_with(&format!("postern-management: cannot listen on {address}: ")), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}
