//! The result tree under construction.

use super::super::super::attribute::XAttribute;
use super::super::super::limits::MADE_BYTES_MAX;
use super::super::super::name::{XML_NAMESPACE, XMLNS_NAMESPACE, XName};
use super::super::super::node::{Data, XNode};
use super::super::super::write::RAW;
use super::super::super::xpath::{Budget, Item};
use super::super::exception;
use super::instructions::Running;
use crate::{Exception, Text};

/// Bytes of text that become a node although more may follow.
const TEXT_BYTES: usize = 64 * 1024;

/// Names that are compared in the time of a step.
pub(super) const COMPARED_PER_STEP: usize = 16;

/// A result tree, or the fragment of a variable: a document that may hold anything.
pub(super) struct Builder {
    root: XNode,
    open: Vec<XNode>,
    /// Text that is yet to become a node: more may follow.
    text: String,
    bytes: usize,
    /// It is the result itself: text can be left unescaped.
    is_result: bool,
}

impl Builder {
    /// The content of a variable.
    pub(super) fn new() -> Builder {
        Builder { root: XNode::document(None), open: Vec::new(), text: String::new(), bytes: 0, is_result: false }
    }

    /// The result of a transformation.
    pub(super) fn result() -> Builder {
        Builder { is_result: true, ..Builder::new() }
    }

    pub(super) fn finish(mut self) -> XNode {
        self.end_text();
        self.root
    }

    fn target(&self) -> &XNode {
        self.open.last().unwrap_or(&self.root)
    }

    fn pay(&mut self, bytes: usize) -> Result<(), Exception> {
        self.bytes += bytes;
        if self.bytes > MADE_BYTES_MAX {
            return Err(Exception::out_of_memory());
        }
        Ok(())
    }

    /// Adds text. Adjacent text becomes one node, or several where it is long: that is one node to XPath.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Exception> {
        self.pay(text.len())?;
        self.text.push_str(text);
        if self.text.len() > TEXT_BYTES {
            self.end_text();
        }
        Ok(())
    }

    /// Makes a node of the text so far.
    fn end_text(&mut self) {
        if !self.text.is_empty() {
            let text = Text::new(&self.text);
            self.text.clear();
            self.target().append_new(Data::Text(std::cell::RefCell::new(text)));
        }
    }

    /// Adds text that is written as it is.
    pub(super) fn raw(&mut self, text: &str) -> Result<(), Exception> {
        if !self.is_result {
            return self.text(text);
        }
        self.pay(text.len() + 64)?;
        self.end_text();
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
        self.end_text();
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
        self.end_text();
        self.open.pop();
    }

    /// Adds an attribute to the open element; a later one replaces an earlier one.
    pub(super) fn attribute(&mut self, name: &XName, prefix: Option<&str>, value: &str) -> Result<(), Exception> {
        self.pay(value.len() + 64)?;
        self.end_text();
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
        self.end_text();
        self.target().append_new(Data::Comment(std::cell::RefCell::new(Text::new(text))));
        Ok(())
    }

    pub(super) fn instruction(&mut self, target: &str, data: &str) -> Result<(), Exception> {
        self.pay(data.len() + 64)?;
        self.end_text();
        let node = XNode::instruction(target, data)?;
        self.target().append_child(&node);
        Ok(())
    }

    /// Copies a node with everything in it. The state is a box of its own: templates in each other have little of the stack.
    pub(super) fn copy<'r>(&'r mut self, item: &'r Item, budget: &'r Budget) -> Running<'r> {
        Box::pin(self.copied(item, budget))
    }

    async fn copied(&mut self, item: &Item, budget: &Budget) -> Result<(), Exception> {
        budget.take(1)?;
        budget.pause().await;
        match item {
            Item::Node(node) if node.is_text() => self.text(&item.value()),
            Item::Node(node) if node.is_element() => {
                self.end_text();
                let pay = || budget.take(1).and_then(|()| self.pay(64));
                let copy = node.deep_clone_in_pieces(budget.pace(), pay).await?;
                self.target().append_child(&copy);
                for (prefix, uri) in node.namespaces_in_scope() {
                    declare(&copy, &prefix, &uri);
                }
                Ok(())
            }
            Item::Node(node) if node.owner_document().is_some_and(|document| document.is(node)) => {
                for child in super::super::super::xpath::children(node) {
                    self.copy(&Item::Node(child), budget).await?;
                }
                Ok(())
            }
            Item::Node(node) => match (node.target(), node.own_value()) {
                (Some(target), Some(data)) => self.instruction(&target, &data),
                (None, Some(text)) => self.comment(&text),
                _ => Ok(()),
            },
            Item::Attribute(attribute) => {
                // It is looked for among those that are there.
                budget.take(self.open.last().map_or(0, XNode::attribute_count) / COMPARED_PER_STEP)?;
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
