//! The service itself (`Microsoft.ApiManagement/service`), as far as a gateway needs it.

use serde::{Deserialize, Serialize};

/// Properties of the service resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServiceProperties {
    /// Name of the service (`context.Deployment.ServiceName`).
    pub name: Option<String>,
    /// Full ARM id of the service (`context.Deployment.ServiceId`).
    pub id: Option<String>,
    pub location: Option<String>,
    pub gateway_url: Option<String>,
    pub publisher_name: Option<String>,
    pub publisher_email: Option<String>,
}
