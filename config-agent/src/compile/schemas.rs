//! Schema parts: those of the service, and those of an API in one part of their own, so that a change of a policy does not send them again.

use postern_bundle::{ApiSchemas, Diagnostic, Part, PartKey, SchemaDocument};
use postern_model::{Inventory, Name, SchemaText, inventory::Resource};

use super::file_of;

/// The part of a schema of the service.
pub(super) fn compile(name: &Name, resource: &Resource<SchemaText>) -> Result<Part, Vec<Diagnostic>> {
    check(&format!("/schemas/{name}"), resource).map_err(|finding| vec![*finding])?;
    Ok(Part::Schema(document(name, &resource.properties)))
}

/// The part of an API's schemas; `None` when it has none. A document that is broken is left out: what it describes cannot be checked,
/// and policies that check it say so.
pub(super) fn of_api(inventory: &Inventory, api: &Name, findings: &mut Vec<Diagnostic>) -> Option<(PartKey, Part)> {
    let mut documents: Vec<SchemaDocument> = Vec::new();
    for (name, resource) in inventory.schemas_of(api) {
        match check(&format!("/apis/{api}/schemas/{name}"), resource) {
            Ok(()) => documents.push(document(name, &resource.properties)),
            Err(finding) => {
                findings.push(Diagnostic { severity: postern_bundle::Severity::Warning, ..*finding });
            }
        }
    }
    let api = api.as_str().to_owned();
    (!documents.is_empty()).then(|| (PartKey::ApiSchemas(api.clone()), Part::ApiSchemas(ApiSchemas { api, documents })))
}

fn check(id: &str, resource: &Resource<SchemaText>) -> Result<(), Box<Diagnostic>> {
    if !resource.properties.is_json {
        return Ok(());
    }
    match serde_json::from_str::<serde::de::IgnoredAny>(&resource.properties.text) {
        Ok(_) => Ok(()),
        Err(error) => {
            let finding = Diagnostic::error("schema-not-json", id, format!("the schema is not JSON: {error}"));
            Err(Box::new(Diagnostic { file: file_of(&resource.origin, id), ..finding }))
        }
    }
}

fn document(name: &Name, schema: &SchemaText) -> SchemaDocument {
    SchemaDocument { name: name.as_str().to_owned(), is_json: schema.is_json, text: schema.text.clone() }
}
