//! What the agent decides, without sockets: events in, commands and reports out.
#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

use std::sync::{Arc, Mutex};

use postern_agent::{
    agent::{Agent, Outputs},
    push::{Command, Event},
    report::Report,
    source::{Change, Failure, FailureKind, Snapshot, Update},
};
use postern_bundle::*;
use postern_model::{Inventory, feed::GatewayState};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

struct Bench {
    agent: Agent,
    commands: Option<mpsc::UnboundedReceiver<Command>>,
    reports: watch::Receiver<Report>,
    backup: watch::Receiver<Option<Bundle>>,
    ready: Arc<Mutex<Vec<u64>>>,
}

impl Bench {
    fn new(sources: &[&str]) -> Bench {
        let (report, reports) = watch::channel(Report::default());
        let (backup_sender, backup) = watch::channel(None);
        let ready = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&ready);
        let outputs = Outputs {
            report,
            backup: Some(backup_sender),
            ready: Box::new(move |generation| seen.lock().unwrap().push(generation)),
        };
        let sources = sources.iter().map(|name| (*name).to_owned()).collect();
        Bench { agent: Agent::new(sources, None, outputs), commands: None, reports, backup, ready }
    }

    fn update(&mut self, index: usize, update: Update) {
        self.agent.on_update(index, update);
        self.agent.settle();
    }

    fn connect(&mut self, runs_on: Option<&Bundle>) {
        let (link, commands) = mpsc::unbounded_channel();
        self.commands = Some(commands);
        let hello = GatewayHello {
            protocol: PROTOCOL,
            version: "0.1.0".to_owned(),
            pid: 1,
            generation: runs_on.map(Bundle::generation),
            root_hash: runs_on.map(Bundle::root_hash),
        };
        self.agent.on_gateway(Event::Connected { hello, link });
        self.agent.settle();
    }

    fn answer(&mut self, message: GatewayMessage) {
        self.agent.on_gateway(Event::Message(message));
        self.agent.settle();
    }

    fn command(&mut self) -> Option<Command> {
        self.commands.as_mut().unwrap().try_recv().ok()
    }

    /// The push that must be waiting, taken as a gateway does.
    fn pushed(&mut self) -> (Bundle, Option<Bundle>) {
        match self.command() {
            Some(Command::Push { bundle, base }) => (bundle, base),
            other => panic!("no push but {other:?}"),
        }
    }

    fn apply(&mut self) -> Bundle {
        let (bundle, _) = self.pushed();
        let applied = Applied {
            generation: bundle.generation(),
            root_hash: bundle.root_hash(),
            apply_us: 1,
            diagnostics: Vec::new(),
        };
        self.answer(GatewayMessage::Applied(applied));
        bundle
    }

    fn reject(&mut self, generation: u64, reason: RejectedReason) {
        let message = "no".to_owned();
        self.answer(GatewayMessage::Rejected(Rejected { generation, reason, message, diagnostics: Vec::new() }));
    }

    fn state(&self) -> (GatewayState, String) {
        let report = self.reports.borrow();
        (report.heartbeat.state, report.heartbeat.reason.clone().unwrap_or_default())
    }
}

fn snapshot(resources: &[(&str, Value)]) -> Update {
    let mut inventory = Inventory::new();
    for (id, properties) in resources {
        inventory.put(id, properties.clone(), *id).unwrap();
    }
    let continuation = Some("c1".to_owned());
    Update::Snapshot(Box::new(Snapshot { inventory, problems: Vec::new(), gateway: None, continuation }))
}

fn put(id: &str, properties: Value, continuation: &str) -> Update {
    let changes = vec![Change::Put { id: id.to_owned(), properties }];
    Update::Changes { changes, continuation: continuation.to_owned() }
}

fn echo(path: &str) -> Value {
    json!({ "path": path, "serviceUrl": "http://echo.example.com" })
}

fn policy(text: &str) -> Value {
    json!({ "format": "rawxml", "value": text })
}

fn away(kind: FailureKind) -> Update {
    Update::Failed(Failure { kind, message: "nobody answers".to_owned() })
}

