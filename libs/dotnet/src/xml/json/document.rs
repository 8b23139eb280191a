//! JSON to `XDocument` by Newtonsoft's XmlNodeConverter: what its classes do, where json-to-xml does something of its own.

use std::borrow::Cow;

use super::super::Content;
use super::super::document::{Declaration, DocumentType, XDeclaration};
use super::super::node::XNode;
use super::JSON_NAMESPACE;
use super::from_json::{Converter, JsonToXml};
use super::reader::Json;
use super::strict::{self, Is};
use crate::work::Paced;
use crate::{Exception, Text};

/// `JsonConvert.DeserializeXNode`: a JSON text as an `XDocument`. Null is an empty element, an empty array nothing, `true` is lower case, and
/// an object with several properties is an error, unless they stand in an element with the name `root`.
pub fn json_to_document(text: impl Into<Text>, root: Option<Text>) -> Paced<Result<XNode, Exception>> {
    let text = text.into();
    let options = JsonToXml { namespace_separator: ":".to_owned(), is_strict: true, ..JsonToXml::default() };
    Paced::new(|pace| async move {
        let is = if root.is_some() { Is::Root } else { Is::Document };
        let Json::Object(properties) = strict::read(&pace, &text, is).await? else {
            return Ok(XNode::document(None));
        };
        let mut converter = Converter::new(&pace, &options);
        let document = XNode::document(None);
        if let Some(root) = root {
            let root = converter.element(&root, Json::Object(properties)).await?;
            document.add(Content::Node(root))?;
            return Ok(document);
        }
        for (name, value) in properties {
            converter.document_property(&document, &name, value).await?;
        }
        Ok(document)
    })
}

/// The name of a property that says something about the object to Newtonsoft: `$id` and its like.
pub(super) fn metadata_name(name: &str) -> Option<&str> {
    name.strip_prefix('$').filter(|name| matches!(*name, "id" | "ref" | "type" | "value"))
}

/// The items of an object that was written as an array with metadata.
pub(super) const VALUES: &str = "$values";

/// The prefix, if an attribute declares Newtonsoft's namespace.
fn declared_json_prefix((name, value): &(String, String)) -> Option<&str> {
    name.strip_prefix("xmlns:").filter(|_| value == JSON_NAMESPACE)
}

impl Converter<'_> {
    /// A property of the outermost object in strict mode.
    async fn document_property(&mut self, document: &XNode, name: &str, value: Json) -> Result<(), Exception> {
        match (name, value) {
            ("?xml", Json::Object(parts)) => {
                let part = |name: &str| self.part(&parts, name);
                document.set_declaration(Some(XDeclaration::new(Declaration {
                    version: part("@version"),
                    encoding: part("@encoding"),
                    standalone: part("@standalone"),
                })));
                Ok(())
            }
            ("!DOCTYPE", Json::Object(parts)) => {
                let part = |name: &str| self.part(&parts, name);
                document.add(Content::Node(XNode::document_type(DocumentType {
                    name: part("@name").unwrap_or_default(),
                    public_id: part("@public"),
                    system_id: part("@system"),
                    internal_subset: part("@internalSubset"),
                })))
            }
            (name, Json::Array(items)) if !name.starts_with(['#', '?']) => {
                let name = self.element_name(name).into_owned();
                for item in items {
                    let root = self.element(&name, item).await?;
                    document.add(Content::Node(root))?;
                }
                Ok(())
            }
            (name, value) => self.property(document, name, value).await,
        }
    }

    fn part(&self, parts: &[(String, Json)], name: &str) -> Option<Text> {
        let own = parts.iter().find(|(own, _)| own == name);
        own.map(|(_, value)| Text::from(self.text(value)))
    }

    /// `$id` and its like as attributes of Newtonsoft's namespace, which those declare that stand in front of everything else.
    pub(super) fn metadata(&self, found: &mut Vec<(String, String)>, name: &str, value: &Json, declares: bool) {
        let known = self.json_prefix().or_else(|| found.iter().find_map(declared_json_prefix));
        let prefix = known.map(str::to_owned).or_else(|| declares.then(|| self.declare_json(found)));
        found.push((prefix.map_or_else(|| name.to_owned(), |prefix| format!("{prefix}:{name}")), self.text(value)));
    }

    /// Declares Newtonsoft's namespace, unless it is known. Its prefix.
    pub(super) fn declare_json(&self, found: &mut Vec<(String, String)>) -> String {
        const PREFIX: &str = "json";
        let known = self.json_prefix().or_else(|| found.iter().find_map(declared_json_prefix)).map(str::to_owned);
        known.unwrap_or_else(|| {
            found.push((format!("xmlns:{PREFIX}"), JSON_NAMESPACE.to_owned()));
            PREFIX.to_owned()
        })
    }

    fn json_prefix(&self) -> Option<&str> {
        let declared = self.scope.iter().rev().find(|(_, namespace)| namespace == JSON_NAMESPACE);
        declared.map(|(prefix, _)| prefix.as_str())
    }

    /// The name of a property's element: `$values` is one of Newtonsoft's namespace.
    pub(super) fn element_name<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if name != VALUES {
            return Cow::Borrowed(name);
        }
        self.json_prefix().map_or(Cow::Borrowed("values"), |prefix| Cow::Owned(format!("{prefix}:values")))
    }
}
