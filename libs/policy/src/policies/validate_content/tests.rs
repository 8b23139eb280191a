use std::sync::Arc;

use crate::contract::{Body, ContentKind, Contract, ResponseContract, Schema, SchemaDocument, Variant};
use crate::effect::{Effect, Outcome};
use crate::run::Run;
use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

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
        ("", "text/y", "x", Some("Unspecified content type text/y is not allowed.")),
        (JSON, "", "x", Some("Unspecified content type  is not allowed.")),
        // What the operation declares is specified, whether or not it is checked.
        (JSON, "text/plain", "x", None),
        (JSON, "TEXT/Plain; charset=utf-8", "x", None),
        (JSON, "application/lost+json", "x", None),
        ("", "application/json", "x", None),
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

const ORDERS: &str = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:o' xmlns='urn:o' elementFormDefault='qualified'>\
    <xs:complexType name='Line'><xs:sequence><xs:element name='sku' type='xs:string'/><xs:element name='count' type='xs:int'/></xs:sequence></xs:complexType>\
    <xs:element name='Order'><xs:complexType><xs:sequence><xs:element name='line' type='Line' maxOccurs='unbounded'/></xs:sequence><xs:attribute name='id' type='xs:int' use='required'/></xs:complexType></xs:element>\
    <xs:element name='Cancel' type='xs:int'/><xs:element name='Trace' type='xs:int'/></xs:schema>";

fn document_of_json() -> Arc<SchemaDocument> {
    let text = r#"{"components":{"schemas":{"Order":{"type":"object"}}}}"#;
    Arc::new(SchemaDocument::new("/apis/echo/schemas/openapi", ContentKind::Json, text.into(), Vec::new()))
}

/// An operation with bodies of XML: `text/xml` is `Order`, `a/line` of the type `Line`, `a/any` without a definition, `a/lost` one that is not there,
/// `a/json` one of JSON, as OpenAPI imports name for XML, too, `a/nowhere` one of a document that is not there.
fn selling(body: &str, content_type: &str) -> MemoryExchange {
    let document = |location: &str, text: &str| {
        Arc::new(SchemaDocument::new(location, ContentKind::of(false, text), text.into(), Vec::new()))
    };
    let own = document("/apis/echo/schemas/orders", ORDERS);
    let named = |content_type: &str, name: Option<&str>| Body {
        content_type: content_type.into(),
        schema: name.map(|name| Arc::new(Schema::named(&own, name))),
    };
    let request = vec![
        named("text/xml", Some("o:Order")),
        named("application/soap+xml", None),
        named("a/line", Some("Line")),
        named("a/any", None),
        named("a/lost", Some("Lost")),
        Body { content_type: "a/json".into(), schema: Some(Arc::new(Schema::named(&document_of_json(), "Order"))) },
        Body { content_type: "a/nowhere".into(), schema: Some(Arc::new(Schema::missing("Order"))) },
    ];
    let xml = Some(Arc::new(Schema::referred(&own, "")));
    let contract = Contract { request, has_schemas: true, xml, ..Contract::default() };
    let broken =
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n<xs:element name='a' type='none'/></xs:schema>";
    let exchange = MemoryExchange {
        request_body: Some(body.into()),
        contract: Some(Arc::new(contract)),
        schemas: vec![
            ("Global".to_owned(), document("/schemas/Global", ORDERS)),
            ("broken".to_owned(), document("/schemas/broken", broken)),
        ],
        ..MemoryExchange::get("/")
    };
    exchange.header_line("Content-Type", content_type)
}

fn selling_policy(content: &str) -> String {
    format!(
        "<validate-content unspecified-content-type-action='prevent' max-size='100000' size-exceeded-action='prevent'>\
         <content {content} action='prevent'/></validate-content>"
    )
}

const ORDER: &str = "<Order xmlns='urn:o' id='1'><line><sku>a</sku><count>2</count></line></Order>";
/// What is said of a count of `x`.
const COUNT: &str = "The 'urn:o:count' element is invalid - The value 'x' is invalid according to its datatype 'http://www.w3.org/2001/XMLSchema:int' - The string 'x' is not a valid Int32 value.";

