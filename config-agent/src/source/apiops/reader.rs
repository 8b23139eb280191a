//! Reads a listed tree into an inventory. What cannot be read is a problem of its resource, with file, line and column; the
//! rest is read all the same.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use postern_bundle::{Diagnostic, Hash};
use postern_model::{
    Inventory, Name, ResourceId,
    inventory::Origin,
    openapi::{self, ImportOptions, ImportedApi},
};
use serde_json::{Map, Value, json};

use super::{
    layout::{Role, SpecificationKind, role},
    overrides::Overrides,
    tree::{Tree, TreeError},
};
use crate::{
    files::{self, FileError},
    limits,
    source::{Problem, state::shape_problem},
};

/// What a tree says.
#[derive(Debug, Default)]
pub struct Reading {
    /// The resources.
    pub inventory: Inventory,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Files that end as if their writer were not done.
    pub half_written: BTreeSet<String>,
    /// Number of files that were read.
    pub file_count: usize,
}

/// Reads trees; remembers imported specifications by content, because they are the only costly files.
#[derive(Debug, Default)]
pub struct Reader {
    specifications: HashMap<Hash, Arc<Result<ImportedApi, Box<Diagnostic>>>>,
}

impl Reader {
    /// Nothing remembered.
    pub fn new() -> Reader {
        Reader::default()
    }

    /// Reads every file the layout knows.
    pub fn read(&mut self, tree: &Tree) -> Result<Reading, TreeError> {
        let mut pass = Pass {
            tree,
            reading: Reading::default(),
            overrides: Overrides::default(),
            specifications: BTreeMap::new(),
            apis: BTreeMap::new(),
            earlier: std::mem::take(&mut self.specifications),
            imported: HashMap::new(),
        };
        if let Some((path, _)) = &tree.overrides {
            match Overrides::read(path) {
                Ok(overrides) => pass.overrides = overrides,
                Err(message) => pass.problem(None, Diagnostic::error("overrides-unreadable", "/", message)),
            }
        }
        for path in tree.files.keys() {
            if let Some(role) = role(path) {
                pass.reading.file_count += 1;
                pass.file(path, role);
            }
        }
        pass.finish_apis();
        self.specifications = pass.imported;
        Ok(pass.reading)
    }
}

