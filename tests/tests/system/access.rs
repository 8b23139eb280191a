//! Who may call what, and the exact answers to those who may not (`facts/apim.md` 2.0.2 and 10.4).

use postern_bundle::{KeyNames, Operation, ProductState, SubscriptionScope, SubscriptionState};
use postern_tests::client::Response;
use postern_tests::gateway::Gateway;
use postern_tests::on_both_drivers;
use postern_tests::origin::Origin;
use postern_tests::service::{Configuration, keyed_api, open_api, operation, policy, product, subscription};

const KEY: &str = "Ocp-Apim-Subscription-Key";
const MISSING: &str = "{ \"statusCode\": 401, \"message\": \"Access denied due to missing subscription key. Make sure to \
                       include subscription key when making requests to an API.\" }";
const INVALID: &str = "{ \"statusCode\": 401, \"message\": \"Access denied due to invalid subscription key. Make sure to \
                       provide a valid key for an active subscription.\" }";
const NOT_FOUND: &str = "{ \"statusCode\": 404, \"message\": \"Resource not found\" }";

/// Two keyed APIs, an open one, one in an open product, and subscriptions of every scope and state.
fn configuration(origin: &Origin) -> Configuration {
    let url = origin.url();
    let mut named = keyed_api("named", &url);
    named.subscription_key = KeyNames { header: "X-Partner-Token".to_owned(), query: "token".to_owned() };
    let mut open_product = product("free", &["given"]);
    open_product.subscription_required = false;
    open_product.policy = policy("", "<base/>", "<set-header name=\"X-Product\"><value>free</value></set-header>");
    let mut paid = product("paid", &["one", "given"]);
    paid.policy = policy("", "<base/>", "<set-header name=\"X-Product\"><value>paid</value></set-header>");
    let mut withdrawn = product("withdrawn", &["one"]);
    withdrawn.state = ProductState::NotPublished;
    let api = |name: &str| SubscriptionScope::Api(name.to_owned());
    let mut subscriptions = vec![
        subscription("master", SubscriptionScope::AllAccess, "k-master"),
        subscription("apis", SubscriptionScope::AllApis, "k-apis"),
        subscription("one", api("one"), "k-one"),
        subscription("two", api("two"), "k-two"),
        subscription("paid", SubscriptionScope::Product("paid".to_owned()), "k-paid"),
        subscription("withdrawn", SubscriptionScope::Product("withdrawn".to_owned()), "k-withdrawn"),
    ];
    let states = [
        SubscriptionState::Suspended,
        SubscriptionState::Expired,
        SubscriptionState::Submitted,
        SubscriptionState::Rejected,
        SubscriptionState::Cancelled,
    ];
    subscriptions.extend(states.into_iter().map(|state| {
        let name = format!("{state:?}").to_lowercase();
        let mut inactive = subscription(&name, SubscriptionScope::AllApis, &format!("k-{name}"));
        inactive.state = state;
        inactive
    }));
    Configuration {
        apis: vec![
            keyed_api("one", &url),
            keyed_api("two", &url),
            named,
            open_api("open", &url),
            keyed_api("given", &url),
        ],
        products: vec![open_product, paid, withdrawn],
        subscriptions,
        ..Configuration::default()
    }
}

fn assert_denied(answer: &Response, body: &str, length: usize, challenge: &str) {
    assert_eq!((answer.status, answer.text().as_str()), (401, body));
    assert_eq!(answer.body.len(), length);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("www-authenticate"), Some(challenge));
}

