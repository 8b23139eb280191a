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

use crate::counter_key;
use crate::definition::{
    AttributeRule, Built, ChildRule, Content, Definition, ElementRule, Expression, Occurs, Once, ValueRule, optional,
    required,
};
use crate::diagnostic::Findings;
use crate::effect::{CountRequest, CountResult, Effect, Limit, Outcome};
use crate::exchange::{Exchange, Side};
use crate::limits::RENEWAL_PERIOD_SECONDS_MAX;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::response;
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

/// Where results are told.
#[derive(Debug)]
struct Names {
    retry_after_header: Box<str>,
    retry_after_variable: Option<Box<str>>,
    remaining_header: Option<Box<str>>,
    remaining_variable: Option<Box<str>>,
    total_header: Option<Box<str>>,
}

fn build(element: &Element, findings: &mut Findings<'_>) -> Option<Built> {
    let names = Names {
        retry_after_header: element.owned("retry-after-header-name").unwrap_or_else(|| "Retry-After".into()),
        retry_after_variable: element.owned("retry-after-variable-name"),
        remaining_header: element.owned("remaining-calls-header-name"),
        remaining_variable: element.owned("remaining-calls-variable-name"),
        total_header: element.owned("total-calls-header-name"),
    };
    let apis = named_rates(element, findings)?;
    Built::policy(RateLimit { rate: rate(element)?, apis, names })
}

fn named_rates(parent: &Element, findings: &mut Findings<'_>) -> Option<Box<[NamedRate]>> {
    let mut rates = Vec::with_capacity(parent.children.len());
    for child in &parent.children {
        let entity = match (child.owned("id"), child.owned("name")) {
            (Some(id), _) => EntityName::Id(id),
            (None, Some(name)) => EntityName::Name(name),
            (None, None) => {
                let message = format!("`<{}>` needs attribute `id` or `name`", child.name);
                findings.error(child.offset, "attribute-missing", message);
                return None;
            }
        };
        rates.push(NamedRate { entity, rate: rate(child)?, operations: named_rates(child, findings)? });
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
    fn limits(&self, exchange: &dyn Exchange, subscription: &str, scope_digest: u128) -> SmallVec<[Limit; 3]> {
        let caller = counter_key::caller("rate-limit", scope_digest, subscription);
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

    fn counted(&self, context: &mut PolicyContext<'_>, result: CountResult) -> Step {
        let remaining = if result.allowed { result.remaining } else { 0 };
        let text = Decimal::new(remaining);
        if let Some(variable) = &self.names.remaining_variable {
            context.state.variables.set(variable, text.as_str());
        }
        if !result.allowed {
            return self.exceeded(context, result.retry_after_s);
        }
        if let Some(header) = &self.names.remaining_header {
            context.state.final_headers.set(header, text.as_str().as_bytes());
        }
        if let Some(header) = &self.names.total_header {
            context.state.final_headers.set(header, Decimal::new(self.rate.calls).as_str().as_bytes());
        }
        Step::Next
    }

    /// 429 with the time to wait. The response is built here because its headers belong to it, not to what `on-error` may return.
    fn exceeded(&self, context: &mut PolicyContext<'_>, retry_after_s: u32) -> Step {
        let seconds = Decimal::new(u64::from(retry_after_s));
        if let Some(variable) = &self.names.retry_after_variable {
            context.state.variables.set(variable, seconds.as_str());
        }
        let message = format!("Rate limit is exceeded. Try again in {} seconds.", seconds.as_str());
        let exchange = &mut *context.exchange;
        response::error(exchange, &mut context.state.scratch, 429, &message);
        exchange.set_header(Side::Response, &self.names.retry_after_header, seconds.as_str().as_bytes());
        if let Some(header) = &self.names.total_header {
            exchange.set_header(Side::Response, header, Decimal::new(self.rate.calls).as_str().as_bytes());
        }
        Step::Fail(Box::new(Failure {
            reason: "RateLimitExceeded".into(),
            message: "Rate limit is exceeded".into(),
            response: DefaultResponse::AsIs,
        }))
    }
}

impl Policy for RateLimit {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let Some(subscription) = context.exchange.subscription_id() else { return Step::Next };
        let limits = self.limits(&*context.exchange, subscription, context.scope_digest);
        // A limit of no calls at all never opens: no counter can say when.
        let closed = limits.iter().filter(|limit| limit.calls == 0).map(|limit| limit.window_s).max();
        match closed {
            Some(retry_after_s) => {
                self.counted(context, CountResult { allowed: false, remaining: 0, retry_after_s, which: 0 })
            }
            None => Step::Perform(Effect::Count(CountRequest { limits })),
        }
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Counted(result) => self.counted(context, result),
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Count
    }
}

/// A number as text on the stack.
struct Decimal {
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    fn new(mut number: u64) -> Decimal {
        let mut digits = [b'0'; 20];
        let mut start = digits.len();
        loop {
            start -= 1;
            digits[start] = b'0' + u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
            if number == 0 {
                return Decimal { digits, start };
            }
        }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[self.start..]).unwrap_or("0")
    }
}
