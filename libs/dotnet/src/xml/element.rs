//! `XElement`: name, attributes, value.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::attribute::XAttribute;
use super::axis::WALKED_STEPS;
use super::container::{Content, argument};
use super::name::XName;
use super::node::{Data, Element, NodeKind, XNode};
use crate::work::{Paced, in_one_go};
use crate::{Exception, ExceptionType, Text};

impl XNode {
    fn as_element(&self) -> Option<&Element> {
        match &self.node.data {
            Data::Element(element) => Some(element),
            _ => None,
        }
    }

    /// `Name`
    #[must_use]
    pub fn name(&self) -> Option<XName> {
        Some(self.as_element()?.name.borrow().clone())
    }

    /// Whether it is an element with this name.
    #[must_use]
    pub fn has_name(&self, name: &XName) -> bool {
        self.as_element().is_some_and(|element| *element.name.borrow() == *name)
    }

    /// Sets `Name`.
    pub fn set_name(&self, name: XName) {
        if let Some(element) = self.as_element() {
            *element.name.borrow_mut() = name;
        }
    }

    /// `IsEmpty`: written as `<a />`.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_element().is_some_and(|element| element.empty.get())
    }

    /// Makes an element without children one with empty text, written as `<a></a>`.
    pub(super) fn mark_not_empty(&self) {
        if let Some(element) = self.as_element() {
            element.empty.set(false);
        }
    }

    /// `HasElements`
    #[must_use]
    pub fn has_elements(&self) -> bool {
        self.nodes().iter().any(XNode::is_element)
    }

    /// `HasAttributes`
    #[must_use]
    pub fn has_attributes(&self) -> bool {
        self.as_element().is_some_and(|element| !element.attributes.borrow().is_empty())
    }

    /// `Attributes()`
    #[must_use]
    pub fn attributes(&self) -> Vec<XAttribute> {
        let Some(element) = self.as_element() else { return Vec::new() };
        element.attributes.borrow().iter().map(|attribute| XAttribute::of(attribute.clone(), self)).collect()
    }

    /// `Attribute(name)`
    #[must_use]
    pub fn attribute(&self, name: &XName) -> Option<XAttribute> {
        let element = self.as_element()?;
        let attributes = element.attributes.borrow();
        let attribute = attributes.iter().find(|attribute| attribute.name == *name)?;
        Some(XAttribute::of(attribute.clone(), self))
    }

    /// How many attributes it has.
    #[must_use]
    pub fn attribute_count(&self) -> usize {
        self.as_element().map_or(0, |element| element.attributes.borrow().len())
    }

    /// The value of an attribute without a namespace.
    pub(super) fn plain_attribute(&self, local: &str) -> Option<Text> {
        let element = self.as_element()?;
        let attributes = element.attributes.borrow();
        let attribute = attributes.iter().find(|attribute| attribute.name.is_plain(local))?;
        Some(attribute.value.borrow().clone())
    }

    /// Adds a new attribute without any check.
    pub(super) fn append_attribute(&self, attribute: &XAttribute) {
        if let Some(element) = self.as_element() {
            *attribute.attribute.parent.borrow_mut() = Rc::downgrade(&self.node);
            element.attributes.borrow_mut().push(attribute.attribute.clone());
        }
    }

    pub(super) fn add_attribute(&self, attribute: &XAttribute) -> Result<(), Exception> {
        if !self.is_element() {
            return Err(argument("An attribute cannot be added to content."));
        }
        if self.attribute(attribute.name()).is_some() {
            return Err(duplicate_attribute());
        }
        let attribute = if attribute.parent().is_some() { attribute.copy() } else { attribute.clone() };
        self.append_attribute(&attribute);
        Ok(())
    }

    /// Puts namespace declarations behind the other attributes.
    pub(super) fn move_declarations_last(&self) {
        if let Some(element) = self.as_element() {
            element.attributes.borrow_mut().sort_by_key(|attribute| attribute.is_declaration());
        }
    }

    pub(super) fn remove_attribute(&self, attribute: &XAttribute) {
        if let Some(element) = self.as_element() {
            element.attributes.borrow_mut().retain(|other| !Rc::ptr_eq(other, &attribute.attribute));
            *attribute.attribute.parent.borrow_mut() = Weak::new();
        }
    }

    /// `RemoveAttributes()`
    pub fn remove_attributes(&self) {
        if let Some(element) = self.as_element() {
            for attribute in element.attributes.take() {
                *attribute.parent.borrow_mut() = Weak::new();
            }
        }
    }

    /// `RemoveAll()`
    pub fn remove_all(&self) {
        self.remove_attributes();
        self.remove_nodes();
    }

    /// `ReplaceAttributes(content)`
    pub fn replace_attributes(&self, content: Content) -> Result<(), Exception> {
        self.remove_attributes();
        self.add(content)
    }

    /// `SetAttributeValue(name, value)`; `None` removes it.
    pub fn set_attribute_value(&self, name: &XName, value: Option<Text>) {
        match (self.attribute(name), value) {
            (Some(attribute), Some(value)) => attribute.set_value(value),
            (Some(attribute), None) => self.remove_attribute(&attribute),
            (None, Some(value)) => self.append_attribute(&XAttribute::new(name.clone(), value)),
            (None, None) => {}
        }
    }

    /// `SetElementValue(name, value)`; `None` removes the child.
    pub fn set_element_value(&self, name: &XName, value: Option<Text>) -> Result<(), Exception> {
        match (self.first_element(name), value) {
            (Some(child), Some(value)) => child.set_value(&value),
            (Some(child), None) => child.remove()?,
            (None, Some(value)) => {
                let child = XNode::element(name.clone());
                child.set_value(&value);
                self.append_child(&child);
            }
            (None, None) => {}
        }
        Ok(())
    }

    /// `Value` of an element: all text in it; of a document likewise; otherwise its own text.
    #[must_use]
    pub fn value(&self) -> Text {
        if let Some(own) = self.own_value() {
            return own;
        }
        let children = self.nodes();
        if let [only] = children.as_slice()
            && only.is_text()
        {
            return only.own_value().unwrap_or_default();
        }
        in_one_go(self.valuing())
    }

    /// The text of everything below, in pieces.
    #[must_use]
    pub fn valuing(&self) -> Paced<Text> {
        let root = self.clone();
        Paced::new(|pace| async move {
            let mut text = String::new();
            let mut current = root.child(0);
            while let Some(node) = current {
                if let Data::Text(value) | Data::Characters(value) = &node.node.data {
                    text.push_str(&value.borrow());
                }
                pace.take(WALKED_STEPS).await;
                current = node.following(&root, true);
            }
            Text::from(text)
        })
    }

    /// Sets `Value`: the text replaces all content.
    pub fn set_value(&self, value: &Text) {
        if self.is_element() {
            self.remove_nodes();
            if value.is_empty() {
                self.mark_not_empty();
            } else {
                self.append_new(Data::Text(RefCell::new(value.clone())));
            }
        } else {
            self.set_own_value(value.clone());
        }
    }

    /// `Element(name)`
    #[must_use]
    pub fn first_element(&self, name: &XName) -> Option<XNode> {
        self.nodes().into_iter().find(|node| node.has_name(name))
    }

    /// `Elements()` or `Elements(name)`
    #[must_use]
    pub fn elements(&self, name: Option<&XName>) -> Vec<XNode> {
        self.nodes().into_iter().filter(|node| node.is_named(name)).collect()
    }

    /// Whether it is an element, with this name if one is given.
    #[must_use]
    pub fn is_named(&self, name: Option<&XName>) -> bool {
        match name {
            Some(name) => self.has_name(name),
            None => self.kind() == NodeKind::Element,
        }
    }
}

/// Two attributes of one name.
pub(super) fn duplicate_attribute() -> Exception {
    Exception::new(ExceptionType::InvalidOperation, "Duplicate attribute.")
}
