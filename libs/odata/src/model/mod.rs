//! What a service consists of: types, operations and the members of its container.
//!
//! Names are compared as they are written, schemas by namespace or alias. What a document refers to without having it (`edmx:Reference`) is
//! not known, and so are instances of open types beyond what they declare: look-ups say so instead of failing.

mod attributes;
mod build;
mod container;
mod legacy;
mod operations;
mod problem;
mod read;
mod structure;

use std::collections::{HashMap, HashSet};

pub use problem::ModelProblem;

use crate::types::{Edm, Item, Ty, TypeId};

/// A service's model.
#[derive(Debug, Default)]
pub struct Model {
    types: Vec<TypeDecl>,
    /// By qualified name.
    by_name: HashMap<Box<str>, TypeId>,
    /// By name without namespace.
    by_short_name: HashMap<Box<str>, Vec<TypeId>>,
    operations: Vec<Operation>,
    operations_by_name: HashMap<Box<str>, Vec<u32>>,
    operations_by_short_name: HashMap<Box<str>, Vec<u32>>,
    members: HashMap<Box<str>, Member>,
    /// It extends a container of another document.
    is_container_open: bool,
    /// Namespaces of this document by themselves, and by their aliases.
    namespaces: HashMap<Box<str>, Box<str>>,
    /// Namespaces and aliases of other documents.
    elsewhere: HashSet<Box<str>>,
    /// Names that may stand for the key (`Core.AlternateKeys`) are somewhere in it.
    has_alternate_keys: bool,
    /// Qualifiers of `Aggregation.CustomAggregate`.
    custom_aggregates: HashSet<Box<str>>,
}

/// A type that a schema declares.
#[derive(Debug)]
pub(crate) struct TypeDecl {
    /// Qualified.
    pub(crate) name: Box<str>,
    pub(crate) kind: TypeKind,
}

#[derive(Debug)]
pub(crate) enum TypeKind {
    Structured(Structured),
    /// Names of the members.
    Enum(HashSet<Box<str>>),
    /// Another name for a primitive type.
    Definition(Ty),
}

/// An entity or complex type.
#[derive(Debug, Default)]
pub(crate) struct Structured {
    pub(crate) is_entity: bool,
    pub(crate) base: Base,
    pub(crate) is_open: bool,
    pub(crate) has_stream: bool,
    /// Its own; empty: those of its base type. Names (or aliases) in the order of the document, with the types of the values.
    pub(crate) key: Vec<(Box<str>, Ty)>,
    pub(crate) properties: HashMap<Box<str>, Property>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    #[default]
    None,
    Known(TypeId),
    /// In another document.
    Elsewhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Property {
    pub(crate) ty: Ty,
    pub(crate) is_navigation: bool,
}

/// A function or action; overloads stand beside each other.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) is_function: bool,
    pub(crate) is_composable: bool,
    /// What it is bound to.
    pub(crate) binding: Option<Ty>,
    /// The others.
    pub(crate) parameters: Vec<Parameter>,
    /// `None`: nothing.
    pub(crate) returns: Option<Ty>,
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: Box<str>,
    pub(crate) ty: Ty,
    pub(crate) is_optional: bool,
}

/// A member of the container.
#[derive(Debug, Clone)]
pub(crate) enum Member {
    Set(Ty),
    Singleton(Ty),
    /// Its overloads, by index; none: it is elsewhere.
    Function(Vec<u32>),
    /// What it returns; `None`: nothing.
    Action(Option<Ty>),
}

impl Model {
    /// Reads CSDL XML, of version 4 or before.
    ///
    /// # Errors
    /// What is wrong with it, at least one problem.
    pub fn parse(text: &str) -> Result<Model, Vec<ModelProblem>> {
        read::model(text)
    }

    /// Whether a text looks like CSDL XML: its root is an `Edmx` or a `Schema`. Other documents may stand beside it.
    #[must_use]
    pub fn is_csdl(text: &str) -> bool {
        read::is_csdl(text)
    }

    fn decl(&self, id: TypeId) -> Option<&TypeDecl> {
        self.types.get(id.0 as usize)
    }

    pub(crate) fn structured(&self, id: TypeId) -> Option<&Structured> {
        match &self.decl(id)?.kind {
            TypeKind::Structured(structured) => Some(structured),
            _ => None,
        }
    }

    pub(crate) fn type_name(&self, id: TypeId) -> &str {
        self.decl(id).map_or("", |decl| &decl.name)
    }

    /// A name with the namespace in place of its alias. `None`: the schema is not in this document.
    fn canonical(&self, name: &str) -> Option<String> {
        let (schema, short) = name.rsplit_once('.')?;
        self.namespaces.get(schema).map(|namespace| format!("{namespace}.{short}"))
    }

    pub(crate) fn is_elsewhere(&self, name: &str) -> bool {
        name.rsplit_once('.').is_some_and(|(schema, _)| self.elsewhere.contains(schema))
    }

