//! Certificates that gateways show to backends.

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// A certificate with its private key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Resource name: what `certificate-id` says, without case.
    pub name: String,
    /// SHA-1 of the certificate in upper-case hexadecimal digits.
    pub thumbprint: String,
    /// PKCS#12 in base64.
    pub data: Secret,
    /// Password of it; empty for none.
    pub password: Secret,
}
