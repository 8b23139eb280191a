//! `XContainer` and the operations that change trees.
//!
//! What is already in a tree is copied when it is added again, as in .NET. Text that is added as text (not as a node) is joined with text
//! before it.

use std::rc::{Rc, Weak};

use super::attribute::XAttribute;
use super::chars;
use super::node::{Data, Node, NodeKind, XNode};
use crate::work::{Paced, in_one_go};
use crate::{Exception, ExceptionType, Text};

/// What constructors and `Add` take; the caller has turned numbers and dates into text.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum Content {
    Nothing,
    Text(Text),
    Node(XNode),
    Attribute(XAttribute),
    Many(Vec<Content>),
}

impl XNode {
    /// `Nodes()`
    #[must_use]
    pub fn nodes(&self) -> Vec<XNode> {
        let Some(children) = self.node.children() else { return Vec::new() };
        children.borrow().iter().map(|child| self.beside(child.clone())).collect()
    }

    /// The child with this index.
    #[must_use]
    pub fn child(&self, index: usize) -> Option<XNode> {
        let child = self.node.children()?.borrow().get(index).cloned()?;
        Some(self.beside(child))
    }

    /// `FirstNode`
    #[must_use]
    pub fn first_node(&self) -> Option<XNode> {
        self.child(0)
    }

    /// `LastNode`
    #[must_use]
    pub fn last_node(&self) -> Option<XNode> {
        let child = self.node.children()?.borrow().last().cloned()?;
        Some(self.beside(child))
    }

    /// Adds a new node without any check.
    pub(super) fn append_child(&self, child: &XNode) {
        child.keep.join(&self.keep);
        Node::append(&self.node, child.node.clone());
    }

    /// Makes a new child.
    pub(super) fn append_new(&self, data: Data) -> XNode {
        let child = Node::of(data);
        Node::append(&self.node, child.clone());
        self.beside(child)
    }

    fn insert_child(&self, index: usize, child: &XNode) {
        child.keep.join(&self.keep);
        let Some(children) = self.node.children() else { return };
        let mut children = children.borrow_mut();
        let index = index.min(children.len());
        *child.node.parent.borrow_mut() = Rc::downgrade(&self.node);
        children.insert(index, child.node.clone());
        for (at, node) in children.iter().enumerate().skip(index) {
            node.index.set(at);
        }
        self.has_content();
    }

    fn has_content(&self) {
        if let Data::Element(element) = &self.node.data {
            element.empty.set(false);
        }
    }

    /// `Add(content)`
    pub fn add(&self, content: Content) -> Result<(), Exception> {
        let mut at = Place::End;
        self.add_at(content, &mut at)
    }

    /// `AddFirst(content)`
    pub fn add_first(&self, content: Content) -> Result<(), Exception> {
        self.add_at(content, &mut Place::Before(0))
    }

    /// `AddBeforeSelf(content)`. `InvalidOperationException` without a parent.
    pub fn add_before_self(&self, content: Content) -> Result<(), Exception> {
        let parent = self.parent_node().ok_or_else(missing_parent)?;
        parent.add_at(content, &mut Place::Before(self.node.index.get()))
    }

    /// `AddAfterSelf(content)`. `InvalidOperationException` without a parent.
    pub fn add_after_self(&self, content: Content) -> Result<(), Exception> {
        let parent = self.parent_node().ok_or_else(missing_parent)?;
        parent.add_at(content, &mut Place::Before(self.node.index.get() + 1))
    }

    /// Adds contents in order; lists within lists are flattened without recursion.
    fn add_at(&self, content: Content, at: &mut Place) -> Result<(), Exception> {
        let mut pending = vec![content];
        while let Some(content) = pending.pop() {
            match content {
                Content::Nothing => {}
                Content::Many(contents) => pending.extend(contents.into_iter().rev()),
                Content::Text(text) => self.add_text(&text, at)?,
                Content::Node(node) => self.add_node(node, at)?,
                Content::Attribute(attribute) if matches!(at, Place::End) => self.add_attribute(&attribute)?,
                Content::Attribute(_) => return Err(argument("An attribute cannot be added to content.")),
            }
        }
        Ok(())
    }

    fn add_node(&self, node: XNode, at: &mut Place) -> Result<(), Exception> {
        self.accepts(&node, at)?;
        // Only what has children can hold this node; the way up is not walked for what cannot.
        let holds_this = self.is(&node) || node.child_count() > 0 && self.tree_root().is(&node);
        let node = if node.parent_node().is_some() || holds_this { node.deep_clone() } else { node };
        match at {
            Place::End => self.append_child(&node),
            Place::Before(index) => {
                self.insert_child(*index, &node);
                *index += 1;
            }
        }
        Ok(())
    }

    fn add_text(&self, text: &Text, at: &mut Place) -> Result<(), Exception> {
        if self.kind() == NodeKind::Document && !chars::is_blank(text) {
            return Err(argument("Non-whitespace characters cannot be added to content."));
        }
        let before = match at {
            Place::End => self.last_node(),
            Place::Before(index) => index.checked_sub(1).and_then(|index| self.child(index)),
        };
        if let Some(before) = before
            && let Data::Text(value) = &before.node.data
        {
            let mut value = value.borrow_mut();
            *value = Text::from(format!("{value}{text}"));
            return Ok(());
        }
        if text.is_empty() {
            self.has_content();
            return Ok(());
        }
        self.add_node(XNode::text(text.clone()), at)
    }

