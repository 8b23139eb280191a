//! Namespaces in scope of an element.

use super::name::{XML_NAMESPACE, XMLNS_NAMESPACE};
use super::node::XNode;
use crate::Text;

impl XNode {
    /// `GetDefaultNamespace()`; empty for none.
    #[must_use]
    pub fn default_namespace(&self) -> Text {
        self.declared("").unwrap_or_default()
    }

    /// `GetNamespaceOfPrefix(prefix)`
    #[must_use]
    pub fn namespace_of_prefix(&self, prefix: &str) -> Option<Text> {
        match prefix {
            "" => None,
            "xml" => Some(Text::new_static(XML_NAMESPACE)),
            "xmlns" => Some(Text::new_static(XMLNS_NAMESPACE)),
            _ => self.declared(prefix),
        }
    }

    /// The nearest declaration of a prefix, empty for the default namespace.
    pub(super) fn declared(&self, prefix: &str) -> Option<Text> {
        let mut current = Some(self.clone());
        while let Some(element) = current {
            let attributes = element.attributes();
            let declaration =
                attributes.iter().find(|attribute| attribute.declared_prefix().is_some_and(|p| p == prefix));
            if let Some(declaration) = declaration {
                return Some(declaration.value());
            }
            current = element.parent();
        }
        None
    }

    /// `GetPrefixOfNamespace(namespace)`
    #[must_use]
    pub fn prefix_of_namespace(&self, namespace: &str) -> Option<Text> {
        let mut current = Some(self.clone());
        while let Some(element) = current {
            for attribute in element.attributes() {
                if attribute.value() != namespace {
                    continue;
                }
                // A declaration counts unless the prefix has another meaning here.
                if let Some(prefix) = attribute.declared_prefix()
                    && !prefix.is_empty()
                    && self.declared(&prefix).is_some_and(|own| own == namespace)
                {
                    return Some(prefix);
                }
            }
            current = element.parent();
        }
        match namespace {
            XML_NAMESPACE => Some(Text::new_static("xml")),
            XMLNS_NAMESPACE => Some(Text::new_static("xmlns")),
            _ => None,
        }
    }

    /// All prefixes in scope with their namespaces, without `xml`; the default namespace has an empty prefix.
    pub(super) fn namespaces_in_scope(&self) -> Vec<(Text, Text)> {
        let mut found: Vec<(Text, Text)> = Vec::new();
        let mut current = Some(self.clone());
        while let Some(element) = current {
            for attribute in element.attributes() {
                if let Some(prefix) = attribute.declared_prefix()
                    && !found.iter().any(|(known, _)| *known == prefix)
                {
                    found.push((prefix, attribute.value()));
                }
            }
            current = element.parent();
        }
        found.retain(|(_, namespace)| !namespace.is_empty());
        found
    }
}
