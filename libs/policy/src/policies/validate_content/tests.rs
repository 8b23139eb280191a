use std::sync::Arc;

use crate::contract::{Body, ContentKind, Contract, ResponseContract, Schema, SchemaDocument};
use crate::testing::{Expect, MemoryExchange, check};

const INTERNAL: &str = "{ \"statusCode\": 400, \"message\": \"The request could not be processed due to an internal error. Contact the API owner.\" }";

/// An operation whose JSON bodies are `Order`, whose `text/plain` is not described, and one schema of the service.
fn ordering(body: &str, content_type: &str) -> MemoryExchange {
    let text = r#"{"components":{"schemas":{"Order":{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}},"additionalProperties":false}}}}"#;
    let document = Arc::new(SchemaDocument::new("/apis/echo/schemas/s", ContentKind::Json, text.into(), Vec::new()));
    let global = r#"{"definitions":{"Short":{"maxLength":3}},"type":"array"}"#;
    let global = Arc::new(SchemaDocument::new("/schemas/g", ContentKind::Json, global.into(), Vec::new()));
    let bodies = || {
        vec![
            Body {
                content_type: "Application/JSON; charset=utf-8".into(),
                schema: Some(Arc::new(Schema::named(&document, "Order"))),
            },
            Body {
                content_type: "application/lost+json".into(),
                schema: Some(Arc::new(Schema::named(&document, "Lost"))),
            },
            Body { content_type: "text/plain".into(), schema: None },
        ]
    };
    let contract = Contract {
        request: bodies(),
        responses: vec![ResponseContract { status: 200, headers: Vec::new(), bodies: bodies() }],
        has_schemas: true,
        ..Contract::default()
    };
    let exchange = MemoryExchange {
        request_body: Some(body.into()),
        contract: Some(Arc::new(contract)),
        schemas: vec![("G".to_owned(), global)],
        backend_response: (200, vec![("Content-Type".to_owned(), content_type.into())], body.into()),
        ..MemoryExchange::get("/")
    };
    if content_type.is_empty() { exchange } else { exchange.header_line("Content-Type", content_type) }
}

const JSON: &str = "<content type='application/json' validate-as='json' action='prevent'/>";

fn policy(children: &str) -> String {
    format!(
        "<validate-content unspecified-content-type-action='prevent' max-size='60' size-exceeded-action='prevent' \
         errors-variable-name='e'>{children}</validate-content>"
    )
}

#[test]
fn bodies_conform_to_the_definition_of_their_media_type() {
    const MAP: &str = "<content-type-map missing-content-type-value='application/json'><type from='text/x' to='Application/JSON'/></content-type-map>";
    let does_not = "Body of the request does not conform to the definition Order, which is associated with the content type application/json.";
    let missing = format!("{does_not} Required properties are missing from object: id. Line: 1, Position: 1");
    let wrong = format!("{does_not} Invalid type. Expected Integer but got String. Line: 2, Position: 8");
    let malformed =
        format!("{does_not} Unexpected character encountered while parsing value: x. Path '', line 0, position 0.");
    let empty = format!("{does_not} Error reading JToken from JsonReader. Path '', line 0, position 0.");
    let size = "Request's body is 70 bytes long and it exceeds the limit of 60 bytes.";
    for (children, content_type, body, message) in [
        (JSON, "application/json; charset=utf-8", "{\"id\":1}", None),
        (JSON, "application/json", "{}", Some(&*missing)),
        (JSON, "APPLICATION/json", "{}", Some(&*missing.replace("application", "APPLICATION"))),
        (JSON, "application/json", "{\n \"id\":\"1\"}", Some(&wrong.replace("8", "9"))),
        (JSON, "application/json", "x", Some(&malformed)),
        (JSON, "application/json", "", Some(&empty)),
        (JSON, "application/json", &" ".repeat(70), Some(size)),
        (JSON, "text/y", "x", Some("Unspecified content type text/y is not allowed.")),
        (&format!("{MAP}{JSON}"), "text/x", "{\"id\":1}", None),
        (&format!("{MAP}{JSON}"), "", "{}", Some(&*missing)),
        // Without a type it stands for every type the operation declares.
        ("<content validate-as='json' action='prevent'/>", "application/json", "{}", Some(&*missing)),
        (
            "<content validate-as='json' action='prevent'/>",
            "text/y",
            "{}",
            Some("Unspecified content type text/y is not allowed."),
        ),
        ("<content validate-as='json' action='prevent'/>", "text/plain", "1", None),
        (
            "<content type='application/json' validate-as='json' action='@(\"prevent\")'/>",
            "application/json",
            "{}",
            Some(&*missing),
        ),
        ("<content type='application/json' validate-as='json' action='detect'/>", "application/json", "{}", None),
        ("<content type='application/json' validate-as='json' action='ignore'/>", "application/json", "x", None),
        (
            "<content type='application/json' validate-as='json' action='prevent' allow-additional-properties='true'/>",
            "application/json",
            "{\"id\":1,\"z\":1}",
            None,
        ),
        (
            "<content type='application/json' validate-as='json' action='prevent' case-insensitive-property-names='@(true)'/>",
            "application/json",
            "{\"ID\":1}",
            None,
        ),
    ] {
        let error = message.map(|message| ("Bad request", message));
        check(&policy(children), ordering(body, content_type), &[Expect::Codes(&[]), Expect::LastError(error)]);
    }
}

