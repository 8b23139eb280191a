//! Users, groups, and who is in which.

use serde_json::{Value, json};

use super::support::{Plane, SERVICE};

fn names(list: &Value) -> Vec<&str> {
    list["value"].as_array().into_iter().flatten().filter_map(|entity| entity["name"].as_str()).collect()
}

fn ann() -> Value {
    json!({"firstName": "Ann", "lastName": "Lee", "email": "ann@example.com", "password": "never kept"})
}

#[tokio::test]
async fn a_service_has_the_built_in_groups_and_its_owner_and_they_stay() {
    let plane = Plane::new().await.restart().await;
    let groups = plane.get("/groups").await.expect(200);
    assert_eq!(names(&groups), ["administrators", "developers", "guests"]);
    assert_eq!(groups["value"][0]["properties"]["builtIn"], true);
    assert_eq!(groups["value"][0]["properties"]["type"], "system");
    assert_eq!(names(&plane.get("/users/1/groups").await.expect(200)), ["administrators", "developers"]);
    let owner = plane.get("/users/1").await.expect(200);
    plane.put("/users/1", owner["properties"].clone()).await.expect(200);
    plane.put("/groups/guests", json!({"displayName": "other"})).await.refused("groupId");
    plane.delete("/groups/guests").await.refused("groupId");
}

#[tokio::test]
async fn a_new_user_is_a_developer_and_is_shown_without_a_password() {
    let plane = Plane::new().await;
    let shown = plane.put("/users/ann", ann()).await.expect(201);
    let properties = &shown["properties"];
    assert_eq!(properties["state"], "active");
    assert_eq!(properties["identities"], json!([{"provider": "Basic", "id": "ann@example.com"}]));
    assert!(properties["registrationDate"].is_string() && properties.get("password").is_none(), "{properties}");
    assert_eq!(names(&plane.get("/groups/developers/users").await.expect(200)), ["1", "ann"]);
    let listed = plane.get("/users?$filter=email%20eq%20'ANN@example.com'&expandGroups=true").await.expect(200);
    assert_eq!(listed["value"][0]["properties"]["groups"][0]["displayName"], "Developers");
    plane.put("/users/bob", ann()).await.refused("email");
    plane.put("/users/bob", json!({"firstName": "Bob", "email": "b@example.com"})).await.refused("lastName");
    plane.put("/users/ann", ann()).await.expect(200);
    plane.patch("/users/ann", json!({"note": "pays late", "state": "Blocked"})).await.expect(200);
    assert_eq!(plane.get("/users/ann").await.expect(200)["properties"]["state"], "blocked");
}

#[tokio::test]
async fn members_are_put_seen_and_removed() {
    let plane = Plane::new().await;
    plane.put("/users/ann", ann()).await.expect(201);
    plane.put("/groups/partners", json!({"displayName": "Partners"})).await.expect(201);
    plane.head("/groups/partners/users/ann").await.expect(404);
    let member = plane.put("/groups/partners/users/ann", json!({})).await.expect(201);
    assert_eq!(member["id"], format!("{SERVICE}/groups/partners/users/ann"));
    assert_eq!(member["properties"]["email"], "ann@example.com");
    plane.head("/groups/partners/users/ann").await.expect(204);
    plane.put("/groups/partners/users/none", json!({})).await.expect(404);
    assert_eq!(names(&plane.get("/users/ann/groups").await.expect(200)), ["developers", "partners"]);
    plane.delete("/groups/partners/users/ann").await.expect(204);
    assert_eq!(names(&plane.get("/users/ann/groups").await.expect(200)), ["developers"]);
    plane.put("/groups/partners/users/ann", json!({})).await.expect(200 + 1);
    plane.delete("/groups/partners").await.expect(204);
    assert_eq!(names(&plane.get("/users/ann/groups").await.expect(200)), ["developers"]);
}

#[tokio::test]
async fn groups_of_a_product_are_linked_by_either_form_and_begin_with_the_administrators() {
    let plane = Plane::new().await;
    plane.put("/products/p", json!({"displayName": "p"})).await.expect(201);
    assert_eq!(names(&plane.get("/products/p/groups").await.expect(200)), ["administrators"]);
    let shown = plane.put("/products/p/groups/Guests", json!({})).await.expect(201);
    assert_eq!(shown["id"], format!("{SERVICE}/products/p/groups/guests"));
    assert_eq!(shown["properties"]["displayName"], "Guests");
    plane.head("/products/p/groups/guests").await.expect(204);
    let link = plane.put("/products/p/groupLinks/mine", json!({"groupId": "/groups/developers"})).await.expect(201);
    assert_eq!(link["properties"]["groupId"], format!("{SERVICE}/groups/developers"));
    assert_eq!(names(&plane.get("/products/p/groupLinks").await.expect(200)), ["administrators", "mine", "guests"]);
    plane.put("/products/p/groupLinks/other", json!({"groupId": "/groups/none"})).await.refused("groupId");
    plane.delete("/products/p/groupLinks/mine").await.expect(204);
    plane.delete("/products/p/groups/administrators").await.expect(204);
    assert_eq!(names(&plane.get("/products/p/groups").await.expect(200)), ["guests"]);
    // Replacing a product brings no link back.
    plane.put("/products/p", json!({"displayName": "p2"})).await.expect(200);
    assert_eq!(names(&plane.get("/products/p/groups").await.expect(200)), ["guests"]);
}

#[tokio::test]
async fn a_subscription_belongs_to_a_user_who_is_not_deleted_with_it_by_accident() {
    let plane = Plane::new().await;
    plane.put("/users/ann", ann()).await.expect(201);
    let of = |owner: &str| json!({"displayName": "s", "scope": "/apis", "ownerId": owner});
    plane.put("/subscriptions/s", of("/users/none")).await.refused("ownerId");
    plane.put("/subscriptions/s", of("/groups/guests")).await.refused("ownerId");
    let shown = plane.put("/subscriptions/s", of(&format!("{SERVICE}/users/ANN"))).await.expect(201);
    assert_eq!(shown["properties"]["ownerId"], format!("{SERVICE}/users/ann"));
    assert_eq!(names(&plane.get("/users/ann/subscriptions").await.expect(200)), ["s"]);
    let entity = plane.get("/users/ann/subscriptions/s").await.expect(200);
    assert_eq!(entity["id"], format!("{SERVICE}/users/ann/subscriptions/s"));
    plane.get("/users/1/subscriptions/s").await.expect(404);
    assert!(plane.delete("/users/ann").await.refused("deleteSubscriptions").contains("'s'"));
    plane.delete("/users/ann?deleteSubscriptions=true").await.expect(204);
    plane.get("/subscriptions/s").await.expect(404);
    assert_eq!(names(&plane.get("/groups/developers/users").await.expect(200)), ["1"]);
}
