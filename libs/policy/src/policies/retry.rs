//! `retry`: runs its policies once, then again while its condition holds, with pauses in between.
//!
//! `<retry condition="bool" count="1–50" interval="s" max-interval="s" delta="s" first-fast-retry="false">…</retry>` – `condition` and
//! `count` required; all sections. Pauses: `interval`; with `delta` it grows by that much each time; with `delta` and `max-interval` it grows
//! exponentially up to `max-interval`, by `(2^n − 1) × delta` with 20 % of chance. `first-fast-retry` leaves the first pause out.
//!
//! When a service cannot be reached or does not answer in time, the condition sees the response of such a failure, status 500, and
//! `context.LastError`; if the policies are not run again, the failure leads to `on-error` as it would without `retry`.

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
#[derive(Debug)]
pub(crate) struct Retry {
    /// Repetitions so far.
    done: u64,
    /// The policies ended with a failure, which the run has noted.
    pub(crate) has_failed: bool,
    /// Places of `limit-concurrency` and blocks of `cache-value` around the loop; a failure leaves those inside of it.
    places: usize,
    values: usize,
    /// A place is being given back.
    is_releasing: bool,
}

/// In front of the loop.
#[derive(Debug)]
struct Start;

impl Policy for Start {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let (places, values) = (context.state.places.len(), context.state.pending_values.len());
        context.state.retries.push(Retry { done: 0, has_failed: false, places, values, is_releasing: false });
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
        if context.state.places.len() > retry.places
            && let Some(key) = context.state.places.pop()
        {
            retry.is_releasing = true;
            return Step::Perform(Effect::Release { key });
        }
        context.state.pending_values.truncate(retry.values);
        if !self.condition.flag(context.values) || retry.done >= count {
            let has_failed = retry.has_failed;
            context.state.retries.pop();
            return if has_failed { Step::FailAfterAll } else { Step::Next };
        }
        retry.done += 1;
        let number = retry.done;
        match self.pause_ms(context, number, chance) {
            0 => Step::Repeat,
            milliseconds => Step::Perform(Effect::Sleep(milliseconds)),
        }
    }
}

impl Policy for Test {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        self.repeat(context)
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Done => match context.state.retries.last_mut() {
                Some(retry) if retry.is_releasing => {
                    retry.is_releasing = false;
                    self.repeat(context)
                }
                _ => Step::Repeat,
            },
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::counter_key;
    use crate::effect::{Effect, ForwardFailure, ForwardOptions, Outcome, SendFailure};
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

    fn unreachable() -> Outcome {
        Outcome::ForwardFailed(ForwardFailure::Connection("refused".to_owned()))
    }

    #[test]
    fn a_backend_that_cannot_be_reached_is_tried_again() {
        let policy = |condition: &str, inside: &str| {
            format!(
                "<policies><backend><retry condition='@({condition})' count='2' interval='1'>{inside}</retry></backend><outbound><set-header \
                 name='E'><value>@(context.LastError == null ? \"none\" : \"some\")</value></set-header></outbound></policies>"
            )
        };
        let forward = || Effect::Forward(ForwardOptions::default());
        let pause = || Effect::Sleep(1000);
        let exchange = || MemoryExchange::get("/").outcome(unreachable());
        let again = [forward(), pause(), forward()];
        for condition in [
            "context.Response.StatusCode == 500",
            "context.Response == null || context.Response.StatusCode >= 500",
            "context.LastError?.Reason == \"BackendConnectionFailure\"",
        ] {
            let expected = [Expect::Effects(&again), Expect::LastError(None), Expect::ResponseHeader("E", &["none"])];
            let exchange = exchange().outcome(Outcome::Done).outcome(Outcome::Forwarded);
            check(&policy(condition, "<forward-request/>"), exchange, &expected);
        }
        // What is not to be tried again, or was tried often enough, fails as it does without a loop.
        let failure = ("BackendConnectionFailure", "refused");
        let expected = [Expect::Effects(&[forward()]), Expect::LastError(Some(failure))];
        check(&policy("context.Response.StatusCode == 429", "<forward-request/>"), exchange(), &expected);
        let all = [forward(), pause(), forward(), pause(), forward()];
        let exchange_of_failures =
            exchange().outcome(Outcome::Done).outcome(unreachable()).outcome(Outcome::Done).outcome(unreachable());
        let expected = [Expect::Effects(&all), Expect::LastError(Some(failure))];
        check(&policy("true", "<forward-request/>"), exchange_of_failures, &expected);
    }

    #[test]
    fn a_failure_leads_to_the_end_of_its_own_loop() {
        // In front of another loop inside of the same one, and behind it; policies for language models stand before all others, and move them.
        let send = "<send-request response-variable-name='r'><set-url>http://s.test</set-url></send-request>";
        let other = "<retry condition='false' count='1'><set-variable name='ran' value='yes'/></retry>";
        let meter = "<llm-emit-token-metric><dimension name='API ID'/></llm-emit-token-metric>";
        for first in ["", meter] {
            for (inside, ran) in [(format!("{send}{other}"), None), (format!("{other}{send}"), Some("yes"))] {
                let policy = format!(
                    "<policies><inbound>{first}<retry condition='true' count='1'>{inside}</retry>{other}</inbound><backend/></policies>"
                );
                let failed = || Outcome::Sent(Err(SendFailure { timed_out: false, message: "refused".into() }));
                let exchange = MemoryExchange::get("/").outcome(failed()).outcome(failed());
                let expected = [
                    Expect::EffectCount(2),
                    Expect::Variable("ran", ran),
                    Expect::LastError(Some(("BackendConnectionFailure", "refused"))),
                ];
                check(&policy, exchange, &expected);
            }
        }
    }

    #[test]
    fn a_failure_gives_back_the_places_taken_inside_of_the_loop() {
        let policy = "<policies><backend><limit-concurrency key='a' max-count='9'><retry condition='true' count='1'>\
                      <limit-concurrency key='b' max-count='9'><forward-request/></limit-concurrency></retry>\
                      </limit-concurrency></backend></policies>";
        let [a, b] = ["a", "b"].map(|key| counter_key::scope("limit-concurrency", key));
        let (take, leave) = (|key| Effect::Acquire { key, max: 9 }, |key| Effect::Release { key });
        let forward = || Effect::Forward(ForwardOptions::default());
        let effects = [take(a), take(b), forward(), leave(b), take(b), forward(), leave(b), leave(a)];
        let exchange = MemoryExchange::get("/")
            .outcome(Outcome::Acquired(true))
            .outcome(Outcome::Acquired(true))
            .outcome(unreachable());
        check(policy, exchange, &[Expect::Effects(&effects), Expect::LastError(None)]);
    }

    #[test]
    fn errors_of_the_policies_themselves_are_not_tried_again() {
        let policy = "<retry condition='true' count='5'><set-variable name='v' value='@(int.Parse(\"x\"))'/></retry>";
        let message = "Expression evaluation failed. The input string 'x' was not in a correct format.";
        let expected = [Expect::EffectCount(0), Expect::LastError(Some(("ExpressionValueEvaluationFailure", message)))];
        check(policy, MemoryExchange::get("/"), &expected);
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