on_both_drivers! {
    fn a_missing_and_an_invalid_key_get_the_two_bodies_to_the_byte(driver) {
        let origin = Origin::start();
        let gateway = Gateway::with(driver, &configuration(&origin));
        let challenge = |api: &str, header: &str| {
            format!("AzureApiManagementKey realm=\"https://gateway.test/{api}\",name=\"{header}\",type=\"header\"")
        };
        let one = challenge("one", KEY);
        let (one, named) = (one.as_str(), challenge("named", "X-Partner-Token"));
        let named = named.as_str();
        assert_denied(&gateway.get("/one/x", &[]), MISSING, 152, one);
        assert_denied(&gateway.get("/one/x", &[(KEY, "wrong")]), INVALID, 143, one);
        assert_denied(&gateway.get("/one/x?subscription-key=wrong", &[]), INVALID, 143, one);
        assert_denied(&gateway.get("/named/x", &[]), MISSING, 152, named);
        assert_denied(&gateway.get("/named/x", &[("X-Partner-Token", "wrong")]), INVALID, 143, named);
        // The default name means nothing on an API that chose another.
        assert_denied(&gateway.get("/named/x", &[(KEY, "k-apis")]), MISSING, 152, named);
        assert_eq!(gateway.get("/named/x", &[("x-partner-token", "k-apis")]).status, 200);
        assert_eq!(gateway.get("/named/x?token=k-apis", &[]).status, 200);
        assert_eq!(origin.seen().len(), 2);
    }

    fn a_key_opens_what_its_scope_covers_and_nothing_else(driver) {
        let origin = Origin::start();
        let gateway = Gateway::with(driver, &configuration(&origin));
        let cases = [
            ("k-master", "/one", 200), ("k-master", "/two", 200), ("k-apis", "/one", 200), ("k-apis", "/two", 200),
            ("k-one", "/one", 200), ("k-one", "/two", 401), ("k-two", "/one", 401), ("k-two", "/two", 200),
            ("k-paid", "/one", 200), ("k-paid", "/two", 401), ("k-paid", "/given", 200), ("k-withdrawn", "/one", 200),
            ("k-suspended", "/one", 401), ("k-expired", "/one", 401), ("k-submitted", "/one", 401),
            ("k-rejected", "/one", 401), ("k-cancelled", "/one", 401),
            ("k-one-2", "/one", 200), ("K-ONE", "/one", 401), ("k-one ", "/one", 200), ("k-on", "/one", 401),
            ("k-one%00", "/one", 401), ("", "/one", 401),
        ];
        for (key, path, status) in cases {
            let answer = gateway.get(&format!("{path}/x"), &[(KEY, key)]);
            assert_eq!(answer.status, status, "{key:?} on {path}");
        }
    }

    fn the_header_goes_before_the_query(driver) {
        let origin = Origin::start();
        let gateway = Gateway::with(driver, &configuration(&origin));
        let get = |path: &str, key: Option<&str>| {
            let headers: Vec<(&str, &str)> = key.iter().map(|key| (KEY, *key)).collect();
            gateway.get(path, &headers).status
        };
        assert_eq!(get("/one/x?subscription-key=k-one", None), 200);
        assert_eq!(get("/one/x?a=b&subscription-key=k-one&c", None), 200);
        assert_eq!(get("/one/x?subscription-key=k-one", Some("wrong")), 401);
        assert_eq!(get("/one/x?subscription-key=wrong", Some("k-one")), 200);
    }

    fn an_open_product_and_an_open_api_need_no_key(driver) {
        let origin = Origin::start();
        let gateway = Gateway::with(driver, &configuration(&origin));
        assert_eq!(gateway.get("/open/x", &[]).status, 200);
        let given = gateway.get("/given/x", &[]);
        assert_eq!((given.status, given.header("x-product")), (200, Some("free")));
        // With a key of a product that product's policy runs, with a key of all APIs none.
        assert_eq!(gateway.get("/given/x", &[(KEY, "k-paid")]).header("x-product"), Some("paid"));
        assert_eq!(gateway.get("/given/x", &[(KEY, "k-apis")]).header("x-product"), None);
    }

    fn what_no_operation_matches_is_the_54_byte_404(driver) {
        let origin = Origin::start();
        let mut api = open_api("shop", &origin.url());
        api.operations = vec![operation("GET", "/items/{id}"), operation("POST", "/items")];
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let cases = [
            ("GET", "/nothing"), ("GET", "/"), ("GET", "/shopping/items/1"), ("GET", "/shop/items"),
            ("DELETE", "/shop/items/1"),
            ("GET", "/shop/items/1/2"), ("POST", "/shop/items/1"), ("GET", "/shop"),
        ];
        for (method, path) in cases {
            let answer = gateway.client().request(method, path, &[], b"");
            assert_eq!((answer.status, answer.text().as_str()), (404, NOT_FOUND), "{method} {path}");
            assert_eq!(answer.header("content-length"), Some("54"));
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
        let head = gateway.client().request("HEAD", "/nothing", &[], b"");
        assert_eq!((head.status, head.header("content-length")), (404, Some("54")));
        assert_eq!(gateway.get("/shop/items/1", &[]).status, 200);
        assert_eq!(gateway.get("/shop/items/1/", &[]).status, 200);
        assert_eq!(origin.seen().len(), 2);
    }

    fn a_hundred_thousand_subscriptions_and_twenty_thousand_operations_are_served(driver) {
        let origin = Origin::start();
        let mut apis = Vec::new();
        for number in 0..200 {
            let mut api = keyed_api(&format!("api{number}"), &origin.url());
            api.operations = (0..100)
                .map(|n| Operation { name: format!("get-{n}"), ..operation("GET", &format!("/items{n}/{{id}}")) })
                .collect();
            apis.push(api);
        }
        let subscriptions = (0..100_000)
            .map(|n| subscription(&format!("s{n}"), SubscriptionScope::AllApis, &format!("key-{n}")))
            .collect();
        let mut configuration = Configuration { apis, subscriptions, ..Configuration::default() };
        let mut gateway = Gateway::with(driver, &configuration);
        for (api, item, key) in [(0, 0, 0), (199, 99, 99_999), (100, 50, 50_000)] {
            let path = format!("/api{api}/items{item}/7");
            assert_eq!(gateway.get(&path, &[(KEY, &format!("key-{key}"))]).status, 200, "{path}");
            assert_eq!(gateway.get(&path, &[(KEY, "key-100000")]).status, 401, "{path}");
        }
        assert_eq!(gateway.get("/api0/items100/7", &[(KEY, "key-1")]).status, 404);
        // One changed API travels and is built alone.
        configuration.apis[7].path = "moved".to_owned();
        gateway.push(&configuration);
        assert_eq!(gateway.get("/moved/items1/7", &[(KEY, "key-1")]).status, 200);
        assert_eq!(gateway.get("/api7/items1/7", &[(KEY, "key-1")]).status, 404);
    }
}