/// The bundle of a service with one API at `path`.
fn bundle(path: &str) -> Bundle {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    bench.update(0, snapshot(&[("/apis/echo", echo(path))]));
    bench.pushed().0
}

#[test]
fn the_first_configuration_is_pushed_whole_then_only_what_changed() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    assert!(bench.command().is_none());
    bench.update(0, snapshot(&[("/apis/echo", echo("echo")), ("/apis/other", echo("other"))]));
    let first = bench.apply();
    assert_eq!(*bench.ready.lock().unwrap(), [first.generation()]);
    assert_eq!(bench.state(), (GatewayState::Ready, String::new()));
    bench.update(0, put("/apis/echo", echo("new"), "c2"));
    let (next, base) = bench.pushed();
    assert_eq!(base.as_ref(), Some(&first));
    assert_eq!(next.generation(), first.generation() + 1);
    let changed: Vec<String> = next.delta_from(base.as_ref()).put.iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(changed, ["/apis/echo"]);
    assert_eq!(bench.ready.lock().unwrap().len(), 1);
}

#[test]
fn a_change_without_effect_is_not_pushed_but_its_continuation_is_reported() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    bench.update(0, snapshot(&[("/apis/echo", echo("echo"))]));
    bench.apply();
    bench.update(0, put("/apis/echo", echo("echo"), "c2"));
    assert!(bench.command().is_none());
    assert_eq!(bench.reports.borrow().continuations, [Some("c2".to_owned())]);
}

#[test]
fn changes_during_a_push_are_pushed_after_it_in_one() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    bench.update(0, snapshot(&[("/apis/echo", echo("one"))]));
    bench.update(0, put("/apis/echo", echo("two"), "c2"));
    bench.update(0, put("/apis/echo", echo("three"), "c3"));
    let first = bench.apply();
    let (next, base) = bench.pushed();
    assert_eq!(base, Some(first));
    assert_eq!(next.root_hash(), bundle("three").root_hash());
    assert!(bench.command().is_none());
}

#[test]
fn a_gateway_that_restarted_gets_everything() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    bench.update(0, snapshot(&[("/apis/echo", echo("echo"))]));
    let first = bench.apply();
    bench.agent.on_gateway(Event::Disconnected("gone".to_owned()));
    bench.agent.settle();
    assert_eq!(bench.state().0, GatewayState::Unknown);
    bench.connect(None);
    let (again, base) = bench.pushed();
    assert_eq!((again.root_hash(), base), (first.root_hash(), None));
}

#[test]
fn an_agent_that_restarted_pushes_nothing_when_the_gateway_is_up_to_date() {
    let running = bundle("echo").with_generation(41);
    let mut bench = Bench::new(&["a"]);
    bench.connect(Some(&running));
    bench.update(0, snapshot(&[("/apis/echo", echo("echo"))]));
    assert!(bench.command().is_none());
    assert_eq!(*bench.ready.lock().unwrap(), [41]);
    // The numbers go on from there.
    bench.update(0, put("/apis/echo", echo("new"), "c2"));
    let (next, base) = bench.pushed();
    assert!(next.generation() > 41);
    assert_eq!(base, None, "what the gateway runs on is known by its hash only");
}

#[test]
fn a_base_the_gateway_does_not_have_leads_to_a_full_push() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    bench.update(0, snapshot(&[("/apis/echo", echo("one"))]));
    bench.apply();
    bench.update(0, put("/apis/echo", echo("two"), "c2"));
    let (next, base) = bench.pushed();
    assert!(base.is_some());
    bench.reject(next.generation(), RejectedReason::BaseMismatch);
    let (again, base) = bench.pushed();
    assert_eq!((again.root_hash(), base), (next.root_hash(), None));
}

#[test]
fn what_was_wrong_ahead_of_the_commit_decides_and_the_full_push_comes_after_its_answer() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    bench.update(0, snapshot(&[("/apis/echo", echo("one"))]));
    bench.apply();
    bench.update(0, put("/apis/echo", echo("two"), "c2"));
    let (next, _) = bench.pushed();
    bench.reject(0, RejectedReason::BaseMismatch);
    assert!(bench.command().is_none(), "the commit is not answered yet");
    bench.reject(next.generation(), RejectedReason::Corrupt);
    let (again, base) = bench.pushed();
    assert_eq!((again.root_hash(), base), (next.root_hash(), None));
}

