use std::sync::Arc;

use super::*;
use crate::cached::CacheHit;
use crate::effect::ForwardOptions;
use crate::run::Run;
use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

fn lookup(more: &str, children: &str) -> String {
    format!("<cache-lookup vary-by-developer='false' vary-by-developer-groups='false' {more}>{children}</cache-lookup>")
}

fn document(lookup: &str, outbound: &str) -> String {
    format!("<policies><inbound>{lookup}</inbound><outbound>{outbound}</outbound></policies>")
}

/// The key asked for.
fn key(policy: &str, exchange: &MemoryExchange) -> Option<u128> {
    let (program, diagnostics) = compile_one(&document(policy, ""));
    assert_eq!(diagnostics, []);
    match drive(&program, &mut exchange.clone(), &mut Run::new()).first() {
        Some(Effect::CacheGet { key }) => Some(*key),
        _ => None,
    }
}

fn hit() -> MemoryExchange {
    let response = CachedResponse {
        status: 200,
        reason: "Fine".into(),
        headers: vec![("X-Kept".into(), b"1"[..].into()), ("X-Kept".into(), b"2"[..].into())],
        body: b"stored"[..].into(),
        duration_s: 60,
    };
    let hit = CacheHit { item: Arc::new(CacheItem::Response(response)), age_s: 7 };
    MemoryExchange::get("/").outcome(Outcome::Cached(Some(hit)))
}

#[test]
fn a_hit_is_the_response_and_the_backend_is_not_asked() {
    let expected = [
        Expect::Response(200, "stored"),
        Expect::ReasonPhrase("Fine"),
        Expect::ResponseHeader("X-Kept", &["1", "2"]),
        Expect::ResponseHeader("Cache-Control", &["no-store"]),
        Expect::ResponseHeader("Age", &[]),
        Expect::EffectCount(1),
        Expect::Variable("v", None),
    ];
    let policy = format!("{}<set-variable name='v' value='1'/>", lookup("", ""));
    check(&document(&policy, ""), hit(), &expected);
    // Without a cache-store in it, `outbound` is not run.
    check(&document(&policy, "<set-variable name='v' value='1'/>"), hit(), &expected);
}

#[test]
fn behind_cache_store_outbound_goes_on_after_a_hit() {
    let outbound =
        "<set-variable name='before' value='1'/><cache-store duration='60'/><set-variable name='after' value='1'/>";
    let expected = [
        Expect::Variable("before", None),
        Expect::Variable("after", Some("1")),
        Expect::Response(200, "stored"),
        Expect::EffectCount(1),
    ];
    check(&document(&lookup("", ""), outbound), hit(), &expected);
    let missed = [Expect::Variable("before", Some("1")), Expect::Variable("after", Some("1")), Expect::EffectCount(3)];
    check(&document(&lookup("", ""), outbound), MemoryExchange::get("/"), &missed);
}

#[test]
fn callers_are_told_what_they_may_keep() {
    for (attributes, control, age) in [
        ("downstream-caching-type='none'", "no-store", &[][..]),
        ("downstream-caching-type='private'", "private, must-revalidate, max-age=60", &["7"]),
        ("downstream-caching-type='public' must-revalidate='false'", "public, max-age=60", &["7"]),
        ("downstream-caching-type='@(\"Public\")'", "public, must-revalidate, max-age=60", &["7"]),
    ] {
        let document = document(&lookup(attributes, ""), "<cache-store duration='60'/>");
        let expected = [Expect::ResponseHeader("Cache-Control", &[control]), Expect::ResponseHeader("Age", age)];
        check(&document, hit(), &expected);
        let missed = [Expect::ResponseHeader("Cache-Control", &[control]), Expect::ResponseHeader("Age", &[])];
        check(&document, MemoryExchange::get("/"), &missed);
    }
}

#[test]
fn keys_vary_by_path_query_headers_and_nothing_else() {
    let of = |target: &str| MemoryExchange::get(target);
    let plain = lookup("", "");
    let by_a = lookup("", "<vary-by-query-parameter>A; c</vary-by-query-parameter>");
    let by_accept = lookup("", "<vary-by-header>Accept</vary-by-header>");
    for (policy, one, other, is_same) in [
        (&plain, of("/x?a=1&b=2"), of("/x?a=1&b=2"), true),
        (&plain, of("/x?a=1&b=2"), of("/x?b=2&a=1"), true),
        (&plain, of("/x?a=1"), of("/x?a=2"), false),
        (&plain, of("/x"), of("/y"), false),
        (&plain, of("/x"), of("/x").header_line("Accept", "a"), true),
        (&by_a, of("/x?a=1&b=2"), of("/x?a=1&b=3"), true),
        (&by_a, of("/x?a=1&c=2"), of("/x?a=1&c=3"), false),
        (&by_accept, of("/x").header_line("Accept", "a"), of("/x").header_line("Accept", "b"), false),
        (&by_accept, of("/x").header_line("accept", "a"), of("/x").header_line("Accept", "a"), true),
        (&plain, of("/x"), of("/x").header_line("Accept-Encoding", "gzip"), false),
        (&plain, of("/x"), MemoryExchange { api_id: "other".into(), ..of("/x") }, false),
    ] {
        assert_eq!(key(policy, &one) == key(policy, &other), is_same, "{policy} {one:?} {other:?}");
    }
    let alice = MemoryExchange { subscription_id: Some("alice".into()), ..of("/x") };
    let by_developer = "<cache-lookup vary-by-developer='true' vary-by-developer-groups='false'/>";
    assert_eq!(key(&plain, &alice), key(&plain, &of("/x")));
    assert_ne!(key(by_developer, &alice), key(by_developer, &of("/x")));
}

