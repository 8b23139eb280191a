//! Attributes of an element.

use postern_dotnet::xml::{XML_NAMESPACE, XName};

use super::element::XSI;
use super::{Checker, Frame, Mode, State, message};
use crate::component::{ANY_TYPE, AttributeUse, ComplexType, Given, Type};
use crate::document::{Attribute, Element};
use crate::simple::shortened;
use crate::wildcard::Process;

impl Checker<'_> {
    pub(super) fn attributes(&mut self, frame: &Frame, element: &Element) {
        let schemas = self.schemas;
        let document = self.document;
        let of = match frame.mode {
            Mode::Skip => return,
            Mode::Lax => None,
            Mode::Checked(of) => schemas.types.get(of.0 as usize),
        };
        let attributes = document.attributes(frame.index);
        for attribute in attributes.iter().filter(|attribute| attribute.declares.is_none()) {
            if attribute.name.namespace() == XSI {
                let local = attribute.name.local().as_str();
                if !matches!(local, "type" | "nil" | "schemaLocation" | "noNamespaceSchemaLocation") {
                    let shown = message::qualified(&attribute.name);
                    self.wrong(attribute.place, format!("The attribute '{shown}' does not match one of the four allowed attributes in the 'xsi' namespace."));
                }
                continue;
            }
            // `XmlSchemaValidationFlags.AllowXmlAttributes`, which is set by default.
            let is_free = attribute.name.namespace() == XML_NAMESPACE
                && !matches!(of, Some(Type::Complex(complex)) if complex.attributes.iter().any(|one| one.name == attribute.name));
            match of {
                _ if is_free => {}
                None => {
                    if let Some(known) = schemas.global_attributes.get(&attribute.name) {
                        self.value(attribute, known);
                    }
                }
                Some(Type::Simple(_)) => self.undeclared_attribute(attribute),
                Some(Type::Complex(complex)) => self.attribute(attribute, complex),
            }
        }
        if let Some(Type::Complex(complex)) = of {
            let is_there = |name: &XName| attributes.iter().any(|attribute| attribute.name == *name);
            for missing in complex.attributes.iter().filter(|one| one.required && !is_there(&one.name)) {
                let shown = message::qualified(&missing.name);
                self.wrong(element.place, format!("The required attribute '{shown}' is missing."));
            }
        }
    }

    fn undeclared_attribute(&mut self, attribute: &Attribute) {
        let shown = message::qualified(&attribute.name);
        self.wrong(attribute.place, format!("The '{shown}' attribute is not declared."));
    }

    fn attribute_not_allowed(&mut self, attribute: &Attribute) {
        let shown = message::qualified(&attribute.name);
        self.wrong(attribute.place, format!("The '{shown}' attribute is not allowed."));
    }

    fn attribute(&mut self, attribute: &Attribute, complex: &ComplexType) {
        let declared = complex.attributes.iter().find(|one| one.name == attribute.name);
        self.state.budget.take(complex.attributes.len() as u64);
        if let Some(declared) = declared
            && !declared.prohibited
        {
            return self.value(attribute, declared);
        }
        let Some(wildcard) = &complex.wildcard else {
            if declared.is_some() && complex.base != ANY_TYPE {
                return self.attribute_not_allowed(attribute);
            }
            return self.undeclared_attribute(attribute);
        };
        if !wildcard.namespaces.allow(attribute.name.namespace()) {
            return self.attribute_not_allowed(attribute);
        }
        match (wildcard.process, self.schemas.global_attributes.get(&attribute.name)) {
            (Process::Skip, _) | (Process::Lax, None) => {}
            (_, Some(known)) => self.value(attribute, known),
            (Process::Strict, None) => self.undeclared_attribute(attribute),
        }
    }

    fn value(&mut self, attribute: &Attribute, declared: &AttributeUse) {
        let Some(simple) = self.schemas.simple(declared.of) else { return };
        let shown = message::qualified(&attribute.name);
        let prefixes = |prefix: &str| self.namespace(prefix);
        let typed = match simple.parse(&attribute.value, self, &prefixes) {
            Ok(typed) => typed,
            Err(why) => {
                let (text, datatype) = (shortened(&attribute.value), simple.shown(self));
                let message = format!(
                    "The '{shown}' attribute is invalid - The value '{text}' is invalid according to its datatype '{datatype}' - {why}"
                );
                return self.wrong(attribute.place, message);
            }
        };
        if let Some(Given::Fixed(fixed)) = &declared.given {
            let is_it = simple.parse(fixed, self, &prefixes).is_ok_and(|fixed| fixed.value.is(&typed.value));
            if !is_it {
                self.wrong(
                    attribute.place,
                    format!("The value of the '{shown}' attribute does not equal its fixed value."),
                );
            }
        }
        self.identify(simple, &typed, &attribute.value, attribute.place);
        if !self.state.identities.are_used() {
            return;
        }
        let mut key = String::new();
        typed.value.key(&mut key);
        let mut found = Vec::new();
        let value = (key.as_str(), attribute.value.as_str());
        let State { identities, budget, .. } = &mut *self.state;
        identities.attribute(self.schemas, &attribute.name, value, attribute.place, budget, &mut found);
        for (place, message) in found {
            self.wrong(place, message);
        }
    }
}
