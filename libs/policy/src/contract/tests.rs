//! Documents of all dialects, and what is wrong with values in the words of Newtonsoft.Json.Schema.
#![allow(clippy::needless_pass_by_value, reason = "schemas are literals of the tables")]

use std::sync::Arc;

use serde_json::json;

use super::schema::NoSchema;
use super::*;

fn document(text: &str) -> Arc<SchemaDocument> {
    Arc::new(SchemaDocument::new("/apis/a/schemas/s", ContentKind::Json, text.into(), Vec::new()))
}

fn openapi(schemas: serde_json::Value) -> Arc<SchemaDocument> {
    document(&json!({ "components": { "schemas": schemas } }).to_string())
}

/// The violations of `body`, each with its line and position.
#[track_caller]
fn check(schema: serde_json::Value, body: &str, expected: &[&str]) {
    check_as(Variant::default(), json!({ "X": schema }), body, expected);
}

#[track_caller]
fn check_as(variant: Variant, schemas: serde_json::Value, body: &str, expected: &[&str]) {
    let definition = Schema::named(&openapi(schemas), "X");
    prepare([(&definition, variant)]);
    assert_eq!(definition.problem(), None, "{body}");
    let found = definition.check_json(body, variant).unwrap().unwrap();
    let shown: Vec<String> = found.iter().map(Violation::with_place).collect();
    assert_eq!(shown, expected, "{body}");
}

