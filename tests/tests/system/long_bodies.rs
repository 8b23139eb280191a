//! Bodies that are long: they are written by themselves, not copied behind their heads, and what is done with them for long is done elsewhere.

use std::sync::atomic::{AtomicUsize, Ordering};

use postern_tests::driver::Driver;
use postern_tests::gateway::Gateway;
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, Then, response};
use postern_tests::service::{Configuration, inbound, open_api, policy};

/// Below and above the length from which bodies are written by themselves.
const LENGTHS: [usize; 4] = [65_536, 65_537, 300_000, 2_000_000];

fn made(length: usize) -> String {
    format!("@(new string('a', {length}))")
}

fn is_made(body: &[u8], length: usize) -> bool {
    body.len() == length && body.iter().all(|byte| *byte == b'a')
}

fn gateway(driver: Driver, origin: &Origin, document: Option<postern_bundle::PolicySource>) -> Gateway {
    let mut api = open_api("a", &origin.url());
    api.policy = document;
    Gateway::with(driver, &Configuration::of(api))
}

on_both_drivers! {
    fn bodies_of_policies_go_both_ways_whatever_their_length(driver) {
        for length in LENGTHS {
            let set = format!("<set-body>{}</set-body>", made(length));
            let origin = Origin::start();
            let gateway = gateway(driver, &origin, policy(&set, "<base/>", &set));
            let mut client = gateway.client();
            for round in 0..2 {
                let answer = client.request("POST", "/a/x", &[], b"short");
                assert_eq!((answer.status, answer.header("content-length")), (200, Some(&*length.to_string())), "{length}");
                assert!(is_made(&answer.body, length), "{length}: {} bytes in round {round}", answer.body.len());
            }
            // All of it on one connection: nothing was left between two messages.
            assert_eq!(origin.connection_count(), 1);
            // Only the head, and the caller's connection goes on (this origin sends a body after it, which costs it its own).
            client.send(b"HEAD /a/x HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
            let head = client.read_response_to("HEAD");
            assert_eq!(head.header("content-length"), Some(&*length.to_string()));
            assert_eq!(client.get("/a/x", &[]).status, 200);
            let seen = origin.wait_for(4);
            assert!(seen.iter().all(|seen| is_made(&seen.body, length)), "{length}");
        }
    }

    fn bodies_pass_unchanged_behind_heads_that_policies_made_shorter_or_longer(driver) {
        let shorter = "<set-header name=\"X-Origin\" exists-action=\"delete\"/>";
        let longer = "<set-header name=\"X-Longer\" exists-action=\"override\"><value>a value that the origin has not sent</value></set-header>";
        for (statements, length) in ["", shorter, longer].into_iter().flat_map(|made| [0, 1, 1000, 2_000_000].map(|length| (made, length))) {
            let sent: Vec<u8> = (0..length).map(|at| b"0123456789"[at % 10]).collect();
            let body = sent.clone();
            let origin = Origin::with(move |_, conversation| {
                conversation.answer_after_body(&response(200, &[("X-Origin", "1")], &body))
            });
            let gateway = gateway(driver, &origin, policy("", "<base/>", statements));
            let mut client = gateway.client();
            for _ in 0..2 {
                let answer = client.get("/a/x", &[]);
                assert_eq!((answer.status, answer.header("content-length")), (200, Some(&*length.to_string())));
                assert_eq!(answer.header("x-origin").is_some(), statements != shorter);
                assert_eq!(answer.header("x-longer").is_some(), statements == longer);
                assert!(answer.body == sent, "{length} bytes with {statements:?}");
            }
            assert_eq!(origin.connection_count(), 1, "the connection to the origin is used again");
        }
    }

    fn answers_of_policies_alone_are_sent_whole(driver) {
        for length in LENGTHS {
            let document = inbound(&format!("<return-response><set-body>{}</set-body></return-response>", made(length)));
            let origin = Origin::start();
            let gateway = gateway(driver, &origin, document);
            let mut client = gateway.client();
            for _ in 0..2 {
                assert!(is_made(&client.get("/a/x", &[]).body, length), "{length}");
            }
        }
    }

    fn a_long_body_is_sent_again_where_a_reused_connection_had_died(driver) {
        static REQUESTS: AtomicUsize = AtomicUsize::new(0);
        REQUESTS.store(0, Ordering::SeqCst);
        let origin = Origin::with(|seen, conversation| {
            if seen.connection == 0 && REQUESTS.fetch_add(1, Ordering::SeqCst) == 1 {
                let _ = conversation.read_body();
                return Then::Close;
            }
            conversation.ok(b"ok")
        });
        let gateway = gateway(driver, &origin, policy(&format!("<set-body>{}</set-body>", made(300_000)), "<base/>", ""));
        let mut client = gateway.client();
        assert_eq!(client.request("PUT", "/a/x", &[], b"b").status, 200);
        assert_eq!(client.request("PUT", "/a/x", &[], b"b").status, 200);
        let seen = origin.seen();
        assert_eq!(seen.iter().map(|seen| seen.connection).collect::<Vec<_>>(), [0, 0, 1]);
        assert!(is_made(&seen[2].body, 300_000), "{} bytes", seen[2].body.len());
    }

    fn long_bodies_of_requests_that_policies_send_arrive(driver) {
        for length in LENGTHS {
            let origin = Origin::start();
            let send = format!(
                "<send-request response-variable-name=\"r\"><set-url>{}/own</set-url><set-method>PUT</set-method><set-body>{}</set-body>\
                 </send-request>",
                origin.url(), made(length)
            );
            let gateway = gateway(driver, &origin, inbound(&format!("{send}{send}<return-response/>")));
            assert_eq!(gateway.get("/a/x", &[]).status, 200);
            let seen = origin.wait_for(2);
            assert!(seen.iter().all(|seen| is_made(&seen.body, length) && seen.target() == "/own"), "{length}");
            assert_eq!(origin.connection_count(), 1);
        }
    }

    fn templates_that_call_each_other_deeply_do_not_keep_other_requests_waiting(driver) {
        // Seconds of work after a deep call, for a gateway with one worker.
        let sheet = "<xsl-transform><xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\">\
            <xsl:output method=\"text\"/><xsl:template match=\"/\"><xsl:call-template name=\"n\"><xsl:with-param name=\"i\" select=\"300\"/>\
            </xsl:call-template></xsl:template><xsl:template name=\"n\"><xsl:param name=\"i\"/><xsl:choose><xsl:when test=\"$i = 0\">\
            <xsl:value-of select=\"count(//b[count(//b) &gt; 1])\"/></xsl:when><xsl:otherwise><xsl:call-template name=\"n\">\
            <xsl:with-param name=\"i\" select=\"$i - 1\"/></xsl:call-template></xsl:otherwise></xsl:choose></xsl:template>\
            </xsl:stylesheet></xsl-transform>";
        let slow = format!("<choose><when condition=\"@(context.Request.Method == &quot;POST&quot;)\">{sheet}</when></choose>");
        let origin = Origin::start();
        let gateway = gateway(driver, &origin, inbound(&slow));
        let body = format!("<a>{}</a>", "<b/>".repeat(1200));
        let mut deep = gateway.client();
        deep.send(format!("POST /a/deep HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
        let mut others = gateway.client();
        for _ in 0..20 {
            assert_eq!(others.get("/a/other", &[]).status, 200);
        }
        assert_eq!(deep.read_response().status, 200);
        let seen = origin.wait_for(21);
        let transformed = seen.iter().find(|seen| seen.target() == "/deep").unwrap();
        assert_eq!(String::from_utf8_lossy(&transformed.body), "1200");
    }
}
