//! The life of one resource, the same for every kind: read, create or replace, change, delete.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Map, Value};
use sqlx::SqliteConnection;

use super::etag::header_of;
use super::property;
use super::request::ArmRequest;
use super::table::{Behaviour, Kind, Methods, kind};
use super::target::{Place, require_parents, without_alias};
use super::view::{self, Look};
use crate::error::ArmError;
use crate::kinds::policy_text::Form;
use crate::kinds::{self, Draft, links, user};
use crate::server::App;
use crate::store::{Row, Writer, row};

/// GET of an entity.
pub async fn get(app: &App, request: &ArmRequest, place: &Place) -> Result<Response<Body>, ArmError> {
    if !matches!(place.kind.methods, Methods::All | Methods::NoPatch | Methods::ReadOnly) {
        return Err(ArmError::method_not_allowed());
    }
    if request.query.is_true("export") {
        return Err(ArmError::field("export", "The export of APIs is not supported."));
    }
    let mut reader = app.store.reader().await?;
    let row = find(&mut reader, place).await?;
    let body = shown(app, &mut reader, request, place, &row).await?;
    Ok(with_tag((StatusCode::OK, axum::Json(body)).into_response(), row.version))
}

/// HEAD of an entity: its tag, and whether it exists.
pub async fn head(app: &App, place: &Place) -> Result<Response<Body>, ArmError> {
    let status = match place.kind.methods {
        Methods::All | Methods::NoPatch => StatusCode::OK,
        Methods::Association(status) => StatusCode::from_u16(status).unwrap_or(StatusCode::OK),
        Methods::ReadOnly | Methods::ListOnly => return Err(ArmError::method_not_allowed()),
    };
    let mut reader = app.store.reader().await?;
    let row = find(&mut reader, place).await?;
    Ok(with_tag(status.into_response(), row.version))
}

/// PUT: creates (201) or replaces (200).
pub async fn put(app: &App, request: &ArmRequest, place: &Place) -> Result<Response<Body>, ArmError> {
    let association = matches!(place.kind.methods, Methods::Association(_));
    if !matches!(place.kind.methods, Methods::All | Methods::NoPatch) && !association {
        return Err(ArmError::method_not_allowed());
    }
    let sent = match request.properties()? {
        Some(properties) => properties,
        None if association => Map::new(),
        None => return Err(ArmError::field("properties", "The request has no 'properties'.")),
    };
    let mut sent = property::accept(place.kind.properties, sent)?;
    let prepared = kinds::prepare(app, place, &mut sent).await?;

    let mut writer = app.store.write().await?;
    let place = settled(&mut writer, place).await?;
    let existing = stored(&mut writer, &place).await?;
    request.conditions.check(existing.as_ref().map(|row| row.version))?;
    let mut properties = sent;
    if let Some(existing) = &existing {
        keep_read_only(place.kind, existing, &mut properties);
    }
    let status = if existing.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let draft = Draft { place: place.clone(), existing, properties, prepared };
    let row = write(app, &mut writer, draft).await?;
    let body = shown(app, &mut writer, request, &place, &row).await?;
    writer.commit().await?;
    Ok(with_tag((status, axum::Json(body)).into_response(), row.version))
}

/// PATCH: merges into what is there.
pub async fn patch(app: &App, request: &ArmRequest, place: &Place) -> Result<Response<Body>, ArmError> {
    if place.kind.methods != Methods::All {
        return Err(ArmError::method_not_allowed());
    }
    let sent = request.properties()?.unwrap_or_default();
    let removed: Vec<String> = sent.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name.clone()).collect();
    let mut sent = property::accept(place.kind.properties, sent)?;
    let prepared = kinds::prepare(app, place, &mut sent).await?;

    let mut writer = app.store.write().await?;
    let place = settled(&mut writer, place).await?;
    let existing = stored(&mut writer, &place).await?.ok_or_else(|| ArmError::not_found(place.kind.title))?;
    request.conditions.check(Some(existing.version))?;
    let mut properties = existing.properties.clone();
    for rule in place.kind.properties.iter().filter(|rule| rule.secret) {
        if let Some(value) = existing.secrets.get(rule.name) {
            properties.insert(rule.name.to_owned(), value.clone());
        }
    }
    property::merge(&mut properties, sent);
    for name in removed {
        if !place.kind.properties.iter().any(|rule| rule.name == name && rule.presence == property::Presence::ReadOnly)
        {
            properties.shift_remove(&name);
        }
    }
    let draft = Draft { place: place.clone(), existing: Some(existing), properties, prepared };
    let row = write(app, &mut writer, draft).await?;
    let body = shown(app, &mut writer, request, &place, &row).await?;
    writer.commit().await?;
    Ok(with_tag((StatusCode::OK, axum::Json(body)).into_response(), row.version))
}

