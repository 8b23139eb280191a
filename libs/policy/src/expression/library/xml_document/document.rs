//! XmlDocument, XmlElement and XmlAttribute.

use postern_dotnet::xml::{Content, LoadOptions, Loading, XName, XNode, XPathItem};
use postern_dotnet::{Exception, Text};

use super::super::xml::{charge_walk, copy_of, read_text, xpath::name_table};
use super::node::{NODE_LIST, name};
use super::values::{dom_list, dom_node, dom_value, item, node};
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Xml.XmlDocument : XmlNode")
        .constructor("()", |_| Ok(dom_node(XNode::document(None))))
        .method("void LoadXml(string xml)", load)
        .getter("XmlElement DocumentElement", |call| Ok(dom_node(node(call)?.and_then(|node| node.root()))))
        .getter("XmlNameTable NameTable", |_| Ok(name_table()))
        .method("XmlNodeList GetElementsByTagName(string name)", by_tag_name)
        .method("XmlElement CreateElement(string name)", |call| {
            let name = call.required_text(1, "name")?;
            Ok(dom_node(XNode::element(XName::new("", &name)?)))
        })
        .method("XmlElement CreateElement(string qualifiedName, string namespaceURI)", |call| {
            let name = call.required_text(1, "qualifiedName")?;
            let namespace = call.text(2).cloned().unwrap_or_default();
            let local = name.split_once(':').map_or(name.as_str(), |(_, local)| local);
            Ok(dom_node(XNode::element(XName::new(&namespace, local)?)))
        })
        .method("XmlText CreateTextNode(string text)", |call| {
            Ok(dom_node(XNode::text(call.text(1).cloned().unwrap_or_default())))
        })
        .method("XmlNode ImportNode(XmlNode node, bool deep)", |call| {
            let XPathItem::Node(node) = item(call, 1)? else { return Ok(call.take(1)) };
            let copy = copy_of(call.machine, &node)?;
            if !call.bool(2) {
                copy.remove_nodes();
            }
            Ok(dom_node(copy))
        });
    library
        .declare("class System.Xml.XmlElement : XmlLinkedNode")
        .getter("bool IsEmpty", |call| Ok(Value::Bool(node(call)?.is_some_and(|node| node.is_empty()))))
        .getter("bool HasAttributes", |call| Ok(Value::Bool(node(call)?.is_some_and(|node| node.has_attributes()))))
        .method("string GetAttribute(string name)", |call| {
            Ok(find_attribute(call)?.map(|item| item.value()).unwrap_or_default().into())
        })
        .method("bool HasAttribute(string name)", |call| Ok(Value::Bool(find_attribute(call)?.is_some())))
        .method("XmlAttribute GetAttributeNode(string name)", |call| Ok(dom_value(find_attribute(call)?)))
        .method("void SetAttribute(string name, string value)", |call| {
            let name = call.required_text(1, "name")?;
            let value = call.text(2).cloned().unwrap_or_default();
            if let Some(node) = node(call)? {
                node.set_attribute_value(&XName::new("", &name)?, Some(value));
            }
            Ok(Value::Null)
        })
        .method("void RemoveAttribute(string name)", |call| {
            if let Some(XPathItem::Attribute(attribute)) = find_attribute(call)? {
                attribute.remove();
            }
            Ok(Value::Null)
        })
        .method("XmlNodeList GetElementsByTagName(string name)", by_tag_name);
    library
        .declare("class System.Xml.XmlAttribute : XmlNode")
        .getter("XmlElement OwnerElement", |call| match item(call, 0)? {
            XPathItem::Attribute(attribute) => Ok(dom_node(attribute.parent())),
            _ => Ok(Value::Null),
        })
        .getter("bool Specified", |_| Ok(Value::Bool(true)));
}

/// Replaces everything in the document by what the text holds.
fn load(call: &mut Call<'_, '_>) -> Answer {
    let text = call.required_text(1, "xml")?;
    let Some(document) = node(call)? else { return Err(Exception::null_reference().into()) };
    let loaded = read_text(call.machine, &text, XNode::parse_document, Loading::document, LoadOptions::None)?;
    document.remove_nodes();
    document.set_declaration(loaded.declaration());
    for child in loaded.nodes() {
        child.remove()?;
        document.add(Content::Node(child))?;
    }
    Ok(Value::Null)
}

/// Elements with a qualified name, `*` for all.
fn by_tag_name(call: &mut Call<'_, '_>) -> Answer {
    let wanted = call.required_text(1, "name")?;
    let Some(node) = node(call)? else { return dom_list(call.machine, NODE_LIST, Vec::new()) };
    charge_walk(call.machine, &node)?;
    let all = node.descendants(None).into_iter().map(XPathItem::Node);
    let found = all.filter(|item| wanted == "*" || name(item) == wanted).collect();
    dom_list(call.machine, NODE_LIST, found)
}

fn find_attribute(call: &Call<'_, '_>) -> Result<Option<XPathItem>, Thrown> {
    let wanted = call.text(1).cloned().unwrap_or_default();
    let Some(node) = node(call)? else { return Ok(None) };
    Ok(attribute_named(&node, &wanted))
}

/// The attribute with a qualified name.
pub(super) fn attribute_named(node: &XNode, wanted: &Text) -> Option<XPathItem> {
    let mut items = node.attributes().into_iter().map(XPathItem::Attribute);
    items.find(|item| name(item) == *wanted)
}
