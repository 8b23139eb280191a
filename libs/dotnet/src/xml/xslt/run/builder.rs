//! The result tree under construction.

use super::super::super::attribute::XAttribute;
use super::super::super::limits::XSLT_RESULT_BYTES_MAX;
use super::super::super::name::{XML_NAMESPACE, XMLNS_NAMESPACE, XName};
use super::super::super::node::{Data, XNode};
use super::super::super::write::RAW;
use super::super::super::xpath::Item;
use super::super::exception;
use crate::{Exception, Text};

/// A result tree, or the fragment of a variable: a document that may hold anything.
pub(super) struct Builder {
    root: XNode,
    open: Vec<XNode>,
    bytes: usize,
    /// It is the result itself: text can be left unescaped.
    is_result: bool,
}

impl Builder {
    /// The content of a variable.
    pub(super) fn new() -> Builder {
        Builder { root: XNode::document(None), open: Vec::new(), bytes: 0, is_result: false }
    }

    /// The result of a transformation.
    pub(super) fn result() -> Builder {
        Builder { is_result: true, ..Builder::new() }
    }

    pub(super) fn finish(self) -> XNode {
        self.root
    }

    fn target(&self) -> &XNode {
        self.open.last().unwrap_or(&self.root)
    }

    fn pay(&mut self, bytes: usize) -> Result<(), Exception> {
        self.bytes += bytes;
        if self.bytes > XSLT_RESULT_BYTES_MAX {
            return Err(exception("The result of the transformation is too large."));
        }
        Ok(())
    }

    /// Adds text; adjacent text becomes one node.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Exception> {
        if text.is_empty() {
            return Ok(());
        }
        self.pay(text.len())?;
        if let Some(last) = self.target().last_node()
            && let Data::Text(value) = &last.node.data
        {
            let mut value = value.borrow_mut();
            // Joining costs as much as what is there already.
            self.bytes += value.len() / 16;
            *value = Text::from(format!("{value}{text}"));
            return Ok(());
        }
        self.target().append_new(Data::Text(std::cell::RefCell::new(Text::new(text))));
        Ok(())
    }

    /// Adds text that is written as it is.
    pub(super) fn raw(&mut self, text: &str) -> Result<(), Exception> {
        if !self.is_result {
            return self.text(text);
        }
        self.pay(text.len() + 64)?;
        let (target, data) = (Text::new_static(RAW), Text::new(text));
        self.target().append_new(Data::Instruction {
            target: std::cell::RefCell::new(target),
            data: std::cell::RefCell::new(data),
        });
        Ok(())
    }

    /// Starts an element. Namespaces that are not in scope yet are declared on it.
    pub(super) fn start(&mut self, name: XName, namespaces: &[(Text, Text)]) -> Result<(), Exception> {
        self.pay(name.local().len() + 64)?;
        let element = self.target().append_new(Data::element(name));
        // Prefixes first: an element that has one does not need the default namespace for itself.
        for of_default in [false, true] {
            for (prefix, uri) in namespaces.iter().filter(|(prefix, _)| prefix.is_empty() == of_default) {
                declare(&element, prefix, uri);
            }
        }
        self.open.push(element);
        Ok(())
    }

    pub(super) fn end(&mut self) {
        self.open.pop();
    }

    /// Adds an attribute to the open element; a later one replaces an earlier one.
    pub(super) fn attribute(&mut self, name: &XName, prefix: Option<&str>, value: &str) -> Result<(), Exception> {
        self.pay(value.len() + 64)?;
        let Some(element) = self.open.last() else {
            return Err(exception("Attribute nodes cannot be added to the root of the result."));
        };
        if element.first_node().is_some() {
            let message = format!(
                "Attribute and namespace nodes cannot be added to the parent element after a text, comment, pi, or sub-element node has already been added: '{}'.",
                name.local()
            );
            return Err(exception(message));
        }
        if let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty())
            && !name.namespace().is_empty()
            && element.prefix_of_namespace(name.namespace()).is_none()
        {
            declare(element, prefix, name.namespace());
        }
        element.set_attribute_value(name, Some(Text::new(value)));
        Ok(())
    }

    pub(super) fn comment(&mut self, text: &str) -> Result<(), Exception> {
        self.pay(text.len() + 64)?;
        self.target().append_new(Data::Comment(std::cell::RefCell::new(Text::new(text))));
        Ok(())
    }

    pub(super) fn instruction(&mut self, target: &str, data: &str) -> Result<(), Exception> {
        self.pay(data.len() + 64)?;
        let node = XNode::instruction(target, data)?;
        self.target().append_child(&node);
        Ok(())
    }

    /// Copies a node with everything in it.
    pub(super) fn copy(&mut self, item: &Item) -> Result<(), Exception> {
        match item {
            Item::Node(node) if node.is_text() => self.text(&item.value()),
            Item::Node(node) if node.is_element() => {
                self.pay(node.node_count() * 64)?;
                let copy = node.deep_clone();
                self.target().append_child(&copy);
                for (prefix, uri) in node.namespaces_in_scope() {
                    declare(&copy, &prefix, &uri);
                }
                Ok(())
            }
            Item::Node(node) if node.owner_document().is_some_and(|document| document.is(node)) => {
                for child in super::super::super::xpath::children(node) {
                    self.copy(&Item::Node(child))?;
                }
                Ok(())
            }
            Item::Node(node) => match (node.target(), node.own_value()) {
                (Some(target), Some(data)) => self.instruction(&target, &data),
                (None, Some(text)) => self.comment(&text),
                _ => Ok(()),
            },
            Item::Attribute(attribute) => {
                let namespace = attribute.name().namespace();
                let prefix = attribute.parent().and_then(|parent| parent.prefix_of_namespace(namespace));
                self.attribute(attribute.name(), prefix.as_deref(), &attribute.value())
            }
            Item::Namespace { prefix, uri, .. } => {
                if let Some(element) = self.open.last() {
                    declare(element, prefix, uri);
                }
                Ok(())
            }
        }
    }
}

/// Declares a prefix on an element unless it already means that, or would contradict the element's own name.
fn declare(element: &XNode, prefix: &str, uri: &str) {
    if uri == XML_NAMESPACE || element.declared(prefix).unwrap_or_default() == uri {
        return;
    }
    let contradicts = prefix.is_empty()
        && element.name().is_some_and(|name| {
            let own = name.namespace();
            own != uri && (own.is_empty() || element.prefix_of_namespace(own).is_none())
        });
    let name = if prefix.is_empty() {
        XName::trusted(Text::default(), Text::new_static("xmlns"))
    } else {
        XName::trusted(Text::new_static(XMLNS_NAMESPACE), Text::new(prefix))
    };
    if !contradicts && element.attribute(&name).is_none() {
        element.append_attribute(&XAttribute::new(name, uri));
    }
}
