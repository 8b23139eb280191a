//! That a value cannot be written because it holds itself, and where.

use std::fmt::Write as _;

use postern_dotnet::{Exception, ExceptionType, Text};

use super::super::full_name;
use crate::expression::value::Value;

/// A step of a path.
#[derive(Debug)]
pub(super) enum Step {
    Index(usize),
    Name {
        name: Text,
        /// Of an object's property, not an entry of a dictionary.
        is_property: bool,
    },
}

/// The exception for an object that is being written already. The steps lead to it from the outside in.
pub(super) fn self_reference<'s>(value: &Value, steps: impl Iterator<Item = &'s Step>) -> Exception {
    let mut steps: Vec<&Step> = steps.collect();
    let of = match steps.pop() {
        Some(Step::Name { name, is_property: true }) => format!(" for property '{name}'"),
        _ => String::new(),
    };
    // Newtonsoft.Json names the place of the object that holds it.
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Index(index) => _ = write!(path, "[{index}]"),
            Step::Name { name, .. } if name.contains(SPECIAL) => _ = write!(path, "['{name}']"),
            Step::Name { name, .. } => {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(name);
            }
        }
    }
    let of_type = full_name(&value.of());
    let message = format!("Self referencing loop detected{of} with type '{of_type}'. Path '{path}'.");
    Exception::new(ExceptionType::JsonSerialization, message)
}

/// Characters of names that stand in brackets in a path.
const SPECIAL: [char; 18] = [
    '.', ' ', '\'', '/', '"', '[', ']', '(', ')', '\t', '\n', '\r', '\u{c}', '\u{8}', '\\', '\u{85}', '\u{2028}',
    '\u{2029}',
];
