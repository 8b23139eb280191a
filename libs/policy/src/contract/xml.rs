//! A body that is checked against XML Schema, in turns: its size is the caller's choice.

use postern_dotnet::Text;
use postern_dotnet::work::Work as _;
use postern_xsd::{Checking, Document, ElementIndex, Loading, Violation};

use super::schema::{NoSchema, Schema};

/// Why a body could not be checked.
#[derive(Debug)]
pub(crate) enum NotChecked {
    /// The message of XmlReader.
    Unreadable(String),
    NoSchema(NoSchema),
}

/// A check under way.
pub(crate) struct XmlCheck {
    is_soap: bool,
    stage: Stage,
}

enum Stage {
    Reading(Box<Loading>),
    Checking(Box<Checking>),
}

impl std::fmt::Debug for XmlCheck {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("XmlCheck")
    }
}

/// Namespaces of envelopes: SOAP 1.1 section 4, SOAP 1.2 part 1 section 5.
const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

/// The parts of an envelope that schemas describe.
struct Parts {
    header: Vec<ElementIndex>,
    body: Vec<ElementIndex>,
}

impl XmlCheck {
    /// Begins to check a text; `is_soap`: it is an envelope, and the schema describes what is in it.
    pub(crate) fn new(text: &str, is_soap: bool) -> XmlCheck {
        XmlCheck { is_soap, stage: Stage::Reading(Box::new(Loading::prohibiting_dtd(Text::new(text)))) }
    }

    /// Goes on for about so many steps of ten nanoseconds; `None`: there is more to do. The schema must be the same each time; without one only
    /// the form of the text is checked.
    pub(crate) fn go_on(
        &mut self,
        schema: Option<&Schema>,
        steps: &mut u64,
    ) -> Option<Result<Vec<Violation>, NotChecked>> {
        if let Stage::Reading(loading) = &mut self.stage {
            let document = match loading.step(steps)? {
                Ok(document) => document,
                Err(exception) => return Some(Err(NotChecked::Unreadable(exception.message.into_owned()))),
            };
            let begun = self.begin(document, schema);
            match begun {
                Ok(Ok(checking)) => self.stage = Stage::Checking(Box::new(checking)),
                Ok(Err(violations)) => return Some(Ok(violations)),
                Err(reason) => return Some(Err(NotChecked::NoSchema(reason))),
            }
        }
        let (Stage::Checking(checking), Some(schema)) = (&mut self.stage, schema) else { return Some(Ok(Vec::new())) };
        match schema.xml() {
            Ok(schemas) => checking.go_on(schemas, steps).map(Ok),
            Err(reason) => Some(Err(NotChecked::NoSchema(reason))),
        }
    }

    /// Finds what the schema describes: what is checked, or what is wrong around it.
    fn begin(&self, document: Document, schema: Option<&Schema>) -> Result<Result<Checking, Vec<Violation>>, NoSchema> {
        let Some(root) = document.root() else { return Ok(Err(Vec::new())) };
        let parts = if self.is_soap {
            match envelope(&document, root) {
                Ok(parts) => parts,
                Err(violation) => return Ok(Err(vec![violation])),
            }
        } else {
            Parts { header: Vec::new(), body: vec![root] }
        };
        let Some(schema) = schema else { return Ok(Err(Vec::new())) };
        let schemas = schema.xml()?;
        if let (Some(name), Some(first)) = (schema.xml_name(), parts.body.first()) {
            let (namespace, local) = document.name(*first);
            match schemas.declares_named(name) {
                true if local == name && schemas.declares(namespace, name) => {}
                true => {
                    let shown = if namespace.is_empty() { local.to_owned() } else { format!("{namespace}:{local}") };
                    let message = format!("The '{shown}' element is not declared.");
                    return Ok(Err(vec![at(&document, *first, message)]));
                }
                false => {
                    return schemas
                        .type_named(name)
                        .map(|of| Ok(Checking::of_type(document, *first, of)))
                        .ok_or(NoSchema::Missing);
                }
            }
        }
        // Header blocks that the schema does not know are for others.
        Ok(Ok(Checking::new(document, parts.body).with_known(parts.header)))
    }
}

fn at(document: &Document, element: ElementIndex, message: String) -> Violation {
    let (line, position) = document.position_of(element);
    Violation { message, line, position }
}

/// The header blocks and what is in the body, but faults.
fn envelope(document: &Document, root: ElementIndex) -> Result<Parts, Violation> {
    let (namespace, local) = document.name(root);
    if local != "Envelope" || !matches!(namespace, SOAP_11 | SOAP_12) {
        return Err(at(document, root, "The message is not a SOAP envelope with a body.".to_owned()));
    }
    let mut parts = Parts { header: Vec::new(), body: Vec::new() };
    let (mut has_header, mut has_body) = (false, false);
    for child in document.children(root) {
        let (of, local) = document.name(child);
        match local {
            "Header" if of == namespace && !has_header && !has_body => {
                has_header = true;
                parts.header = document.children(child).collect();
            }
            "Body" if of == namespace && !has_body => {
                has_body = true;
                parts.body =
                    document.children(child).filter(|inside| document.name(*inside) != (namespace, "Fault")).collect();
            }
            // SOAP 1.1 lets others follow that are qualified.
            _ if has_body && namespace == SOAP_11 && !of.is_empty() && of != namespace => {}
            _ => {
                let expected = match (has_header, has_body) {
                    (_, true) => String::new(),
                    (true, false) => format!(" List of possible elements expected: 'Body' in namespace '{namespace}'."),
                    (false, false) => {
                        format!(" List of possible elements expected: 'Header, Body' in namespace '{namespace}'.")
                    }
                };
                let shown = if of.is_empty() { format!("'{local}'") } else { format!("'{local}' in namespace '{of}'") };
                let message = format!(
                    "The element 'Envelope' in namespace '{namespace}' has invalid child element {shown}.{expected}"
                );
                return Err(at(document, child, message));
            }
        }
    }
    if has_body {
        return Ok(parts);
    }
    Err(at(document, root, "The message is not a SOAP envelope with a body.".to_owned()))
}
