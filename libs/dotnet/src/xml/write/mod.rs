//! Writing: `ToString` and `Save`.

pub(super) mod escape;
pub(super) mod writer;

use super::attribute::XAttribute;
use super::document::DocumentType;
use super::name::{XML_NAMESPACE, XMLNS_NAMESPACE};
use super::node::{Data, XNode};
use crate::work::{Pace, Work, items, take};
use crate::{Exception, Text};
use writer::{Layout, Writer};

/// `SaveOptions`, as far as they change the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SaveOptions {
    /// Indented by two spaces.
    #[default]
    None,
    /// As it is.
    DisableFormatting,
}

impl SaveOptions {
    fn layout(self) -> Layout {
        match self {
            SaveOptions::None => Layout::Indented,
            SaveOptions::DisableFormatting => Layout::Compact,
        }
    }
}

impl XNode {
    /// `ToString(options)`. `ArgumentException` for characters that XML cannot contain, `XmlException` for contradicting namespaces.
    pub fn write(&self, options: SaveOptions) -> Result<Text, Exception> {
        let mut writer = Writer::new(options.layout());
        write_tree(self, &mut writer)?;
        writer.finish().map(Text::from)
    }

    /// As [`XNode::write`], with an error's message in the place of the text.
    pub(super) fn to_text(&self, options: SaveOptions) -> Text {
        self.write(options).unwrap_or_else(|exception| Text::new(&exception.message))
    }

    /// `Save` to a StringWriter: with a declaration, whose encoding is utf-16.
    pub fn save(&self, options: SaveOptions) -> Result<Text, Exception> {
        let mut writer = Writer::new(options.layout());
        let standalone = self.declaration().and_then(|declaration| declaration.parts().standalone);
        let standalone = match standalone.as_deref() {
            Some("yes") => " standalone=\"yes\"",
            Some("no") => " standalone=\"no\"",
            _ => "",
        };
        writer.line(&format!("<?xml version=\"1.0\" encoding=\"utf-16\"{standalone}?>"));
        write_tree(self, &mut writer)?;
        writer.finish().map(Text::from)
    }
}

/// `XAttribute.ToString()`
pub(super) fn attribute_text(attribute: &XAttribute) -> String {
    let name = attribute.name();
    let namespace = name.namespace();
    let prefix = match attribute.parent() {
        _ if namespace.is_empty() => Some(Text::default()),
        Some(parent) => parent.prefix_of_namespace(namespace),
        None if namespace == XML_NAMESPACE => Some(Text::new_static("xml")),
        None if namespace == XMLNS_NAMESPACE => Some(Text::new_static("xmlns")),
        None => None,
    };
    let prefix = prefix.unwrap_or_else(|| Text::new_static("p0"));
    let mut out = String::new();
    if !prefix.is_empty() {
        out.push_str(&prefix);
        out.push(':');
    }
    out.push_str(name.local());
    out.push_str("=\"");
    if let Err(exception) = escape::attribute(&mut out, &attribute.value()) {
        return exception.message.into_owned();
    }
    out.push('"');
    out
}

/// Prefixes declared by attributes around the place that is being written, the innermost last.
struct Resolver(Vec<(Text, Text)>);

impl Resolver {
    fn push(&mut self, element: &XNode) {
        for attribute in element.attributes() {
            if let Some(prefix) = attribute.declared_prefix() {
                self.0.push((prefix, attribute.value()));
            }
        }
    }

    /// The prefix to write for a namespace; `None` leaves it to the writer.
    fn prefix(&self, namespace: &str, allow_default: bool) -> Option<Text> {
        if namespace.is_empty() {
            return Some(Text::default());
        }
        let found = self.0.iter().enumerate().rev().find(|(index, (prefix, declared))| {
            declared == namespace
                && (allow_default || !prefix.is_empty())
                && !self.0.iter().skip(index + 1).any(|(later, _)| later == prefix)
        });
        match found {
            Some((_, (prefix, _))) => Some(prefix.clone()),
            None if namespace == XML_NAMESPACE => Some(Text::new_static("xml")),
            None if namespace == XMLNS_NAMESPACE => Some(Text::new_static("xmlns")),
            None => None,
        }
    }
}

/// Writes a node and all in it, without recursion.
pub(super) fn write_tree(root: &XNode, writer: &mut Writer) -> Result<(), Exception> {
    let mut place = Place::new(root);
    place.go_on(writer, usize::MAX)
}

/// The same with pauses between nodes. The error: also where more than `bytes_max` bytes would be written.
pub(super) async fn write_tree_in_pieces(
    pace: &Pace,
    root: &XNode,
    writer: &mut Writer,
    bytes_max: usize,
) -> Result<(), Exception> {
    let mut place = Place::new(root);
    while place.next.is_some() {
        let before = writer.length();
        place.go_on(writer, before.saturating_add(BYTES_BETWEEN_PAUSES))?;
        writer.cut();
        if writer.length() > bytes_max {
            return Err(Exception::out_of_memory());
        }
        pace.take(((writer.length() - before) as u64).saturating_mul(STEPS_PER_BYTE)).await;
    }
    Ok(())
}

/// Bytes that are written before the turn may end.
const BYTES_BETWEEN_PAUSES: usize = 1024;

/// A byte takes 20 to 40 nanoseconds where the document is all markup.
const STEPS_PER_BYTE: u64 = 4;

/// `ToString(options)` in pieces.
pub struct Writing {
    writer: Writer,
    place: Place,
}

impl Writing {
    /// Begins to write a node.
    #[must_use]
    pub fn new(node: &XNode, options: SaveOptions) -> Writing {
        Writing { writer: Writer::new(options.layout()), place: Place::new(node) }
    }
}

impl Work for Writing {
    type Output = Result<Text, Exception>;