fn incorrect(name: &str, media_type: &str, message: &str) -> String {
    format!(
        "Body of the request does not conform to the definition {name}, which is associated with the content type {media_type}. {message}"
    )
}

/// What is configured, the media type, the body, and what is wrong with it.
fn check_each(cases: &[(&str, &str, String, Option<String>)]) {
    for (content, content_type, body, message) in cases {
        let error = message.as_deref().map(|message| ("Bad request", message));
        check(&selling_policy(content), selling(body, content_type), &[Expect::Codes(&[]), Expect::LastError(error)]);
    }
}

#[test]
fn xml_conforms_to_the_schema_of_its_media_type() {
    check_each(&[
        ("type='text/xml' validate-as='xml'", "text/xml; charset=utf-8", ORDER.to_owned(), None),
        ("validate-as='@(\"xml\")'", "text/xml", ORDER.to_owned(), None),
        (
            "type='text/xml' validate-as='xml'",
            "text/xml",
            ORDER.replace("<count>2<", "\n <count>x<"),
            Some(incorrect("o:Order", "text/xml", &format!("{COUNT} Line: 2, Position: 12"))),
        ),
        (
            "type='text/xml' validate-as='xml'",
            "text/xml",
            ORDER.replace(" id='1'", ""),
            Some(incorrect("o:Order", "text/xml", "The required attribute 'id' is missing. Line: 1, Position: 2")),
        ),
        (
            "type='text/xml' validate-as='xml'",
            "text/xml",
            "<Cancel xmlns='urn:o'>1</Cancel>".to_owned(),
            Some(incorrect("o:Order", "text/xml", "The 'urn:o:Cancel' element is not declared. Line: 1, Position: 2")),
        ),
        (
            "type='text/xml' validate-as='xml'",
            "text/xml",
            "<Order></Order".to_owned(),
            Some(incorrect(
                "o:Order",
                "text/xml",
                "Unexpected end of file has occurred. The following elements are not closed: Order. Line 1, position 15.",
            )),
        ),
        // A type stands for whatever element has it.
        (
            "type='a/line' validate-as='xml'",
            "a/line",
            "<x xmlns:o='urn:o'><o:sku>a</o:sku><o:count>1</o:count></x>".to_owned(),
            None,
        ),
        (
            "type='a/line' validate-as='xml'",
            "a/line",
            "<x/>".to_owned(),
            Some(incorrect(
                "Line",
                "a/line",
                "The element 'x' has incomplete content. List of possible elements expected: 'sku' in namespace 'urn:o'. Line: 1, Position: 2",
            )),
        ),
    ]);
    let mut exchange = selling(ORDER, "text/xml");
    exchange.contract = Some(Arc::new(Contract::default()));
    let error = "API's schema does not exist or it could not be resolved.";
    check(&selling_policy("validate-as='xml'"), exchange, &[Expect::LastError(Some(("Bad request", error)))]);
}

#[test]
fn xml_without_a_definition_conforms_to_the_schemas_of_the_api() {
    check_each(&[
        // Without a definition any element of the API's schemas will do.
        ("type='a/any' validate-as='xml'", "a/any", ORDER.to_owned(), None),
        ("type='a/any' validate-as='xml'", "a/any", "<Cancel xmlns='urn:o'>1</Cancel>".to_owned(), None),
        (
            "type='a/any' validate-as='xml'",
            "a/any",
            "<Other/>".to_owned(),
            Some(incorrect(
                "orders",
                "a/any",
                "Could not find schema information for the element 'Other'. Line: 1, Position: 2",
            )),
        ),
        (
            "type='a/lost' validate-as='xml'",
            "a/lost",
            ORDER.to_owned(),
            Some(
                "API's schema does not contain definition Lost, which is associated with the content type a/lost."
                    .to_owned(),
            ),
        ),
        // What is said of JSON says nothing of XML.
        ("type='a/json' validate-as='xml'", "a/json", ORDER.to_owned(), None),
        (
            "type='a/json' validate-as='xml'",
            "a/json",
            "<Other/>".to_owned(),
            Some(incorrect(
                "orders",
                "a/json",
                "Could not find schema information for the element 'Other'. Line: 1, Position: 2",
            )),
        ),
        (
            "type='a/nowhere' validate-as='xml'",
            "a/nowhere",
            ORDER.to_owned(),
            Some("API's schema does not specify definitions.".to_owned()),
        ),
        (
            "type='d/e' validate-as='xml'",
            "d/e",
            ORDER.to_owned(),
            Some("Unspecified content type d/e is not allowed.".to_owned()),
        ),
    ]);
}

