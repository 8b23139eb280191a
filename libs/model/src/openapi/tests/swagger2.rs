use super::*;

fn swagger(extra: &Value) -> Value {
    let mut document = json!({"swagger": "2.0", "info": {"title": "Test", "version": "1"}, "paths": {}});
    for (key, value) in extra.as_object().unwrap() {
        document[key] = value.clone();
    }
    document
}

#[test]
fn host_base_path_and_schemes_make_the_service_url() {
    let url = |extra: Value| read(&swagger(&extra)).service_url;
    assert_eq!(
        url(json!({"host": "example.com:8443", "basePath": "/v2/", "schemes": ["http", "https"]})).as_deref(),
        Some("https://example.com:8443/v2")
    );
    assert_eq!(url(json!({"host": "example.com"})).as_deref(), Some("https://example.com"));
    assert_eq!(url(json!({"host": "example.com", "schemes": ["http"]})), None);
    assert_eq!(url(json!({"basePath": "/v2"})), None);
}

#[test]
fn a_body_parameter_becomes_a_representation_for_each_type_consumed() {
    let operation = only(&swagger(&json!({
        "consumes": ["application/json"],
        "paths": {"/pets": {"post": {
            "consumes": ["application/json", "text/xml"],
            "parameters": [{"name": "pet", "in": "body", "description": "the pet", "schema": {"$ref": "#/definitions/Pet"}}],
            "responses": {"200": {"description": "ok"}},
        }}},
        "definitions": {"Pet": {"type": "object", "properties": {"id": {"type": "integer", "format": "int64"}}}},
    })));
    let request = serde_json::to_value(&operation.request).unwrap();
    assert_eq!(
        request,
        json!({"description": "the pet", "queryParameters": [], "headers": [], "representations": [
            {"contentType": "application/json", "schemaId": "imported", "typeName": "Pet", "examples": {"default": {"value": {"id": 0}}}},
            {"contentType": "text/xml", "schemaId": "imported", "typeName": "Pet"},
        ]})
    );
}

#[test]
fn form_data_becomes_form_parameters_and_files_make_it_multipart() {
    let request = |fields: Value| {
        let operation = only(&swagger(&json!({"paths": {"/a": {"post": {"parameters": fields}}}})));
        operation.request.representations.into_iter().next().unwrap()
    };
    let form = request(json!([{"name": "a", "in": "formData", "type": "string", "required": true}]));
    assert_eq!(form.content_type, "application/x-www-form-urlencoded");
    assert_eq!((form.form_parameters[0].name.as_str(), form.form_parameters[0].required), ("a", true));
    assert_eq!(request(json!([{"name": "f", "in": "formData", "type": "file"}])).content_type, "multipart/form-data");
}

#[test]
fn response_examples_are_found_by_content_type() {
    let operation = only(&swagger(&json!({"produces": ["application/json"], "paths": {"/a": {"get": {"responses": {
        "200": {"description": "ok", "schema": {"type": "string"},
            "examples": {"Application/JSON": {"a": 1}, "text/plain": "hello"}},
    }}}}})));
    let found: Vec<_> = operation.responses[0]
        .representations
        .iter()
        .map(|one| (one.content_type.as_str(), one.examples["default"]["value"].clone()))
        .collect();
    assert_eq!(found, [("application/json", json!({"a": 1})), ("text/plain", json!("hello"))]);
}

#[test]
fn definitions_are_handed_on_as_an_api_schema_document() {
    let schema = read(&swagger(&json!({"definitions": {"A": {"type": "string"}}}))).schema.unwrap();
    assert_eq!(schema.content_type, "application/vnd.ms-azure-apim.swagger.definitions+json");
    assert_eq!(schema.document, json!({"definitions": {"A": {"type": "string"}}}));
}

#[test]
fn an_unquoted_version_in_yaml_is_understood() {
    let text =
        "swagger: 2.0\ninfo: {title: T}\npaths:\n  /a:\n    get:\n      responses:\n        200: {description: ok}\n";
    let api = import(text, &ImportOptions { expect: Expect::Swagger2, ..Default::default() }).unwrap();
    assert_eq!(api.operations[0].responses[0].status_code, 200);
}

#[test]
fn words_about_the_value_of_a_parameter_become_a_schema_of_its_own() {
    let imported = read(&swagger(&json!({"paths": {"/a": {"get": {
        "parameters": [
            {"name": "limit", "in": "query", "type": "integer", "maximum": 9, "collectionFormat": "csv"},
            {"name": "plain", "in": "query", "type": "string"},
        ],
        "responses": {},
    }}}})));
    let names: Vec<_> =
        imported.operations[0].request.query_parameters.iter().map(|p| p.schema_name.as_deref()).collect();
    assert_eq!(names, [Some("AGet0Parameter"), None]);
    let document = imported.schema.unwrap().document;
    assert_eq!(document, json!({"definitions": {"AGet0Parameter": {"type": "integer", "maximum": 9}}}));
}
