//! Loggers: credentials go into secret named values, and the logger keeps references to them, as in the original.

use serde_json::{Map, Value, json};

use super::Draft;
use crate::error::ArmError;
use crate::operator_token::{hex, random_bytes};
use crate::store::{Row, Writer, row};

/// Credentials that are secret.
const SECRETS: [&str; 2] = ["connectionString", "instrumentationKey"];

/// How the display names of their named values begin (the original's word).
const PREFIX: &str = "Logger-Credentials--";

/// Puts credentials that were sent as text into named values.
pub(super) async fn before_put(writer: &mut Writer, draft: &mut Draft) -> Result<(), ArmError> {
    let Some(Value::Object(mut credentials)) = draft.properties.get("credentials").cloned() else { return Ok(()) };
    for name in SECRETS {
        let Some((key, text)) = find(&credentials, name) else { continue };
        if is_reference(&text) {
            continue;
        }
        // The same secret stays in the named value it has.
        let present = draft.existing.as_ref().and_then(|row| own_value(row, name));
        let id = present.unwrap_or_else(|| hex(&random_bytes::<12>()));
        let display_name = format!("{PREFIX}{id}");
        let properties = json!({"displayName": display_name, "secret": true});
        let secrets = json!({"value": text});
        if let (Value::Object(properties), Value::Object(secrets)) = (properties, secrets) {
            let row = row::get(writer, &format!("/namedValues/{id}")).await?;
            if row.is_none_or(|row| row.secrets != secrets) {
                writer.put(&format!("/namedValues/{id}"), "namedValues", &properties, &secrets).await?;
            }
        }
        credentials.insert(key, format!("{{{{{display_name}}}}}").into());
    }
    draft.set("credentials", credentials);
    Ok(())
}

/// Each type has what it needs to reach its target.
pub(super) fn check(draft: &Draft) -> Result<(), ArmError> {
    let empty = Map::new();
    let credentials = draft.properties.get("credentials").and_then(Value::as_object).unwrap_or(&empty);
    if !credentials.values().all(Value::is_string) {
        return Err(ArmError::field("credentials", "'credentials' must map names to strings."));
    }
    let has = |name: &str| find(credentials, name).is_some_and(|(_, text)| !text.is_empty());
    let missing = match draft.text("loggerType") {
        "azureEventHub" if !has("name") => "credentials.name",
        "azureEventHub" if !has("connectionString") && !has("endpointAddress") => "credentials.connectionString",
        "applicationInsights" if !has("instrumentationKey") && !has("connectionString") => {
            "credentials.instrumentationKey"
        }
        _ => return Ok(()),
    };
    Err(ArmError::field(missing, format!("'{missing}' must not be empty.")))
}

/// The named values made for it go with it.
pub(super) async fn before_delete(writer: &mut Writer, existing: &Row) -> Result<(), ArmError> {
    for name in SECRETS {
        if let Some(id) = own_value(existing, name) {
            writer.delete(&format!("/namedValues/{id}")).await?;
        }
    }
    Ok(())
}

fn find(credentials: &Map<String, Value>, name: &str) -> Option<(String, String)> {
    let (key, value) = credentials.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some((key.clone(), value.as_str()?.to_owned()))
}

fn is_reference(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("{{") && text.ends_with("}}")
}

/// The named value that was made for a credential.
fn own_value(row: &Row, name: &str) -> Option<String> {
    let (_, text) = find(row.properties.get("credentials")?.as_object()?, name)?;
    let id = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.strip_prefix(PREFIX)?;
    Some(id.to_owned())
}
