//! What one request on the pass-through path costs in socket operations: two reads and two writes.
//!
//! (That it allocates nothing is shown by `gateway/tests/allocations.rs`, where the allocator can be watched.)

use postern_bundle::SubscriptionScope;
use postern_tests::gateway::{Gateway, Options};
use postern_tests::on_both_drivers;
use postern_tests::origin::Origin;
use postern_tests::service::{Configuration, keyed_api, subscription};

on_both_drivers! {
    fn a_keep_alive_request_is_two_reads_and_two_writes(driver) {
        const REQUESTS: u32 = 500;
        let origin = Origin::with(|_, conversation| conversation.ok(&[b'x'; 1024]));
        let configuration = Configuration {
            subscriptions: vec![subscription("alice", SubscriptionScope::AllApis, "k-alice")],
            ..Configuration::of(keyed_api("a", &origin.url()))
        };
        let gateway = Gateway::with_options(&Options::new(driver).workers(1), &configuration);
        let mut client = gateway.client();
        let mut get = || {
            let answer = client.get("/a/x", &[("Ocp-Apim-Subscription-Key", "k-alice")]);
            assert_eq!((answer.status, answer.body.len()), (200, 1024));
        };
        // The first request opens the upstream connection.
        for _ in 0..10 {
            get();
        }
        let count = |operation: &str| {
            gateway.metrics().sum("postern_io_operations_total", &[("operation", operation)])
        };
        let before = (count("read"), count("write"));
        for _ in 0..REQUESTS {
            get();
        }
        let (reads, writes) = (count("read") - before.0, count("write") - before.1);
        let per_request = (reads / f64::from(REQUESTS), writes / f64::from(REQUESTS));
        // A read that waits for the next request may be counted before or after the look.
        assert!((per_request.0 - 2.0).abs() < 0.01, "{per_request:?}");
        assert!((per_request.1 - 2.0).abs() < 0.01, "{per_request:?}");
        assert_eq!(origin.connection_count(), 1);
    }
}
