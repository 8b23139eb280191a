//! `cache-value`: a value from the cache, made by the policies inside when it is not there or too old.
//!
//! ```xml
//! <cache-value key="key" variable-name="name" expires-after="28800" refresh-after="seconds" default-value="value"
//!              caching-type="internal|external|prefer-external"><value>…policies that set the variable…</value></cache-value>
//! ```
//! `key` and `variable-name` required; all but the name and the type may be expressions; all sections. Older than `refresh-after` (default:
//! `expires-after`; 0: always), the value is made anew; if the policies leave the variable unset or null, the old value serves until
//! `expires-after`, then `default-value`. The policies may also stand in the element itself, without `<value>`.
//!
//! One request of this process at a time makes the value of a key: others take the old one meanwhile, and wait where there is none, a minute at most.
//! Then they make it themselves, and so does each of those who waited as soon as the one they waited for has ended without a value. A request
//! for whose value others wait does not wait itself: in a block inside of another it makes what another request, or itself, is making already.
//! With `refresh-after="0"` each request makes its own. What can be kept is what `cache-store-value` can store.

use postern_dotnet::Text;

use super::cache_key::{self, CACHING_TYPE};
use super::cache_store_value;
use crate::cached::{CacheHit, CacheItem};
use crate::counter_key;
use crate::definition::{Content, ElementRule, Expression, ValueRule, optional, required};
use crate::document::flow::{FlowDefinition, FlowReader};
use crate::document::{FlowKind, Item, Part};
use crate::effect::{Effect, Lead, Outcome};
use crate::expression::value::Value;
use crate::given::{Given, Wanted};
use crate::limits;
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

/// `expires-after` when it is not given, in seconds: eight hours.
const EXPIRES_AFTER_SECONDS: u64 = 28_800;

/// The element that may stand around the policies.
const VALUE: &str = "value";
/// How long a request that waits for another's value sleeps before it looks again, in milliseconds: a fraction of any request that is worth caching.
const LOOK_AGAIN_MS: u64 = 20;

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
        content: Content::Policies,
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
        let literal = |name: &str, default: u64| match element.attribute(name) {
            Some(_) => element.number(name),
            None => Some(default),
        };
        let expiry = literal("expires-after", EXPIRES_AFTER_SECONDS);
        if let Some(refresh) = element.attribute("refresh-after")
            && expiry.zip(literal("refresh-after", 0)).is_some_and(|(expiry, refresh)| refresh > expiry)
        {
            let message = "`refresh-after` is above `expires-after`: the value is gone before it is refreshed";
            builder.warning(refresh.value.offset, "value-suspect", message, None);
        }
        Some(Lookup {
            key: builder.text_attribute(element, "key")??,
            variable: variable.clone(),
            expires_after,
            refresh_after: builder.seconds_attribute(element, "refresh-after")?,
            default,
        })
    });
    let mut items = match &*element.children {
        [value] if value.name == VALUE => reader.items(value, "value[1]").into_vec(),
        _ => reader.items(element, "").into_vec(),
    };
    items.push(Item::Policy(reader.head(element, "", |_| Some(Store { variable }))?));
    Some(vec![Part { head: lookup?, items: items.into() }])
}

/// A value being looked for or made.
#[derive(Debug)]
pub(crate) struct PendingValue {
    key: u128,
    expires_after_s: u64,
    phase: Phase,
    /// What serves when the block brings nothing: the old value or the default.
    fallback: Option<Value>,
    /// The place of the one who makes the value is this request's.
    has_place: bool,
    /// How long it has waited for another request, in milliseconds.
    waited_ms: u64,
    /// Which one that is.
    behind: Option<u64>,
}

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Looking whether there is a value.
    Looking,
    /// There is none that is fresh: waiting for the place of the one who makes it. With an old value nobody waits.
    Waiting { has_old: bool },
    /// Looking once more before it makes the value: another may have made it in between.
    Checking,
    /// The variable holds the value; the place goes back, then the block is left out.
    Leaving,
    /// The block runs, or has run.
    Making,
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
        let key = cache_key::of_value(self.key.text(context.values));
        let fallback = match &self.default {
            None => None,
            Some(Given::Literal(text)) => Some(Value::String(text.clone())),
            Some(Given::Expression(at)) => context.values.get(*at).cloned(),
        };
        context.state.pending_values.push(PendingValue {
            key,
            expires_after_s: self.expires_after.whole(context.values),
            phase: Phase::Looking,
            fallback,
            has_place: false,
            waited_ms: 0,
            behind: None,
        });
        Step::Perform(Effect::CacheGet { key })
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        let Some(mut pending) = context.state.pending_values.pop() else { return Step::Next };
        let step = match (outcome, pending.phase) {
            (Outcome::Cached(found), Phase::Looking | Phase::Checking) => self.found(context, &mut pending, found),
            (Outcome::Led(lead), Phase::Waiting { has_old }) => self.come_first(context, &mut pending, lead, has_old),
            (Outcome::Done, Phase::Waiting { .. }) => ask_for_place(pending.key),
            (Outcome::Done, Phase::Leaving) => return Step::Jump,
            _ => return Step::Fail(Box::new(Failure::wrong_outcome())),
        };
        if !matches!(step, Step::Jump) {
            context.state.pending_values.push(pending);
        }
        step
    }
}

