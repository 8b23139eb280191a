//! Resolvers of GraphQL APIs and their policies.

use serde_json::json;

use super::support::Plane;

const POLICY: &str = "<http-data-source><http-request><set-url>@($\"http://a.test/{context.GraphQL.Arguments[\"id\"]}\")</set-url></http-request></http-data-source>";

async fn plane() -> Plane {
    let plane = Plane::new().await;
    let api = json!({"displayName": "People", "path": "people", "type": "graphql"});
    plane.put("/apis/people", api).await.expect(201);
    plane
}

#[tokio::test]
async fn a_resolver_is_for_one_field_of_a_graphql_api() {
    let plane = plane().await;
    let resolver = json!({"displayName": "Users", "path": "Query/users", "description": "all"});
    let made = plane.put("/apis/people/resolvers/users", resolver.clone()).await.expect(201);
    assert_eq!(
        (&made["type"], &made["properties"]),
        (&json!("Microsoft.ApiManagement/service/apis/resolvers"), &resolver)
    );
    plane.put("/apis/people/resolvers/users", resolver.clone()).await.expect(200);
    plane.patch("/apis/people/resolvers/users", json!({"path": "Query/user"})).await.expect(200);
    let listed = plane.get("/apis/people/resolvers").await.expect(200);
    assert_eq!(listed["value"][0]["properties"]["path"], "Query/user");
    plane.head("/apis/people/resolvers/users").await.expect(200);

    for path in ["users", "Query/", "Query/a/b", ""] {
        plane.put("/apis/people/resolvers/x", json!({"path": path})).await.refused("path");
    }
    let twice = plane.put("/apis/people/resolvers/x", json!({"path": "Query/user"})).await.refused("path");
    assert!(twice.contains("'users'"), "{twice}");
    plane.api("a").await;
    plane.put("/apis/a/resolvers/x", json!({"path": "Query/user"})).await.refused("path");
    plane.put("/apis/none/resolvers/x", json!({"path": "Query/user"})).await.expect(404);
}

#[tokio::test]
async fn its_policy_is_a_data_source() {
    let plane = plane().await;
    plane.put("/apis/people/resolvers/users", json!({"path": "Query/users"})).await.expect(201);
    let policy = "/apis/people/resolvers/users/policies/policy";
    plane.put(policy, json!({"format": "rawxml", "value": POLICY})).await.expect(201);
    let kept = plane.get(&format!("{policy}?format=rawxml")).await.expect(200);
    assert_eq!(kept["properties"]["value"], POLICY);
    for text in ["<policies/>", "<sql-data-source/>", "<http-data-source/>"] {
        plane.put(policy, json!({"format": "rawxml", "value": text})).await.refused("value");
    }
    plane.put("/apis/people/policies/policy", json!({"format": "rawxml", "value": POLICY})).await.refused("value");

    // A named value that a resolver uses stays, and a copy of the API has its resolvers.
    plane.put("/namedValues/n", json!({"displayName": "host", "value": "a.test"})).await.expect(201);
    let text = POLICY.replace("a.test", "{{host}}");
    plane.put(policy, json!({"format": "rawxml", "value": text})).await.expect(200);
    plane.delete("/namedValues/n").await.expect(400);
    let revision = json!({"sourceApiId": "/apis/people", "displayName": "People", "path": "people", "type": "graphql"});
    plane.put("/apis/people;rev=2", revision).await.expect(201);
    plane.get("/apis/people;rev=2/resolvers/users/policies/policy").await.expect(200);
    plane.delete("/apis/people/resolvers/users").await.expect(204);
    plane.get(policy).await.expect(404);
}
