//! A policy expression from its code to its value: what the rest of the policy language sees of this module.

use super::error::SyntaxError;
use super::machine::{Host, Thrown};
use super::parser::Form;
use super::span::Span;
use super::types::Type;
use super::value::Value;

/// What is wrong with code, or worth a warning: with the C# compiler's code, words and place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileError {
    /// The C# compiler's code, such as `CS0103`.
    pub code: &'static str,
    /// Where, in bytes of the code.
    pub span: Span,
    /// The C# compiler's words, without a final period.
    pub message: String,
}

impl From<SyntaxError> for CompileError {
    fn from(error: SyntaxError) -> CompileError {
        CompileError { code: error.code, span: error.span, message: error.message }
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
    warnings: Vec<CompileError>,
    bodies: Bodies,
}

/// Compiles the code between the delimiters of a policy expression; its value converts implicitly to `expected`.
///
/// # Errors
/// Everything that the C# compiler would refuse.
pub fn compile(code: &str, form: Form, _expected: &Type) -> Result<Expression, Vec<CompileError>> {
    super::parser::parse(code, form).map_err(|error| vec![error.into()])?;
    let message = "policy expressions cannot be evaluated yet".to_owned();
    Err(vec![CompileError { code: "CS8078", span: Span::default(), message }])
}

impl Expression {
    /// What is worth a warning.
    #[must_use]
    pub fn warnings(&self) -> &[CompileError] {
        &self.warnings
    }

    /// The bodies it reads.
    #[must_use]
    pub fn bodies(&self) -> Bodies {
        self.bodies
    }
}

/// How far an evaluation got in one turn.
#[derive(Debug)]
pub enum Progress {
    /// It has a value.
    Done(Value),
    /// It wants another turn.
    Yielded,
}

/// The state of an evaluation between its turns. Reused: stacks keep their room.
#[derive(Debug, Default)]
pub struct Evaluation {}

impl Evaluation {
    /// Starts with an expression; what was under way before is forgotten.
    pub fn begin(&mut self, _expression: &Expression) {}

    /// Runs for a bounded time.
    ///
    /// # Errors
    /// What the code throws and does not catch, or a limit.
    pub fn turn(&mut self, _expression: &Expression, _host: Host<'_>) -> Result<Progress, Thrown> {
        Ok(Progress::Done(Value::Null))
    }
}
