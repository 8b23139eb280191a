//! Gateway resources: keys, and the tokens of agents.

use postern_model::id::last_segment;
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::Draft;
use crate::error::ArmError;
use crate::gateway_key::{new_key, sign};
use crate::limits::GATEWAY_TOKEN_DAYS_MAX;
use crate::store::{Row, Writer, instances, row};

/// Pseudo-gateway of the original: the one that is not self-hosted.
const RESERVED: &str = "managed";
const LOCATION_CHARS_MAX: usize = 256;

pub(super) fn check(draft: &Draft) -> Result<(), ArmError> {
    if draft.place.name().eq_ignore_ascii_case(RESERVED) {
        return Err(ArmError::field("gatewayId", format!("'{RESERVED}' is reserved.")));
    }
    let Some(location) = draft.properties.get("locationData") else { return Ok(()) };
    if location.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(ArmError::field("locationData.name", "'locationData.name' must not be empty."));
    }
    for part in ["name", "city", "district", "countryOrRegion"] {
        let value = location.get(part).filter(|value| !value.is_null());
        if value.is_some_and(|value| value.as_str().is_none_or(|text| text.chars().count() > LOCATION_CHARS_MAX)) {
            let target = format!("locationData.{part}");
            return Err(ArmError::field(
                &target,
                format!("'{target}' must be at most {LOCATION_CHARS_MAX} characters long."),
            ));
        }
    }
    Ok(())
}

/// A new gateway gets its keys.
pub(super) async fn after_put(writer: &mut Writer, draft: &Draft, id: &str) -> Result<(), ArmError> {
    if draft.existing.is_none() {
        writer.put(id, draft.place.kind.name, &draft.properties, &new_keys()).await?;
    }
    Ok(())
}

/// Two new keys, as they are stored.
pub fn new_keys() -> Map<String, Value> {
    [("primary".to_owned(), new_key().into()), ("secondary".to_owned(), new_key().into())].into_iter().collect()
}

/// The gateway takes its associations and what it reported with it.
pub(super) async fn before_delete(writer: &mut Writer, existing: &Row) -> Result<(), ArmError> {
    instances::forget(writer, existing.name()).await?;
    Ok(())
}

/// Replaces one key: tokens made with it are worthless from then on.
pub(super) async fn regenerate(writer: &mut Writer, gateway: &Row, key: &str) -> Result<(), ArmError> {
    let mut secrets = gateway.secrets.clone();
    secrets.insert(key.to_owned(), new_key().into());
    writer.put(&gateway.id, &gateway.kind, &gateway.properties, &secrets).await?;
    Ok(())
}

/// A token of the gateway, in the form settings carry it.
pub fn token(gateway: &Row, key: &str, expiry: OffsetDateTime, now: OffsetDateTime) -> Result<String, ArmError> {
    if expiry <= now {
        return Err(ArmError::field("expiry", "'expiry' must be in the future."));
    }
    if expiry > now + Duration::days(GATEWAY_TOKEN_DAYS_MAX) {
        return Err(ArmError::field(
            "expiry",
            format!("'expiry' must be at most {GATEWAY_TOKEN_DAYS_MAX} days from now."),
        ));
    }
    Ok(sign(gateway.name(), gateway.secret(key), expiry).to_text())
}

/// The gateway resource of that name.
pub async fn find(connection: &mut sqlx::SqliteConnection, name: &str) -> Result<Option<Row>, sqlx::Error> {
    // The name may come from a token: it must not reach another collection.
    if last_segment(name) != name {
        return Ok(None);
    }
    Ok(row::get(connection, &format!("/gateways/{name}")).await?.filter(|row| row.kind == "gateways"))
}
