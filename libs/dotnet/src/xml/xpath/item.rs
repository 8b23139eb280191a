//! Nodes of XPath's data model.

use std::rc::Rc;

use super::super::attribute::XAttribute;
use super::super::name::XName;
use super::super::node::{NodeKind, XNode};
use super::evaluate::{BYTES_PER_STEP, Budget};
use crate::{Exception, Text};

/// A node: of a tree, an attribute, or a namespace of an element. A text node stands for all adjacent text.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum Item {
    Node(XNode),
    Attribute(XAttribute),
    Namespace { element: XNode, prefix: Text, uri: Text },
}

/// What makes two items the same node. Nothing is freed with it but the prefix of a namespace, which is boxed so that the others are small.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Identity {
    Node(usize),
    Attribute(usize),
    Namespace(Box<(usize, Text)>),
}

/// A key that orders items of one document: its root, and the way from there.
pub(super) type Place = (usize, Vec<(u8, usize)>);

impl Item {
    pub(super) fn identity(&self) -> Identity {
        match self {
            Item::Node(node) => Identity::Node(node.identity()),
            Item::Attribute(attribute) => Identity::Attribute(attribute.identity()),
            Item::Namespace { element, prefix, .. } => {
                Identity::Namespace(Box::new((element.identity(), prefix.clone())))
            }
        }
    }

    /// Where it is.
    pub(super) fn order(&self) -> Place {
        let of_node = |node: &XNode| {
            let path = node.document_position().into_iter().map(|index| (3, index)).collect::<Vec<_>>();
            (node.tree_root().identity(), path)
        };
        match self {
            Item::Node(node) => of_node(node),
            Item::Attribute(attribute) => {
                let Some(parent) = attribute.parent() else { return (attribute.identity(), Vec::new()) };
                let (root, mut path) = of_node(&parent);
                let index = parent.attributes().iter().position(|other| other.is(attribute)).unwrap_or_default();
                path.push((2, index));
                (root, path)
            }
            Item::Namespace { element, prefix, .. } => {
                let (root, mut path) = of_node(element);
                let scope = element.namespaces_in_scope();
                path.push((1, scope.iter().position(|(known, _)| known == prefix).unwrap_or(scope.len())));
                (root, path)
            }
        }
    }

    /// The node that contains it.
    pub(in crate::xml) fn parent(&self) -> Option<Item> {
        match self {
            Item::Node(node) => node.parent_node().map(Item::Node),
            Item::Attribute(attribute) => attribute.parent().map(Item::Node),
            Item::Namespace { element, .. } => Some(Item::Node(element.clone())),
        }
    }

    /// The outermost node of its tree.
    pub(in crate::xml) fn root(&self) -> Item {
        match self {
            Item::Node(node) => Item::Node(node.tree_root()),
            Item::Attribute(attribute) => match attribute.parent() {
                Some(parent) => Item::Node(parent.tree_root()),
                None => self.clone(),
            },
            Item::Namespace { element, .. } => Item::Node(element.tree_root()),
        }
    }

    /// Its name: of elements, attributes and processing instructions.
    #[must_use]
    pub fn expanded_name(&self) -> Option<XName> {
        self.name()
    }

    /// Its name: of elements, attributes, processing instructions and namespaces.
    pub(in crate::xml) fn name(&self) -> Option<XName> {
        let plain = |local: Text| XName::trusted(Text::default(), local);
        match self {
            Item::Node(node) => node.name().or_else(|| node.target().map(plain)),
            Item::Attribute(attribute) => Some(attribute.name().clone()),
            Item::Namespace { prefix, .. } => Some(plain(prefix.clone())),
        }
    }

    /// Its name with the prefix that its namespace has here.
    #[must_use]
    pub fn qualified_name(&self) -> Text {
        let Some(name) = self.name() else { return Text::default() };
        let element = match self {
            Item::Node(node) => Some(node.clone()),
            Item::Attribute(attribute) => attribute.parent(),
            Item::Namespace { .. } => None,
        };
        let namespace = name.namespace();
        if namespace.is_empty() {
            return name.local().clone();
        }
        let is_element = matches!(self, Item::Node(_));
        let prefix = element.and_then(|element| {
            let is_default = is_element && element.default_namespace() == *namespace;
            if is_default { None } else { element.prefix_of_namespace(namespace) }
        });
        match prefix {
            Some(prefix) => Text::from(format!("{prefix}:{}", name.local())),
            None => name.local().clone(),
        }
    }

