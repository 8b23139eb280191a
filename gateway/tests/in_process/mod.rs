//! A worker in the test's own process, whose counters and thread can be looked at, and the smallest API for it.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use postern_bundle::{Api, Bundle, KeyNames, Operation};
use postern_gateway::observe::access_log::{LogFormat, LogLevel};
use postern_gateway::observe::log_writer::{LogDestination, LogWriter};
use postern_gateway::observe::metrics::WorkerMetrics;
use postern_gateway::settings::{DriverChoice, Settings};
use postern_gateway::snapshot::Snapshot;
use postern_gateway::worker::{self, Heartbeat, Listeners, Message, Shared, WorkerConfig, WorkerExit, WorkerHandle};

/// The API `a` at `/a`, open to everyone, without backend and policy, with one operation for GET.
pub(crate) fn api(url_template: &str) -> Api {
    let operation = Operation {
        name: "get".to_owned(),
        display_name: "Get".to_owned(),
        method: "GET".to_owned(),
        url_template: url_template.to_owned(),
        template_parameters: Vec::new(),
        policy: None,
        request: Default::default(),
        responses: Vec::new(),
    };
    Api {
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
        policy: None,
        operations: vec![operation],
    }
}

/// A worker that listens on a free port and writes its access log into a folder of its own.
pub(crate) struct Worker {
    pub(crate) address: SocketAddr,
    pub(crate) metrics: Arc<WorkerMetrics>,
    handle: WorkerHandle,
    thread: JoinHandle<WorkerExit>,
    log: LogWriter,
    folder: tempfile::TempDir,
}

impl Worker {
    /// `in_thread` is called in the worker's thread before anything else.
    pub(crate) fn start(driver: DriverChoice, in_thread: fn()) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let destination = LogDestination::File(access_log(&folder));
        let log = LogWriter::start(&destination, LogFormat::Json, LogLevel::Info, "test").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let metrics = Arc::new(WorkerMetrics::default());
        let (handle, mailbox, wake) = worker::mailbox().unwrap();
        let (started, has_started) = crossbeam_channel::bounded(1);
        let config = WorkerConfig {
            index: 0,
            core: None,
            driver,
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
        let thread = thread::spawn(move || {
            in_thread();
            worker::run(config)
        });
        has_started.recv().unwrap().unwrap();
        Self { address, metrics, handle, thread, log, folder }
    }

    /// Gives it its first configuration and waits until that is served.
    pub(crate) fn publish(&self, bundle: &Bundle) {
        let (snapshot, diagnostics) = Snapshot::build(None, bundle, &mut Arc::default());
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let table = Box::new(snapshot.table());
        assert!(self.handle.send(Message::Publish { snapshot: Arc::new(snapshot), table }));
        while self.metrics.generation() != 1 {
            thread::yield_now();
        }
    }

    /// Lets it finish within `patience`; its access log.
    pub(crate) fn drain(self, patience: Duration) -> String {
        assert!(self.handle.send(Message::Drain { deadline: Instant::now() + patience }));
        assert_eq!(self.thread.join().unwrap(), WorkerExit::Drained);
        self.log.finish(Duration::from_secs(5));
        std::fs::read_to_string(access_log(&self.folder)).unwrap()
    }
}

fn access_log(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("access.log")
}
