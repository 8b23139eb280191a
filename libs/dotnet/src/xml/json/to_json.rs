//! XML to JSON.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use super::super::chars;
use super::super::limits::MADE_BYTES_MAX;
use super::super::name::XMLNS_NAMESPACE;
use super::super::node::{NodeKind, XNode};
use super::super::xpath::Item as XPathItem;
use super::super::{LoadOptions, Loading, XAttribute};
use super::JSON_NAMESPACE;
use super::decode::decode_name;
use super::options::{EmptyValues, Kind, XmlToJson};
use super::out::Out;
use crate::work::{Pace, Paced, in_one_go};
use crate::{Exception, ExceptionType, Text};

/// Elements within each other that are converted: the conversion recurses, and JSON parsers refuse deeper documents anyway.
const DEPTH_MAX: usize = 512;

/// Steps for a node: its name is made, and looked for among those of its siblings.
const NODE_STEPS: u64 = 50;
/// Steps for writing it.
const WRITTEN_STEPS: u64 = 20;
/// Bytes of text that are written in one step.
const BYTES_PER_STEP: u64 = 4;

/// Converts the text of a document.
pub fn xml_to_json(text: impl Into<Text>, options: XmlToJson) -> Paced<Result<String, Exception>> {
    let text = text.into();
    Paced::new(|pace| async move {
        let document = pace.run(Loading::document(text, LoadOptions::None)).await?;
        convert(pace, XPathItem::Node(document), options).await
    })
}

/// Converts a document or another node.
pub fn node_to_json(node: &XNode, options: XmlToJson) -> Result<String, Exception> {
    in_one_go(node_to_json_in_pieces(node, options))
}

/// The same in pieces.
pub fn node_to_json_in_pieces(node: &XNode, options: XmlToJson) -> Paced<Result<String, Exception>> {
    item_to_json_in_pieces(XPathItem::Node(node.clone()), options)
}

/// Converts a node or attribute in pieces: what is no document is the only property of an object.
pub fn item_to_json_in_pieces(item: XPathItem, options: XmlToJson) -> Paced<Result<String, Exception>> {
    Paced::new(|pace| convert(pace, item, options))
}

async fn convert(pace: Pace, item: XPathItem, options: XmlToJson) -> Result<String, Exception> {
    let mut converter = Converter { pace, out: Out::default(), options, depth: 0, scope: Vec::new(), bytes: 0 };
    converter.out.open('{');
    match item {
        XPathItem::Node(node) => match node.kind() {
            NodeKind::Document => {
                converter.declaration(&node);
                converter.children(&node).await?;
            }
            NodeKind::Element => {
                let name = name_of(&converter, &node);
                converter.group(&name, vec![node], true).await?;
            }
            _ => {
                let name = converter.property_name(&node);
                converter.node(&node, Some(&name)).await?;
            }
        },
        XPathItem::Attribute(attribute) if !is_bookkeeping(&attribute) => {
            converter.attribute(attribute.parent().as_ref(), &attribute).await?;
        }
        XPathItem::Attribute(_) | XPathItem::Namespace { .. } => {}
    }
    converter.out.close('}');
    Ok(converter.out.text.join(&converter.pace).await)
}

struct Converter {
    pace: Pace,
    out: Out,
    options: XmlToJson,
    depth: usize,
    /// Prefixes in scope, the innermost last.
    scope: Vec<(Text, Text)>,
    /// Bytes of the names made so far: a prefix may be long, and stand before names that are written without one.
    bytes: usize,
}

fn name_of(converter: &Converter, element: &XNode) -> String {
    let Some(name) = element.name() else { return String::new() };
    converter.resolved(name.namespace(), name.local(), Some(element))
}

impl Converter {
    /// Pays for a node with this name.
    async fn pay(&mut self, name: &str) -> Result<(), Exception> {
        self.bytes = self.bytes.saturating_add(name.len());
        if self.bytes > MADE_BYTES_MAX {
            return Err(Exception::out_of_memory());
        }
        self.pace.take(NODE_STEPS + name.len() as u64 / BYTES_PER_STEP).await;
        Ok(())
    }

    /// Between two nodes.
    fn cut(&mut self) -> Result<(), Exception> {
        self.out.text.cut();
        if self.out.text.len() > MADE_BYTES_MAX { Err(Exception::out_of_memory()) } else { Ok(()) }
    }

