//! The control thread with a real socket; a stand-in for the supervisor plays the workers' part.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};
use postern_bundle::{
    AgentHello, AgentMessage, Begin, Bundle, Commit, Decoder, Encoder, GatewayHello, GatewayMessage, PROTOCOL, Part,
    PartKey, PolicySource, Put, RejectedReason, Service,
};

use super::{ControlSocket, start};
use crate::observe::readiness::State;
use crate::observe::state::ProcessState;
use crate::supervisor::Event;

/// Longest wait for something that is to happen.
const PATIENCE: Duration = Duration::from_secs(20);

struct Gateway {
    path: PathBuf,
    state: Arc<ProcessState>,
    events: Receiver<Event>,
    _folder: tempfile::TempDir,
}

/// A control thread whose events nobody handles yet.
fn gateway() -> Gateway {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.sock");
    let state = Arc::new(ProcessState::new(2, Arc::default(), Arc::default()));
    let (sender, events) = unbounded();
    start(ControlSocket::bind(&path).unwrap(), Arc::clone(&state), sender).unwrap();
    Gateway { path, state, events, _folder: folder }
}

/// A control thread whose workers serve at once whatever is published.
fn serving_gateway() -> Gateway {
    let gateway = gateway();
    let (state, events) = (Arc::clone(&gateway.state), gateway.events.clone());
    std::thread::spawn(move || {
        for event in events {
            let generation = if let Event::Publish(snapshot) = event { snapshot.generation() } else { 0 };
            state.workers.iter().for_each(|worker| worker.metrics.set_generation(generation));
        }
    });
    gateway
}

struct Agent {
    stream: UnixStream,
    decoder: Decoder<GatewayMessage>,
}

impl Agent {
    fn connect(gateway: &Gateway) -> Self {
        let stream = UnixStream::connect(&gateway.path).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream, decoder: Decoder::new() }
    }

    /// Connects and says hello.
    fn greet(gateway: &Gateway) -> (Self, GatewayHello) {
        let mut agent = Self::connect(gateway);
        agent.send(&AgentMessage::Hello(AgentHello { protocol: PROTOCOL, version: "test".to_owned() }));
        match agent.receive() {
            Some(GatewayMessage::Hello(hello)) => (agent, hello),
            other => panic!("instead of a hello: {other:?}"),
        }
    }

    fn send(&mut self, message: &AgentMessage) {
        self.stream.write_all(&Encoder::frame(message).unwrap()).unwrap();
    }

    /// The next message; `None` when the gateway closed the connection.
    fn receive(&mut self) -> Option<GatewayMessage> {
        let mut buffer = [0; 4096];
        loop {
            if let Some(message) = self.decoder.next_message().unwrap() {
                return Some(message);
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(count) => self.decoder.push(&buffer[..count]),
                // Closed with bytes of ours unread.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("no message came: {error}"),
            }
        }
    }

    /// The next message that is an answer, not a report.
    fn answer(&mut self) -> Option<GatewayMessage> {
        loop {
            match self.receive() {
                Some(GatewayMessage::Health(_) | GatewayMessage::Stats(_)) => {}
                answer => return answer,
            }
        }
    }

    fn push(&mut self, bundle: &Bundle, base: Option<&Bundle>) {
        self.begin(bundle, base);
        self.commit(bundle);
    }

    fn begin(&mut self, bundle: &Bundle, base: Option<&Bundle>) {
        self.send(&AgentMessage::Begin(Begin { generation: bundle.generation(), base: base.map(Bundle::root_hash) }));
        let delta = bundle.delta_from(base);
        for (key, part) in delta.put {
            self.send(&AgentMessage::Put(Put { key, hash: part.hash(), bytes: Arc::clone(part.bytes()) }));
        }
        for key in delta.drop {
            self.send(&AgentMessage::Drop(key));
        }
    }

    fn commit(&mut self, bundle: &Bundle) {
        let commit = Commit { generation: bundle.generation(), root_hash: bundle.root_hash() };
        self.send(&AgentMessage::Commit(commit));
    }
}

