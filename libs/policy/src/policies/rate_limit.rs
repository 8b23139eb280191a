//! `rate-limit`: at most so many calls of a subscription in a sliding window, with narrower limits for single APIs and operations.
//!
//! ```xml
//! <rate-limit calls="100" renewal-period="60" retry-after-header-name="Retry-After" retry-after-variable-name="v"
//!             remaining-calls-header-name="h" remaining-calls-variable-name="v" total-calls-header-name="h">
//!   <api id="echo" name="Echo" calls="50" renewal-period="60"><operation id="get" calls="10" renewal-period="60"/></api>
//! </rate-limit>
//! ```
//! `calls` and `renewal-period` (1–300 s) required; inbound; product, API and operation scope; once per section; no expressions. Only
//! requests with a subscription count. `id` wins over `name`. All limits that apply are checked first; if one is exceeded none is
//! counted: 429. Why counting is an effect: the count spans all workers; this file only decides.

use smallvec::SmallVec;

use super::call_limit::Names;
use crate::builder::Builder;
use crate::counter_key;
use crate::definition::{
    AttributeRule, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule,
    optional, required,
};
use crate::effect::{CountRequest, CountResult, Effect, Limit, Outcome};
use crate::limits::RENEWAL_PERIOD_SECONDS_MAX;
use crate::policy::{Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::{ScopeName, Sections};

const CALLS: AttributeRule = required("calls", Expression::Forbidden, ValueRule::Integer(0, u64::MAX));
const RENEWAL_PERIOD: AttributeRule =
    required("renewal-period", Expression::Forbidden, ValueRule::Integer(1, RENEWAL_PERIOD_SECONDS_MAX));
const NAME: AttributeRule = optional("name", Expression::Forbidden, ValueRule::NonEmpty);
const ID: AttributeRule = optional("id", Expression::Forbidden, ValueRule::NonEmpty);

static OPERATION: ElementRule =
    ElementRule { element: "operation", attributes: &[NAME, ID, CALLS, RENEWAL_PERIOD], content: Content::Empty };
static API: ElementRule = ElementRule {
    element: "api",
    attributes: &[NAME, ID, CALLS, RENEWAL_PERIOD],
    content: Content::Children(&[ChildRule { rule: &OPERATION, occurs: Occurs::Any }]),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "rate-limit",
        attributes: &[
            CALLS,
            RENEWAL_PERIOD,
            optional("retry-after-header-name", Expression::Forbidden, ValueRule::Token),
            optional("retry-after-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
            optional("remaining-calls-header-name", Expression::Forbidden, ValueRule::Token),
            optional("remaining-calls-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
            optional("total-calls-header-name", Expression::Forbidden, ValueRule::Token),
        ],
        content: Content::Children(&[ChildRule { rule: &API, occurs: Occurs::Any }]),
    },
    sections: Sections::INBOUND,
    scopes: &[ScopeName::Product, ScopeName::Api, ScopeName::Operation],
    once: Once::PerSection,
    evaluation: Evaluation::Late,
    build,
};

#[derive(Debug)]
struct RateLimit {
    rate: Rate,
    apis: Box<[NamedRate]>,
    names: Names,
}

/// `calls` and `renewal-period`.
#[derive(Debug, Clone, Copy)]
struct Rate {
    calls: u64,
    window_s: u32,
}

/// The limit of one API with its operations, or of one operation.
#[derive(Debug)]
struct NamedRate {
    entity: EntityName,
    rate: Rate,
    operations: Box<[NamedRate]>,
}

#[derive(Debug)]
enum EntityName {
    Id(Box<str>),
    Name(Box<str>),
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let names = Names::from(element);
    let apis = named_rates(element, builder)?;
    Built::policy(RateLimit { rate: rate(element)?, apis, names })
}

fn named_rates(parent: &Element, builder: &mut Builder<'_, '_>) -> Option<Box<[NamedRate]>> {
    let mut rates = Vec::with_capacity(parent.children.len());
    for child in &parent.children {
        let entity = match (child.owned("id"), child.owned("name")) {
            (Some(id), _) => EntityName::Id(id),
            (None, Some(name)) => EntityName::Name(name),
            (None, None) => {
                let message = format!("`<{}>` needs attribute `id` or `name`", child.name);
                builder.error(child.offset, "attribute-missing", message);
                return None;
            }
        };
        rates.push(NamedRate { entity, rate: rate(child)?, operations: named_rates(child, builder)? });
    }
    Some(rates.into())
}

fn rate(element: &Element) -> Option<Rate> {
    Some(Rate { calls: element.number("calls")?, window_s: u32::try_from(element.number("renewal-period")?).ok()? })
}

impl EntityName {
    fn is(&self, id: &str, name: &str) -> bool {
        match self {
            EntityName::Id(own) => own.eq_ignore_ascii_case(id),
            EntityName::Name(own) => own.eq_ignore_ascii_case(name),
        }
    }
}

impl RateLimit {
    /// The limits that apply to this request: the policy's own, the API's, the operation's.
    fn limits(&self, context: &PolicyContext<'_>, subscription: &str) -> SmallVec<[Limit; 3]> {
        let exchange = &*context.exchange;
        let mut caller = counter_key::caller("rate-limit", context.scope_digest, subscription);
        if context.scope == ScopeName::Operation {
            // An operation's id is unique only within its API.
            caller = counter_key::narrowed(caller, "", exchange.api_id());
        }
        let limit = |rate: Rate, api: &str, operation: &str| Limit {
            key: counter_key::narrowed(caller, api, operation),
            calls: rate.calls,
            window_s: rate.window_s,
        };
        let mut limits = SmallVec::new();
        limits.push(limit(self.rate, "", ""));
        let (api_id, operation_id) = (exchange.api_id(), exchange.operation_id());
        let api = self.apis.iter().find(|api| api.entity.is(api_id, exchange.api_name()));
        if let Some(api) = api {
            limits.push(limit(api.rate, api_id, ""));
            let operation =
                api.operations.iter().find(|operation| operation.entity.is(operation_id, exchange.operation_name()));
            if let Some(operation) = operation {
                limits.push(limit(operation.rate, api_id, operation_id));
            }
        }
        limits
    }
}

impl Policy for RateLimit {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let Some(subscription) = context.exchange.subscription_id() else { return Step::Next };
        let limits = self.limits(context, subscription);
        // A limit of no calls at all never opens: no counter can say when.
        let closed = limits.iter().filter(|limit| limit.calls == 0).map(|limit| limit.window_s).max();
        match closed {
            Some(retry_after_s) => {
                let closed = CountResult { allowed: false, remaining: 0, retry_after_s, which: 0 };
                self.names.tell(context, self.rate.calls, closed)
            }
            None => Step::Perform(Effect::Count(CountRequest { limits })),
        }
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Counted(result) => self.names.tell(context, self.rate.calls, result),
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Count
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{CountResult, Effect, Outcome};
    use crate::effect::CountRequest;
    use crate::run::Run;
    use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

    fn allowed(remaining: u64) -> MemoryExchange {
        let result = CountResult { allowed: true, remaining, retry_after_s: 0, which: 0 };
        MemoryExchange::get("/").outcome(Outcome::Counted(result))
    }

    fn exceeded(retry_after_s: u32) -> MemoryExchange {
        let result = CountResult { allowed: false, remaining: 0, retry_after_s, which: 0 };
        MemoryExchange::get("/").outcome(Outcome::Counted(result))
    }

    const TELLING: &str = "<rate-limit calls=\"10\" renewal-period=\"60\" retry-after-header-name=\"X-Retry\" \
                           retry-after-variable-name=\"retry\" remaining-calls-header-name=\"X-Remaining\" \
                           remaining-calls-variable-name=\"remaining\" total-calls-header-name=\"X-Total\"/>";

    #[test]
    fn a_call_within_the_limit_passes_and_is_told_what_is_left() {
        let expected = [
            Expect::Response(200, "from the backend"),
            Expect::ResponseHeader("X-Remaining", &["3"]),
            Expect::ResponseHeader("X-Total", &["10"]),
            Expect::ResponseHeader("X-Retry", &[]),
            Expect::Variable("remaining", Some("3")),
            Expect::Variable("retry", None),
        ];
        check(TELLING, allowed(3), &expected);
        let quiet = "<rate-limit calls='10' renewal-period='60'/>";
        check(
            quiet,
            allowed(3),
            &[Expect::ResponseHeader("X-Remaining", &[]), Expect::ResponseHeader("Retry-After", &[])],
        );
    }

    #[test]
    fn a_call_too_many_gets_429_byte_for_byte() {
        let body = "{ \"statusCode\": 429, \"message\": \"Rate limit is exceeded. Try again in 57 seconds.\" }";
        assert_eq!(body.len(), 84);
        let expected = [
            Expect::Response(429, body),
            Expect::ReasonPhrase(""),
            Expect::ResponseHeader("Content-Type", &["application/json"]),
            Expect::ResponseHeader("Retry-After", &["57"]),
            Expect::LastError(Some(("RateLimitExceeded", "Rate limit is exceeded"))),
            Expect::EffectCount(1),
        ];
        check("<rate-limit calls='10' renewal-period='60'/>", exceeded(57), &expected);
        // One second stays plural.
        let body = "{ \"statusCode\": 429, \"message\": \"Rate limit is exceeded. Try again in 1 seconds.\" }";
        let expected = [
            Expect::Response(429, body),
            Expect::ResponseHeader("X-Retry", &["1"]),
            Expect::ResponseHeader("Retry-After", &[]),
            Expect::ResponseHeader("X-Total", &["10"]),
            Expect::ResponseHeader("X-Remaining", &[]),
            Expect::Variable("retry", Some("1")),
            Expect::Variable("remaining", Some("0")),
        ];
        check(TELLING, exceeded(1), &expected);
    }

    #[test]
    fn without_subscription_nothing_is_counted() {
        let exchange = MemoryExchange { subscription_id: None, ..MemoryExchange::get("/") };
        let expected =
            [Expect::EffectCount(1), Expect::ResponseHeader("X-Total", &[]), Expect::Variable("remaining", None)];
        check(TELLING, exchange, &expected);
    }

    #[test]
    fn a_limit_of_no_calls_is_always_exceeded() {
        let expected = [Expect::EffectCount(0), Expect::ResponseHeader("Retry-After", &["30"])];
        check("<rate-limit calls='0' renewal-period='30'/>", MemoryExchange::get("/"), &expected);
    }

    /// The limits asked for: calls and window.
    fn limits(policy: &str, change: impl Fn(&mut MemoryExchange)) -> CountRequest {
        let (program, diagnostics) = compile_one(&format!("<policies><inbound>{policy}</inbound></policies>"));
        assert_eq!(diagnostics, []);
        let mut exchange = MemoryExchange::get("/");
        change(&mut exchange);
        match drive(&program, &mut exchange, &mut Run::new()).into_iter().next() {
            Some(Effect::Count(request)) => request,
            other => panic!("expected a count, got {other:?}"),
        }
    }

    #[test]
    fn api_and_operation_limits_apply_besides_the_policys_own() {
        let policy = "<rate-limit calls='100' renewal-period='60'>\
            <api name='Echo API' calls='50' renewal-period='30'>\
              <operation id='get-item' name='wrong' calls='5' renewal-period='10'/><operation name='Other' calls='6' renewal-period='10'/>\
            </api>\
            <api id='other' name='Echo API' calls='7' renewal-period='5'/></rate-limit>";
        let pairs = |request: &CountRequest| {
            request.limits.iter().map(|limit| (limit.calls, limit.window_s)).collect::<Vec<_>>()
        };
        assert_eq!(pairs(&limits(policy, |_| {})), [(100, 60), (50, 30), (5, 10)]);
        assert_eq!(pairs(&limits(policy, |exchange| exchange.operation_id = "x".into())), [(100, 60), (50, 30)]);
        let other_operation = |exchange: &mut MemoryExchange| {
            exchange.operation_id = "x".into();
            exchange.operation_name = "Other".into();
        };
        assert_eq!(pairs(&limits(policy, other_operation)), [(100, 60), (50, 30), (6, 10)]);
        // `id` wins over `name`: the second element is for the API `other` only.
        let other_api = |exchange: &mut MemoryExchange| {
            exchange.api_id = "other".into();
            exchange.api_name = "Something".into();
        };
        assert_eq!(pairs(&limits(policy, other_api)), [(100, 60), (7, 5)]);
    }

    #[test]
    fn counters_belong_to_subscription_scope_api_and_operation() {
        let policy = "<rate-limit calls='9' renewal-period='9'><api id='echo' calls='9' renewal-period='9'>\
                      <operation id='get-item' calls='9' renewal-period='9'/></api></rate-limit>";
        let mut keys = HashSet::new();
        for subscription in ["a", "b"] {
            let request = limits(policy, |exchange| exchange.subscription_id = Some(subscription.to_owned()));
            keys.extend(request.limits.iter().map(|limit| limit.key));
        }
        assert_eq!(keys.len(), 6);
        let again = limits(policy, |exchange| exchange.subscription_id = Some("a".to_owned()));
        assert!(again.limits.iter().all(|limit| keys.contains(&limit.key)));
    }

    #[test]
    fn wrong_values_places_and_repetitions_are_refused() {
        let good = "calls='1' renewal-period='1'";
        for (policy, codes) in [
            ("<rate-limit calls='1'/>".to_owned(), &["attribute-missing"][..]),
            ("<rate-limit renewal-period='1'/>".to_owned(), &["attribute-missing"]),
            ("<rate-limit calls='1' renewal-period='0'/>".to_owned(), &["value-invalid"]),
            ("<rate-limit calls='1' renewal-period='301'/>".to_owned(), &["value-invalid"]),
            ("<rate-limit calls='-1' renewal-period='1'/>".to_owned(), &["value-invalid"]),
            ("<rate-limit calls='1e3' renewal-period='1'/>".to_owned(), &["value-invalid"]),
            ("<rate-limit calls='@(1)' renewal-period='1'/>".to_owned(), &["expression-not-allowed"]),
            (format!("<rate-limit {good} remaining-call-header-name='x'/>"), &["unknown-attribute"]),
            (format!("<rate-limit {good} total-calls-header-name='a b'/>"), &["value-invalid"]),
            (format!("<rate-limit {good}/><rate-limit {good}/>"), &["once-per-section"]),
            (format!("<rate-limit {good}><api {good}/></rate-limit>"), &["attribute-missing"]),
            (format!("<rate-limit {good}><api id='a' calls='1'/></rate-limit>"), &["attribute-missing"]),
            (
                format!("<rate-limit {good}><api id='a' {good}><operation {good}/></api></rate-limit>"),
                &["attribute-missing"],
            ),
            (format!("<rate-limit {good}><operation id='a' {good}/></rate-limit>"), &["unknown-element"]),
            (format!("<policies><outbound><rate-limit {good}/></outbound></policies>"), &["wrong-section"]),
        ] {
            check(&policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
        check("<rate-limit calls='1' renewal-period='300'/>", MemoryExchange::get("/"), &[Expect::EffectCount(2)]);
    }
}
