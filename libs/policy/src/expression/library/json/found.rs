//! Tokens that a member found: an `IEnumerable<T>` whose items are there already, so that later changes do not disturb a walk over it.

use std::any::Any;
use std::rc::Rc;

use crate::expression::object::{Enumerator, Object};
use crate::expression::release::release_all;
use crate::expression::sequence::Items;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// A sequence of tokens, or of values made of them.
pub(super) struct Found {
    element: Type,
    items: Vec<Value>,
}

impl Found {
    /// A sequence of items of a type.
    pub(super) fn value(element: Type, items: Vec<Value>) -> Value {
        Value::object(Found { element, items })
    }
}

impl Object for Found {
    fn of(&self) -> Type {
        Type::generic("System.Collections.Generic.IEnumerable", [self.element.clone()])
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(Items(self.items.clone().into_iter())))
    }

    fn count(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

impl Drop for Found {
    fn drop(&mut self) {
        release_all(&mut self.items);
    }
}
