//! Associations: APIs and groups of products, APIs of gateways, users of groups. The association is a row of its own
//! (`products/p/apis/a`); `apiLinks` and `groupLinks` are a second view of the same rows under a name of its own.

use postern_model::ApiName;
use postern_model::id::{last_segment, relative};
use serde_json::{Map, Value};
use sqlx::SqliteConnection;

use super::Draft;
use crate::arm::identity::ServiceIdentity;
use crate::arm::table::{Behaviour, Kind, kind};
use crate::arm::target::{Place, without_alias};
use crate::arm::view::{self, Look};
use crate::error::ArmError;
use crate::store::{Row, Writer, row};

/// Property of the association row that holds the name it has as an `apiLinks` or `groupLinks` entity.
const LINK_NAME: &str = "linkName";

/// Points the draft at the association as its target is called (an API without revision); the target must exist.
pub(super) async fn before_put(writer: &mut Writer, draft: &mut Draft) -> Result<(), ArmError> {
    let title = draft.place.kind.title;
    let collection = target_collection(draft.place.kind);
    let name = ApiName::parse(draft.place.name()).base;
    let target = row::get(writer, &format!("/{collection}/{name}")).await?;
    let target = target.ok_or_else(|| ArmError::not_found(title))?;
    let Some(parent) = draft.place.parent() else { return Err(ArmError::not_found(title)) };
    draft.place.id = format!("{}/{collection}/{}", parent.id, target.name());
    if draft.existing.is_none() {
        draft.existing = row::get(writer, &draft.place.id).await?;
    }
    // A name given through a link stays.
    if let Some(name) = draft.existing.as_ref().and_then(|row| row.properties.get(LINK_NAME)).cloned() {
        draft.set(LINK_NAME, name);
    }
    draft.properties.retain(|name, _| name == LINK_NAME);
    Ok(())
}

/// Turns a link into the association it stands for.
pub(super) async fn before_put_link(writer: &mut Writer, draft: &mut Draft) -> Result<(), ArmError> {
    let Link { property, collection, association, title } = link_of(draft.place.kind);
    let sent = draft.text(property).to_owned();
    let id = without_alias(writer, relative(&sent)).await?;
    let pointed_to = row::get(writer, &id).await?.filter(|row| row.kind == collection);
    let pointed_to =
        pointed_to.ok_or_else(|| ArmError::field(property, format!("The {title} '{sent}' does not exist.")))?;
    let name = draft.place.name().to_owned();
    let (Some(product), Some(association)) = (draft.place.parent(), kind(association)) else {
        return Err(ArmError::not_found(draft.place.kind.title));
    };
    let target = format!("{}/{collection}/{}", product.id, ApiName::parse(pointed_to.name()).base);
    if let Some(existing) = &draft.existing
        && !existing.id.eq_ignore_ascii_case(&target)
    {
        let message = format!("The {title} of a link cannot be changed; delete the link and create another.");
        return Err(ArmError::field(property, message));
    }
    draft.existing = row::get(writer, &target).await?;
    draft.place = Place { kind: association, id: target };
    draft.properties = Map::new();
    draft.set(LINK_NAME, name);
    Ok(())
}

/// What a kind of links is a view of.
struct Link {
    /// Names the target.
    property: &'static str,
    collection: &'static str,
    /// Kind of the rows.
    association: &'static str,
    title: &'static str,
}

fn link_of(links: &Kind) -> Link {
    match links.behaviour {
        Behaviour::GroupLink => {
            Link { property: "groupId", collection: "groups", association: "products/groups", title: "group" }
        }
        _ => Link { property: "apiId", collection: "apis", association: "products/apis", title: "API" },
    }
}

/// Where the targets of an association stand: its last word.
fn target_collection(association: &Kind) -> &'static str {
    association.words().next_back().unwrap_or_default()
}

/// The association row of a link.
pub async fn find_by_link(connection: &mut SqliteConnection, place: &Place) -> Result<Option<Row>, ArmError> {
    let Some(product) = place.parent() else { return Ok(None) };
    let rows = row::list(connection, &format!("{}/{}", product.id, link_of(place.kind).collection)).await?;
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
    let Link { property, collection, .. } = link_of(links);
    let product = row.id.rsplitn(3, '/').nth(2).unwrap_or_default();
    let words = links.words().next_back().unwrap_or_default();
    let id = format!("{product}/{words}/{}", link_name(row));
    let target = identity.full(&format!("/{collection}/{}", row.name()));
    view::envelope(identity, links, &id, [(property.to_owned(), target.into())].into_iter().collect())
}

/// An association as what it points to, under its own id and type.
pub async fn shown_as_target(
    identity: &ServiceIdentity,
    connection: &mut SqliteConnection,
    association: &Kind,
    link: &Row,
) -> Result<Value, ArmError> {
    let collection = target_collection(association);
    let target = row::get(connection, &format!("/{collection}/{}", last_segment(&link.id))).await?;
    let properties = match (target, kind(collection)) {
        (Some(target), Some(of)) => view::properties(identity, of, &target, Look::default()),
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
