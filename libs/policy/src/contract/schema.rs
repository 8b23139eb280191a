//! One schema that messages are checked against, compiled at most once for each way of checking.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use jsonschema::{PatternOptions, Registry, Validator};
use serde_json::{Map, Value, json};

use postern_xsd::Schemas;

use super::document::{ContentKind, SchemaDocument};
use super::kept::Outcome;
use super::value::ValueKind;
use super::violation::{self, Unparsable, Violation};
use super::{choices, normalise, place};
use crate::limits;

/// How a body is checked: the overrides of `<content>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Variant {
    /// `allow-additional-properties`
    pub additional: Option<bool>,
    /// `case-insensitive-property-names`
    pub ignore_case: bool,
}

pub(super) const VARIANTS: usize = 6;

impl Variant {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Variant> {
        [None, Some(false), Some(true)]
            .into_iter()
            .flat_map(|additional| [false, true].map(|ignore_case| Variant { additional, ignore_case }))
    }

    pub(super) fn index(self) -> usize {
        let additional = match self.additional {
            None => 0,
            Some(false) => 2,
            Some(true) => 4,
        };
        additional + usize::from(self.ignore_case)
    }
}

/// Where the schema is.
#[derive(Debug)]
enum Source {
    /// At a JSON pointer of a document.
    Document(Arc<SchemaDocument>, String),
    /// Said in place.
    Inline(Value),
    /// Its document is not there.
    Nowhere,
}

/// A schema by its name.
pub struct Schema {
    name: Box<str>,
    source: Source,
    /// Most ways of checking are never asked for.
    compiled: [OnceLock<Arc<Outcome>>; VARIANTS],
}

impl fmt::Debug for Schema {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Schema({:?})", self.name)
    }
}

#[derive(Debug)]
pub(super) struct Compiled {
    validator: Validator,
    /// See [`choices`].
    alternatives: u64,
    /// What values written as text are converted to.
    pub(super) kind: ValueKind,
}

/// Why a definition cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoSchema {
    /// The document does not have it.
    Missing,
    /// The document has no definitions at all.
    NoDefinitions,
    /// The document is not a schema, or what it refers to is not there.
    Unusable(String),
}

impl Schema {
    /// The definition `name` of a document: what `typeName` and `#/components/schemas/…` say.
    #[must_use]
    pub fn named(document: &Arc<SchemaDocument>, name: &str) -> Schema {
        Schema::with(name, Source::Document(Arc::clone(document), format!("?{name}")))
    }

    /// The schema that a reference (`#/definitions/x`; empty: the document itself) leads to in a document.
    #[must_use]
    pub fn referred(document: &Arc<SchemaDocument>, reference: &str) -> Schema {
        let pointer = reference.trim().trim_start_matches('#');
        let pointer =
            if pointer.is_empty() || pointer.starts_with('/') { pointer.to_owned() } else { format!("/{pointer}") };
        let name = if pointer.is_empty() {
            document.location.rsplit('/').next().unwrap_or_default()
        } else {
            reference.trim()
        };
        Schema::with(name, Source::Document(Arc::clone(document), pointer))
    }

    /// A value of a type (empty: any) that is one of `values` (none: any).
    #[must_use]
    pub fn of_type(kind: &str, values: &[String]) -> Schema {
        let known = ValueKind::of_name(kind);
        let mut schema = Map::new();
        if let Some(known) = known {
            schema.insert("type".to_owned(), json!(known.schema_name()));
        }
        if !values.is_empty() {
            let read = |text: &String| known.unwrap_or(ValueKind::Text).read(text).unwrap_or_else(|_| json!(text));
            let is_list = known == Some(ValueKind::List(None));
            let allowed = json!({ "enum": values.iter().map(|text| if is_list { json!(text) } else { read(text) }).collect::<Vec<_>>() });
            if is_list {
                schema.insert("items".to_owned(), allowed);
            } else {
                schema.extend(allowed.as_object().cloned().unwrap_or_default());
            }
        }
        Schema::with("", Source::Inline(Value::Object(schema)))
    }

    /// A definition whose document is not there: nothing can be checked against it.
    #[must_use]
    pub fn missing(name: &str) -> Schema {
        Schema::with(name, Source::Nowhere)
    }

    fn with(name: &str, source: Source) -> Schema {
        Schema { name: name.into(), source, compiled: Default::default() }
    }

