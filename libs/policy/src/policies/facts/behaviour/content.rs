//! `validate-content`: sizes, media types and their map, JSON (lines 399 to 418).

use std::sync::Arc;

use super::validation::{PASSES, refused};
use super::{Row, get, row};
use crate::contract::{Body, ContentKind, Contract, Schema, SchemaDocument};
use crate::testing::{Expect, MemoryExchange};

/// An operation with JSON bodies of one number, `{"id": 1}`; `a/b` is not declared.
fn described(content_type: &str, body: &str) -> MemoryExchange {
    let text = r#"{"components":{"schemas":{"Order":{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}}},"Broken":{"type":7}}}}"#;
    let document = Arc::new(SchemaDocument::new("/apis/echo/schemas/s", ContentKind::Json, text.into(), Vec::new()));
    let json =
        Body { content_type: "application/json".into(), schema: Some(Arc::new(Schema::named(&document, "Order"))) };
    let exchange = MemoryExchange {
        request_body: Some(body.into()),
        contract: Some(Arc::new(Contract { request: vec![json], has_schemas: true, ..Contract::default() })),
        ..get()
    };
    if content_type.is_empty() { exchange } else { exchange.header_line("Content-Type", content_type) }
}

#[allow(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<Row> {
    let policy = |unspecified: &str, exceeded: &str, children: &str| {
        format!(
            "<validate-content unspecified-content-type-action='{unspecified}' max-size='20' size-exceeded-action='{exceeded}' \
             errors-variable-name='e'>{children}</validate-content>"
        )
    };
    let json = |attributes: &str| {
        format!("<content type='application/json' validate-as='json' action='prevent' {attributes}/>")
    };
    let wrong = "Body of the request does not conform to the definition Order, which is associated with the content type application/json. \
                 Invalid type. Expected Integer but got String. Line: 1, Position: 9";
    let wrong = [Expect::LastError(Some(("Bad request", wrong)))];
    let missing = "Body of the request does not conform to the definition Order, which is associated with the content type application/json. \
                   Required properties are missing from object: id. Line: 1, Position: 1";
    let unspecified = refused("Unspecified content type a/b is not allowed.");
    let long = " ".repeat(21);
    let coded = MemoryExchange { request_content: Some(long.clone().into()), ..described("a/b", "coded") };
    let coded = coded.header_line("Content-Encoding", "gzip");
    let too_long = refused("Request's body is 21 bytes long and it exceeds the limit of 20 bytes.");
    let map = |attributes: &str, types: &str| {
        format!("<content-type-map {attributes}>{types}</content-type-map>{}", json(""))
    };
    let bad = r#"{"id":"1"}"#;
    const ANY: &str = "validate-content/content-type-map any-content-type-value";
    const MISSING: &str = "validate-content/content-type-map missing-content-type-value";
    const WHEN: &str = "validate-content/content-type-map/type when";
    const FROM: &str = "validate-content/content-type-map/type from";
    const UNSPECIFIED: &str = "validate-content unspecified-content-type-action";
    const EXCEEDED: &str = "validate-content size-exceeded-action";
    const CASE: &str = "validate-content/content case-insensitive-property-names";
    const TYPE: &str = "validate-content/content type";
    let of_type = |media_type: &str| {
        let content = format!("<content {media_type} validate-as='json' action='prevent'/>");
        policy("ignore", "prevent", &content)
    };
    vec![
        row(TYPE, of_type("type='APPLICATION/json'"), described("application/json", bad), &wrong),
        row(TYPE, of_type("type='c/d'"), described("application/json", bad), PASSES),
        row(TYPE, of_type(""), described("application/json", bad), &wrong),
        row(UNSPECIFIED, policy("prevent", "ignore", &json("")), described("a/b", "x"), &unspecified),
        row(UNSPECIFIED, policy("detect", "ignore", &json("")), described("a/b", "x"), PASSES),
        row(UNSPECIFIED, policy("ignore", "prevent", &json("")), described("a/b", "x"), PASSES),
        row(EXCEEDED, policy("ignore", "prevent", ""), described("a/b", &long), &too_long),
        // What a compressed body says counts, not what was sent.
        row(EXCEEDED, policy("ignore", "prevent", ""), coded, &too_long),
        row(
            EXCEEDED,
            policy("prevent", "ignore", "<content type='a/b' validate-as='json' action='ignore'/>"),
            described("a/b", &long),
            PASSES,
        ),
        row(
            ANY,
            policy("prevent", "prevent", &map("any-content-type-value='application/json'", "")),
            described("a/b", bad),
            &wrong,
        ),
        row(
            ANY,
            policy("prevent", "prevent", &map("any-content-type-value='@(\"application/json\")'", "")),
            described("a/b", "{\"id\":1}"),
            PASSES,
        ),
        row(
            MISSING,
            policy("prevent", "prevent", &map("missing-content-type-value='application/json'", "")),
            described("", bad),
            &wrong,
        ),
        row(
            MISSING,
            policy("prevent", "prevent", &map("missing-content-type-value='application/json'", "")),
            described("a/b", bad),
            &unspecified,
        ),
        row(
            WHEN,
            policy("prevent", "prevent", &map("", "<type when='@(1 == 1)' to='application/json'/>")),
            described("a/b", bad),
            &wrong,
        ),
        row(
            WHEN,
            policy("prevent", "prevent", &map("", "<type when='@(1 == 2)' to='application/json'/>")),
            described("a/b", bad),
            &unspecified,
        ),
        row(
            WHEN,
            policy("prevent", "prevent", &map("", "<type when='true' to='application/json'/>")),
            described("a/b", bad),
            &wrong,
        ),
        row(
            WHEN,
            policy("prevent", "prevent", &map("", "<type when='false' to='application/json'/>")),
            described("a/b", bad),
            &unspecified,
        ),
        row(
            FROM,
            policy("prevent", "prevent", &map("", "<type from='A/B' to='application/json'/>")),
            described("a/b", bad),
            &wrong,
        ),
        row(
            FROM,
            policy("prevent", "prevent", &map("", "<type from='c/d' to='application/json'/>")),
            described("a/b", bad),
            &unspecified,
        ),
        row(
            CASE,
            policy("prevent", "prevent", &json("")),
            described("application/json", r#"{"ID":1}"#),
            &[Expect::LastError(Some(("Bad request", missing)))],
        ),
        row(
            CASE,
            policy("prevent", "prevent", &json("case-insensitive-property-names='true'")),
            described("application/json", r#"{"ID":1}"#),
            PASSES,
        ),
        row(
            CASE,
            policy("prevent", "prevent", &json("case-insensitive-property-names='false'")),
            described("application/json", r#"{"ID":1}"#),
            &[Expect::LastError(Some(("Bad request", missing)))],
        ),
    ]
}
