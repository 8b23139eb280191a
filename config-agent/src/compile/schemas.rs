//! Schema parts: those of the service, and those of an API in one part of their own, so that a change of a policy does not send them again.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use postern_bundle::{ApiSchemas, Diagnostic, Part, PartKey, SchemaDocument};
use postern_model::{Inventory, Name, SchemaText, inventory::Resource};
use postern_policy::contract::{self, ContentKind};

use super::{file_of, placed};

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
    let located = inventory.schemas_of(api).map(|(name, resource)| (format!("/apis/{api}/schemas/{name}"), resource));
    findings.extend(xml_findings(&located.collect::<Vec<_>>(), true));
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

/// What is wrong with the service's documents of XML Schema, looked at again only when one of them has changed.
#[derive(Default)]
pub(super) struct GlobalXml {
    digest: u64,
    findings: Vec<Diagnostic>,
}

impl GlobalXml {
    pub(super) fn findings(&mut self, inventory: &Inventory) -> &[Diagnostic] {
        let located: Vec<(String, &Resource<SchemaText>)> =
            inventory.schemas.iter().map(|(name, resource)| (format!("/schemas/{name}"), resource)).collect();
        let mut hasher = DefaultHasher::new();
        for (id, resource) in &located {
            (id, resource.properties.is_json).hash(&mut hasher);
            if !resource.properties.is_json {
                resource.properties.text.hash(&mut hasher);
            }
        }
        let digest = hasher.finish();
        if digest != self.digest {
            *self = GlobalXml { digest, findings: xml_findings(&located, false) };
        }
        &self.findings
    }
}

/// What is wrong with documents of XML Schema that may refer to each other, with its places. They are sent all the same: a policy that checks
/// against a document that cannot be used says so. `is_set`: messages are checked against all of them together, too.
fn xml_findings(documents: &[(String, &Resource<SchemaText>)], is_set: bool) -> Vec<Diagnostic> {
    let texts: Vec<(String, Arc<str>)> = documents
        .iter()
        .filter(|(_, resource)| {
            ContentKind::of(resource.properties.is_json, &resource.properties.text) == ContentKind::Xml
        })
        .map(|(id, resource)| (id.clone(), Arc::from(resource.properties.text.as_str())))
        .collect();
    let with_others = |own: &(String, Arc<str>)| {
        let others = texts.iter().filter(|other| other.0 != own.0).cloned().collect();
        contract::SchemaDocument::new(&own.0, ContentKind::Xml, Arc::clone(&own.1), others)
    };
    let Some(first) = texts.first() else { return Vec::new() };
    let together = with_others(first).with_others().xml_findings();
    if together.is_empty() {
        return Vec::new();
    }
    // Together they may only be in each other's way: each with what it needs.
    let mut alone: Vec<_> = texts.iter().flat_map(|own| with_others(own).xml_findings()).collect();
    if alone.is_empty() && is_set {
        alone = together;
    }
    let mut found: Vec<Diagnostic> = Vec::new();
    for finding in alone {
        let origin = documents.iter().find(|(id, _)| *id == finding.location).map(|(_, resource)| &resource.origin);
        let file = origin.and_then(|origin| file_of(origin, &finding.location));
        let place = (finding.line, finding.position);
        let diagnostic = placed(Diagnostic::warning("schema-unusable", finding.location, finding.message), file, place);
        if !found.contains(&diagnostic) {
            found.push(diagnostic);
        }
    }
    found
}

fn document(name: &Name, schema: &SchemaText) -> SchemaDocument {
    SchemaDocument { name: name.as_str().to_owned(), is_json: schema.is_json, text: schema.text.clone() }
}
