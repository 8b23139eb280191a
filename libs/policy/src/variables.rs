//! `context.Variables`: named values that live as long as the request.
//!
//! A request has few, so they are a list that keeps its room: setting short texts and numbers again allocates nothing.

use postern_dotnet::Text;

use crate::expression::value::Value;

/// The variables of one request. Names compare with case, as in APIM.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    entries: Vec<(Text, Value)>,
}

impl Variables {
    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.entries.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The text of a variable that is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Names and values in the order of first assignment.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.entries.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.entries.push((Text::new(name), value)),
        }
    }

    /// Sets a count: an `int`, as policies of the original give it; what no `int` holds is a `long`.
    pub(crate) fn set_count(&mut self, name: &str, count: u64) {
        match i32::try_from(count) {
            Ok(count) => self.set(name, count),
            Err(_) => self.set(name, i64::try_from(count).unwrap_or(i64::MAX)),
        }
    }

    /// Removes a variable.
    pub(crate) fn remove(&mut self, name: &str) {
        self.entries.retain(|(known, _)| known != name);
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}
