//! Contracts of operations: what the bundle describes, with schemas that can be asked.
//!
//! What must hold: a contract is made only for operations whose policies check messages, on the control thread, when programs are linked; the
//! schemas those policies use are compiled there too, so no request waits for it.

use std::collections::HashMap;
use std::sync::Arc;

use postern_bundle::{
    ApiSchemas, Diagnostic, Parameter as Described, Representation, SchemaDocument as Part, SchemaName,
};
use postern_policy::contract::{
    Body, ContentKind, Contract, Parameter, ResponseContract, Schema, SchemaDocument, Variant, prepare,
};
use postern_policy::{GlobalNeed, SchemaNeeds};

use super::api::{ApiDefinition, ContextPrograms, Operation};

/// Documents of an API by name.
pub(super) type Documents = Box<[(Box<str>, Arc<SchemaDocument>)]>;
/// Documents of the service by lower-case id.
pub(super) type GlobalDocuments = HashMap<Box<str>, Arc<SchemaDocument>>;
/// Schemas of the service that an API's policies name: lower-case id, reference, schema.
pub(super) type GlobalSchemas = Box<[(Box<str>, Box<str>, Arc<Schema>)]>;

/// The documents of a part; those of XML Schema can refer to each other.
pub(super) fn documents(part: ApiSchemas) -> Documents {
    let api = part.api;
    let texts: Vec<Located> = part
        .documents
        .into_iter()
        .map(|part| Located::new(format!("/apis/{api}/schemas/{}", part.name), part))
        .collect();
    let documents = texts.iter().map(|own| {
        let others = if own.kind == ContentKind::Xml { Located::others(&texts, own) } else { Vec::new() };
        (own.name.clone(), Arc::new(own.document(others)))
    });
    documents.collect()
}

/// A document on its way to a snapshot.
struct Located {
    name: Box<str>,
    location: String,
    kind: ContentKind,
    text: Arc<str>,
}

impl Located {
    fn new(location: String, part: Part) -> Located {
        let kind = ContentKind::of(part.is_json, &part.text);
        Located { name: part.name.into_boxed_str(), location, kind, text: part.text.into() }
    }

    /// The other documents of the same kind.
    fn others(all: &[Located], own: &Located) -> Vec<(String, Arc<str>)> {
        let others = all.iter().filter(|other| other.location != own.location && other.kind == own.kind);
        others.map(|other| (other.location.clone(), Arc::clone(&other.text))).collect()
    }

    fn document(&self, others: Vec<(String, Arc<str>)>) -> SchemaDocument {
        SchemaDocument::new(&self.location, self.kind, Arc::clone(&self.text), others)
    }
}

/// The documents of the service; each can refer to the others.
pub(super) fn global_documents(parts: Vec<Part>) -> GlobalDocuments {
    let texts: Vec<Located> =
        parts.into_iter().map(|part| Located::new(format!("/schemas/{}", part.name), part)).collect();
    let documents = texts.iter().map(|own| {
        let id = own.name.to_ascii_lowercase().into_boxed_str();
        (id, Arc::new(own.document(Located::others(&texts, own))))
    });
    documents.collect()
}

/// Makes and compiles what the programs of an API need; says what cannot be used.
pub(super) fn link(
    definition: &ApiDefinition,
    contexts: &[ContextPrograms],
    globals: &GlobalDocuments,
    findings: &mut Vec<Diagnostic>,
) -> GlobalSchemas {
    let mut named: Vec<GlobalNeed> = Vec::new();
    for context in contexts {
        let own = context.operations.iter();
        for need in std::iter::once(&context.api).chain(own).flat_map(|program| &program.schemas().globals) {
            let id = need.id.to_ascii_lowercase().into_boxed_str();
            match named.iter_mut().find(|known| known.id == id && known.reference == need.reference) {
                Some(known) => {
                    known.variants.extend(&need.variants);
                    known.xml |= need.xml;
                }
                None => named.push(GlobalNeed { id, ..need.clone() }),
            }
        }
    }
    let mut schemas = Vec::new();
    for GlobalNeed { id, reference, variants, xml } in named {
        let Some(document) = globals.get(&id) else {
            let message = format!("a policy names the schema `{id}`, which does not exist");
            findings.push(Diagnostic::warning("schema-unknown", format!("/apis/{}", definition.id), message));
            continue;
        };
        let schema = Schema::referred(document, &reference);
        // What only a request decides is prepared for what the document can be.
        if xml && (schema.is_xml() || variants.is_empty()) {
            schema.prepare_xml();
        }
        if !(xml && schema.is_xml()) {
            prepare(variants.iter().map(|variant| (&schema, *variant)));
        }
        report(&schema, format!("/schemas/{id}"), findings);
        schemas.push((id, reference, Arc::new(schema)));
    }
    operations(definition, contexts, findings);
    schemas.into()
}

