//! Schema documents as they were configured.

use std::sync::{Arc, OnceLock};

use postern_xsd::{Finding, Schemas, Source};

use super::kept::Kept;

/// What a schema document holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentKind {
    /// JSON Schema, or the schemas of an OpenAPI document.
    Json,
    /// XML Schema, or a WSDL with some.
    Xml,
    /// GraphQL, protobuf and others, which nothing here can check.
    Other,
}

impl ContentKind {
    /// What a text holds of which it is known whether it is JSON.
    #[must_use]
    pub fn of(is_json: bool, text: &str) -> ContentKind {
        let is_markup = || text.trim_start_matches('\u{feff}').trim_start().starts_with('<');
        match is_json {
            true => ContentKind::Json,
            false if is_markup() && names_xml_schema(text) => ContentKind::Xml,
            false => ContentKind::Other,
        }
    }
}

/// Whether a namespace is the one of XML Schema, not only that of instances.
fn names_xml_schema(text: &str) -> bool {
    const NAMESPACE: &str = "http://www.w3.org/2001/XMLSchema";
    text.match_indices(NAMESPACE)
        .any(|(at, _)| text.get(at + NAMESPACE.len()..).is_some_and(|rest| rest.starts_with(['"', '\''])))
}

/// A document with schemas: an API's own, or a global one.
#[derive(Debug)]
pub struct SchemaDocument {
    /// Where references find it: `/schemas/<id>` for a global schema.
    pub(super) location: String,
    pub(super) kind: ContentKind,
    pub(super) text: Arc<str>,
    /// Other documents of the kind that references may lead to.
    pub(super) others: Vec<(String, Arc<str>)>,
    /// As XML Schema, once that was asked for; or why it is none.
    xml: OnceLock<Result<Schemas, String>>,
    /// Schemas of JSON in it that expressions named.
    pub(super) kept: Kept,
}

impl SchemaDocument {
    /// A document; `location` is its path in the service, `others` are the locations and texts of documents it may refer to.
    #[must_use]
    pub fn new(location: &str, kind: ContentKind, text: Arc<str>, others: Vec<(String, Arc<str>)>) -> SchemaDocument {
        SchemaDocument {
            location: location.to_owned(),
            kind,
            text,
            others,
            xml: OnceLock::new(),
            kept: Kept::default(),
        }
    }

    /// It and the documents it may refer to as one: `/apis/<id>/schemas` for those of an API.
    #[must_use]
    pub fn with_others(&self) -> SchemaDocument {
        let own = (self.location.clone(), Arc::clone(&self.text));
        let all = std::iter::once(own).chain(self.others.iter().cloned()).collect();
        let location = self.location.rsplit_once('/').map_or("", |(folder, _)| folder);
        SchemaDocument::new(location, self.kind, Arc::from(""), all)
    }

    /// What it holds.
    #[must_use]
    pub fn kind(&self) -> ContentKind {
        self.kind
    }

    /// Names of the documents in a schema registry. The host never resolves, and nothing is fetched anyway.
    pub(super) fn uri_of(location: &str) -> String {
        let mut uri = "http://schemas.invalid".to_owned();
        for byte in location.bytes() {
            if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
                uri.push(char::from(byte));
            } else {
                uri.push_str(&format!("%{byte:02X}"));
            }
        }
        uri
    }

    /// The URI under which it is registered.
    pub(super) fn uri(&self) -> String {
        SchemaDocument::uri_of(&self.location)
    }

    /// The compiled XML Schema; or why there is none.
    pub(super) fn xml(&self) -> Result<&Schemas, &str> {
        let compiled = self.xml.get_or_init(|| match self.kind {
            ContentKind::Xml => self.compile().map_err(|findings| told(&findings)),
            _ => Err("it is not an XML schema".to_owned()),
        });
        compiled.as_ref().map_err(String::as_str)
    }

    /// Why it is no XML Schema, if that was asked.
    pub(super) fn xml_problem(&self) -> Option<&str> {
        self.xml.get()?.as_ref().err().map(String::as_str)
    }

    fn compile(&self) -> Result<Schemas, Vec<Finding>> {
        let others: Vec<Source<'_>> = self.others.iter().map(|(location, text)| Source { location, text }).collect();
        if self.text.is_empty() {
            return Schemas::compile(&others, &[]);
        }
        Schemas::compile(&[Source { location: &self.location, text: &self.text }], &others)
    }

    /// What is wrong with it as XML Schema, with places. Compiles it anew.
    #[must_use]
    pub fn xml_findings(&self) -> Vec<Finding> {
        if self.kind == ContentKind::Xml { self.compile().err().unwrap_or_default() } else { Vec::new() }
    }
}

/// Findings that a message names.
const TOLD_MAX: usize = 3;

fn told(findings: &[Finding]) -> String {
    let told: Vec<String> = findings
        .iter()
        .take(TOLD_MAX)
        .map(|one| format!("{}, line {}, position {}: {}", one.location, one.line, one.position, one.message))
        .collect();
    told.join(" ")
}
