//! Subscriptions: scope, keys.

use postern_model::SubscriptionScope;
use serde_json::Value;

use super::{Draft, user};
use crate::error::ArmError;
use crate::operator_token::{hex, random_bytes};
use crate::server::App;
use crate::store::{Writer, row};

const KEY_BYTES: usize = 16;

/// A new subscription key: 32 hexadecimal digits, as the original makes them.
pub fn new_key() -> String {
    hex(&random_bytes::<KEY_BYTES>())
}

/// Stores the scope in its short form, keeps or makes keys, notes the creation.
pub(super) async fn before_put(app: &App, writer: &mut Writer, draft: &mut Draft) -> Result<(), ArmError> {
    if let Some(sent) = draft.properties.get("scope").and_then(Value::as_str) {
        // The full id of another service would silently mean this one.
        let is_full = sent.to_ascii_lowercase().starts_with("/subscriptions/");
        let own = app.identity.id().to_ascii_lowercase();
        let scope =
            if is_full && !sent.to_ascii_lowercase().starts_with(&own) { None } else { SubscriptionScope::parse(sent) };
        let short = match scope {
            Some(SubscriptionScope::AllAccess) => "/".to_owned(),
            Some(SubscriptionScope::AllApis) => "/apis".to_owned(),
            Some(SubscriptionScope::Api(api)) => format!("/apis/{api}"),
            Some(SubscriptionScope::Product(product)) => format!("/products/{product}"),
            None => {
                let message = format!(
                    "The scope '{sent}' must be /apis, /apis/{{apiId}}, /products/{{productId}} or the full id of one."
                );
                return Err(ArmError::field("scope", message));
            }
        };
        draft.set("scope", short);
    }
    let owner = draft.text("ownerId").to_owned();
    if owner.is_empty() {
        draft.properties.shift_remove("ownerId");
    } else {
        draft.set("ownerId", user::owner(writer, &owner).await?);
    }
    for key in ["primaryKey", "secondaryKey"] {
        let present = draft.existing.as_ref().and_then(|row| row.secrets.get(key)).cloned();
        draft.set_default(key, present.unwrap_or_else(|| new_key().into()));
    }
    draft.set_default("createdDate", writer.now().to_owned());
    if draft.text("state").eq_ignore_ascii_case("active") {
        let since = draft.existing.as_ref().map(|row| row.text("startDate")).filter(|since| !since.is_empty());
        let since = since.unwrap_or(writer.now()).to_owned();
        draft.set_default("startDate", since);
    }
    Ok(())
}

/// What the scope names exists, and no other subscription has one of the keys.
pub(super) async fn check(writer: &mut Writer, draft: &Draft) -> Result<(), ArmError> {
    let scope = draft.text("scope");
    if !matches!(scope, "/" | "/apis") && row::get(writer, scope).await?.is_none() {
        return Err(ArmError::field("scope", format!("The scope '{scope}' does not exist.")));
    }
    let (primary, secondary) = (draft.text("primaryKey"), draft.text("secondaryKey"));
    let present = draft.existing.as_ref().map(|row| (row.secret("primaryKey"), row.secret("secondaryKey")));
    if present == Some((primary, secondary)) {
        return Ok(());
    }
    let own = crate::store::row::key_of(&draft.place.id);
    for (name, key) in [("primaryKey", primary), ("secondaryKey", secondary)] {
        let taken: Option<String> = sqlx::query_scalar(
            "SELECT key FROM resources WHERE kind = 'subscriptions' AND key <> ?1
             AND (json_extract(secrets, '$.primaryKey') = ?2 OR json_extract(secrets, '$.secondaryKey') = ?2) LIMIT 1",
        )
        .bind(&own)
        .bind(key)
        .fetch_optional(&mut **writer)
        .await?;
        if taken.is_some() {
            return Err(ArmError::field(name, format!("'{name}' is already the key of another subscription.")));
        }
    }
    Ok(())
}