#[test]
fn violations_read_as_newtonsofts_do() {
    let person = json!({
        "type": "object", "required": ["name", "age"], "additionalProperties": false,
        "properties": {
            "name": { "type": "string", "minLength": 2, "maxLength": 3, "pattern": "^[a-z]*$" },
            "age": { "type": "integer", "minimum": 1, "maximum": 9 },
            "kind": { "enum": ["a", 1] },
            "tags": { "type": "array", "items": { "type": "string" }, "minItems": 1, "maxItems": 2, "uniqueItems": true }
        }
    });
    for (body, expected) in [
        (r#"{"name":"ab","age":3}"#, &[][..]),
        (r#"{}"#, &["Required properties are missing from object: name, age. Line: 1, Position: 1"]),
        (
            "{\"name\":\"ab\",\n \"age\": \"3\"}",
            &["Invalid type. Expected Integer but got String. Line: 2, Position: 11"],
        ),
        (r#"{"name":"a","age":3}"#, &["String 'a' is less than minimum length of 2. Line: 1, Position: 11"]),
        (r#"{"name":"abcd","age":3}"#, &["String 'abcd' exceeds maximum length of 3. Line: 1, Position: 14"]),
        (r#"{"name":"AB","age":3}"#, &["String 'AB' does not match regex pattern '^[a-z]*$'. Line: 1, Position: 12"]),
        (r#"{"name":"ab","age":0}"#, &["Integer 0 is less than minimum value of 1. Line: 1, Position: 20"]),
        (r#"{"name":"ab","age":10}"#, &["Integer 10 exceeds maximum value of 9. Line: 1, Position: 21"]),
        (r#"{"name":"ab","age":3,"kind":"b"}"#, &["Value \"b\" is not defined in enum. Line: 1, Position: 31"]),
        (
            r#"{"name":"ab","age":3,"more":1}"#,
            &[
                "Property 'more' has not been defined and the schema does not allow additional properties. Line: 1, Position: 28",
            ],
        ),
        // The place and the number of errors are those of Newtonsoft.Json.Schema's own tests: behind the colon, one for each property.
        (
            r#"{"name":"ab","age":3,"additionalProperty1":null,"additionalProperty2":null}"#,
            &[
                "Property 'additionalProperty1' has not been defined and the schema does not allow additional properties. Line: 1, Position: 43",
                "Property 'additionalProperty2' has not been defined and the schema does not allow additional properties. Line: 1, Position: 70",
            ],
        ),
        (
            r#"{"name":"ab","age":3,"tags":[]}"#,
            &["Array item count 0 is less than minimum count of 1. Line: 1, Position: 29"],
        ),
        (
            r#"{"name":1,"age":1.5}"#,
            &[
                "Invalid type. Expected String but got Integer. Line: 1, Position: 9",
                "Invalid type. Expected Integer but got Number. Line: 1, Position: 19",
            ],
        ),
    ] {
        check(person.clone(), body, expected);
    }
}

#[test]
fn markup_is_of_xml_schema_only_if_it_names_its_namespace() {
    for (is_json, text, kind) in [
        (true, "<a xmlns='http://www.w3.org/2001/XMLSchema'/>", ContentKind::Json),
        (false, "\u{feff} <xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"/>", ContentKind::Xml),
        (
            false,
            "<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns='http://www.w3.org/2001/XMLSchema'/>",
            ContentKind::Xml,
        ),
        (false, "<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:schemaLocation='x'/>", ContentKind::Other),
        (false, "type A { b: C }", ContentKind::Other),
        (false, "http://www.w3.org/2001/XMLSchema'", ContentKind::Other),
    ] {
        assert_eq!(ContentKind::of(is_json, text), kind, "{text}");
    }
}

#[test]
fn words_of_openapi_3_0_and_swagger_mean_what_they_say() {
    let null = "Invalid type. Expected String but got Null. Line: 1, Position: 4";
    check(json!({ "type": "string" }), "null", &[null]);
    check(json!({ "type": "string", "nullable": true }), "null", &[]);
    check(json!({ "type": "string", "x-nullable": true, "enum": ["a"] }), "null", &[]);
    check(json!({ "nullable": true, "allOf": [{ "type": "object" }] }), "null", &[]);
    check(json!({ "nullable": true, "oneOf": [{ "type": "object" }] }), "{}", &[]);
    let exclusive = "Integer 1 equals minimum value of 1 and exclusive minimum is true. Line: 1, Position: 1";
    check(json!({ "minimum": 1, "exclusiveMinimum": true }), "1", &[exclusive]);
    check(json!({ "exclusiveMinimum": 1 }), "1", &[exclusive]);
    check(
        json!({ "type": "string", "format": "uuid" }),
        "\"x\"",
        &["String 'x' does not validate against format 'uuid'. Line: 1, Position: 3"],
    );
    check(json!({ "type": "string", "format": "uuid" }), "\"87aeb87f-192c-424c-84d1-32d5bbfec437\"", &[]);
    check(json!({ "type": "string", "format": "password", "example": 5 }), "\"x\"", &[]);
    // What Swagger allows and JSON Schema does not have.
    check(json!({ "type": "file", "required": true, "discriminator": "kind" }), "1", &[]);
    check(
        json!({ "properties": { "nullable": { "type": "integer" }, "id": { "type": "integer" } } }),
        r#"{"nullable":1,"id":2}"#,
        &[],
    );
}

#[test]
fn references_lead_through_the_document_and_to_other_schemas_of_the_service_only() {
    let tree = json!({
        "X": { "type": "object", "properties": { "next": { "$ref": "#/components/schemas/X" }, "a/b": { "$ref": "#/components/schemas/a~1b" } } },
        "a/b": { "type": "integer" }
    });
    let wrong = "Invalid type. Expected Integer but got String. Line: 1, Position: 21";
    check_as(Variant::default(), tree, r#"{"next":{"a/b":"text"}}"#, &[wrong]);
    let others = vec![("/schemas/other".to_owned(), Arc::from(r#"{"definitions":{"N":{"type":"number"}}}"#))];
    let refer = |to: &str| {
        let text = json!({ "type": "array", "items": { "$ref": to } }).to_string();
        let document = Arc::new(SchemaDocument::new("/schemas/main", ContentKind::Json, text.into(), others.clone()));
        let definition = Schema::referred(&document, "");
        prepare([(&definition, Variant::default())]);
        (
            definition.problem(),
            definition.check_json("[true]", Variant::default()).map(|found| found.unwrap().len()).ok(),
        )
    };
    assert_eq!(refer("/schemas/other#/definitions/N"), (None, Some(1)));
    assert_eq!(refer("other#/definitions/N"), (None, Some(1)));
    for nowhere in ["/schemas/none", "https://example.com/schema.json", "#/definitions/none", "/schemas/other#/x"] {
        let (problem, checked) = refer(nowhere);
        assert!(problem.is_some_and(|problem| problem.starts_with("the schema of `main` cannot be used")), "{nowhere}");
        assert_eq!(checked, None);
    }
    let circle = document(
        r##"{"components":{"schemas":{"A":{"$ref":"#/components/schemas/B"},"B":{"$ref":"#/components/schemas/A"}}}}"##,
    );
    let circle = Schema::named(&circle, "A");
    prepare([(&circle, Variant::default())]);
    assert!(circle.check_json("1", Variant::default()).is_ok());
    let missing = Schema::named(&openapi(json!({ "Y": {} })), "X");
    assert_eq!(missing.check_json("1", Variant::default()).err(), Some(&NoSchema::Missing));
    let broken = Schema::named(&document("{"), "X");
    assert!(matches!(broken.check_json("1", Variant::default()).err(), Some(NoSchema::Unusable(_))));
}

#[test]
fn additional_properties_and_case_are_overridden_both_ways() {
    let schemas = json!({
        "Base": { "type": "object", "properties": { "Id": { "type": "integer" } }, "required": ["Id"] },
        "X": {
            "allOf": [{ "$ref": "#/components/schemas/Base" }, { "properties": { "inner": { "$ref": "#/components/schemas/Base" } } }]
        },
        "Closed": { "type": "object", "properties": { "Id": {} }, "additionalProperties": false }
    });
    let variant = |additional, ignore_case| Variant { additional, ignore_case };
    let more = |position| {
        format!(
            "Property 'z' has not been defined and the schema does not allow additional properties. Line: 1, Position: {position}"
        )
    };
    check_as(variant(None, false), schemas.clone(), r#"{"Id":1,"z":1}"#, &[]);
    check_as(variant(Some(false), false), schemas.clone(), r#"{"Id":1,"inner":{"Id":1}}"#, &[]);
    check_as(variant(Some(false), false), schemas.clone(), r#"{"Id":1,"z":1}"#, &[&more(12)]);
    check_as(variant(Some(false), false), schemas.clone(), r#"{"Id":1,"inner":{"Id":1,"z":2}}"#, &[&more(28)]);
    let required = "Required properties are missing from object: Id. Line: 1, Position: 1";
    check_as(variant(None, false), schemas.clone(), r#"{"ID":1}"#, &[required]);
    check_as(variant(None, true), schemas.clone(), r#"{"ID":1,"INNER":{"iD":2}}"#, &[]);
    let wrong = "Invalid type. Expected Integer but got String. Line: 1, Position: 27";
    check_as(variant(None, true), schemas.clone(), r#"{"ID":1,"INNER":{"iD":"two"}}"#, &[wrong]);
    let closed = json!({ "X": schemas["Closed"] });
    check_as(variant(None, false), closed.clone(), r#"{"z":1}"#, &[&more(5)]);
    check_as(variant(Some(true), false), closed, r#"{"z":1}"#, &[]);
}

#[test]
fn a_body_that_is_json_to_newtonsoft_only_is_checked_too_and_dates_stay_text() {
    let schema = json!({ "properties": { "when": { "type": "string", "maxLength": 10 } } });
    let definition = Schema::named(&openapi(json!({ "X": schema })), "X");
    let found =
        definition.check_json("{'when': '2024-05-01T12:00:00Z' /* now */}", Variant::default()).unwrap().unwrap();
    assert_eq!(found[0].message, "String '2024-05-01T12:00:00Z' exceeds maximum length of 10.");
    let broken = definition.check_json("{\"when\":", Variant::default()).unwrap().unwrap_err();
    assert!(broken.0.starts_with("Unexpected end"), "{broken:?}");
}

#[test]
fn a_recursive_choice_does_not_take_exponential_time() {
    let node = json!({ "$ref": "#/components/schemas/X" });
    let branch = |name: &str| json!({ "type": "object", "required": [name], "properties": { "c": node } });
    let schema = json!({ "X": { "anyOf": [branch("a"), branch("b"), branch("c"), { "type": "integer" }] } });
    let body = format!("{}true{}", "{\"c\":".repeat(60), "}".repeat(60));
    let definition = Schema::named(&openapi(schema), "X");
    // Two branches hold for each level, so without remembering it would take 2^60 steps.
    let found = definition.check_json(&body, Variant::default()).unwrap().unwrap();
    assert_eq!(found[0].message, "JSON does not match the schema.");
    let found = definition.check_json("{\"c\":true}", Variant::default()).unwrap().unwrap();
    assert_eq!(found[0].message, "JSON does not match any schemas from 'anyOf'.");
}

#[test]
fn values_written_as_text_are_converted_by_the_schema_s_type() {
    let kind = |schema: serde_json::Value| {
        Schema::named(&openapi(json!({ "X": schema, "N": { "type": "number" } })), "X").value_kind().unwrap()
    };
    assert_eq!(kind(json!({ "type": ["null", "boolean"] })), ValueKind::Boolean);
    assert_eq!(kind(json!({ "$ref": "#/components/schemas/N" })), ValueKind::Number);
    assert_eq!(kind(json!({ "allOf": [{ "$ref": "#/components/schemas/N" }] })), ValueKind::Number);
    let list = kind(json!({ "type": "array", "items": { "type": "integer" } }));
    assert_eq!(list.read_list(&["1,2", "3"]), Ok(json!([1, 2, 3])));
    assert!(list.read_list(&["1,x"]).is_err());
    for (kind, text, expected) in [
        (ValueKind::Integer, "-5", Some(json!(-5))),
        (ValueKind::Integer, "99999999999999999999", Some(json!(1e20))),
        (ValueKind::Integer, "1.5", None),
        (ValueKind::Integer, "", None),
        (ValueKind::Number, "1.5", Some(json!(1.5))),
        (ValueKind::Number, "1e3", Some(json!(1000.0))),
        (ValueKind::Number, "NaN", None),
        (ValueKind::Number, "inf", None),
        (ValueKind::Boolean, "True", Some(json!(true))),
        (ValueKind::Boolean, "1", None),
        (ValueKind::Object, "{\"a\":1}", Some(json!({ "a": 1 }))),
        (ValueKind::Text, "5", Some(json!("5"))),
    ] {
        assert_eq!(kind.read(text).ok(), expected, "{kind:?} {text}");
    }
    let allowed = Schema::of_type("integer", &["1".to_owned(), "2".to_owned()]);
    assert_eq!(allowed.check_value(&json!(2)).unwrap(), []);
    assert_eq!(allowed.check_value(&json!(3)).unwrap()[0].message, "Value 3 is not defined in enum.");
}
