//! Compressed messages: policies see what they say, and what no policy changes goes on as it came.

use postern_bundle::PolicySource;
use postern_tests::client::Response;
use postern_tests::driver::Driver;
use postern_tests::gateway::Gateway;
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, Seen, response};
use postern_tests::service::{Configuration, inbound, open_api, policy};

/// `{"name":"ada","n":1}`, by Python's gzip module and by the `brotli` tool.
const GZIP: &str = "1f8b0800000000000203ab56ca4bcc4d55b2524a4c4954d251ca53b232ac050016052c1814000000";
const BROTLI: &str = "8f09807b226e616d65223a22616461222c226e223a317d03";
/// 4 MiB of zeros, by the `brotli` tool.
const BOMB: &str = "9fffff3ff82700e2b14020f7fe07";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// A request with this body in this coding; the origin answers with that one.
fn send(
    driver: Driver,
    document: Option<PolicySource>,
    request: (&str, &[u8]),
    answer: (&'static str, Vec<u8>),
) -> (Response, Vec<Seen>) {
    let origin = Origin::with(move |_, conversation| {
        let headers = [("Content-Encoding", answer.0), ("Content-Type", "application/json")];
        conversation.answer_after_body(&response(200, &headers, &answer.1))
    });
    let mut api = open_api("a", &origin.url());
    api.policy = document;
    let gateway = Gateway::with(driver, &Configuration::of(api));
    let mut client = gateway.client();
    let (coding, body) = request;
    let head = format!(
        "POST /a/x HTTP/1.1\r\nHost: gateway.test\r\nContent-Type: application/json\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    client.send(&[head.as_bytes(), body].concat());
    (client.read_response(), origin.seen())
}

/// The origin's answer does not matter.
fn plain() -> (&'static str, Vec<u8>) {
    ("identity", b"{}".to_vec())
}

on_both_drivers! {
    fn a_coded_body_that_policies_only_read_goes_on_as_it_came(driver) {
        let see = |side: &str, name: &str| format!(
            "<set-header name=\"{name}\"><value>@((string)context.{side}.Body.As<JObject>(preserveContent: true)[\"name\"])</value></set-header>"
        );
        let document = policy(&see("Request", "X-Name"), "<base/>", &see("Response", "X-Name"));
        let (answer, seen) = send(driver, document, ("br", &bytes(BROTLI)), ("gzip", bytes(GZIP)));
        assert_eq!((answer.header("x-name"), answer.header("content-encoding")), (Some("ada"), Some("gzip")));
        assert_eq!(answer.body, bytes(GZIP));
        let of = |name: &str| seen[0].header(name);
        assert_eq!((of("x-name").as_deref(), of("content-encoding").as_deref()), (Some("ada"), Some("br")));
        assert_eq!(seen[0].body, bytes(BROTLI));
    }

    fn a_body_that_a_policy_replaces_is_in_no_coding(driver) {
        let change = "<find-and-replace from=\"ada\" to=\"grace\"/>";
        let document = policy(change, "<base/>", change);
        let (answer, seen) = send(driver, document, ("gzip", &bytes(GZIP)), ("br", bytes(BROTLI)));
        let expected = "{\"name\":\"grace\",\"n\":1}";
        assert_eq!((answer.text().as_str(), answer.header("content-encoding")), (expected, None));
        assert_eq!(answer.header("content-length"), Some("22"));
        assert_eq!((&*String::from_utf8_lossy(&seen[0].body), seen[0].header("content-encoding")), (expected, None));

        let document = policy("", "<base/>", "<set-body>mine</set-body>");
        let (answer, _) = send(driver, document, ("identity", b""), ("gzip", bytes(GZIP)));
        assert_eq!((answer.text().as_str(), answer.header("content-encoding")), ("mine", None));
        // One that the policy names itself is meant for its body.
        let named = "<set-header name=\"Content-Encoding\"><value>x-mine</value></set-header><set-body>mine</set-body>";
        let (answer, _) = send(driver, policy("", "<base/>", named), ("identity", b""), plain());
        assert_eq!((answer.text().as_str(), answer.header("content-encoding")), ("mine", Some("x-mine")));
    }

    fn a_body_of_an_unknown_coding_stays_as_it_is(driver) {
        let document = policy("", "<base/>", "<find-and-replace from=\"ada\" to=\"grace\"/>");
        let (answer, _) = send(driver, document, ("identity", b""), ("x-own", b"no ada in it".to_vec()));
        assert_eq!((answer.text().as_str(), answer.header("content-encoding")), ("no ada in it", Some("x-own")));
    }

    fn a_request_that_is_not_what_its_coding_says_is_refused(driver) {
        let read = || inbound("<set-variable name=\"b\" value=\"@(context.Request.Body.As<string>())\"/>");
        for (coding, body, status) in [
            ("gzip", b"plain text".to_vec(), 400),
            ("br", bytes(BROTLI)[..9].to_vec(), 400),
            // Decoded it is longer than what a policy may make the gateway hold.
            ("br", bytes(BOMB), 413),
        ] {
            let (answer, seen) = send(driver, read(), (coding, &body), plain());
            assert_eq!((answer.status, seen.len()), (status, 0), "{coding}");
        }
        let (answer, _) = send(driver, policy("", "<base/>", "<find-and-replace from=\"a\" to=\"b\"/>"), ("identity", b""), ("gzip", b"plain".to_vec()));
        assert_eq!(answer.status, 500);
        // Nobody looks at it: it is none of the gateway's business.
        let (answer, seen) = send(driver, None, ("gzip", b"plain text"), ("gzip", b"plain".to_vec()));
        assert_eq!((answer.text().as_str(), &*seen[0].body), ("plain", &b"plain text"[..]));
    }

    fn the_answer_to_a_policys_own_request_is_read_decoded(driver) {
        let origin = Origin::with(|_, conversation| {
            conversation.answer_after_body(&response(200, &[("Content-Encoding", "gzip")], &bytes(GZIP)))
        });
        let statements = format!(
            "<send-request mode=\"new\" response-variable-name=\"r\"><set-url>{}</set-url><set-method>GET</set-method>\
             <set-header name=\"Accept-Encoding\"><value>gzip</value></set-header></send-request>\
             <return-response response-variable-name=\"r\"/>",
            origin.url()
        );
        let (answer, _) = send(driver, inbound(&statements), ("identity", b""), plain());
        assert_eq!((answer.text().as_str(), answer.header("content-encoding")), ("{\"name\":\"ada\",\"n\":1}", None));
    }

    fn requests_of_policies_are_made_of_what_the_body_says_or_of_the_body(driver) {
        let side = Origin::start();
        let ask = |mode: &str, body: &str| {
            let statements = format!(
                "<send-request mode=\"{mode}\" response-variable-name=\"r\"><set-url>{}</set-url><set-method>POST</set-method>{body}</send-request>\
                 <return-response/>",
                side.url()
            );
            send(driver, inbound(&statements), ("br", &bytes(BROTLI)), plain());
            side.seen().pop().unwrap()
        };
        let seen = |seen: Seen| (seen.body.clone(), seen.header("content-encoding"));
        let template = "<set-body template=\"liquid\">{{body.name}}</set-body>";
        assert_eq!(seen(ask("new", template)), (b"ada".to_vec(), None));
        assert_eq!(seen(ask("copy", template)), (b"ada".to_vec(), None));
        assert_eq!(seen(ask("copy", "")), (bytes(BROTLI), Some("br".to_owned())));
    }

    fn a_body_that_takes_the_place_of_a_cached_one_is_in_no_coding(driver) {
        let origin = Origin::with(|_, conversation| {
            conversation.answer_after_body(&response(200, &[("Content-Encoding", "gzip")], &bytes(GZIP)))
        });
        for (replaces, expected) in [("", (bytes(GZIP), Some("gzip"))), ("<set-body>plain</set-body>", (b"plain".to_vec(), None))] {
            let mut api = open_api("a", &origin.url());
            let lookup = "<cache-lookup vary-by-developer=\"false\" vary-by-developer-groups=\"false\"/>";
            api.policy = policy(lookup, "<base/>", &format!("<cache-store duration=\"60\"/>{replaces}"));
            let gateway = Gateway::with(driver, &Configuration::of(api));
            origin.clear();
            // The first is stored, the second found.
            for _ in 0..2 {
                let answer = gateway.get("/a/x", &[]);
                assert_eq!((answer.body.clone(), answer.header("content-encoding")), expected, "{replaces}");
            }
            assert_eq!(origin.seen().len(), 1);
        }
    }
}
