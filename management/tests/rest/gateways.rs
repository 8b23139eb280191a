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

#[tokio::test]
async fn host_names_and_authorities_of_a_gateway_have_the_life_of_resources() {
    let plane = Plane::new().await;
    // A certificate alone, as authorities have it.
    let leaf = include_bytes!("../../../libs/dotnet/fixtures/certificates/leaf.der");
    let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, leaf);
    let certificate = json!({"data": data});
    plane.put("/certificates/c1", certificate).await.expect(201);
    let hostname = "/gateways/default/hostnameConfigurations/h1";
    let id = format!("{SERVICE}/certificates/c1");
    let sent = json!({"hostname": "*.example.com", "certificateId": id, "negotiateClientCertificate": true});
    let body = plane.put(hostname, sent.clone()).await.expect(201);
    assert_eq!(body["type"], "Microsoft.ApiManagement/service/gateways/hostnameConfigurations");
    assert_eq!((&body["id"], &body["name"]), (&json!(format!("{SERVICE}{hostname}")), &json!("h1")));
    let expected = json!({
        "hostname": "*.example.com", "certificateId": id, "negotiateClientCertificate": true,
        "tls10Enabled": false, "tls11Enabled": false, "http2Enabled": false,
    });
    assert_eq!(body["properties"], expected);
    plane.put(hostname, sent.clone()).await.expect(200);
    assert_eq!(plane.get(hostname).await.expect(200)["properties"], expected);
    let list = plane.get("/gateways/default/hostnameConfigurations").await.expect(200);
    assert_eq!((&list["value"][0]["name"], &list["count"]), (&json!("h1"), &json!(1)));
    plane.patch(hostname, json!({})).await.expect(405);
    for (change, field) in [
        (json!({"hostname": "a.test"}), "certificateId"),
        (json!({"certificateId": id}), "hostname"),
        (json!({"hostname": "a.test", "certificateId": format!("{SERVICE}/certificates/none")}), "certificateId"),
        (json!({"hostname": "a.test", "certificateId": id, "tls10Enabled": "yes"}), "tls10Enabled"),
    ] {
        plane.put("/gateways/default/hostnameConfigurations/h2", change).await.refused(field);
    }
    plane.put("/gateways/none/hostnameConfigurations/h1", sent.clone()).await.expect(404);

    let authority = "/gateways/default/certificateAuthorities/c1";
    let trusted = json!({"isTrusted": true});
    let body = plane.put(authority, trusted.clone()).await.expect(201);
    assert_eq!(body["type"], "Microsoft.ApiManagement/service/gateways/certificateAuthorities");
    assert_eq!(body["properties"], json!({"isTrusted": true}));
    plane.put("/gateways/default/certificateAuthorities/none", trusted.clone()).await.expect(404);
    plane.put("/gateways/other", json!({"locationData": {"name": "x"}})).await.expect(201);
    plane.put("/gateways/other/certificateAuthorities/c1", trusted).await.expect(201);

    // The gateway hears of its own and of no other's.
    let token = token_for(&plane, "primary", 60).await.expect(200)["value"].as_str().expect("text").to_owned();
    let feed = plane.configuration("GET", "feed", &token, "").await;
    let text = String::from_utf8_lossy(&feed.bytes).into_owned();
    for (part, is_in) in [
        ("/gateways/default/hostnameConfigurations/h1", true),
        ("/gateways/default/certificateAuthorities/c1", true),
        ("/gateways/other/certificateAuthorities/c1", false),
    ] {
        assert_eq!(text.contains(part), is_in, "{part}: {text}");
    }
    // A certificate stays as long as something is known by it.
    plane.delete("/certificates/c1").await.refused("id");
    plane.delete(authority).await.expect(204);
    plane.get(authority).await.expect(404);
    plane.delete("/gateways/default").await.expect(204);
    plane.get(hostname).await.expect(404);
    plane.delete("/certificates/C1").await.refused("id");
    plane.delete("/gateways/other/certificateAuthorities/c1").await.expect(204);
    plane.delete("/certificates/c1").await.expect(204);
    plane.put("/gateways/default", json!({"locationData": {"name": "x"}})).await.expect(201);
    assert_eq!(plane.get("/gateways/default/hostnameConfigurations").await.expect(200)["count"], 0);
}
