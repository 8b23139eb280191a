//! The real agent between a fake management plane or a directory and a fake gateway.
#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

mod fakes;

use std::{fs, os::unix::net::UnixDatagram, path::Path, time::Instant};

use fakes::{
    gateway::{Gateway, Seen},
    management::Management,
    process::Agent,
};
use postern_bundle::*;
use postern_model::feed::GatewayState;
use serde_json::{Value, json};

fn echo(path: &str) -> Value {
    json!({ "path": path, "serviceUrl": "http://echo.example.com" })
}

fn policy(header: &str) -> Value {
    json!({ "format": "rawxml", "value": format!(
        r#"<policies><inbound><base /><set-header name="{header}" exists-action="override"><value>1</value></set-header></inbound></policies>"#
    )})
}

fn service() -> Vec<(&'static str, Value)> {
    vec![
        ("/", json!({ "name": "contoso" })),
        ("/gateways/edge", json!({ "locationData": { "name": "Plant 7" } })),
        ("/apis/echo", echo("echo")),
        ("/apis/echo/operations/get", json!({ "method": "GET", "urlTemplate": "/resource" })),
        ("/apis/other", echo("other")),
    ]
}

fn api(bundle: &Bundle, name: &str) -> Option<Api> {
    let key = PartKey::Api(name.to_owned());
    match bundle.get(&key)?.decode(&key).unwrap() {
        Part::Api(api) => Some(api),
        other => panic!("{other:?}"),
    }
}

fn path_of(bundle: &Bundle, name: &str) -> Option<String> {
    api(bundle, name).map(|api| api.path)
}

#[test]
fn a_service_reaches_the_gateway_and_its_state_reaches_management() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&folder.path().join("gateway.sock"));
    let management = Management::start(&service());
    let mut agent = Agent::start(&gateway.socket, &[&management.url()], &[]);
    let bundle = gateway.next_bundle();
    let Part::Service(part) = bundle.get(&PartKey::Service).unwrap().decode(&PartKey::Service).unwrap() else {
        panic!()
    };
    assert_eq!(
        (part.name.as_str(), part.gateway.as_deref(), part.region.as_str()),
        ("contoso", Some("edge"), "Plant 7")
    );
    assert_eq!(api(&bundle, "echo").unwrap().operations[0].url_template, "/resource");
    let ready = agent.ready();
    assert_eq!((&ready["ready"], &ready["component"]), (&json!(true), &json!("agent")));
    assert_eq!(ready["generation"], bundle.generation());
    assert_eq!(ready["pid"], agent.pid());
    let heartbeat = management.heartbeat(|heartbeat| heartbeat.state == GatewayState::Ready);
    assert_eq!(heartbeat.generation, Some(bundle.generation()));
    assert_eq!(heartbeat.root_hash, Some(bundle.root_hash().to_string()));
    assert_eq!(heartbeat.continuation.as_deref(), Some("c-1"));
    assert_eq!((heartbeat.driver.as_deref(), heartbeat.workers), (Some("epoll"), Some(1)));
    assert_eq!(heartbeat.gateway_version.as_deref(), Some("9.9.9"));
    assert!(heartbeat.diagnostics.is_empty() && !heartbeat.instance.is_empty());
    assert_eq!(agent.terminate().code(), Some(0));
}

#[test]
fn a_changed_policy_is_pushed_as_one_part_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&folder.path().join("gateway.sock"));
    let management = Management::start(&service());
    let _agent = Agent::start(&gateway.socket, &[&management.url()], &[]);
    gateway.next_bundle();
    for round in 0..5 {
        let changed = Instant::now();
        management.put("/apis/echo/policies/policy", policy(&format!("X-{round}")));
        let Seen::Applied { bundle, put, delta } = gateway.next() else { panic!() };
        let took = changed.elapsed();
        assert_eq!((put, delta), (1, true));
        assert!(api(&bundle, "echo").unwrap().policy.unwrap().text.contains(&format!("X-{round}")));
        assert!(took.as_millis() < 1_000, "{} ms", took.as_millis());
    }
    management.delete("/apis/other");
    assert_eq!(path_of(&gateway.next_bundle(), "other"), None);
}

