//! The decision table of apim.md §10.4.

use postern_bundle::{ProductState, Secret, SubscriptionScope, SubscriptionState};

use super::*;
use crate::access::write_challenge;
use crate::route::RouteRequest;
use crate::snapshot::fixture::{Fixture, api, open, product, subscription};

/// APIs: `locked` and `free` in no product; `sold` in the protected products `gold` and `silver`; `shared` and `gift`
/// (which needs no subscription) in the open product `public`; `draft` in an open product that is not published.
fn fixture() -> Fixture {
    let needs_key = |name: &str| {
        let path = name.split(';').next().unwrap();
        let mut api = api(name, path, &["GET /x"]);
        api.subscription_required = true;
        api
    };
    let mut renamed = needs_key("renamed");
    renamed.subscription_key.header = "x-api-key".into();
    renamed.subscription_key.query = "api key".into();
    let gift = api("gift", "gift", &["GET /x"]);
    let mut draft_product = open(product("draft-product", &["draft"]));
    draft_product.state = ProductState::NotPublished;
    let state = |name: &str, state| {
        let mut subscription = subscription(name, SubscriptionScope::AllApis);
        subscription.state = state;
        subscription
    };
    let of_product = |name: &str, product: &str| subscription(name, SubscriptionScope::Product(product.into()));
    Fixture {
        apis: vec![
            needs_key("locked"),
            api("free", "free", &["GET /x"]),
            needs_key("sold"),
            needs_key("sold;rev=2"),
            needs_key("shared"),
            gift,
            needs_key("draft"),
            renamed,
        ],
        products: vec![
            product("gold", &["sold"]),
            product("silver", &["sold", "shared"]),
            open(product("public", &["gift", "shared"])),
            draft_product,
        ],
        subscriptions: vec![
            subscription("master", SubscriptionScope::AllAccess),
            subscription("all", SubscriptionScope::AllApis),
            subscription("one", SubscriptionScope::Api("locked".into())),
            subscription("sold-key", SubscriptionScope::Api("sold".into())),
            of_product("gold-key", "gold"),
            of_product("silver-key", "silver"),
            of_product("public-key", "public"),
            of_product("draft-key", "draft-product"),
            of_product("lost-key", "no-such-product"),
            state("suspended", SubscriptionState::Suspended),
            state("expired", SubscriptionState::Expired),
            state("submitted", SubscriptionState::Submitted),
            state("rejected", SubscriptionState::Rejected),
            state("cancelled", SubscriptionState::Cancelled),
        ],
        ..Fixture::default()
    }
}

/// A request's outcome in words: `product/subscription`, `-` for none, or the denial.
fn outcome(snapshot: &Snapshot, path: &str, header: Option<&str>, query: &str) -> String {
    let none = |_: &str| None;
    let request = RouteRequest {
        host: b"",
        method: b"GET",
        path: path.as_bytes(),
        query: query.as_bytes(),
        websocket: false,
        header: &none,
    };
    let mut found = RouteMatch::default();
    snapshot.table().find(&request, &mut found).unwrap();
    match decide(snapshot, &found, header.map(str::as_bytes), query.as_bytes()) {
        Decision::Denied(denial) => format!("{denial:?}"),
        Decision::Granted(grant) => words(snapshot, &found, grant),
    }
}

fn words(snapshot: &Snapshot, found: &RouteMatch, grant: Grant) -> String {
    let product = grant.product.map_or("-", |product| snapshot.product(found.api().unwrap(), product).id());
    let subscription = grant.subscription.map_or("-", |index| &snapshot.subscription(index).unwrap().name);
    format!("{product}/{subscription}")
}

