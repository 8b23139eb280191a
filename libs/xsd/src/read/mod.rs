//! Reading schemas: documents are found, their components declared, then built, then put together.
//!
//! Everything that is wrong is collected as findings with their places; schemas come into being only without any.

mod attribute;
mod complex;
mod declare;
mod element;
mod identity;
mod link;
mod load;
mod particle;
mod redefine;
mod simple;
mod spot;

use std::collections::{HashMap, HashSet};

use postern_dotnet::Text;
use postern_dotnet::xml::XName;

use crate::budget::Budget;
use crate::component::{AttributeUse, Constraint, ElementDecl, ElementId, Schemas, Type, TypeId};
use crate::document::{Document, ElementIndex};
use crate::limits;
use crate::simple::{SimpleType, Types, builtin_types};

/// The namespace of XML Schema.
pub(crate) const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// A document with schemas: an `xs:schema`, or a WSDL with some in its `types`.
#[derive(Debug, Clone, Copy)]
pub struct Source<'t> {
    /// Where `schemaLocation` finds it.
    pub location: &'t str,
    /// Its text.
    pub text: &'t str,
}

/// Something wrong with a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The document it is in.
    pub location: String,
    /// From 1; 0 when the whole document is meant.
    pub line: usize,
    /// From 1, in UTF-16 units.
    pub position: usize,
    /// What is wrong, in .NET's words where it has some.
    pub message: String,
}

/// Findings that are kept.
const FINDINGS_MAX: usize = 20;

/// Kinds of components that are declared by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Element,
    Type,
    Attribute,
    Group,
    AttributeGroup,
    Constraint,
}

/// An `xs:schema`.
#[derive(Debug, Clone)]
struct Schema {
    source: usize,
    root: ElementIndex,
    target: Text,
    /// It has no namespace of its own but that of the schema that includes it.
    is_chameleon: bool,
    elements_qualified: bool,
    attributes_qualified: bool,
}

/// A place in a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Spot {
    schema: usize,
    node: ElementIndex,
}

/// A type on its way.
#[derive(Debug)]
enum Slot {
    Pending(Option<XName>),
    Building,
    Ready(Box<Type>),
    /// Something was wrong, which has been said.
    Broken,
}

/// Something is wrong and has been said.
#[derive(Debug)]
struct Wrong;

type Read<T> = Result<T, Wrong>;

struct Reader<'d> {
    sources: &'d [Source<'d>],
    documents: &'d HashMap<usize, Document>,
    schemas: Vec<Schema>,
    globals: HashMap<(Kind, XName), Spot>,
    /// The same in the order of the documents.
    named: Vec<(Kind, XName, Spot)>,
    /// What redefinitions stand for.
    redefined: HashMap<Spot, redefine::Original>,
    types: Vec<Slot>,
    type_spots: Vec<Option<Spot>>,
    /// Types without a name, each read once however often its group is used.
    anonymous_types: HashMap<Spot, TypeId>,
    global_types: HashMap<XName, TypeId>,
    elements: Vec<ElementDecl>,
    element_spots: Vec<Spot>,
    /// Elements inside content models, each read once however often its group is used: what they contain may use the group again.
    local_elements: HashMap<Spot, ElementId>,
    /// Elements that take the type of the head of their substitution group.
    untyped: HashSet<ElementId>,
    global_elements: HashMap<XName, ElementId>,
    global_attributes: HashMap<XName, AttributeUse>,
    constraints: Vec<Constraint>,
    constraint_spots: Vec<Spot>,
    /// Groups that are being read.
    open_groups: Vec<Spot>,
    /// Particles and attributes that were read, again wherever a group or a base type is used.
    parts: usize,
    budget: Budget,
    findings: Vec<Finding>,
}

impl Types for Reader<'_> {
    fn simple_type(&self, id: TypeId) -> Option<&SimpleType> {
        match self.types.get(id.0 as usize)? {
            Slot::Ready(ready) => match &**ready {
                Type::Simple(simple) => Some(simple),
                Type::Complex(_) => None,
            },
            _ => None,
        }
    }

    fn budget(&self) -> &Budget {
        &self.budget
    }
}

impl Schemas {
    /// Compiles the schemas of `main` with what they include and import from `others`; nothing else is looked for.
    pub fn compile(main: &[Source<'_>], others: &[Source<'_>]) -> Result<Schemas, Vec<Finding>> {
        let sources: Vec<Source<'_>> = main.iter().chain(others).copied().collect();
        let load::Loaded { documents, schemas, missing, redefines } = load::load(&sources, main.len())?;
        let mut reader = Reader {
            sources: &sources,
            documents: &documents,
            schemas,
            globals: HashMap::new(),
            named: Vec::new(),
            redefined: HashMap::new(),
            types: Vec::new(),
            type_spots: Vec::new(),
            anonymous_types: HashMap::new(),
            global_types: HashMap::new(),
            elements: Vec::new(),
            element_spots: Vec::new(),
            local_elements: HashMap::new(),
            untyped: HashSet::new(),
            global_elements: HashMap::new(),
            global_attributes: HashMap::new(),
            constraints: Vec::new(),
            constraint_spots: Vec::new(),
            open_groups: Vec::new(),
            parts: 0,
            budget: Budget::default(),
            findings: Vec::new(),
        };
        reader.builtins();
        reader.declare();
        reader.redefine(&redefines);
        reader.build();
        // What is not there matters only if something of it is used, and then explains that.
        reader.link().map_err(|findings| missing.into_iter().chain(findings).collect())
    }
}

