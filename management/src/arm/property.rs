//! Rules of properties: what a value must look like, and what becomes of a request's properties before they are stored.
//!
//! Properties no rule names are kept as they are: newer api-versions have more of them than this table.

use serde_json::{Map, Value};

use crate::clock::parse_time;
use crate::error::{ArmError, Detail};

/// One property of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    pub name: &'static str,
    pub shape: Shape,
    pub presence: Presence,
    /// Stored apart from the rest, never part of a GET.
    pub secret: bool,
    /// JSON text of the value a PUT without the property gets.
    pub default: Option<&'static str>,
}

/// What a value must look like.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Characters, inclusive.
    Text(usize, usize),
    Flag,
    /// Inclusive.
    Number(i64, i64),
    /// Compared without case, stored as written here.
    OneOf(&'static [&'static str]),
    Texts,
    /// Each of these, compared without case, stored as written here.
    SomeOf(&'static [&'static str]),
    Object,
    Objects,
    Time,
    Any,
}

/// Whether and by whom a property is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Optional,
    Required,
    /// What a client sends is dropped.
    ReadOnly,
    /// Used by the request, not stored.
    Transient,
}

impl Property {
    pub const fn new(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, presence: Presence::Optional, secret: false, default: None }
    }

    pub const fn text(name: &'static str, min: usize, max: usize) -> Self {
        Self::new(name, Shape::Text(min, max))
    }

    pub const fn flag(name: &'static str) -> Self {
        Self::new(name, Shape::Flag)
    }

    pub const fn required(self) -> Self {
        Self { presence: Presence::Required, ..self }
    }

    pub const fn read_only(self) -> Self {
        Self { presence: Presence::ReadOnly, ..self }
    }

    pub const fn transient(self) -> Self {
        Self { presence: Presence::Transient, ..self }
    }

    pub const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    pub const fn default(self, json: &'static str) -> Self {
        Self { default: Some(json), ..self }
    }
}

/// Takes the properties a client sent: drops nulls and read-only ones, checks shapes, and writes enumerated values in
/// their own case. All wrong fields are reported at once.
pub fn accept(rules: &[Property], mut sent: Map<String, Value>) -> Result<Map<String, Value>, ArmError> {
    sent.retain(|_, value| !value.is_null());
    let mut wrong = Vec::new();
    for rule in rules {
        if rule.presence == Presence::ReadOnly {
            sent.remove(rule.name);
        } else if let Some(value) = sent.get_mut(rule.name)
            && let Err(reason) = check(rule.shape, value)
        {
            wrong.push(Detail::field(rule.name, format!("'{}' {reason}", rule.name)));
        }
    }
    if wrong.is_empty() { Ok(sent) } else { Err(ArmError::validation(wrong)) }
}

/// Fills in defaults where nothing is said.
pub fn complete(rules: &[Property], properties: &mut Map<String, Value>) {
    for rule in rules {
        if let Some(json) = rule.default
            && !properties.contains_key(rule.name)
            && let Ok(value) = serde_json::from_str(json)
        {
            properties.insert(rule.name.to_owned(), value);
        }
    }
}

/// Reports required properties that are not there.
pub fn require(rules: &[Property], properties: &Map<String, Value>) -> Result<(), ArmError> {
    let missing: Vec<Detail> = rules
        .iter()
        .filter(|rule| rule.presence == Presence::Required && !properties.contains_key(rule.name))
        .map(|rule| Detail::field(rule.name, format!("'{}' must not be empty.", rule.name)))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(ArmError::validation(missing)) }
}

/// Takes secret properties out into a map of their own and drops transient ones.
pub fn split(rules: &[Property], properties: &mut Map<String, Value>) -> Map<String, Value> {
    let mut secrets = Map::new();
    for rule in rules {
        if rule.presence == Presence::Transient {
            properties.shift_remove(rule.name);
        } else if rule.secret
            && let Some(value) = properties.shift_remove(rule.name)
        {
            secrets.insert(rule.name.to_owned(), value);
        }
    }
    secrets
}

/// JSON merge (RFC 7396) of `change` into `target`: null removes.
pub fn merge(target: &mut Map<String, Value>, change: Map<String, Value>) {
    for (name, value) in change {
        match value {
            Value::Null => {
                target.shift_remove(&name);
            }
            Value::Object(change) => match target.get_mut(&name) {
                Some(Value::Object(present)) => merge(present, change),
                _ => {
                    let mut fresh = Map::new();
                    merge(&mut fresh, change);
                    target.insert(name, Value::Object(fresh));
                }
            },
            value => {
                target.insert(name, value);
            }
        }
    }
}

