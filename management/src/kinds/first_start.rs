//! What a fresh data file holds: what a new service of the original has, and one gateway resource.

use serde_json::{Map, Value, json};

use super::{gateway, subscription};
use crate::error::ArmError;
use crate::store::{Store, row};

/// The gateway resource a first agent can use without anything being created by hand.
pub const DEFAULT_GATEWAY: &str = "default";

const GLOBAL_POLICY: &str = "<policies>\n  <inbound />\n  <backend>\n    <forward-request />\n  </backend>\n  <outbound />\n  <on-error />\n</policies>";

/// Fills an empty store. One that was ever written to is left as it is, so that what an operator deleted stays deleted.
pub async fn fill(store: &Store) -> Result<(), ArmError> {
    let mut writer = store.write().await?;
    if writer.sequence() > 1 {
        return Ok(());
    }
    let policy = object(json!({"format": "rawxml", "value": GLOBAL_POLICY}));
    writer.put("/policies/policy", "policies", &policy, &Map::new()).await?;
    let id = format!("/gateways/{DEFAULT_GATEWAY}");
    let properties = object(json!({"description": "Created at first start.", "locationData": {"name": "local"}}));
    writer.put(&id, "gateways", &properties, &gateway::new_keys()).await?;
    let properties = object(json!({
        "scope": "/", "displayName": "Built-in all-access subscription", "state": "active", "allowTracing": false,
        "createdDate": writer.now(),
    }));
    let keys = object(json!({"primaryKey": subscription::new_key(), "secondaryKey": subscription::new_key()}));
    writer.put("/subscriptions/master", "subscriptions", &properties, &keys).await?;
    debug_assert!(row::get(&mut writer, "/policies/policy").await?.is_some(), "written above");
    writer.commit().await?;
    Ok(())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
