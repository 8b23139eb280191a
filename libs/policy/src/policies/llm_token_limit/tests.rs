use super::*;
use crate::effect::{Encoding, ForwardOptions, Quota, TokenLimit, TokenTexts};
use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

/// A chat whose prompt is, with a word for a token, 3 (text) + 1 (role) + 3 (message) + 3 (answer) = 10 tokens.
const PROMPT: &str = r#"{"model":"gpt-4","messages":[{"role":"user","content":"tiktoken is great!"}]}"#;
const PROMPT_TOKENS: u64 = 10;
const STREAM: &str = r#"{"model":"gpt-4","stream":true,"messages":[{"role":"user","content":"tiktoken is great!"}]}"#;
/// 25 tokens.
const ANSWER: &str = r#"{"choices":[{"message":{"content":"It is."}}],"usage":{"prompt_tokens":9,"completion_tokens":16,"total_tokens":25}}"#;
const JSON: &str = "application/json";

fn chat(request: &str, status: u16, content_type: &str, answer: &str) -> MemoryExchange {
    MemoryExchange {
        request_body: Some(request.into()),
        backend_response: (status, vec![("Content-Type".to_owned(), content_type.into())], answer.into()),
        ..MemoryExchange::get("/v1/chat/completions").with_method("POST")
    }
}

fn balance(allowed: bool, retry_after_s: u64, remaining: u64) -> Outcome {
    Outcome::Spent(TokenBalance { allowed, retry_after_s, remaining, at_ms: 7 })
}

fn count_prompt() -> Effect {
    count(&["tiktoken is great!", "user"])
}

fn count(texts: &[&str]) -> Effect {
    let texts = texts.iter().map(|text| (*text).to_owned()).collect();
    Effect::CountTokens(Box::new(TokenTexts { encoding: Encoding::Cl100k, texts }))
}

fn spend(limit: TokenLimit, tokens: u64, before: Option<u64>, period_start_s: i64) -> Effect {
    let counted = before.map(|tokens| TokensCounted { tokens, at_ms: 7, period_start_s });
    Effect::SpendTokens(Box::new(TokenSpend { limit, tokens, counted }))
}

fn rate(key: &str, per_minute: u64, tokens: u64, before: Option<u64>) -> Effect {
    let key = counter_key::scope("llm-token-limit", key);
    spend(TokenLimit::Rate(TokenRate { key, per_minute }), tokens, before, 0)
}

fn quota(key: &str, amount: u64, period: (&str, i64, i64), tokens: u64, before: Option<u64>) -> Effect {
    let (name, start_s, end_s) = period;
    let key = counter_key::narrowed(counter_key::scope("llm-token-limit", key), "quota", name);
    let period_s = u64::try_from(end_s - start_s).unwrap();
    let quota = Quota { key, calls: Some(amount), bytes: None, period_s, start_s };
    spend(TokenLimit::Quota(quota), tokens, before, start_s)
}

fn forward() -> Effect {
    Effect::Forward(ForwardOptions::default())
}

/// 2024-05-01T12:00:00Z, which the exchange's clock is in.
const HOUR: (&str, i64, i64) = ("hour", 1_714_564_800, 1_714_568_400);
const MONTH: (&str, i64, i64) = ("month", 1_714_521_600, 1_717_200_000);

