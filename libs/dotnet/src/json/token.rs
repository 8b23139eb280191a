//! `JToken`: the handle, and the node it points to.

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;
use std::rc::{Rc, Weak};

use super::members::{Member, Members, Source};
use super::{Formatting, JTokenType, Scalar};
use crate::{Exception, Text, garbage};

/// A token of a document: `JObject`, `JArray`, `JConstructor`, `JProperty`, `JValue` or `JRaw`. Copies are the same token.
///
/// Parents hold their children; a child knows its parent weakly. So that `Parent` still works on `JObject.Parse(text)["a"]`, a handle
/// that was reached from another one keeps alive what the other one kept alive.
#[derive(Clone)]
pub struct JToken {
    pub(super) node: Rc<Node>,
    anchor: Option<Rc<Node>>,
}

/// A token itself.
pub(super) struct Node {
    /// Empty for a token without a parent.
    pub(super) parent: RefCell<Weak<Node>>,
    /// Where the parent had this token when it last looked: a hint that makes finding it cheap.
    pub(super) slot: Cell<usize>,
    /// Counts changes of the list of children: a walk over it finds out that it was changed.
    pub(super) version: Cell<u32>,
    /// Where it stood in the text that it was read from (`places.rs`); 0 if it was not read.
    pub(super) place: Cell<u32>,
    pub(super) content: Content,
}

/// What kind of token it is, with its children or value.
pub(super) enum Content {
    Object(RefCell<Members>),
    /// With the text that it and what is in it was read from, if no container around has it (`places.rs`).
    Array(RefCell<Vec<Rc<Node>>>, OnceCell<Rc<Source>>),
    Constructor {
        /// Boxed: nobody writes constructors, and every token would have room for one.
        name: Box<RefCell<Text>>,
        items: RefCell<Vec<Rc<Node>>>,
    },
    /// The value is absent only while the property is being made.
    Property {
        name: Text,
        value: RefCell<Option<Rc<Node>>>,
    },
    Value(RefCell<Scalar>),
}

impl JToken {
    /// `new JObject()`.
    #[must_use]
    pub fn object() -> JToken {
        JToken::from_node(Node::new(Content::Object(RefCell::default())))
    }

    /// `new JArray()`.
    #[must_use]
    pub fn array() -> JToken {
        JToken::from_node(Node::new(Content::Array(RefCell::default(), OnceCell::new())))
    }

    /// `new JConstructor(name)`.
    ///
    /// # Errors
    /// `ArgumentException` if the name is empty.
    pub fn constructor(name: Text) -> Result<JToken, Exception> {
        if name.is_empty() {
            return Err(Exception::argument("name", "Constructor name cannot be empty."));
        }
        let content = Content::Constructor { name: Box::new(RefCell::new(name)), items: RefCell::default() };
        Ok(JToken::from_node(Node::new(content)))
    }

    /// `new JValue(value)`, or `new JRaw(text)` for [`Scalar::Raw`].
    #[must_use]
    pub fn value(value: Scalar) -> JToken {
        JToken::from_node(Node::new(Content::Value(RefCell::new(value))))
    }

    /// `JValue.CreateNull()`.
    #[must_use]
    pub fn null() -> JToken {
        JToken::value(Scalar::Null)
    }

    /// A handle that keeps only the token itself alive.
    pub(super) fn from_node(node: Rc<Node>) -> JToken {
        JToken { node, anchor: None }
    }

    /// A handle to a relative of this token.
    pub(super) fn relative(&self, node: Rc<Node>) -> JToken {
        let anchor = self.anchor.clone().or_else(|| Some(self.node.clone()));
        JToken { node, anchor }
    }

    /// Whether both are the same token (`ReferenceEquals`, `==`).
    #[must_use]
    pub fn is_same(&self, other: &JToken) -> bool {
        Rc::ptr_eq(&self.node, &other.node)
    }

    /// A number that is the token's as long as it lives.
    #[must_use]
    pub fn address(&self) -> usize {
        Rc::as_ptr(&self.node).addr()
    }

