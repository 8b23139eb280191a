//! What is wrong with a value, in the words of Newtonsoft.Json.Schema, which the original checks with.

use std::fmt::Write as _;

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, ValidationError};
use postern_dotnet::json::{self, Formatting, LoadSettings};
use serde_json::Value;

use crate::limits::{VIOLATION_TEXT_CHARS_MAX, VIOLATIONS_MAX};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) message: String,
    /// Steps from the root to what is wrong: names and indexes.
    pub(super) path: Vec<String>,
    /// What is wrong is that the member at the end of the path is there, not its value.
    pub(super) is_member: bool,
    /// Line and position behind the value's first token, or behind the colon of the member; 0 when not known.
    pub(crate) line: u32,
    pub(crate) position: u32,
}

impl Violation {
    pub(super) fn of_root(message: &str) -> Violation {
        Violation::at(message.to_owned(), Vec::new())
    }

    fn at(message: String, path: Vec<String>) -> Violation {
        Violation { message, path, is_member: false, line: 0, position: 0 }
    }

    /// A member that the schema does not allow.
    fn undefined(object: &[String], name: &str) -> Violation {
        let path = object.iter().map(String::as_str).chain([name]).map(str::to_owned).collect();
        let name = shortened(name);
        let message =
            format!("Property '{name}' has not been defined and the schema does not allow additional properties.");
        Violation { is_member: true, ..Violation::at(message, path) }
    }

    /// `{message} Line: {line}, Position: {position}`
    pub(crate) fn with_place(&self) -> String {
        format!("{} Line: {}, Position: {}", self.message, self.line, self.position)
    }
}

/// A text that is not JSON: the message of the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unparsable(pub(crate) String);

/// The value of a text. What Newtonsoft's reader allows beyond JSON (quotes of the other kind, comments) is allowed.
pub(crate) fn parse(text: &str) -> Result<Value, Unparsable> {
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    let settings = LoadSettings { parse_dates: false, ..LoadSettings::default() };
    let token = json::parse_with(text, settings).map_err(|exception| Unparsable(exception.message.to_string()))?;
    let strict = token.to_json(Formatting::None).map_err(|exception| Unparsable(exception.message.to_string()))?;
    serde_json::from_str(&strict).map_err(|error| Unparsable(error.to_string()))
}

/// The errors of a validator, those about missing properties of one object as one.
pub(super) fn of<'e>(errors: impl Iterator<Item = ValidationError<'e>>) -> Vec<Violation> {
    const REQUIRED: &str = "Required properties are missing from object: ";
    let mut found: Vec<Violation> = Vec::new();
    // Properties that count as unknown only because their own value is wrong.
    let mut unevaluated: Vec<Violation> = Vec::new();
    for error in errors {
        let path: Vec<String> = steps(error.instance_path().as_str());
        match error.kind() {
            Kind::UnevaluatedProperties { unexpected } => {
                let names = unexpected.iter().take(VIOLATIONS_MAX);
                unevaluated.extend(names.map(|name| Violation::undefined(&path, name)));
                continue;
            }
            Kind::AdditionalProperties { unexpected } => {
                let names = unexpected.iter().take(VIOLATIONS_MAX.saturating_sub(found.len()));
                found.extend(names.map(|name| Violation::undefined(&path, name)));
                continue;
            }
            _ => {}
        }
        let message = message(&error);
        if let Some(name) = message.strip_prefix(REQUIRED)
            && let Some(known) =
                found.iter_mut().find(|known| known.path == path && known.message.starts_with(REQUIRED))
        {
            known.message.pop();
            let _ = write!(known.message, ", {name}");
            continue;
        }
        if found.len() == VIOLATIONS_MAX {
            break;
        }
        found.push(Violation::at(message, path));
    }
    let wrong: Vec<Violation> = unevaluated
        .iter()
        .filter(|member| {
            !found.iter().any(|known| known.path.starts_with(&member.path))
                && !unevaluated
                    .iter()
                    .any(|known| known.path.len() > member.path.len() && known.path.starts_with(&member.path))
        })
        .cloned()
        .collect();
    found.extend(wrong);
    found.truncate(VIOLATIONS_MAX);
    found
}

/// RFC 6901
fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

