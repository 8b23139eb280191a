//! Backends: a URL and a protocol, or the members of a pool.

use serde_json::Value;

use super::{Draft, api};
use crate::error::ArmError;

pub(super) fn check(draft: &Draft) -> Result<(), ArmError> {
    if draft.text("type").eq_ignore_ascii_case("Pool") {
        return check_pool(draft);
    }
    for name in ["url", "protocol"] {
        if draft.text(name).is_empty() {
            return Err(ArmError::field(name, format!("'{name}' must not be empty.")));
        }
    }
    let url = api::check_url("url", draft.text("url"))?;
    if url.query().is_some() {
        return Err(ArmError::field("url", "'url' must not have a query."));
    }
    check_credentials(draft)
}

/// Headers and query parameters of the credentials are lists of texts by name.
fn check_credentials(draft: &Draft) -> Result<(), ArmError> {
    let credentials = draft.properties.get("credentials");
    for part in ["header", "query"] {
        let Some(fields) = credentials.and_then(|credentials| credentials.get(part)).filter(|fields| !fields.is_null())
        else {
            continue;
        };
        let is_list = |value: &Value| value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
        if !fields.as_object().is_some_and(|fields| fields.values().all(is_list)) {
            let target = format!("credentials.{part}");
            return Err(ArmError::field(&target, format!("'{target}' must map names to lists of strings.")));
        }
    }
    Ok(())
}

fn check_pool(draft: &Draft) -> Result<(), ArmError> {
    let members = draft.properties.get("pool").and_then(|pool| pool.get("services")).and_then(Value::as_array);
    let Some(members) = members.filter(|members| !members.is_empty()) else {
        return Err(ArmError::field("pool.services", "A pool must have members."));
    };
    for member in members {
        if !member.get("id").is_some_and(Value::is_string) {
            return Err(ArmError::field("pool.services", "Every member of a pool must have an 'id'."));
        }
        for number in ["weight", "priority"] {
            let value = member.get(number).filter(|value| !value.is_null());
            if value.is_some_and(|value| !value.as_i64().is_some_and(|value| (0..=100).contains(&value))) {
                return Err(ArmError::field(
                    "pool.services",
                    format!("'{number}' must be a whole number from 0 to 100."),
                ));
            }
        }
    }
    Ok(())
}