#[test]
fn a_configuration_the_gateway_refuses_is_not_sent_again_until_it_changes() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    bench.update(0, snapshot(&[("/apis/echo", echo("one"))]));
    bench.apply();
    bench.update(0, put("/apis/echo", echo("two"), "c2"));
    let (next, _) = bench.pushed();
    bench.reject(next.generation(), RejectedReason::Invalid);
    assert!(bench.command().is_none());
    let (state, reason) = bench.state();
    assert_eq!(state, GatewayState::Degraded);
    assert!(reason.contains("rejected"), "{reason}");
    bench.update(0, put("/apis/echo", echo("three"), "c3"));
    bench.apply();
    assert_eq!(bench.state(), (GatewayState::Ready, String::new()));
}

#[test]
fn a_push_that_arrives_damaged_is_repeated_once() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    bench.update(0, snapshot(&[("/apis/echo", echo("one"))]));
    let (first, _) = bench.pushed();
    bench.reject(first.generation(), RejectedReason::Corrupt);
    let (again, base) = bench.pushed();
    assert_eq!((again.root_hash(), base), (first.root_hash(), None));
    bench.reject(again.generation(), RejectedReason::Corrupt);
    assert!(!matches!(bench.command(), Some(Command::Push { .. })));
}

#[test]
fn without_source_and_backup_a_gateway_that_has_nothing_is_told_why() {
    let mut bench = Bench::new(&["endpoint:https://m"]);
    bench.connect(None);
    bench.update(0, away(FailureKind::TokenExpired));
    let Some(Command::Unconfigure(reason)) = bench.command() else { panic!("no reason given") };
    assert!(reason.contains("endpoint:https://m") && reason.contains("nobody answers"), "{reason}");
    bench.update(0, away(FailureKind::TokenExpired));
    assert!(bench.command().is_none(), "once is enough");
    assert_eq!(bench.state().0, GatewayState::NotReady);
}

#[test]
fn a_gateway_that_serves_is_left_alone_when_no_source_answers() {
    let mut bench = Bench::new(&["a"]);
    bench.agent.start_from_backup(bundle("old"));
    bench.connect(Some(&bundle("newer")));
    bench.update(0, away(FailureKind::Unreachable));
    bench.agent.on_grace_over();
    bench.agent.settle();
    assert!(bench.command().is_none());
}

#[test]
fn the_backup_is_served_when_sources_fail_or_take_too_long_and_replaced_when_they_come() {
    for fails in [true, false] {
        let mut bench = Bench::new(&["a"]);
        bench.agent.start_from_backup(bundle("old").with_generation(7));
        bench.connect(None);
        assert!(bench.command().is_none(), "the source has its chance first");
        if fails {
            bench.update(0, away(FailureKind::Unreachable));
        } else {
            bench.agent.on_grace_over();
            bench.agent.settle();
        }
        let served = bench.apply();
        assert_eq!((served.generation(), served.root_hash()), (7, bundle("old").root_hash()));
        let (state, reason) = bench.state();
        assert_eq!(state, GatewayState::Degraded);
        assert!(reason.contains("backup"), "{reason}");
        bench.update(0, snapshot(&[("/apis/echo", echo("new"))]));
        let (next, base) = bench.pushed();
        assert_eq!((next.generation(), base), (8, Some(served)));
    }
}

#[test]
fn only_what_the_gateway_took_becomes_the_backup() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    bench.update(0, snapshot(&[("/apis/echo", echo("one"))]));
    assert_eq!(*bench.backup.borrow(), None);
    let first = bench.apply();
    assert_eq!(*bench.backup.borrow(), Some(first.clone()));
    bench.update(0, put("/apis/echo", echo("two"), "c2"));
    let (next, _) = bench.pushed();
    bench.reject(next.generation(), RejectedReason::Invalid);
    assert_eq!(*bench.backup.borrow(), Some(first));
}

