//! What stands at a place of a schema, and what is wrong there.

use postern_dotnet::Text;
use postern_dotnet::xml::XName;

use super::{FINDINGS_MAX, Finding, Read, Reader, Spot, Wrong, XSD};
use crate::component::{ConstraintId, TypeId};
use crate::document::Document;

impl Reader<'_> {
    pub(super) fn document(&self, schema: usize) -> Option<&Document> {
        self.documents.get(&self.schemas.get(schema)?.source)
    }

    pub(super) fn target(&self, spot: Spot) -> Text {
        self.schemas.get(spot.schema).map(|schema| schema.target.clone()).unwrap_or_default()
    }

    pub(super) fn local(&self, spot: Spot) -> &str {
        self.document(spot.schema).map_or("", |document| document.name(spot.node).1)
    }

    pub(super) fn attribute(&self, spot: Spot, name: &str) -> Option<Text> {
        self.document(spot.schema)?.attribute(spot.node, name).map(|value| Text::new(value.trim()))
    }

    /// The value as it was written.
    pub(super) fn raw_attribute(&self, spot: Spot, name: &str) -> Option<Text> {
        self.document(spot.schema)?.attribute(spot.node, name).cloned()
    }

    pub(super) fn flag(&mut self, spot: Spot, name: &str) -> bool {
        match self.attribute(spot, name).as_deref() {
            Some("true" | "1") => true,
            None | Some("false" | "0") => false,
            Some(other) => {
                let message = format!("'{other}' is an invalid value for the '{name}' attribute.");
                self.wrong(spot, message);
                false
            }
        }
    }

    /// The children but annotations.
    pub(super) fn children(&self, spot: Spot) -> Vec<Spot> {
        let Some(document) = self.document(spot.schema) else { return Vec::new() };
        let children = document.children(spot.node).map(|node| Spot { schema: spot.schema, node });
        children.filter(|child| document.name(child.node) != (XSD, "annotation")).collect()
    }

    pub(super) fn wrong(&mut self, spot: Spot, message: impl Into<String>) {
        if self.findings.len() >= FINDINGS_MAX {
            return;
        }
        let message = message.into();
        let location = self.schemas.get(spot.schema).and_then(|schema| self.sources.get(schema.source));
        let location = location.map_or("", |source| source.location).to_owned();
        let place =
            self.document(spot.schema).and_then(|document| Some(document.position(document.element(spot.node)?.place)));
        let (line, position) = place.unwrap_or_default();
        let finding = Finding { location, line, position, message };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    pub(super) fn fail<T>(&mut self, spot: Spot, message: impl Into<String>) -> Read<T> {
        self.wrong(spot, message);
        Err(Wrong)
    }

    pub(super) fn unsupported(&mut self, spot: Spot) {
        let (namespace, local) = self.document(spot.schema).map_or(("", ""), |document| document.name(spot.node));
        let name = if namespace.is_empty() { local.to_owned() } else { format!("{namespace}:{local}") };
        self.wrong(spot, format!("The '{name}' element is not supported in this context."));
    }

    /// The `name` attribute in the target namespace.
    pub(super) fn target_name(&mut self, spot: Spot) -> Read<XName> {
        let target = self.target(spot);
        self.name_in(spot, &target)
    }

    pub(super) fn name_in(&mut self, spot: Spot, namespace: &str) -> Read<XName> {
        let Some(name) = self.attribute(spot, "name") else {
            return self.fail(spot, "The required attribute 'name' is missing.");
        };
        match XName::new(namespace, &name) {
            Ok(name) => Ok(name),
            Err(exception) => {
                self.fail(spot, format!("Invalid 'name' attribute value '{name}': '{}'.", exception.message))
            }
        }
    }

    /// The name that an attribute refers to.
    pub(super) fn reference(&mut self, spot: Spot, attribute: &str) -> Read<Option<XName>> {
        match self.attribute(spot, attribute) {
            Some(text) => self.resolve(spot, attribute, &text).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn resolve(&mut self, spot: Spot, attribute: &str, text: &str) -> Read<XName> {
        let wrong = || format!("'{text}' is an invalid value for the '{attribute}' attribute.");
        let (prefix, local) = text.split_once(':').unwrap_or(("", text));
        let declared = self.document(spot.schema).and_then(|document| document.namespace(spot.node, prefix));
        let namespace = match declared {
            Some(namespace) => namespace,
            None if prefix.is_empty() => Text::default(),
            None => return self.fail(spot, wrong()),
        };
        let is_chameleon = self.schemas.get(spot.schema).is_some_and(|schema| schema.is_chameleon);
        let namespace = if namespace.is_empty() && is_chameleon { self.target(spot) } else { namespace };
        match XName::new(&namespace, local) {
            Ok(name) => Ok(name),
            Err(_) => self.fail(spot, wrong()),
        }
    }

    pub(super) fn type_named(&mut self, spot: Spot, name: &XName) -> Read<TypeId> {
        match self.original_type(spot, name).or_else(|| self.global_types.get(name).copied()) {
            Some(id) => Ok(id),
            None => {
                let shown = crate::validate::message::qualified(name);
                self.fail(spot, format!("Type '{shown}' is not declared."))
            }
        }
    }

    pub(super) fn next_constraint(&self) -> ConstraintId {
        ConstraintId(self.constraints.len() as u32)
    }
}
