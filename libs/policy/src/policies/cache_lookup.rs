//! `cache-lookup`: answers a request from the cache of responses, if its answer is there.
//!
//! ```xml
//! <cache-lookup vary-by-developer="bool" vary-by-developer-groups="bool" caching-type="internal|external|prefer-external"
//!               downstream-caching-type="none|private|public" must-revalidate="true" allow-private-response-caching="false">
//!   <vary-by-header>Accept</vary-by-header>*<vary-by-query-parameter>a;b</vary-by-query-parameter>*
//! </cache-lookup>
//! ```
//! The first two required; all attributes but the type may be expressions; inbound, once per section. Only GET requests, and those with
//! `Authorization` only with `allow-private-response-caching`. Without `vary-by-query-parameter` the whole query counts; `Accept-Encoding`
//! always does, since the stored body may be compressed.
//!
//! Found: the response is the stored one, and the run goes on behind the `cache-store` of `outbound`, so policies in front of it (whose work
//! is in the stored response) and the backend are skipped. Not found: the key is kept for `cache-store`. `Cache-Control` of what goes to the
//! caller says what `downstream-caching-type` allows.

use super::cache_key::CACHING_TYPE;
use crate::builder::Builder;
use crate::cached::{CacheItem, CachedResponse};
use crate::counter_key::Digest;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, TextRule,
    ValueRule, optional, required,
};
use crate::effect::{Effect, Outcome};
use crate::exchange::{Exchange, Side};
use crate::policy::{CacheKind, Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;
use crate::url;

static HEADER: ElementRule = ElementRule {
    element: "vary-by-header",
    attributes: &[],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::NonEmpty }),
};
static PARAMETER: ElementRule = ElementRule {
    element: "vary-by-query-parameter",
    attributes: &[],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::NonEmpty }),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "cache-lookup",
        attributes: &[
            required("vary-by-developer", Expression::Allowed, ValueRule::Boolean),
            required("vary-by-developer-groups", Expression::Allowed, ValueRule::Boolean),
            CACHING_TYPE,
            optional("downstream-caching-type", Expression::Allowed, ValueRule::NonEmpty),
            optional("must-revalidate", Expression::Allowed, ValueRule::Boolean),
            optional("allow-private-response-caching", Expression::Allowed, ValueRule::Boolean),
        ],
        content: Content::ChildrenInAnyOrder(&[
            ChildRule { rule: &HEADER, occurs: Occurs::Any },
            ChildRule { rule: &PARAMETER, occurs: Occurs::Any },
        ]),
    },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::PerSection,
    evaluation: Evaluation::Late,
    build,
};

/// Who behind the gateway may keep a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Downstream {
    None,
    Private,
    Public,
}

#[derive(Debug)]
struct CacheLookup {
    by_developer: bool,
    by_groups: bool,
    headers: Box<[Box<str>]>,
    parameters: Box<[Box<str>]>,
    allow_private: bool,
    downstream: Downstream,
    must_revalidate: bool,
}

/// Under which key the response is stored, and what the caller is told about keeping it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResponseKey {
    pub(super) key: u128,
    downstream: Downstream,
    must_revalidate: bool,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let downstream = match element.literal("downstream-caching-type").map(str::to_ascii_lowercase).as_deref() {
        None | Some("none") => Downstream::None,
        Some("private") => Downstream::Private,
        Some("public") => Downstream::Public,
        Some(_) => {
            let message = "`downstream-caching-type` is none of none, private, public and counts as none";
            builder.warning(element.offset, "value-suspect", message, None);
            Downstream::None
        }
    };
    let texts = |name: &'static str| element.children_named(name).map(|child| child.text.text.trim());
    let parameters = texts("vary-by-query-parameter").flat_map(|list| list.split(';'));
    let parameters = parameters.map(str::trim).filter(|name| !name.is_empty());
    Built::policy(CacheLookup {
        by_developer: element.flag("vary-by-developer", false),
        by_groups: element.flag("vary-by-developer-groups", false),
        headers: texts("vary-by-header").map(Box::from).collect(),
        parameters: parameters.map(Box::from).collect(),
        allow_private: element.flag("allow-private-response-caching", false),
        downstream,
        must_revalidate: element.flag("must-revalidate", true),
    })
}

