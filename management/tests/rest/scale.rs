//! A hundred thousand subscriptions: written straight into the store, read through the feed.

use std::time::Instant;

use serde_json::{Map, json};

use super::support::Plane;

const SUBSCRIPTIONS: usize = 100_000;

#[tokio::test]
async fn a_hundred_thousand_subscriptions_stream_in_one_snapshot_and_a_change_stays_small() {
    let plane = Plane::new().await;
    let mut writer = plane.app.store.write().await.expect("writer");
    for number in 0..SUBSCRIPTIONS {
        let properties = json!({"displayName": format!("Subscription {number}"), "scope": "/apis", "state": "active",
            "createdDate": "2026-11-24T03:30:00Z", "allowTracing": false});
        let secrets =
            json!({"primaryKey": format!("{number:032x}"), "secondaryKey": format!("{:032x}", number + SUBSCRIPTIONS)});
        let object = |value: serde_json::Value| value.as_object().cloned().unwrap_or_else(Map::new);
        writer
            .put(&format!("/subscriptions/s{number}"), "subscriptions", &object(properties), &object(secrets))
            .await
            .expect("put");
    }
    writer.commit().await.expect("commit");

    let token = plane.token("default").await;
    let begin = Instant::now();
    let snapshot = plane.configuration("GET", "feed", &token, "").await;
    let text = std::str::from_utf8(&snapshot.bytes).expect("text");
    assert_eq!(
        text.matches("{\"kind\":\"put\",\"id\":\"/subscriptions/").count(),
        SUBSCRIPTIONS + 1,
        "the built-in one too"
    );
    eprintln!("snapshot: {} bytes in {:?}", text.len(), begin.elapsed());
    let first: serde_json::Value = serde_json::from_str(text.lines().next().expect("line")).expect("JSON");
    let after = first["continuation"].as_str().expect("text");

    let begin = Instant::now();
    plane.patch("/subscriptions/s77777", json!({"state": "suspended"})).await.expect(200);
    let changed = begin.elapsed();
    let changes = plane.configuration("GET", &format!("feed?after={after}"), &token, "").await;
    assert_eq!(std::str::from_utf8(&changes.bytes).expect("text").lines().count(), 3);
    eprintln!("one change: {changed:?}, told: {:?}", begin.elapsed() - changed);
    let most = plane.get("/subscriptions?$top=5000").await.expect(200);
    assert_eq!(most["value"].as_array().map(Vec::len), Some(1_000), "the largest page");
    assert!(most["nextLink"].as_str().expect("more").contains("skip=1000"));
    let begin = Instant::now();
    let page = plane.get("/subscriptions?$top=100&$skip=50000").await.expect(200);
    assert_eq!(page["count"], SUBSCRIPTIONS + 1);
    plane
        .put("/subscriptions/s5", json!({"displayName": "x", "scope": "/apis", "primaryKey": format!("{:032x}", 9)}))
        .await
        .refused("primaryKey");
    eprintln!("a page and a refused key: {:?}", begin.elapsed());
}
