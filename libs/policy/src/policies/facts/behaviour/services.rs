//! What policies ask services for: events, messages, sidecars, requests, the cache, counters.

use smallvec::SmallVec;

use super::{Row, get, row};
use crate::counter_key;
use crate::effect::{
    CountSome, Effect, Event, ForwardOptions, HttpProxy, HttpRequest, HttpResponse, Limit, Outcome, Quota,
    QuotaRequest, SendFailure,
};
use crate::exchange::BackendTarget;
use crate::testing::{Expect, MemoryExchange};

pub(super) fn rows() -> Vec<Row> {
    [events(), sidecar(), requests(), proxies_and_invocations(), counters(), routes()].into_iter().flatten().collect()
}

/// These effects, and the request goes on.
fn asks(effects: Vec<Effect>) -> [Expect<'static>; 1] {
    let forward = Effect::Forward(ForwardOptions::default());
    [Expect::Effects(effects.into_iter().chain([forward]).collect::<Vec<_>>().leak())]
}

fn pairs(list: &[(&str, &str)]) -> Vec<(Box<str>, Box<str>)> {
    list.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn events() -> Vec<Row> {
    let bus = |attributes: &str| {
        format!(
            "<send-service-bus-message {attributes}><message-properties><message-property name='@(\"k\" + 1)'>v</message-property></message-properties>\
             <payload>p</payload></send-service-bus-message>"
        )
    };
    let message = |target: &str, settings: &[(&str, &str)]| {
        asks(vec![Effect::Deliver(Box::new(Event {
            source: "send-service-bus-message".into(),
            target: target.into(),
            settings: pairs(settings),
            properties: pairs(&[("k1", "v")]),
            message: b"p".to_vec(),
        }))])
    };
    let all = [
        ("namespace", "n1"),
        ("client-id", "c1"),
        ("message-id", "0f8fad5b-d9cb-469f-a165-70867728950e"),
        ("session-id", "7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        ("time-to-live", "00:01:00"),
    ];
    let literal = "queue-name='q1' namespace='n1' client-id='c1' message-id='0f8fad5b-d9cb-469f-a165-70867728950e' \
                   session-id='7c9e6679-7425-40de-944b-e07fc1f90ae7' time-to-live='00:01:00'";
    let computed = "queue-name='@(\"q\" + 1)' namespace='@(\"n\" + 1)' client-id='@(\"c\" + 1)' message-id='@(\"0f8fad5b-d9cb-469f-a165-7086772895\" + 0 + \"e\")' \
                    session-id='@(\"7c9e6679-7425-40de-944b-e07fc1f90ae\" + 7)' time-to-live='@(\"00:01:\" + \"00\")'";
    let hub = |attributes: &str| format!("<log-to-eventhub logger-id='l' {attributes}>m</log-to-eventhub>");
    let event = |settings: &[(&str, &str)]| {
        asks(vec![Effect::Emit(Box::new(Event {
            source: "log-to-eventhub".into(),
            target: "l".into(),
            settings: pairs(settings),
            message: b"m".to_vec(),
            ..Event::default()
        }))])
    };
    let bus_fact = |name: &str| -> &'static str { format!("send-service-bus-message {name}").leak() };
    let mut rows: Vec<Row> = ["queue-name", "namespace", "client-id", "message-id", "session-id", "time-to-live"]
        .iter()
        .flat_map(|name| [literal, computed].map(|text| row(bus_fact(name), bus(text), get(), &message("q1", &all))))
        .collect();
    rows.extend([
        row(
            bus_fact("topic-name"),
            bus(&format!("topic-name='@(\"t\" + 1)' namespace='n1' message-id='{}'", all[2].1)),
            get(),
            &message("t1", &[all[0], all[2]]),
        ),
        row(
            "log-to-eventhub partition-key",
            hub("partition-key='@(\"k\" + 1)'"),
            get(),
            &event(&[("partition-key", "k1")]),
        ),
        row("log-to-eventhub partition-key", hub("partition-key='k2'"), get(), &event(&[("partition-key", "k2")])),
    ]);
    rows
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn sidecar() -> Vec<Row> {
    let post = |path: &str, body: &str, timeout_s: u64| HttpRequest {
        method: "POST".into(),
        url: format!("http://localhost:3500/v1.0/{path}").into(),
        headers: vec![("Content-Type".into(), b"application/json".to_vec())],
        body: Some(body.into()),
        timeout_ms: timeout_s * 1000,
        ..HttpRequest::default()
    };
    let sent = |request: HttpRequest| asks(vec![Effect::Send(Box::new(request))]);
    let binding = |attributes: &str| {
        format!(
            "<invoke-dapr-binding name='b' {attributes}><data>{{{{context.Request.Method}}}}</data></invoke-dapr-binding>"
        )
    };
    let publish = |attributes: &str| format!("<publish-to-dapr topic='p/t' {attributes}>m</publish-to-dapr>");
    let read = "<set-variable name='seen' value='@(((IResponse)context.Variables[\"r\"]).StatusCode.ToString())'/>";
    let answered =
        |status| get().outcome(Outcome::Sent(Ok(Box::new(HttpResponse { status, ..HttpResponse::default() }))));
    let late = || get().outcome(Outcome::Sent(Err(SendFailure { timed_out: true, message: "late".into() })));
    let refused = [
        Expect::LastError(Some(("BackendConnectionFailure", "Dapr answered with status 500"))),
        Expect::EffectCount(1),
    ];
    let timed_out = [Expect::LastError(Some(("Timeout", "late"))), Expect::EffectCount(1)];
    let goes_on = [Expect::LastError(None), Expect::EffectCount(2)];
    let mut rows = Vec::new();
    for (element, policy) in
        [("invoke-dapr-binding", &binding as &dyn Fn(&str) -> String), ("publish-to-dapr", &publish)]
    {
        let fact = |name: &str| -> &'static str { format!("{element} {name}").leak() };
        rows.extend([
            row(fact("ignore-error"), policy(""), answered(500), &refused),
            row(fact("ignore-error"), policy(""), late(), &timed_out),
            row(fact("ignore-error"), policy("ignore-error='false'"), answered(500), &refused),
            row(fact("ignore-error"), policy("ignore-error='true'"), answered(500), &goes_on),
            row(fact("ignore-error"), policy("ignore-error='true'"), late(), &goes_on),
            row(
                fact("response-variable-name"),
                format!("{}{read}", policy("response-variable-name='r'")),
                answered(204),
                &[Expect::Variable("seen", Some("204")), Expect::LastError(None)],
            ),
        ]);
    }
    let get_data = "{\"data\":\"GET\"}";
    let as_written = "{\"data\":\"{{context.Request.Method}}\"}";
    rows.extend([
        row(
            "invoke-dapr-binding name",
            "<invoke-dapr-binding name='@(\"b\" + 1)'/>",
            get(),
            &sent(post("bindings/b1", "{}", 5)),
        ),
        row(
            "invoke-dapr-binding timeout",
            binding("timeout='240' template='none'"),
            get(),
            &sent(post("bindings/b", as_written, 240)),
        ),
        row(
            "invoke-dapr-binding template",
            binding("template='Liquid'"),
            get(),
            &sent(post("bindings/b", get_data, 5)),
        ),
        row("invoke-dapr-binding template", binding(""), get(), &sent(post("bindings/b", as_written, 5))),
        row("publish-to-dapr timeout", publish("timeout='1'"), get(), &sent(post("publish/p/t", "m", 1))),
        row(
            "publish-to-dapr pubsub-name",
            publish("pubsub-name='x'").replace("p/t", "t"),
            get(),
            &sent(post("publish/x/t", "m", 5)),
        ),
    ]);
    rows
}

fn requests() -> Vec<Row> {
    let url = "<set-url>http://a.test</set-url>";
    let request = |timeout_ms: u64, one_way: bool| HttpRequest {
        method: "GET".into(),
        url: "http://a.test".into(),
        timeout_ms,
        one_way,
        ..HttpRequest::default()
    };
    let sent = |request: HttpRequest| asks(vec![Effect::Send(Box::new(request))]);
    let send = |attributes: &str| format!("<send-request response-variable-name='v' {attributes}>{url}</send-request>");
    let one_way = |attributes: &str| format!("<send-one-way-request {attributes}>{url}</send-one-way-request>");
    let posting =
        || MemoryExchange { request_body: Some(b"b".to_vec()), ..get().with_method("POST").header_line("X-A", "1") };
    let copy = HttpRequest {
        method: "POST".into(),
        headers: vec![("X-A".into(), b"1".to_vec())],
        body: Some(b"b".to_vec()),
        ..request(60_000, true)
    };
    vec![
        row("send-request timeout", send(""), get(), &sent(request(60_000, false))),
        row("send-request timeout", send("timeout='9'"), get(), &sent(request(9000, false))),
        row("send-request timeout", send("timeout='@(4 + 4)'"), get(), &sent(request(8000, false))),
        row("send-one-way-request timeout", one_way(""), get(), &sent(request(60_000, true))),
        row("send-one-way-request timeout", one_way("timeout='@(4 + 4)'"), get(), &sent(request(8000, true))),
        row("send-one-way-request mode", one_way(""), posting(), &sent(request(60_000, true))),
        row("send-one-way-request mode", one_way("mode='new'"), posting(), &sent(request(60_000, true))),
        row("send-one-way-request mode", one_way("mode='copy'"), posting(), &sent(copy)),
    ]
}

fn proxies_and_invocations() -> Vec<Row> {
    let sent = |request: HttpRequest| asks(vec![Effect::Send(Box::new(request))]);
    let proxied = |url: &str, credentials: Option<(&str, &str)>| {
        Expect::Proxy(Some(HttpProxy {
            url: url.into(),
            credentials: credentials.map(|(name, word)| (name.into(), word.into())),
        }))
    };
    let invoked = HttpRequest {
        method: "PUT".into(),
        url: "http://a.test/x".into(),
        headers: vec![("X-A".into(), b"1".to_vec())],
        timeout_ms: 60_000,
        ..HttpRequest::default()
    };
    let invoke = "<invoke-request method='PUT' url='http://a.test/x' response-variable-name='v'><header name='X-A' value='1'/></invoke-request>";
    vec![
        row("proxy url", "<proxy url='http://p.test:1'/>", get(), &[proxied("http://p.test:1", None)]),
        row(
            "proxy username",
            "<proxy url='http://p' username='u1' password='w1'/>",
            get(),
            &[proxied("http://p", Some(("u1", "w1")))],
        ),
        row(
            "proxy password",
            "<proxy url='@(\"http:/\" + \"/p\")' username='@(\"u\" + 2)' password='@(\"w\" + 2)'/>",
            get(),
            &[proxied("http://p", Some(("u2", "w2")))],
        ),
        row("invoke-request method", invoke, get(), &sent(invoked.clone())),
        row(
            "invoke-request response-variable-name",
            format!(
                "{invoke}<set-variable name='seen' value='@(((IResponse)context.Variables[\"v\"]).StatusCode.ToString())'/>"
            ),
            get().outcome(Outcome::Sent(Ok(Box::new(HttpResponse { status: 204, ..HttpResponse::default() })))),
            &[Expect::Variable("seen", Some("204")), Expect::EffectCount(2)],
        ),
        row(
            "invoke-request/header name",
            invoke.replace("X-A", "X-B"),
            get(),
            &sent(HttpRequest { headers: vec![("X-B".into(), b"1".to_vec())], ..invoked.clone() }),
        ),
        row(
            "invoke-request/header value",
            invoke.replace("'1'", "'@(\"2\")'"),
            get(),
            &sent(HttpRequest { headers: vec![("X-A".into(), b"2".to_vec())], ..invoked }),
        ),
    ]
}

fn counters() -> Vec<Row> {
    let limited = |key: &str| {
        format!("<limit-concurrency key='{key}' max-count='2'><set-method>GET</set-method></limit-concurrency>")
    };
    let key = counter_key::scope("limit-concurrency", "key1");
    let place = asks(vec![Effect::Acquire { key, max: 2 }, Effect::Release { key }]);
    let by_key =
        |attributes: &str| format!("<rate-limit-by-key calls='5' renewal-period='6' counter-key='k' {attributes}/>");
    let count = |increment, late| {
        let limit = Limit { key: counter_key::scope("rate-limit-by-key", "k"), calls: 5, window_s: 6 };
        Effect::CountSome(CountSome { limit, increment, late })
    };
    let of_key =
        |attributes: &str| format!("<quota-by-key calls='5' renewal-period='300' counter-key='k' {attributes}/>");
    let quota = |increment, late| {
        let key = counter_key::scope("quota-by-key", "k");
        let key = counter_key::narrowed(key, "300", "-62135596800");
        let quota = Quota { key, calls: Some(5), bytes: None, period_s: 300, start_s: -62_135_596_800 };
        Effect::Quota(Box::new(QuotaRequest { quotas: SmallVec::from_iter([quota]), increment, counted: 0, late }))
    };
    // An expression is evaluated on the response, and the count made then.
    let late = vec![quota(0, false), Effect::Forward(ForwardOptions::default()), quota(2, true)];
    vec![
        row("quota-by-key increment-count", of_key("increment-count='3'"), get(), &asks(vec![quota(3, false)])),
        row(
            "quota-by-key increment-count",
            of_key("increment-count='@(context.Response.StatusCode / 100)'"),
            get(),
            &[Expect::Effects(late.leak())],
        ),
        row("limit-concurrency key", limited("key1"), get(), &place),
        row("limit-concurrency key", limited("@(\"key\" + 1)"), get(), &place),
        row(
            "rate-limit-by-key increment-after-response",
            by_key("increment-after-response='false'"),
            get(),
            &asks(vec![count(1, false)]),
        ),
    ]
}

fn routes() -> Vec<Row> {
    let set = |attributes: &str| format!("<set-backend-service {attributes}/>");
    let url = |url: &str| [Expect::Backend(Some(BackendTarget::BaseUrl(url.into())))];
    let id = |id: &str| [Expect::Backend(Some(BackendTarget::Id(id.into())))];
    let rewriting = |template: &str| format!("<rewrite-uri template='{template}'/>");
    let to = |target: &'static str| [Expect::Request("GET", target)];
    let matched = || MemoryExchange {
        matched_parameters: vec![("id".to_owned(), b"5".to_vec())],
        ..MemoryExchange::get("/x?q=1")
    };
    vec![
        row(
            "set-backend-service base-url",
            set("base-url='@(\"https://\" + context.Api.Id + \".test/v1\")'"),
            get(),
            &url("https://echo.test/v1"),
        ),
        row("set-backend-service backend-id", set("backend-id='@(\"b\" + 1)'"), get(), &id("b1")),
        row(
            "rewrite-uri template",
            rewriting("@(\"/new/\" + context.Request.MatchedParameters[\"id\"])"),
            matched(),
            &to("/new/5?q=1"),
        ),
        row(
            "rewrite-uri copy-unmatched-params",
            rewriting("/new").replace("/>", " copy-unmatched-params='true'/>"),
            matched(),
            &to("/new?q=1"),
        ),
    ]
}
