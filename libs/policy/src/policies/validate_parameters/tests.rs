use std::sync::Arc;

use crate::contract::{ContentKind, Contract, Parameter, Schema, SchemaDocument};
use crate::testing::{Expect, MemoryExchange, check};

fn parameter(name: &str, required: bool, definition: Schema) -> Parameter {
    Parameter { name: name.into(), required, schema: Arc::new(definition) }
}

/// `GET /items/{id}` with `limit` (an integer of 1 to 9), `tags` (a list), `sort` (one of two, required) and a header.
fn listing(path_value: &str, query: &str) -> MemoryExchange {
    let text = r#"{"components":{"schemas":{"Limit":{"type":"integer","minimum":1,"maximum":9},"Tags":{"type":"array","items":{"type":"integer"}}}}}"#;
    let document = Arc::new(SchemaDocument::new("/apis/echo/schemas/s", ContentKind::Json, text.into(), Vec::new()));
    let contract = Contract {
        path: vec![parameter("id", true, Schema::of_type("integer", &[]))],
        query: vec![
            parameter("limit", false, Schema::named(&document, "Limit")),
            parameter("tags", false, Schema::named(&document, "Tags")),
            parameter("sort", true, Schema::of_type("string", &["up".to_owned(), "down".to_owned()])),
            parameter("lost", false, Schema::named(&document, "Lost")),
        ],
        headers: vec![parameter("X-Flag", false, Schema::of_type("boolean", &[]))],
        has_schemas: true,
        ..Contract::default()
    };
    MemoryExchange {
        contract: Some(Arc::new(contract)),
        matched_parameters: vec![("id".to_owned(), path_value.into())],
        ..MemoryExchange::get(&format!("/items?{query}"))
    }
    .header_line("Host", "gateway.test")
}

const ALL: &str =
    "specified-parameter-action='prevent' unspecified-parameter-action='prevent' errors-variable-name='e'";

#[track_caller]
fn refused(exchange: MemoryExchange, content: &str, message: Option<&str>) {
    let policy = format!("<validate-parameters {ALL}>{content}</validate-parameters>");
    let error = message.map(|message| ("Bad request", message));
    check(&policy, exchange, &[Expect::Codes(&[]), Expect::LastError(error)]);
}

#[test]
fn parameters_conform_to_their_definition() {
    let conform = |what: &str, message: &str| {
        Some(format!("The value of the {what} does not conform to the definition. {message} Line: 0, Position: 0"))
    };
    for (id, query, message) in [
        ("5", "sort=up", None),
        ("%35", "sort=up&limit=9&tags=1&tags=2,3", None),
        ("x", "sort=up", Some("Value of the path parameter id couldn't be parsed according to the definition. Could not convert string to integer: x.".to_owned())),
        ("5", "sort=up&limit=10", conform("query parameter limit", "Integer 10 exceeds maximum value of 9.")),
        ("5", "sort=up&limit=ten", Some("Value of the query parameter limit couldn't be parsed according to the definition. Could not convert string to integer: ten.".to_owned())),
        ("5", "sort=up&limit=1&limit=2", Some("Request cannot contain multiple values for the query parameter limit.".to_owned())),
        ("5", "sort=left", conform("query parameter sort", "Value \"left\" is not defined in enum.")),
        ("5", "", Some("Request does not contain the required query parameter sort.".to_owned())),
        ("5", "sort=up&tags=1,x", Some("Value of the query parameter tags couldn't be parsed according to the definition. Could not convert string to integer: x.".to_owned())),
        ("5", "sort=up&more=1", Some("Unspecified query parameter more is not allowed.".to_owned())),
        ("5", "sort=up&lost=1", Some("API's schema doesn't contain definition Lost, which is associated with the query parameter lost.".to_owned())),
    ] {
        refused(listing(id, query), "", message.as_deref());
    }
    let flag = |value: &str| listing("5", "sort=up").header_line("x-flag", value);
    refused(flag("TRUE"), "", None);
    let message = "Value of the header X-Flag couldn't be parsed according to the definition. Could not convert string to boolean: 1.";
    refused(flag("1"), "", Some(message));
    let other = listing("5", "sort=up").header_line("X-Other", "1");
    refused(other, "", Some("Unspecified header X-Other is not allowed."));
}

#[test]
fn the_innermost_action_counts() {
    for (content, message) in [
        ("<query unspecified-parameter-action='ignore'/>", None),
        (
            "<query unspecified-parameter-action='ignore'><parameter name='more' action='prevent'/></query>",
            Some("Unspecified query parameter more is not allowed."),
        ),
        ("<query><parameter name='more' action='detect'/></query>", None),
        ("<headers unspecified-parameter-action='ignore'/>", Some("Unspecified query parameter more is not allowed.")),
    ] {
        refused(listing("5", "sort=up&more=1"), content, message);
    }
    refused(listing("x", "sort=up"), "<path specified-parameter-action='ignore'/>", None);
    refused(listing("x", "sort=up"), "<path specified-parameter-action='@(\"detect\")'/>", None);
    refused(listing("x", "sort=up"), "<path><parameter name='id' action='ignore'/></path>", None);
}

#[test]
fn without_an_operation_nothing_is_checked_and_wrong_documents_are_refused() {
    refused(MemoryExchange::get("/?a=1"), "", None);
    let actions = "specified-parameter-action='prevent' unspecified-parameter-action='detect'";
    for (attributes, content, code) in [
        (actions, "<path unspecified-parameter-action='ignore'/>", "unknown-attribute"),
        (actions, "<query><parameter name='a'/></query>", "attribute-missing"),
        ("specified-parameter-action='prevent'", "", "attribute-missing"),
    ] {
        let policy = format!("<validate-parameters {attributes}>{content}</validate-parameters>");
        check(&policy, MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
    }
}
