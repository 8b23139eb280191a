//! Why a value cannot be written: what went wrong, or that it holds itself, and where.

use std::fmt::Write as _;

use postern_dotnet::{Exception, ExceptionType, Text};

use super::super::full_name;
use crate::expression::machine::Thrown;
use crate::expression::value::Value;

/// Why a value could not be written.
#[derive(Debug)]
pub(super) enum Failed {
    Thrown(Thrown),
    SelfReference(Box<SelfReference>),
}

/// An object that holds itself.
#[derive(Debug)]
pub(super) struct SelfReference {
    type_name: String,
    /// The property that holds it, if it is one of an object and not an item.
    property: Option<Text>,
    /// From the inside out: where what holds it stands. `None` until what holds it is known.
    path: Option<Vec<Step>>,
}

/// A step of a path.
#[derive(Debug)]
pub(super) enum Step {
    Index(usize),
    Name(Text),
}

impl Failed {
    /// This object is being written already.
    pub(super) fn self_reference(value: &Value) -> Failed {
        let type_name = full_name(&value.of());
        Failed::SelfReference(Box::new(SelfReference { type_name, property: None, path: None }))
    }

    /// It happened inside of what stands there.
    pub(super) fn inside(mut self, step: impl FnOnce() -> Step) -> Failed {
        if let Failed::SelfReference(found) = &mut self {
            match &mut found.path {
                Some(path) => path.push(step()),
                // Newtonsoft.Json names the place of the object that holds it.
                none => *none = Some(Vec::new()),
            }
        }
        self
    }

    /// It happened in the value of this property.
    pub(super) fn of_property(mut self, name: &str) -> Failed {
        if let Failed::SelfReference(found) = &mut self
            && found.property.is_none()
            && found.path.as_ref().is_some_and(Vec::is_empty)
        {
            found.property = Some(name.into());
        }
        self
    }
}

impl SelfReference {
    fn message(&self) -> String {
        let mut path = String::new();
        for step in self.path.iter().flatten().rev() {
            match step {
                Step::Index(index) => _ = write!(path, "[{index}]"),
                Step::Name(name) if name.contains(SPECIAL) => _ = write!(path, "['{name}']"),
                Step::Name(name) => {
                    path.push_str(if path.is_empty() { "" } else { "." });
                    path.push_str(name);
                }
            }
        }
        let of = self.property.as_ref().map(|name| format!(" for property '{name}'")).unwrap_or_default();
        format!("Self referencing loop detected{of} with type '{}'. Path '{path}'.", self.type_name)
    }
}

/// Characters of names that stand in brackets in a path.
const SPECIAL: [char; 18] = [
    '.', ' ', '\'', '/', '"', '[', ']', '(', ')', '\t', '\n', '\r', '\u{c}', '\u{8}', '\\', '\u{85}', '\u{2028}',
    '\u{2029}',
];

impl From<Thrown> for Failed {
    fn from(thrown: Thrown) -> Failed {
        Failed::Thrown(thrown)
    }
}

impl From<Exception> for Failed {
    fn from(exception: Exception) -> Failed {
        Failed::Thrown(exception.into())
    }
}

impl From<Failed> for Thrown {
    fn from(failed: Failed) -> Thrown {
        match failed {
            Failed::Thrown(thrown) => thrown,
            Failed::SelfReference(found) => Exception::new(ExceptionType::JsonSerialization, found.message()).into(),
        }
    }
}
