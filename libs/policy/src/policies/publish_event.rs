//! `publish-event`: tells subscribers of a GraphQL API that a mutation has happened.
//!
//! `<publish-event><targets><graphql-subscription id="field"/>+</targets></publish-event>` – only in `<http-response>` of a resolver. Gateways
//! that run by themselves have no subscriptions, so nobody is told: the policy is checked and has no effect, which a warning says.

use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule,
    required,
};
use crate::section::Sections;

static SUBSCRIPTION: ElementRule = ElementRule {
    element: "graphql-subscription",
    attributes: &[required("id", Expression::Forbidden, ValueRule::NonEmpty)],
    content: Content::Empty,
};
static TARGETS: ElementRule = ElementRule {
    element: "targets",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &SUBSCRIPTION, occurs: Occurs::Some }]),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "publish-event",
        attributes: &[],
        content: Content::Children(&[ChildRule { rule: &TARGETS, occurs: Occurs::One }]),
    },
    sections: Sections::OUTBOUND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| {
        let message = "subscriptions are not supported, so `<publish-event>` has no effect";
        builder.warning(element.offset, "subscriptions-missing", message, None);
        Some(Built::Nothing)
    },
};
