//! Nodes, attributes and names as values of the language.

use std::any::Any;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::LazyLock;

use postern_dotnet::work::Paced;
use postern_dotnet::xml::{
    LoadOptions, Loading, NodeKind, SaveOptions, Writing, XAttribute, XDeclaration, XName, XNode,
};
use postern_dotnet::{Exception, Text};

use crate::expression::array::Array;
use crate::expression::library::pieces::{ONE_GO_BYTES_MAX, ONE_GO_NODES_MAX, work};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Bytes that one node of a document costs, about.
const NODE_BYTES: usize = 200;

macro_rules! class_types {
    ($($function:ident $class:literal)*) => {
        $(pub(super) fn $function() -> Type {
            static OF: LazyLock<Type> = LazyLock::new(|| Type::named(concat!("System.Xml.Linq.", $class)));
            OF.clone()
        })*
    };
}

class_types! {
    x_element "XElement" x_document "XDocument" x_text "XText" x_cdata "XCData" x_comment "XComment"
    x_instruction "XProcessingInstruction" x_document_type "XDocumentType" x_attribute "XAttribute" x_name "XName"
    x_namespace "XNamespace" x_declaration "XDeclaration" x_node "XNode"
}

/// A node of any kind.
pub(crate) struct NodeValue(pub(crate) XNode);

/// A node as a value; null for none.
pub(crate) fn node_value(node: impl Into<Option<XNode>>) -> Value {
    node.into().map_or(Value::Null, |node| Value::object(NodeValue(node)))
}

/// The node behind a value, if it is one.
pub(crate) fn node_of(value: &Value) -> Option<&XNode> {
    value.downcast_ref::<NodeValue>().map(|node| &node.0)
}

/// `this` or an argument as a node.
pub(super) fn node(call: &Call<'_, '_>, index: usize) -> Result<XNode, Thrown> {
    node_of(call.argument(index)).cloned().ok_or_else(|| Exception::null_reference().into())
}

/// Nodes as an array of their class, paid for.
pub(super) fn nodes(machine: &mut Machine<'_>, of: Type, nodes: Vec<XNode>) -> Result<Value, Thrown> {
    machine.charge_memory(nodes.len() * size_of::<Value>() * 2)?;
    Ok(Value::object(Array::values(of, nodes.into_iter().map(node_value).collect())))
}

/// What a walk over everything below a node finds, as an array of their class; in pieces.
pub(super) fn found(machine: &mut Machine<'_>, of: Type, finding: Paced<Vec<XNode>>) -> Result<Value, Thrown> {
    let values = work(machine, |_| {
        Ok(Paced::new(|pace| async move {
            let nodes = pace.run(finding).await;
            pace.take_bytes(nodes.len() * size_of::<Value>() * 2);
            let mut values = Vec::with_capacity(nodes.len());
            for node in nodes {
                pace.take(LISTED_STEPS).await;
                values.push(node_value(node));
            }
            values
        }))
    })?;
    Ok(Value::object(Array::values(of, values)))
}

/// Steps for making a node a value.
const LISTED_STEPS: u64 = 3;

/// Pays for a walk over everything below a node; how many nodes that are. A tree that is too large is not looked at to its end.
pub(in crate::expression::library) fn charge_walk(machine: &mut Machine<'_>, node: &XNode) -> Result<usize, Thrown> {
    /// Steps for a node.
    const STEPS: usize = 2;
    let most = usize::try_from(machine.steps_left()).unwrap_or(usize::MAX) / STEPS;
    let count = node.node_count_within(most);
    machine.charge(count.saturating_mul(STEPS))?;
    Ok(count)
}

/// Pays for a copy of a node and everything below it.
pub(super) fn charge_copy(machine: &mut Machine<'_>, node: &XNode) -> Result<(), Thrown> {
    let count = charge_walk(machine, node)?;
    machine.charge_memory(count.saturating_mul(NODE_BYTES))
}

/// A copy of a node and everything in it, paid for; of a large one in turns.
///
/// # Errors
/// A spent budget, the end of the turn.
pub(in crate::expression::library) fn copy_of(machine: &mut Machine<'_>, node: &XNode) -> Result<XNode, Thrown> {
    if machine.has_paused_in::<Copying>() || node.node_count_within(ONE_GO_NODES_MAX) > ONE_GO_NODES_MAX {
        return Ok(work(machine, |_| Ok(node.copying()))??);
    }
    charge_copy(machine, node)?;
    Ok(node.deep_clone())
}

/// What [`XNode::copying`] is.
type Copying = Paced<Result<XNode, Exception>>;

/// Pays for reading a text.
pub(super) fn charge_read(machine: &mut Machine<'_>, text: &str) -> Result<(), Thrown> {
    machine.charge_memory(read_bytes(text))
}

/// Reads a text, paid for; a long one in pieces, which `begin` begins.
///
/// # Errors
/// `XmlException`, a spent budget, the end of the turn.
pub(in crate::expression::library) fn read_text(
    machine: &mut Machine<'_>,
    text: &Text,
    parse: fn(&str, LoadOptions) -> Result<XNode, Exception>,
    begin: fn(Text, LoadOptions) -> Loading,
    options: LoadOptions,
) -> Result<XNode, Thrown> {
    if machine.is_resumed() || text.len() > ONE_GO_BYTES_MAX {
        let begin = |machine: &mut Machine<'_>| {
            machine.charge(text.len() / 16)?;
            machine.take_memory(read_bytes(text))?;
            Ok(begin(text.clone(), options))
        };
        return Ok(work(machine, begin)??);
    }
    charge_read(machine, text)?;
    Ok(parse(text, options)?)
}

