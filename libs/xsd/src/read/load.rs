//! Which documents make up a set: those given, and those that they include and import from the others.

use std::collections::{HashMap, HashSet};

use postern_dotnet::{Exception, Text};

use super::{FINDINGS_MAX, Finding, Schema, Source, XSD};
use crate::document::{Document, ElementIndex};
use crate::limits;

/// Namespaces of WSDL 1.1 and 2.0, whose `types` hold schemas.
const WSDL: [&str; 2] = ["http://schemas.xmlsoap.org/wsdl/", "http://www.w3.org/ns/wsdl"];

/// What was found.
pub(super) struct Loaded {
    pub(super) documents: HashMap<usize, Document>,
    pub(super) schemas: Vec<Schema>,
    /// Inclusions that lead nowhere.
    pub(super) missing: Vec<Finding>,
}

struct Loader<'s> {
    sources: &'s [Source<'s>],
    documents: HashMap<usize, Document>,
    broken: HashSet<usize>,
    schemas: Vec<Schema>,
    /// Documents with the namespace they were read for.
    known: HashSet<(usize, Text)>,
    /// Documents that are still to be read, for a chameleon's namespace.
    pending: Vec<(usize, Option<Text>)>,
    /// Inclusions and imports that were followed.
    references: usize,
    missing: Vec<Finding>,
    findings: Vec<Finding>,
}

