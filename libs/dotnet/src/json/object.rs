//! `JObject`: properties by name.

use std::rc::Rc;

use super::members::Index;
use super::token::{Content, JToken, Node};
use crate::text::{self, StringComparison};
use crate::work::Pace;
use crate::{Exception, Text};

impl Node {
    /// The property of an object with exactly this name.
    pub(super) fn property(self: &Rc<Node>, name: &str) -> Option<Rc<Node>> {
        match &self.content {
            Content::Object(members) => members.borrow_mut().find(self, name),
            _ => None,
        }
    }

    pub(super) fn name(&self) -> Option<Text> {
        match &self.content {
            Content::Property { name, .. } => Some(name.clone()),
            _ => None,
        }
    }

    /// Makes the index that [`property`](Node::property) would make at once, in pieces.
    pub(super) async fn index(self: &Rc<Node>, pace: &Pace) {
        /// Steps for a name: it is hashed, and what it finds is far away in memory.
        const STEPS: u64 = 15;
        let Content::Object(members) = &self.content else { return };
        if !members.borrow().lacks_index() {
            return;
        }
        let mut index = Box::<Index>::default();
        let mut place = 0;
        while let Some(property) = self.child(place) {
            place += 1;
            pace.take(STEPS).await;
            if let Some(name) = property.name() {
                index.insert(name, property);
            }
        }
        members.borrow_mut().set_index(index);
    }

    pub(super) fn name_is(&self, wanted: &str) -> bool {
        matches!(&self.content, Content::Property { name, .. } if name == wanted)
    }
}

impl JToken {
    /// Whether it is a `JObject`.
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(self.node.content, Content::Object(_))
    }

    /// `JObject.Properties()`.
    #[must_use]
    pub fn properties(&self) -> Vec<JToken> {
        if self.is_object() { self.children() } else { Vec::new() }
    }

    /// `JObject.PropertyValues()`.
    #[must_use]
    pub fn property_values(&self) -> Vec<JToken> {
        self.properties().iter().filter_map(JToken::property_value).collect()
    }

    /// `JObject.Property(name)`.
    #[must_use]
    pub fn property_named(&self, name: &str) -> Option<JToken> {
        self.node.property(name).map(|property| self.relative(property))
    }

    /// `JObject.Property(name, comparison)`: the same name first, then the first that compares equal.
    #[must_use]
    pub fn property_compared(&self, name: &str, comparison: StringComparison) -> Option<JToken> {
        let found = self.property_named(name);
        if found.is_some() || comparison == StringComparison::Ordinal {
            return found;
        }
        self.properties()
            .into_iter()
            .find(|property| property.name().is_some_and(|own| text::equals(&own, name, comparison)))
    }

    /// `JObject[name]`, `GetValue(name)`: null if there is no such property.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<JToken> {
        let property = self.node.property(name)?;
        match &property.content {
            Content::Property { value, .. } => value.borrow().clone().map(|value| self.relative(value)),
            _ => None,
        }
    }

    /// `JObject.GetValue(name, comparison)`; `TryGetValue` is whether there is one.
    #[must_use]
    pub fn get_compared(&self, name: &str, comparison: StringComparison) -> Option<JToken> {
        self.property_compared(name, comparison)?.property_value()
    }

    /// `JObject.ContainsKey(name)`.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.node.property(name).is_some()
    }

    /// `JObject[name] = value`; `None` is null.
    ///
    /// # Errors
    /// What copying a value that already has a parent fails with.
    pub fn set(&self, name: &str, value: Option<&JToken>) -> Result<(), Exception> {
        match self.property_named(name) {
            Some(property) => property.set_property_value(value),
            None => self.add_property(name.into(), value),
        }
    }

    /// `JObject.Add(name, value)`.
    ///
    /// # Errors
    /// If there is such a property, or copying the value fails.
    pub fn add_property(&self, name: Text, value: Option<&JToken>) -> Result<(), Exception> {
        let property = JToken::property(name, value)?;
        // What holds nothing is none of the tokens that this one lies in: they need not be walked over.
        if value.is_none_or(|value| !value.has_values() && !value.is_same(self)) {
            return self.insert_own(self.node.len(), property.node);
        }
        self.add(Some(&property))
    }

    /// `JObject.Remove(name)`: whether there was such a property.
    ///
    /// # Errors
    /// None; the signature is that of the other changes.
    pub fn remove_property(&self, name: &str) -> Result<bool, Exception> {
        match self.property_named(name) {
            Some(property) => property.remove().map(|()| true),
            None => Ok(false),
        }
    }
}
