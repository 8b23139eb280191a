//! OpenAPI 3.0, OpenAPI 3.1 and Swagger 2.0 documents (JSON or YAML) turned into what an API import in API Management
//! yields: operations with URL templates, parameters, representations with examples, and a service URL.
//!
//! What must hold: the result depends on the text and the options only; a document never makes it panic, read anything
//! else or grow without bound (`limits`); what cannot be represented is named in `warnings`, what contradicts itself is an
//! error with its place in the text.

mod error;
mod example;
mod import;
mod imported;
pub mod limits;
mod name;
mod named;
mod operation;
mod parameter;
mod reference;
mod representation;
mod sample;
mod server;
mod source;
mod template;

pub use error::{ImportError, Position, Reason};
pub use imported::{
    Dialect, ImportedApi, ImportedOperation, ImportedSchema, Parameter, Representation, Request, Response, Warning,
};

pub use representation::is_json;
pub use sample::of_document as sample_of;

/// Resource name of the schema document that an import makes; contracts refer to it as `schemaId`.
pub const SCHEMA_ID: &str = "imported";

/// How a document is to be read.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// What the ARM `format` promised about the document.
    pub expect: Expect,
    /// ARM `translateRequiredQueryParameters`.
    pub required_query: RequiredQuery,
    /// Where the document came from (`*-link` formats); relative server URLs are resolved against it.
    pub document_url: Option<String>,
}

/// Which specification the document must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expect {
    /// Whatever the document says it is (files of an APIOps directory).
    #[default]
    Any,
    /// ARM formats `openapi`, `openapi+json` and their links.
    OpenApi3,
    /// ARM formats `swagger-json` and `swagger-link-json`.
    Swagger2,
}

/// What becomes of a required query parameter (ARM `translateRequiredQueryParameters`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RequiredQuery {
    /// `template`: it becomes part of the URL template, and so of matching.
    #[default]
    Template,
    /// `query`: it stays a query parameter.
    Query,
}

/// Reads a document. The text may start with a byte order mark; JSON and YAML are told apart by their first character.
pub fn import(text: &str, options: &ImportOptions) -> Result<ImportedApi, ImportError> {
    let root = source::parse(text)?;
    import::run(&root, options).map_err(|error| ImportError {
        position: error.position.or_else(|| source::locate(text, &error.pointer)),
        ..error
    })
}

#[cfg(test)]
mod tests;