#[test]
fn a_broken_policy_is_in_the_log_and_in_management_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&folder.path().join("gateway.sock"));
    let management = Management::start(&service());
    let agent = Agent::start(&gateway.socket, &[&management.url()], &[]);
    gateway.next_bundle();
    let broken = "<policies>\n  <inbound>\n    <set-header />\n  </inbound>\n</policies>";
    management.put("/apis/echo/policies/policy", json!({ "format": "rawxml", "value": broken }));
    let event = agent.event(|fields| fields["scope"] == "/apis/echo/policies/policy");
    assert_eq!(event["level"], "ERROR");
    assert_eq!(event["fields"]["line"], 3);
    assert!(event["fields"]["column"].as_u64().unwrap() > 0 && !event["fields"]["code"].as_str().unwrap().is_empty());
    let heartbeat = management.heartbeat(|heartbeat| heartbeat.state == GatewayState::Degraded);
    let found = heartbeat.diagnostics.iter().find(|found| found.severity == "error").unwrap();
    assert_eq!((found.scope.as_str(), found.line), ("/apis/echo/policies/policy", 3));
    // The others go on.
    management.put("/apis/other", echo("moved"));
    let bundle = gateway.next_bundle();
    assert_eq!(path_of(&bundle, "other").as_deref(), Some("moved"));
    assert_eq!(api(&bundle, "echo").unwrap().policy, None);
    management.delete("/apis/echo/policies/policy");
    management.heartbeat(|heartbeat| heartbeat.state == GatewayState::Ready);
}

#[test]
fn a_restarted_gateway_and_one_that_talks_nonsense_get_everything_again() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&folder.path().join("gateway.sock"));
    let management = Management::start(&service());
    let agent = Agent::start(&gateway.socket, &[&management.url()], &[]);
    let first = gateway.next_bundle();
    gateway.restart();
    let Seen::Applied { bundle, delta, .. } = gateway.next() else { panic!() };
    assert_eq!((bundle.root_hash(), delta), (first.root_hash(), false));
    gateway.send_garbage();
    agent.message("gateway disconnected");
    // The connection is new, the configuration is not: a change is a delta at once.
    agent.message("gateway connected");
    management.put("/apis/echo", echo("new"));
    assert!(matches!(gateway.next(), Seen::Applied { delta: true, .. }));
}

#[test]
fn a_rejected_generation_is_reported_and_the_next_change_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&folder.path().join("gateway.sock"));
    let management = Management::start(&service());
    let _agent = Agent::start(&gateway.socket, &[&management.url()], &[]);
    gateway.next_bundle();
    gateway.reject_next(RejectedReason::Invalid);
    management.put("/apis/echo", echo("refused"));
    let heartbeat = management.heartbeat(|heartbeat| heartbeat.state == GatewayState::Degraded);
    assert!(heartbeat.reason.unwrap().contains("it cannot be built"));
    management.put("/apis/echo", echo("good"));
    assert_eq!(path_of(&gateway.next_bundle(), "echo").as_deref(), Some("good"));
}

#[test]
fn agent_and_gateway_restarted_without_management_serve_from_the_backup() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let gateway = Gateway::start(&folder.path().join("gateway.sock"));
    let management = Management::start(&service());
    let address = management.address;
    let agent = Agent::start(&gateway.socket, &[&management.url()], &["--data", data]);
    let first = gateway.next_bundle();
    agent.message("backup written");
    let source = management.url();
    drop(management);
    agent.kill();
    gateway.restart();
    let mut agent = Agent::start(&gateway.socket, &[&source], &["--data", data]);
    let served = gateway.next_bundle();
    assert_eq!((served.generation(), served.root_hash()), (first.generation(), first.root_hash()));
    assert_eq!(agent.ready()["generation"], first.generation());
    // Management comes back with something new: the agent notices by itself.
    let mut changed = service();
    changed[2] = ("/apis/echo", echo("new"));
    let management = Management::start_at(address, &changed);
    let Seen::Applied { bundle, delta, .. } = gateway.next() else { panic!() };
    assert_eq!((path_of(&bundle, "echo").as_deref(), delta), (Some("new"), true));
    management.heartbeat(|heartbeat| heartbeat.state == GatewayState::Ready);
}

#[test]
fn a_backup_that_was_tampered_with_is_named_and_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let gateway = Gateway::start(&folder.path().join("gateway.sock"));
    let management = Management::start(&service());
    let source = management.url();
    let agent = Agent::start(&gateway.socket, &[&source], &["--data", data.to_str().unwrap()]);
    gateway.next_bundle();
    agent.message("backup written");
    agent.kill();
    drop(management);
    gateway.restart();
    let file = data.join("backup.postern");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let agent = Agent::start(&gateway.socket, &[&source], &["--data", data.to_str().unwrap()]);
    let event = agent.event(|fields| fields["code"] == "backup-unusable");
    assert!(event["fields"]["error"].as_str().unwrap().contains("damaged"), "{event}");
    assert!(matches!(gateway.next(), Seen::Unconfigured(_)));
}

#[test]
fn without_backup_and_with_a_refused_token_the_gateway_is_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&folder.path().join("gateway.sock"));
    let management = Management::start(&service());
    management.refuse("GatewayTokenExpired");
    let agent = Agent::start(&gateway.socket, &[&management.url()], &[]);
    let Seen::Unconfigured(reason) = gateway.next() else { panic!() };
    assert!(reason.contains("GatewayTokenExpired"), "{reason}");
    assert_eq!(agent.message("source cannot be read")["level"], "ERROR");
}

