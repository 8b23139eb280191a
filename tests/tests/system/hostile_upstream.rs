//! Origins that answer badly, too much, or not at all (`facts/peers.md` C2, row 5): the caller gets one right answer
//! or a clear error, and never another caller's bytes.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use postern_tests::client::Fate;
use postern_tests::gateway::Gateway;
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, Seen, Then, response};
use postern_tests::service::{Configuration, inbound, open_api, operation};
use postern_tests::wait;

use crate::front::Front;

on_both_drivers! {
    fn bytes_after_an_answer_never_become_the_next_answer(driver) {
        let front = Front::with(driver, |seen, conversation| match seen.target().as_str() {
            "/more" => {
                let extra = response(200, &[], b"poison");
                conversation.answer_after_body(&[response(200, &[], b"first"), extra].concat())
            }
            "/garbage" => conversation.answer_after_body(&[response(200, &[], b"first"), b"garbage".to_vec()].concat()),
            _ => conversation.ok(b"clean"),
        });
        for path in ["/a/more", "/a/garbage"] {
            for _ in 0..5 {
                let mut client = front.gateway.client();
                assert_eq!(client.get(path, &[]).text(), "first", "{path}");
                assert_eq!(client.get("/a/next", &[]).text(), "clean", "{path}");
            }
        }
    }

    fn an_answer_that_comes_before_its_request_is_thrown_away(driver) {
        let (go, wait_for_go) = channel::<()>();
        let (sent, wait_for_sent) = channel::<()>();
        let ends = Mutex::new((wait_for_go, sent));
        let front = Front::with(driver, move |seen, conversation| {
            let then = conversation.ok(b"right");
            if seen.target() == "/early" {
                // The caller has its answer by then, so the connection is in the pool.
                let ends = ends.lock().unwrap();
                let _ = ends.0.recv();
                let _ = conversation.send(&response(200, &[], b"poison"));
                let _ = ends.1.send(());
            }
            then
        });
        let mut client = front.gateway.client();
        for _ in 0..20 {
            assert_eq!(client.get("/a/early", &[]).text(), "right");
            go.send(()).unwrap();
            // What is sent over loopback is at the other end when the call returns.
            wait_for_sent.recv().unwrap();
            assert_eq!(client.get("/a/next", &[]).text(), "right");
        }
    }

    fn a_malformed_answer_is_502_and_its_connection_is_not_used_again(driver) {
        const BAD: [&str; 22] = [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX : y\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\n: a\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
            "HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1  200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTPP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "200 OK\r\n\r\n",
            "hello\r\n\r\n",
            "\x15\x03\x03\x00\x02\x02\x46\r\n\r\n",
        ];
        let front = Front::with(driver, |seen, conversation| match seen.target().trim_start_matches('/').parse() {
            Ok(index) => {
                let _: usize = index;
                conversation.answer_after_body(BAD[index].as_bytes())
            }
            Err(_) => conversation.ok(b"clean"),
        });
        let mut failures = Vec::new();
        for (index, bad) in BAD.iter().enumerate() {
            let answer = front.gateway.get(&format!("/a/{index}"), &[]);
            if answer.status != 502 {
                failures.push(format!("{bad:?}: {} {}", answer.status, answer.text()));
            }
            assert_eq!(front.gateway.get("/a/next", &[]).text(), "clean", "{bad:?}");
        }
        assert!(failures.is_empty(), "{failures:#?}");
        for seen in front.origin.seen().windows(2).filter(|pair| pair[0].target() != "/next") {
            assert_ne!(seen[0].connection, seen[1].connection, "after {}", seen[0].target());
        }
    }

    fn a_head_without_end_is_502(driver) {
        let front = Front::with(driver, |seen, conversation| match seen.target().as_str() {
            "/endless" => {
                let _ = conversation.send(b"HTTP/1.1 200 OK\r\n");
                while conversation.send("X-Filler: 0123456789\r\n".repeat(1000).as_bytes()).is_ok() {}
                Then::Close
            }
            "/line" => {
                let _ = conversation.send(b"HTTP/1.1 200 OK\r\nX: ");
                while conversation.send("0123456789".repeat(1000).as_bytes()).is_ok() {}
                Then::Close
            }
            _ => conversation.ok(b"clean"),
        });
        for path in ["/a/endless", "/a/line"] {
            assert_eq!(front.gateway.get(path, &[]).status, 502, "{path}");
        }
        assert_eq!(front.gateway.get("/a/next", &[]).text(), "clean");
    }

    fn an_origin_that_closes_inside_the_head_is_502(driver) {
        let front = Front::with(driver, |seen, conversation| match seen.target().as_str() {
            "/next" => conversation.ok(b"clean"),
            "/reset" => {
                let _ = conversation.send(b"HTTP/1.1 200 OK\r\nContent-");
                Then::Reset
            }
            _ => {
                let _ = conversation.send(b"HTTP/1.1 200 OK\r\nContent-");
                Then::Close
            }
        });
        for path in ["/a/close", "/a/reset"] {
            assert_eq!(front.gateway.get(path, &[]).status, 502, "{path}");
        }
        assert_eq!(front.gateway.get("/a/next", &[]).text(), "clean");
    }

    fn a_body_that_breaks_off_breaks_off_for_the_caller_too(driver) {
        let front = Front::with(driver, |seen, conversation| {
            let head = match seen.target().as_str() {
                "/length" => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello",
                "/chunked" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                "/inside-a-chunk" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhello",
                "/broken-chunk" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n",
                _ => return conversation.ok(b"clean"),
            };
            let _ = conversation.send(head.as_bytes());
            Then::Close
        });
        for path in ["/a/length", "/a/chunked", "/a/inside-a-chunk", "/a/broken-chunk"] {
            let mut client = front.gateway.client();
            client.send(format!("GET {path} HTTP/1.1\r\nHost: gateway.test\r\n\r\n").as_bytes());
            // When nothing was sent yet, a clear error is as good.
            match client.try_read_response_to("GET") {
                Ok(answer) => assert_eq!(answer.status, 502, "{path}: {}", answer.text()),
                Err(error) => assert!(
                    matches!(error.kind(), std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::ConnectionReset),
                    "{path}: {error}"
                ),
            }
            assert_eq!(front.gateway.get("/a/next", &[]).text(), "clean", "{path}");
        }
    }

    fn a_body_that_ends_with_its_connection_arrives_whole(driver) {
        let front = Front::with(driver, |_, conversation| {
            let _ = conversation.send(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n");
            for _ in 0..100 {
                let _ = conversation.send(&[b'x'; 1000]);
            }
            Then::Close
        });
        let mut client = front.gateway.client();
        for _ in 0..2 {
            let answer = client.get("/a/x", &[]);
            assert_eq!((answer.status, answer.body.len()), (200, 100_000));
            assert_eq!(answer.header("content-type"), Some("text/plain"));
            if answer.header("connection") == Some("close") {
                client = front.gateway.client();
            }
        }
    }

    fn an_upload_that_the_caller_breaks_off_is_broken_off_at_the_origin(driver) {
        let front = Front::start(driver);
        for lines in ["Content-Length: 100000\r\n", "Transfer-Encoding: chunked\r\n"] {
            front.origin.clear();
            let mut client = front.gateway.client();
            let request = format!("POST /a/upload HTTP/1.1\r\nHost: gateway.test\r\n{lines}\r\n5\r\nhello\r\n");
            client.send(request.as_bytes());
            front.origin.wait_for(1);
            client.reset();
            wait::until("the broken upload", || front.origin.seen()[0].stray.then_some(()));
            let broken = front.origin.seen()[0].connection;
            for _ in 0..4 {
                assert_eq!(front.gateway.get("/a/next", &[]).status, 200);
            }
            assert!(front.origin.seen()[1..].iter().all(|seen| seen.connection != broken && !seen.stray));
        }
    }

    fn a_request_answered_without_its_body_does_not_leave_the_body_behind(driver) {
        let origin = Origin::start();
        let mut api = open_api("a", &origin.url());
        let mut refusing = operation("POST", "/refuse");
        refusing.policy = inbound("<return-response><set-status code=\"403\" reason=\"No\"/></return-response>");
        api.operations.push(refusing);
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let body = "GET /a/hidden HTTP/1.1\r\nHost: gateway.test\r\n\r\n".repeat(3);
        let head = "POST /a/refuse HTTP/1.1\r\nHost: gateway.test\r\n";
        let whole = [
            format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()),
            format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()),
        ];
        for request in whole {
            let mut client = gateway.client();
            client.send(request.as_bytes());
            let answer = client.read_response();
            assert_eq!(answer.status, 403);
            if answer.header("connection") == Some("close") {
                assert_ne!(client.fate(), Fate::Talks);
            } else {
                assert_eq!(client.get("/a/next", &[]).status, 200);
            }
        }
        assert_eq!(gateway.get("/a/next", &[]).status, 200);
        assert!(origin.seen().iter().all(|seen| seen.target() == "/next"), "{:?}", origin.seen());
    }

    fn a_connection_that_the_origin_closed_while_idle_costs_no_request(driver) {
        let front = Front::start(driver);
        let mut client = front.gateway.client();
        for round in 0..20 {
            let (method, body): (_, &[u8]) = if round % 2 == 0 { ("GET", b"") } else { ("POST", b"hello") };
            assert_eq!(client.request(method, "/a/x", &[], body).status, 200, "round {round}");
            front.origin.close_connections();
        }
    }

    fn a_reused_connection_that_dies_before_its_answer_is_replaced_once_for_a_request_that_can_be_repeated(driver) {
        static DEATHS: AtomicUsize = AtomicUsize::new(0);
        DEATHS.store(0, Ordering::SeqCst);
        let front = Front::with(driver, |seen: &Seen, conversation| {
            // The first connection answers once and dies at its second request.
            if seen.connection == 0 && seen.target() != "/first" {
                DEATHS.fetch_add(1, Ordering::SeqCst);
                let _ = conversation.read_body();
                return Then::Close;
            }
            conversation.ok(b"ok")
        });
        let mut client = front.gateway.client();
        assert_eq!(client.get("/a/first", &[]).status, 200);
        assert_eq!(client.get("/a/second", &[]).text(), "ok");
        let seen: Vec<(usize, String)> =
            front.origin.seen().iter().map(|seen| (seen.connection, seen.target())).collect();
        assert_eq!(seen, [(0, "/first".to_owned()), (0, "/second".to_owned()), (1, "/second".to_owned())]);
        assert_eq!(DEATHS.load(Ordering::SeqCst), 1);
    }

    fn a_request_that_may_have_had_an_effect_is_not_repeated(driver) {
        let front = Front::with(driver, |seen, conversation| {
            if seen.target() == "/second" {
                let _ = conversation.read_body();
                return Then::Close;
            }
            conversation.ok(b"ok")
        });
        let mut client = front.gateway.client();
        assert_eq!(client.get("/a/first", &[]).status, 200);
        let answer = client.request("POST", "/a/second", &[], b"order");
        assert!(matches!(answer.status, 500 | 502), "{}", answer.head);
        let orders = front.origin.seen().iter().filter(|seen| seen.target() == "/second").count();
        assert_eq!(orders, 1);
    }

    fn an_origin_that_always_dies_is_an_error_and_not_a_loop(driver) {
        let front = Front::with(driver, |_, _| Then::Close);
        let answer = front.gateway.get("/a/x", &[]);
        assert!(matches!(answer.status, 500 | 502), "{}", answer.head);
        assert!(front.origin.connection_count() <= 2, "{}", front.origin.connection_count());
    }
}
