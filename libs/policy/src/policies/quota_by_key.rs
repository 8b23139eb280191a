//! `quota-by-key`: at most so many calls or kilobytes of a key, whatever the key is, in a fixed period.
//!
//! `<quota-by-key calls="number" bandwidth="kilobytes" renewal-period="seconds" counter-key="key" increment-condition="bool" increment-count="1"
//! first-period-start="yyyy-MM-ddTHH:mm:ssZ"/>` – `calls` or `bandwidth`, `renewal-period` (0: never renewed, else at least 300) and
//! `counter-key` required; the key and the two `increment-…` may be expressions; inbound, all scopes, any number of times.
//!
//! A request counts once against a key, however many policies name it, and none of them holds that call against it; the same key with
//! another period is another counter. With an expression in `increment-condition` or `increment-count` that looks at the response, variables, the time taken or an error the call is only
//! checked here and counted when its response is known. Deviation: other expressions there do not wait, and the limit holds exactly. Bytes are
//! those of the request and the response, counted when the response has been sent. Exceeded: 403.

use postern_dotnet::date::{DateTimeOffset, DateTimeStyles};
use smallvec::SmallVec;

use super::quota_limit::{self, Amounts};
use crate::builder::Builder;
use crate::counter_key;
use crate::deferred::{Increment, Target};
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional, required,
};
use crate::effect::{Effect, Outcome, Quota, QuotaRequest, QuotaResult};
use crate::given::Given;
use crate::policy::{Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::Sections;

/// Shortest period that renews, in seconds (APIM).
const PERIOD_SECONDS_MIN: u64 = 300;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "quota-by-key",
        attributes: &[
            optional("calls", Expression::Forbidden, ValueRule::Integer(0, u64::MAX)),
            optional("bandwidth", Expression::Forbidden, ValueRule::Integer(0, u64::MAX)),
            required("renewal-period", Expression::Forbidden, ValueRule::Integer(0, quota_limit::PERIOD_SECONDS_MAX)),
            required("counter-key", Expression::Allowed, ValueRule::NonEmpty),
            optional("increment-condition", Expression::Allowed, ValueRule::Boolean),
            optional("increment-count", Expression::Allowed, ValueRule::Integer(0, u64::MAX)),
            optional("first-period-start", Expression::Forbidden, ValueRule::NonEmpty),
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
struct QuotaByKey {
    amounts: Amounts,
    start_s: i64,
    key: Given<Box<str>>,
    increment: Increment,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let amounts = Amounts::from(element, None, builder)?;
    if (1..PERIOD_SECONDS_MIN).contains(&amounts.period_s) {
        let message = format!("attribute `renewal-period` must be 0 or at least {PERIOD_SECONDS_MIN}");
        builder.error(element.offset, "value-invalid", message);
        return None;
    }
    let start_s = match element.literal("first-period-start") {
        None => quota_limit::BEGINNING_S,
        Some(text) => match start(text) {
            Some(start_s) => start_s,
            None => {
                let message = "attribute `first-period-start` must be a time such as 2024-01-31T00:00:00Z";
                builder.error(element.offset, "value-invalid", message);
                return None;
            }
        },
    };
    let key = builder.text_attribute(element, "counter-key")??;
    Built::policy(QuotaByKey { amounts, start_s, key, increment: Increment::from(element, builder)? })
}

fn start(text: &str) -> Option<i64> {
    // The library reads many more forms; this one alone is documented.
    let is_instant = text.len() >= 20 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    let time = DateTimeOffset::parse(text, DateTimeStyles::default(), DateTimeOffset::MIN.utc_date_time())
        .ok()
        .filter(|_| is_instant)?;
    Some(time.to_unix_time_seconds())
}

impl QuotaByKey {
    fn quota(&self, context: &PolicyContext<'_>) -> Quota {
        let (period, start) = (self.amounts.period_s.to_string(), self.start_s.to_string());
        let key = counter_key::scope("quota-by-key", self.key.text(context.values));
        self.amounts.quota(counter_key::narrowed(key, &period, &start), self.start_s)
    }
}

impl Policy for QuotaByKey {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let quota = self.quota(context);
        let counted = context.state.quotas.calls(quota.key);
        let increment = if counted.is_some() { 0 } else { self.increment.now(context.values) };
        let quotas = SmallVec::from_iter([quota]);
        let request = QuotaRequest { quotas, increment, counted: counted.unwrap_or(0), late: false };
        Step::Perform(Effect::Quota(Box::new(request)))
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        let quota = self.quota(context);
        if matches!(outcome, Outcome::QuotaCounted(QuotaResult { exceeded: None, .. })) {
            let calls = self.increment.now(context.values);
            if calls > 0 {
                context.state.quotas.add(&quota, calls);
            }
            context.state.deferred.extend(self.increment.later(context.values, Target::Quota(quota)));
        }
        quota_limit::answered(context, &outcome)
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::{ForwardOptions, QuotaKind};
    use crate::run::Run;
    use crate::testing::{self, Expect, MemoryExchange, check};

    fn effect(key: &str, amounts: (Option<u64>, Option<u64>), start_s: i64, increment: u64, late: bool) -> Effect {
        let key = counter_key::narrowed(counter_key::scope("quota-by-key", key), "300", &start_s.to_string());
        let quota = Quota { key, calls: amounts.0, bytes: amounts.1, period_s: 300, start_s };
        Effect::Quota(Box::new(QuotaRequest { quotas: SmallVec::from_iter([quota]), increment, counted: 0, late }))
    }

    fn forward() -> Effect {
        Effect::Forward(ForwardOptions::default())
    }

    #[test]
    fn every_attribute_reaches_the_count() {
        let beginning = quota_limit::BEGINNING_S;
        for (attributes, expected) in [
            ("calls='100' counter-key='k'", effect("k", (Some(100), None), beginning, 1, false)),
            ("bandwidth='2' counter-key='k'", effect("k", (None, Some(2048)), beginning, 1, false)),
            ("calls='1' bandwidth='1' counter-key='k'", effect("k", (Some(1), Some(1024)), beginning, 1, false)),
            ("calls='1' counter-key='@(context.Api.Id)'", effect("echo", (Some(1), None), beginning, 1, false)),
            ("calls='9' counter-key='k' increment-count='5'", effect("k", (Some(9), None), beginning, 5, false)),
            (
                "calls='9' counter-key='k' increment-condition='false'",
                effect("k", (Some(9), None), beginning, 0, false),
            ),
            (
                "calls='9' counter-key='k' increment-condition='@(true)' increment-count='@(5)'",
                effect("k", (Some(9), None), beginning, 5, false),
            ),
            (
                "calls='9' counter-key='k' first-period-start='2024-01-01T00:00:00Z'",
                effect("k", (Some(9), None), 1_704_067_200, 1, false),
            ),
        ] {
            let policy = format!("<quota-by-key renewal-period='300' {attributes}/>");
            check(&policy, MemoryExchange::get("/"), &[Expect::Effects(&[expected, forward()])]);
        }
    }

    #[test]
    fn a_key_is_counted_once_and_on_the_response_if_it_asks_for_that() {
        let beginning = quota_limit::BEGINNING_S;
        let one = "<quota-by-key calls='9' renewal-period='300' counter-key='k'/>";
        let (first, again) =
            (effect("k", (Some(9), None), beginning, 1, false), effect("k", (Some(9), None), beginning, 0, false));
        let counted = |quota: &Effect, calls| match quota {
            Effect::Quota(request) => Effect::Quota(Box::new(QuotaRequest { counted: calls, ..(**request).clone() })),
            other => panic!("{other:?}"),
        };
        let effects = [first.clone(), counted(&again, 1), forward()];
        check(&format!("{one}{one}"), MemoryExchange::get("/"), &[Expect::Effects(&effects)]);
        // The counter is that of the key, whatever each policy allows.
        let five = "<quota-by-key calls='5' renewal-period='300' counter-key='k' increment-count='4'/>";
        let of_five = effect("k", (Some(5), None), beginning, 4, false);
        let effects = [of_five, counted(&again, 4), forward()];
        check(&format!("{five}{one}"), MemoryExchange::get("/"), &[Expect::Effects(&effects)]);
        let other = "<quota-by-key calls='9' renewal-period='300' counter-key='l'/>";
        let effects = [first, effect("l", (Some(9), None), beginning, 1, false), forward()];
        check(&format!("{one}{other}"), MemoryExchange::get("/"), &[Expect::Effects(&effects)]);
        let late = "<quota-by-key calls='9' renewal-period='300' counter-key='k' increment-count='2' \
                    increment-condition='@(context.Response.StatusCode == 200)'/>";
        let effects = [again.clone(), again, forward(), effect("k", (Some(9), None), beginning, 2, true)];
        check(&format!("{late}{late}"), MemoryExchange::get("/"), &[Expect::Effects(&effects)]);
    }

    #[test]
    fn bytes_count_once_against_a_key_whichever_policy_limits_them() {
        let by = |amount: &str| format!("<quota-by-key {amount} renewal-period='300' counter-key='k'/>");
        for (policies, expected) in [
            (by("calls='9'"), &[][..]),
            (by("bandwidth='1'").repeat(2), &[1024]),
            (by("calls='9'") + &by("bandwidth='1'"), &[1024]),
            (by("bandwidth='1'") + &by("calls='9'"), &[1024]),
        ] {
            let mut run = Run::new();
            let (program, diagnostics) =
                testing::compile_one(&format!("<policies><inbound>{policies}</inbound></policies>"));
            assert_eq!(diagnostics, [], "{policies}");
            testing::drive(&program, &mut MemoryExchange::get("/"), &mut run);
            let bytes: Vec<_> = run.bandwidth().iter().filter_map(|quota| quota.bytes).collect();
            assert_eq!(bytes, expected, "{policies}");
        }
    }

    #[test]
    fn a_used_up_quota_is_told_byte_for_byte() {
        let policy = "<quota-by-key calls='9' renewal-period='300' counter-key='k'/>";
        for (kind, retry_after_s, message, header) in [
            (
                QuotaKind::Calls,
                Some(25_280),
                "Out of call volume quota. Quota will be replenished in 07:01:20.",
                &["25280"][..],
            ),
            (
                QuotaKind::Bytes,
                Some(1_763_935),
                "Out of bandwidth quota. Quota will be replenished in 20.09:58:55.",
                &["1763935"],
            ),
            (QuotaKind::Calls, None, "Out of call volume quota.", &[]),
        ] {
            let result = QuotaResult { exceeded: Some(kind), retry_after_s };
            let exchange = MemoryExchange::get("/").outcome(Outcome::QuotaCounted(result));
            let body = format!("{{ \"statusCode\": 403, \"message\": \"{message}\" }}");
            let expected = [
                Expect::Response(403, &body),
                Expect::ResponseHeader("Retry-After", header),
                Expect::ResponseHeader("Content-Type", &["application/json"]),
                Expect::LastError(Some(("QuotaExceeded", message))),
                Expect::EffectCount(1),
            ];
            check(policy, exchange, &expected);
        }
    }

    #[test]
    fn wrong_attributes_and_places_are_refused() {
        for (policy, codes) in [
            ("<quota-by-key counter-key='k' renewal-period='300'/>", &["attribute-missing"][..]),
            ("<quota-by-key calls='1' renewal-period='300'/>", &["attribute-missing"]),
            ("<quota-by-key calls='1' counter-key='k'/>", &["attribute-missing"]),
            ("<quota-by-key calls='1' counter-key='k' renewal-period='299'/>", &["value-invalid"]),
            ("<quota-by-key calls='1' counter-key='k' renewal-period='0'/>", &[]),
            ("<quota-by-key calls='@(1)' counter-key='k' renewal-period='300'/>", &["expression-not-allowed"]),
            (
                "<quota-by-key calls='1' counter-key='k' renewal-period='300' first-period-start='tomorrow'/>",
                &["value-invalid"],
            ),
            (
                "<policies><outbound><quota-by-key calls='1' counter-key='k' renewal-period='300'/></outbound></policies>",
                &["wrong-section"],
            ),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
