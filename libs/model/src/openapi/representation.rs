//! Bodies of requests and responses: one `RepresentationContract` per content type.

use serde_json::{Map, Value};

use super::error::ImportError;
use super::import::Import;
use super::imported::{Parameter, Representation};
use super::parameter::{self, Declared, Place, only_example};
use super::reference::Node;
use super::{SCHEMA_ID, example, named, sample};

/// `content` of an OpenAPI 3 request body or response.
pub(super) fn from_content<'a>(
    import: &mut Import<'a>,
    content: &Node<'a>,
) -> Result<Vec<Representation>, ImportError> {
    let mut representations = Vec::new();
    for (content_type, media) in content.entries()? {
        let schema = media.member("schema");
        let examples = example::declared(import, &media)?;
        let form_parameters = match &schema {
            Some(schema) if is_form(content_type) => parameter::form_fields(import, schema)?,
            _ => Vec::new(),
        };
        let type_name = type_name(import, content_type, schema.as_ref());
        representations.push(Representation {
            content_type: content_type.to_owned(),
            schema_id: type_name.as_ref().map(|_| SCHEMA_ID),
            type_name,
            examples: with_sample(import, content_type, schema.as_ref(), examples),
            form_parameters,
        });
    }
    Ok(representations)
}

/// The body of a Swagger 2.0 operation: its `body` parameter or its form fields, once for each type it consumes.
pub(super) fn from_swagger_request<'a>(
    import: &mut Import<'a>,
    operation: &Node<'a>,
    parameters: &[Declared<'a>],
) -> Result<Vec<Representation>, ImportError> {
    if let Some(body) = parameters.iter().find(|parameter| parameter.place == Place::Body) {
        let schema = body.node.member("schema");
        let content_types = content_types(import, operation, "consumes", "application/json")?;
        let mut represented = |content_type: String| {
            let type_name = type_name(import, &content_type, schema.as_ref());
            Representation {
                examples: with_sample(import, &content_type, schema.as_ref(), Map::new()),
                schema_id: type_name.as_ref().map(|_| SCHEMA_ID),
                type_name,
                form_parameters: Vec::new(),
                content_type,
            }
        };
        return Ok(content_types.into_iter().map(&mut represented).collect());
    }
    let fields: Vec<_> = parameters.iter().filter(|parameter| parameter.place == Place::FormData).collect();
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    let has_file = fields.iter().any(|field| field.node.text("type") == Some("file"));
    let default = if has_file { "multipart/form-data" } else { "application/x-www-form-urlencoded" };
    let form_parameters: Vec<Parameter> =
        fields.into_iter().map(|field| parameter::contract(import, field)).collect::<Result<_, _>>()?;
    let content_types = content_types(import, operation, "consumes", default)?;
    let form = |content_type| Representation {
        content_type,
        form_parameters: form_parameters.clone(),
        ..Representation::default()
    };
    Ok(content_types.into_iter().map(form).collect())
}

/// The body of a Swagger 2.0 response: its schema once for each type the operation produces, with the examples given by
/// content type.
pub(super) fn from_swagger_response<'a>(
    import: &mut Import<'a>,
    operation: &Node<'a>,
    response: &Node<'a>,
) -> Result<Vec<Representation>, ImportError> {
    let schema = response.member("schema");
    let examples = match response.member("examples") {
        Some(examples) => examples.entries()?,
        None => Vec::new(),
    };
    let mut content_types = match &schema {
        Some(_) => content_types(import, operation, "produces", "application/json")?,
        None => Vec::new(),
    };
    for (content_type, _) in &examples {
        if !content_types.iter().any(|known| known.eq_ignore_ascii_case(content_type)) {
            content_types.push((*content_type).to_owned());
        }
    }
    let mut representations = Vec::new();
    for content_type in content_types {
        let given = examples.iter().find(|(name, _)| name.eq_ignore_ascii_case(&content_type));
        let given = match given {
            Some((_, example)) if example::admit(import, example) => only_example(example.value),
            _ => Map::new(),
        };
        let type_name = type_name(import, &content_type, schema.as_ref());
        representations.push(Representation {
            schema_id: type_name.as_ref().map(|_| SCHEMA_ID),
            type_name,
            examples: with_sample(import, &content_type, schema.as_ref(), given),
            form_parameters: Vec::new(),
            content_type,
        });
    }
    Ok(representations)
}

/// `consumes` or `produces` of the operation, else of the document (an empty list of the operation clears the
/// document's), else the default.
fn content_types(
    import: &Import<'_>,
    operation: &Node<'_>,
    key: &str,
    default: &str,
) -> Result<Vec<String>, ImportError> {
    let listed = operation.member(key).or_else(|| import.root.member(key));
    let listed = match listed {
        Some(listed) => listed.elements()?,
        None => Vec::new(),
    };
    let mut content_types: Vec<String> =
        listed.iter().filter_map(|item| item.value.as_str()).map(str::to_owned).collect();
    if content_types.is_empty() {
        content_types.push(default.to_owned());
    }
    Ok(content_types)
}

/// The given examples, or one made from the schema when there is none and the content is JSON.
fn with_sample<'a>(
    import: &mut Import<'a>,
    content_type: &str,
    schema: Option<&Node<'a>>,
    examples: Map<String, Value>,
) -> Map<String, Value> {
    if !examples.is_empty() || !is_json(content_type) {
        return examples;
    }
    let Some(schema) = schema else { return examples };
    match sample::from_schema(import.root.value, schema) {
        Some(value) if example::admit(import, &Node { value: &value, pointer: schema.pointer.clone() }) => {
            only_example(&value)
        }
        _ => examples,
    }
}

/// The name of a body's schema. What is not JSON is only named where the document names it: nothing else could use it.
fn type_name(import: &mut Import<'_>, content_type: &str, schema: Option<&Node<'_>>) -> Option<String> {
    let schema = schema?;
    let is_named = schema.text("$ref").is_some();
    if is_named || is_json(content_type) || essence(content_type) == "*/*" { named::name(import, schema) } else { None }
}

/// The media type without its parameters, in lower case.
fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

fn is_form(content_type: &str) -> bool {
    matches!(essence(content_type).as_str(), "application/x-www-form-urlencoded" | "multipart/form-data")
}

/// `application/json` and every `+json` type (RFC 6839 §3.1).
pub fn is_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}
