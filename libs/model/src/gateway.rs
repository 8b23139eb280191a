//! Gateway resources and which APIs they expose (`gateways/{id}`, `gateways/{id}/apis/{id}`).

use serde::{Deserialize, Serialize};

/// Properties of a gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GatewayProperties {
    pub description: Option<String>,
    pub location_data: Option<LocationData>,
}

/// Where the gateway stands; `name` is the region in logs and `context.Deployment.Region`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LocationData {
    pub name: Option<String>,
    pub city: Option<String>,
    pub district: Option<String>,
    pub country_or_region: Option<String>,
}
