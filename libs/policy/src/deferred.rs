//! Counting that waits for the response: `increment-condition` and `increment-count` may look at it, so APIM evaluates them at the end of
//! `outbound`; `increment-after-response` asks for that without an expression. Here they are evaluated when the response is decided, also
//! when `on-error` decided it, and before it is sent.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::builder::{Builder, PolicyExpression};
use crate::effect::{CountSome, Effect, Limit, Quota, QuotaRequest};
use crate::expression::value::Value;
use crate::given::Wanted;
use crate::reader::Element;
use crate::run::RunState;

/// The attributes `increment-condition`, `increment-count` and `increment-after-response`.
#[derive(Debug)]
pub(crate) struct Increment {
    condition: Part<bool>,
    count: Part<u64>,
    /// Counted when the response is known, whatever the two are.
    after_response: bool,
}

/// A literal, or an expression for later.
#[derive(Debug, Clone)]
enum Part<T> {
    Literal(T),
    Expression(Arc<PolicyExpression>),
}

impl Increment {
    /// `None`: errors were reported.
    pub(crate) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Increment> {
        let condition = match element.attribute("increment-condition") {
            Some(attribute) if !attribute.value.is_literal() => {
                Part::Expression(builder.deferred(&attribute.value, Wanted::Boolean)?)
            }
            _ => Part::Literal(element.flag("increment-condition", true)),
        };
        let count = match element.attribute("increment-count") {
            Some(attribute) if !attribute.value.is_literal() => {
                Part::Expression(builder.deferred(&attribute.value, Wanted::Number)?)
            }
            _ => Part::Literal(element.number("increment-count").unwrap_or(1)),
        };
        Some(Increment { condition, count, after_response: element.flag("increment-after-response", false) })
    }

    /// What is counted at once; 0 when that is not known yet or nothing.
    pub(crate) fn now(&self) -> u64 {
        match (&self.condition, &self.count) {
            (Part::Literal(true), Part::Literal(count)) if !self.after_response => *count,
            _ => 0,
        }
    }

    /// What is counted when the response is known, if anything.
    pub(crate) fn later(&self, target: Target) -> Option<Deferred> {
        match (&self.condition, &self.count) {
            (Part::Literal(false), _) => None,
            (Part::Literal(true), Part::Literal(_)) if !self.after_response => None,
            (condition, count) => Some(Deferred { condition: condition.clone(), count: count.clone(), target }),
        }
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
        let condition = if let Part::Expression(expression) = &self.condition { Some(expression) } else { None };
        let count = if let Part::Expression(expression) = &self.count { Some(expression) } else { None };
        condition.into_iter().chain(count).nth(done).cloned()
    }

    /// What to do, with the values of the expressions.
    pub(crate) fn effect(self, values: &[Value], state: &mut RunState) -> Option<Effect> {
        let mut values = values.iter();
        let is_wanted = match self.condition {
            Part::Literal(flag) => flag,
            Part::Expression(_) => matches!(values.next(), Some(Value::Bool(true))),
        };
        let increment = match self.count {
            Part::Literal(count) => count,
            Part::Expression(_) => match values.next() {
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
                if state.quota_keys.contains(&quota.key) {
                    return None;
                }
                state.quota_keys.push(quota.key);
                state.bandwidth.extend(quota.bytes.map(|_| quota));
                let quotas = SmallVec::from_iter([quota]);
                Some(Effect::Quota(Box::new(QuotaRequest { quotas, increment, late: true })))
            }
        }
    }
}
