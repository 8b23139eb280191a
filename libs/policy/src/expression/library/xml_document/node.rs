//! XmlNode: what all nodes can do.

use postern_dotnet::xml::{Content, NodeKind, XNode, XPathItem, XPathValue};
use postern_dotnet::{Exception, ExceptionType, Text};

use super::super::pieces::{ONE_GO_NODES_MAX, work};
use super::super::values::constant;
use super::super::xml::{charge_walk, copy_of, xpath};
use super::values::{DomValue, dom_list, dom_node, dom_value, item, node, outer_xml_in_pieces, same};
use crate::expression::library::Library;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) const NODE_LIST: &str = "System.Xml.XmlNodeList";
pub(super) const ATTRIBUTES: &str = "System.Xml.XmlAttributeCollection";
const HEADER: &str = "class System.Xml.XmlNode";

pub(super) fn declare(library: &mut Library) {
    names(library);
    contents(library);
    relatives(library);
    changes(library);
}

fn names(library: &mut Library) {
    library
        .declare(HEADER)
        .getter("string Name", |call| Ok(name(&item(call, 0)?).into()))
        .getter("string LocalName", |call| {
            let item = item(call, 0)?;
            let local = item.expanded_name().map(|name| name.local().clone());
            Ok(local.unwrap_or_else(|| name(&item)).into())
        })
        .getter("string NamespaceURI", |call| {
            let name = item(call, 0)?.expanded_name();
            Ok(name.map(|name| name.namespace().clone()).unwrap_or_default().into())
        })
        .getter("string Prefix", |call| {
            let name = name(&item(call, 0)?);
            Ok(Value::text(name.split_once(':').map_or("", |(prefix, _)| prefix)))
        })
        .getter("XmlNodeType NodeType", |call| {
            let kind = match item(call, 0)? {
                XPathItem::Node(node) => node.kind() as i64,
                _ => 2,
            };
            Ok(constant("System.Xml.XmlNodeType", kind))
        })
        .operator("static bool operator ==(XmlNode left, XmlNode right)", |call| Ok(Value::Bool(equal(call))))
        .operator("static bool operator !=(XmlNode left, XmlNode right)", |call| Ok(Value::Bool(!equal(call))));
}

/// Identity: an object of the language is made anew each time a node is asked for.
fn equal(call: &Call<'_, '_>) -> bool {
    let dom = |index: usize| call.argument(index).downcast_ref::<DomValue>();
    match (dom(0), dom(1)) {
        (Some(left), Some(right)) => same(&left.0, &right.0),
        (left, right) => left.is_none() && right.is_none(),
    }
}

/// `Name`: with its prefix, or `#text` and the like.
pub(super) fn name(item: &XPathItem) -> Text {
    let XPathItem::Node(node) = item else { return item.qualified_name() };
    Text::new_static(match node.kind() {
        NodeKind::Text => "#text",
        NodeKind::CData => "#cdata-section",
        NodeKind::Comment => "#comment",
        NodeKind::Document => "#document",
        NodeKind::DocumentType => {
            return node.doctype().map(|declaration| declaration.name.clone()).unwrap_or_default();
        }
        NodeKind::Element | NodeKind::ProcessingInstruction => return item.qualified_name(),
    })
}

fn contents(library: &mut Library) {
    library
        .declare(HEADER)
        .getter("string Value", |call| {
            Ok(match item(call, 0)? {
                XPathItem::Node(node) => node.own_value().into(),
                other => other.value().into(),
            })
        })
        .setter("string Value", set_value)
        .getter("string InnerText", |call| {
            let item = item(call, 0)?;
            let text = match &item {
                XPathItem::Node(node) if is_large(call.machine, node) => work(call.machine, |_| Ok(node.valuing()))?,
                XPathItem::Node(node) => {
                    charge_walk(call.machine, node)?;
                    node.value()
                }
                other => other.value(),
            };
            call.machine.charge_memory(text.len())?;
            Ok(text.into())
        })
        .setter("string InnerText", set_value)
        .getter("string InnerXml", |call| match item(call, 0)? {
            XPathItem::Node(node) => Ok(outer_xml_in_pieces(call.machine, node.nodes())?.into()),
            other => Ok(other.value().into()),
        })
        .getter("string OuterXml", |call| match item(call, 0)? {
            XPathItem::Node(node) => {
                let declaration = node.declaration().map(|declaration| declaration.to_string()).unwrap_or_default();
                let text = outer_xml_in_pieces(call.machine, vec![node])?;
                Ok(Value::text(format!("{declaration}{text}")))
            }
            XPathItem::Attribute(attribute) => Ok(Value::text(attribute.to_string())),
            other @ XPathItem::Namespace { .. } => Ok(other.value().into()),
        })
        .method("string ToString()", |call| {
            let value = call.take(0);
            Ok(Value::text(super::super::full_name(&value.of())))
        });
}

/// Sets the text of a node: of an element its whole content.
fn set_value(call: &mut Call<'_, '_>) -> Answer {
    let value = call.text(1).cloned().unwrap_or_default();
    match item(call, 0)? {
        XPathItem::Node(node) => node.set_value(&value),
        XPathItem::Attribute(attribute) => attribute.set_value(value),
        XPathItem::Namespace { .. } => {}
    }
    Ok(Value::Null)
}

