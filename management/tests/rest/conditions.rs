//! `If-Match` and `If-None-Match` on real resources, also under contention.

use axum::body::Body;
use serde_json::json;

use super::support::{Answer, Plane};

async fn with(plane: &Plane, method: &str, path: &str, header: &str, tag: &str, body: &str) -> Answer {
    let request = plane.request(method, path).header(header, tag).body(Body::from(body.to_owned())).expect("request");
    plane.send(request).await
}

const PRODUCT: &str = r#"{"properties":{"displayName":"P"}}"#;

#[tokio::test]
async fn a_stale_tag_is_412_for_every_write_and_loses_nothing() {
    let plane = Plane::new().await;
    let first = plane.put("/products/p", json!({"displayName": "one"})).await;
    let second = plane.put("/products/p", json!({"displayName": "two"})).await;
    for (method, body) in [("PUT", PRODUCT), ("PATCH", PRODUCT), ("DELETE", "")] {
        let answer = with(&plane, method, "/products/p", "if-match", &first.tag(), body).await;
        assert_eq!(answer.expect(412)["error"]["code"], "PreconditionFailed", "{method}");
    }
    assert_eq!(plane.get("/products/p").await.expect(200)["properties"]["displayName"], "two");
    for (method, body, status) in [("PUT", PRODUCT, 200), ("DELETE", "", 412)] {
        with(&plane, method, "/products/p", "if-match", &second.tag(), body).await.expect(status);
    }
    with(&plane, "DELETE", "/products/p", "if-match", "*", "").await.expect(204);
    with(&plane, "PUT", "/products/p", "if-match", &second.tag(), PRODUCT).await.expect(412);
    with(&plane, "PUT", "/products/p", "if-match", "*", PRODUCT).await.expect(201);
    with(&plane, "PUT", "/products/p", "if-none-match", "*", PRODUCT).await.expect(412);
}

#[tokio::test]
async fn writes_need_no_condition() {
    let plane = Plane::new().await;
    plane.put("/products/p", json!({"displayName": "one"})).await.expect(201);
    plane.patch("/products/p", json!({"terms": "t"})).await.expect(200);
    plane.delete("/products/p").await.expect(204);
}

#[tokio::test]
async fn of_many_writers_with_one_tag_exactly_one_wins() {
    let plane = Plane::new().await;
    let tag = plane.put("/products/p", json!({"displayName": "start"})).await.tag();
    let writers = (0..16).map(|number| {
        let body = json!({"properties": {"displayName": format!("writer {number}")}}).to_string();
        let request =
            plane.request("PATCH", "/products/p").header("if-match", &tag).body(Body::from(body)).expect("request");
        plane.send(request)
    });
    let answers = futures_util::future::join_all(writers).await;
    let count = |status: u16| answers.iter().filter(|answer| answer.status.as_u16() == status).count();
    assert_eq!((count(200), count(412)), (1, 15));
    let winner = answers.iter().find(|answer| answer.status.as_u16() == 200).expect("one").json();
    assert_eq!(plane.get("/products/p").await.expect(200), winner);
}
