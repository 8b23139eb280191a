//! Subscriptions and their keys.

use serde_json::json;

use super::support::{Plane, SERVICE};

#[tokio::test]
async fn keys_are_made_when_none_are_given_and_stay_over_a_put() {
    let plane = Plane::new().await;
    plane.put("/subscriptions/s", json!({"displayName": "s", "scope": "/apis"})).await.expect(201);
    let keys = plane.post("/subscriptions/s/listSecrets", json!({})).await;
    assert!(keys.headers.contains_key("etag"));
    let keys = keys.expect(200);
    for name in ["primaryKey", "secondaryKey"] {
        let key = keys[name].as_str().expect("key");
        assert!(key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    }
    assert_ne!(keys["primaryKey"], keys["secondaryKey"]);
    plane.put("/subscriptions/s", json!({"displayName": "renamed", "scope": "/apis"})).await.expect(200);
    assert_eq!(plane.post("/subscriptions/s/listSecrets", json!({})).await.expect(200), keys);
}

#[tokio::test]
async fn regenerating_one_key_answers_204_and_leaves_the_other() {
    let plane = Plane::new().await;
    plane.put("/subscriptions/s", json!({"displayName": "s", "scope": "/apis"})).await.expect(201);
    let before = plane.post("/subscriptions/s/listSecrets", json!({})).await.json();
    plane.post("/subscriptions/s/regeneratePrimaryKey", json!({})).await.expect(204);
    let between = plane.post("/subscriptions/s/listSecrets", json!({})).await.json();
    assert_ne!(between["primaryKey"], before["primaryKey"]);
    assert_eq!(between["secondaryKey"], before["secondaryKey"]);
    plane.post("/subscriptions/s/regenerateSecondaryKey", json!({})).await.expect(204);
    assert_ne!(
        plane.post("/subscriptions/s/listSecrets", json!({})).await.json()["secondaryKey"],
        before["secondaryKey"]
    );
    plane.post("/subscriptions/none/regeneratePrimaryKey", json!({})).await.expect(404);
    plane.post("/subscriptions/none/listSecrets", json!({})).await.expect(404);
}

#[tokio::test]
async fn a_key_opens_one_subscription_only() {
    let plane = Plane::new().await;
    let with = |key: &str| json!({"displayName": "s", "scope": "/apis", "primaryKey": key});
    plane.put("/subscriptions/a", with("the-key")).await.expect(201);
    plane.put("/subscriptions/b", with("the-key")).await.refused("primaryKey");
    let second = json!({"displayName": "s", "scope": "/apis", "secondaryKey": "the-key"});
    plane.put("/subscriptions/b", second).await.refused("secondaryKey");
    plane.put("/subscriptions/a", with("the-key")).await.expect(200);
}

#[tokio::test]
async fn scopes_are_taken_in_short_and_full_form_and_shown_in_full() {
    let plane = Plane::new().await;
    plane.api("Echo").await;
    plane.put("/products/p", json!({"displayName": "p"})).await.expect(201);
    for (number, (sent, shown)) in [
        ("/apis", "/apis"),
        ("/apis/Echo", "/apis/Echo"),
        ("/products/p", "/products/p"),
        (&format!("{SERVICE}/products/p"), "/products/p"),
        (&format!("{SERVICE}/"), "/"),
    ]
    .into_iter()
    .enumerate()
    {
        let body = plane
            .put(&format!("/subscriptions/s{number}"), json!({"displayName": "s", "scope": sent}))
            .await
            .expect(201);
        assert_eq!(body["properties"]["scope"], format!("{SERVICE}{shown}"), "{sent}");
        assert_eq!(body["properties"]["state"], "submitted");
        assert!(body["properties"]["createdDate"].is_string());
    }
    let foreign = SERVICE.replace("service/postern", "service/other");
    for scope in ["/users/1".to_owned(), format!("{foreign}/products/p"), "/products/none".to_owned()] {
        plane.put("/subscriptions/x", json!({"displayName": "s", "scope": scope})).await.refused("scope");
    }
}

#[tokio::test]
async fn a_product_with_subscriptions_goes_only_with_them() {
    let plane = Plane::new().await;
    plane.put("/products/p", json!({"displayName": "p"})).await.expect(201);
    plane.put("/subscriptions/s", json!({"displayName": "s", "scope": "/products/p"})).await.expect(201);
    plane.delete("/products/p").await.refused("deleteSubscriptions");
    plane.delete("/products/p?deleteSubscriptions=true").await.expect(204);
    plane.get("/subscriptions/s").await.expect(404);
}

#[tokio::test]
async fn the_created_date_stays_what_it_was() {
    let plane = Plane::new().await;
    let created = plane.put("/subscriptions/s", json!({"displayName": "s", "scope": "/apis"})).await.expect(201);
    let sent = json!({"displayName": "s2", "scope": "/apis", "createdDate": "2001-01-01T00:00:00Z"});
    let replaced = plane.put("/subscriptions/s", sent).await.expect(200);
    assert_eq!(replaced["properties"]["createdDate"], created["properties"]["createdDate"]);
}
