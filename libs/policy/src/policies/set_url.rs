//! `set-url`: where the request of a resolver goes.
//!
//! `<set-url>https://…</set-url>` – text required; only in `<http-request>` of a resolver. With `set-backend-service` path and query of the URL
//! are what comes behind the backend's own.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, TextRule, ValueRule,
};
use crate::given::Given;
use crate::policy::{Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "set-url",
        attributes: &[],
        content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::NonEmpty }),
    },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build,
};

#[derive(Debug)]
struct SetUrl(Given<Box<str>>);

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    Built::policy(SetUrl(builder.text(&element.text)?))
}

impl Policy for SetUrl {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        context.exchange.set_url(self.0.text(context.values));
        Step::Next
    }
}
