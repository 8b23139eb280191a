//! `cache-value`: a value from the cache, made by the policies inside when it is not there or too old.
//!
//! ```xml
//! <cache-value key="key" variable-name="name" expires-after="28800" refresh-after="seconds" default-value="value"
//!              caching-type="internal|external|prefer-external"><value>…policies that set the variable…</value></cache-value>
//! ```
//! `key` and `variable-name` required; all but the name and the type may be expressions; all sections. Older than `refresh-after` (default:
//! `expires-after`; 0: always), the value is made anew; if the policies leave the variable unset or null, the old value serves until
//! `expires-after`, then `default-value`. Requests that miss at the same time each run the policies: APIM's protection against a stampede
//! is not there.

use postern_dotnet::Text;

use super::cache_key::{self, CACHING_TYPE};
use super::cache_store_value;
use crate::cached::CacheItem;
use crate::definition::{ChildRule, Content, ElementRule, Expression, Occurs, ValueRule, optional, required};
use crate::document::flow::{FlowDefinition, FlowReader};
use crate::document::{FlowKind, Item, Part};
use crate::effect::{Effect, Outcome};
use crate::expression::value::Value;
use crate::given::{Given, Wanted};
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

/// `expires-after` when it is not given, in seconds: eight hours.
const EXPIRES_AFTER_SECONDS: u64 = 28_800;

static VALUE: ElementRule = ElementRule { element: "value", attributes: &[], content: Content::Policies };

pub(super) static FLOW: FlowDefinition = FlowDefinition {
    rule: ElementRule {
        element: "cache-value",
        attributes: &[
            required("key", Expression::Allowed, ValueRule::Text),
            required("variable-name", Expression::Forbidden, ValueRule::NonEmpty),
            optional("expires-after", Expression::Allowed, ValueRule::Integer(0, u64::MAX)),
            optional("refresh-after", Expression::Allowed, ValueRule::Integer(0, u64::MAX)),
            optional("default-value", Expression::Allowed, ValueRule::Text),
            CACHING_TYPE,
        ],
        content: Content::Children(&[ChildRule { rule: &VALUE, occurs: Occurs::One }]),
    },
    sections: Sections::ALL,
    kind: FlowKind::Branches,
    read,
};

fn read(reader: &mut FlowReader<'_, '_, '_>, element: &Element) -> Option<Vec<Part>> {
    let variable = element.owned("variable-name")?;
    let lookup = reader.head(element, "", |builder| {
        let default = match element.attribute("default-value").map(|attribute| &attribute.value) {
            None => None,
            Some(value) if value.is_literal() => Some(Given::Literal(Text::new(&value.text))),
            Some(value) => Some(Given::Expression(builder.expression(value, Wanted::Any)?)),
        };
        let expires_after =
            builder.seconds_attribute(element, "expires-after")?.unwrap_or(Given::Literal(EXPIRES_AFTER_SECONDS));
        Some(Lookup {
            key: builder.text_attribute(element, "key")??,
            variable: variable.clone(),
            expires_after,
            refresh_after: builder.seconds_attribute(element, "refresh-after")?,
            default,
        })
    });
    let mut items = element.child("value").map(|value| reader.items(value, "value[1]").into_vec()).unwrap_or_default();
    items.push(Item::Policy(reader.head(element, "", |_| Some(Store { variable }))?));
    Some(vec![Part { head: lookup?, items: items.into() }])
}

/// A block being run.
#[derive(Debug)]
pub(crate) struct PendingValue {
    key: u128,
    expires_after_s: u64,
    /// What serves when the block brings nothing: the old value or the default.
    fallback: Option<Value>,
}

/// In front: takes the value and goes behind the block, or runs it.
#[derive(Debug)]
struct Lookup {
    key: Given<Box<str>>,
    variable: Box<str>,
    expires_after: Given<u64>,
    refresh_after: Option<Given<u64>>,
    default: Option<Given<Text>>,
}

impl Policy for Lookup {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        Step::Perform(Effect::CacheGet { key: cache_key::of_value(self.key.text(context.values)) })
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        let Outcome::Cached(found) = outcome else {
            return Step::Fail(Box::new(Failure::wrong_outcome()));
        };
        let expires_after_s = self.expires_after.seconds(context.values);
        let refresh_after_s =
            self.refresh_after.as_ref().map_or(expires_after_s, |given| given.seconds(context.values));
        let old = found.and_then(|hit| match &*hit.item {
            CacheItem::Value(value) => Some((value.to_value(), hit.age_s)),
            CacheItem::Response(_) => None,
        });
        if let Some((value, age_s)) = &old
            && *age_s < refresh_after_s
        {
            context.state.variables.set(&self.variable, value.clone());
            return Step::Jump;
        }
        let default = || match self.default.as_ref()? {
            Given::Literal(text) => Some(Value::String(text.clone())),
            Given::Expression(at) => context.values.get(*at).cloned(),
        };
        let fallback = old.map(|(value, _)| value).or_else(default);
        // What the variable held before is not what the block makes.
        context.state.variables.remove(&self.variable);
        let key = cache_key::of_value(self.key.text(context.values));
        context.state.pending_values.push(PendingValue { key, expires_after_s, fallback });
        Step::Next
    }
}