struct Pass<'a> {
    tree: &'a Tree,
    reading: Reading,
    overrides: Overrides,
    /// The specification APIOps would choose, by API.
    specifications: BTreeMap<Name, (SpecificationKind, &'a str)>,
    /// Properties of APIs: completed from their specification at the end.
    apis: BTreeMap<Name, (Value, &'a str)>,
    earlier: HashMap<Hash, Arc<Result<ImportedApi, Box<Diagnostic>>>>,
    imported: HashMap<Hash, Arc<Result<ImportedApi, Box<Diagnostic>>>>,
}

impl<'a> Pass<'a> {
    fn file(&mut self, path: &'a str, role: Role) {
        match role {
            Role::Link(id) => self.put(id, json!({}), path),
            Role::Policy(scope) => {
                let id = ResourceId::Policy(scope);
                if let Some(text) = self.text(path, &id, limits::POLICY_BYTES_MAX) {
                    self.document_end(path, &text);
                    self.put(id, json!({ "format": "rawxml", "value": text }), path);
                }
            }
            Role::Fragment(name) => {
                let id = ResourceId::PolicyFragment(name);
                if let Some(text) = self.text(path, &id, limits::POLICY_BYTES_MAX) {
                    self.document_end(path, &text);
                    self.put(id, json!({ "format": "rawxml", "value": text }), path);
                }
            }
            Role::Specification(api, kind) => {
                let chosen = self.specifications.entry(api).or_insert((kind, path));
                if kind < chosen.0 {
                    *chosen = (kind, path);
                }
            }
            Role::Properties(id) => {
                let Some(mut properties) = self.properties(path, &id) else { return };
                self.overrides.apply(&id, &mut properties);
                match id {
                    ResourceId::Api(name) => {
                        one_type(&mut properties);
                        self.apis.insert(name, (properties, path));
                    }
                    id => self.put(id, properties, path),
                }
            }
        }
    }

    /// The `properties` of an entity file.
    fn properties(&mut self, path: &'a str, id: &ResourceId) -> Option<Value> {
        let text = self.text(path, id, limits::ENTITY_FILE_BYTES_MAX)?;
        let (line, column, message) = match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(mut entity)) => {
                return Some(entity.remove("properties").unwrap_or_else(|| Value::Object(Map::new())));
            }
            Ok(_) => (1, 1, "the file is not a JSON object".to_owned()),
            Err(error) => {
                // Cut off anywhere, JSON ends too early.
                if error.is_eof() {
                    self.half_written(path);
                }
                (line_number(error.line()), line_number(error.column()), error.to_string())
            }
        };
        let diagnostic = Diagnostic { line, column, ..Diagnostic::error("json-invalid", id.to_string(), message) };
        self.problem_in(path, Some(id.clone()), diagnostic);
        None
    }

    fn text(&mut self, path: &'a str, id: &ResourceId, bytes_max: u64) -> Option<String> {
        match files::read_text(&self.tree.root.join(path), bytes_max) {
            Ok(text) => {
                if text.is_empty() {
                    self.half_written(path);
                }
                Some(text)
            }
            Err(error) => {
                let (code, message) = match &error {
                    FileError::Read { source, .. } => ("file-unreadable", source.to_string()),
                    FileError::TooLarge { bytes_max, .. } => {
                        ("file-too-large", format!("the file is larger than {bytes_max} bytes"))
                    }
                    FileError::Encoding { offset, .. } => (
                        "file-encoding",
                        format!("the file is neither UTF-8 nor UTF-16 with a byte order mark (byte {offset})"),
                    ),
                };
                self.problem_in(path, Some(id.clone()), Diagnostic::error(code, id.to_string(), message));
                None
            }
        }
    }

    /// A document ends with its root element (or a comment behind it).
    fn document_end(&mut self, path: &str, text: &str) {
        if !text.trim_end().ends_with('>') || !text.contains("</") && !text.contains("/>") {
            self.half_written(path);
        }
    }

    fn half_written(&mut self, path: &str) {
        self.reading.half_written.insert(path.to_owned());
    }

    /// Operations from specifications, then the APIs themselves.
    fn finish_apis(&mut self) {
        let specifications = std::mem::take(&mut self.specifications);
        let apis = std::mem::take(&mut self.apis);
        for (name, (mut properties, path)) in apis {
            let specification = specifications.get(&name).copied();
            if let Some((kind, path)) = specification {
                self.specification(&name, kind, path, &mut properties);
            } else if is_http(&properties) {
                let message = "there is no specification beside this file, so the API has no operations";
                let finding = Diagnostic::warning("specification-missing", format!("/apis/{name}"), message);
                self.problem_in(path, None, finding);
            }
            self.put(ResourceId::Api(name), properties, path);
        }
    }

    fn specification(&mut self, api: &Name, kind: SpecificationKind, path: &'a str, properties: &mut Value) {
        let id = ResourceId::Api(api.clone());
        if kind == SpecificationKind::GraphQl {
            let Some(text) = self.text(path, &id, limits::SPECIFICATION_BYTES_MAX) else { return };
            let schema = serde_json::json!({ "contentType": GRAPHQL_SCHEMA, "document": { "value": text } });
            return self.put(ResourceId::ApiSchema(api.clone(), Name::from("graphql")), schema, path);
        }
        if matches!(kind, SpecificationKind::Wsdl | SpecificationKind::Wadl) {
            let message = "operations cannot be read from this kind of specification yet, so the API has none";
            let finding = Diagnostic::warning("specification-unsupported", id.to_string(), message);
            self.problem_in(path, None, finding);
            return;
        }
        let Some(text) = self.text(path, &id, limits::SPECIFICATION_BYTES_MAX) else { return };
        let hash = Hash::of(text.as_bytes());
        let known = self.imported.get(&hash).cloned().or_else(|| self.earlier.remove(&hash));
        let imported = known.unwrap_or_else(|| Arc::new(import(&text)));
        self.imported.insert(hash, Arc::clone(&imported));
        match &*imported {
            Ok(imported) => self.operations(api, imported, path, properties),
            Err(finding) => {
                self.half_written(path);
                let finding = Diagnostic { scope: id.to_string(), ..(**finding).clone() };
                self.problem_in(path, Some(id), finding);
            }
        }
    }

    fn operations(&mut self, api: &Name, imported: &ImportedApi, path: &'a str, properties: &mut Value) {
        for operation in &imported.operations {
            let id = ResourceId::Operation(api.clone(), Name::from(operation.name.as_str()));
            match serde_json::to_value(operation) {
                Ok(value) => self.put(id, value, path),
                Err(error) => {
                    let finding = Diagnostic::error("specification-invalid", id.to_string(), error.to_string());
                    self.problem_in(path, Some(id), finding);
                }
            }
        }
        if let Some(schema) = &imported.schema {
            let id = ResourceId::ApiSchema(api.clone(), Name::from(openapi::SCHEMA_ID));
            self.put(id, json!({ "contentType": schema.content_type, "document": schema.document }), path);
        }
        let given = properties.get("serviceUrl").and_then(Value::as_str).is_some_and(|url| !url.is_empty());
        for warning in &imported.warnings {
            // What the specification says of servers does not matter beside a serviceUrl of the API's own.
            if given && warning.message.contains("serviceUrl") {
                continue;
            }
            let place = if warning.pointer.is_empty() { String::new() } else { format!(" ({})", warning.pointer) };
            let message = format!("{}{place}", warning.message);
            let finding = Diagnostic::warning("specification-partly-used", format!("/apis/{api}"), message);
            self.problem_in(path, None, finding);
        }
        // APIOps drops a blank serviceUrl: APIM then has the one of the imported specification.
        if let (Value::Object(properties), Some(url), false) = (properties, &imported.service_url, given) {
            properties.insert("serviceUrl".to_owned(), Value::from(url.as_str()));
        }
    }

    fn put(&mut self, id: ResourceId, properties: Value, path: &str) {
        if let Err(error) = self.reading.inventory.put_key(id.clone(), properties, Origin::from(path)) {
            self.reading.problems.push(shape_problem(Some(id), &error));
        }
    }

    fn problem_in(&mut self, path: &str, id: Option<ResourceId>, diagnostic: Diagnostic) {
        self.problem(id, Diagnostic { file: Some(path.to_owned()), ..diagnostic });
    }

    fn problem(&mut self, id: Option<ResourceId>, diagnostic: Diagnostic) {
        self.reading.problems.push(Problem { id, diagnostic });
    }
}

/// `contentType` of a GraphQL schema.
const GRAPHQL_SCHEMA: &str = "application/vnd.ms-azure-apim.graphql.schema";

fn import(text: &str) -> Result<ImportedApi, Box<Diagnostic>> {
    openapi::import(text, &ImportOptions::default()).map_err(|error| {
        let mut finding = Diagnostic::error("specification-invalid", "", error.to_string());
        if let Some(position) = &error.position {
            (finding.line, finding.column) = (position.line, position.column);
        }
        Box::new(finding)
    })
}

/// APIOps' own extractor may write the type of an API under both of its names. Where they differ, it stays an error.
fn one_type(properties: &mut Value) {
    let text = |name: &str| properties.get(name).and_then(Value::as_str).map(str::to_ascii_lowercase);
    if text("type").is_some()
        && text("type") == text("apiType")
        && let Value::Object(properties) = properties
    {
        properties.remove("apiType");
    }
}

/// Only these have operations in a specification; others (websocket, graphql) are passed through as a whole.
fn is_http(properties: &Value) -> bool {
    let kind = properties.get("type").or_else(|| properties.get("apiType")).and_then(Value::as_str);
    kind.is_none_or(|kind| kind.eq_ignore_ascii_case("http"))
}

fn line_number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
