//! Named backends that policies choose (`set-backend-service backend-id`).

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// A backend entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backend {
    /// Resource name: what `backend-id` says.
    pub name: String,
    /// Absolute `http://` or `https://` URL without query.
    pub url: String,
    /// How its certificate is checked.
    pub tls: BackendTls,
    /// What is added to each request.
    pub credentials: BackendCredentials,
}

/// TLS rules of a backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendTls {
    /// `validateCertificateChain`.
    pub validate_chain: bool,
    /// `validateCertificateName`.
    pub validate_name: bool,
    /// Certificate authorities in PEM that are trusted in addition to the system's.
    pub authorities_pem: Option<String>,
}

impl Default for BackendTls {
    fn default() -> Self {
        BackendTls { validate_chain: true, validate_name: true, authorities_pem: None }
    }
}

/// Credentials of a backend, set on each request to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendCredentials {
    /// Headers by name, each with one or more values.
    pub headers: Vec<(String, Vec<Secret>)>,
    /// Query parameters by name, each with one or more values.
    pub query: Vec<(String, Vec<Secret>)>,
    /// `Authorization: <scheme> <parameter>`.
    pub authorization: Option<(String, Secret)>,
    /// Name of the certificate that is shown to it.
    pub certificate: Option<String>,
}
