//! Fields that belong to one connection and fields that callers forge (`facts/peers.md` C2, row 11).

use postern_tests::on_both_drivers;

use crate::front::{Case, Expect, Front, run_cases};

on_both_drivers! {
    fn hop_by_hop_fields_and_those_that_connection_names_are_not_forwarded(driver) {
        let front = Front::start(driver);
        let case = |lines: &[&str], kept: &[&str]| {
            let head: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let request = format!("GET /a/x HTTP/1.1\r\nHost: gateway.test\r\n{head}\r\n");
            Case::new(&lines.join(" | "), request, Expect::Served(front.forwarded("GET /x", kept, "")))
        };
        let cases = [
            // A caller must not be able to strip what the gateway or the origin decides by.
            case(&["Connection: authorization", "Authorization: Basic eA=="], &["Authorization: Basic eA=="]),
            case(&["Connection: cookie, content-type", "Cookie: a=b"], &["Cookie: a=b"]),
            case(&["A: 1", "Connection: x-custom, B", "X-Custom: 2", "b: 3", "C: 4"], &["A: 1", "C: 4"]),
            case(&["Connection: x-forwarded-for, host"], &[]),
            case(&["Connection: keep-alive", "Keep-Alive: timeout=5"], &[]),
            case(&["Proxy-Connection: keep-alive"], &[]),
            case(&["TE: trailers"], &[]),
            case(&["Connection: TE", "TE: trailers"], &[]),
            case(&["Proxy-Authorization: Basic eA==", "Proxy-Authenticate: Basic"], &[]),
            case(&["Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__", "Connection: HTTP2-Settings"], &[]),
            case(&["Connection: ,, x-a ,", "X-A: 1"], &[]),
        ];
        run_cases(&front, &cases);
    }

    fn a_caller_that_names_close_and_a_field_loses_both(driver) {
        let front = Front::start(driver);
        let request = "GET /a/x HTTP/1.1\r\nHost: gateway.test\r\nConnection: close, x-api-key\r\nX-Api-Key: 1\r\n\r\n";
        let bytes = front.forwarded("GET /x", &[], "");
        run_cases(&front, &[Case::new("close, x-api-key", request, Expect::ServedThenClosed(bytes))]);
    }

    fn forged_forwarding_fields_are_replaced_and_the_addresses_kept_in_order(driver) {
        let front = Front::start(driver);
        let request = "GET /a/x HTTP/1.1\r\nHost: gateway.test\r\nX-Forwarded-For: 203.0.113.9\r\n\
                       X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test\r\nForwarded: for=203.0.113.9\r\n\
                       X-Real-IP: 203.0.113.9\r\n\
                       X-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\n\r\n";
        let mut client = front.gateway.client();
        client.send(request.as_bytes());
        assert_eq!(client.read_response().status, 200);
        let seen = front.origin.wait_for(1).remove(0);
        let mut lines = seen.header_lines();
        lines.sort();
        let host = format!("Host: {}", front.origin.address());
        let expected = [
            host.as_str(),
            "X-Forwarded-For: 203.0.113.9, 127.0.0.1",
            "X-Forwarded-Host: gateway.test",
            "X-Forwarded-Proto: http",
        ];
        assert_eq!(lines, expected);
    }

    fn hop_by_hop_fields_of_the_origin_do_not_reach_the_caller(driver) {
        let front = Front::with(driver, |_, conversation| {
            conversation.answer_after_body(
                b"HTTP/1.1 200 OK\r\nConnection: x-a, keep-alive\r\nX-A: 1\r\nKeep-Alive: timeout=5\r\nX-B: 2\r\n\
                  Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok",
            )
        });
        let response = front.gateway.get("/a/x", &[]);
        assert_eq!(response.head, "HTTP/1.1 200 OK\r\nX-B: 2\r\nContent-Length: 2\r\n\r\n");
        assert_eq!(response.body, b"ok");
    }
}
