//! What is wrong with a configuration, where, in a form that travels to management and to people.

use serde::{Deserialize, Serialize};

use crate::limits;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The thing is left out or kept at its last good form.
    Error,
    /// It works, but not as its author may think.
    Warning,
}

/// A problem in one document or entity of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Stable name of the kind of problem, kebab-case.
    pub code: String,
    /// The resource, as an ARM id relative to the service: `/` (service), `/apis/x`, `/apis/x/operations/y`, `/products/x`,
    /// `/policyFragments/x`, `/backends/x`, `/subscriptions/x`; for a finding in a policy document the id of that policy
    /// (`/policies/policy`, `/apis/x/policies/policy`, `/apis/x/operations/y/policies/policy`, …).
    pub scope: String,
    /// File relative to the source's root, when the source has files.
    pub file: Option<String>,
    /// 1-based line in the document; 0 when the problem has no place in a text.
    pub line: u32,
    /// 1-based column (characters); 0 when the problem has no place in a text.
    pub column: u32,
    /// One sentence: what is wrong.
    pub message: String,
    /// What to do instead, when that is known.
    pub suggestion: Option<String>,
}

impl Diagnostic {
    /// An error without a place in a text.
    pub fn error(code: &str, scope: impl Into<String>, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code: code.to_owned(),
            scope: scope.into(),
            file: None,
            line: 0,
            column: 0,
            message: message.into(),
            suggestion: None,
        }
    }

    /// A warning without a place in a text.
    pub fn warning(code: &str, scope: impl Into<String>, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, scope, message) }
    }

    /// A finding of the policy compiler in the document of the resource `scope`.
    pub fn from_policy(scope: impl Into<String>, finding: &postern_policy::Diagnostic) -> Diagnostic {
        Diagnostic {
            severity: match finding.severity {
                postern_policy::Severity::Warning => Severity::Warning,
                postern_policy::Severity::Error => Severity::Error,
            },
            code: finding.code.to_owned(),
            scope: scope.into(),
            file: None,
            line: finding.line,
            column: finding.column,
            message: finding.message.clone(),
            suggestion: finding.suggestion.clone(),
        }
    }

    /// Whether something was left out or kept at an older form because of it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Cuts texts that are longer than a message may carry.
    pub fn bounded(mut self) -> Diagnostic {
        crate::message::truncate(&mut self.message, limits::TEXT_BYTES_MAX);
        crate::message::truncate(&mut self.scope, limits::NAME_BYTES_MAX);
        self
    }
}
