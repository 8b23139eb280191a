use serde_json::{Value, json};

use crate::effect::{Effect, ForwardOptions, HttpRequest, HttpResponse, Outcome, SendFailure};
use crate::testing::{Expect, MemoryExchange, check};

const PROMPT: &str = r#"{"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hello"}]}"#;
const ANSWER: &str = r#"{"choices":[{"message":{"content":"Go away."}}]}"#;
const BLOCKED: &str = "{ \"statusCode\": 403, \"message\": \"Request failed content safety check.\" }";
const INTERNAL: &str = "{ \"statusCode\": 500, \"message\": \"Internal server error\", \"activityId\": \"87aeb87f-192c-424c-84d1-32d5bbfec437\" }";
const HATE: &str = "<categories><category name='Hate' threshold='4'/></categories>";

fn exchange(outcomes: &[Outcome]) -> MemoryExchange {
    let exchange = MemoryExchange {
        request_body: Some(PROMPT.into()),
        backend_response: (200, vec![("Content-Type".to_owned(), b"application/json".to_vec())], ANSWER.into()),
        ..MemoryExchange::get("/v1/chat/completions").with_method("POST")
    };
    outcomes.iter().cloned().fold(exchange, MemoryExchange::outcome)
}

fn says(status: u16, answer: &Value) -> Outcome {
    Outcome::Sent(Ok(Box::new(HttpResponse {
        status,
        body: answer.to_string().into_bytes(),
        ..HttpResponse::default()
    })))
}

fn severity(severity: u64) -> Outcome {
    says(200, &json!({ "blocklistsMatch": [], "categoriesAnalysis": [{ "category": "Hate", "severity": severity }] }))
}

fn attack(prompt: bool) -> Outcome {
    says(200, &json!({ "userPromptAnalysis": { "attackDetected": prompt }, "documentsAnalysis": [] }))
}

fn ask(operation: &str, body: &Value) -> Effect {
    Effect::Send(Box::new(HttpRequest {
        method: "POST".into(),
        url: format!("contentsafety/text:{operation}?api-version=2024-09-01").into(),
        backend: Some("safety".into()),
        headers: vec![("Content-Type".into(), b"application/json".to_vec())],
        body: Some(body.to_string().into_bytes()),
        timeout_ms: 30_000,
        ..HttpRequest::default()
    }))
}

fn forward() -> Effect {
    Effect::Forward(ForwardOptions::default())
}

fn policy(attributes: &str, children: &str) -> String {
    format!("<llm-content-safety backend-id='safety' {attributes}>{children}</llm-content-safety>")
}

#[test]
fn every_attribute_and_element_reaches_the_service() {
    let text = "Be kind.\nHello";
    let hate = json!({ "text": text, "outputType": "FourSeverityLevels", "categories": ["Hate"] });
    let eight = json!({ "text": text, "outputType": "EightSeverityLevels", "categories": ["Hate", "SelfHarm", "Sexual", "Violence"] });
    let lists = json!({ "text": text, "outputType": "FourSeverityLevels", "blocklistNames": ["a", "b"], "haltOnBlocklistHit": false });
    let shield = json!({ "userPrompt": text, "documents": [] });
    let all = "<categories output-type='EightSeverityLevels'><category name='Hate' threshold='4'/><category name='@(\"SelfHarm\")' threshold='@(4)'/>\
               <category name='Sexual' threshold='4'/><category name='Violence' threshold='4'/></categories>";
    let harmless = json!({ "blocklistsMatch": [], "categoriesAnalysis": [
        { "category": "Hate", "severity": 0 }, { "category": "SelfHarm", "severity": 0 },
        { "category": "Sexual", "severity": 2 }, { "category": "Violence", "severity": 3 } ] });
    for (attributes, children, outcomes, effects) in [
        ("", HATE, vec![severity(2)], vec![ask("analyze", &hate), forward()]),
        ("", all, vec![says(200, &harmless)], vec![ask("analyze", &eight), forward()]),
        (
            "",
            "<blocklists><id>a</id><id>@(\"b\")</id></blocklists>",
            vec![severity(6)],
            vec![ask("analyze", &lists), forward()],
        ),
        (
            "",
            "<block-lists><id>a</id><id>b</id></block-lists>",
            vec![severity(6)],
            vec![ask("analyze", &lists), forward()],
        ),
        ("shield-prompt='true'", "", vec![attack(false)], vec![ask("shieldPrompt", &shield), forward()]),
        (
            "shield-prompt='@(1 == 1)'",
            HATE,
            vec![attack(false), severity(3)],
            vec![ask("shieldPrompt", &shield), ask("analyze", &hate), forward()],
        ),
        ("shield-prompt='@(1 == 2)'", HATE, vec![severity(0)], vec![ask("analyze", &hate), forward()]),
    ] {
        let expected = [Expect::Effects(&effects), Expect::Response(200, ANSWER)];
        check(&policy(attributes, children), exchange(&outcomes), &expected);
    }
    let computed = format!("<llm-content-safety backend-id='@(\"safe\" + \"ty\")'>{HATE}</llm-content-safety>");
    check(&computed, exchange(&[severity(0)]), &[Expect::Effects(&[ask("analyze", &hate), forward()])]);
}

