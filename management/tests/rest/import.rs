//! OpenAPI on PUT of an API.

use serde_json::{Value, json};

use super::support::Plane;

const PETS: &str = r#"{"openapi":"3.0.1","info":{"title":"Pets","description":"All pets","version":"1"},
"servers":[{"url":"https://pets.test/v1"}],
"paths":{
 "/pets":{"get":{"operationId":"listPets","summary":"List","responses":{"200":{"description":"ok","content":{"application/json":{"example":[{"id":1}]}}}}},
          "post":{"operationId":"createPet","responses":{"201":{"description":"made"}}}},
 "/pets/{id}":{"get":{"operationId":"getPet","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
          "responses":{"200":{"description":"ok"}}}}}}"#;

fn names(list: &Value) -> Vec<&str> {
    list["value"].as_array().expect("list").iter().map(|entity| entity["name"].as_str().expect("name")).collect()
}

#[tokio::test]
async fn a_document_gives_the_api_its_operations_and_what_the_request_does_not_say() {
    let plane = Plane::new().await;
    let api =
        plane.put("/apis/pets", json!({"path": "pets", "format": "openapi+json", "value": PETS})).await.expect(201);
    let properties = &api["properties"];
    assert_eq!((&properties["displayName"], &properties["description"]), (&json!("Pets"), &json!("All pets")));
    assert_eq!(properties["serviceUrl"], "https://pets.test/v1");
    for transient in ["format", "value"] {
        assert!(properties.get(transient).is_none(), "{transient} is not stored");
    }
    let operations = plane.get("/apis/pets/operations").await.expect(200);
    assert_eq!(names(&operations), ["createPet", "getPet", "listPets"]);
    let get = plane.get("/apis/pets/operations/getPet").await.expect(200);
    assert_eq!(get["properties"]["urlTemplate"], "/pets/{id}");
    assert_eq!(get["properties"]["templateParameters"][0]["name"], "id");
}

#[tokio::test]
async fn the_request_wins_over_the_document() {
    let plane = Plane::new().await;
    let sent = json!({"path": "p", "displayName": "Own", "serviceUrl": "http://127.0.0.1:1", "protocols": ["http"],
        "format": "openapi", "value": PETS});
    let properties = plane.put("/apis/pets", sent).await.expect(201)["properties"].clone();
    assert_eq!(
        (&properties["displayName"], &properties["serviceUrl"], &properties["protocols"]),
        (&json!("Own"), &json!("http://127.0.0.1:1"), &json!(["http"]))
    );
}

#[tokio::test]
async fn importing_again_keeps_policies_by_name_and_by_place_and_removes_what_is_gone() {
    let plane = Plane::new().await;
    let import = |document: String| json!({"path": "pets", "format": "openapi", "value": document});
    plane.put("/apis/pets", import(PETS.to_owned())).await.expect(201);
    let policy = "<policies><inbound><base /></inbound></policies>";
    for operation in ["listPets", "getPet", "createPet"] {
        plane
            .put(
                &format!("/apis/pets/operations/{operation}/policies/policy"),
                json!({"format": "rawxml", "value": policy}),
            )
            .await
            .expect(201);
    }
    // listPets stays, getPet is renamed, createPet goes.
    let mut document: Value = serde_json::from_str(PETS).expect("JSON");
    document["paths"]["/pets/{id}"]["get"]["operationId"] = json!("readPet");
    document["paths"]["/pets"].as_object_mut().expect("object").remove("post");
    plane.put("/apis/pets", import(document.to_string())).await.expect(200);
    assert_eq!(names(&plane.get("/apis/pets/operations").await.expect(200)), ["listPets", "readPet"]);
    for operation in ["listPets", "readPet"] {
        let got =
            plane.get(&format!("/apis/pets/operations/{operation}/policies/policy?format=rawxml")).await.expect(200);
        assert_eq!(got["properties"]["value"], policy, "{operation}");
    }
    plane.get("/apis/pets/operations/createPet/policies/policy").await.expect(404);
}

#[tokio::test]
async fn a_put_without_a_document_leaves_the_operations_alone() {
    let plane = Plane::new().await;
    plane.put("/apis/pets", json!({"path": "pets", "format": "openapi", "value": PETS})).await.expect(201);
    plane.put("/apis/pets", json!({"path": "pets", "displayName": "Pets 2"})).await.expect(200);
    assert_eq!(plane.get("/apis/pets/operations").await.expect(200)["count"], 3);
}

#[tokio::test]
async fn a_broken_document_or_an_unknown_format_is_refused_and_nothing_is_stored() {
    let plane = Plane::new().await;
    let broken = import(&plane, "openapi", "{\"openapi\":\"3.0.1\",").await;
    assert!(!broken.refused("value").is_empty());
    import(&plane, "openapi", "just text").await.refused("value");
    import(&plane, "swagger-json", PETS).await.refused("value");
    import(&plane, "wsdl", "<x/>").await.refused("format");
    plane.put("/apis/pets", json!({"path": "pets", "format": "openapi"})).await.refused("value");
    plane.get("/apis/pets").await.expect(404);
}

async fn import(plane: &Plane, format: &str, value: &str) -> super::support::Answer {
    plane.put("/apis/pets", json!({"path": "pets", "displayName": "x", "format": format, "value": value})).await
}

#[tokio::test]
async fn a_link_is_fetched() {
    let plane = Plane::new().await;
    let host = axum::Router::new().route("/pets.json", axum::routing::get(|| async { PETS }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let link = format!("http://{}/pets.json", listener.local_addr().expect("address"));
    tokio::spawn(async move { axum::serve(listener, host).await });
    plane.put("/apis/pets", json!({"path": "pets", "format": "openapi+json-link", "value": link})).await.expect(201);
    assert_eq!(plane.get("/apis/pets/operations").await.expect(200)["count"], 3);
}
