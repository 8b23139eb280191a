//! `authentication-managed-identity`: a token of the identity that the gateway runs as, for the backend.
//!
//! `<authentication-managed-identity resource="r" client-id="id" output-token-variable-name="v" ignore-error="false"/>` – `resource` required;
//! inbound, outbound and inside `send-request`. Without a variable the header `Authorization` is set. Without a token `on-error` runs, or with
//! `ignore-error` the request goes on, and the variable is null.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule,
    optional, required,
};
use crate::effect::{Effect, Outcome, TokenRequest};
use crate::exchange::Side;
use crate::expression::value::Value;
use crate::given::Given;
use crate::policies::IN_OUT;
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;

const ATTRIBUTES: &[AttributeRule] = &[
    required("resource", Expression::Allowed, ValueRule::NonEmpty),
    optional("client-id", Expression::Forbidden, ValueRule::NonEmpty),
    optional("output-token-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
    optional("ignore-error", Expression::Allowed, ValueRule::Boolean),
];

pub(super) static RULE: ElementRule =
    ElementRule { element: "authentication-managed-identity", attributes: ATTRIBUTES, content: Content::Empty };

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule { element: "authentication-managed-identity", attributes: ATTRIBUTES, content: Content::Empty },
    sections: IN_OUT,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| ManagedIdentity::from(element, builder).and_then(Built::policy),
};

#[derive(Debug)]
pub(super) struct ManagedIdentity {
    resource: Given<Box<str>>,
    client_id: Option<Given<Box<str>>>,
    variable: Option<Box<str>>,
    ignore_error: Given<bool>,
}

impl ManagedIdentity {
    /// `None`: a problem was reported.
    pub(super) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<ManagedIdentity> {
        Some(ManagedIdentity {
            resource: builder.text_attribute(element, "resource")??,
            client_id: builder.text_attribute(element, "client-id")?,
            variable: element.owned("output-token-variable-name"),
            ignore_error: builder.flag_attribute(element, "ignore-error", false)?,
        })
    }

    /// Asks for the token.
    pub(super) fn effect(&self, values: &[Value]) -> Effect {
        let text = |given: &Given<Box<str>>| -> Box<str> { given.text(values).trim().into() };
        let client_id = self.client_id.as_ref().map(text).filter(|id| !id.is_empty());
        Effect::Token(Box::new(TokenRequest { resource: text(&self.resource), client_id }))
    }

    /// Whether a request goes on without a token.
    pub(super) fn ignores_error(&self, values: &[Value]) -> bool {
        self.ignore_error.flag(values)
    }
}

impl Policy for ManagedIdentity {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        Step::Perform(self.effect(context.values))
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match (outcome, &self.variable) {
            (Outcome::Token(Ok(token)), Some(variable)) => context.state.variables.set(variable, &*token),
            (Outcome::Token(Ok(token)), None) => {
                context.exchange.set_header(Side::Request, "Authorization", format!("Bearer {token}").as_bytes());
            }
            (Outcome::Token(Err(_)), variable) if self.ignores_error(context.values) => {
                if let Some(variable) = variable {
                    context.state.variables.set(variable, Value::Null);
                }
            }
            (Outcome::Token(Err(failure)), _) => return Step::Fail(Box::new(Failure::send(&failure))),
            _ => return Step::Fail(Box::new(Failure::wrong_outcome())),
        }
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use crate::effect::{Effect, ForwardOptions, Outcome, SendFailure, TokenRequest};
    use crate::testing::{Expect, MemoryExchange, check};

    fn failed() -> MemoryExchange {
        let failure = SendFailure { timed_out: false, message: "no identity".into() };
        MemoryExchange::get("/").outcome(Outcome::Token(Err(failure)))
    }

    #[test]
    fn the_token_goes_into_the_header_or_the_variable() {
        let token = |client_id: Option<&str>| {
            let request = TokenRequest { resource: "https://r".into(), client_id: client_id.map(Box::from) };
            [Effect::Token(Box::new(request)), Effect::Forward(ForwardOptions::default())]
        };
        let policy = "<authentication-managed-identity resource='https://r'/>";
        let expected = [Expect::Effects(&token(None)), Expect::RequestHeader("Authorization", &["Bearer t0ken"])];
        check(policy, MemoryExchange::get("/"), &expected);
        let policy = "<authentication-managed-identity resource='@(\"https:/\" + \"/r\")' client-id='c' \
                      output-token-variable-name='v' ignore-error='false'/>";
        let expected = [
            Expect::Effects(&token(Some("c"))),
            Expect::RequestHeader("Authorization", &[]),
            Expect::Variable("v", Some("t0ken")),
        ];
        check(policy, MemoryExchange::get("/"), &expected);
    }

    #[test]
    fn without_a_token_the_request_fails_unless_errors_are_ignored() {
        let expected = [Expect::LastError(Some(("BackendConnectionFailure", "no identity"))), Expect::EffectCount(1)];
        check("<authentication-managed-identity resource='r'/>", failed(), &expected);
        let policy =
            "<authentication-managed-identity resource='r' ignore-error='true' output-token-variable-name='v'/>";
        let expected = [Expect::LastError(None), Expect::EffectCount(2), Expect::Variable("v", Some("null"))];
        check(policy, failed(), &expected);
    }

    #[test]
    fn the_resource_is_required() {
        for (attributes, codes) in [
            ("", &["attribute-missing"][..]),
            ("resource='r' ignore-error='maybe'", &["value-invalid"]),
            ("resource='r' output-token-variable-name='@(1)'", &["expression-not-allowed"]),
        ] {
            let policy = format!("<authentication-managed-identity {attributes}/>");
            check(&policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
