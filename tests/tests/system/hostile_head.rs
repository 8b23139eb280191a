//! Request lines, targets, hosts and header lines that are not what RFC 9112 allows (`facts/peers.md` C2, row 6).

use postern_tests::on_both_drivers;

use crate::front::{Case, Expect, Front, HIDDEN, run_cases};

fn refused(what: &str, head: impl AsRef<[u8]>, status: u16) -> Case {
    // What follows a refused head is never read as a request.
    Case::new(what, [head.as_ref(), HIDDEN.as_bytes()].concat(), Expect::Refused(status))
}

fn line(request_line: &str) -> String {
    format!("{request_line}\r\nHost: gateway.test\r\n\r\n")
}

fn host(lines: &str) -> String {
    format!("GET /a/x HTTP/1.1\r\n{lines}\r\n")
}

fn field(line: &str) -> String {
    format!("GET /a/x HTTP/1.1\r\nHost: gateway.test\r\n{line}\r\n\r\n")
}

on_both_drivers! {
    fn a_request_line_that_is_not_one_is_refused(driver) {
        let front = Front::start(driver);
        let cases = [
            refused("two empty lines first", format!("\r\n\r\n{}", line("GET /a/x HTTP/1.1")), 400),
            refused("bare LF after the request line", "GET /a/x HTTP/1.1\nHost: gateway.test\r\n\r\n", 400),
            refused("bare LF everywhere", "GET /a/x HTTP/1.1\nHost: gateway.test\n\n", 400),
            refused("bare CR after the request line", "GET /a/x HTTP/1.1\rHost: gateway.test\r\n\r\n", 400),
            refused("bare CR inside the target", line("GET /a/\rx HTTP/1.1"), 400),
            refused("space before the method", line(" GET /a/x HTTP/1.1"), 400),
            refused("two spaces", line("GET  /a/x HTTP/1.1"), 400),
            refused("tab between the parts", line("GET\t/a/x HTTP/1.1"), 400),
            refused("space after the version", line("GET /a/x HTTP/1.1 "), 400),
            refused("space inside the target", line("GET /a/x y HTTP/1.1"), 400),
            refused("no target", line("GET HTTP/1.1"), 400),
            refused("no version (HTTP/0.9)", line("GET /a/x"), 400),
            refused("lower-case protocol", line("GET /a/x http/1.1"), 400),
            refused("HTTP/1.10", line("GET /a/x HTTP/1.10"), 400),
            refused("HTTP/01.1", line("GET /a/x HTTP/01.1"), 400),
            refused("HTTP/1", line("GET /a/x HTTP/1"), 400),
            refused("HTTP/1.9", line("GET /a/x HTTP/1.9"), 505),
            refused("HTTP/2.0", line("GET /a/x HTTP/2.0"), 505),
            refused("HTTP/3.0", line("GET /a/x HTTP/3.0"), 505),
            refused("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
            refused("NUL in the target", line("GET /a/\0 HTTP/1.1"), 400),
            refused("DEL in the target", line("GET /a/\x7f HTTP/1.1"), 400),
            refused("UTF-8 in the target", line("GET /a/ä HTTP/1.1"), 400),
            refused("a raw high byte in the target", b"GET /a/\x80 HTTP/1.1\r\nHost: gateway.test\r\n\r\n", 400),
            refused("fragment in the target", line("GET /a/x#y HTTP/1.1"), 400),
            refused("a method with a slash", line("G/T /a/x HTTP/1.1"), 400),
            refused("a method with a high byte", b"G\xc3T /a/x HTTP/1.1\r\nHost: gateway.test\r\n\r\n", 400),
            refused("a relative target", line("GET a/x HTTP/1.1"), 400),
            refused("GET *", line("GET * HTTP/1.1"), 400),
            refused("authority form on GET", line("GET gateway.test:80 HTTP/1.1"), 400),
            refused("CONNECT", "CONNECT gateway.test:80 HTTP/1.1\r\nHost: gateway.test:80\r\n\r\n", 501),
            refused("a TLS handshake", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
            refused("only NUL bytes", [0; 64], 400),
        ];
        run_cases(&front, &cases);
    }

    fn a_head_has_limits(driver) {
        let front = Front::start(driver);
        let long = "a".repeat(64 << 10);
        let many = "a: b\r\n".repeat(10_000);
        let cases = [
            refused("method of 64 KiB", line(&format!("{long} /a/x HTTP/1.1")), 501),
            refused("target of 64 KiB", line(&format!("GET /a/{long} HTTP/1.1")), 414),
            refused("header name of 64 KiB", field(&format!("{long}: b")), 431),
            refused("header value of 64 KiB", field(&format!("a: {long}")), 431),
            refused("10,000 header lines", field(many.trim_end()), 431),
            refused("a head of 1 MiB", field(&format!("a: {}", "b: c\r\n".repeat(200_000))), 431),
        ];
        run_cases(&front, &cases);
    }

    fn a_missing_doubled_or_malformed_host_is_refused(driver) {
        let front = Front::start(driver);
        let cases = [
            refused("no Host", host(""), 400),
            refused("two equal Hosts", host("Host: gateway.test\r\nHost: gateway.test\r\n"), 400),
            refused("two Hosts", host("Host: gateway.test\r\nHost: other.test\r\n"), 400),
            refused("two Hosts in other cases", host("Host: gateway.test\r\nhOST: other.test\r\n"), 400),
            refused("a list", host("Host: gateway.test, other.test\r\n"), 400),
            refused("user information", host("Host: user@gateway.test\r\n"), 400),
            refused("a path", host("Host: gateway.test/a\r\n"), 400),
            refused("a space", host("Host: gateway test\r\n"), 400),
            refused("port 99999", host("Host: gateway.test:99999\r\n"), 400),
            refused("port 0", host("Host: gateway.test:0\r\n"), 400),
            refused("an empty port", host("Host: gateway.test:\r\n"), 400),
            refused("a port that is no number", host("Host: gateway.test:8o\r\n"), 400),
            refused("a question mark", host("Host: gateway.test?x\r\n"), 400),
            refused("a bare IPv6 address", host("Host: ::1\r\n"), 400),
            refused("an open bracket", host("Host: [::1\r\n"), 400),
            refused("space before the colon", host("Host : gateway.test\r\n"), 400),
            refused("NUL", host("Host: gateway.test\0\r\n"), 400),
        ];
        run_cases(&front, &cases);
    }

    fn a_header_line_that_is_not_one_is_refused(driver) {
        let front = Front::start(driver);
        let cases = [
            refused("folded", field("X: a\r\n b"), 400),
            refused("folded with a tab", field("X: a\r\n\tb"), 400),
            refused("a folded first line", "GET /a/x HTTP/1.1\r\n Host: gateway.test\r\n\r\n", 400),
            refused("space before the colon", field("X : a"), 400),
            refused("no colon", field("nothing"), 400),
            refused("empty name", field(": a"), 400),
            refused("space inside the name", field("X Y: a"), 400),
            refused("a parenthesis in the name", field("X(Y): a"), 400),
            refused("a high byte in the name", b"GET /a/x HTTP/1.1\r\nHost: gateway.test\r\nX\xc3: a\r\n\r\n", 400),
            refused("NUL in the name", field("X\0Y: a"), 400),
            refused("NUL in the value", field("X: a\0b"), 400),
            refused("bare CR in the value", field("X: a\rb"), 400),
            refused("bare LF in the value", field("X: a\nb"), 400),
            refused("bell in the value", field("X: a\x07b"), 400),
            refused("escape in the value", field("X: a\x1bb"), 400),
            refused("DEL in the value", field("X: a\x7fb"), 400),
        ];
        run_cases(&front, &cases);
    }

    fn what_rfc_9112_allows_is_served_and_forwarded_in_origin_form(driver) {
        let front = Front::start(driver);
        let plain = front.forwarded("GET /x", &[], "");
        let served = |what: &str, request: String, bytes: &str| {
            Case::new(what, request, Expect::Served(bytes.to_owned()))
        };
        let absolute = |host: &str| format!("GET http://gateway.test/a/x HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let with_a = front.forwarded("GET /x", &["A: b"], "");
        let other = |host: &str| front.forwarded_for(host, "GET /x", &[], "");
        let cases = [
            served("an empty line before the request", format!("\r\n{}", field("A: b")), &with_a),
            served("absolute form", absolute("gateway.test"), &plain),
            served("absolute form with another Host", absolute("evil.test"), &plain),
            served("a Host with a port", host("Host: gateway.test:81\r\n"), &other("gateway.test:81")),
            served("an IPv6 Host", host("Host: [::1]:81\r\n"), &other("[::1]:81")),
            served("UTF-8 in a value", field("X: ä"), &front.forwarded("GET /x", &["X: ä"], "")),
            served("an empty value", field("X:"), &front.forwarded("GET /x", &["X:"], "")),
            served("two slashes before the path", line("GET //a//x HTTP/1.1"), &plain),
            served("a query", line("GET /a/x?b=c&d HTTP/1.1"), &front.forwarded("GET /x?b=c&d", &[], "")),
        ];
        run_cases(&front, &cases);
    }

    fn a_target_that_names_another_authority_by_slashes_is_only_a_path(driver) {
        let front = Front::start(driver);
        for target in ["//evil.test/a/x", "///evil.test/a/x", "/\\evil.test/a/x"] {
            let answer = front.gateway.get(target, &[]);
            assert!(matches!(answer.status, 400 | 404), "{target}: {}", answer.head);
        }
        assert_eq!(front.origin.seen(), []);
    }

    fn options_for_the_whole_server_reaches_no_backend(driver) {
        let front = Front::start(driver);
        let mut client = front.gateway.client();
        let answer = client.request("OPTIONS", "*", &[], b"");
        assert!(matches!(answer.status, 200 | 204 | 400 | 404), "{}", answer.head);
        assert_eq!(front.origin.seen(), []);
        assert_eq!(front.gateway.get("/a/x", &[]).status, 200);
    }

    fn an_http_1_0_caller_is_answered_and_its_connection_closed(driver) {
        let front = Front::start(driver);
        let bytes = front.forwarded("GET /x", &[], "");
        let cases = [Case::new(
            "HTTP/1.0",
            "GET /a/x HTTP/1.0\r\nHost: gateway.test\r\n\r\n",
            Expect::ServedThenClosed(bytes),
        )];
        run_cases(&front, &cases);
        let mut client = front.gateway.client();
        for _ in 0..2 {
            client.send(b"GET /a/x HTTP/1.0\r\nHost: gateway.test\r\nConnection: keep-alive\r\n\r\n");
            let response = client.read_response();
            assert_eq!((response.status, response.header("connection")), (200, Some("keep-alive")));
        }
    }
}