#[test]
fn xml_that_only_json_describes_is_well_formed_where_the_api_has_no_schema_of_xml() {
    for (body, message) in [
        ("<Other/>", None),
        (
            "<Other>",
            Some(
                "Unexpected end of file has occurred. The following elements are not closed: Other. Line 1, position 8.",
            ),
        ),
    ] {
        let mut exchange = selling(body, "a/json");
        let contract = exchange.contract.take().and_then(Arc::into_inner).unwrap();
        exchange.contract = Some(Arc::new(Contract { xml: None, ..contract }));
        let message = message.map(|message| {
            format!("Body of the request does not conform to the definition, which is associated with the content type a/json. {message}")
        });
        let error = message.as_deref().map(|message| ("Bad request", message));
        check(&selling_policy("validate-as='xml'"), exchange, &[Expect::LastError(error)]);
    }
}

#[test]
fn xml_conforms_to_a_schema_of_the_service() {
    check_each(&[
        ("type='b/c' validate-as='xml' schema-id='global'", "b/c", ORDER.to_owned(), None),
        ("type='b/c' validate-as='xml' schema-id='@(\"global\")'", "b/c", ORDER.to_owned(), None),
        (
            "type='b/c' validate-as='xml' schema-id='global'",
            "b/c",
            ORDER.replace('2', "x"),
            Some(incorrect("Global", "b/c", &format!("{COUNT} Line: 1, Position: 57"))),
        ),
        (
            "type='b/c' validate-as='xml' schema-id='none'",
            "b/c",
            ORDER.to_owned(),
            Some("API's schema does not exist or it could not be resolved.".to_owned()),
        ),
        (
            "type='b/c' validate-as='xml' schema-id='broken'",
            "b/c",
            "<a/>".to_owned(),
            Some("Body of the request cannot be validated for the content type b/c. /schemas/broken, line 2, position 2: Type 'none' is not declared.".to_owned()),
        ),
        (
            "type='b/c' validate-as='json' schema-id='global'",
            "b/c",
            "{}".to_owned(),
            Some("Body of the request cannot be validated for the content type b/c. it is not a JSON schema".to_owned()),
        ),
    ]);
}

