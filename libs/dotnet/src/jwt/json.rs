//! JSON that must not be ambiguous: a member given twice is an error, because the next reader may take the other one.
//!
//! Why not serde_json's own tree: a token is read for every request, and its few members are found faster in a list than in a hash table.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Number;

use super::limits::{JSON_DEPTH_MAX, JSON_VALUES_MAX};
use crate::Text;

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(Text),
    Array(Vec<Json>),
    Object(Members),
}

impl Json {
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn as_object(&self) -> Option<&Members> {
        match self {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    /// As compact JSON.
    pub(super) fn compact(&self) -> Text {
        // Serialising to a string fails only for maps whose keys are not strings.
        serde_json::to_string(self).map(Text::from).unwrap_or_default()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => writer.serialize_unit(),
            Json::Bool(value) => writer.serialize_bool(*value),
            Json::Number(number) => number.serialize(writer),
            Json::String(text) => writer.serialize_str(text),
            Json::Array(items) => writer.collect_seq(items),
            Json::Object(members) => {
                let mut map = writer.serialize_map(Some(members.0.len()))?;
                for (name, value) in &members.0 {
                    map.serialize_entry(name.as_str(), value)?;
                }
                map.end()
            }
        }
    }
}

/// An object's members in their order; every name once.
#[derive(Debug, Clone, Default)]
pub(super) struct Members(pub(super) Vec<(Text, Json)>);

impl Members {
    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A member that is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Json::as_str)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn has_duplicates(&self) -> bool {
        /// Up to here comparing each with each is faster than hashing.
        const COMPARED_MAX: usize = 24;
        if self.0.len() <= COMPARED_MAX {
            return self
                .0
                .iter()
                .enumerate()
                .any(|(at, (name, _))| self.0.iter().take(at).any(|(other, _)| other == name));
        }
        let mut seen = HashSet::with_capacity(self.0.len());
        !self.0.iter().all(|(name, _)| seen.insert(name.as_str()))
    }
}

/// The object that `text` is; `None` if it is anything else.
pub(super) fn object(text: &[u8]) -> Option<Members> {
    // One check of the encoding for all strings in it.
    let text = std::str::from_utf8(text).ok()?;
    let left = Cell::new(JSON_VALUES_MAX);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { depth_left: JSON_DEPTH_MAX, values_left: &left }.deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    match value {
        Json::Object(members) => Some(members),
        _ => None,
    }
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    depth_left: usize,
    values_left: &'a Cell<usize>,
}

impl Strict<'_> {
    fn nested<E: Error>(self) -> Result<Self, E> {
        let depth_left = self.depth_left.checked_sub(1).ok_or_else(|| E::custom("too deep"))?;
        Ok(Strict { depth_left, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Json, D::Error> {
        let left = self.values_left.get().checked_sub(1).ok_or_else(|| D::Error::custom("too many values"))?;
        self.values_left.set(left);
        reader.deserialize_any(self)
    }
}

/// A member's name, without a string of its own on the way.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Text;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Text, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Text;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Text, E> {
        Ok(Text::new(name))
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(Text::new(value)))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let nested = self.nested()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(nested)? {
            values.push(value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        /// Room for the claims of a common token without growing.
        const MEMBERS: usize = 16;
        let nested = self.nested()?;
        let mut values = Members(Vec::with_capacity(MEMBERS));
        while let Some(name) = members.next_key_seed(Name)? {
            values.0.push((name, members.next_value_seed(nested)?));
        }
        if values.has_duplicates() {
            return Err(A::Error::custom("a member is given twice"));
        }
        Ok(Json::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_unambiguous_object_is_read() {
        let many = |count: u32, last: u32| {
            let members = (0..count).chain([last]).map(|number| format!("\"{number}\":0"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        };
        let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let wide = |count: usize| format!("{{\"a\":[{}1]}}", "1,".repeat(count));
        for (text, readable) in [
            ("{}", true),
            (r#"{"a":1,"b":{"a":[1,-2,1.5,"x",null,true]}}"#, true),
            (r#"{"a":1,"a":1}"#, false),
            (r#"{"b":{"a":1,"a":2}}"#, false),
            (&many(100, 100), true),
            (&many(100, 7), false),
            (r#"{"a":1,"\u0061":2}"#, false),
            ("[]", false),
            ("1", false),
            ("", false),
            ("{} {}", false),
            ("{}x", false),
            ("\u{feff}{}", false),
            (r#"{"a":1,}"#, false),
            ("{\"a\":\"\n\"}", false),
            (&deep(JSON_DEPTH_MAX - 1), true),
            (&deep(JSON_DEPTH_MAX), false),
            (&deep(100_000), false),
            (&wide(JSON_VALUES_MAX - 3), true),
            (&wide(JSON_VALUES_MAX), false),
        ] {
            assert_eq!(object(text.as_bytes()).is_some(), readable, "{text:.60}");
        }
        assert!(object(b"{\"a\":\"\xff\"}").is_none());
    }
}
