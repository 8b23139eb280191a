//! Policies at the four scopes: kept byte for byte, refused with a position.

use serde_json::json;

use super::support::Plane;

/// Odd white space, line ends of both kinds, a comment, entities in literals: all of it comes back.
const RAW: &str = "<policies>\r\n\t<inbound>\n    <base />\n\n<!-- a & b < c -->\n    <set-header name='x-a' exists-action=\"override\" >\n\
<value>1 &amp; 2 &#233; ü</value></set-header>\n  </inbound>\n<backend><base/></backend><outbound><base/></outbound><on-error><base/></on-error>\n</policies>\n";

async fn plane() -> Plane {
    let plane = Plane::new().await;
    plane.api("a").await;
    plane
        .put("/apis/a/operations/o", json!({"displayName": "o", "method": "GET", "urlTemplate": "/"}))
        .await
        .expect(201);
    plane.put("/products/p", json!({"displayName": "p"})).await.expect(201);
    plane
}

const SCOPES: [&str; 4] = [
    "/policies/policy",
    "/products/p/policies/policy",
    "/apis/a/policies/policy",
    "/apis/a/operations/o/policies/policy",
];

#[tokio::test]
async fn both_formats_round_trip_byte_for_byte_at_every_scope() {
    let plane = plane().await;
    for path in SCOPES {
        // The global policy has no parent to include.
        let text = if path == SCOPES[0] { RAW.replace("<base />", "").replace("<base/>", "") } else { RAW.to_owned() };
        for format in ["rawxml", "xml"] {
            let put = plane.put(path, json!({"format": format, "value": text})).await;
            assert!(put.status.is_success(), "{path}: {}", String::from_utf8_lossy(&put.bytes));
            let got = plane.get(&format!("{path}?format={format}")).await.expect(200);
            assert_eq!(got["properties"]["value"].as_str(), Some(text.as_str()), "{path} {format}");
            assert_eq!(got["properties"]["format"], format);
        }
        let by_default = plane.get(path).await.expect(200);
        assert_eq!(by_default["properties"]["format"], "xml");
    }
}

#[tokio::test]
async fn an_error_has_line_column_and_reason() {
    let plane = plane().await;
    let text = "<policies>\n  <inbound>\n    <set-headr name=\"x\" />\n    <set-method>\n  </inbound>\n</policies>";
    let message =
        plane.put("/apis/a/policies/policy", json!({"format": "rawxml", "value": text})).await.refused("value");
    assert!(message.starts_with("Error in the policy document on line "), "{message}");
    let body = plane.put("/apis/a/policies/policy", json!({"format": "rawxml", "value": text})).await.json();
    let info = &body["error"]["details"][0]["additionalInfo"][0]["info"];
    assert!(info["line"].as_u64().is_some_and(|line| line >= 3) && info["column"].as_u64().is_some(), "{body}");
    assert!(info["code"].is_string() && info["message"].is_string());
    plane.get("/apis/a/policies/policy").await.expect(404);
}

#[tokio::test]
async fn named_values_and_fragments_must_exist() {
    let plane = plane().await;
    let with = |inner: &str| {
        let text = format!(
            "<policies><inbound><base />{inner}</inbound><backend><base /></backend><outbound><base /></outbound></policies>"
        );
        json!({"format": "rawxml", "value": text})
    };
    let named = with("<set-header name=\"x\"><value>{{no-such}}</value></set-header>");
    assert!(plane.put("/apis/a/policies/policy", named.clone()).await.refused("value").contains("no-such"));
    let fragment = with("<include-fragment fragment-id=\"no-such\" />");
    assert!(plane.put("/apis/a/policies/policy", fragment.clone()).await.refused("value").contains("no-such"));
    plane.put("/namedValues/n", json!({"displayName": "no-such", "value": "v"})).await.expect(201);
    plane
        .put("/policyFragments/no-such", json!({"value": "<fragment><set-method>GET</set-method></fragment>"}))
        .await
        .expect(201);
    plane.put("/apis/a/policies/policy", named).await.expect(201);
    plane.put("/apis/a/policies/policy", fragment).await.expect(200);
}

#[tokio::test]
async fn the_position_is_that_of_the_text_as_written_also_behind_a_named_value() {
    let plane = plane().await;
    plane.put("/namedValues/n", json!({"displayName": "n", "value": "line\nline\nline"})).await.expect(201);
    let text = "<policies><inbound><set-body>{{n}}</set-body>\n<set-status /></inbound></policies>";
    let body = plane.put("/apis/a/policies/policy", json!({"format": "rawxml", "value": text})).await.expect(400);
    assert_eq!(body["error"]["details"][0]["additionalInfo"][0]["info"]["line"], 2, "{body}");
}

#[tokio::test]
async fn a_policy_is_called_policy() {
    let plane = plane().await;
    plane.put("/apis/a/policies/other", json!({"value": "<policies/>"})).await.refused("policyId");
}

#[tokio::test]
async fn a_document_beyond_the_limit_is_refused_and_one_at_the_limit_is_not() {
    let plane = plane().await;
    let limit = postern_management::limits::POLICY_BYTES_MAX;
    let frame = "<policies><!----><inbound><base /></inbound></policies>";
    let of_size = |size: usize| frame.replace("<!---->", &format!("<!--{}-->", "x".repeat(size - frame.len())));
    plane.put("/apis/a/policies/policy", json!({"format": "rawxml", "value": of_size(limit)})).await.expect(201);
    let message = plane
        .put("/apis/a/policies/policy", json!({"format": "rawxml", "value": of_size(limit + 1)}))
        .await
        .refused("value");
    assert!(message.contains(&limit.to_string()), "{message}");
}

#[tokio::test]
async fn a_link_is_fetched_and_the_text_behind_it_is_stored() {
    let plane = plane().await;
    let text =
        "<policies><inbound><base /></inbound><backend><base /></backend><outbound><base /></outbound></policies>";
    let host = axum::Router::new()
        .route("/policy.xml", axum::routing::get(move || async move { text }))
        .route("/large", axum::routing::get(|| async { vec![b'x'; postern_management::limits::LINK_BYTES_MAX + 1] }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("address");
    tokio::spawn(async move { axum::serve(listener, host).await });
    let link = |path: &str| json!({"format": "rawxml-link", "value": format!("http://{address}{path}")});
    let stored = plane.put("/apis/a/policies/policy", link("/policy.xml")).await.expect(201);
    assert_eq!(stored["properties"]["value"], text);
    assert!(plane.put("/apis/a/policies/policy", link("/none")).await.refused("value").contains("404"));
    assert!(plane.put("/apis/a/policies/policy", link("/large")).await.refused("value").contains("larger than"));
    let metadata = json!({"format": "xml-link", "value": "http://169.254.169.254/latest"});
    plane.put("/apis/a/policies/policy", metadata).await.refused("value");
}