#[test]
fn what_is_in_an_envelope_conforms_to_the_schema() {
    const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";
    let envelope = |namespace: &str, parts: &str| format!("<s:Envelope xmlns:s='{namespace}'>{parts}</s:Envelope>");
    let body = |inside: &str| format!("<s:Body>{inside}</s:Body>");
    let order = "<Order xmlns='urn:o' id='1'><line><sku>a</sku><count>2</count></line></Order>";
    let cancel = "<Cancel xmlns='urn:o'>x</Cancel>";
    let wrong_cancel = "The 'urn:o:Cancel' element is invalid - The value 'x' is invalid according to its datatype 'http://www.w3.org/2001/XMLSchema:int' - The string 'x' is not a valid Int32 value. Line: 1, Position: ";
    let no_envelope = "The message is not a SOAP envelope with a body. Line: 1, Position: 2";
    let child = |of: &str, name: &str, rest: &str| {
        format!("The element 'Envelope' in namespace '{of}' has invalid child element {name}.{rest}")
    };
    let soap_12 = "type='application/soap+xml' validate-as='soap'";
    let cases = [
        (envelope(SOAP_12, &body(order)), None),
        (envelope(SOAP_11, &body(order)), None),
        (envelope(SOAP_12, &body("")), None),
        (envelope(SOAP_12, &body(&format!("{order}{order}"))), None),
        (envelope(SOAP_12, &body(cancel)), Some(format!("{wrong_cancel}96"))),
        (envelope(SOAP_12, &body("<s:Fault><s:Code/></s:Fault>")), None),
        (envelope(SOAP_12, &format!("<s:Header><Trace xmlns='urn:o'>1</Trace><x/></s:Header>{}", body(order))), None),
        (
            envelope(SOAP_12, &format!("<s:Header><Trace xmlns='urn:o'>z</Trace></s:Header>{}", body(order))),
            Some(format!("{}97", wrong_cancel.replace("Cancel", "Trace").replace("'x'", "'z'"))),
        ),
        (
            envelope(SOAP_12, &body("<x/>")),
            Some("Could not find schema information for the element 'x'. Line: 1, Position: 72".to_owned()),
        ),
        (order.to_owned(), Some(no_envelope.to_owned())),
        ("<Envelope><Body/></Envelope>".to_owned(), Some(no_envelope.to_owned())),
        (envelope(SOAP_12, "<s:Header/>"), Some(no_envelope.to_owned())),
        (
            envelope(SOAP_12, "<x/>"),
            Some(child(
                SOAP_12,
                "'x'",
                &format!(
                    " List of possible elements expected: 'Header, Body' in namespace '{SOAP_12}'. Line: 1, Position: 64"
                ),
            )),
        ),
        (
            envelope(SOAP_12, &format!("{}<y xmlns='urn:y'/>", body(""))),
            Some(child(SOAP_12, "'y' in namespace 'urn:y'", " Line: 1, Position: 81")),
        ),
        (envelope(SOAP_11, &format!("{}<y xmlns='urn:y'/>", body(""))), None),
    ];
    for (text, message) in cases {
        let message = message.map(|message| {
            format!("Body of the request does not conform to the definition orders, which is associated with the content type application/soap+xml. {message}")
        });
        let error = message.as_deref().map(|message| ("Bad request", message));
        check(
            &selling_policy(soap_12),
            selling(&text, "application/soap+xml"),
            &[Expect::Codes(&[]), Expect::LastError(error)],
        );
    }
    // The definition that the operation names must be what is in the body.
    let named = "type='text/xml' validate-as='soap'";
    check(&selling_policy(named), selling(&envelope(SOAP_11, &body(order)), "text/xml"), &[Expect::LastError(None)]);
    let other = envelope(SOAP_11, &body("<Cancel xmlns='urn:o'>1</Cancel>"));
    let error = "Body of the request does not conform to the definition o:Order, which is associated with the content type text/xml. The 'urn:o:Cancel' element is not declared. Line: 1, Position: 74";
    check(&selling_policy(named), selling(&other, "text/xml"), &[Expect::LastError(Some(("Bad request", error)))]);
}

#[test]
fn document_types_are_prohibited_in_xml_and_envelopes() {
    const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    let prohibited = |media_type| {
        let message = "For security reasons DTD is prohibited in this XML document. To enable DTD processing set the DtdProcessing property \
                       on XmlReaderSettings to Parse and pass the settings into XmlReader.Create method.";
        Some(incorrect("o:Order", media_type, message))
    };
    let envelope = format!("<s:Envelope xmlns:s='{SOAP_11}'><s:Body>{ORDER}</s:Body></s:Envelope>");
    let (xml, soap) = ("type='text/xml' validate-as='xml'", "type='text/xml' validate-as='soap'");
    let mut cases = vec![
        (xml, "text/xml", format!("<!--a--> {ORDER}"), None),
        (soap, "text/xml", envelope.clone(), None),
        (xml, "text/xml", format!("\u{feff}<?xml version='1.0'?>\n<!DOCTYPE Order>{ORDER}"), prohibited("text/xml")),
        (xml, "text/xml", format!("<!--a--> <!DOCTYPE Order []>{ORDER}"), prohibited("text/xml")),
    ];
    for subset in [
        "SYSTEM 'http://a.test/x.dtd'",
        "[<!ENTITY e SYSTEM 'file:///etc/passwd'>]",
        "[<!ENTITY e '1'>]",
        "[<!ENTITY % p SYSTEM 'http://a.test/x.dtd'> %p;]",
    ] {
        cases.push((xml, "text/xml", format!("<!DOCTYPE Order {subset}>{ORDER}"), prohibited("text/xml")));
        cases.push((soap, "text/xml", format!("<!DOCTYPE s:Envelope {subset}>{envelope}"), prohibited("text/xml")));
    }
    check_each(&cases);
}

