use super::*;

fn read(path: &str, body: &str) -> LlmRequest {
    LlmRequest::read(path.as_bytes(), body.as_bytes()).unwrap()
}

#[test]
fn what_is_no_object_is_no_request() {
    for body in ["", "x", "[]", "7", "{", "\u{0}"] {
        assert_eq!(LlmRequest::read(b"/v1/chat/completions", body.as_bytes()), None, "{body}");
    }
}

#[allow(clippy::too_many_lines, reason = "one table")]
#[test]
fn every_api_is_told_by_path_and_body() {
    for (path, body, kind, model, is_stream, text) in [
        (
            "/v1/chat/completions",
            r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]}"#,
            Kind::Chat,
            "gpt-4o",
            false,
            "Hi",
        ),
        (
            "/openai/deployments/My-Chat/chat/completions",
            r#"{"stream":true,"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}"#,
            Kind::Chat,
            "my-chat",
            true,
            "Be kind.\na\nb",
        ),
        (
            "/v1/completions",
            r#"{"model":"davinci-002","prompt":["a","b"]}"#,
            Kind::Completion,
            "davinci-002",
            false,
            "a\nb",
        ),
        ("/v1/embeddings", r#"{"model":"m","input":"a"}"#, Kind::Embeddings, "m", false, "a"),
        ("/x", r#"{"model":"m","input":["a","b"]}"#, Kind::Embeddings, "m", false, "a\nb"),
        (
            "/v1/responses",
            r#"{"model":"gpt-5","instructions":"i","input":"a"}"#,
            Kind::Responses,
            "gpt-5",
            false,
            "i\na",
        ),
        (
            "/openai/responses",
            r#"{"model":"gpt-5","stream":true,"input":[{"role":"user","content":[{"type":"input_text","text":"a"}]},{"type":"function_call_output","output":"42"}]}"#,
            Kind::Responses,
            "gpt-5",
            true,
            "a\n42",
        ),
        (
            "/v1/messages",
            r#"{"model":"claude-3","system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":"a"}]}"#,
            Kind::Chat,
            "claude-3",
            false,
            "s\na",
        ),
        (
            "/v1/models/gemini-2:streamGenerateContent",
            r#"{"contents":[{"role":"user","parts":[{"text":"a"}]}]}"#,
            Kind::Chat,
            "gemini-2",
            true,
            "a",
        ),
        (
            "/mcp",
            r#"{"method":"tools/call","params":{"arguments":{"q":"x"}}}"#,
            Kind::Unknown,
            "",
            false,
            "tools/call\nx",
        ),
    ] {
        let request = read(path, body);
        assert_eq!(
            (request.kind, request.model.as_str(), request.is_stream),
            (kind, model, is_stream),
            "{path} {body}"
        );
        assert_eq!(request.text(), text, "{path} {body}");
    }
}

#[test]
fn models_have_the_vocabulary_that_openai_says() {
    for (model, expected) in [
        ("gpt-4", Encoding::Cl100k),
        ("gpt-4-0613", Encoding::Cl100k),
        ("gpt-4-turbo-2024-04-09", Encoding::Cl100k),
        ("gpt-3.5-turbo-0125", Encoding::Cl100k),
        ("gpt-35-turbo", Encoding::Cl100k),
        ("ft:gpt-3.5-turbo:org", Encoding::Cl100k),
        ("text-embedding-3-small", Encoding::Cl100k),
        ("text-embedding-ada-002", Encoding::Cl100k),
        ("davinci-002", Encoding::Cl100k),
        ("gpt-4o", Encoding::O200k),
        ("GPT-4o-mini", Encoding::O200k),
        ("gpt-4.1-nano", Encoding::O200k),
        ("gpt-4.5-preview", Encoding::O200k),
        ("openai/gpt-5", Encoding::O200k),
        ("o1", Encoding::O200k),
        ("o3-mini", Encoding::O200k),
        ("chatgpt-4o-latest", Encoding::O200k),
        ("", Encoding::O200k),
        ("my-deployment", Encoding::O200k),
    ] {
        assert_eq!(encoding(model), expected, "{model}");
    }
}

#[test]
fn what_is_not_text_counts_as_published() {
    // Three a message and three for the answer; one for a name; 1200 an image; tokens that were given as such.
    for (path, body, texts, others) in [
        ("/", r#"{"messages":[{"role":"user","content":"Hi"}]}"#, &["Hi", "user"][..], 6),
        ("/", r#"{"messages":[{"role":"system","name":"n","content":"Hi"}]}"#, &["Hi", "system", "n"], 7),
        (
            "/",
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:"}}]}]}"#,
            &["a", "user"],
            1206,
        ),
        ("/embeddings", r#"{"input":[1,2,3]}"#, &[], 3),
        ("/embeddings", r#"{"input":[[1,2],[3]]}"#, &[], 3),
        ("/embeddings", r#"{"input":["a","b"]}"#, &["a", "b"], 0),
        ("/completions", r#"{"prompt":"a"}"#, &["a"], 0),
        ("/", r#"{"messages":[],"tools":[{"type":"function"}]}"#, &[r#"[{"type":"function"}]"#], 3),
    ] {
        let Prompt { texts: found, other_tokens, .. } = read(path, body).into_prompt();
        assert_eq!(
            (found.texts, other_tokens),
            (texts.iter().map(|text| (*text).to_owned()).collect(), others),
            "{body}"
        );
    }
}

#[test]
fn bodies_that_nest_deeply_are_no_danger() {
    let deep = format!("{{\"messages\":[{{\"content\":{}1{}}}]}}", "[".repeat(100), "]".repeat(100));
    assert_eq!(read("/", &deep).text(), "");
    let deeper = format!("{{\"messages\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(LlmRequest::read(b"/", deeper.as_bytes()), None);
}
