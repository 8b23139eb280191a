//! Adding, replacing and removing children: `JContainer` and the changes a token makes to its own parent.

use std::cell::RefCell;
use std::rc::Rc;

use super::members::Member;
use super::token::{Content, JToken, Node};
use super::{JTokenType, Scalar};
use crate::work::{Paced, in_one_go};
use crate::{Exception, ExceptionType, Text};

impl JToken {
    /// `new JProperty(name, value)`; `None` is null.
    ///
    /// # Errors
    /// If the value cannot be the child of a property, or copying it fails.
    pub fn property(name: Text, value: Option<&JToken>) -> Result<JToken, Exception> {
        let content = Content::Property { name, value: RefCell::new(None) };
        let property = JToken::from_node(Node::new(content));
        property.insert(0, value)?;
        if property.property_value().is_none() {
            property.insert(0, None)?;
        }
        Ok(property)
    }

    /// `JContainer.Add(content)` for one token; `None` is null.
    ///
    /// # Errors
    /// If the container does not take such a token, or copying a token that already has a parent fails.
    pub fn add(&self, item: Option<&JToken>) -> Result<(), Exception> {
        self.insert(self.node.len(), item)
    }

    /// `JContainer.AddFirst(content)` for one token.
    ///
    /// # Errors
    /// As [`JToken::add`].
    pub fn add_first(&self, item: Option<&JToken>) -> Result<(), Exception> {
        self.insert(0, item)
    }

    /// `JArray.Insert(index, item)`; other containers the same way. A comment is silently left out of objects and properties.
    ///
    /// # Errors
    /// As [`JToken::add`], and `ArgumentOutOfRangeException` for an index beyond the end.
    pub fn insert(&self, index: usize, item: Option<&JToken>) -> Result<(), Exception> {
        let is_comment = item.is_some_and(|item| item.token_type() == JTokenType::Comment);
        match &self.node.content {
            Content::Object(_) | Content::Property { .. } if is_comment => return Ok(()),
            Content::Property { value, .. } if value.borrow().is_some() => {
                let message = "Newtonsoft.Json.Linq.JProperty cannot have multiple values.";
                return Err(Exception::new(ExceptionType::Json, message));
            }
            Content::Value(_) => return Err(self.not_a_container()),
            _ => {}
        }
        if index > self.node.len() {
            return Err(Exception::argument_out_of_range("index", "Index must be within the bounds of the List."));
        }
        self.insert_own(index, self.adopted(item)?)
    }

    /// Makes a token that has no parent and does not hold this one a child.
    pub(super) fn insert_own(&self, index: usize, item: Rc<Node>) -> Result<(), Exception> {
        self.validate(&item, None)?;
        item.moved();
        item.attach(&self.node, index);
        match &self.node.content {
            Content::Object(members) => members.borrow_mut().insert(index, item),
            Content::Array(items, _) | Content::Constructor { items, .. } => items.borrow_mut().insert(index, item),
            Content::Property { value, .. } => *value.borrow_mut() = Some(item),
            Content::Value(_) => {}
        }
        self.node.changed();
        Ok(())
    }

    /// `IList<JToken>[index] = item`.
    ///
    /// # Errors
    /// As [`JToken::insert`].
    pub fn set_item(&self, index: i64, item: Option<&JToken>) -> Result<(), Exception> {
        let place = self.place(index)?;
        let Some(existing) = self.node.child(place) else {
            return Err(out_of_range(index));
        };
        if is_unchanged(&existing, item) {
            return Ok(());
        }
        let item = self.adopted(item)?;
        self.validate(&item, Some(&existing))?;
        item.moved();
        item.attach(&self.node, place);
        match &self.node.content {
            Content::Object(members) => drop(members.borrow_mut().replace(place, item)),
            Content::Array(items, _) | Content::Constructor { items, .. } => {
                if let Some(slot) = items.borrow_mut().get_mut(place) {
                    *slot = item;
                }
            }
            Content::Property { value, .. } => *value.borrow_mut() = Some(item),
            Content::Value(_) => {}
        }
        existing.detach();
        self.node.changed();
        Ok(())
    }