#[test]
fn a_long_document_is_checked_in_turns() {
    let lines = "<line><sku>a</sku><count>2</count></line>".repeat(2000);
    let order = format!("<Order xmlns='urn:o' id='1'>{lines}<line/></Order>");
    let inbound = selling_policy("type='text/xml' validate-as='xml'");
    let (program, _) = compile_one(&format!("<policies><inbound>{inbound}</inbound></policies>"));
    let (mut exchange, mut run) = (selling(&order, "text/xml"), Run::new());
    let effects = drive(&program, &mut exchange, &mut run);
    assert!(effects.len() > 5 && effects.iter().all(|effect| *effect == Effect::Yield), "{effects:?}");
    let message = "Body of the request does not conform to the definition o:Order, which is associated with the content type text/xml. The element 'line' in \
                   namespace 'urn:o' has incomplete content. List of possible elements expected: 'sku' in namespace 'urn:o'. Line: 1, Position: 82030";
    assert_eq!(run.last_error().map(|error| &*error.message), Some(message));
}

#[test]
fn a_long_body_of_json_is_checked_by_another_thread() {
    let max = crate::limits::JSON_CHECKED_AT_ONCE_BYTES_MAX;
    let inbound = "<validate-content unspecified-content-type-action='prevent' max-size='4194304' size-exceeded-action='prevent'>\
                   <content type='application/json' validate-as='json' action='prevent'/></validate-content>";
    let (program, _) = compile_one(&format!("<policies><inbound>{inbound}</inbound></policies>"));
    let wrong = "Body of the request does not conform to the definition Order, which is associated with the content type application/json. \
                 Invalid type. Expected Integer but got String. Line: 1, Position: 9";
    // The first check compiles the definition, which may take long as well.
    for (bytes, is_first, jobs) in [(max, true, 1), (max, false, 0), (max + 1, false, 1)] {
        for (id, error) in [("1", None), ("\"1\"", Some(wrong))] {
            let mut exchange = ordering(&format!("{{\"id\":{id:>3} }}{}", " ".repeat(bytes - 11)), "application/json");
            assert_eq!(exchange.request_body.as_ref().map(Vec::len), Some(bytes));
            if !is_first {
                let contract = exchange.contract.clone();
                let schemas = contract
                    .iter()
                    .flat_map(|contract| contract.body_schemas().map(|schema| (&**schema, Variant::default())));
                crate::contract::prepare(schemas);
            }
            let mut run = Run::new();
            let effects = drive(&program, &mut exchange, &mut run);
            let of_jobs = effects.iter().filter(|effect| matches!(effect, Effect::Offload(_)));
            assert_eq!(of_jobs.count(), jobs, "{bytes} {id}: {effects:?}");
            assert_eq!(run.last_error().map(|error| &*error.message), error, "{bytes} {id}");
        }
    }
    // What nobody checks does not pass.
    for (outcome, reason) in [(Outcome::NotTaken, "Overloaded"), (Outcome::Done, "InternalError")] {
        let mut exchange = ordering(&format!("{{\"id\":1}}{}", " ".repeat(max)), "application/json").outcome(outcome);
        let mut run = Run::new();
        drive(&program, &mut exchange, &mut run);
        assert_eq!(run.last_error().map(|error| &*error.reason), Some(reason));
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
