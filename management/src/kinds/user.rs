//! Users: who owns subscriptions. They cannot sign in anywhere yet, so no password is kept.

use postern_model::id::{last_segment, relative};
use serde_json::{Map, json};

use super::{Draft, group};
use crate::arm::request::Query;
use crate::error::ArmError;
use crate::store::{Row, Writer, row};

/// Sets what the service sets.
pub(super) fn before_put(writer: &Writer, draft: &mut Draft) {
    let email = draft.text("email").to_owned();
    draft.set_default("registrationDate", writer.now().to_owned());
    draft.set_default("identities", json!([{"provider": "Basic", "id": email}]));
}

/// No two users have one address.
pub(super) async fn check(writer: &mut Writer, draft: &Draft) -> Result<(), ArmError> {
    let taken: Option<String> = sqlx::query_scalar(
        "SELECT key FROM resources WHERE kind = 'users' AND key <> ?1 AND lower(json_extract(properties, '$.email')) = lower(?2) LIMIT 1",
    )
    .bind(row::key_of(&draft.place.id))
    .bind(draft.text("email"))
    .fetch_optional(&mut **writer)
    .await?;
    match taken {
        Some(_) => Err(ArmError::field("email", "Another user has this e-mail address.")),
        None => Ok(()),
    }
}

/// Every user is a developer.
pub(super) async fn after_put(writer: &mut Writer, draft: &Draft) -> Result<(), ArmError> {
    if draft.existing.is_none() {
        let id = format!("/groups/{}/users/{}", group::DEVELOPERS, draft.place.name());
        writer.put(&id, "groups/users", &Map::new(), &Map::new()).await?;
    }
    Ok(())
}

/// Keys are not thrown away unless the request says so; memberships go.
pub(super) async fn before_delete(writer: &mut Writer, existing: &Row, query: &Query) -> Result<(), ArmError> {
    for subscription in subscriptions_of(writer, existing.name()).await? {
        if !query.is_true("deleteSubscriptions") {
            let message = format!(
                "The user has subscriptions, for example '{}'. Delete them first, or pass deleteSubscriptions=true.",
                subscription.name()
            );
            return Err(ArmError::field("deleteSubscriptions", message));
        }
        writer.delete(&subscription.id).await?;
    }
    for link in row::of_kind(writer, "groups/users").await? {
        if link.name().eq_ignore_ascii_case(existing.name()) {
            writer.delete(&link.id).await?;
        }
    }
    Ok(())
}

/// Subscriptions a user owns, in the order of their names.
pub async fn subscriptions_of(connection: &mut sqlx::SqliteConnection, user: &str) -> Result<Vec<Row>, sqlx::Error> {
    let mut all = row::list(connection, "/subscriptions").await?;
    all.retain(|row| owns(user, row));
    Ok(all)
}

/// Whether a subscription is the user's.
pub fn owns(user: &str, subscription: &Row) -> bool {
    last_segment(subscription.text("ownerId")).eq_ignore_ascii_case(user)
}

/// The owner of a subscription in its stored form, `/users/{id}`.
pub(super) async fn owner(writer: &mut Writer, sent: &str) -> Result<String, ArmError> {
    let id = relative(sent);
    let is_user = id.trim_start_matches('/').to_ascii_lowercase().starts_with("users/");
    let user = if is_user { row::get(writer, &format!("/{}", id.trim_start_matches('/'))).await? } else { None };
    let user = user.filter(|row| row.kind == "users");
    user.map(|row| row.id).ok_or_else(|| ArmError::field("ownerId", format!("The user '{sent}' does not exist.")))
}
