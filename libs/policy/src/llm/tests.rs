//! Whatever is said to a model, or by it, is read without a panic and in bounded memory.

use super::meter::Found;
use super::request::LlmRequest;

const SEEDS: &[&str] = &[
    r#"{"model":"gpt-4o","stream":true,"messages":[{"role":"user","name":"n","content":[{"type":"text","text":"aé\u00e9"},{"type":"image_url"}]}],"tools":[{}]}"#,
    r#"{"input":[[1,2],"a",{"role":"user","content":"b"}],"instructions":"c"}"#,
    r#"{"choices":[{"index":1,"message":{"content":"a","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}],"usage":{"prompt_tokens":1,"total_tokens":3}}"#,
    "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r\nevent: x\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\ndata: [DONE]\n\n",
];

#[test]
fn mutated_messages_are_read_without_a_panic() {
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    for round in 0..20_000 {
        let mut bytes = SEEDS[round % SEEDS.len()].as_bytes().to_vec();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] = b"{}[]\":,\\\n\0\xff0-"[random(13)],
                1 => drop(bytes.remove(at)),
                2 => bytes.truncate(at + 1),
                _ => bytes.insert(at, b"{}[]\":,\\\n\0\xff9e"[random(13)]),
            }
            if bytes.is_empty() {
                break;
            }
        }
        if let Some(request) = LlmRequest::read(b"/x/deployments/y/z", &bytes) {
            assert!(request.text().len() <= 8 * bytes.len());
            let texts = request.into_prompt().texts.texts;
            assert!(texts.iter().map(String::len).sum::<usize>() <= 8 * bytes.len() + 64);
        }
        for is_events in [false, true] {
            let found = Found::of_body(&bytes, is_events);
            assert!(found.texts.iter().map(String::len).sum::<usize>() <= bytes.len());
        }
    }
}
