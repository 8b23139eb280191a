//! What the reader and the compiler have to say about a document: always with a place, a stable code and, where one can be given, a suggestion.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The document works, but not entirely as written (something is skipped or has no effect).
    Warning,
    /// The document must not be used.
    Error,
}

/// One finding in one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Stable name of the kind of finding, `kebab-case`.
    pub code: &'static str,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
    /// One sentence in lower case without a final period: what is wrong and what was expected.
    pub message: String,
    /// What to write instead, where it can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// Which document, when several took part (`compile`): `global`, `product`, `api`, `operation` or `fragment <id>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

impl Diagnostic {
    /// Whether this finding forbids using the document.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Whether any of the findings forbids using the document.
#[must_use]
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}
