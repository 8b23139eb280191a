//! Names for schemas that stand in place: ARM's contracts refer to schemas by name (`typeName`) only, so what has none is put among the
//! document's schemas under a name made of its place, as an import of the original does.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::import::Import;
use super::limits::INLINE_SCHEMAS_MAX;
use super::reference::Node;

/// Schemas that were given a name.
#[derive(Debug, Default)]
pub(super) struct Named {
    schemas: Map<String, Value>,
    /// By the pointer at which the schema stands: a shared body is described once.
    by_place: HashMap<String, String>,
}

impl Named {
    /// All of them.
    pub(super) fn into_schemas(self) -> Map<String, Value> {
        self.schemas
    }
}

/// Folders of the document whose members have a name of their own.
const FOLDERS: [&str; 2] = ["/components/schemas/", "/definitions/"];

/// The name of a schema; one that stands in place gets a name. `None` when it says nothing.
pub(super) fn name(import: &mut Import<'_>, schema: &Node<'_>) -> Option<String> {
    let reference = schema.text("$ref");
    if let Some(name) = reference.and_then(referred) {
        return Some(name);
    }
    let schema = if reference.is_some() { schema.resolved(import.root.value).ok()? } else { schema.clone() };
    keep(import, &schema.pointer, schema.value.clone())
}

/// The name of the schema of a parameter, whose own words are kept in `type`, `values` and `defaultValue`: only one that says more has one.
pub(super) fn of_parameter(import: &mut Import<'_>, schema: &Node<'_>) -> Option<String> {
    if schema.text("$ref").is_some() {
        return name(import, schema);
    }
    let is_said = |word: &str| {
        matches!(word, "type" | "enum" | "default" | "description" | "example" | "examples" | "title" | "deprecated")
    };
    let members = schema.value.as_object()?;
    if !import.is_swagger() {
        return match members.keys().all(|word| is_said(word)) && members.get("type").is_none_or(Value::is_string) {
            true => None,
            false => name(import, schema),
        };
    }
    // In Swagger 2.0 the parameter is its own schema, among other things.
    let is_schema = |word: &str| {
        is_said(word)
            || matches!(
                word,
                "format"
                    | "items"
                    | "maximum"
                    | "exclusiveMaximum"
                    | "minimum"
                    | "exclusiveMinimum"
                    | "maxLength"
                    | "minLength"
                    | "pattern"
                    | "maxItems"
                    | "minItems"
                    | "uniqueItems"
                    | "multipleOf"
                    | "x-nullable"
            )
    };
    let schema_words: Map<String, Value> =
        members.iter().filter(|(word, _)| is_schema(word)).map(|(word, value)| (word.clone(), value.clone())).collect();
    match schema_words.keys().all(|word| is_said(word)) {
        true => None,
        false => keep(import, &schema.pointer, Value::Object(schema_words)),
    }
}

/// What a reference to a named schema names.
fn referred(reference: &str) -> Option<String> {
    let pointer = percent_decode_str(reference.strip_prefix('#')?).decode_utf8_lossy().into_owned();
    let name = FOLDERS.iter().find_map(|folder| pointer.strip_prefix(folder))?;
    (!name.contains('/')).then(|| name.replace("~1", "/").replace("~0", "~"))
}

fn keep(import: &mut Import<'_>, pointer: &str, schema: Value) -> Option<String> {
    if schema.as_object().is_none_or(Map::is_empty) {
        return None;
    }
    if let Some(known) = import.named.by_place.get(pointer) {
        return Some(known.clone());
    }
    if import.named.schemas.len() >= INLINE_SCHEMAS_MAX {
        import.warn(pointer, "too many schemas stand in place; this one is not kept");
        return None;
    }
    let wanted = made_of(pointer);
    let is_taken = |name: &str| {
        import.named.schemas.contains_key(name)
            || FOLDERS.iter().any(|folder| import.root.value.pointer(&format!("{folder}{name}")).is_some())
    };
    let name = (0..=INLINE_SCHEMAS_MAX)
        .map(|count| if count == 0 { wanted.clone() } else { format!("{wanted}-{count}") })
        .find(|name| !is_taken(name))?;
    import.named.schemas.insert(name.clone(), schema);
    import.named.by_place.insert(pointer.to_owned(), name.clone());
    Some(name)
}

/// `/paths/~1users~1{id}/put/responses/200/content/application~1json/schema` → `Users-id-Put200ApplicationJsonResponse`.
fn made_of(pointer: &str) -> String {
    let steps: Vec<String> =
        pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let mut name = String::new();
    let mut ending = "";
    for step in &steps {
        match step.as_str() {
            "paths" | "x-ms-paths" | "components" | "content" | "schema" => {}
            "requestBody" | "requestBodies" => ending = "Request",
            "responses" => ending = "Response",
            "headers" | "parameters" => ending = "Parameter",
            step => step
                .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '{' | '}')))
                .for_each(|word| add(&mut name, word)),
        }
    }
    name + ending
}

fn add(name: &mut String, word: &str) {
    if let Some(placeholder) = word.strip_prefix('{') {
        name.push('-');
        name.push_str(placeholder.trim_end_matches('}'));
        name.push('-');
        return;
    }
    let mut letters = word.chars().filter(|c| c.is_ascii_alphanumeric());
    name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    name.extend(letters);
}

#[cfg(test)]
mod tests {
    use super::{made_of, referred};

    #[test]
    fn names_are_made_of_places() {
        for (pointer, name) in [
            ("/paths/~1users/post/requestBody/content/application~1json/schema", "UsersPostApplicationJsonRequest"),
            (
                "/paths/~1users~1{id}/put/responses/200/content/application~1json/schema",
                "Users-id-Put200ApplicationJsonResponse",
            ),
            ("/components/requestBodies/Pet/content/text~1json/schema", "PetTextJsonRequest"),
            ("/paths/~1users/get/parameters/0/schema", "UsersGet0Parameter"),
        ] {
            assert_eq!(made_of(pointer), name);
        }
    }

    #[test]
    fn only_named_schemas_are_referred_to_by_name() {
        for (reference, name) in [
            ("#/components/schemas/Pet", Some("Pet")),
            ("#/definitions/a~1b%20c", Some("a/b c")),
            ("#/components/schemas/Pet/properties/id", None),
            ("#/components/requestBodies/Pet", None),
            ("other.yaml#/definitions/Pet", None),
        ] {
            assert_eq!(referred(reference).as_deref(), name, "{reference}");
        }
    }
}
