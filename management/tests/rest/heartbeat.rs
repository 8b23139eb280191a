//! Heartbeats, and what operators see of them.

use serde_json::{Value, json};

use super::support::{Plane, SERVICE};

fn heartbeat(instance: &str) -> Value {
    json!({
        "instance": instance, "agentVersion": "0.1.0", "host": "edge-1", "state": "degraded", "reason": "1 of 2 APIs left out",
        "generation": 7, "rootHash": "ab", "driver": "io_uring", "workers": 2,
        "diagnostics": [{"severity": "error", "code": "c", "message": "m", "scope": "/apis/a/policies/policy", "line": 3, "column": 9}],
    })
}

#[tokio::test]
async fn an_operator_sees_the_last_heartbeat_of_each_instance() {
    let plane = Plane::new().await;
    let token = plane.token("default").await;
    let begin = plane.configuration("GET", "feed", &token, "").await;
    let begin: Value =
        serde_json::from_str(String::from_utf8_lossy(&begin.bytes).lines().next().expect("line")).expect("JSON");
    let mut sent = heartbeat("one");
    sent["continuation"] = begin["continuation"].clone();
    let reply = plane.configuration("POST", "heartbeat", &token, sent.to_string()).await.expect(200);
    assert_eq!(reply["intervalSeconds"], 60);
    assert!(reply["tokenExpiresAt"].as_str().expect("time").ends_with('Z'));
    plane.configuration("POST", "heartbeat", &token, heartbeat("two").to_string()).await.expect(200);

    let list = plane.get("/gateways/default/instances").await.expect(200);
    assert_eq!(list["count"], 2);
    let one = plane.get("/gateways/default/instances/one").await.expect(200);
    assert_eq!(one["id"], format!("{SERVICE}/gateways/default/instances/one"));
    let seen = &one["properties"];
    assert_eq!(
        (&seen["state"], &seen["connected"], &seen["current"]),
        (&json!("degraded"), &json!(true), &json!(true))
    );
    assert_eq!(seen["diagnostics"][0]["scope"], "/apis/a/policies/policy");
    assert_eq!(seen["diagnostics"][0]["line"], 3);
    assert!(seen["lastHeartbeat"].is_string());
    let filtered = plane.get("/gateways/default/instances?$filter=name%20eq%20%27two%27").await.expect(200);
    assert_eq!(filtered["count"], 1);

    plane.put("/backends/b", json!({"url": "http://b.test", "protocol": "http"})).await.expect(201);
    let one = plane.get("/gateways/default/instances/one").await.expect(200);
    assert_eq!(one["properties"]["current"], false, "a change it has not applied");
    plane.get("/gateways/default/instances/three").await.expect(404);
    plane.get("/gateways/none/instances").await.expect(404);
    plane.put("/gateways/default/instances/one", json!({})).await.expect(405);
}

#[tokio::test]
async fn heartbeats_wake_no_reader_and_change_no_configuration() {
    let plane = Plane::new().await;
    let token = plane.token("default").await;
    let mut commits = plane.app.store.commits();
    let before = *commits.borrow_and_update();
    plane.configuration("POST", "heartbeat", &token, heartbeat("one").to_string()).await.expect(200);
    assert!(!commits.has_changed().expect("open"));
    assert_eq!(*commits.borrow(), before);
}

#[tokio::test]
async fn a_heartbeat_that_cannot_be_used_is_refused_and_the_last_one_stays() {
    let plane = Plane::new().await;
    let token = plane.token("default").await;
    plane.configuration("POST", "heartbeat", &token, heartbeat("one").to_string()).await.expect(200);
    let many: Vec<Value> = (0..=postern_management::limits::HEARTBEAT_DIAGNOSTICS_MAX).map(|_| json!({})).collect();
    let too_large = vec![b' '; postern_management::limits::HEARTBEAT_BYTES_MAX + 1];
    for (body, status) in [
        (b"{".to_vec(), 400),
        (b"{}".to_vec(), 400),
        (json!({"instance": "a/b"}).to_string().into_bytes(), 400),
        (json!({"instance": "a".repeat(65)}).to_string().into_bytes(), 400),
        (json!({"instance": "one", "state": "asleep"}).to_string().into_bytes(), 400),
        (json!({"instance": "one", "diagnostics": many}).to_string().into_bytes(), 400),
        (too_large, 413),
    ] {
        plane.configuration("POST", "heartbeat", &token, body).await.expect(status);
    }
    let unknown = json!({"instance": "new", "somethingNew": true});
    plane.configuration("POST", "heartbeat", &token, unknown.to_string()).await.expect(200);
    let one = plane.get("/gateways/default/instances/one").await.expect(200);
    assert_eq!(one["properties"]["generation"], 7);
}

#[tokio::test]
async fn the_instance_silent_longest_makes_room() {
    let plane = Plane::new().await;
    let token = plane.token("default").await;
    let most = postern_management::limits::INSTANCES_MAX;
    for number in 0..=most {
        let body = json!({"instance": format!("i{number:04}")}).to_string();
        plane.configuration("POST", "heartbeat", &token, body).await.expect(200);
    }
    let list = plane.get("/gateways/default/instances?$top=1000").await.expect(200);
    assert_eq!(list["count"], most);
    plane.get(&format!("/gateways/default/instances/i{most:04}")).await.expect(200);
    plane.delete("/gateways/default").await.expect(204);
    plane.put("/gateways/default", json!({})).await.expect(201);
    assert_eq!(plane.get("/gateways/default/instances").await.expect(200)["count"], 0);
}