/// DELETE. The answer is 204 whether something was there or not: the only status every client takes.
pub async fn delete(app: &App, request: &ArmRequest, place: &Place) -> Result<Response<Body>, ArmError> {
    if matches!(place.kind.methods, Methods::ReadOnly | Methods::ListOnly) {
        return Err(ArmError::method_not_allowed());
    }
    let mut writer = app.store.write().await?;
    let place = settled(&mut writer, place).await?;
    if let Some(existing) = stored(&mut writer, &place).await? {
        request.conditions.check(Some(existing.version))?;
        kinds::before_delete(&mut writer, &place, &existing, &request.query).await?;
        writer.delete(&existing.id).await?;
        writer.commit().await?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Checks, completes and stores a draft, with everything its kind does around that.
async fn write(app: &App, writer: &mut Writer, mut draft: Draft) -> Result<Row, ArmError> {
    kinds::before_put(app, writer, &mut draft).await?;
    // A link has become the association it stands for: its rules are those of the association.
    let rules = draft.place.kind.properties;
    property::complete(rules, &mut draft.properties);
    property::require(rules, &draft.properties)?;
    kinds::check(writer, &draft).await?;
    let mut secrets = property::split(rules, &mut draft.properties);
    if let Some(existing) = &draft.existing {
        keep_own_secrets(rules, existing, &mut secrets);
    }
    let id = draft.existing.as_ref().map_or(&draft.place.id, |row| &row.id).clone();
    let unchanged =
        draft.existing.as_ref().is_some_and(|row| row.properties == draft.properties && row.secrets == secrets);
    // The same again is no change: the tag stays, and no gateway is told.
    if !unchanged {
        writer.put(&id, draft.place.kind.name, &draft.properties, &secrets).await?;
    }
    kinds::after_put(writer, &mut draft, &id).await?;
    row::get(writer, &id).await?.ok_or_else(|| ArmError::not_found(draft.place.kind.title))
}

/// The place with its API alias resolved, after its parents were found to exist.
async fn settled(connection: &mut SqliteConnection, place: &Place) -> Result<Place, ArmError> {
    let id = without_alias(connection, &place.id).await?;
    let place = Place { kind: place.kind, id };
    require_parents(connection, &place).await?;
    Ok(place)
}

async fn find(connection: &mut SqliteConnection, place: &Place) -> Result<Row, ArmError> {
    let place = settled(connection, place).await?;
    stored(connection, &place).await?.ok_or_else(|| ArmError::not_found(place.kind.title))
}

/// The row of an entity. A link by name stands in the row of the association it is a view of.
async fn stored(connection: &mut SqliteConnection, place: &Place) -> Result<Option<Row>, ArmError> {
    match place.kind.behaviour {
        Behaviour::ApiLink | Behaviour::GroupLink => links::find_by_link(connection, place).await,
        Behaviour::UserSubscription => {
            let row = row::get(connection, &format!("/subscriptions/{}", place.name())).await?;
            Ok(row.filter(|row| place.parent().is_some_and(|user| user::owns(user.name(), row))))
        }
        _ => Ok(row::get(connection, &place.id).await?),
    }
}

/// The entity as the client sees it. An association is seen as what it points to.
async fn shown(
    app: &App,
    connection: &mut SqliteConnection,
    request: &ArmRequest,
    place: &Place,
    row: &Row,
) -> Result<Value, ArmError> {
    let look = Look { form: Form::of(request.query.get("format").unwrap_or("xml")) };
    match place.kind.behaviour {
        Behaviour::ApiLink | Behaviour::GroupLink => Ok(links::shown_as_link(&app.identity, place.kind, row)),
        Behaviour::ProductApi | Behaviour::GatewayApi | Behaviour::ProductGroup | Behaviour::GroupUser => {
            links::shown_as_target(&app.identity, connection, place.kind, row).await
        }
        Behaviour::UserSubscription => {
            let properties = kind("subscriptions").map(|of| view::properties(&app.identity, of, row, look));
            Ok(view::envelope(&app.identity, place.kind, &place.id, properties.unwrap_or_default()))
        }
        _ => Ok(view::entity(&app.identity, place.kind, row, look)),
    }
}

fn keep_read_only(kind: &Kind, existing: &Row, properties: &mut Map<String, Value>) {
    for rule in kind.properties.iter().filter(|rule| rule.presence == property::Presence::ReadOnly) {
        if let Some(value) = existing.properties.get(rule.name) {
            properties.insert(rule.name.to_owned(), value.clone());
        }
    }
}

/// Secrets no request can set (keys of a gateway) stay what they are.
fn keep_own_secrets(rules: &[property::Property], existing: &Row, secrets: &mut Map<String, Value>) {
    for (name, value) in &existing.secrets {
        if rules.iter().all(|rule| rule.name != name) {
            secrets.insert(name.clone(), value.clone());
        }
    }
}

fn with_tag(mut response: Response<Body>, version: i64) -> Response<Body> {
    response.headers_mut().insert(header::ETAG, header_of(version));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
