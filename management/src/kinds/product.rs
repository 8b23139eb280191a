//! Products: who sees a new one, and what happens to the subscriptions of one that is deleted.

use postern_model::{Name, SubscriptionScope};
use serde_json::Map;

use super::{Draft, group};
use crate::arm::request::Query;
use crate::error::ArmError;
use crate::store::{Row, Writer, row};

/// Administrators see every product.
pub(super) async fn after_put(writer: &mut Writer, draft: &Draft) -> Result<(), ArmError> {
    if draft.existing.is_none() {
        let id = format!("/products/{}/groups/{}", draft.place.name(), group::ADMINISTRATORS);
        writer.put(&id, "products/groups", &Map::new(), &Map::new()).await?;
    }
    Ok(())
}

/// Keys are not thrown away unless the request says so.
pub(super) async fn before_delete(writer: &mut Writer, existing: &Row, query: &Query) -> Result<(), ArmError> {
    let wanted = SubscriptionScope::Product(Name::from(existing.name()));
    for subscription in row::list(writer, "/subscriptions").await? {
        if SubscriptionScope::parse(subscription.text("scope")).as_ref() != Some(&wanted) {
            continue;
        }
        if !query.is_true("deleteSubscriptions") {
            let message = format!(
                "The product has subscriptions, for example '{}'. Delete them first, or pass deleteSubscriptions=true.",
                subscription.name()
            );
            return Err(ArmError::field("deleteSubscriptions", message));
        }
        writer.delete(&subscription.id).await?;
    }
    Ok(())
}
