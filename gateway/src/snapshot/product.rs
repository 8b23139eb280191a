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
