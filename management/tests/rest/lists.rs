//! Pages, counts, filters.

use serde_json::{Value, json};

use super::support::{Plane, SERVICE};

fn names(body: &Value) -> Vec<String> {
    let value = body["value"].as_array().expect("a list");
    value.iter().map(|entity| entity["name"].as_str().expect("name").to_owned()).collect()
}

async fn plane() -> Plane {
    let plane = Plane::new().await;
    for number in 0..5 {
        let state = if number % 2 == 0 { "published" } else { "notPublished" };
        plane
            .put(&format!("/products/p{number}"), json!({"displayName": format!("P {number}"), "state": state}))
            .await
            .expect(201);
    }
    plane
}

#[tokio::test]
async fn pages_follow_next_link_to_the_end() {
    let plane = plane().await;
    let mut path = "/products?$top=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = plane.get(&path).await.expect(200);
        assert_eq!(page["count"], 5);
        assert!(page["value"].as_array().expect("list").len() <= 2);
        seen.extend(names(&page));
        let Some(next) = page["nextLink"].as_str() else { break };
        let rest = next
            .strip_prefix(&format!("http://management.test:7070{SERVICE}"))
            .expect("an absolute URL of this server");
        // The test's own helper appends the api-version; the link has it already, and the first one counts.
        assert!(rest.contains("api-version=2024-05-01"), "{rest}");
        path = rest.to_owned();
    }
    assert_eq!(seen, ["p0", "p1", "p2", "p3", "p4"]);
}

#[tokio::test]
async fn skip_and_top_are_checked() {
    let plane = plane().await;
    assert_eq!(names(&plane.get("/products?$skip=3").await.expect(200)), ["p3", "p4"]);
    assert_eq!(names(&plane.get("/products?$skip=9").await.expect(200)), Vec::<String>::new());
    for (query, target) in [("$top=0", "$top"), ("$top=-1", "$top"), ("$skip=x", "$skip")] {
        plane.get(&format!("/products?{query}")).await.refused(target);
    }
}

#[tokio::test]
async fn filters_select_and_page_like_lists() {
    let plane = plane().await;
    let filtered = plane.get("/products?$filter=state%20eq%20%27published%27&$top=2").await.expect(200);
    assert_eq!((names(&filtered), &filtered["count"]), (vec!["p0".to_owned(), "p2".to_owned()], &json!(3)));
    assert!(filtered["nextLink"].as_str().expect("more").contains("%24filter=state"));
    plane.put("/subscriptions/a", json!({"displayName": "a", "scope": "/products/p1"})).await.expect(201);
    plane.put("/subscriptions/b", json!({"displayName": "b", "scope": "/products/p2"})).await.expect(201);
    let of_product = plane.get("/subscriptions?$filter=endswith(scope,%20%27products/p1%27)").await.expect(200);
    assert_eq!(names(&of_product), ["a"]);
    assert_eq!(names(&plane.get("/products/p2/subscriptions").await.expect(200)), ["b"]);
    plane.get("/products?$filter=titel%20eq%20%27x%27").await.refused("$filter");
}

#[tokio::test]
async fn the_version_set_is_shown_with_its_apis_when_asked_for() {
    let plane = plane().await;
    plane
        .put("/apiVersionSets/v", json!({"displayName": "V", "versioningScheme": "Query", "versionQueryName": "v"}))
        .await
        .expect(201);
    let api = json!({"displayName": "a", "path": "a", "apiVersionSetId": "/apiVersionSets/v", "apiVersion": "1"});
    plane.put("/apis/a", api).await.expect(201);
    let plain = plane.get("/apis").await.expect(200);
    assert!(plain["value"][0]["properties"].get("apiVersionSet").is_none());
    let expanded = plane.get("/apis?expandApiVersionSet=true").await.expect(200);
    let set = &expanded["value"][0]["properties"]["apiVersionSet"];
    assert_eq!((&set["name"], &set["versionQueryName"]), (&json!("V"), &json!("v")));
}

#[tokio::test]
async fn collections_without_entities_are_empty_lists() {
    let plane = Plane::new().await;
    for path in
        ["/workspaces", "/apis", "/products", "/backends", "/namedValues", "/policyFragments", "/apiVersionSets"]
    {
        let body = plane.get(path).await.expect(200);
        assert_eq!((&body["value"], &body["count"]), (&json!([]), &json!(0)), "{path}");
    }
    assert_eq!(names(&plane.get("/gateways").await.expect(200)), ["default"]);
    assert_eq!(names(&plane.get("/subscriptions").await.expect(200)), ["master"]);
    assert_eq!(names(&plane.get("/policies").await.expect(200)), ["policy"]);
}
