//! `validate-jwt`: the request must carry a JSON Web Token that is signed by a known key and says what is demanded.
//!
//! `<validate-jwt header-name="n" | query-parameter-name="n" | token-value="t" failed-validation-httpcode="401"
//! failed-validation-error-message="m" require-expiration-time="true" require-scheme="Bearer" require-signed-tokens="true" clock-skew="0"
//! output-token-variable-name="v"><openid-config url="u"/>*<issuer-signing-keys/>?<decryption-keys/>?<audiences/>?<issuers/>?
//! <required-claims/>?</validate-jwt>` – exactly one of the first three; inbound. `require-scheme` counts for the header `Authorization` only.
//! The keys of `openid-config` are the host's to fetch ([`Effect::Keys`](crate::effect::Effect::Keys)). Verified tokens are remembered.

mod cache;
mod check;
mod keys;
mod rules;
#[cfg(test)]
mod tests;

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule,
    optional, required,
};
use crate::reader::Element;
use crate::section::Sections;

pub(super) use check::{Check, Parts, Provider, Source};
pub(super) use keys::CERTIFICATES;
pub(super) use rules::{AUDIENCES, REQUIRED_CLAIMS, texts};

static OPENID_CONFIG: ElementRule = ElementRule {
    element: "openid-config",
    attributes: &[
        required("url", Expression::Allowed, ValueRule::NonEmpty),
        // Whether the original asks the provider when the policy is saved. We never do.
        optional("validate-connectivity", Expression::Forbidden, ValueRule::Boolean),
    ],
    content: Content::Empty,
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "validate-jwt",
        attributes: &[
            optional("header-name", Expression::Allowed, ValueRule::Token),
            optional("query-parameter-name", Expression::Allowed, ValueRule::NonEmpty),
            optional("token-value", Expression::Allowed, ValueRule::NonEmpty),
            optional("failed-validation-httpcode", Expression::Allowed, ValueRule::Integer(200, 999)),
            optional("failed-validation-error-message", Expression::Allowed, ValueRule::Text),
            optional("require-expiration-time", Expression::Allowed, ValueRule::Boolean),
            optional("require-scheme", Expression::Allowed, ValueRule::Text),
            optional("require-signed-tokens", Expression::Allowed, ValueRule::Boolean),
            optional("clock-skew", Expression::Allowed, ValueRule::Text),
            optional("output-token-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
        ],
        content: Content::Children(&[
            ChildRule { rule: &OPENID_CONFIG, occurs: Occurs::Any },
            ChildRule { rule: &keys::SIGNING, occurs: Occurs::Optional },
            ChildRule { rule: &keys::DECRYPTION, occurs: Occurs::Optional },
            ChildRule { rule: &rules::AUDIENCES, occurs: Occurs::Optional },
            ChildRule { rule: &rules::ISSUERS, occurs: Occurs::Optional },
            ChildRule { rule: &rules::REQUIRED_CLAIMS, occurs: Occurs::Optional },
        ]),
    },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build,
};

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let source = Source::from(element, builder, None)?;
    let header = element.literal("header-name").unwrap_or("Authorization");
    let is_computed = element.attribute("header-name").is_some_and(|name| !name.value.is_literal());
    let has_scheme = is_computed
        || (element.attribute("header-name").is_some() && header.trim().eq_ignore_ascii_case("Authorization"));
    if let Some(scheme) = element.attribute("require-scheme").filter(|scheme| scheme.value.is_literal() && !has_scheme)
    {
        let message = "`require-scheme` has no effect: it counts for the header `Authorization` only";
        builder.warning(scheme.offset, "no-effect", message, None);
    }
    let mut providers = Vec::new();
    for provider in element.children_named("openid-config") {
        providers.push(Provider::Url(builder.text_attribute(provider, "url")??));
    }
    let parts =
        Parts { source, providers, applications: Vec::new(), more_audiences: Vec::new(), tenant_templates: false };
    Built::policy(Check::from(element, builder, parts)?)
}
