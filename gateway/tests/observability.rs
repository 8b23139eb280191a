//! What a served request leaves behind: its line in the access log, its numbers, and an orderly end under SIGTERM.

mod harness;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use harness::{Gateway, PATIENCE, eventually, split};
use postern_bundle::{Api, Bundle, KeyNames, Operation, Part, PartKey, PolicySource};
use rustix::process::Signal;
use serde_json::Value;

/// One API `echo` with two operations: `local` is answered by the gateway, `backend` forwarded to `service_url`.
fn bundle(generation: u64, service_url: &str) -> Bundle {
    let operation = |name: &str, policy: Option<&str>| Operation {
        name: name.to_owned(),
        display_name: name.to_owned(),
        method: "GET".to_owned(),
        url_template: format!("/{name}"),
        template_parameters: Vec::new(),
        policy: policy.map(|text| PolicySource { text: text.to_owned() }),
        request: Default::default(),
        responses: Vec::new(),
    };
    let local = "<policies><inbound><return-response><set-status code=\"200\" reason=\"OK\" /><set-body>hello</set-body>\
                 </return-response></inbound></policies>";
    let api = Api {
        name: "echo".to_owned(),
        display_name: "Echo".to_owned(),
        path: "echo".to_owned(),
        version: None,
        revision: "1".to_owned(),
        is_current: true,
        kind: "http".to_owned(),
        protocols: vec!["http".to_owned()],
        service_url: Some(service_url.to_owned()),
        subscription_required: false,
        subscription_key: KeyNames::default(),
        graphql: None,
        odata: None,
        policy: None,
        operations: vec![operation("backend", None), operation("local", Some(local))],
    };
    Bundle::from_parts(generation, [(PartKey::Api("echo".to_owned()), Part::Api(api))]).expect("a bundle")
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a log line is JSON")).collect()
}

fn both_drivers(test: impl Fn(&str)) {
    ["io_uring", "epoll"].iter().for_each(|driver| test(driver));
}

#[test]
fn a_request_is_logged_and_counted_under_its_operation() {
    both_drivers(|driver| {
        let gateway = Gateway::start(driver, &[]);
        gateway.apply(&bundle(7, "http://127.0.0.1:1"));
        assert_eq!(gateway.call("/echo/local?a=1"), (200, "hello".to_owned()));
        assert_eq!(gateway.call("/nothing").0, 404);
        assert_eq!(gateway.call("/echo/local?subscription-key=secret").0, 401);
        let path = gateway.folder.path().join("access.log");
        eventually("the requests are in the log", || lines(&path).len() == 3);
        let lines = lines(&path);
        // The workers hand over their lines independently.
        let with = |status: u16| lines.iter().find(|line| line["responseCode"] == status).expect("a line");
        let (served, missed, denied) = (with(200), with(404), with(401));
        assert_eq!(served["isRequestSuccess"], true);
        assert_eq!(served["apiId"], "echo");
        assert_eq!(served["operationId"], "local");
        assert_eq!(served["url"], "http://gateway.test/echo/local?a=1");
        assert_eq!(denied["url"], "http://gateway.test/echo/local?subscription-key=***");
        assert_eq!(served["callerIpAddress"], "127.0.0.1");
        assert_eq!(missed.get("apiId"), None);
        let count = |labels: &str| gateway.metric(&format!("postern_requests_total{{{labels}}}"));
        assert_eq!(count("api=\"echo\",operation=\"local\",class=\"2xx\",outcome=\"local\""), Some(1.0));
        assert_eq!(count("api=\"_unmatched\",operation=\"_unmatched\",class=\"4xx\",outcome=\"not_found\""), Some(1.0));
        assert_eq!(gateway.metric("postern_request_duration_seconds_count{api=\"echo\"}"), Some(2.0));
        assert_eq!(gateway.metric("postern_config_generation"), Some(7.0));
        assert_eq!(gateway.metric("postern_ready{"), Some(1.0));
        assert_eq!(gateway.metric("postern_access_log_records_total{result=\"written\"}"), Some(3.0));
    });
}

#[test]
fn status_is_ready_on_both_ports_once_there_is_a_configuration() {
    both_drivers(|driver| {
        let gateway = Gateway::start(driver, &[]);
        let path = "/status-0123456789abcdef";
        assert_eq!((gateway.operator(path).0, gateway.call(path).0), (503, 503));
        let (status, body) = gateway.call("/echo/local");
        assert_eq!(status, 503);
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(body["statusCode"], 503);
        assert_eq!(body["message"], "No configuration has been received from the agent yet.");
        gateway.apply(&bundle(7, "http://127.0.0.1:1"));
        assert_eq!((gateway.operator(path).0, gateway.call(path).0), (200, 200));
    });
}