fn bundle(generation: u64, name: &str) -> Bundle {
    let service = Service { name: name.to_owned(), ..Service::default() };
    Bundle::from_parts(generation, [(PartKey::Service, Part::Service(service))]).unwrap()
}

fn eventually(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "it did not come about that {what}");
        std::thread::yield_now();
    }
}

/// A gateway that serves generation 7, and its agent.
fn configured() -> (Gateway, Agent, Bundle) {
    let gateway = serving_gateway();
    let (mut agent, _) = Agent::greet(&gateway);
    let bundle = bundle(7, "first");
    agent.push(&bundle, None);
    assert!(matches!(agent.answer(), Some(GatewayMessage::Applied(_))));
    (gateway, agent, bundle)
}

#[test]
fn a_new_gateway_says_that_it_has_nothing_and_why() {
    let gateway = serving_gateway();
    let (mut agent, hello) = Agent::greet(&gateway);
    assert_eq!((hello.protocol, hello.generation, hello.root_hash), (PROTOCOL, None, None));
    let Some(GatewayMessage::Health(health)) = agent.receive() else { panic!("no health") };
    assert!(!health.ready);
    assert_eq!(health.reason.as_deref(), Some("No configuration has been received from the agent yet."));
    assert_eq!(health.workers.len(), 2);
}

#[test]
fn a_generation_is_acknowledged_and_then_served() {
    let gateway = serving_gateway();
    let (mut agent, _) = Agent::greet(&gateway);
    let bundle = bundle(7, "first");
    agent.push(&bundle, None);
    let Some(GatewayMessage::Applied(applied)) = agent.answer() else { panic!("not applied") };
    assert_eq!((applied.generation, applied.root_hash), (7, bundle.root_hash()));
    assert_eq!(gateway.state.readiness.state(), State::Ready);
    assert_eq!(gateway.state.configuration().generation, Some(7));
    let Some(GatewayMessage::Health(health)) = agent.receive() else { panic!("no health") };
    assert!(health.ready && health.generation == Some(7));
}

#[test]
fn nothing_is_acknowledged_before_every_worker_serves_it() {
    let gateway = gateway();
    let (mut agent, _) = Agent::greet(&gateway);
    agent.push(&bundle(7, "first"), None);
    let Ok(Event::Publish(snapshot)) = gateway.events.recv_timeout(PATIENCE) else { panic!("nothing published") };
    gateway.state.workers[0].metrics.set_generation(snapshot.generation());
    assert!(!gateway.state.readiness.is_ready(), "one of two workers does not serve it yet");
    assert_eq!(gateway.state.applied.load(std::sync::atomic::Ordering::Relaxed), 0);
    gateway.state.workers[1].metrics.set_generation(snapshot.generation());
    assert!(matches!(agent.answer(), Some(GatewayMessage::Applied(_))));
    assert!(gateway.state.readiness.is_ready());
}

#[test]
fn a_change_on_top_of_what_is_in_force_is_enough() {
    let (gateway, mut agent, first) = configured();
    let second = bundle(8, "second");
    agent.push(&second, Some(&first));
    assert!(matches!(agent.answer(), Some(GatewayMessage::Applied(applied)) if applied.generation == 8));
    assert_eq!(gateway.state.readiness.generation(), 8);
}

#[test]
fn a_change_on_top_of_something_else_is_rejected_and_what_is_in_force_stays() {
    let (gateway, mut agent, _) = configured();
    let (other, second) = (bundle(5, "other"), bundle(8, "second"));
    agent.send(&AgentMessage::Begin(Begin { generation: 8, base: Some(other.root_hash()) }));
    let Some(GatewayMessage::Rejected(rejected)) = agent.answer() else { panic!("not rejected") };
    assert_eq!(rejected.reason, RejectedReason::BaseMismatch);
    assert_eq!(gateway.state.readiness.generation(), 7);
    agent.push(&second, None);
    assert!(matches!(agent.answer(), Some(GatewayMessage::Applied(_))), "the connection is still good");
}

