//! Limits and words of the fact base at their edges: what is just allowed is taken, what is just not is refused with a diagnostic that names
//! the attribute.

use super::attributes::with_value;
use super::{AttributeFacts, attributes, errors, none, parsed};

/// Line of the facts, element, attribute, values that are taken, values that are refused.
type Row = (u32, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const ACTIONS: &[&str] = &["ignore", "prevent", "detect", "Prevent"];
const NO_ACTIONS: &[&str] = &["allow", "block", ""];
const CACHES: &[&str] = &["internal", "external", "prefer-external"];
const BOOLEANS: &[&str] = &["true", "false", "True"];
const NO_BOOLEANS: &[&str] = &["yes", "1", ""];

const ROWS: &[Row] = &[
    (234, "rate-limit", "renewal-period", &["1", "300"], &["0", "301", "-1", "1.5", "1e2"]),
    (253, "rate-limit-by-key", "renewal-period", &["1", "300"], &["0", "301"]),
    (257, "rate-limit-by-key", "increment-after-response", BOOLEANS, NO_BOOLEANS),
    (268, "quota", "renewal-period", &["0", "1"], &["-1", "week"]),
    (277, "quota-by-key", "renewal-period", &["0", "300"], &["1", "299"]),
    (278, "quota-by-key", "first-period-start", &["2024-01-31T00:00:00Z"], &["2024-01-31", "tomorrow"]),
    (
        289,
        "llm-token-limit",
        "token-quota-period",
        &["Hourly", "Daily", "Weekly", "Monthly", "Yearly"],
        &["Minutely", ""],
    ),
    (313, "ip-filter", "action", &["allow", "forbid"], &["deny", ""]),
    (313, "ip-filter/address-range", "from", &["10.0.0.1", "10.0.0.9"], &["10.0.0.10", "10.0.0.0/24", "::1", "x"]),
    (319, "get-authorization-context", "identity-type", &["managed", "jwt"], &["user"]),
    (333, "validate-jwt/required-claims/claim", "match", &["all", "any"], &["some"]),
    (340, "validate-jwt", "clock-skew", &["0", "300", "00:05:00"], &["-1", "soon"]),
    (384, "llm-content-safety/categories/category", "name", &["Hate", "SelfHarm", "Sexual", "Violence"], &["Anger"]),
    (384, "llm-content-safety/categories/category", "threshold", &["0", "7"], &["8", "-1"]),
    (384, "llm-content-safety/categories", "output-type", &["FourSeverityLevels", "EightSeverityLevels"], &["Two"]),
    (403, "validate-content", "unspecified-content-type-action", ACTIONS, NO_ACTIONS),
    (403, "validate-content", "size-exceeded-action", ACTIONS, NO_ACTIONS),
    (409, "validate-content", "max-size", &["1", "102400", "4194304"], &["0", "4194305"]),
    (405, "validate-content/content", "action", ACTIONS, NO_ACTIONS),
    (405, "validate-content/content", "validate-as", &["json", "xml", "soap"], &["yaml"]),
    (421, "validate-parameters", "specified-parameter-action", ACTIONS, NO_ACTIONS),
    (421, "validate-parameters", "unspecified-parameter-action", ACTIONS, NO_ACTIONS),
    (429, "validate-headers", "specified-header-action", ACTIONS, NO_ACTIONS),
    (429, "validate-headers", "unspecified-header-action", ACTIONS, NO_ACTIONS),
    (432, "validate-status-code", "unspecified-status-code-action", ACTIONS, NO_ACTIONS),
    // "Contact support to increase this limit": there are documents with more.
    (444, "validate-graphql-request", "max-size", &["1", "102400", "102401"], &["0"]),
    (444, "validate-graphql-request/authorize/rule", "action", &["allow", "remove", "reject", "ignore"], &["deny"]),
    (453, "forward-request", "http-version", &["1", "2or1", "2"], &["3", "1.1"]),
    (457, "forward-request", "timeout", &["1", "240", "450"], &["0", "soon"]),
    (477, "cache-lookup", "caching-type", CACHES, &["redis"]),
    (477, "cache-lookup-value", "caching-type", CACHES, &["redis"]),
    (477, "cache-store-value", "caching-type", CACHES, &["redis"]),
    (477, "cache-remove-value", "caching-type", CACHES, &["redis"]),
    (477, "cache-value", "caching-type", CACHES, &["redis"]),
    (505, "llm-semantic-cache-lookup", "score-threshold", &["0.0", "0.05", "1.0"], &["1.1", "-0.1", "low"]),
    (505, "llm-semantic-cache-lookup", "embeddings-backend-auth", &["system-assigned"], &["user-assigned"]),
    (523, "set-body", "template", &["liquid", "none"], &["razor"]),
    (523, "set-body", "xsi-nil", &["blank", "null"], &["nil"]),
    (535, "set-header", "exists-action", &["override", "skip", "append", "delete"], &["replace"]),
    (542, "set-query-parameter", "exists-action", &["override", "skip", "append", "delete"], &["replace"]),
    (546, "rewrite-uri", "copy-unmatched-params", BOOLEANS, NO_BOOLEANS),
    (550, "json-to-xml", "apply", &["always", "content-type-json"], &["content-type-xml"]),
    (555, "xml-to-json", "kind", &["javascript-friendly", "direct"], &["indirect"]),
    (555, "xml-to-json", "apply", &["always", "content-type-xml"], &["content-type-json"]),
    (555, "xml-to-json", "empty-values", &["preserve", "asNull"], &["drop"]),
    (565, "mock-response", "index", &["0", "1"], &["-1"]),
    (578, "cors", "allow-credentials", &["false"], NO_BOOLEANS),
    (578, "cors", "terminate-unmatched-request", BOOLEANS, NO_BOOLEANS),
    (592, "send-request", "mode", &["new", "copy"], &["clone"]),
    (592, "send-one-way-request", "mode", &["new", "copy"], &["clone"]),
    (606, "publish-to-dapr", "timeout", &["1", "240"], &["0", "241"]),
    (607, "invoke-dapr-binding", "timeout", &["1", "240"], &["0", "241"]),
    (612, "trace", "severity", &["verbose", "information", "error"], &["fatal"]),
    (630, "retry", "count", &["1", "50"], &["0", "51"]),
    (630, "retry", "first-fast-retry", BOOLEANS, NO_BOOLEANS),
    (632, "wait", "for", &["all", "any"], &["some"]),
];

#[test]
fn limits_and_words_hold_at_their_edges() {
    let all = attributes();
    let mut problems = Vec::new();
    for (line, element, name, taken, refused) in ROWS {
        let fact: &AttributeFacts =
            all.iter().find(|fact| fact.element == *element && fact.name == *name).unwrap_or_else(|| panic!("{line}"));
        for value in *taken {
            let document = with_value(fact, &all, value);
            let (_, found) = parsed(&document);
            if !errors(&found).is_empty() {
                problems.push(format!("line {line}: {document}: {found:?}"));
            }
        }
        for value in *refused {
            let document = with_value(fact, &all, value);
            let (_, found) = parsed(&document);
            if !found.iter().any(|one| matches!(one.code, "value-invalid" | "value-suspect")) {
                problems.push(format!("line {line}: {document}: {found:?}"));
            }
        }
    }
    none(&problems);
}

#[test]
fn dimensions_are_as_many_as_the_facts_allow() {
    for (policy, count, is_good) in [
        ("emit-metric name='n'", 0, true),
        ("emit-metric name='n'", 10, true),
        ("emit-metric name='n'", 11, false),
        ("llm-emit-token-metric", 0, false),
        ("llm-emit-token-metric", 5, true),
    ] {
        let dimensions: String = (0..count).map(|index| format!("<dimension name='d{index}' value='v'/>")).collect();
        let name = policy.split(' ').next().unwrap();
        let (_, found) = parsed(&format!("<{policy}>{dimensions}</{name}>"));
        assert_eq!(errors(&found).is_empty(), is_good, "{policy} {count}: {found:?}");
    }
}
