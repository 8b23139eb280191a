//! Defaults that policies look up when they run: with the default written out the run is the same, with another value it is not.

use std::sync::Arc;
use std::time::Duration;

use postern_dotnet::jwt::{Key, KeySet};

use super::{AttributeFacts, attributes, none};
use crate::cached::{CacheHit, CacheItem, CachedValue};
use crate::effect::{Outcome, ProviderKeys};
use crate::run::Run;
use crate::testing::{MemoryExchange, compile_one, drive};

/// HS256 of "a secret of thirty-two bytes....", made with Python's hmac: {"exp":1714566705,"iss":"https://sts.windows.net/
/// 72f988bf-86f1-41af-91ab-2d7cd011db47/","tid":"72f988bf-86f1-41af-91ab-2d7cd011db47","aud":"api","appid":"client"}.
pub(super) const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MTQ1NjY3MDUsImlzcyI6Imh0dHBzOi8vc3RzLndpbmRvd3MubmV0LzcyZjk4OGJmLTg2ZjEtNDFhZi05MWFiLTJkN2NkMDExZGI0Ny8iLCJ0aWQiOiI3MmY5ODhiZi04NmYxLTQxYWYtOTFhYi0yZDdjZDAxMWRiNDciLCJhdWQiOiJhcGkiLCJhcHBpZCI6ImNsaWVudCJ9.ZwoOP6kvhcjB3cbMx0voiL1XSib5FMxQYIU2iYxGWgA";
pub(super) const EXPIRY_S: u64 = 1_714_566_705;

fn bearing() -> MemoryExchange {
    let mut keys = KeySet::default();
    keys.add_provider(
        "https://sts.windows.net/{tenantid}/",
        [Key::from_secret(None, b"a secret of thirty-two bytes....").unwrap()],
    );
    MemoryExchange::get("/")
        .header_line("Authorization", TOKEN)
        .outcome(Outcome::Keys(Ok(ProviderKeys { keys: Arc::new(keys), is_fresh: true })))
}

/// Half a minute too late.
fn expired() -> MemoryExchange {
    MemoryExchange { unix_time: Duration::from_secs(EXPIRY_S + 30), ..MemoryExchange::get("/") }
        .header_line("Authorization", TOKEN)
}

fn posting(body: &str) -> MemoryExchange {
    MemoryExchange { request_body: Some(body.into()), ..MemoryExchange::get("/").with_method("POST") }
        .header_line("Content-Type", "application/json")
}

/// A value of the cache that has been there for 20,000 of its 28,800 seconds.
fn aged() -> MemoryExchange {
    let item = Arc::new(CacheItem::Value(CachedValue::String("old".into())));
    MemoryExchange::get("/").outcome(Outcome::Cached(Some(CacheHit { item, age_s: 20_000 })))
}

/// The secret in base64.
pub(super) const SECRET: &str = "YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcy4uLi4=";
const SIGNED: &str =
    "<issuer-signing-keys><key>YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcy4uLi4=</key></issuer-signing-keys>";
const CLAIM: &str =
    "<required-claims><claim name='appid' {}><value>client</value><value>other</value></claim></required-claims>";
const URL: &str = "<set-url>http://a.test</set-url><set-method>GET</set-method>";

/// Element, attribute, a policy with `{}` where the attribute goes, and a request for which it makes a difference.
type Case = (&'static str, &'static str, String, MemoryExchange);