#[test]
fn a_key_passes_when_active_and_for_the_api_a_product_of_it_all_apis_or_everything() {
    let snapshot = fixture().snapshot();
    let table = [
        ("locked", None, "Missing"),
        ("locked", Some("master"), "-/master"),
        ("locked", Some("master-2"), "-/master"),
        ("locked", Some("all"), "-/all"),
        ("locked", Some("one"), "-/one"),
        ("locked", Some("sold-key"), "Invalid"),
        ("locked", Some("gold-key"), "Invalid"),
        ("locked", Some("nonsense"), "Invalid"),
        ("locked", Some("ALL"), "Invalid"),
        ("locked", Some("suspended"), "Invalid"),
        ("locked", Some("expired"), "Invalid"),
        ("locked", Some("submitted"), "Invalid"),
        ("locked", Some("rejected"), "Invalid"),
        ("locked", Some("cancelled"), "Invalid"),
        ("sold", None, "Missing"),
        ("sold", Some("gold-key"), "gold/gold-key"),
        ("sold", Some("silver-key-2"), "silver/silver-key"),
        ("sold", Some("sold-key"), "-/sold-key"),
        ("sold", Some("master"), "-/master"),
        ("sold", Some("lost-key"), "Invalid"),
        ("sold;rev=2", Some("sold-key"), "-/sold-key"),
        ("sold;rev=2", Some("gold-key"), "gold/gold-key"),
    ];
    for (api, key, expected) in table {
        assert_eq!(outcome(&snapshot, &format!("/{api}/x"), key, ""), expected, "{api} {key:?}");
    }
}

#[test]
fn without_a_key_an_open_product_comes_first_then_an_open_api() {
    let snapshot = fixture().snapshot();
    let table = [
        ("free", None, "-/-"),
        ("shared", None, "public/-"),
        ("gift", None, "public/-"),
        ("draft", None, "Missing"),
        // A key that is given decides, also where none is needed.
        ("free", Some("nonsense"), "Invalid"),
        ("free", Some("one"), "Invalid"),
        ("free", Some("all"), "-/all"),
        ("shared", Some("nonsense"), "Invalid"),
        ("shared", Some("suspended"), "Invalid"),
        // API and all-APIs keys get no product policies, not even the open product's.
        ("shared", Some("all"), "-/all"),
        ("shared", Some("public-key"), "public/public-key"),
        ("shared", Some("silver-key"), "silver/silver-key"),
        // A key of another product is no longer rejected where there is an open product.
        ("shared", Some("gold-key"), "public/-"),
        ("free", Some("gold-key"), "Invalid"),
        // Unpublishing does not invalidate keys.
        ("draft", Some("draft-key"), "draft-product/draft-key"),
    ];
    for (api, key, expected) in table {
        assert_eq!(outcome(&snapshot, &format!("/{api}/x"), key, ""), expected, "{api} {key:?}");
    }
}

#[test]
fn the_query_is_looked_at_only_when_the_header_is_absent() {
    let snapshot = fixture().snapshot();
    let table = [
        ("/locked/x", None, "subscription-key=all", "-/all"),
        ("/locked/x", None, "a=1&Subscription-Key=all&b=2", "-/all"),
        ("/locked/x", None, "subscription-key=%61ll", "-/all"),
        ("/locked/x", None, "subscription-key=", "Missing"),
        ("/locked/x", None, "subscription-keys=all", "Missing"),
        ("/locked/x", Some("nonsense"), "subscription-key=all", "Invalid"),
        ("/locked/x", Some("all"), "subscription-key=nonsense", "-/all"),
        ("/locked/x", Some(""), "subscription-key=all", "-/all"),
        ("/locked/x", Some(" all "), "", "-/all"),
        ("/renamed/x", None, "subscription-key=all", "Missing"),
        ("/renamed/x", None, "api+key=all", "-/all"),
        ("/renamed/x", None, "api%20key=all", "-/all"),
    ];
    for (path, header, query, expected) in table {
        assert_eq!(outcome(&snapshot, path, header, query), expected, "{path} {header:?} {query}");
    }
}

