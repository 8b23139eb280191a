//! `cors`: actual and preflight requests, one table per fact.

use crate::exchange::Side;
use crate::run::{Preflight, Run};
use crate::testing::{Expect, MemoryExchange, check, compile_one};

const LISTED: &str = "<cors allow-credentials=\"true\"><allowed-origins><origin>https://a.example</origin>\
    <origin>http://b.example:8080/</origin><origin>https://c.example:443</origin></allowed-origins>\
    <allowed-methods preflight-result-max-age=\"300\"><method>GET</method><method>PUT</method></allowed-methods>\
    <allowed-headers><header>content-type</header><header>X-Key</header></allowed-headers>\
    <expose-headers><header>X-Total</header><header>ETag</header></expose-headers></cors>";
const ANY: &str = "<cors><allowed-origins><origin>*</origin></allowed-origins><allowed-methods><method>*</method></allowed-methods>\
    <allowed-headers><header>*</header></allowed-headers></cors>";
const MINIMAL: &str = "<cors><allowed-origins><origin>https://a.example</origin></allowed-origins>\
    <allowed-headers><header>x-key</header></allowed-headers></cors>";

fn from(method: &str, origin: &str) -> MemoryExchange {
    MemoryExchange::get("/").with_method(method).header_line("Origin", origin)
}

#[test]
fn an_allowed_origin_gets_its_headers_on_the_response() {
    for (origin, allowed) in [
        ("https://a.example", true),
        ("HTTPS://A.example", true),
        ("https://a.example:443", true),
        ("https://c.example", true),
        ("http://b.example:8080", true),
        ("http://a.example", false),
        ("https://a.example:444", false),
        ("http://b.example", false),
        ("https://a.example.evil", false),
        ("null", false),
    ] {
        let lines = |text: &'static str| if allowed { vec![text] } else { vec![] };
        let origin_lines = if allowed { vec![origin] } else { vec![] };
        let expected = [
            Expect::Response(200, "from the backend"),
            Expect::ResponseHeader("Access-Control-Allow-Origin", &origin_lines),
            Expect::ResponseHeader("Access-Control-Allow-Credentials", &lines("true")),
            Expect::ResponseHeader("Access-Control-Expose-Headers", &lines("X-Total,ETag")),
            Expect::ResponseHeader("Vary", &lines("Origin")),
            Expect::ResponseHeader("Access-Control-Allow-Methods", &[]),
        ];
        check(LISTED, from("POST", origin), &expected);
    }
}

#[test]
fn any_origin_is_answered_with_an_asterisk() {
    let expected = [
        Expect::ResponseHeader("Access-Control-Allow-Origin", &["*"]),
        Expect::ResponseHeader("Access-Control-Allow-Credentials", &[]),
        Expect::ResponseHeader("Access-Control-Expose-Headers", &[]),
        Expect::ResponseHeader("Vary", &[]),
    ];
    check(ANY, from("GET", "https://x.example"), &expected);
}

#[test]
fn without_origin_nothing_happens() {
    let expected = [Expect::ResponseHeader("Access-Control-Allow-Origin", &[]), Expect::EffectCount(1)];
    check(LISTED, MemoryExchange::get("/"), &expected);
}

#[test]
fn an_unmatched_simple_request_ends_with_an_empty_200_unless_told_otherwise() {
    let policy = |terminate: &str| MINIMAL.replacen("<cors>", &format!("<cors {terminate}>"), 1);
    for (terminate, method, forwarded) in [
        ("", "GET", false),
        ("", "HEAD", false),
        ("", "POST", true),
        ("terminate-unmatched-request='true'", "GET", false),
        ("terminate-unmatched-request='false'", "GET", true),
    ] {
        let body = if forwarded { "from the backend" } else { "" };
        let expected = [
            Expect::Response(200, body),
            Expect::EffectCount(usize::from(forwarded)),
            Expect::ResponseHeader("Access-Control-Allow-Origin", &[]),
        ];
        check(&policy(terminate), from(method, "https://x.example"), &expected);
    }
}

#[test]
fn error_and_returned_responses_carry_the_headers_too() {
    let denied = format!("{MINIMAL}<ip-filter action='allow'><address>10.0.0.1</address></ip-filter>");
    let expected = [
        Expect::Response(403, "{ \"statusCode\": 403, \"message\": \"Forbidden\" }"),
        Expect::ResponseHeader("Access-Control-Allow-Origin", &["https://a.example"]),
    ];
    check(&denied, from("GET", "https://a.example"), &expected);
    let returned = format!("{MINIMAL}<return-response/>");
    check(
        &returned,
        from("GET", "https://a.example"),
        &[Expect::ResponseHeader("Access-Control-Allow-Origin", &["https://a.example"])],
    );
}