#[test]
fn a_feed_that_is_cut_off_changes_nothing_and_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&folder.path().join("gateway.sock"));
    let management = Management::start(&service());
    management.cut_next_feed(3);
    let agent = Agent::start(&gateway.socket, &[&management.url()], &[]);
    agent.message("source cannot be read");
    assert!(matches!(gateway.next(), Seen::Unconfigured(_)));
    let whole = gateway.next_bundle();
    assert!(path_of(&whole, "echo").is_some() && path_of(&whole, "other").is_some());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn tree(folder: &Path) -> std::path::PathBuf {
    let root = folder.join("artifacts");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v7"), &root);
    root
}

#[test]
fn a_directory_is_watched_and_a_half_written_file_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&folder.path().join("gateway.sock"));
    let root = tree(folder.path());
    let mut agent = Agent::start(&gateway.socket, &[&format!("apiops:{}", root.display())], &[]);
    let first = gateway.next_bundle();
    assert_eq!(path_of(&first, "orders").as_deref(), Some("orders"));
    agent.ready();
    // A writer that stops in the middle: the API stays as it was, and the file is named.
    let file = root.join("apis/echo/apiInformation.json");
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let event = agent.event(|fields| fields["code"] == "json-invalid");
    assert_eq!(event["fields"]["file"], "apis/echo/apiInformation.json");
    assert_eq!(path_of(&gateway.current().unwrap(), "echo").as_deref(), Some("echo"));
    // It goes on with something else.
    fs::write(&file, whole.replace("\"echo\"", "\"moved\"")).unwrap();
    assert_eq!(path_of(&gateway.next_bundle(), "echo").as_deref(), Some("moved"));
    fs::remove_dir_all(root.join("apis/echo")).unwrap();
    assert_eq!(path_of(&gateway.next_bundle(), "echo"), None);
}

#[test]
fn a_directory_laid_over_an_endpoint_wins() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&folder.path().join("gateway.sock"));
    let management = Management::start(&service());
    let root = tree(folder.path());
    let local = format!("apiops:{}", root.display());
    let _agent = Agent::start(&gateway.socket, &[&management.url(), &local], &[]);
    let bundle = gateway.next_bundle();
    assert_eq!(api(&bundle, "echo").unwrap().protocols, ["http", "https"], "of the directory");
    assert!(path_of(&bundle, "other").is_some() && path_of(&bundle, "orders").is_some());
}

#[test]
fn a_token_for_another_gateway_ends_the_agent_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let management = Management::start(&service());
    let socket = folder.path().join("gateway.sock");
    let agent = Agent::start(&socket, &[&management.url()], &["--gateway", "other"]);
    let event = agent.message("agent cannot go on");
    assert!(event["fields"]["error"].as_str().unwrap().contains("\"edge\""), "{event}");
}

#[test]
fn systemd_hears_of_readiness_state_watchdog_and_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&folder.path().join("gateway.sock"));
    let management = Management::start(&service());
    let systemd = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    systemd.set_read_timeout(Some(fakes::gateway::PATIENCE)).unwrap();
    let notify = folder.path().join("notify");
    let environment = [("NOTIFY_SOCKET", notify.to_str().unwrap()), ("WATCHDOG_USEC", "200000")];
    let agent = Agent::start_in(&gateway.socket, &[&management.url()], &[], &environment);
    let wait = |wanted: &str| {
        let mut buffer = [0; 4096];
        loop {
            let length = systemd.recv(&mut buffer).expect(wanted);
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.contains(wanted) {
                return;
            }
        }
    };
    wait("READY=1");
    wait("STATUS=ready, generation 1, 2 APIs");
    wait("WATCHDOG=1");
    wait("WATCHDOG=1");
    assert_eq!(agent.terminate().code(), Some(0));
    wait("STOPPING=1");
}

#[test]
fn a_tree_that_is_replaced_by_a_link_is_read_and_watched() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&folder.path().join("gateway.sock"));
    let first = tree(folder.path());
    let second = folder.path().join("second");
    copy(&first, &second);
    fs::remove_dir_all(second.join("apis/echo")).unwrap();
    let current = folder.path().join("current");
    std::os::unix::fs::symlink(&first, &current).unwrap();
    let _agent = Agent::start(&gateway.socket, &[&format!("apiops:{}", current.display())], &[]);
    assert!(path_of(&gateway.next_bundle(), "echo").is_some());
    std::os::unix::fs::symlink(&second, folder.path().join("next")).unwrap();
    fs::rename(folder.path().join("next"), &current).unwrap();
    assert!(path_of(&gateway.next_bundle(), "echo").is_none());
    let file = second.join("apis/orders/apiInformation.json");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("\"orders\",", "\"bestellungen\",")).unwrap();
    assert_eq!(path_of(&gateway.next_bundle(), "orders").as_deref(), Some("bestellungen"));
}
