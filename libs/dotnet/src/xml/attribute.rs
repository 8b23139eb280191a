//! `XAttribute`.

use std::cell::RefCell;
use std::fmt;
use std::rc::{Rc, Weak};

use super::keep::Keep;
use super::name::{XMLNS_NAMESPACE, XName};
use super::node::{Node, XNode};
use super::write;
use crate::Text;

/// An attribute: a reference, as in .NET.
#[derive(Clone)]
pub struct XAttribute {
    pub(super) attribute: Rc<Attribute>,
    keep: Option<Rc<Keep>>,
}

pub(super) struct Attribute {
    pub(super) parent: RefCell<Weak<Node>>,
    pub(super) name: XName,
    pub(super) value: RefCell<Text>,
}

impl Attribute {
    pub(super) fn of(name: XName, value: Text) -> Rc<Attribute> {
        Rc::new(Attribute { parent: RefCell::default(), name, value: RefCell::new(value) })
    }

    /// Whether it is `xmlns` or `xmlns:prefix`.
    pub(super) fn is_declaration(&self) -> bool {
        self.name.namespace() == XMLNS_NAMESPACE || self.name.is_plain("xmlns")
    }

    /// A copy for another element.
    pub(super) fn copy_into(&self, parent: &Rc<Node>) -> Rc<Attribute> {
        let copy = Attribute::of(self.name.clone(), self.value.borrow().clone());
        *copy.parent.borrow_mut() = Rc::downgrade(parent);
        copy
    }
}

impl XAttribute {
    /// `new XAttribute(name, value)`
    #[must_use]
    pub fn new(name: XName, value: impl Into<Text>) -> XAttribute {
        XAttribute { attribute: Attribute::of(name, value.into()), keep: None }
    }

    pub(super) fn of(attribute: Rc<Attribute>, element: &XNode) -> XAttribute {
        XAttribute { attribute, keep: Some(element.keep.clone()) }
    }

    /// `Name`
    #[must_use]
    pub fn name(&self) -> &XName {
        &self.attribute.name
    }

    /// `Value`
    #[must_use]
    pub fn value(&self) -> Text {
        self.attribute.value.borrow().clone()
    }

    /// Sets `Value`.
    pub fn set_value(&self, value: Text) {
        *self.attribute.value.borrow_mut() = value;
    }

    /// `Parent`
    #[must_use]
    pub fn parent(&self) -> Option<XNode> {
        let node = self.attribute.parent.borrow().upgrade()?;
        let keep = self.keep.clone().unwrap_or_else(|| Keep::new(node.clone()));
        Some(XNode { node, keep })
    }

    /// Whether both are the same attribute.
    #[must_use]
    pub fn is(&self, other: &XAttribute) -> bool {
        Rc::ptr_eq(&self.attribute, &other.attribute)
    }

    /// A number that tells attributes apart as long as they live.
    #[must_use]
    pub fn identity(&self) -> usize {
        Rc::as_ptr(&self.attribute).addr()
    }

    pub(super) fn copy(&self) -> XAttribute {
        XAttribute::new(self.name().clone(), self.value())
    }

    /// `IsNamespaceDeclaration`: `xmlns` or `xmlns:prefix`.
    #[must_use]
    pub fn is_namespace_declaration(&self) -> bool {
        self.declared_prefix().is_some()
    }

    /// The prefix that it declares; empty for the default namespace.
    #[must_use]
    pub fn declared_prefix(&self) -> Option<Text> {
        if self.name().namespace() == XMLNS_NAMESPACE {
            return Some(self.name().local().clone());
        }
        self.name().is_plain("xmlns").then(Text::default)
    }

    /// `NextAttribute`
    #[must_use]
    pub fn next(&self) -> Option<XAttribute> {
        let siblings = self.parent()?.attributes();
        let index = siblings.iter().position(|other| other.is(self))?;
        siblings.get(index + 1).cloned()
    }

    /// `PreviousAttribute`
    #[must_use]
    pub fn previous(&self) -> Option<XAttribute> {
        let siblings = self.parent()?.attributes();
        let index = siblings.iter().position(|other| other.is(self))?;
        siblings.get(index.checked_sub(1)?).cloned()
    }

    /// `Remove()`. Without a parent nothing happens; .NET throws, see `XNode::remove`.
    pub fn remove(&self) {
        if let Some(parent) = self.parent() {
            parent.remove_attribute(self);
        }
    }
}

/// `ToString()`: `name="value"`.
impl fmt::Display for XAttribute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&write::attribute_text(self))
    }
}

impl fmt::Debug for XAttribute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Attribute({self})")
    }
}
