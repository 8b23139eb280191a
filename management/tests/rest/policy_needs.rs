//! What policies need besides policies: schemas, certificates, loggers.

use postern_model::Name;
use serde_json::{Value, json};

use super::feed::Reader;
use super::support::Plane;

/// CN=client.example.com with its key; password `postern`, valid to 2126-11-03.
const PFX: &[u8] = include_bytes!("../../../libs/dotnet/fixtures/certificates/modern.pfx");
const THUMBPRINT: &str = "62C545FFA364C3DA533C30C4750C5E67EB175D2B";

fn pfx() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(PFX)
}

#[tokio::test]
async fn schemas_of_apis_and_of_the_service_are_kept_and_told_to_gateways() {
    let plane = Plane::new().await;
    plane.api("a").await;
    let openapi = json!({"contentType": "application/vnd.oai.openapi.components+json",
        "document": {"components": {"schemas": {"X": {"type": "string"}}}}});
    plane.put("/apis/a/schemas/s", openapi.clone()).await.expect(201);
    let entity = plane.get("/apis/a/schemas/s").await.expect(200);
    assert_eq!(
        (&entity["properties"], entity["type"].as_str()),
        (&openapi, Some("Microsoft.ApiManagement/service/apis/schemas"))
    );
    plane.put("/apis/a/schemas/none", json!({"contentType": "x/y", "document": {}})).await.refused("document");
    plane.put("/schemas/g", json!({"schemaType": "JSON", "value": "{\"type\":\"array\"}"})).await.expect(201);
    plane.put("/schemas/g", json!({"schemaType": "json", "document": {"type": "object"}})).await.expect(200);
    plane.put("/schemas/x", json!({"schemaType": "xml", "value": "<s/>"})).await.expect(201);
    plane.put("/schemas/bad", json!({"schemaType": "json", "value": "{"})).await.refused("value");
    plane.put("/schemas/bad", json!({"schemaType": "json"})).await.refused("value");
    plane.put("/schemas/bad", json!({"value": "{}"})).await.refused("schemaType");
    let listed = plane.get("/schemas").await.expect(200);
    assert_eq!(listed["count"], 2);
    plane.put("/gateways/edge", json!({"locationData": {"name": "here"}})).await.expect(201);
    let mut agent = Reader::new(&plane, "edge").await;
    agent.read(&plane).await;
    assert!(agent.inventory.api_schemas.is_empty(), "an API that is not assigned to the gateway is not shown to it");
    plane.put("/gateways/edge/apis/a", json!({})).await.expect(201);
    agent.read(&plane).await;
    let known = &agent.inventory;
    let schema = &known.api_schemas[&(Name::from("a"), Name::from("s"))].properties;
    assert_eq!((schema.text.as_str(), schema.is_json), (r#"{"components":{"schemas":{"X":{"type":"string"}}}}"#, true));
    assert_eq!(known.schemas[&Name::from("g")].properties.text, r#"{"type":"object"}"#);
    plane.delete("/schemas/g").await.expect(204);
    plane.delete("/apis/a/schemas/s").await.expect(204);
    agent.read(&plane).await;
    assert!(agent.inventory.api_schemas.is_empty() && !agent.inventory.schemas.contains_key(&Name::from("g")));
}

#[tokio::test]
async fn an_import_keeps_the_schemas_that_its_operations_name() {
    let plane = Plane::new().await;
    let document = json!({"openapi": "3.0.1", "info": {"title": "Pets", "version": "1"}, "paths": {"/pets": {"post": {
        "operationId": "make", "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9}}],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}}},
        "responses": {"200": {"description": "ok"}}}}}});
    let sent = json!({"path": "pets", "format": "openapi+json", "value": document.to_string()});
    plane.put("/apis/pets", sent).await.expect(201);
    let operation = plane.get("/apis/pets/operations/make").await.expect(200)["properties"].clone();
    let body = &operation["request"]["representations"][0];
    assert_eq!(body["schemaId"], "imported");
    let schemas =
        plane.get("/apis/pets/schemas/imported").await.expect(200)["properties"]["document"]["components"]["schemas"]
            .clone();
    assert_eq!(schemas[body["typeName"].as_str().expect("a name")], json!({"type": "object", "required": ["id"]}));
    let limit = &operation["request"]["queryParameters"][0];
    assert_eq!(schemas[limit["typeName"].as_str().expect("a name")], json!({"type": "integer", "maximum": 9}));
}

#[tokio::test]
async fn certificates_show_their_public_half_and_reach_gateways_whole() {
    let plane = Plane::new().await;
    let sent = json!({"data": pfx(), "password": "postern"});
    let made = plane.put("/certificates/client", sent.clone()).await.expect(201)["properties"].clone();
    assert_eq!(
        (made["thumbprint"].as_str(), made["expirationDate"].as_str()),
        (Some(THUMBPRINT), Some("2126-11-03T20:44:49Z"))
    );
    assert!(made["subject"].as_str().expect("text").contains("CN=client.example.com"));
    for secret in ["data", "password"] {
        assert!(made.get(secret).is_none(), "{secret} is not shown");
    }
    assert_eq!(plane.get("/certificates/client").await.expect(200)["properties"], made);
    plane.head("/certificates/client").await.expect(200);
    let tag = plane.get("/certificates/client").await.tag();
    plane.put("/certificates/client", sent).await.expect(200);
    assert_eq!(plane.get("/certificates/client").await.tag(), tag, "the same again is no change");
    assert_eq!(
        plane.get(&format!("/certificates?$filter=thumbprint%20eq%20'{THUMBPRINT}'")).await.expect(200)["count"],
        1
    );
    for (sent, target) in [
        (json!({"data": pfx(), "password": "wrong"}), "data"),
        (json!({"data": "***"}), "data"),
        (json!({"data": "MIIC"}), "data"),
        (json!({"password": "x"}), "data"),
        (json!({"keyVault": {}}), "data"),
    ] {
        plane.put("/certificates/bad", sent).await.refused(target);
    }
    let vault = json!({"keyVault": {"secretIdentifier": "https://v.vault.azure.net/secrets/c"}});
    plane.put("/certificates/vault", vault.clone()).await.expect(201);
    assert_eq!(plane.get("/certificates/vault").await.expect(200)["properties"], vault);
    plane.post("/certificates/vault/refreshSecret", json!({})).await.refused("keyVault");
    plane.put("/gateways/edge", json!({"locationData": {"name": "here"}})).await.expect(201);
    let mut agent = Reader::new(&plane, "edge").await;
    agent.read(&plane).await;
    let known = &agent.inventory.certificates[&Name::from("CLIENT")].properties;
    assert_eq!(known.data.as_ref().map(postern_model::Secret::expose), Some(pfx().as_str()));
    assert_eq!(known.password.as_ref().map(postern_model::Secret::expose), Some("postern"));
    plane.delete("/certificates/client").await.expect(204);
    plane.get("/certificates/client").await.expect(404);
}

#[tokio::test]
async fn credentials_of_loggers_become_secret_named_values() {
    let plane = Plane::new().await;
    let connection = "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=a2V5";
    let hub = |connection: &str| json!({"loggerType": "AzureEventHub", "credentials": {"name": "hub", "connectionString": connection}});
    let made = plane.put("/loggers/l", hub(connection)).await.expect(201)["properties"].clone();
    assert_eq!((&made["loggerType"], &made["isBuffered"]), (&json!("azureEventHub"), &json!(true)));
    let reference = made["credentials"]["connectionString"].as_str().expect("text").to_owned();
    assert!(reference.starts_with("{{Logger-Credentials--") && reference.ends_with("}}"), "{reference}");
    let id = reference.trim_matches(['{', '}']).trim_start_matches("Logger-Credentials--").to_owned();
    let value = |answer: Value| answer["value"].clone();
    let path = format!("/namedValues/{id}/listValue");
    assert_eq!(value(plane.post(&path, json!({})).await.expect(200)), connection);
    let changed =
        plane.put("/loggers/l", hub("Endpoint=sb://other/;SharedAccessKeyName=s;SharedAccessKey=x")).await.expect(200);
    assert_eq!(
        changed["properties"]["credentials"]["connectionString"], reference,
        "the named value stays, its value changes"
    );
    assert_ne!(value(plane.post(&path, json!({})).await.expect(200)), connection);
    plane.put("/loggers/l", made.clone()).await.expect(200);
    plane.patch("/loggers/l", json!({"description": "events"})).await.expect(200);
    assert_eq!(plane.get("/loggers/l").await.expect(200)["properties"]["credentials"], made["credentials"]);
    for (sent, target) in [
        (json!({"loggerType": "file"}), "loggerType"),
        (json!({"credentials": {}}), "loggerType"),
        (json!({"loggerType": "azureEventHub", "credentials": {"connectionString": "x"}}), "credentials.name"),
        (json!({"loggerType": "azureEventHub", "credentials": {"name": "hub"}}), "credentials.connectionString"),
        (json!({"loggerType": "azureEventHub", "credentials": {"name": 5}}), "credentials"),
        (json!({"loggerType": "applicationInsights"}), "credentials.instrumentationKey"),
    ] {
        plane.put("/loggers/bad", sent).await.refused(target);
    }
    let identity =
        json!({"name": "hub", "endpointAddress": "ns.servicebus.windows.net", "identityClientId": "SystemAssigned"});
    plane.put("/loggers/identity", json!({"loggerType": "azureEventHub", "credentials": identity})).await.expect(201);
    plane
        .put(
            "/loggers/insights",
            json!({"loggerType": "applicationInsights", "credentials": {"instrumentationKey": "k"}}),
        )
        .await
        .expect(201);
    plane.put("/gateways/edge", json!({"locationData": {"name": "here"}})).await.expect(201);
    let mut agent = Reader::new(&plane, "edge").await;
    agent.read(&plane).await;
    let known = &agent.inventory.loggers[&Name::from("l")].properties;
    assert_eq!(known.credential("connectionstring").map(postern_model::Secret::expose), Some(reference.as_str()));
    plane.delete("/loggers/l").await.expect(204);
    plane.get(&format!("/namedValues/{id}")).await.expect(404);
}
