//! What policies need besides policies, from the operator to the wire: schemas, certificates, loggers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_bundle::{Backend, BackendCredentials, BackendTls, Certificate, Part, PartKey, PolicySource, Secret};
use postern_tests::chain::{Chain, GATEWAY};
use postern_tests::driver::Driver;
use postern_tests::gateway::{Gateway, Options};
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, Seen, response};
use postern_tests::service::{Configuration, event_hub, inbound, open_api};
use postern_tests::tls::{Authority, TlsOrigin};
use postern_tests::wait;
use serde_json::{Value, json};

/// CN=client.example.com of [`CLIENTS`], with its key; password `postern`.
const PFX: &[u8] = include_bytes!("../../../libs/dotnet/fixtures/certificates/modern.pfx");
const LEAF: &[u8] = include_bytes!("../../../libs/dotnet/fixtures/certificates/leaf.der");
const CLIENTS: &str = include_str!("../../../libs/dotnet/fixtures/certificates/ca.pem");
const THUMBPRINT: &str = "62C545FFA364C3DA533C30C4750C5E67EB175D2B";

fn certificate() -> (PartKey, Part) {
    let certificate = Certificate {
        name: "Client".to_owned(),
        thumbprint: THUMBPRINT.to_owned(),
        data: Secret::new(STANDARD.encode(PFX)),
        password: Secret::new("postern"),
    };
    (PartKey::Certificate("Client".to_owned()), Part::Certificate(certificate))
}

/// As the gateway's limits have them.
const EVENT_LANES_PER_TARGET_MAX: usize = 32;
const ONE_WAY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The messages of all events that a hub has seen, alone or in batches.
fn messages(seen: &[Seen]) -> Vec<String> {
    let of = |seen: &Seen| -> Vec<String> {
        if seen.header("content-type").as_deref() != Some("application/vnd.microsoft.servicebus.json") {
            return vec![String::from_utf8(seen.body.clone()).unwrap()];
        }
        let list: Vec<Value> = serde_json::from_slice(&seen.body).unwrap();
        list.iter().map(|event| event["Body"].as_str().unwrap().to_owned()).collect()
    };
    seen.iter().flat_map(of).collect()
}

/// A gateway whose API `a` goes to an origin that demands a client certificate.
fn demanding(driver: Driver, url: &str, authority: &Authority, statements: &str, own: Option<&str>) -> Gateway {
    let mut api = open_api("a", "http://127.0.0.1:9/never");
    api.policy = inbound(&format!("<set-backend-service backend-id=\"secure\"/>{statements}"));
    let tls = BackendTls { authorities_pem: Some(authority.pem.clone()), ..BackendTls::default() };
    let credentials = BackendCredentials { certificate: own.map(str::to_owned), ..BackendCredentials::default() };
    let backend = Backend { name: "secure".to_owned(), url: url.to_owned(), tls, credentials };
    let others = vec![certificate()];
    Gateway::with(driver, &Configuration { backends: vec![backend], others, ..Configuration::of(api) })
}

const ORDERS: &str = r##"{"openapi": "3.0.1", "info": {"title": "Orders", "version": "1"}, "paths": {
  "/orders": {"post": {"operationId": "make",
    "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9}},
                   {"name": "X-Kind", "in": "header", "required": true, "schema": {"type": "string", "enum": ["a", "b"]}}],
    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
    "responses": {"200": {"description": "ok", "headers": {"X-Count": {"schema": {"type": "integer"}}},
      "content": {"application/json": {"schema": {"type": "object", "required": ["total"]}}}}}}},
  "/mock": {"get": {"operationId": "mock", "responses": {"200": {"description": "ok",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}}}}},
  "components": {"schemas": {"Order": {"type": "object", "required": ["id"],
    "properties": {"id": {"type": "integer"}, "note": {"type": "string", "nullable": true}}}}}}"##;

const CHECKING: &str = r#"<policies><inbound><base />
  <validate-parameters specified-parameter-action="prevent" unspecified-parameter-action="ignore">
    <query unspecified-parameter-action="prevent" /></validate-parameters>
  <validate-content unspecified-content-type-action="prevent" max-size="400000" size-exceeded-action="prevent">
    <content type="application/json" validate-as="json" action="prevent" /></validate-content></inbound>
  <backend><base /></backend>
  <outbound><base />
    <validate-status-code unspecified-status-code-action="prevent" />
    <validate-headers specified-header-action="prevent" unspecified-header-action="ignore" />
    <validate-content unspecified-content-type-action="prevent" max-size="200" size-exceeded-action="prevent">
      <content type="application/json" validate-as="json" action="prevent" /></validate-content></outbound>
  <on-error><base /></on-error></policies>"#;

