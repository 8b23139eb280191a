//! What is wrong with code: the first error only, with the code, the place and the words of the C# compiler.
//!
//! One error and not a cascade: behind the first syntax error everything is a guess.

use std::fmt;

use super::span::Span;

/// A syntax error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The C# compiler's code, such as `CS1002`.
    pub code: &'static str,
    /// Where, in bytes of the code. Empty when something is missing at that place.
    pub span: Span,
    /// The C# compiler's words, without a final period.
    pub message: String,
}

impl SyntaxError {
    pub(super) fn new(code: &'static str, span: Span, message: impl Into<String>) -> SyntaxError {
        SyntaxError { code, span, message: message.into() }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for SyntaxError {}
