//! The supervisor with real workers, on both drivers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use postern_bundle::{Bundle, Part, PartKey, Service};

use super::*;
use crate::observe::access_log::{LogFormat, LogLevel};
use crate::observe::log_writer::LogDestination;
use crate::process::bind::bind_all;
use crate::settings::DriverChoice;

/// Longest wait for something that is to happen.
const PATIENCE: Duration = Duration::from_secs(20);

struct Process {
    state: Arc<ProcessState>,
    events: Sender<Event>,
    thread: JoinHandle<Drained>,
    address: std::net::SocketAddr,
}

impl Process {
    fn start(driver: DriverChoice) -> Self {
        let settings = Settings {
            workers: std::num::NonZeroUsize::new(2).unwrap(),
            driver,
            drain_timeout: Duration::from_secs(5),
            ..Settings::default()
        };
        let listeners = bind_all(([127, 0, 0, 1], 0).into(), 2).unwrap();
        let address = listeners[0].local_addr().unwrap();
        let log = LogWriter::start(&LogDestination::Off, LogFormat::Json, LogLevel::Off, "").unwrap();
        let state = Arc::new(ProcessState::new(2, Arc::default(), Arc::clone(log.counts())));
        let shared = Shared::start(&settings, Arc::clone(&state.emitted)).unwrap();
        let listeners = listeners.into_iter().map(|http| Listeners { http, https: None }).collect();
        let parts = Parts { settings: Arc::new(settings), shared, state: Arc::clone(&state), log, listeners };
        let supervisor = Supervisor::start(parts).unwrap();
        let events = supervisor.sender();
        let thread = thread::spawn(move || supervisor.run().0);
        Self { state, events, thread, address }
    }

    fn publish(&self, generation: u64) {
        let bundle = Bundle::from_parts(generation, [(PartKey::Service, Part::Service(Service::default()))]).unwrap();
        let (snapshot, _) = Snapshot::build(None, &bundle, &mut Arc::default());
        self.events.send(Event::Publish(Arc::new(snapshot))).unwrap();
    }

    fn stop(self) -> Drained {
        self.events.send(Event::Signal(Signal::Stop)).unwrap();
        self.thread.join().unwrap()
    }
}

fn eventually(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "it did not come about that {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

fn both_drivers(test: impl Fn(DriverChoice)) {
    [DriverChoice::IoUring, DriverChoice::Epoll].into_iter().for_each(test);
}

#[test]
fn a_published_configuration_reaches_every_worker_and_a_withdrawn_one_leaves_it() {
    both_drivers(|driver| {
        let process = Process::start(driver);
        process.publish(7);
        eventually("both workers serve it", || process.state.all_serve(7));
        process.publish(8);
        eventually("both workers serve the next one", || process.state.all_serve(8));
        process.events.send(Event::Unconfigure("gone".into())).unwrap();
        eventually("no worker serves any", || process.state.all_serve(0));
        assert_eq!(process.stop(), Drained::Completely);
    });
}

#[test]
fn a_worker_that_died_comes_back_with_the_configuration_in_force_and_its_port() {
    both_drivers(|driver| {
        let process = Process::start(driver);
        process.publish(7);
        eventually("both workers serve it", || process.state.all_serve(7));
        let other = process.state.workers[1].heartbeat.count();
        process.events.send(Event::Signal(Signal::PanicWorker)).unwrap();
        eventually("the worker is back", || {
            process.state.restarts() == 1 && process.state.all_serve(7) && Supervisor::all_alive(&process.state)
        });
        assert_eq!(process.state.workers[1].restarts.load(Ordering::Relaxed), 0);
        eventually("the other worker goes on", || process.state.workers[1].heartbeat.count() > other);
        // Enough connections that both accept queues get some.
        let callers: Vec<_> = (0..32).map(|_| std::net::TcpStream::connect(process.address).unwrap()).collect();
        drop(callers);
        assert_eq!(process.stop(), Drained::Completely);
    });
}

#[test]
fn a_worker_that_dies_again_and_again_is_started_again_more_and_more_slowly() {
    let process = Process::start(DriverChoice::Epoll);
    let started = Instant::now();
    for restarts in 1..=5 {
        process.events.send(Event::Signal(Signal::PanicWorker)).unwrap();
        eventually("the worker is back", || process.state.restarts() == restarts);
    }
    // 10 + 20 + 40 + 80 + 160 ms.
    assert!(started.elapsed() >= limits::RESTART_BACKOFF_MIN * 31, "{:?}", started.elapsed());
    assert_eq!(process.stop(), Drained::Completely);
}

#[test]
fn a_stopped_gateway_says_so_and_is_no_longer_listened_on() {
    both_drivers(|driver| {
        let process = Process::start(driver);
        process.publish(7);
        eventually("both workers serve it", || process.state.all_serve(7));
        let (state, address) = (Arc::clone(&process.state), process.address);
        assert_eq!(process.stop(), Drained::Completely);
        assert_eq!(state.readiness.state(), State::Draining);
        eventually("connections are refused", || std::net::TcpStream::connect(address).is_err());
    });
}

#[test]
fn workers_are_pinned_unless_there_are_more_than_cores() {
    let cores_here = core_affinity::get_core_ids().unwrap().len();
    let with = |workers: usize, pin| {
        let workers = std::num::NonZeroUsize::new(workers).unwrap();
        cores(&Settings { workers, pin, ..Settings::default() }).len()
    };
    use crate::settings::Pin;
    assert_eq!(with(cores_here, Pin::Auto), cores_here);
    assert_eq!(with(cores_here + 1, Pin::Auto), 0);
    assert_eq!(with(cores_here + 1, Pin::Cores), cores_here + 1);
    assert_eq!(with(1, Pin::None), 0);
}
