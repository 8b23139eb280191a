//! Gateway resources: keys, tokens, associations.

use axum::body::Body;
use postern_management::clock::{arm_time, now};
use serde_json::{Value, json};
use time::Duration;

use super::support::{Plane, SERVICE};

async fn token_for(plane: &Plane, key: &str, minutes: i64) -> super::support::Answer {
    let expiry = arm_time(now() + Duration::minutes(minutes));
    plane.post("/gateways/default/generateToken", json!({"keyType": key, "expiry": expiry})).await
}

async fn status(plane: &Plane, token: &str) -> u16 {
    plane.configuration("GET", "feed", token, "").await.status.as_u16()
}

#[tokio::test]
async fn a_token_has_the_form_of_the_original_and_lets_its_gateway_in() {
    let plane = Plane::new().await;
    let token = token_for(&plane, "primary", 60).await.expect(200)["value"].as_str().expect("text").to_owned();
    let parts: Vec<&str> = token.splitn(3, '&').collect();
    assert_eq!((parts[0], parts[1].len()), ("default", 12));
    assert_eq!(parts[2].len(), 88, "base64 of 64 bytes");
    assert_eq!(status(&plane, &token).await, 200);
}

#[tokio::test]
async fn a_token_lives_thirty_days_at_most() {
    let plane = Plane::new().await;
    token_for(&plane, "secondary", 30 * 24 * 60 - 1).await.expect(200);
    token_for(&plane, "secondary", 30 * 24 * 60 + 1).await.refused("expiry");
    token_for(&plane, "secondary", -1).await.refused("expiry");
    token_for(&plane, "third", 1).await.refused("keyType");
    plane
        .post("/gateways/default/generateToken", json!({"keyType": "primary", "expiry": "soon"}))
        .await
        .refused("expiry");
    plane
        .post("/gateways/none/generateToken", json!({"keyType": "primary", "expiry": arm_time(now())}))
        .await
        .expect(404);
}

#[tokio::test]
async fn regenerating_a_key_ends_its_tokens_and_not_those_of_the_other() {
    let plane = Plane::new().await;
    let value = |body: Value| body["value"].as_str().expect("text").to_owned();
    let primary = value(token_for(&plane, "primary", 60).await.expect(200));
    let secondary = value(token_for(&plane, "secondary", 60).await.expect(200));
    plane.post("/gateways/default/regenerateKey", json!({"keyType": "primary"})).await.expect(204);
    assert_eq!(status(&plane, &primary).await, 401);
    assert_eq!(status(&plane, &secondary).await, 200);
    plane.delete("/gateways/default").await.expect(204);
    assert_eq!(status(&plane, &secondary).await, 401);
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_said() {
    let plane = Plane::new().await;
    let expired = {
        let keys = plane.post("/gateways/default/listKeys", json!({})).await.expect(200);
        let key = keys["primary"].as_str().expect("key");
        postern_management::gateway_key::sign("default", key, now() - Duration::minutes(5)).to_text()
    };
    let answer = plane.configuration("GET", "feed", &expired, "").await;
    assert_eq!((answer.status.as_u16(), answer.code()), (401, "GatewayTokenExpired".to_owned()));
    assert!(answer.json()["error"]["message"].as_str().expect("text").contains("expired at"));
    assert_eq!(answer.headers["www-authenticate"], "GatewayKey");
    let forged = expired.replace("default&", "other&");
    for wrong in [forged.as_str(), "x", "default&202612312359&AAAA"] {
        let answer = plane.configuration("GET", "feed", wrong, "").await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "GatewayTokenInvalid".to_owned()), "{wrong}");
    }
    let operator = axum::http::Request::builder()
        .uri("/configuration/v1/feed")
        .header("authorization", format!("Bearer {}", plane.app.operator.expose()));
    let answer = plane.send(operator.body(Body::empty()).expect("request")).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (401, "GatewayTokenMissing".to_owned()));
}

#[tokio::test]
async fn a_gateway_token_is_no_operator_token() {
    let plane = Plane::new().await;
    let token = plane.token("default").await;
    for scheme in ["GatewayKey", "Bearer"] {
        let request = axum::http::Request::builder()
            .uri(format!("{SERVICE}/apis?api-version=2024-05-01"))
            .header("authorization", format!("{scheme} {token}"));
        plane.send(request.body(Body::empty()).expect("request")).await.expect(401);
    }
}

#[tokio::test]
async fn apis_are_assigned_to_a_gateway_and_taken_away() {
    let plane = Plane::new().await;
    plane.api("a").await;
    plane.head("/gateways/default/apis/a").await.expect(404);
    let assigned = plane.put("/gateways/default/apis/a", json!({"provisioningState": "created"})).await.expect(201);
    assert_eq!(assigned["type"], "Microsoft.ApiManagement/service/gateways/apis");
    assert_eq!(assigned["properties"]["path"], "a");
    plane.put("/gateways/default/apis/A", json!({})).await.expect(200);
    plane.head("/gateways/default/apis/a").await.expect(200);
    assert_eq!(plane.get("/gateways/default/apis").await.expect(200)["count"], 1);
    assert_eq!(
        plane.put("/gateways/default/apis/none", json!({})).await.expect(404)["error"]["message"],
        "API not found."
    );
    plane.delete("/gateways/default/apis/a").await.expect(204);
    plane.head("/gateways/default/apis/a").await.expect(404);
}

#[tokio::test]
async fn the_managed_gateway_of_the_original_cannot_be_made() {
    let plane = Plane::new().await;
    plane.put("/gateways/Managed", json!({})).await.refused("gatewayId");
}