    /// `JProperty.Value = value`.
    ///
    /// # Errors
    /// As [`JToken::insert`].
    pub fn set_property_value(&self, value: Option<&JToken>) -> Result<(), Exception> {
        self.set_item(0, value)
    }

    /// `RemoveAt(index)`.
    ///
    /// # Errors
    /// For an index outside of the container, or if it is a property.
    pub fn remove_at(&self, index: i64) -> Result<(), Exception> {
        if let Content::Property { .. } = self.node.content {
            return Err(fixed_property());
        }
        let place = self.place(index)?;
        let removed = match &self.node.content {
            Content::Object(members) => members.borrow_mut().remove(place),
            Content::Array(items, _) | Content::Constructor { items, .. } => {
                let mut items = items.borrow_mut();
                (place < items.len()).then(|| items.remove(place))
            }
            Content::Property { .. } | Content::Value(_) => None,
        };
        if let Some(removed) = removed {
            removed.detach();
        }
        self.node.changed();
        Ok(())
    }

    /// `RemoveAll()`, `Clear()`.
    ///
    /// # Errors
    /// If it is a property.
    pub fn clear(&self) -> Result<(), Exception> {
        self.clearing().map(in_one_go)
    }

    /// The same in pieces. It has happened before anything else is done with the token.
    ///
    /// # Errors
    /// As [`JToken::clear`].
    pub fn clearing(&self) -> Result<Paced<()>, Exception> {
        /// Steps for a child that has no parent any more.
        const STEPS: u64 = 2;
        let removed = match &self.node.content {
            Content::Object(members) => members.borrow_mut().take().into_iter().filter_map(Member::made).collect(),
            Content::Array(items, _) | Content::Constructor { items, .. } => std::mem::take(&mut *items.borrow_mut()),
            Content::Property { .. } => return Err(fixed_property()),
            Content::Value(_) => return Err(self.not_a_container()),
        };
        self.node.changed();
        Ok(Paced::new(|pace| async move {
            for item in &removed {
                pace.take(STEPS).await;
                item.detach();
            }
            // Together, so that all of them are freed bit by bit.
            Node::free(removed);
        }))
    }

    /// `JArray.Remove(item)`: whether it was a child.
    ///
    /// # Errors
    /// If the container is a property.
    pub fn remove_child(&self, item: &JToken) -> Result<bool, Exception> {
        if let Content::Property { .. } = self.node.content {
            return Err(fixed_property());
        }
        match self.index_of(item) {
            Some(index) => self.remove_at(i64::try_from(index).unwrap_or(-1)).map(|()| true),
            None => Ok(false),
        }
    }

    /// `IndexOf(item)`: by reference.
    #[must_use]
    pub fn index_of(&self, item: &JToken) -> Option<usize> {
        let parent = item.node.parent()?;
        Rc::ptr_eq(&parent, &self.node).then(|| parent.index_of(&item.node)).flatten()
    }

    /// `JToken.Remove()`.
    ///
    /// # Errors
    /// Without a parent, or if that is a property.
    pub fn remove(&self) -> Result<(), Exception> {
        self.parent_or_missing()?.remove_child(self).map(drop)
    }

    /// `JToken.Replace(value)`.
    ///
    /// # Errors
    /// Without a parent, or as [`JToken::set_item`].
    pub fn replace(&self, value: Option<&JToken>) -> Result<(), Exception> {
        let parent = self.parent_or_missing()?;
        match parent.index_of(self) {
            Some(index) => parent.set_item(i64::try_from(index).unwrap_or(-1), value),
            None => Ok(()),
        }
    }

    /// `AddAfterSelf(content)` for one token.
    ///
    /// # Errors
    /// Without a parent, or as [`JToken::insert`].
    pub fn add_after_self(&self, item: Option<&JToken>) -> Result<(), Exception> {
        let parent = self.parent_or_missing()?;
        let index = parent.index_of(self).unwrap_or_default();
        parent.insert(index + 1, item)
    }

    /// `AddBeforeSelf(content)` for one token.
    ///
    /// # Errors
    /// Without a parent, or as [`JToken::insert`].
    pub fn add_before_self(&self, item: Option<&JToken>) -> Result<(), Exception> {
        let parent = self.parent_or_missing()?;
        let index = parent.index_of(self).unwrap_or_default();
        parent.insert(index, item)
    }