#[test]
fn numbers_and_series_survive_a_change_of_configuration() {
    let gateway = Gateway::start("auto", &[]);
    for generation in 7..=9 {
        gateway.apply(&bundle(generation, &format!("http://127.0.0.1:{generation}")));
        assert_eq!(gateway.call("/echo/local").0, 200);
    }
    let labels = "api=\"echo\",operation=\"local\",class=\"2xx\",outcome=\"local\"";
    assert_eq!(gateway.metric(&format!("postern_requests_total{{{labels}}}")), Some(3.0));
    assert_eq!(gateway.metric("postern_config_applies_total{result=\"applied\"}"), Some(3.0));
}

#[test]
fn a_rotated_log_goes_on_in_a_new_file_after_sighup() {
    let gateway = Gateway::start("auto", &[]);
    gateway.apply(&bundle(7, "http://127.0.0.1:1"));
    let path = gateway.folder.path().join("access.log");
    let rotated = gateway.folder.path().join("access.log.1");
    assert_eq!(gateway.call("/echo/local").0, 200);
    eventually("the request is in the log", || lines(&path).len() == 1);
    std::fs::rename(&path, &rotated).expect("renamed");
    gateway.signal(Signal::HUP);
    eventually("there is a new file", || path.exists());
    assert_eq!(gateway.call("/echo/local").0, 200);
    eventually("the next request is in the new file", || lines(&path).len() == 1);
    assert_eq!(lines(&rotated).len(), 1);
}

/// A backend that has a request in hand and has not answered yet.
fn with_request_under_way(driver: &str, test: impl FnOnce(Gateway, TcpStream, TcpStream)) {
    let gateway = Gateway::start(driver, &[]);
    let backend = TcpListener::bind("127.0.0.1:0").expect("a port");
    gateway.apply(&bundle(7, &format!("http://{}", backend.local_addr().expect("its address"))));
    let mut caller = gateway.connect_http();
    caller.write_all(b"GET /echo/backend HTTP/1.1\r\nHost: gateway.test\r\n\r\n").expect("sent");
    let (mut request, _) = backend.accept().expect("a connection of the gateway");
    request.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    assert_ne!(request.read(&mut [0; 4096]).expect("a request"), 0);
    test(gateway, caller, request);
}

/// A metric added up over the two workers.
fn both_workers(gateway: &Gateway, name: &str) -> f64 {
    (0..2).filter_map(|worker| gateway.metric(&format!("{name}{{worker=\"{worker}\"}}"))).sum()
}

#[test]
fn connections_that_ended_are_no_longer_counted_as_open() {
    both_drivers(|driver| {
        with_request_under_way(driver, |gateway, mut caller, mut backend| {
            let open = |name| both_workers(&gateway, name);
            eventually("both connections are open", || {
                open("postern_connections") == 1.0 && open("postern_backend_connections") == 1.0
            });
            backend.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody").expect("sent");
            drop(backend);
            assert_ne!(caller.read(&mut [0; 4096]).expect("a response"), 0);
            drop(caller);
            eventually("none is open", || {
                open("postern_connections") == 0.0 && open("postern_backend_connections") == 0.0
            });
            assert_eq!(open("postern_connections_accepted_total"), 1.0);
            assert_eq!(open("postern_backend_connects_total"), 1.0);
        });
    });
}

#[test]
fn a_caller_that_leaves_within_its_response_is_counted() {
    both_drivers(|driver| {
        with_request_under_way(driver, |gateway, caller, mut backend| {
            backend.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n").expect("sent");
            drop(caller);
            // More than all buffers on the way take, so that the gateway has to write to the caller that left.
            let body = vec![b'x'; 1 << 20];
            while backend.write_all(&body).is_ok() {}
            eventually("it is counted", || both_workers(&gateway, "postern_requests_aborted_total") == 1.0);
        });
    });
}

#[test]
fn sigterm_lets_a_request_under_way_finish() {
    both_drivers(|driver| {
        with_request_under_way(driver, |gateway, mut caller, mut backend| {
            let path = gateway.folder.path().join("access.log");
            let kept = gateway.folder.path().join("kept.log");
            std::fs::hard_link(&path, &kept).expect("linked");
            gateway.signal(Signal::TERM);
            let address = gateway.address("http");
            eventually("new callers are refused", || TcpStream::connect(address).is_err());
            backend.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate").expect("sent");
            let mut response = String::new();
            caller.read_to_string(&mut response).expect("a response, then the end of the connection");
            assert_eq!(split(&response), (200, "late".to_owned()));
            eventually("the request is in the log", || lines(&kept).len() == 1);
            assert!(gateway.wait().success());
        });
    });
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    both_drivers(|driver| {
        with_request_under_way(driver, |gateway, _caller, _backend| {
            gateway.signal(Signal::TERM);
            let address = gateway.address("http");
            eventually("draining has begun", || TcpStream::connect(address).is_err());
            gateway.signal(Signal::INT);
            let asked = std::time::Instant::now();
            assert!(gateway.wait().success());
            assert!(asked.elapsed() < std::time::Duration::from_secs(8), "it did not wait for the drain deadline");
        });
    });
}
