//! Types of collections, without looking for their class by name each time.

use std::sync::{Arc, OnceLock};

use crate::expression::library::{self, ClassId};
use crate::expression::types::Type;

/// A generic class, looked up once.
pub(crate) struct ClassName {
    full_name: &'static str,
    id: OnceLock<Option<ClassId>>,
}

impl ClassName {
    /// A class by its full name.
    pub(crate) const fn new(full_name: &'static str) -> ClassName {
        ClassName { full_name, id: OnceLock::new() }
    }

    /// The class with type arguments: always as many.
    pub(crate) fn of<const N: usize>(&self, arguments: [Type; N]) -> Type {
        match self.id.get_or_init(|| library::get().class_by_full_name(self.full_name, N)) {
            Some(class) => Type::Class(*class, Arc::from(arguments)),
            None => Type::Object,
        }
    }
}

/// `IEnumerable<T>`: what queries are.
pub(crate) static ENUMERABLE: ClassName = ClassName::new("System.Collections.Generic.IEnumerable");
