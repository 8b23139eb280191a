//! What a worker gives up when its drain is over is counted as lost: nobody can ask the process any more, so the worker runs in this one.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use postern_bundle::{
    Api, Bundle, EventHub, HubCredential, KeyNames, Logger, LoggerTarget, Operation, Part, PartKey, PolicySource,
    Secret, Service,
};
use postern_gateway::observe::access_log::{LogFormat, LogLevel};
use postern_gateway::observe::log_writer::{LogDestination, LogWriter};
use postern_gateway::observe::metrics::{Counter, WorkerMetrics};
use postern_gateway::settings::{DriverChoice, Settings};
use postern_gateway::snapshot::Snapshot;
use postern_gateway::worker::{self, Heartbeat, Listeners, Message, Shared, WorkerConfig, WorkerExit};

/// An event and a one-way request, to a server that accepts connections and never answers.
fn configuration(silent: SocketAddr) -> Bundle {
    let policy = format!(
        "<policies><inbound><log-to-eventhub logger-id=\"l\">x</log-to-eventhub><send-one-way-request timeout=\"600\">\
         <set-url>http://{silent}/</set-url><set-method>GET</set-method></send-one-way-request><return-response/></inbound></policies>"
    );
    let operation = Operation {
        name: "get".to_owned(),
        display_name: "Get".to_owned(),
        method: "GET".to_owned(),
        url_template: "/x".to_owned(),
        template_parameters: Vec::new(),
        policy: None,
        request: Default::default(),
        responses: Vec::new(),
    };
    let api = Api {
        name: "a".to_owned(),
        display_name: "A".to_owned(),
        path: "a".to_owned(),
        version: None,
        revision: "1".to_owned(),
        is_current: true,
        kind: "http".to_owned(),
        protocols: vec!["http".to_owned()],
        service_url: None,
        subscription_required: false,
        subscription_key: KeyNames::default(),
        graphql: None,
        odata: None,
        policy: Some(PolicySource::new(policy)),
        operations: vec![operation],
    };
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
    let folder = tempfile::tempdir().unwrap();
    let destination = LogDestination::File(folder.path().join("access.log"));
    let log = LogWriter::start(&destination, LogFormat::Json, LogLevel::Info, "test").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let metrics = Arc::new(WorkerMetrics::default());
    let (handle, mailbox, wake) = worker::mailbox().unwrap();
    let (started, has_started) = crossbeam_channel::bounded(1);
    let config = WorkerConfig {
        index: 0,
        core: None,
        driver: DriverChoice::Auto,
        listeners: Listeners { http: listener, https: None },
        mailbox,
        wake,
        metrics: Arc::clone(&metrics),
        log: log.log(),
        readiness: Arc::default(),
        settings: Arc::new(Settings::default()),
        shared: Shared::start(&Settings::default(), Arc::default()).unwrap(),
        heartbeat: Arc::<Heartbeat>::default(),
        started,
    };
    let worker = thread::spawn(move || worker::run(config));
    has_started.recv().unwrap().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let bundle = configuration(silent.local_addr().unwrap());
    let (snapshot, diagnostics) = Snapshot::build(None, &bundle, &mut Arc::default());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let table = Box::new(snapshot.table());
    assert!(handle.send(Message::Publish { snapshot: Arc::new(snapshot), table }));
    while metrics.generation() != 1 {
        thread::yield_now();
    }
    for _ in 0..3 {
        get(address);
    }
    let lost = || (metrics.value(Counter::EventsDropped), metrics.value(Counter::OneWayDropped));
    assert_eq!(lost(), (0, 0));
    assert!(handle.send(Message::Drain { deadline: Instant::now() + Duration::from_millis(300) }));
    assert_eq!(worker.join().unwrap(), WorkerExit::Drained);
    assert_eq!(lost(), (3, 3));
}
