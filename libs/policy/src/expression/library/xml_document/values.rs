//! Nodes of the document object model as values of the language.

use std::any::Any;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use postern_dotnet::work::Paced;
use postern_dotnet::xml::{NodeKind, SaveOptions, Writing, XNode, XPathItem};
use postern_dotnet::{Exception, Text};

use crate::expression::library::Library;
use crate::expression::library::fixed_list::FixedList;
use crate::expression::library::pieces::{ONE_GO_NODES_MAX, work};
use crate::expression::library::xml::charge_walk;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{Enumerator, Object};
use crate::expression::sequence::Items;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// A XmlNode of any class.
pub(super) struct DomValue(pub(super) XPathItem);

/// A node as a value; null for none.
pub(super) fn dom_value(item: impl Into<Option<XPathItem>>) -> Value {
    item.into().map_or(Value::Null, |item| Value::object(DomValue(item)))
}

/// A node of a tree as a value; null for none.
pub(in crate::expression::library) fn dom_node(node: impl Into<Option<XNode>>) -> Value {
    dom_value(node.into().map(XPathItem::Node))
}

/// The node behind a value, if it is one.
pub(in crate::expression::library) fn dom_of(value: &Value) -> Option<&XPathItem> {
    value.downcast_ref::<DomValue>().map(|value| &value.0)
}

/// `this` or an argument.
pub(super) fn item(call: &Call<'_, '_>, index: usize) -> Result<XPathItem, Thrown> {
    let value = call.argument(index).downcast_ref::<DomValue>();
    value.map(|value| value.0.clone()).ok_or_else(|| Exception::null_reference().into())
}

/// `this` as a node of a tree; `None` for attributes.
pub(super) fn node(call: &Call<'_, '_>) -> Result<Option<XNode>, Thrown> {
    Ok(match item(call, 0)? {
        XPathItem::Node(node) => Some(node),
        _ => None,
    })
}

/// Declares the classes, so that members can name them.
pub(super) fn declare(library: &mut Library) {
    for header in [
        "class System.Xml.XmlNode",
        "class System.Xml.XmlLinkedNode : XmlNode",
        "class System.Xml.XmlElement : XmlLinkedNode",
        "class System.Xml.XmlDocument : XmlNode",
        "class System.Xml.XmlAttribute : XmlNode",
        "class System.Xml.XmlCharacterData : XmlLinkedNode",
        "class System.Xml.XmlText : XmlCharacterData",
        "class System.Xml.XmlCDataSection : XmlCharacterData",
        "class System.Xml.XmlComment : XmlCharacterData",
        "class System.Xml.XmlProcessingInstruction : XmlLinkedNode",
        "class System.Xml.XmlDocumentType : XmlLinkedNode",
        "class System.Xml.XmlNodeList : IEnumerable",
        "class System.Xml.XmlAttributeCollection : IEnumerable",
    ] {
        library.declare(header);
    }
}

impl Object for DomValue {
    fn of(&self) -> Type {
        Type::named(match &self.0 {
            XPathItem::Node(node) => match node.kind() {
                NodeKind::Element => "System.Xml.XmlElement",
                NodeKind::Text => "System.Xml.XmlText",
                NodeKind::CData => "System.Xml.XmlCDataSection",
                NodeKind::ProcessingInstruction => "System.Xml.XmlProcessingInstruction",
                NodeKind::Comment => "System.Xml.XmlComment",
                NodeKind::Document => "System.Xml.XmlDocument",
                NodeKind::DocumentType => "System.Xml.XmlDocumentType",
            },
            XPathItem::Attribute(_) | XPathItem::Namespace { .. } => "System.Xml.XmlAttribute",
        })
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    /// Walking over a node walks over its children.
    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        let XPathItem::Node(node) = &self.0 else { return None };
        let children: Vec<Value> = node.nodes().into_iter().map(dom_node).collect();
        Some(Box::new(Items(children.into_iter())))
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<DomValue>().is_some_and(|other| same(&self.0, &other.0))
    }

    fn hash_code(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        match &self.0 {
            XPathItem::Node(node) => node.identity().hash(&mut hasher),
            XPathItem::Attribute(attribute) => attribute.identity().hash(&mut hasher),
            XPathItem::Namespace { prefix, .. } => prefix.hash(&mut hasher),
        }
        hasher.finish()
    }
}

/// Whether two items are the same node.
pub(super) fn same(left: &XPathItem, right: &XPathItem) -> bool {
    match (left, right) {
        (XPathItem::Node(left), XPathItem::Node(right)) => left.is(right),
        (XPathItem::Attribute(left), XPathItem::Attribute(right)) => left.is(right),
        _ => false,
    }
}

/// A XmlNodeList or XmlAttributeCollection.
pub(super) type DomList = FixedList;

/// A list of nodes, paid for.
pub(super) fn dom_list(machine: &mut Machine<'_>, class: &'static str, items: Vec<XPathItem>) -> Result<Value, Thrown> {
    machine.charge_memory(items.len() * size_of::<Value>() * 2)?;
    Ok(Value::object(DomList { class, items: items.into_iter().map(dom_value).collect(), owner: () }))
}

/// The text of nodes, paid for.
pub(super) fn outer_xml(machine: &mut Machine<'_>, nodes: &[XNode]) -> Result<Text, Thrown> {
    let mut out = String::new();
    for node in nodes {
        charge_walk(machine, node)?;
        out.push_str(&node.write(SaveOptions::DisableFormatting)?);
    }
    machine.charge_memory(out.len())?;
    Ok(Text::from(out))
}

/// The same for natives that can be called again after a pause.
pub(super) fn outer_xml_in_pieces(machine: &mut Machine<'_>, nodes: Vec<XNode>) -> Result<Text, Thrown> {
    let mut left = ONE_GO_NODES_MAX;
    let is_small = nodes.iter().all(|node| {
        left = left.saturating_sub(node.node_count_within(ONE_GO_NODES_MAX));
        left > 0
    });
    if is_small && !machine.is_resumed() {
        return outer_xml(machine, &nodes);
    }
    let written = work(machine, |_| {
        Ok(Paced::new(|pace| async move {
            let mut out = String::new();
            for node in nodes {
                out.push_str(&pace.run(Writing::new(&node, SaveOptions::DisableFormatting)).await?);
            }
            Ok::<_, Exception>(Text::from(out))
        }))
    })?;
    Ok(written?)
}