#[test]
fn every_attribute_reaches_the_counters() {
    let flows = |limit: &dyn Fn(u64, Option<u64>) -> Effect| {
        [count_prompt(), limit(PROMPT_TOKENS, None), forward(), limit(25, Some(PROMPT_TOKENS))]
    };
    for (attributes, effects) in [
        ("tokens-per-minute='500'", flows(&|tokens, before| rate("k", 500, tokens, before))),
        ("tokens-per-minute='@(50 * 10)'", flows(&|tokens, before| rate("k", 500, tokens, before))),
        (
            "token-quota='1000' token-quota-period='Hourly'",
            flows(&|tokens, before| quota("k", 1000, HOUR, tokens, before)),
        ),
        (
            "token-quota='@(\"1000\")' token-quota-period='@(\"Monthly\")'",
            flows(&|tokens, before| quota("k", 1000, MONTH, tokens, before)),
        ),
        (
            "token-quota='1000' token-quota-period='hour'",
            flows(&|tokens, before| quota("k", 1000, HOUR, tokens, before)),
        ),
    ] {
        for estimate in
            ["estimate-prompt-tokens='true'", "estimate-prompt-token='true'", "estimate-prompt-tokens='@(1 == 1)'"]
        {
            let policy = format!("<llm-token-limit counter-key='k' {estimate} {attributes}/>");
            check(&policy, chat(PROMPT, 200, JSON, ANSWER), &[Expect::Effects(&effects)]);
            let policy = policy.replace("llm-token-limit", "azure-openai-token-limit");
            check(&policy, chat(PROMPT, 200, JSON, ANSWER), &[Expect::Effects(&effects)]);
        }
    }
    let policy =
        "<llm-token-limit counter-key='@(context.Api.Id)' tokens-per-minute='5' estimate-prompt-tokens='false'/>";
    let effects = [rate("echo", 5, 0, None), forward(), rate("echo", 5, 25, Some(0))];
    check(policy, chat(PROMPT, 200, JSON, ANSWER), &[Expect::Effects(&effects)]);
}

#[test]
fn a_rate_and_a_quota_are_both_counted() {
    let policy = "<llm-token-limit counter-key='k' tokens-per-minute='500' token-quota='1000' token-quota-period='Hourly' \
                  estimate-prompt-tokens='true'/>";
    let effects = [
        count_prompt(),
        rate("k", 500, PROMPT_TOKENS, None),
        quota("k", 1000, HOUR, PROMPT_TOKENS, None),
        forward(),
        rate("k", 500, 25, Some(PROMPT_TOKENS)),
        quota("k", 1000, HOUR, 25, Some(PROMPT_TOKENS)),
    ];
    check(policy, chat(PROMPT, 200, JSON, ANSWER), &[Expect::Effects(&effects)]);
}

#[test]
fn a_request_counts_once_against_a_key_and_its_prompt_is_counted_once() {
    let limit = |name: &str, key: &str| {
        format!("<{name} counter-key='{key}' tokens-per-minute='500' estimate-prompt-tokens='true'/>")
    };
    let policies =
        [limit("llm-token-limit", "k"), limit("azure-openai-token-limit", "k"), limit("llm-token-limit", "l")];
    let effects = [
        count_prompt(),
        rate("k", 500, PROMPT_TOKENS, None),
        rate("k", 500, 0, None),
        rate("l", 500, PROMPT_TOKENS, None),
        forward(),
        rate("k", 500, 25, Some(PROMPT_TOKENS)),
        rate("k", 500, 0, Some(0)),
        rate("l", 500, 25, Some(PROMPT_TOKENS)),
    ];
    check(&policies.concat(), chat(PROMPT, 200, JSON, ANSWER), &[Expect::Effects(&effects)]);
}

const ESTIMATED: &str = "<llm-token-limit counter-key='k' tokens-per-minute='500' estimate-prompt-tokens='true'/>";
const REPORTED: &str = "<llm-token-limit counter-key='k' tokens-per-minute='500' estimate-prompt-tokens='false'/>";

#[test]
fn streams_estimate_their_prompt_whatever_the_policy_says() {
    let events = "data: {\"choices\":[{\"delta\":{\"content\":\"one two\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\" three\"}}]}\n\n\
                  data: [DONE]\n\n";
    let usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":16,\"total_tokens\":25}}\n\n";
    for policy in [ESTIMATED, REPORTED] {
        let effects = [
            count_prompt(),
            rate("k", 500, PROMPT_TOKENS, None),
            forward(),
            count(&["one two three"]),
            rate("k", 500, PROMPT_TOKENS + 3, Some(PROMPT_TOKENS)),
        ];
        check(policy, chat(STREAM, 200, "text/event-stream; charset=utf-8", events), &[Expect::Effects(&effects)]);
        let effects =
            [count_prompt(), rate("k", 500, PROMPT_TOKENS, None), forward(), rate("k", 500, 25, Some(PROMPT_TOKENS))];
        let with_usage = format!("{usage}{events}");
        check(policy, chat(STREAM, 200, "Text/Event-Stream", &with_usage), &[Expect::Effects(&effects)]);
    }
}

