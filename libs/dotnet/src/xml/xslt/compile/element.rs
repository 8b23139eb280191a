//! What elements of a stylesheet say: attributes, names, expressions, attribute value templates.

use super::super::super::name::XName;
use super::super::super::node::XNode;
use super::super::super::xpath::{Expr, XPath};
use super::super::pattern::Pattern;
use super::super::sheet::{Avt, AvtPart, Scope};
use super::super::{XSLT_NAMESPACE, exception};
use crate::{Exception, Text};

/// Whether a node is the XSLT element `local`.
pub(super) fn is_xslt(node: &XNode, local: &str) -> bool {
    node.name().is_some_and(|name| name.namespace() == XSLT_NAMESPACE && name.local() == local)
}

/// The value of an attribute without a namespace.
pub(super) fn plain(element: &XNode, local: &str) -> Option<Text> {
    element.plain_attribute(local)
}

/// The value of an attribute that must be there.
pub(super) fn required(element: &XNode, local: &str) -> Result<Text, Exception> {
    plain(element, local).ok_or_else(|| exception(format!("Missing mandatory attribute '{local}'.")))
}

/// The namespace of a prefix.
pub(super) fn namespace(element: &XNode, prefix: &str) -> Result<Text, Exception> {
    let found = element.namespace_of_prefix(prefix);
    found.ok_or_else(|| exception(format!("Prefix '{prefix}' is not defined.")))
}

/// A qualified name; without a prefix it is in no namespace.
pub(super) fn qualified(element: &XNode, name: &str) -> Result<XName, Exception> {
    let name = name.trim();
    match name.split_once(':') {
        Some((prefix, local)) => XName::new(&namespace(element, prefix)?, local),
        None => XName::new("", name),
    }
}

/// A qualified name of an element: without a prefix it is in the default namespace.
pub(super) fn qualified_element(element: &XNode, name: &str) -> Result<XName, Exception> {
    if name.contains(':') { qualified(element, name) } else { XName::new(&element.default_namespace(), name) }
}

/// Names in an attribute, with spaces between them.
pub(super) fn names(element: &XNode, attribute: &str) -> Result<Vec<XName>, Exception> {
    let list = plain(element, attribute).unwrap_or_default();
    list.split_ascii_whitespace().map(|name| qualified(element, name)).collect()
}

pub(super) fn expression(element: &XNode, text: &str) -> Result<Expr, Exception> {
    let compiled = XPath::compile(text, &|prefix| element.namespace_of_prefix(prefix));
    compiled.map(|xpath| xpath.root).map_err(|error| exception(error.message))
}

pub(super) fn pattern(element: &XNode, text: &str) -> Result<Vec<Pattern>, Exception> {
    let compiled = Pattern::compile(text, &|prefix| element.namespace_of_prefix(prefix));
    compiled.map_err(|error| exception(error.message))
}

/// An attribute value template: text with expressions in braces; double braces stand for themselves.
pub(super) fn template(element: &XNode, text: &str) -> Result<Avt, Exception> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        literal.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            literal.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            literal.push('}');
            rest = after;
        } else if let Some(inside) = from.strip_prefix('{') {
            let end = end_of_expression(inside)
                .ok_or_else(|| exception(format!("The braces are not closed in AVT expression '{text}'.")))?;
            if !literal.is_empty() {
                parts.push(AvtPart::Text(Text::from(std::mem::take(&mut literal))));
            }
            parts.push(AvtPart::Expr(expression(element, inside.get(..end).unwrap_or_default())?));
            rest = inside.get(end + 1..).unwrap_or_default();
        } else {
            return Err(exception(format!("The right curly brace in AVT expression '{text}' is not doubled.")));
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(AvtPart::Text(Text::from(literal)));
    }
    Ok(Avt(parts))
}

/// Where the closing brace stands: not inside a string.
fn end_of_expression(text: &str) -> Option<usize> {
    let mut quote = None;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '}') => return Some(index),
            _ => {}
        }
    }
    None
}

/// An attribute value template in an attribute.
pub(super) fn template_at(element: &XNode, attribute: &str) -> Result<Option<Avt>, Exception> {
    plain(element, attribute).map(|text| template(element, &text)).transpose()
}

/// The namespaces in scope of an element.
pub(super) fn scope(element: &XNode) -> Scope {
    element.namespaces_in_scope()
}
