//! `llm-semantic-cache-lookup`: answers a request to a language model with what it said to one that meant the same.
//!
//! ```xml
//! <llm-semantic-cache-lookup score-threshold="0.05" embeddings-backend-id="embeddings" embeddings-backend-auth="system-assigned"
//!                            ignore-system-messages="false" max-message-count="n" cache-id="c">
//!   <vary-by>@(context.Subscription.Id)</vary-by>*
//! </llm-semantic-cache-lookup>
//! ```
//! The first two required; all but the authentication may be expressions; inbound, once per section. `score-threshold` is the greatest distance (1 − cosine
//! similarity, 0 to 1) at which two requests mean the same. The text of the dialog, without system messages if they are ignored, is sent to the
//! base URL of the embeddings backend (`POST {"input": …}` with `api-version=2024-10-21`; with `system-assigned` and a token of the gateway's own
//! identity). A dialog with more than `max-message-count` messages is not looked up. Only requests to the same API and path are compared, with the same
//! model, `n`, tools and form of answer, and equal values of `vary-by`.
//!
//! Found: the response is the stored one, and the run goes on behind the `…-semantic-cache-store` of `outbound`. Vectors are kept in memory, by all
//! workers together; `cache-id` names an external cache, and the built-in one is used whatever it says. A streamed
//! answer is found by requests that ask for one, and sent in one piece. Embeddings that cannot be had cost a miss.

use serde_json::{Value, json};

use super::cache_lookup::replay;
use super::reading::{self, Begun};
use crate::builder::Builder;
use crate::cached::CacheItem;
use crate::counter_key::Digest;
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once,
    TextRule, ValueRule, optional, required,
};
use crate::effect::{Effect, Embedding, HttpRequest, Nearest, Outcome, TokenRequest};
use crate::exchange::Side;
use crate::limits::{EMBEDDED_TEXT_BYTES_MAX, EMBEDDING_VALUES_MAX};
use crate::llm::LlmRequest;
use crate::llm::request::Kind;
use crate::policy::{CacheKind, Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

/// Longest wait for the embedding.
const TIMEOUT_MS: u64 = 30_000;
const API_VERSION: &str = "api-version=2024-10-21";
/// Whom a token of the gateway's identity is for.
const RESOURCE: &str = "https://cognitiveservices.azure.com";

static VARY_BY: ElementRule = ElementRule {
    element: "vary-by",
    attributes: &[],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Text }),
};
const CHILDREN: &[ChildRule] = &[ChildRule { rule: &VARY_BY, occurs: Occurs::Any }];
const ATTRIBUTES: &[AttributeRule] = &[
    required("score-threshold", Expression::Allowed, ValueRule::NonEmpty),
    required("embeddings-backend-id", Expression::Allowed, ValueRule::NonEmpty),
    optional("embeddings-backend-auth", Expression::Forbidden, ValueRule::OneOf(&["system-assigned"])),
    optional("ignore-system-messages", Expression::Allowed, ValueRule::Boolean),
    optional("max-message-count", Expression::Allowed, ValueRule::Integer(0, u64::MAX)),
    optional("cache-id", Expression::Allowed, ValueRule::NonEmpty),
];

pub(super) static DEFINITION: Definition = definition("llm-semantic-cache-lookup");

/// The same policy under one of its names.
pub(super) const fn definition(element: &'static str) -> Definition {
    Definition {
        rule: ElementRule { element, attributes: ATTRIBUTES, content: Content::Children(CHILDREN) },
        sections: Sections::INBOUND,
        scopes: ANY_SCOPE,
        once: Once::PerSection,
        evaluation: Evaluation::Late,
        build,
    }
}

/// Under which meaning the response is stored.
#[derive(Debug)]
pub(crate) struct SemanticKey {
    pub(super) partition: u128,
    /// `None`: it is not known yet.
    pub(super) embedding: Option<Embedding>,
    /// The text to embed, while the token for that is got.
    text: String,
}

/// What a request asks, and what else an answer depends on.
#[derive(Debug)]
struct Asked {
    request: LlmRequest,
    parts: Vec<String>,
}