#[test]
fn answers_without_usage_are_counted() {
    let answer =
        r#"{"choices":[{"index":0,"message":{"content":"one two"}},{"index":1,"message":{"content":"three"}}]}"#;
    let effects = [
        rate("k", 500, 0, None),
        forward(),
        count_prompt(),
        count(&["one two", "three"]),
        rate("k", 500, PROMPT_TOKENS + 3, Some(0)),
    ];
    check(REPORTED, chat(PROMPT, 200, JSON, answer), &[Expect::Effects(&effects)]);
}

#[test]
fn what_the_model_did_not_answer_costs_nothing() {
    let effects = |last: u64| {
        [count_prompt(), rate("k", 500, PROMPT_TOKENS, None), forward(), rate("k", 500, last, Some(PROMPT_TOKENS))]
    };
    for status in [400, 404, 429, 500, 503] {
        check(ESTIMATED, chat(PROMPT, status, JSON, ANSWER), &[Expect::Effects(&effects(0))]);
    }
    check(ESTIMATED, chat(PROMPT, 201, JSON, ANSWER), &[Expect::Effects(&effects(25))]);
    // Answered by a policy, or failed, behind the limit.
    for then in ["<return-response/>", "<set-variable name='v' value='@(int.Parse(\"x\"))'/>"] {
        let effects = [count_prompt(), rate("k", 500, PROMPT_TOKENS, None), rate("k", 500, 0, Some(PROMPT_TOKENS))];
        check(&format!("{ESTIMATED}{then}"), chat(PROMPT, 200, JSON, ANSWER), &[Expect::Effects(&effects)]);
    }
    // A request that is none to a model has no tokens.
    let effects = [rate("k", 500, 0, None), forward(), rate("k", 500, 0, Some(0))];
    check(ESTIMATED, MemoryExchange::get("/models"), &[Expect::Effects(&effects)]);
}

#[test]
fn the_caller_and_later_policies_are_told() {
    let policy = "<llm-token-limit counter-key='k' tokens-per-minute='500' token-quota='1000' token-quota-period='Hourly' \
                  estimate-prompt-tokens='true' remaining-tokens-header-name='X-Left' remaining-tokens-variable-name='left' \
                  remaining-quota-tokens-header-name='X-Quota' remaining-quota-tokens-variable-name='quota' \
                  tokens-consumed-header-name='X-Used' tokens-consumed-variable-name='used'/>";
    let answers = |last: u64, last_of_quota: u64| {
        [
            Outcome::TokenCount(4),
            balance(true, 0, 490),
            balance(true, 0, 990),
            Outcome::Forwarded,
            balance(true, 0, last),
            balance(true, 0, last_of_quota),
        ]
        .into_iter()
        .fold(chat(PROMPT, 200, JSON, ANSWER), MemoryExchange::outcome)
    };
    let expected = [
        Expect::ResponseHeader("X-Left", &["475"]),
        Expect::ResponseHeader("X-Quota", &["975"]),
        Expect::ResponseHeader("X-Used", &["25"]),
        Expect::Variable("left", Some("475")),
        Expect::Variable("quota", Some("975")),
        Expect::Variable("used", Some("25")),
    ];
    check(policy, answers(475, 975), &expected);
    // Inbound knows the estimate, outbound what was consumed.
    let document = format!(
        "<policies><inbound>{policy}<set-variable name='before' value='@(context.Variables[\"used\"] + \" \" + context.Variables[\"left\"])'/>\
         </inbound><outbound><set-variable name='after' value='@(context.Variables[\"used\"] + \" \" + context.Variables[\"left\"])'/></outbound></policies>"
    );
    let expected = [Expect::Variable("before", Some("10 490")), Expect::Variable("after", Some("25 475"))];
    check(&document, answers(475, 975), &expected);
    // Without an estimate the variable begins with 0.
    let document = document.replace("estimate-prompt-tokens='true'", "estimate-prompt-tokens='false'");
    check(&document, chat(PROMPT, 200, JSON, ANSWER), &[Expect::Variable("before", Some("0 90"))]);
}

