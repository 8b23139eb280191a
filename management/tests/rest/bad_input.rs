//! Requests that are wrong in ways every endpoint shares.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use super::support::{Plane, SERVICE};

async fn put_raw(plane: &Plane, path: &str, body: impl Into<Body>) -> super::support::Answer {
    plane.send(plane.request("PUT", path).body(body.into()).expect("request")).await
}

#[tokio::test]
async fn the_operator_token_is_needed_and_compared() {
    let plane = Plane::new().await;
    let ask = |authorization: Option<&str>| {
        let mut request = Request::builder().uri(format!("{SERVICE}/apis?api-version=2024-05-01"));
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        plane.send(request.body(Body::empty()).expect("request"))
    };
    let missing = ask(None).await;
    assert_eq!((missing.status.as_u16(), missing.code()), (401, "AuthenticationFailed".to_owned()));
    assert!(missing.headers["www-authenticate"].to_str().expect("text").starts_with("Bearer"));
    for wrong in ["Bearer wrong", "Basic dXNlcg==", "Bearer", ""] {
        let answer = ask(Some(wrong)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "InvalidAuthenticationToken".to_owned()), "{wrong}");
    }
    let good = ask(Some(&format!("bearer {}", plane.app.operator.expose()))).await;
    good.expect(200);
    assert!(good.headers.contains_key("x-ms-request-id"));
}

#[tokio::test]
async fn the_api_version_is_needed_and_must_be_known() {
    let plane = Plane::new().await;
    let ask = |version: &str| {
        let uri = format!("{SERVICE}/apis{version}");
        let request =
            Request::builder().uri(uri).header("authorization", format!("Bearer {}", plane.app.operator.expose()));
        plane.send(request.body(Body::empty()).expect("request"))
    };
    for version in [
        "?api-version=2024-05-01",
        "?api-version=2022-08-01",
        "?API-VERSION=2021-08-01",
        "?api-version=2023-09-01-preview",
    ] {
        ask(version).await.expect(200);
    }
    for version in ["", "?api-version=", "?other=1"] {
        assert_eq!(ask(version).await.expect(400)["error"]["code"], "MissingApiVersionParameter", "{version}");
    }
    for version in ["?api-version=2021-07-31", "?api-version=latest", "?api-version=2024-5-1"] {
        assert_eq!(ask(version).await.expect(400)["error"]["code"], "InvalidApiVersionParameter", "{version}");
    }
}

#[tokio::test]
async fn content_that_cannot_be_read_is_refused_with_its_place() {
    let plane = Plane::new().await;
    for (body, reason) in [
        (&b"{\"properties\":"[..], "line 1 column"),
        (&b"{\"properties\":{\"displayName\":\"\xff\"}}"[..], "not valid UTF-8 (byte 30)"),
        (&b"[]"[..], "must be a JSON object"),
    ] {
        let error = put_raw(&plane, "/products/p", body.to_vec()).await.expect(400);
        assert_eq!(error["error"]["code"], "InvalidRequestContent");
        assert!(error["error"]["message"].as_str().expect("text").contains(reason), "{error}");
    }
    put_raw(&plane, "/products/p", "").await.refused("properties");
    put_raw(&plane, "/products/p", "{\"displayName\":\"not under properties\"}").await.refused("properties");
    put_raw(&plane, "/products/p", "{\"properties\":[]}").await.refused("properties");
    plane.get("/products/p").await.expect(404);
}

#[tokio::test]
async fn a_policy_of_ten_megabytes_is_refused_and_the_old_one_stays() {
    let plane = Plane::new().await;
    let before = plane.get("/policies/policy?format=rawxml").await.json();
    let body = json!({"properties": {"format": "rawxml", "value": "x".repeat(10 * 1024 * 1024)}}).to_string();
    let refused = put_raw(&plane, "/policies/policy", body).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (413, "RequestEntityTooLarge".to_owned()));
    assert_eq!(plane.get("/policies/policy?format=rawxml").await.json(), before);
}

#[tokio::test]
async fn the_content_limit_holds_at_its_edge() {
    let plane = Plane::new().await;
    let of_size = |size: usize| {
        let mut body = json!({"properties": {"displayName": "p"}}).to_string();
        body.push_str(&" ".repeat(size - body.len()));
        body
    };
    let limit = postern_management::limits::BODY_BYTES_MAX;
    put_raw(&plane, "/products/p", of_size(limit)).await.expect(201);
    put_raw(&plane, "/products/p", of_size(limit + 1)).await.expect(413);
}

#[tokio::test]
async fn paths_methods_and_names_that_are_not_there_are_said_to_be() {
    let plane = Plane::new().await;
    assert_eq!(plane.get("/nothing").await.expect(404)["error"]["code"], "ResourceNotFound");
    assert_eq!(plane.get("/apis/x/nothing/y").await.expect(404)["error"]["code"], "ResourceNotFound");
    plane.post("/apis", json!({})).await.expect(405);
    plane.put("/apis", json!({})).await.expect(405);
    plane.post("/gateways/default/unknownAction", json!({})).await.expect(404);
    plane.get("/gateways/default/listKeys").await.expect(404);
    plane.put("/products/a%2Fb", json!({"displayName": "x"})).await.refused("name");
    plane.put("/products/a%26b", json!({"displayName": "x"})).await.refused("name");
    plane.put(&format!("/backends/{}", "b".repeat(81)), json!({})).await.refused("name");
    let outside = Request::builder()
        .uri("/elsewhere?api-version=2024-05-01")
        .header("authorization", format!("Bearer {}", plane.app.operator.expose()));
    plane.send(outside.body(Body::empty()).expect("request")).await.expect(404);
}

#[tokio::test]
async fn unknown_properties_are_kept() {
    let plane = Plane::new().await;
    let sent = json!({"displayName": "p", "futureProperty": {"deep": [1, "x", null]}});
    plane.put("/products/p", sent).await.expect(201);
    plane.patch("/products/p", json!({"terms": "t"})).await.expect(200);
    let got = plane.get("/products/p").await.expect(200);
    assert_eq!(got["properties"]["futureProperty"], json!({"deep": [1, "x", null]}));
}