    /// A name with the prefix of its namespace.
    fn resolved(&self, namespace: &str, local: &str, element: Option<&XNode>) -> String {
        let local = decode_name(local);
        let prefix = match self.prefix(namespace) {
            Some(prefix) => prefix,
            None => element.and_then(|element| element.prefix_of_namespace(namespace)).unwrap_or_default(),
        };
        let colon = if self.options.kind == Kind::JavascriptFriendly { '$' } else { ':' };
        if prefix.is_empty() { local } else { format!("{prefix}{colon}{local}") }
    }

    fn prefix(&self, namespace: &str) -> Option<Text> {
        if namespace.is_empty() {
            return Some(Text::default());
        }
        if namespace == XMLNS_NAMESPACE {
            return Some(Text::new_static("xmlns"));
        }
        let found = self.scope.iter().enumerate().rev().find(|(index, (prefix, known))| {
            known == namespace && !self.scope.iter().skip(index + 1).any(|(later, _)| later == prefix)
        });
        found.map(|(_, (prefix, _))| prefix.clone())
    }

    fn declaration(&mut self, document: &XNode) {
        let Some(declaration) = document.declaration() else { return };
        let parts = declaration.parts();
        let friendly = self.options.kind == Kind::JavascriptFriendly;
        if !friendly {
            self.out.property("?xml");
            self.out.open('{');
        }
        for (name, value) in
            [("version", parts.version), ("encoding", parts.encoding), ("standalone", parts.standalone)]
        {
            if let Some(value) = value {
                self.out.property(&if friendly { name.to_owned() } else { format!("@{name}") });
                self.out.value(&value);
            }
        }
        if !friendly {
            self.out.close('}');
        }
    }

    /// The property that a node belongs to.
    fn property_name(&self, node: &XNode) -> String {
        match node.kind() {
            NodeKind::Element => name_of(self, node),
            NodeKind::Text => "#text".to_owned(),
            NodeKind::CData => "#cdata-section".to_owned(),
            NodeKind::Comment => "#comment".to_owned(),
            NodeKind::ProcessingInstruction => format!("?{}", node.target().unwrap_or_default()),
            NodeKind::DocumentType => "!DOCTYPE".to_owned(),
            NodeKind::Document => String::new(),
        }
    }

    /// The children of a node, grouped by name in the order of first appearance.
    async fn children(&mut self, node: &XNode) -> Result<(), Exception> {
        let mut groups: Vec<(String, Vec<XNode>)> = Vec::new();
        let mut index: HashMap<String, usize> = HashMap::new();
        // Gone over one by one, here and below: lists of hundreds of thousands of nodes take milliseconds to make and to free.
        let mut next = node.first_node();
        while let Some(child) = next {
            next = child.next_node();
            if self.options.kind == Kind::JavascriptFriendly && child.kind() == NodeKind::Comment {
                self.pace.take(NODE_STEPS).await;
                continue;
            }
            // A declaration inside the child may give its own name a prefix.
            let scope = self.push_scope(&child);
            let name = self.property_name(&child);
            self.scope.truncate(scope);
            self.pay(&name).await?;
            if let Some(group) = index.get(&name).and_then(|at| groups.get_mut(*at)) {
                group.1.push(child);
            } else {
                index.insert(name.clone(), groups.len());
                groups.push((name, vec![child]));
            }
        }
        let is_document = !node.is_element();
        for (name, group) in groups {
            self.group(&name, group, is_document).await?;
        }
        Ok(())
    }

    fn push_scope(&mut self, element: &XNode) -> usize {
        let before = self.scope.len();
        for attribute in element.attributes() {
            if let Some(prefix) = attribute.declared_prefix() {
                self.scope.push((prefix, attribute.value()));
            }
        }
        before
    }

    async fn group(&mut self, name: &str, nodes: Vec<XNode>, at_root: bool) -> Result<(), Exception> {
        let Some(first) = nodes.first() else { return Ok(()) };
        let wanted = first.is_element() && (is_array(first) || self.options.always_array && !at_root);
        if nodes.len() == 1 && !wanted {
            return self.node(first, Some(name)).await;
        }
        self.out.property(name);
        self.out.open('[');
        for node in nodes {
            self.node(&node, None).await?;
        }
        self.out.close(']');
        Ok(())
    }

    /// A node, as a property if it has a name here.
    async fn node(&mut self, node: &XNode, name: Option<&str>) -> Result<(), Exception> {
        self.cut()?;
        self.pace.take(WRITTEN_STEPS).await;
        match node.kind() {
            NodeKind::Element => self.boxed_element(node, name).await,
            NodeKind::Comment => {
                if name.is_some() {
                    self.out.text.end.push_str("/*");
                    self.out.text.end.push_str(&node.own_value().unwrap_or_default());
                    self.out.text.end.push_str("*/");
                }
                Ok(())
            }
            NodeKind::DocumentType => {
                self.document_type(node);
                Ok(())
            }
            _ => {
                if let Some(name) = name {
                    self.out.property(name);
                }
                let value = node.own_value().unwrap_or_default();
                self.pace.take(value.len() as u64 / BYTES_PER_STEP).await;
                let value = self.trimmed(&value).to_owned();
                self.out.value(&value);
                Ok(())
            }
        }
    }