    /// Its name; empty without one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is wrong with it, once it is prepared.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        if let Source::Document(document, _) = &self.source
            && let Some(problem) = document.xml_problem()
        {
            return Some(format!("the schema of `{}` cannot be used: {problem}", self.name));
        }
        let error = self.compiled.iter().filter_map(OnceLock::get).find_map(|compiled| (**compiled).as_ref().err())?;
        Some(match error {
            NoSchema::Missing | NoSchema::NoDefinitions => format!("the schema has no definition `{}`", self.name),
            NoSchema::Unusable(message) => format!("the schema of `{}` cannot be used: {message}", self.name),
        })
    }

    /// The XML Schema it is in, compiled; or why it is in none.
    pub(super) fn xml(&self) -> Result<&Schemas, NoSchema> {
        match &self.source {
            Source::Document(document, _) => document.xml().map_err(|message| NoSchema::Unusable(message.to_owned())),
            Source::Inline(_) => Err(NoSchema::Unusable("it is not an XML schema".to_owned())),
            Source::Nowhere => Err(NoSchema::NoDefinitions),
        }
    }

    /// The local name of the element or type of XML Schema that it stands for; `None`: whatever its document declares.
    pub(super) fn xml_name(&self) -> Option<&str> {
        match &self.source {
            Source::Document(_, pointer) => {
                pointer.strip_prefix('?').map(|name| name.rsplit([':', '}']).next().unwrap_or(name))
            }
            Source::Inline(_) | Source::Nowhere => None,
        }
    }

    /// Whether its document is one of XML Schema.
    #[must_use]
    pub fn is_xml(&self) -> bool {
        matches!(&self.source, Source::Document(document, _) if document.kind() == ContentKind::Xml)
    }

    /// Whether its document is one of JSON.
    pub(crate) fn is_json(&self) -> bool {
        matches!(&self.source, Source::Document(document, _) if document.kind() == ContentKind::Json)
    }

    /// Compiles its document as XML Schema, unless that has been done.
    pub fn prepare_xml(&self) {
        // Whether it is one is asked later.
        let _ = self.xml();
    }

    /// Whether nothing is left to be compiled before a check of this kind.
    pub(crate) fn is_prepared(&self, variant: Variant) -> bool {
        self.compiled.get(variant.index()).is_some_and(|slot| slot.get().is_some())
    }

    pub(super) fn compiled(&self, variant: Variant) -> Result<&Compiled, &NoSchema> {
        let slot = self.compiled.get(variant.index()).unwrap_or(&self.compiled[0]);
        // Everything that is known beforehand is prepared; only a choice that an expression makes comes here first.
        let compile = || match &self.source {
            Source::Document(document, pointer) => document.kept.compiled(document, pointer, variant),
            Source::Inline(_) | Source::Nowhere => Arc::new(Documents::default().compile(self, variant)),
        };
        (**slot.get_or_init(compile)).as_ref()
    }

    /// Checks a text of JSON. `Ok` has the violations, in the order of the text.
    pub(crate) fn check_json(
        &self,
        text: &str,
        variant: Variant,
    ) -> Result<Result<Vec<Violation>, Unparsable>, &NoSchema> {
        let compiled = self.compiled(variant)?;
        let mut value = match violation::parse(text) {
            Ok(value) => value,
            Err(error) => return Ok(Err(error)),
        };
        if variant.ignore_case {
            value = fold(value);
        }
        let mut found = compiled.violations(&value);
        place::locate(text, &mut found, variant.ignore_case);
        Ok(Ok(found))
    }

    /// Checks a value.
    pub(crate) fn check_value(&self, value: &Value) -> Result<Vec<Violation>, &NoSchema> {
        Ok(self.compiled(Variant::default())?.violations(value))
    }

    /// What texts are converted to before they are checked.
    pub(crate) fn value_kind(&self) -> Result<ValueKind, &NoSchema> {
        Ok(self.compiled(Variant::default())?.kind)
    }
}

impl Compiled {
    fn violations(&self, value: &Value) -> Vec<Violation> {
        if self.validator.is_valid(value) {
            return Vec::new();
        }
        if !choices::may_be_explained(value, self.alternatives) {
            return vec![Violation::of_root("JSON does not match the schema.")];
        }
        violation::of(self.validator.iter_errors(value).take(limits::VIOLATIONS_MAX * 8))
    }
}

/// Names of members in lower case. The depth is that of the parser.
fn fold(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name.to_lowercase(), fold(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(fold).collect()),
        value => value,
    }
}

/// Compiles definitions that were not compiled yet. Each document is read once, however many definitions it has.
pub fn prepare<'d>(wanted: impl IntoIterator<Item = (&'d Schema, Variant)>) {
    let mut documents = Documents::default();
    for (definition, variant) in wanted {
        if let Some(slot) = definition.compiled.get(variant.index()) {
            slot.get_or_init(|| Arc::new(documents.compile(definition, variant)));
        }
    }
}