#[test]
fn the_longest_key_is_looked_at_and_one_character_more_is_invalid() {
    let mut fixture = fixture();
    let longest = "k".repeat(KEY_BYTES_MAX);
    fixture.subscriptions[1].primary_key = Some(Secret::new(longest.clone()));
    let longer = "k".repeat(KEY_BYTES_MAX + 1);
    fixture.subscriptions[1].secondary_key = Some(Secret::new(longer.clone()));
    let snapshot = fixture.snapshot();
    for escape in ["", "%6B"] {
        let spell = |key: &str| format!("subscription-key={}{}", escape, &key[usize::from(!escape.is_empty())..]);
        assert_eq!(outcome(&snapshot, "/locked/x", None, &spell(&longest)), "-/all");
        assert_eq!(outcome(&snapshot, "/locked/x", None, &spell(&longer)), "Invalid");
    }
    assert_eq!(outcome(&snapshot, "/locked/x", Some(&longest), ""), "-/all");
    assert_eq!(outcome(&snapshot, "/locked/x", Some(&longer), ""), "Invalid");
}

#[test]
fn of_two_subscriptions_with_one_key_the_one_that_passes_counts() {
    let mut fixture = fixture();
    for subscription in &mut fixture.subscriptions {
        if ["gold-key", "one", "suspended"].contains(&subscription.name.as_str()) {
            subscription.primary_key = Some(Secret::new("same"));
        }
    }
    let snapshot = fixture.snapshot();
    assert_eq!(outcome(&snapshot, "/locked/x", Some("same"), ""), "-/one");
    assert_eq!(outcome(&snapshot, "/sold/x", Some("same"), ""), "gold/gold-key");
    assert_eq!(outcome(&snapshot, "/renamed/x", Some("same"), ""), "Invalid");
}

#[test]
fn a_preflight_needs_no_key_and_a_key_in_the_query_selects_the_product() {
    let snapshot = fixture().snapshot();
    let preflight = |path: &str, query: &str| {
        let header = |name: &str| match name {
            "Origin" => Some(&b"https://o"[..]),
            _ => Some(&b"GET"[..]),
        };
        let request = RouteRequest {
            host: b"",
            method: b"OPTIONS",
            path: path.as_bytes(),
            query: query.as_bytes(),
            websocket: false,
            header: &header,
        };
        let mut found = RouteMatch::default();
        snapshot.table().find(&request, &mut found).unwrap();
        assert!(found.preflight());
        words(&snapshot, &found, decide_preflight(&snapshot, &found, query.as_bytes()))
    };
    assert_eq!(preflight("/locked/x", ""), "-/-");
    assert_eq!(preflight("/sold/x", "subscription-key=gold-key"), "gold/gold-key");
    assert_eq!(preflight("/sold/x", "subscription-key=nonsense"), "-/-");
    assert_eq!(preflight("/shared/x", ""), "public/-");
}

#[test]
fn the_answers_are_those_seen_on_the_wire() {
    assert_eq!((Denial::Missing.body().len(), Denial::Invalid.body().len()), (152, 143));
    let snapshot = fixture().snapshot();
    let challenge = |path: &str, host: &str| {
        let none = |_: &str| None;
        let request = RouteRequest {
            host: host.as_bytes(),
            method: b"GET",
            path: path.as_bytes(),
            query: b"",
            websocket: false,
            header: &none,
        };
        let mut found = RouteMatch::default();
        snapshot.table().find(&request, &mut found).unwrap();
        let mut value = Vec::new();
        write_challenge(&mut value, host.as_bytes(), snapshot.api(found.api().unwrap()));
        String::from_utf8(value).unwrap()
    };
    assert_eq!(
        challenge("/locked/x", "gw.example.com"),
        r#"AzureApiManagementKey realm="https://gw.example.com/locked",name="Ocp-Apim-Subscription-Key",type="header""#
    );
    assert_eq!(
        challenge("/RENAMED/x", "gw\"x:8080"),
        r#"AzureApiManagementKey realm="https://gwx:8080/renamed",name="x-api-key",type="header""#
    );
}
