//! Arrays. `byte[]` is stored as bytes, everything else as values.

use std::any::Any;
use std::cell::{Ref, RefCell};
use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType, Text};

use super::machine::{Machine, Thrown};
use super::object::{Enumerator, List, Object};
use super::release::Held;
use super::types::{Number, Type};
use super::value::Value;

/// An array of one or more dimensions.
#[derive(Debug)]
pub struct Array {
    element: Type,
    /// Length of each dimension; items lie row by row.
    lengths: Box<[usize]>,
    items: RefCell<Items>,
}

#[derive(Debug)]
enum Items {
    Bytes(Vec<u8>),
    Values(Held),
}

impl Array {
    /// A `byte[]`.
    #[must_use]
    pub fn bytes(bytes: Vec<u8>) -> Array {
        let lengths = [bytes.len()].into();
        Array { element: Type::Number(Number::Byte), lengths, items: RefCell::new(Items::Bytes(bytes)) }
    }

    /// A `string[]`.
    pub fn texts<T: Into<Text>>(texts: impl IntoIterator<Item = T>) -> Array {
        Array::values(Type::String, texts.into_iter().map(Value::text).collect())
    }

    /// An array of one dimension.
    #[must_use]
    pub fn values(element: Type, values: Vec<Value>) -> Array {
        let lengths = [values.len()].into();
        Array::with_lengths(element, lengths, values)
    }

    /// An array of any number of dimensions; `values` must be as many as the lengths say.
    #[must_use]
    pub fn with_lengths(element: Type, lengths: Box<[usize]>, values: Vec<Value>) -> Array {
        let items = if element == Type::Number(Number::Byte) && lengths.len() == 1 {
            let byte = |value: &Value| if let Value::Byte(byte) = value { *byte } else { 0 };
            Items::Bytes(values.iter().map(byte).collect())
        } else {
            Items::Values(Held(values))
        };
        Array { element, lengths, items: RefCell::new(items) }
    }

    /// Type of the elements.
    #[must_use]
    pub fn element(&self) -> &Type {
        &self.element
    }

    /// Length of each dimension.
    #[must_use]
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The bytes of a `byte[]`.
    #[must_use]
    pub fn as_bytes(&self) -> Option<Ref<'_, [u8]>> {
        Ref::filter_map(self.items.borrow(), |items| match items {
            Items::Bytes(bytes) => Some(bytes.as_slice()),
            Items::Values(_) => None,
        })
        .ok()
    }

    /// All items, row by row.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Value> {
        match &*self.items.borrow() {
            Items::Bytes(bytes) => bytes.iter().map(|byte| Value::Byte(*byte)).collect(),
            Items::Values(values) => values.0.clone(),
        }
    }

    /// The items of a `char[]`; zero for anything else.
    #[must_use]
    pub fn to_units(&self) -> Vec<u16> {
        match &*self.items.borrow() {
            Items::Bytes(_) => Vec::new(),
            Items::Values(values) => {
                values.0.iter().map(|value| if let Value::Char(unit) = value { *unit } else { 0 }).collect()
            }
        }
    }

    /// Some of the items of a `char[]`, as far as it has them.
    #[must_use]
    pub fn units_in(&self, range: std::ops::Range<usize>) -> Vec<u16> {
        match &*self.items.borrow() {
            Items::Bytes(_) => Vec::new(),
            Items::Values(values) => {
                let part = values.0.get(range).unwrap_or_default();
                part.iter().map(|value| if let Value::Char(unit) = value { *unit } else { 0 }).collect()
            }
        }
    }

    /// Puts items in the places from `start` on.
    pub(crate) fn fill(&self, start: usize, items: impl IntoIterator<Item = Value>) -> Result<(), Exception> {
        items.into_iter().enumerate().try_for_each(|(offset, item)| self.set(start + offset, item))
    }

    /// Replaces all items by as many others: sorting, reversing.
    pub fn replace_all(&self, values: Vec<Value>) {
        let replacement = Array::with_lengths(self.element.clone(), self.lengths.clone(), values);
        if replacement.len() == self.len() {
            self.items.replace(replacement.items.into_inner());
        }
    }
}

impl List for Array {
    fn len(&self) -> usize {
        match &*self.items.borrow() {
            Items::Bytes(bytes) => bytes.len(),
            Items::Values(values) => values.0.len(),
        }
    }

    fn get(&self, index: usize) -> Option<Value> {
        match &*self.items.borrow() {
            Items::Bytes(bytes) => bytes.get(index).copied().map(Value::Byte),
            Items::Values(values) => values.0.get(index).cloned(),
        }
    }

    /// `index` counts row by row. The value is of the element's type: the compiler has seen to that, except for arrays of references, where
    /// an array of a derived class may stand for one of its base.
    fn set(&self, index: usize, value: Value) -> Result<(), Exception> {
        let outside = || Exception::new(ExceptionType::IndexOutOfRange, "Index was outside the bounds of the array.");
        match (&mut *self.items.borrow_mut(), value) {
            (Items::Bytes(bytes), Value::Byte(byte)) => *bytes.get_mut(index).ok_or_else(outside)? = byte,
            (Items::Bytes(_), _) => {
                let message = "Attempted to access an element as a type incompatible with the array.";
                return Err(Exception::new(ExceptionType::ArrayTypeMismatch, message));
            }
            (Items::Values(values), value) => *values.0.get_mut(index).ok_or_else(outside)? = value,
        }
        Ok(())
    }
}

impl Object for Array {
    fn of(&self) -> Type {
        Type::Array(self.element.clone().into(), u8::try_from(self.lengths.len()).unwrap_or(u8::MAX))
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(Walk { array: self, next: 0 }))
    }

    fn count(&self) -> Option<usize> {
        Some(self.len())
    }

    fn list(&self) -> Option<&dyn List> {
        Some(self)
    }
}

struct Walk {
    array: Rc<Array>,
    next: usize,
}

impl Enumerator for Walk {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(1)?;
        let item = List::get(&*self.array, self.next);
        self.next += 1;
        Ok(item)
    }
}
