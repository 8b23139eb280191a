//! A document as a flat list in the order of its text: what is checked, and what schemas are read from.
//!
//! Positions of all parts are kept, so that messages can say line and position as XmlReader does.

use postern_dotnet::xml::{XName, XNode};
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
    pub(crate) children: Vec<ElementIndex>,
}

/// A document that was read.
#[derive(Debug)]
pub struct Document<'t> {
    text: &'t str,
    elements: Vec<Element>,
    attributes: Vec<Attribute>,
    pub(crate) events: Vec<Event>,
}

static NOTHING: &[Attribute] = &[];

impl<'t> Document<'t> {
    /// Reads a document; the exception is that of XmlReader.
    pub fn read(text: &'t str) -> Result<Document<'t>, Exception> {
        let (tree, places) = XNode::parse_placed(text)?;
        let mut document = Document { text, elements: Vec::new(), attributes: Vec::new(), events: Vec::new() };
        if let Some(root) = tree.root() {
            document.flatten(&root, &mut places.into_iter());
        }
        Ok(document)
    }

    fn flatten(&mut self, root: &XNode, places: &mut dyn Iterator<Item = Place>) {
        let mut last = 0;
        let mut next = move || {
            last = places.next().unwrap_or(last);
            last
        };
        let mut open: Vec<(ElementIndex, XNode, std::vec::IntoIter<XNode>)> = Vec::new();
        open.extend(self.start(root, None, &mut next));
        while let Some((index, node, children)) = open.last_mut() {
            let index = *index;
            let Some(child) = children.next() else {
                let is_closed_by_tag = !node.is_empty();
                open.pop();
                let end = is_closed_by_tag.then(&mut next);
                self.end(index, end);
                continue;
            };
            if child.is_text() {
                let place = if child.kind() == postern_dotnet::xml::NodeKind::Text { next() } else { 0 };
                self.events.push(Event::Text(child.own_value().unwrap_or_default(), place));
            } else if child.is_element() {
                open.extend(self.start(&child, Some(index), &mut next));
            }
        }
    }

    fn start(
        &mut self,
        node: &XNode,
        parent: Option<ElementIndex>,
        next: &mut dyn FnMut() -> Place,
    ) -> Option<(ElementIndex, XNode, std::vec::IntoIter<XNode>)> {
        let index = ElementIndex(u32::try_from(self.elements.len()).ok()?);
        let first = self.attributes.len() as u32;
        let place = next();
        for attribute in node.attributes() {
            let declares = attribute.declared_prefix();
            self.attributes.push(Attribute {
                name: attribute.name().clone(),
                value: attribute.value(),
                place: next(),
                declares,
            });
        }
        let depth = match parent.and_then(|parent| self.elements.get_mut(parent.0 as usize)) {
            Some(parent) => {
                parent.children.push(index);
                parent.depth + 1
            }
            None => 0,
        };
        let event = self.events.len() as u32;
        self.elements.push(Element {
            name: node.name()?,
            attributes: (first, self.attributes.len() as u32),
            parent,
            depth,
            place,
            end_place: place,
            events: (event, event),
            children: Vec::new(),
        });
        self.events.push(Event::Start(index));
        Some((index, node.clone(), node.nodes().into_iter()))
    }

    fn end(&mut self, index: ElementIndex, place: Option<Place>) {
        let event = self.events.len() as u32;
        if let Some(element) = self.elements.get_mut(index.0 as usize) {
            element.events.1 = event;
            element.end_place = place.unwrap_or(element.place);
        }
        self.events.push(Event::End(index));
    }

    /// The root element.
    #[must_use]
    pub fn root(&self) -> Option<ElementIndex> {
        (!self.elements.is_empty()).then_some(ElementIndex(0))
    }

    pub(crate) fn element(&self, index: ElementIndex) -> Option<&Element> {
        self.elements.get(index.0 as usize)
    }

    /// The name of an element: namespace and local name.
    #[must_use]
    pub fn name(&self, index: ElementIndex) -> (&str, &str) {
        self.element(index).map_or(("", ""), |element| (element.name.namespace(), element.name.local()))
    }

    /// The elements directly in an element.
    #[must_use]
    pub fn children(&self, index: ElementIndex) -> &[ElementIndex] {
        self.element(index).map_or(&[], |element| &element.children)
    }

    pub(crate) fn attributes(&self, index: ElementIndex) -> &[Attribute] {
        let range = self.element(index).map(|element| element.attributes.0 as usize..element.attributes.1 as usize);
        range.and_then(|range| self.attributes.get(range)).unwrap_or(NOTHING)
    }

    /// The value of an attribute without a namespace.
    #[must_use]
    pub fn attribute(&self, index: ElementIndex, local: &str) -> Option<&Text> {
        self.attributes(index).iter().find(|attribute| attribute.name.is_plain(local)).map(|attribute| &attribute.value)
    }

    /// The namespace of a prefix (empty: the default one) at an element.
    pub(crate) fn namespace(&self, index: ElementIndex, prefix: &str) -> Option<Text> {
        if prefix == "xml" {
            return Some(Text::new_static(postern_dotnet::xml::XML_NAMESPACE));
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

    /// Line and position of an offset, both from 1, the position in UTF-16 units.
    pub(crate) fn position(&self, place: Place) -> (usize, usize) {
        let before = self.text.get(..place as usize).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        (line, before.get(start..).unwrap_or_default().encode_utf16().count() + 1)
    }

    /// The text directly in an element.
    #[must_use]
    pub fn text_of(&self, index: ElementIndex) -> String {
        let Some(element) = self.element(index) else { return String::new() };
        let events = self.events.get(element.events.0 as usize..element.events.1 as usize).unwrap_or_default();
        events
            .iter()
            .filter_map(|event| if let Event::Text(text, _) = event { Some(text.as_str()) } else { None })
            .collect()
    }
}
