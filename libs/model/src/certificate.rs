//! Certificates with private keys (`certificates/{id}`).

use serde::{Deserialize, Serialize};

use crate::Secret;
use crate::named_value::KeyVault;

/// Properties of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CertificateProperties {
    /// PKCS#12 in base64. Absent for a certificate in a key vault, and wherever private keys are not handed out.
    pub data: Option<Secret>,
    /// Of the PKCS#12.
    pub password: Option<Secret>,
    pub subject: Option<String>,
    /// SHA-1 in hexadecimal digits.
    pub thumbprint: Option<String>,
    pub expiration_date: Option<String>,
    pub key_vault: Option<KeyVault>,
}