    fn step(&mut self, steps: &mut u64) -> Option<Result<Text, Exception>> {
        let before = self.writer.length();
        let pause_at = before.saturating_add(items(*steps, STEPS_PER_BYTE));
        if let Err(exception) = self.place.go_on(&mut self.writer, pause_at) {
            return Some(Err(exception));
        }
        take(steps, self.writer.length() - before, STEPS_PER_BYTE);
        if self.place.next.is_some() {
            return None;
        }
        let writer = std::mem::replace(&mut self.writer, Writer::new(Layout::Compact));
        Some(writer.finish().map(Text::from))
    }

    fn bytes_taken(&self) -> usize {
        self.writer.length()
    }
}

/// Where in a tree writing is.
struct Place {
    root: XNode,
    /// What is written next; `None` at the end.
    next: Option<XNode>,
    resolver: Resolver,
    /// How many prefixes were declared around each open element.
    scopes: Vec<usize>,
}

impl Place {
    fn new(root: &XNode) -> Place {
        let mut resolver = Resolver(Vec::new());
        for ancestor in root.ancestors(None).iter().rev() {
            resolver.push(ancestor);
        }
        Place { root: root.clone(), next: Some(root.clone()), resolver, scopes: Vec::new() }
    }

    /// Writes whole nodes until the text is about `pause_at` bytes long.
    fn go_on(&mut self, writer: &mut Writer, pause_at: usize) -> Result<(), Exception> {
        while let Some(node) = self.next.take() {
            self.next = self.node(node, writer)?;
            if writer.length() >= pause_at {
                break;
            }
        }
        Ok(())
    }

    /// Writes a node, or its start tag if it has children, and the end tags behind it. Gives the next node.
    fn node(&mut self, mut node: XNode, writer: &mut Writer) -> Result<Option<XNode>, Exception> {
        if node.is_element() {
            self.scopes.push(self.resolver.0.len());
            start_element(&node, &mut self.resolver, writer)?;
        } else if let Some(own) = leaf(&node) {
            own.write(writer)?;
        }
        if let Some(child) = node.child(0) {
            return Ok(Some(child));
        }
        if node.is_element() {
            let ended = if node.is_empty() { writer.end() } else { end_with_empty_text(writer) };
            ended?;
            self.resolver.0.truncate(self.scopes.pop().unwrap_or_default());
        }
        loop {
            if node.is(&self.root) {
                return Ok(None);
            }
            if let Some(next) = node.next_node() {
                return Ok(Some(next));
            }
            let Some(parent) = node.parent_node() else { return Ok(None) };
            node = parent;
            if node.is_element() {
                writer.end_full()?;
                self.resolver.0.truncate(self.scopes.pop().unwrap_or_default());
            }
        }
    }
}

fn end_with_empty_text(writer: &mut Writer) -> Result<(), Exception> {
    writer.text("")?;
    writer.end_full()
}

fn start_element(element: &XNode, resolver: &mut Resolver, writer: &mut Writer) -> Result<(), Exception> {
    let Some(name) = element.name() else { return Ok(()) };
    resolver.push(element);
    let prefix = resolver.prefix(name.namespace(), true);
    writer.start(prefix.as_deref(), name.local(), name.namespace())?;
    for attribute in element.attributes() {
        let name = attribute.name();
        match attribute.declared_prefix() {
            Some(prefix) => writer.declare(&prefix, &attribute.value())?,
            None => {
                let prefix = resolver.prefix(name.namespace(), false);
                writer.attribute(prefix.as_deref(), name.local(), name.namespace(), &attribute.value())?;
            }
        }
    }
    Ok(())
}

/// The target of a processing instruction that stands for text which is not escaped: XSLT's `disable-output-escaping`. No real target has
/// this name.
pub(super) const RAW: &str = "\u{1}";

/// A node without children.
enum Leaf {
    Text(Text),
    CData(Text),
    Comment(Text),
    Instruction(Text, Text),
    DocumentType(DocumentType),
}

fn leaf(node: &XNode) -> Option<Leaf> {
    Some(match &node.node.data {
        Data::Text(value) => Leaf::Text(value.borrow().clone()),
        Data::Characters(value) => Leaf::CData(value.borrow().clone()),
        Data::Comment(value) => Leaf::Comment(value.borrow().clone()),
        Data::Instruction { target, data } => Leaf::Instruction(target.borrow().clone(), data.borrow().clone()),
        Data::DocumentType(declaration) => Leaf::DocumentType(declaration.borrow().clone()),
        Data::Document { .. } | Data::Element(_) => return None,
    })
}

impl Leaf {
    fn write(&self, writer: &mut Writer) -> Result<(), Exception> {
        match self {
            Leaf::Text(text) => writer.text(text),
            Leaf::CData(text) => writer.cdata(text),
            Leaf::Comment(text) => writer.comment(text),
            Leaf::Instruction(target, data) if target == RAW => writer.raw(data),
            Leaf::Instruction(target, data) => writer.instruction(target, data),
            Leaf::DocumentType(declaration) => {
                writer.line(&doctype_text(declaration));
                Ok(())
            }
        }
    }
}

fn doctype_text(declaration: &DocumentType) -> String {
    let mut out = format!("<!DOCTYPE {}", declaration.name);
    match (&declaration.public_id, &declaration.system_id) {
        (Some(public), system) => {
            out.push_str(&format!(" PUBLIC \"{public}\" \"{}\"", system.as_deref().unwrap_or_default()));
        }
        (None, Some(system)) => out.push_str(&format!(" SYSTEM \"{system}\"")),
        (None, None) => out.push(' '),
    }
    if let Some(subset) = &declaration.internal_subset {
        out.push_str(&format!("[{subset}]"));
    }
    out.push('>');
    out
}
