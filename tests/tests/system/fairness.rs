//! Requests that share a worker: one that takes long holds up no other.

use std::sync::atomic::{AtomicBool, Ordering};

use postern_tests::gateway::{Gateway, Options};
use postern_tests::on_both_drivers;
use postern_tests::origin::Origin;
use postern_tests::service::{Configuration, inbound, open_api};

/// Requests that are answered while the endless one runs: it takes seconds, a turn of it milliseconds.
const ANSWERED_MIN: usize = 50;

on_both_drivers! {
    fn an_expression_that_never_ends_holds_up_neither_requests_nor_timers_of_its_worker(driver) {
        let origin = Origin::start();
        let mut api = open_api("a", &origin.url());
        api.policy = inbound(
            "<choose><when condition=\"@(context.Request.Url.Query.ContainsKey(&quot;endless&quot;))\">\
             <set-variable name=\"v\" value=\"@{ long n = 0; while (true) { n++; } }\"/></when>\
             <when condition=\"@(context.Request.Url.Query.ContainsKey(&quot;waiting&quot;))\">\
             <retry condition=\"@(true)\" count=\"1\" interval=\"1\"><set-variable name=\"v\" value=\"1\"/></retry></when></choose>\
             <return-response/>",
        );
        let gateway = Gateway::with_options(&Options::new(driver).workers(1), &Configuration::of(api));
        let mut client = gateway.client();
        assert_eq!(client.get("/a/x", &[]).status, 200);
        let is_over = AtomicBool::new(false);
        let (mut endless, mut waiting) = (gateway.client(), gateway.client());
        std::thread::scope(|scope| {
            let endless = scope.spawn(|| {
                let status = endless.get("/a/x?endless=1", &[]).status;
                is_over.store(true, Ordering::Relaxed);
                status
            });
            let waiting = scope.spawn(|| (waiting.get("/a/x?waiting=1", &[]).status, is_over.load(Ordering::Relaxed)));
            let mut answered = 0;
            while !is_over.load(Ordering::Relaxed) {
                assert_eq!(client.get("/a/x", &[]).status, 200);
                answered += 1;
            }
            assert!(answered >= ANSWERED_MIN, "{answered} requests were answered meanwhile");
            assert_eq!(endless.join().unwrap(), 500);
            assert_eq!(waiting.join().unwrap(), (200, false), "the timer of a second ran out before the endless expression was ended");
        });
    }
}
