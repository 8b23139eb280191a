//! Which documents make up a set: those given, and those that they include and import from the others.

use std::collections::{HashMap, HashSet};

use postern_dotnet::xml::XML_NAMESPACE;
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
    /// Sources that redefine something of others.
    pub(super) redefines: Vec<(usize, usize)>,
}

struct Loader<'s> {
    sources: &'s [Source<'s>],
    /// How many of them make up the set in any case.
    main: usize,
    documents: HashMap<usize, Document>,
    /// Sources that cannot be read, and why, until that is said.
    broken: HashMap<usize, Option<Finding>>,
    schemas: Vec<Schema>,
    /// Documents with the namespace they were read for.
    known: HashSet<(usize, Text)>,
    /// Documents that are still to be read, for a chameleon's namespace.
    pending: Vec<(usize, Option<Text>)>,
    /// Inclusions and imports that were followed.
    references: usize,
    missing: Vec<Finding>,
    redefines: Vec<(usize, usize)>,
    findings: Vec<Finding>,
}

/// Reads the first `main` sources and what they need of the rest.
pub(super) fn load(sources: &[Source<'_>], main: usize) -> Result<Loaded, Vec<Finding>> {
    let mut loader = Loader {
        sources,
        main,
        documents: HashMap::new(),
        broken: HashMap::new(),
        schemas: Vec::new(),
        known: HashSet::new(),
        pending: (0..main).rev().map(|source| (source, None)).collect(),
        references: 0,
        missing: Vec::new(),
        redefines: Vec::new(),
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
    if loader.schemas.is_empty() {
        loader.findings.append(&mut loader.missing);
    }
    if !loader.findings.is_empty() {
        return Err(loader.findings);
    }
    Ok(Loaded {
        documents: loader.documents,
        schemas: loader.schemas,
        missing: loader.missing,
        redefines: loader.redefines,
    })
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

    /// Parses a source once. What is wrong with it is kept: documents that are only looked at may be anything.
    fn parse(&mut self, source: usize) -> Option<&Document> {
        if !self.documents.contains_key(&source) && !self.broken.contains_key(&source) {
            match read(self.sources.get(source)?.text) {
                Ok(document) => {
                    let too_deep = document.deepest().filter(|element| element.depth > limits::SCHEMA_DEPTH_MAX);
                    if let Some(element) = too_deep {
                        let message = format!("Elements are more than {} deep.", limits::SCHEMA_DEPTH_MAX);
                        let place = document.position(element.place);
                        self.broken.insert(source, Some(self.finding(source, place, message)));
                        return None;
                    }
                    self.documents.insert(source, document);
                }
                Err(exception) => {
                    let finding = self.finding(source, place_in(&exception.message), exception.message.into_owned());
                    self.broken.insert(source, Some(finding));
                }
            }
        }
        self.documents.get(&source)
    }

    fn document(&mut self, source: usize, namespace: Option<&Text>) {
        let Some(document) = self.parse(source) else {
            self.findings.extend(self.broken.get_mut(&source).and_then(Option::take));
            return;
        };
        let Some(root) = document.root() else { return };
        let roots = roots(document, root);
        if roots.is_empty() {
            let name = document.name(root).1;
            let message = format!(
                "The root element of a W3C XML Schema should be <schema> and its namespace should be 'http://www.w3.org/2001/XMLSchema': it is <{name}>."
            );
            let finding = self.finding(source, (1, 1), message);
            // Among several, samples and descriptions of services without schemas harm nobody.
            if self.main == 1 || source >= self.main {
                self.findings.push(finding);
            } else if self.missing.len() < FINDINGS_MAX {
                self.missing.push(finding);
            }
            return;
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
                self.import(source, location.as_deref(), &namespace);
            }
        }
    }

    fn include(&mut self, source: usize, location: Option<&str>, target: &Text, child: ElementIndex) {
        let Some(location) = location else {
            return self.wrong_at(source, child, "The required attribute 'schemaLocation' is missing.".to_owned());
        };
        match self.located(location, source) {
            Some(found) => {
                if self.documents.get(&source).is_some_and(|document| document.name(child).1 == "redefine") {
                    self.redefines.push((source, found));
                }
                self.want(found, target.clone());
            }
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
    fn import(&mut self, own: usize, location: Option<&str>, namespace: &str) {
        let found = location.and_then(|location| self.located(location, own));
        // Many documents of one API have the same last segment. One that is broken is wanted, so that this is said.
        if let Some(found) = found.filter(|found| self.describes(*found, namespace) != Some(false)) {
            return self.want(found, Text::default());
        }
        if self.schemas.iter().any(|schema| schema.target == namespace) {
            return;
        }
        for source in 0..self.sources.len() {
            if self.may_describe(source, namespace) && self.describes(source, namespace) == Some(true) {
                self.want(source, Text::default());
            }
        }
    }

    /// Whether a source has a schema for a namespace; `None`: it is broken.
    fn describes(&mut self, source: usize, namespace: &str) -> Option<bool> {
        let document = self.parse(source)?;
        let target = |root: &ElementIndex| document.attribute(*root, "targetNamespace").map_or("", |own| own.trim());
        Some(document.root().is_some_and(|root| roots(document, root).iter().any(|root| target(root) == namespace)))
    }

    /// Whether it is worth parsing for that: each import of what is not there looks at all sources.
    fn may_describe(&self, source: usize, namespace: &str) -> bool {
        let Some(text) = self.sources.get(source).map(|source| source.text) else { return false };
        if namespace == XML_NAMESPACE {
            // Whoever imports it names it.
            return ['"', '\'']
                .iter()
                .any(|quote| text.contains(&format!("targetNamespace={quote}{namespace}{quote}")));
        }
        self.documents.contains_key(&source) || text.contains(namespace) || text.contains('&')
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

/// Line and position at the end of a message of XmlReader; 0 where it has none.
fn place_in(message: &str) -> (usize, usize) {
    let place = || {
        let (_, place) = message.rsplit_once(" Line ")?;
        let (line, position) = place.trim_end_matches('.').split_once(", position ")?;
        Some((line.parse().ok()?, position.parse().ok()?))
    };
    place().unwrap_or_default()
}

/// The schemas of a document.
fn roots(document: &Document, root: ElementIndex) -> Vec<ElementIndex> {
    match document.name(root) {
        (XSD, "schema") => vec![root],
        (wsdl, "definitions" | "description") if WSDL.contains(&wsdl) => {
            let types = document.children(root).filter(|child| document.name(*child) == (wsdl, "types"));
            types.flat_map(|types| schemas_in(document, types)).collect()
        }
        // Whatever is put around several of them, such as the grammars of a WADL.
        _ => schemas_in(document, root).collect(),
    }
}

/// The schemas directly in an element.
fn schemas_in(document: &Document, around: ElementIndex) -> impl Iterator<Item = ElementIndex> {
    document.children(around).filter(|child| document.name(*child) == (XSD, "schema"))
}