fn read(path: &[u8], body: &[u8]) -> Option<Asked> {
    let request = LlmRequest::read(path, body)?;
    let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let part = |name| body.get(name).map(Value::to_string).unwrap_or_default();
    let names = ["n", "tools", "functions", "tool_choice", "response_format", "text", "stream", "stream_options"];
    Some(Asked { request, parts: names.into_iter().map(part).collect() })
}

#[derive(Debug)]
struct LlmSemanticCacheLookup {
    distance_max_millionths: u32,
    backend: Box<str>,
    has_identity: bool,
    ignores_system_messages: bool,
    message_count_max: Option<u64>,
    cache: Box<str>,
    vary_by: Box<[Box<str>]>,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    // With an expression the real value is checked when it is known.
    let threshold = element.literal("score-threshold").map_or(Some(0.0), |text| text.parse::<f64>().ok());
    let Some(threshold) = threshold.filter(|threshold| (0.0..=1.0).contains(threshold)) else {
        let message = format!("attribute `score-threshold` of `<{}>` must be a number from 0.0 to 1.0", element.name);
        builder.error(element.offset, "value-invalid", message);
        return None;
    };
    Built::policy(LlmSemanticCacheLookup {
        distance_max_millionths: (threshold * 1e6).round() as u32,
        backend: element.owned("embeddings-backend-id").unwrap_or_default(),
        has_identity: element.literal("embeddings-backend-auth").is_some(),
        ignores_system_messages: element.flag("ignore-system-messages", false),
        message_count_max: element.number("max-message-count"),
        cache: element.owned("cache-id").unwrap_or_default(),
        vary_by: element.children_named("vary-by").map(|child| child.text.text.trim().into()).collect(),
    })
}

impl LlmSemanticCacheLookup {
    /// The text to compare by. `None`: the request is none that is cached.
    fn text(&self, request: &LlmRequest) -> Option<String> {
        if !matches!(request.kind, Kind::Chat | Kind::Completion | Kind::Responses) {
            return None;
        }
        let counts = |system: bool| !(system && self.ignores_system_messages);
        let messages: Vec<_> = request.messages.iter().filter(|message| counts(message.is_system())).collect();
        if self.message_count_max.is_some_and(|max| messages.len() as u64 > max) {
            return None;
        }
        let mut text = String::new();
        for (index, message) in messages.iter().enumerate() {
            if index > 0 {
                text.push('\n');
            }
            // Who says what is part of the meaning.
            if request.kind != Kind::Completion {
                text.push_str(&message.role);
                text.push_str(": ");
            }
            text.push_str(&message.text);
            if text.len() > EMBEDDED_TEXT_BYTES_MAX {
                return None;
            }
        }
        let is_empty = messages.iter().all(|message| message.text.trim().is_empty());
        (!is_empty).then_some(text)
    }

    /// What must be equal for one answer to stand for another.
    fn partition(&self, context: &PolicyContext<'_>, asked: &Asked) -> u128 {
        let exchange = &*context.exchange;
        let mut digest = Digest::new("semantic-cache");
        digest.part(&context.scope_digest.to_be_bytes());
        digest.part(exchange.api_id().as_bytes());
        digest.part(exchange.api().revision.as_bytes());
        digest.part(&exchange.original_url().path);
        digest.part(self.cache.as_bytes());
        digest.part(self.backend.as_bytes());
        digest.part(asked.request.model.as_bytes());
        asked.parts.iter().for_each(|part| digest.part(part.as_bytes()));
        self.vary_by.iter().for_each(|value| digest.part(value.as_bytes()));
        digest.finish()
    }

    /// The body is in hand: asks for the token, or at once for the embedding.
    fn begin(&self, context: &mut PolicyContext<'_>) -> Step {
        let path = context.exchange.path().to_vec();
        match reading::begin(context, Side::Request, path, read) {
            Begun::Read(asked) => self.look_up(context, asked),
            Begun::Asked(step) => step,
        }
    }

