//! `rate-limit-by-key`: at most so many calls of a key, whatever the key is, in a sliding window.
//!
//! ```xml
//! <rate-limit-by-key calls="100" renewal-period="60" counter-key="@(context.Request.IpAddress)" increment-condition="bool" increment-count="1"
//!                    retry-after-header-name="Retry-After" retry-after-variable-name="v" remaining-calls-header-name="h"
//!                    remaining-calls-variable-name="v" total-calls-header-name="h"/>
//! ```
//! `calls`, `renewal-period` (1–300 s) and `counter-key` required; these and the two `increment-…` may be expressions; inbound, all scopes, any
//! number of times. One counter per key for all scopes; limits with other `calls` or `renewal-period` count apart. Unlike `quota-by-key`, each
//! policy that names a key counts the call. Exceeded: 429.
//!
//! With an expression in `increment-condition` or `increment-count` that looks at the response, variables, the time taken or an error, or
//! with `increment-after-response="true"` (false unless given), the call is only checked here and counted when its response is known: calls
//! that come before that are all let through. Deviation: other expressions there do not wait, and the limit holds exactly. A call that
//! counts for more than is left uses up what is left.

use super::call_limit::Names;
use crate::builder::Builder;
use crate::counter_key;
use crate::deferred::{Increment, Target};
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional, required,
};
use crate::effect::{CountResult, CountSome, Effect, Limit, Outcome};
use crate::given::Given;
use crate::limits::RENEWAL_PERIOD_SECONDS_MAX;
use crate::policy::{Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "rate-limit-by-key",
        attributes: &[
            required("calls", Expression::Allowed, ValueRule::Integer(0, u64::MAX)),
            required("renewal-period", Expression::Allowed, ValueRule::Integer(1, RENEWAL_PERIOD_SECONDS_MAX)),
            required("counter-key", Expression::Allowed, ValueRule::NonEmpty),
            optional("increment-condition", Expression::Allowed, ValueRule::Boolean),
            optional("increment-count", Expression::Allowed, ValueRule::Integer(0, u64::MAX)),
            optional("increment-after-response", Expression::Forbidden, ValueRule::Boolean),
            optional("retry-after-header-name", Expression::Forbidden, ValueRule::Token),
            optional("retry-after-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
            optional("remaining-calls-header-name", Expression::Forbidden, ValueRule::Token),
            optional("remaining-calls-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
            optional("total-calls-header-name", Expression::Forbidden, ValueRule::Token),
        ],
        content: Content::Empty,
    },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build,
};

#[derive(Debug)]
struct RateLimitByKey {
    calls: Given<u64>,
    window_s: Given<u64>,
    key: Given<Box<str>>,
    increment: Increment,
    names: Names,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    Built::policy(RateLimitByKey {
        calls: builder.number_attribute(element, "calls")??,
        window_s: builder.number_attribute(element, "renewal-period")??,
        key: builder.text_attribute(element, "counter-key")??,
        increment: Increment::from(element, builder)?,
        names: Names::from(element),
    })
}

impl RateLimitByKey {
    fn limit(&self, context: &PolicyContext<'_>) -> Result<Limit, String> {
        let window_s = self.window_s.number(context.values);
        if !(1..=RENEWAL_PERIOD_SECONDS_MAX).contains(&window_s) {
            return Err(format!("renewal-period must be from 1 to {RENEWAL_PERIOD_SECONDS_MAX}, not {window_s}"));
        }
        Ok(Limit {
            key: counter_key::scope("rate-limit-by-key", self.key.text(context.values)),
            calls: self.calls.number(context.values),
            window_s: u32::try_from(window_s).unwrap_or(u32::MAX),
        })
    }
}

impl Policy for RateLimitByKey {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let limit = match self.limit(context) {
            Ok(limit) => limit,
            Err(message) => return Step::Fail(Box::new(Failure::unusable_value(message))),
        };
        if limit.calls == 0 {
            let closed = CountResult { allowed: false, remaining: 0, retry_after_s: limit.window_s, which: 0 };
            return self.names.tell(context, 0, closed);
        }
        Step::Perform(Effect::CountSome(CountSome {
            limit,
            increment: self.increment.now(context.values),
            late: false,
        }))
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        let (Outcome::Counted(result), Ok(limit)) = (outcome, self.limit(context)) else {
            return Step::Fail(Box::new(Failure::wrong_outcome()));
        };
        if result.allowed {
            context.state.deferred.extend(self.increment.later(context.values, Target::Rate(limit)));
        }
        self.names.tell(context, limit.calls, result)
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Expect, MemoryExchange, check};

    fn counted(allowed: bool, remaining: u64, retry_after_s: u32) -> MemoryExchange {
        MemoryExchange::get("/").outcome(Outcome::Counted(CountResult { allowed, remaining, retry_after_s, which: 0 }))
    }

    fn count(key: &str, calls: u64, window_s: u32, increment: u64, late: bool) -> Effect {
        let key = counter_key::scope("rate-limit-by-key", key);
        Effect::CountSome(CountSome { limit: Limit { key, calls, window_s }, increment, late })
    }

    fn forward() -> Effect {
        Effect::Forward(crate::effect::ForwardOptions::default())
    }

    #[test]
    fn every_attribute_reaches_the_count() {
        let by_ip = "@(context.Request.IpAddress)";
        for (attributes, effect) in [
            ("calls='3' renewal-period='15' counter-key='k'", count("k", 3, 15, 1, false)),
            (
                "calls='@(1 + 2)' renewal-period='@(\"15\")' counter-key='@(context.Api.Id)'",
                count("echo", 3, 15, 1, false),
            ),
            (&format!("calls='3' renewal-period='300' counter-key='{by_ip}'"), count("203.0.113.7", 3, 300, 1, false)),
            ("calls='30' renewal-period='15' counter-key='k' increment-count='5'", count("k", 30, 15, 5, false)),
            (
                "calls='30' renewal-period='15' counter-key='k' increment-condition='false'",
                count("k", 30, 15, 0, false),
            ),
            // Expressions that see nothing but the request are counted at once too.
            ("calls='30' renewal-period='15' counter-key='k' increment-count='@(2.9)'", count("k", 30, 15, 2, false)),
            ("calls='30' renewal-period='15' counter-key='k' increment-count='@(-1)'", count("k", 30, 15, 0, false)),
            (
                "calls='30' renewal-period='15' counter-key='k' increment-count='4' \
                 increment-condition='@(context.Request.Method == \"GET\")'",
                count("k", 30, 15, 4, false),
            ),
            (
                "calls='30' renewal-period='15' counter-key='k' increment-condition='@(context.Request.Method == \"PUT\")'",
                count("k", 30, 15, 0, false),
            ),
        ] {
            let policy = format!("<rate-limit-by-key {attributes}/>");
            check(&policy, counted(true, 1, 0), &[Expect::Effects(&[effect, forward()])]);
        }
    }

    #[test]
    fn conditions_and_counts_that_look_at_the_end_are_evaluated_there() {
        let policy = |more: &str| format!("<rate-limit-by-key calls='9' renewal-period='9' counter-key='k' {more}/>");
        let look = || count("k", 9, 9, 0, false);
        for (more, late) in [
            ("increment-condition='@(context.Response.StatusCode == 200)'", Some(1)),
            ("increment-condition='@(context.Response.StatusCode == 500)'", None),
            ("increment-count='@(context.Response.StatusCode / 100)'", Some(2)),
            ("increment-count='@{ dynamic c = context; return c.Response.StatusCode / 100; }'", Some(2)),
            ("increment-count='@(context.Variables.Count + 7)'", Some(7)),
            ("increment-condition='@(context.LastError == null)'", Some(1)),
            ("increment-condition='@(context.Elapsed.Ticks &gt;= 0)'", Some(1)),
            ("increment-after-response='true'", Some(1)),
            ("increment-after-response='true' increment-count='3' increment-condition='true'", Some(3)),
            ("increment-after-response='true' increment-condition='false'", None),
            ("increment-after-response='true' increment-count='@(2)' increment-condition='@(true)'", Some(2)),
            ("increment-count='@(context.Response.StatusCode - 200)'", None),
            ("increment-condition='@(context.Response != null)' increment-count='@(2.9)'", Some(2)),
            ("increment-condition='@(context.Response != null)' increment-count='4'", Some(4)),
            ("increment-condition='@(false)' increment-count='@(context.Response.StatusCode)'", None),
            ("increment-condition='false' increment-count='@(context.Response.StatusCode)'", None),
            // An error there touches nothing.
            ("increment-condition='@(int.Parse(context.Response.StatusReason) == 0)'", None),
        ] {
            let effects: Vec<Effect> =
                [look(), forward()].into_iter().chain(late.map(|n| count("k", 9, 9, n, true))).collect();
            let expected = [Expect::Effects(&effects), Expect::Response(200, "from the backend")];
            check(&policy(more), counted(true, 1, 0), &expected);
        }
        // A call that is refused does not count.
        let refused = policy("increment-condition='@(context.Response != null)'");
        check(&refused, counted(false, 0, 5), &[Expect::EffectCount(1)]);
    }

    #[test]
    fn results_are_told_as_by_rate_limit() {
        let policy = "<rate-limit-by-key calls='10' renewal-period='60' counter-key='k' retry-after-header-name='X-Retry' \
                      retry-after-variable-name='retry' remaining-calls-header-name='X-Left' \
                      remaining-calls-variable-name='left' total-calls-header-name='X-Total'/>";
        let allowed = [
            Expect::ResponseHeader("X-Left", &["3"]),
            Expect::ResponseHeader("X-Total", &["10"]),
            Expect::Variable("left", Some("3")),
        ];
        check(policy, counted(true, 3, 0), &allowed);
        let body = "{ \"statusCode\": 429, \"message\": \"Rate limit is exceeded. Try again in 7 seconds.\" }";
        let refused = [
            Expect::Response(429, body),
            Expect::ResponseHeader("X-Retry", &["7"]),
            Expect::ResponseHeader("X-Total", &["10"]),
            Expect::Variable("retry", Some("7")),
            Expect::Variable("left", Some("0")),
            Expect::LastError(Some(("RateLimitExceeded", "Rate limit is exceeded"))),
        ];
        check(policy, counted(false, 0, 7), &refused);
    }

    #[test]
    fn variables_hold_an_int_as_in_the_original() {
        let policy = "<rate-limit-by-key calls='10' renewal-period='60' counter-key='k' remaining-calls-variable-name='left'/>\
                      <set-header name='X-Next'><value>@(((int)context.Variables[\"left\"] + 1).ToString())</value></set-header>";
        check(policy, counted(true, 3, 0), &[Expect::RequestHeader("X-Next", &["4"])]);
    }

    #[test]
    fn limits_that_cannot_be_are_refused_when_they_are_known() {
        let closed = "<rate-limit-by-key calls='0' renewal-period='30' counter-key='k'/>";
        let expected = [Expect::EffectCount(0), Expect::ResponseHeader("Retry-After", &["30"])];
        check(closed, MemoryExchange::get("/"), &expected);
        for attributes in [
            "calls='1' renewal-period='@(301)' counter-key='k'",
            "calls='1' renewal-period='@(0)' counter-key='k'",
            "calls='@(-1)' renewal-period='1' counter-key='k'",
        ] {
            let policy = format!("<rate-limit-by-key {attributes}/>");
            check(&policy, MemoryExchange::get("/"), &[Expect::EffectCount(0), Expect::Response(500, INTERNAL)]);
        }
    }

    const INTERNAL: &str = "{ \"statusCode\": 500, \"message\": \"Internal server error\", \
                            \"activityId\": \"87aeb87f-192c-424c-84d1-32d5bbfec437\" }";

    #[test]
    fn wrong_attributes_and_places_are_refused() {
        let good = "calls='1' renewal-period='1' counter-key='k'";
        for (policy, codes) in [
            ("<rate-limit-by-key/>".to_owned(), &["attribute-missing", "attribute-missing", "attribute-missing"][..]),
            ("<rate-limit-by-key calls='1' renewal-period='301' counter-key='k'/>".to_owned(), &["value-invalid"]),
            (format!("<rate-limit-by-key {good} increment-condition='maybe'/>"), &["value-invalid"]),
            (format!("<rate-limit-by-key {good} increment-condition='@(1)'/>"), &["expression-invalid"]),
            (format!("<rate-limit-by-key {good} retry-after-header-name='@(\"a\")'/>"), &["expression-not-allowed"]),
            (format!("<policies><outbound><rate-limit-by-key {good}/></outbound></policies>"), &["wrong-section"]),
            (format!("<rate-limit-by-key {good}/><rate-limit-by-key {good}/>"), &[]),
        ] {
            check(&policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
