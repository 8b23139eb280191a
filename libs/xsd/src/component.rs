//! The components of compiled schemas, in lists that refer to each other by number.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use postern_dotnet::Text;
use postern_dotnet::xml::XName;

use crate::model::{Model, Particle};
use crate::simple::SimpleType;
use crate::validate::identity::Path;
use crate::wildcard::Wildcard;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TypeId(pub(crate) u32);
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ElementId(pub(crate) u32);
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ConstraintId(pub(crate) u32);

/// `xs:anyType`
pub(crate) const ANY_TYPE: TypeId = TypeId(0);

#[derive(Debug)]
pub(crate) enum Type {
    Simple(SimpleType),
    Complex(ComplexType),
}

/// How a type comes from its base; what `block` can forbid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Derivations {
    pub(crate) extension: bool,
    pub(crate) restriction: bool,
    pub(crate) substitution: bool,
}

#[derive(Debug)]
pub(crate) enum Content {
    Empty,
    Simple(TypeId),
    Elements(Model),
}

#[derive(Debug)]
pub(crate) struct ComplexType {
    pub(crate) name: Option<XName>,
    pub(crate) base: TypeId,
    pub(crate) is_extension: bool,
    pub(crate) is_abstract: bool,
    pub(crate) block: Derivations,
    pub(crate) mixed: bool,
    /// Until all elements are known, and for types that extend this one.
    pub(crate) particle: Option<Arc<Particle>>,
    pub(crate) content: Content,
    pub(crate) attributes: Vec<AttributeUse>,
    pub(crate) wildcard: Option<Wildcard>,
}

/// A default or fixed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    Default(Text),
    Fixed(Text),
}

#[derive(Debug, Clone)]
pub(crate) struct AttributeUse {
    pub(crate) name: XName,
    pub(crate) of: TypeId,
    pub(crate) required: bool,
    pub(crate) prohibited: bool,
    pub(crate) given: Option<Given>,
}

#[derive(Debug)]
pub(crate) struct ElementDecl {
    pub(crate) name: XName,
    pub(crate) of: TypeId,
    pub(crate) nillable: bool,
    pub(crate) is_abstract: bool,
    pub(crate) given: Option<Given>,
    pub(crate) block: Derivations,
    pub(crate) head: Option<ElementId>,
    pub(crate) constraints: Vec<ConstraintId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConstraintKind {
    Key,
    Unique,
    /// What it refers to.
    KeyRef(XName),
}

#[derive(Debug)]
pub(crate) struct Constraint {
    pub(crate) name: XName,
    pub(crate) kind: ConstraintKind,
    pub(crate) refer: Option<ConstraintId>,
    pub(crate) selector: Vec<Path>,
    pub(crate) fields: Vec<(Text, Vec<Path>)>,
}

/// Compiled schemas.
pub struct Schemas {
    pub(crate) types: Vec<Type>,
    pub(crate) elements: Vec<ElementDecl>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) global_types: HashMap<XName, TypeId>,
    pub(crate) global_elements: HashMap<XName, ElementId>,
    pub(crate) global_attributes: HashMap<XName, AttributeUse>,
    /// Local names of elements and types: definitions are asked for without namespace.
    pub(crate) element_locals: HashSet<Box<str>>,
    pub(crate) type_locals: HashMap<Box<str>, TypeId>,
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Schemas({} types, {} elements)", self.types.len(), self.elements.len())
    }
}

impl Schemas {
    pub(crate) fn simple(&self, id: TypeId) -> Option<&SimpleType> {
        match self.types.get(id.0 as usize)? {
            Type::Simple(simple) => Some(simple),
            Type::Complex(_) => None,
        }
    }

    pub(crate) fn complex(&self, id: TypeId) -> Option<&ComplexType> {
        match self.types.get(id.0 as usize)? {
            Type::Complex(complex) => Some(complex),
            Type::Simple(_) => None,
        }
    }

    pub(crate) fn element(&self, id: ElementId) -> Option<&ElementDecl> {
        self.elements.get(id.0 as usize)
    }

    /// Whether a type is another one or comes from it by ways that are not blocked.
    pub(crate) fn derives(&self, mut of: TypeId, from: TypeId, blocked: Derivations) -> bool {
        // Bases end in `anyType`: circular ones are refused when schemas are read.
        while of != from {
            let (base, is_extension) = match self.types.get(of.0 as usize) {
                Some(Type::Complex(complex)) => (complex.base, complex.is_extension),
                Some(Type::Simple(simple)) => {
                    if let Some(parent) = self.simple(from)
                        && parent.has_member(of)
                    {
                        return true;
                    }
                    (simple.base, false)
                }
                None => return false,
            };
            if of == ANY_TYPE || is_extension && blocked.extension || !is_extension && blocked.restriction {
                return false;
            }
            of = base;
        }
        true
    }
}
