//! Text to JSON value, and from a JSON pointer back to a line of the text.
//!
//! YAML is turned into the same JSON tree that a JSON document gives, so that everything behind this file knows one form.

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_yaml_ng::Value as Yaml;

use super::error::{ImportError, Position, Reason};
use super::limits::DOCUMENT_BYTES_MAX;

/// Parses JSON (when the first character is `{`) or YAML. Both parsers limit nesting themselves (128 levels), and the
/// YAML one limits how far aliases may expand.
pub(super) fn parse(text: &str) -> Result<Value, ImportError> {
    if text.len() > DOCUMENT_BYTES_MAX {
        let reason = Reason::DocumentTooLong { bytes: text.len(), max: DOCUMENT_BYTES_MAX };
        return Err(ImportError::at("", reason));
    }
    let text = without_byte_order_mark(text);
    if is_json(text) {
        serde_json::from_str(text).map_err(|error| ImportError {
            position: position(error.line(), error.column()),
            ..ImportError::at("", Reason::Json(without_place(&error.to_string())))
        })
    } else {
        parse_yaml(text).map_err(|error| ImportError {
            position: error.location().and_then(|place| position(place.line(), place.column())),
            ..ImportError::at("", Reason::Yaml(without_place(&error.to_string())))
        })
    }
}

fn parse_yaml(text: &str) -> Result<Value, serde_yaml_ng::Error> {
    let mut yaml: Yaml = serde_yaml_ng::from_str(text)?;
    yaml.apply_merge()?;
    Ok(yaml_to_json(yaml))
}

/// Mapping keys become strings as they were meant: a status code `200:` is an integer to YAML.
fn yaml_to_json(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => number_to_json(&number),
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(yaml_to_json).collect()),
        Yaml::Mapping(entries) => Value::Object(
            entries.into_iter().filter_map(|(key, value)| Some((yaml_key(key)?, yaml_to_json(value)))).collect(),
        ),
        Yaml::Tagged(tagged) => yaml_to_json(tagged.value),
    }
}

fn yaml_key(key: Yaml) -> Option<String> {
    match key {
        Yaml::String(text) => Some(text),
        Yaml::Number(number) => Some(number.to_string()),
        Yaml::Bool(value) => Some(value.to_string()),
        Yaml::Null => Some("null".to_owned()),
        Yaml::Tagged(tagged) => yaml_key(tagged.value),
        Yaml::Sequence(_) | Yaml::Mapping(_) => None,
    }
}

/// Infinity and not-a-number exist in YAML only; they become null.
fn number_to_json(number: &serde_yaml_ng::Number) -> Value {
    if let Some(value) = number.as_u64() {
        value.into()
    } else if let Some(value) = number.as_i64() {
        value.into()
    } else {
        number.as_f64().and_then(serde_json::Number::from_f64).map_or(Value::Null, Value::Number)
    }
}

/// Where in the text the value behind an RFC 6901 pointer begins. The text is read again, following the pointer, and
/// reading is broken off at the value with an error, because both parsers attach the position to errors and to nothing
/// else. So this costs a second parse, on the error path only.
pub(super) fn locate(text: &str, pointer: &str) -> Option<Position> {
    let text = without_byte_order_mark(text);
    let steps: Vec<String> =
        pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    if is_json(text) {
        let seed = Follow { steps: &steps, stop: Stop::BeforeValue };
        let error = seed.deserialize(&mut serde_json::Deserializer::from_str(text)).err()?;
        position(error.line(), error.column())
    } else {
        let seed = Follow { steps: &steps, stop: Stop::InValue };
        let error = seed.deserialize(serde_yaml_ng::Deserializer::from_str(text)).err()?;
        error.location().and_then(|place| position(place.line(), place.column()))
    }
}

struct Follow<'a> {
    steps: &'a [String],
    stop: Stop,
}

/// Where to raise the error so that its position is that of the value: serde_json reports how far it has read,
/// serde_yaml_ng the start of the value it is inside of.
#[derive(Clone, Copy, PartialEq)]
enum Stop {
    BeforeValue,
    InValue,
}

impl<'de> DeserializeSeed<'de> for Follow<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        if self.steps.is_empty() && self.stop == Stop::BeforeValue {
            return Err(D::Error::custom(ARRIVED));
        }
        from.deserialize_any(self)
    }
}

/// The error that ends the search; its text is never shown.
const ARRIVED: &str = "here";

