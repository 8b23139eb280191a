//! `JToken[key]`, read and written.

use super::token::{Content, JToken};
use crate::{Exception, ExceptionType};

/// What is between the brackets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Key<'a> {
    /// A `string`.
    Name(&'a str),
    /// An `int`.
    Index(i32),
    /// Null.
    Null,
    /// Anything else, as its `ToString()`.
    Other(&'a str),
}

impl JToken {
    /// `token[key]`.
    ///
    /// # Errors
    /// If the token has no such kind of key, or no such index.
    pub fn at(&self, key: Key<'_>) -> Result<Option<JToken>, Exception> {
        match (&self.node.content, key) {
            (Content::Property { .. } | Content::Value(_), _) => {
                let message = format!("Cannot access child value on Newtonsoft.Json.Linq.{}.", self.class_name());
                Err(Exception::new(ExceptionType::InvalidOperation, message))
            }
            (Content::Object(_), Key::Name(name)) => Ok(self.get(name)),
            (Content::Array(..) | Content::Constructor { .. }, Key::Index(index)) => {
                let child = usize::try_from(index).ok().and_then(|index| self.child(index));
                child.map(Some).ok_or_else(|| {
                    Exception::argument_out_of_range(
                        "index",
                        "Index was out of range. Must be non-negative and less than the size of the collection.",
                    )
                })
            }
            (_, Key::Null) => Err(Exception::argument_null("key")),
            (_, key) => Err(self.invalid_key("Accessed", key)),
        }
    }

    /// `token[key] = value`; `None` is null.
    ///
    /// # Errors
    /// As [`JToken::at`], and what the container refuses.
    pub fn set_at(&self, key: Key<'_>, value: Option<&JToken>) -> Result<(), Exception> {
        match (&self.node.content, key) {
            (Content::Property { .. } | Content::Value(_), _) => {
                let message = format!("Cannot set child value on Newtonsoft.Json.Linq.{}.", self.class_name());
                Err(Exception::new(ExceptionType::InvalidOperation, message))
            }
            (Content::Object(_), Key::Name(name)) => self.set(name, value),
            (Content::Array(..) | Content::Constructor { .. }, Key::Index(index)) => self.set_item(index.into(), value),
            (_, Key::Null) => Err(Exception::argument_null("key")),
            (_, key) => Err(self.invalid_key("Set", key)),
        }
    }

    fn invalid_key(&self, verb: &str, key: Key<'_>) -> Exception {
        let class = self.class_name();
        let expected = match &self.node.content {
            Content::Object(_) => "Object property name",
            Content::Array(..) => "Int32 array index",
            _ => "Argument position index",
        };
        let key = match key {
            Key::Name(name) => format!("\"{name}\""),
            Key::Index(index) => index.to_string(),
            Key::Null => "{null}".to_owned(),
            Key::Other(text) => text.to_owned(),
        };
        let message = format!("{verb} {class} values with invalid key value: {key}. {expected} expected.");
        Exception::new(ExceptionType::Argument, message)
    }
}