#[test]
fn a_backends_own_header_is_replaced() {
    let mut exchange = from("GET", "https://a.example");
    exchange.backend_response.1.push(("Access-Control-Allow-Origin".to_owned(), b"*".to_vec()));
    check(MINIMAL, exchange, &[Expect::ResponseHeader("Access-Control-Allow-Origin", &["https://a.example"])]);
}

/// Sends a preflight request; the response headers as `name: value`, sorted.
fn preflight(policies: &str, exchange: MemoryExchange) -> (Preflight, u16, Vec<String>) {
    let (program, diagnostics) = compile_one(&format!("<policies><inbound>{policies}</inbound></policies>"));
    assert_eq!(diagnostics, []);
    assert_eq!(program.traits().cors, policies.contains("<cors"));
    let mut exchange = exchange;
    exchange.append_response_garbage();
    let answer = Run::new().preflight(&program, &mut exchange);
    let mut headers: Vec<String> = exchange
        .response_headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)))
        .collect();
    headers.sort();
    assert!(answer == Preflight::NotHandled || exchange.response_body.is_empty());
    (answer, exchange.status, headers)
}

impl MemoryExchange {
    /// What a preflight answer must not keep.
    fn append_response_garbage(&mut self) {
        self.status = 404;
        self.response_body = b"garbage".to_vec();
    }
}

fn asking(origin: &str, method: &str, headers: &[&str]) -> MemoryExchange {
    let mut exchange = from("OPTIONS", origin).header_line("Access-Control-Request-Method", method);
    for line in headers {
        exchange = exchange.header_line("Access-Control-Request-Headers", line);
    }
    exchange
}

#[test]
fn a_permitted_preflight_request_is_answered_with_everything_allowed() {
    let (answer, status, headers) = preflight(LISTED, asking("https://a.example", "PUT", &["X-Key, Content-Type"]));
    assert_eq!((answer, status), (Preflight::Answered, 200));
    assert_eq!(
        headers,
        [
            "Access-Control-Allow-Credentials: true",
            "Access-Control-Allow-Headers: content-type,X-Key",
            "Access-Control-Allow-Methods: GET,PUT",
            "Access-Control-Allow-Origin: https://a.example",
            "Access-Control-Max-Age: 300",
            "Vary: Origin",
        ]
    );
}

#[test]
fn with_asterisks_the_answer_repeats_what_was_asked_for() {
    let (answer, _, headers) = preflight(ANY, asking("https://x.example", "PURGE", &["x-a, x-b", "x-c"]));
    assert_eq!(answer, Preflight::Answered);
    assert_eq!(
        headers,
        [
            "Access-Control-Allow-Headers: x-a, x-b",
            "Access-Control-Allow-Headers: x-c",
            "Access-Control-Allow-Methods: PURGE",
            "Access-Control-Allow-Origin: *",
            "Access-Control-Max-Age: 0",
        ]
    );
}

#[test]
fn what_is_not_permitted_gets_an_empty_200() {
    for exchange in [
        asking("https://x.example", "GET", &[]),
        asking("https://a.example", "DELETE", &[]),
        asking("https://a.example", "get", &[]),
        asking("https://a.example", "GET", &["x-key, x-other"]),
        asking("https://a.example", "GET", &["x-key", "x-other"]),
    ] {
        assert_eq!(preflight(LISTED, exchange), (Preflight::Answered, 200, vec![]));
    }
    assert_eq!(preflight(LISTED, asking("https://a.example", "GET", &["", " , x-key,"])).2.len(), 6);
}

#[test]
fn without_allowed_methods_get_and_post_are_allowed() {
    for (method, allowed) in [("GET", true), ("POST", true), ("PUT", false)] {
        let (_, _, headers) = preflight(MINIMAL, asking("https://a.example", method, &[]));
        assert_eq!(headers.contains(&"Access-Control-Allow-Methods: GET,POST".to_owned()), allowed, "{method}");
    }
}

#[test]
fn common_methods_are_meant_in_capitals() {
    let policy = ANY.replace("<method>*</method>", "<method>put</method><method>patch</method>");
    for (method, allowed) in [("PUT", true), ("put", false), ("patch", true), ("PATCH", false)] {
        let (_, _, headers) = preflight(&policy, asking("https://a.example", method, &[]));
        assert_eq!(headers.contains(&"Access-Control-Allow-Methods: PUT,patch".to_owned()), allowed, "{method}");
    }
}

