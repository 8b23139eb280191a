//! Writing: `ToString` and `Save`.

pub(super) mod escape;
pub(super) mod writer;

use super::attribute::XAttribute;
use super::document::DocumentType;
use super::name::{XML_NAMESPACE, XMLNS_NAMESPACE};
use super::node::{Data, XNode};
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
    let mut resolver = Resolver(Vec::new());
    for ancestor in root.ancestors(None).iter().rev() {
        resolver.push(ancestor);
    }
    let mut scopes: Vec<usize> = Vec::new();
    let mut node = root.clone();
    loop {
        if node.is_element() {
            scopes.push(resolver.0.len());
            start_element(&node, &mut resolver, writer)?;
        } else if let Some(own) = leaf(&node) {
            own.write(writer)?;
        }
        if let Some(child) = node.child(0) {
            node = child;
            continue;
        }
        if node.is_element() {
            let ended = if node.is_empty() { writer.end() } else { end_with_empty_text(writer) };
            ended?;
            resolver.0.truncate(scopes.pop().unwrap_or_default());
        }
        loop {
            if node.is(root) {
                return Ok(());
            }
            if let Some(next) = node.next_node() {
                node = next;
                break;
            }
            let Some(parent) = node.parent_node() else { return Ok(()) };
            node = parent;
            if node.is_element() {
                writer.end_full()?;
                resolver.0.truncate(scopes.pop().unwrap_or_default());
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
