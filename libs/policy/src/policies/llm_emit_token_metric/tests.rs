use crate::run::Run;
use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

const ANSWER: &str = r#"{"choices":[{"message":{"content":"It is."}}],"usage":{"prompt_tokens":9,"completion_tokens":16,"total_tokens":25}}"#;
const DETAILED: &str = r#"{"usage":{"prompt_tokens":9,"completion_tokens":16,"total_tokens":25,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":1},
    "completion_tokens_details":{"reasoning_tokens":2,"audio_tokens":3,"accepted_prediction_tokens":5,"rejected_prediction_tokens":6}}}"#;

fn emitted(policy: &str, status: u16, content_type: &str, answer: &str) -> Vec<String> {
    let (program, diagnostics) = compile_one(&format!("<policies><inbound>{policy}</inbound></policies>"));
    assert_eq!(diagnostics, [], "{policy}");
    let mut exchange = MemoryExchange {
        request_body: Some(r#"{"messages":[{"role":"user","content":"one two three"}]}"#.into()),
        backend_response: (status, vec![("Content-Type".to_owned(), content_type.into())], answer.into()),
        ..MemoryExchange::get("/v1/chat/completions").with_method("POST")
    };
    drive(&program, &mut exchange, &mut Run::new());
    exchange.emitted
}

#[test]
fn three_metrics_are_emitted_with_their_dimensions() {
    for (attributes, dimensions, namespace, expected) in [
        ("", "<dimension name='API ID'/>", "API Management", "API ID=echo"),
        ("namespace='n'", "<dimension name='x' value='y'/>", "n", "x=y"),
        ("", "<dimension name='x' value='@(context.Operation.Id)'/>", "API Management", "x=get-item"),
        ("", "<dimension name='@(context.Api.Id)' value='y'/>", "API Management", "echo=y"),
        ("", "<dimension name='@(\"API\" + \" ID\")'/>", "API Management", "API ID=echo"),
        (
            "",
            "<dimension name='subscription id'/><dimension name='API ID' value='a'/>",
            "API Management",
            "subscription id=sub-1 API ID=a",
        ),
    ] {
        for element in ["llm-emit-token-metric", "azure-openai-emit-token-metric"] {
            let policy = format!("<{element} {attributes}>{dimensions}</{element}>");
            let metric = |name: &str, value: u64| format!("{namespace}/{name} {value} {expected}");
            let expected = [metric("Total Tokens", 25), metric("Prompt Tokens", 9), metric("Completion Tokens", 16)];
            assert_eq!(emitted(&policy, 200, "application/json", ANSWER), expected, "{policy}");
        }
    }
}

#[test]
fn the_backend_may_be_chosen_behind_the_policy() {
    let metric = "<llm-emit-token-metric namespace='n'><dimension name='Backend ID'/></llm-emit-token-metric>";
    let policies = format!("<set-backend-service backend-id='a'/>{metric}<set-backend-service backend-id='b'/>");
    for line in emitted(&policies, 200, "application/json", ANSWER) {
        assert!(line.ends_with(" Backend ID=b"), "{line}");
    }
}

const POLICY: &str = "<llm-emit-token-metric namespace='n'><dimension name='API ID'/></llm-emit-token-metric>";

#[test]
fn details_are_emitted_when_the_answer_has_them() {
    let expected = [
        "n/Total Tokens 25 API ID=echo",
        "n/Prompt Tokens 9 API ID=echo",
        "n/Completion Tokens 16 API ID=echo",
        "n/Prompt Cached Tokens 4 API ID=echo",
        "n/Prompt Audio Tokens 1 API ID=echo",
        "n/Completion Audio Tokens 3 API ID=echo",
        "n/Completion Reasoning Tokens 2 API ID=echo",
        "n/Completion Accepted Prediction Tokens 5 API ID=echo",
        "n/Completion Rejected Prediction Tokens 6 API ID=echo",
    ];
    assert_eq!(emitted(POLICY, 200, "application/json", DETAILED), expected);
}

#[test]
fn streams_are_estimated_and_errors_emit_nothing() {
    // A word is a token here: three and the role, and six for what frames one message and the answer.
    let events = "data: {\"choices\":[{\"delta\":{\"content\":\"one two\"}}]}\n\ndata: [DONE]\n\n";
    let expected =
        ["n/Total Tokens 12 API ID=echo", "n/Prompt Tokens 10 API ID=echo", "n/Completion Tokens 2 API ID=echo"];
    assert_eq!(emitted(POLICY, 200, "text/event-stream", events), expected);
    assert_eq!(emitted(POLICY, 429, "application/json", ANSWER), [""; 0]);
}

#[test]
fn wrong_values_and_dimensions_are_refused() {
    let element = |inner: &str| format!("<llm-emit-token-metric>{inner}</llm-emit-token-metric>");
    let known = "<dimension name='API ID'/>";
    let own = "<dimension name='x' value='y'/>";
    for (policy, codes) in [
        (element(""), &["element-missing"][..]),
        (element("<dimension/>"), &["attribute-missing"]),
        (element("<dimension name='x'/>"), &["value-suspect"]),
        (element(&own.repeat(5)), &[]),
        (element(&own.repeat(6)), &["too-many-elements"]),
        (element(&known.repeat(19)), &["too-many-elements"]),
        (
            format!("<llm-emit-token-metric namespace='@(\"x\")'>{known}</llm-emit-token-metric>"),
            &["expression-not-allowed"],
        ),
        (format!("<policies><outbound>{}</outbound></policies>", element(known)), &["wrong-section"]),
    ] {
        check(&policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
    }
}
