//! What agents reported, as operators see it: `gateways/{id}/instances`.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Map, Value};
use sqlx::SqliteConnection;
use time::OffsetDateTime;

use super::feed::changed;
use super::visible::Visible;
use crate::arm::table::Kind;
use crate::arm::target::Place;
use crate::arm::view;
use crate::clock::{arm_time, now, unix_ms};
use crate::error::ArmError;
use crate::limits::{HEARTBEAT_INTERVAL, HEARTBEATS_MISSED_MAX};
use crate::server::App;
use crate::store::instances::{self, Instance};
use crate::store::{changes, row};

/// All instances of the gateway `parent`.
pub async fn list(
    app: &App,
    connection: &mut SqliteConnection,
    kind: &Kind,
    parent: &str,
) -> Result<Vec<Value>, ArmError> {
    let mut shown = Vec::new();
    let gateway = postern_model::id::last_segment(parent);
    for instance in instances::list(connection, gateway).await? {
        shown.push(entity(app, connection, kind, parent, &instance).await?);
    }
    Ok(shown)
}

/// One instance.
pub async fn get(app: &App, place: &Place) -> Result<Response<Body>, ArmError> {
    let mut reader = app.store.read().await?;
    let missing = || ArmError::not_found(place.kind.title);
    let parent = place.parent().ok_or_else(missing)?;
    if row::get(&mut reader, &parent.id).await?.is_none() {
        return Err(ArmError::not_found(parent.kind.title));
    }
    let all = instances::list(&mut reader, parent.name()).await?;
    let found = all.into_iter().find(|instance| instance.instance.eq_ignore_ascii_case(place.name()));
    let body = entity(app, &mut reader, place.kind, &parent.id, &found.ok_or_else(missing)?).await?;
    Ok((StatusCode::OK, axum::Json(body)).into_response())
}

async fn entity(
    app: &App,
    connection: &mut SqliteConnection,
    kind: &Kind,
    parent: &str,
    instance: &Instance,
) -> Result<Value, ArmError> {
    let mut properties: Map<String, Value> = serde_json::from_str(&instance.report).unwrap_or_default();
    let silent_ms = unix_ms(now()) - instance.heard_ms;
    let allowed_ms = i64::try_from((HEARTBEAT_INTERVAL * HEARTBEATS_MISSED_MAX).as_millis()).unwrap_or(i64::MAX);
    let heard = OffsetDateTime::from_unix_timestamp(instance.heard_ms / 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let position = changes::position(connection).await?;
    let visible = Visible::to(connection, postern_model::id::last_segment(parent)).await?;
    let applied = properties.get("continuation").and_then(Value::as_str).and_then(|text| position.read(text));
    let current = match applied {
        Some(after) => !changed(connection, &visible, after, position.sequence).await?,
        None => false,
    };
    properties.insert("connected".to_owned(), (silent_ms < allowed_ms).into());
    properties.insert("lastHeartbeat".to_owned(), arm_time(heard).into());
    properties.insert("current".to_owned(), current.into());
    Ok(view::envelope(&app.identity, kind, &format!("{parent}/instances/{}", instance.instance), properties))
}
