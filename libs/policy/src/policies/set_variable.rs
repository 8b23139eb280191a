//! `set-variable`: puts a value into `context.Variables`. A literal is a string.
//!
//! `<set-variable name="n" value="v"/>` – both required, `name` literal; all sections.

use crate::definition::{ANY_SCOPE, Built, Content, Definition, ElementRule, Expression, Once, ValueRule, required};
use crate::policy::{Policy, PolicyContext, Step};
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "set-variable",
        attributes: &[
            required("name", Expression::Forbidden, ValueRule::NonEmpty),
            required("value", Expression::Allowed, ValueRule::Text),
        ],
        content: Content::Empty,
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    build: |element, _| {
        let value = element.attribute("value")?.value.text.as_str().into();
        Built::policy(SetVariable { name: element.owned("name")?, value })
    },
};

#[derive(Debug)]
struct SetVariable {
    name: Box<str>,
    value: Box<str>,
}

impl Policy for SetVariable {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        context.state.variables.set(&self.name, &self.value);
        Step::Next
    }
}