impl Lookup {
    /// With what the cache has.
    fn found(&self, context: &mut PolicyContext<'_>, pending: &mut PendingValue, found: Option<CacheHit>) -> Step {
        let refresh_after_s =
            self.refresh_after.as_ref().map_or(pending.expires_after_s, |given| given.whole(context.values));
        let old = found.and_then(|hit| match &*hit.item {
            CacheItem::Value(value) => Some((value.to_value(), hit.age_s)),
            CacheItem::Response(_) => None,
        });
        let has_old = old.is_some();
        match old {
            Some((value, age_s)) if age_s < refresh_after_s => {
                context.state.variables.set(&self.variable, value);
                return leave(context, pending);
            }
            Some((value, _)) => pending.fallback = Some(value),
            None => {}
        }
        if pending.phase == Phase::Checking || refresh_after_s == 0 {
            return self.make(context, pending);
        }
        pending.phase = Phase::Waiting { has_old };
        ask_for_place(pending.key)
    }

    /// Whether this request is the one to make the value.
    fn come_first(
        &self,
        context: &mut PolicyContext<'_>,
        pending: &mut PendingValue,
        lead: Lead,
        has_old: bool,
    ) -> Step {
        if lead == Lead::First {
            context.state.places.push(place(pending.key));
            pending.has_place = true;
            pending.phase = Phase::Checking;
            return Step::Perform(Effect::CacheGet { key: pending.key });
        }
        if has_old && let Some(old) = pending.fallback.take() {
            context.state.variables.set(&self.variable, old);
            return Step::Jump;
        }
        let Lead::Behind(turn) = lead else { return self.make(context, pending) };
        if pending.waited_ms >= limits::VALUE_WAIT_MS_MAX {
            return self.make(context, pending);
        }
        if pending.behind.is_some_and(|behind| behind != turn) {
            // The one it waited for has ended. If that made no value, those who waited do not queue up behind the next one that may fail.
            pending.phase = Phase::Checking;
            return Step::Perform(Effect::CacheGet { key: pending.key });
        }
        pending.behind = Some(turn);
        pending.waited_ms += LOOK_AGAIN_MS;
        Step::Perform(Effect::Sleep(LOOK_AGAIN_MS))
    }

    fn make(&self, context: &mut PolicyContext<'_>, pending: &mut PendingValue) -> Step {
        // What the variable held before is not what the block makes.
        context.state.variables.remove(&self.variable);
        pending.phase = Phase::Making;
        Step::Next
    }
}

/// Who holds it makes the value of the key.
fn place(key: u128) -> u128 {
    counter_key::caller("cache-value", key, "")
}

fn ask_for_place(key: u128) -> Step {
    Step::Perform(Effect::Lead { key: place(key) })
}

/// Behind the block, which has not run.
fn leave(context: &mut PolicyContext<'_>, pending: &mut PendingValue) -> Step {
    if pending.has_place
        && let Some(key) = context.state.places.pop()
    {
        pending.phase = Phase::Leaving;
        return Step::Perform(Effect::Release { key });
    }
    Step::Jump
}

/// Behind the block: stores what it made, and gives the place back.
#[derive(Debug)]
struct Store {
    variable: Box<str>,
}

impl Policy for Store {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let Some(pending) = context.state.pending_values.last_mut() else { return Step::Next };
        let (key, expires_after_s) = (pending.key, pending.expires_after_s);
        match context.state.variables.get(&self.variable) {
            Some(value) if !value.is_null() => match cache_store_value::put(key, value, expires_after_s) {
                Step::Next => {}
                step => return step,
            },
            _ => {
                if let Some(fallback) = pending.fallback.take() {
                    context.state.variables.set(&self.variable, fallback);
                }
            }
        }
        end(context)
    }

    fn resume(&self, context: &mut PolicyContext<'_>, _outcome: Outcome) -> Step {
        end(context)
    }
}

