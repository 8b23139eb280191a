//! Upgrade, Expect and answers that come at the wrong time (`facts/peers.md` C2, row 4).

use postern_tests::client::Fate;
use postern_tests::on_both_drivers;
use postern_tests::origin::{Then, response};

use crate::front::{Case, Expect, Front, HIDDEN, run_cases};

const SECOND: &str = "GET /a/second HTTP/1.1\r\nHost: gateway.test\r\n\r\n";

fn post(lines: &str) -> String {
    format!("POST /a/x HTTP/1.1\r\nHost: gateway.test\r\n{lines}\r\n")
}

on_both_drivers! {
    fn what_follows_an_upgrade_that_the_origin_did_not_take_is_the_next_request(driver) {
        let front = Front::start(driver);
        for upgrade in ["websocket", "h2c", "anything"] {
            front.origin.clear();
            let mut client = front.gateway.client();
            let settings = "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n";
            let lines = format!("{settings}Upgrade: {upgrade}\r\n");
            client.send(format!("GET /a/x HTTP/1.1\r\nHost: gateway.test\r\n{lines}\r\n{SECOND}").as_bytes());
            assert_eq!([client.read_response().status, client.read_response().status], [200, 200], "{upgrade}");
            let seen = front.origin.seen();
            assert_eq!(seen[0].request_line(), "GET /x HTTP/1.1");
            assert_eq!(seen[0].header("http2-settings"), None);
            assert_eq!(seen[1].text(), front.forwarded("GET /second", &[], ""), "{upgrade}");
            assert_eq!(seen.len(), 2);
        }
    }

    fn an_upgrade_with_a_body_is_a_request_with_a_body(driver) {
        let front = Front::start(driver);
        let mut client = front.gateway.client();
        let request = post("Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n");
        client.send(format!("{request}hello{SECOND}").as_bytes());
        assert_eq!([client.read_response().status, client.read_response().status], [200, 200]);
        let seen = front.origin.seen();
        assert_eq!((seen[0].body.as_slice(), seen.len()), (b"hello".as_slice(), 2));
        assert_eq!(seen[1].text(), front.forwarded("GET /second", &[], ""));
    }

    fn connect_is_refused_with_or_without_a_body(driver) {
        let front = Front::start(driver);
        let head = "CONNECT gateway.test:80 HTTP/1.1\r\nHost: gateway.test:80\r\n";
        let cases = [
            Case::new("no body", format!("{head}\r\n{HIDDEN}"), Expect::Refused(501)),
            Case::new("a body", format!("{head}Content-Length: 5\r\n\r\nhello{HIDDEN}"), Expect::Refused(501)),
        ];
        run_cases(&front, &cases);
    }

    fn an_expectation_that_is_not_100_continue_is_refused(driver) {
        let front = Front::start(driver);
        let cases = ["x 100-continue", "100-continue, x", "100-continue, 100-continue", "\"100-continue\"", "100-continuex", "200-ok", "100-continue;a=b"].map(|value| {
            let request = post(&format!("Expect: {value}\r\nContent-Length: 5\r\n"));
            Case::new(value, format!("{request}hello{HIDDEN}"), Expect::Refused(417))
        });
        run_cases(&front, &cases);
    }

    fn a_body_sent_without_waiting_for_100_is_the_body(driver) {
        let front = Front::start(driver);
        for value in ["100-continue", "100-Continue"] {
            front.origin.clear();
            let mut client = front.gateway.client();
            let request = post(&format!("Expect: {value}\r\nContent-Length: 5\r\n"));
            client.send(format!("{request}hello{SECOND}").as_bytes());
            assert_eq!([client.read_response().status, client.read_response().status], [200, 200]);
            let seen = front.origin.seen();
            assert_eq!((seen[0].body.as_slice(), seen.len()), (b"hello".as_slice(), 2));
            assert_eq!(seen[1].text(), front.forwarded("GET /second", &[], ""));
        }
    }

    fn a_caller_that_waits_for_100_gets_it_before_it_sends_the_body(driver) {
        let front = Front::with(driver, |seen, conversation| {
            if seen.header("expect").is_some() && conversation.send(b"HTTP/1.1 100 Continue\r\n\r\n").is_err() {
                return Then::Close;
            }
            conversation.ok(b"ok")
        });
        let mut client = front.gateway.client();
        for _ in 0..2 {
            client.send(post("Expect: 100-continue\r\nContent-Length: 5\r\n").as_bytes());
            assert_eq!(client.read_head().unwrap(), "HTTP/1.1 100 Continue\r\n\r\n");
            client.send(b"hello");
            assert_eq!(client.read_response().status, 200);
        }
        let bodies: Vec<_> = front.origin.seen().into_iter().map(|seen| seen.body).collect();
        assert_eq!(bodies, [b"hello", b"hello"]);
    }

    fn after_a_final_answer_to_an_expectation_the_unsent_body_is_not_waited_for(driver) {
        let front = Front::with(driver, |seen, conversation| {
            if seen.header("expect").is_none() {
                return conversation.ok(b"ok");
            }
            let _ = conversation.send(&response(401, &[], b"no"));
            Then::Close
        });
        let mut client = front.gateway.client();
        client.send(post("Expect: 100-continue\r\nContent-Length: 5\r\n").as_bytes());
        let answer = client.read_response();
        // Whether the body will come is unknown: only closing keeps it from being read as a request.
        assert_eq!((answer.status, answer.header("connection")), (401, Some("close")));
        client.send_as_far_as_possible(HIDDEN.as_bytes());
        assert_ne!(client.fate(), Fate::Talks);
        assert_eq!(front.gateway.get("/a/probe", &[]).status, 200);
        assert!(!front.origin.seen().iter().any(|seen| seen.target().contains("hidden")));
    }

    fn an_answer_before_the_end_of_the_body_reaches_the_caller(driver) {
        let front = Front::with(driver, |seen, conversation| {
            if seen.target() == "/probe" {
                return conversation.ok(b"ok");
            }
            let _ = conversation.send(&response(413, &[("Connection", "close")], b"too much"));
            // As a real server: the answer stays readable while the rest of the upload is thrown away.
            let _ = conversation.count_body();
            Then::Close
        });
        let mut client = front.gateway.client();
        client.send(post("Content-Length: 1000000\r\n").as_bytes());
        let answer = client.read_response();
        assert_eq!((answer.status, answer.text().as_str()), (413, "too much"));
        assert_eq!(answer.header("connection"), Some("close"));
        client.send_as_far_as_possible(HIDDEN.as_bytes());
        assert_ne!(client.fate(), Fate::Talks);
        assert_eq!(front.gateway.get("/a/probe", &[]).status, 200);
        assert!(!front.origin.seen().iter().any(|seen| seen.target().contains("hidden")));
    }

    fn an_answer_to_head_keeps_its_length_and_has_no_body(driver) {
        let front = Front::with(driver, |seen, conversation| match seen.request_line().starts_with("HEAD") {
            true => conversation.answer_after_body(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"),
            false => conversation.ok(b"next"),
        });
        let mut client = front.gateway.client();
        let answer = client.request("HEAD", "/a/x", &[], b"");
        assert_eq!((answer.status, answer.header("content-length")), (200, Some("5000")));
        assert_eq!(client.get("/a/y", &[]).text(), "next");
        assert_eq!(front.origin.connection_count(), 1);
    }

    fn a_flood_of_interim_answers_ends_with_502(driver) {
        let front = Front::with(driver, |seen, conversation| {
            if seen.target() != "/flood" {
                return conversation.ok(b"ok");
            }
            for _ in 0..100_000 {
                if conversation.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n").is_err() {
                    return Then::Close;
                }
            }
            conversation.ok(b"the gateway read them all")
        });
        let answer = front.gateway.get("/a/flood", &[]);
        assert_eq!(answer.status, 502, "{}", answer.text());
        assert_eq!(front.gateway.get("/a/x", &[]).status, 200);
    }

    fn a_few_interim_answers_do_not_hide_the_final_one(driver) {
        let front = Front::with(driver, |_, conversation| {
            let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(3);
            let _ = conversation.send(format!("HTTP/1.1 102 Processing\r\n\r\n{hints}").as_bytes());
            conversation.ok(b"final")
        });
        let mut client = front.gateway.client();
        for _ in 0..2 {
            assert_eq!(client.get("/a/x", &[]).text(), "final");
        }
    }

    fn a_switch_of_protocols_that_no_one_asked_for_is_502(driver) {
        let front = Front::with(driver, |seen, conversation| match seen.target().as_str() {
            "/switch" => {
                let head = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
                conversation.answer_after_body(&[head.as_slice(), b"\x81\x05hello"].concat())
            }
            _ => conversation.ok(b"ok"),
        });
        let mut client = front.gateway.client();
        assert_eq!(client.get("/a/switch", &[]).status, 502);
        assert_eq!(front.gateway.get("/a/x", &[]).text(), "ok");
    }

    fn an_answer_that_may_have_no_body_has_none_whatever_the_origin_sends(driver) {
        let front = Front::with(driver, |seen, conversation| {
            let tail: &[u8] = match seen.target().as_str() {
                "/204-length" => b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
                "/204-chunked" => {
                    b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
                }
                "/304-length" => b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello",
                "/304-chunked" => {
                    b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
                }
                _ => return conversation.ok(b"next"),
            };
            conversation.answer_after_body(tail)
        });
        for (path, status) in
            [("/a/204-length", 204), ("/a/204-chunked", 204), ("/a/304-length", 304), ("/a/304-chunked", 304)]
        {
            let mut client = front.gateway.client();
            let answer = client.get(path, &[]);
            assert_eq!(answer.status, status, "{path}");
            assert_eq!(answer.header("transfer-encoding"), None, "{path}");
            assert!(status == 304 || answer.header("content-length").is_none(), "{path}");
            // The stray body must neither reach this caller nor the next answer of the pool.
            assert_eq!(client.get("/a/next", &[]).text(), "next", "{path}");
        }
    }
}
