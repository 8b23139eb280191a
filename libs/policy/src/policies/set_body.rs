//! `set-body`: replaces the body of the message: the request's in inbound and backend, the response's in outbound and on-error.
//!
//! `<set-body template="liquid|none" xsi-nil="blank|null" parse-date="true|false">…</set-body>` – all sections and inside
//! `return-response`; the text may also stand in one nested `<value>`. Markup in the text is the body as written. `xsi-nil` and
//! `parse-date` matter to templates only. The policy does not touch `Content-Type`. Liquid templates are not implemented yet.

use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, Content, Definition, ElementRule, Expression, Once, TextRule, ValueRule, optional,
};
use crate::diagnostic::Findings;
use crate::exchange::{Exchange, Side};
use crate::policy::{Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

const ATTRIBUTES: &[AttributeRule] = &[
    optional("template", Expression::Forbidden, ValueRule::OneOf(&["liquid", "none"])),
    optional("xsi-nil", Expression::Forbidden, ValueRule::OneOf(&["blank", "null"])),
    optional("parse-date", Expression::Forbidden, ValueRule::Boolean),
];
const CONTENT: Content = Content::TextOrValue(TextRule { expression: Expression::Allowed, value: ValueRule::Text });

pub(super) static RULE: ElementRule = ElementRule { element: "set-body", attributes: ATTRIBUTES, content: CONTENT };

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule { element: "set-body", attributes: ATTRIBUTES, content: CONTENT },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    build: |element, findings| SetBody::from(element, findings).and_then(Built::policy),
};

#[derive(Debug)]
pub(super) struct SetBody {
    body: Box<str>,
}

impl SetBody {
    pub(super) fn from(element: &Element, findings: &mut Findings<'_>) -> Option<SetBody> {
        if element.literal("template").is_some_and(|template| template.eq_ignore_ascii_case("liquid")) {
            let message = "Liquid templates are not supported yet";
            findings.error(element.offset, "template-not-supported", message);
            return None;
        }
        let text = element.child("value").map_or(&element.text, |value| &value.text);
        Some(SetBody { body: text.text.as_str().into() })
    }

    pub(super) fn apply(&self, exchange: &mut dyn Exchange, side: Side) {
        exchange.set_body(side, self.body.as_bytes());
    }
}

impl Policy for SetBody {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let side = context.side();
        self.apply(context.exchange, side);
        Step::Next
    }
}
