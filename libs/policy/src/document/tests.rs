//! What is said about documents as a whole, and the corpus once more, through all checks.

use super::{DocumentKind, check_scope, fragment_references, parse_document};
use crate::diagnostic::{Diagnostic, Severity};
use crate::section::ScopeName;

fn findings(text: &str, kind: DocumentKind) -> Vec<Diagnostic> {
    parse_document(text, kind).1
}

#[test]
fn structure_is_checked_with_place_and_suggestion() {
    for (text, kind, code, line, column, suggestion) in [
        (
            "<policies>\n <inbond/></policies>",
            DocumentKind::Policy,
            "unknown-section",
            2,
            2,
            Some("did you mean `<inbound>`?"),
        ),
        (
            "<policies><set-method>GET</set-method></policies>",
            DocumentKind::Policy,
            "unknown-section",
            1,
            11,
            Some("put policies into <inbound>, <backend>, <outbound> or <on-error>"),
        ),
        ("<policies><inbound/><inbound/></policies>", DocumentKind::Policy, "section-twice", 1, 21, None),
        (
            "<policies><outbound/><inbound/></policies>",
            DocumentKind::Policy,
            "section-order",
            1,
            22,
            Some("keep the order inbound, backend, outbound, on-error"),
        ),
        ("<policies>text</policies>", DocumentKind::Policy, "text-not-allowed", 1, 11, None),
        ("<policies xmlns:a='b' x='1'/>", DocumentKind::Policy, "attribute-ignored", 1, 23, None),
        ("<policies><inbound x='1'/></policies>", DocumentKind::Policy, "attribute-ignored", 1, 20, None),
        ("<policies><inbound>\n text</inbound></policies>", DocumentKind::Policy, "text-not-allowed", 1, 20, None),
        (
            "<policies><inbound><base/><base/></inbound></policies>",
            DocumentKind::Policy,
            "once-per-section",
            1,
            27,
            None,
        ),
        (
            "<policies><inbound><base>x</base></inbound></policies>",
            DocumentKind::Policy,
            "content-not-allowed",
            1,
            20,
            None,
        ),
    ] {
        let findings = findings(text, kind);
        assert_eq!(findings.len(), 1, "{text}: {findings:?}");
        let found = &findings[0];
        assert_eq!((found.code, found.line, found.column), (code, line, column), "{text}");
        assert_eq!(found.suggestion.as_deref(), suggestion, "{text}");
    }
}

#[test]
fn the_root_element_tells_the_kind_of_document() {
    for (text, kind, suggestion) in [
        ("<policies/>", DocumentKind::Fragment, Some("put the policies directly into <fragment>")),
        ("<fragment/>", DocumentKind::Policy, Some("a fragment is a resource of its own, not a policy")),
        ("<policy/>", DocumentKind::Policy, None),
        ("<polices/>", DocumentKind::Policy, Some("did you mean `<policies>`?")),
    ] {
        let findings = findings(text, kind);
        assert_eq!((findings.len(), findings[0].code), (1, "root-element"), "{text}");
        assert_eq!(findings[0].suggestion.as_deref(), suggestion, "{text}");
    }
}

#[test]
fn fragments_hold_neither_sections_nor_base_nor_fragments() {
    let suggestion = "put the policies directly into <fragment>";
    for (inside, expected) in
        [("<base/>", None), ("<include-fragment fragment-id='a'/>", None), ("<inbound/>", Some(suggestion))]
    {
        let findings = findings(&format!("<fragment>{inside}</fragment>"), DocumentKind::Fragment);
        let found = &findings[0];
        assert_eq!((findings.len(), found.code, found.column), (1, "not-in-fragment", 11), "{inside}");
        assert_eq!(found.suggestion.as_deref(), expected, "{inside}");
    }
}