#[test]
fn windows_are_sent_one_after_the_other() {
    let window = |text: &str| {
        ask("analyze", &json!({ "text": text, "outputType": "FourSeverityLevels", "categories": ["Hate"] }))
    };
    let sized = policy("window-size='8' window-overlap-size='3'", HATE);
    let effects = [window("Be kind."), window("nd.\nHell"), window("ello"), forward()];
    check(&sized, exchange(&[severity(0), severity(0), severity(0)]), &[Expect::Effects(&effects)]);
    let expected = [Expect::Effects(&effects[..2]), Expect::Response(403, BLOCKED)];
    check(&sized, exchange(&[severity(0), severity(5)]), &expected);
    let endless = policy("window-size='3' window-overlap-size='@(3)'", HATE);
    check(&endless, exchange(&[]), &[Expect::EffectCount(0), Expect::Response(500, INTERNAL)]);
}

#[test]
fn what_is_harmful_is_blocked() {
    let lists = "<blocklists><id>a</id></blocklists>";
    let hit = json!({ "blocklistsMatch": [{ "blocklistName": "a", "blocklistItemId": "i", "blocklistItemText": "Hello" }], "categoriesAnalysis": [] });
    let failed = |timed_out| Outcome::Sent(Err(SendFailure { timed_out, message: "no".into() }));
    for (attributes, children, outcome, blocked) in [
        ("", HATE, severity(3), None),
        ("", HATE, severity(4), Some(true)),
        ("", HATE, severity(7), Some(true)),
        ("", lists, says(200, &hit), Some(true)),
        ("", lists, severity(7), None),
        ("shield-prompt='true'", "", attack(true), Some(true)),
        ("shield-prompt='true'", "", attack(false), None),
        // A backend that is configured wrongly.
        ("", HATE, says(401, &json!({})), Some(true)),
        ("", HATE, says(403, &json!({})), Some(true)),
        ("", HATE, says(404, &json!({})), Some(true)),
        ("", HATE, failed(false), Some(true)),
        // A limit of the service, or an error within it.
        ("", HATE, says(400, &json!({ "error": { "code": "InvalidRequestBody" } })), Some(false)),
        ("", HATE, says(429, &json!({})), Some(false)),
        ("", HATE, says(500, &json!({})), Some(false)),
        ("", HATE, failed(true), Some(false)),
        ("", HATE, says(200, &json!([])), Some(false)),
        ("", HATE, says(200, &json!({ "categoriesAnalysis": [{ "category": "Sexual", "severity": 0 }] })), Some(false)),
        ("shield-prompt='true'", "", says(200, &json!({})), Some(false)),
    ] {
        let name = format!("{children}{attributes} {outcome:?}");
        eprintln!("{name}");
        let expected = match blocked {
            None => [Expect::EffectCount(2), Expect::Response(200, ANSWER)],
            Some(true) => [Expect::EffectCount(1), Expect::Response(403, BLOCKED)],
            Some(false) => [Expect::EffectCount(1), Expect::Response(500, INTERNAL)],
        };
        check(&policy(attributes, children), exchange(&[outcome]), &expected);
    }
    let expected = [
        Expect::LastError(Some(("ContentSafetyCheckFailed", "Request failed content safety check."))),
        Expect::ResponseHeader("Content-Type", &["application/json"]),
    ];
    check(&policy("", HATE), exchange(&[severity(4)]), &expected);
}