fn operations(definition: &ApiDefinition, contexts: &[ContextPrograms], findings: &mut Vec<Diagnostic>) {
    let mut wanted: Vec<(&Schema, Variant)> = Vec::new();
    let mut checked: Vec<(&Operation, &Contract)> = Vec::new();
    for operation in &definition.operations {
        let programs = contexts.iter().filter_map(|context| match operation.own_program {
            Some(own) => context.operations.get(own as usize),
            None => Some(&context.api),
        });
        let needs: Vec<&SchemaNeeds> =
            programs.map(|program| program.schemas()).filter(|needs| !needs.is_empty()).collect();
        if needs.is_empty() {
            continue;
        }
        let all = definition.xml.get_or_init(|| xml(&definition.documents));
        let contract =
            operation.contract.get_or_init(|| Box::new(contract(operation, &definition.documents, all.clone())));
        for needs in needs {
            if needs.xml {
                contract
                    .body_schemas()
                    .filter(|schema| schema.is_xml())
                    .chain(&contract.xml)
                    .for_each(|schema| schema.prepare_xml());
            }
            let bodies = contract.body_schemas().filter(|schema| !schema.is_xml());
            wanted.extend(bodies.flat_map(|schema| needs.bodies.iter().map(|variant| (&**schema, *variant))));
            if needs.parameters {
                wanted.extend(contract.parameter_schemas().map(|schema| (&**schema, Variant::default())));
            }
            if needs.headers {
                wanted.extend(contract.header_schemas().map(|schema| (&**schema, Variant::default())));
            }
        }
        checked.push((operation, contract));
    }
    prepare(wanted);
    for (operation, contract) in checked {
        let schemas = contract.body_schemas().chain(contract.parameter_schemas()).chain(contract.header_schemas());
        for schema in schemas {
            report(schema, format!("/apis/{}/operations/{}", definition.id, operation.id), findings);
        }
    }
    // Once, however many operations check against it.
    for all in definition.xml.get().into_iter().flatten() {
        report(all, format!("/apis/{}", definition.id), findings);
    }
}

fn report(schema: &Schema, scope: String, findings: &mut Vec<Diagnostic>) {
    if let Some(problem) = schema.problem() {
        let finding = Diagnostic::warning("schema-unusable", scope, problem);
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
}

/// What the operation describes.
fn contract(operation: &Operation, documents: &Documents, xml: Option<Arc<Schema>>) -> Contract {
    let parameter = |described: &Described| parameter(described, &described.name, documents);
    let body = |representation: &Representation| Body {
        content_type: representation.content_type.as_str().into(),
        schema: representation.schema.as_ref().map(|name| Arc::new(named(name, documents))),
    };
    let mut path = Vec::new();
    let mut query: Vec<Parameter> = operation.request.query.iter().map(parameter).collect();
    let in_query = placeholders_of_query(&operation.url_template);
    for described in &operation.template_parameters {
        match in_query.iter().find(|(_, placeholder)| *placeholder == described.name) {
            Some((name, _)) => query.push(self::parameter(described, name, documents)),
            None => path.push(parameter(described)),
        }
    }
    let response = |response: &postern_bundle::Response| ResponseContract {
        status: response.status,
        headers: response.headers.iter().map(parameter).collect(),
        bodies: response.representations.iter().map(body).collect(),
    };
    Contract {
        path,
        query,
        headers: operation.request.headers.iter().map(parameter).collect(),
        request: operation.request.representations.iter().map(body).collect(),
        responses: operation.responses.iter().map(response).collect(),
        has_schemas: !documents.is_empty(),
        xml,
    }
}

/// All documents of XML Schema of an API.
fn xml(documents: &Documents) -> Option<Arc<Schema>> {
    let is_xml = |document: &&Arc<SchemaDocument>| document.kind() == ContentKind::Xml;
    let mut found = documents.iter().map(|(_, document)| document).filter(is_xml);
    let first = found.next()?;
    let document = if found.next().is_none() { Arc::clone(first) } else { Arc::new(first.with_others()) };
    Some(Arc::new(Schema::referred(&document, "")))
}

/// `a={b}` of the template's query: the parameter's name and its placeholder.
fn placeholders_of_query(template: &str) -> Vec<(&str, &str)> {
    let query = template.split_once('?').map_or("", |(_, query)| query);
    let pair = |part: &'_ str| -> Option<(usize, usize)> { part.find("={").map(|at| (at, at + 2)) };
    query
        .split('&')
        .filter_map(|part| {
            let (end, start) = pair(part)?;
            Some((part.get(..end)?, part.get(start..)?.strip_suffix('}')?))
        })
        .collect()
}

fn parameter(described: &Described, name: &str, documents: &Documents) -> Parameter {
    let schema = match &described.schema {
        Some(name) => named(name, documents),
        None => Schema::of_type(&described.kind, &described.values),
    };
    Parameter { name: name.trim_start_matches('*').into(), required: described.required, schema: Arc::new(schema) }
}

/// A schema by name. Without its document it is missing, which the check reports.
fn named(name: &SchemaName, documents: &Documents) -> Schema {
    let is_it = |known: &str| name.document.is_empty() || known.eq_ignore_ascii_case(&name.document);
    match documents.iter().find(|(known, _)| is_it(known)) {
        Some((_, document)) => Schema::named(document, &name.name),
        None => Schema::missing(&name.name),
    }
}
