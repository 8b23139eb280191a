//! Associations of APIs with products and gateways. The association is a row of its own (`products/p/apis/a`); `apiLinks` is a
//! second view of the same rows under a name of its own.

use postern_model::ApiName;
use postern_model::id::{last_segment, relative};
use serde_json::{Map, Value};
use sqlx::SqliteConnection;

use super::Draft;
use crate::arm::identity::ServiceIdentity;
use crate::arm::table::{Kind, kind};
use crate::arm::target::{Place, without_alias};
use crate::arm::view::{self, Look};
use crate::error::ArmError;
use crate::store::{Row, Writer, row};

/// Property of the association row that holds the name it has as an `apiLinks` entity.
const LINK_NAME: &str = "linkName";

/// Points the draft at the association of the API itself, without revision; the API must exist.
pub(super) async fn before_put(writer: &mut Writer, draft: &mut Draft) -> Result<(), ArmError> {
    let base = ApiName::parse(draft.place.name()).base;
    let api = row::get(writer, &format!("/apis/{base}")).await?.ok_or_else(|| ArmError::not_found("API"))?;
    let Some(parent) = draft.place.parent() else { return Err(ArmError::not_found(draft.place.kind.title)) };
    draft.place.id = format!("{}/apis/{}", parent.id, api.name());
    if draft.existing.is_none() {
        draft.existing = row::get(writer, &draft.place.id).await?;
    }
    // A name given through apiLinks stays.
    if let Some(name) = draft.existing.as_ref().and_then(|row| row.properties.get(LINK_NAME)).cloned() {
        draft.set(LINK_NAME, name);
    }
    draft.properties.retain(|name, _| name == LINK_NAME);
    Ok(())
}

/// Turns a link into the association it stands for.
pub(super) async fn before_put_link(writer: &mut Writer, draft: &mut Draft) -> Result<(), ArmError> {
    let sent = draft.text("apiId").to_owned();
    let id = without_alias(writer, relative(&sent)).await?;
    let api = row::get(writer, &id).await?.filter(|row| row.kind == "apis");
    let api = api.ok_or_else(|| ArmError::field("apiId", format!("The API '{sent}' does not exist.")))?;
    let name = draft.place.name().to_owned();
    let (Some(product), Some(association)) = (draft.place.parent(), kind("products/apis")) else {
        return Err(ArmError::not_found(draft.place.kind.title));
    };
    let target = format!("{}/apis/{}", product.id, ApiName::parse(api.name()).base);
    if let Some(existing) = &draft.existing
        && !existing.id.eq_ignore_ascii_case(&target)
    {
        return Err(ArmError::field(
            "apiId",
            "The API of a link cannot be changed; delete the link and create another.",
        ));
    }
    draft.existing = row::get(writer, &target).await?;
    draft.place = Place { kind: association, id: target };
    draft.properties = Map::new();
    draft.set(LINK_NAME, name);
    Ok(())
}

/// The association row of a link.
pub async fn find_by_link(connection: &mut SqliteConnection, place: &Place) -> Result<Option<Row>, ArmError> {
    let Some(product) = place.parent() else { return Ok(None) };
    let rows = row::list(connection, &format!("{}/apis", product.id)).await?;
    Ok(rows.into_iter().find(|row| link_name(row).eq_ignore_ascii_case(place.name())))
}

fn link_name(row: &Row) -> &str {
    match row.text(LINK_NAME) {
        "" => row.name(),
        name => name,
    }
}

/// An association as `apiLinks` shows it.
pub fn shown_as_link(identity: &ServiceIdentity, links: &Kind, row: &Row) -> Value {
    let product = row.id.rsplitn(3, '/').nth(2).unwrap_or_default();
    let id = format!("{product}/apiLinks/{}", link_name(row));
    let api = identity.full(&format!("/apis/{}", row.name()));
    view::envelope(identity, links, &id, [("apiId".to_owned(), api.into())].into_iter().collect())
}

/// An association as the API it points to, under its own id and type.
pub async fn shown_as_api(
    identity: &ServiceIdentity,
    connection: &mut SqliteConnection,
    association: &Kind,
    link: &Row,
) -> Result<Value, ArmError> {
    let api = row::get(connection, &format!("/apis/{}", last_segment(&link.id))).await?;
    let properties = match (api, kind("apis")) {
        (Some(api), Some(apis)) => view::properties(identity, apis, &api, Look::default()),
        _ => Map::new(),
    };
    Ok(view::envelope(identity, association, &link.id, properties))
}

/// The gateway sees the API from now on, with everything under it.
pub(super) async fn after_put_gateway_api(writer: &mut Writer, draft: &Draft) -> Result<(), ArmError> {
    if draft.existing.is_none() {
        writer.touch_api(draft.place.name()).await?;
    }
    Ok(())
}