#[test]
fn schemas_of_the_service_are_named_by_id_and_reference() {
    for (attributes, body, message) in [
        ("schema-id='g'", "[]", None),
        (
            "schema-id='G'",
            "1",
            Some(
                "Body of the request does not conform to the definition g, which is associated with the content type application/json. Invalid type. Expected Array but got Integer. Line: 1, Position: 1",
            ),
        ),
        (
            "schema-id='@(\"g\")' schema-ref='#/definitions/Short'",
            "\"abcd\"",
            Some(
                "Body of the request does not conform to the definition #/definitions/Short, which is associated with the content type application/json. String 'abcd' exceeds maximum length of 3. Line: 1, Position: 6",
            ),
        ),
        ("schema-id='none'", "1", Some("API's schema does not exist or it could not be resolved.")),
        (
            "schema-id='g' schema-ref='#/definitions/Long'",
            "1",
            Some(
                "API's schema does not contain definition #/definitions/Long, which is associated with the content type application/json.",
            ),
        ),
    ] {
        let children = format!("<content type='application/json' validate-as='json' {attributes} action='prevent'/>");
        let error = message.map(|message| ("Bad request", message));
        check(&policy(&children), ordering(body, "application/json"), &[Expect::Codes(&[]), Expect::LastError(error)]);
    }
}

#[test]
fn faults_of_the_definition_are_not_told_to_the_caller() {
    let lost = "<content type='application/lost+json' validate-as='json' action='prevent'/>";
    let details = "API's schema does not contain definition Lost, which is associated with the content type application/lost+json.";
    let expected = [Expect::Response(400, INTERNAL), Expect::LastError(Some(("Bad request", details)))];
    check(&policy(lost), ordering("{}", "application/lost+json"), &expected);
    let bare = Arc::new(SchemaDocument::new("/apis/echo/schemas/t", ContentKind::Json, "{}".into(), Vec::new()));
    let schema = Some(Arc::new(Schema::named(&bare, "Order")));
    let request = vec![Body { content_type: "application/json".into(), schema }];
    let mut exchange = ordering("{}", "application/json");
    exchange.contract = Some(Arc::new(Contract { request, has_schemas: true, ..Contract::default() }));
    let details = "API's schema does not specify definitions.";
    check(
        &policy(JSON),
        exchange,
        &[Expect::Response(400, INTERNAL), Expect::LastError(Some(("Bad request", details)))],
    );
    let mut exchange = ordering("{}", "application/json");
    exchange.contract = Some(Arc::new(Contract::default()));
    let details = "API's schema does not exist or it could not be resolved.";
    check(
        &policy(JSON),
        exchange,
        &[Expect::Response(400, INTERNAL), Expect::LastError(Some(("Bad request", details)))],
    );
}

#[test]
fn the_response_is_checked_in_outbound_and_all_errors_are_in_the_variable() {
    let outbound = format!(
        "<policies><outbound>{}</outbound><on-error><set-variable name='all' value='@(string.Join(\"|\", ((JArray)context.Variables[\"e\"])\
         .Select(x =&gt; x[\"Name\"] + \",\" + x[\"Type\"] + \",\" + x[\"ValidationRule\"] + \",\" + x[\"Action\"])))'/></on-error></policies>",
        policy(JSON)
    );
    let refused = "{ \"statusCode\": 502, \"message\": \"The request could not be processed due to an internal error. Contact the API owner.\" }";
    let one = "application/json,ResponseBody,IncorrectMessage,prevent";
    let expected = [Expect::Response(502, refused), Expect::Variable("all", Some(&*[one, one].join("|")))];
    check(&outbound, ordering("{\"id\":\"x\",\"z\":1}", "application/json"), &expected);
    check(&outbound, ordering("{\"id\":1}", "application/json"), &[Expect::Response(200, "{\"id\":1}")]);
}

