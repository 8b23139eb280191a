//! `get-authorization-context`: a token of the credential manager, for the backend.
//!
//! `<get-authorization-context provider-id="p" authorization-id="a" context-variable-name="v" identity-type="managed|jwt" identity="token"
//! ignore-error="false"/>` – the first three required; inbound, backend, outbound and resolvers. Connections of the credential manager are kept by
//! the service in the cloud, and no gateway of ours can reach it: there is never a token, and a warning says so. That is what the policy
//! does when a connection cannot be used: with `ignore-error` the variable is null, without it the request fails with 500. (The original's
//! self-hosted gateway skips the policy, so that requests reach the backend without a token.)

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional, required,
};
use crate::expression::value::Value;
use crate::given::Given;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::{Section, Sections};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "get-authorization-context",
        attributes: &[
            required("provider-id", Expression::Allowed, ValueRule::NonEmpty),
            required("authorization-id", Expression::Allowed, ValueRule::NonEmpty),
            required("context-variable-name", Expression::Allowed, ValueRule::NonEmpty),
            optional("identity-type", Expression::Allowed, ValueRule::OneOf(&["managed", "jwt"])),
            optional("identity", Expression::Allowed, ValueRule::Text),
            optional("ignore-error", Expression::Allowed, ValueRule::Boolean),
        ],
        content: Content::Empty,
    },
    sections: Sections::of(&[Section::Inbound, Section::Backend, Section::Outbound]),
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| GetAuthorizationContext::from(element, builder).and_then(Built::policy),
};

#[derive(Debug)]
struct GetAuthorizationContext {
    provider: Given<Box<str>>,
    authorization: Given<Box<str>>,
    variable: Given<Box<str>>,
    ignore_error: Given<bool>,
}

impl GetAuthorizationContext {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<GetAuthorizationContext> {
        let message = "this gateway reaches no credential manager, so `<get-authorization-context>` never gets a token";
        builder.warning(element.offset, "credential-manager-missing", message, None);
        // They are evaluated, as in the original: what they throw is an error whether there is a token or not.
        builder.text_attribute(element, "identity-type")?;
        builder.text_attribute(element, "identity")?;
        Some(GetAuthorizationContext {
            provider: builder.text_attribute(element, "provider-id")??,
            authorization: builder.text_attribute(element, "authorization-id")??,
            variable: builder.text_attribute(element, "context-variable-name")??,
            ignore_error: builder.flag_attribute(element, "ignore-error", false)?,
        })
    }
}

impl Policy for GetAuthorizationContext {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let values = context.values;
        if self.ignore_error.flag(values) {
            context.state.variables.set(self.variable.text(values).trim(), Value::Null);
            return Step::Next;
        }
        let (provider, authorization) = (self.provider.text(values), self.authorization.text(values));
        Step::Fail(Box::new(Failure {
            reason: "AuthorizationContextFailure".into(),
            message: format!("No credential manager has the connection {provider}/{authorization}.").into(),
            response: DefaultResponse::Internal,
        }))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    const MISSING: Expect<'static> = Expect::Codes(&["credential-manager-missing"]);

    fn policy(attributes: &str) -> String {
        format!(
            "<get-authorization-context provider-id='github-01' authorization-id='@(\"auth\" + \"-01\")' context-variable-name='auth' {attributes}/>"
        )
    }

    #[test]
    fn there_is_never_a_token() {
        let message = "No credential manager has the connection github-01/auth-01.";
        for attributes in
            ["", "ignore-error='false'", "identity-type='jwt' identity='@(\"t\")' ignore-error='@(1 > 2)'"]
        {
            check(
                &policy(attributes),
                MemoryExchange::get("/"),
                &[MISSING, Expect::LastError(Some(("AuthorizationContextFailure", message))), Expect::EffectCount(0)],
            );
        }
        let header = "<set-header name='Authorization' exists-action='override'><value>@(\"Bearer \" + \
                      ((Authorization)context.Variables.GetValueOrDefault(\"auth\"))?.AccessToken)</value></set-header>";
        let ignoring = policy("ignore-error='true'") + header;
        check(
            &ignoring,
            MemoryExchange::get("/"),
            &[MISSING, Expect::RequestHeader("Authorization", &["Bearer"]), Expect::LastError(None)],
        );
    }

    #[test]
    fn its_attributes_are_checked() {
        for (attributes, code) in [
            ("provider-id='p' authorization-id='a'", "attribute-missing"),
            ("provider-id='p' authorization-id='a' context-variable-name='v' identity-type='user'", "value-invalid"),
            ("provider-id='p' authorization-id='a' context-variable-name='v' ignore-error='1'", "value-invalid"),
        ] {
            let policy = format!("<get-authorization-context {attributes}/>");
            check(&policy, MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
    }
}