#[test]
fn a_rate_that_is_exceeded_is_told_byte_for_byte() {
    let body = "{ \"statusCode\": 429, \"message\": \"Token limit is exceeded. Try again in 53 seconds.\" }";
    let refused = || {
        [Outcome::TokenCount(4), balance(false, 53, 3)]
            .into_iter()
            .fold(chat(PROMPT, 200, JSON, ANSWER), MemoryExchange::outcome)
    };
    let expected = [
        Expect::Response(429, body),
        Expect::ResponseHeader("Retry-After", &["53"]),
        Expect::ResponseHeader("Content-Type", &[JSON]),
        Expect::LastError(Some(("TokenLimitExceeded", "Token limit is exceeded"))),
        Expect::EffectCount(2),
    ];
    check(ESTIMATED, refused(), &expected);
    let policy = "<llm-token-limit counter-key='k' tokens-per-minute='500' estimate-prompt-tokens='true' retry-after-header-name='X-Retry' \
                  retry-after-variable-name='retry' remaining-tokens-header-name='X-Left' remaining-tokens-variable-name='left'/>";
    let expected = [
        Expect::Response(429, body),
        Expect::ResponseHeader("Retry-After", &[]),
        Expect::ResponseHeader("X-Retry", &["53"]),
        Expect::ResponseHeader("X-Left", &["3"]),
        Expect::Variable("retry", Some("53")),
        Expect::Variable("left", Some("3")),
    ];
    check(policy, refused(), &expected);
}

#[test]
fn a_quota_that_is_used_up_is_forbidden_and_gives_the_rate_back() {
    let policy = "<llm-token-limit counter-key='k' tokens-per-minute='500' token-quota='1000' token-quota-period='Hourly' \
                  estimate-prompt-tokens='true' remaining-quota-tokens-variable-name='quota'/>";
    let exchange = [Outcome::TokenCount(4), balance(true, 0, 490), balance(false, 1755, 0)]
        .into_iter()
        .fold(chat(PROMPT, 200, JSON, ANSWER), MemoryExchange::outcome);
    let effects = [
        count_prompt(),
        rate("k", 500, PROMPT_TOKENS, None),
        quota("k", 1000, HOUR, PROMPT_TOKENS, None),
        rate("k", 500, 0, Some(PROMPT_TOKENS)),
    ];
    let expected = [
        Expect::Response(
            403,
            "{ \"statusCode\": 403, \"message\": \"Token quota is exceeded. Try again in 1755 seconds.\" }",
        ),
        Expect::ResponseHeader("Retry-After", &["1755"]),
        Expect::LastError(Some(("TokenQuotaExceeded", "Token quota is exceeded"))),
        Expect::Variable("quota", Some("0")),
        Expect::Effects(&effects),
    ];
    check(policy, exchange, &expected);
}

#[test]
fn an_answer_that_comes_in_the_next_period_counts_there_with_what_is_new() {
    let policy = "<llm-token-limit counter-key='k' token-quota='1000' token-quota-period='Hourly' estimate-prompt-tokens='true'/>";
    let (program, diagnostics) = compile_one(&format!("<policies><inbound>{policy}</inbound></policies>"));
    assert_eq!(diagnostics, []);
    let mut exchange = chat(PROMPT, 200, JSON, ANSWER);
    let mut run = crate::run::Run::new();
    run.enter(Section::Inbound);
    let mut advance = run.advance(&program, &mut exchange);
    for outcome in [Outcome::TokenCount(4), balance(true, 0, 990)] {
        assert!(matches!(advance, crate::effect::Advance::Perform(_)));
        advance = run.resume(&program, &mut exchange, outcome);
    }
    assert!(matches!(advance, crate::effect::Advance::SectionEnd));
    exchange.has_response = true;
    (exchange.status, exchange.response_body) = (200, ANSWER.into());
    exchange.unix_time += std::time::Duration::from_secs(3600);
    run.enter(Section::Outbound);
    let next = ("hour", HOUR.1 + 3600, HOUR.2 + 3600);
    let crate::effect::Advance::Perform(effect) = run.advance(&program, &mut exchange) else {
        panic!("nothing is counted")
    };
    assert_eq!(effect, quota("k", 1000, next, 25 - PROMPT_TOKENS, Some(0)));
}