#[test]
fn a_wrong_root_hash_is_rejected_and_what_is_in_force_stays() {
    let (gateway, mut agent, _) = configured();
    let (second, third) = (bundle(8, "second"), bundle(8, "third"));
    agent.begin(&second, None);
    agent.commit(&third);
    let Some(GatewayMessage::Rejected(rejected)) = agent.answer() else { panic!("not rejected") };
    assert_eq!((rejected.generation, rejected.reason), (8, RejectedReason::Corrupt));
    assert!(gateway.state.readiness.is_ready() && gateway.state.readiness.generation() == 7);
}

/// A service whose own policy does not compile.
fn broken_bundle(generation: u64) -> Bundle {
    let policy = PolicySource { text: "<policies><inbound><set-header /></inbound></policies>".to_owned() };
    let service = Service { policy: Some(policy), ..Service::default() };
    Bundle::from_parts(generation, [(PartKey::Service, Part::Service(service))]).unwrap()
}

#[test]
fn a_service_whose_own_policy_is_broken_does_not_replace_the_one_in_force() {
    let (gateway, mut agent, first) = configured();
    agent.push(&broken_bundle(8), None);
    let Some(GatewayMessage::Rejected(rejected)) = agent.answer() else { panic!("not rejected") };
    assert_eq!((rejected.generation, rejected.reason), (8, RejectedReason::Invalid));
    assert!(rejected.message.starts_with("the policy of the whole service has errors: /"), "{}", rejected.message);
    assert!(rejected.diagnostics.iter().any(|found| found.line == 1));
    assert!(gateway.state.readiness.is_ready() && gateway.state.readiness.generation() == 7);
    agent.push(&bundle(9, "next"), Some(&first));
    assert!(matches!(agent.answer(), Some(GatewayMessage::Applied(_))));
}

#[test]
fn a_broken_service_policy_at_the_start_is_the_reason_for_not_being_ready() {
    let gateway = serving_gateway();
    let (mut agent, _) = Agent::greet(&gateway);
    agent.push(&broken_bundle(7), None);
    assert!(matches!(agent.answer(), Some(GatewayMessage::Rejected(_))));
    let reason = gateway.state.readiness.reason();
    assert!(reason.starts_with("The configuration cannot be served: the policy of the whole service"), "{reason}");
    assert!(!gateway.state.readiness.is_ready());
}

#[test]
fn an_agent_that_goes_away_takes_nothing_with_it() {
    let (gateway, mut agent, first) = configured();
    agent.begin(&bundle(8, "second"), Some(&first));
    drop(agent);
    eventually("the gateway noticed", || !gateway.state.agent_connected.load(std::sync::atomic::Ordering::Relaxed));
    assert!(gateway.state.readiness.is_ready());
    let (mut agent, hello) = Agent::greet(&gateway);
    assert_eq!((hello.generation, hello.root_hash), (Some(7), Some(first.root_hash())));
    // The half-sent generation is forgotten: a commit alone does nothing.
    agent.commit(&bundle(8, "second"));
    assert!(matches!(agent.answer(), Some(GatewayMessage::Rejected(_))));
    assert_eq!(gateway.state.readiness.generation(), 7);
}

#[test]
fn garbage_closes_the_connection_and_changes_nothing() {
    let (gateway, _, first) = configured();
    let ping = Encoder::frame(&AgentMessage::Ping(1)).unwrap();
    let cut_frame = &ping[..ping.len() - 1];
    let garbage: [&[u8]; 5] = [b"GET / HTTP/1.1\r\n\r\n", &[0xff; 64], &[0, 0, 0, 0], &[1, 0, 0, 0, 0x7f], cut_frame];
    for bytes in garbage {
        let (mut agent, hello) = Agent::greet(&gateway);
        assert_eq!(hello.root_hash, Some(first.root_hash()));
        agent.stream.write_all(bytes).unwrap();
        agent.stream.shutdown(Shutdown::Write).unwrap();
        assert!(agent.answer().is_none(), "closed after {bytes:?}");
    }
    assert!(gateway.state.readiness.is_ready());
}

