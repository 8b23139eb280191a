use super::*;
use crate::openapi::Reason;
use crate::openapi::limits::{EXAMPLE_BYTES_MAX, OPERATIONS_MAX, URL_TEMPLATE_CHARS_MAX, WARNINGS_MAX};

#[test]
fn an_error_names_line_pointer_and_reason() {
    let text = "openapi: 3.0.0\ninfo:\n  title: T\npaths:\n  /a:\n    get:\n      parameters:\n        - name: x\n          in: nowhere\n";
    let error = import(text, &ImportOptions::default()).unwrap_err();
    assert_eq!(error.pointer, "/paths/~1a/get/parameters/0");
    assert_eq!(error.position.unwrap().line, 8);
    assert_eq!(
        error.to_string(),
        "line 8, column 11: /paths/~1a/get/parameters/0: the parameter is in `nowhere`; path, query, header, cookie, \
         body and formData exist"
    );
}

#[test]
fn what_is_no_openapi_document_is_refused() {
    for (document, reason) in [
        (json!({"hello": 1}), Reason::NoVersion),
        (json!({"openapi": "4.0.0"}), Reason::UnsupportedVersion("4.0.0".into())),
        (json!({"openapi": "3.2.0"}), Reason::UnsupportedVersion("3.2.0".into())),
        (json!({"swagger": "1.2"}), Reason::UnsupportedVersion("1.2".into())),
        (json!({"openapi": "3.0.0"}), Reason::Missing { field: "info" }),
        (json!({"openapi": "3.0.0", "info": {"title": " "}}), Reason::Missing { field: "title" }),
        (json!({"openapi": "3.0.0", "info": {"title": "T"}}), Reason::Missing { field: "paths" }),
    ] {
        assert_eq!(refuse(&document).reason, reason, "{document}");
    }
    for text in ["", "- a\n- b", "just text", "\u{0}", "{", "a: b: c"] {
        assert!(import(text, &ImportOptions::default()).is_err(), "{text:?}");
    }
}

#[test]
fn the_format_of_the_import_is_a_promise_about_the_document() {
    let options = ImportOptions { expect: Expect::Swagger2, ..ImportOptions::default() };
    let error = import(&document(&json!({})).to_string(), &options).unwrap_err();
    assert_eq!(error.reason, Reason::OtherFormat { expected: "Swagger 2.0", found: "OpenAPI 3" });
    let options = ImportOptions { expect: Expect::OpenApi3, ..ImportOptions::default() };
    assert!(import(&document(&json!({})).to_string(), &options).is_ok());
}

#[test]
fn wrong_shapes_are_errors_at_their_place() {
    for (paths, pointer) in [
        (json!([]), "/paths"),
        (json!({"/a": {"get": []}}), "/paths/~1a/get"),
        (json!({"/a": {"get": {"parameters": {}}}}), "/paths/~1a/get/parameters"),
        (json!({"/a": {"get": {"parameters": [{"in": "query"}]}}}), "/paths/~1a/get/parameters/0"),
        (json!({"/a": {"get": {"parameters": [{"name": "x"}]}}}), "/paths/~1a/get/parameters/0"),
        (json!({"/a": {"get": {"responses": []}}}), "/paths/~1a/get/responses"),
        (json!({"/a": {"get": {"responses": {"20": {}}}}}), "/paths/~1a/get/responses/20"),
        (json!({"/a": {"get": {"responses": {"600": {}}}}}), "/paths/~1a/get/responses/600"),
        (json!({"/a": {"get": {"responses": {"200": {"content": 1}}}}}), "/paths/~1a/get/responses/200/content"),
        (json!({"/a{": {"get": {}}}), "/paths/~1a{/get"),
        (json!({"a": {"get": {}}}), "/paths/a"),
    ] {
        let error = refuse(&document(&paths));
        assert_eq!(error.pointer, pointer, "{error}");
        assert!(error.position.is_some());
    }
}

