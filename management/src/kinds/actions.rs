//! POST actions: keys, secrets and tokens leave the store here and nowhere else (but for the feed).

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::{gateway, policy, subscription};
use crate::arm::etag::header_of;
use crate::arm::request::ArmRequest;
use crate::arm::table::Behaviour;
use crate::arm::target::Place;
use crate::clock::{now, parse_time};
use crate::error::ArmError;
use crate::server::App;
use crate::store::{Row, row};

/// Runs the action (its name in lower case) on the entity.
pub async fn run(app: &App, request: &ArmRequest, place: &Place, action: &str) -> Result<Response<Body>, ArmError> {
    let mut reader = app.store.reader().await?;
    let found = row::get(&mut reader, &place.id).await?;
    drop(reader);
    let entity = || found.clone().ok_or_else(|| ArmError::not_found(place.kind.title));
    match (place.kind.behaviour, action) {
        (Behaviour::Subscription, "listsecrets") => {
            let row = entity()?;
            let keys = json!({"primaryKey": row.secret("primaryKey"), "secondaryKey": row.secret("secondaryKey")});
            Ok(secret(&row, &keys))
        }
        (Behaviour::Subscription, "regenerateprimarykey") => new_subscription_key(app, place, "primaryKey").await,
        (Behaviour::Subscription, "regeneratesecondarykey") => new_subscription_key(app, place, "secondaryKey").await,
        (Behaviour::NamedValue, "listvalue") => {
            let row = entity()?;
            Ok(secret(&row, &json!({"value": row.secret("value")})))
        }
        (Behaviour::Certificate, "refreshsecret") => {
            entity()?;
            Err(ArmError::field("keyVault", "Certificates in a key vault cannot be fetched by this service."))
        }
        (Behaviour::Gateway, "listkeys") => {
            let row = entity()?;
            Ok(secret(&row, &json!({"primary": row.secret("primary"), "secondary": row.secret("secondary")})))
        }
        (Behaviour::Gateway, "regeneratekey") => {
            let key = key_type(request)?;
            let mut writer = app.store.write().await?;
            let row = row::get(&mut writer, &place.id).await?.ok_or_else(|| ArmError::not_found(place.kind.title))?;
            gateway::regenerate(&mut writer, &row, key).await?;
            writer.commit().await?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        (Behaviour::Gateway, "generatetoken") => generate_token(request, &entity()?),
        (Behaviour::PolicyFragment, "listreferences") => references(app, &entity()?).await,
        _ => Err(ArmError::new(
            StatusCode::NOT_FOUND,
            "ResourceNotFound",
            format!("{} has no action '{action}'.", place.kind.title),
        )),
    }
}

/// An answer with a secret in it: nobody on the way may keep it.
fn secret(row: &Row, body: &Value) -> Response<Body> {
    let mut response = (StatusCode::OK, axum::Json(body)).into_response();
    response.headers_mut().insert(header::ETAG, header_of(row.version));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn new_subscription_key(app: &App, place: &Place, name: &str) -> Result<Response<Body>, ArmError> {
    let mut writer = app.store.write().await?;
    let mut row = row::get(&mut writer, &place.id).await?.ok_or_else(|| ArmError::not_found(place.kind.title))?;
    row.secrets.insert(name.to_owned(), subscription::new_key().into());
    writer.put(&row.id, &row.kind, &row.properties, &row.secrets).await?;
    writer.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `keyType` of the body.
fn key_type(request: &ArmRequest) -> Result<&'static str, ArmError> {
    match request.json()?.get("keyType").and_then(Value::as_str) {
        Some(name) if name.eq_ignore_ascii_case("primary") => Ok("primary"),
        Some(name) if name.eq_ignore_ascii_case("secondary") => Ok("secondary"),
        _ => Err(ArmError::field("keyType", "'keyType' must be one of primary, secondary.")),
    }
}

fn generate_token(request: &ArmRequest, row: &Row) -> Result<Response<Body>, ArmError> {
    let key = key_type(request)?;
    let expiry = request.json()?.get("expiry").and_then(Value::as_str).and_then(parse_time);
    let expiry = expiry.ok_or_else(|| {
        ArmError::field("expiry", "'expiry' must be a time in ISO 8601, for example 2026-11-24T03:30:00Z.")
    })?;
    Ok(secret(row, &json!({"value": gateway::token(row, key, expiry, now())?})))
}

async fn references(app: &App, fragment: &Row) -> Result<Response<Body>, ArmError> {
    let mut reader = app.store.read().await?;
    let rows = policy::references_to_fragment(&mut reader, fragment.name()).await?;
    let shown = |row: &Row| json!({"id": app.identity.full(&row.id), "name": row.name(), "type": format!("Microsoft.ApiManagement/service/{}", row.kind)});
    let value: Vec<Value> = rows.iter().map(shown).collect();
    Ok((StatusCode::OK, axum::Json(json!({"count": value.len(), "value": value}))).into_response())
}
