//! Associations: how navigation properties say where they lead, up to version 3.

use roxmltree::Node;

use super::attributes::{attribute, children};
use super::build::Build;
use super::read::Schemas;
use crate::types::Ty;

/// Reads the ends of all associations.
pub(super) fn associations(build: &mut Build, schemas: &Schemas<'_, '_>) {
    for (schema, namespace) in schemas {
        for node in children(*schema, "Association") {
            let Some(name) = build.name(node) else { continue };
            let mut ends = Vec::new();
            for end in children(node, "End") {
                if ends.len() == 2 {
                    build.problem(end, format!("the association `{name}` has more than two ends"));
                    break;
                }
                let Some(ty) = build.ty_of(end, "Type") else {
                    build.problem(end, format!("an end of the association `{name}` has no `Type`"));
                    continue;
                };
                let many = attribute(end, "Multiplicity") == Some("*");
                ends.push((attribute(end, "Role").unwrap_or_default().to_owned(), Ty { item: ty.item, many }));
            }
            build.associations.insert(format!("{namespace}.{name}"), ends);
        }
    }
}

impl Build {
    /// Where a navigation property leads that names an association and a role.
    pub(super) fn end_of(&mut self, node: Node<'_, '_>) -> Ty {
        let (Some(association), Some(role)) = (attribute(node, "Relationship"), attribute(node, "ToRole")) else {
            let name = attribute(node, "Name").unwrap_or_default();
            self.problem(node, format!("the navigation property `{name}` does not say where it leads"));
            return Ty::UNKNOWN;
        };
        if self.model.is_elsewhere(association) {
            return Ty::UNKNOWN;
        }
        let ends = self.model.canonical(association).and_then(|name| self.associations.get(&name));
        let end = ends.and_then(|ends| ends.iter().find(|(known, _)| known == role)).map(|(_, ty)| *ty);
        end.unwrap_or_else(|| {
            self.problem(node, format!("there is no association `{association}` with the role `{role}`"));
            Ty::UNKNOWN
        })
    }
}