#[test]
fn only_options_with_origin_and_cors_is_a_preflight_request() {
    let not_handled = |policies: &str, exchange| preflight(policies, exchange).0 == Preflight::NotHandled;
    assert!(not_handled(LISTED, from("GET", "https://a.example")));
    assert!(not_handled(LISTED, MemoryExchange::get("/").with_method("OPTIONS")));
    assert!(not_handled("<set-method>GET</set-method>", asking("https://a.example", "GET", &[])));
    assert!(!not_handled(LISTED, from("OPTIONS", "https://a.example")));
}

#[test]
fn an_unmatched_policy_hands_on_to_the_next_scope_only_if_it_does_not_terminate() {
    use crate::compile::{Scope, compile};
    use crate::document::{DocumentKind, parse_document};
    use crate::section::ScopeName;
    use std::sync::Arc;

    let second = MINIMAL.replace("a.example", "z.example");
    for (terminate, answered) in [(true, false), (false, true)] {
        let first = MINIMAL.replacen("<cors>", &format!("<cors terminate-unmatched-request='{terminate}'>"), 1);
        let document = |text: String| Arc::new(parse_document(&text, DocumentKind::Policy).0);
        let global = document(format!("<policies><inbound>{second}</inbound></policies>"));
        let api = document(format!("<policies><inbound>{first}<base/></inbound></policies>"));
        let scopes = [
            Scope { name: ScopeName::Global, entity: "", document: &global },
            Scope { name: ScopeName::Api, entity: "echo", document: &api },
        ];
        let (program, diagnostics) = compile(&scopes, &|_| None);
        assert_eq!(diagnostics, []);
        let mut exchange = asking("https://z.example", "GET", &[]);
        assert_eq!(Run::new().preflight(&program, &mut exchange), Preflight::Answered);
        let allowed = exchange.lines(Side::Response, "Access-Control-Allow-Origin");
        assert_eq!(allowed.contains(&"https://z.example".to_owned()), answered);
        let mut actual = from("GET", "https://z.example");
        crate::testing::drive(&program, &mut actual, &mut Run::new());
        assert_eq!(actual.lines(Side::Response, "Access-Control-Allow-Origin").is_empty(), !answered);
    }
}

#[test]
fn children_attributes_and_sections_are_checked() {
    let origins = "<allowed-origins><origin>https://a</origin></allowed-origins>";
    let headers = "<allowed-headers><header>*</header></allowed-headers>";
    for (policy, codes) in [
        (format!("<cors>{origins}</cors>"), &["cors-headers"][..]),
        (format!("<cors>{headers}</cors>"), &["element-missing"]),
        (format!("<cors><allowed-origins/>{headers}</cors>"), &["element-missing"]),
        (format!("<cors>{origins}<allowed-methods/>{headers}</cors>"), &["element-missing"]),
        (format!("<cors>{origins}{origins}{headers}</cors>"), &["element-twice"]),
        (format!("<cors>{headers}{origins}</cors>"), &["child-order"]),
        (format!("<cors allow-credentials='1'>{origins}{headers}</cors>"), &["value-invalid"]),
        (format!("<cors allow-origin='*'>{origins}{headers}</cors>"), &["unknown-attribute"]),
        (format!("<cors>{origins}{headers}</cors><cors>{origins}{headers}</cors>"), &["once-per-section"]),
        (format!("<cors>{}{headers}</cors>", origins.replace("https://a", "a.example")), &["cors-origin"]),
        (format!("<cors>{}{headers}</cors>", origins.replace("https://a", "@(x)")), &["expression-invalid"]),
        (
            format!(
                "<cors><allowed-origins><origin>*</origin><origin>https://a</origin></allowed-origins>{headers}</cors>"
            ),
            &["value-invalid"],
        ),
        (
            format!("<cors allow-credentials='true'>{}{headers}</cors>", origins.replace("https://a", "*")),
            &["cors-credentials"],
        ),
        (format!("<policies><outbound><cors>{origins}{headers}</cors></outbound></policies>"), &["wrong-section"]),
        (
            format!(
                "<cors>{origins}<allowed-methods preflight-result-max-age='x'><method>*</method></allowed-methods>{headers}</cors>"
            ),
            &["value-invalid"],
        ),
    ] {
        check(&policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
    }
}

#[test]
fn an_overlong_origin_matches_nothing() {
    let host = "a".repeat(crate::limits::ORIGIN_BYTES_MAX);
    for (length, allowed) in [(0, true), (1, false)] {
        let origin = format!("https://{}", &host[..crate::limits::ORIGIN_BYTES_MAX - "https://".len() + length]);
        let policy = MINIMAL.replace("https://a.example", &origin);
        let lines = if allowed { vec![origin.as_str()] } else { vec![] };
        check(&policy, from("POST", &origin), &[Expect::ResponseHeader("Access-Control-Allow-Origin", &lines)]);
    }
}
