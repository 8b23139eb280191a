//! What policies keep from request to request: counts by key, quotas, cached values and responses.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Barrier, Mutex};
use std::time::Duration;

use postern_bundle::{Backend, BackendCredentials, BackendTls, Service, SubscriptionScope};
use postern_tests::client::Client;
use postern_tests::driver::Driver;
use postern_tests::gateway::{Gateway, Options};
use postern_tests::load::{Answered, Load};
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, response};
use postern_tests::service::{Configuration, inbound, keyed_api, open_api, policy, product, subscription};
use postern_tests::wait;

const KEY: &str = "Ocp-Apim-Subscription-Key";

fn gateway(driver: Driver, origin: &Origin, document: Option<postern_bundle::PolicySource>) -> Gateway {
    let mut api = open_api("a", &origin.url());
    api.policy = document;
    Gateway::with_options(&Options::new(driver).workers(4), &Configuration::of(api))
}

on_both_drivers! {
    fn a_key_gets_exactly_its_calls_from_all_workers_together(driver) {
        let origin = Origin::start();
        let document = inbound(
            "<rate-limit-by-key calls=\"100\" renewal-period=\"300\" \
             counter-key=\"@(context.Request.Headers.GetValueOrDefault(&quot;X-Key&quot;, &quot;none&quot;))\"/>",
        );
        let gateway = gateway(driver, &origin, document);
        let load = Load::start(gateway.http, 16, "/a/x", &[("X-Key", "one")], |response| {
            if matches!(response.status, 200 | 429) { Ok(()) } else { Err(response.head.clone()) }
        });
        load.wait_for_more(600);
        let all = load.finish().unwrap();
        let passed: Vec<&Answered> = all.iter().filter(|call| call.status == 200).collect();
        assert_eq!(passed.len(), 100);
        assert_eq!(gateway.get("/a/x", &[("X-Key", "two")]).status, 200);
    }

    fn conditions_on_the_response_count_when_it_is_known(driver) {
        let origin = Origin::with(|seen, conversation| {
            let status = if seen.target().contains("bad") { 401 } else { 200 };
            conversation.answer_after_body(&response(status, &[], b"x"))
        });
        let document = inbound(
            "<rate-limit-by-key calls=\"2\" renewal-period=\"300\" counter-key=\"k\" \
             increment-condition=\"@(context.Response.StatusCode == 401)\"/>",
        );
        let gateway = gateway(driver, &origin, document);
        let statuses: Vec<u16> = ["/a/good", "/a/good", "/a/good", "/a/bad", "/a/good", "/a/bad", "/a/good", "/a/bad"]
            .iter()
            .map(|path| gateway.get(path, &[]).status)
            .collect();
        assert_eq!(statuses, [200, 200, 200, 401, 200, 401, 429, 429]);
    }

    fn quotas_are_kept_over_a_restart(driver) {
        let origin = Origin::start();
        let mut api = open_api("a", &origin.url());
        api.policy = inbound("<quota-by-key calls=\"3\" renewal-period=\"0\" counter-key=\"k\"/>");
        let configuration = Configuration::of(api);
        let folder = tempfile::tempdir().unwrap();
        let options = Options::new(driver).argument("--state-dir").argument(folder.path());
        for statuses in [[200, 200], [200, 403]] {
            let mut gateway = Gateway::with_options(&options, &configuration);
            assert_eq!(statuses.map(|_| gateway.get("/a/x", &[]).status), statuses);
            assert!(gateway.process.stop().success());
        }
        let gateway = Gateway::with_options(&options, &configuration);
        let refused = gateway.get("/a/x", &[]);
        let body = "{ \"statusCode\": 403, \"message\": \"Out of call volume quota.\" }";
        assert_eq!((refused.status, refused.text().as_str()), (403, body));
        assert_eq!(origin.seen().len(), 3);
    }

    fn bytes_of_requests_and_responses_use_up_a_bandwidth(driver) {
        let origin = Origin::with(|_, conversation| conversation.answer_after_body(&response(200, &[], &[b'x'; 600])));
        let document = inbound("<quota-by-key bandwidth=\"1\" renewal-period=\"3600\" counter-key=\"k\"/>");
        let gateway = gateway(driver, &origin, document);
        let mut client = gateway.client();
        let statuses: Vec<u16> = (0..4).map(|_| client.get("/a/x", &[]).status).collect();
        assert_eq!(statuses, [200, 200, 403, 403]);
        let refused = client.get("/a/x", &[]);
        assert!(refused.text().contains("Out of bandwidth quota. Quota will be replenished in 00:"), "{}", refused.text());
        let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=3600).contains(&seconds), "{seconds}");
        assert!(gateway.metrics().sum("postern_quota_rejections_total", &[]) >= 3.0);
    }

    fn a_product_s_quota_is_each_subscription_s_own(driver) {
        let origin = Origin::start();
        let mut starter = product("starter", &["a", "b"]);
        starter.policy = inbound("<quota calls=\"3\" renewal-period=\"0\"><api name=\"b\" calls=\"1\"/></quota>");
        let key = |name: &str| subscription(name, SubscriptionScope::Product("starter".to_owned()), &format!("k-{name}"));
        let configuration = Configuration {
            apis: vec![keyed_api("a", &origin.url()), keyed_api("b", &origin.url())],
            products: vec![starter],
            subscriptions: vec![key("alice"), key("bob"), subscription("all", SubscriptionScope::AllApis, "k-all")],
            ..Configuration::default()
        };
        let gateway = Gateway::with_options(&Options::new(driver).workers(4), &configuration);
        let statuses = |calls: &[(&str, &str)]| -> Vec<u16> {
            calls.iter().map(|(path, key)| gateway.get(path, &[(KEY, key)]).status).collect()
        };
        assert_eq!(statuses(&[("/b/x", "k-alice"), ("/b/x", "k-alice")]), [200, 403], "the API's own quota");
        assert_eq!(statuses(&[("/a/x", "k-alice"), ("/a/x", "k-alice"), ("/a/x", "k-alice")]), [200, 200, 403]);
        assert_eq!(statuses(&[("/a/x", "k-bob"), ("/b/x", "k-bob")]), [200, 200]);
        assert_eq!(statuses(&[("/a/x", "k-all"); 5]), [200; 5], "not through the product");
        let refused = gateway.get("/a/x", &[(KEY, "k-alice")]);
        assert_eq!(refused.text(), "{ \"statusCode\": 403, \"message\": \"Out of call volume quota.\" }");
    }

    fn a_cached_response_does_not_reach_the_origin(driver) {
        let origin = Origin::with(|seen, conversation| {
            let body = seen.target();
            conversation.answer_after_body(&response(200, &[("X-Origin", "1"), ("ETag", "\"e\"")], body.as_bytes()))
        });
        let document = policy(
            "<cache-lookup vary-by-developer=\"false\" vary-by-developer-groups=\"false\" downstream-caching-type=\"public\">\
             <vary-by-query-parameter>v</vary-by-query-parameter></cache-lookup>",
            "<base/>",
            "<cache-store duration=\"2\"/><set-header name=\"X-After\"><value>1</value></set-header>",
        );
        let gateway = gateway(driver, &origin, document);
        let first = gateway.get("/a/x?v=1", &[]);
        assert_eq!(origin.seen().len(), 1);
        for _ in 0..8 {
            let again = gateway.get("/a/x?v=1&other=2", &[]);
            assert_eq!((again.status, again.text()), (200, first.text()));
            assert_eq!((again.header("x-origin"), again.header("etag")), (Some("1"), Some("\"e\"")));
            assert_eq!(again.header("x-after"), Some("1"));
            assert_eq!(again.header("cache-control"), Some("public, must-revalidate, max-age=2"));
        }
        assert_eq!(origin.seen().len(), 1, "served from the cache by every worker");
        gateway.get("/a/x?v=2", &[]);
        gateway.get("/a/x?v=1", &[("Authorization", "Bearer x")]);
        assert_eq!(origin.seen().len(), 3);
        std::thread::sleep(Duration::from_millis(2_100));
        gateway.get("/a/x?v=1", &[]);
        assert_eq!(origin.seen().len(), 4, "it is over");
        assert!(gateway.metrics().sum("postern_cache_lookups_total", &[("result", "hit")]) >= 8.0);
    }

    fn values_are_kept_for_other_requests_and_workers(driver) {
        let origin = Origin::start();
        let document = inbound(
            "<cache-lookup-value key=\"n\" variable-name=\"n\" default-value=\"@(0)\"/>\
             <set-variable name=\"n\" value=\"@((int)context.Variables[&quot;n&quot;] + 1)\"/>\
             <cache-store-value key=\"n\" value=\"@((int)context.Variables[&quot;n&quot;])\" duration=\"60\"/>\
             <choose><when condition=\"@((int)context.Variables[&quot;n&quot;] == 3)\"><cache-remove-value key=\"n\"/></when></choose>\
             <cache-value key=\"doc\" variable-name=\"doc\"><value><set-variable name=\"doc\" \
             value=\"@(JObject.Parse(&quot;{'made':&quot; + (int)context.Variables[&quot;n&quot;] + &quot;}&quot;))\"/></value></cache-value>\
             <return-response><set-body>@(context.Variables[\"n\"] + \" \" + ((JObject)context.Variables[\"doc\"])[\"made\"])</set-body>\
             </return-response>",
        );
        let gateway = gateway(driver, &origin, document);
        let answers: Vec<String> = (0..5).map(|_| gateway.get("/a/x", &[]).text()).collect();
        assert_eq!(answers, ["1 1", "2 1", "3 1", "1 1", "2 1"]);
    }

    fn requests_that_want_the_same_value_at_the_same_time_make_it_once(driver) {
        let origin = Origin::with(|_, conversation| {
            std::thread::sleep(Duration::from_millis(150));
            conversation.answer_after_body(&response(200, &[], b"made"))
        });
        let document = inbound(&format!(
            "<cache-value key=\"k\" variable-name=\"v\"><send-request response-variable-name=\"r\"><set-url>{}/make</set-url></send-request>\
             <set-variable name=\"v\" value=\"@(((IResponse)context.Variables[&quot;r&quot;]).Body.As&lt;string&gt;())\"/></cache-value>\
             <return-response><set-body>@((string)context.Variables[\"v\"])</set-body></return-response>",
            origin.url()
        ));
        let gateway = gateway(driver, &origin, document);
        let answers: Vec<String> = std::thread::scope(|scope| {
            let ask = |mut client: Client| scope.spawn(move || client.get("/a/x", &[]).text());
            let asking: Vec<_> = (0..6).map(|_| ask(gateway.client())).collect();
            asking.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(answers, ["made"; 6]);
        assert_eq!(origin.seen().len(), 1);
    }

    fn blocks_inside_of_one_another_wait_neither_for_themselves_nor_for_each_other(driver) {
        const TOGETHER: usize = 2;
        let together = Barrier::new(TOGETHER);
        let origin = Origin::with(move |_, conversation| {
            // Each of the two makes its outer value before one of them asks for its inner one.
            together.wait();
            conversation.answer_after_body(&response(200, &[], b""))
        });
        let document = inbound(&format!(
            "<set-variable name=\"crossed\" value=\"@(context.Request.Url.Query.GetValueOrDefault(&quot;inner&quot;))\"/>\
             <cache-value key=\"@(context.Request.Url.Query.GetValueOrDefault(&quot;outer&quot;))\" variable-name=\"outer\">\
             <send-request response-variable-name=\"r\"><set-url>{}/make</set-url></send-request>\
             <cache-value key=\"@((string)context.Variables[&quot;crossed&quot;])\" variable-name=\"inner\">\
             <set-variable name=\"inner\" value=\"made\"/></cache-value>\
             <set-variable name=\"outer\" value=\"@((string)context.Variables[&quot;inner&quot;] + &quot; too&quot;)\"/></cache-value>\
             <return-response><set-body>@((string)context.Variables[\"outer\"])</set-body></return-response>",
            origin.url()
        ));
        let gateway = gateway(driver, &origin, document);
        for pair in [["/a/x?outer=1&inner=2", "/a/x?outer=2&inner=1"], ["/a/x?outer=3&inner=3", "/a/x?outer=4&inner=4"]] {
            let answers: Vec<String> = std::thread::scope(|scope| {
                let ask = |path: &'static str, mut client: Client| scope.spawn(move || client.get(path, &[]).text());
                let asking: Vec<_> = pair.into_iter().map(|path| ask(path, gateway.client())).collect();
                asking.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            // Who is later may find the other's outer value where it looks for its inner one.
            let is_right = |answer: &String| ["made too", "made too too"].contains(&answer.as_str());
            assert!(answers.iter().all(is_right), "{pair:?}: {answers:?}");
        }
        assert_eq!(origin.seen().len(), 2 * TOGETHER);
    }

    fn requests_that_waited_for_one_that_failed_go_on_at_the_same_time(driver) {
        const OTHERS: usize = 6;
        let (fail, failed) = channel::<()>();
        let (failed, arrived, together) = (Mutex::new(failed), AtomicUsize::new(0), Barrier::new(OTHERS));
        let origin = Origin::with(move |_, conversation| {
            // The others are answered when all of them are here.
            if arrived.fetch_add(1, Ordering::SeqCst) == 0 {
                let _ = failed.lock().unwrap().recv();
            } else {
                together.wait();
            }
            conversation.answer_after_body(&response(500, &[], b""))
        });
        let document = inbound(&format!(
            "<cache-value key=\"k\" variable-name=\"v\"><send-request response-variable-name=\"r\"><set-url>{}/make</set-url></send-request>\
             </cache-value><return-response><set-body>@(context.Variables.ContainsKey(\"v\") ? \"made\" : \"none\")</set-body></return-response>",
            origin.url()
        ));
        let gateway = gateway(driver, &origin, document);
        let address = gateway.http;
        let ask = move || Client::connect(address).get("/a/x", &[]).text();
        let answers: Vec<String> = std::thread::scope(|scope| {
            let first = scope.spawn(ask);
            origin.wait_for(1);
            let others: Vec<_> = (0..OTHERS).map(|_| scope.spawn(ask)).collect();
            // The first one has looked twice, the others once: they wait.
            let missed = || gateway.metrics().sum("postern_cache_lookups_total", &[("result", "miss")]);
            wait::until("all of them waiting", || (missed() >= 2.0 + OTHERS as f64).then_some(()));
            fail.send(()).unwrap();
            [first].into_iter().chain(others).map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(answers, ["none"; OTHERS + 1]);
        assert_eq!(origin.seen().len(), OTHERS + 1);
    }

    fn metrics_of_a_document_are_shown(driver) {
        let origin = Origin::start();
        let mut api = keyed_api("a", &origin.url());
        api.policy = inbound(
            "<emit-metric name=\"calls\" namespace=\"shop\" value=\"2.5\"><dimension name=\"API ID\"/>\
             <dimension name=\"Color\" value=\"red\"/></emit-metric>\
             <trace source=\"shop\" severity=\"information\"><message>seen it</message></trace>",
        );
        let configuration = Configuration {
            apis: vec![api],
            subscriptions: vec![subscription("alice", SubscriptionScope::AllApis, "k-alice")],
            ..Configuration::default()
        };
        let gateway = Gateway::with(driver, &configuration);
        for _ in 0..4 {
            assert_eq!(gateway.get("/a/x", &[(KEY, "k-alice")]).status, 200);
        }
        let labels = [("namespace", "shop"), ("metric", "calls"), ("dim_api_id", "a"), ("dim_color", "red")];
        let metrics = gateway.metrics();
        let found = (
            metrics.sum("postern_emitted_metrics_total", &labels),
            metrics.sum("postern_emitted_metric_sum", &labels),
        );
        assert!((found.0 - 4.0).abs() < 1e-9 && (found.1 - 10.0).abs() < 1e-9, "{found:?}");
    }

    fn dimensions_without_a_value_have_those_of_the_request(driver) {
        const ANSWER: &[u8] = br#"{"usage":{"prompt_tokens":9,"completion_tokens":16,"total_tokens":25}}"#;
        let origin = Origin::with(|_, conversation| {
            conversation.answer_after_body(&response(200, &[("Content-Type", "application/json")], ANSWER))
        });
        let names =
            ["API ID", "Operation ID", "Product ID", "User ID", "Subscription ID", "Location", "Gateway ID", "Backend ID"];
        let dimensions: String = names.map(|name| format!("<dimension name=\"{name}\"/>")).concat();
        let mut api = keyed_api("a", "http://127.0.0.1:9");
        api.policy = inbound(&format!(
            "<llm-emit-token-metric namespace=\"model\">{dimensions}</llm-emit-token-metric>\
             <set-backend-service backend-id=\"@(&quot;SI&quot; + &quot;de&quot;)\"/>\
             <emit-metric name=\"calls\" namespace=\"shop\">{dimensions}</emit-metric>",
        ));
        let mut alice = subscription("sub", SubscriptionScope::Product("gold".to_owned()), "k-alice");
        alice.owner = Some("alice".to_owned());
        let service = Service { gateway: Some("edge".to_owned()), region: "here".to_owned(), ..Service::default() };
        let backend = Backend {
            name: "side".to_owned(),
            url: origin.url(),
            tls: BackendTls::default(),
            credentials: BackendCredentials::default(),
        };
        let configuration = Configuration {
            service,
            apis: vec![api],
            products: vec![product("gold", &["a"])],
            subscriptions: vec![alice],
            backends: vec![backend],
            ..Configuration::default()
        };
        let gateway = Gateway::with(driver, &configuration);
        let headers = [(KEY, "k-alice"), ("Content-Type", "application/json")];
        let question = br#"{"messages":[{"role":"user","content":"q"}]}"#;
        assert_eq!(gateway.client().request("POST", "/a/v1/chat/completions", &headers, question).status, 200);
        let values = ["a", "post--", "gold", "alice", "sub", "here", "edge", "side"];
        let dimensions: Vec<(String, &str)> = names
            .iter()
            .zip(values)
            .map(|(name, value)| (format!("dim_{}", name.to_ascii_lowercase().replace(' ', "_")), value))
            .collect();
        for (namespace, metric, sum) in [("shop", "calls", 1.0), ("model", "Total Tokens", 25.0)] {
            let mut labels = vec![("namespace", namespace), ("metric", metric)];
            labels.extend(dimensions.iter().map(|(name, value)| (name.as_str(), *value)));
            let found = gateway.metrics().sum("postern_emitted_metric_sum", &labels);
            assert!((found - sum).abs() < 1e-9, "{namespace} {metric}: {found}");
        }
    }
}
