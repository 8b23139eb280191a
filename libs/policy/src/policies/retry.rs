//! `retry`: runs its policies once, then again while its condition holds, with pauses in between.
//!
//! `<retry condition="bool" count="1–50" interval="s" max-interval="s" delta="s" first-fast-retry="false">…</retry>` – `condition` and
//! `count` required; all sections. Pauses: `interval`; with `delta` it grows by that much each time; with `delta` and `max-interval` it grows
//! exponentially up to `max-interval`, by `(2^n − 1) × delta` with 20 % of chance. `first-fast-retry` leaves the first pause out.

use std::sync::Arc;

use crate::definition::{Content, ElementRule, Expression, ValueRule, optional, required};
use crate::document::flow::{FlowDefinition, FlowReader};
use crate::document::{FlowKind, Part};
use crate::effect::{Effect, Outcome};
use crate::given::Given;
use crate::limits;
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

pub(super) static FLOW: FlowDefinition = FlowDefinition {
    rule: ElementRule {
        element: "retry",
        attributes: &[
            required("condition", Expression::Allowed, ValueRule::Boolean),
            required("count", Expression::Allowed, ValueRule::Integer(1, limits::RETRY_COUNT_MAX)),
            optional("interval", Expression::Allowed, ValueRule::Integer(0, limits::RETRY_INTERVAL_SECONDS_MAX)),
            optional("max-interval", Expression::Allowed, ValueRule::Integer(0, limits::RETRY_INTERVAL_SECONDS_MAX)),
            optional("delta", Expression::Allowed, ValueRule::Integer(0, limits::RETRY_INTERVAL_SECONDS_MAX)),
            optional("first-fast-retry", Expression::Allowed, ValueRule::Boolean),
        ],
        content: Content::Policies,
    },
    sections: Sections::ALL,
    kind: FlowKind::Loop,
    read,
};

fn read(reader: &mut FlowReader<'_, '_, '_>, element: &Element) -> Option<Vec<Part>> {
    let start = reader.head(element, "", |_| Some(Start))?;
    let items = reader.items(element, "");
    let test = reader.head(element, "", |builder| {
        Some(Test {
            condition: builder.flag_attribute(element, "condition", false)?,
            count: builder.number_attribute(element, "count")?.unwrap_or(Given::Literal(1)),
            interval: builder.number_attribute(element, "interval")?.unwrap_or(Given::Literal(0)),
            max_interval: builder.number_attribute(element, "max-interval")?,
            delta: builder.number_attribute(element, "delta")?,
            first_fast_retry: builder.flag_attribute(element, "first-fast-retry", false)?,
        })
    })?;
    Some(vec![Part { head: start, items }, Part { head: Arc::clone(&test), items: Box::default() }])
}

/// A loop being run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Retry {
    /// Repetitions so far.
    done: u64,
}

/// In front of the loop.
#[derive(Debug)]
struct Start;

impl Policy for Start {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        context.state.retries.push(Retry::default());
        Step::Next
    }
}

/// Behind the loop: back to its start, or on.
#[derive(Debug)]
struct Test {
    condition: Given<bool>,
    count: Given<u64>,
    interval: Given<u64>,
    max_interval: Option<Given<u64>>,
    delta: Option<Given<u64>>,
    first_fast_retry: Given<bool>,
}

impl Test {
    /// Pause in front of repetition `number`, counted from 1, in milliseconds. `chance` is from 0 to 1.
    fn pause_ms(&self, context: &PolicyContext<'_>, number: u64, chance: f64) -> u64 {
        if number == 1 && self.first_fast_retry.flag(context.values) {
            return 0;
        }
        let number_of = |given: &Given<u64>| given.number(context.values).min(limits::RETRY_INTERVAL_SECONDS_MAX);
        let interval = number_of(&self.interval) as f64;
        let steps = number - 1;
        let seconds = match (self.delta.as_ref().map(number_of), self.max_interval.as_ref().map(number_of)) {
            (Some(delta), Some(longest)) => {
                let factor = 2_f64.powi(i32::try_from(steps).unwrap_or(i32::MAX)) - 1.0;
                (interval + factor * delta as f64 * (0.8 + 0.4 * chance)).min(longest as f64)
            }
            (Some(delta), None) => interval + steps as f64 * delta as f64,
            (None, Some(longest)) => interval.min(longest as f64),
            (None, None) => interval,
        };
        (seconds.min(limits::RETRY_INTERVAL_SECONDS_MAX as f64) * 1000.0) as u64
    }

