//! `cache-store`: keeps the response for the `cache-lookup` of later requests.
//!
//! `<cache-store duration="seconds" cache-response="bool"/>` – duration required, both may be expressions; outbound, once per section. Does
//! nothing unless a `cache-lookup` of this request looked and found nothing. Without `cache-response` only 200 is kept. Never kept: answers
//! that are not the whole resource (206, 304), those that set cookies, and bodies past 2 MiB. A body without a length in its head is read
//! to its end first, within the gateway's limit for buffered bodies.

use std::sync::Arc;

use crate::builder::Builder;
use crate::cached::{CacheItem, CachedResponse};
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule,
    optional, required,
};
use crate::effect::{Effect, Outcome};
use crate::exchange::{Exchange, Side};
use crate::expression::value::Value;
use crate::given::Given;
use crate::limits::CACHED_RESPONSE_BYTES_MAX;
use crate::policy::{CacheKind, Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule { element: "cache-store", attributes: Keeping::ATTRIBUTES, content: Content::Empty },
    sections: Sections::OUTBOUND,
    scopes: ANY_SCOPE,
    once: Once::PerSection,
    evaluation: Evaluation::Own,
    build,
};

/// How long a response is kept, and whether: what policies that keep one have in common.
#[derive(Debug)]
pub(super) struct Keeping {
    duration: Given<u64>,
    /// `None`: the status decides.
    is_wanted: Option<Given<bool>>,
}

impl Keeping {
    pub(super) const ATTRIBUTES: &'static [AttributeRule] = &[
        required("duration", Expression::Allowed, ValueRule::Integer(0, u64::MAX)),
        optional("cache-response", Expression::Allowed, ValueRule::Boolean),
    ];

    pub(super) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Keeping> {
        let duration = builder.seconds_attribute(element, "duration")??;
        let is_wanted = match element.attribute("cache-response") {
            None => None,
            Some(_) => Some(builder.flag_attribute(element, "cache-response", false)?),
        };
        Some(Keeping { duration, is_wanted })
    }

    pub(super) fn duration_s(&self, values: &[Value]) -> u64 {
        self.duration.whole(values)
    }

    /// Whether the response may be kept, as far as the policy and the response's head say.
    pub(super) fn allows(&self, context: &PolicyContext<'_>) -> bool {
        let status = context.exchange.status();
        let is_wanted = self.is_wanted.as_ref().map_or(status == 200, |given| given.flag(context.values));
        is_wanted && is_storable(context.exchange)
    }
}

#[derive(Debug)]
struct CacheStore(Keeping);

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    Built::policy(CacheStore(Keeping::from(element, builder)?))
}

/// Header lines of one connection or one moment, and those that are written anew.
const NOT_KEPT: &[&str] = &[
    "Age",
    "Cache-Control",
    "Connection",
    "Content-Length",
    "Date",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// Whether a response may be kept at all, as far as its head says.
fn is_storable(exchange: &dyn Exchange) -> bool {
    let length = exchange.header(Side::Response, "Content-Length").and_then(|text| std::str::from_utf8(text).ok());
    let length: Option<usize> = length.and_then(|text| text.trim().parse().ok());
    !matches!(exchange.status(), 206 | 304)
        && length.is_none_or(|length| length <= CACHED_RESPONSE_BYTES_MAX)
        && exchange.header(Side::Response, "Set-Cookie").is_none()
}

impl CacheStore {
    fn store(&self, context: &mut PolicyContext<'_>) -> Step {
        let duration_s = self.0.duration_s(context.values);
        let exchange = &mut *context.exchange;
        let (Some(key), true) = (context.state.response_key.take(), duration_s > 0) else { return Step::Next };
        let Some(body) = body(exchange) else { return Step::Next };
        let response = CachedResponse { body: body.into(), ..head(exchange, duration_s) };
        key.tell(exchange, duration_s);
        let item = Arc::new(CacheItem::Response(response));
        Step::Perform(Effect::CachePut { key: key.key, item, duration_s })
    }
}

/// The body that is kept. `None`: it is too long, or not in hand.
pub(super) fn body(exchange: &dyn Exchange) -> Option<&[u8]> {
    exchange.body(Side::Response).filter(|body| body.len() <= CACHED_RESPONSE_BYTES_MAX)
}

/// The response in the form in which it is kept, without its body.
pub(super) fn head(exchange: &dyn Exchange, duration_s: u64) -> CachedResponse {
    let mut headers: Vec<(Box<str>, Box<[u8]>)> = Vec::new();
    exchange.headers(Side::Response, &mut |name, value| {
        let name = String::from_utf8_lossy(name);
        if !NOT_KEPT.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
            headers.push((name.into(), value.into()));
        }
    });
    CachedResponse {
        status: exchange.status(),
        reason: exchange.reason().into(),
        headers,
        body: Box::default(),
        duration_s,
    }
}

impl Policy for CacheStore {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        if context.state.response_key.is_none() || !self.0.allows(context) {
            return Step::Next;
        }
        if context.exchange.body(Side::Response).is_none() {
            return Step::Perform(Effect::ReadBody(Side::Response));
        }
        self.store(context)
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match outcome {
            // The body is there now, or the response was stored: its key is taken then.
            Outcome::Done if context.state.response_key.is_some() => self.store(context),
            Outcome::Done => Step::Next,
            Outcome::ForwardFailed(failure) => Step::Fail(Box::new(Failure::forward(failure))),
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::CacheStore(CacheKind::Exact)
    }
}
