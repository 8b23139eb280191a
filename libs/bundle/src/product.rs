//! Products: which APIs they contain, whether a subscription is needed.

use serde::{Deserialize, Serialize};

use crate::service::PolicySource;

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Resource name.
    pub name: String,
    /// Name for people.
    pub display_name: String,
    /// `false` = an open product: its APIs are called without a key.
    pub subscription_required: bool,
    /// Whether subscriptions have to be approved (shown in `context.Product`; the gateway decides by the state alone).
    pub approval_required: bool,
    /// Most subscriptions one user may have (shown in `context.Product`).
    pub subscriptions_limit: Option<u32>,
    /// Ids and display names of the groups that see it, sorted (shown in `context.Product`).
    pub groups: Vec<(String, String)>,
    /// Whether it is published; unpublishing invalidates no key.
    pub state: ProductState,
    /// Policy at product scope.
    pub policy: Option<PolicySource>,
    /// Names of the APIs in it, without revision (every revision is in it), sorted. The only place where the
    /// relation is kept.
    pub apis: Vec<String>,
}

/// `state` of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProductState {
    /// Seen by administrators only.
    NotPublished,
    /// Seen by developers.
    Published,
}
