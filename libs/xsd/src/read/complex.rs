//! Complex types.

use std::sync::Arc;

use postern_dotnet::xml::XName;

use super::attribute::Collected;
use super::{Read, Reader, Slot, Spot, Wrong, XSD};
use crate::component::{ANY_TYPE, AttributeUse, ComplexType, Content, Derivations, Type, TypeId};
use crate::model::{Particle, Term};
use crate::simple::builtin::Builtin;
use crate::simple::{SimpleType, Types as _, Variety};
use crate::wildcard::{Process, Wildcard};

/// `xs:anyType`: anything, looked at where it is known.
pub(super) fn any_type() -> ComplexType {
    let wildcard = Wildcard::any(Process::Lax);
    let any = Particle { min: 0, max: None, term: Term::Any(wildcard.clone()) };
    ComplexType {
        name: XName::new(XSD, "anyType").ok(),
        base: ANY_TYPE,
        is_extension: false,
        is_abstract: false,
        block: Derivations::default(),
        mixed: true,
        particle: Some(Arc::new(any)),
        content: Content::Empty,
        attributes: Vec::new(),
        wildcard: Some(wildcard),
    }
}

/// What a type takes over from its base.
struct Base {
    attributes: Vec<AttributeUse>,
    wildcard: Option<Wildcard>,
    particle: Option<Arc<Particle>>,
    mixed: bool,
    /// The type of its text.
    simple: Option<TypeId>,
    is_complex: bool,
}

