//! Host names under which callers reach a gateway over TLS, and the authorities of callers' certificates.

use serde::{Deserialize, Serialize};

/// What callers are shown that ask for a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hostname {
    /// Resource name.
    pub name: String,
    /// In lower case: `api.example.com`, `*.example.com` (one label in place of the `*`), or `*` for any.
    pub host: String,
    /// Name of the [`crate::Certificate`].
    pub certificate: String,
    /// Whether callers are asked for a certificate.
    pub negotiate_client_certificate: bool,
}

/// A certificate that issues certificates of callers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Name of the [`crate::Certificate`].
    pub name: String,
    /// Whether what it issued is trusted because of it; else it only leads from callers' certificates to one that is.
    pub is_trusted: bool,
}
