//! What a worker gives up when its drain is over is counted as lost: nobody can ask the process any more, so the worker runs in this one.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

mod in_process;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use in_process::Worker;
use postern_bundle::{
    Api, Bundle, EventHub, HubCredential, Logger, LoggerTarget, Part, PartKey, PolicySource, Secret, Service,
};
use postern_gateway::observe::metrics::Counter;
use postern_gateway::settings::DriverChoice;

/// An event and a one-way request, to a server that accepts connections and never answers.
fn configuration(silent: SocketAddr) -> Bundle {
    let policy = format!(
        "<policies><inbound><log-to-eventhub logger-id=\"l\">x</log-to-eventhub><send-one-way-request timeout=\"600\">\
         <set-url>http://{silent}/</set-url><set-method>GET</set-method></send-one-way-request><return-response/></inbound></policies>"
    );
    let api = Api { policy: Some(PolicySource::new(policy)), ..in_process::api("/x") };
    let credential = HubCredential::Key { name: "send".to_owned(), key: Secret::new("a2V5") };
    let hub = EventHub { endpoint: format!("http://{silent}"), hub: "events".to_owned(), credential };
    let logger = Logger { name: "l".to_owned(), target: LoggerTarget::EventHub(hub) };
    let parts = [
        (PartKey::Service, Part::Service(Service::default())),
        (PartKey::Api("a".to_owned()), Part::Api(api)),
        (PartKey::Logger("l".to_owned()), Part::Logger(logger)),
    ];
    Bundle::from_parts(1, parts).unwrap()
}

fn get(address: SocketAddr) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /a/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn events_and_one_way_requests_that_are_given_up_count_as_dropped() {
    let worker = Worker::start(DriverChoice::Auto, || ());
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    worker.publish(&configuration(silent.local_addr().unwrap()));
    for _ in 0..3 {
        get(worker.address);
    }
    let metrics = Arc::clone(&worker.metrics);
    let lost = || (metrics.value(Counter::EventsDropped), metrics.value(Counter::OneWayDropped));
    assert_eq!(lost(), (0, 0));
    worker.drain(Duration::from_millis(300));
    assert_eq!(lost(), (3, 3));
}
