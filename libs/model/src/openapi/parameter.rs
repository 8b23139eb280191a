//! Parameters of an operation: collected from path item and operation, told apart by place, turned into
//! `ParameterContract`.

use serde_json::{Map, Value, json};

use super::error::{ImportError, Reason};
use super::import::{Import, scalar};
use super::imported::Parameter;
use super::reference::Node;
use super::{SCHEMA_ID, example, named};

/// Where a parameter travels (`in`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Header,
    Cookie,
    /// Swagger 2.0 only.
    Body,
    /// Swagger 2.0 only.
    FormData,
}

/// A parameter as the document declares it, references followed.
#[derive(Debug, Clone)]
pub(super) struct Declared<'a> {
    pub(super) name: &'a str,
    pub(super) place: Place,
    pub(super) node: Node<'a>,
}

/// The parameters of an operation: those of its path item, each replaced by the operation's own one of the same name and
/// place (OpenAPI 3.0.3 §4.7.9.1).
pub(super) fn declared<'a>(
    import: &Import<'a>,
    path_item: &Node<'a>,
    operation: &Node<'a>,
) -> Result<Vec<Declared<'a>>, ImportError> {
    let mut found: Vec<Declared<'a>> = Vec::new();
    for list in [path_item, operation].iter().filter_map(|holder| holder.member("parameters")) {
        for node in list.elements()? {
            let parameter = declaration(&node.resolved(import.root.value)?)?;
            match found.iter_mut().find(|known| known.name == parameter.name && known.place == parameter.place) {
                Some(known) => *known = parameter,
                None => found.push(parameter),
            }
        }
    }
    Ok(found)
}

fn declaration<'a>(node: &Node<'a>) -> Result<Declared<'a>, ImportError> {
    let place = match node.text("in").ok_or_else(|| node.error(Reason::Missing { field: "in" }))? {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        "cookie" => Place::Cookie,
        "body" => Place::Body,
        "formData" => Place::FormData,
        other => return Err(node.error(Reason::UnknownParameterPlace(other.to_owned()))),
    };
    let name = node.text("name").filter(|name| !name.is_empty());
    // A body has a name in Swagger 2.0, but nobody reads it.
    let name = if place == Place::Body { Some(name.unwrap_or("body")) } else { name };
    let name = name.ok_or_else(|| node.error(Reason::Missing { field: "name" }))?;
    Ok(Declared { name, place, node: node.clone() })
}

impl Declared<'_> {
    pub(super) fn is_required(&self) -> bool {
        self.place == Place::Path || self.node.flag("required")
    }
}

/// A declared parameter as ARM's contract.
pub(super) fn contract<'a>(import: &mut Import<'a>, declared: &Declared<'a>) -> Result<Parameter, ImportError> {
    let described = schema(import, &declared.node)?;
    let schema = described.as_ref().map(|schema| schema.resolved(import.root.value)).transpose()?;
    let mut parameter = from_schema(import, declared.name, schema.as_ref())?;
    parameter.schema_name = described.and_then(|schema| named::of_parameter(import, &schema));
    parameter.schema_id = parameter.schema_name.as_ref().map(|_| SCHEMA_ID);
    if let Some(description) = declared.node.text("description") {
        parameter.description = Some(description.to_owned());
    }
    parameter.required = declared.is_required();
    parameter.examples = example::declared(import, &declared.node)?;
    Ok(parameter)
}

/// A response header (`headers` of a response): like a parameter, but named by its key.
pub(super) fn header<'a>(import: &mut Import<'a>, name: &'a str, node: &Node<'a>) -> Result<Parameter, ImportError> {
    let node = node.resolved(import.root.value)?;
    contract(import, &Declared { name, place: Place::Header, node })
}

/// Form fields: the properties of the schema of a form body.
pub(super) fn form_fields<'a>(import: &mut Import<'a>, schema: &Node<'a>) -> Result<Vec<Parameter>, ImportError> {
    let schema = schema.resolved(import.root.value)?;
    let Some(properties) = schema.member("properties") else { return Ok(Vec::new()) };
    let required: Vec<&str> = match schema.value.get("required").and_then(Value::as_array) {
        Some(names) => names.iter().filter_map(Value::as_str).collect(),
        None => Vec::new(),
    };
    let mut fields = Vec::new();
    for (name, property) in properties.entries()? {
        let property = property.resolved(import.root.value)?;
        let mut field = from_schema(import, name, Some(&property))?;
        field.required = required.contains(&name);
        fields.push(field);
    }
    Ok(fields)
}

/// The schema that describes a parameter, references not followed: itself in Swagger 2.0; `schema`, or that of its only content, in OpenAPI 3.
fn schema<'a>(import: &Import<'a>, node: &Node<'a>) -> Result<Option<Node<'a>>, ImportError> {
    if import.is_swagger() {
        return Ok(Some(node.clone()));
    }
    Ok(match (node.member("schema"), node.member("content")) {
        (Some(schema), _) => Some(schema),
        (None, Some(content)) => content.entries()?.first().and_then(|(_, media)| media.member("schema")),
        (None, None) => None,
    })
}

fn from_schema(import: &Import<'_>, name: &str, schema: Option<&Node<'_>>) -> Result<Parameter, ImportError> {
    let mut parameter = Parameter { name: name.to_owned(), type_name: "string".to_owned(), ..Parameter::default() };
    let Some(schema) = schema else { return Ok(parameter) };
    if let Some(type_name) = type_name(schema.value) {
        type_name.clone_into(&mut parameter.type_name);
    }
    parameter.description = schema.text("description").map(str::to_owned);
    parameter.default_value = schema.value.get("default").and_then(scalar);
    parameter.values = values(schema.value);
    if parameter.type_name == "array"
        && let Some(items) = schema.member("items")
    {
        parameter.values = values(items.resolved(import.root.value)?.value);
    }
    Ok(parameter)
}

/// `type`; of OpenAPI 3.1's list of types the first that is not null.
pub(super) fn type_name(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    }
}

fn values(schema: &Value) -> Vec<String> {
    match schema.get("enum").and_then(Value::as_array) {
        Some(values) => values.iter().filter_map(scalar).collect(),
        None => schema.get("const").and_then(scalar).into_iter().collect(),
    }
}

/// `{"default": {"value": …}}`: how a single example is written as `ParameterExampleContract` by name.
pub(super) fn only_example(value: &Value) -> Map<String, Value> {
    Map::from_iter([("default".to_owned(), json!({ "value": value }))])
}