#[test]
fn a_source_that_never_answered_does_not_take_its_apis_from_a_serving_gateway() {
    let mut bench = Bench::new(&["a", "b"]);
    bench.update(0, snapshot(&[("/apis/echo", echo("echo"))]));
    bench.update(1, away(FailureKind::Unreachable));
    bench.connect(Some(&bundle("from-both")));
    assert!(bench.command().is_none());
    bench.update(1, snapshot(&[("/apis/other", echo("other"))]));
    let (both, _) = bench.pushed();
    assert_eq!(both.parts().keys().filter(|key| matches!(key, PartKey::Api(_))).count(), 2);
}

#[test]
fn a_part_of_the_sources_is_better_than_nothing() {
    let mut bench = Bench::new(&["a", "b"]);
    bench.connect(None);
    bench.update(0, snapshot(&[("/apis/echo", echo("echo"))]));
    assert!(bench.command().is_none(), "the other source may answer in a moment");
    bench.update(1, away(FailureKind::Unreachable));
    bench.apply();
    assert_eq!(bench.state().0, GatewayState::Degraded);
    bench.update(0, put("/apis/echo", echo("new"), "c2"));
    bench.apply();
}

#[test]
fn the_later_source_wins() {
    let mut bench = Bench::new(&["a", "b"]);
    bench.connect(None);
    bench.update(1, snapshot(&[("/apis/echo", echo("later"))]));
    bench.update(0, snapshot(&[("/apis/echo", echo("earlier"))]));
    assert_eq!(bench.pushed().0.root_hash(), bundle("later").root_hash());
}

#[test]
fn a_broken_policy_keeps_its_api_at_the_last_good_form_and_says_where_it_is_broken() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    bench.update(0, snapshot(&[("/apis/echo", echo("echo")), ("/apis/other", echo("other"))]));
    let first = bench.apply();
    let broken = "<policies>\n  <inbound>\n    <base />\n  </inbound\n</policies>";
    bench.update(0, put("/apis/echo/policies/policy", policy(broken), "c2"));
    assert!(bench.command().is_none(), "the bundle is the same");
    let report = bench.reports.borrow().clone();
    assert_eq!(report.heartbeat.state, GatewayState::Degraded);
    assert_eq!(report.heartbeat.reason.as_deref(), Some("1 of 2 APIs kept at their last good form"));
    let found = &report.heartbeat.diagnostics[0];
    assert_eq!((found.severity.as_str(), found.scope.as_str()), ("error", "/apis/echo/policies/policy"));
    assert!((4..=5).contains(&found.line) && found.column > 0, "{found:?}");
    // Other changes go on, the broken API stays as it was.
    bench.update(0, put("/apis/other", echo("moved"), "c3"));
    let next = bench.apply();
    let key = PartKey::Api("echo".to_owned());
    assert_eq!(next.get(&key), first.get(&key));
    // Put right, it is served with its policy.
    let good = "<policies><inbound><base /></inbound></policies>";
    bench.update(0, put("/apis/echo/policies/policy", policy(good), "c4"));
    let last = bench.apply();
    assert_ne!(last.get(&key), first.get(&key));
    assert_eq!(bench.state(), (GatewayState::Ready, String::new()));
}

#[test]
fn a_broken_api_that_was_never_good_is_left_out_alone() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    let mut resources: Vec<(String, Value)> =
        (0..100).map(|number| (format!("/apis/api{number:02}"), echo(&format!("api{number:02}")))).collect();
    resources.push(("/apis/api42/policies/policy".to_owned(), policy("<policies><inbound>")));
    let borrowed: Vec<(&str, Value)> = resources.iter().map(|(id, value)| (id.as_str(), value.clone())).collect();
    bench.update(0, snapshot(&borrowed));
    let served = bench.apply();
    let apis: Vec<&str> =
        served.parts().keys().filter(|key| matches!(key, PartKey::Api(_))).map(PartKey::name).collect();
    assert_eq!(apis.len(), 99);
    assert!(!apis.contains(&"api42"));
    assert_eq!(bench.state(), (GatewayState::Degraded, "1 of 100 APIs left out".to_owned()));
}

