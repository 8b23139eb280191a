//! What can be seen from outside: access log, metrics, state.

use postern_bundle::SubscriptionScope;
use postern_tests::client::Client;
use postern_tests::gateway::{Gateway, STATUS_PATH};
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, response};
use postern_tests::service::{Configuration, inbound, keyed_api, operation, product, subscription};
use postern_tests::wait;

const KEY: &str = "Ocp-Apim-Subscription-Key";

fn configuration(origin: &Origin) -> Configuration {
    let mut api = keyed_api("shop", &origin.url());
    let mut limited = operation("GET", "/limited");
    limited.policy = inbound("<rate-limit calls=\"1\" renewal-period=\"60\"/>");
    api.operations = vec![operation("GET", "/items/{id}"), operation("POST", "/items"), limited];
    Configuration {
        products: vec![product("starter", &["shop"])],
        subscriptions: vec![subscription("alice", SubscriptionScope::Product("starter".to_owned()), "k-alice")],
        ..Configuration::of(api)
    }
}

on_both_drivers! {
    fn every_request_is_one_log_line_with_apim_s_fields(driver) {
        let origin = Origin::with(|_, conversation| conversation.answer_after_body(&response(201, &[], b"created")));
        let gateway = Gateway::with(driver, &configuration(&origin));
        let answer = gateway.client().request("POST", "/shop/items?a=b&subscription-key=k-alice", &[], b"12345");
        assert_eq!(answer.status, 201);
        let record = gateway.wait_for_log("/shop/items?a=b", 1).remove(0);
        let text = |name: &str| record[name].as_str().unwrap_or_else(|| panic!("{name} in {record}")).to_owned();
        let number = |name: &str| record[name].as_u64().unwrap_or_else(|| panic!("{name} in {record}"));
        let expected = [
            ("category", "GatewayLogs"), ("callerIpAddress", "127.0.0.1"), ("region", "Anywhere"), ("method", "POST"),
            ("apiId", "shop"), ("operationId", "post-items"), ("apiRevision", "1"), ("apimSubscriptionId", "alice"),
            ("productId", "starter"), ("clientProtocol", "HTTP/1.1"), ("backendProtocol", "HTTP/1.1"),
            ("backendMethod", "POST"), ("cache", "none"),
        ];
        for (name, value) in expected {
            assert_eq!(text(name), value, "{name}");
        }
        assert_eq!(record["isRequestSuccess"], true);
        assert_eq!((number("responseCode"), number("backendResponseCode")), (201, 201));
        assert!(number("responseSize") >= 7 && number("totalTime") >= number("backendTime"), "{record}");
        assert_eq!(text("correlationId").len(), 36);
        // Keys do not get into logs.
        assert!(!record.to_string().contains("k-alice"), "{record}");
        assert!(text("url").starts_with("http://gateway.test/shop/items?a=b&subscription-key="), "{record}");
        assert!(text("backendUrl").starts_with(&format!("{}/items?a=b", origin.url())), "{record}");
        assert_eq!(record.get("lastError"), None);
        let time = text("timeGenerated");
        let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond]");
        let parsed = time::PrimitiveDateTime::parse(time.trim_end_matches('Z'), format);
        assert!(parsed.is_ok(), "{time}: {parsed:?}");
    }

    fn failed_requests_say_why_in_the_log(driver) {
        let origin = Origin::start();
        let gateway = Gateway::with(driver, &configuration(&origin));
        gateway.get("/shop/none", &[]);
        gateway.get("/shop/items/1", &[]);
        gateway.get("/shop/items/2", &[(KEY, "wrong")]);
        gateway.get("/shop/limited", &[(KEY, "k-alice")]);
        gateway.get("/shop/limited", &[(KEY, "k-alice")]);
        let cases = [
            ("/shop/none", 404, "configuration", "OperationNotFound"),
            ("/shop/items/1", 401, "authorization", "SubscriptionKeyNotFound"),
            ("/shop/items/2", 401, "authorization", "SubscriptionKeyInvalid"),
            ("/shop/limited", 429, "rate-limit", "RateLimitExceeded"),
        ];
        for (path, status, source, reason) in cases {
            let records = wait::until(path, || {
                let mut records = gateway.log_records();
                records.retain(|record| record["url"].as_str().is_some_and(|url| url.ends_with(path)));
                records.iter().any(|record| record["responseCode"] == status).then_some(records)
            });
            let record = records.iter().find(|record| record["responseCode"] == status).unwrap();
            assert_eq!(record["isRequestSuccess"], false, "{record}");
            assert_eq!(record["lastError"]["source"], source, "{record}");
            assert_eq!(record["lastError"]["reason"], reason, "{record}");
            assert!(record["lastError"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{record}");
        }
    }

    fn a_log_line_stays_one_line_of_json_whatever_the_caller_sends(driver) {
        let origin = Origin::start();
        let gateway = Gateway::with(driver, &configuration(&origin));
        let mut client = gateway.client();
        client.send(b"GET /shop/items/%0A%22evil?x=\"}{\\u0000' HTTP/1.1\r\nHost: gateway.test\r\nX: \xff\xfe\r\n\r\n");
        client.read_response();
        let records = gateway.wait_for_log("evil", 1);
        assert_eq!(records.len(), 1, "{records:?}");
    }

    fn requests_are_counted_by_api_operation_class_and_outcome(driver) {
        let origin = Origin::start();
        let gateway = Gateway::with(driver, &configuration(&origin));
        for _ in 0..3 {
            gateway.get("/shop/items/1", &[(KEY, "k-alice")]);
        }
        gateway.get("/shop/items/1", &[]);
        gateway.get("/shop/limited", &[(KEY, "k-alice")]);
        gateway.get("/shop/limited", &[(KEY, "k-alice")]);
        gateway.get("/nothing", &[]);
        let metrics = wait::until("seven requests", || {
            let metrics = gateway.metrics();
            (metrics.sum("postern_requests_total", &[]) >= 7.0).then_some(metrics)
        });
        let requests = |labels: &[(&str, &str)]| metrics.sum("postern_requests_total", labels);
        let items = ("operation", "get-items--id-");
        assert_eq!(requests(&[("api", "shop"), items, ("class", "2xx")]), 3.0, "{}", metrics.text);
        assert_eq!(requests(&[("api", "shop"), items, ("class", "4xx")]), 1.0);
        assert_eq!(requests(&[("api", "shop"), ("operation", "get-limited"), ("class", "4xx")]), 1.0);
        assert_eq!(requests(&[("class", "4xx")]), 3.0);
        assert_eq!(metrics.sum("postern_rate_limit_rejections_total", &[]), 1.0);
        assert_eq!(metrics.sum("postern_request_duration_seconds_count", &[("api", "shop")]), 6.0);
        assert_eq!(metrics.sum("postern_backend_duration_seconds_count", &[("api", "shop")]), 4.0);
        assert!(metrics.sum("postern_gateway_duration_seconds_count", &[]) >= 4.0);
        assert_eq!(metrics.sum("postern_config_generation", &[]), 1.0);
        assert_eq!(metrics.sum("postern_connections_accepted_total", &[]), 7.0);
        assert!(metrics.sum("postern_received_bytes_total", &[("peer", "caller")]) > 400.0);
        assert!(metrics.sum("postern_sent_bytes_total", &[("peer", "backend")]) > 200.0);
        assert_eq!(metrics.sum("postern_driver_info", &[("driver", driver.name())]), 2.0);
        assert_eq!(metrics.count("postern_build_info", &[]), 1);
        assert_eq!(metrics.sum("postern_ready", &[]), 1.0);
        assert_eq!(origin.seen().len(), 4);
    }

    fn callers_cannot_make_new_series(driver) {
        let origin = Origin::start();
        let gateway = Gateway::with(driver, &configuration(&origin));
        let mut client = gateway.client();
        let mut lines_after = |numbers: std::ops::Range<u32>| {
            let wanted = f64::from(numbers.end) * 3.0;
            for n in numbers {
                client.request(&format!("M{n}"), &format!("/path{n}"), &[], b"");
                client.request(&format!("M{n}"), "/shop/items/1", &[], b"");
                client.get(&format!("/shop/items/{n}?x={n}"), &[]);
            }
            let text = wait::until("all of them counted", || {
                let metrics = gateway.metrics();
                (metrics.sum("postern_requests_total", &[]) >= wanted).then_some(metrics.text)
            });
            assert!(!text.contains("path7") && !text.contains("M7"), "{text}");
            text.lines().count()
        };
        // The first request of a kind brings its series; other methods, paths and queries bring no more.
        assert_eq!(lines_after(0..10), lines_after(10..60));
    }

    fn the_operator_listener_serves_metrics_and_state_and_the_api_port_only_state(driver) {
        let origin = Origin::start();
        let gateway = Gateway::with(driver, &configuration(&origin));
        let status = gateway.get(STATUS_PATH, &[]);
        assert_eq!((status.status, status.json()["generation"].as_u64()), (200, Some(1)));
        assert_eq!(gateway.status().status, 200);
        assert_eq!(gateway.get("/metrics", &[]).status, 404);
        let mut operator = Client::connect(gateway.operator);
        for _ in 0..3 {
            let metrics = operator.get("/metrics", &[]);
            assert_eq!(metrics.status, 200);
            let kind = metrics.header("content-type").unwrap_or_default();
            assert!(kind.starts_with("text/plain"), "{kind}");
        }
        assert_eq!(operator.get("/shop/items/1", &[(KEY, "k-alice")]).status, 404);
        assert_eq!(origin.seen().len(), 0);
    }
}
