//! Import of OpenAPI documents on PUT of an API: `format` and `value`.

use std::collections::HashMap;

use postern_model::ApiName;
use postern_model::openapi::{self, Expect, ImportOptions, ImportedApi, RequiredQuery};
use serde_json::{Map, Value, json};

use super::{Draft, Prepared};
use crate::arm::target::Place;
use crate::error::{ArmError, Detail};
use crate::server::App;
use crate::store::{Row, Writer, row};

/// Notes the revision the id names, and fetches and reads the document of a request, if it has one.
pub(super) async fn prepare(app: &App, place: &Place, sent: &mut Map<String, Value>) -> Result<Prepared, ArmError> {
    // The id may turn out to be an alias of the bare name; what it said of the revision would be lost then.
    if let Some(revision) = ApiName::parse(place.name()).revision {
        sent.insert("apiRevision".to_owned(), revision.into());
    }
    let Some(format) = sent.get("format").and_then(Value::as_str) else { return Ok(Prepared::default()) };
    let Some(value) = sent.get("value").and_then(Value::as_str) else {
        return Err(ArmError::field("value", "'value' must not be empty when 'format' is given."));
    };
    let (expect, link) = match format.to_ascii_lowercase().as_str() {
        "openapi" | "openapi+json" => (Expect::OpenApi3, false),
        "openapi-link" | "openapi+json-link" => (Expect::OpenApi3, true),
        "swagger-json" => (Expect::Swagger2, false),
        "swagger-link-json" => (Expect::Swagger2, true),
        _ => {
            let message = format!(
                "The import format '{format}' is not supported. Supported are openapi, openapi+json, openapi-link, \
                 openapi+json-link, swagger-json and swagger-link-json."
            );
            return Err(ArmError::field("format", message));
        }
    };
    let text = if link { app.links.text(value, "value").await? } else { value.to_owned() };
    let required_query = match sent.get("translateRequiredQueryParameters").and_then(Value::as_str) {
        Some("query") => RequiredQuery::Query,
        _ => RequiredQuery::Template,
    };
    let options = ImportOptions { expect, required_query, document_url: link.then(|| value.to_owned()) };
    // Reading sixteen megabytes takes a while; other requests go on meanwhile.
    let read = tokio::task::spawn_blocking(move || openapi::import(&text, &options)).await;
    let imported = match read {
        Ok(Ok(imported)) => imported,
        Ok(Err(error)) => return Err(ArmError::validation(vec![Detail::field("value", error.to_string())])),
        Err(_) => return Err(ArmError::field("value", "The document cannot be read.")),
    };
    for warning in &imported.warnings {
        tracing::warn!(pointer = warning.pointer, message = warning.message, "import left something out");
    }
    Ok(Prepared { import: Some(Box::new(imported)), ..Prepared::default() })
}

/// What the request does not say, the document says.
pub(super) fn fill(draft: &mut Draft) {
    let Some(imported) = draft.prepared.import.take() else { return };
    if !imported.display_name.is_empty() {
        draft.set_default("displayName", imported.display_name.clone());
    }
    if let Some(description) = &imported.description {
        draft.set_default("description", description.clone());
    }
    if let Some(url) = &imported.service_url {
        draft.set_default("serviceUrl", url.clone());
    }
    if let Some(url) = &imported.terms_of_service_url {
        draft.set_default("termsOfServiceUrl", url.clone());
    }
    for (name, value) in [("contact", &imported.contact), ("license", &imported.license)] {
        if let Some(value) = value {
            draft.set_default(name, value.clone());
        }
    }
    if !imported.protocols.is_empty() {
        draft.set_default("protocols", imported.protocols.clone());
    }
    draft.prepared.import = Some(imported);
}

const OPERATIONS: &str = "apis/operations";
const POLICIES: &str = "apis/operations/policies";

/// Makes the API's operations those of the document. Operations keep their policies by name; a new one takes over the policy of
/// a removed one with the same method and template.
pub(super) async fn replace_operations(writer: &mut Writer, api: &str, imported: &ImportedApi) -> Result<(), ArmError> {
    let mut orphans: HashMap<(String, String), Row> = HashMap::new();
    for present in row::list(writer, &format!("{api}/operations")).await? {
        if imported.operations.iter().any(|operation| operation.name.eq_ignore_ascii_case(present.name())) {
            continue;
        }
        if let Some(policy) = row::get(writer, &format!("{}/policies/policy", present.id)).await? {
            let method = present.text("method").to_ascii_uppercase();
            orphans.insert((method, present.text("urlTemplate").to_owned()), policy);
        }
        writer.delete(&present.id).await?;
    }
    for operation in &imported.operations {
        let id = format!("{api}/operations/{}", operation.name);
        let Ok(Value::Object(properties)) = serde_json::to_value(operation) else { continue };
        let present = row::get(writer, &id).await?;
        if present.as_ref().is_none_or(|row| row.properties != properties) {
            writer.put(&id, OPERATIONS, &properties, &Map::new()).await?;
        }
        let place = (operation.method.to_ascii_uppercase(), operation.url_template.clone());
        if let (None, Some(policy)) = (present, orphans.remove(&place)) {
            writer.put(&format!("{id}/policies/policy"), POLICIES, &policy.properties, &Map::new()).await?;
        }
    }
    replace_schema(writer, api, imported).await
}

/// The document's schemas, in one resource, as the original keeps them.
async fn replace_schema(writer: &mut Writer, api: &str, imported: &ImportedApi) -> Result<(), ArmError> {
    const NAME: &str = openapi::SCHEMA_ID;
    let id = format!("{api}/schemas/{NAME}");
    let Some(schema) = &imported.schema else { return Ok(writer.delete(&id).await?) };
    let properties = json!({"contentType": schema.content_type, "document": schema.document});
    if let Value::Object(properties) = properties {
        writer.put(&id, "apis/schemas", &properties, &Map::new()).await?;
    }
    Ok(())
}
