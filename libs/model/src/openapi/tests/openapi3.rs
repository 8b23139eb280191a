use super::*;

#[test]
fn an_operation_becomes_the_arm_contract() {
    let operation = only(&document(&json!({"/customers/{cid}/orders": {
        "parameters": [{"name": "cid", "in": "path", "required": true, "schema": {"type": "integer"}}],
        "post": {
            "operationId": "createOrder", "summary": "Create an order", "description": "Long text", "tags": ["orders"],
            "parameters": [
                {"name": "dry-run", "in": "query", "required": true, "schema": {"type": "boolean", "default": false}},
                {"name": "note", "in": "query", "schema": {"type": "string", "enum": ["a", "b"]}},
                {"name": "X-Trace", "in": "header", "schema": {"type": "string"}, "example": "t1"},
                {"name": "Accept", "in": "header", "schema": {"type": "string"}},
            ],
            "requestBody": {"description": "the order", "content": {"application/json": {
                "schema": {"type": "object"}, "example": {"sku": 1}}}},
            "responses": {"201": {"description": "made", "headers": {"Location": {"schema": {"type": "string"}}}}},
        },
    }})));
    assert_eq!(operation.name, "createOrder");
    assert_eq!(operation.tags, ["orders"]);
    assert_eq!(
        serde_json::to_value(&operation).unwrap(),
        json!({
            "displayName": "Create an order", "method": "POST", "description": "Long text",
            "urlTemplate": "/customers/{cid}/orders?dry-run={dry-run}",
            "templateParameters": [
                {"name": "cid", "type": "integer", "required": true, "values": []},
                {"name": "dry-run", "type": "boolean", "defaultValue": "false", "required": true, "values": []},
            ],
            "request": {
                "description": "the order",
                "queryParameters": [{"name": "note", "type": "string", "required": false, "values": ["a", "b"]}],
                "headers": [{"name": "X-Trace", "type": "string", "required": false, "values": [],
                    "examples": {"default": {"value": "t1"}}}],
                "representations": [{"contentType": "application/json", "schemaId": "imported",
                    "typeName": "Customers-cid-OrdersPostApplicationJsonRequest", "examples": {"default": {"value": {"sku": 1}}}}],
            },
            "responses": [{"statusCode": 201, "description": "made", "representations": [],
                "headers": [{"name": "Location", "type": "string", "required": false, "values": []}]}],
        })
    );
}

#[test]
fn required_query_parameters_stay_in_the_query_when_asked() {
    let text = document(&json!({"/a": {"get": {"parameters": [{"name": "q", "in": "query", "required": true}]}}}));
    let options = ImportOptions { required_query: RequiredQuery::Query, ..ImportOptions::default() };
    let api = import(&text.to_string(), &options).unwrap();
    assert_eq!(api.operations[0].url_template, "/a");
    assert!(api.operations[0].request.query_parameters[0].required);
}

#[test]
fn a_parameter_of_the_operation_replaces_the_one_of_its_path() {
    let operation = only(&document(&json!({"/a": {
        "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}, {"name": "q", "in": "header"}],
        "get": {"parameters": [{"name": "q", "in": "query", "schema": {"type": "integer"}}]},
    }})));
    assert_eq!(operation.request.query_parameters.len(), 1);
    assert_eq!(operation.request.query_parameters[0].type_name, "integer");
    assert_eq!(operation.request.headers.len(), 1);
}

#[test]
fn names_shared_by_path_and_query_do_not_clash_in_the_template() {
    let api = read(&document(&json!({"/a/{id}": {"get": {"parameters": [
        {"name": "id", "in": "path", "required": true},
        {"name": "id", "in": "query", "required": true},
        {"name": "filter[x]", "in": "query", "required": true},
    ]}}})));
    assert_eq!(api.operations[0].url_template, "/a/{id}");
    assert_eq!(api.operations[0].request.query_parameters.len(), 2);
    assert_eq!(api.warnings.len(), 2);
}

