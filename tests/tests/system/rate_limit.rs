//! `rate-limit` is exact over all workers: never more than `calls` in any window, and not fewer when that many came.

use std::time::Duration;

use postern_bundle::SubscriptionScope;
use postern_tests::driver::Driver;
use postern_tests::gateway::{Gateway, Options};
use postern_tests::load::{Answered, Load};
use postern_tests::on_both_drivers;
use postern_tests::origin::Origin;
use postern_tests::service::{Configuration, inbound, keyed_api, subscription};

const KEY: &str = "Ocp-Apim-Subscription-Key";
/// The gateway's clock and the test's may round to the millisecond in different directions.
const ROUNDING: Duration = Duration::from_millis(2);

fn configuration(origin: &Origin, rate_limit: &str) -> Configuration {
    let mut api = keyed_api("limited", &origin.url());
    api.policy = inbound(rate_limit);
    Configuration {
        apis: vec![api],
        subscriptions: ["alice", "bob"]
            .map(|name| subscription(name, SubscriptionScope::AllApis, &format!("k-{name}")))
            .to_vec(),
        ..Configuration::default()
    }
}

fn gateway(driver: Driver, origin: &Origin, rate_limit: &str) -> Gateway {
    Gateway::with_options(&Options::new(driver).workers(4), &configuration(origin, rate_limit))
}

/// A call was counted at some instant between its sending and its answer. Returns how many calls were certainly
/// let through in one window.
fn most_in_a_window(passed: &[&Answered], window: Duration) -> usize {
    let certain = |from: &Answered| {
        let end = from.sent + window - ROUNDING;
        passed.iter().filter(|call| call.sent >= from.sent && call.answered < end).count()
    };
    passed.iter().map(|from| certain(from)).max().unwrap_or(0)
}

/// How many calls can at most have been let through in the window before a refused call.
fn possible_before(refused: &Answered, passed: &[&Answered], window: Duration) -> usize {
    let may_count =
        |call: &&&Answered| call.sent <= refused.answered && call.answered + window + ROUNDING >= refused.sent;
    passed.iter().filter(may_count).count()
}

on_both_drivers! {
    fn under_load_from_all_workers_exactly_the_allowed_calls_pass_in_every_window(driver) {
        const CALLS: usize = 60;
        let window = Duration::from_secs(2);
        let origin = Origin::start();
        let gateway = gateway(driver, &origin, "<rate-limit calls=\"60\" renewal-period=\"2\"/>");
        let load = Load::start(gateway.http, 24, "/limited/x", &[(KEY, "k-alice")], |response| {
            if matches!(response.status, 200 | 429) { Ok(()) } else { Err(response.head.clone()) }
        });
        // Another subscription has its own count all the while.
        let bob = gateway.get("/limited/x", &[(KEY, "k-bob")]);
        let start = std::time::Instant::now();
        while start.elapsed() < window * 3 {
            load.wait_for_more(50);
        }
        let all = load.finish().unwrap();
        assert_eq!(bob.status, 200);
        let (passed, refused): (Vec<&Answered>, Vec<&Answered>) = all.iter().partition(|call| call.status == 200);
        let counts = (passed.len(), refused.len());
        assert!(counts.0 >= 3 * CALLS && counts.1 > CALLS, "passed and refused: {counts:?}");
        let most = most_in_a_window(&passed, window);
        assert!(most <= CALLS, "{most} calls passed in one window");
        for call in refused {
            let possible = possible_before(call, &passed, window);
            assert!(possible >= CALLS, "a call was refused with at most {possible} before it");
        }
        let served: Vec<f64> = (0..4).map(|worker| {
            gateway.metrics().sum("postern_connections_accepted_total", &[("worker", &worker.to_string())])
        }).collect();
        assert!(served.iter().filter(|count| **count > 0.0).count() >= 2, "not spread over workers: {served:?}");
    }

    fn the_refusal_is_exact_and_says_when_to_come_back(driver) {
        let origin = Origin::start();
        let gateway = gateway(
            driver,
            &origin,
            "<rate-limit calls=\"3\" renewal-period=\"60\" remaining-calls-header-name=\"X-Left\" \
             total-calls-header-name=\"X-Total\"/>",
        );
        for left in ["2", "1", "0"] {
            let answer = gateway.get("/limited/x", &[(KEY, "k-alice")]);
            assert_eq!((answer.status, answer.header("x-left")), (200, Some(left)));
            assert_eq!(answer.header("x-total"), Some("3"));
        }
        let refused = gateway.get("/limited/x", &[(KEY, "k-alice")]);
        assert_eq!(refused.status, 429);
        let seconds = refused.header("retry-after").unwrap().to_owned();
        assert!((1..=60).contains(&seconds.parse::<u32>().unwrap()), "{seconds}");
        let message = format!("Rate limit is exceeded. Try again in {seconds} seconds.");
        assert_eq!(refused.text(), format!("{{ \"statusCode\": 429, \"message\": \"{message}\" }}"));
        assert_eq!(refused.header("content-type"), Some("application/json"));
        assert!(refused.head.starts_with("HTTP/1.1 429 Too Many Requests\r\n"), "{}", refused.head);
        assert_eq!(gateway.get("/limited/x", &[(KEY, "k-bob")]).status, 200);
        // The primary and the secondary key are one subscription.
        assert_eq!(gateway.get("/limited/x", &[(KEY, "k-alice-2")]).status, 429);
        assert_eq!(origin.seen().len(), 4);
    }

    fn counters_survive_a_change_of_configuration(driver) {
        let origin = Origin::start();
        let limit = "<rate-limit calls=\"3\" renewal-period=\"300\"/>";
        let mut gateway = gateway(driver, &origin, limit);
        for _ in 0..3 {
            assert_eq!(gateway.get("/limited/x", &[(KEY, "k-alice")]).status, 200);
        }
        for round in 0..3 {
            let noise = format!("{limit}<set-header name=\"X-Round\"><value>{round}</value></set-header>");
            gateway.push(&configuration(&origin, &noise));
            assert_eq!(gateway.get("/limited/x", &[(KEY, "k-alice")]).status, 429, "round {round}");
        }
    }
}
