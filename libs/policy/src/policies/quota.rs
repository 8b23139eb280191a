//! `quota`: at most so many calls or kilobytes of a subscription in a fixed period, with narrower quotas for single APIs and operations.
//!
//! ```xml
//! <quota calls="number" bandwidth="kilobytes" renewal-period="seconds">
//!   <api id="echo" name="Echo" calls="…" bandwidth="…" renewal-period="…"><operation id="get" …/></api>
//! </quota>
//! ```
//! `calls` or `bandwidth` required, and `renewal-period` (0: never renewed; of `api` and `operation` that of the element around it unless
//! given); inbound; product scope; once per section; no expressions. Only requests with a subscription count. Periods begin with the start
//! of the subscription; a request counts once. Exceeded: 403. Bytes are those of the request and the response, counted when the response has been sent, so that
//! the call that uses the quota up still succeeds.

use smallvec::SmallVec;

use super::quota_limit::{self, Amounts};
use crate::builder::Builder;
use crate::counter_key;
use crate::definition::{
    AttributeRule, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule,
    optional, required,
};
use crate::effect::{Effect, Outcome, Quota as QuotaOf, QuotaRequest};
use crate::policy::{Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::{ScopeName, Sections};

const CALLS: AttributeRule = optional("calls", Expression::Forbidden, ValueRule::Integer(0, u64::MAX));
const BANDWIDTH: AttributeRule = optional("bandwidth", Expression::Forbidden, ValueRule::Integer(0, u64::MAX));
const PERIOD: ValueRule = ValueRule::Integer(0, quota_limit::PERIOD_SECONDS_MAX);
const OWN_PERIOD: AttributeRule = optional("renewal-period", Expression::Forbidden, PERIOD);
const NAME: AttributeRule = optional("name", Expression::Forbidden, ValueRule::NonEmpty);
const ID: AttributeRule = optional("id", Expression::Forbidden, ValueRule::NonEmpty);

static OPERATION: ElementRule = ElementRule {
    element: "operation",
    attributes: &[NAME, ID, CALLS, BANDWIDTH, OWN_PERIOD],
    content: Content::Empty,
};
static API: ElementRule = ElementRule {
    element: "api",
    attributes: &[NAME, ID, CALLS, BANDWIDTH, OWN_PERIOD],
    content: Content::Children(&[ChildRule { rule: &OPERATION, occurs: Occurs::Any }]),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "quota",
        attributes: &[CALLS, BANDWIDTH, required("renewal-period", Expression::Forbidden, PERIOD)],
        content: Content::Children(&[ChildRule { rule: &API, occurs: Occurs::Any }]),
    },
    sections: Sections::INBOUND,
    scopes: &[ScopeName::Product],
    once: Once::PerSection,
    evaluation: Evaluation::Own,
    build,
};

#[derive(Debug)]
struct Quota {
    amounts: Amounts,
    apis: Box<[NamedQuota]>,
}

/// The quota of one API with its operations, or of one operation.
#[derive(Debug)]
struct NamedQuota {
    id: Option<Box<str>>,
    name: Option<Box<str>>,
    amounts: Amounts,
    operations: Box<[NamedQuota]>,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let amounts = Amounts::from(element, None, builder)?;
    let apis = named_quotas(element, amounts.period_s, builder)?;
    Built::policy(Quota { amounts, apis })
}

fn named_quotas(parent: &Element, period_s: u64, builder: &mut Builder<'_, '_>) -> Option<Box<[NamedQuota]>> {
    let mut quotas = Vec::with_capacity(parent.children.len());
    for child in &parent.children {
        let (id, name) = (child.owned("id"), child.owned("name"));
        if id.is_none() && name.is_none() {
            let message = format!("`<{}>` needs attribute `id` or `name`", child.name);
            builder.error(child.offset, "attribute-missing", message);
            return None;
        }
        let amounts = Amounts::from(child, Some(period_s), builder)?;
        quotas.push(NamedQuota { id, name, amounts, operations: named_quotas(child, amounts.period_s, builder)? });
    }
    Some(quotas.into())
}

impl NamedQuota {
    /// `id` wins over `name`.
    fn is(&self, id: &str, name: &str) -> bool {
        match (&self.id, &self.name) {
            (Some(own), _) => own.eq_ignore_ascii_case(id),
            (None, Some(own)) => own.eq_ignore_ascii_case(name),
            (None, None) => false,
        }
    }
}

impl Quota {
    /// The quotas that apply to this request: the policy's own, the API's, the operation's.
    fn quotas(&self, context: &PolicyContext<'_>, subscription: &str) -> SmallVec<[QuotaOf; 1]> {
        let exchange = &*context.exchange;
        let details = exchange.subscription().unwrap_or_default();
        let start_s = details.start_s.or(details.created_s).unwrap_or(quota_limit::BEGINNING_S);
        let caller = counter_key::caller("quota", context.scope_digest, subscription);
        let mut quotas = SmallVec::new();
        quotas.push(self.amounts.quota(caller, start_s));
        let (api_id, operation_id) = (exchange.api_id(), exchange.operation_id());
        if let Some(api) = self.apis.iter().find(|api| api.is(api_id, exchange.api_name())) {
            quotas.push(api.amounts.quota(counter_key::narrowed(caller, api_id, ""), start_s));
            let mut operations = api.operations.iter();
            if let Some(operation) = operations.find(|one| one.is(operation_id, exchange.operation_name())) {
                quotas.push(operation.amounts.quota(counter_key::narrowed(caller, api_id, operation_id), start_s));
            }
        }
        quotas
    }
}

impl Policy for Quota {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let Some(subscription) = context.exchange.subscription_id() else { return Step::Next };
        let quotas = self.quotas(context, subscription);
        // In a loop the policy comes by again; the first of its quotas is always there and its own.
        if quotas.first().is_some_and(|quota| context.state.quotas.calls(quota.key).is_some()) {
            return Step::Next;
        }
        quotas.iter().for_each(|quota| context.state.quotas.add(quota, 1));
        Step::Perform(Effect::Quota(Box::new(QuotaRequest { quotas, increment: 1, counted: 0, late: false })))
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        quota_limit::answered(context, &outcome)
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Count
    }
}

#[cfg(test)]
mod tests;
