//! Errors as GraphQL answers them: a message and where in the query it is about.

use apollo_compiler::parser::{SourceMap, SourceSpan};
use apollo_compiler::response::GraphQLError;
use apollo_compiler::validation::DiagnosticList;
use serde::Serialize;

use crate::limits;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
