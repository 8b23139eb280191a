//! Why a document was refused, and where in its text.

use std::fmt;

use thiserror::Error;

/// An import that failed: the reason, the place in the document (RFC 6901 pointer) and in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportError {
    pub reason: Reason,
    /// Empty for the document as a whole.
    pub pointer: String,
    /// Line and column, both from 1.
    pub position: Option<Position>,
}

/// A place in the text; both numbers count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// What is wrong with the document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    #[error("the document has {bytes} bytes, more than the {max} allowed")]
    DocumentTooLong { bytes: usize, max: usize },
    #[error("not JSON: {0}")]
    Json(String),
    #[error("not YAML: {0}")]
    Yaml(String),
    #[error("neither `openapi` nor `swagger` says which specification the document follows")]
    NoVersion,
    #[error("version `{0}` is not supported; OpenAPI 3.0, OpenAPI 3.1 and Swagger 2.0 are")]
    UnsupportedVersion(String),
    #[error("the document is {found}, but the import's format asks for {expected}")]
    OtherFormat { expected: &'static str, found: &'static str },
    #[error("`{field}` is missing")]
    Missing { field: &'static str },
    #[error("must be {expected}")]
    WrongType { expected: &'static str },
    #[error("`{0}` points outside this document; only references inside it (`#/…`) can be imported")]
    ExternalReference(String),
    #[error("`{0}` points to nothing")]
    DanglingReference(String),
    #[error("`{reference}` leads through more than {max} references, or in a circle")]
    ReferenceLoop { reference: String, max: usize },
    #[error("a path must start with `/`")]
    PathWithoutSlash,
    #[error("the braces of the path do not match or enclose no name")]
    MalformedTemplate,
    #[error("the parameter `{0}` occurs twice in the URL template")]
    RepeatedTemplateParameter(String),
    #[error("the URL template has {chars} characters, more than the {max} APIM allows")]
    TemplateTooLong { chars: usize, max: usize },
    #[error("more than {max} operations")]
    TooManyOperations { max: usize },
    #[error("no free name is left for an operation: `{0}` and its numbered forms are taken")]
    NoFreeName(String),
    #[error("the parameter is in `{0}`; path, query, header, cookie, body and formData exist")]
    UnknownParameterPlace(String),
    #[error("`{0}` is no status code")]
    BadStatusCode(String),
}

impl ImportError {
    pub(super) fn at(pointer: impl Into<String>, reason: Reason) -> Self {
        ImportError { reason, pointer: pointer.into(), position: None }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Position { line, column }) = self.position {
            write!(out, "line {line}, column {column}: ")?;
        }
        if !self.pointer.is_empty() {
            write!(out, "{}: ", self.pointer)?;
        }
        self.reason.fmt(out)
    }
}

impl std::error::Error for ImportError {}
