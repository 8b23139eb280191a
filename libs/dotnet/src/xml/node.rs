//! `XNode`: documents, elements, text and the rest, with references to their parents.

use std::cell::{Cell, Ref, RefCell};
use std::fmt;
use std::rc::{Rc, Weak};

use super::attribute::Attribute;
use super::document::{DocumentType, XDeclaration};
use super::keep::Keep;
use super::name::XName;
use crate::work::{Pace, Paced};
use crate::{Exception, ExceptionType, Text, garbage};

/// Steps for a node that is copied.
const COPIED_STEPS: u64 = 20;

/// A node: a reference, as in .NET; clones are the same node.
///
/// Operations of `XElement` on other kinds of nodes do nothing and give nothing; the caller knows the kind.
#[derive(Clone)]
pub struct XNode {
    pub(super) node: Rc<Node>,
    pub(super) keep: Rc<Keep>,
}

/// What kind of node it is: members of `System.Xml.XmlNodeType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is named after its member of XmlNodeType")]
pub enum NodeKind {
    Element = 1,
    Text = 3,
    CData = 4,
    ProcessingInstruction = 7,
    Comment = 8,
    Document = 9,
    DocumentType = 10,
}

impl NodeKind {
    /// The name of the member of `XmlNodeType`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            NodeKind::Element => "Element",
            NodeKind::Text => "Text",
            NodeKind::CData => "CDATA",
            NodeKind::ProcessingInstruction => "ProcessingInstruction",
            NodeKind::Comment => "Comment",
            NodeKind::Document => "Document",
            NodeKind::DocumentType => "DocumentType",
        }
    }
}

pub(super) struct Node {
    pub(super) parent: RefCell<Weak<Node>>,
    /// The place among the parent's children.
    pub(super) index: Cell<usize>,
    pub(super) data: Data,
}

pub(super) enum Data {
    Document {
        children: RefCell<Vec<Rc<Node>>>,
        declaration: RefCell<Option<XDeclaration>>,
    },
    Element(Element),
    Text(RefCell<Text>),
    /// CDATA
    Characters(RefCell<Text>),
    Comment(RefCell<Text>),
    Instruction {
        target: RefCell<Text>,
        data: RefCell<Text>,
    },
    DocumentType(RefCell<DocumentType>),
}

pub(super) struct Element {
    pub(super) name: RefCell<XName>,
    pub(super) attributes: RefCell<Vec<Rc<Attribute>>>,
    pub(super) children: RefCell<Vec<Rc<Node>>>,
    /// Without content: written as `<a />`. An element with empty text has no children either but is written as `<a></a>`.
    pub(super) empty: Cell<bool>,
}

impl XNode {
    pub(super) fn of(data: Data) -> XNode {
        let node = Node::of(data);
        XNode { keep: Keep::new(node.clone()), node }
    }

    /// A node of the same tree.
    pub(super) fn beside(&self, node: Rc<Node>) -> XNode {
        XNode { node, keep: self.keep.clone() }
    }

    /// An element without content.
    #[must_use]
    pub fn element(name: XName) -> XNode {
        XNode::of(Data::element(name))
    }

    /// A document without content.
    #[must_use]
    pub fn document(declaration: Option<XDeclaration>) -> XNode {
        XNode::of(Data::Document { children: RefCell::default(), declaration: RefCell::new(declaration) })
    }

    /// `new XText(value)`
    #[must_use]
    pub fn text(value: impl Into<Text>) -> XNode {
        XNode::of(Data::Text(RefCell::new(value.into())))
    }

    /// `new XCData(value)`
    #[must_use]
    pub fn cdata(value: impl Into<Text>) -> XNode {
        XNode::of(Data::Characters(RefCell::new(value.into())))
    }

    /// `new XComment(value)`
    #[must_use]
    pub fn comment(value: impl Into<Text>) -> XNode {
        XNode::of(Data::Comment(RefCell::new(value.into())))
    }

    /// `new XProcessingInstruction(target, data)`
    pub fn instruction(target: &str, data: &str) -> Result<XNode, Exception> {
        verify_target(target)?;
        Ok(XNode::of(Data::Instruction {
            target: RefCell::new(Text::new(target)),
            data: RefCell::new(Text::new(data)),
        }))
    }

    /// `new XDocumentType(…)`
    #[must_use]
    pub fn document_type(declaration: DocumentType) -> XNode {
        XNode::of(Data::DocumentType(RefCell::new(declaration)))
    }

    /// `NodeType`
    #[must_use]
    pub fn kind(&self) -> NodeKind {
        match &self.node.data {
            Data::Document { .. } => NodeKind::Document,
            Data::Element(_) => NodeKind::Element,
            Data::Text(_) => NodeKind::Text,
            Data::Characters(_) => NodeKind::CData,
            Data::Comment(_) => NodeKind::Comment,
            Data::Instruction { .. } => NodeKind::ProcessingInstruction,
            Data::DocumentType(_) => NodeKind::DocumentType,
        }
    }

    /// Whether it is an element.
    #[must_use]
    pub fn is_element(&self) -> bool {
        matches!(self.node.data, Data::Element(_))
    }