impl<'de> Visitor<'de> for Follow<'_> {
    type Value = ();

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(ARRIVED)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((step, rest)) = self.steps.split_first() else { return Err(A::Error::custom(ARRIVED)) };
        while let Some(key) = map.next_key::<String>()? {
            if key == *step {
                return map.next_value_seed(Follow { steps: rest, stop: self.stop });
            }
            map.next_value::<IgnoredAny>()?;
        }
        Err(A::Error::custom(ARRIVED))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Some((step, rest)) = self.steps.split_first() else { return Err(A::Error::custom(ARRIVED)) };
        let index: usize = step.parse().map_err(|_| A::Error::custom(ARRIVED))?;
        for _ in 0..index {
            if items.next_element::<IgnoredAny>()?.is_none() {
                return Err(A::Error::custom(ARRIVED));
            }
        }
        items.next_element_seed(Follow { steps: rest, stop: self.stop })?;
        Err(A::Error::custom(ARRIVED))
    }
}

/// A document that starts with `{` is JSON even when it is broken JSON: the JSON parser's message is the helpful one.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Both parsers append the place to their message; here it is a field of its own.
fn without_place(message: &str) -> String {
    let end = message.rfind(" at line ").unwrap_or(message.len());
    message.get(..end).unwrap_or(message).to_owned()
}

/// serde_json says line 0 for errors without a place.
fn position(line: usize, column: usize) -> Option<Position> {
    if line == 0 {
        return None;
    }
    Some(Position { line: u32::try_from(line).ok()?, column: u32::try_from(column.max(1)).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, pointer: &str) -> u32 {
        locate(text, pointer).unwrap().line
    }

    #[test]
    fn json_pointer_leads_to_its_line() {
        let text = "{\n  \"paths\": {\n    \"/a/{b}\": {\n      \"get\": [1,\n 2]\n    }\n  }\n}";
        assert_eq!(line(text, "/paths/~1a~1{b}/get/1"), 5);
        assert_eq!(line(text, "/paths/~1a~1{b}"), 3);
    }

    #[test]
    fn yaml_pointer_leads_to_its_line() {
        let text = "paths:\n  /a/{b}:\n    get:\n      - 1\n      - x: 2\n";
        assert_eq!(line(text, "/paths/~1a~1{b}/get/1/x"), 5);
        assert_eq!(line(text, "/paths/~1a~1{b}/get"), 4, "the value of `get` begins on the next line");
    }

    #[test]
    fn status_codes_without_quotes_are_keys_in_yaml() {
        assert_eq!(parse("200: {a: 1}\ntrue: 2").unwrap(), serde_json::json!({"200": {"a": 1}, "true": 2}));
    }

    #[test]
    fn yaml_merge_keys_are_applied() {
        let text = "base: &base {a: 1}\nuse:\n  <<: *base\n  b: 2";
        assert_eq!(parse(text).unwrap()["use"], serde_json::json!({"b": 2, "a": 1}));
    }

    #[test]
    fn syntax_errors_carry_their_position() {
        let error = parse("{\n \"a\": }").unwrap_err();
        assert_eq!(error.position.unwrap().line, 2);
        let error = parse("a: 1\nb: [1, 2\nc: 3").unwrap_err();
        assert!(error.position.is_some(), "{error:?}");
    }

    #[test]
    fn an_alias_bomb_is_an_error_and_not_a_memory_fault() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..20 {
            let alias = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", ")));
        }
        assert!(matches!(parse(&text).unwrap_err().reason, Reason::Yaml(_)));
    }

    #[test]
    fn nesting_beyond_the_parsers_limit_is_an_error() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(matches!(parse(&deep).unwrap_err().reason, Reason::Json(_)));
        assert!(matches!(parse(&"- ".repeat(100_000)).unwrap_err().reason, Reason::Yaml(_)));
    }

    #[test]
    fn the_size_limit_is_exact() {
        let text = format!("a: 1\n#{}", " ".repeat(DOCUMENT_BYTES_MAX - 6));
        assert_eq!(text.len(), DOCUMENT_BYTES_MAX);
        assert!(parse(&text).is_ok());
        let reason = parse(&(text + " ")).unwrap_err().reason;
        assert_eq!(reason, Reason::DocumentTooLong { bytes: DOCUMENT_BYTES_MAX + 1, max: DOCUMENT_BYTES_MAX });
    }
}
