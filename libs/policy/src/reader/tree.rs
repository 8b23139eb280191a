//! The tree a document is read into. Offsets are bytes into the document's text.

use crate::expression::SourceMap;

/// One element.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) offset: u32,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) children: Vec<Element>,
    /// The text between the children, in one piece; usually all there is or nothing but white space.
    pub(crate) text: Value,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    pub(crate) fn has_text(&self) -> bool {
        !self.text.text.trim().is_empty()
    }
}

/// One attribute.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) offset: u32,
    pub(crate) value: Value,
}

/// An attribute's value or an element's text, entities decoded.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    /// The literal text, or the code without its delimiters.
    pub(crate) text: String,
    /// Where it starts; for an expression its `@`.
    pub(crate) offset: u32,
    /// Behind the closing bracket of an expression; 0 for a literal.
    pub(crate) end: u32,
    pub(crate) form: Form,
    /// Where the code of an expression stands in the document; `None` for a literal.
    pub(crate) map: Option<Box<SourceMap>>,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Plain text.
    Literal,
    /// `@(expression)`.
    Expression,
    /// `@{ statements }`.
    Statements,
}

impl Value {
    pub(crate) fn literal(text: String, offset: u32) -> Value {
        Value { text, offset, end: 0, form: Form::Literal, map: None }
    }

    pub(crate) fn is_literal(&self) -> bool {
        self.form == Form::Literal
    }
}
