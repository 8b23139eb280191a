//! Loggers (`loggers/{id}`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Secret;

/// Properties of a logger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LoggerProperties {
    /// `azureEventHub`, `applicationInsights` or `azureMonitor`.
    pub logger_type: Option<String>,
    pub description: Option<String>,
    /// Of an event hub: `name` with `connectionString`, or with `endpointAddress` and `identityClientId`; of Application Insights:
    /// `instrumentationKey` or `connectionString`. Values may name named values.
    pub credentials: Option<BTreeMap<String, Secret>>,
    pub is_buffered: Option<bool>,
    pub resource_id: Option<String>,
}

impl LoggerProperties {
    /// A credential by name, without case.
    pub fn credential(&self, name: &str) -> Option<&Secret> {
        self.credentials.as_ref()?.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}
