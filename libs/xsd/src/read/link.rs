//! What can be done only when everything has been read: types of substitution groups, content models, references of keys.

use std::collections::{HashMap, HashSet};

use postern_dotnet::Text;
use postern_dotnet::xml::XName;

use super::{Finding, Reader, Slot, Spot, XSD};
use crate::component::{
    ConstraintId, ConstraintKind, Content, Derivations, ElementDecl, ElementId, Given, Schemas, Type, TypeId,
};
use crate::limits;
use crate::model::{Member, Members, compile};
use crate::validate::message::qualified;

/// Substitution groups, and what elements allow.
struct Substitutions<'s> {
    schemas: &'s Schemas,
    direct: HashMap<ElementId, Vec<ElementId>>,
}

impl Members for Substitutions<'_> {
    fn members(&self, id: ElementId) -> Vec<Member> {
        let mut found: Vec<Member> = Vec::new();
        let mut seen: HashSet<ElementId> = HashSet::new();
        let mut pending = vec![(id, 0)];
        let head = self.schemas.element(id);
        let block = head.map(|head| head.block).unwrap_or_default();
        while let Some((id, depth)) = pending.pop() {
            let Some(declaration) = self.schemas.element(id) else { continue };
            if !seen.insert(id) {
                continue;
            }
            let derives = head.is_none_or(|head| {
                self.schemas.derives(declaration.of, head.of, Derivations { substitution: false, ..block })
            });
            if depth == 0 || derives {
                found.push(Member { id, name: declaration.name.clone() });
            }
            if !block.substitution && depth < limits::REFERENCE_DEPTH_MAX {
                let members = self.direct.get(&id).into_iter().flatten().rev();
                pending.extend(members.map(|member| (*member, depth + 1)));
            }
        }
        found
    }
}