#[test]
fn keys_vary_by_developer_and_by_groups() {
    let user = |id: &str, groups: &[&str]| {
        let user_groups = groups.iter().map(|group| ((*group).into(), "".into())).collect();
        MemoryExchange { user_id: Some(id.to_owned()), user_groups, ..MemoryExchange::get("/x") }
    };
    let policy = |by_developer: bool, by_groups: bool| {
        format!("<cache-lookup vary-by-developer='{by_developer}' vary-by-developer-groups='{by_groups}'/>")
    };
    let (ada, bob) = (user("ada", &["staff", "beta"]), user("bob", &["beta", "staff"]));
    let guest = user("ada", &["guests"]);
    let computed = |by_developer: bool, by_groups: bool| {
        format!("<cache-lookup vary-by-developer='@({by_developer})' vary-by-developer-groups='@({by_groups})'/>")
    };
    for (by_developer, by_groups, one, other, is_same) in [
        (false, false, &ada, &bob, true),
        (true, false, &ada, &bob, false),
        (true, false, &ada, &guest, true),
        (false, true, &ada, &bob, true),
        (false, true, &ada, &guest, false),
        (true, true, &ada, &guest, false),
    ] {
        for policy in [policy(by_developer, by_groups), computed(by_developer, by_groups)] {
            assert_eq!(key(&policy, one) == key(&policy, other), is_same, "{policy} {one:?} {other:?}");
        }
    }
}

#[test]
fn only_get_without_authorization_is_looked_up_unless_allowed() {
    let plain = lookup("", "");
    let private = MemoryExchange::get("/").header_line("Authorization", "Bearer x");
    assert_eq!(key(&plain, &MemoryExchange::get("/").with_method("POST")), None);
    assert_eq!(key(&plain, &MemoryExchange::get("/").with_method("HEAD")), None);
    assert_eq!(key(&plain, &private), None);
    assert!(key(&lookup("allow-private-response-caching='true'", ""), &private).is_some());
    assert!(key(&lookup("allow-private-response-caching='@(true)'", ""), &private).is_some());
}

#[test]
fn responses_are_stored_when_they_may_be() {
    let response = |status: u16, headers: &[(&str, &str)]| {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        MemoryExchange { backend_response: (status, headers, b"body".to_vec()), ..MemoryExchange::get("/x") }
    };
    for (store, exchange, is_stored) in [
        ("duration='60'", response(200, &[]), true),
        ("duration='60'", response(201, &[]), false),
        ("duration='60' cache-response='true'", response(201, &[]), true),
        ("duration='60' cache-response='@(context.Response.StatusCode == 201)'", response(201, &[]), true),
        ("duration='60' cache-response='false'", response(200, &[]), false),
        ("duration='60' cache-response='true'", response(304, &[]), false),
        ("duration='60' cache-response='true'", response(206, &[]), false),
        ("duration='60'", response(200, &[("Set-Cookie", "a=b")]), false),
        ("duration='60'", response(200, &[("Content-Length", "9000000")]), false),
        ("duration='0'", response(200, &[]), false),
        ("duration='@(context.Response.StatusCode)'", response(200, &[]), true),
    ] {
        let document = document(&lookup("", ""), &format!("<cache-store {store}/>"));
        check(&document, exchange.clone(), &[Expect::EffectCount(if is_stored { 3 } else { 2 })]);
    }
    // Without a lookup there is no key.
    check(&document("", "<cache-store duration='60'/>"), response(200, &[]), &[Expect::EffectCount(1)]);
}

#[test]
fn what_is_stored_is_the_response_without_the_headers_of_its_connection() {
    let lines = [("X", "1"), ("Connection", "close"), ("Content-Length", "4"), ("Date", "now"), ("ETag", "\"e\"")];
    let headers = lines.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
    let exchange = MemoryExchange { backend_response: (200, headers, b"body".to_vec()), ..MemoryExchange::get("/x") };
    let policy = lookup("", "");
    let key = key(&policy, &exchange).unwrap();
    let item = Arc::new(CacheItem::Response(CachedResponse {
        status: 200,
        reason: "".into(),
        headers: vec![("X".into(), b"1"[..].into()), ("ETag".into(), b"\"e\""[..].into())],
        body: b"body"[..].into(),
        duration_s: 5,
    }));
    let effects = [
        Effect::CacheGet { key },
        Effect::Forward(ForwardOptions::default()),
        Effect::CachePut { key, item, duration_s: 5 },
    ];
    for duration in ["5", "@(2 + 3)"] {
        let store = format!("<cache-store duration='{duration}'/>");
        check(&document(&policy, &store), exchange.clone(), &[Expect::Effects(&effects)]);
    }
}

#[test]
fn wrong_attributes_places_and_repetitions_are_refused() {
    let good = lookup("", "");
    for (policy, codes) in [
        ("<cache-lookup/>".to_owned(), &["attribute-missing", "attribute-missing"][..]),
        (lookup("", "<vary-by-cookie>a</vary-by-cookie>"), &["unknown-element"]),
        (lookup("downstream-caching-type='internal'", ""), &["value-suspect"]),
        (format!("{good}{good}"), &["once-per-section"]),
        (document("<cache-store duration='1'/>", ""), &["wrong-section"]),
        (document("", &good), &["wrong-section"]),
        (document("", "<cache-store/>"), &["attribute-missing"]),
        (document("", "<cache-store duration='1' cache-response='x'/>"), &["value-invalid"]),
    ] {
        check(&policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
    }
}
