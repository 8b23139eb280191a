//! `limit-concurrency`: at most so many requests at a time run the policies inside.
//!
//! `<limit-concurrency key="k" max-count="n">…</limit-concurrency>` – both required, `max-count` literal; all sections. A request that finds
//! no place is answered 429 at once. Policies with the same key share places; the count is that of this gateway process.

use crate::counter_key;
use crate::definition::{Content, ElementRule, Expression, ValueRule, required};
use crate::document::flow::{FlowDefinition, FlowReader};
use crate::document::{FlowKind, Part};
use crate::effect::{Effect, Outcome};
use crate::given::Given;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

pub(super) static FLOW: FlowDefinition = FlowDefinition {
    rule: ElementRule {
        element: "limit-concurrency",
        attributes: &[
            required("key", Expression::Allowed, ValueRule::Text),
            required("max-count", Expression::Forbidden, ValueRule::Integer(1, u32::MAX as u64)),
        ],
        content: Content::Policies,
    },
    sections: Sections::ALL,
    kind: FlowKind::Bracket,
    read,
};

fn read(reader: &mut FlowReader<'_, '_, '_>, element: &Element) -> Option<Vec<Part>> {
    let max = u32::try_from(element.number("max-count").unwrap_or(1)).unwrap_or(u32::MAX);
    let enter =
        reader.head(element, "", |builder| Some(Enter { key: builder.text(&element.attribute("key")?.value)?, max }));
    let items = reader.items(element, "");
    let leave = reader.head(element, "", |_| Some(Leave))?;
    Some(vec![Part { head: enter?, items }, Part { head: leave, items: Box::default() }])
}

/// In front: takes a place.
#[derive(Debug)]
struct Enter {
    key: Given<Box<str>>,
    max: u32,
}

impl Policy for Enter {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let key = counter_key::scope("limit-concurrency", self.key.text(context.values));
        context.state.places.push(key);
        Step::Perform(Effect::Acquire { key, max: self.max })
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Acquired(true) => Step::Next,
            Outcome::Acquired(false) => {
                context.state.places.pop();
                Step::Fail(Box::new(Failure {
                    reason: "ConcurrencyLimitExceeded".into(),
                    message: "Concurrency limit is exceeded.".into(),
                    response: DefaultResponse::Message {
                        status: 429,
                        message: "Concurrency limit is exceeded.".into(),
                    },
                }))
            }
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }
}

/// Behind: gives it back.
#[derive(Debug)]
struct Leave;

impl Policy for Leave {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        match context.state.places.pop() {
            Some(key) => Step::Perform(Effect::Release { key }),
            None => Step::Next,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::counter_key;
    use crate::effect::{Effect, ForwardOptions, Outcome};
    use crate::testing::{Expect, MemoryExchange, check};

    const POLICY: &str = "<policies><backend><limit-concurrency key='k' max-count='3'><forward-request/>\
                          </limit-concurrency></backend></policies>";

    #[test]
    fn a_place_is_taken_around_the_policies_inside() {
        let key = counter_key::scope("limit-concurrency", "k");
        let effects =
            [Effect::Acquire { key, max: 3 }, Effect::Forward(ForwardOptions::default()), Effect::Release { key }];
        check(POLICY, MemoryExchange::get("/"), &[Expect::Effects(&effects)]);
    }

    #[test]
    fn without_a_place_the_answer_is_429_at_once() {
        let body = "{ \"statusCode\": 429, \"message\": \"Concurrency limit is exceeded.\" }";
        let exchange = MemoryExchange::get("/").outcome(Outcome::Acquired(false));
        check(POLICY, exchange, &[Expect::Response(429, body), Expect::EffectCount(1)]);
    }

    #[test]
    fn key_and_count_are_required_and_the_count_is_literal() {
        for (policy, codes) in [
            ("<limit-concurrency/>", &["attribute-missing", "attribute-missing"][..]),
            ("<limit-concurrency key='k' max-count='0'/>", &["value-invalid"]),
            ("<limit-concurrency key='k' max-count='@(1)'/>", &["expression-not-allowed"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