    /// A number that changes whenever a child is added, removed or replaced.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.node.version.get()
    }

    /// `Type`.
    #[must_use]
    pub fn token_type(&self) -> JTokenType {
        self.node.token_type()
    }

    /// Name of its class without the namespace: `JObject`.
    #[must_use]
    pub fn class_name(&self) -> &'static str {
        match &self.node.content {
            Content::Object(_) => "JObject",
            Content::Array(..) => "JArray",
            Content::Constructor { .. } => "JConstructor",
            Content::Property { .. } => "JProperty",
            Content::Value(value) if matches!(*value.borrow(), Scalar::Raw(_)) => "JRaw",
            Content::Value(_) => "JValue",
        }
    }

    /// Whether it is a `JContainer`.
    #[must_use]
    pub fn is_container(&self) -> bool {
        !matches!(self.node.content, Content::Value(_))
    }

    /// `JValue.Value`; `None` if it is a container.
    #[must_use]
    pub fn scalar(&self) -> Option<Scalar> {
        match &self.node.content {
            Content::Value(value) => Some(value.borrow().clone()),
            _ => None,
        }
    }

    /// Bytes of the text that it is; 0 for anything else.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        match &self.node.content {
            Content::Value(value) => match &*value.borrow() {
                Scalar::String(text) | Scalar::Comment(text) | Scalar::Raw(text) => text.len(),
                _ => 0,
            },
            _ => 0,
        }
    }

    /// Sets `JValue.Value`; a comment or raw text stays one when it gets a string. Does nothing to a container.
    pub fn set_scalar(&self, value: Scalar) {
        if let Content::Value(own) = &self.node.content {
            let mut own = own.borrow_mut();
            *own = match (&*own, value) {
                (Scalar::Comment(_), Scalar::String(text)) => Scalar::Comment(text),
                (Scalar::Raw(_), Scalar::String(text)) => Scalar::Raw(text),
                (_, Scalar::NullString) => Scalar::Null,
                (_, value) => value,
            };
        }
    }

    /// `Name` of a `JProperty` or `JConstructor`.
    #[must_use]
    pub fn name(&self) -> Option<Text> {
        match &self.node.content {
            Content::Property { name, .. } => Some(name.clone()),
            Content::Constructor { name, .. } => Some(name.borrow().clone()),
            _ => None,
        }
    }

    /// `JProperty.Value`.
    #[must_use]
    pub fn property_value(&self) -> Option<JToken> {
        match &self.node.content {
            Content::Property { value, .. } => value.borrow().clone().map(|value| self.relative(value)),
            _ => None,
        }
    }
}

impl fmt::Debug for JToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_json(Formatting::None).unwrap_or_else(|error| error.message.into_owned()))
    }
}

impl Node {
    pub(super) fn new(content: Content) -> Rc<Node> {
        Rc::new(Node {
            parent: RefCell::new(Weak::new()),
            slot: Cell::new(0),
            version: Cell::new(0),
            place: Cell::new(0),
            content,
        })
    }

    /// A token at its slot in another one, and its place in the text, which are told by the caller.
    pub(super) fn child_of(parent: &Rc<Node>, slot: usize, content: Content, place: u32) -> Rc<Node> {
        let parent = RefCell::new(Rc::downgrade(parent));
        Rc::new(Node { parent, slot: Cell::new(slot), version: Cell::new(0), place: Cell::new(place), content })
    }

    /// A property at its slot in an object, and its value, with the places of both.
    pub(super) fn property_of(
        object: &Rc<Node>,
        slot: usize,
        name: Text,
        value: Content,
        (named, valued): (u32, u32),
    ) -> (Rc<Node>, Rc<Node>) {
        let property = Node::child_of(object, slot, Content::Property { name, value: RefCell::new(None) }, named);
        let value = Node::child_of(&property, 0, value, valued);
        property.push(value.clone());
        (property, value)
    }

    pub(super) fn token_type(&self) -> JTokenType {
        match &self.content {
            Content::Object(_) => JTokenType::Object,
            Content::Array(..) => JTokenType::Array,
            Content::Constructor { .. } => JTokenType::Constructor,
            Content::Property { .. } => JTokenType::Property,
            Content::Value(value) => value.borrow().token_type(),
        }
    }

