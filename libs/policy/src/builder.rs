//! What building a policy from its element needs: a place for findings, and one for the expressions that are to be evaluated before the policy
//! runs.

use std::collections::HashSet;
use std::sync::Arc;

use crate::diagnostic::{Findings, Severity};
use crate::expression::{self, Expression};
use crate::given::{Given, Wanted};
use crate::reader::{Element, Form, Value};

/// Collects findings and expressions of one policy.
pub(crate) struct Builder<'f, 't> {
    findings: &'f mut Findings<'t>,
    expressions: Vec<PolicyExpression>,
    /// Where the values stand that were compiled.
    compiled: Vec<u32>,
}

/// An expression of a policy and what its value is to be turned into.
#[derive(Debug)]
pub(crate) struct PolicyExpression {
    pub(crate) code: Expression,
    pub(crate) wanted: Wanted,
}

/// When an expression is evaluated.
pub(crate) enum Timing {
    /// Before its policy runs, as most are: its position among the values of the policy.
    WithThePolicy(usize),
    /// When the response is known.
    AtTheEnd(Arc<PolicyExpression>),
}

impl<'f, 't> Builder<'f, 't> {
    pub(crate) fn new(findings: &'f mut Findings<'t>) -> Builder<'f, 't> {
        Builder { findings, expressions: Vec::new(), compiled: Vec::new() }
    }

    pub(crate) fn error(&mut self, offset: u32, code: &'static str, message: impl Into<String>) {
        self.findings.error(offset, code, message);
    }

    pub(crate) fn error_with(
        &mut self,
        offset: u32,
        code: &'static str,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) {
        self.findings.error_with(offset, code, message, suggestion);
    }

    pub(crate) fn warning(
        &mut self,
        offset: u32,
        code: &'static str,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) {
        self.findings.warning(offset, code, message, suggestion);
    }

    /// The expressions, in the order in which they were added; their values come to the policy in the same order.
    pub(crate) fn into_expressions(self) -> Box<[PolicyExpression]> {
        self.expressions.into()
    }

    /// Compiles an expression. `None`: errors were reported. Otherwise its position among the values of the policy.
    pub(crate) fn expression(&mut self, value: &Value, wanted: Wanted) -> Option<usize> {
        let expression = self.compile(value, wanted)?;
        self.expressions.push(expression);
        Some(self.expressions.len() - 1)
    }

    /// Compiles an expression that waits for the end of the request if it looks at something that is not known before. `None`: errors
    /// were reported.
    pub(crate) fn timed(&mut self, value: &Value, wanted: Wanted) -> Option<Timing> {
        let expression = self.compile(value, wanted)?;
        if expression.code.is_for_the_end() {
            return Some(Timing::AtTheEnd(Arc::new(expression)));
        }
        self.expressions.push(expression);
        Some(Timing::WithThePolicy(self.expressions.len() - 1))
    }

    /// Compiles the other expressions of an element whose policy could not be built, so that all that is wrong in them is told at once.
    pub(crate) fn compile_rest(&mut self, element: &Element) {
        let compiled: HashSet<u32> = self.compiled.drain(..).collect();
        let mut elements = vec![element];
        while let Some(element) = elements.pop() {
            let values = element.attributes.iter().map(|attribute| &attribute.value).chain([&element.text]);
            for value in values.filter(|value| !value.is_literal() && !compiled.contains(&value.offset)) {
                self.compile(value, Wanted::Any);
            }
            elements.extend(element.children.iter().rev());
        }
    }

    fn compile(&mut self, value: &Value, wanted: Wanted) -> Option<PolicyExpression> {
        self.compiled.push(value.offset);
        let form = match value.form {
            Form::Statements => expression::Form::Statements,
            Form::Expression | Form::Literal => expression::Form::Expression,
        };
        match expression::compile(&value.text, form, &wanted.expected()) {
            Ok(code) => {
                for warning in code.warnings() {
                    self.report(value, Severity::Warning, warning);
                }
                Some(PolicyExpression { code, wanted })
            }
            Err(errors) => {
                for error in &errors {
                    self.report(value, Severity::Error, error);
                }
                None
            }
        }
    }

