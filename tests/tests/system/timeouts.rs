//! Backends that are not there, do not answer, or answer late (`facts/apim.md` 2.0.2 and 4).

use postern_tests::client::Response;
use postern_tests::driver::Driver;
use postern_tests::gateway::{Gateway, Options};
use postern_tests::nobody::Nobody;
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, Then};
use postern_tests::service::{Configuration, open_api, policy};
use postern_tests::wait;

/// An API `a` with this backend section.
fn gateway(driver: Driver, url: &str, backend: &str) -> Gateway {
    let mut api = open_api("a", url);
    api.policy = policy("", backend, "");
    Gateway::with(driver, &Configuration::of(api))
}

/// What APIM answers when a backend fails and no `on-error` says otherwise.
fn assert_internal_error(answer: &Response) {
    assert_eq!(answer.status, 500, "{}", answer.text());
    let text = answer.text();
    let id = text
        .strip_prefix("{ \"statusCode\": 500, \"message\": \"Internal server error\", \"activityId\": \"")
        .and_then(|rest| rest.strip_suffix("\" }"));
    assert_eq!(id.map(str::len), Some(36), "{text}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

on_both_drivers! {
    fn a_backend_that_does_not_answer_in_time_is_given_up(driver) {
        let origin = Origin::with(|seen, conversation| {
            if seen.target() == "/fast" {
                return conversation.ok(b"ok");
            }
            conversation.wait_for_end();
            Then::Close
        });
        let gateway = gateway(driver, &origin.url(), "<forward-request timeout-ms=\"300\"/>");
        let mut client = gateway.client();
        assert_internal_error(&client.get("/a/slow", &[]));
        // The late answer can go nowhere: its connection is closed.
        wait::until("the end of the connection", || (origin.open_count() == 0).then_some(()));
        assert_eq!(gateway.get("/a/fast", &[]).text(), "ok");
    }

    fn a_slow_body_is_not_a_slow_answer(driver) {
        // The time limit is for the head of the response (APIM: "before a timeout error is raised").
        let origin = Origin::with(|_, conversation| {
            let _ = conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
            std::thread::sleep(std::time::Duration::from_millis(900));
            let _ = conversation.send(b"k");
            Then::Continue
        });
        let gateway = gateway(driver, &origin.url(), "<forward-request timeout-ms=\"500\"/>");
        assert_eq!(gateway.get("/a/x", &[]).text(), "ok");
    }

    fn a_backend_that_is_not_there_is_an_internal_error_and_on_error_may_say_more(driver) {
        let closed = Nobody::new();
        let url = closed.url();
        assert_internal_error(&gateway(driver, &url, "<base/>").get("/a/x", &[]));
        assert_internal_error(&gateway(driver, "http://no-such-host.invalid", "<base/>").get("/a/x", &[]));
        let mut api = open_api("a", &url);
        api.policy = Some(postern_bundle::PolicySource::new(
            "<policies><inbound><base/></inbound><backend><base/></backend><outbound><base/></outbound>\
             <on-error><base/><set-status code=\"503\" reason=\"Try later\"/>\
             <set-header name=\"Retry-After\"><value>7</value></set-header><set-body>down</set-body></on-error></policies>",
        ));
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let answer = gateway.get("/a/x", &[]);
        assert_eq!((answer.status, answer.header("retry-after"), answer.text().as_str()), (503, Some("7"), "down"));
        assert!(answer.head.starts_with("HTTP/1.1 503 Try later\r\n"), "{}", answer.head);
    }

    fn a_caller_that_stops_in_the_middle_of_its_head_is_given_up(driver) {
        let origin = Origin::start();
        let options = Options::new(driver).argument("--limits-head-timeout").argument("1s");
        let gateway = Gateway::with_options(&options, &Configuration::of(open_api("a", &origin.url())));
        let mut client = gateway.client();
        client.send(b"GET /a/x HTTP/1.1\r\nHost: gate");
        let answer = client.read_response();
        assert_eq!((answer.status, answer.header("connection")), (408, Some("close")));
        assert_eq!(gateway.get("/a/x", &[]).status, 200);
    }

    fn an_idle_connection_is_closed_in_order(driver) {
        let origin = Origin::start();
        let options = Options::new(driver).argument("--limits-keep-alive-timeout").argument("1s");
        let gateway = Gateway::with_options(&options, &Configuration::of(open_api("a", &origin.url())));
        let mut client = gateway.client();
        assert_eq!(client.get("/a/x", &[]).status, 200);
        assert_eq!(client.fate(), postern_tests::client::Fate::Closed);
    }
}