#[test]
fn without_its_global_policy_nothing_is_served() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    bench.update(0, snapshot(&[("/apis/echo", echo("echo")), ("/policies/policy", policy("<policies><inbound>"))]));
    let Some(Command::Unconfigure(reason)) = bench.command() else { panic!("no reason given") };
    assert!(reason.contains("global policy"), "{reason}");
    bench.update(0, put("/policies/policy", policy("<policies><inbound /></policies>"), "c2"));
    let good = bench.apply();
    // Broken later, the last good one stays.
    bench.update(0, put("/policies/policy", policy("<policies><inbound>"), "c3"));
    bench.update(0, put("/apis/echo", echo("moved"), "c4"));
    assert_eq!(bench.apply().get(&PartKey::Service), good.get(&PartKey::Service));
}

#[test]
fn apis_of_an_open_product_whose_policy_is_broken_are_not_served_without_it() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    bench.update(
        0,
        snapshot(&[
            ("/apis/echo", echo("echo")),
            ("/apis/other", echo("other")),
            ("/products/open", json!({ "subscriptionRequired": false, "state": "published" })),
            ("/products/open/apis/echo", json!({})),
            ("/products/open/policies/policy", policy("<policies><inbound>")),
        ]),
    );
    let served = bench.apply();
    assert!(served.get(&PartKey::Api("echo".to_owned())).is_none());
    assert!(served.get(&PartKey::Api("other".to_owned())).is_some());
}

#[test]
fn a_changed_named_value_or_fragment_reaches_the_documents_that_use_it() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    let value = |value: &str| json!({ "displayName": "colour", "value": value });
    let fragment = |value: &str| {
        policy(&format!(
            r#"<fragment><set-header name="X" exists-action="override"><value>{value}</value></set-header></fragment>"#
        ))
    };
    let uses_value = r#"<policies><inbound><base /><set-header name="C" exists-action="override"><value>{{colour}}</value></set-header></inbound></policies>"#;
    let uses_fragment = r#"<policies><inbound><include-fragment fragment-id="f" /></inbound></policies>"#;
    bench.update(
        0,
        snapshot(&[
            ("/apis/a", echo("a")),
            ("/apis/a/policies/policy", policy(uses_value)),
            ("/apis/b", echo("b")),
            ("/apis/b/policies/policy", policy(uses_fragment)),
            ("/namedValues/n", value("red")),
            ("/policyFragments/f", fragment("1")),
        ]),
    );
    let first = bench.apply();
    assert_eq!(bench.state(), (GatewayState::Ready, String::new()));
    bench.update(0, put("/namedValues/n", value("blue"), "c2"));
    let (second, _) = bench.pushed();
    let changed = |new: &Bundle, old: &Bundle| -> Vec<String> {
        new.delta_from(Some(old)).put.iter().map(|(key, _)| key.to_string()).collect()
    };
    assert_eq!(changed(&second, &first), ["/apis/a"]);
    // A fragment that breaks stays at its last good form, and so do the documents that use it.
    bench.update(0, put("/policyFragments/f", policy("<fragment>"), "c3"));
    bench.update(0, put("/policyFragments/f", fragment("2"), "c4"));
    let root = second.root_hash();
    bench.answer(GatewayMessage::Applied(Applied {
        generation: second.generation(),
        root_hash: root,
        apply_us: 1,
        diagnostics: Vec::new(),
    }));
    assert_eq!(changed(&bench.pushed().0, &second), ["/policyFragments/f"]);
}

#[test]
fn a_gateway_that_says_it_is_not_ready_is_reported_with_its_reason() {
    let mut bench = Bench::new(&["a"]);
    bench.connect(None);
    bench.update(0, snapshot(&[("/apis/echo", echo("echo"))]));
    let first = bench.apply();
    let health = Health {
        generation: Some(first.generation()),
        ready: false,
        reason: Some("draining".to_owned()),
        driver: "epoll".to_owned(),
        workers: vec![WorkerHealth { index: 0, alive: true, restarts: 0 }],
        ..Health::default()
    };
    bench.answer(GatewayMessage::Health(health));
    assert_eq!(bench.state(), (GatewayState::NotReady, "draining".to_owned()));
    let report = bench.reports.borrow();
    assert_eq!((report.heartbeat.driver.as_deref(), report.heartbeat.workers), (Some("epoll"), Some(1)));
}
