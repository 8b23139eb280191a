//! Rules of the fact base that concern several attributes or elements at once: what excludes what, what goes with what, what has an effect only
//! beside something else. They hold for what is written out and for what is computed alike, unless they are about values.

use super::parsed_in;
use crate::section::Section;

/// Line of the facts, a policy, and what is found: errors and warnings by their codes.
type Row = (u32, &'static str, &'static [&'static str]);

const CONFLICT: &[&str] = &["attribute-conflict"];
const MISSING: &[&str] = &["attribute-missing"];
const NO_EFFECT: &[&str] = &["no-effect"];
const SUSPECT: &[&str] = &["value-suspect"];
const GOOD: &[&str] = &[];

const INBOUND: &[Row] = &[
    (268, "<quota renewal-period='1'/>", MISSING),
    (268, "<quota calls='1' bandwidth='1' renewal-period='1'/>", GOOD),
    (277, "<quota-by-key counter-key='@(\"k\")' renewal-period='300'/>", MISSING),
    (295, "<llm-token-limit counter-key='k' estimate-prompt-tokens='false'/>", MISSING),
    (295, "<llm-token-limit counter-key='@(\"k\")' token-quota='1' estimate-prompt-tokens='false'/>", MISSING),
    (295, "<llm-token-limit counter-key='k' token-quota-period='Daily' estimate-prompt-tokens='false'/>", MISSING),
    (
        295,
        "<llm-token-limit counter-key='k' tokens-per-minute='1' token-quota='1' token-quota-period='Daily' estimate-prompt-tokens='false'/>",
        GOOD,
    ),
    (314, "<ip-filter action='@(\"allow\")'/>", &["element-missing"]),
    (337, "<validate-jwt/>", MISSING),
    (337, "<validate-jwt header-name='@(\"a\")' token-value='@(\"b\")'/>", CONFLICT),
    (337, "<validate-jwt token-value='Bearer a.b.c'/>", SUSPECT),
    (339, "<validate-jwt header-name='X-Token' require-scheme='Bearer'/>", NO_EFFECT),
    (339, "<validate-jwt query-parameter-name='t' require-scheme='Bearer'/>", NO_EFFECT),
    (339, "<validate-jwt header-name='authorization' require-scheme='Bearer'/>", GOOD),
    (339, "<validate-jwt header-name='@(\"Authorization\")' require-scheme='Bearer'/>", GOOD),
    (351, "<validate-azure-ad-token tenant-id='t' query-parameter-name='@(\"q\")' token-value='v'/>", CONFLICT),
    (
        364,
        "<validate-client-certificate><identities><identity issuer-certificate-id='c' issuer-subject='s'/></identities></validate-client-certificate>",
        CONFLICT,
    ),
    (
        364,
        "<validate-client-certificate><identities><identity issuer-certificate-id='c' issuer-thumbprint='s'/></identities></validate-client-certificate>",
        CONFLICT,
    ),
    (
        364,
        "<validate-client-certificate><identities><identity issuer-certificate-id='c' subject='s'/></identities></validate-client-certificate>",
        GOOD,
    ),
    (372, "<authentication-certificate/>", MISSING),
    (372, "<authentication-certificate thumbprint='@(\"t\")' certificate-id='@(\"c\")'/>", CONFLICT),
    (373, "<authentication-certificate certificate-id='c' password='p'/>", CONFLICT),
    (390, "<llm-content-safety backend-id='b' shield-prompt='true' window-overlap-size='3'/>", NO_EFFECT),
    (390, "<llm-content-safety backend-id='b' shield-prompt='true' window-size='3' window-overlap-size='3'/>", SUSPECT),
    (390, "<llm-content-safety backend-id='b' shield-prompt='true' window-size='4' window-overlap-size='3'/>", GOOD),
    (
        411,
        "<validate-content unspecified-content-type-action='ignore' max-size='1' size-exceeded-action='ignore'><content validate-as='xml' action='ignore' schema-id='s' schema-ref='#/a'/></validate-content>",
        NO_EFFECT,
    ),
    (
        411,
        "<validate-content unspecified-content-type-action='ignore' max-size='1' size-exceeded-action='ignore'><content validate-as='json' action='ignore' schema-id='s' schema-ref='#/a'/></validate-content>",
        GOOD,
    ),
    (436, "<validate-odata-request min-odata-version='4.01' max-odata-version='4.0'/>", SUSPECT),
    (436, "<validate-odata-request min-odata-version='4.0' max-odata-version='4.0'/>", GOOD),
    (464, "<set-backend-service/>", MISSING),
    (464, "<set-backend-service base-url='@(\"http://a\")' backend-id='b'/>", CONFLICT),
    (465, "<set-backend-service backend-id='b' dapr-method='@(\"m\")'/>", CONFLICT),
    (465, "<set-backend-service backend-id='@(\"dapr\")' dapr-app-id='a' dapr-method='m'/>", GOOD),
    (464, "<set-backend-service backend-id='b' sf-partition-key='@(\"1\")'/>", &["service-fabric"]),
    (469, "<proxy url='http://p.test:1' username='@(\"u\")'/>", MISSING),
    (499, "<cache-value key='k' variable-name='v' expires-after='5' refresh-after='6'><value/></cache-value>", SUSPECT),
    (499, "<cache-value key='k' variable-name='v' expires-after='5' refresh-after='5'><value/></cache-value>", GOOD),
    (499, "<cache-value key='k' variable-name='v' refresh-after='28801'><value/></cache-value>", SUSPECT),
    (
        580,
        "<cors><allowed-origins><origin>*</origin><origin>http://a.test</origin></allowed-origins><allowed-headers><header>*</header></allowed-headers></cors>",
        &["value-invalid"],
    ),
    (
        571,
        "<cors><allowed-origins><origin>http://a.test/x</origin><origin>http://b.test/</origin></allowed-origins><allowed-headers><header>*</header></allowed-headers></cors>",
        &["cors-origin"],
    ),
    (594, "<send-request response-variable-name='v' mode='new'/>", &["url-missing"]),
    (594, "<send-request response-variable-name='v' mode='copy'/>", GOOD),
    (601, "<log-to-eventhub logger-id='l' partition-id='0' partition-key='@(\"k\")'>m</log-to-eventhub>", CONFLICT),
    (602, "<send-service-bus-message namespace='n'><payload>p</payload></send-service-bus-message>", MISSING),
    (
        602,
        "<send-service-bus-message namespace='n' queue-name='@(\"q\")' topic-name='t'><payload>p</payload></send-service-bus-message>",
        CONFLICT,
    ),
    (606, "<publish-to-dapr topic='t'>m</publish-to-dapr>", SUSPECT),
    (606, "<publish-to-dapr topic='p/t'>m</publish-to-dapr>", GOOD),
    (606, "<publish-to-dapr topic='@(\"p/t\")'>m</publish-to-dapr>", GOOD),
    (606, "<publish-to-dapr pubsub-name='p' topic='t'>m</publish-to-dapr>", GOOD),
    (632, "<wait><set-variable name='a' value='b'/></wait>", &["unknown-element"]),
    (628, "<choose><otherwise/></choose>", &["element-missing"]),
    (628, "<choose><when condition='true'/><otherwise/><otherwise/></choose>", &["element-twice"]),
];

const BACKEND: &[Row] = &[
    (457, "<forward-request timeout='1' timeout-ms='1'/>", CONFLICT),
    (457, "<forward-request timeout='@(1)' timeout-ms='1'/>", CONFLICT),
];

#[test]
fn what_excludes_or_needs_something_else_is_checked() {
    let rows =
        INBOUND.iter().map(|row| (Section::Inbound, row)).chain(BACKEND.iter().map(|row| (Section::Backend, row)));
    let mut problems = Vec::new();
    for (section, (line, policy, codes)) in rows {
        let (_, found) = parsed_in(section, policy);
        let found_codes: Vec<&str> = found.iter().map(|one| one.code).collect();
        if found_codes != **codes {
            problems.push(format!("line {line}: {policy}: {found:?}"));
        }
    }
    super::none(&problems);
}

#[test]
fn a_request_of_its_own_has_one_authentication() {
    let children = [
        "<authentication-basic username='@(\"u\")' password='p'/>",
        "<authentication-certificate certificate-id='c'/>",
        "<authentication-managed-identity resource='r'/>",
    ];
    for (policy, attributes) in [("send-request", "response-variable-name='v'"), ("send-one-way-request", "")] {
        for (first, second) in [(0, 1), (0, 2), (1, 2)] {
            let inside = format!("<set-url>http://a.test</set-url>{}{}", children[first], children[second]);
            let (_, found) = parsed_in(Section::Inbound, &format!("<{policy} {attributes}>{inside}</{policy}>"));
            let expected = format!(
                "`<{policy}>` takes one of authentication-basic, authentication-certificate, authentication-managed-identity"
            );
            assert_eq!(
                (found.len(), found[0].code, &*found[0].message),
                (1, "element-conflict", &*expected),
                "{found:?}"
            );
        }
    }
}
