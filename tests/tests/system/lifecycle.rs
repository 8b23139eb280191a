//! Start, state, drain, systemd and workers that die.

use std::os::unix::net::UnixDatagram;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use postern_tests::client::{Client, Fate};
use postern_tests::driver::Driver;
use postern_tests::gateway::{Gateway, Options, STATUS_PATH};
use postern_tests::limits::HANG;
use postern_tests::load::{Load, is_ok};
use postern_tests::on_both_drivers;
use postern_tests::origin::Origin;
use postern_tests::service::{Configuration, open_api};
use postern_tests::wait;
use rustix::process::Signal;

fn configuration(origin: &Origin) -> Configuration {
    Configuration::of(open_api("a", &origin.url()))
}

/// An origin that holds its answer to `/slow` until told.
fn slow_origin() -> (Origin, std::sync::mpsc::Sender<()>) {
    let (release, released) = channel::<()>();
    let released = Mutex::new(released);
    let origin = Origin::with(move |seen, conversation| {
        if seen.target() == "/slow" {
            let _ = released.lock().unwrap().recv_timeout(HANG);
        }
        conversation.ok(b"ok")
    });
    (origin, release)
}

fn assert_not_ready(gateway: &Gateway, reason: &str) {
    for status in [gateway.status(), gateway.get(STATUS_PATH, &[])] {
        assert_eq!(status.status, 503, "{}", status.text());
        assert!(status.text().contains(reason), "{reason:?} is not in {}", status.text());
    }
    let answer = gateway.get("/a/x", &[]);
    assert_eq!((answer.status, answer.json()["statusCode"].as_u64()), (503, Some(503)));
    assert!(answer.text().contains(reason), "{reason:?} is not in {}", answer.text());
}

