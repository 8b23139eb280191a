//! `JsonConvert.SerializeObject`, `JToken.FromObject`: values of other kinds made tokens.

use super::limits::SERIALIZED_DEPTH_MAX;
use super::token::JToken;
use super::{Formatting, Scalar};
use crate::{Exception, ExceptionType, Text};

/// A value that can be written as JSON.
pub trait Serialize {
    /// Writes exactly one value.
    ///
    /// # Errors
    /// `JsonSerializationException` for what cannot be written.
    fn serialize(&self, out: &mut ObjectWriter) -> Result<(), Exception>;
}

/// `JTokenWriter`: builds a token from calls in document order.
#[derive(Default)]
pub struct ObjectWriter {
    /// Containers that are not ended, each with the name it gets in the one before it.
    open: Vec<(JToken, Option<Text>)>,
    /// The name of the next value.
    name: Option<Text>,
    root: Option<JToken>,
}

impl ObjectWriter {
    /// `WriteStartObject()`.
    ///
    /// # Errors
    /// Beyond a bound of nesting.
    pub fn begin_object(&mut self) -> Result<(), Exception> {
        self.begin(JToken::object())
    }

    /// `WriteStartArray()`.
    ///
    /// # Errors
    /// Beyond a bound of nesting.
    pub fn begin_array(&mut self) -> Result<(), Exception> {
        self.begin(JToken::array())
    }

    /// `WritePropertyName(name)`.
    pub fn name(&mut self, name: impl Into<Text>) {
        self.name = Some(name.into());
    }

    /// `WriteEndObject()`, `WriteEndArray()`.
    ///
    /// # Errors
    /// What adding it to its container fails with.
    pub fn end(&mut self) -> Result<(), Exception> {
        let Some((token, name)) = self.open.pop() else {
            return Ok(());
        };
        self.name = name;
        self.put(&token)
    }

    /// `WriteValue(value)`.
    ///
    /// # Errors
    /// What adding it to its container fails with.
    pub fn value(&mut self, value: Scalar) -> Result<(), Exception> {
        self.put(&JToken::value(value))
    }

    /// A token as it is; it is copied if it has a parent.
    ///
    /// # Errors
    /// What adding it to its container fails with.
    pub fn token(&mut self, token: &JToken) -> Result<(), Exception> {
        match (token.name(), token.property_value()) {
            (Some(name), Some(value)) if self.name.is_none() => {
                self.name = Some(name);
                self.put(&value)
            }
            _ => self.put(token),
        }
    }

    fn begin(&mut self, token: JToken) -> Result<(), Exception> {
        if self.open.len() >= SERIALIZED_DEPTH_MAX {
            let message = "Self referencing loop detected.";
            return Err(Exception::new(ExceptionType::JsonSerialization, message));
        }
        self.open.push((token, self.name.take()));
        Ok(())
    }

    fn put(&mut self, token: &JToken) -> Result<(), Exception> {
        let name = self.name.take();
        let Some((container, _)) = self.open.last() else {
            self.root = Some(token.clone());
            return Ok(());
        };
        match name {
            // A dictionary's later entry replaces an earlier one of the same name.
            Some(name) => container.set(&name, Some(token)),
            None => container.add(Some(token)),
        }
    }
}

/// `JToken.FromObject(value)`.
///
/// # Errors
/// As [`Serialize::serialize`].
pub fn from_object(value: &dyn Serialize) -> Result<JToken, Exception> {
    let mut writer = ObjectWriter::default();
    value.serialize(&mut writer)?;
    Ok(writer.root.unwrap_or_else(JToken::null))
}

/// `JsonConvert.SerializeObject(value, formatting)`.
///
/// # Errors
/// As [`Serialize::serialize`].
pub fn serialize(value: &dyn Serialize, formatting: Formatting) -> Result<String, Exception> {
    from_object(value)?.to_json(formatting)
}

impl Serialize for JToken {
    fn serialize(&self, out: &mut ObjectWriter) -> Result<(), Exception> {
        out.token(self)
    }
}

impl Serialize for Scalar {
    fn serialize(&self, out: &mut ObjectWriter) -> Result<(), Exception> {
        out.value(self.clone())
    }
}
