//! Checking a document against schemas, in one pass and without recursion.

mod attributes;
mod checking;
mod content;
mod element;
pub(crate) mod identity;
pub(crate) mod message;

use std::collections::{HashMap, HashSet};

use postern_dotnet::Text;
use postern_dotnet::xml::XName;

use crate::budget::Budget;
use crate::component::{ANY_TYPE, ElementId, Schemas, TypeId};
use crate::document::{Document, ElementIndex, Event, Place};
use crate::limits;
use crate::model::{Progress, Taken};
use crate::simple::{SimpleType, Types};
use crate::wildcard::Process;
pub use checking::Checking;
use identity::Identities;

/// Something that is not as the schemas say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// .NET's message, without the place.
    pub message: String,
    /// From 1.
    pub line: usize,
    /// From 1, in UTF-16 units: where XmlReader stood.
    pub position: usize,
}

/// Types of finished schemas, for values that stand in schemas.
pub(crate) struct Finished<'s>(pub(crate) &'s Schemas, pub(crate) &'s Budget);

impl Types for Finished<'_> {
    fn simple_type(&self, id: TypeId) -> Option<&SimpleType> {
        self.0.simple(id)
    }

    fn budget(&self) -> &Budget {
        self.1
    }
}

/// How the content of an element is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Checked(TypeId),
    /// What is known is checked.
    Lax,
    Skip,
}

/// An element that is open.
struct Frame {
    index: ElementIndex,
    declaration: Option<ElementId>,
    mode: Mode,
    progress: Progress,
    /// A child was wrong: the rest of the content is not looked at.
    broken: bool,
    nil: bool,
    text: String,
    /// Wrong text has been reported.
    text_reported: bool,
    has_children: bool,
}

/// What is known in the middle of a document.
#[derive(Default)]
struct State {
    frames: Vec<Frame>,
    prefixes: HashMap<Text, Vec<Text>>,
    violations: Vec<Violation>,
    budget: Budget,
    identities: Identities,
    ids: HashSet<Text>,
    references: Vec<(Text, Place)>,
    /// The type of the outermost element, where its name does not say it.
    root_type: Option<TypeId>,
}

struct Checker<'c> {
    schemas: &'c Schemas,
    document: &'c Document,
    state: &'c mut State,
}

impl Types for Checker<'_> {
    fn simple_type(&self, id: TypeId) -> Option<&SimpleType> {
        self.schemas.simple(id)
    }

    fn budget(&self) -> &Budget {
        &self.state.budget
    }
}

/// A type that has a name.
#[derive(Debug, Clone, Copy)]
pub struct NamedType(TypeId);

/// Of a candidate of a content model.
const STEPS_PER_CANDIDATE: u64 = 5;
/// Of looking for line breaks.
const BYTES_PER_STEP: u64 = 16;

impl Schemas {
    /// Checks an element of a document, which must be one that the schemas declare, and everything in it.
    #[must_use]
    pub fn validate(&self, document: Document, element: ElementIndex) -> Vec<Violation> {
        let mut checking = Checking::new(document, vec![element]);
        loop {
            if let Some(violations) = checking.go_on(self, &mut { u64::MAX }) {
                return violations;
            }
        }
    }

    /// Whether an element of this name may be the root.
    #[must_use]
    pub fn declares(&self, namespace: &str, local: &str) -> bool {
        XName::new(namespace, local).is_ok_and(|name| self.global_elements.contains_key(&name))
    }

    /// Whether an element of this local name may be the root, in whatever namespace.
    #[must_use]
    pub fn declares_named(&self, local: &str) -> bool {
        self.element_locals.contains(local)
    }

    /// The type of this local name, in whatever namespace.
    #[must_use]
    pub fn type_named(&self, local: &str) -> Option<NamedType> {
        self.type_locals.get(local).copied().map(NamedType)
    }

    fn knows_namespace(&self, namespace: &str) -> bool {
        self.global_elements.keys().any(|name| name.namespace() == namespace)
    }
}