    /// Whether it is text or CDATA.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self.node.data, Data::Text(_) | Data::Characters(_))
    }

    /// Whether both are the same node.
    #[must_use]
    pub fn is(&self, other: &XNode) -> bool {
        Rc::ptr_eq(&self.node, &other.node)
    }

    /// A number that tells nodes apart as long as they live.
    #[must_use]
    pub fn identity(&self) -> usize {
        Rc::as_ptr(&self.node).addr()
    }

    /// The element or document that contains it.
    #[must_use]
    pub fn parent_node(&self) -> Option<XNode> {
        let parent = self.node.parent.borrow().upgrade()?;
        Some(self.beside(parent))
    }

    /// `Parent`: the element that contains it.
    #[must_use]
    pub fn parent(&self) -> Option<XNode> {
        self.parent_node().filter(XNode::is_element)
    }

    /// `Document`
    #[must_use]
    pub fn owner_document(&self) -> Option<XNode> {
        let root = self.tree_root();
        (root.kind() == NodeKind::Document).then_some(root)
    }

    /// How many nodes it lies in.
    #[must_use]
    pub fn depth(&self) -> usize {
        std::iter::successors(self.parent_node(), XNode::parent_node).count()
    }

    /// The outermost node of its tree.
    #[must_use]
    pub fn tree_root(&self) -> XNode {
        let mut current = self.clone();
        while let Some(parent) = current.parent_node() {
            current = parent;
        }
        current
    }

    /// `NextNode`
    #[must_use]
    pub fn next_node(&self) -> Option<XNode> {
        self.parent_node()?.child(self.node.index.get() + 1)
    }

    /// `PreviousNode`
    #[must_use]
    pub fn previous_node(&self) -> Option<XNode> {
        self.parent_node()?.child(self.node.index.get().checked_sub(1)?)
    }

    /// The node after this one in document order that lies inside `within`, with or without this one's content.
    pub(super) fn following(&self, within: &XNode, enter: bool) -> Option<XNode> {
        if enter && let Some(child) = self.child(0) {
            return Some(child);
        }
        let mut current = self.clone();
        loop {
            if current.is(within) {
                return None;
            }
            if let Some(next) = current.next_node() {
                return Some(next);
            }
            current = current.parent_node()?;
        }
    }

    /// The own text of text, CDATA, comments and processing instructions.
    #[must_use]
    pub fn own_value(&self) -> Option<Text> {
        match &self.node.data {
            Data::Text(value) | Data::Characters(value) | Data::Comment(value) => Some(value.borrow().clone()),
            Data::Instruction { data, .. } => Some(data.borrow().clone()),
            _ => None,
        }
    }

    /// Sets the text of text, CDATA, comments and processing instructions.
    pub fn set_own_value(&self, text: Text) {
        match &self.node.data {
            Data::Text(value) | Data::Characters(value) | Data::Comment(value) => *value.borrow_mut() = text,
            Data::Instruction { data, .. } => *data.borrow_mut() = text,
            _ => {}
        }
    }

    /// `XProcessingInstruction.Target`
    #[must_use]
    pub fn target(&self) -> Option<Text> {
        match &self.node.data {
            Data::Instruction { target, .. } => Some(target.borrow().clone()),
            _ => None,
        }
    }

    /// Sets the target of a processing instruction.
    ///
    /// # Errors
    /// `XmlException`, `ArgumentException` for what is no target.
    pub fn set_target(&self, value: Text) -> Result<(), Exception> {
        verify_target(&value)?;
        if let Data::Instruction { target, .. } = &self.node.data {
            *target.borrow_mut() = value;
        }
        Ok(())
    }

    /// Changes the parts of a document type.
    ///
    /// # Errors
    /// Those of the change.
    pub fn change_doctype(
        &self,
        change: impl FnOnce(&mut DocumentType) -> Result<(), Exception>,
    ) -> Result<(), Exception> {
        match &self.node.data {
            Data::DocumentType(declaration) => change(&mut declaration.borrow_mut()),
            _ => Ok(()),
        }
    }

    /// The parts of a document type.
    #[must_use]
    pub fn doctype(&self) -> Option<Ref<'_, DocumentType>> {
        match &self.node.data {
            Data::DocumentType(declaration) => Some(declaration.borrow()),
            _ => None,
        }
    }

    /// A copy of this node and everything in it, without a parent.
    #[must_use]
    pub fn deep_clone(&self) -> XNode {
        let copy = self.shallow_clone();
        let mut pending = vec![(self.node.clone(), copy.node.clone())];
        while let Some((from, to)) = pending.pop() {
            let Some(children) = from.children() else { continue };
            for child in children.borrow().iter() {
                let child_copy = Node::of(child.data.copy());
                Node::adopt_attributes(child, &child_copy);
                Node::append(&to, child_copy.clone());
                pending.push((child.clone(), child_copy));
            }
            if let (Data::Element(from), Data::Element(to)) = (&from.data, &to.data) {
                to.empty.set(from.empty.get());
            }
        }
        copy
    }

    /// The same in pieces.
    #[must_use]
    pub fn copying(&self) -> Paced<Result<XNode, Exception>> {
        /// Bytes that a node takes, about.
        const NODE_BYTES: usize = 200;
        let node = self.clone();
        Paced::new(|pace| async move {
            let pay = || {
                pace.take_bytes(NODE_BYTES);
                Ok(())
            };
            node.deep_clone_in_pieces(&pace, pay).await
        })
    }

    /// The same in pieces. `pay` is called for every node; its error ends the copying.
    pub(super) async fn deep_clone_in_pieces(
        &self,
        pace: &Pace,
        mut pay: impl FnMut() -> Result<(), Exception>,
    ) -> Result<XNode, Exception> {
        pay()?;
        let copy = self.shallow_clone();
        let mut pending = vec![(self.node.clone(), copy.node.clone())];
        while let Some((from, to)) = pending.pop() {
            let mut next = 0;
            while let Some(child) = from.children().and_then(|children| children.borrow().get(next).cloned()) {
                next += 1;
                pay()?;
                pace.take(COPIED_STEPS).await;
                let child_copy = Node::of(child.data.copy());
                Node::adopt_attributes(&child, &child_copy);
                Node::append(&to, child_copy.clone());
                if child.children().is_some_and(|children| !children.borrow().is_empty()) {
                    pending.push((child, child_copy));
                }
            }
            if let (Data::Element(from), Data::Element(to)) = (&from.data, &to.data) {
                to.empty.set(from.empty.get());
            }
        }
        Ok(copy)
    }

    /// A copy without children.
    fn shallow_clone(&self) -> XNode {
        let copy = XNode::of(self.node.data.copy());
        Node::adopt_attributes(&self.node, &copy.node);
        copy
    }
}

