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

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn a_literal_becomes_a_string_and_the_last_assignment_wins() {
        let policy =
            "<set-variable name='a' value='1'/><set-variable name='b' value=' x y '/><set-variable name='a' value=''/>";
        let expected = [
            Expect::Variable("a", Some("")),
            Expect::Variable("b", Some(" x y ")),
            Expect::Variable("A", None),
            Expect::Variable("c", None),
        ];
        check(policy, MemoryExchange::get("/"), &expected);
    }

    #[test]
    fn name_and_value_are_required_and_the_name_is_literal() {
        for (policy, codes) in [
            ("<set-variable/>", &["attribute-missing", "attribute-missing"][..]),
            ("<set-variable name='a'/>", &["attribute-missing"]),
            ("<set-variable name='' value=''/>", &["value-invalid"]),
            ("<set-variable name='@(1)' value='1'/>", &["expression-not-allowed"]),
            ("<set-variable name='a' value='@(1)'/>", &["expression-not-supported"]),
            ("<set-variable name='a' value='1'>2</set-variable>", &["content-not-allowed"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
