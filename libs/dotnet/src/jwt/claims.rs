//! Claims as policies see them: every value is text, and a claim may have several.

use super::json::{Json, Members};
use crate::Text;

/// `Jwt.Claims`: names and values in the order of the token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims(Vec<(Text, Values)>);

/// The values of one claim; nearly always one.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Values {
    One(Text),
    Many(Vec<Text>),
}

impl Values {
    fn as_slice(&self) -> &[Text] {
        match self {
            Values::One(value) => std::slice::from_ref(value),
            Values::Many(values) => values,
        }
    }
}

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
    pub(super) fn read(members: Members) -> Claims {
        let claim = |(name, value): (Text, Json)| {
            let values = match value {
                Json::Array(items) => Values::Many(items.into_iter().map(text).collect()),
                other => Values::One(text(other)),
            };
            (name, values)
        };
        Claims(members.0.into_iter().map(claim).collect())
    }
}

fn text(value: Json) -> Text {
    match value {
        Json::Null => Text::default(),
        Json::String(text) => text,
        other => other.compact(),
    }
}