    fn parent_or_missing(&self) -> Result<JToken, Exception> {
        self.parent().ok_or_else(|| Exception::new(ExceptionType::InvalidOperation, "The parent is missing."))
    }

    fn not_a_container(&self) -> Exception {
        let message = format!("Cannot set child value on Newtonsoft.Json.Linq.{}.", self.class_name());
        Exception::new(ExceptionType::InvalidOperation, message)
    }

    fn place(&self, index: i64) -> Result<usize, Exception> {
        let place = usize::try_from(index).map_err(|_| out_of_range(index))?;
        if let Content::Property { .. } = self.node.content {
            let out = "Specified argument was out of the range of valid values.";
            return if place == 0 { Ok(0) } else { Err(Exception::new(ExceptionType::ArgumentOutOfRange, out)) };
        }
        if place < self.node.len() { Ok(place) } else { Err(out_of_range(index)) }
    }

    /// The token as it may become a child: null for nothing; a copy if it has a parent already or would contain itself.
    fn adopted(&self, item: Option<&JToken>) -> Result<Rc<Node>, Exception> {
        let Some(item) = item else {
            return Ok(JToken::null().node);
        };
        let has_parent = item.node.parent().is_some();
        if has_parent || self.is_same(item) || (item.has_values() && self.root().is_same(item)) {
            return item.deep_clone().map(|copy| copy.node);
        }
        Ok(item.node.clone())
    }

    /// `ValidateToken`: objects take properties with a new name, all others take everything but properties.
    fn validate(&self, item: &Rc<Node>, existing: Option<&Rc<Node>>) -> Result<(), Exception> {
        let wants_property = self.is_object();
        let Some(name) = item.name().filter(|_| wants_property) else {
            if wants_property == (item.token_type() == JTokenType::Property) {
                return Ok(());
            }
            let item = JToken::from_node(item.clone());
            let message = format!(
                "Can not add Newtonsoft.Json.Linq.{} to Newtonsoft.Json.Linq.{}.",
                item.class_name(),
                self.class_name()
            );
            return Err(Exception::new(ExceptionType::Argument, message));
        };
        let keeps_name = existing.is_some_and(|existing| existing.name().as_ref() == Some(&name));
        if keeps_name || self.node.property(&name).is_none() {
            return Ok(());
        }
        let message = format!(
            "Can not add property {name} to Newtonsoft.Json.Linq.JObject. Property with the same name already exists on object."
        );
        Err(Exception::new(ExceptionType::Argument, message))
    }
}

impl Node {
    /// Index of a child; starts looking where the child was last.
    pub(super) fn index_of(self: &Rc<Node>, item: &Rc<Node>) -> Option<usize> {
        let hint = item.slot.get();
        if self.child(hint).is_some_and(|child| Rc::ptr_eq(&child, item)) {
            return Some(hint);
        }
        let position = |list: &[Rc<Node>]| list.iter().position(|child| Rc::ptr_eq(child, item));
        let found = match &self.content {
            Content::Object(members) => members.borrow().position(item),
            Content::Array(items, _) | Content::Constructor { items, .. } => position(&items.borrow()),
            Content::Property { .. } | Content::Value(_) => None,
        }?;
        item.slot.set(found);
        Some(found)
    }
}

/// `IsTokenUnchanged`: setting an equal value keeps the token that is there.
fn is_unchanged(existing: &Rc<Node>, item: Option<&JToken>) -> bool {
    let Content::Value(old) = &existing.content else {
        return false;
    };
    match item.map(|item| &item.node.content) {
        None => matches!(*old.borrow(), Scalar::Null),
        Some(Content::Value(new)) => super::equality::values_equal(&old.borrow(), &new.borrow()),
        Some(_) => false,
    }
}

fn out_of_range(index: i64) -> Exception {
    let message = if index < 0 { "Index is less than 0." } else { "Index is equal to or greater than Count." };
    Exception::argument_out_of_range("index", message)
}

fn fixed_property() -> Exception {
    Exception::new(ExceptionType::Json, "Cannot add or remove items from Newtonsoft.Json.Linq.JProperty.")
}
