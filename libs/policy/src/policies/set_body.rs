//! `set-body`: replaces the body of the message: the request's in inbound and backend, the response's in outbound and on-error.
//!
//! `<set-body template="liquid|none" xsi-nil="blank|null" parse-date="true|false">…</set-body>` – all sections and inside
//! `return-response`; the text may also stand in one nested `<value>`. Markup in the text is the body as written. `xsi-nil` and
//! `parse-date` matter to templates only. The policy does not touch `Content-Type`. Liquid templates are not implemented yet.

use std::borrow::Cow;

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, TextRule,
    ValueRule, optional,
};
use crate::exchange::{Exchange, Side};
use crate::expression::value::Value;
use crate::given::{Given, Wanted};
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
    evaluation: Evaluation::Own,
    build: |element, builder| SetBody::from(element, builder).and_then(Built::policy),
};

#[derive(Debug)]
pub(super) struct SetBody {
    body: Given<Box<str>>,
}

impl SetBody {
    /// `None`: a problem was reported.
    pub(super) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<SetBody> {
        if element.literal("template").is_some_and(|template| template.eq_ignore_ascii_case("liquid")) {
            let message = "Liquid templates are not supported yet";
            builder.error(element.offset, "template-not-supported", message);
            return None;
        }
        let text = element.child("value").map_or(&element.text, |value| &value.text);
        let body = if text.is_literal() {
            Given::Literal(text.text.as_str().into())
        } else {
            Given::Expression(builder.expression(text, Wanted::Body)?)
        };
        Some(SetBody { body })
    }

    /// The bytes it makes.
    pub(super) fn bytes<'v>(&'v self, values: &'v [Value]) -> Cow<'v, [u8]> {
        self.body.body(values)
    }

    pub(super) fn apply(&self, exchange: &mut dyn Exchange, side: Side, values: &[Value]) {
        exchange.set_body(side, &self.body.body(values));
    }
}

impl Policy for SetBody {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let side = context.side();
        self.apply(context.exchange, side, context.values);
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn a_literal_replaces_the_body_as_written() {
        for (content, body) in [
            ("{\"a\": 1}", "{\"a\": 1}"),
            (" a &amp; b \n", " a & b \n"),
            ("<a b=\"1\">&amp;<c/></a>", "<a b=\"1\">&amp;<c/></a>"),
            ("<![CDATA[<x>]]>", "<x>"),
            ("<value>v</value>", "v"),
            ("", ""),
        ] {
            check(&format!("<set-body>{content}</set-body>"), MemoryExchange::get("/"), &[Expect::RequestBody(body)]);
        }
    }

    #[test]
    fn the_section_decides_which_message_is_changed() {
        let outbound = "<policies><outbound><set-body template='none' xsi-nil='null' parse-date='false'>b</set-body></outbound></policies>";
        check(
            outbound,
            MemoryExchange::get("/"),
            &[Expect::Response(200, "b"), Expect::ResponseHeader("Server", &["origin"])],
        );
        let backend = "<policies><backend><set-body>b</set-body><forward-request/></backend></policies>";
        check(
            backend,
            MemoryExchange::get("/"),
            &[Expect::RequestBody("b"), Expect::Response(200, "from the backend")],
        );
    }

    #[test]
    fn templates_expressions_and_wrong_attributes_are_refused() {
        for (policy, code) in [
            ("<set-body template='liquid'>{{body.a}}</set-body>", "template-not-supported"),
            ("<set-body template='Liquid'>a</set-body>", "template-not-supported"),
            ("<set-body template='handlebars'>a</set-body>", "value-invalid"),
            ("<set-body xsi-nil='empty'>a</set-body>", "value-invalid"),
            ("<set-body parse-date='yes'>a</set-body>", "value-invalid"),
            ("<set-body>@(nothing)</set-body>", "expression-invalid"),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
    }
}