    fn look_up(&self, context: &mut PolicyContext<'_>, asked: Option<Asked>) -> Step {
        let Some(asked) = asked else { return Step::Next };
        let Some(text) = self.text(&asked.request) else { return Step::Next };
        let partition = self.partition(context, &asked);
        let waiting = if self.has_identity { text.clone() } else { String::new() };
        context.state.semantic_key = Some(Box::new(SemanticKey { partition, embedding: None, text: waiting }));
        if self.has_identity {
            let request = TokenRequest { resource: RESOURCE.into(), client_id: None };
            return Step::Perform(Effect::Token(Box::new(request)));
        }
        self.embed(&text, None)
    }

    fn embed(&self, text: &str, token: Option<&str>) -> Step {
        let mut headers = vec![("Content-Type".into(), b"application/json".to_vec())];
        headers.extend(token.map(|token| ("Authorization".into(), format!("Bearer {token}").into_bytes())));
        Step::Perform(Effect::Send(Box::new(HttpRequest {
            method: "POST".into(),
            url: format!("?{API_VERSION}").into(),
            backend: Some(self.backend.clone()),
            headers,
            body: Some(json!({ "input": text }).to_string().into_bytes()),
            timeout_ms: TIMEOUT_MS,
            ..HttpRequest::default()
        })))
    }

    fn with_token(&self, context: &mut PolicyContext<'_>, token: Option<&str>) -> Step {
        match &mut context.state.semantic_key {
            Some(key) => self.embed(&std::mem::take(&mut key.text), token),
            None => Step::Next,
        }
    }

    fn look(&self, context: &mut PolicyContext<'_>, embedding: Option<Embedding>) -> Step {
        let (Some(key), Some(embedding)) = (&mut context.state.semantic_key, embedding) else {
            context.exchange.trace("llm-semantic-cache-lookup", "the embeddings backend gave no embedding");
            context.state.semantic_key = None;
            return Step::Next;
        };
        key.embedding = Some(embedding.clone());
        // What is stored goes to other callers, who may not understand a coding.
        context.exchange.remove_header(Side::Request, "Accept-Encoding");
        Step::Perform(Effect::Nearest(Box::new(Nearest {
            partition: key.partition,
            embedding,
            distance_max_millionths: self.distance_max_millionths,
        })))
    }
}

/// The vector of an embeddings API's answer.
fn embedding(body: &[u8]) -> Option<Embedding> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let values = answer.get("data")?.get(0)?.get("embedding")?.as_array()?;
    if values.len() > EMBEDDING_VALUES_MAX {
        return None;
    }
    #[allow(clippy::cast_possible_truncation, reason = "embeddings are made as 32-bit numbers")]
    let values: Option<Vec<f32>> = values.iter().map(|value| value.as_f64().map(|value| value as f32)).collect();
    Embedding::new(values?)
}

impl Policy for LlmSemanticCacheLookup {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        if !context.exchange.has_body(Side::Request) {
            return Step::Next;
        }
        if context.exchange.content(Side::Request).is_none() {
            return Step::Perform(Effect::ReadContent(Side::Request));
        }
        self.begin(context)
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match reading::end::<Option<Asked>>(context, &outcome) {
            Some(Ok(asked)) => return self.look_up(context, asked),
            Some(Err(failure)) => return Step::Fail(failure),
            None => {}
        }
        match outcome {
            Outcome::Done => self.begin(context),
            Outcome::ForwardFailed(failure) => Step::Fail(Box::new(Failure::forward(failure))),
            // Without a token the backend's own credentials may do.
            Outcome::Token(token) => self.with_token(context, token.ok().as_deref()),
            Outcome::Sent(Ok(response)) if response.status == 200 => self.look(context, embedding(&response.body)),
            Outcome::Sent(_) => self.look(context, None),
            Outcome::Cached(None) => Step::Next,
            Outcome::Cached(Some(hit)) => {
                context.state.semantic_key = None;
                let CacheItem::Response(response) = &*hit.item else { return Step::Next };
                replay(context.exchange, response);
                Step::Cached(CacheKind::Semantic)
            }
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }
}

#[cfg(test)]
mod tests;