fn cases() -> Vec<Case> {
    let jwt = |attributes: &str, children: &str| {
        format!("<validate-jwt header-name='Authorization' {attributes}>{children}</validate-jwt>")
    };
    let entra = |attributes: &str, children: &str| {
        format!("<validate-azure-ad-token tenant-id='common' {attributes}>{children}</validate-azure-ad-token>")
    };
    let text = str::to_owned;
    vec![
        ("validate-jwt", "failed-validation-httpcode", jwt("{}", ""), MemoryExchange::get("/")),
        ("validate-jwt", "clock-skew", jwt("{}", SIGNED), expired()),
        ("validate-jwt/required-claims/claim", "match", jwt("", &format!("{SIGNED}{CLAIM}")), bearing()),
        ("validate-azure-ad-token", "failed-validation-httpcode", entra("{}", ""), MemoryExchange::get("/")),
        ("validate-azure-ad-token/required-claims/claim", "match", entra("", CLAIM), bearing()),
        (
            "llm-content-safety/categories",
            "output-type",
            text(
                "<llm-content-safety backend-id='b'><categories {}><category name='Hate' threshold='4'/></categories></llm-content-safety>",
            ),
            posting(r#"{"messages":[{"role":"user","content":"hello"}]}"#),
        ),
        (
            "cache-value",
            "refresh-after",
            text(
                "<cache-value key='k' variable-name='v' {}><value><set-variable name='v' value='new'/></value></cache-value>",
            ),
            aged(),
        ),
        (
            "json-to-xml",
            "namespace-separator",
            text("<json-to-xml apply='always' consider-accept-header='false' namespace-prefix='xmlns' {}/>"),
            posting(r#"{"p_r":{"xmlns_p":"urn:p","p_x":1}}"#),
        ),
        (
            "send-request",
            "mode",
            format!("<send-request response-variable-name='v' {{}}>{URL}</send-request>"),
            posting("{}"),
        ),
        (
            "send-one-way-request",
            "mode",
            format!("<send-one-way-request {{}}>{URL}</send-one-way-request>"),
            posting("{}"),
        ),
        ("publish-to-dapr", "content-type", text("<publish-to-dapr topic='p/t' {}>m</publish-to-dapr>"), posting("{}")),
        (
            "invoke-dapr-binding",
            "content-type",
            text("<invoke-dapr-binding name='n' {}><data>{\"a\":1}</data></invoke-dapr-binding>"),
            posting("{}"),
        ),
        (
            "retry",
            "first-fast-retry",
            text("<retry condition='@(true)' count='1' interval='1' {}/>"),
            MemoryExchange::get("/"),
        ),
        (
            "wait",
            "for",
            format!("<wait {{}}><send-request response-variable-name='v'>{URL}</send-request></wait>"),
            MemoryExchange::get("/"),
        ),
    ]
}

/// Whether the default of the attribute is shown here.
pub(super) fn shows(fact: &AttributeFacts) -> bool {
    cases().iter().any(|(element, name, ..)| *element == fact.element && *name == fact.name)
}

/// Everything that is to be seen of the run.
fn ran(policy: &str, mut exchange: MemoryExchange) -> String {
    let text = format!("<policies><inbound>{policy}</inbound></policies>");
    let (program, diagnostics) = compile_one(&text);
    assert!(!crate::diagnostic::has_errors(&diagnostics), "{policy}: {diagnostics:?}");
    let mut run = Run::new();
    let effects = drive(&program, &mut exchange, &mut run);
    format!("{effects:?}\n{exchange:?}\n{:?}\n{:?}", run.last_error(), run.variables())
}

#[test]
fn a_default_that_is_looked_up_is_the_one_of_the_facts() {
    let facts = attributes();
    let mut problems = Vec::new();
    for (element, name, policy, exchange) in cases() {
        let fact = facts.iter().find(|fact| fact.element == element && fact.name == name);
        let fact = fact.unwrap_or_else(|| panic!("{element} {name}"));
        let with = |value: &str| ran(&policy.replace("{}", &format!("{name}='{value}'")), exchange.clone());
        let without = ran(&policy.replace("{}", ""), exchange.clone());
        if with(fact.default) != without {
            problems.push(format!("line {}: {}: {without}\n{}", fact.line, fact.name, with(fact.default)));
        }
        if with(fact.sample) == without {
            problems.push(format!("line {}: {}: nothing changes: {without}", fact.line, fact.name));
        }
    }
    none(&problems);
}
