//! Gateway resources: which APIs they expose (`gateways/{id}/apis/{id}`), under which host names and to whom.

use serde::{Deserialize, Serialize};

/// Properties of a gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GatewayProperties {
    pub description: Option<String>,
    pub location_data: Option<LocationData>,
}

/// A host name (`gateways/{id}/hostnameConfigurations/{id}`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HostnameProperties {
    /// `api.example.com`, `*.example.com` or `*`.
    pub hostname: Option<String>,
    /// ARM id of a certificate.
    pub certificate_id: Option<String>,
    pub negotiate_client_certificate: Option<bool>,
    pub tls10_enabled: Option<bool>,
    pub tls11_enabled: Option<bool>,
    pub http2_enabled: Option<bool>,
}

/// A certificate authority of callers (`gateways/{id}/certificateAuthorities/{certificateId}`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuthorityProperties {
    pub is_trusted: Option<bool>,
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
