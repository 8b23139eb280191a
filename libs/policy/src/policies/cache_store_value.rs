//! `cache-store-value`: puts a value into the cache for a time.
//!
//! `<cache-store-value key="key" value="value" duration="seconds" caching-type="internal|external|prefer-external"/>` – the first three
//! required and each may be an expression; all sections. A literal value is a string. Null is not stored, nor is anything with a duration
//! below one second.
//!
//! What is stored is a copy: of `bool`, `char`, numbers, strings, dates and times, `Guid`, `Uri`, `JToken`, `XDocument`, `XElement` and
//! `IResponse`, and of arrays with one dimension, `List`, `HashSet`, `Dictionary`, tuples and anonymous objects of those, nested at most eight deep.
//! Anything else (`IRequest`, `Jwt`, queries, delegates, …) is an error at run time.

use std::sync::Arc;

use postern_dotnet::Text;

use super::cache_key::{self, CACHING_TYPE};
use crate::cached::{CacheItem, CachedValue};
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, required,
};
use crate::effect::{Effect, Outcome};
use crate::expression::value::Value;
use crate::given::{Given, Wanted};
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "cache-store-value",
        attributes: &[
            required("key", Expression::Allowed, ValueRule::Text),
            required("value", Expression::Allowed, ValueRule::Text),
            required("duration", Expression::Allowed, ValueRule::Integer(0, u64::MAX)),
            CACHING_TYPE,
        ],
        content: Content::Empty,
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| {
        let key = builder.text_attribute(element, "key")??;
        let value = &element.attribute("value")?.value;
        let value = if value.is_literal() {
            Given::Literal(Text::new(&value.text))
        } else {
            Given::Expression(builder.expression(value, Wanted::Any)?)
        };
        let duration = builder.seconds_attribute(element, "duration")??;
        Built::policy(CacheStoreValue { key, value, duration })
    },
};

#[derive(Debug)]
struct CacheStoreValue {
    key: Given<Box<str>>,
    value: Given<Text>,
    duration: Given<u64>,
}

impl Policy for CacheStoreValue {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let value = match &self.value {
            Given::Literal(text) => Value::String(text.clone()),
            Given::Expression(at) => context.values.get(*at).cloned().unwrap_or_default(),
        };
        let key = cache_key::of_value(self.key.text(context.values));
        put(key, &value, self.duration.whole(context.values))
    }

    fn resume(&self, _context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Done => Step::Next,
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }
}

/// Stores a value, if it is one that can be.
pub(super) fn put(key: u128, value: &Value, duration_s: u64) -> Step {
    if value.is_null() || duration_s == 0 {
        return Step::Next;
    }
    match CachedValue::from_value(value) {
        Ok(value) => Step::Perform(Effect::CachePut { key, item: Arc::new(CacheItem::Value(value)), duration_s }),
        Err(what) => Step::Fail(Box::new(Failure::unusable_value(format!("{what} cannot be stored in the cache")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::ForwardOptions;
    use crate::testing::{Expect, MemoryExchange, check};

    fn stored(value: CachedValue, duration_s: u64) -> [Effect; 2] {
        let item = Arc::new(CacheItem::Value(value));
        [
            Effect::CachePut { key: cache_key::of_value("k"), item, duration_s },
            Effect::Forward(ForwardOptions::default()),
        ]
    }

    #[test]
    fn literals_and_values_of_expressions_are_stored_as_they_are() {
        for (attributes, effects) in [
            ("value='text' duration='60'", stored(CachedValue::String("text".into()), 60)),
            ("value='@(5)' duration='60'", stored(CachedValue::Int(5), 60)),
            ("value='@(true)' duration='@(59 + 1)'", stored(CachedValue::Bool(true), 60)),
            ("value='@(1.5)' duration='@(60.9)'", stored(CachedValue::Double(1.5_f64.to_bits()), 60)),
            ("value='@(JObject.Parse(\"{}\"))' duration='1'", stored(CachedValue::Json("{}".into()), 1)),
            ("value='@(new byte[] { 1, 2 })' duration='1'", stored(CachedValue::Bytes([1, 2].into()), 1)),
        ] {
            let policy = format!("<cache-store-value key='k' {attributes}/>");
            check(&policy, MemoryExchange::get("/"), &[Expect::Effects(&effects)]);
        }
    }

    #[test]
    fn collections_xml_and_uris_are_stored() {
        for value in [
            "new List<string> { \"a\" }",
            "new Dictionary<string, object> { { \"a\", new List<int> { 1 } } }",
            "new HashSet<int> { 1 }",
            "(1, \"a\")",
            "new { A = 1 }",
            "new Uri(\"http://a.test/\")",
            "XDocument.Parse(\"<a/>\")",
            "XElement.Parse(\"<a/>\")",
        ] {
            let escaped = value.replace('<', "&lt;");
            let policy = format!("<cache-store-value key='k' value='@({escaped})' duration='1'/>");
            check(&policy, MemoryExchange::get("/"), &[Expect::LastError(None), Expect::EffectCount(2)]);
        }
    }

    #[test]
    fn null_and_what_lasts_no_time_are_not_stored() {
        for attributes in ["value='@(null)' duration='1'", "value='a' duration='0'", "value='a' duration='@(-5)'"] {
            let policy = format!("<cache-store-value key='k' {attributes}/>");
            check(
                &policy,
                MemoryExchange::get("/"),
                &[Expect::EffectCount(1), Expect::Response(200, "from the backend")],
            );
        }
    }

    #[test]
    fn what_belongs_to_the_request_cannot_be_stored() {
        let policy = "<cache-store-value key='k' value='@(context.Request)' duration='1'/>";
        let message = "The value of an expression cannot be used: IRequest cannot be stored in the cache";
        check(
            policy,
            MemoryExchange::get("/"),
            &[Expect::LastError(Some(("ExpressionValueEvaluationFailure", message)))],
        );
    }

    #[test]
    fn key_value_and_duration_are_required() {
        for (policy, codes) in [
            ("<cache-store-value/>", &["attribute-missing", "attribute-missing", "attribute-missing"][..]),
            ("<cache-store-value key='k' value='v' duration='long'/>", &["value-invalid"]),
            ("<cache-store-value key='k' value='v' duration='1' caching-type='x'/>", &["value-invalid"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
