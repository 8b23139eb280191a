//! `validate-azure-ad-token`: the request must carry a token of a tenant of Microsoft Entra.
//!
//! `<validate-azure-ad-token tenant-id="t" header-name="Authorization" | query-parameter-name="n" | token-value="t"
//! authentication-endpoint="https://login.microsoftonline.com" failed-validation-httpcode="401" failed-validation-error-message="m"
//! output-token-variable-name="v"><client-application-ids/>?<backend-application-ids/>?<audiences/>?<required-claims/>?<decryption-keys/>?
//! </validate-azure-ad-token>` – `tenant-id` required: an id, a domain, `common`, `organizations` (without personal accounts), or a URL; inbound. Tokens of version 1 and 2 are
//! accepted. A client application is what `appid` or `azp` names; a backend application one of the audiences.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, TextRule,
    ValueRule, optional, required,
};
use crate::policies::validate_jwt::{AUDIENCES, CERTIFICATES, Check, Parts, Provider, REQUIRED_CLAIMS, Source, texts};
use crate::reader::Element;
use crate::section::Sections;

static APPLICATION: ElementRule = ElementRule {
    element: "application-id",
    attributes: &[],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Text }),
};
static CLIENTS: ElementRule = ElementRule {
    element: "client-application-ids",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &APPLICATION, occurs: Occurs::Some }]),
};
static BACKENDS: ElementRule = ElementRule {
    element: "backend-application-ids",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &APPLICATION, occurs: Occurs::Some }]),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "validate-azure-ad-token",
        attributes: &[
            required("tenant-id", Expression::Allowed, ValueRule::NonEmpty),
            optional("header-name", Expression::Allowed, ValueRule::Token),
            optional("query-parameter-name", Expression::Allowed, ValueRule::NonEmpty),
            optional("token-value", Expression::Allowed, ValueRule::NonEmpty),
            optional("authentication-endpoint", Expression::Allowed, ValueRule::NonEmpty),
            optional("failed-validation-httpcode", Expression::Allowed, ValueRule::Integer(200, 999)),
            optional("failed-validation-error-message", Expression::Allowed, ValueRule::Text),
            optional("output-token-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
        ],
        content: Content::Children(&[
            ChildRule { rule: &CLIENTS, occurs: Occurs::Optional },
            ChildRule { rule: &BACKENDS, occurs: Occurs::Optional },
            ChildRule { rule: &AUDIENCES, occurs: Occurs::Optional },
            ChildRule { rule: &REQUIRED_CLAIMS, occurs: Occurs::Optional },
            ChildRule { rule: &CERTIFICATES, occurs: Occurs::Optional },
        ]),
    },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build,
};

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let source = Source::from(element, builder, Some("Authorization"))?;
    let tenant = builder.text_attribute(element, "tenant-id")??;
    let endpoint = builder.text_attribute(element, "authentication-endpoint")?;
    let provider = |version| Provider::Tenant { endpoint: endpoint.clone(), tenant: tenant.clone(), version };
    let parts = Parts {
        source,
        providers: vec![provider("v2.0/"), provider("")],
        applications: texts(element, "client-application-ids", builder)?,
        more_audiences: texts(element, "backend-application-ids", builder)?,
        tenant_templates: true,
    };
    Built::policy(Check::from(element, builder, parts)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use postern_dotnet::jwt::{Key, KeySet};

    use crate::effect::{Effect, KeysRequest, Outcome, ProviderKeys};
    use crate::testing::{Expect, MemoryExchange, check};

    /// HS256 of "a secret of thirty-two bytes....", made with Python's hmac: {"exp":1714566705,"iss":"https://sts.windows.net/
    /// 72f988bf-86f1-41af-91ab-2d7cd011db47/","tid":"72f988bf-86f1-41af-91ab-2d7cd011db47","aud":"api","appid":"client"}.
    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MTQ1NjY3MDUsImlzcyI6Imh0dHBzOi8vc3RzLndpbmRvd3MubmV0LzcyZjk4OGJmLTg2ZjEtNDFhZi05MWFiLTJkN2NkMDExZGI0Ny8iLCJ0aWQiOiI3MmY5ODhiZi04NmYxLTQxYWYtOTFhYi0yZDdjZDAxMWRiNDciLCJhdWQiOiJhcGkiLCJhcHBpZCI6ImNsaWVudCJ9.ZwoOP6kvhcjB3cbMx0voiL1XSib5FMxQYIU2iYxGWgA";

    /// The same of version 2: "iss":"https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0", "azp" for "appid".
    const TOKEN_2: &str = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MTQ1NjY3MDUsImlzcyI6Imh0dHBzOi8vbG9naW4ubWljcm9zb2Z0b25saW5lLmNvbS83MmY5ODhiZi04NmYxLTQxYWYtOTFhYi0yZDdjZDAxMWRiNDcvdjIuMCIsInRpZCI6IjcyZjk4OGJmLTg2ZjEtNDFhZi05MWFiLTJkN2NkMDExZGI0NyIsImF1ZCI6ImFwaSIsImF6cCI6ImNsaWVudCJ9.MSshpoQqBuPlciQWloruLlJQTel4nisZT_aWpTGe9RQ";

    fn exchange() -> MemoryExchange {
        let mut keys = KeySet::default();
        let key = || Key::from_secret(None, b"a secret of thirty-two bytes....").unwrap();
        keys.add_provider("https://login.microsoftonline.com/{tenantid}/v2.0", [key()]);
        keys.add_provider("https://sts.windows.net/{tenantid}/", [key()]);
        MemoryExchange::get("/")
            .header_line("Authorization", &format!("Bearer {TOKEN}"))
            .outcome(Outcome::Keys(Ok(ProviderKeys { keys: Arc::new(keys), is_fresh: true })))
    }

    #[test]
    fn the_tenants_documents_of_both_versions_are_asked_for() {
        for (attributes, base) in [
            ("tenant-id='contoso'", "https://login.microsoftonline.com/contoso"),
            ("tenant-id='@(\"con\" + \"toso\")'", "https://login.microsoftonline.com/contoso"),
            (
                "tenant-id='t' authentication-endpoint='https://login.microsoftonline.us/'",
                "https://login.microsoftonline.us/t",
            ),
            ("tenant-id='https://sts.test/t'", "https://sts.test/t"),
        ] {
            let urls = ["v2.0/", ""].map(|version| format!("{base}/{version}.well-known/openid-configuration").into());
            let effects = [Effect::Keys(Box::new(KeysRequest { urls: urls.into(), renew: false }))];
            let request = MemoryExchange::get("/").header_line("Authorization", &format!("Bearer {TOKEN}"));
            check(&format!("<validate-azure-ad-token {attributes}/>"), request, &[Expect::Effects(&effects)]);
        }
    }

    #[test]
    fn tenant_applications_audiences_and_claims_are_checked() {
        let policy = |children: &str| {
            format!("<validate-azure-ad-token tenant-id='common'>{children}</validate-azure-ad-token>")
        };
        let clients = |id: &str| {
            format!(
                "<client-application-ids><application-id>other</application-id><application-id>{id}</application-id></client-application-ids>"
            )
        };
        for children in [
            String::new(),
            clients("@(\"client\")"),
            "<backend-application-ids><application-id>api</application-id></backend-application-ids>".to_owned(),
            "<audiences><audience>api</audience></audiences><required-claims><claim name='appid'><value>client</value></claim></required-claims>".to_owned(),
        ] {
            check(&policy(&children), exchange(), &[Expect::LastError(None), Expect::EffectCount(2)]);
        }
        let of_version_2 = || {
            let mut exchange = exchange();
            exchange.request_headers = vec![("Authorization".to_owned(), format!("Bearer {TOKEN_2}").into())];
            exchange
        };
        check(&policy(&clients("client")), of_version_2(), &[Expect::LastError(None), Expect::EffectCount(2)]);
        let message = "Claim azp value of client is not allowed. Access denied.";
        let expected = [Expect::LastError(Some(("TokenClaimValueNotAllowed", message)))];
        check(&policy(&clients("another")), of_version_2(), &expected);
        let message = "Claim appid value of client is not allowed. Access denied.";
        let expected = [
            Expect::Response(401, "{ \"statusCode\": 401, \"message\": \"Invalid JWT.\" }"),
            Expect::LastError(Some(("TokenClaimValueNotAllowed", message))),
        ];
        check(&policy(&clients("another")), exchange(), &expected);
    }

    /// The same as [`TOKEN`] and [`TOKEN_2`], of the tenant of personal accounts.
    const PERSONAL: [&str; 2] = [
        "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MTQ1NjY3MDUsImlzcyI6Imh0dHBzOi8vc3RzLndpbmRvd3MubmV0LzkxODgwNDBkLTZjNjctNGM1Yi1iMTEyLTM2YTMwNGI2NmRhZC8iLCJ0aWQiOiI5MTg4MDQwZC02YzY3LTRjNWItYjExMi0zNmEzMDRiNjZkYWQiLCJhdWQiOiJhcGkiLCJhcHBpZCI6ImNsaWVudCJ9.xqjB9vYf2Z4MYNW0Sr-6_VrHLL6JlTGxEcl_dQfiYzE",
        "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MTQ1NjY3MDUsImlzcyI6Imh0dHBzOi8vbG9naW4ubWljcm9zb2Z0b25saW5lLmNvbS85MTg4MDQwZC02YzY3LTRjNWItYjExMi0zNmEzMDRiNjZkYWQvdjIuMCIsInRpZCI6IjkxODgwNDBkLTZjNjctNGM1Yi1iMTEyLTM2YTMwNGI2NmRhZCIsImF1ZCI6ImFwaSIsImF6cCI6ImNsaWVudCJ9.IGTDii_tBMJztpxJ-VrtsHyVZyqPf2nnnrQb9gph35E",
    ];

    #[test]
    fn organizations_leaves_personal_accounts_out() {
        let with = |token: &str| {
            let mut exchange = exchange();
            exchange.request_headers = vec![("Authorization".to_owned(), format!("Bearer {token}").into())];
            exchange
        };
        let policy = |tenant: &str| format!("<validate-azure-ad-token tenant-id='{tenant}'/>");
        let tenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
        let issuers =
            [format!("https://sts.windows.net/{tenant}/"), format!("https://login.microsoftonline.com/{tenant}/v2.0")];
        for (token, issuer) in PERSONAL.into_iter().zip(issuers) {
            let message =
                format!("IDX10205: Issuer validation failed. Issuer: '{issuer}'. Personal accounts are not allowed.");
            check(&policy("common"), with(token), &[Expect::LastError(None), Expect::EffectCount(2)]);
            for tenant in [
                "organizations",
                " Organizations ",
                "@(\"organ\" + \"izations\")",
                "https://login.microsoftonline.com/organizations/",
            ] {
                let refused = Expect::Response(401, "{ \"statusCode\": 401, \"message\": \"Invalid JWT.\" }");
                check(
                    &policy(tenant),
                    with(token),
                    &[refused, Expect::LastError(Some(("TokenIssuerNotAllowed", &message)))],
                );
            }
        }
        for token in [TOKEN, TOKEN_2] {
            check(&policy("organizations"), with(token), &[Expect::LastError(None), Expect::EffectCount(2)]);
        }
    }

    #[test]
    fn without_a_token_it_is_said_so() {
        let body = "{ \"statusCode\": 401, \"message\": \"JWT not present.\" }";
        let policy = "<validate-azure-ad-token tenant-id='t'/>";
        check(policy, MemoryExchange::get("/"), &[Expect::Response(401, body), Expect::EffectCount(0)]);
    }

    #[test]
    fn attributes_and_children_are_checked() {
        for (policy, codes) in [
            ("<validate-azure-ad-token/>", &["attribute-missing"][..]),
            ("<validate-azure-ad-token tenant-id='t' header-name='a' token-value='b'/>", &["attribute-conflict"]),
            ("<validate-azure-ad-token tenant-id='t' clock-skew='1'/>", &["unknown-attribute"]),
            ("<validate-azure-ad-token tenant-id='t'><issuers/></validate-azure-ad-token>", &["unknown-element"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
