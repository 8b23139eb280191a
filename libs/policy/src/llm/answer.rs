//! The words of an answer: whole, or of one event of a stream.

use serde_json::Value;

/// Hands the texts of an answer or an event to `add`, each with the number of the choice it belongs to.
pub(crate) fn texts<'v>(answer: &'v Value, add: &mut dyn FnMut(usize, &'v str)) {
    let index_of = |value: &Value, otherwise: usize| {
        value.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok()).unwrap_or(otherwise)
    };
    // Chat Completions and Completions, whole or in events.
    for (position, choice) in list(answer, "choices").enumerate() {
        let index = index_of(choice, position);
        for message in [choice.get("message"), choice.get("delta")].into_iter().flatten() {
            parts(message, index, add);
        }
        text(choice.get("text"), index, add);
    }
    // Responses, Anthropic, Google.
    for item in list(answer, "output") {
        parts(item, 0, add);
        text(item.get("arguments"), 0, add);
    }
    if answer.get("type").and_then(Value::as_str) == Some("message") {
        parts(answer, 0, add);
    }
    for (position, candidate) in list(answer, "candidates").enumerate() {
        let index = index_of(candidate, position);
        for part in candidate.get("content").into_iter().flat_map(|content| list(content, "parts")) {
            text(part.get("text"), index, add);
        }
    }
    event(answer, add);
}

/// `response.output_text.delta` and the like of the Responses API, `content_block_delta` of Anthropic's.
fn event<'v>(event: &'v Value, add: &mut dyn FnMut(usize, &'v str)) {
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
    let delta = event.get("delta");
    if kind.starts_with("response.") && kind.ends_with(".delta") {
        text(delta, 0, add);
    } else if kind == "content_block_delta" {
        for name in ["text", "partial_json", "thinking"] {
            text(delta.and_then(|delta| delta.get(name)), 0, add);
        }
    }
}

/// The texts of a message: content as text or in parts, refusals, and calls of functions.
fn parts<'v>(message: &'v Value, index: usize, add: &mut dyn FnMut(usize, &'v str)) {
    match message.get("content") {
        Some(Value::Array(parts)) => {
            for part in parts {
                text(part.get("text"), index, add);
                text(part.get("refusal"), index, add);
            }
        }
        content => text(content, index, add),
    }
    text(message.get("refusal"), index, add);
    for call in list(message, "tool_calls") {
        let function = call.get("function");
        text(function.and_then(|function| function.get("name")), index, add);
        text(function.and_then(|function| function.get("arguments")), index, add);
    }
}

fn text<'v>(value: Option<&'v Value>, index: usize, add: &mut dyn FnMut(usize, &'v str)) {
    if let Some(text) = value.and_then(Value::as_str).filter(|text| !text.is_empty()) {
        add(index, text);
    }
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_in_answers_and_events_of_every_api() {
        for (answer, expected) in [
            (r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"}}]}"#, &[(0, "Hello")][..]),
            (r#"{"choices":[{"index":1,"delta":{"content":"lo"}}]}"#, &[(1, "lo")]),
            (r#"{"choices":[{"text":"a"},{"text":"b"}]}"#, &[(0, "a"), (1, "b")]),
            (r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#, &[]),
            (
                r#"{"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]}"#,
                &[(0, "f"), (0, "{}")],
            ),
            (r#"{"choices":[{"message":{"content":null,"refusal":"No."}}]}"#, &[(0, "No.")]),
            (r#"{"output":[{"type":"message","content":[{"type":"output_text","text":"a"}]}]}"#, &[(0, "a")]),
            (r#"{"type":"response.output_text.delta","delta":"a"}"#, &[(0, "a")]),
            (r#"{"type":"response.output_text.done","text":"a"}"#, &[]),
            (r#"{"type":"message","content":[{"type":"text","text":"a"}]}"#, &[(0, "a")]),
            (r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"a"}}"#, &[(0, "a")]),
            (r#"{"candidates":[{"content":{"parts":[{"text":"a"},{"text":"b"}]}}]}"#, &[(0, "a"), (0, "b")]),
            (r#"{"data":[{"embedding":[0.5]}]}"#, &[]),
            ("7", &[]),
        ] {
            let answer: Value = serde_json::from_str(answer).unwrap();
            let mut found = Vec::new();
            texts(&answer, &mut |index, text| found.push((index, text)));
            assert_eq!(found, expected, "{answer}");
        }
    }
}
