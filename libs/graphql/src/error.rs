//! Errors as GraphQL answers them: a message and where in the query it is about.

use apollo_compiler::parser::{SourceMap, SourceSpan};
use apollo_compiler::response::GraphQLError;
use apollo_compiler::validation::DiagnosticList;
use serde::Serialize;

use crate::limits;
use crate::request::{Members, quoted};

/// An element of `errors`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GraphqlError {
    /// What is wrong.
    pub message: String,
    /// Where in the query, if anywhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
}

/// Line and column, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Location {
    /// Line.
    pub line: usize,
    /// Column in characters.
    pub column: usize,
}

impl GraphqlError {
    /// An error without a place.
    pub fn new(message: impl Into<String>) -> GraphqlError {
        GraphqlError { message: message.into(), locations: Vec::new() }
    }

    /// An error about a part of the query.
    pub(crate) fn at(message: String, span: Option<SourceSpan>, sources: &SourceMap) -> GraphqlError {
        let place = span.and_then(|span| span.line_column(sources));
        let locations = place.map(|place| Location { line: place.line, column: place.column });
        GraphqlError { message, locations: locations.into_iter().collect() }
    }

    pub(crate) fn list(diagnostics: &DiagnosticList) -> Vec<GraphqlError> {
        diagnostics.iter().take(limits::ERRORS_MAX).map(|found| found.unstable_to_json_compat().into()).collect()
    }
}

impl From<GraphQLError> for GraphqlError {
    fn from(error: GraphQLError) -> GraphqlError {
        let locations = error.locations.iter().map(|place| Location { line: place.line, column: place.column });
        GraphqlError { message: error.message, locations: locations.collect() }
    }
}

/// The body of an answer that has errors and nothing else: `{"errors":[…]}`.
#[must_use]
pub fn errors_json(errors: &[GraphqlError]) -> String {
    #[derive(Serialize)]
    struct Answer<'a> {
        errors: &'a [GraphqlError],
    }
    // Strings and numbers always serialise.
    serde_json::to_string(&Answer { errors }).unwrap_or_default()
}

/// An answer with more errors behind its own; everything else stays as it was written. `None`: the text is no answer that has data.
#[must_use]
pub fn add_errors(answer: &[u8], errors: &[GraphqlError]) -> Option<String> {
    let Members(members) = serde_json::from_slice(answer).ok()?;
    if !members.iter().any(|(name, _)| name == "data") {
        return None;
    }
    let more = serde_json::to_string(errors).ok()?;
    let more = more.strip_prefix('[')?;
    let mut out = String::from("{");
    let mut is_added = false;
    for (name, value) in &members {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&quoted(name));
        out.push(':');
        let own = if name == "errors" { value.get().trim_end().strip_suffix(']').map(str::trim_end) } else { None };
        match own {
            Some(own) => {
                is_added = true;
                out.push_str(own);
                if !own.ends_with('[') {
                    out.push(',');
                }
                out.push_str(more);
            }
            None => out.push_str(value.get()),
        }
    }
    if !is_added {
        out.push_str(",\"errors\":[");
        out.push_str(more);
    }
    out.push('}');
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{GraphqlError, add_errors};

    #[test]
    fn errors_are_added_behind_those_of_the_answer() {
        let errors = [GraphqlError::new("m")];
        for (answer, expected) in [
            (r#"{"data":{"a": 1.0}}"#, Some(r#"{"data":{"a": 1.0},"errors":[{"message":"m"}]}"#)),
            (r#"{"errors": [ ], "data":null}"#, Some(r#"{"errors":[{"message":"m"}],"data":null}"#)),
            (r#"{"errors":[1 ],"data":null}"#, Some(r#"{"errors":[1,{"message":"m"}],"data":null}"#)),
            (r#"{"errors":[]}"#, None),
            ("[]", None),
            ("<html>", None),
        ] {
            assert_eq!(add_errors(answer.as_bytes(), &errors).as_deref(), expected, "{answer}");
        }
    }
}
