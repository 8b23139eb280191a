//! Callers that are gone while something else is waited for: nothing is held for them any longer (`facts/apim.md` 4, "client aborted").

use std::sync::Mutex;
use std::sync::mpsc::channel;

use postern_bundle::PolicySource;
use postern_tests::driver::Driver;
use postern_tests::gateway::{Gateway, Options};
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, Then, response};
use postern_tests::service::{Configuration, inbound, open_api, policy};
use postern_tests::wait;
use serde_json::Value;

/// Answers nothing but `/fast`, and waits for the end of the connection.
fn silent() -> Origin {
    Origin::with(|seen, conversation| {
        if seen.target() == "/fast" {
            return conversation.ok(b"ok");
        }
        conversation.wait_for_end();
        Then::Close
    })
}

fn gateway(driver: Driver, url: &str, policy: Option<PolicySource>) -> Gateway {
    let mut api = open_api("a", url);
    api.policy = policy;
    Gateway::with_options(&Options::new(driver).workers(1), &Configuration::of(api))
}

/// Sends a request, waits until `is_awaited`, and resets the connection.
fn reset_when(gateway: &Gateway, is_awaited: impl Fn() -> bool) {
    let mut client = gateway.client();
    client.send(b"GET /a/slow HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
    wait::until("something awaited", || is_awaited().then_some(()));
    client.reset();
}

/// The log says that the caller has gone, and where the request was then.
fn assert_logged(gateway: &Gateway, source: &str, section: &str) {
    let record = gateway.wait_for_log("/a/slow", 1).remove(0);
    let error = &record["lastError"];
    assert_eq!(error["reason"], "ClientConnectionFailure", "{record}");
    assert_eq!((&error["source"], &error["section"]), (&Value::from(source), &Value::from(section)), "{record}");
    assert_eq!(record["responseCode"], 0, "{record}");
}

on_both_drivers! {
    fn a_backend_is_not_waited_for_when_the_caller_is_gone(driver) {
        let forward = "<forward-request timeout=\"600\"/>";
        let retried = "<retry condition=\"@(context.Response.StatusCode != 200)\" count=\"9\" interval=\"0\"><forward-request timeout=\"600\"/></retry>";
        for backend in [forward, retried] {
            let origin = silent();
            let gateway = gateway(driver, &origin.url(), policy("", backend, ""));
            // With a connection that is used a second time, on which a request would be repeated if it died by itself.
            assert_eq!(gateway.get("/a/fast", &[]).text(), "ok");
            reset_when(&gateway, || origin.seen().len() == 2);
            wait::until("the end of the connection", || (origin.open_count() == 0).then_some(()));
            assert_logged(&gateway, "forward-request", "backend");
            assert_eq!(origin.seen().len(), 2, "it is not sent again");
            assert_eq!(gateway.metrics().sum("postern_requests_aborted_total", &[]), 1.0);
            assert_eq!(gateway.get("/a/fast", &[]).text(), "ok");
        }
    }

    fn requests_of_policies_end_with_their_caller(driver) {
        let send = |url: &str| format!("<send-request timeout=\"600\" response-variable-name=\"r\"><set-url>{url}/s</set-url></send-request>");
        for wait in [false, true] {
            let (aside, origin) = (silent(), Origin::start());
            let one = send(&aside.url());
            let statements = if wait { format!("<wait for=\"any\">{one}{one}</wait>") } else { one };
            let gateway = gateway(driver, &origin.url(), inbound(&statements));
            reset_when(&gateway, || aside.seen().len() == 1 + usize::from(wait));
            wait::until("the end of the connections", || (aside.open_count() == 0).then_some(()));
            assert_logged(&gateway, if wait { "wait" } else { "send-request" }, "inbound");
            assert_eq!(origin.seen().len(), 0, "it went no further");
        }
    }

    fn a_pause_ends_with_its_caller(driver) {
        let origin = Origin::start();
        let backend = "<retry condition=\"@(true)\" count=\"9\" interval=\"600\"><forward-request/></retry>";
        let gateway = gateway(driver, &origin.url(), policy("", backend, ""));
        reset_when(&gateway, || origin.seen().len() == 1);
        assert_logged(&gateway, "retry", "backend");
    }

    fn a_place_of_limit_concurrency_is_free_again_when_its_caller_is_gone(driver) {
        let origin = silent();
        let backend = "<limit-concurrency key=\"k\" max-count=\"1\"><forward-request timeout=\"600\"/></limit-concurrency>";
        let gateway = gateway(driver, &origin.url(), policy("", backend, ""));
        reset_when(&gateway, || {
            origin.seen().len() == 1 && gateway.get("/a/fast", &[]).status == 429
        });
        wait::until("the place free", || (gateway.get("/a/fast", &[]).status == 200).then_some(()));
    }

    fn on_error_runs_for_a_caller_that_is_gone_but_holds_nothing_for_long(driver) {
        let (origin, told, aside) = (silent(), Origin::start(), silent());
        let document = PolicySource::new(format!(
            "<policies><inbound/><backend><forward-request timeout=\"600\"/></backend><outbound/><on-error>\
             <send-one-way-request><set-url>@(\"{}/\" + context.LastError.Reason)</set-url><set-method>GET</set-method></send-one-way-request>\
             <send-request timeout=\"600\" response-variable-name=\"r\"><set-url>{}/s</set-url></send-request></on-error></policies>",
            told.url(),
            aside.url()
        ));
        let gateway = gateway(driver, &origin.url(), Some(document));
        reset_when(&gateway, || origin.seen().len() == 1);
        assert_eq!(told.wait_for(1)[0].target(), "/ClientConnectionFailure");
        aside.wait_for(1);
        wait::until("the end of the connection", || (aside.open_count() == 0).then_some(()));
        assert_logged(&gateway, "forward-request", "backend");
    }

    fn a_response_that_stands_still_ends_with_its_caller(driver) {
        let origin = Origin::with(|_, conversation| {
            let _ = conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
            conversation.wait_for_end();
            Then::Close
        });
        let gateway = gateway(driver, &origin.url(), None);
        let mut client = gateway.client();
        client.send(b"GET /a/slow HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
        client.count_bytes(1).unwrap();
        client.reset();
        wait::until("the end of the connection", || (origin.open_count() == 0).then_some(()));
        let record = gateway.wait_for_log("/a/slow", 1).remove(0);
        assert_eq!(record["lastError"]["reason"], "ClientConnectionFailure", "{record}");
    }

    fn a_caller_that_ended_its_sending_half_gets_its_answer(driver) {
        let (release, released) = channel::<()>();
        let released = Mutex::new(released);
        let origin = Origin::with(move |seen, conversation| {
            if seen.target() == "/half" {
                let _ = released.lock().unwrap().recv();
                return conversation.answer_after_body(&response(200, &[], b"late"));
            }
            conversation.wait_for_end();
            Then::Close
        });
        let gateway = gateway(driver, &origin.url(), None);
        let mut half = gateway.client();
        half.send(b"GET /a/half HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
        half.finish();
        origin.wait_for(1);
        // Two that came later and are gone have been noticed: so the one before them was looked at, and more than once.
        for count in 1..=2 {
            reset_when(&gateway, || origin.seen().len() == 1 + count);
            gateway.wait_for_log("/a/slow", count);
        }
        release.send(()).unwrap();
        assert_eq!(half.read_response().text(), "late");
    }

    fn callers_that_reset_at_once_do_not_use_up_the_open_files(driver) {
        let (silent, origin) = (silent(), Origin::start());
        let configuration = Configuration {
            apis: vec![open_api("a", &silent.url()), open_api("b", &origin.url())],
            ..Configuration::default()
        };
        let options = Options::new(driver).workers(2).open_files(500);
        let gateway = Gateway::with_options(&options, &configuration);
        // As many as would take all of the files, and more, with a moment for the gateway to notice.
        for round in 1..=6 {
            for _ in 0..80 {
                let mut client = gateway.client();
                client.send(b"GET /a/slow HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
                client.reset();
            }
            wait::until("the connections closed", || (silent.open_count() == 0).then_some(()));
            assert_eq!(gateway.get("/b/x", &[]).status, 200, "round {round}");
        }
    }
}