#[test]
fn paths_of_x_ms_paths_keep_their_query() {
    let api = read(&json!({"openapi": "3.0.0", "info": {"title": "T"}, "paths": {"/b": {"get": {}}}, "x-ms-paths": {
        "/b?comp=list": {"get": {"operationId": "List", "parameters": [{"name": "comp", "in": "query", "required": true}]}},
    }}));
    let templates: Vec<_> = api.operations.iter().map(|operation| operation.url_template.as_str()).collect();
    assert_eq!(templates, ["/b", "/b?comp=list"]);
}

#[test]
fn references_lead_to_path_items_parameters_bodies_responses_examples_and_headers() {
    let operation = only(&json!({
        "openapi": "3.1.0", "info": {"title": "T"}, "paths": {"/a": {"$ref": "#/components/pathItems/A"}},
        "components": {
            "pathItems": {"A": {"put": {"parameters": [{"$ref": "#/components/parameters/P"}],
                "requestBody": {"$ref": "#/components/requestBodies/B"},
                "responses": {"200": {"$ref": "#/components/responses/R"}}}}},
            "parameters": {"P": {"name": "p", "in": "query", "schema": {"$ref": "#/components/schemas/S"}}},
            "requestBodies": {"B": {"content": {"application/json": {"examples": {"one": {"$ref": "#/components/examples/E"}}}}}},
            "responses": {"R": {"description": "ok", "headers": {"H": {"$ref": "#/components/headers/H"}}}},
            "headers": {"H": {"schema": {"type": ["null", "integer"]}}},
            "examples": {"E": {"summary": "first", "value": [1]}},
            "schemas": {"S": {"type": "string", "enum": ["x"]}},
        },
    }));
    assert_eq!(operation.request.query_parameters[0].values, ["x"]);
    let examples = &operation.request.representations[0].examples;
    assert_eq!(Value::Object(examples.clone()), json!({"one": {"summary": "first", "value": [1]}}));
    assert_eq!(operation.responses[0].headers[0].type_name, "integer");
}

#[test]
fn the_first_https_server_is_the_service_url_with_its_variables_filled_in() {
    let mut document = document(&json!({}));
    document["servers"] = json!([
        {"url": "http://plain.example.com"},
        {"url": "https://{region}.example.com:{port}/{base}/", "variables": {
            "region": {"default": "eu"}, "port": {"default": 8443}, "base": {"default": "v2"}}},
        {"url": "https://other.example.com"},
    ]);
    let api = read(&document);
    assert_eq!(api.service_url.as_deref(), Some("https://eu.example.com:8443/v2"));
    assert_eq!(api.protocols, ["http", "https"]);
    assert_eq!(api.servers.len(), 3);
}

#[test]
fn without_an_https_server_the_service_url_stays_empty_and_that_is_said() {
    let mut document = document(&json!({}));
    document["servers"] = json!([{"url": "http://plain.example.com/x"}, {"url": "/v1"}, {"url": "https://{host}/"}]);
    let api = read(&document);
    assert_eq!(api.service_url, None);
    assert_eq!(api.servers, ["http://plain.example.com/x"]);
    assert_eq!(api.warnings.len(), 3);
}

#[test]
fn a_relative_server_is_resolved_against_the_documents_address() {
    let mut document = document(&json!({}));
    document["servers"] = json!([{"url": "/api/v3"}]);
    let options =
        ImportOptions { document_url: Some("https://example.com/docs/openapi.json".into()), ..Default::default() };
    let api = import(&document.to_string(), &options).unwrap();
    assert_eq!(api.service_url.as_deref(), Some("https://example.com/api/v3"));
}

#[test]
fn bodies_of_get_head_and_options_are_dropped() {
    let body = json!({"content": {"application/json": {}}});
    let api = read(&document(&json!({"/a": {
        "get": {"requestBody": body}, "head": {"requestBody": body}, "options": {"requestBody": body},
        "delete": {"requestBody": body},
    }})));
    let with_body: Vec<_> = api
        .operations
        .iter()
        .filter(|operation| !operation.request.representations.is_empty())
        .map(|operation| operation.method.as_str())
        .collect();
    assert_eq!(with_body, ["DELETE"]);
    assert_eq!(api.warnings.len(), 3);
}