#[test]
fn every_error_is_recorded_with_its_type_and_rule() {
    let detecting = |children: &str| {
        let children = children.replace("prevent", "detect");
        let policy = policy("").replace("prevent", "detect").replace("></validate", &format!(">{children}</validate"));
        let told = "<set-variable name='all' value='@(string.Join(\"|\", ((JArray)context.Variables[\"e\"])\
                    .Select(x =&gt; x[\"Type\"] + \"/\" + x[\"ValidationRule\"] + \" \" + x[\"Action\"] + \": \" + x[\"Details\"])))'/>";
        (policy, told)
    };
    let lost = JSON.replace("application/json", "application/lost+json");
    let of_request = [
        (
            JSON,
            "application/json",
            " ".repeat(70),
            "SizeLimit detect: Request's body is 70 bytes long and it exceeds the limit of 60 bytes.",
        ),
        (JSON, "text/y", "x".to_owned(), "Unspecified detect: Unspecified content type text/y is not allowed."),
        (
            &lost,
            "application/lost+json",
            "{}".to_owned(),
            "MissingDefinition detect: API's schema does not contain definition Lost, which is associated with the content type application/lost+json.",
        ),
        (
            JSON,
            "application/json",
            "{}".to_owned(),
            "IncorrectMessage detect: Body of the request does not conform to the definition Order, which is associated with the content type \
             application/json. Required properties are missing from object: id. Line: 1, Position: 1",
        ),
    ];
    for (children, content_type, body, expected) in &of_request {
        let (policy, told) = detecting(children);
        let all = format!("RequestBody/{expected}");
        let passed = [Expect::LastError(None), Expect::Variable("all", Some(&all))];
        check(&format!("{policy}{told}"), ordering(body, content_type), &passed);
        let all = format!("ResponseBody/{expected}")
            .replace("Request's", "Response's")
            .replace("of the request", "of the response");
        let outbound = format!("<policies><outbound>{policy}{told}</outbound></policies>");
        let passed = [Expect::LastError(None), Expect::Variable("all", Some(&all)), Expect::Response(200, body)];
        check(&outbound, ordering(body, content_type), &passed);
    }
}

#[test]
fn xml_and_soap_are_well_formed_and_a_warning_says_that_this_is_all() {
    let soap = "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body/></s:Envelope>";
    let incorrect =
        "Body of the request does not conform to the definition, which is associated with the content type a/b. ";
    for (validate_as, body, message) in [
        ("xml", "<a/>", None),
        ("soap", soap, None),
        (
            "soap",
            "<Envelope><Body/></Envelope>",
            Some(format!("{incorrect}The message is not a SOAP envelope with a body.")),
        ),
        (
            "xml",
            "<a></a",
            Some(format!(
                "{incorrect}Unexpected end of file has occurred. The following elements are not closed: a. Line 1, position 7."
            )),
        ),
    ] {
        let policy = format!(
            "<validate-content unspecified-content-type-action='prevent' max-size='200' size-exceeded-action='prevent'>\
             <content type='a/b' validate-as='{validate_as}' schema-id='x' action='prevent'/></validate-content>"
        );
        let error = message.as_deref().map(|message| ("Bad request", message));
        check(&policy, ordering(body, "a/b"), &[Expect::Codes(&["xml-schema-not-checked"]), Expect::LastError(error)]);
    }
}

#[test]
fn nothing_is_prevented_where_it_is_only_detected_and_wrong_words_are_refused() {
    let exchange = MemoryExchange { request_body: Some(vec![b'x'; 99]), ..MemoryExchange::get("/") };
    let policy =
        "<validate-content unspecified-content-type-action='ignore' max-size='@(10)' size-exceeded-action='detect'/>";
    check(policy, exchange, &[Expect::LastError(None), Expect::Response(200, "from the backend")]);
    for (attributes, code) in [
        ("max-size='1' size-exceeded-action='ignore'", "attribute-missing"),
        ("unspecified-content-type-action='ignore' max-size='5000000' size-exceeded-action='ignore'", "value-invalid"),
        ("unspecified-content-type-action='log' max-size='5' size-exceeded-action='ignore'", "value-invalid"),
    ] {
        check(&format!("<validate-content {attributes}/>"), MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
    }
}
