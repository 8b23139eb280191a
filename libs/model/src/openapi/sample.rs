//! An example made from a schema, for representations that have none: what `mock-response` answers then (APIM: example,
//! else sample from the schema, else empty).

use serde_json::{Map, Value, json};

use super::limits::{SAMPLE_DEPTH_MAX, SAMPLE_VALUES_MAX};
use super::parameter::type_name;
use super::reference::Node;

/// A value the schema would accept, as far as its structure goes; `None` when the schema says nothing. Dangling
/// references inside schemas are not this file's business: such a part is left empty.
pub(super) fn from_schema<'a>(root: &'a Value, schema: &Node<'a>) -> Option<Value> {
    let mut maker = Maker { root, values_left: SAMPLE_VALUES_MAX };
    maker.value(schema, 0)
}

/// The same for the schema of that name in a schema document (`{"components": {"schemas": …}}` or `{"definitions": …}`).
pub fn of_document(document: &Value, name: &str) -> Option<Value> {
    let name = name.replace('~', "~0").replace('/', "~1");
    ["/components/schemas/", "/definitions/"].iter().find_map(|folder| {
        let pointer = format!("{folder}{name}");
        let value = document.pointer(&pointer)?;
        from_schema(document, &Node { value, pointer })
    })
}

struct Maker<'a> {
    root: &'a Value,
    values_left: usize,
}

impl<'a> Maker<'a> {
    fn value(&mut self, schema: &Node<'a>, depth: usize) -> Option<Value> {
        if depth >= SAMPLE_DEPTH_MAX || self.values_left == 0 {
            return None;
        }
        self.values_left -= 1;
        let schema = schema.resolved(self.root).ok()?;
        if let Some(given) = given(&schema) {
            return Some(given.clone());
        }
        if let Some(parts) = schema.member("allOf") {
            return self.merged(&schema, &parts, depth);
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(choices) = schema.member(choice) {
                // The first that yields something: a leading `{"type": "null"}` marks the value as optional.
                return choices.elements().ok()?.iter().find_map(|choice| self.value(choice, depth + 1));
            }
        }
        match type_name(schema.value) {
            Some("object") => Some(Value::Object(self.properties(&schema, depth))),
            Some("array") => Some(Value::Array(self.items(&schema, depth))),
            Some("string") => Some(text(schema.text("format")).into()),
            Some("integer" | "number") => Some(json!(0)),
            Some("boolean") => Some(json!(true)),
            _ if schema.member("properties").is_some() => Some(Value::Object(self.properties(&schema, depth))),
            _ => None,
        }
    }

    /// `allOf`: the members of all parts and of the schema itself; without any object the first part that is something.
    fn merged(&mut self, schema: &Node<'a>, parts: &Node<'a>, depth: usize) -> Option<Value> {
        let mut object = Map::new();
        let mut other = None;
        for part in parts.elements().ok()? {
            match self.value(&part, depth + 1) {
                Some(Value::Object(members)) => object.extend(members),
                Some(value) if other.is_none() => other = Some(value),
                _ => {}
            }
        }
        object.extend(self.properties(schema, depth));
        if object.is_empty() { other } else { Some(Value::Object(object)) }
    }

    fn properties(&mut self, schema: &Node<'a>, depth: usize) -> Map<String, Value> {
        let mut members = Map::new();
        let properties = schema.member("properties").and_then(|properties| properties.entries().ok());
        for (name, property) in properties.unwrap_or_default() {
            if let Some(value) = self.value(&property, depth + 1) {
                members.insert(name.to_owned(), value);
            }
        }
        members
    }

    fn items(&mut self, schema: &Node<'a>, depth: usize) -> Vec<Value> {
        schema.member("items").and_then(|items| self.value(&items, depth + 1)).into_iter().collect()
    }
}

/// A value that the schema itself names.
fn given<'a>(schema: &Node<'a>) -> Option<&'a Value> {
    let object = schema.value.as_object()?;
    let first = |key: &str| object.get(key).and_then(Value::as_array).and_then(|values| values.first());
    object
        .get("example")
        .or_else(|| first("examples"))
        .or_else(|| object.get("const"))
        .or_else(|| object.get("default"))
        .or_else(|| first("enum"))
}

fn text(format: Option<&str>) -> &'static str {
    match format {
        Some("date-time") => "2000-01-23T04:56:07.000+00:00",
        Some("date") => "2000-01-23",
        Some("time") => "04:56:07Z",
        Some("uuid") => "00000000-0000-0000-0000-000000000000",
        Some("email") => "user@example.com",
        Some("uri" | "url") => "https://example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("byte") => "c3RyaW5n",
        _ => "string",
    }
}