#[test]
fn completions_are_checked_when_that_is_wanted() {
    let of = |text: &str| {
        ask("analyze", &json!({ "text": text, "outputType": "FourSeverityLevels", "categories": ["Hate"] }))
    };
    let both = [of("Be kind.\nHello"), forward(), of("Go away.")];
    let inbound = policy("enforce-on-completions='true'", HATE);
    let outbound = format!("<policies><outbound>{}</outbound></policies>", policy("", HATE));
    for (document, before, effects) in [
        (inbound.clone(), vec![severity(0), Outcome::Forwarded], &both[..]),
        (policy("enforce-on-completions='@(1 == 1)'", HATE), vec![severity(0), Outcome::Forwarded], &both[..]),
        (outbound, vec![Outcome::Forwarded], &both[1..]),
    ] {
        let with = |last| exchange(&[before.clone(), vec![last]].concat());
        check(&document, with(severity(3)), &[Expect::Effects(effects), Expect::Response(200, ANSWER)]);
        check(&document, with(severity(4)), &[Expect::Effects(effects), Expect::Response(403, BLOCKED)]);
    }
    // The prompt's shield is none for completions, and errors of the model are not checked.
    let shielded = policy("shield-prompt='true' enforce-on-completions='true'", "");
    check(&shielded, exchange(&[attack(false)]), &[Expect::EffectCount(2)]);
    let mut error = exchange(&[severity(0)]);
    error.backend_response.0 = 429;
    check(&inbound, error, &[Expect::EffectCount(2)]);
    // A stream's words are put together.
    let mut stream = exchange(&[severity(0), Outcome::Forwarded, severity(0)]);
    let events = "data: {\"choices\":[{\"delta\":{\"content\":\"Go \"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"away.\"}}]}\n\n";
    stream.backend_response.1 = vec![("Content-Type".to_owned(), b"text/event-stream".to_vec())];
    stream.backend_response.2 = events.into();
    check(&inbound, stream.clone(), &[Expect::Effects(&both)]);
    // A stream of which a part could not be looked at is not let through.
    let words = "x".repeat(600_000);
    stream.backend_response.2 =
        format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{words}\"}}}}]}}\n\n").repeat(2).into();
    // The third effect: another thread reads it.
    check(&inbound, stream, &[Expect::EffectCount(3), Expect::Response(500, INTERNAL)]);
}

#[test]
fn bodies_of_other_shapes_are_checked_as_they_are() {
    for (body, text) in [
        (&b"plain words"[..], "plain words"),
        (br#"{"jsonrpc":"2.0","method":"tools/call","params":{"arguments":{"q":"Hello"}}}"#, "2.0\ntools/call\nHello"),
    ] {
        let mut exchange = exchange(&[severity(0)]);
        exchange.request_body = Some(body.to_vec());
        let asked =
            ask("analyze", &json!({ "text": text, "outputType": "FourSeverityLevels", "categories": ["Hate"] }));
        check(&policy("", HATE), exchange, &[Expect::Effects(&[asked, forward()])]);
    }
    check(&policy("", HATE), MemoryExchange::get("/"), &[Expect::Effects(&[forward()])]);
    let compressed = exchange(&[]).header_line("Content-Encoding", "gzip");
    check(&policy("", HATE), compressed, &[Expect::EffectCount(0), Expect::Response(500, INTERNAL)]);
}

#[test]
fn wrong_attributes_and_places_are_refused() {
    for (document, codes) in [
        ("<llm-content-safety/>".to_owned(), &["attribute-missing"][..]),
        (policy("", ""), &["no-effect"]),
        (policy("shield-prompt='maybe'", ""), &["value-invalid"]),
        (policy("enforce-on-completions='1'", HATE), &["value-invalid"]),
        (policy("window-size='0'", HATE), &["value-invalid"]),
        (policy("", "<categories><category name='Hate' threshold='8'/></categories>"), &["value-invalid"]),
        (policy("", "<categories><category name='Hate'/></categories>"), &["attribute-missing"]),
        (policy("", "<categories><category name='Greed' threshold='1'/></categories>"), &["value-suspect"]),
        (
            policy("", "<categories output-type='Five'><category name='Hate' threshold='1'/></categories>"),
            &["value-suspect"],
        ),
        (policy("", "<blocklists><id/></blocklists>"), &["value-invalid"]),
        (policy("", &format!("{HATE}{HATE}")), &["element-twice"]),
        (format!("<policies><backend>{}</backend></policies>", policy("", HATE)), &["wrong-section"]),
        (format!("<policies><on-error>{}</on-error></policies>", policy("", HATE)), &["wrong-section"]),
        (policy("", HATE).repeat(2), &[]),
    ] {
        check(&document, exchange(&[severity(0), severity(0)]), &[Expect::Codes(codes)]);
    }
}