    /// A type by its name, with or without namespace. `None`: there is none.
    pub(crate) fn type_named(&self, name: &str) -> Option<Item> {
        if let Some(edm) = name.strip_prefix("Edm.") {
            return edm_type(edm);
        }
        if !name.contains('.') {
            let candidates = self.by_short_name.get(name)?;
            return match candidates.as_slice() {
                [only] => self.item(*only),
                _ => Some(Item::Unknown),
            };
        }
        if self.is_elsewhere(name) {
            return Some(Item::Unknown);
        }
        self.by_name.get(self.canonical(name)?.as_str()).and_then(|id| self.item(*id))
    }

    fn item(&self, id: TypeId) -> Option<Item> {
        Some(match &self.decl(id)?.kind {
            TypeKind::Structured(_) => Item::Structured(id),
            TypeKind::Enum(_) => Item::Enum(id),
            TypeKind::Definition(ty) => ty.item,
        })
    }

    /// The types from one to the root of its hierarchy.
    fn lineage(&self, id: TypeId) -> impl Iterator<Item = (TypeId, &Structured)> {
        let first = self.structured(id).map(|structured| (id, structured));
        std::iter::successors(first, |(_, structured)| match structured.base {
            Base::Known(base) => self.structured(base).map(|structured| (base, structured)),
            _ => None,
        })
        .take(crate::limits::BASES_MAX)
    }

    /// Whether instances may have what no type in the lineage declares.
    pub(crate) fn is_open(&self, id: TypeId) -> bool {
        self.lineage(id).any(|(_, structured)| structured.is_open || structured.base == Base::Elsewhere)
    }

    pub(crate) fn derives(&self, id: TypeId, from: TypeId) -> bool {
        self.lineage(id).any(|(known, structured)| known == from || structured.base == Base::Elsewhere)
    }

    pub(crate) fn is_entity(&self, id: TypeId) -> bool {
        self.structured(id).is_some_and(|structured| structured.is_entity)
    }

    pub(crate) fn has_stream(&self, id: TypeId) -> bool {
        self.lineage(id).any(|(_, structured)| structured.has_stream || structured.base == Base::Elsewhere)
    }

    /// The key with the types of its values. `None`: not known.
    pub(crate) fn key(&self, id: TypeId) -> Option<&[(Box<str>, Ty)]> {
        self.lineage(id).map(|(_, structured)| structured.key.as_slice()).find(|key| !key.is_empty())
    }

    /// A declared property.
    pub(crate) fn property(&self, id: TypeId, name: &str) -> Option<Property> {
        self.lineage(id).find_map(|(_, structured)| structured.properties.get(name).copied())
    }

    pub(crate) fn may_have_alternate_keys(&self) -> bool {
        self.has_alternate_keys
    }

    pub(crate) fn is_custom_aggregate(&self, name: &str) -> bool {
        self.custom_aggregates.contains(name)
    }

    /// Whether an enumeration has a member.
    pub(crate) fn has_enum_member(&self, id: TypeId, name: &str) -> bool {
        match self.decl(id).map(|decl| &decl.kind) {
            Some(TypeKind::Enum(members)) => members.contains(name),
            _ => true,
        }
    }

    /// The overloads of an operation, by its name with or without namespace.
    pub(crate) fn overloads(&self, name: &str) -> impl Iterator<Item = &Operation> {
        let indices = if name.contains('.') {
            self.canonical(name).and_then(|name| self.operations_by_name.get(name.as_str()))
        } else {
            self.operations_by_short_name.get(name)
        };
        indices.into_iter().flatten().filter_map(|index| self.operation(*index))
    }

    pub(crate) fn operation(&self, index: u32) -> Option<&Operation> {
        self.operations.get(index as usize)
    }

    /// Whether an operation that is bound to one type can be called on a value of another.
    pub(crate) fn binds(&self, binding: Ty, to: Ty) -> bool {
        let is_item = match (binding.item, to.item) {
            (Item::Unknown, _) | (_, Item::Unknown) => true,
            (Item::Structured(binding), Item::Structured(to)) => self.derives(to, binding),
            (binding, to) => binding == to,
        };
        is_item && (binding.many == to.many || to.is_unknown())
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members.get(name)
    }

    pub(crate) fn is_container_open(&self) -> bool {
        self.is_container_open
    }

    /// What messages call a type.
    pub(crate) fn describe(&self, ty: Ty) -> String {
        let name = match ty.item {
            Item::Unknown | Item::Bare => "value".to_owned(),
            Item::Null => "null".to_owned(),
            Item::Quoted => "Edm.String".to_owned(),
            Item::Primitive(edm) => format!("Edm.{edm:?}"),
            Item::Enum(id) | Item::Structured(id) => self.type_name(id).to_owned(),
        };
        if ty.many { format!("Collection({name})") } else { name }
    }
}

/// A type behind `Edm.`; abstract ones can be anything.
fn edm_type(name: &str) -> Option<Item> {
    const ABSTRACT: [&str; 8] = [
        "Untyped",
        "PrimitiveType",
        "EntityType",
        "ComplexType",
        "PropertyPath",
        "NavigationPropertyPath",
        "AnyPropertyPath",
        "ModelElementPath",
    ];
    if ABSTRACT.contains(&name) || name == "AnnotationPath" {
        return Some(Item::Unknown);
    }
    Edm::parse(name).map(Item::Primitive)
}
