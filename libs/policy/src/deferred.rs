//! Counting that waits for the response: `increment-condition` and `increment-count` may look at it; APIM evaluates them at the end of
//! `outbound` when they are expressions, and `increment-after-response` asks for that without one. Here they are evaluated when the
//! response is decided, also when `on-error` decided it, and before it is sent.
//!
//! What must hold: an expression that can see nothing but the request does not wait, and is counted when the limit is checked. What
//! waits is counted too late for the calls that come meanwhile.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::builder::{Builder, PolicyExpression, Timing};
use crate::effect::{CountSome, Effect, Limit, Quota, QuotaRequest};
use crate::expression::value::Value;
use crate::given::{Given, Wanted};
use crate::reader::Element;
use crate::run::RunState;

/// The attributes `increment-condition`, `increment-count` and `increment-after-response`.
#[derive(Debug)]
pub(crate) struct Increment {
    condition: Part<Given<bool>>,
    count: Part<Given<u64>>,
    /// Counted when the response is known, whatever the two are.
    after_response: bool,
}

/// Known when the limit is checked, or an expression for later.
#[derive(Debug)]
enum Part<T> {
    Known(T),
    Later(Arc<PolicyExpression>),
}

impl<T> Part<T> {
    fn map<U>(&self, known: impl FnOnce(&T) -> U) -> Part<U> {
        match self {
            Part::Known(value) => Part::Known(known(value)),
            Part::Later(expression) => Part::Later(Arc::clone(expression)),
        }
    }
}

impl Increment {
    /// `None`: errors were reported.
    pub(crate) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Increment> {
        let condition = match element.attribute("increment-condition") {
            Some(attribute) if !attribute.value.is_literal() => part(builder.timed(&attribute.value, Wanted::Boolean)?),
            _ => Part::Known(Given::Literal(element.flag("increment-condition", true))),
        };
        let count = match element.attribute("increment-count") {
            Some(attribute) if !attribute.value.is_literal() => part(builder.timed(&attribute.value, Wanted::Number)?),
            _ => Part::Known(Given::Literal(element.number("increment-count").unwrap_or(1))),
        };
        Some(Increment { condition, count, after_response: element.flag("increment-after-response", false) })
    }

    /// What is counted at once; 0 when that is not known yet or nothing. `values` are those of the policy.
    pub(crate) fn now(&self, values: &[Value]) -> u64 {
        match (&self.condition, &self.count) {
            // Negative counts are none; what is behind the point does not count.
            (Part::Known(condition), Part::Known(count)) if !self.after_response && condition.flag(values) => {
                count.whole(values)
            }
            _ => 0,
        }
    }

    /// What is counted when the response is known, if anything.
    pub(crate) fn later(&self, values: &[Value], target: Target) -> Option<Deferred> {
        match (&self.condition, &self.count) {
            (Part::Known(condition), _) if !condition.flag(values) => None,
            (Part::Known(_), Part::Known(_)) if !self.after_response => None,
            (condition, count) => Some(Deferred {
                condition: condition.map(|given| given.flag(values)),
                count: count.map(|given| given.whole(values)),
                target,
            }),
        }
    }
}

fn part<T>(timing: Timing) -> Part<Given<T>> {
    match timing {
        Timing::WithThePolicy(at) => Part::Known(Given::Expression(at)),
        Timing::AtTheEnd(expression) => Part::Later(expression),
    }
}

/// Where it is counted.
#[derive(Debug)]
pub(crate) enum Target {
    Rate(Limit),
    Quota(Quota),
}

/// Something to count when the response is known.
#[derive(Debug)]
pub(crate) struct Deferred {
    condition: Part<bool>,
    count: Part<u64>,
    target: Target,
}

impl Deferred {
    /// The expression to evaluate when `done` of them are.
    pub(crate) fn expression(&self, done: usize) -> Option<Arc<PolicyExpression>> {
        let condition = if let Part::Later(expression) = &self.condition { Some(expression) } else { None };
        let count = if let Part::Later(expression) = &self.count { Some(expression) } else { None };
        condition.into_iter().chain(count).nth(done).cloned()
    }

    /// What to do, with the values of the expressions.
    pub(crate) fn effect(self, values: &[Value], state: &mut RunState) -> Option<Effect> {
        let mut values = values.iter();
        let is_wanted = match self.condition {
            Part::Known(flag) => flag,
            Part::Later(_) => matches!(values.next(), Some(Value::Bool(true))),
        };
        let increment = match self.count {
            Part::Known(count) => count,
            Part::Later(_) => match values.next() {
                // Negative counts are none; what is behind the point does not count.
                Some(Value::Double(count)) => *count as u64,
                _ => 0,
            },
        };
        if !is_wanted || increment == 0 {
            return None;
        }
        match self.target {
            Target::Rate(limit) => Some(Effect::CountSome(CountSome { limit, increment, late: true })),
            Target::Quota(quota) => {
                let counted = state.quotas.calls(quota.key);
                state.quotas.add(&quota, increment);
                let quotas = SmallVec::from_iter([quota]);
                let request = QuotaRequest { quotas, increment, counted: 0, late: true };
                counted.is_none().then(|| Effect::Quota(Box::new(request)))
            }
        }
    }
}