#[test]
fn expressions_are_found_where_they_stand() {
    let text = "<policies><inbound><choose><when condition=\"@(a == \"(\")\"/></choose><set-variable name='x' value=' @(é &amp;&amp; &quot;)&quot;)'/>\
                <value>\n<![CDATA[ @{ return \"}\"; } ]]></value><!-- @(no) --><value>not @(this)</value></inbound></policies>";
    let found: Vec<&str> = super::expression_ranges(text).into_iter().map(|range| &text[range]).collect();
    assert_eq!(found, ["@(a == \"(\")", "@(é &amp;&amp; &quot;)&quot;)", "@{ return \"}\"; }"]);
    assert!(super::expression_ranges("<policies a='@(1)'").is_empty());
}

#[test]
fn misspelt_names_are_answered_with_the_nearest() {
    for (policy, severity, code, suggestion) in [
        ("<set-haeder name='a'/>", Severity::Error, "unknown-policy", Some("did you mean `<set-header>`?")),
        ("<validate-jtw/>", Severity::Error, "unknown-policy", Some("did you mean `<validate-jwt>`?")),
        ("<my-own-thing/>", Severity::Warning, "unknown-policy", None),
        ("<publish-to-darp/>", Severity::Warning, "unknown-policy", Some("did you mean `<publish-to-dapr>`?")),
        ("<inbound/>", Severity::Error, "section-inside", Some("sections stand directly in <policies>")),
        ("<set-variable name='a' valeu='b'/>", Severity::Error, "unknown-attribute", Some("did you mean `value`?")),
        (
            "<set-variable name='a' value='b' zzz=''/>",
            Severity::Error,
            "unknown-attribute",
            Some("known attributes: name, value"),
        ),
        ("<base x='1'/>", Severity::Error, "unknown-attribute", Some("remove it; the element has no attributes")),
        (
            "<set-header name='a' exists-action='overide'/>",
            Severity::Error,
            "value-invalid",
            Some("did you mean `override`?"),
        ),
        ("<set-header/>", Severity::Error, "attribute-missing", Some("add name=\"…\"")),
        ("<llm-token-limits/>", Severity::Error, "unknown-policy", Some("did you mean `<llm-token-limit>`?")),
        ("<publish-event/>", Severity::Warning, "policy-skipped", None),
    ] {
        let findings = findings(&format!("<policies><inbound>{policy}</inbound></policies>"), DocumentKind::Policy);
        let first = &findings[0];
        assert_eq!((first.severity, first.code, first.suggestion.as_deref()), (severity, code, suggestion), "{policy}");
    }
}

#[test]
fn every_policy_is_held_to_its_sections() {
    for (policy, allowed) in [
        ("<base/>", "inbound backend outbound on-error"),
        ("<check-header/>", "inbound"),
        ("<choose/>", "inbound backend outbound on-error"),
        ("<cors/>", "inbound"),
        ("<forward-request/>", "backend"),
        ("<include-fragment fragment-id='a'/>", "inbound backend outbound on-error"),
        ("<ip-filter/>", "inbound"),
        ("<mock-response/>", "inbound outbound on-error"),
        ("<rate-limit/>", "inbound"),
        ("<return-response/>", "inbound backend outbound on-error"),
        ("<rewrite-uri/>", "inbound"),
        ("<set-backend-service/>", "inbound backend outbound on-error"),
        ("<set-body/>", "inbound backend outbound on-error"),
        ("<set-header/>", "inbound backend outbound on-error"),
        ("<set-method/>", "inbound backend outbound on-error"),
        ("<set-query-parameter/>", "inbound backend outbound on-error"),
        ("<set-status/>", "inbound backend outbound on-error"),
        ("<set-variable/>", "inbound backend outbound on-error"),
        ("<validate-jwt/>", "inbound"),
        ("<validate-headers/>", "outbound on-error"),
        ("<cache-store/>", "outbound"),
    ] {
        for section in ["inbound", "backend", "outbound", "on-error"] {
            let findings =
                findings(&format!("<policies><{section}>{policy}</{section}></policies>"), DocumentKind::Policy);
            let refused = findings.iter().any(|finding| finding.code == "wrong-section");
            assert_eq!(!refused, allowed.split(' ').any(|name| name == section), "{policy} in {section}");
        }
    }
}

