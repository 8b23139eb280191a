//! Products and what is linked to them (`products/{id}`, `products/{id}/apis/{id}`).

use serde::{Deserialize, Serialize};

/// Properties of a product.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ProductProperties {
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub terms: Option<String>,
    pub subscription_required: Option<bool>,
    pub approval_required: Option<bool>,
    pub subscriptions_limit: Option<u32>,
    pub state: Option<ProductState>,
}

/// Whether developers can discover the product. Unpublishing does not invalidate keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProductState {
    #[default]
    #[serde(rename = "notPublished")]
    NotPublished,
    #[serde(rename = "published")]
    Published,
}

impl ProductProperties {
    /// Products are protected unless it is said that they are open.
    pub fn subscription_required(&self) -> bool {
        self.subscription_required.unwrap_or(true)
    }
}
