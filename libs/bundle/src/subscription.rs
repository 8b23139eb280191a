//! Subscriptions and their keys, and how they are spread over parts.

use serde::{Deserialize, Serialize};

use crate::{hash::Hash, secret::Secret};

/// A subscription with its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Resource name.
    pub name: String,
    /// Name for people; empty when there is none.
    pub display_name: String,
    /// What its keys open.
    pub scope: SubscriptionScope,
    /// Only `Active` ones pass.
    pub state: SubscriptionState,
    /// Primary key.
    pub primary_key: Option<Secret>,
    /// Secondary key.
    pub secondary_key: Option<Secret>,
    /// Name of the owning user; `None` for a standalone subscription.
    pub owner: Option<String>,
    /// Whether request tracing is allowed.
    pub allow_tracing: bool,
    /// `createdDate`, seconds since 1970. The dates are for `context.Subscription` only: APIM says they neither activate nor
    /// expire a subscription, only `state` does.
    pub created_s: Option<i64>,
    /// `startDate`, seconds since 1970.
    pub start_s: Option<i64>,
    /// `expirationDate`, seconds since 1970.
    pub expiration_s: Option<i64>,
}

/// What the keys of a subscription open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionScope {
    /// The built-in all-access subscription (scope: the service itself).
    AllAccess,
    /// Every API (`/apis`).
    AllApis,
    /// One API, by name without revision (`/apis/x`).
    Api(String),
    /// The APIs of one product, by name (`/products/x`).
    Product(String),
}

/// `state` of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionState {
    /// Blocked by an administrator.
    Suspended,
    /// The only state that passes.
    Active,
    /// Past its date, as set by an administrator.
    Expired,
    /// Requested, not approved yet.
    Submitted,
    /// Request turned down.
    Rejected,
    /// Ended by its owner or an administrator.
    Cancelled,
}

/// The part a subscription or user is in: the first byte of SHA-256 of its name (the agent gives it in lower case, because names
/// compare without regard to case). By name and not by key, so that a regenerated key changes one part.
pub fn shard_of(name: &str) -> u16 {
    let Hash([first, ..]) = Hash::of(name.as_bytes());
    u16::from(first)
}