#[test]
fn ranges_and_default_responses_get_a_number_only_where_it_is_free() {
    let codes = |responses: &Value| -> Vec<u16> {
        let operation = only(&document(&json!({"/a": {"get": {"responses": responses}}})));
        operation.responses.iter().map(|response| response.status_code).collect()
    };
    let any = json!({"description": ""});
    assert_eq!(codes(&json!({"default": any})), [200]);
    assert_eq!(codes(&json!({"default": any, "4XX": any, "201": any})), [201, 400]);
    assert_eq!(codes(&json!({"4xx": any, "400": any, "x-note": 1})), [400]);
}

#[test]
fn a_json_representation_without_example_gets_one_from_its_schema() {
    let mut document = document(&json!({"/a": {"get": {"responses": {"200": {"content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}},
        "application/xml": {"schema": {"$ref": "#/components/schemas/Pet"}},
    }}}}}}));
    document["components"] = json!({"schemas": {
        "Named": {"type": "object", "properties": {"name": {"type": "string", "example": "Rex"}}},
        "Pet": {"allOf": [{"$ref": "#/components/schemas/Named"}, {"type": "object", "properties": {
            "id": {"type": "integer"}, "born": {"type": "string", "format": "date"}, "good": {"type": "boolean"},
            "kind": {"enum": ["dog", "cat"]}, "tags": {"type": "array", "items": {"type": "string"}},
            "owner": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Named"}]},
            "parent": {"$ref": "#/components/schemas/Missing"},
        }}]},
    }});
    let operation = only(&document);
    let [json_form, xml_form] = &operation.responses[0].representations[..] else { panic!("two representations") };
    assert_eq!(json_form.type_name.as_deref(), Some("Pet"));
    assert_eq!(
        json_form.examples["default"]["value"],
        json!({"name": "Rex", "id": 0, "born": "2000-01-23", "good": true, "kind": "dog", "tags": ["string"],
            "owner": {"name": "Rex"}})
    );
    assert!(xml_form.examples.is_empty());
}

#[test]
fn recursive_schemas_end_in_a_bounded_sample() {
    let node = json!({"type": "object", "properties": {
        "a": {"$ref": "#/components/schemas/Node"}, "b": {"$ref": "#/components/schemas/Node"},
        "c": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}, "leaf": {"type": "string"}}});
    let mut document = document(&json!({"/a": {"post": {"requestBody": {"content": {"application/json": {
        "schema": {"$ref": "#/components/schemas/Node"}}}}}}}));
    document["components"] = json!({"schemas": {"Node": node}});
    let example = only(&document).request.representations[0].examples["default"]["value"].to_string();
    assert!(example.len() < 64 * 1024, "{} bytes", example.len());
    assert!(example.contains("leaf"));
}

