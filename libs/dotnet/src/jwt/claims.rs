//! Claims as policies see them: every value is text, and a claim may have several.

use serde_json::{Map, Value};

use crate::Text;

/// `Jwt.Claims`: names and values in the order of the token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims(Vec<(Text, Vec<Text>)>);

impl Claims {
    /// The values of a claim; `None` if it is not there. A claim with an empty array is there and has no values.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[Text]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, values)| values.as_slice())
    }

    /// Every claim.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &[Text])> {
        self.0.iter().map(|(name, values)| (name, values.as_slice()))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// `Claims.GetValueOrDefault(name, default)`: the values joined with commas.
    #[must_use]
    pub fn joined(&self, name: &str) -> Option<String> {
        self.get(name).map(|values| values.join(","))
    }

    /// As IdentityModel makes claims: one for each element of an array (one level deep), objects as compact JSON.
    pub(super) fn read(members: &Map<String, Value>) -> Claims {
        let claim = |(name, value): (&String, &Value)| {
            let values = match value {
                Value::Array(items) => items.iter().map(text).collect(),
                other => vec![text(other)],
            };
            (Text::from(name.as_str()), values)
        };
        Claims(members.iter().map(claim).collect())
    }
}

fn text(value: &Value) -> Text {
    match value {
        Value::Null => Text::default(),
        Value::String(text) => Text::from(text.as_str()),
        other => Text::from(other.to_string()),
    }
}
