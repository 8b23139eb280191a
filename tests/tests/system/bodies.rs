//! Policies that change bodies: the whole body is read from its socket, whatever pieces it comes in, and another one is sent, with its own length.

use postern_bundle::PolicySource;
use postern_tests::client::Response;
use postern_tests::driver::Driver;
use postern_tests::gateway::Gateway;
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, Seen};
use postern_tests::service::{Configuration, inbound, open_api, policy};

/// The body in chunks of four bytes.
fn chunked(body: &str) -> String {
    let chunks =
        body.as_bytes().chunks(4).map(|chunk| format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk)));
    chunks.chain(["0\r\n\r\n".to_owned()]).collect()
}

/// A chunked request to `/a/x` with this body, to an origin that answers with that type and text, chunked as well; `{origin}` in it is the
/// origin's URL.
fn send(
    driver: Driver,
    document: Option<PolicySource>,
    target: &str,
    request: (&str, &str),
    answer: (&str, &str),
) -> (Response, Seen) {
    let (content_type, text) = (answer.0.to_owned(), answer.1.to_owned());
    let origin = Origin::with(move |seen, conversation| {
        let text = text.replace("{origin}", &format!("http://{}", seen.header("host").unwrap_or_default()));
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n");
        conversation.answer_after_body(format!("{head}{}", chunked(&text)).as_bytes())
    });
    let mut api = open_api("a", &origin.url());
    api.policy = document;
    let gateway = Gateway::with(driver, &Configuration::of(api));
    let mut client = gateway.client();
    let (content_type, body) = request;
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: gateway.test\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    client.send(format!("{head}{}", chunked(body)).as_bytes());
    let answer = client.read_response();
    (answer, origin.seen().remove(0))
}

const XSL: &str = "<xsl-transform><xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\">\
                   <xsl:output method=\"xml\" omit-xml-declaration=\"yes\"/><xsl:template match=\"/\"><b><xsl:value-of select=\"/a\"/></b>\
                   </xsl:template></xsl:stylesheet></xsl-transform>";

on_both_drivers! {
    fn what_a_policy_made_of_the_request_s_body_reaches_the_origin(driver) {
        for (statements, content_type, body, new_type, made) in [
            ("<json-to-xml apply=\"content-type-json\" consider-accept-header=\"false\"/>", "application/json", "{\"a\":{\"b\":[1,2]}}", "application/xml", "<a><b>1</b><b>2</b></a>"),
            ("<xml-to-json kind=\"direct\" apply=\"content-type-xml\" consider-accept-header=\"false\"/>", "text/xml", "<a b=\"1\">x</a>", "application/json", "{\"a\":{\"@b\":\"1\",\"#text\":\"x\"}}"),
            ("<find-and-replace from=\"long ago\" to=\"now\"/>", "text/plain", "it was long ago, long ago", "text/plain", "it was now, now"),
            (XSL, "text/xml", "<a>what is said</a>", "text/xml", "<b>what is said</b>"),
        ] {
            let (answer, seen) = send(driver, inbound(statements), "/a/x", (content_type, body), ("text/plain", "as it came"));
            assert_eq!((answer.status, answer.text().as_str()), (200, "as it came"), "{statements}");
            assert_eq!((seen.header("content-type").as_deref(), String::from_utf8_lossy(&seen.body).as_ref()), (Some(new_type), made));
            assert_eq!(seen.header("content-length"), Some(made.len().to_string()), "{statements}");
        }
    }

    fn the_head_of_a_body_that_a_policy_makes_of_the_origin_s_tells_no_length(driver) {
        let origin = Origin::with(|_, conversation| {
            conversation.answer_after_body(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1234\r\n\r\n")
        });
        let read = "<set-body>@(context.Response.Body.As&lt;string>() + \"!\")</set-body>";
        let late = "<return-response><set-body>@(context.Response.Body.As&lt;string>() + \"!\")</set-body></return-response>";
        for (statements, length) in [
            ("", Some("1234")),
            ("<set-body>known</set-body>", Some("5")),
            ("<return-response><set-body>known</set-body></return-response>", Some("5")),
            ("<find-and-replace from=\"long ago\" to=\"now\"/>", None),
            (read, None),
            (late, None),
        ] {
            let mut api = open_api("a", &origin.url());
            api.policy = policy("", "<base/>", statements);
            let gateway = Gateway::with(driver, &Configuration::of(api));
            let mut client = gateway.client();
            // Twice on one connection: it stays open, and nothing is between the two answers.
            for _ in 0..2 {
                client.send(b"HEAD /a/x HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
                let head = client.read_response_to("HEAD");
                assert_eq!((head.status, head.header("content-length"), head.header("transfer-encoding")), (200, length, None), "{statements}");
                assert_eq!(head.header("connection"), None, "{statements}");
            }
        }
    }

    fn what_a_policy_made_of_the_response_s_body_reaches_the_caller(driver) {
        for (statements, target, content_type, body, new_type, made) in [
            ("<json-to-xml apply=\"always\" consider-accept-header=\"false\"/>", "/a/x", "application/json", "{\"a\":{\"b\":[1,2]}}", "application/xml", "<a><b>1</b><b>2</b></a>"),
            ("<xml-to-json kind=\"direct\" apply=\"always\" consider-accept-header=\"false\"/>", "/a/x", "text/xml", "<a b=\"1\">x</a>", "application/json", "{\"a\":{\"@b\":\"1\",\"#text\":\"x\"}}"),
            ("<find-and-replace from=\"long ago\" to=\"now\"/>", "/a/x", "text/plain", "it was long ago, long ago", "text/plain", "it was now, now"),
            (XSL, "/a/x", "text/xml", "<a>what is said</a>", "text/xml", "<b>what is said</b>"),
            ("<redirect-content-urls/>", "/a/x", "text/html", "<a href=\"{origin}/y\">", "text/html", "<a href=\"http://gateway.test/a/y\">"),
            ("<jsonp callback-parameter-name=\"cb\"/>", "/a/x?cb=f", "application/json", "{\"a\":1}", "application/javascript", "f({\"a\":1});"),
            ("<jsonp callback-parameter-name=\"cb\"/>", "/a/x", "application/json", "{\"a\":1}", "application/json", "{\"a\":1}"),
        ] {
            let document = policy("", "<base/>", statements);
            let (answer, _) = send(driver, document, target, ("text/plain", "as it came"), (content_type, body));
            assert_eq!((answer.status, answer.header("content-type"), answer.text().as_str()), (200, Some(new_type), made), "{statements}");
        }
    }
}