on_both_drivers! {
    fn without_configuration_nothing_is_served_and_the_reason_is_told(driver) {
        let mut gateway = Gateway::unconfigured(&Options::new(driver));
        assert_not_ready(&gateway, "configuration");
        let origin = Origin::start();
        gateway.push(&configuration(&origin));
        for status in [gateway.status(), gateway.get(STATUS_PATH, &[])] {
            assert_eq!(status.status, 200, "{}", status.text());
        }
        assert_eq!(gateway.get("/a/x", &[]).status, 200);
        gateway.pusher().unconfigure("the token expired on 2026-11-24");
        wait::until("not ready", || (gateway.status().status == 503).then_some(()));
        wait::until("503 on every worker", || {
            (0..16).all(|_| gateway.get("/a/x", &[]).status == 503).then_some(())
        });
        assert_not_ready(&gateway, "the token expired on 2026-11-24");
    }

    fn sigterm_answers_what_is_under_way_and_takes_nothing_new(driver) {
        let (origin, release) = slow_origin();
        let mut gateway = Gateway::with(driver, &configuration(&origin));
        let mut idle = gateway.client();
        assert_eq!(idle.get("/a/x", &[]).status, 200);
        let mut busy = gateway.client();
        busy.send(b"GET /a/slow HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
        origin.wait_for(2);
        gateway.begin_drain();
        assert_eq!(idle.fate(), Fate::Closed);
        assert!(gateway.process.is_running());
        release.send(()).unwrap();
        let answer = busy.read_response();
        assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(busy.fate(), Fate::Closed);
        let status = gateway.process.wait();
        assert!(status.success(), "{status}");
    }

    fn callers_whose_connections_were_not_yet_taken_when_the_process_was_told_to_end_are_answered(driver) {
        let origin = Origin::start();
        let mut gateway = Gateway::with(driver, &configuration(&origin));
        assert_eq!(gateway.get("/a/x", &[]).status, 200);
        // A stopped process takes no connections: they wait with their requests in the kernel's queue.
        gateway.process.signal(Signal::STOP);
        let mut waiting: Vec<Client> = (0..8).map(|_| gateway.client()).collect();
        for client in &mut waiting {
            client.send(b"GET /a/x HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
        }
        let mut silent = gateway.client();
        gateway.process.signal(Signal::TERM);
        gateway.process.signal(Signal::CONT);
        for mut client in waiting {
            // The first of them may be served before the signal is heard: then its answer does not say yet that we close.
            assert_eq!(client.read_response().status, 200);
            assert_eq!(client.fate(), Fate::Closed);
        }
        assert_eq!(silent.fate(), Fate::Closed);
        let status = gateway.process.wait();
        assert!(status.success(), "{status}");
    }

    fn the_drain_ends_at_its_deadline(driver) {
        let (origin, _never) = slow_origin();
        let options = Options::new(driver).argument("--drain-timeout").argument("1s");
        let mut gateway = Gateway::with_options(&options, &configuration(&origin));
        let mut busy = gateway.client();
        busy.send(b"GET /a/slow HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
        origin.wait_for(1);
        // `stop` would wait much longer than the deadline: that the process ends at all is the fact.
        gateway.process.stop();
        assert!(matches!(busy.fate(), Fate::Closed | Fate::Reset));
    }

    fn systemd_hears_of_ready_watchdog_and_stopping(driver) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let notify = UnixDatagram::bind(&path).unwrap();
        notify.set_read_timeout(Some(HANG)).unwrap();
        let options = Options::new(driver)
            .variable("NOTIFY_SOCKET", path.as_os_str())
            .variable("WATCHDOG_USEC", "2000000");
        let mut gateway = Gateway::unconfigured(&options);
        let mut heard = Vec::new();
        let mut hear = |line: &str| {
            while !heard.iter().any(|found: &String| found == line) {
                let mut buffer = [0; 4096];
                let count = notify.recv(&mut buffer).unwrap_or_else(|error| panic!("{line}: {error}"));
                heard.extend(String::from_utf8_lossy(&buffer[..count]).lines().map(str::to_owned));
            }
        };
        hear("READY=1");
        hear("WATCHDOG=1");
        gateway.process.signal(Signal::TERM);
        hear("STOPPING=1");
        assert!(gateway.process.wait().success());
    }

    fn a_worker_that_panics_loses_only_its_own_connections_and_is_back(driver) {
        let origin = Origin::start();
        let options = Options::new(driver).workers(2).variable("POSTERN_TEST_HOOKS", "1");
        let mut gateway = Gateway::with_options(&options, &configuration(&origin));
        // Connections on both workers: the kernel spreads them by a hash of their ports.
        let accepted = |worker: &str| {
            gateway.metrics().sum("postern_connections_accepted_total", &[("worker", worker)])
        };
        let mut clients = Vec::new();
        while accepted("0") < 3.0 || accepted("1") < 3.0 {
            let mut client = gateway.client();
            assert_eq!(client.get("/a/x", &[]).status, 200);
            clients.push(client);
        }
        let others = accepted("1");
        gateway.process.signal(Signal::USR2);
        wait::until("the restart", || {
            (gateway.metrics().sum("postern_worker_restarts_total", &[("worker", "0")]) >= 1.0).then_some(())
        });
        let alive = clients.iter_mut().filter_map(|client| client.try_request("GET", "/a/x", &[], b"").ok()).count();
        #[expect(clippy::cast_precision_loss, reason = "a few connections")]
        let alive = alive as f64;
        // The scrapes above are on the operator listener: every counted connection is one of these clients.
        assert!((alive - others).abs() < 0.5, "{alive} of {others} live on");
        wait::until("worker 0 serving again", || {
            let _ = gateway.client().try_request("GET", "/a/x", &[], b"");
            (accepted("0") >= 4.0).then_some(())
        });
        for _ in 0..20 {
            assert_eq!(gateway.get("/a/x", &[]).status, 200);
        }
        assert!(gateway.process.is_running());
    }

    fn a_hundred_pushes_under_load_fail_no_request_and_reset_no_connection(driver) {
        let origin = Origin::start();
        let mut gateway = Gateway::with(driver, &configuration(&origin));
        let load = Load::start(gateway.http, 8, "/a/x", &[], is_ok);
        load.wait_for_more(50);
        for round in 0..100 {
            let mut changed = configuration(&origin);
            let value = format!("<set-header name=\"X-Round\"><value>{round}</value></set-header>");
            changed.apis[0].policy = postern_tests::service::policy("", "<base/>", &value);
            gateway.push(&changed);
            // In force on every worker when the push is acknowledged: on the very next request.
            let answer = gateway.get("/a/x", &[]);
            assert_eq!(answer.header("x-round"), Some(round.to_string().as_str()));
            load.wait_for_more(10);
        }
        let all = load.finish().unwrap();
        assert!(all.len() > 1000, "{}", all.len());
    }

    fn a_port_that_is_taken_and_a_flag_that_is_wrong_are_told_at_the_start(driver) {
        let cases: [(&[&str], &str); 4] = [
            (&["--workers", "0"], "workers"),
            (&["--no-such-flag"], "no-such-flag"),
            (&["--http", "nonsense"], "http"),
            (&["--socket", "/proc/nowhere/gateway.sock"], "/proc/nowhere"),
        ];
        for (arguments, told) in cases {
            let folder = tempfile::tempdir().unwrap();
            let mut command = std::process::Command::new(postern_tests::binaries::binary("postern-gateway"));
            command.args(["--operator", "127.0.0.1:0", "--driver", driver.name()]);
            if !arguments.contains(&"--http") {
                command.args(["--http", "127.0.0.1:0"]);
            }
            if !arguments.contains(&"--socket") {
                command.arg("--socket").arg(folder.path().join("s"));
            }
            command.args(arguments);
            let mut process = postern_tests::process::Process::start("gateway", &mut command, folder.path());
            let status = process.wait();
            assert!(!status.success(), "{arguments:?}");
            assert!(process.events().contains(told), "{arguments:?}: {}", process.events());
        }
    }
}

/// A second gateway on the same port would share its connections (SO_REUSEPORT), so the first one must be gone.
#[test]
fn a_gateway_started_again_on_its_port_serves_what_it_is_given() {
    let origin = Origin::start();
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::new(Driver::Epoll);
    for _ in 0..3 {
        let mut gateway = Gateway::in_folder(&options, folder.path());
        options.http = Some(gateway.http);
        gateway.push(&configuration(&origin));
        assert_eq!(gateway.get("/a/x", &[]).status, 200);
        gateway.process.kill();
    }
}