fn message(error: &ValidationError<'_>) -> String {
    let instance = &**error.instance();
    let size = match instance {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    let text = || shortened(instance.as_str().unwrap_or_default());
    let number = || number_name(instance);
    let shown = || shortened(&instance.to_string());
    match error.kind() {
        Kind::Type { kind } => format!("Invalid type. Expected {} but got {}.", expected(kind), type_name(instance)),
        Kind::Required { property } => {
            format!("Required properties are missing from object: {}.", property.as_str().unwrap_or_default())
        }
        Kind::AdditionalItems { .. } | Kind::UnevaluatedItems { .. } => {
            "Index has not been defined and the schema does not allow additional items.".to_owned()
        }
        Kind::MinLength { limit } => format!("String '{}' is less than minimum length of {limit}.", text()),
        Kind::MaxLength { limit } => format!("String '{}' exceeds maximum length of {limit}.", text()),
        Kind::Pattern { pattern } => format!("String '{}' does not match regex pattern '{pattern}'.", text()),
        Kind::Format { format } => format!("String '{}' does not validate against format '{format}'.", text()),
        Kind::Minimum { limit } => format!("{} {instance} is less than minimum value of {limit}.", number()),
        Kind::Maximum { limit } => format!("{} {instance} exceeds maximum value of {limit}.", number()),
        Kind::ExclusiveMinimum { limit } if instance == limit => {
            format!("{} {instance} equals minimum value of {limit} and exclusive minimum is true.", number())
        }
        Kind::ExclusiveMinimum { limit } => format!("{} {instance} is less than minimum value of {limit}.", number()),
        Kind::ExclusiveMaximum { limit } if instance == limit => {
            format!("{} {instance} equals maximum value of {limit} and exclusive maximum is true.", number())
        }
        Kind::ExclusiveMaximum { limit } => format!("{} {instance} exceeds maximum value of {limit}.", number()),
        Kind::MultipleOf { multiple_of } => format!("{} {instance} is not a multiple of {multiple_of}.", number()),
        Kind::Enum { .. } => format!("Value {} is not defined in enum.", shown()),
        Kind::Constant { .. } => format!("Value {} does not match const.", shown()),
        Kind::MinItems { limit } => format!("Array item count {size} is less than minimum count of {limit}."),
        Kind::MaxItems { limit } => format!("Array item count {size} exceeds maximum count of {limit}."),
        Kind::MinProperties { limit } => format!("Object property count {size} is less than minimum count of {limit}."),
        Kind::MaxProperties { limit } => format!("Object property count {size} exceeds maximum count of {limit}."),
        Kind::UniqueItems => "Non-unique array item.".to_owned(),
        Kind::Contains => "No items match contains.".to_owned(),
        Kind::AnyOf { .. } => "JSON does not match any schemas from 'anyOf'.".to_owned(),
        Kind::OneOfNotValid { .. } => "JSON is valid against no schemas from 'oneOf'.".to_owned(),
        Kind::OneOfMultipleValid { context } => {
            let valid = context.iter().enumerate().filter(|(_, errors)| errors.is_empty());
            let indexes: Vec<String> = valid.map(|(index, _)| index.to_string()).collect();
            format!(
                "JSON is valid against more than one schema from 'oneOf'. Valid schema indexes: {}.",
                indexes.join(", ")
            )
        }
        Kind::Not { .. } => "JSON is valid against schema from 'not'.".to_owned(),
        Kind::FalseSchema => "Schema always fails validation.".to_owned(),
        _ => error.to_string(),
    }
}

fn expected(kind: &TypeKind) -> String {
    let name = |kind: JsonType| match kind {
        JsonType::Null => "Null",
        JsonType::Boolean => "Boolean",
        JsonType::Integer => "Integer",
        JsonType::Number => "Number",
        JsonType::String => "String",
        JsonType::Array => "Array",
        JsonType::Object => "Object",
    };
    match kind {
        TypeKind::Single(kind) => name(*kind).to_owned(),
        TypeKind::Multiple(kinds) => {
            // The order of `JSchemaType`'s flags.
            let order = [
                JsonType::String,
                JsonType::Number,
                JsonType::Integer,
                JsonType::Boolean,
                JsonType::Object,
                JsonType::Array,
                JsonType::Null,
            ];
            let names: Vec<&str> = order.into_iter().filter(|kind| kinds.contains(*kind)).map(name).collect();
            names.join(", ")
        }
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(_) => number_type(value),
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "Object",
    }
}

fn number_type(value: &Value) -> &'static str {
    if value.is_i64() || value.is_u64() { "Integer" } else { "Number" }
}

/// Messages about limits call numbers with a point `Float`.
fn number_name(value: &Value) -> &'static str {
    if value.is_i64() || value.is_u64() { "Integer" } else { "Float" }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(VIOLATION_TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
