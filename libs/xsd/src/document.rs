//! A document as a flat list in the order of its text: what is checked, and what schemas are read from.
//!
//! Positions of all parts are kept, so that messages can say line and position as XmlReader does. Reading can pause: `Loading`.

use postern_dotnet::work::Work;
use postern_dotnet::xml::{self, LoadOptions, NodeKind, XML_NAMESPACE, XName, XNode};
use postern_dotnet::{Exception, Text};

/// An element of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ElementIndex(pub(crate) u32);

/// A byte offset.
pub(crate) type Place = u32;

#[derive(Debug)]
pub(crate) enum Event {
    Start(ElementIndex),
    Text(Text, Place),
    End(ElementIndex),
}

#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) name: XName,
    pub(crate) value: Text,
    pub(crate) place: Place,
    /// The prefix that it declares.
    pub(crate) declares: Option<Text>,
}

#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: XName,
    pub(crate) attributes: (u32, u32),
    pub(crate) parent: Option<ElementIndex>,
    /// Elements around it.
    pub(crate) depth: usize,
    pub(crate) place: Place,
    /// Where its end tag stands; itself without one.
    pub(crate) end_place: Place,
    /// Its events: from its start to its end.
    pub(crate) events: (u32, u32),
}

/// A document that was read.
#[derive(Debug, Default)]
pub struct Document {
    text: Text,
    elements: Vec<Element>,
    attributes: Vec<Attribute>,
    pub(crate) events: Vec<Event>,
}

static NOTHING: &[Attribute] = &[];

impl Document {
    /// Reads a document; the exception is that of XmlReader.
    pub fn read(text: &str) -> Result<Document, Exception> {
        let mut loading = Loading::new(Text::new(text));
        loop {
            if let Some(done) = loading.step(&mut { u64::MAX }) {
                return done;
            }
        }
    }

    /// The root element.
    #[must_use]
    pub fn root(&self) -> Option<ElementIndex> {
        (!self.elements.is_empty()).then_some(ElementIndex(0))
    }

    pub(crate) fn element(&self, index: ElementIndex) -> Option<&Element> {
        self.elements.get(index.0 as usize)
    }

    /// The element with the most elements around it.
    pub(crate) fn deepest(&self) -> Option<&Element> {
        self.elements.iter().max_by_key(|element| element.depth)
    }

    /// The name of an element: namespace and local name.
    #[must_use]
    pub fn name(&self, index: ElementIndex) -> (&str, &str) {
        self.element(index).map_or(("", ""), |element| (element.name.namespace(), element.name.local()))
    }

    /// The elements directly in an element.
    pub fn children(&self, index: ElementIndex) -> impl Iterator<Item = ElementIndex> {
        let (first, last) = self.element(index).map_or((0, 0), |element| element.events);
        let mut next = first as usize + 1;
        std::iter::from_fn(move || {
            while next < last as usize {
                let event = self.events.get(next)?;
                next += 1;
                if let Event::Start(child) = event {
                    next = self.element(*child)?.events.1 as usize + 1;
                    return Some(*child);
                }
            }
            None
        })
    }

    pub(crate) fn attributes(&self, index: ElementIndex) -> &[Attribute] {
        let range = self.element(index).map(|element| element.attributes.0 as usize..element.attributes.1 as usize);
        range.and_then(|range| self.attributes.get(range)).unwrap_or(NOTHING)
    }

    /// The value of an attribute without a namespace.
    pub(crate) fn attribute(&self, index: ElementIndex, local: &str) -> Option<&Text> {
        self.attributes(index).iter().find(|attribute| attribute.name.is_plain(local)).map(|attribute| &attribute.value)
    }

    /// The namespace of a prefix (empty: the default one) at an element. For schemas, which are not deep.
    pub(crate) fn namespace(&self, index: ElementIndex, prefix: &str) -> Option<Text> {
        if prefix == "xml" {
            return Some(Text::new_static(XML_NAMESPACE));
        }
        let mut current = Some(index);
        while let Some(index) = current {
            let declares = |attribute: &&Attribute| attribute.declares.as_deref() == Some(prefix);
            if let Some(declaration) = self.attributes(index).iter().find(declares) {
                return Some(declaration.value.clone());
            }
            current = self.element(index).and_then(|element| element.parent);
        }
        None
    }

    /// Line and position of the name of an element, both from 1, the position in UTF-16 units.
    #[must_use]
    pub fn position_of(&self, index: ElementIndex) -> (usize, usize) {
        self.position(self.element(index).map_or(0, |element| element.place))
    }