fn relatives(library: &mut Library) {
    library
        .declare(HEADER)
        .getter("XmlNode ParentNode", |call| Ok(dom_node(node(call)?.and_then(|node| node.parent_node()))))
        .getter("XmlNode FirstChild", |call| Ok(dom_node(node(call)?.and_then(|node| node.first_node()))))
        .getter("XmlNode LastChild", |call| Ok(dom_node(node(call)?.and_then(|node| node.last_node()))))
        .getter("XmlNode NextSibling", |call| Ok(dom_node(node(call)?.and_then(|node| node.next_node()))))
        .getter("XmlNode PreviousSibling", |call| Ok(dom_node(node(call)?.and_then(|node| node.previous_node()))))
        .getter("XmlDocument OwnerDocument", |call| Ok(dom_node(node(call)?.and_then(|node| node.owner_document()))))
        .getter("bool HasChildNodes", |call| {
            Ok(Value::Bool(node(call)?.is_some_and(|node| node.first_node().is_some())))
        })
        .getter("XmlNodeList ChildNodes", |call| {
            let children = node(call)?.map(|node| node.nodes()).unwrap_or_default();
            dom_list(call.machine, NODE_LIST, children.into_iter().map(XPathItem::Node).collect())
        })
        .getter("XmlAttributeCollection Attributes", |call| {
            let Some(node) = node(call)?.filter(XNode::is_element) else { return Ok(Value::Null) };
            let attributes = node.attributes().into_iter().map(XPathItem::Attribute).collect();
            dom_list(call.machine, ATTRIBUTES, attributes)
        })
        .indexer("XmlElement this[string name]", |call| {
            let wanted = call.required_text(1, "name")?;
            let children = node(call)?.map(|node| node.elements(None)).unwrap_or_default();
            call.machine.charge(children.len())?;
            let mut items = children.into_iter().map(XPathItem::Node);
            Ok(dom_value(items.find(|child| name(child) == wanted)))
        })
        .method("XmlNode SelectSingleNode(string xpath)", |call| Ok(dom_value(select(call)?.into_iter().next())))
        .method("XmlNode SelectSingleNode(string xpath, XmlNamespaceManager nsmgr)", |call| {
            Ok(dom_value(select(call)?.into_iter().next()))
        })
        .method("XmlNodeList SelectNodes(string xpath)", |call| {
            let found = select(call)?;
            dom_list(call.machine, NODE_LIST, found)
        })
        .method("XmlNodeList SelectNodes(string xpath, XmlNamespaceManager nsmgr)", |call| {
            let found = select(call)?;
            dom_list(call.machine, NODE_LIST, found)
        });
}

fn select(call: &mut Call<'_, '_>) -> Result<Vec<XPathItem>, Thrown> {
    let item = item(call, 0)?;
    match xpath::run(call, 1, "xpath", &item)? {
        XPathValue::Nodes(items) => Ok(items),
        _ => Err(Exception::new(ExceptionType::XPath, "Expression must evaluate to a node-set.").into()),
    }
}

fn changes(library: &mut Library) {
    library
        .declare(HEADER)
        .method("XmlNode AppendChild(XmlNode newChild)", |call| add(call, XNode::add))
        .method("XmlNode PrependChild(XmlNode newChild)", |call| add(call, XNode::add_first))
        .method("XmlNode RemoveChild(XmlNode oldChild)", |call| {
            let parent = node(call)?;
            let XPathItem::Node(child) = item(call, 1)? else { return Ok(Value::Null) };
            let is_child = child.parent_node().zip(parent).is_some_and(|(of, parent)| of.is(&parent));
            if !is_child {
                let message = "The node to be removed is not a child of this node.";
                return Err(Exception::new(ExceptionType::Argument, message).into());
            }
            child.remove()?;
            Ok(call.take(1))
        })
        .method("void RemoveAll()", |call| {
            if let Some(node) = node(call)? {
                node.remove_all();
            }
            Ok(Value::Null)
        })
        .method("XmlNode CloneNode(bool deep)", |call| {
            let Some(node) = node(call)? else { return Ok(call.take(0)) };
            let copy = copy_of(call.machine, &node)?;
            if !call.bool(1) {
                copy.remove_nodes();
            }
            Ok(dom_node(copy))
        });
}

/// Adds a node, which leaves its old parent first.
fn add(call: &mut Call<'_, '_>, add: fn(&XNode, Content) -> Result<(), Exception>) -> Answer {
    let Some(parent) = node(call)? else { return Ok(Value::Null) };
    let XPathItem::Node(child) = item(call, 1)? else { return Ok(Value::Null) };
    if child.parent_node().is_some() {
        child.remove()?;
    }
    add(&parent, Content::Node(child))?;
    Ok(call.take(1))
}

/// Whether what is made of a node is made in turns.
fn is_large(machine: &Machine<'_>, node: &XNode) -> bool {
    machine.is_resumed() || node.node_count_within(ONE_GO_NODES_MAX) > ONE_GO_NODES_MAX
}
