//! Requests whose end could be read in two ways (`facts/peers.md` C2, rows 1 to 3).
//!
//! RFC 9112 section 6.3: a message has one framing, or it is refused and its connection closed. A request hidden behind
//! the ambiguity must never reach the origin.

use postern_tests::on_both_drivers;

use crate::front::{Case, Expect, Front, HIDDEN, run_cases};

/// A POST with these header lines and everything after them.
fn post(lines: &str, rest: &str) -> String {
    format!("POST /a/x HTTP/1.1\r\nHost: gateway.test\r\n{lines}\r\n{rest}")
}

/// A chunked body `hello` with a request hidden after it.
fn hello_then_hidden() -> String {
    format!("5\r\nhello\r\n0\r\n\r\n{HIDDEN}")
}

on_both_drivers! {
    fn a_message_with_two_framings_is_refused(driver) {
        let front = Front::start(driver);
        let rest = hello_then_hidden();
        let refused = |what: &str, lines: &str, status: u16| {
            Case::new(what, post(lines, &rest), Expect::Refused(status))
        };
        let mut cases = vec![
            refused("length, then coding", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
            refused("coding, then length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
            refused("length 0 and coding", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", 400),
            refused("chunked on two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
            refused("chunked twice on a line", "Transfer-Encoding: chunked, chunked\r\n", 400),
            refused("identity, then chunked", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", 501),
            refused("identity alone", "Transfer-Encoding: identity\r\nContent-Length: 5\r\n", 400),
            refused("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n", 501),
            refused("chunked, gzip", "Transfer-Encoding: chunked, gzip\r\n", 400),
            refused("xchunked", "Transfer-Encoding: xchunked\r\n", 400),
            refused("a parameter", "Transfer-Encoding: chunked;q=1\r\n", 400),
            refused("empty coding", "Transfer-Encoding:\r\n", 400),
            refused("empty coding and length", "Transfer-Encoding:\r\nContent-Length: 5\r\n", 400),
            refused("vertical tab before the coding", "Transfer-Encoding: \x0bchunked\r\n", 400),
            refused("NUL after the coding", "Transfer-Encoding: chunked\0\r\n", 400),
            refused("space before the colon", "Transfer-Encoding : chunked\r\n", 400),
            refused("tab before the colon", "Transfer-Encoding\t: chunked\r\n", 400),
            refused("folded line", "Transfer-Encoding:\r\n chunked\r\n", 400),
            refused("coding in a folded line of another field", "X: y\r\n Transfer-Encoding: chunked\r\n", 400),
            refused("bare LF before the coding", "X: y\nTransfer-Encoding: chunked\r\n", 400),
            refused("bare CR before the coding", "X: y\rTransfer-Encoding: chunked\r\n", 400),
        ];
        cases.push(Case::new(
            "coding on HTTP/1.0",
            format!("POST /a/x HTTP/1.0\r\nHost: gateway.test\r\nTransfer-Encoding: chunked\r\n\r\n{rest}"),
            Expect::Refused(400),
        ));
        run_cases(&front, &cases);
    }

    fn spaces_around_the_coding_and_its_case_do_not_change_it(driver) {
        let front = Front::start(driver);
        let body = "5\r\nhello\r\n0\r\n\r\n";
        let served = front.forwarded("POST /x", &["Transfer-Encoding: chunked"], body);
        let cases = [" chunked", "\tchunked", " chunked \t", "chunked", " CHUNKED", " Chunked"].map(|value| {
            let request = post(&format!("Transfer-Encoding:{value}\r\n"), body);
            Case::new(&format!("{value:?}"), request, Expect::Served(served.clone()))
        });
        run_cases(&front, &cases);
    }

    fn a_field_that_looks_like_a_framing_field_to_some_servers_is_refused(driver) {
        let front = Front::start(driver);
        let with_length = ["X-Transfer-Encoding: chunked", "Content-Length: 5"];
        let cases = [
            Case::new(
                "Transfer_Encoding",
                post("Transfer_Encoding: chunked\r\n", &hello_then_hidden()),
                Expect::Refused(400),
            ),
            Case::new("Content_Length", post("Content_Length: 5\r\n", &format!("hello{HIDDEN}")), Expect::Refused(400)),
            Case::new(
                "X-Transfer-Encoding with a length",
                post("X-Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "hello"),
                Expect::Served(front.forwarded("POST /x", &with_length, "hello")),
            ),
        ];
        run_cases(&front, &cases);
    }

    fn a_length_that_is_not_one_number_is_refused(driver) {
        let front = Front::start(driver);
        let rest = format!("hello{HIDDEN}");
        let refused = |value: &str, status: u16| {
            let request = post(&format!("Content-Length: {value}\r\n"), &rest);
            Case::new(&format!("length {value:?}"), request, Expect::Refused(status))
        };
        let cases = [
            refused("5\r\nContent-Length: 6", 400),
            refused("6\r\nContent-Length: 5", 400),
            refused("0\r\nContent-Length: 5", 400),
            refused("5\r\nContent-Length: 5", 400),
            refused("5, 5", 400),
            refused("5,6", 400),
            refused("5,", 400),
            refused("+5", 400),
            refused("-0", 400),
            refused("-5", 400),
            refused("0x5", 400),
            refused("1_0", 400),
            refused("1 0", 400),
            refused("5.0", 400),
            refused("5e0", 400),
            refused("\"5\"", 400),
            refused("5;", 400),
            refused("05", 400),
            refused("٥", 400),
            refused("", 400),
            refused("99999999999999999999", 400),
            refused("18446744073709551616", 400),
        ];
        run_cases(&front, &cases);
    }

    fn every_method_may_have_a_body_and_its_length_ends_it(driver) {
        let front = Front::start(driver);
        let mut cases: Vec<Case> = ["GET", "OPTIONS", "DELETE", "PUT", "PATCH", "POST", "HEAD", "TRACE"].map(|method| {
            let request = format!("{method} /a/x HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 5\r\n\r\nhello");
            let served = front.forwarded(&format!("{method} /x"), &["Content-Length: 5"], "hello");
            Case::new(method, request, Expect::Served(served))
        }).to_vec();
        cases.push(Case::new(
            "length 0 and trailing bytes that are no request",
            post("Content-Length: 0\r\n", "trailing bytes\r\n\r\n"),
            Expect::ServedThenRefused(front.forwarded("POST /x", &["Content-Length: 0"], ""), 400),
        ));
        run_cases(&front, &cases);
    }

    fn a_body_that_looks_like_a_request_stays_a_body(driver) {
        let front = Front::start(driver);
        let length = format!("Content-Length: {}", HIDDEN.len());
        let request = format!("GET /a/x HTTP/1.1\r\nHost: gateway.test\r\n{length}\r\n\r\n{HIDDEN}");
        let mut client = front.gateway.client();
        client.send(format!("{request}GET /a/second HTTP/1.1\r\nHost: gateway.test\r\n\r\n").as_bytes());
        assert_eq!([client.read_response().status, client.read_response().status], [200, 200]);
        let seen: Vec<String> = front.origin.seen().iter().map(|seen| seen.text()).collect();
        let first = front.forwarded("GET /x", &[&length], HIDDEN);
        assert_eq!(seen, [first, front.forwarded("GET /second", &[], "")]);
    }

    fn broken_chunks_end_the_request_and_the_connection(driver) {
        let front = Front::start(driver);
        let broken = |what: &str, body: String| {
            Case::new(what, post("Transfer-Encoding: chunked\r\n", &body), Expect::BrokenOff(400))
        };
        let end = format!("0\r\n\r\n{HIDDEN}");
        let cases = [
            broken("bare LF after the size", format!("5\nhello\r\n{end}")),
            broken("bare LF after the data", format!("5\r\nhello\n{end}")),
            broken("bare CR after the size", format!("5\rhello\r\n{end}")),
            broken("CR CR LF after the size", format!("5\r\r\nhello\r\n{end}")),
            broken("LF inside an extension", format!("5;a\nb\r\nhello\r\n{end}")),
            broken("CR inside an extension", format!("5;a\rb\r\nhello\r\n{end}")),
            broken("NUL inside an extension", format!("5;a\0b\r\nhello\r\n{end}")),
            broken("an extension of 64 KiB", format!("5;{}\r\nhello\r\n{end}", "a".repeat(64 << 10))),
            broken("an extension without a name", format!("5;\r\nhello\r\n{end}")),
            broken("0x before the size", format!("0x5\r\nhello\r\n{end}")),
            broken("+ before the size", format!("+5\r\nhello\r\n{end}")),
            broken("- before the size", format!("-5\r\nhello\r\n{end}")),
            broken("space before the size", format!(" 5\r\nhello\r\n{end}")),
            broken("space inside the size", format!("0 5\r\nhello\r\n{end}")),
            broken("_ inside the size", format!("0_5\r\nhello\r\n{end}")),
            broken("a letter after f", format!("g\r\nhello\r\n{end}")),
            broken("17 digits", format!("10000000000000005\r\nhello\r\n{end}")),
            broken("leading zeros without end", format!("{}5\r\nhello\r\n{end}", "0".repeat(64 << 10))),
            broken("two bytes too many", format!("3\r\nhello\r\n{end}")),
            broken("no line end after the data", format!("5\r\nhello{end}")),
            broken("an empty size line", format!("\r\n{HIDDEN}")),
            broken("an empty size line after a chunk", format!("5\r\nhello\r\n\r\n{HIDDEN}")),
            broken("a bare LF ends the trailers", format!("5\r\nhello\r\n0\r\n\n{HIDDEN}")),
            broken("a bare LF inside the trailers", format!("5\r\nhello\r\n0\r\nA: b\nC: d\r\n\r\n{HIDDEN}")),
            broken("a trailer without a colon", format!("5\r\nhello\r\n0\r\nnothing\r\n\r\n{HIDDEN}")),
            broken("a folded trailer", format!("5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n{HIDDEN}")),
            broken("space before a trailer's colon", format!("5\r\nhello\r\n0\r\nA : b\r\n\r\n{HIDDEN}")),
        ];
        run_cases(&front, &cases);
    }

    fn a_trailer_section_has_a_limit(driver) {
        let front = Front::start(driver);
        let trailers = "T: 0123456789\r\n".repeat(70_000);
        let request = post("Transfer-Encoding: chunked\r\n", &format!("5\r\nhello\r\n0\r\n{trailers}\r\n"));
        run_cases(&front, &[Case::new("1 MiB of trailers", request, Expect::BrokenOff(400))]);
    }

    fn chunks_are_forwarded_without_extensions_and_forbidden_trailers(driver) {
        let front = Front::start(driver);
        let plain = front.forwarded("POST /x", &["Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n");
        let served = |what: &str, body: &str| {
            Case::new(what, post("Transfer-Encoding: chunked\r\n", body), Expect::Served(plain.clone()))
        };
        let forbidden = "Content-Length: 7\r\nTransfer-Encoding: chunked\r\nHost: b\r\nAuthorization: c\r\n\
                         Connection: d\r\nContent-Type: e\r\nCookie: f\r\n";
        let cases = [
            served("an extension", "5;a=b\r\nhello\r\n0\r\n\r\n"),
            served("a quoted extension", "5;a=\"b;\\\"c\"\r\nhello\r\n0;z\r\n\r\n"),
            served("leading zeros", "00005\r\nhello\r\n000\r\n\r\n"),
            served("forbidden trailers", &format!("5\r\nhello\r\n0\r\n{forbidden}\r\n")),
            Case::new(
                "a trailer that may stay",
                post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX-Checksum: abc\r\n\r\n"),
                Expect::Served(front.forwarded(
                    "POST /x",
                    &["Transfer-Encoding: chunked"],
                    "5\r\nhello\r\n0\r\nX-Checksum: abc\r\n\r\n",
                )),
            ),
        ];
        run_cases(&front, &cases);
    }
}
