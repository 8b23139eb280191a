//! Anonymous objects: `new { A = 1, B = "x" }`.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::{Exception, Text};

use super::display;
use super::machine::{Machine, Thrown};
use super::object::Object;
use super::release::release_all;
use super::tuple::{content_bytes, items_equal, items_hash};
use super::types::Type;
use super::value::Value;

/// An anonymous object. It never changes.
#[derive(Debug)]
pub struct AnonymousObject {
    of: Type,
    items: Vec<Value>,
    content_bytes: usize,
}

impl AnonymousObject {
    /// An object of a [`Type::Anonymous`].
    #[must_use]
    pub fn new(of: Type, items: Vec<Value>) -> AnonymousObject {
        let content_bytes = content_bytes(&items);
        AnonymousObject { of, items, content_bytes }
    }

    /// Values of its properties, in order.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// Its type, which counts when objects are compared.
    pub(super) fn own_type(&self) -> &Type {
        &self.of
    }

    /// Names and values of its properties, in order: what serializers write.
    pub fn properties(&self) -> impl Iterator<Item = (&str, &Value)> {
        let names: &[(Box<str>, Type)] = if let Type::Anonymous(names) = &self.of { names } else { &[] };
        names.iter().map(|(name, _)| &**name).zip(&self.items)
    }
}

impl Object for AnonymousObject {
    fn of(&self) -> Type {
        self.of.clone()
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    /// `{ A = 1, B = x }`
    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        machine.nested(|machine| {
            let mut text = String::from("{");
            for (index, (name, value)) in self.properties().enumerate() {
                text.push_str(if index > 0 { ", " } else { " " });
                let value = display::to_text(value, machine)?;
                machine.charge_memory(name.len() + value.len())?;
                text.push_str(name);
                text.push_str(" = ");
                text.push_str(&value);
            }
            text.push_str(" }");
            Ok(text.into())
        })
    }

    fn equals(&self, other: &Value) -> bool {
        other
            .downcast_ref::<AnonymousObject>()
            .is_some_and(|other| self.of == other.of && items_equal(&self.items, &other.items))
    }

    fn content_bytes(&self) -> usize {
        self.content_bytes
    }

    fn hash_code(&self) -> u64 {
        items_hash(&self.items)
    }

    fn dynamic_get(&self, name: &str) -> Option<Result<Value, Exception>> {
        self.properties().find(|(known, _)| *known == name).map(|(_, value)| Ok(value.clone()))
    }
}

impl Drop for AnonymousObject {
    fn drop(&mut self) {
        release_all(&mut self.items);
    }
}
