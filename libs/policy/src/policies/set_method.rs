//! `set-method`: changes the request's method.
//!
//! `<set-method>GET</set-method>` – text required; all sections.

use crate::definition::{ANY_SCOPE, Built, Content, Definition, ElementRule, Expression, Once, TextRule, ValueRule};
use crate::policy::{Policy, PolicyContext, Step};
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "set-method",
        attributes: &[],
        content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Token }),
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    build: |element, _| Built::policy(SetMethod { method: element.text.text.trim().into() }),
};

#[derive(Debug)]
struct SetMethod {
    method: Box<str>,
}

impl Policy for SetMethod {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        context.exchange.set_method(self.method.as_bytes());
        Step::Next
    }
}
