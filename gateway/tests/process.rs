//! The gateway's program as its operator meets it: command line, ready line, signals, systemd, operator listener.

mod harness;

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use harness::{Gateway, PATIENCE, command, eventually};
use rustix::process::Signal;
use serde_json::Value;

fn both_drivers(test: impl Fn(&str)) {
    ["io_uring", "epoll"].iter().for_each(|driver| test(driver));
}

#[test]
fn the_ready_line_names_what_was_bound() {
    both_drivers(|driver| {
        let gateway = Gateway::start(driver, &[]);
        assert_eq!(gateway.ready["ready"], true);
        assert_eq!(gateway.ready["component"], "gateway");
        assert_eq!(gateway.ready["driver"], driver);
        assert_eq!(gateway.ready["workers"], 2);
        assert_eq!(gateway.ready["pid"], gateway.child.id());
        assert_eq!(gateway.ready["socket"], gateway.socket.to_str().expect("a path"));
        assert_ne!(gateway.address("http").port(), 0);
        TcpStream::connect(gateway.address("http")).expect("callers can connect");
    });
}

#[test]
fn without_configuration_the_gateway_is_up_but_not_ready() {
    both_drivers(|driver| {
        let gateway = Gateway::start(driver, &[]);
        for path in ["/status-0123456789abcdef", "/internal-status-0123456789abcdef"] {
            let (status, body) = gateway.operator(path);
            assert_eq!(status, 503);
            assert!(body.contains("No configuration has been received from the agent yet."), "{body}");
        }
        assert_eq!(gateway.metric("postern_ready{"), Some(0.0));
        assert_eq!(gateway.metric("postern_build_info{"), Some(1.0));
        assert_eq!(gateway.metric(&format!("postern_driver_info{{worker=\"1\",driver=\"{driver}\"}}")), Some(1.0));
        let (status, body) = gateway.operator("/status");
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!((status, &body["state"], &body["driver"]), (200, &"starting".into(), &driver.into()));
        assert_eq!(body["workers"].as_array().map(Vec::len), Some(2));
    });
}

#[test]
fn sigterm_and_sigint_end_the_process_in_order() {
    both_drivers(|driver| {
        for signal in [Signal::TERM, Signal::INT] {
            let gateway = Gateway::start(driver, &[]);
            let socket = gateway.socket.clone();
            assert!(socket.exists());
            gateway.signal(signal);
            assert!(gateway.wait().success());
            assert!(!socket.exists(), "the control socket is gone");
        }
    });
}

#[test]
fn a_worker_that_panics_is_started_again_and_the_process_stays() {
    both_drivers(|driver| {
        let gateway = Gateway::start(driver, &[("POSTERN_TEST_HOOKS", "1")]);
        for round in 1..=2 {
            gateway.signal(Signal::USR2);
            let restarts = || gateway.metric("postern_worker_restarts_total{worker=\"0\"}");
            eventually("worker 0 is back", || {
                restarts() == Some(f64::from(round)) && gateway.metric("postern_worker_up{worker=\"0\"}") == Some(1.0)
            });
        }
        assert_eq!(gateway.metric("postern_worker_restarts_total{worker=\"1\"}"), Some(0.0));
        gateway.signal(Signal::TERM);
        assert!(gateway.wait().success());
    });
}

/// systemd's end of the notification socket.
struct Systemd {
    socket: UnixDatagram,
    path: String,
    _folder: tempfile::TempDir,
}

impl Systemd {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify.sock");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        let path = path.to_str().expect("a path").to_owned();
        Self { socket, path, _folder: folder }
    }

    /// The next message; `None` when none comes in this time.
    fn receive(&self, patience: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(patience)).expect("a timeout");
        let mut buffer = [0; 4096];
        let count = self.socket.recv(&mut buffer).ok()?;
        Some(String::from_utf8_lossy(&buffer[..count]).into_owned())
    }

    fn wait_for(&self, wanted: &str) {
        while !self.receive(PATIENCE).unwrap_or_else(|| panic!("{wanted} did not come")).contains(wanted) {}
    }
}

#[test]
fn systemd_hears_that_the_process_is_ready_alive_and_stopping() {
    let systemd = Systemd::new();
    let gateway = Gateway::start("auto", &[("NOTIFY_SOCKET", &systemd.path), ("WATCHDOG_USEC", "100000")]);
    systemd.wait_for("READY=1");
    systemd.wait_for("STATUS=not ready: No configuration");
    systemd.wait_for("WATCHDOG=1");
    systemd.wait_for("WATCHDOG=1");
    gateway.signal(Signal::TERM);
    systemd.wait_for("STOPPING=1");
    assert!(gateway.wait().success());
}