/// The value is made: the place goes back, then all is over.
fn end(context: &mut PolicyContext<'_>) -> Step {
    let Some(mut pending) = context.state.pending_values.pop() else { return Step::Next };
    if pending.phase == Phase::Leaving {
        return Step::Next;
    }
    match leave(context, &mut pending) {
        Step::Jump => Step::Next,
        step => {
            context.state.pending_values.push(pending);
            step
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cached::CachedValue;
    use crate::testing::{Expect, MemoryExchange, check};

    fn finding(value: Option<(&str, u64)>) -> MemoryExchange {
        MemoryExchange::get("/").outcome(value.map_or(Outcome::Cached(None), |(text, age_s)| finding_old(text, age_s)))
    }

    fn finding_old(text: &str, age_s: u64) -> Outcome {
        let item = Arc::new(CacheItem::Value(CachedValue::String(text.into())));
        Outcome::Cached(Some(CacheHit { item, age_s }))
    }

    const MADE: &str = "<set-variable name='v' value='made'/>";

    #[test]
    fn the_block_runs_when_there_is_no_value_or_it_is_too_old() {
        let fresh = "refresh-after='10' expires-after='20'";
        // Without a fresh value: look, take the place, look again, store, give the place back; then the backend.
        for (attributes, block, found, expected, effects) in [
            ("", MADE, None, Some("made"), 6),
            ("", MADE, Some(("old", 28_799)), Some("old"), 2),
            (fresh, MADE, Some(("old", 9)), Some("old"), 2),
            (fresh, MADE, Some(("old", 10)), Some("made"), 6),
            ("refresh-after='0'", MADE, Some(("old", 0)), Some("made"), 3),
            (fresh, "", Some(("old", 10)), Some("old"), 5),
            (fresh, "<set-variable name='v' value='@(null)'/>", Some(("old", 10)), Some("old"), 5),
            ("", "", None, None, 5),
            ("default-value='d'", "", None, Some("d"), 5),
            ("default-value='@(\"d\" + 1)'", "", None, Some("d1"), 5),
            ("default-value='d'", MADE, None, Some("made"), 6),
            ("default-value='d' refresh-after='10'", "", Some(("old", 10)), Some("old"), 5),
            ("expires-after='@(0)'", MADE, None, Some("made"), 2),
        ] {
            for (open, close) in [("<value>", "</value>"), ("", "")] {
                let policy = format!(
                    "<cache-value key='k' variable-name='v' {attributes}>{open}{block}{close}</cache-value>\
                     <set-variable name='after' value='x'/>"
                );
                let after = Expect::Variable("after", Some("x"));
                let expected = [Expect::Variable("v", expected), after, Expect::EffectCount(effects)];
                check(&policy, finding(found), &expected);
            }
        }
    }

    #[test]
    fn one_request_makes_the_value_and_the_others_wait_or_take_the_old_one() {
        let policy =
            format!("<cache-value key='k' variable-name='v' refresh-after='10' default-value='d'>{MADE}</cache-value>");
        let hit = finding_old;
        let busy = || Outcome::Led(Lead::Behind(7));
        let next = || Outcome::Led(Lead::Behind(8));
        let first = || Outcome::Led(Lead::First);
        let exchange =
            |outcomes: Vec<Outcome>| outcomes.into_iter().fold(MemoryExchange::get("/"), MemoryExchange::outcome);
        let (key, place) = (cache_key::of_value("k"), place(cache_key::of_value("k")));
        let (get, lead) = (|| Effect::CacheGet { key }, || Effect::Lead { key: place });
        let forward = || Effect::Forward(crate::effect::ForwardOptions::default());
        let sleep = || Effect::Sleep(LOOK_AGAIN_MS);
        let made = || Arc::new(CacheItem::Value(CachedValue::String("made".into())));
        let put = || Effect::CachePut { key, item: made(), duration_s: 28_800 };
        for (outcomes, value, effects) in [
            (vec![hit("old", 10), busy()], "old", vec![get(), lead(), forward()]),
            (
                vec![Outcome::Cached(None), busy(), Outcome::Done, first(), hit("new", 0)],
                "new",
                vec![get(), lead(), sleep(), lead(), get(), Effect::Release { key: place }, forward()],
            ),
            // The one it waited for is done, and another makes the value anew already.
            (
                vec![Outcome::Cached(None), busy(), Outcome::Done, busy(), Outcome::Done, next(), hit("new", 0)],
                "new",
                vec![get(), lead(), sleep(), lead(), sleep(), lead(), get(), forward()],
            ),
            // It failed, and another tries: this one does not wait for that one too.
            (
                vec![Outcome::Cached(None), busy(), Outcome::Done, next(), Outcome::Cached(None)],
                "made",
                vec![get(), lead(), sleep(), lead(), get(), put(), forward()],
            ),
        ] {
            let expected = [Expect::Variable("v", Some(value)), Expect::Effects(&effects)];
            check(&policy, exchange(outcomes), &expected);
        }
        // Nobody waits for ever.
        let rounds = limits::VALUE_WAIT_MS_MAX / LOOK_AGAIN_MS;
        let waiting = (0..rounds).flat_map(|_| [busy(), Outcome::Done]);
        let outcomes = [Outcome::Cached(None)].into_iter().chain(waiting).chain([busy()]).collect();
        let effects = usize::try_from(rounds).unwrap() * 2 + 4;
        let expected = [Expect::Variable("v", Some("made")), Expect::EffectCount(effects)];
        check(&policy, exchange(outcomes), &expected);
    }

    #[test]
    fn what_the_block_made_is_stored_for_the_time_given() {
        for (attributes, duration_s) in [("", 28_800), ("expires-after='5'", 5), ("expires-after='@(2 + 3)'", 5)] {
            let policy =
                format!("<cache-value key='k' variable-name='v' {attributes}><value>{MADE}</value></cache-value>");
            let key = cache_key::of_value("k");
            let effects = [
                Effect::CacheGet { key },
                Effect::Lead { key: place(key) },
                Effect::CacheGet { key },
                Effect::CachePut {
                    key,
                    item: Arc::new(CacheItem::Value(CachedValue::String("made".into()))),
                    duration_s,
                },
                Effect::Release { key: place(key) },
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
        let expected = [Expect::Variable("a", Some("2")), Expect::Variable("b", Some("1")), Expect::EffectCount(11)];
        check(policy, MemoryExchange::get("/"), &expected);
    }

    #[test]
    fn a_request_that_makes_a_value_waits_for_no_other_one() {
        let miss = || Outcome::Cached(None);
        let old = || finding_old("old", 10);
        let first = || Outcome::Led(Lead::First);
        let taken = || Outcome::Led(Lead::MustNotWait);
        let make = |name: &str| format!("<set-variable name='{name}' value='made {name}'/>");
        let key = cache_key::of_value;
        let (get, lead) = (|of| Effect::CacheGet { key: key(of) }, |of| Effect::Lead { key: place(key(of)) });
        let put = |of, text: &str| Effect::CachePut {
            key: key(of),
            item: Arc::new(CacheItem::Value(CachedValue::String(text.into()))),
            duration_s: 28_800,
        };
        let give_back = |of| Effect::Release { key: place(key(of)) };
        let forward = || Effect::Forward(crate::effect::ForwardOptions::default());
        for (inner, outcomes, value, effects) in [
            // Another request makes the inner one's value, and may wait for the outer one's.
            (
                "b",
                vec![miss(), first(), miss(), miss(), taken()],
                "made b",
                vec![get("a"), lead("a"), get("a"), get("b"), lead("b"), put("b", "made b"), put("a", "made a")],
            ),
            // This request makes it.
            (
                "a",
                vec![miss(), first(), miss(), miss(), taken()],
                "made b",
                vec![get("a"), lead("a"), get("a"), get("a"), lead("a"), put("a", "made b"), put("a", "made a")],
            ),
            // An old value does for the time being.
            (
                "b",
                vec![miss(), first(), miss(), old(), taken()],
                "old",
                vec![get("a"), lead("a"), get("a"), get("b"), lead("b"), put("a", "made a")],
            ),
        ] {
            let policy = format!(
                "<cache-value key='a' variable-name='a'><cache-value key='{inner}' variable-name='b' refresh-after='10'>{}\
                 </cache-value>{}</cache-value>",
                make("b"),
                make("a")
            );
            let exchange = outcomes.into_iter().fold(MemoryExchange::get("/"), MemoryExchange::outcome);
            // The place that it gives back is the one it took.
            let effects: Vec<Effect> = effects.into_iter().chain([give_back("a"), forward()]).collect();
            let [a, b] = [Expect::Variable("a", Some("made a")), Expect::Variable("b", Some(value))];
            check(&policy, exchange, &[a, b, Expect::Effects(&effects)]);
        }
    }

    #[test]
    fn key_and_variable_are_required() {
        for (policy, codes) in [
            ("<cache-value><value/></cache-value>", &["attribute-missing", "attribute-missing"][..]),
            ("<cache-value key='k' variable-name='v'><value><set-method/></value></cache-value>", &["value-invalid"]),
            ("<cache-value key='k' variable-name='v' expires-after='x'><value/></cache-value>", &["value-invalid"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
