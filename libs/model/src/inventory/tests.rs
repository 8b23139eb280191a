//! The inventory as its two readers use it: documents in any order, replaced, removed, merged.

use serde_json::json;

use super::{Inventory, InventoryError, Put};
use crate::{Name, PolicyScope};

fn put(inventory: &mut Inventory, id: &str, properties: serde_json::Value) {
    assert_eq!(inventory.put(id, properties, id).expect("has its shape"), Put::Taken, "{id}");
}

fn sample() -> Inventory {
    let mut inventory = Inventory::new();
    // Children first: order does not matter.
    put(&mut inventory, "/apis/Echo/operations/get", json!({"method": "GET", "urlTemplate": "/a"}));
    put(
        &mut inventory,
        "/apis/echo/operations/get/policies/policy",
        json!({"format": "rawxml", "value": "<policies/>"}),
    );
    put(&mut inventory, "/apis/echo-2/operations/get", json!({"method": "GET", "urlTemplate": "/b"}));
    put(&mut inventory, "/apis/echo", json!({"path": "echo"}));
    put(&mut inventory, "/apis/echo;rev=2", json!({"path": "echo", "isCurrent": false}));
    put(&mut inventory, "/apis/echo-2", json!({"path": "echo2"}));
    put(&mut inventory, "/products/starter/apis/echo", json!({}));
    put(&mut inventory, "/gateways/default/apis/echo", json!({"provisioningState": "created"}));
    put(&mut inventory, "/namedValues/nv1", json!({"displayName": "host", "value": "example.org"}));
    inventory
}

#[test]
fn operations_are_found_by_their_api_whatever_the_case_and_order() {
    let inventory = sample();
    let names: Vec<&str> = inventory.operations_of(&Name::from("ECHO")).map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["get"]);
    assert_eq!(inventory.operations_of(&Name::from("none")).count(), 0);
    assert_eq!(inventory.products_of(&Name::from("echo")).count(), 1);
    assert_eq!(inventory.named_value("host").map(|v| v.origin.0.as_str()), Some("/namedValues/nv1"));
}

#[test]
fn a_gateway_exposes_its_assigned_apis_and_no_gateway_exposes_all() {
    let inventory = sample();
    let assigned = inventory.exposed_apis(Some(&Name::from("Default")));
    assert_eq!(assigned.into_iter().collect::<Vec<_>>(), [Name::from("echo")]);
    let all = inventory.exposed_apis(None);
    assert_eq!(all.into_iter().collect::<Vec<_>>(), [Name::from("echo"), Name::from("echo-2")]);
    assert!(inventory.exposed_apis(Some(&Name::from("other"))).is_empty());
}

#[test]
fn removing_an_api_removes_what_is_under_it_and_nothing_else() {
    let mut inventory = sample();
    inventory.remove("/apis/ECHO");
    assert!(!inventory.apis.contains_key(&Name::from("echo")));
    assert!(inventory.apis.contains_key(&Name::from("echo;rev=2")));
    assert_eq!(inventory.operations.len(), 1);
    assert!(inventory.policies.is_empty());
    inventory.remove("/apis/never-was");
    inventory.remove("/tags/unknown-kind");
    assert_eq!(inventory.operations_of(&Name::from("echo-2")).count(), 1);
}

#[test]
fn the_later_source_wins_in_a_merge() {
    let mut inventory = sample();
    let mut later = Inventory::new();
    put(&mut later, "/apis/Echo", json!({"path": "new"}));
    put(&mut later, "/policies/policy", json!({"value": "<policies/>"}));
    inventory.merge(later);
    let echo = &inventory.apis[&Name::from("echo")];
    assert_eq!(echo.properties.path(), "new");
    assert!(inventory.apis.keys().any(|name| name.as_str() == "Echo"));
    assert!(inventory.policies.contains_key(&PolicyScope::Global));
    assert_eq!(inventory.operations.len(), 2);
}

#[test]
fn a_document_of_the_wrong_shape_is_refused_and_changes_nothing() {
    let mut inventory = sample();
    let before = inventory.clone();
    let wrong = inventory.put("/apis/echo", json!({"path": 7}), "apis/echo/apiInformation.json");
    let Err(InventoryError::Shape { origin, .. }) = wrong else { panic!("must be refused") };
    assert_eq!(origin.0, "apis/echo/apiInformation.json");
    assert!(inventory.put("/apis/echo/policies/policy", json!({"format": "xml"}), "x").is_err());
    assert_eq!(inventory.put("/tags/a", json!(1), "x"), Ok(Put::Ignored));
    assert_eq!(inventory, before);
}