#[test]
fn the_watchdog_gets_no_pings_while_a_worker_is_dead() {
    let systemd = Systemd::new();
    let variables = [("NOTIFY_SOCKET", systemd.path.as_str()), ("WATCHDOG_USEC", "20000"), ("POSTERN_TEST_HOOKS", "1")];
    let gateway = Gateway::start("auto", &variables);
    // Pings come every 10 ms, and the waits before a restart double from 10 ms on: after some deaths there is a pause that
    // can only be one of those.
    let pause = Duration::from_millis(400);
    let deadline = Instant::now() + PATIENCE;
    'paused: loop {
        gateway.signal(Signal::USR2);
        let until = Instant::now() + pause;
        while Instant::now() < until {
            if systemd.receive(pause).is_none() {
                break 'paused;
            }
        }
        assert!(Instant::now() < deadline, "the pings never paused");
    }
    systemd.wait_for("WATCHDOG=1");
}

#[test]
fn settings_that_are_wrong_stop_the_start_with_their_name_and_place() {
    let output = command().args(["--workers", "none"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("flag --workers: setting `workers`"), "{message}");
}

#[test]
fn addresses_in_use_stop_the_start_and_are_named() {
    let gateway = Gateway::start("auto", &[]);
    let http = gateway.address("http").to_string();
    let socket = gateway.socket.to_str().expect("a path");
    let free = "127.0.0.1:0";
    for (http, socket, message) in [
        (http.as_str(), "/nonexistent/gateway.sock", format!("cannot listen on {http} (http)")),
        (free, socket, format!("cannot listen on {socket} (socket): another gateway listens there")),
    ] {
        let arguments = ["--http", http, "--operator", free, "--socket", socket, "--log-level", "error"];
        let output = command().args(arguments).output().expect("it runs");
        assert_eq!(output.status.code(), Some(1));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(&message), "{stderr}");
    }
    assert!(gateway.socket.exists(), "the first gateway keeps its socket");
}

#[test]
fn the_operator_listener_keeps_connections_and_refuses_what_it_does_not_know() {
    let gateway = Gateway::start("auto", &[]);
    let mut stream = gateway.connect_operator();
    for (request, status) in [
        ("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 "),
        ("POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 "),
        ("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 "),
        ("GET /status?x=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 "),
    ] {
        stream.write_all(request.as_bytes()).expect("sent");
        let mut reader = BufReader::new(&stream);
        let mut line = String::new();
        let mut length = 0;
        reader.read_line(&mut line).expect("a status line");
        assert!(line.starts_with(status), "{line}");
        loop {
            line.clear();
            reader.read_line(&mut line).expect("a header");
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().expect("a length");
            }
        }
        if !request.starts_with("HEAD") {
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
        }
        assert!(reader.buffer().is_empty(), "nothing follows the response");
    }
    assert_eq!(stream.read(&mut [0; 1]).expect("the end"), 0, "closed as asked");
}

#[test]
fn an_endless_request_to_the_operator_listener_is_ended() {
    let gateway = Gateway::start("auto", &[]);
    let mut stream = gateway.connect_operator();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nX: ").expect("sent");
    // Fails as soon as the gateway has closed; what the socket's buffers take says nothing.
    let _ = stream.write_all(&vec![b'a'; 4 << 20]);
    let mut response = Vec::new();
    if let Err(error) = stream.read_to_end(&mut response) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "the gateway went on reading");
    }
    assert_eq!(gateway.operator("/status").0, 200, "others are served");
}

#[test]
fn the_operator_listener_serves_as_many_connections_as_its_bound_and_no_more() {
    let gateway = Gateway::start("auto", &[]);
    let request = b"GET /status HTTP/1.1\r\nHost: x\r\n\r\n";
    let answered = |stream: &mut TcpStream| {
        stream.write_all(request).is_ok() && stream.read(&mut [0; 8192]).is_ok_and(|count| count > 0)
    };
    let bound = postern_gateway::limits::OPERATOR_CONNECTIONS_MAX;
    let mut open: Vec<_> = (0..bound).map(|_| gateway.connect_operator()).collect();
    assert!(open.iter_mut().all(answered));
    assert!(!answered(&mut gateway.connect_operator()), "one more is closed");
    open.pop();
    eventually("there is room again", || answered(&mut gateway.connect_operator()));
}
