//! Named values: text that policies refer to as `{{displayName}}` (`namedValues/{id}`).

use serde::{Deserialize, Serialize};

use crate::Secret;

/// Properties of a named value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NamedValueProperties {
    /// The name policies use; unique in the service.
    pub display_name: Option<String>,
    /// Absent for a secret whose reader may not see it, and in APIOps files.
    pub value: Option<Secret>,
    pub secret: Option<bool>,
    pub tags: Option<Vec<String>>,
    pub key_vault: Option<KeyVault>,
}

/// Where a value is kept when the service does not hold it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KeyVault {
    pub secret_identifier: Option<String>,
    pub identity_client_id: Option<String>,
}

impl NamedValueProperties {
    pub fn is_secret(&self) -> bool {
        self.secret.unwrap_or(false)
    }
}
