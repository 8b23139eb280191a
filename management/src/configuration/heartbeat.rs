//! `POST /configuration/v1/heartbeat`: an agent says how its gateway is.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use postern_model::feed::{Heartbeat, HeartbeatReply};

use super::auth::authorize;
use crate::arm::request::{json_object, read_body};
use crate::clock::{arm_time, now, unix_ms};
use crate::error::ArmError;
use crate::limits::{HEARTBEAT_BYTES_MAX, HEARTBEAT_DIAGNOSTICS_MAX, HEARTBEAT_INTERVAL, INSTANCE_CHARS_MAX};
use crate::server::App;
use crate::store::instances;

/// Answers a heartbeat.
pub async fn serve(State(app): State<App>, request: Request<Body>) -> Response<Body> {
    match answer(&app, request).await {
        Ok(reply) => (StatusCode::OK, axum::Json(reply)).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn answer(app: &App, request: Request<Body>) -> Result<HeartbeatReply, ArmError> {
    let caller = authorize(&mut *app.store.reader().await?, request.headers()).await?;
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body, HEARTBEAT_BYTES_MAX).await?;
    let heartbeat: Heartbeat = serde_json::from_value(json_object(&body)?.into())
        .map_err(|error| ArmError::bad_content(format!("The heartbeat cannot be read: {error}.")))?;
    check(&heartbeat)?;
    let report = serde_json::to_string(&heartbeat).map_err(|error| ArmError::bad_content(error.to_string()))?;
    let mut connection = app.store.note().await?;
    instances::hear(&mut connection, &caller.gateway, &heartbeat.instance, unix_ms(now()), &report).await?;
    let interval_seconds = u32::try_from(HEARTBEAT_INTERVAL.as_secs()).unwrap_or(u32::MAX);
    Ok(HeartbeatReply { interval_seconds, token_expires_at: arm_time(caller.expires) })
}

fn check(heartbeat: &Heartbeat) -> Result<(), ArmError> {
    let name = &heartbeat.instance;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if name.is_empty() || name.len() > INSTANCE_CHARS_MAX || !is_name {
        let message = format!("'instance' must be 1 to {INSTANCE_CHARS_MAX} letters, digits, '.', '_' or '-'.");
        return Err(ArmError::field("instance", message));
    }
    if heartbeat.diagnostics.len() > HEARTBEAT_DIAGNOSTICS_MAX {
        let message = format!("At most {HEARTBEAT_DIAGNOSTICS_MAX} diagnostics are taken.");
        return Err(ArmError::field("diagnostics", message));
    }
    Ok(())
}
