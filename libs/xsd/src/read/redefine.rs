//! `xs:redefine`: components of an included schema are replaced by ones that are made of them.
//!
//! Inside a redefinition its own name means what it replaces; everywhere else it means the redefinition.

use postern_dotnet::xml::XName;

use super::{Kind, Reader, Slot, Spot};
use crate::component::TypeId;
use crate::validate::message::qualified;

/// What a redefinition replaces.
#[derive(Debug, Clone)]
pub(super) struct Original {
    kind: Kind,
    name: XName,
    spot: Spot,
    /// Of a type.
    id: Option<TypeId>,
}

impl Reader<'_> {
    /// Puts redefinitions in the place of what they redefine. Everything must have been declared.
    pub(super) fn redefine(&mut self) {
        // Schemas that are redefined come behind those that redefine them, and may redefine others themselves.
        for schema in (0..self.schemas.len()).rev() {
            let Some(root) = self.schemas.get(schema).map(|schema| schema.root) else { continue };
            let children = self.children(Spot { schema, node: root });
            let redefines = children.into_iter().filter(|spot| self.local(*spot) == "redefine");
            let inside: Vec<Spot> = redefines.flat_map(|redefine| self.children(redefine)).collect();
            for spot in inside {
                let kind = match self.local(spot) {
                    "simpleType" | "complexType" => Kind::Type,
                    "group" => Kind::Group,
                    "attributeGroup" => Kind::AttributeGroup,
                    _ => {
                        self.unsupported(spot);
                        continue;
                    }
                };
                self.redefine_one(kind, spot);
            }
        }
    }

    fn redefine_one(&mut self, kind: Kind, spot: Spot) {
        let Ok(name) = self.target_name(spot) else { return };
        let Some(replaced) = self.globals.insert((kind, name.clone()), spot) else {
            let what = self.local(spot).to_owned();
            return self.wrong(spot, format!("Cannot find a {what} with name '{}' to redefine.", qualified(&name)));
        };
        let mut original = Original { kind, name: name.clone(), spot: replaced, id: None };
        if kind == Kind::Type {
            original.id = self.global_types.get(&name).copied();
            let Ok(id) = self.new_type(spot, Some(name.clone())) else { return };
            if let Some(Slot::Pending(known)) = original.id.and_then(|original| self.types.get_mut(original.0 as usize))
            {
                // Only the redefinition has the name.
                *known = None;
            }
            self.global_types.insert(name.clone(), id);
        }
        self.named.push((kind, name, spot));
        self.redefined.insert(spot, original);
    }

    /// What a name means inside its own redefinition.
    fn replaced(&self, spot: Spot, kind: Kind, name: &XName) -> Option<&Original> {
        if self.redefined.is_empty() {
            return None;
        }
        let document = self.document(spot.schema)?;
        let mut node = Some(spot.node);
        while let Some(around) = node {
            let original = self.redefined.get(&Spot { schema: spot.schema, node: around });
            if let Some(original) = original.filter(|original| original.kind == kind && original.name == *name) {
                return Some(original);
            }
            node = document.element(around)?.parent;
        }
        None
    }

    pub(super) fn original(&self, spot: Spot, kind: Kind, name: &XName) -> Option<Spot> {
        self.replaced(spot, kind, name).map(|original| original.spot)
    }

    pub(super) fn original_type(&self, spot: Spot, name: &XName) -> Option<TypeId> {
        self.replaced(spot, Kind::Type, name)?.id
    }
}