    pub(super) fn parent(&self) -> Option<Rc<Node>> {
        self.parent.borrow().upgrade()
    }

    /// Makes it a child of `parent` at `slot`.
    pub(super) fn attach(&self, parent: &Rc<Node>, slot: usize) {
        self.parent.replace(Rc::downgrade(parent));
        self.slot.set(slot);
    }

    /// The list of children was changed.
    pub(super) fn changed(&self) {
        self.version.set(self.version.get().wrapping_add(1));
    }

    pub(super) fn detach(self: &Rc<Node>) {
        self.leaving();
        self.parent.replace(Weak::new());
    }

    /// Number of children.
    pub(super) fn len(&self) -> usize {
        match &self.content {
            Content::Object(members) => members.borrow().len(),
            Content::Array(items, _) | Content::Constructor { items, .. } => items.borrow().len(),
            Content::Property { value, .. } => usize::from(value.borrow().is_some()),
            Content::Value(_) => 0,
        }
    }

    /// The child at an index.
    pub(super) fn child(self: &Rc<Node>, index: usize) -> Option<Rc<Node>> {
        match &self.content {
            Content::Object(members) => members.borrow_mut().token_at(self, index),
            Content::Array(items, _) | Content::Constructor { items, .. } => items.borrow().get(index).cloned(),
            Content::Property { value, .. } if index == 0 => value.borrow().clone(),
            Content::Property { .. } | Content::Value(_) => None,
        }
    }

    /// Frees tokens that were taken out of a tree, bit by bit. One that is held elsewhere is let go of, not taken apart.
    pub(super) fn free(removed: Vec<Rc<Node>>) {
        garbage::free(removed, |node, pending| if Rc::strong_count(&node) == 1 { node.release(pending) } else { 0 });
    }

    /// Drops the values below and gives the containers to `pending`; where there are many, they all go there. How many were dropped.
    fn release(&self, pending: &mut Vec<Rc<Node>>) -> usize {
        let keep = |child: Rc<Node>, pending: &mut Vec<Rc<Node>>| {
            if !matches!(child.content, Content::Value(_)) && Rc::strong_count(&child) == 1 {
                pending.push(child);
            }
        };
        match &self.content {
            Content::Object(members) => {
                let members = emptied(members).take();
                if members.len() > WIDE {
                    pending.extend(members.into_iter().filter_map(Member::made));
                    return 0;
                }
                let count = members.len();
                for property in members.into_iter().filter_map(Member::made) {
                    if let Content::Property { value, .. } = &property.content
                        && Rc::strong_count(&property) == 1
                        && let Some(value) = emptied(value)
                    {
                        keep(value, pending);
                    }
                }
                2 * count
            }
            Content::Array(items, _) | Content::Constructor { items, .. } => {
                let items = emptied(items);
                if items.len() > WIDE {
                    pending.extend(items);
                    return 0;
                }
                let count = items.len();
                items.into_iter().for_each(|item| keep(item, pending));
                count
            }
            Content::Property { value, .. } => {
                emptied(value).into_iter().for_each(|value| keep(value, pending));
                1
            }
            Content::Value(_) => 0,
        }
    }
}

/// Children of a container that are dropped together.
const WIDE: usize = 256;

/// What is in a cell, which nobody looks at any more.
fn emptied<T: Default>(cell: &RefCell<T>) -> T {
    cell.try_borrow_mut().map(|mut content| std::mem::take(&mut *content)).unwrap_or_default()
}

impl Drop for Node {
    /// Drops descendants in a loop: dropping them by recursion would exhaust the stack on a document of 100,000 levels.
    fn drop(&mut self) {
        // Most properties were emptied by their objects.
        let is_done = match &mut self.content {
            Content::Value(_) => true,
            Content::Property { value, .. } => value.get_mut().is_none(),
            _ => false,
        };
        if is_done {
            return;
        }
        let mut pending = Vec::new();
        self.release(&mut pending);
        if !pending.is_empty() {
            Node::free(pending);
        }
    }
}