/// Memory that a text takes as a document.
fn read_bytes(text: &str) -> usize {
    let markup = text.bytes().filter(|byte| matches!(byte, b'<' | b'=')).count();
    text.len().saturating_add(markup.saturating_mul(NODE_BYTES))
}

/// The text of a node, paid for.
pub(super) fn written(machine: &mut Machine<'_>, node: &XNode, options: SaveOptions) -> Result<Text, Thrown> {
    charge_walk(machine, node)?;
    let text = node.write(options)?;
    machine.charge_memory(text.len())?;
    Ok(text)
}

/// The same for natives that can be called again after a pause.
pub(super) fn written_in_pieces(machine: &mut Machine<'_>, node: &XNode, options: SaveOptions) -> Result<Text, Thrown> {
    if !machine.is_resumed() && node.node_count_within(ONE_GO_NODES_MAX) <= ONE_GO_NODES_MAX {
        return written(machine, node, options);
    }
    Ok(work(machine, |_| Ok(Writing::new(node, options)))??)
}

impl Object for NodeValue {
    fn of(&self) -> Type {
        match self.0.kind() {
            NodeKind::Element => x_element(),
            NodeKind::Text => x_text(),
            NodeKind::CData => x_cdata(),
            NodeKind::ProcessingInstruction => x_instruction(),
            NodeKind::Comment => x_comment(),
            NodeKind::Document => x_document(),
            NodeKind::DocumentType => x_document_type(),
        }
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        written(machine, &self.0, SaveOptions::None)
    }

    fn to_text_in_turns(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        written_in_pieces(machine, &self.0, SaveOptions::None)
    }

    fn equals(&self, other: &Value) -> bool {
        node_of(other).is_some_and(|other| self.0.is(other))
    }

    fn hash_code(&self) -> u64 {
        self.0.identity() as u64
    }
}

/// An attribute.
pub(super) struct AttributeValue(pub(super) XAttribute);

pub(super) fn attribute_value(attribute: impl Into<Option<XAttribute>>) -> Value {
    attribute.into().map_or(Value::Null, |attribute| Value::object(AttributeValue(attribute)))
}

pub(in crate::expression::library) fn attribute_of(value: &Value) -> Option<&XAttribute> {
    value.downcast_ref::<AttributeValue>().map(|attribute| &attribute.0)
}

pub(super) fn attribute(call: &Call<'_, '_>, index: usize) -> Result<XAttribute, Thrown> {
    attribute_of(call.argument(index)).cloned().ok_or_else(|| Exception::null_reference().into())
}

/// Attributes as an array, paid for.
pub(super) fn attributes(machine: &mut Machine<'_>, attributes: Vec<XAttribute>) -> Result<Value, Thrown> {
    machine.charge_memory(attributes.len() * size_of::<Value>() * 2)?;
    Ok(Value::object(Array::values(x_attribute(), attributes.into_iter().map(attribute_value).collect())))
}

impl Object for AttributeValue {
    fn of(&self) -> Type {
        x_attribute()
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        machine.charge_memory(self.0.value().len())?;
        Ok(Text::from(self.0.to_string()))
    }

    fn equals(&self, other: &Value) -> bool {
        attribute_of(other).is_some_and(|other| self.0.is(other))
    }

    fn hash_code(&self) -> u64 {
        self.0.identity() as u64
    }
}

/// An XName. Names are equal when their text is, as interned names are in .NET.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct NameValue(pub(super) XName);

pub(super) fn name_value(name: impl Into<Option<XName>>) -> Value {
    name.into().map_or(Value::Null, |name| Value::object(NameValue(name)))
}

/// An XName argument; `None` for null.
pub(super) fn name(call: &Call<'_, '_>, index: usize) -> Option<XName> {
    call.argument(index).downcast_ref::<NameValue>().map(|name| name.0.clone())
}

/// An XName argument that must not be null.
pub(super) fn required_name(call: &Call<'_, '_>, index: usize) -> Result<XName, Thrown> {
    name(call, index).ok_or_else(|| Exception::argument_null("name").into())
}

/// An XNamespace: its URI.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct NamespaceValue(pub(super) Text);

pub(super) fn namespace_value(namespace: impl Into<Option<Text>>) -> Value {
    namespace.into().map_or(Value::Null, |namespace| Value::object(NamespaceValue(namespace)))
}

/// An XNamespace argument; `None` for null.
pub(super) fn namespace(call: &Call<'_, '_>, index: usize) -> Option<Text> {
    call.argument(index).downcast_ref::<NamespaceValue>().map(|namespace| namespace.0.clone())
}

macro_rules! named_by_text {
    ($($value:ident $of:ident)*) => { $(
        impl Object for $value {
            fn of(&self) -> Type {
                $of()
            }

            fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
                self
            }

            fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
                Ok(Text::from(self.0.to_string()))
            }

            fn equals(&self, other: &Value) -> bool {
                other.downcast_ref::<$value>() == Some(self)
            }

            fn hash_code(&self) -> u64 {
                let mut hasher = DefaultHasher::new();
                self.hash(&mut hasher);
                hasher.finish()
            }
        }
    )* };
}

named_by_text! { NameValue x_name NamespaceValue x_namespace }

/// An XDeclaration.
pub(super) struct DeclarationValue(pub(super) XDeclaration);

impl Object for DeclarationValue {
    fn of(&self) -> Type {
        x_declaration()
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(Text::from(self.0.to_string()))
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<DeclarationValue>().is_some_and(|other| self.0.is(&other.0))
    }
}