    /// Checks that a node may stand in this container.
    fn accepts(&self, node: &XNode, at: &Place) -> Result<(), Exception> {
        let kind = node.kind();
        let refused = || argument(format!("A node of type {} cannot be added to content.", kind.name()));
        if self.is_element() {
            return if matches!(kind, NodeKind::Document | NodeKind::DocumentType) { Err(refused()) } else { Ok(()) };
        }
        let structure = || {
            let message = "This operation would create an incorrectly structured document.";
            Exception::new(ExceptionType::InvalidOperation, message)
        };
        let index = match at {
            Place::End => usize::MAX,
            Place::Before(index) => *index,
        };
        match kind {
            NodeKind::Text => {
                let blank = node.own_value().is_some_and(|value| chars::is_blank(&value));
                if blank { Ok(()) } else { Err(argument("Non-whitespace characters cannot be added to content.")) }
            }
            NodeKind::Document | NodeKind::CData => Err(refused()),
            NodeKind::Element => {
                let doctype_after = self.document_type_node().is_some_and(|doctype| doctype.node.index.get() >= index);
                if self.root().is_some() || doctype_after { Err(structure()) } else { Ok(()) }
            }
            NodeKind::DocumentType => {
                let root_before = self.root().is_some_and(|root| root.node.index.get() < index);
                if self.document_type_node().is_some() || root_before { Err(structure()) } else { Ok(()) }
            }
            NodeKind::ProcessingInstruction | NodeKind::Comment => Ok(()),
        }
    }

    /// `Remove()`. `InvalidOperationException` without a parent.
    pub fn remove(&self) -> Result<(), Exception> {
        let parent = self.parent_node().ok_or_else(missing_parent)?;
        parent.remove_child(self);
        Ok(())
    }

    fn remove_child(&self, child: &XNode) {
        let Some(children) = self.node.children() else { return };
        let mut children = children.borrow_mut();
        let index = child.node.index.get();
        if index >= children.len() {
            return;
        }
        self.keep.removed(children.remove(index));
        for (at, node) in children.iter().enumerate().skip(index) {
            node.index.set(at);
        }
        *child.node.parent.borrow_mut() = Weak::new();
        if children.is_empty()
            && let Data::Element(element) = &self.node.data
        {
            element.empty.set(true);
        }
    }

    /// `RemoveNodes()`
    pub fn remove_nodes(&self) {
        in_one_go(self.removing_nodes());
    }

    /// The same in pieces. It has happened before anything else is done with the node.
    #[must_use]
    pub fn removing_nodes(&self) -> Paced<()> {
        /// Steps for a child.
        const STEPS: u64 = 6;
        let removed = self.node.children().map(|children| children.take()).unwrap_or_default();
        if let Data::Element(element) = &self.node.data {
            element.empty.set(true);
        }
        let keep = self.keep.clone();
        Paced::new(|pace| async move {
            for child in removed {
                pace.take(STEPS).await;
                *child.parent.borrow_mut() = Weak::new();
                keep.removed(child);
            }
        })
    }

    /// Gives up the children, for whoever is done with them and frees a large tree bit by bit. Nobody else should hold any.
    pub fn free_nodes(&self) {
        if let Some(children) = self.node.children() {
            drop(children.take());
        }
    }

    /// `ReplaceNodes(content)`. The content may come from the nodes that are replaced.
    pub fn replace_nodes(&self, content: Content) -> Result<(), Exception> {
        in_one_go(self.replacing(content, false))
    }

    /// `ReplaceWith(content)`. `InvalidOperationException` without a parent.
    pub fn replace_with(&self, content: Content) -> Result<(), Exception> {
        let parent = self.parent_node().ok_or_else(missing_parent)?;
        let index = self.node.index.get();
        parent.remove_child(self);
        parent.add_at(content, &mut Place::Before(index))
    }

    /// `ReplaceAll(content)`
    pub fn replace_all(&self, content: Content) -> Result<(), Exception> {
        in_one_go(self.replacing(content, true))
    }

    /// `ReplaceNodes(content)`, or `ReplaceAll` with the attributes, in pieces.
    pub fn replacing(&self, content: Content, and_attributes: bool) -> Paced<Result<(), Exception>> {
        /// Steps for a piece of content, beside those that its copy was paid with.
        const STEPS: u64 = 30;
        let node = self.clone();
        Paced::new(move |pace| async move {
            // What was taken out has no parent any more, and is added as the same node.
            pace.run(node.removing_nodes()).await;
            if and_attributes {
                node.remove_attributes();
            }
            for content in flatten(vec![content]) {
                pace.take(STEPS).await;
                node.add(content)?;
            }
            Ok(())
        })
    }
}

/// Where content goes.
enum Place {
    End,
    Before(usize),
}

/// Contents without lists in them.
fn flatten(contents: Vec<Content>) -> Vec<Content> {
    let mut flat = Vec::new();
    let mut pending: Vec<Content> = contents.into_iter().rev().collect();
    while let Some(content) = pending.pop() {
        match content {
            Content::Many(contents) => pending.extend(contents.into_iter().rev()),
            other => flat.push(other),
        }
    }
    flat
}

pub(super) fn missing_parent() -> Exception {
    Exception::new(ExceptionType::InvalidOperation, "The parent is missing.")
}

pub(super) fn argument(message: impl Into<std::borrow::Cow<'static, str>>) -> Exception {
    Exception::new(ExceptionType::Argument, message)
}