#[test]
fn every_policy_may_carry_a_literal_id() {
    let text = "<policies><inbound><base id='b'/><set-method id=\"m\">GET</set-method></inbound></policies>";
    assert_eq!(findings(text, DocumentKind::Policy), []);
    let text = "<policies><inbound><set-method id=\"@(1)\">GET</set-method></inbound></policies>";
    assert_eq!(findings(text, DocumentKind::Policy)[0].code, "expression-not-allowed");
}

#[test]
fn all_errors_of_a_document_are_reported_up_to_a_limit() {
    let policy = "<set-variable/>".repeat(3);
    assert_eq!(findings(&format!("<policies><inbound>{policy}</inbound></policies>"), DocumentKind::Policy).len(), 6);
    let policy = "<set-variable/>".repeat(5000);
    let findings = findings(&format!("<policies><inbound>{policy}</inbound></policies>"), DocumentKind::Policy);
    assert_eq!(findings.len(), crate::limits::DIAGNOSTICS_MAX);
}

#[test]
fn all_errors_of_one_policy_are_told_at_once() {
    let text = "<policies><inbound><return-response>\n<set-status code='@(context.Request.Metod)' reason='@(context.Frob)'/>\n\
                <set-header name='a' exists-action='overide'>\n<value>@(1 +)</value>\n<value>@(1)</value></set-header>\n\
                <set-body>@{ var a = 1; }</set-body></return-response></inbound></policies>";
    let mut found: Vec<(&str, u32)> =
        findings(text, DocumentKind::Policy).iter().map(|diagnostic| (diagnostic.code, diagnostic.line)).collect();
    found.sort_by_key(|(_, line)| *line);
    let wrong = |line| ("expression-invalid", line);
    assert_eq!(found, [wrong(2), wrong(2), ("value-invalid", 3), wrong(4), wrong(6)]);
}

#[test]
fn rate_limit_is_not_for_the_global_scope() {
    let text = "<policies><inbound><rate-limit calls='1' renewal-period='1'/></inbound></policies>";
    let (document, _) = parse_document(text, DocumentKind::Policy);
    let refused = |scope| check_scope(&document, scope).iter().map(|finding| finding.code).collect::<Vec<_>>();
    assert_eq!(refused(ScopeName::Global), ["wrong-scope"]);
    for scope in [ScopeName::Product, ScopeName::Api, ScopeName::Operation] {
        assert!(refused(scope).is_empty());
    }
}

#[test]
fn fragments_are_listed_once_in_order() {
    let text = "<policies><inbound><include-fragment fragment-id='b'/><include-fragment fragment-id='a'/></inbound>\
                <outbound><include-fragment fragment-id='b'/></outbound></policies>";
    let (document, diagnostics) = parse_document(text, DocumentKind::Policy);
    assert_eq!(diagnostics, []);
    assert_eq!(fragment_references(&document), ["b", "a"]);
}

#[test]
fn diagnostics_are_serialised_for_tools() {
    let finding = &findings("<policies><x/></policies>", DocumentKind::Policy)[0];
    let json = serde_json::to_value(finding).unwrap();
    assert_eq!(json["severity"], "error");
    assert_eq!(json["code"], "unknown-section");
    assert_eq!((json["line"].as_u64(), json["column"].as_u64()), (Some(1), Some(11)));
    assert!(json.get("document").is_none());
}

/// Codes that say "not yet", not "wrong".
const NOT_YET: &[&str] = &["attribute-not-supported"];

