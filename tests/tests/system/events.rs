//! Events and one-way requests on their way out: who hangs delays nobody else, and what is lost is told.

use postern_bundle::PolicySource;
use postern_tests::gateway::{Gateway, Options};
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, Then, response};
use postern_tests::service::{Configuration, event_hub, inbound, open_api};

/// As the gateway's limits have them.
const EVENT_LANES_MAX: usize = 64;
const EVENT_LANES_PER_TARGET_MAX: usize = 32;
const ONE_WAY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// An event for a logger, of the partition that the request names.
fn logging(logger: &str) -> Option<PolicySource> {
    inbound(&format!(
        "<log-to-eventhub logger-id=\"{logger}\" partition-key=\"@(context.Request.Url.Query.GetValueOrDefault(&quot;n&quot;, &quot;&quot;))\">x</log-to-eventhub>"
    ))
}

fn beside(url: &str, body: &str) -> Option<PolicySource> {
    inbound(&format!(
        "<send-one-way-request timeout=\"600\"><set-url>{url}/beside?sig=SECRET</set-url><set-method>POST</set-method><set-body>{body}</set-body></send-one-way-request>"
    ))
}

on_both_drivers! {
    fn hubs_that_hang_do_not_delay_one_that_answers(driver) {
        let (hanging, release) = Origin::blocked(201);
        let healthy = Origin::with(|_, conversation| conversation.answer_after_body(&response(201, &[], b"")));
        let origin = Origin::start();
        let names = ["h0", "h1", "h2", "well"];
        let mut apis: Vec<_> = names.iter().map(|name| open_api(name, &origin.url())).collect();
        for (api, name) in apis.iter_mut().zip(names) {
            api.policy = logging(name);
        }
        let url_of = |name: &str| if name == "well" { healthy.url() } else { hanging.url() };
        let others = names.iter().map(|name| event_hub(name, &url_of(name))).collect();
        let gateway = Gateway::with_options(
            &Options::new(driver).workers(1),
            &Configuration { apis, others, ..Configuration::default() },
        );
        let mut client = gateway.client();
        for name in ["h0", "h1", "h2"] {
            for number in 0..=EVENT_LANES_PER_TARGET_MAX {
                assert_eq!(client.get(&format!("/{name}/x?n={number}"), &[]).status, 200);
            }
        }
        hanging.wait_for(EVENT_LANES_MAX);
        for number in 0..5 {
            assert_eq!(client.get(&format!("/well/x?n={number}"), &[]).status, 200);
        }
        healthy.wait_for(5);
        // The third that hangs has its one as well.
        assert!((EVENT_LANES_MAX..=EVENT_LANES_MAX + 2).contains(&hanging.connection_count()));
        drop(release);
    }

    fn what_finds_no_room_is_told_with_the_host_and_without_the_query(driver) {
        let (elsewhere, release) = Origin::blocked(200);
        let origin = Origin::start();
        let mut api = open_api("a", &origin.url());
        api.policy = beside(&elsewhere.url(), "@(new string('x', 2000000))");
        let gateway = Gateway::with_options(&Options::new(driver).workers(1), &Configuration::of(api));
        for _ in 0..ONE_WAY_BYTES_MAX / 2_000_000 + 3 {
            assert_eq!(gateway.get("/a/x", &[]).status, 200);
        }
        let line = gateway.process.wait_for_event("dropped, as there was no room");
        assert!(line.contains("WARN") && line.contains(&elsewhere.url()) && line.contains("count=1"), "{line}");
        assert!(!gateway.process.events().contains("SECRET"), "{}", gateway.process.events());
        assert_eq!(gateway.process.events().matches("dropped, as there was no room").count(), 1, "not a line for each");
        drop(release);
    }

    fn one_way_requests_are_delivered_before_the_process_ends(driver) {
        let (elsewhere, release) = Origin::blocked(200);
        let origin = Origin::start();
        let mut api = open_api("a", &origin.url());
        api.policy = beside(&elsewhere.url(), "b");
        let mut gateway = Gateway::with_options(&Options::new(driver).workers(1), &Configuration::of(api));
        for _ in 0..5 {
            assert_eq!(gateway.get("/a/x", &[]).status, 200);
        }
        elsewhere.wait_for(5);
        gateway.begin_drain();
        assert!(gateway.process.is_running(), "it waits for its requests");
        drop(release);
        assert!(gateway.process.wait().success());
        assert!(elsewhere.seen().iter().all(|seen| seen.body == b"b"), "{:?}", elsewhere.seen());
        assert!(!gateway.process.events().contains("given up"), "{}", gateway.process.events());
    }

    fn what_is_not_delivered_when_the_drain_is_over_is_told(driver) {
        let hub = Origin::with(|_, conversation| {
            conversation.wait_for_end();
            Then::Close
        });
        let origin = Origin::start();
        let (mut event_api, mut one_way_api) = (open_api("e", &origin.url()), open_api("o", &origin.url()));
        event_api.policy = logging("l");
        one_way_api.policy = beside(&hub.url(), "b");
        let configuration = Configuration {
            apis: vec![event_api, one_way_api],
            others: vec![event_hub("l", &hub.url())],
            ..Configuration::default()
        };
        let options = Options::new(driver).workers(1).argument("--drain-timeout").argument("1s");
        let mut gateway = Gateway::with_options(&options, &configuration);
        for number in 0..3 {
            assert_eq!(gateway.get(&format!("/e/x?n={number}"), &[]).status, 200);
        }
        for _ in 0..2 {
            assert_eq!(gateway.get("/o/x", &[]).status, 200);
        }
        hub.wait_for(5);
        assert!(gateway.process.stop().success());
        let line = gateway.process.wait_for_event("are given up");
        assert!(line.contains("WARN") && line.contains("events=3") && line.contains("one_way=2"), "{line}");
    }
}
