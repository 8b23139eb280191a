use std::sync::Arc;

use serde_json::json;

use crate::cached::{CacheHit, CacheItem, CachedResponse};
use crate::effect::{Effect, Embedding, HttpRequest, HttpResponse, Outcome, SendFailure};
use crate::run::Run;
use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

const PROMPT: &str =
    r#"{"model":"m","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hello"}]}"#;
const ANSWER: &str = r#"{"choices":[{"message":{"content":"Hi."}}]}"#;

fn exchange(outcomes: &[Outcome]) -> MemoryExchange {
    let exchange = MemoryExchange {
        request_body: Some(PROMPT.into()),
        backend_response: (200, vec![("Content-Type".to_owned(), b"application/json".to_vec())], ANSWER.into()),
        ..MemoryExchange::get("/v1/chat/completions").with_method("POST")
    };
    outcomes.iter().cloned().fold(exchange, MemoryExchange::outcome)
}

fn vector() -> Outcome {
    let body = br#"{"data":[{"embedding":[3.0,4.0]}]}"#.to_vec();
    Outcome::Sent(Ok(Box::new(HttpResponse { status: 200, body, ..HttpResponse::default() })))
}

fn document(lookup: &str, inner: &str, store: &str) -> String {
    format!(
        "<policies><inbound><llm-semantic-cache-lookup score-threshold='0.05' embeddings-backend-id='e' {lookup}>{inner}\
         </llm-semantic-cache-lookup></inbound><outbound>{store}</outbound></policies>"
    )
}

const STORE: &str = "<llm-semantic-cache-store duration='60'/>";

fn effects(document: &str, mut exchange: MemoryExchange) -> (Vec<Effect>, MemoryExchange) {
    let (program, diagnostics) = compile_one(document);
    assert_eq!(diagnostics, [], "{document}");
    let effects = drive(&program, &mut exchange, &mut Run::new());
    (effects, exchange)
}

fn embed(text: &str, token: Option<&str>) -> Effect {
    let mut headers = vec![("Content-Type".into(), b"application/json".to_vec())];
    headers.extend(token.map(|token| ("Authorization".into(), format!("Bearer {token}").into_bytes())));
    Effect::Send(Box::new(HttpRequest {
        method: "POST".into(),
        url: "?api-version=2024-10-21".into(),
        backend: Some("e".into()),
        headers,
        body: Some(json!({ "input": text }).to_string().into_bytes()),
        timeout_ms: 30_000,
        ..HttpRequest::default()
    }))
}

fn hit() -> Outcome {
    let response = CachedResponse {
        status: 200,
        reason: "".into(),
        headers: vec![("X-Kept".into(), (*b"1").into())],
        body: (*b"kept").into(),
        duration_s: 60,
    };
    Outcome::Cached(Some(CacheHit { item: Arc::new(CacheItem::Response(response)), age_s: 5 }))
}