/// Corpus documents that are refused for another reason, besides those the reader rejects (reader/tests.rs).
const REFUSED: &[(&str, &str, u32)] = &[
    // A fragment must not hold `<base>`; the document shows what a compiler makes of a wrong class.
    ("toolkit-test__DocumentTypeTests_03.xml", "not-in-fragment", 5),
    // `IUser` has no `Name`; the document shows how a compiler writes an expression.
    ("toolkit-test__JsonPTests_01.xml", "expression-invalid", 3),
    // `Contains(string)` of a sequence of `IGroup`; there is no type for both in C# either.
    ("toolkit-test__AzureOpenAiTokenLimitTests_04.xml", "expression-invalid", 3),
    ("toolkit-test__LlmTokenLimitTests_04.xml", "expression-invalid", 3),
    // Placeholders that a script fills in before the document is deployed, not named values.
    ("ai-gateway__labs__zero-to-production__policy-4.xml", "value-invalid", 14),
    ("ai-gateway__labs__zero-to-production__policy-4.xml", "value-invalid", 26),
    (
        "apim-samples__samples__inference-failover__apim-policies__inference-api-policy-with-retry-tracked.xml",
        "value-invalid",
        35,
    ),
    (
        "apim-samples__samples__load-balancing__apim-policies__aca-backend-pool-load-balancing-with-429.xml",
        "value-invalid",
        14,
    ),
    ("apim-samples__samples__load-balancing__apim-policies__aca-backend-pool-load-balancing.xml", "value-invalid", 11),
    // A formatter has taken quotation marks out of the code.
    ("snippets__examples__Loopback_request_for_service_at_same_API_Management_service.xml", "expression-invalid", 15),
    (
        "apim-samples__samples__inference-failover__apim-policies__inference-api-policy-with-retry-tracked.xml",
        "expression-invalid",
        80,
    ),
    ("ai-gateway__labs__ghcp-byok-foundry__entra-policy.xml", "expression-invalid", 38),
    ("ai-gateway__labs__ghcp-byok-foundry__entra-policy.xml", "expression-invalid", 38),
    // `{{cachetime}]`, and a property called like a method.
    (
        "snippets__examples__Get_OAuth2_access_token_from_AAD_using_client_id_and_certificate_using_key_vault_manage_identity.xml",
        "value-invalid",
        92,
    ),
    ("snippets__examples__DELETE_a_from_to_blobStorage_account.xml", "expression-invalid", 26),
    ("snippets__examples__DELETE_a_from_to_blobStorage_account.xml", "expression-invalid", 26),
    // Strings in single quotes, which C# does not have.
    (
        "snippets__examples__Pre-authorize_requests_based_on_HTTP_method_with_validate-jwt.policy.xml",
        "expression-invalid",
        10,
    ),
    (
        "snippets__examples__Pre-authorize_requests_based_on_HTTP_method_with_validate-jwt.policy.xml",
        "expression-invalid",
        22,
    ),
    // `AddSeconds(string)`; mcs refuses it as well (tests/csharp).
    ("snippets__examples__Return_a_blob_URL_signed_with_a_user_delegation_SAS_token.xml", "expression-invalid", 61),
    ("snippets__examples__Return_a_blob_URL_signed_with_a_user_delegation_SAS_token.xml", "expression-invalid", 89),
];
const BROKEN: &[&str] = &["element-mismatch", "expression-syntax", "attribute-syntax"];

/// A value for any named value: a URL where the name says so, else a number, which is good as text and as code.
fn named_value(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let is_url =
        ["url", "uri", "host", "endpoint", "backend", "base", "origin", "issuer", "authority", "tenant", "config"];
    if is_url.iter().any(|word| name.contains(word)) { "https://named.example" } else { "2" }
}

#[test]
fn every_corpus_document_is_accepted_but_for_what_comes_later() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/policies");
    let mut refused = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let written = std::fs::read_to_string(&path).unwrap();
        let text = crate::substitute_named_values(&written, &|name| Some(named_value(name).to_owned())).unwrap();
        let kind = if text.contains("<fragment>") { DocumentKind::Fragment } else { DocumentKind::Policy };
        let errors = findings(&text, kind).into_iter().filter(|finding| finding.severity == Severity::Error);
        let wrong = errors.filter(|error| !NOT_YET.contains(&error.code) && !BROKEN.contains(&error.code));
        refused.extend(wrong.map(|error| {
            eprintln!("{name}:{}:{} {} {}", error.line, error.column, error.code, error.message);
            (name.clone(), error.code, error.line)
        }));
    }
    refused.sort();
    let mut expected: Vec<_> = REFUSED.iter().map(|(name, code, line)| ((*name).to_owned(), *code, *line)).collect();
    expected.sort();
    assert_eq!(refused, expected);
}