    fn report(&mut self, value: &Value, severity: Severity, error: &expression::CompileError) {
        let offset = value.map.as_ref().map_or(value.offset, |map| map.document_offset(error.span.start));
        let message = format!("{}: {}", error.code, error.message);
        match severity {
            Severity::Error => {
                let suggestion = error.suggestion.clone().or_else(|| form_suggestion(value, error.code));
                self.findings.error_with(offset, "expression-invalid", message, suggestion);
            }
            Severity::Warning => self.findings.warning(offset, "expression-suspect", message, None),
        }
    }

    /// A text: literal (trimmed) or an expression. `None`: errors were reported.
    pub(crate) fn text(&mut self, value: &Value) -> Option<Given<Box<str>>> {
        if value.is_literal() {
            return Some(Given::Literal(value.text.trim().into()));
        }
        self.expression(value, Wanted::Text).map(Given::Expression)
    }

    /// A text as it is written, white space included.
    pub(crate) fn exact_text(&mut self, value: &Value) -> Option<Given<Box<str>>> {
        if value.is_literal() {
            return Some(Given::Literal(value.text.as_str().into()));
        }
        self.expression(value, Wanted::Text).map(Given::Expression)
    }

    /// The text of an attribute. First `None`: errors were reported; second: there is no such attribute.
    #[allow(clippy::option_option, reason = "reported and missing are two things")]
    pub(crate) fn text_attribute(&mut self, element: &Element, name: &str) -> Option<Option<Given<Box<str>>>> {
        match element.attribute(name) {
            None => Some(None),
            Some(attribute) => self.text(&attribute.value).map(Some),
        }
    }

    /// A whole number of an attribute, checked as `Integer` if it is literal.
    #[allow(clippy::option_option, reason = "reported and missing are two things")]
    pub(crate) fn number_attribute(&mut self, element: &Element, name: &str) -> Option<Option<Given<u64>>> {
        match element.attribute(name) {
            None => Some(None),
            Some(attribute) if attribute.value.is_literal() => Some(element.number(name).map(Given::Literal)),
            Some(attribute) => self.expression(&attribute.value, Wanted::Integer).map(|at| Some(Given::Expression(at))),
        }
    }

    /// A time in seconds of an attribute, checked as `Integer` if it is literal; expressions may give any number.
    #[allow(clippy::option_option, reason = "reported and missing are two things")]
    pub(crate) fn seconds_attribute(&mut self, element: &Element, name: &str) -> Option<Option<Given<u64>>> {
        match element.attribute(name) {
            None => Some(None),
            Some(attribute) if attribute.value.is_literal() => Some(element.number(name).map(Given::Literal)),
            Some(attribute) => self.expression(&attribute.value, Wanted::Number).map(|at| Some(Given::Expression(at))),
        }
    }

    /// A truth value of an attribute, checked as `Boolean` if it is literal.
    pub(crate) fn flag_attribute(&mut self, element: &Element, name: &str, default: bool) -> Option<Given<bool>> {
        match element.attribute(name) {
            Some(attribute) if !attribute.value.is_literal() => {
                self.expression(&attribute.value, Wanted::Boolean).map(Given::Expression)
            }
            _ => Some(Given::Literal(element.flag(name, default))),
        }
    }
}

/// What to say if code seems to stand in the other form of an expression.
fn form_suggestion(value: &Value, code: &str) -> Option<String> {
    let is_statement = |text: &str| text.contains(';') || text.trim_start().starts_with("if");
    match (value.form, code) {
        (Form::Statements, "CS0161") => Some("end with `return …;`".to_owned()),
        (Form::Expression, "CS1026" | "CS1525") if is_statement(&value.text) => {
            Some("statements belong in `@{ … }`".to_owned())
        }
        _ => None,
    }
}