impl ResponseKey {
    /// Sets `Cache-Control` of a response that is kept for `duration_s`.
    pub(super) fn tell(&self, exchange: &mut dyn Exchange, duration_s: u64) {
        let scope = match self.downstream {
            Downstream::None => {
                return exchange.set_header(Side::Response, "Cache-Control", b"no-store");
            }
            Downstream::Private => "private",
            Downstream::Public => "public",
        };
        let revalidate = if self.must_revalidate { ", must-revalidate" } else { "" };
        let value = format!("{scope}{revalidate}, max-age={duration_s}");
        exchange.set_header(Side::Response, "Cache-Control", value.as_bytes());
    }
}

impl CacheLookup {
    fn key(&self, context: &PolicyContext<'_>) -> u128 {
        let exchange = &*context.exchange;
        let mut digest = Digest::new("cache-response");
        // The scope: what policies of one product did to a response is not for another's callers.
        digest.part(&context.scope_digest.to_be_bytes());
        digest.part(exchange.api_id().as_bytes());
        digest.part(exchange.api().revision.as_bytes());
        digest.part(&exchange.original_url().path);
        digest.part(exchange.path());
        self.add_query(&mut digest, exchange.query());
        digest.part(exchange.header(Side::Request, "Accept-Encoding").unwrap_or_default());
        for name in &self.headers {
            digest.part(name.to_ascii_lowercase().as_bytes());
            exchange.header_values(Side::Request, name, &mut |value| digest.part(value));
            digest.part(b"");
        }
        if self.by_developer {
            let user = exchange.user().map(|user| user.id);
            digest.part(user.or_else(|| exchange.subscription_id()).unwrap_or_default().as_bytes());
        }
        if self.by_groups {
            let mut groups: Vec<&str> =
                exchange.user().iter().flat_map(|user| user.groups.iter()).map(|(id, _)| &**id).collect();
            groups.sort_unstable();
            groups.iter().for_each(|group| digest.part(group.as_bytes()));
        }
        digest.finish()
    }

    fn add_query(&self, digest: &mut Digest, query: &[u8]) {
        let is_wanted = |name: &[u8]| {
            self.parameters.is_empty() || self.parameters.iter().any(|known| url::same_name(known.as_bytes(), name))
        };
        let mut parts: Vec<&[u8]> = url::parameters(query)
            .filter(|parameter| is_wanted(parameter.name))
            .map(|parameter| parameter.text)
            .collect();
        parts.sort_unstable();
        parts.iter().for_each(|part| digest.part(part));
        digest.part(b"");
    }
}

impl Policy for CacheLookup {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let is_private = context.exchange.header(Side::Request, "Authorization").is_some();
        if context.exchange.method() != b"GET" || (is_private && !self.allow_private) {
            return Step::Next;
        }
        Step::Perform(Effect::CacheGet { key: self.key(context) })
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        let Outcome::Cached(found) = outcome else {
            return Step::Fail(Box::new(Failure::wrong_outcome()));
        };
        let key =
            ResponseKey { key: self.key(context), downstream: self.downstream, must_revalidate: self.must_revalidate };
        let Some(hit) = found else {
            context.state.response_key = Some(key);
            return Step::Next;
        };
        let CacheItem::Response(response) = &*hit.item else { return Step::Next };
        replay(context.exchange, response);
        key.tell(context.exchange, response.duration_s);
        if self.downstream != Downstream::None {
            context.exchange.set_header(Side::Response, "Age", hit.age_s.to_string().as_bytes());
        }
        Step::Cached(CacheKind::Exact)
    }
}

/// Makes the response what was stored.
pub(super) fn replay(exchange: &mut dyn Exchange, response: &CachedResponse) {
    exchange.begin_response();
    exchange.set_status(response.status, &response.reason);
    for (name, value) in &response.headers {
        exchange.append_header(Side::Response, name, value);
    }
    exchange.set_body(Side::Response, &response.body);
}

#[cfg(test)]
mod tests;
