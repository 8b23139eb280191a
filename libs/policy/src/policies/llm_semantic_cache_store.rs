//! `llm-semantic-cache-store`: keeps a model's answer for the `…-semantic-cache-lookup` of later requests.
//!
//! `<llm-semantic-cache-store duration="seconds" cache-response="bool"/>` – duration required, both may be expressions; outbound, once per section.
//! Does nothing unless a lookup of this request had an embedding and found nothing. Without `cache-response` only 200 is kept. Never kept:
//! answers that set cookies, and bodies past 2 MiB. A body is read to its end first, within the gateway's limit for buffered bodies. An event stream
//! is not held back: it is kept as it was sent, once all of it was.

use std::sync::Arc;

use super::cache_store::{Keeping, body, head};
use crate::builder::Builder;
use crate::cached::{CacheItem, CachedResponse};
use crate::definition::{ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Once};
use crate::effect::{Effect, Embedding, Outcome, PutNearest};
use crate::exchange::Side;
use crate::llm::is_event_stream;
use crate::policy::{CacheKind, Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::Sections;

pub(super) static DEFINITION: Definition = definition("llm-semantic-cache-store");

/// The same policy under one of its names.
pub(super) const fn definition(element: &'static str) -> Definition {
    Definition {
        rule: ElementRule { element, attributes: Keeping::ATTRIBUTES, content: Content::Empty },
        sections: Sections::OUTBOUND,
        scopes: ANY_SCOPE,
        once: Once::PerSection,
        evaluation: Evaluation::Own,
        build,
    }
}

#[derive(Debug)]
struct LlmSemanticCacheStore(Keeping);

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    Built::policy(LlmSemanticCacheStore(Keeping::from(element, builder)?))
}

/// A streamed answer that is kept as soon as all of it was sent.
#[derive(Debug)]
pub(crate) struct Recording {
    partition: u128,
    embedding: Embedding,
    /// Without its body.
    response: CachedResponse,
}

impl Recording {
    /// Keeps the answer.
    pub(crate) fn put(self, body: Vec<u8>) -> Box<PutNearest> {
        let duration_s = self.response.duration_s;
        let response = CachedResponse { body: body.into(), ..self.response };
        let item = Arc::new(CacheItem::Response(response));
        Box::new(PutNearest { partition: self.partition, embedding: self.embedding, item, duration_s })
    }
}

impl LlmSemanticCacheStore {
    /// The answer without its body. `None`: it is not kept.
    fn recording(&self, context: &mut PolicyContext<'_>) -> Option<Recording> {
        let duration_s = self.0.duration_s(context.values);
        let key = context.state.semantic_key.take()?;
        let (Some(embedding), true) = (key.embedding, duration_s > 0) else { return None };
        let response = head(context.exchange, duration_s);
        Some(Recording { partition: key.partition, embedding, response })
    }

    fn store(&self, context: &mut PolicyContext<'_>) -> Step {
        let Some(recording) = self.recording(context) else { return Step::Next };
        match body(context.exchange) {
            Some(body) => Step::Perform(Effect::PutNearest(recording.put(body.to_vec()))),
            None => Step::Next,
        }
    }
}

impl Policy for LlmSemanticCacheStore {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let exchange = &*context.exchange;
        if context.state.semantic_key.is_none() || !self.0.allows(context) {
            return Step::Next;
        }
        let is_here = exchange.body(Side::Response).is_some();
        if !is_here && is_event_stream(exchange) {
            context.state.recording = self.recording(context).map(Box::new);
            return Step::Next;
        }
        if !is_here {
            return Step::Perform(Effect::ReadBody(Side::Response));
        }
        self.store(context)
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match outcome {
            // The body is there now, or the response was stored: its key is taken then.
            Outcome::Done if context.state.semantic_key.is_some() => self.store(context),
            Outcome::Done => Step::Next,
            Outcome::ForwardFailed(failure) => Step::Fail(Box::new(Failure::forward(failure))),
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::CacheStore(CacheKind::Semantic)
    }
}