/// Documents made ready for compiling, by address and variant.
#[derive(Default)]
struct Documents(HashMap<(*const SchemaDocument, Variant), Result<Ready, String>>);

pub(super) struct Ready {
    root: Value,
    /// See [`choices`].
    alternatives: u64,
    registry: Registry<'static>,
}

impl Documents {
    fn compile(&mut self, definition: &Schema, variant: Variant) -> Result<Compiled, NoSchema> {
        match &definition.source {
            Source::Nowhere => Err(NoSchema::NoDefinitions),
            Source::Inline(schema) => {
                let validator = build(&Registry::new().prepare().map_err(|error| unusable(&error))?, schema)?;
                Ok(Compiled { validator, alternatives: 1, kind: ValueKind::of_schema(schema, schema) })
            }
            Source::Document(document, pointer) => {
                let key = (Arc::as_ptr(document), variant);
                let ready = self.0.entry(key).or_insert_with(|| Ready::of(document, variant));
                ready.as_ref().map_err(|message| NoSchema::Unusable(message.clone()))?.compile(document, pointer)
            }
        }
    }
}

fn unusable(error: &dyn fmt::Display) -> NoSchema {
    NoSchema::Unusable(error.to_string())
}

impl Ready {
    pub(super) fn of(document: &SchemaDocument, variant: Variant) -> Result<Ready, String> {
        if document.kind != ContentKind::Json {
            return Err("it is not a JSON schema".to_owned());
        }
        let read = |text: &str| -> Result<Value, String> {
            let value = serde_json::from_str(text).map_err(|error| error.to_string())?;
            Ok(normalise::document(value, variant))
        };
        let root = read(&document.text)?;
        let mut builder = Registry::new().add(document.uri(), root.clone()).map_err(|error| error.to_string())?;
        for (location, text) in &document.others {
            // A document that is broken is not there: only who refers to it is concerned.
            if let Ok(other) = read(text) {
                builder = builder.add(SchemaDocument::uri_of(location), other).map_err(|error| error.to_string())?;
            }
        }
        let registry = builder.retriever(Nothing).prepare().map_err(|error| error.to_string())?;
        Ok(Ready { alternatives: choices::recursive_alternatives(&root), root, registry })
    }

    /// `?name` stands for the definition of that name, wherever the document keeps its definitions.
    pub(super) fn compile(&self, document: &SchemaDocument, pointer: &str) -> Result<Compiled, NoSchema> {
        let pointer = match pointer.strip_prefix('?') {
            None => pointer.to_owned(),
            Some(name) => {
                let name = name.replace('~', "~0").replace('/', "~1");
                let places = ["/components/schemas/", "/definitions/", "/$defs/", "/"];
                let found =
                    places.iter().map(|place| format!("{place}{name}")).find(|at| self.root.pointer(at).is_some());
                let has_definitions =
                    || places.iter().any(|at| *at != "/" && self.root.pointer(at.trim_end_matches('/')).is_some());
                let none = || if has_definitions() { NoSchema::Missing } else { NoSchema::NoDefinitions };
                found.ok_or_else(none)?
            }
        };
        let schema = self.root.pointer(&pointer).ok_or(NoSchema::Missing)?;
        let fragment: String = pointer
            .bytes()
            .map(|byte| match byte {
                byte if byte.is_ascii_alphanumeric() || b"/-._~$".contains(&byte) => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect();
        let wrapper = json!({ "$ref": format!("{}#{fragment}", document.uri()) });
        let validator = build(&self.registry, &wrapper)?;
        Ok(Compiled { validator, alternatives: self.alternatives, kind: ValueKind::of_schema(schema, &self.root) })
    }
}

fn build(registry: &Registry<'_>, schema: &Value) -> Result<Validator, NoSchema> {
    jsonschema::options()
        .with_registry(registry)
        .offline()
        .should_validate_formats(true)
        .with_format("uuid", is_uuid)
        .with_pattern_options(PatternOptions::fancy_regex().backtrack_limit(limits::PATTERN_STEPS_MAX))
        .build(schema)
        .map_err(|error| unusable(&error))
}

/// 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Nothing is fetched: what is not a document of the service is not there.
struct Nothing;

impl jsonschema::Retrieve for Nothing {
    fn retrieve(&self, uri: &jsonschema::Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("{uri} is not a schema of this service").into())
    }
}
