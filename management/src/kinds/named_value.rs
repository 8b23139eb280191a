//! Named values: display names that policies can use, and no value goes while a policy uses it.

use serde_json::Value;

use super::{Draft, policy};
use crate::error::ArmError;
use crate::store::{Row, Writer, row};

pub(super) async fn check(writer: &mut Writer, draft: &Draft) -> Result<(), ArmError> {
    let name = draft.text("displayName");
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        let message = "'displayName' may contain only letters, digits, periods, dashes and underscores.";
        return Err(ArmError::field("displayName", message));
    }
    let has_vault =
        draft.properties.get("keyVault").and_then(|vault| vault.get("secretIdentifier")).is_some_and(Value::is_string);
    if draft.text("value").trim().is_empty() && !has_vault {
        return Err(ArmError::field("value", "'value' must not be empty."));
    }
    for other in row::list(writer, "/namedValues").await? {
        let is_other = !other.name().eq_ignore_ascii_case(draft.place.name());
        if is_other && other.text("displayName").eq_ignore_ascii_case(name) {
            let message = format!("The display name '{name}' is already used by the named value '{}'.", other.name());
            return Err(ArmError::field("displayName", message));
        }
    }
    if let Some(existing) = &draft.existing
        && existing.text("displayName") != name
    {
        in_use(writer, existing.text("displayName"), "displayName").await?;
    }
    Ok(())
}

pub(super) async fn before_delete(writer: &mut Writer, existing: &Row) -> Result<(), ArmError> {
    in_use(writer, existing.text("displayName"), "id").await
}

/// Refuses what would take a value away from the policies that use it.
async fn in_use(writer: &mut Writer, display_name: &str, target: &str) -> Result<(), ArmError> {
    let referring = policy::references_to_value(writer, display_name).await?;
    match referring.first() {
        Some(first) => Err(ArmError::field(
            target,
            format!("The named value '{display_name}' is used by {first} and {} others.", referring.len() - 1),
        )),
        None => Ok(()),
    }
}