fn check(shape: Shape, value: &mut Value) -> Result<(), String> {
    match shape {
        Shape::Text(min, max) => {
            let text = value.as_str().ok_or("must be a string.")?;
            let length = text.chars().count();
            if length < min {
                Err("must not be empty.".to_owned())
            } else if length > max {
                Err(format!("must be at most {max} characters long; it has {length}."))
            } else {
                Ok(())
            }
        }
        Shape::Flag => value.is_boolean().then_some(()).ok_or_else(|| "must be true or false.".to_owned()),
        Shape::Number(min, max) => match value.as_i64() {
            Some(number) if (min..=max).contains(&number) => Ok(()),
            _ => Err(format!("must be a whole number from {min} to {max}.")),
        },
        Shape::OneOf(allowed) => {
            *value = Value::from(canonical(value, allowed)?);
            Ok(())
        }
        Shape::Texts => match value.as_array() {
            Some(items) if items.iter().all(Value::is_string) => Ok(()),
            _ => Err("must be a list of strings.".to_owned()),
        },
        Shape::SomeOf(allowed) => {
            let items = value.as_array_mut().ok_or("must be a list of strings.")?;
            for item in items {
                *item = Value::from(canonical(item, allowed)?);
            }
            Ok(())
        }
        Shape::Object => value.is_object().then_some(()).ok_or_else(|| "must be an object.".to_owned()),
        Shape::Any => Ok(()),
        Shape::Objects => match value.as_array() {
            Some(items) if items.iter().all(Value::is_object) => Ok(()),
            _ => Err("must be a list of objects.".to_owned()),
        },
        Shape::Time => match value.as_str().and_then(parse_time) {
            Some(_) => Ok(()),
            None => Err("must be a time in ISO 8601, for example 2026-11-24T03:30:00Z.".to_owned()),
        },
    }
}

fn canonical(value: &Value, allowed: &'static [&'static str]) -> Result<&'static str, String> {
    let text = value.as_str().ok_or("must be a string.")?;
    let found = allowed.iter().find(|word| word.eq_ignore_ascii_case(text));
    found.copied().ok_or_else(|| format!("must be one of {}; it is '{text}'.", allowed.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{Property, Shape, accept, complete, merge, require, split};

    const RULES: &[Property] = &[
        Property::text("title", 1, 5).required(),
        Property::new("state", Shape::OneOf(&["notPublished", "published"])).default("\"notPublished\""),
        Property::new("protocols", Shape::SomeOf(&["http", "https"])),
        Property::new("count", Shape::Number(0, 100)),
        Property::new("when", Shape::Time),
        Property::flag("on"),
        Property::text("made", 0, 9).read_only(),
        Property::text("key", 1, 9).secret(),
        Property::text("format", 1, 9).transient(),
    ];

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(map) = value else { panic!("an object") };
        map
    }

    #[test]
    fn accepted_properties_lose_nulls_and_read_only_ones_and_keep_unknown_ones() {
        let sent =
            json!({"title":"abcde","made":"x","on":null,"unknown":{"a":[1]},"state":"PUBLISHED","protocols":["HTTPS"]});
        let accepted = accept(RULES, object(sent)).expect("good");
        assert_eq!(
            Value::Object(accepted),
            json!({"title":"abcde","unknown":{"a":[1]},"state":"published","protocols":["https"]})
        );
    }

    #[test]
    fn every_wrong_field_is_named() {
        let sent =
            json!({"title":"abcdef","state":"x","protocols":["ftp"],"count":101,"when":"tomorrow","on":1,"key":""});
        let error = accept(RULES, object(sent)).expect_err("wrong");
        let targets: Vec<&str> = error.details.iter().map(|detail| detail.target.as_str()).collect();
        assert_eq!(targets, ["title", "state", "protocols", "count", "when", "on", "key"]);
    }

    #[test]
    fn limits_hold_at_their_edge() {
        for (value, good) in
            [(json!("abcde"), true), (json!("äöüßé"), true), (json!("abcdef"), false), (json!(""), false)]
        {
            assert_eq!(accept(RULES, object(json!({"title": value}))).is_ok(), good);
        }
        for (count, good) in [(0, true), (100, true), (-1, false), (101, false)] {
            assert_eq!(accept(RULES, object(json!({"count": count}))).is_ok(), good, "{count}");
        }
    }

    #[test]
    fn defaults_fill_gaps_and_required_ones_are_reported() {
        let mut properties = object(json!({"unknown": 1}));
        complete(RULES, &mut properties);
        assert_eq!(properties["state"], "notPublished");
        assert_eq!(require(RULES, &properties).expect_err("missing").details[0].target, "title");
    }

    #[test]
    fn secrets_go_apart_and_transient_properties_go_away() {
        let mut properties = object(json!({"title":"a","key":"k","format":"f"}));
        let secrets = split(RULES, &mut properties);
        assert_eq!((Value::Object(properties), Value::Object(secrets)), (json!({"title":"a"}), json!({"key":"k"})));
    }

    #[test]
    fn a_merge_follows_rfc_7396() {
        // Cases of RFC 7396, appendix A, that have objects on both sides.
        for (target, change, expected) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ] {
            let mut target = object(target);
            merge(&mut target, object(change));
            assert_eq!(Value::Object(target), expected);
        }
    }
}