impl Reader<'_> {
    pub(super) fn link(mut self) -> Result<Schemas, Vec<Finding>> {
        self.substitution_types();
        self.references();
        if !self.findings.is_empty() {
            return Err(self.findings);
        }
        let slots = std::mem::take(&mut self.types);
        let types: Vec<Type> = slots
            .into_iter()
            .filter_map(|slot| if let Slot::Ready(ready) = slot { Some(*ready) } else { None })
            .collect();
        let global_types = std::mem::take(&mut self.global_types);
        let global_elements = std::mem::take(&mut self.global_elements);
        let mut named: Vec<(&XName, &TypeId)> =
            global_types.iter().filter(|(name, _)| name.namespace() != XSD).collect();
        // The smallest of several, so that it is always the same.
        named.sort_by(|one, other| other.0.cmp(one.0));
        let type_locals = named.into_iter().map(|(name, id)| (name.local().as_str().into(), *id)).collect();
        let element_locals = global_elements.keys().map(|name| name.local().as_str().into()).collect();
        let mut schemas = Schemas {
            types,
            elements: std::mem::take(&mut self.elements),
            constraints: std::mem::take(&mut self.constraints),
            global_types,
            global_elements,
            element_locals,
            type_locals,
            global_attributes: std::mem::take(&mut self.global_attributes),
        };
        self.models(&mut schemas);
        self.check_given(&schemas);
        if self.findings.is_empty() { Ok(schemas) } else { Err(self.findings) }
    }

    /// An element without a type has that of the head of its group.
    fn substitution_types(&mut self) {
        let of = |elements: &[ElementDecl], id: ElementId| {
            elements.get(id.0 as usize).map(|element| (element.of, element.head))
        };
        for id in self.untyped.clone() {
            let mut current = id;
            for _ in 0..limits::REFERENCE_DEPTH_MAX {
                let Some((found, head)) = of(&self.elements, current) else { break };
                let is_untyped = self.untyped.contains(&current);
                match head {
                    Some(head) if is_untyped => current = head,
                    _ => {
                        if let Some(element) = self.elements.get_mut(id.0 as usize) {
                            element.of = found;
                        }
                        break;
                    }
                }
            }
        }
    }

    fn references(&mut self) {
        let mut keys: HashMap<XName, usize> = HashMap::new();
        for (index, known) in self.constraints.iter().enumerate() {
            if !matches!(known.kind, ConstraintKind::KeyRef(_)) {
                keys.entry(known.name.clone()).or_insert(index);
            }
        }
        for index in 0..self.constraints.len() {
            let Some(ConstraintKind::KeyRef(name)) =
                self.constraints.get(index).map(|constraint| constraint.kind.clone())
            else {
                continue;
            };
            let found = keys.get(&name).copied();
            let spot = self.constraint_spots.get(index).copied();
            let fields = |at: usize| self.constraints.get(at).map_or(0, |constraint| constraint.fields.len());
            match (found, spot) {
                (None, Some(spot)) => {
                    self.wrong(spot, format!("The '{}' identity constraint is not declared.", qualified(&name)));
                }
                (Some(found), Some(spot)) if fields(found) != fields(index) => {
                    self.wrong(
                        spot,
                        format!(
                            "Keyref has different cardinality than the referred key or unique element '{}'.",
                            qualified(&name)
                        ),
                    );
                }
                _ => {}
            }
            if let Some(constraint) = self.constraints.get_mut(index) {
                constraint.refer = found.map(|found| ConstraintId(found as u32));
            }
        }
    }

    fn models(&mut self, schemas: &mut Schemas) {
        let mut direct: HashMap<ElementId, Vec<ElementId>> = HashMap::new();
        let mut named: Vec<ElementId> = schemas.global_elements.values().copied().collect();
        named.sort_unstable();
        for id in named {
            if let Some(head) = schemas.element(id).and_then(|element| element.head) {
                direct.entry(head).or_default().push(id);
            }
        }
        let mut budget = limits::PARTICLES_MAX;
        let mut steps = limits::AMBIGUITY_STEPS_MAX;
        let mut models = Vec::new();
        let members = Substitutions { schemas, direct };
        for (index, one) in schemas.types.iter().enumerate() {
            let Type::Complex(complex) = one else { continue };
            if matches!(complex.content, Content::Simple(_)) {
                continue;
            }
            match compile(complex.particle.as_ref(), &members, &mut budget, &mut steps) {
                Ok(model) => models.push((index, model)),
                Err(message) => {
                    let message = match &complex.name {
                        Some(name) => format!("{message} (type '{}')", qualified(name)),
                        None => message,
                    };
                    let spot = self.type_spots.get(index).copied().flatten();
                    self.wrong(spot.unwrap_or(self.first_spot()), message);
                }
            }
        }
        for (index, model) in models {
            if let Some(Type::Complex(complex)) = schemas.types.get_mut(index) {
                complex.particle = None;
                complex.content = if model.is_empty() { Content::Empty } else { Content::Elements(model) };
            }
        }
    }

    fn first_spot(&self) -> Spot {
        Spot { schema: 0, node: self.schemas.first().map_or(crate::document::ElementIndex(0), |schema| schema.root) }
    }

    /// Default and fixed values must be values.
    fn check_given(&mut self, schemas: &Schemas) {
        let budget = std::mem::take(&mut self.budget);
        let check = |of: TypeId, given: &Option<Given>| {
            let (Given::Default(text) | Given::Fixed(text)) = given.as_ref()?;
            let of = match schemas.types.get(of.0 as usize)? {
                Type::Simple(_) => of,
                Type::Complex(complex) => match complex.content {
                    Content::Simple(simple) => simple,
                    _ => return None,
                },
            };
            // Prefixes of the schema are not at hand; a name that has one is a value.
            let prefixes = |_: &str| Some(Text::default());
            let simple = schemas.simple(of)?;
            let types = crate::validate::Finished(schemas, &budget);
            let why = simple.parse(text, &types, &prefixes).err()?;
            let (text, of) = (crate::simple::shortened(text), simple.shown(&types));
            Some(format!("The value '{text}' is invalid according to its schema type '{of}' - {why}"))
        };
        let mut found = Vec::new();
        for (element, spot) in schemas.elements.iter().zip(&self.element_spots) {
            if let Some(message) = check(element.of, &element.given) {
                found.push((*spot, message));
            }
        }
        let types = schemas.types.iter().zip(&self.type_spots).filter_map(|(one, spot)| match one {
            Type::Complex(complex) => Some((&complex.attributes, (*spot)?)),
            Type::Simple(_) => None,
        });
        let first = self.first_spot();
        let of_types = types.flat_map(|(attributes, spot)| attributes.iter().map(move |attribute| (attribute, spot)));
        for (attribute, spot) in of_types.chain(schemas.global_attributes.values().map(|global| (global, first))) {
            if let Some(message) = check(attribute.of, &attribute.given) {
                found.push((spot, message));
            }
        }
        for (spot, message) in found {
            self.wrong(spot, message);
        }
    }
}
