//! Revisions of an API: the current one stands under the bare name, the others under `;rev=n`. A release swaps them.

use postern_model::ApiName;
use postern_model::id::{last_segment, relative};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::Draft;
use crate::arm::identity::ServiceIdentity;
use crate::arm::target::without_alias;
use crate::error::ArmError;
use crate::store::{Row, Writer, row};

/// All revisions of an API, the current one first (`ApiRevisionContract`).
pub async fn list(
    identity: &ServiceIdentity,
    connection: &mut SqliteConnection,
    api: &str,
) -> Result<Vec<Value>, ArmError> {
    let base = ApiName::parse(api).base;
    let current = row::get(connection, &format!("/apis/{base}")).await?.ok_or_else(|| ArmError::not_found("API"))?;
    let mut rows = vec![current];
    rows.extend(row::revisions(connection, base.as_str()).await?);
    let contract = |row: &Row| {
        let revision = row.text("apiRevision");
        let is_current = row.properties.get("isCurrent") == Some(&Value::Bool(true));
        json!({
            "apiId": identity.full(&format!("/apis/{}", ApiName::with_revision(base.as_str(), revision))),
            "apiRevision": revision,
            "createdDateTime": row.created,
            "updatedDateTime": row.updated,
            "description": row.properties.get("apiRevisionDescription"),
            "privateUrl": format!("/{};rev={revision}", row.text("path")),
            "isOnline": true,
            "isCurrent": is_current,
        })
    };
    Ok(rows.iter().map(contract).collect())
}

/// Copies operations, schemas and policies of one API to another.
pub(super) async fn copy_children(writer: &mut Writer, from: &str, to: &str) -> Result<(), ArmError> {
    for child in row::below(writer, from).await? {
        if let Some(rest) = child.id.get(from.len()..)
            && child.kind != RELEASES
        {
            writer.put(&format!("{to}{rest}"), &child.kind, &child.properties, &child.secrets).await?;
        }
    }
    Ok(())
}

const RELEASES: &str = "apis/releases";

/// Makes the revision that stands at `id` (`/apis/x;rev=n`) the current one: it takes the bare name, and the one that had it
/// takes `;rev=m`. Releases, links and subscriptions belong to the bare name and stay.
pub(super) async fn make_current(writer: &mut Writer, id: &str) -> Result<(), ArmError> {
    let base = format!("/apis/{}", ApiName::parse(last_segment(id)).base);
    let Some(mut next) = row::get(writer, id).await? else { return Err(ArmError::not_found("API")) };
    if let Some(mut current) = row::get(writer, &base).await? {
        let aside = format!("/apis/{}", ApiName::with_revision(last_segment(&current.id), current.text("apiRevision")));
        current.properties.insert("isCurrent".to_owned(), false.into());
        writer.rename(&current, &aside, |child| child.kind == RELEASES).await?;
    }
    next.properties.insert("isCurrent".to_owned(), true.into());
    writer.rename(&next, &base, |_| false).await?;
    Ok(())
}

/// A release names a revision of the API it stands under.
pub(super) async fn before_release(writer: &mut Writer, draft: &mut Draft) -> Result<(), ArmError> {
    let api = draft.place.parent().ok_or_else(|| ArmError::not_found("API"))?;
    let sent = draft.text("apiId").to_owned();
    let named = relative(&sent);
    let (wanted, own) = (ApiName::parse(last_segment(named)), ApiName::parse(api.name()));
    let id = without_alias(writer, named).await?;
    let row = row::get(writer, &id).await?;
    if row.is_none_or(|row| row.kind != "apis") || wanted.base != own.base {
        return Err(ArmError::field("apiId", format!("'{sent}' is no revision of the API '{}'.", own.base)));
    }
    draft.set("apiId", format!("/apis/{}", last_segment(named)));
    let now = writer.now().to_owned();
    draft.set_default("createdDateTime", now.clone());
    draft.set("updatedDateTime", now);
    Ok(())
}

/// The released revision becomes the current one.
pub(super) async fn after_release(writer: &mut Writer, draft: &Draft) -> Result<(), ArmError> {
    let id = without_alias(writer, draft.text("apiId")).await?;
    if ApiName::parse(last_segment(&id)).revision.is_some() { make_current(writer, &id).await } else { Ok(()) }
}
