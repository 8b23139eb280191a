//! A policy expression from its code to its value: what the rest of the policy language sees of this module.

use std::sync::Arc;

use super::code::Code;
use super::error::SyntaxError;
use super::parser::Form;
use super::span::Span;
use super::types::Type;

/// What is wrong with code, or worth a warning: with the C# compiler's code, words and place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileError {
    /// The C# compiler's code, such as `CS0103`.
    pub code: &'static str,
    /// Where, in bytes of the code.
    pub span: Span,
    /// The C# compiler's words, without a final period.
    pub message: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

impl From<SyntaxError> for CompileError {
    fn from(error: SyntaxError) -> CompileError {
        CompileError { code: error.code, span: error.span, message: error.message, suggestion: None }
    }
}

/// Which bodies an expression reads: they must be in hand before it is evaluated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bodies {
    /// `context.Request.Body`
    pub request: bool,
    /// `context.Response.Body`
    pub response: bool,
}

/// A compiled expression; shared by all workers.
#[derive(Debug)]
pub struct Expression {
    code: Arc<Code>,
    warnings: Vec<CompileError>,
    bodies: Bodies,
    is_for_the_end: bool,
}

/// Compiles the code between the delimiters of a policy expression; its value converts implicitly to `expected`.
///
/// # Errors
/// Everything that the C# compiler would refuse.
pub fn compile(code: &str, form: Form, expected: &Type) -> Result<Expression, Vec<CompileError>> {
    let tree = super::parser::parse(code, form).map_err(|error| vec![error.into()])?;
    let bound = super::binder::bind(&tree, expected)?;
    let code = Arc::new(super::emit::emit(&bound.unit));
    let mut warnings: Vec<CompileError> = tree.warnings.into_iter().map(Into::into).collect();
    warnings.extend(bound.warnings);
    let warnings = super::newer::once(warnings);
    Ok(Expression { code, warnings, bodies: bound.bodies, is_for_the_end: bound.is_for_the_end })
}

impl Expression {
    /// What is worth a warning.
    #[must_use]
    pub fn warnings(&self) -> &[CompileError] {
        &self.warnings
    }

    /// Its instructions.
    #[must_use]
    pub fn code(&self) -> &Arc<Code> {
        &self.code
    }

    /// Whether it may look at what only the end of a request tells: the response, variables, the time taken, an error.
    #[must_use]
    pub fn is_for_the_end(&self) -> bool {
        self.is_for_the_end
    }

    /// The bodies it reads.
    #[must_use]
    pub fn bodies(&self) -> Bodies {
        self.bodies
    }
}
