//! `cache-lookup-value`: puts a value of the cache into a variable.
//!
//! `<cache-lookup-value key="key" variable-name="name" default-value="value" caching-type="internal|external|prefer-external"/>` – key and
//! name required; key and default may be expressions; all sections. Nothing found: the default's value; without a default the variable is
//! not touched.

use postern_dotnet::Text;

use super::cache_key::{self, CACHING_TYPE};
use crate::cached::CacheItem;
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional, required,
};
use crate::effect::{Effect, Outcome};
use crate::expression::value::Value;
use crate::given::{Given, Wanted};
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "cache-lookup-value",
        attributes: &[
            required("key", Expression::Allowed, ValueRule::Text),
            required("variable-name", Expression::Forbidden, ValueRule::NonEmpty),
            optional("default-value", Expression::Allowed, ValueRule::Text),
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
        let default = match element.attribute("default-value").map(|attribute| &attribute.value) {
            None => None,
            Some(value) if value.is_literal() => Some(Given::Literal(Text::new(&value.text))),
            Some(value) => Some(Given::Expression(builder.expression(value, Wanted::Any)?)),
        };
        Built::policy(CacheLookupValue { key, variable: element.owned("variable-name")?, default })
    },
};

#[derive(Debug)]
struct CacheLookupValue {
    key: Given<Box<str>>,
    variable: Box<str>,
    default: Option<Given<Text>>,
}

impl Policy for CacheLookupValue {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        Step::Perform(Effect::CacheGet { key: cache_key::of_value(self.key.text(context.values)) })
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        let Outcome::Cached(found) = outcome else {
            return Step::Fail(Box::new(Failure::wrong_outcome()));
        };
        let found = found.and_then(|hit| match &*hit.item {
            CacheItem::Value(value) => Some(value.to_value()),
            CacheItem::Response(_) => None,
        });
        let default = || match self.default.as_ref()? {
            Given::Literal(text) => Some(Value::String(text.clone())),
            Given::Expression(at) => Some(context.values.get(*at).cloned().unwrap_or_default()),
        };
        if let Some(value) = found.or_else(default) {
            context.state.variables.set(&self.variable, value);
        }
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cached::{CacheHit, CachedValue};
    use crate::effect::ForwardOptions;
    use crate::testing::{Expect, MemoryExchange, check};

    fn finding(value: Option<CachedValue>) -> MemoryExchange {
        let hit = value.map(|value| CacheHit { item: Arc::new(CacheItem::Value(value)), age_s: 0 });
        MemoryExchange::get("/").outcome(Outcome::Cached(hit))
    }

    #[test]
    fn what_is_found_goes_into_the_variable_and_else_the_default() {
        let text = || Some(CachedValue::String("found".into()));
        for (attributes, value, expected) in [
            ("", text(), Some("found")),
            ("", Some(CachedValue::Int(5)), Some("5")),
            ("", None, None),
            ("default-value='other'", text(), Some("found")),
            ("default-value='other'", None, Some("other")),
            ("default-value=''", None, Some("")),
            ("default-value='@(7 * 6)'", None, Some("42")),
        ] {
            let policy = format!("<cache-lookup-value key='k' variable-name='v' {attributes}/>");
            check(&policy, finding(value), &[Expect::Variable("v", expected)]);
        }
    }

    #[test]
    fn a_miss_without_default_leaves_an_earlier_value() {
        let policy = "<set-variable name='v' value='old'/><cache-lookup-value key='k' variable-name='v'/>";
        check(policy, finding(None), &[Expect::Variable("v", Some("old"))]);
    }

    #[test]
    fn keys_may_be_expressions_and_every_caching_type_is_the_one_cache() {
        for attributes in [
            "key='echo'",
            "key='@(context.Api.Id)'",
            "key='echo' caching-type='internal'",
            "key='echo' caching-type='external'",
        ] {
            let policy = format!("<cache-lookup-value {attributes} variable-name='v'/>");
            let effects =
                [Effect::CacheGet { key: cache_key::of_value("echo") }, Effect::Forward(ForwardOptions::default())];
            check(&policy, finding(None), &[Expect::Effects(&effects)]);
        }
    }

    #[test]
    fn key_and_variable_are_required() {
        for (policy, codes) in [
            ("<cache-lookup-value/>", &["attribute-missing", "attribute-missing"][..]),
            ("<cache-lookup-value key='k' variable-name='@(\"v\")'/>", &["expression-not-allowed"]),
            ("<cache-lookup-value key='k' variable-name='v' caching-type='redis'/>", &["value-invalid"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