impl Data {
    pub(super) fn element(name: XName) -> Data {
        Data::Element(Element {
            name: RefCell::new(name),
            attributes: RefCell::default(),
            children: RefCell::default(),
            empty: Cell::new(true),
        })
    }

    /// The same without attributes and children.
    fn copy(&self) -> Data {
        match self {
            Data::Document { declaration, .. } => Data::Document {
                children: RefCell::default(),
                declaration: RefCell::new(declaration.borrow().as_ref().map(XDeclaration::copy)),
            },
            Data::Element(element) => Data::element(element.name.borrow().clone()),
            Data::Text(value) => Data::Text(value.clone()),
            Data::Characters(value) => Data::Characters(value.clone()),
            Data::Comment(value) => Data::Comment(value.clone()),
            Data::Instruction { target, data } => Data::Instruction { target: target.clone(), data: data.clone() },
            Data::DocumentType(declaration) => Data::DocumentType(declaration.clone()),
        }
    }
}

impl Node {
    pub(super) fn of(data: Data) -> Rc<Node> {
        Rc::new(Node { parent: RefCell::new(Weak::new()), index: Cell::new(0), data })
    }

    /// Adds a new child without any check.
    pub(super) fn append(parent: &Rc<Node>, child: Rc<Node>) {
        let Some(children) = parent.children() else { return };
        let mut children = children.borrow_mut();
        child.index.set(children.len());
        *child.parent.borrow_mut() = Rc::downgrade(parent);
        children.push(child);
        if let Data::Element(element) = &parent.data {
            element.empty.set(false);
        }
    }

    fn adopt_attributes(from: &Rc<Node>, to: &Rc<Node>) {
        if let (Data::Element(from), Data::Element(element)) = (&from.data, &to.data) {
            element.attributes.borrow_mut().extend(from.attributes.borrow().iter().map(|of| of.copy_into(to)));
            element.empty.set(from.empty.get());
        }
    }

    pub(super) fn children(&self) -> Option<&RefCell<Vec<Rc<Node>>>> {
        match &self.data {
            Data::Document { children, .. } => Some(children),
            Data::Element(element) => Some(&element.children),
            _ => None,
        }
    }
}

/// Frees deep trees without recursion.
impl Drop for Node {
    fn drop(&mut self) {
        let Some(children) = self.children() else { return };
        let pending = children.take();
        if !pending.is_empty() {
            garbage::free(pending, |node, pending| take_apart(&node, pending));
        }
    }
}

/// Gives the children of a node that nobody else holds to the list. A node is some blocks of memory.
pub(super) fn take_apart(node: &Rc<Node>, pending: &mut Vec<Rc<Node>>) -> usize {
    if Rc::strong_count(node) == 1
        && let Some(children) = node.children()
    {
        pending.append(&mut children.borrow_mut());
    }
    if let Data::Element(element) = &node.data { 1 + element.attributes.borrow().len() } else { 0 }
}

impl fmt::Debug for XNode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}({})", self.kind().name(), self.to_text(super::SaveOptions::DisableFormatting))
    }
}

/// A target is a name, but not that of the XML declaration.
fn verify_target(target: &str) -> Result<(), Exception> {
    super::name::verify(target)?;
    if target.eq_ignore_ascii_case("xml") {
        let message = format!("'{target}' is an invalid name for a processing instruction.");
        return Err(Exception::new(ExceptionType::Argument, message));
    }
    Ok(())
}
