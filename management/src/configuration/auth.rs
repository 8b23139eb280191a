//! Who an agent is: the gateway token, checked against the keys of its gateway resource.

use axum::http::{HeaderMap, header};
use postern_model::gateway_token::{GatewayToken, SCHEME};
use sqlx::SqliteConnection;
use time::OffsetDateTime;

use crate::clock::{arm_time, now};
use crate::error::ArmError;
use crate::gateway_key::{expires, signed_by};
use crate::kinds::gateway;

/// A gateway that was let in.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Name of the gateway resource, as it was created.
    pub gateway: String,
    pub expires: OffsetDateTime,
}

/// Lets a gateway in. Its signature is checked before its time, so that only holders of a key learn that it ended.
pub async fn authorize(connection: &mut SqliteConnection, headers: &HeaderMap) -> Result<Caller, ArmError> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let has_scheme =
        |value: &&str| value.trim_start().get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME));
    let Some(value) = value.filter(has_scheme) else {
        let message = "The 'Authorization' header must be 'GatewayKey <token>'.";
        return Err(ArmError::unauthorized("GatewayTokenMissing", message, SCHEME));
    };
    let invalid = || {
        let message =
            "The gateway token is not valid: it is malformed, its gateway does not exist, or its key was regenerated.";
        ArmError::unauthorized("GatewayTokenInvalid", message, SCHEME)
    };
    let token = GatewayToken::parse(value).ok_or_else(invalid)?;
    let ends = expires(&token).ok_or_else(invalid)?;
    let resource = gateway::find(connection, &token.gateway).await?.ok_or_else(invalid)?;
    if !["primary", "secondary"].iter().any(|key| signed_by(&token, resource.secret(key))) {
        return Err(invalid());
    }
    if ends <= now() {
        let message =
            format!("The gateway token of '{}' expired at {}. Generate a new one.", resource.name(), arm_time(ends));
        return Err(ArmError::unauthorized("GatewayTokenExpired", message, SCHEME));
    }
    Ok(Caller { gateway: resource.name().to_owned(), expires: ends })
}