impl Checker<'_> {
    fn wrong(&mut self, place: Place, message: impl Into<String>) {
        if self.state.violations.len() < limits::VIOLATIONS_MAX {
            // Lines are counted from the beginning.
            self.state.budget.take(u64::from(place) / BYTES_PER_STEP);
            let (line, position) = self.document.position(place);
            self.state.violations.push(Violation { message: message.into(), line, position });
        }
    }

    /// Prefixes that were declared around the element.
    fn surroundings(&mut self, element: ElementIndex) {
        let mut around = Vec::new();
        let mut current = self.document.element(element).and_then(|element| element.parent);
        while let Some(index) = current {
            around.push(index);
            current = self.document.element(index).and_then(|element| element.parent);
        }
        for index in around.into_iter().rev() {
            self.declare(index);
        }
    }

    fn declare(&mut self, index: ElementIndex) {
        for attribute in self.document.attributes(index) {
            if let Some(prefix) = &attribute.declares {
                self.state.prefixes.entry(prefix.clone()).or_default().push(attribute.value.clone());
            }
        }
    }

    fn undeclare(&mut self, index: ElementIndex) {
        for attribute in self.document.attributes(index) {
            if let Some(prefix) = &attribute.declares
                && let Some(stack) = self.state.prefixes.get_mut(prefix)
            {
                stack.pop();
            }
        }
    }

    fn namespace(&self, prefix: &str) -> Option<Text> {
        if prefix == "xml" {
            return Some(Text::new_static(postern_dotnet::xml::XML_NAMESPACE));
        }
        self.state.prefixes.get(prefix)?.last().cloned()
    }

    /// Whether it makes sense to go on.
    fn event(&mut self, event: &Event) -> bool {
        match event {
            Event::Start(index) => self.start(*index),
            Event::Text(text, place) => self.text(text, *place),
            Event::End(index) => self.end(*index),
        }
        !self.state.budget.is_spent() && self.state.violations.len() < limits::VIOLATIONS_MAX
    }

    fn stopped(&mut self, element: ElementIndex) -> Vec<Violation> {
        if self.state.budget.is_spent() {
            let place = self.document.element(element).map_or(0, |element| element.place);
            self.wrong(place, "The document takes too long to check against its schema.");
        }
        std::mem::take(&mut self.state.violations)
    }

    fn ended(&mut self) {
        for (reference, place) in std::mem::take(&mut self.state.references) {
            if !self.state.ids.contains(&reference) {
                let shown = crate::simple::shortened(&reference);
                self.wrong(place, format!("Reference to undeclared ID is '{shown}'."));
            }
        }
    }

    fn start(&mut self, index: ElementIndex) {
        self.declare(index);
        let Some(element) = self.document.element(index) else { return };
        let (declaration, mode) = self.entered(index, &element.name, element.place);
        let mut frame = Frame {
            index,
            declaration,
            mode,
            progress: Progress::default(),
            broken: false,
            nil: false,
            text: String::new(),
            text_reported: false,
            has_children: false,
        };
        if frame.mode != Mode::Skip {
            self.describe(&mut frame, &element.name, element.place);
        }
        self.state.identities.enter(&element.name);
        if let Some(declaration) = frame.declaration.and_then(|id| self.schemas.element(id))
            && frame.mode != Mode::Skip
        {
            let mut found = Vec::new();
            self.state.identities.open(self.schemas, &declaration.constraints, element.place, &mut found);
            for (place, message) in found {
                self.wrong(place, message);
            }
        }
        self.state.identities.select(self.schemas, element.place, &self.state.budget);
        self.attributes(&frame, element);
        self.state.frames.push(frame);
    }

    /// What an element is, from where it stands.
    fn entered(&mut self, index: ElementIndex, name: &XName, place: Place) -> (Option<ElementId>, Mode) {
        let known = |schemas: &Schemas| schemas.global_elements.get(name).copied();
        let of = |schemas: &Schemas, id: ElementId| {
            (Some(id), schemas.element(id).map_or(Mode::Lax, |element| Mode::Checked(element.of)))
        };
        let schemas = self.schemas;
        let root_type = self.state.root_type;
        let Some(parent) = self.state.frames.last_mut() else {
            if let Some(of) = root_type {
                return (None, Mode::Checked(of));
            }
            return match known(schemas) {
                Some(id) => of(schemas, id),
                None => {
                    // It may still say its type.
                    if !self.says_type(index) {
                        self.undeclared(name, place);
                    }
                    (None, Mode::Lax)
                }
            };
        };
        parent.has_children = true;
        let of_parent = match parent.mode {
            Mode::Skip => return (None, Mode::Skip),
            Mode::Lax => return known(schemas).map_or((None, Mode::Lax), |id| of(schemas, id)),
            Mode::Checked(of_parent) => of_parent,
        };
        if parent.broken {
            return (None, Mode::Skip);
        }
        match self.taken(of_parent, name, place) {
            None => (None, Mode::Skip),
            Some(Taken::Element(id)) => of(schemas, id),
            Some(Taken::Any(Process::Skip)) => (None, Mode::Skip),
            Some(Taken::Any(process)) => match known(schemas) {
                Some(id) => of(schemas, id),
                None if process == Process::Lax || self.says_type(index) => (None, Mode::Lax),
                None => {
                    self.wrong(place, format!("The '{}' element is not declared.", message::qualified(name)));
                    (None, Mode::Skip)
                }
            },
        }
    }

    fn undeclared(&mut self, name: &XName, place: Place) {
        let shown = message::qualified(name);
        if self.schemas.knows_namespace(name.namespace()) {
            self.wrong(place, format!("The '{shown}' element is not declared."));
        } else {
            self.wrong(place, format!("Could not find schema information for the element '{shown}'."));
        }
    }
}

/// `xs:anyType` takes everything.
fn is_any(of: TypeId) -> bool {
    of == ANY_TYPE
}
