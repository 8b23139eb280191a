//! A request that policies send more than once: each attempt is a whole request on the wire, or it is not made.

use std::sync::atomic::{AtomicBool, Ordering};

use postern_bundle::PolicySource;
use postern_tests::client::Response;
use postern_tests::driver::Driver;
use postern_tests::gateway::Gateway;
use postern_tests::nobody::Nobody;
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, Seen, Then, response};
use postern_tests::service::{Configuration, open_api};

/// Whether the body comes when a backend was sent the head, or at once behind the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    WhenForwarded,
    AtOnce,
}

/// A request with the body `BODY`, and behind it one without a body to `/a/next`, to an API with these sections. The origin answers the
/// first request with 503, others with 200, and says what the body was. Both answers, and what the origin saw.
fn send(driver: Driver, sections: &str, body: Body) -> (Response, Response, Vec<Seen>) {
    let is_first = AtomicBool::new(true);
    let origin = Origin::with(move |_, conversation| {
        let Ok(body) = conversation.read_body() else { return Then::Close };
        let status = if is_first.swap(false, Ordering::SeqCst) { 503 } else { 200 };
        if conversation.send(&response(status, &[], &body)).is_err() { Then::Close } else { Then::Continue }
    });
    let nobody = Nobody::new();
    let mut api = open_api("a", &origin.url());
    let sections = sections.replace("{origin}", &origin.url()).replace("{nobody}", &nobody.url());
    api.policy = Some(PolicySource::new(format!(
        "<policies>{sections}<on-error><set-header name=\"X-Why\"><value>@(context.LastError.Source + \": \" + context.LastError.Reason)</value>\
         </set-header></on-error></policies>"
    )));
    let gateway = Gateway::with(driver, &Configuration::of(api));
    let mut client = gateway.client();
    client.send(b"POST /a/x HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 4\r\n\r\n");
    if body == Body::WhenForwarded {
        origin.wait_for(1);
    }
    client.send(b"BODYGET /a/next HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
    let (answer, next) = (client.read_response(), client.read_response());
    (answer, next, origin.seen())
}

/// Request line, length and body of what the origin saw.
fn requests(seen: &[Seen]) -> Vec<(String, Option<String>, String)> {
    let texts = |seen: &Seen| {
        assert!(!seen.stray, "{}", seen.text());
        (seen.request_line(), seen.header("content-length"), String::from_utf8_lossy(&seen.body).into_owned())
    };
    seen.iter().map(texts).collect()
}

fn post(path: &str) -> (String, Option<String>, String) {
    (format!("POST {path} HTTP/1.1"), Some("4".to_owned()), "BODY".to_owned())
}

fn next() -> (String, Option<String>, String) {
    ("GET /next HTTP/1.1".to_owned(), None, String::new())
}

const UNTIL_OK: &str =
    "<backend><retry condition=\"@(context.Response.StatusCode == 503)\" count=\"2\" interval=\"0\">";

on_both_drivers! {
    fn a_body_that_was_not_kept_is_not_promised_to_a_second_backend(driver) {
        let sections = format!("{UNTIL_OK}<forward-request/></retry></backend>");
        let (answer, following, seen) = send(driver, &sections, Body::WhenForwarded);
        assert_eq!((answer.status, answer.header("x-why")), (500, Some("forward-request: RequestBodyConsumed")), "{}", answer.text());
        assert_eq!((following.status, requests(&seen)), (200, vec![post("/x"), next()]));
    }

    fn a_body_that_was_kept_goes_with_every_attempt(driver) {
        let sections = format!("{UNTIL_OK}<forward-request buffer-request-body=\"true\"/></retry></backend>");
        let (answer, following, seen) = send(driver, &sections, Body::AtOnce);
        assert_eq!((answer.status, answer.text().as_str()), (200, "BODY"));
        assert_eq!((following.status, requests(&seen)), (200, vec![post("/x"), post("/x"), next()]));
    }

    fn a_body_that_nobody_has_read_yet_goes_to_the_backend_that_can_be_reached(driver) {
        let sections = "<inbound><set-backend-service base-url=\"{nobody}\"/></inbound>\
                        <backend><retry condition=\"@(context.Response.StatusCode == 500)\" count=\"1\" interval=\"0\">\
                        <set-variable name=\"n\" value=\"@(context.Variables.GetValueOrDefault&lt;int&gt;(&quot;n&quot;) + 1)\"/>\
                        <choose><when condition=\"@(context.Variables.GetValueOrDefault&lt;int&gt;(&quot;n&quot;) == 2)\">\
                        <set-backend-service base-url=\"{origin}\"/></when></choose><forward-request/></retry></backend>";
        let (answer, following, seen) = send(driver, sections, Body::WhenForwarded);
        assert_eq!((answer.status, answer.text().as_str()), (503, "BODY"));
        assert_eq!((following.status, requests(&seen)), (200, vec![post("/x"), next()]));
    }

    fn policies_learn_that_a_body_is_gone_and_never_read_the_next_request_as_one(driver) {
        let sections = "<backend><forward-request/></backend><outbound><choose><when condition=\"@(context.Request.Method == &quot;POST&quot;)\">\
                        <set-header name=\"X-Body\"><value>@(context.Request.Body.As&lt;string&gt;())</value></set-header></when></choose></outbound>";
        let (answer, following, seen) = send(driver, sections, Body::WhenForwarded);
        assert_eq!((answer.status, answer.header("x-why")), (500, Some("set-header: RequestBodyConsumed")), "{}", answer.text());
        assert_eq!((following.status, requests(&seen)), (200, vec![post("/x"), next()]));
    }
}
