//! The `validate-…` policies of messages: which action meets a problem, and what is recorded of it (lines 394 to 433), but for bodies (content.rs).

use std::sync::Arc;

use super::{Row, get, row};
use crate::contract::{ContentKind, Contract, Parameter, ResponseContract, Schema, SchemaDocument};
use crate::testing::{Expect, MemoryExchange};

pub(super) fn rows() -> Vec<Row> {
    [actions_of_parameters(), records_of_parameters(), headers(), statuses()].into_iter().flatten().collect()
}

pub(super) const PASSES: &[Expect<'static>] = &[Expect::LastError(None), Expect::Response(200, "from the backend")];
const INTERNAL: &str = "The request could not be processed due to an internal error. Contact the API owner.";

fn parameter(name: &str, schema: Schema) -> Parameter {
    Parameter { name: name.into(), required: false, schema: Arc::new(schema) }
}

/// `GET /items/{id}?limit=` with a header `X-Size`: numbers all three; `broken` and `lost` have no usable schema.
fn numbers(id: &str, query: &str, size: &str) -> MemoryExchange {
    let number = |name: &str| parameter(name, Schema::of_type("integer", &[]));
    let text = r#"{"components":{"schemas":{"Broken":{"type":7}}}}"#;
    let document = Arc::new(SchemaDocument::new("/apis/echo/schemas/s", ContentKind::Json, text.into(), Vec::new()));
    let contract = Contract {
        path: vec![number("id")],
        query: vec![
            number("limit"),
            parameter("broken", Schema::named(&document, "Broken")),
            parameter("lost", Schema::named(&document, "Lost")),
        ],
        headers: vec![number("X-Size")],
        has_schemas: true,
        ..Contract::default()
    };
    let exchange = MemoryExchange {
        contract: Some(Arc::new(contract)),
        matched_parameters: vec![("id".to_owned(), id.into())],
        ..MemoryExchange::get(&format!("/items?{query}"))
    };
    if size.is_empty() { exchange } else { exchange.header_line("X-Size", size) }
}

pub(super) fn refused(message: &str) -> [Expect<'static>; 2] {
    let body: &'static str = format!("{{ \"statusCode\": 400, \"message\": \"{message}\" }}").leak();
    [Expect::Response(400, body), Expect::LastError(Some(("Bad request", message.to_owned().leak())))]
}

fn unparsable(what: &str) -> [Expect<'static>; 2] {
    refused(&format!(
        "Value of the {what} couldn't be parsed according to the definition. Could not convert string to integer: x."
    ))
}

fn parameters(specified: &str, unspecified: &str, children: &str) -> String {
    format!(
        "<validate-parameters specified-parameter-action='{specified}' unspecified-parameter-action='{unspecified}'>{children}</validate-parameters>"
    )
}

/// The action of the parameter, else of its kind, else of the policy; each may be an expression.
fn actions_of_parameters() -> Vec<Row> {
    let mut rows = Vec::new();
    for prevent in ["prevent", "@(\"pre\" + \"vent\")"] {
        for other in ["ignore", "detect", "@(\"de\" + \"tect\")"] {
            rows.extend(actions_of_the_policy(prevent, other));
            rows.extend(actions_of_a_kind(prevent, other));
            rows.extend(actions_for_the_unspecified(prevent, other));
        }
    }
    rows
}

fn with_other_header() -> MemoryExchange {
    numbers("5", "limit=1", "1").header_line("X-Other", "1")
}

fn actions_of_the_policy(prevent: &str, other: &str) -> Vec<Row> {
    const SPECIFIED: &str = "validate-parameters specified-parameter-action";
    const UNSPECIFIED: &str = "validate-parameters unspecified-parameter-action";
    let strict = || parameters(prevent, other, "");
    let closed = || parameters(other, prevent, "");
    let more_query = refused("Unspecified query parameter other is not allowed.");
    let more_header = refused("Unspecified header X-Other is not allowed.");
    vec![
        row(SPECIFIED, strict(), numbers("5", "limit=x", "1"), &unparsable("query parameter limit")),
        row(SPECIFIED, strict(), numbers("5", "limit=1", "x"), &unparsable("header X-Size")),
        row(SPECIFIED, strict(), numbers("x", "limit=1", "1"), &unparsable("path parameter id")),
        row(SPECIFIED, closed(), numbers("x", "limit=x", "x"), PASSES),
        row(UNSPECIFIED, closed(), numbers("5", "other=1", "1"), &more_query),
        row(UNSPECIFIED, closed(), with_other_header(), &more_header),
        row(UNSPECIFIED, strict(), with_other_header(), PASSES),
    ]
}

fn actions_of_a_kind(prevent: &str, other: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for (kind, name, bad, title) in [
        ("headers", "X-Size", numbers("5", "limit=1", "x"), "header X-Size"),
        ("query", "limit", numbers("5", "limit=x", "1"), "query parameter limit"),
        ("path", "id", numbers("x", "limit=1", "1"), "path parameter id"),
    ] {
        let fact = |rest: &str| -> &'static str { format!("validate-parameters/{kind}{rest}").leak() };
        let of_kind =
            |of_kind: &str, inside: &str| format!("<{kind} specified-parameter-action='{of_kind}'>{inside}</{kind}>");
        let one = |name: &str, action: &str| format!("<parameter name='{name}' action='{action}'/>");
        let expected = unparsable(title);
        for (rest, outer, children, expected) in [
            (" specified-parameter-action", other, of_kind(prevent, ""), &expected[..]),
            (" specified-parameter-action", prevent, of_kind(other, ""), PASSES),
            ("/parameter action", other, of_kind(other, &one(name, prevent)), &expected),
            ("/parameter action", prevent, of_kind(prevent, &one(name, other)), PASSES),
            ("/parameter name", other, of_kind(other, &one("another", prevent)), PASSES),
        ] {
            rows.push(row(fact(rest), parameters(outer, other, &children), bad.clone(), expected));
        }
    }
    rows
}

fn actions_for_the_unspecified(prevent: &str, other: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for (kind, sent, title) in [
        ("headers", with_other_header(), "header X-Other"),
        ("query", numbers("5", "other=1", "1"), "query parameter other"),
    ] {
        let fact = format!("validate-parameters/{kind} unspecified-parameter-action").leak();
        let own = |action: &str| format!("<{kind} unspecified-parameter-action='{action}'/>");
        let expected = refused(&format!("Unspecified {title} is not allowed."));
        rows.push(row(fact, parameters(other, other, &own(prevent)), sent.clone(), &expected));
        rows.push(row(fact, parameters(other, prevent, &own(other)), sent, PASSES));
    }
    rows
}

/// `{Name, Type, ValidationRule, Details, Action}` of the first error.
const RECORD: &str = "<set-variable name='record' value='@{ var e = ((JArray)context.Variables[\"e\"])[0]; \
                      return e[\"Name\"] + \"|\" + e[\"Type\"] + \"|\" + e[\"ValidationRule\"] + \"|\" + e[\"Details\"] + \"|\" + e[\"Action\"]; }'/>";

fn recorded(record: &str) -> [Expect<'static>; 2] {
    [Expect::LastError(None), Expect::Variable("record", Some(record.to_owned().leak()))]
}

fn records_of_parameters() -> Vec<Row> {
    const FACT: &str = "validate-parameters errors-variable-name";
    let policy = format!(
        "<validate-parameters specified-parameter-action='detect' unspecified-parameter-action='detect' errors-variable-name='e'/>{RECORD}"
    );
    let lost = "API's schema doesn't contain definition Lost, which is associated with the query parameter lost.";
    [
        (numbers("5", "other=1", ""), "other|QueryParameter|Unspecified|Unspecified query parameter other is not allowed.".to_owned()),
        (numbers("5", "", "").header_line("X-Other", "1"), "X-Other|RequestHeader|Unspecified|Unspecified header X-Other is not allowed.".to_owned()),
        (numbers("5", "limit=1&limit=2", ""), "limit|QueryParameter|IncorrectMessage|Request cannot contain multiple values for the query parameter limit.".to_owned()),
        (numbers("5", "", "1").header_line("X-Size", "2"), "X-Size|RequestHeader|IncorrectMessage|Request cannot contain multiple values for the header X-Size.".to_owned()),
        (numbers("x", "", ""), "id|PathParameter|IncorrectMessage|Value of the path parameter id couldn't be parsed according to the definition. Could not convert string to integer: x.".to_owned()),
        (numbers("5", "lost=1", ""), format!("lost|QueryParameter|MissingDefinition|{lost}")),
    ]
    .into_iter()
    .map(|(exchange, record)| row(FACT, policy.clone(), exchange, &recorded(&format!("{record}|detect"))))
    .collect()
}

/// The response 200 declares `X-Count`, a number.
fn counting(status: u16, headers: &[(&str, &str)]) -> MemoryExchange {
    let count = parameter("X-Count", Schema::of_type("integer", &[]));
    let response = ResponseContract { status: 200, headers: vec![count], bodies: Vec::new() };
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    MemoryExchange {
        contract: Some(Arc::new(Contract { responses: vec![response], ..Contract::default() })),
        examples: vec![(200, "text/plain".to_owned(), Vec::new())],
        backend_response: (status, headers, b"from the backend".to_vec()),
        ..get()
    }
}

fn outbound(policy: &str) -> String {
    format!("<policies><outbound>{policy}</outbound></policies>")
}

fn withheld(details: &str) -> [Expect<'static>; 2] {
    let body: &'static str = format!("{{ \"statusCode\": 502, \"message\": \"{INTERNAL}\" }}").leak();
    [Expect::Response(502, body), Expect::LastError(Some(("Response not allowed", details.to_owned().leak())))]
}

fn headers() -> Vec<Row> {
    let policy = |specified: &str, unspecified: &str, more: &str, children: &str| {
        outbound(&format!(
            "<validate-headers specified-header-action='{specified}' unspecified-header-action='{unspecified}' {more}>{children}</validate-headers>"
        ))
    };
    let wrong = || counting(200, &[("X-Count", "x")]);
    let more = || counting(200, &[("Server", "s")]);
    let details = "Value of the header X-Count couldn't be parsed according to the definition. Could not convert string to integer: x.";
    let unspecified = "Unspecified header Server is not allowed.";
    let of_count = |action: &str| format!("<header name='X-COUNT' action='{action}'/>");
    let detecting = policy("detect", "detect", "errors-variable-name='e'", "")
        .replace("</outbound>", &format!("{RECORD}</outbound>"));
    vec![
        row(
            "validate-headers specified-header-action",
            policy("prevent", "ignore", "", ""),
            wrong(),
            &withheld(details),
        ),
        row(
            "validate-headers specified-header-action",
            policy("@(\"prevent\")", "ignore", "", ""),
            wrong(),
            &withheld(details),
        ),
        row("validate-headers specified-header-action", policy("detect", "prevent", "", ""), wrong(), PASSES),
        row(
            "validate-headers unspecified-header-action",
            policy("ignore", "prevent", "", ""),
            more(),
            &withheld(unspecified),
        ),
        row("validate-headers unspecified-header-action", policy("prevent", "detect", "", ""), more(), PASSES),
        row(
            "validate-headers/header action",
            policy("ignore", "ignore", "", &of_count("prevent")),
            wrong(),
            &withheld(details),
        ),
        row("validate-headers/header action", policy("prevent", "ignore", "", &of_count("ignore")), wrong(), PASSES),
        row(
            "validate-headers/header name",
            policy("ignore", "ignore", "", "<header name='X-Other' action='prevent'/>"),
            wrong(),
            PASSES,
        ),
        row(
            "validate-headers errors-variable-name",
            detecting.clone(),
            wrong(),
            &recorded(&format!("X-Count|ResponseHeader|IncorrectMessage|{details}|detect")),
        ),
        row(
            "validate-headers errors-variable-name",
            detecting,
            more(),
            &recorded(&format!("Server|ResponseHeader|Unspecified|{unspecified}|detect")),
        ),
    ]
}

fn statuses() -> Vec<Row> {
    let policy = |action: &str, more: &str, children: &str| {
        format!(
            "<validate-status-code unspecified-status-code-action='{action}' {more}>{children}</validate-status-code>"
        )
    };
    let details = "Response status code 418 is not allowed.";
    let teapot = || counting(418, &[]);
    let passed = [Expect::LastError(None), Expect::Response(418, "from the backend")];
    let code = |code: u16, action: &str| format!("<status-code code='{code}' action='{action}'/>");
    let detecting = |name: &str| outbound(&format!("{}{RECORD}", policy("detect", &format!("{name}='e'"), "")));
    let record = recorded(&format!("418|StatusCode|Unspecified|{details}|detect"));
    vec![
        row(
            "validate-status-code unspecified-status-code-action",
            outbound(&policy("prevent", "", "")),
            teapot(),
            &withheld(details),
        ),
        row(
            "validate-status-code unspecified-status-code-action",
            outbound(&policy("detect", "", "")),
            teapot(),
            &passed,
        ),
        row(
            "validate-status-code/status-code action",
            outbound(&policy("ignore", "", &code(418, "prevent"))),
            teapot(),
            &withheld(details),
        ),
        row(
            "validate-status-code/status-code action",
            outbound(&policy("prevent", "", &code(418, "ignore"))),
            teapot(),
            &passed,
        ),
        row(
            "validate-status-code/status-code code",
            outbound(&policy("ignore", "", &code(419, "prevent"))),
            teapot(),
            &passed,
        ),
        // Only codes that the schema does not have (line 433).
        row(
            "validate-status-code/status-code code",
            outbound(&policy("ignore", "", &code(200, "prevent"))),
            counting(200, &[]),
            PASSES,
        ),
        row("validate-status-code errors-variable-name", detecting("errors-variable-name"), teapot(), &record),
        row("validate-status-code error-variable-name", detecting("error-variable-name"), teapot(), &record),
    ]
}