#[test]
fn who_does_not_begin_with_a_hello_is_sent_away() {
    let gateway = serving_gateway();
    let mut agent = Agent::connect(&gateway);
    agent.send(&AgentMessage::Ping(1));
    assert!(agent.receive().is_none());
}

#[test]
fn an_agent_of_another_version_learns_ours_and_is_sent_away() {
    let gateway = serving_gateway();
    let mut agent = Agent::connect(&gateway);
    agent.send(&AgentMessage::Hello(AgentHello { protocol: PROTOCOL + 1, version: "future".to_owned() }));
    assert!(matches!(agent.receive(), Some(GatewayMessage::Hello(hello)) if hello.protocol == PROTOCOL));
    assert!(agent.receive().is_none());
}

#[test]
fn a_newer_agent_takes_the_place_of_an_older_one() {
    let (gateway, mut older, first) = configured();
    let (mut newer, _) = Agent::greet(&gateway);
    assert!(older.answer().is_none(), "the older one is sent away");
    newer.push(&bundle(8, "second"), Some(&first));
    assert!(matches!(newer.answer(), Some(GatewayMessage::Applied(_))));
}

#[test]
fn a_withdrawn_configuration_is_not_served_and_the_reason_is_shown() {
    let (gateway, mut agent, _) = configured();
    agent.send(&AgentMessage::Unconfigure("The gateway token expired.".to_owned()));
    agent.send(&AgentMessage::Ping(3));
    assert!(matches!(agent.answer(), Some(GatewayMessage::Pong(3))));
    let (status, body) = gateway.state.readiness.status_body();
    assert_eq!(status, 503);
    assert_eq!(body, r#"{"status":"not ready","state":"unconfigured","reason":"The gateway token expired."}"#);
    drop(agent);
    let (mut agent, hello) = Agent::greet(&gateway);
    assert_eq!(hello.generation, None);
    agent.push(&bundle(7, "first"), None);
    assert!(matches!(agent.answer(), Some(GatewayMessage::Applied(_))), "the same number again is fine");
    assert!(gateway.state.readiness.is_ready());
}

#[test]
fn a_retired_snapshot_is_kept_for_as_long_as_a_request_may_run_on_it_and_no_longer() {
    let gateway = gateway();
    let (mut agent, _) = Agent::greet(&gateway);
    let apply = |agent: &mut Agent, bundle: &Bundle| {
        agent.push(bundle, None);
        let Ok(Event::Publish(snapshot)) = gateway.events.recv_timeout(PATIENCE) else { panic!("nothing published") };
        gateway.state.workers.iter().for_each(|worker| worker.metrics.set_generation(bundle.generation()));
        assert!(matches!(agent.answer(), Some(GatewayMessage::Applied(_))));
        snapshot
    };
    let first = apply(&mut agent, &bundle(7, "first"));
    let held_by_request = Arc::downgrade(&first);
    drop(apply(&mut agent, &bundle(8, "second")));
    // The control thread has turned since, and still owns the first one beside "the request".
    agent.send(&AgentMessage::Ping(1));
    assert!(matches!(agent.answer(), Some(GatewayMessage::Pong(1))));
    assert_eq!(held_by_request.strong_count(), 2);
    drop(first);
    eventually("the control thread gives it back", || held_by_request.strong_count() == 0);
}

#[test]
fn numbers_come_regularly() {
    let gateway = serving_gateway();
    let (mut agent, _) = Agent::greet(&gateway);
    let id = crate::observe::series::SeriesId::UNMATCHED;
    let sample = crate::observe::metrics::RequestSample {
        series: id,
        status: 404,
        outcome: crate::observe::metrics::Outcome::NotFound,
        total_us: 10,
        backend_us: None,
    };
    gateway.state.workers[1].metrics.request(&sample);
    loop {
        match agent.receive() {
            Some(GatewayMessage::Stats(stats)) => {
                assert_eq!(stats.requests_by_class, [0, 0, 0, 1, 0]);
                return;
            }
            Some(GatewayMessage::Health(_)) => {}
            other => panic!("instead of numbers: {other:?}"),
        }
    }
}