#[test]
fn the_answer_must_not_come_compressed() {
    let exchange = chat(PROMPT, 200, JSON, ANSWER).header_line("Accept-Encoding", "gzip");
    check(ESTIMATED, exchange, &[Expect::RequestHeader("Accept-Encoding", &[])]);
    let (program, _) = compile_one(&format!("<policies><inbound>{ESTIMATED}</inbound></policies>"));
    assert!(program.traits().counts);
    // A program without such policies gets nothing in front of its sections.
    let (program, _) = compile_one("<policies><inbound><set-method>GET</set-method></inbound></policies>");
    assert_eq!((program.instructions(Section::Inbound).len(), program.is_empty(Section::Outbound)), (1, true));
}

#[test]
fn jumps_still_lead_where_they_led() {
    let document = format!(
        "<policies><inbound><choose><when condition='@(true)'>{ESTIMATED}</when><otherwise><return-response/></otherwise></choose></inbound>\
         <outbound><choose><when condition='@(false)'><set-variable name='v' value='a'/></when><otherwise><set-variable name='v' value='b'/>\
         </otherwise></choose><set-variable name='w' value='c'/></outbound></policies>"
    );
    let expected = [Expect::EffectCount(4), Expect::Variable("v", Some("b")), Expect::Variable("w", Some("c"))];
    check(&document, chat(PROMPT, 200, JSON, ANSWER), &expected);
}

#[test]
fn values_that_cannot_be_are_refused_when_they_are_known() {
    for attributes in [
        "tokens-per-minute='@(-1)'",
        "token-quota='1' token-quota-period='@(\"Minutely\")'",
        "tokens-per-minute='@(int.Parse(\"x\"))'",
    ] {
        let policy = format!("<llm-token-limit counter-key='k' estimate-prompt-tokens='false' {attributes}/>");
        let mut exchange = chat(PROMPT, 200, JSON, ANSWER);
        let (program, diagnostics) = compile_one(&format!("<policies><inbound>{policy}</inbound></policies>"));
        assert_eq!(diagnostics, []);
        assert_eq!(drive(&program, &mut exchange, &mut crate::run::Run::new()), [], "{policy}");
        assert_eq!(exchange.status, 500);
    }
}

#[test]
fn wrong_attributes_and_places_are_refused() {
    let good = "counter-key='k' tokens-per-minute='1' estimate-prompt-tokens='true'";
    for (policy, codes) in [
        ("<llm-token-limit/>".to_owned(), &["attribute-missing"][..]),
        ("<llm-token-limit counter-key='k' estimate-prompt-tokens='true'/>".to_owned(), &["attribute-missing"]),
        ("<llm-token-limit counter-key='k' tokens-per-minute='1'/>".to_owned(), &["attribute-missing"]),
        (
            "<llm-token-limit counter-key='k' token-quota='1' estimate-prompt-tokens='true'/>".to_owned(),
            &["attribute-missing"],
        ),
        (format!("<llm-token-limit {good} token-quota-period='Daily'/>"), &["attribute-missing"]),
        (format!("<llm-token-limit {good} token-quota='1' token-quota-period='Minutely'/>"), &["value-invalid"]),
        (format!("<llm-token-limit {good} token-quota='-1' token-quota-period='Daily'/>"), &["value-invalid"]),
        (format!("<llm-token-limit {good} retry-after-header-name='@(\"a\")'/>"), &["expression-not-allowed"]),
        (format!("<llm-token-limit {good} remaining-tokens-header-name='a b'/>"), &["value-invalid"]),
        (format!("<llm-token-limit {good}>x</llm-token-limit>"), &["content-not-allowed"]),
        (format!("<policies><outbound><llm-token-limit {good}/></outbound></policies>"), &["wrong-section"]),
        (format!("<llm-token-limit {good}/><azure-openai-token-limit {good}/>"), &[]),
    ] {
        check(&policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
    }
}