    /// Line and position of an offset.
    pub(crate) fn position(&self, place: Place) -> (usize, usize) {
        let before = self.text.get(..place as usize).unwrap_or(&self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        (line, before.get(start..).unwrap_or_default().encode_utf16().count() + 1)
    }
}

/// A document that is being read.
pub struct Loading {
    document: Document,
    stage: Stage,
}

enum Stage {
    /// Into a tree.
    Parsing(Box<xml::Loading>),
    /// From the tree into the list.
    Listing(Listing),
}

struct Listing {
    places: std::vec::IntoIter<Place>,
    last: Place,
    open: Vec<Open>,
}

/// An element whose children are being listed.
struct Open {
    index: ElementIndex,
    node: XNode,
    next: usize,
}

/// Of listing an element, a text or an end: some 200 nanoseconds.
const STEPS_PER_NODE: u64 = 20;

impl Loading {
    /// Begins to read a document.
    #[must_use]
    pub fn new(text: Text) -> Loading {
        let parsing = xml::Loading::document(text.clone(), LoadOptions::PreserveWhitespace).with_places();
        Loading { document: Document { text, ..Document::default() }, stage: Stage::Parsing(Box::new(parsing)) }
    }

    /// Begins to read a document from a stranger: a document type is an error, as for a validating `XmlReader` by default.
    #[must_use]
    pub fn prohibiting_dtd(text: Text) -> Loading {
        let options = LoadOptions::PreserveWhitespace;
        let parsing = xml::Loading::document(text.clone(), options).with_places().prohibiting_dtd();
        Loading { document: Document { text, ..Document::default() }, stage: Stage::Parsing(Box::new(parsing)) }
    }
}

impl Work for Loading {
    type Output = Result<Document, Exception>;

    fn step(&mut self, steps: &mut u64) -> Option<Result<Document, Exception>> {
        if let Stage::Parsing(parsing) = &mut self.stage {
            let tree = match parsing.step(steps)? {
                Ok(tree) => tree,
                Err(exception) => return Some(Err(exception)),
            };
            let mut listing = Listing { places: parsing.take_places().into_iter(), last: 0, open: Vec::new() };
            if let Some(root) = tree.root() {
                let started = listing.start(&mut self.document, root, None);
                listing.open.extend(started);
            }
            self.stage = Stage::Listing(listing);
        }
        let Stage::Listing(listing) = &mut self.stage else { return None };
        loop {
            if !listing.go_on(&mut self.document) {
                return Some(Ok(std::mem::take(&mut self.document)));
            }
            *steps = steps.saturating_sub(STEPS_PER_NODE);
            if *steps == 0 {
                return None;
            }
        }
    }
}

impl Listing {
    fn place(&mut self) -> Place {
        self.last = self.places.next().unwrap_or(self.last);
        self.last
    }

    /// Lists the next node; `false` when there is none.
    fn go_on(&mut self, document: &mut Document) -> bool {
        let Some(open) = self.open.last_mut() else { return false };
        let index = open.index;
        let Some(child) = open.node.child(open.next) else {
            let is_closed_by_tag = !open.node.is_empty();
            // A large tree takes long to free at once.
            open.node.free_nodes();
            self.open.pop();
            let end = is_closed_by_tag.then(|| self.place());
            document.end(index, end);
            return true;
        };
        open.next += 1;
        if child.is_text() {
            let place = if child.kind() == NodeKind::Text { self.place() } else { self.last };
            document.events.push(Event::Text(child.own_value().unwrap_or_default(), place));
        } else if child.is_element() {
            let started = self.start(document, child, Some(index));
            self.open.extend(started);
        }
        true
    }

    fn start(&mut self, document: &mut Document, node: XNode, parent: Option<ElementIndex>) -> Option<Open> {
        let index = ElementIndex(u32::try_from(document.elements.len()).ok()?);
        let first = document.attributes.len() as u32;
        let place = self.place();
        for attribute in node.attributes() {
            let declares = attribute.declared_prefix();
            document.attributes.push(Attribute {
                name: attribute.name().clone(),
                value: attribute.value(),
                place: self.place(),
                declares,
            });
        }
        let depth = parent.and_then(|parent| document.element(parent)).map_or(0, |parent| parent.depth + 1);
        let event = document.events.len() as u32;
        document.elements.push(Element {
            name: node.name()?,
            attributes: (first, document.attributes.len() as u32),
            parent,
            depth,
            place,
            end_place: place,
            events: (event, event),
        });
        document.events.push(Event::Start(index));
        Some(Open { index, node, next: 0 })
    }
}

impl Document {
    fn end(&mut self, index: ElementIndex, place: Option<Place>) {
        let event = self.events.len() as u32;
        if let Some(element) = self.elements.get_mut(index.0 as usize) {
            element.events.1 = event;
            element.end_place = place.unwrap_or(element.place);
        }
        self.events.push(Event::End(index));
    }
}
