//! What belongs to the whole service: its identity, its global policy, its policy fragments.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A policy document or fragment as validated text, with its named values already substituted.
///
/// The gateway compiles it with the same crate the agent validated it with. Substituted secrets may stand in the text, so
/// it does not print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicySource {
    /// The document.
    pub text: String,
}

impl PolicySource {
    /// Wraps a document.
    pub fn new(text: impl Into<String>) -> PolicySource {
        PolicySource { text: text.into() }
    }
}

impl fmt::Debug for PolicySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PolicySource({} bytes)", self.text.len())
    }
}

/// The service a gateway belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Name of the API Management service (`context.Deployment.ServiceName`); empty when the source has none.
    pub name: String,
    /// Name of the gateway resource this bundle was made for (`context.Deployment.GatewayId`); `None` = not filtered by one.
    pub gateway: Option<String>,
    /// `locationData.name` of the gateway resource (`context.Deployment.Region`); empty when there is none.
    pub region: String,
    /// Host names that are served, exact (`api.example.com`) or with one leading wildcard label (`*.example.com`), in
    /// lower case. Empty: every `Host` is served.
    pub hosts: Vec<String>,
    /// The global policy. `None` means APIM's default: an empty document whose backend section forwards the request.
    pub policy: Option<PolicySource>,
}

/// A policy fragment, included by name (`include-fragment fragment-id`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// Resource name: what `fragment-id` says.
    pub name: String,
    /// A `<fragment>` document.
    pub policy: PolicySource,
}
