//! `authentication-basic`: user name and password for the backend, in the header `Authorization`.
//!
//! `<authentication-basic username="u" password="p"/>` – both required; inbound and inside `send-request`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule,
    required,
};
use crate::exchange::Side;
use crate::expression::value::Value;
use crate::given::Given;
use crate::policy::{Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

const ATTRIBUTES: &[AttributeRule] = &[
    required("username", Expression::Allowed, ValueRule::Text),
    required("password", Expression::Allowed, ValueRule::Text),
];

pub(super) static RULE: ElementRule =
    ElementRule { element: "authentication-basic", attributes: ATTRIBUTES, content: Content::Empty };

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule { element: "authentication-basic", attributes: ATTRIBUTES, content: Content::Empty },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| AuthenticationBasic::from(element, builder).and_then(Built::policy),
};

#[derive(Debug)]
pub(super) struct AuthenticationBasic {
    user: Given<Box<str>>,
    password: Given<Box<str>>,
}

impl AuthenticationBasic {
    /// `None`: a problem was reported.
    pub(super) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<AuthenticationBasic> {
        let user = builder.text_attribute(element, "username")??;
        Some(AuthenticationBasic { user, password: builder.text_attribute(element, "password")?? })
    }

    /// The value of `Authorization` (RFC 7617, UTF-8).
    pub(super) fn value(&self, values: &[Value]) -> String {
        basic(self.user.text(values), self.password.text(values))
    }
}

/// `Basic …`
pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

impl Policy for AuthenticationBasic {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        context.exchange.set_header(Side::Request, "Authorization", self.value(context.values).as_bytes());
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn the_header_holds_name_and_password() {
        // RFC 7617 sections 2 and 2.1.
        for (user, password, expected) in [
            ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("test", "123£", "Basic dGVzdDoxMjPCow=="),
            ("@(\"te\" + \"st\")", "@(123 + \"£\")", "Basic dGVzdDoxMjPCow=="),
        ] {
            let policy = format!("<authentication-basic username='{user}' password='{password}'/>");
            let request = MemoryExchange::get("/").header_line("authorization", "Bearer old");
            check(&policy, request, &[Expect::RequestHeader("Authorization", &[expected])]);
        }
    }

    #[test]
    fn both_attributes_are_required_and_the_section_is_inbound() {
        for (policy, codes) in [
            ("<authentication-basic username='a'/>", &["attribute-missing"][..]),
            ("<authentication-basic password='a'/>", &["attribute-missing"]),
            ("<authentication-basic username='a' password='b' realm='c'/>", &["unknown-attribute"]),
            (
                "<policies><outbound><authentication-basic username='a' password='b'/></outbound></policies>",
                &["wrong-section"],
            ),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
