//! `send-one-way-request`: what nobody waits for takes neither memory nor connections from those who do.

use postern_bundle::PolicySource;
use postern_tests::gateway::{Gateway, Options};
use postern_tests::on_both_drivers;
use postern_tests::origin::{Conversation, Origin, Then, response};
use postern_tests::service::{Configuration, inbound, open_api};
use postern_tests::wait;

/// A request to `url` beside each one; its own time limit is longer than any test.
fn beside(url: &str) -> Option<PolicySource> {
    inbound(&format!(
        "<send-one-way-request timeout=\"600\"><set-url>{url}/beside</set-url><set-method>GET</set-method></send-one-way-request>"
    ))
}

/// Answers but for the last byte of the body, and waits for the end of the connection.
fn hold_back_the_end(conversation: &mut Conversation, length: usize) -> Then {
    let whole = response(200, &[], &vec![b'x'; length]);
    if conversation.send(&whole[..whole.len() - 1]).is_ok() {
        conversation.wait_for_end();
    }
    Then::Close
}

on_both_drivers! {
    fn a_response_that_does_not_end_holds_no_connection(driver) {
        for length in [1_500_000, 10] {
            let elsewhere = Origin::with(move |_, conversation| hold_back_the_end(conversation, length));
            let origin = Origin::start();
            let mut api = open_api("a", &origin.url());
            api.policy = beside(&elsewhere.url());
            let gateway = Gateway::with_options(&Options::new(driver).workers(1), &Configuration::of(api));
            let before = gateway.process.resident_bytes();
            for _ in 0..40 {
                assert_eq!(gateway.get("/a/x", &[]).status, 200);
            }
            elsewhere.wait_for(40);
            wait::until("no connection open", || (elsewhere.open_count() == 0).then_some(()));
            let growth = gateway.process.resident_peak_bytes().saturating_sub(before);
            assert!(growth < 20 << 20, "memory grew by {} KB", growth >> 10);
        }
    }

    fn a_short_response_is_read_past_and_its_connection_used_again(driver) {
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".to_vec();
        for answer in [response(200, &[], b"abc"), response(204, &[], b""), chunked] {
            let elsewhere = Origin::with(move |_, conversation| conversation.answer_after_body(&answer));
            let origin = Origin::start();
            let mut api = open_api("a", &origin.url());
            api.policy = beside(&elsewhere.url());
            let gateway = Gateway::with_options(&Options::new(driver).workers(1), &Configuration::of(api));
            let mut client = gateway.client();
            // A request may come before the connection of the one before it is free.
            wait::until("a connection used a second time", || {
                assert_eq!(client.get("/a/x", &[]).status, 200);
                let seen = elsewhere.seen();
                (seen.len() > elsewhere.connection_count()).then_some(())
            });
        }
    }

    fn a_response_that_is_long_or_has_no_length_costs_its_connection_only(driver) {
        let endless = b"HTTP/1.1 200 OK\r\n\r\nabc".to_vec();
        let long = response(200, &[], &vec![b'x'; 16 * 1024 + 1]);
        for answer in [endless, long] {
            let elsewhere = Origin::with(move |_, conversation| {
                let _ = conversation.send(&answer);
                conversation.wait_for_end();
                Then::Close
            });
            let origin = Origin::start();
            let mut api = open_api("a", &origin.url());
            api.policy = beside(&elsewhere.url());
            let gateway = Gateway::with_options(&Options::new(driver).workers(1), &Configuration::of(api));
            let mut client = gateway.client();
            for count in 1..=3 {
                assert_eq!(client.get("/a/x", &[]).status, 200);
                elsewhere.wait_for(count);
                wait::until("no connection open", || (elsewhere.open_count() == 0).then_some(()));
            }
            assert_eq!(elsewhere.connection_count(), 3);
        }
    }

    fn requests_without_an_answer_leave_three_quarters_of_the_open_files(driver) {
        const FILES: u32 = 400;
        let elsewhere = Origin::with(|_, conversation| {
            conversation.wait_for_end();
            Then::Close
        });
        let origin = Origin::start();
        let (mut beside_api, plain) = (open_api("a", &origin.url()), open_api("b", &origin.url()));
        beside_api.policy = beside(&elsewhere.url());
        let configuration = Configuration { apis: vec![beside_api, plain], ..Configuration::default() };
        let gateway = Gateway::with_options(&Options::new(driver).workers(2).open_files(FILES), &configuration);
        for _ in 0..10 {
            let mut client = gateway.client();
            for _ in 0..60 {
                assert_eq!(client.get("/a/x", &[]).status, 200);
            }
        }
        let metrics = gateway.metrics();
        assert!(metrics.sum("postern_one_way_dropped_total", &[]) >= 500.0);
        assert!(elsewhere.connection_count() <= FILES as usize / 4, "{}", elsewhere.connection_count());
        assert_eq!(gateway.get("/b/x", &[]).status, 200);
    }
}
