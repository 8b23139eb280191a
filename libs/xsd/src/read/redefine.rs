//! `xs:redefine`: components of an included schema are replaced by ones that are made of them.
//!
//! Inside a redefinition its own name means what it replaces; everywhere else it means the redefinition.

use std::collections::HashMap;

use postern_dotnet::xml::XName;

use super::{Kind, Reader, Slot, Spot};
use crate::component::TypeId;
use crate::limits;
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

/// How many redefinitions in a row are below a source. Sources that redefine each other end at the limit.
fn ranks(pairs: &[(usize, usize)]) -> HashMap<usize, usize> {
    let mut ranks: HashMap<usize, usize> = HashMap::new();
    for _ in 0..limits::REFERENCE_DEPTH_MAX {
        let mut is_done = true;
        for (by, what) in pairs {
            let least = ranks.get(what).copied().unwrap_or_default() + 1;
            let rank = ranks.entry(*by).or_default();
            if *rank < least {
                *rank = least;
                is_done = false;
            }
        }
        if is_done {
            break;
        }
    }
    ranks
}

impl Reader<'_> {
    /// Puts redefinitions in the place of what they redefine. Everything must have been declared.
    /// `pairs`: which source redefines which.
    pub(super) fn redefine(&mut self, pairs: &[(usize, usize)]) {
        // What is redefined may redefine others itself: that goes before.
        let ranks = ranks(pairs);
        let rank = |schema: &usize| self.schemas.get(*schema).and_then(|schema| ranks.get(&schema.source)).copied();
        let mut order: Vec<usize> = (0..self.schemas.len()).rev().collect();
        order.sort_by_key(|schema| rank(schema).unwrap_or_default());
        for schema in order {
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