on_both_drivers! {
    fn messages_are_checked_against_the_imported_definition(driver) {
        let origin = Origin::with(|seen, conversation| {
            let (status, count, body) = match seen.header("x-want").as_deref() {
                Some("status") => (418, "1", &b"{\"total\":1}"[..]),
                Some("header") => (200, "many", &b"{\"total\":1}"[..]),
                Some("body") => (200, "1", &b"{}"[..]),
                _ => (200, "1", &b"{\"total\":1}"[..]),
            };
            conversation.answer_after_body(&response(status, &[("X-Count", count), ("Content-Type", "application/json")], body))
        });
        let chain = Chain::start(driver, |arm| {
            let import = json!({"path": "shop", "serviceUrl": origin.url(), "subscriptionRequired": false, "protocols": ["http"],
                "format": "openapi+json", "value": ORDERS});
            arm.put("/apis/shop", &import);
            arm.put_policy("/apis/shop/operations/make", CHECKING);
            arm.put_policy("/apis/shop/operations/mock", "<policies><inbound><base /><mock-response /></inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>");
            // An operation that was not imported: its sample is made of the schema it names.
            let body = json!({"contentType": "application/json", "schemaId": "imported", "typeName": "Order"});
            arm.put("/apis/shop/operations/own", &json!({"displayName": "Own", "method": "GET", "urlTemplate": "/own",
                "responses": [{"statusCode": 200, "representations": [body]}]}));
            arm.put_policy("/apis/shop/operations/own", "<policies><inbound><base /><mock-response /></inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>");
            arm.put(&format!("/gateways/{GATEWAY}/apis/shop"), &json!({}));
        });
        let send = |query: &str, kind: &str, want: &str, content_type: &str, body: &str| {
            let headers = [("X-Kind", kind), ("X-Want", want), ("Content-Type", content_type)];
            let answer = chain.gateway.client().request("POST", &format!("/shop/orders{query}"), &headers, body.as_bytes());
            let text = answer.text();
            let message = serde_json::from_str::<Value>(&text).ok().and_then(|body| Some(body["message"].as_str()?.to_owned()));
            (answer.status, message.unwrap_or(text))
        };
        let json = "application/json";
        assert_eq!(send("?limit=9", "a", "", json, r#"{"id":1,"note":null}"#), (200, "{\"total\":1}".to_owned()));
        // Long ones are checked by another thread.
        let long = |id: &str| format!("{{\"id\":{id},\"note\":\"{}\"}}", "n".repeat(300_000));
        assert_eq!(send("", "a", "", json, &long("1")), (200, "{\"total\":1}".to_owned()));
        let order = "Body of the request does not conform to the definition Order, which is associated with the content type application/json. ";
        for (query, kind, content_type, body, message) in [
            ("", "a", json, r#"{"note":"x"}"#, format!("{order}Required properties are missing from object: id. Line: 1, Position: 1")),
            ("", "a", json, r#"{"id":"1"}"#, format!("{order}Invalid type. Expected Integer but got String. Line: 1, Position: 9")),
            ("", "a", json, &long("\"1\""), format!("{order}Invalid type. Expected Integer but got String. Line: 1, Position: 9")),
            ("", "a", "text/plain", "x", "Unspecified content type text/plain is not allowed.".to_owned()),
            ("?limit=10", "a", json, "{}", "The value of the query parameter limit does not conform to the definition. Integer 10 exceeds maximum value of 9. Line: 0, Position: 0".to_owned()),
            ("?other=1", "a", json, "{}", "Unspecified query parameter other is not allowed.".to_owned()),
            ("", "c", json, "{}", "The value of the header X-Kind does not conform to the definition. Value \"c\" is not defined in enum. Line: 0, Position: 0".to_owned()),
        ] {
            assert_eq!(send(query, kind, "", content_type, body), (400, message));
        }
        assert_eq!(origin.seen().len(), 2, "refused requests are not sent");
        let internal = "The request could not be processed due to an internal error. Contact the API owner.";
        for want in ["status", "header", "body"] {
            assert_eq!(send("", "b", want, json, r#"{"id":1}"#), (502, internal.to_owned()), "{want}");
        }
        for path in ["/shop/mock", "/shop/own"] {
            let mocked: Value = serde_json::from_str(&chain.gateway.get(path, &[]).text()).unwrap();
            assert_eq!(mocked, json!({"id": 0, "note": "string"}), "{path}: a sample of the schema");
        }
    }

    fn soap_bodies_are_checked_against_the_schemas_of_the_api_and_of_the_service(driver) {
        let origin = Origin::with(|_, conversation| conversation.answer_after_body(&response(200, &[], b"taken")));
        let chain = Chain::start(driver, |arm| {
            arm.put("/apis/soap", &json!({"path": "soap", "displayName": "S", "serviceUrl": origin.url(), "subscriptionRequired": false, "protocols": ["http"]}));
            let schema = |body: &str| format!("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:o' xmlns='urn:o' elementFormDefault='qualified'>{body}</xs:schema>");
            let order = schema("<xs:include schemaLocation='parts.xsd'/><xs:element name='Order' type='Line'/>");
            let parts = schema("<xs:complexType name='Line'><xs:sequence><xs:element name='count' type='xs:int' maxOccurs='5'/></xs:sequence></xs:complexType>");
            for (name, text) in [("order", &order), ("parts", &parts)] {
                let schema = json!({"contentType": "application/vnd.ms-azure-apim.xsd+xml", "document": {"value": text}});
                arm.put(&format!("/apis/soap/schemas/{name}"), &schema);
            }
            arm.put("/schemas/ticket", &json!({"schemaType": "xml", "value": schema("<xs:element name='Ticket' type='xs:int'/>")}));
            for (operation, content) in [("order", "type=\"text/xml\" validate-as=\"soap\""), ("ticket", "validate-as=\"xml\" schema-id=\"Ticket\"")] {
                let body = json!({"contentType": "text/xml"});
                arm.put(&format!("/apis/soap/operations/{operation}"), &json!({"displayName": operation, "method": "POST", "urlTemplate": format!("/{operation}"),
                    "request": {"representations": [body]}, "responses": []}));
                arm.put_policy(&format!("/apis/soap/operations/{operation}"), &format!(
                    "<policies><inbound><base /><validate-content unspecified-content-type-action=\"prevent\" max-size=\"10000\" size-exceeded-action=\"prevent\">\
                     <content {content} action=\"prevent\" /></validate-content></inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>"));
            }
            arm.put(&format!("/gateways/{GATEWAY}/apis/soap"), &json!({}));
        });
        let send = |operation: &str, body: &str| {
            let headers = [("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", "x")];
            let answer = chain.gateway.client().request("POST", &format!("/soap/{operation}"), &headers, body.as_bytes());
            let text = answer.text();
            let message = serde_json::from_str::<Value>(&text).ok().and_then(|body| Some(body["message"].as_str()?.to_owned()));
            (answer.status, message.unwrap_or(text))
        };
        let envelope = |inside: &str| format!("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>\n{inside}</s:Body></s:Envelope>");
        let good = envelope("<Order xmlns='urn:o'><count>1</count><count>2</count></Order>");
        assert_eq!(send("order", &good), (200, "taken".to_owned()));
        assert_eq!(send("ticket", "<Ticket xmlns='urn:o'>7</Ticket>"), (200, "taken".to_owned()));
        let wrong = "is invalid according to its datatype 'http://www.w3.org/2001/XMLSchema:int' - The string 'x' is not a valid Int32 value.";
        for (operation, body, message) in [
            ("order", envelope("<Order xmlns='urn:o'><count>x</count></Order>"), format!("schemas, which is associated with the content type text/xml. The 'urn:o:count' element is invalid - The value 'x' {wrong} Line: 2, Position: 32")),
            ("order", envelope("<Order xmlns='urn:o'/>"), "schemas, which is associated with the content type text/xml. The element 'Order' in namespace 'urn:o' has incomplete content. List of possible elements expected: 'count' in namespace 'urn:o'. Line: 2, Position: 2".to_owned()),
            ("order", "<Order xmlns='urn:o'><count>1</count></Order>".to_owned(), "schemas, which is associated with the content type text/xml. The message is not a SOAP envelope with a body. Line: 1, Position: 2".to_owned()),
            ("ticket", "<Ticket xmlns='urn:o'>x</Ticket>".to_owned(), format!("ticket, which is associated with the content type text/xml. The 'urn:o:Ticket' element is invalid - The value 'x' {wrong} Line: 1, Position: 26")),
        ] {
            let message = format!("Body of the request does not conform to the definition {message}");
            assert_eq!(send(operation, &body), (400, message));
        }
        assert_eq!(origin.seen().len(), 2, "refused requests are not sent");
    }

    fn a_certificate_of_the_service_is_shown_to_the_backend_and_never_to_another_one(driver) {
        let authority = Authority::new();
        let origin = TlsOrigin::demanding(&authority, &["localhost"], CLIENTS);
        let url = format!("https://localhost:{}", origin.port());
        for (statements, own) in [
            ("<authentication-certificate certificate-id=\"client\"/>", None),
            ("<authentication-certificate thumbprint=\"62c545ffa364c3da533c30c4750c5e67eb175d2b\"/>", None),
            ("", Some("Client")),
        ] {
            let gateway = demanding(driver, &url, &authority, statements, own);
            let answer = gateway.get("/a/x", &[]);
            assert_eq!((answer.status, answer.text().as_str()), (200, "secure"), "{statements}{own:?}");
        }
        let seen = origin.seen();
        assert!(seen.len() == 3 && seen.iter().all(|seen| seen.certificate.as_deref() == Some(LEAF)));
        // A connection with the certificate is not lent to a request without one.
        let chosen = "<choose><when condition=\"@(context.Request.Headers.ContainsKey(&quot;X-Own&quot;))\">\
                      <authentication-certificate certificate-id=\"client\"/></when></choose>";
        let gateway = demanding(driver, &url, &authority, chosen, None);
        let mut client = gateway.client();
        assert_eq!(client.get("/a/x", &[("X-Own", "1")]).status, 200);
        assert_ne!(client.get("/a/x", &[]).status, 200);
        assert_eq!(origin.seen().len(), 4);
    }

    fn expressions_see_the_certificates_of_the_service(driver) {
        let mut api = open_api("a", "http://127.0.0.1:9/never");
        api.policy = inbound("<return-response><set-body>@(context.Deployment.Certificates[\"client\"].Thumbprint + \" \" + context.Deployment.Certificates.Count)</set-body></return-response>");
        let gateway = Gateway::with(driver, &Configuration { others: vec![certificate()], ..Configuration::of(api) });
        assert_eq!(gateway.get("/a/x", &[]).text(), format!("{THUMBPRINT} 1"));
    }

    fn events_reach_the_hub_in_order_signed_and_in_batches(driver) {
        let hub_origin = Origin::with(|_, conversation| conversation.answer_after_body(&response(201, &[], b"")));
        let origin = Origin::start();
        let mut api = open_api("a", &origin.url());
        api.policy = inbound("<log-to-eventhub logger-id=\"L\" partition-key=\"k\">@(context.Request.Url.Query.GetValueOrDefault(\"n\", \"\"))</log-to-eventhub>");
        let configuration = Configuration { others: vec![event_hub("l", &hub_origin.url())], ..Configuration::of(api) };
        let gateway = Gateway::with_options(&Options::new(driver).workers(1), &configuration);
        let mut client = gateway.client();
        for number in 0..50 {
            assert_eq!(client.get(&format!("/a/x?n={number}"), &[]).status, 200);
        }
        let sent = || gateway.metrics().sum("postern_events_total", &[("result", "sent")]);
        wait::until("all events sent", || (sent() >= 50.0).then_some(()));
        let mut numbers: Vec<String> = Vec::new();
        for seen in hub_origin.seen() {
            assert_eq!(seen.request_line(), "POST /events/messages HTTP/1.1");
            let authorization = seen.header("authorization").unwrap();
            let signed = authorization.strip_prefix("SharedAccessSignature sr=").unwrap();
            let (resource, rest) = signed.split_once("&sig=").unwrap();
            let (signature, rest) = rest.split_once("&se=").unwrap();
            let (ends, name) = rest.split_once("&skn=").unwrap();
            assert_eq!(name, "send");
            assert_eq!(signature, signature_of("a2V5", &format!("{resource}\n{ends}")));
            if seen.header("content-type").as_deref() == Some("application/vnd.microsoft.servicebus.json") {
                let list: Vec<Value> = serde_json::from_slice(&seen.body).unwrap();
                assert!(list.iter().all(|event| event["BrokerProperties"] == json!({"PartitionKey": "k"})));
                numbers.extend(list.iter().map(|event| event["Body"].as_str().unwrap().to_owned()));
            } else {
                assert_eq!(seen.header("brokerproperties").as_deref(), Some("{\"PartitionKey\":\"k\"}"));
                numbers.push(String::from_utf8(seen.body).unwrap());
            }
        }
        assert_eq!(numbers, (0..50).map(|number| number.to_string()).collect::<Vec<_>>());
        assert_eq!(origin.seen().len(), 50);
    }

    fn events_that_wait_are_delivered_before_the_process_ends(driver) {
        let (hub_origin, release) = Origin::blocked(201);
        let origin = Origin::start();
        let mut api = open_api("a", &origin.url());
        api.policy = inbound("<log-to-eventhub logger-id=\"l\" partition-key=\"k\">@(context.Request.Url.Query.GetValueOrDefault(\"n\", \"\"))</log-to-eventhub>");
        let configuration = Configuration { others: vec![event_hub("l", &hub_origin.url())], ..Configuration::of(api) };
        let mut gateway = Gateway::with_options(&Options::new(driver).workers(1), &configuration);
        for number in 0..20 {
            assert_eq!(gateway.get(&format!("/a/x?n={number}"), &[]).status, 200);
        }
        hub_origin.wait_for(1);
        gateway.begin_drain();
        assert!(gateway.process.is_running(), "it waits for its events");
        drop(release);
        assert!(gateway.process.wait().success());
        assert_eq!(messages(&hub_origin.seen()), (0..20).map(|number| number.to_string()).collect::<Vec<_>>());
    }

    fn partition_keys_of_any_number_share_a_bounded_number_of_connections(driver) {
        let (hub_origin, release) = Origin::blocked(201);
        let origin = Origin::start();
        let mut api = open_api("a", &origin.url());
        api.policy = inbound("<log-to-eventhub logger-id=\"l\" partition-key=\"@(context.Request.Url.Query.GetValueOrDefault(&quot;n&quot;, &quot;&quot;))\">x</log-to-eventhub>");
        let configuration = Configuration { others: vec![event_hub("l", &hub_origin.url())], ..Configuration::of(api) };
        let gateway = Gateway::with_options(&Options::new(driver).workers(1), &configuration);
        let mut client = gateway.client();
        for number in 0..100 {
            assert_eq!(client.get(&format!("/a/x?n={number}"), &[]).status, 200);
        }
        hub_origin.wait_for(EVENT_LANES_PER_TARGET_MAX);
        assert_eq!(client.get("/a/x?n=100", &[]).status, 200);
        assert_eq!(hub_origin.connection_count(), EVENT_LANES_PER_TARGET_MAX);
        drop(release);
        wait::until("all events sent", || {
            (gateway.metrics().sum("postern_events_total", &[("result", "sent")]) >= 101.0).then_some(())
        });
        let mut sent = messages(&hub_origin.seen());
        sent.retain(|message| message == "x");
        assert_eq!(sent.len(), 101, "none is lost and none is sent twice");
    }

    fn one_way_requests_that_find_no_room_are_dropped_and_counted(driver) {
        let (elsewhere, release) = Origin::blocked(200);
        let origin = Origin::start();
        let mut api = open_api("a", &origin.url());
        api.policy = inbound(&format!(
            "<send-one-way-request><set-url>{}/</set-url><set-method>POST</set-method><set-body>@(new string('x', 2000000))</set-body></send-one-way-request>",
            elsewhere.url()
        ));
        let gateway = Gateway::with_options(&Options::new(driver).workers(1), &Configuration::of(api));
        let fitting = ONE_WAY_BYTES_MAX / 2_000_000;
        for _ in 0..=fitting {
            assert_eq!(gateway.get("/a/x", &[]).status, 200);
        }
        wait::until("one counted as dropped", || {
            (gateway.metrics().sum("postern_one_way_dropped_total", &[]) >= 1.0).then_some(())
        });
        assert_eq!(elsewhere.wait_for(fitting).len(), fitting);
        assert_eq!(gateway.metrics().sum("postern_one_way_dropped_total", &[]), 1.0);
        drop(release);
    }

    fn a_hub_that_refuses_costs_the_caller_nothing_and_is_counted(driver) {
        let hub_origin = Origin::with(|_, conversation| conversation.answer_after_body(&response(401, &[], b"")));
        let origin = Origin::start();
        let mut api = open_api("a", &origin.url());
        api.policy = inbound("<log-to-eventhub logger-id=\"l\" partition-id=\"3\">@(new string('x', 300000))</log-to-eventhub>");
        let configuration = Configuration { others: vec![event_hub("l", &hub_origin.url())], ..Configuration::of(api) };
        let gateway = Gateway::with(driver, &configuration);
        assert_eq!(gateway.get("/a/x", &[]).text(), "ok");
        let seen = hub_origin.wait_for(1);
        assert_eq!(seen[0].request_line(), "POST /events/partitions/3/messages HTTP/1.1");
        wait::until("the event counted as dropped", || {
            (gateway.metrics().sum("postern_events_total", &[("result", "dropped")]) >= 1.0).then_some(())
        });
        let seen = hub_origin.seen();
        assert_eq!((seen.len(), seen[0].body.len()), (1, 204_800), "what is refused is not sent again, and 200 KB is the most");
    }

    fn messages_reach_the_bus_with_a_token_of_the_identity(driver) {
        let bus = Origin::with(|_, conversation| conversation.answer_after_body(&response(201, &[], b"")));
        let identity = Origin::with(|_, conversation| {
            conversation.answer_after_body(&response(200, &[("Content-Type", "application/json")], b"{\"access_token\":\"t0ken\",\"expires_in\":\"3600\"}"))
        });
        let origin = Origin::start();
        let mut api = open_api("a", &origin.url());
        api.policy = inbound(&format!(
            "<send-service-bus-message queue-name=\"orders\" namespace=\"{}\" client-id=\"c1\" message-id=\"0f8fad5b-d9cb-469f-a165-70867728950e\"><message-properties>\
             <message-property name=\"kind\">new</message-property></message-properties><payload>hello</payload></send-service-bus-message>",
            bus.url()
        ));
        let options = Options::new(driver).variable("IDENTITY_ENDPOINT", identity.url()).variable("IDENTITY_HEADER", "h");
        let gateway = Gateway::with_options(&options, &Configuration::of(api));
        assert_eq!(gateway.get("/a/x", &[]).text(), "ok");
        assert!(gateway.metrics().sum("postern_events_total", &[("result", "sent")]) >= 1.0, "the request has waited for it");
        let seen = &bus.seen()[0];
        assert_eq!(seen.request_line(), "POST /orders/messages HTTP/1.1");
        assert_eq!(seen.header("authorization").as_deref(), Some("Bearer t0ken"));
        let list: Value = serde_json::from_slice(&seen.body).unwrap();
        assert_eq!(list, json!([{"Body": "hello", "BrokerProperties": {"MessageId": "0f8fad5b-d9cb-469f-a165-70867728950e"}, "UserProperties": {"kind": "new"}}]));
        let asked = identity.seen()[0].target();
        assert!(asked.contains("resource=https%3A%2F%2Fservicebus.azure.net") && asked.contains("client_id=c1"), "{asked}");
    }

    fn a_message_that_the_bus_refuses_is_an_error_unless_errors_are_ignored(driver) {
        let bus = Origin::with(|_, conversation| conversation.answer_after_body(&response(401, &[], b"")));
        let identity = Origin::with(|_, conversation| {
            conversation.answer_after_body(&response(200, &[("Content-Type", "application/json")], b"{\"access_token\":\"t0ken\",\"expires_in\":\"3600\"}"))
        });
        let origin = Origin::start();
        let api = |path: &str, ignore: bool| {
            let mut api = open_api(path, &origin.url());
            api.policy = Some(PolicySource::new(format!(
                "<policies><inbound><send-service-bus-message topic-name=\"orders\" namespace=\"{}\" response-variable-name=\"told\" ignore-error=\"{ignore}\">\
                 <payload>hello</payload></send-service-bus-message><return-response><set-body>@((string)((JObject)context.Variables[\"told\"])[\"Error\"][\"Message\"])\
                 </set-body></return-response></inbound><backend><forward-request/></backend><outbound/><on-error><return-response><set-status code=\"503\"/>\
                 <set-body>@(context.LastError.Source + \" \" + context.LastError.Reason)</set-body></return-response></on-error></policies>",
                bus.url()
            )));
            api
        };
        let options = Options::new(driver).variable("IDENTITY_ENDPOINT", identity.url()).variable("IDENTITY_HEADER", "h");
        let gateway = Gateway::with_options(&options, &Configuration { apis: vec![api("a", false), api("b", true)], ..Configuration::default() });
        let refused = gateway.get("/a/x", &[]);
        assert_eq!((refused.status, &*refused.text()), (503, "send-service-bus-message BackendConnectionFailure"));
        let ignored = gateway.get("/b/x", &[]);
        assert_eq!((ignored.status, ignored.text().ends_with("orders did not take the message: it answered 401 Origin")), (200, true), "{}", ignored.text());
    }
}

/// base64 of the HMAC-SHA256, percent-encoded.
fn signature_of(key: &str, text: &str) -> String {
    use hmac::Mac as _;
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes()).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}
