//! A product as requests see it.

use std::sync::Arc;

use postern_bundle::{Hash, ProductState};

use super::source::Source;

/// A product. What it contains is kept with the APIs.
#[derive(Debug)]
pub struct Product {
    pub(super) hash: Hash,
    pub(super) id: Box<str>,
    pub(super) name: Box<str>,
    pub(super) subscription_required: bool,
    pub(super) state: ProductState,
    pub(super) approval_required: bool,
    pub(super) subscriptions_limit: Option<u32>,
    /// Ids and display names.
    pub(super) groups: Box<[(Box<str>, Box<str>)]>,
    pub(super) policy: Option<Arc<Source>>,
    /// Names of APIs without revision, sorted.
    pub(super) apis: Box<[Box<str>]>,
}

impl Product {
    /// Resource name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Display name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether calls in its context need a key.
    pub fn subscription_required(&self) -> bool {
        self.subscription_required
    }

    /// Whether subscriptions have to be approved.
    pub fn approval_required(&self) -> bool {
        self.approval_required
    }

    /// Most subscriptions of one user; `None`: no limit.
    pub fn subscriptions_limit(&self) -> Option<u32> {
        self.subscriptions_limit
    }

    /// Ids and display names of the groups that see it.
    pub fn groups(&self) -> &[(Box<str>, Box<str>)] {
        &self.groups
    }

    /// Names of its APIs, without revision, sorted.
    pub fn apis(&self) -> &[Box<str>] {
        &self.apis
    }

    /// Whether it is published.
    pub fn is_published(&self) -> bool {
        self.state == ProductState::Published
    }

    /// Whether requests without a key may run in its context: it needs no subscription and is published ("before the APIs
    /// in a product can be called, the product must be published"; unpublishing invalidates no *key*, apim.md §10.4).
    pub fn is_open(&self) -> bool {
        !self.subscription_required && self.is_published()
    }
}

/// Pairs of id and name as a snapshot keeps them.
pub(super) fn named(pairs: Vec<(String, String)>) -> Box<[(Box<str>, Box<str>)]> {
    pairs.into_iter().map(|(id, name)| (id.into(), name.into())).collect()
}
