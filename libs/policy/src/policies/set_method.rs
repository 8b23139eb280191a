//! `set-method`: changes the request's method.
//!
//! `<set-method>GET</set-method>` – text required; all sections.

use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, TextRule, ValueRule,
};
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
    evaluation: Evaluation::Late,
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

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn the_method_is_replaced_in_every_section_before_forwarding() {
        check("<set-method> PATCH </set-method>", MemoryExchange::get("/x"), &[Expect::Request("PATCH", "/x")]);
        let backend = "<policies><backend><set-method>PUT</set-method><forward-request/></backend></policies>";
        check(backend, MemoryExchange::get("/x"), &[Expect::Request("PUT", "/x")]);
    }

    #[test]
    fn what_is_no_method_is_refused() {
        for (policy, code) in [
            ("<set-method/>", "value-invalid"),
            ("<set-method>G ET</set-method>", "value-invalid"),
            ("<set-method>GET<b/></set-method>", "unknown-element"),
            ("<set-method method='GET'>GET</set-method>", "unknown-attribute"),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
    }
}
