//! Values of parameters and headers, which are text, made values that a schema can be asked about.

use serde_json::{Value, json};

/// What a text stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Text,
    Integer,
    Number,
    Boolean,
    /// Several values, separated by commas or given by repetition.
    List(Option<Scalar>),
    /// JSON.
    Object,
}

/// What the items of a list stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    Integer,
    Number,
    Boolean,
}

/// References followed when the type of a schema is looked for: no document needs a longer chain.
const REFERENCES_MAX: usize = 16;

impl ValueKind {
    /// ARM's `type` of a parameter.
    pub(super) fn of_name(name: &str) -> Option<ValueKind> {
        Some(match name.to_ascii_lowercase().as_str() {
            "integer" => ValueKind::Integer,
            "number" => ValueKind::Number,
            "boolean" => ValueKind::Boolean,
            "array" => ValueKind::List(None),
            "object" => ValueKind::Object,
            "string" => ValueKind::Text,
            _ => return None,
        })
    }

    pub(super) fn schema_name(self) -> &'static str {
        match self {
            ValueKind::Text => "string",
            ValueKind::Integer => "integer",
            ValueKind::Number => "number",
            ValueKind::Boolean => "boolean",
            ValueKind::List(_) => "array",
            ValueKind::Object => "object",
        }
    }

    /// What a schema of `root` expects.
    pub(super) fn of_schema(schema: &Value, root: &Value) -> ValueKind {
        let Some(schema) = followed(schema, root) else { return ValueKind::Text };
        match type_of(schema, root).and_then(ValueKind::of_name) {
            Some(ValueKind::List(_)) => {
                let items = schema.get("items").and_then(|items| followed(items, root));
                ValueKind::List(match items.and_then(|items| type_of(items, root)).and_then(ValueKind::of_name) {
                    Some(ValueKind::Integer) => Some(Scalar::Integer),
                    Some(ValueKind::Number) => Some(Scalar::Number),
                    Some(ValueKind::Boolean) => Some(Scalar::Boolean),
                    _ => None,
                })
            }
            kind => kind.unwrap_or(ValueKind::Text),
        }
    }

    /// The value of one text.
    pub(crate) fn read(self, text: &str) -> Result<Value, Conversion> {
        let failed = |wanted: &'static str| Conversion { text: text.to_owned(), wanted };
        match self {
            ValueKind::Text => Ok(json!(text)),
            ValueKind::Integer => {
                let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
                let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                match text.strip_prefix('+').unwrap_or(text).parse::<i64>() {
                    Ok(number) => Ok(json!(number)),
                    // Larger than any integer of the machine, but still one.
                    Err(_) if is_whole => {
                        text.parse::<f64>().map(|number| json!(number)).map_err(|_| failed("integer"))
                    }
                    Err(_) => Err(failed("integer")),
                }
            }
            ValueKind::Number => match text.parse::<f64>() {
                Ok(number)
                    if number.is_finite() && !text.contains(char::is_alphabetic) || text.contains(['e', 'E']) =>
                {
                    match text.parse::<i64>() {
                        Ok(whole) => Ok(json!(whole)),
                        Err(_) => Ok(json!(number)),
                    }
                }
                _ => Err(failed("number")),
            },
            ValueKind::Boolean if text.eq_ignore_ascii_case("true") => Ok(json!(true)),
            ValueKind::Boolean if text.eq_ignore_ascii_case("false") => Ok(json!(false)),
            ValueKind::Boolean => Err(failed("boolean")),
            ValueKind::List(_) => self.read_list(&[text]),
            ValueKind::Object => serde_json::from_str(text).map_err(|_| failed("object")),
        }
    }

    /// The value of a list that was given in one or several texts.
    pub(crate) fn read_list(self, texts: &[&str]) -> Result<Value, Conversion> {
        let ValueKind::List(item) = self else { return Ok(Value::Null) };
        let item = match item {
            None => ValueKind::Text,
            Some(Scalar::Integer) => ValueKind::Integer,
            Some(Scalar::Number) => ValueKind::Number,
            Some(Scalar::Boolean) => ValueKind::Boolean,
        };
        let parts = texts.iter().flat_map(|text| text.split(',')).map(str::trim);
        parts.map(|part| item.read(part)).collect::<Result<Vec<_>, _>>().map(Value::Array)
    }
}

/// A text that is not what it should stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conversion {
    text: String,
    wanted: &'static str,
}

impl std::fmt::Display for Conversion {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Could not convert string to {}: {}.", self.wanted, self.text)
    }
}

fn followed<'v>(mut schema: &'v Value, root: &'v Value) -> Option<&'v Value> {
    for _ in 0..REFERENCES_MAX {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return Some(schema) };
        schema = root.pointer(reference.strip_prefix('#')?)?;
    }
    None
}

/// The type a schema names, also in a list with `null` or inside a composition.
fn type_of<'v>(schema: &'v Value, root: &'v Value) -> Option<&'v str> {
    match schema.get("type") {
        Some(Value::String(name)) => return Some(name),
        Some(Value::Array(names)) => return names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => {}
    }
    let parts = ["allOf", "anyOf", "oneOf"].iter().filter_map(|name| schema.get(name)?.as_array()).flatten();
    // One level: a parameter is not a nested composition.
    parts.filter_map(|part| followed(part, root)?.get("type")?.as_str()).find(|name| *name != "null")
}
