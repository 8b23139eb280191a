//! Reading schemas: documents are found, their components declared, then built, then put together.
//!
//! Everything that is wrong is collected as findings with their places; schemas come into being only without any.

mod attribute;
mod complex;
mod element;
mod identity;
mod link;
mod load;
mod particle;
mod redefine;
mod simple;

use std::collections::{HashMap, HashSet};

use postern_dotnet::Text;
use postern_dotnet::xml::XName;

use crate::budget::Budget;
use crate::component::{AttributeUse, Constraint, ConstraintId, ElementDecl, ElementId, Schemas, Type, TypeId};
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
        let load::Loaded { documents, schemas, missing } = load::load(&sources, main.len())?;
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
        reader.redefine();
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

    /// Declares everything that has a name in the schemas' top level.
    fn declare(&mut self) {
        for schema in 0..self.schemas.len() {
            let Some(root) = self.schemas.get(schema).map(|schema| schema.root) else { continue };
            let children = self.children(Spot { schema, node: root });
            for spot in children {
                match self.local(spot) {
                    "element" => self.declare_one(Kind::Element, spot),
                    "simpleType" | "complexType" => self.declare_one(Kind::Type, spot),
                    "attribute" => self.declare_one(Kind::Attribute, spot),
                    "group" => self.declare_one(Kind::Group, spot),
                    "attributeGroup" => self.declare_one(Kind::AttributeGroup, spot),
                    "include" | "import" | "redefine" | "notation" => {}
                    _ => self.unsupported(spot),
                }
            }
        }
    }

    fn declare_one(&mut self, kind: Kind, spot: Spot) {
        let Ok(name) = self.target_name(spot) else { return };
        let shown = crate::validate::message::qualified(&name);
        if let Some(known) = self.globals.get(&(kind, name.clone())) {
            // The same document may come in by several ways.
            let is_same = self.documents_are_same(*known, spot);
            if !is_same {
                let what = match kind {
                    Kind::Element => "global element",
                    Kind::Type if self.local(spot) == "simpleType" => "simpleType",
                    Kind::Type => "complexType",
                    Kind::Attribute => "global attribute",
                    Kind::Group => "group",
                    Kind::AttributeGroup => "attributeGroup",
                    Kind::Constraint => "identity constraint",
                };
                self.wrong(spot, format!("The {what} '{shown}' has already been declared."));
            }
            return;
        }
        match kind {
            Kind::Type => {
                if self.global_types.contains_key(&name) {
                    return self.wrong(spot, format!("The type '{shown}' is built in."));
                }
                let Ok(id) = self.new_type(spot, Some(name.clone())) else { return };
                self.global_types.insert(name.clone(), id);
            }
            Kind::Element => {
                let Ok(id) = self.add_element(element::blank(name.clone()), spot) else { return };
                self.global_elements.insert(name.clone(), id);
            }
            _ => {}
        }
        self.named.push((kind, name.clone(), spot));
        self.globals.insert((kind, name), spot);
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

    // ---- what stands at a spot

    fn document(&self, schema: usize) -> Option<&Document> {
        self.documents.get(&self.schemas.get(schema)?.source)
    }

    fn target(&self, spot: Spot) -> Text {
        self.schemas.get(spot.schema).map(|schema| schema.target.clone()).unwrap_or_default()
    }

    fn local(&self, spot: Spot) -> &str {
        self.document(spot.schema).map_or("", |document| document.name(spot.node).1)
    }

    fn attribute(&self, spot: Spot, name: &str) -> Option<Text> {
        self.document(spot.schema)?.attribute(spot.node, name).map(|value| Text::new(value.trim()))
    }

    /// The value as it was written.
    fn raw_attribute(&self, spot: Spot, name: &str) -> Option<Text> {
        self.document(spot.schema)?.attribute(spot.node, name).cloned()
    }

    fn flag(&mut self, spot: Spot, name: &str) -> bool {
        match self.attribute(spot, name).as_deref() {
            Some("true" | "1") => true,
            None | Some("false" | "0") => false,
            Some(other) => {
                let message = format!("'{other}' is an invalid value for the '{name}' attribute.");
                self.wrong(spot, message);
                false
            }
        }
    }

    /// The children but annotations.
    fn children(&self, spot: Spot) -> Vec<Spot> {
        let Some(document) = self.document(spot.schema) else { return Vec::new() };
        let children = document.children(spot.node).map(|node| Spot { schema: spot.schema, node });
        children.filter(|child| document.name(child.node) != (XSD, "annotation")).collect()
    }

    fn wrong(&mut self, spot: Spot, message: impl Into<String>) {
        if self.findings.len() >= FINDINGS_MAX {
            return;
        }
        let message = message.into();
        let location = self.schemas.get(spot.schema).and_then(|schema| self.sources.get(schema.source));
        let location = location.map_or("", |source| source.location).to_owned();
        let place =
            self.document(spot.schema).and_then(|document| Some(document.position(document.element(spot.node)?.place)));
        let (line, position) = place.unwrap_or_default();
        let finding = Finding { location, line, position, message };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn fail<T>(&mut self, spot: Spot, message: impl Into<String>) -> Read<T> {
        self.wrong(spot, message);
        Err(Wrong)
    }

    fn unsupported(&mut self, spot: Spot) {
        let (namespace, local) = self.document(spot.schema).map_or(("", ""), |document| document.name(spot.node));
        let name = if namespace.is_empty() { local.to_owned() } else { format!("{namespace}:{local}") };
        self.wrong(spot, format!("The '{name}' element is not supported in this context."));
    }

    /// The `name` attribute in the target namespace.
    fn target_name(&mut self, spot: Spot) -> Read<XName> {
        let target = self.target(spot);
        self.name_in(spot, &target)
    }

    fn name_in(&mut self, spot: Spot, namespace: &str) -> Read<XName> {
        let Some(name) = self.attribute(spot, "name") else {
            return self.fail(spot, "The required attribute 'name' is missing.");
        };
        match XName::new(namespace, &name) {
            Ok(name) => Ok(name),
            Err(exception) => {
                self.fail(spot, format!("Invalid 'name' attribute value '{name}': '{}'.", exception.message))
            }
        }
    }

    /// The name that an attribute refers to.
    fn reference(&mut self, spot: Spot, attribute: &str) -> Read<Option<XName>> {
        match self.attribute(spot, attribute) {
            Some(text) => self.resolve(spot, attribute, &text).map(Some),
            None => Ok(None),
        }
    }

    fn resolve(&mut self, spot: Spot, attribute: &str, text: &str) -> Read<XName> {
        let wrong = || format!("'{text}' is an invalid value for the '{attribute}' attribute.");
        let (prefix, local) = text.split_once(':').unwrap_or(("", text));
        let declared = self.document(spot.schema).and_then(|document| document.namespace(spot.node, prefix));
        let namespace = match declared {
            Some(namespace) => namespace,
            None if prefix.is_empty() => Text::default(),
            None => return self.fail(spot, wrong()),
        };
        let is_chameleon = self.schemas.get(spot.schema).is_some_and(|schema| schema.is_chameleon);
        let namespace = if namespace.is_empty() && is_chameleon { self.target(spot) } else { namespace };
        match XName::new(&namespace, local) {
            Ok(name) => Ok(name),
            Err(_) => self.fail(spot, wrong()),
        }
    }

    fn type_named(&mut self, spot: Spot, name: &XName) -> Read<TypeId> {
        match self.original_type(spot, name).or_else(|| self.global_types.get(name).copied()) {
            Some(id) => Ok(id),
            None => {
                let shown = crate::validate::message::qualified(name);
                self.fail(spot, format!("Type '{shown}' is not declared."))
            }
        }
    }

    fn next_constraint(&self) -> ConstraintId {
        ConstraintId(self.constraints.len() as u32)
    }
}