impl Reader<'_> {
    fn builtins(&mut self) {
        for known in std::iter::once(Type::Complex(complex::any_type())).chain(builtin_types()) {
            let name = match &known {
                Type::Complex(complex) => complex.name.clone(),
                Type::Simple(simple) => simple.name.clone(),
            };
            let id = self.add_type(Slot::Ready(Box::new(known)), None);
            self.global_types.extend(name.map(|name| (name, id)));
        }
        attribute::xml_attributes(&mut self.global_attributes);
    }

    fn documents_are_same(&self, one: Spot, other: Spot) -> bool {
        let of = |spot: Spot| self.schemas.get(spot.schema).map(|schema| schema.source);
        of(one) == of(other) && one.node == other.node
    }

    fn add_type(&mut self, slot: Slot, spot: Option<Spot>) -> TypeId {
        self.types.push(slot);
        self.type_spots.push(spot);
        TypeId(self.types.len() as u32 - 1)
    }

    fn new_type(&mut self, spot: Spot, name: Option<XName>) -> Read<TypeId> {
        if self.types.len() >= limits::COMPONENTS_MAX {
            return self.fail(spot, format!("There are more than {} types.", limits::COMPONENTS_MAX));
        }
        if name.is_some() {
            return Ok(self.add_type(Slot::Pending(name), Some(spot)));
        }
        if let Some(known) = self.anonymous_types.get(&spot) {
            return Ok(*known);
        }
        let id = self.add_type(Slot::Pending(None), Some(spot));
        self.anonymous_types.insert(spot, id);
        Ok(id)
    }

    fn add_element(&mut self, declaration: ElementDecl, spot: Spot) -> Read<ElementId> {
        if self.elements.len() >= limits::COMPONENTS_MAX {
            return self.fail(spot, format!("There are more than {} elements.", limits::COMPONENTS_MAX));
        }
        self.elements.push(declaration);
        self.element_spots.push(spot);
        Ok(ElementId(self.elements.len() as u32 - 1))
    }

    /// Counts a particle or an attribute that is read.
    fn part(&mut self, spot: Spot) -> Read<()> {
        self.parts += 1;
        if self.parts > limits::PARTICLES_MAX {
            let message = format!("The types are larger than {} particles and attributes.", limits::PARTICLES_MAX);
            return self.fail(spot, message);
        }
        Ok(())
    }

    fn build(&mut self) {
        let named = std::mem::take(&mut self.named);
        // What is wrong with one component, which has been said, does not hide what is wrong with others.
        for (kind, name, spot) in &named {
            match kind {
                Kind::Attribute => {
                    let _ = self.global_attribute(name, *spot);
                }
                Kind::Element => {
                    let _ = self.global_element(name, *spot);
                }
                _ => {}
            }
        }
        let next = self.build_types(0);
        // Groups that nobody uses are looked at too.
        for (kind, _, spot) in &named {
            match kind {
                Kind::Group => {
                    let _ = self.group_definition(*spot, 0);
                }
                Kind::AttributeGroup => {
                    let _ = self.attributes(*spot, &mut attribute::Collected::default(), 0);
                }
                _ => {}
            }
        }
        self.build_types(next);
    }

    /// Builds the types from an index on, those among them that come up on the way.
    fn build_types(&mut self, mut next: usize) -> usize {
        while next < self.types.len() {
            let _ = self.ensure(TypeId(next as u32), 0);
            next += 1;
        }
        next
    }

    /// Builds a type if that has not been done.
    fn ensure(&mut self, id: TypeId, depth: usize) -> Read<()> {
        let spot = self.type_spots.get(id.0 as usize).copied().flatten();
        let Some(slot) = self.types.get_mut(id.0 as usize) else { return Err(Wrong) };
        let (name, spot) = match (&mut *slot, spot) {
            (Slot::Ready(_), _) => return Ok(()),
            (Slot::Pending(name), Some(spot)) => (name.take(), spot),
            _ => return Err(Wrong),
        };
        *slot = Slot::Building;
        let built = if depth > limits::REFERENCE_DEPTH_MAX {
            self.wrong(spot, format!("More than {} types come from each other.", limits::REFERENCE_DEPTH_MAX));
            Err(Wrong)
        } else if self.local(spot) == "simpleType" {
            self.simple_definition(spot, name, depth).map(Type::Simple)
        } else {
            self.complex_definition(spot, name, depth).map(Type::Complex)
        };
        let (slot, result) = match built {
            Ok(built) => (Slot::Ready(Box::new(built)), Ok(())),
            Err(Wrong) => (Slot::Broken, Err(Wrong)),
        };
        if let Some(place) = self.types.get_mut(id.0 as usize) {
            *place = slot;
        }
        result
    }

    /// A type that another one comes from: it must be there, and not come from that one.
    fn base(&mut self, id: TypeId, spot: Spot, depth: usize) -> Read<()> {
        if matches!(self.types.get(id.0 as usize), Some(Slot::Building)) {
            self.wrong(spot, "Circular type reference.");
            return Err(Wrong);
        }
        self.ensure(id, depth + 1)
    }
}