#[test]
fn form_bodies_list_their_fields() {
    let operation = only(&document(&json!({"/a": {"post": {"requestBody": {"content": {
        "application/x-www-form-urlencoded; charset=utf-8": {"schema": {
            "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}},
    }}}}})));
    let fields: Vec<_> = operation.request.representations[0]
        .form_parameters
        .iter()
        .map(|field| (field.name.as_str(), field.type_name.as_str(), field.required))
        .collect();
    assert_eq!(fields, [("a", "string", true), ("b", "integer", false)]);
}

#[test]
fn the_schemas_are_handed_on_as_an_api_schema_document() {
    let mut document = document(&json!({}));
    document["components"] = json!({"schemas": {"A": {"type": "string"}}, "parameters": {}});
    let schema = read(&document).schema.unwrap();
    assert_eq!(schema.content_type, "application/vnd.oai.openapi.components+json");
    assert_eq!(schema.document, json!({"components": {"schemas": {"A": {"type": "string"}}}}));
}

#[test]
fn text_beyond_arms_limits_is_cut_at_characters() {
    let operation = only(&document(&json!({"/a": {"get": {
        "summary": "ä".repeat(301), "description": "ß".repeat(1001)}}})));
    assert_eq!(operation.display_name.chars().count(), 300);
    assert_eq!(operation.description.unwrap().chars().count(), 1000);
}

#[test]
fn display_names_fall_back_to_the_id_and_then_to_method_and_path() {
    let api = read(&document(&json!({"/a/{b}": {"get": {"operationId": "getIt"}, "put": {}}})));
    let names: Vec<_> = api.operations.iter().map(|operation| operation.display_name.as_str()).collect();
    assert_eq!(names, ["getIt", "PUT /a/{b}"]);
    assert_eq!(api.warnings.len(), 2, "the undeclared `b` is reported for each operation");
}

#[test]
fn operations_that_only_differ_in_case_are_one() {
    let api = read(&document(&json!({"/a": {"get": {}}, "/A": {"get": {}}})));
    assert_eq!(api.operations.len(), 1);
    assert_eq!(api.warnings.len(), 1);
}

#[test]
fn cookies_and_servers_of_single_operations_are_reported() {
    let api = read(&document(&json!({"/a": {"servers": [], "get": {
        "servers": [], "parameters": [{"name": "c", "in": "cookie"}]}}})));
    assert_eq!(api.warnings.len(), 3);
}

#[test]
fn a_document_of_version_3_1_may_have_no_paths() {
    let api = read(&json!({"openapi": "3.1.0", "info": {"title": "T"}, "webhooks": {}}));
    assert!(api.operations.is_empty());
}

#[test]
fn info_becomes_the_head_of_the_api() {
    let mut document = document(&json!({}));
    document["info"] = json!({"title": " Shop ", "version": 1.5, "description": "d", "termsOfService": "https://t",
        "contact": {"name": "n", "x-other": 1}, "license": {}});
    let api = read(&document);
    assert_eq!(api.display_name, "Shop");
    assert_eq!(api.document_version.as_deref(), Some("1.5"));
    assert_eq!(api.terms_of_service_url.as_deref(), Some("https://t"));
    assert_eq!(api.contact, Some(json!({"name": "n"})));
    assert_eq!(api.license, None);
}

#[test]
fn schemas_that_stand_in_place_get_a_name_and_a_place_among_the_document_s() {
    let limit = json!({"type": "integer", "minimum": 1});
    let mut document = document(&json!({"/a": {"post": {
        "parameters": [
            {"name": "limit", "in": "query", "schema": limit},
            {"name": "kind", "in": "query", "schema": {"$ref": "#/components/schemas/Kind"}},
            {"name": "plain", "in": "query", "schema": {"type": "string", "enum": ["x"], "default": "x"}},
        ],
        "requestBody": {"$ref": "#/components/requestBodies/Pet"},
        "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "array"}}, "text/plain": {"schema": {"type": "string"}}}},
            "404": {"description": "no", "content": {"application/problem+json": {"schema": {}}}}},
    }, "put": {"requestBody": {"$ref": "#/components/requestBodies/Pet"}, "responses": {}}}}));
    document["components"] = json!({
        "schemas": {"Kind": {"type": "string"}, "APost200ApplicationJsonResponse": {}},
        "requestBodies": {"Pet": {"content": {"application/json": {"schema": {"type": "object"}}}}},
    });
    let imported = read(&document);
    let operation = &imported.operations[1];
    let names: Vec<Option<&str>> =
        operation.request.query_parameters.iter().map(|p| p.schema_name.as_deref()).collect();
    assert_eq!(names, [Some("APost0Parameter"), Some("Kind"), None]);
    let body = |operation: usize| imported.operations[operation].request.representations[0].type_name.as_deref();
    assert_eq!((body(0), body(1)), (Some("PetApplicationJsonRequest"), Some("PetApplicationJsonRequest")));
    let answers: Vec<Option<&str>> =
        operation.responses.iter().flat_map(|r| &r.representations).map(|r| r.type_name.as_deref()).collect();
    assert_eq!(answers, [Some("APost200ApplicationJsonResponse-1"), None, None]);
    let schemas = imported.schema.unwrap().document["components"]["schemas"].clone();
    assert_eq!(schemas["APost0Parameter"], limit);
    assert_eq!(schemas["APost200ApplicationJsonResponse-1"], json!({"type": "array"}));
    assert_eq!(schemas.as_object().unwrap().len(), 5);
}
