//! The life of every kind of resource: one table, one test for each thing that all of them do.

use axum::body::Body;
use serde_json::{Value, json};

use super::support::{Plane, SERVICE};

/// A kind that is created, read, changed and deleted in the common way.
struct Case {
    path: &'static str,
    arm_type: &'static str,
    create: Value,
    /// What GET adds or changes, compared with `create`.
    seen: Value,
    /// A required property.
    required: Option<&'static str>,
    /// PATCH, and what is seen of it; `None` when the kind has no PATCH.
    change: Option<(Value, Value)>,
    /// A property with a value that is refused.
    wrong: (Value, &'static str),
}

#[allow(clippy::too_many_lines, reason = "a table: one row a kind")]
fn cases() -> Vec<Case> {
    let full = |id: &str| format!("{SERVICE}{id}");
    vec![
        Case {
            path: "/apis/Orders",
            arm_type: "apis",
            create: json!({"displayName": "Orders", "path": "/orders/", "serviceUrl": "http://backend.test/v1", "unknownProperty": {"a": [1, 2]}}),
            seen: json!({"path": "orders", "apiRevision": "1", "isCurrent": true, "subscriptionRequired": true, "protocols": ["https"],
                "subscriptionKeyParameterNames": {"header": "Ocp-Apim-Subscription-Key", "query": "subscription-key"}}),
            required: Some("displayName"),
            change: Some((
                json!({"description": "d", "serviceUrl": null}),
                json!({"description": "d", "serviceUrl": null, "path": "orders"}),
            )),
            wrong: (json!({"protocols": ["ftp"]}), "protocols"),
        },
        Case {
            path: "/apis/base/operations/get-one",
            arm_type: "apis/operations",
            create: json!({"displayName": "Get", "method": "GET", "urlTemplate": "/{id}"}),
            seen: json!({"templateParameters": [{"name": "id", "type": "string", "required": true}], "responses": []}),
            required: Some("urlTemplate"),
            change: Some((json!({"method": "POST"}), json!({"method": "POST", "urlTemplate": "/{id}"}))),
            wrong: (json!({"urlTemplate": "/{id"}), "urlTemplate"),
        },
        Case {
            path: "/apiVersionSets/vs",
            arm_type: "apiVersionSets",
            create: json!({"displayName": "VS", "versioningScheme": "header", "versionHeaderName": "Api-Version"}),
            seen: json!({"versioningScheme": "Header"}),
            required: Some("versioningScheme"),
            change: Some((json!({"description": "d"}), json!({"description": "d", "versioningScheme": "Header"}))),
            wrong: (json!({"versioningScheme": "Query"}), "versionQueryName"),
        },
        Case {
            path: "/products/starter",
            arm_type: "products",
            create: json!({"displayName": "Starter"}),
            seen: json!({"state": "notPublished", "subscriptionRequired": true}),
            required: Some("displayName"),
            change: Some((json!({"state": "published"}), json!({"state": "published", "displayName": "Starter"}))),
            wrong: (json!({"state": "open"}), "state"),
        },
        Case {
            path: "/subscriptions/Sub-1",
            arm_type: "subscriptions",
            create: json!({"displayName": "S", "scope": "/apis/base", "state": "active"}),
            seen: json!({"scope": full("/apis/base"), "allowTracing": false}),
            required: Some("scope"),
            change: Some((json!({"state": "suspended"}), json!({"state": "suspended", "scope": full("/apis/base")}))),
            wrong: (json!({"scope": "/apis/none"}), "scope"),
        },
        Case {
            path: "/namedValues/nv",
            arm_type: "namedValues",
            create: json!({"displayName": "host", "value": "example.org", "tags": ["a"]}),
            seen: json!({"secret": false}),
            required: Some("displayName"),
            change: Some((json!({"value": "other"}), json!({"value": "other", "displayName": "host"}))),
            wrong: (json!({"displayName": "two words"}), "displayName"),
        },
        Case {
            path: "/backends/b1",
            arm_type: "backends",
            create: json!({"url": "https://backend.test/api", "protocol": "HTTP", "tls": {"validateCertificateChain": false}}),
            seen: json!({"protocol": "http"}),
            required: Some("url"),
            change: Some((
                json!({"tls": {"validateCertificateName": false}}),
                json!({"tls": {"validateCertificateChain": false, "validateCertificateName": false}}),
            )),
            wrong: (json!({"url": "https://backend.test/?a=b"}), "url"),
        },
        Case {
            path: "/gateways/edge",
            arm_type: "gateways",
            create: json!({"description": "d", "locationData": {"name": "hall 3"}}),
            seen: json!({}),
            required: None,
            change: Some((
                json!({"description": null}),
                json!({"description": null, "locationData": {"name": "hall 3"}}),
            )),
            wrong: (json!({"locationData": {"city": "x"}}), "locationData.name"),
        },
        Case {
            path: "/policyFragments/fr",
            arm_type: "policyFragments",
            create: json!({"format": "xml", "value": "<fragment></fragment>", "description": "d"}),
            seen: json!({}),
            required: Some("value"),
            change: None,
            wrong: (json!({"value": "<fragment>"}), "value"),
        },
        Case {
            path: "/apis/base/schemas/s1",
            arm_type: "apis/schemas",
            create: json!({"contentType": "application/vnd.oai.openapi.components+json", "document": {"components": {}}}),
            seen: json!({}),
            required: Some("contentType"),
            change: None,
            wrong: (json!({"document": 1}), "document"),
        },
    ]
}

async fn plane() -> Plane {
    let plane = Plane::new().await;
    plane.api("base").await;
    plane
}

/// Every member of `expected` is in `actual`; `null` means absent.
fn assert_has(actual: &Value, expected: &Value, context: &str) {
    for (name, value) in expected.as_object().expect("object") {
        let found = actual.get(name).cloned().unwrap_or(Value::Null);
        assert_eq!(&found, value, "{context}: {name} in {actual}");
    }
}

#[tokio::test]
async fn put_creates_with_201_then_replaces_with_200_and_get_shows_it() {
    let plane = plane().await;
    for case in cases() {
        let created = plane.put(case.path, case.create.clone()).await;
        let body = created.expect(201);
        assert_eq!(body["id"], format!("{SERVICE}{}", case.path), "{}", case.path);
        assert_eq!(body["type"], format!("Microsoft.ApiManagement/service/{}", case.arm_type));
        assert_eq!(body["name"], case.path.rsplit('/').next().expect("name"));
        let got = plane.get(case.path).await;
        assert_eq!(got.expect(200), body);
        assert_eq!(got.tag(), created.tag());
        assert!(got.tag().starts_with('"') && got.tag().ends_with('"'));
        let mut expected = case.create.clone();
        for (name, value) in case.seen.as_object().expect("object") {
            expected[name] = value.clone();
        }
        assert_has(&body["properties"], &expected, case.path);

        let upper = case.path.to_uppercase();
        let replaced = plane.put(&upper, case.create.clone()).await;
        assert_eq!(replaced.expect(200)["id"], body["id"], "the id keeps its case");
        assert_eq!(replaced.tag(), created.tag(), "the same again is no change");
    }
}

#[tokio::test]
async fn head_gives_the_tag_without_a_body_and_404_when_there_is_nothing() {
    let plane = plane().await;
    for case in cases() {
        let missing = plane.head(case.path).await;
        assert_eq!((missing.status.as_u16(), missing.bytes.len()), (404, 0), "{}", case.path);
        let created = plane.put(case.path, case.create.clone()).await;
        let head = plane.head(case.path).await;
        assert_eq!((head.status.as_u16(), head.tag(), head.bytes.len()), (200, created.tag(), 0), "{}", case.path);
    }
}

#[tokio::test]
async fn patch_merges_and_changes_the_tag_and_kinds_without_it_say_405() {
    let plane = plane().await;
    for case in cases() {
        let Some((change, seen)) = case.change else {
            plane.put(case.path, case.create.clone()).await.expect(201);
            assert_eq!(plane.patch(case.path, json!({})).await.expect(405)["error"]["code"], "MethodNotAllowed");
            continue;
        };
        assert_eq!(plane.patch(case.path, change.clone()).await.expect(404)["error"]["code"], "ResourceNotFound");
        let created = plane.put(case.path, case.create.clone()).await;
        let changed = plane.patch(case.path, change).await;
        assert_has(&changed.expect(200)["properties"], &seen, case.path);
        assert_ne!(changed.tag(), created.tag(), "{}", case.path);
        assert_eq!(plane.get(case.path).await.expect(200), changed.json());
    }
}

#[tokio::test]
async fn a_missing_or_wrong_property_is_named_and_nothing_is_stored() {
    let plane = plane().await;
    for case in cases() {
        if let Some(required) = case.required {
            let mut without = case.create.clone();
            without.as_object_mut().expect("object").remove(required);
            plane.put(case.path, without).await.refused(required);
        }
        let mut wrong = case.create.clone();
        for (name, value) in case.wrong.0.as_object().expect("object") {
            wrong[name] = value.clone();
        }
        plane.put(case.path, wrong).await.refused(case.wrong.1);
        plane.get(case.path).await.expect(404);
    }
}

#[tokio::test]
async fn delete_answers_204_whether_or_not_something_was_there() {
    let plane = plane().await;
    for case in cases() {
        plane.put(case.path, case.create.clone()).await.expect(201);
        let deleted = plane.delete(case.path).await;
        assert_eq!((deleted.status.as_u16(), deleted.bytes.len()), (204, 0));
        let gone = plane.get(case.path).await.expect(404);
        assert_eq!(gone["error"]["code"], "ResourceNotFound");
        assert!(gone["error"]["message"].as_str().expect("text").ends_with("not found."), "{gone}");
        plane.delete(case.path).await.expect(204);
    }
}

#[tokio::test]
async fn a_resource_under_a_parent_that_is_not_there_is_404() {
    let plane = plane().await;
    let body =
        plane.put("/apis/none/operations/x", json!({"displayName": "x", "method": "GET", "urlTemplate": "/"})).await;
    assert_eq!(body.expect(404)["error"]["message"], "API not found.");
    assert_eq!(plane.get("/apis/none/operations").await.expect(404)["error"]["message"], "API not found.");
    assert_eq!(plane.get("/products/none/apis").await.expect(404)["error"]["message"], "Product not found.");
}

#[tokio::test]
async fn no_get_shows_a_secret() {
    let plane = plane().await;
    plane.put("/namedValues/s", json!({"displayName": "s", "value": "hidden-1", "secret": true})).await.expect(201);
    plane
        .put(
            "/subscriptions/k",
            json!({"displayName": "k", "scope": "/apis", "primaryKey": "hidden-2", "secondaryKey": "hidden-3"}),
        )
        .await
        .expect(201);
    let patched = plane.patch("/namedValues/s", json!({"tags": ["t"]})).await;
    patched.expect(200);
    let keys = plane.post("/gateways/default/listKeys", json!({})).await.expect(200);
    let gateway = plane.patch("/gateways/default", json!({"description": "x"})).await;
    gateway.expect(200);
    for path in
        ["/namedValues", "/namedValues/s", "/subscriptions", "/subscriptions/k", "/gateways", "/gateways/default"]
    {
        let text = String::from_utf8(plane.get(path).await.bytes).expect("text");
        for secret in ["hidden-1", "hidden-2", "hidden-3", keys["primary"].as_str().expect("key")] {
            assert!(!text.contains(secret), "{path} shows {secret}");
        }
    }
    assert_eq!(plane.post("/namedValues/s/listValue", json!({})).await.expect(200)["value"], "hidden-1");
    assert_eq!(plane.post("/gateways/default/listKeys", json!({})).await.expect(200), keys, "a PATCH keeps the keys");
}

#[tokio::test]
async fn products_and_apis_are_linked_by_either_form() {
    let plane = plane().await;
    plane.put("/products/p", json!({"displayName": "P"})).await.expect(201);
    plane.head("/products/p/apis/base").await.expect(404);
    let linked = plane.send(plane.request("PUT", "/products/p/apis/BASE").body(Body::empty()).expect("request")).await;
    let linked = linked.expect(201);
    assert_eq!(linked["type"], "Microsoft.ApiManagement/service/products/apis");
    assert_eq!((&linked["name"], &linked["properties"]["path"]), (&json!("base"), &json!("base")));
    plane.head("/products/p/apis/base").await.expect(204);
    plane.put("/products/p/apis/none", json!({})).await.expect(404);

    let links = plane.get("/products/p/apiLinks").await.expect(200);
    assert_eq!(links["value"][0]["properties"]["apiId"], format!("{SERVICE}/apis/base"));
    plane.delete("/products/p/apiLinks/base").await.expect(204);
    plane.head("/products/p/apis/base").await.expect(404);

    let link =
        plane.put("/products/p/apiLinks/my-link", json!({"apiId": format!("{SERVICE}/apis/base")})).await.expect(201);
    assert_eq!(link["id"], format!("{SERVICE}/products/p/apiLinks/my-link"));
    plane.put("/products/p/apiLinks/my-link", json!({"apiId": "/apis/base"})).await.expect(200);
    plane.put("/products/p/apiLinks/x", json!({"apiId": "/apis/none"})).await.refused("apiId");
    assert_eq!(plane.get("/products/p/apis").await.expect(200)["count"], 1);
    assert_eq!(plane.get("/products/p/apiLinks/my-link").await.expect(200)["name"], "my-link");
    assert_eq!(plane.get("/apis/base/products").await.expect(200)["value"][0]["name"], "p");
    plane.delete("/apis/base").await.expect(204);
    assert_eq!(plane.get("/products/p/apis").await.expect(200)["count"], 0);
}

#[tokio::test]
async fn what_is_in_use_is_not_deleted() {
    let plane = plane().await;
    plane.put("/namedValues/n", json!({"displayName": "used", "value": "a"})).await.expect(201);
    plane.put("/policyFragments/f", json!({"format": "rawxml", "value": "<fragment></fragment>"})).await.expect(201);
    let policy = "<policies><inbound><base /><set-header name=\"x\"><value>{{used}}</value></set-header>\
        <include-fragment fragment-id=\"f\" /></inbound><backend><base /></backend><outbound><base /></outbound></policies>";
    plane.put("/apis/base/policies/policy", json!({"format": "rawxml", "value": policy})).await.expect(201);
    assert!(plane.delete("/namedValues/n").await.refused("id").contains("/apis/base/policies/policy"));
    assert!(plane.delete("/policyFragments/f").await.refused("id").contains("/apis/base/policies/policy"));
    plane.patch("/namedValues/n", json!({"displayName": "other"})).await.refused("displayName");
    let references = plane.post("/policyFragments/f/listReferences", json!({})).await.expect(200);
    assert_eq!(references["value"][0]["id"], format!("{SERVICE}/apis/base/policies/policy"));
    plane.put("/apiVersionSets/v", json!({"displayName": "v", "versioningScheme": "Segment"})).await.expect(201);
    plane.patch("/apis/base", json!({"apiVersionSetId": "/apiVersionSets/v", "apiVersion": "v1"})).await.expect(200);
    plane.delete("/apiVersionSets/v").await.refused("id");
    plane.delete("/apis/base/policies/policy").await.expect(204);
    plane.delete("/namedValues/n").await.expect(204);
    plane.delete("/policyFragments/f").await.expect(204);
}

#[tokio::test]
async fn no_two_apis_share_path_and_version_nor_two_operations_method_and_template() {
    let plane = plane().await;
    plane.put("/apis/other", json!({"displayName": "o", "path": "BASE"})).await.refused("path");
    plane.put("/apiVersionSets/v", json!({"displayName": "v", "versioningScheme": "Segment"})).await.expect(201);
    for version in ["v1", "v2"] {
        let api = json!({"displayName": "v", "path": "same", "apiVersionSetId": format!("{SERVICE}/apiVersionSets/v"), "apiVersion": version});
        let body = plane.put(&format!("/apis/same-{version}"), api).await.expect(201);
        assert_eq!(body["properties"]["apiVersionSetId"], format!("{SERVICE}/apiVersionSets/v"));
    }
    let operation = json!({"displayName": "g", "method": "GET", "urlTemplate": "/things/"});
    plane.put("/apis/base/operations/a", operation.clone()).await.expect(201);
    let again = json!({"displayName": "g", "method": "get", "urlTemplate": "/Things"});
    plane.put("/apis/base/operations/b", again).await.refused("urlTemplate");
    plane.put("/apis/base/operations/a", operation).await.expect(200);
}

#[tokio::test]
async fn the_service_is_found_in_its_group_and_in_its_subscription() {
    let plane = plane().await;
    let service = plane.get("").await.expect(200);
    assert_eq!((&service["id"], &service["name"]), (&json!(SERVICE), &json!("postern")));
    assert_eq!(service["properties"]["provisioningState"], "Succeeded");
    for path in [
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/POSTERN/providers/Microsoft.ApiManagement/service",
        "/subscriptions/00000000-0000-0000-0000-000000000000/providers/microsoft.apimanagement/service",
    ] {
        let request = axum::http::Request::builder()
            .uri(format!("{path}?api-version=2022-08-01"))
            .header("authorization", format!("Bearer {}", plane.app.operator.expose()));
        let list = plane.send(request.body(Body::empty()).expect("request")).await.expect(200);
        assert_eq!(list["value"][0]["id"], SERVICE);
    }
}
