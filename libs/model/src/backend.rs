//! Backends: where requests are sent and how (`backends/{id}`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Secret;

/// Properties of a backend.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BackendProperties {
    pub title: Option<String>,
    pub description: Option<String>,
    pub url: Option<String>,
    /// `http` or `soap`.
    pub protocol: Option<String>,
    /// `Single` (default) or `Pool`.
    #[serde(rename = "type")]
    pub backend_type: Option<String>,
    pub resource_id: Option<String>,
    pub credentials: Option<BackendCredentials>,
    pub tls: Option<BackendTls>,
    pub proxy: Option<BackendProxy>,
    /// Circuit breaker rules, as written.
    pub circuit_breaker: Option<Value>,
    pub pool: Option<BackendPool>,
}

/// What is added to every request to the backend.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BackendCredentials {
    pub header: Option<BTreeMap<String, Vec<Secret>>>,
    pub query: Option<BTreeMap<String, Vec<Secret>>>,
    pub authorization: Option<BackendAuthorization>,
    pub certificate: Option<Vec<String>>,
    pub certificate_ids: Option<Vec<String>>,
}

/// `Authorization: <scheme> <parameter>`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BackendAuthorization {
    pub scheme: String,
    pub parameter: Secret,
}

/// Verification of the backend's certificate; both default to true.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BackendTls {
    pub validate_certificate_chain: Option<bool>,
    pub validate_certificate_name: Option<bool>,
}

/// HTTP proxy on the way to the backend.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BackendProxy {
    pub url: String,
    pub username: Option<String>,
    pub password: Option<Secret>,
}

/// Members of a pool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BackendPool {
    pub services: Option<Vec<BackendPoolItem>>,
}

/// One member: `id` is the ARM id of a single backend; weight and priority are 0–100.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BackendPoolItem {
    pub id: String,
    pub weight: Option<u8>,
    pub priority: Option<u8>,
}

impl BackendProperties {
    pub fn validate_certificate_chain(&self) -> bool {
        self.tls.as_ref().and_then(|tls| tls.validate_certificate_chain).unwrap_or(true)
    }

    pub fn validate_certificate_name(&self) -> bool {
        self.tls.as_ref().and_then(|tls| tls.validate_certificate_name).unwrap_or(true)
    }

    pub fn is_pool(&self) -> bool {
        self.backend_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("pool"))
    }
}