/// Behind the block: stores what it made.
#[derive(Debug)]
struct Store {
    variable: Box<str>,
}

impl Policy for Store {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let Some(pending) = context.state.pending_values.pop() else { return Step::Next };
        match context.state.variables.get(&self.variable) {
            Some(value) if !value.is_null() => cache_store_value::put(pending.key, value, pending.expires_after_s),
            _ => {
                if let Some(fallback) = pending.fallback {
                    context.state.variables.set(&self.variable, fallback);
                }
                Step::Next
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cached::{CacheHit, CachedValue};
    use crate::testing::{Expect, MemoryExchange, check};

    fn finding(value: Option<(&str, u64)>) -> MemoryExchange {
        let hit = value.map(|(text, age_s)| {
            let item = Arc::new(CacheItem::Value(CachedValue::String(text.into())));
            CacheHit { item, age_s }
        });
        MemoryExchange::get("/").outcome(Outcome::Cached(hit))
    }

    const MADE: &str = "<set-variable name='v' value='made'/>";

    #[test]
    fn the_block_runs_when_there_is_no_value_or_it_is_too_old() {
        let fresh = "refresh-after='10' expires-after='20'";
        for (attributes, block, found, expected, effects) in [
            ("", MADE, None, Some("made"), 3),
            ("", MADE, Some(("old", 28_799)), Some("old"), 2),
            (fresh, MADE, Some(("old", 9)), Some("old"), 2),
            (fresh, MADE, Some(("old", 10)), Some("made"), 3),
            ("refresh-after='0'", MADE, Some(("old", 0)), Some("made"), 3),
            (fresh, "", Some(("old", 10)), Some("old"), 2),
            (fresh, "<set-variable name='v' value='@(null)'/>", Some(("old", 10)), Some("old"), 2),
            ("", "", None, None, 2),
            ("default-value='d'", "", None, Some("d"), 2),
            ("default-value='@(\"d\" + 1)'", "", None, Some("d1"), 2),
            ("default-value='d'", MADE, None, Some("made"), 3),
            ("default-value='d' refresh-after='10'", "", Some(("old", 10)), Some("old"), 2),
            ("expires-after='@(0)'", MADE, None, Some("made"), 2),
        ] {
            let policy = format!(
                "<cache-value key='k' variable-name='v' {attributes}><value>{block}</value></cache-value>\
                 <set-variable name='after' value='x'/>"
            );
            let expected =
                [Expect::Variable("v", expected), Expect::Variable("after", Some("x")), Expect::EffectCount(effects)];
            check(&policy, finding(found), &expected);
        }
    }

    #[test]
    fn what_the_block_made_is_stored_for_the_time_given() {
        for (attributes, duration_s) in [("", 28_800), ("expires-after='5'", 5), ("expires-after='@(2 + 3)'", 5)] {
            let policy =
                format!("<cache-value key='k' variable-name='v' {attributes}><value>{MADE}</value></cache-value>");
            let key = cache_key::of_value("k");
            let effects = [
                Effect::CacheGet { key },
                Effect::CachePut {
                    key,
                    item: Arc::new(CacheItem::Value(CachedValue::String("made".into()))),
                    duration_s,
                },
                Effect::Forward(crate::effect::ForwardOptions::default()),
            ];
            check(&policy, finding(None), &[Expect::Effects(&effects)]);
        }
    }

    #[test]
    fn blocks_nest() {
        let policy = "<cache-value key='a' variable-name='a'><value><cache-value key='b' variable-name='b'><value>\
                      <set-variable name='b' value='1'/></value></cache-value>\
                      <set-variable name='a' value='2'/></value></cache-value>";
        let expected = [Expect::Variable("a", Some("2")), Expect::Variable("b", Some("1")), Expect::EffectCount(5)];
        check(policy, MemoryExchange::get("/"), &expected);
    }

    #[test]
    fn key_variable_and_block_are_required() {
        for (policy, codes) in [
            ("<cache-value><value/></cache-value>", &["attribute-missing", "attribute-missing"][..]),
            ("<cache-value key='k' variable-name='v'/>", &["element-missing"]),
            (
                "<cache-value key='k' variable-name='v'><set-method>GET</set-method></cache-value>",
                &["unknown-element", "element-missing"],
            ),
            ("<cache-value key='k' variable-name='v' expires-after='x'><value/></cache-value>", &["value-invalid"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
