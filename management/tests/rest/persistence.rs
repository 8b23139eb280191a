//! What was stored is there after a restart; what was deleted stays deleted.

use serde_json::json;

use super::support::Plane;

#[tokio::test]
async fn resources_tags_secrets_and_tokens_survive_a_restart() {
    let plane = Plane::new().await;
    plane.api("a").await;
    let tag = plane.get("/apis/a").await.tag();
    plane.put("/namedValues/n", json!({"displayName": "n", "value": "v", "secret": true})).await.expect(201);
    let gateway = plane.token("default").await;
    let operator = plane.app.operator.expose().to_owned();
    let feed = plane.configuration("GET", "feed", &gateway, "").await.bytes;

    let plane = plane.restart().await;
    assert_eq!(plane.app.operator.expose(), operator);
    assert_eq!(plane.get("/apis/a").await.tag(), tag);
    assert_eq!(plane.post("/namedValues/n/listValue", json!({})).await.expect(200)["value"], "v");
    assert_eq!(plane.configuration("GET", "feed", &gateway, "").await.bytes, feed, "continuation included");
}

#[tokio::test]
async fn what_an_operator_deleted_is_not_created_again() {
    let plane = Plane::new().await;
    plane.delete("/gateways/default").await.expect(204);
    plane.delete("/subscriptions/master").await.expect(204);
    let plane = plane.restart().await;
    plane.get("/gateways/default").await.expect(404);
    plane.get("/subscriptions/master").await.expect(404);
}

#[tokio::test]
async fn store_and_token_are_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let plane = Plane::new().await;
    for entry in std::fs::read_dir(plane.folder.path()).expect("folder") {
        let entry = entry.expect("entry");
        let mode = entry.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}
