//! Value types as objects: what a boxing conversion makes.
//!
//! A number behind `object` is the number itself wherever nobody can tell the difference. Code that compares references could, so its boxing
//! conversions make objects ([`Instruction::Box`](super::code)), and natives are given what is inside, but for those that keep their arguments.
//! What must hold: a box acts as what is inside of it in everything but the comparison of references.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use postern_dotnet::{Exception, Text};

use super::display;
use super::library::compare;
use super::machine::{Machine, Thrown};
use super::object::Object;
use super::release::release;
use super::types::Type;
use super::value::Value;

/// A boxed value: never null, a string or another box.
pub(super) struct Boxed(Value);

impl Boxed {
    /// A new object with a value inside; what is a reference already stays as it is.
    pub(super) fn object(value: Value) -> Value {
        match value {
            Value::Null | Value::String(_) => value,
            Value::Object(object) if object.boxed().is_some() || !object.of().is_value_type() => Value::Object(object),
            value => Value::object(Boxed(value)),
        }
    }
}

impl Drop for Boxed {
    fn drop(&mut self) {
        release(std::mem::take(&mut self.0));
    }
}

impl Object for Boxed {
    fn of(&self) -> Type {
        self.0.of()
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        match &self.0 {
            // Natives look for the class of what is inside.
            Value::Object(object) => Rc::clone(object).as_any(),
            _ => self,
        }
    }

    fn boxed(&self) -> Option<&Value> {
        Some(&self.0)
    }

    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        display::to_text(&self.0, machine)
    }

    fn format(&self, format: &str) -> Option<Result<Text, Exception>> {
        match &self.0 {
            Value::Object(object) => object.format(format),
            value => Some(postern_dotnet::number::format(super::library::number_of(value)?, format).map(Text::from)),
        }
    }

    fn equals(&self, other: &Value) -> bool {
        self.0.equals(other.unboxed())
    }

    fn hash_code(&self) -> u64 {
        self.0.hash_code()
    }

    fn content_bytes(&self) -> usize {
        self.0.content_bytes()
    }

    fn compare(&self, other: &Value) -> Option<Ordering> {
        compare::compare(&self.0, other.unboxed()).ok()
    }

    fn primitive(&self) -> Option<Value> {
        match &self.0 {
            Value::Object(object) => object.primitive(),
            value => Some(value.clone()),
        }
    }

    fn dispose(&self) {
        if let Value::Object(object) = &self.0 {
            object.dispose();
        }
    }
}
