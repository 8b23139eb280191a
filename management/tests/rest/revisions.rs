//! Revisions and releases.

use serde_json::{Value, json};

use super::support::{Plane, SERVICE};

async fn plane() -> Plane {
    let plane = Plane::new().await;
    plane
        .put("/apis/orders", json!({"displayName": "Orders", "path": "orders", "serviceUrl": "http://one.test"}))
        .await
        .expect(201);
    plane
        .put("/apis/orders/operations/a", json!({"displayName": "a", "method": "GET", "urlTemplate": "/a"}))
        .await
        .expect(201);
    let policy = json!({"format": "rawxml", "value": "<policies><inbound><base /></inbound></policies>"});
    plane.put("/apis/orders/operations/a/policies/policy", policy).await.expect(201);
    plane.put("/products/p", json!({"displayName": "p"})).await.expect(201);
    plane.put("/products/p/apis/orders", json!({})).await.expect(201);
    plane
}

async fn second_revision(plane: &Plane) -> Value {
    let sent = json!({"sourceApiId": format!("{SERVICE}/apis/orders"), "apiRevisionDescription": "second", "serviceUrl": "http://two.test"});
    plane.put("/apis/orders;rev=2", sent).await.expect(201)
}

#[tokio::test]
async fn a_revision_starts_as_a_copy_of_its_source_and_is_not_current() {
    let plane = plane().await;
    let revision = second_revision(&plane).await;
    let properties = &revision["properties"];
    assert_eq!(revision["name"], "orders;rev=2");
    assert_eq!((&properties["apiRevision"], &properties["isCurrent"]), (&json!("2"), &json!(false)));
    assert_eq!((&properties["path"], &properties["serviceUrl"]), (&json!("orders"), &json!("http://two.test")));
    plane.get("/apis/orders;rev=2/operations/a/policies/policy").await.expect(200);
    plane.get("/apis/orders%3Brev%3D2/operations/a").await.expect(200);
    let list = plane.get("/apis").await.expect(200);
    assert_eq!(list["count"], 2);
    let revisions = plane.get("/apis/orders/revisions").await.expect(200);
    let shown: Vec<(&str, bool)> = revisions["value"]
        .as_array()
        .expect("list")
        .iter()
        .map(|one| (one["apiRevision"].as_str().expect("text"), one["isCurrent"].as_bool().expect("flag")))
        .collect();
    assert_eq!(shown, [("1", true), ("2", false)]);
    assert_eq!(revisions["value"][1]["apiId"], format!("{SERVICE}/apis/orders;rev=2"));
}

#[tokio::test]
async fn the_current_revision_is_also_found_under_its_number() {
    let plane = plane().await;
    assert_eq!(plane.get("/apis/orders;rev=1").await.expect(200)["name"], "orders");
    plane.get("/apis/orders;rev=1/operations/a").await.expect(200);
    plane.get("/apis/orders;rev=3").await.expect(404);
    plane.patch("/apis/orders;rev=1", json!({"description": "d"})).await.expect(200);
    assert_eq!(plane.get("/apis/orders").await.expect(200)["properties"]["description"], "d");
}

#[tokio::test]
async fn an_api_created_under_a_revision_number_is_the_current_one() {
    let plane = Plane::new().await;
    for (name, revision) in [("x", "1"), ("y", "7")] {
        let id = format!("/apis/{name};rev={revision}");
        plane.put(&id, json!({"displayName": name, "path": name})).await.expect(201);
        let api = plane.get(&format!("/apis/{name}")).await.expect(200);
        let properties = &api["properties"];
        assert_eq!((&properties["apiRevision"], &properties["isCurrent"]), (&json!(revision), &json!(true)));
        plane.get(&id).await.expect(200);
    }
}

#[tokio::test]
async fn a_release_makes_the_revision_current_and_links_stay() {
    let plane = plane().await;
    second_revision(&plane).await;
    plane
        .put("/apis/orders;rev=2/operations/b", json!({"displayName": "b", "method": "GET", "urlTemplate": "/b"}))
        .await
        .expect(201);
    let release =
        plane.put("/apis/orders/releases/r1", json!({"apiId": "/apis/orders;rev=2", "notes": "go"})).await.expect(201);
    assert_eq!(release["properties"]["apiId"], format!("{SERVICE}/apis/orders;rev=2"));
    assert!(release["properties"]["createdDateTime"].is_string());

    let current = plane.get("/apis/orders").await.expect(200);
    assert_eq!(
        (&current["properties"]["apiRevision"], &current["properties"]["serviceUrl"]),
        (&json!("2"), &json!("http://two.test"))
    );
    plane.get("/apis/orders/operations/b").await.expect(200);
    let former = plane.get("/apis/orders;rev=1").await.expect(200);
    assert_eq!((&former["name"], &former["properties"]["isCurrent"]), (&json!("orders;rev=1"), &json!(false)));
    plane.get("/apis/orders;rev=1/operations/a/policies/policy").await.expect(200);
    plane.get("/apis/orders;rev=1/operations/b").await.expect(404);
    assert_eq!(plane.get("/apis/orders/releases").await.expect(200)["count"], 1);
    assert_eq!(plane.get("/products/p/apis").await.expect(200)["count"], 1);
    plane.put("/apis/orders/releases/r2", json!({"apiId": "/apis/other"})).await.refused("apiId");
    plane.put("/apis/orders/releases/r3", json!({"apiId": format!("{SERVICE}/apis/orders;rev=1")})).await.expect(201);
    assert_eq!(plane.get("/apis/orders").await.expect(200)["properties"]["apiRevision"], "1");
}

#[tokio::test]
async fn an_api_with_revisions_is_deleted_only_as_a_whole() {
    let plane = plane().await;
    second_revision(&plane).await;
    plane.delete("/apis/orders").await.refused("deleteRevisions");
    plane.delete("/apis/orders;rev=2").await.expect(204);
    second_revision(&plane).await;
    plane.delete("/apis/orders?deleteRevisions=true").await.expect(204);
    assert_eq!(plane.get("/apis").await.expect(200)["count"], 0);
}

#[tokio::test]
async fn a_source_that_is_not_there_is_refused() {
    let plane = plane().await;
    plane.put("/apis/orders;rev=2", json!({"sourceApiId": "/apis/none"})).await.refused("sourceApiId");
}
