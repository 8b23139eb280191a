//! Schemas of Swagger 2.0 and OpenAPI 3.0 made JSON Schema 2020-12, and the overrides of `validate-content` put into them.
//!
//! What must hold: only schemas are changed, never examples, defaults or allowed values; a word that has no meaning in JSON Schema is taken
//! out rather than refused, because documents with such words are everywhere. The depth is that of the JSON parser, 128 levels.

use serde_json::{Map, Value, json};

use super::Variant;

/// Where the schemas are kept that stand inside a composition. There, `allow-additional-properties="false"` must not apply to each part: a
/// part does not know the properties of the others.
pub(super) const PARTS: &str = "x-parts-of-compositions";

const MAPS: [&str; 5] = ["properties", "patternProperties", "definitions", "$defs", "dependentSchemas"];
const SCHEMAS: [&str; 9] = [
    "not",
    "contains",
    "propertyNames",
    "if",
    "then",
    "else",
    "additionalItems",
    "unevaluatedItems",
    "unevaluatedProperties",
];
const COMPOSITIONS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];

/// The whole document for a variant of checking.
pub(super) fn document(mut root: Value, variant: Variant) -> Value {
    // A document that names its draft is what it says; the others are OpenAPI's or have no draft.
    let is_foreign = root.get("$schema").is_some();
    let whole = Walk { variant, is_part: false, is_foreign };
    if variant.additional == Some(false) {
        let mut parts = root.clone();
        Walk { is_part: true, ..whole }.root(&mut parts);
        whole.root(&mut root);
        if let Value::Object(members) = &mut root {
            members.insert(PARTS.to_owned(), parts);
        }
    } else {
        whole.root(&mut root);
    }
    root
}

#[derive(Clone, Copy)]
struct Walk {
    variant: Variant,
    /// Inside a composition.
    is_part: bool,
    is_foreign: bool,
}

impl Walk {
    fn root(self, root: &mut Value) {
        if let Some(Value::Object(schemas)) = root.pointer_mut("/components/schemas") {
            schemas.values_mut().for_each(|schema| self.schema(schema));
        }
        self.schema(root);
    }

    fn schema(self, schema: &mut Value) {
        let Value::Object(members) = schema else { return };
        if !self.is_foreign {
            from_openapi(members);
        }
        let inner = Walk { is_part: false, ..self };
        for name in MAPS {
            // Named schemas are parts where the whole document stands for parts.
            let walk = if matches!(name, "definitions" | "$defs") { self } else { inner };
            if let Some(Value::Object(schemas)) = members.get_mut(name) {
                schemas.values_mut().for_each(|schema| walk.schema(schema));
            }
        }
        for name in SCHEMAS {
            if let Some(schema) = members.get_mut(name) {
                let is_part = matches!(name, "not" | "if" | "then" | "else");
                Walk { is_part, ..self }.schema(schema);
            }
        }
        for name in ["items", "prefixItems", "additionalProperties"] {
            match members.get_mut(name) {
                Some(Value::Array(schemas)) => schemas.iter_mut().for_each(|schema| inner.schema(schema)),
                Some(schema) => inner.schema(schema),
                None => {}
            }
        }
        for name in COMPOSITIONS {
            if let Some(Value::Array(parts)) = members.get_mut(name) {
                parts.iter_mut().for_each(|part| Walk { is_part: true, ..self }.schema(part));
            }
        }
        if self.variant.ignore_case {
            fold_names(members);
        }
        self.override_additional(members);
        if !self.is_foreign {
            wrap_nullable(schema);
        }
    }

    /// `allow-additional-properties`
    fn override_additional(self, members: &mut Map<String, Value>) {
        match self.variant.additional {
            None => {}
            Some(true) => {
                members.remove("additionalProperties");
                members.remove("unevaluatedProperties");
            }
            Some(false) => {
                if self.is_part {
                    members.remove("additionalProperties");
                    if let Some(Value::String(reference)) = members.get_mut("$ref")
                        && let Some(pointer) = reference.strip_prefix("#/")
                    {
                        *reference = format!("#/{PARTS}/{pointer}");
                    }
                    return;
                }
                let is_composed = COMPOSITIONS.iter().any(|name| members.contains_key(*name));
                let is_object = members.contains_key("properties") || is_type(members, "object");
                if is_object || is_composed {
                    members.remove("additionalProperties");
                    members.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
                }
            }
        }
    }
}

fn is_type(members: &Map<String, Value>, wanted: &str) -> bool {
    match members.get("type") {
        Some(Value::String(name)) => name == wanted,
        Some(Value::Array(names)) => names.iter().any(|name| name == wanted),
        _ => false,
    }
}

/// Names of properties without case; names of the body are folded in the same way.
fn fold_names(members: &mut Map<String, Value>) {
    if let Some(Value::Object(properties)) = members.get_mut("properties") {
        *properties =
            std::mem::take(properties).into_iter().map(|(name, schema)| (name.to_lowercase(), schema)).collect();
    }
    if let Some(Value::Array(required)) = members.get_mut("required") {
        for name in required {
            if let Value::String(name) = name {
                *name = name.to_lowercase();
            }
        }
    }
}

/// What OpenAPI 3.0 and Swagger 2.0 (JSON Schema of draft 4) say in another way.
fn from_openapi(members: &mut Map<String, Value>) {
    for (limit, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        match members.get(exclusive) {
            Some(Value::Bool(true)) => {
                members.remove(exclusive);
                if let Some(number) = members.remove(limit) {
                    members.insert(exclusive.to_owned(), number);
                }
            }
            Some(Value::Number(_)) | None => {}
            Some(_) => drop(members.remove(exclusive)),
        }
        if members.get(limit).is_some_and(|limit| !limit.is_number()) {
            members.remove(limit);
        }
    }
    if members.get("required").is_some_and(|required| !required.is_array()) {
        members.remove("required");
    }
    if let Some(Value::Array(items)) = members.get_mut("items") {
        let items = Value::Array(std::mem::take(items));
        members.remove("items");
        members.insert("prefixItems".to_owned(), items);
    }
    let is_known = |name: &Value| name.as_str().is_some_and(|name| TYPES.contains(&name));
    match members.get_mut("type") {
        Some(Value::Array(names)) => names.retain(is_known),
        Some(name) if !is_known(name) => drop(members.remove("type")),
        _ => {}
    }
    // Identifiers of OpenAPI are not those of JSON Schema, and a base URI would turn references away from the document.
    members.remove("$id");
    members.remove("id");
}

/// `nullable`, also beside a reference or a composition.
fn wrap_nullable(schema: &mut Value) {
    let Value::Object(members) = schema else { return };
    let is_nullable = ["nullable", "x-nullable"].map(|name| members.remove(name)).contains(&Some(Value::Bool(true)));
    if !is_nullable {
        return;
    }
    if let Some(Value::Array(values)) = members.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    let names = match members.get("type") {
        Some(Value::String(name)) => vec![json!(name), json!("null")],
        Some(Value::Array(names)) => names.iter().cloned().chain([json!("null")]).collect(),
        _ => Vec::new(),
    };
    let is_indirect = COMPOSITIONS.iter().chain(&["$ref", "const"]).any(|name| members.contains_key(*name));
    if is_indirect {
        let rest = Value::Object(std::mem::take(members));
        *schema = json!({ "anyOf": [{ "type": "null" }, rest] });
    } else if !names.is_empty() {
        members.insert("type".to_owned(), Value::Array(names));
    }
}
