//! Which variables a document's policies set, and which of them `return-response` takes a response from: for telling an author of a response
//! that no policy stores.

use super::{Document, Place};
use crate::diagnostic::{Diagnostic, Positions, Severity, quote_name};
use crate::reader::Element;

/// The variables of one document.
#[derive(Debug, Default)]
pub(super) struct ResponseVariables {
    set: Vec<Box<str>>,
    returned: Vec<(Box<str>, Place)>,
}

impl ResponseVariables {
    /// Adds those of an element and of all below it. Recursion is bounded by the reader's depth limit.
    pub(super) fn collect(&mut self, element: &Element, positions: &mut Positions<'_>) {
        let is_return = element.name == "return-response";
        for attribute in &element.attributes {
            let is_variable = match &*attribute.name {
                "name" => element.name == "set-variable",
                name => name.ends_with("variable-name"),
            };
            let name = attribute.value.text.trim();
            if !is_variable || name.is_empty() || !attribute.value.is_literal() {
                continue;
            }
            if is_return {
                let (line, column) = positions.locate(attribute.value.offset);
                self.returned.push((name.into(), Place { line, column }));
            } else {
                self.set.push(name.into());
            }
        }
        element.children.iter().for_each(|child| self.collect(child, positions));
    }
}

/// Warnings about every `return-response` of `document` whose variable is set by none of `all`, of which the document is one.
#[must_use]
pub fn unset_responses(document: &Document, all: &[&Document]) -> Vec<Diagnostic> {
    let is_set = |name: &str| all.iter().any(|other| other.responses.set.iter().any(|set| **set == *name));
    let unset = document.responses.returned.iter().filter(|(name, _)| !is_set(name));
    let warning = |(name, place): &(Box<str>, Place)| {
        let name = quote_name(name);
        let message = format!(
            "no policy here sets variable {name}: unless one of another scope does, the response starts from an empty 200"
        );
        let mut diagnostic = place.diagnostic(Severity::Warning, "variable-unset", message);
        diagnostic.suggestion = Some("leave out `response-variable-name`".to_owned());
        diagnostic
    };
    unset.map(warning).collect()
}
