//! The model while it is read: what has been found, and what is wrong.

use std::collections::HashMap;

use roxmltree::Node;

use super::{Model, ModelProblem};
use crate::limits;
use crate::types::{Edm, Item, Ty};

pub(super) struct Build {
    pub(super) model: Model,
    pub(super) problems: Vec<ModelProblem>,
    /// Associations of versions before 4 by qualified name: the types at their ends, by role.
    pub(super) associations: HashMap<String, Vec<(String, Ty)>>,
}

impl Build {
    /// Says what is wrong with an element.
    pub(super) fn problem(&mut self, node: Node<'_, '_>, message: String) {
        if self.problems.len() < limits::PROBLEMS_MAX {
            let place = node.document().text_pos_at(node.range().start);
            self.problems.push(ModelProblem { message, line: place.row as usize, column: place.col as usize });
        }
    }

    /// A type as attributes name it: `Collection(Namespace.Type)`.
    pub(super) fn ty(&mut self, node: Node<'_, '_>, text: &str) -> Ty {
        let inner = text.strip_prefix("Collection(").and_then(|rest| rest.strip_suffix(')'));
        let name = inner.unwrap_or(text).trim();
        // Up to version 3, `Edm.` may be left out.
        let item = match Edm::parse(name) {
            Some(edm) if !name.contains('.') => Some(Item::Primitive(edm)),
            _ if !name.contains('.') => None,
            _ => self.model.type_named(name),
        };
        let item = item.unwrap_or_else(|| {
            self.problem(node, format!("there is no type `{name}`"));
            Item::Unknown
        });
        Ty { item, many: inner.is_some() }
    }

    /// The type that an attribute of an element names.
    pub(super) fn ty_of(&mut self, node: Node<'_, '_>, attribute: &str) -> Option<Ty> {
        super::attributes::attribute(node, attribute).map(|text| self.ty(node, text))
    }
}
