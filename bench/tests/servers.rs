//! The origin and the relay as they run: real binary, real sockets, both drivers.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

const DRIVERS: [&str; 2] = ["epoll", "auto"];

struct Process {
    child: Child,
    address: SocketAddr,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(arguments: &[&str]) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postern-bench"));
    let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&ready["ready"], &ready["component"]), (&json!(true), &json!(arguments[0])));
    Process { child, address: ready["http"].as_str().unwrap().parse().unwrap() }
}

fn origin(driver: &str, more: &[&str]) -> Process {
    start(&[&["origin", "--listen", "127.0.0.1:0", "--driver", driver], more].concat())
}

fn connect(address: SocketAddr) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    BufReader::new(stream)
}

/// Sends `request` and reads one response: its head, and as many body bytes as Content-Length says.
fn exchange(connection: &mut BufReader<TcpStream>, request: &str) -> (String, Vec<u8>) {
    connection.get_mut().write_all(request.as_bytes()).unwrap();
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(connection.read_line(&mut head).unwrap() > 0, "connection closed after {head:?}");
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = if request.starts_with("HEAD") { 0 } else { length.map_or(0, |digits| digits.parse().unwrap()) };
    let mut body = vec![0; length];
    connection.read_exact(&mut body).unwrap();
    (head, body)
}

fn is_closed(connection: &mut BufReader<TcpStream>) -> bool {
    connection.read(&mut [0]).unwrap() == 0
}

#[test]
fn the_origin_answers_every_request_of_a_connection_with_the_fixed_body() {
    for driver in DRIVERS {
        let origin = origin(driver, &["--body-bytes", "1000", "--workers", "2"]);
        let mut connection = connect(origin.address);
        let requests = [
            "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
            "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc",
            "PUT /y?z HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n",
        ];
        for request in requests {
            let (head, body) = exchange(&mut connection, request);
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && !head.contains("connection: close"), "{head}");
            assert_eq!(body, vec![b'x'; 1000], "{driver} {request}");
        }
        let (head, _) = exchange(&mut connection, "HEAD / HTTP/1.1\r\nhost: a\r\n\r\n");
        assert!(head.contains("content-length: 1000\r\n"), "{head}");
        let (head, body) = exchange(&mut connection, "GET / HTTP/1.1\r\nhost: a\r\nConnection: Close\r\n\r\n");
        assert!(head.contains("connection: close\r\n"), "{head}");
        assert_eq!(body.len(), 1000);
        assert!(is_closed(&mut connection), "{driver}");
    }
}

#[test]
fn the_demo_backend_describes_what_it_received() {
    for driver in DRIVERS {
        let origin = origin(driver, &["--echo"]);
        let mut connection = connect(origin.address);
        let request = "PATCH /pets/1%20a?b=c&d HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\nhi";
        let (_, body) = exchange(&mut connection, request);
        let expected = json!({
            "backend": "postern-bench origin", "method": "PATCH", "path": "/pets/1%20a", "query": "b=c&d",
            "headers": {"host": "h", "x-a": "1, 2", "content-length": "2"}, "body_bytes": 2, "body": "hi",
        });
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected, "{driver}");
        let (_, body) = exchange(&mut connection, "GET / HTTP/1.1\r\nhost: h\r\n\r\n");
        let echo: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&echo["query"], &echo["body_bytes"]), (&json!(""), &json!(0)));
    }
}

#[test]
fn the_demo_backend_asks_for_a_body_that_waits_for_100_continue() {
    let origin = origin("auto", &["--echo"]);
    let mut connection = connect(origin.address);
    let head = "POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 5000\r\n\r\n";
    let (interim, _) = exchange(&mut connection, head);
    assert_eq!(interim, "HTTP/1.1 100 Continue\r\n\r\n");
    let (_, body) = exchange(&mut connection, &"a".repeat(5000));
    let echo: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(echo["body_bytes"], 5000);
    assert_eq!(echo["body"].as_str().map(str::len), Some(4096));
}

#[test]
fn the_relay_carries_bytes_and_the_end_of_the_stream_both_ways() {
    for driver in DRIVERS {
        let origin = origin(driver, &["--body-bytes", "100000"]);
        let to = origin.address.to_string();
        let relay = start(&["relay", "--listen", "127.0.0.1:0", "--driver", driver, "--to", &to]);
        let mut connection = connect(relay.address);
        for _ in 0..3 {
            let (_, body) = exchange(&mut connection, "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
            assert_eq!(body.len(), 100_000, "{driver}");
        }
        let (_, body) = exchange(&mut connection, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        assert_eq!(body.len(), 100_000);
        assert!(is_closed(&mut connection), "{driver}");
    }
}
