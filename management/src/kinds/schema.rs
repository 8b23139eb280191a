//! Schemas of APIs and of the service: a document of the kind they say.

use serde_json::Value;

use super::Draft;
use crate::error::ArmError;

/// A schema of an API has a document.
pub(super) fn check_api_schema(draft: &Draft) -> Result<(), ArmError> {
    let document = draft.properties.get("document").and_then(Value::as_object);
    let is_said = document.is_some_and(|document| {
        ["value", "definitions", "components"]
            .iter()
            .any(|name| document.get(*name).is_some_and(|value| !value.is_null()))
    });
    match is_said {
        true => Ok(()),
        false => Err(ArmError::field("document", "'document' must have a 'value', 'definitions' or 'components'.")),
    }
}

/// A schema of the service is JSON when it says so.
pub(super) fn check_global(draft: &Draft) -> Result<(), ArmError> {
    let (document, value) = (draft.properties.get("document"), draft.properties.get("value"));
    let text = match (document, value) {
        (Some(_), _) | (None, Some(Value::Object(_))) => None,
        (None, Some(Value::String(text))) => Some(text),
        _ => return Err(ArmError::field("value", "'value' or 'document' must not be empty.")),
    };
    let is_xml = draft.text("schemaType") == "xml";
    match text {
        None if is_xml => Err(ArmError::field("value", "'value' of an XML schema must be text.")),
        Some(text) if !is_xml => match serde_json::from_str::<Value>(text) {
            Ok(_) => Ok(()),
            Err(error) => Err(ArmError::field("value", format!("The schema is not JSON: {error}."))),
        },
        _ => Ok(()),
    }
}
