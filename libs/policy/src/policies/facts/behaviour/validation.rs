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
    const PREVENT: &str = "@(\"pre\" + \"vent\")";
    let header = unparsable("header X-Size");
    let query = unparsable("query parameter limit");
    let path = unparsable("path parameter id");
    let other_header = refused("Unspecified header X-Other is not allowed.");
    let other_query = refused("Unspecified query parameter other is not allowed.");
    let with_header = || numbers("5", "limit=1", "1").header_line("X-Other", "1");
    let mut rows = Vec::new();
    for prevent in ["prevent", PREVENT] {
        for ignore in ["ignore", "detect", "@(\"de\" + \"tect\")"] {
            let each = |kind: &str, attributes: &str, name: &str, action: &str| {
                let inside = if name.is_empty() {
                    String::new()
                } else {
                    format!("<parameter name='{name}' action='{action}'/>")
                };
                format!("<{kind} {attributes}>{inside}</{kind}>")
            };
            let specified = |action: &str| format!("specified-parameter-action='{action}'");
            let unspecified = |action: &str| format!("unspecified-parameter-action='{action}'");
            let whole = "validate-parameters specified-parameter-action";
            rows.extend([
                row(whole, parameters(prevent, ignore, ""), numbers("5", "limit=x", "1"), &query),
                row(whole, parameters(prevent, ignore, ""), numbers("5", "limit=1", "x"), &header),
                row(whole, parameters(prevent, ignore, ""), numbers("x", "limit=1", "1"), &path),
                row(whole, parameters(ignore, prevent, ""), numbers("x", "limit=x", "x"), PASSES),
                row(
                    "validate-parameters unspecified-parameter-action",
                    parameters(ignore, prevent, ""),
                    numbers("5", "other=1", "1"),
                    &other_query,
                ),
                row(
                    "validate-parameters unspecified-parameter-action",
                    parameters(ignore, prevent, ""),
                    with_header(),
                    &other_header,
                ),
                row(
                    "validate-parameters unspecified-parameter-action",
                    parameters(prevent, ignore, ""),
                    with_header(),
                    PASSES,
                ),
            ]);
            for (kind, name, good, bad, expected) in [
                ("headers", "X-Size", ignore, numbers("5", "limit=1", "x"), &header),
                ("query", "limit", ignore, numbers("5", "limit=x", "1"), &query),
                ("path", "id", ignore, numbers("x", "limit=1", "1"), &path),
            ] {
                let fact = |rest: &str| -> &'static str { format!("validate-parameters/{kind}{rest}").leak() };
                let own = |action: &str| each(kind, &specified(action), "", "");
                let one = |of_kind: &str, name: &str, action: &str| each(kind, &specified(of_kind), name, action);
                rows.extend([
                    row(
                        fact(" specified-parameter-action"),
                        parameters(good, good, &own(prevent)),
                        bad.clone(),
                        expected,
                    ),
                    row(
                        fact(" specified-parameter-action"),
                        parameters(prevent, good, &own(good)),
                        bad.clone(),
                        PASSES,
                    ),
                    row(
                        fact("/parameter action"),
                        parameters(good, good, &one(good, name, prevent)),
                        bad.clone(),
                        expected,
                    ),
                    row(
                        fact("/parameter action"),
                        parameters(prevent, good, &one(prevent, name, good)),
                        bad.clone(),
                        PASSES,
                    ),
                    row(fact("/parameter name"), parameters(good, good, &one(good, "another", prevent)), bad, PASSES),
                ]);
            }
            for (kind, sent, expected) in
                [("headers", with_header(), &other_header), ("query", numbers("5", "other=1", "1"), &other_query)]
            {
                let fact = format!("validate-parameters/{kind} unspecified-parameter-action").leak();
                let own = |action: &str| each(kind, &unspecified(action), "", "");
                rows.push(row(fact, parameters(ignore, ignore, &own(prevent)), sent.clone(), expected));
                rows.push(row(fact, parameters(ignore, prevent, &own(ignore)), sent, PASSES));
            }
        }
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