    /// The string value.
    #[must_use]
    pub fn value(&self) -> Text {
        match self {
            Item::Node(node) if node.is_text() => run_value(node),
            Item::Node(node) => node.value(),
            Item::Attribute(attribute) => attribute.value(),
            Item::Namespace { uri, .. } => uri.clone(),
        }
    }

    /// Its text, paid for; what is put together of many nodes is so in pieces.
    pub(in crate::xml) async fn read(&self, budget: &Budget) -> Result<Text, Exception> {
        budget.take(1)?;
        let Item::Node(root) = self else { return Ok(self.value()) };
        let is_plain = |only: XNode| only.is_text() || only.child_count() == 0;
        if root.child_count() == 0 || root.child_count() == 1 && root.first_node().is_some_and(is_plain) {
            return Ok(self.value());
        }
        let mut text = String::new();
        let mut current = root.first_node();
        while let Some(node) = current {
            budget.pause().await;
            if node.is_text() {
                let own = node.own_value().unwrap_or_default();
                budget.take(own.len() / BYTES_PER_STEP)?;
                text.push_str(&own);
            }
            budget.take(1)?;
            current = node.following(root, true);
        }
        budget.take(text.len() / BYTES_PER_STEP)?;
        budget.pause().await;
        Ok(Text::from(text))
    }

    /// The element behind it.
    #[must_use]
    pub fn element(&self) -> Option<&XNode> {
        match self {
            Item::Node(node) if node.kind() == NodeKind::Element => Some(node),
            _ => None,
        }
    }
}

/// The text of a node and of all text directly behind it.
fn run_value(first: &XNode) -> Text {
    let own = first.own_value().unwrap_or_default();
    let mut next = first.next_node().filter(XNode::is_text);
    if next.is_none() {
        return own;
    }
    let mut value = own.to_string();
    while let Some(node) = next {
        value.push_str(&node.own_value().unwrap_or_default());
        next = node.next_node().filter(XNode::is_text);
    }
    Text::from(value)
}

/// The children of a node as XPath sees them: no document types, one node per run of text, no text outside the root element.
pub(in crate::xml) fn children(node: &XNode) -> Children {
    Children { is_document: node.kind() == NodeKind::Document, of: node.clone(), next: 0, after_text: false }
}

/// The children behind one of them.
pub(super) fn children_behind(parent: &XNode, child: &XNode) -> Children {
    Children { next: child.node.index.get() + 1, after_text: child.is_text(), ..children(parent) }
}

/// Goes over the children of a node.
pub(in crate::xml) struct Children {
    of: XNode,
    next: usize,
    is_document: bool,
    after_text: bool,
}

impl Iterator for Children {
    type Item = XNode;

    fn next(&mut self) -> Option<XNode> {
        loop {
            let child = self.of.child(self.next)?;
            self.next += 1;
            let is_text = child.is_text();
            let keep = match child.kind() {
                NodeKind::DocumentType => false,
                // A result tree fragment is a document that may contain text.
                _ if is_text && self.is_document => !self.after_text && !child.value().trim().is_empty(),
                _ => !(is_text && self.after_text),
            };
            self.after_text = is_text;
            if keep {
                return Some(child);
            }
        }
    }
}

/// The namespaces in scope of an element, with `xml`.
pub(super) fn namespaces(element: &XNode) -> Vec<Item> {
    let mut scope = element.namespaces_in_scope();
    scope.push((Text::new_static("xml"), Text::new_static(super::super::name::XML_NAMESPACE)));
    let item = |(prefix, uri)| Item::Namespace { element: element.clone(), prefix, uri };
    scope.into_iter().map(item).collect()
}

/// Shared by evaluation and patterns: whether two items are the same node.
pub(in crate::xml) fn is_same(left: &Item, right: &Item) -> bool {
    match (left, right) {
        (Item::Node(left), Item::Node(right)) => Rc::ptr_eq(&left.node, &right.node),
        _ => left.identity() == right.identity(),
    }
}
