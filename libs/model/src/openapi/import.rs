//! One import from the parsed document to its result: what the document is, its head, its schemas.

use serde_json::{Map, Value, json};

use super::error::{ImportError, Reason};
use super::imported::{Dialect, ImportedApi, ImportedSchema, Warning};
use super::limits::{DISPLAY_NAME_CHARS_MAX, EXAMPLES_BYTES_MAX, WARNINGS_MAX};
use super::named::Named;
use super::reference::Node;
use super::{Expect, ImportOptions, operation, server};

/// What every step of an import reads and adds to.
#[derive(Debug)]
pub(super) struct Import<'a> {
    pub(super) root: Node<'a>,
    pub(super) dialect: Dialect,
    pub(super) options: &'a ImportOptions,
    pub(super) warnings: Vec<Warning>,
    /// What is left of `EXAMPLES_BYTES_MAX`.
    pub(super) example_bytes_left: usize,
    /// Schemas that stand in place.
    pub(super) named: Named,
}

impl Import<'_> {
    pub(super) fn is_swagger(&self) -> bool {
        self.dialect == Dialect::Swagger2
    }

    pub(super) fn warn(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(Warning { pointer: pointer.into(), message: message.into() });
        }
    }
}

pub(super) fn run(root: &Value, options: &ImportOptions) -> Result<ImportedApi, ImportError> {
    let root = Node { value: root, pointer: String::new() };
    let dialect = dialect(&root)?;
    check_expected(&root, dialect, options.expect)?;
    let info = root.member("info").ok_or_else(|| root.error(Reason::Missing { field: "info" }))?;
    let title = info.text("title").map(str::trim).filter(|title| !title.is_empty());
    let title = title.ok_or_else(|| info.error(Reason::Missing { field: "title" }))?;

    let mut import = Import {
        root: root.clone(),
        dialect,
        options,
        warnings: Vec::new(),
        example_bytes_left: EXAMPLES_BYTES_MAX,
        named: Named::default(),
    };
    let servers = server::servers(&mut import)?;
    let operations = operation::operations(&mut import)?;
    Ok(ImportedApi {
        dialect,
        display_name: cut(title, DISPLAY_NAME_CHARS_MAX),
        description: info.text("description").map(str::to_owned),
        document_version: info.value.get("version").and_then(scalar),
        terms_of_service_url: info.text("termsOfService").map(str::to_owned),
        contact: members(&info, "contact", &["name", "url", "email"]),
        license: members(&info, "license", &["name", "url"]),
        service_url: server::service_url(&mut import, &servers),
        protocols: server::protocols(&servers),
        servers: servers.into_iter().map(|server| server.url).collect(),
        operations,
        schema: schema(&root, dialect, import.named.into_schemas()),
        warnings: import.warnings,
    })
}

fn dialect(root: &Node<'_>) -> Result<Dialect, ImportError> {
    if !root.value.is_object() {
        return Err(root.error(Reason::WrongType { expected: "an object" }));
    }
    if let Some(version) = root.value.get("openapi").and_then(scalar) {
        // `openapi: 3.1` without quotes is a number to YAML; the patch level never matters (OpenAPI 3.1.0 §4.1).
        return match version.split('.').take(2).collect::<Vec<_>>()[..] {
            ["3", "0"] => Ok(Dialect::OpenApi30),
            ["3", "1"] => Ok(Dialect::OpenApi31),
            _ => Err(ImportError::at("/openapi", Reason::UnsupportedVersion(version))),
        };
    }
    match root.value.get("swagger").and_then(scalar) {
        Some(version) if version == "2.0" || version == "2" => Ok(Dialect::Swagger2),
        Some(version) => Err(ImportError::at("/swagger", Reason::UnsupportedVersion(version))),
        None => Err(root.error(Reason::NoVersion)),
    }
}

fn check_expected(root: &Node<'_>, dialect: Dialect, expect: Expect) -> Result<(), ImportError> {
    let found = if dialect == Dialect::Swagger2 { "Swagger 2.0" } else { "OpenAPI 3" };
    let expected = match expect {
        Expect::Any => found,
        Expect::OpenApi3 => "OpenAPI 3",
        Expect::Swagger2 => "Swagger 2.0",
    };
    if expected == found { Ok(()) } else { Err(root.error(Reason::OtherFormat { expected, found })) }
}

/// The named members of an object that are text; ARM's contact and license take nothing else.
fn members(parent: &Node<'_>, key: &str, names: &[&str]) -> Option<Value> {
    let object = parent.member(key)?;
    let found: Map<String, Value> =
        names.iter().filter_map(|name| Some(((*name).to_owned(), object.text(name)?.into()))).collect();
    (!found.is_empty()).then_some(Value::Object(found))
}

/// The document's schemas and those that stood in place.
fn schema(root: &Node<'_>, dialect: Dialect, named: Map<String, Value>) -> Option<ImportedSchema> {
    let is_swagger = dialect == Dialect::Swagger2;
    let declared = root.value.pointer(if is_swagger { "/definitions" } else { "/components/schemas" });
    let mut schemas = declared.and_then(Value::as_object).cloned().unwrap_or_default();
    schemas.extend(named);
    if schemas.is_empty() {
        return None;
    }
    Some(if is_swagger {
        ImportedSchema {
            content_type: "application/vnd.ms-azure-apim.swagger.definitions+json",
            document: json!({ "definitions": schemas }),
        }
    } else {
        ImportedSchema {
            content_type: "application/vnd.oai.openapi.components+json",
            document: json!({ "components": { "schemas": schemas } }),
        }
    })
}

/// Text, numbers and booleans as text; nothing else has a short form.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The first `max` characters.
pub(super) fn cut(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}