/// Reads the first `main` sources and what they need of the rest.
pub(super) fn load(sources: &[Source<'_>], main: usize) -> Result<Loaded, Vec<Finding>> {
    let mut loader = Loader {
        sources,
        documents: HashMap::new(),
        broken: HashSet::new(),
        schemas: Vec::new(),
        known: HashSet::new(),
        pending: (0..main).rev().map(|source| (source, None)).collect(),
        references: 0,
        missing: Vec::new(),
        findings: Vec::new(),
    };
    while let Some((source, namespace)) = loader.pending.pop() {
        loader.document(source, namespace.as_ref());
        if loader.schemas.len() > limits::DOCUMENTS_MAX {
            let message = format!("There are more than {} schemas in the set.", limits::DOCUMENTS_MAX);
            loader.wrong(source, (0, 0), message);
            break;
        }
    }
    if !loader.findings.is_empty() {
        return Err(loader.findings);
    }
    Ok(Loaded { documents: loader.documents, schemas: loader.schemas, missing: loader.missing })
}

impl Loader<'_> {
    fn finding(&self, source: usize, (line, position): (usize, usize), message: String) -> Finding {
        let location = self.sources.get(source).map_or("", |source| source.location).to_owned();
        Finding { location, line, position, message }
    }

    fn wrong(&mut self, source: usize, place: (usize, usize), message: String) {
        let finding = self.finding(source, place, message);
        self.findings.push(finding);
    }

    fn wrong_at(&mut self, source: usize, node: ElementIndex, message: String) {
        let place = self.documents.get(&source).map(|document| document.position_of(node)).unwrap_or_default();
        self.wrong(source, place, message);
    }

    /// Parses a source once.
    fn parse(&mut self, source: usize) -> Option<&Document> {
        if !self.documents.contains_key(&source) && !self.broken.contains(&source) {
            match read(self.sources.get(source)?.text) {
                Ok(document) => {
                    let too_deep = document.deepest().filter(|element| element.depth > limits::SCHEMA_DEPTH_MAX);
                    if let Some(element) = too_deep {
                        let message = format!("Elements are more than {} deep.", limits::SCHEMA_DEPTH_MAX);
                        let place = document.position(element.place);
                        self.broken.insert(source);
                        self.wrong(source, place, message);
                        return None;
                    }
                    self.documents.insert(source, document);
                }
                Err(exception) => {
                    self.broken.insert(source);
                    self.wrong(source, (0, 0), exception.message.into_owned());
                }
            }
        }
        self.documents.get(&source)
    }

    fn document(&mut self, source: usize, namespace: Option<&Text>) {
        let Some(document) = self.parse(source) else { return };
        let Some(root) = document.root() else { return };
        let roots: Vec<ElementIndex> = match document.name(root) {
            (XSD, "schema") => vec![root],
            (wsdl, "definitions" | "description") if WSDL.contains(&wsdl) => {
                let types = document.children(root).filter(|child| document.name(*child) == (wsdl, "types"));
                types.flat_map(|types| schemas_in(document, types)).collect()
            }
            // Whatever is put around several of them, such as the grammars of a WADL.
            _ => schemas_in(document, root).collect(),
        };
        if roots.is_empty() {
            let name = document.name(root).1;
            let message = format!(
                "The root element of a W3C XML Schema should be <schema> and its namespace should be 'http://www.w3.org/2001/XMLSchema': it is <{name}>."
            );
            return self.wrong(source, (1, 1), message);
        }
        for root in roots {
            self.schema(source, root, namespace);
        }
    }

    fn schema(&mut self, source: usize, root: ElementIndex, chameleon: Option<&Text>) {
        let Some(document) = self.documents.get(&source) else { return };
        let text = |name: &str| document.attribute(root, name).map(|value| Text::new(value.trim()));
        let own = text("targetNamespace").unwrap_or_default();
        let is_chameleon = own.is_empty() && chameleon.is_some_and(|namespace| !namespace.is_empty());
        let target = if is_chameleon { chameleon.cloned().unwrap_or_default() } else { own };
        let schema = Schema {
            source,
            root,
            target: target.clone(),
            is_chameleon,
            elements_qualified: text("elementFormDefault").is_some_and(|form| form == "qualified"),
            attributes_qualified: text("attributeFormDefault").is_some_and(|form| form == "qualified"),
        };
        let is_known = self
            .schemas
            .iter()
            .any(|known| (known.source, known.root, &known.target) == (source, root, &schema.target));
        if is_known {
            return;
        }
        self.known.insert((source, target.clone()));
        let mut wanted = Vec::new();
        for child in document.children(root) {
            let (namespace, local) = document.name(child);
            if namespace == XSD && matches!(local, "include" | "redefine" | "import") {
                let location = document.attribute(child, "schemaLocation").cloned();
                let namespace = document.attribute(child, "namespace").cloned().unwrap_or_default();
                wanted.push((local != "import", location, namespace, child));
            }
        }
        self.schemas.push(schema);
        for (is_include, location, namespace, child) in wanted {
            self.references += 1;
            if self.references > limits::DOCUMENT_REFERENCES_MAX {
                let message =
                    format!("There are more than {} inclusions and imports.", limits::DOCUMENT_REFERENCES_MAX);
                return self.wrong_at(source, child, message);
            }
            if is_include {
                self.include(source, location.as_deref(), &target, child);
            } else {
                self.import(location.as_deref(), &namespace);
            }
        }
    }

    fn include(&mut self, source: usize, location: Option<&str>, target: &Text, child: ElementIndex) {
        let Some(location) = location else {
            return self.wrong_at(source, child, "The required attribute 'schemaLocation' is missing.".to_owned());
        };
        match self.located(location, source) {
            Some(found) => self.want(found, target.clone()),
            None => {
                let place = self.documents.get(&source).map(|document| document.position_of(child)).unwrap_or_default();
                let message =
                    format!("Cannot resolve the 'schemaLocation' attribute: there is no schema `{location}`.");
                if self.missing.len() < FINDINGS_MAX {
                    self.missing.push(self.finding(source, place, message));
                }
            }
        }
    }

    /// What is not there is not imported: only who refers to it is concerned.
    fn import(&mut self, location: Option<&str>, namespace: &str) {
        let is_loaded = |loader: &Self| loader.schemas.iter().any(|schema| schema.target == namespace);
        let found = location.and_then(|location| self.located(location, usize::MAX));
        if let Some(found) = found {
            return self.want(found, Text::default());
        }
        if is_loaded(self) {
            return;
        }
        for source in 0..self.sources.len() {
            let findings = self.findings.len();
            let matches = self.parse(source).is_some_and(|document| {
                document.root().is_some_and(|root| {
                    document.name(root) == (XSD, "schema")
                        && document.attribute(root, "targetNamespace").map_or("", |own| own.trim()) == namespace
                })
            });
            // Documents that are only looked at may be anything.
            self.findings.truncate(findings);
            if matches {
                self.want(source, Text::default());
            }
        }
    }

    fn want(&mut self, source: usize, namespace: Text) {
        if !self.known.contains(&(source, namespace.clone())) {
            self.pending.push((source, Some(namespace)));
        }
    }

    /// The source that a location names: the same path, or its last part.
    fn located(&self, location: &str, own: usize) -> Option<usize> {
        let plain = location.trim().trim_start_matches("./");
        let position = |is: &dyn Fn(&str) -> bool| {
            self.sources
                .iter()
                .enumerate()
                .find(|(index, source)| *index != own && is(source.location))
                .map(|(index, _)| index)
        };
        let last = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let without_extension = |path: &str| last(path).trim_end_matches(".xsd").to_owned();
        position(&|known| known.eq_ignore_ascii_case(plain))
            .or_else(|| position(&|known| last(known) == last(plain)))
            .or_else(|| position(&|known| without_extension(known) == without_extension(plain)))
    }
}

/// Several schemas one after the other are read as if something stood around them.
fn read(text: &str) -> Result<Document, Exception> {
    Document::read(text).or_else(|exception| {
        let bare = text.trim_start();
        let bare = bare.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map_or(bare, |(_, rest)| rest);
        Document::read(&format!("<schemas>{bare}</schemas>")).map_err(|_| exception)
    })
}

/// The schemas directly in an element.
fn schemas_in(document: &Document, around: ElementIndex) -> impl Iterator<Item = ElementIndex> {
    document.children(around).filter(|child| document.name(*child) == (XSD, "schema"))
}