#[test]
fn a_request_that_means_nothing_known_is_forwarded_and_its_answer_stored() {
    let (effects, exchange) = effects(&document("", "", STORE), exchange(&[vector()]));
    let [ask, Effect::Nearest(nearest), Effect::Forward(_), Effect::PutNearest(put)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(*ask, embed("system: Be kind.\nuser: Hello", None));
    assert_eq!(
        (nearest.distance_max_millionths, &nearest.embedding),
        (50_000, &Embedding::new(vec![3.0, 4.0]).unwrap())
    );
    assert_eq!((put.partition, &put.embedding, put.duration_s), (nearest.partition, &nearest.embedding, 60));
    let CacheItem::Response(response) = &*put.item else { panic!("no response") };
    assert_eq!((response.status, &*response.body), (200, ANSWER.as_bytes()));
    assert_eq!(exchange.response_body, ANSWER.as_bytes());
}

#[test]
fn a_known_meaning_is_answered_from_the_cache_and_outbound_goes_on_behind_the_store() {
    let store = format!(
        "<set-header name='X-Before'><value>1</value></set-header>{STORE}<set-header name='X-After'><value>1</value></set-header>"
    );
    for document in
        [document("", "", &store), document("", "", &store).replace("llm-semantic", "azure-openai-semantic")]
    {
        let expected = [
            Expect::Response(200, "kept"),
            Expect::ResponseHeader("X-Kept", &["1"]),
            Expect::ResponseHeader("X-Before", &[]),
            Expect::ResponseHeader("X-After", &["1"]),
            Expect::EffectCount(2),
        ];
        check(&document, exchange(&[vector(), hit()]), &expected);
    }
    // The store of the other cache is not where it goes on.
    let other = document("", "", "<cache-store duration='5'/><set-header name='X-After'><value>1</value></set-header>");
    check(&other, exchange(&[vector(), hit()]), &[Expect::ResponseHeader("X-After", &[]), Expect::EffectCount(2)]);
}

#[test]
fn every_attribute_of_the_lookup_counts() {
    let (found, _) = effects(&document("embeddings-backend-auth='system-assigned'", "", ""), exchange(&[]));
    assert!(
        matches!(&found[0], Effect::Token(token) if &*token.resource == "https://cognitiveservices.azure.com" && token.client_id.is_none())
    );
    assert_eq!(found[1], embed("system: Be kind.\nuser: Hello", Some("t0ken")));
    // Without a token the backend's own credentials may do.
    let refused = Outcome::Token(Err(SendFailure { timed_out: false, message: "none".into() }));
    let (found, _) = effects(&document("embeddings-backend-auth='system-assigned'", "", ""), exchange(&[refused]));
    assert_eq!(found[1], embed("system: Be kind.\nuser: Hello", None));
    let (found, _) = effects(&document("ignore-system-messages='true'", "", ""), exchange(&[]));
    assert_eq!(found[0], embed("user: Hello", None));
    for (attributes, is_looked_up) in [
        ("max-message-count='2'", true),
        ("max-message-count='1'", false),
        ("max-message-count='1' ignore-system-messages='true'", true),
        ("max-message-count='@(1)'", false),
    ] {
        let (found, _) = effects(&document(attributes, "", ""), exchange(&[]));
        assert_eq!(matches!(found[0], Effect::Send(_)), is_looked_up, "{attributes}");
    }
    let threshold = document("", "", "").replace("0.05", "@(0.1 + 0.1)");
    let (found, _) = effects(&threshold, exchange(&[vector()]));
    assert!(matches!(&found[1], Effect::Nearest(nearest) if nearest.distance_max_millionths == 200_000), "{found:?}");
}

#[test]
fn only_requests_of_one_kind_are_compared() {
    let partition = |document: &str, exchange: MemoryExchange| {
        let (found, _) = effects(document, exchange);
        let Some(Effect::Nearest(nearest)) = found.get(1) else { panic!("{found:?}") };
        nearest.partition
    };
    let plain = document("", "", "");
    let body = |body: &str| MemoryExchange { request_body: Some(body.into()), ..exchange(&[vector()]) };
    let usual = partition(&plain, exchange(&[vector()]));
    assert_eq!(partition(&plain, body(&PROMPT.replace("Hello", "Hi"))), usual);
    let mut partitions = vec![usual];
    for other in [
        partition(&plain, body(&PROMPT.replace("\"m\"", "\"o\""))),
        partition(&plain, body(&PROMPT.replace("{\"model\"", "{\"n\":2,\"model\""))),
        partition(&plain, body(&PROMPT.replace("{\"model\"", "{\"tools\":[],\"model\""))),
        partition(&plain, body(&PROMPT.replace("{\"model\"", "{\"stream\":true,\"model\""))),
        partition(&plain, MemoryExchange { api_id: "other".to_owned(), ..exchange(&[vector()]) }),
        partition(&document("cache-id='c'", "", ""), exchange(&[vector()])),
        partition(&document("", "<vary-by>a</vary-by>", ""), exchange(&[vector()])),
        partition(&document("", "<vary-by>@(context.Api.Id)</vary-by>", ""), exchange(&[vector()])),
        partition(&document("", "<vary-by>a</vary-by><vary-by>b</vary-by>", ""), exchange(&[vector()])),
    ] {
        assert!(!partitions.contains(&other));
        partitions.push(other);
    }
    let varying =
        |text: &str| partition(&document("", &format!("<vary-by>{text}</vary-by>"), ""), exchange(&[vector()]));
    assert_eq!(varying("@(context.Api.Id)"), varying("echo"));
}

#[test]
fn what_cannot_be_compared_is_forwarded_and_not_stored() {
    let body = |body: &str| MemoryExchange { request_body: Some(body.into()), ..exchange(&[]) };
    for exchange in [MemoryExchange::get("/"), body("no JSON"), body(r#"{"input":["a"]}"#), body(r#"{"messages":[]}"#)]
    {
        let (found, _) = effects(&document("", "", STORE), exchange);
        assert!(matches!(found.as_slice(), [Effect::Forward(_)]), "{found:?}");
    }
    let answer = |status: u16, body: &[u8]| {
        Outcome::Sent(Ok(Box::new(HttpResponse { status, body: body.to_vec(), ..HttpResponse::default() })))
    };
    for outcome in [
        answer(500, b"{}"),
        answer(200, b"{}"),
        answer(200, br#"{"data":[{"embedding":[]}]}"#),
        answer(200, br#"{"data":[{"embedding":["a"]}]}"#),
        answer(200, br#"{"data":[{"embedding":[0]}]}"#),
        Outcome::Sent(Err(SendFailure { timed_out: true, message: "late".into() })),
    ] {
        let (found, exchange) = effects(&document("", "", STORE), exchange(&[outcome]));
        assert!(matches!(found.as_slice(), [Effect::Send(_), Effect::Forward(_)]), "{found:?}");
        assert_eq!(exchange.response_body, ANSWER.as_bytes());
    }
}

#[test]
fn the_store_keeps_what_may_be_kept() {
    let stored = |store: &str, change: &dyn Fn(&mut MemoryExchange)| {
        let mut exchange = exchange(&[vector()]);
        change(&mut exchange);
        let (found, _) = effects(&document("", "", store), exchange);
        found.iter().any(|effect| matches!(effect, Effect::PutNearest(_)))
    };
    let with = |name: &'static str, value: &'static str| {
        move |exchange: &mut MemoryExchange| exchange.backend_response.1 = vec![(name.to_owned(), value.into())]
    };
    let status = |status| move |exchange: &mut MemoryExchange| exchange.backend_response.0 = status;
    let all = "<llm-semantic-cache-store duration='@(60)' cache-response='@(true)'/>";
    for (store, change, expected) in [
        (STORE, &with("X", "y") as &dyn Fn(&mut MemoryExchange), true),
        (STORE, &status(201), false),
        (all, &status(201), true),
        (all, &status(206), false),
        ("<llm-semantic-cache-store duration='0'/>", &status(200), false),
        ("<llm-semantic-cache-store duration='60' cache-response='false'/>", &status(200), false),
        (STORE, &with("Set-Cookie", "a=b"), false),
        (STORE, &with("Content-Type", "text/event-stream"), true),
        (STORE, &with("Content-Length", "3000000"), false),
    ] {
        assert_eq!(stored(store, change), expected, "{store}");
    }
}

#[test]
fn a_streamed_answer_is_stored_when_all_of_it_was_sent_and_not_held_back() {
    const EVENTS: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi.\"}}]}\n\ndata: [DONE]\n\n";
    let stream = |is_sent_whole: bool| {
        let headers = vec![("Content-Type".to_owned(), b"text/event-stream".to_vec())];
        let backend_response = (200, headers, EVENTS.into());
        MemoryExchange { backend_response, is_response_unread: true, is_sent_whole, ..exchange(&[vector()]) }
    };
    let limit = "<llm-token-limit counter-key='k' tokens-per-minute='9' estimate-prompt-tokens='false'/>";
    let counted = document("", "", STORE).replace("</inbound>", &format!("{limit}</inbound>"));
    for (document, is_whole, expected) in [
        (document("", "", STORE), true, Some(EVENTS)),
        (document("", "", STORE), false, None),
        (counted, true, Some(EVENTS)),
        // What is changed is in hand when it is stored.
        (
            document("", "", &format!("<find-and-replace from='Hi' to='Ho'/>{STORE}")),
            true,
            Some(&*EVENTS.replace("Hi", "Ho")),
        ),
        // What is changed afterwards is not what was stored, as with answers that are no streams.
        (document("", "", &format!("{STORE}<set-body>other</set-body>")), true, None),
        (document("", "", "<llm-semantic-cache-store duration='0'/>"), true, None),
    ] {
        let (found, exchange) = effects(&document, stream(is_whole));
        let stored = found.iter().find_map(|effect| match effect {
            Effect::PutNearest(put) => Some(put),
            _ => None,
        });
        let CacheItem::Response(response) = (match stored {
            Some(put) => &*put.item,
            None => {
                assert_eq!(expected, None, "{document}");
                continue;
            }
        }) else {
            panic!("no response")
        };
        assert_eq!(Some(&*String::from_utf8_lossy(&response.body)), expected, "{document}");
        assert_eq!(response.headers, [("Content-Type".into(), b"text/event-stream"[..].into())]);
        assert_eq!(found.iter().filter(|effect| matches!(effect, Effect::ReadBody(_))).count(), 0, "{document}");
        assert_eq!(exchange.response_body, response.body.to_vec());
    }
}

#[test]
fn wrong_attributes_and_places_are_refused() {
    let lookup = |attributes: &str| format!("<llm-semantic-cache-lookup {attributes}/>");
    let good = "score-threshold='0.05' embeddings-backend-id='e'";
    for (document, codes) in [
        (lookup(""), &["attribute-missing", "attribute-missing"][..]),
        (lookup("score-threshold='1.5' embeddings-backend-id='e'"), &["value-invalid"]),
        (lookup("score-threshold='-0.1' embeddings-backend-id='e'"), &["value-invalid"]),
        (lookup("score-threshold='near' embeddings-backend-id='e'"), &["value-invalid"]),
        (lookup(&format!("{good} embeddings-backend-auth='key'")), &["value-invalid"]),
        (lookup(&format!("{good} max-message-count='-1'")), &["value-invalid"]),
        (lookup(good).repeat(2), &["once-per-section"]),
        (format!("<policies><outbound>{}</outbound></policies>", lookup(good)), &["wrong-section"]),
        (STORE.to_owned(), &["wrong-section"]),
        ("<policies><outbound><llm-semantic-cache-store/></outbound></policies>".to_owned(), &["attribute-missing"]),
        (
            "<policies><outbound><azure-openai-semantic-cache-store duration='x'/></outbound></policies>".to_owned(),
            &["value-invalid"],
        ),
    ] {
        check(&document, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
    }
}
