//! Schema documents as they were configured.

use std::sync::Arc;

/// What a schema document holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentKind {
    /// JSON Schema, or the schemas of an OpenAPI document.
    Json,
    /// XML Schema, GraphQL, protobuf and others, which nothing here can check.
    Other,
}

/// A document with schemas: an API's own, or a global one.
#[derive(Debug)]
pub struct SchemaDocument {
    /// Where references find it: `/schemas/<id>` for a global schema.
    pub(super) location: String,
    pub(super) kind: ContentKind,
    pub(super) text: Arc<str>,
    /// Other documents that references may lead to.
    pub(super) others: Vec<(String, Arc<str>)>,
}

impl SchemaDocument {
    /// A document; `location` is its path in the service, `others` are the locations and texts of documents it may refer to.
    #[must_use]
    pub fn new(location: &str, kind: ContentKind, text: Arc<str>, others: Vec<(String, Arc<str>)>) -> SchemaDocument {
        SchemaDocument { location: location.to_owned(), kind, text, others }
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
}