#[test]
fn references_that_leave_the_document_or_lead_nowhere_are_errors() {
    let error = refuse(&document(&json!({"/a": {"$ref": "paths.yaml#/a"}})));
    assert_eq!(error.reason, Reason::ExternalReference("paths.yaml#/a".into()));
    let error = refuse(&document(&json!({"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/P"}]}}})));
    assert_eq!(error.reason, Reason::DanglingReference("#/components/parameters/P".into()));
    let error = refuse(&document(&json!({"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1a"}})));
    assert!(matches!(error.reason, Reason::ReferenceLoop { .. }));
}

#[test]
fn a_url_template_ends_at_1000_characters() {
    let path = |chars: usize| document(&json!({format!("/{}", "a".repeat(chars - 1)): {"get": {}}}));
    assert!(import(&path(URL_TEMPLATE_CHARS_MAX).to_string(), &ImportOptions::default()).is_ok());
    let reason = refuse(&path(URL_TEMPLATE_CHARS_MAX + 1)).reason;
    assert_eq!(reason, Reason::TemplateTooLong { chars: URL_TEMPLATE_CHARS_MAX + 1, max: URL_TEMPLATE_CHARS_MAX });
}

#[test]
fn the_number_of_operations_is_limited() {
    let paths =
        |count: usize| -> Value { (0..count).map(|index| (format!("/p{index}"), json!({"get": {}}))).collect() };
    assert_eq!(read(&document(&paths(OPERATIONS_MAX))).operations.len(), OPERATIONS_MAX);
    let reason = refuse(&document(&paths(OPERATIONS_MAX + 1))).reason;
    assert_eq!(reason, Reason::TooManyOperations { max: OPERATIONS_MAX });
}

#[test]
fn an_example_over_its_limit_is_left_out_and_reported() {
    let with_example = |bytes: usize| {
        read(&document(&json!({"/a": {"post": {"requestBody": {"content": {"text/plain": {
            "example": "x".repeat(bytes - 2)}}}}}})))
    };
    let api = with_example(EXAMPLE_BYTES_MAX);
    assert_eq!((api.operations[0].request.representations[0].examples.len(), api.warnings.len()), (1, 0));
    let api = with_example(EXAMPLE_BYTES_MAX + 1);
    assert_eq!((api.operations[0].request.representations[0].examples.len(), api.warnings.len()), (0, 1));
}

#[test]
fn one_shared_example_cannot_multiply_without_bound() {
    let mut paths = json!({});
    for index in 0..200 {
        paths[format!("/p{index}")] = json!({"post": {"requestBody": {"content": {"text/plain": {
            "examples": {"big": {"$ref": "#/components/examples/Big"}}}}}}});
    }
    let mut document = document(&paths);
    document["components"] = json!({"examples": {"Big": {"value": "x".repeat(EXAMPLE_BYTES_MAX - 2)}}});
    let api = read(&document);
    let kept = api.operations.iter().filter(|one| !one.request.representations[0].examples.is_empty()).count();
    assert_eq!(kept, 128, "32 MiB in pieces of 256 KiB");
}

#[test]
fn warnings_end_at_their_limit() {
    let paths: Value = (0..=WARNINGS_MAX).map(|index| (format!("/{{p{index}}}"), json!({"get": {}}))).collect();
    assert_eq!(read(&document(&paths)).warnings.len(), WARNINGS_MAX);
}

/// Cuts and damages a real document at many places: whatever comes out, it is an answer and not a panic.
#[test]
fn damaged_documents_never_panic() {
    let text = super::real::blockfrost();
    let small: String = text.chars().take(60_000).collect();
    for step in 0..60 {
        let cut: String = small.chars().take(step * 1_000).collect();
        let _ = import(&cut, &ImportOptions::default());
        let _ = import(&small.replacen("type:", "$ref:", step), &ImportOptions::default());
    }
    let json = document(&json!({"/a/{b}": {"get": {"parameters": [{"name": "b", "in": "path"}]}}})).to_string();
    for (at, _) in json.char_indices() {
        for damage in ["", "{", "]", "\"", "null", "\\", "-1e999"] {
            let damaged = format!("{}{damage}{}", &json[..at], &json[at + 1..]);
            let _ = import(&damaged, &ImportOptions::default());
        }
    }
}