impl Reader<'_> {
    pub(super) fn complex_definition(&mut self, spot: Spot, name: Option<XName>, depth: usize) -> Read<ComplexType> {
        let mut built = ComplexType {
            name,
            is_extension: false,
            is_abstract: self.flag(spot, "abstract"),
            block: self.block(spot),
            mixed: self.flag(spot, "mixed"),
            particle: None,
            ..any_type()
        };
        built.wildcard = None;
        let children = self.children(spot);
        match children.first().map(|first| (*first, self.local(*first).to_owned())) {
            Some((content, kind)) if kind == "simpleContent" || kind == "complexContent" => {
                if let Some(second) = children.get(1) {
                    self.unsupported(*second);
                    return Err(Wrong);
                }
                if kind == "complexContent" && self.attribute(content, "mixed").is_some() {
                    built.mixed = self.flag(content, "mixed");
                }
                self.derived(content, &kind, &mut built, depth)?;
            }
            _ => {
                built.particle = self.own_particle(spot, &["attribute", "attributeGroup", "anyAttribute"])?;
                let mut collected = Collected::default();
                self.attributes(spot, &mut collected, 0)?;
                built.attributes = collected.uses;
                built.wildcard = collected.wildcard;
            }
        }
        Ok(built)
    }

    /// The one particle among the children of a type, an extension or a restriction. `others`: what may stand there too.
    fn own_particle(&mut self, spot: Spot, others: &[&str]) -> Read<Option<Arc<Particle>>> {
        let mut particle = None;
        for child in self.children(spot) {
            let local = self.local(child).to_owned();
            match local.as_str() {
                "sequence" | "choice" | "all" | "group" if particle.is_none() => {
                    particle = Some(self.particle(child, 0)?);
                }
                local if others.contains(&local) => {}
                _ => {
                    self.unsupported(child);
                    return Err(Wrong);
                }
            }
        }
        Ok(particle)
    }

    fn derived(&mut self, content: Spot, kind: &str, built: &mut ComplexType, depth: usize) -> Read<()> {
        let steps = self.children(content);
        let [step] = steps.as_slice() else {
            return self.fail(content, format!("The element '{kind}' must have one of extension and restriction."));
        };
        let step = *step;
        built.is_extension = match self.local(step) {
            "extension" => true,
            "restriction" => false,
            _ => {
                self.unsupported(step);
                return Err(Wrong);
            }
        };
        let Some(base_name) = self.reference(step, "base")? else {
            return self.fail(step, "The required attribute 'base' is missing.");
        };
        built.base = self.type_named(step, &base_name)?;
        self.base(built.base, step, depth)?;
        let Some(base) = self.base_of(built.base) else { return Err(Wrong) };
        let mut collected = Collected::default();
        self.attributes(step, &mut collected, 0)?;
        self.merge_attributes(step, built, &base, collected)?;
        if kind == "simpleContent" {
            return self.simple_content(step, built, &base, depth);
        }
        if !base.is_complex {
            return self.fail(step, "The base type of complex content must be a complex type.");
        }
        if base.simple.is_some() && built.is_extension && self.own_particle_is_there(step) {
            return self.fail(step, "The content type of the base type must not be a simple type definition.");
        }
        let own = self.own_particle(step, &["attribute", "attributeGroup", "anyAttribute"])?;
        if built.is_extension {
            built.mixed = built.mixed || base.mixed && built.base != ANY_TYPE;
            if let (Some(simple), None) = (base.simple, &own) {
                built.content = Content::Simple(simple);
            }
            built.particle = match (base.particle.filter(|base| !base.is_empty()), own.filter(|own| !own.is_empty())) {
                (Some(base), Some(own)) => Some(Particle::sequence(vec![base, own])),
                (base, own) => base.or(own),
            };
        } else {
            built.particle = own;
        }
        Ok(())
    }

    fn own_particle_is_there(&self, step: Spot) -> bool {
        let is_particle = |child: &Spot| matches!(self.local(*child), "sequence" | "choice" | "all" | "group");
        self.children(step).iter().any(is_particle)
    }

    fn base_of(&self, id: TypeId) -> Option<Base> {
        match self.types.get(id.0 as usize)? {
            Slot::Ready(ready) => Some(match &**ready {
                Type::Complex(complex) => Base {
                    attributes: complex.attributes.clone(),
                    wildcard: complex.wildcard.clone(),
                    particle: complex.particle.clone(),
                    mixed: complex.mixed,
                    simple: if let Content::Simple(simple) = complex.content { Some(simple) } else { None },
                    is_complex: true,
                },
                Type::Simple(_) => Base {
                    attributes: Vec::new(),
                    wildcard: None,
                    particle: None,
                    mixed: false,
                    simple: Some(id),
                    is_complex: false,
                },
            }),
            _ => None,
        }
    }

    fn merge_attributes(&mut self, step: Spot, built: &mut ComplexType, base: &Base, own: Collected) -> Read<()> {
        let mut uses = own.uses;
        let names = own.names;
        for inherited in &base.attributes {
            self.part(step)?;
            match names.contains(&inherited.name) {
                true if built.is_extension && !inherited.prohibited => {
                    let name = crate::validate::message::qualified(&inherited.name);
                    return self.fail(step, format!("The attribute '{name}' already exists."));
                }
                true => {}
                false => uses.push(inherited.clone()),
            }
        }
        built.attributes = uses;
        built.wildcard = match (own.wildcard, &base.wildcard) {
            (Some(own), Some(base)) if built.is_extension => {
                Some(Wildcard { namespaces: own.namespaces.union(&base.namespaces), ..own })
            }
            (None, Some(base)) if built.is_extension => Some(base.clone()),
            (own, _) => own,
        };
        Ok(())
    }

    fn simple_content(&mut self, step: Spot, built: &mut ComplexType, base: &Base, depth: usize) -> Read<()> {
        if built.is_extension {
            let Some(simple) = base.simple else {
                return self.fail(step, "The content type of the base type must be a simple type definition or it must be mixed, and simpleType child must be present.");
            };
            for child in self.children(step) {
                if !matches!(self.local(child), "attribute" | "attributeGroup" | "anyAttribute") {
                    self.unsupported(child);
                    return Err(Wrong);
                }
            }
            built.content = Content::Simple(simple);
            return Ok(());
        }
        if !base.is_complex {
            return self.fail(step, "The base type of a simple content restriction must be a complex type.");
        }
        let inside = self.children(step).into_iter().find(|child| self.local(*child) == "simpleType");
        let of = match (inside, base.simple) {
            (Some(inside), _) => {
                let id = self.new_type(inside, None)?;
                self.base(id, step, depth)?;
                id
            }
            (None, Some(simple)) => simple,
            (None, None) if base.mixed => TypeId::of(Builtin::AnySimpleType),
            (None, None) => {
                return self.fail(step, "The content type of the base type must be a simple type definition or it must be mixed, and simpleType child must be present.");
            }
        };
        let Some(simple) = self.simple_type(of).cloned() else { return Err(Wrong) };
        let facets = self.facets(step, &simple, &["simpleType", "attribute", "attributeGroup", "anyAttribute"])?;
        let restricted = SimpleType { name: None, base: of, facets, ..simple };
        built.content = Content::Simple(self.add_type(Slot::Ready(Box::new(Type::Simple(restricted))), None));
        Ok(())
    }

    /// The simple type that a union or a list names or contains.
    pub(super) fn member(&mut self, id: TypeId, spot: Spot, depth: usize) -> Read<()> {
        self.base(id, spot, depth)?;
        match self.simple_type(id) {
            None => self.fail(spot, "The type must be a simple type."),
            Some(SimpleType { variety: Variety::Atomic | Variety::List(_) | Variety::Union(_), .. }) => Ok(()),
        }
    }
}