    fn repeat(&self, context: &mut PolicyContext<'_>) -> Step {
        let chance = (context.exchange.random() >> 11) as f64 / (1_u64 << 53) as f64;
        let count = self.count.number(context.values).min(limits::RETRY_COUNT_MAX);
        let Some(retry) = context.state.retries.last_mut() else { return Step::Next };
        if !self.condition.flag(context.values) || retry.done >= count {
            context.state.retries.pop();
            return Step::Next;
        }
        retry.done += 1;
        let number = retry.done;
        match self.pause_ms(context, number, chance) {
            0 => Step::Jump,
            milliseconds => Step::Perform(Effect::Sleep(milliseconds)),
        }
    }
}

impl Policy for Test {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        self.repeat(context)
    }

    fn resume(&self, _context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Done => Step::Jump,
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::effect::Effect;
    use crate::section::Section;
    use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

    /// Pauses of a loop that never succeeds, in milliseconds.
    fn pauses(attributes: &str) -> Vec<u64> {
        let policy = format!(
            "<policies><inbound><retry condition='true' {attributes}><set-method>GET</set-method></retry></inbound><backend/></policies>"
        );
        let (program, diagnostics) = compile_one(&policy);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let mut run = crate::run::Run::new();
        let effects = drive(&program, &mut MemoryExchange::get("/"), &mut run);
        assert_eq!(run.section(), Section::Outbound);
        effects
            .iter()
            .map(|effect| match effect {
                Effect::Sleep(milliseconds) => *milliseconds,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn pauses_are_fixed_linear_or_exponential() {
        assert_eq!(pauses("count='3' interval='2'"), [2000, 2000, 2000]);
        assert_eq!(pauses("count='3' interval='2' first-fast-retry='true'"), [2000, 2000]);
        assert_eq!(pauses("count='4' interval='1' delta='2'"), [1000, 3000, 5000, 7000]);
        assert_eq!(pauses("count='2'"), [0_u64; 0]);
        let exponential = pauses("count='6' interval='10' max-interval='100' delta='10'");
        for (pause, (low, high)) in exponential.iter().zip([
            (10_000, 10_000),
            (18_000, 22_000),
            (34_000, 46_000),
            (66_000, 94_000),
            (100_000, 100_000),
            (100_000, 100_000),
        ]) {
            assert!((low..=high).contains(pause), "{exponential:?}");
        }
    }

    #[test]
    fn the_policies_run_once_and_then_as_often_as_allowed() {
        let policy = |condition: &str, count: u64| {
            format!(
                "<policies><backend><retry condition='{condition}' count='{count}'><forward-request/></retry></backend></policies>"
            )
        };
        check(&policy("false", 5), MemoryExchange::get("/"), &[Expect::EffectCount(1)]);
        check(&policy("true", 5), MemoryExchange::get("/"), &[Expect::EffectCount(6)]);
        check(&policy("true", 50), MemoryExchange::get("/"), &[Expect::EffectCount(51)]);
    }

    #[test]
    fn loops_nest() {
        let policy = "<policies><backend><retry condition='true' count='2'><retry condition='true' count='3'>\
                      <forward-request/></retry></retry></backend></policies>";
        check(policy, MemoryExchange::get("/"), &[Expect::EffectCount(3 * 4)]);
    }

    #[test]
    fn counts_have_bounds() {
        for (policy, codes) in [
            ("<retry condition='true' count='0'/>", &["value-invalid"][..]),
            ("<retry condition='true' count='51'/>", &["value-invalid"]),
            ("<retry count='1'/>", &["attribute-missing"]),
            ("<retry condition='true'/>", &["attribute-missing"]),
            ("<retry condition='true' count='1' interval='-1'/>", &["value-invalid"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
