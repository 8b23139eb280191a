//! Lists that code can read but not change: matches and groups of a pattern, nodes of a document.

use std::any::Any;
use std::rc::Rc;

use crate::expression::object::{Enumerator, List, Object};
use crate::expression::release::release_all;
use crate::expression::sequence::Items;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// The items of a class that is one list, and what its other members need besides.
#[derive(Debug)]
pub(super) struct FixedList<O = ()> {
    /// The full name of its class.
    pub(super) class: &'static str,
    pub(super) items: Vec<Value>,
    pub(super) owner: O,
}

impl<O> Drop for FixedList<O> {
    fn drop(&mut self) {
        release_all(&mut self.items);
    }
}

impl<O: 'static> Object for FixedList<O> {
    fn of(&self) -> Type {
        Type::named(self.class)
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

    fn list(&self) -> Option<&dyn List> {
        Some(self)
    }
}

impl<O> List for FixedList<O> {
    fn len(&self) -> usize {
        self.items.len()
    }

    fn get(&self, index: usize) -> Option<Value> {
        self.items.get(index).cloned()
    }
}
