//! Schemas that messages are checked against.

use serde::{Deserialize, Serialize};

/// A schema document as configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaDocument {
    /// Resource name: what `schemaId` and `schema-id` say.
    pub name: String,
    /// Whether it is JSON Schema (or the schemas of an OpenAPI document); others are only known to be there.
    pub is_json: bool,
    /// The document.
    pub text: String,
}

/// The schemas of one API revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiSchemas {
    /// Name of the API, as its own part has it.
    pub api: String,
    /// The documents, sorted by name.
    pub documents: Vec<SchemaDocument>,
}

/// A schema by name inside a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaName {
    /// Name of the document; empty: whichever has it.
    pub document: String,
    /// Name of the schema (`typeName`).
    pub name: String,
}