    fn trimmed<'t>(&self, text: &'t str) -> &'t str {
        if self.options.trim { text.trim_matches(chars::is_space) } else { text }
    }

    fn document_type(&mut self, node: &XNode) {
        let Some(declaration) = node.doctype() else { return };
        self.out.property("!DOCTYPE");
        self.out.open('{');
        let name = Some(declaration.name.clone());
        for (property, value) in [
            ("@name", &name),
            ("@public", &declaration.public_id),
            ("@system", &declaration.system_id),
            ("@internalSubset", &declaration.internal_subset),
        ] {
            if let Some(value) = value
                && !value.is_empty()
            {
                self.out.property(property);
                self.out.value(value);
            }
        }
        self.out.close('}');
    }

    /// Elements in each other: the state of each is a box of its own. It is made here, apart from what recurses, to take little of the stack.
    fn boxed_element<'r>(
        &'r mut self,
        element: &'r XNode,
        name: Option<&'r str>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Exception>> + 'r>> {
        Box::pin(self.element(element, name))
    }

    async fn element(&mut self, element: &XNode, name: Option<&str>) -> Result<(), Exception> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Exception::new(
                ExceptionType::InsufficientExecutionStack,
                "Insufficient stack to continue executing the program safely. This can happen from having too many functions on the call \
                 stack or function on the stack using too much stack space.",
            ));
        }
        let scope = self.push_scope(element);
        match name {
            Some(name) => self.out.property(name),
            None => {
                self.out.separate();
                self.out.comma = false;
            }
        }
        self.content(element).await?;
        self.scope.truncate(scope);
        self.depth -= 1;
        Ok(())
    }

    async fn content(&mut self, element: &XNode) -> Result<(), Exception> {
        let attributes: Vec<XAttribute> =
            element.attributes().into_iter().filter(|attribute| !is_bookkeeping(attribute)).collect();
        let has_children = element.child_count() > 0;
        if attributes.is_empty()
            && element.child_count() == 1
            && let Some(only) = element.first_node()
            && only.kind() == NodeKind::Text
        {
            let value = only.own_value().unwrap_or_default();
            self.pace.take(value.len() as u64 / BYTES_PER_STEP).await;
            let value = self.trimmed(&value).to_owned();
            if value.is_empty() && self.options.empty_values == EmptyValues::AsNull {
                self.out.null();
            } else {
                self.out.value(&value);
            }
            return Ok(());
        }
        if !has_children && attributes.is_empty() {
            let null = match self.options.empty_values {
                EmptyValues::AsWritten => element.is_empty(),
                EmptyValues::Preserve => false,
                EmptyValues::AsNull => true,
            };
            if null {
                self.out.null();
            } else {
                self.out.value("");
            }
            return Ok(());
        }
        self.out.separate();
        self.out.open('{');
        for attribute in attributes {
            self.cut()?;
            self.attribute(Some(element), &attribute).await?;
        }
        self.children(element).await?;
        self.out.close('}');
        Ok(())
    }

    async fn attribute(&mut self, element: Option<&XNode>, attribute: &XAttribute) -> Result<(), Exception> {
        let name = attribute.name();
        let resolved = if name.is_plain("xmlns") {
            "xmlns".to_owned()
        } else {
            self.resolved(name.namespace(), name.local(), element)
        };
        self.pay(&resolved).await?;
        self.out.property(&format!("@{resolved}"));
        self.out.value(&attribute.value());
        Ok(())
    }
}

/// Whether an element asks to be in an array: `json:Array="true"`.
fn is_array(element: &XNode) -> bool {
    let attribute = element
        .attributes()
        .into_iter()
        .find(|attribute| attribute.name().namespace() == JSON_NAMESPACE && attribute.name().local() == "Array");
    attribute.is_some_and(|attribute| matches!(attribute.value().trim(), "true" | "1"))
}

/// Attributes that steer the conversion and are not part of the data.
fn is_bookkeeping(attribute: &XAttribute) -> bool {
    let name = attribute.name();
    name.namespace() == JSON_NAMESPACE && name.local() == "Array"
        || name.namespace() == XMLNS_NAMESPACE && attribute.value() == JSON_NAMESPACE
}
