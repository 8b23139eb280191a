//! The control socket: a generation is applied whole or not at all, and nothing that comes over it harms what is
//! served.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

use postern_bundle::{AgentMessage, Begin, Commit, GatewayMessage, Hash, RejectedReason};
use postern_tests::gateway::{Gateway, Options};
use postern_tests::on_both_drivers;
use postern_tests::origin::Origin;
use postern_tests::push::Pusher;
use postern_tests::service::{Configuration, inbound, open_api};
use postern_tests::wait;

fn configuration(origin: &Origin, name: &str) -> Configuration {
    Configuration::of(open_api(name, &origin.url()))
}

on_both_drivers! {
    fn a_generation_that_is_sent_by_half_is_never_applied(driver) {
        let origin = Origin::start();
        let mut gateway = Gateway::with(driver, &configuration(&origin, "a"));
        gateway.pusher().send_changes(&configuration(&origin, "b").bundle(2));
        gateway.disconnect_pusher();
        // The next agent is told what is in force.
        let next = Pusher::connect(&gateway.socket);
        assert_eq!(next.hello.generation, Some(1));
        assert_eq!(next.hello.root_hash, Some(configuration(&origin, "a").bundle(1).root_hash()));
        assert_eq!((gateway.get("/a/x", &[]).status, gateway.get("/b/x", &[]).status), (200, 404));
    }

    fn a_commit_that_does_not_fit_what_was_sent_is_rejected_and_the_old_generation_serves(driver) {
        let origin = Origin::start();
        let mut gateway = Gateway::with(driver, &configuration(&origin, "a"));
        let bundle = configuration(&origin, "b").bundle(2);
        let pusher = gateway.pusher();
        pusher.send_changes(&bundle);
        pusher.send(&AgentMessage::Commit(Commit { generation: 2, root_hash: Hash([7; 32]) }));
        let rejected = pusher.wait_for(|message| match message {
            GatewayMessage::Rejected(rejected) => Some(rejected),
            GatewayMessage::Applied(_) => panic!("applied"),
            _ => None,
        });
        assert_eq!(rejected.reason, RejectedReason::Corrupt);
        assert_eq!((gateway.get("/a/x", &[]).status, gateway.get("/b/x", &[]).status), (200, 404));
    }

    fn changes_to_a_base_the_gateway_does_not_have_are_rejected(driver) {
        let origin = Origin::start();
        let mut gateway = Gateway::with(driver, &configuration(&origin, "a"));
        let pusher = gateway.pusher();
        pusher.send(&AgentMessage::Begin(Begin { generation: 9, base: Some(Hash([9; 32])) }));
        let reason = pusher.wait_for(|message| match message {
            GatewayMessage::Rejected(rejected) => Some(rejected.reason),
            _ => None,
        });
        assert_eq!(reason, RejectedReason::BaseMismatch);
        assert_eq!(gateway.get("/a/x", &[]).status, 200);
    }

    fn bytes_that_are_no_frames_end_the_connection_and_nothing_else(driver) {
        let origin = Origin::start();
        let mut gateway = Gateway::with(driver, &configuration(&origin, "a"));
        gateway.disconnect_pusher();
        let garbage: [&[u8]; 7] = [
            b"GET / HTTP/1.1\r\n\r\n",
            &[0xff; 64],
            &[0; 64],
            &[5, 0, 0, 0, 0x99, 1, 2, 3, 4],
            &[2, 0, 0, 0, 0x02, 0xff],
            &[0, 0, 0, 0x7f, 0x03],
            &[1, 0, 0, 0, 0x01],
        ];
        for bytes in garbage {
            // As first bytes of a connection, and after a handshake.
            let mut raw = UnixStream::connect(&gateway.socket).unwrap();
            raw.set_read_timeout(Some(postern_tests::limits::HANG)).unwrap();
            raw.write_all(bytes).unwrap();
            let mut rest = Vec::new();
            // Whatever the gateway says to it, it ends the connection.
            let _ = raw.read_to_end(&mut rest);
            let pusher = Pusher::connect(&gateway.socket);
            pusher.send_bytes(bytes);
            pusher.wait_for_end();
            assert_eq!(gateway.get("/a/x", &[]).status, 200, "{bytes:?}");
        }
        // A frame cut off in the middle.
        let pusher = Pusher::connect(&gateway.socket);
        pusher.send_bytes(&[200, 0, 0, 0, 0x03, 1, 2, 3]);
        drop(pusher);
        gateway.push(&configuration(&origin, "b"));
        assert_eq!((gateway.get("/a/x", &[]).status, gateway.get("/b/x", &[]).status), (404, 200));
        assert!(gateway.process.is_running());
    }

    fn one_api_that_does_not_compile_is_left_out_and_reported(driver) {
        let origin = Origin::start();
        let mut broken = open_api("broken", &origin.url());
        broken.policy = inbound("<no-such-attribute-anywhere");
        let mut both = configuration(&origin, "a");
        both.apis.push(broken);
        let mut gateway = Gateway::unconfigured(&Options::new(driver));
        let applied = gateway.pusher().push(&both.bundle(1));
        let found = applied.diagnostics.iter().find(|diagnostic| diagnostic.scope.starts_with("/apis/broken"));
        let found = found.unwrap_or_else(|| panic!("{:?}", applied.diagnostics));
        assert!(found.line >= 1 && found.column >= 1 && !found.message.is_empty(), "{found:?}");
        assert_eq!(gateway.get("/a/x", &[]).status, 200);
        // Never a request without its policy.
        assert_ne!(gateway.get("/broken/x", &[]).status, 200);
        assert!(origin.seen().iter().all(|seen| seen.target() == "/x") && origin.seen().len() == 1);
    }

    fn the_socket_is_for_its_owner_only(driver) {
        let gateway = Gateway::unconfigured(&Options::new(driver));
        let mode = std::fs::metadata(&gateway.socket).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    fn an_agent_that_comes_back_changes_nothing_until_it_pushes(driver) {
        let origin = Origin::start();
        let mut gateway = Gateway::with(driver, &configuration(&origin, "a"));
        for _ in 0..5 {
            gateway.disconnect_pusher();
            assert_eq!(gateway.get("/a/x", &[]).status, 200);
            assert_eq!(gateway.pusher().hello.generation, Some(1));
        }
        let status = wait::until("the state page", || {
            let status = gateway.status();
            (status.status == 200).then_some(status)
        });
        assert_eq!(status.json()["generation"], 1);
    }
}
