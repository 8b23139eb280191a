//! `llm-semantic-cache-store`: keeps a model's answer for the `…-semantic-cache-lookup` of later requests.
//!
//! `<llm-semantic-cache-store duration="seconds" cache-response="bool"/>` – duration required, both may be expressions; outbound, once per section.
//! Does nothing unless a lookup of this request had an embedding and found nothing. Without `cache-response` only 200 is kept. Never kept:
//! event streams, answers that set cookies, and bodies past 2 MiB. A body is read to its end first, within the gateway's limit for
//! buffered bodies.

use std::sync::Arc;

use super::cache_store::{is_storable, kept};
use crate::builder::Builder;
use crate::cached::CacheItem;
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule,
    optional, required,
};
use crate::effect::{Effect, Outcome, PutNearest};
use crate::exchange::{Exchange, Side};
use crate::given::Given;
use crate::policy::{CacheKind, Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::Sections;

const ATTRIBUTES: &[AttributeRule] = &[
    required("duration", Expression::Allowed, ValueRule::Integer(0, u64::MAX)),
    optional("cache-response", Expression::Allowed, ValueRule::Boolean),
];

pub(super) static DEFINITION: Definition = definition("llm-semantic-cache-store");

/// The same policy under one of its names.
pub(super) const fn definition(element: &'static str) -> Definition {
    Definition {
        rule: ElementRule { element, attributes: ATTRIBUTES, content: Content::Empty },
        sections: Sections::OUTBOUND,
        scopes: ANY_SCOPE,
        once: Once::PerSection,
        evaluation: Evaluation::Own,
        build,
    }
}

#[derive(Debug)]
struct LlmSemanticCacheStore {
    duration: Given<u64>,
    /// `None`: the status decides.
    is_wanted: Option<Given<bool>>,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let duration = builder.seconds_attribute(element, "duration")??;
    let is_wanted = match element.attribute("cache-response") {
        None => None,
        Some(_) => Some(builder.flag_attribute(element, "cache-response", false)?),
    };
    Built::policy(LlmSemanticCacheStore { duration, is_wanted })
}

fn is_stream(exchange: &dyn Exchange) -> bool {
    let content_type = exchange.header(Side::Response, "Content-Type").unwrap_or_default();
    content_type.to_ascii_lowercase().starts_with(b"text/event-stream")
}

impl LlmSemanticCacheStore {
    fn store(&self, context: &mut PolicyContext<'_>) -> Step {
        let duration_s = self.duration.seconds(context.values);
        let Some(key) = context.state.semantic_key.take() else { return Step::Next };
        let (Some(embedding), true) = (key.embedding, duration_s > 0) else { return Step::Next };
        let Some(response) = kept(context.exchange, duration_s) else { return Step::Next };
        Step::Perform(Effect::PutNearest(Box::new(PutNearest {
            partition: key.partition,
            embedding,
            item: Arc::new(CacheItem::Response(response)),
            duration_s,
        })))
    }
}

impl Policy for LlmSemanticCacheStore {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let exchange = &*context.exchange;
        let status = exchange.status();
        let is_wanted = self.is_wanted.as_ref().map_or(status == 200, |given| given.flag(context.values));
        if context.state.semantic_key.is_none() || !is_wanted || !is_storable(exchange) || is_stream(exchange) {
            return Step::Next;
        }
        if exchange.body(Side::Response).is_none() {
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
