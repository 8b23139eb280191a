//! JSON to XML.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::Content;
use super::super::attribute::XAttribute;
use super::super::element::duplicate_attribute;
use super::super::limits::{ATTRIBUTES_MAX, MADE_BYTES_MAX, NAMESPACES_MAX};
use super::super::name::{XMLNS_NAMESPACE, XName};
use super::super::node::XNode;
use super::super::write::write_tree_in_pieces;
use super::super::write::writer::{Layout, Writer};
use super::decode::encode_name;
use super::document::{VALUES, metadata_name};
use super::primitive::{date_text, number_text};
use super::reader::{self, Items, Json};
use crate::work::{Pace, Paced};
use crate::{Exception, ExceptionType, Text};

/// The settings of json-to-xml.
#[derive(Debug, Clone)]
pub struct JsonToXml {
    /// `parse-date`: dates are read and written as xs:dateTime.
    pub parse_date: bool,
    /// `namespace-separator`: stands between prefix and name.
    pub namespace_separator: String,
    /// `namespace-prefix`: properties that begin with it declare namespaces, usually `xmlns`.
    pub namespace_prefix: Option<String>,
    /// `attribute-block-name`: the properties of the object with this name are attributes.
    pub attribute_block_name: Option<String>,
    /// As `JsonConvert.DeserializeXNode` (`json_to_document`).
    pub is_strict: bool,
}

impl Default for JsonToXml {
    fn default() -> JsonToXml {
        JsonToXml {
            parse_date: true,
            namespace_separator: "_".to_owned(),
            namespace_prefix: None,
            attribute_block_name: None,
            is_strict: false,
        }
    }
}

const INSTANCE_NAMESPACE: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// The root of what has no single root.
const DOCUMENT: &str = "Document";

/// Steps for an element or attribute: its name is checked and encoded.
const NODE_STEPS: u64 = 60;
/// Bytes of a name that are checked and encoded in one step.
const BYTES_PER_STEP: u64 = 2;

/// Converts a JSON text to the text of a document without a declaration.
pub fn json_to_xml(text: impl Into<Text>, options: JsonToXml) -> Paced<Result<String, Exception>> {
    let text = text.into();
    Paced::new(|pace| async move {
        let (name, value) = root(reader::read(&pace, &text).await?);
        let root = Converter::new(&pace, &options).element(&name, value).await?;
        let mut writer = Writer::new(Layout::Compact);
        write_tree_in_pieces(&pace, &root, &mut writer, MADE_BYTES_MAX).await?;
        writer.finish_in_pieces(&pace).await
    })
}

/// The name and content of the root: the only property of the whole, or everything below `Document`.
fn root(json: Json) -> (String, Json) {
    match json {
        Json::Object(mut properties) => {
            properties.retain(|(name, _)| name != "?xml");
            let single = matches!(properties.as_slice(), [(name, value)]
                if !matches!(value, Json::Array(_)) && !name.starts_with(['@', '#', '?']));
            match properties.pop() {
                Some(property) if single => property,
                last => {
                    properties.extend(last);
                    (DOCUMENT.to_owned(), Json::Object(properties))
                }
            }
        }
        Json::Array(items) => (DOCUMENT.to_owned(), Json::Object(vec![("Array".to_owned(), Json::Array(items))])),
        other => (DOCUMENT.to_owned(), other),
    }
}

/// Takes the values apart as it goes, so that they are not dropped all at once.
pub(super) struct Converter<'o> {
    pace: &'o Pace,
    options: &'o JsonToXml,
    /// Prefixes in scope, the innermost last.
    pub(super) scope: Vec<(String, String)>,
    /// Bytes of the names and texts so far: each item of an array has the name of the array.
    bytes: usize,
}

impl<'o> Converter<'o> {
    pub(super) fn new(pace: &'o Pace, options: &'o JsonToXml) -> Converter<'o> {
        Converter { pace, options, scope: Vec::new(), bytes: 0 }
    }

    /// Pays for a name or text before it is made.
    async fn pay(&mut self, text: &str) -> Result<(), Exception> {
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes > MADE_BYTES_MAX {
            return Err(Exception::out_of_memory());
        }
        self.pace.take(NODE_STEPS + text.len() as u64 / BYTES_PER_STEP).await;
        Ok(())
    }

    /// An element; recursion is bounded by the depth of the JSON text.
    pub(super) async fn element(&mut self, name: &str, value: Json) -> Result<XNode, Exception> {
        self.pay(name).await?;
        if name.is_empty() {
            let message = "XmlNodeConverter cannot convert JSON with an empty property name to XML.";
            return Err(Exception::new(ExceptionType::JsonSerialization, message));
        }
        let scope = self.scope.len();
        let attributes = self.attributes(&value)?;
        if attributes.len() > ATTRIBUTES_MAX {
            let message = format!("An element has more than {ATTRIBUTES_MAX} attributes.");
            return Err(Exception::new(ExceptionType::JsonSerialization, message));
        }
        for (name, value) in &attributes {
            if let Some(prefix) = declared_prefix(name) {
                if self.scope.len() == NAMESPACES_MAX {
                    let message = format!("More than {NAMESPACES_MAX} namespace declarations are in scope.");
                    return Err(Exception::new(ExceptionType::JsonSerialization, message));
                }
                self.scope.push((prefix.to_owned(), value.clone()));
            }
        }
        let element = XNode::element(self.name(name, true)?);
        let mut names = HashSet::with_capacity(attributes.len());
        for (name, value) in &attributes {
            self.pay(name).await?;
            let name = match declared_prefix(name) {
                Some("") => XName::new("", "xmlns")?,
                Some(prefix) => XName::new(XMLNS_NAMESPACE, prefix)?,
                None => self.name(name, false)?,
            };
            // Looked up here: the element itself goes through all that it has.
            if !names.insert(name.clone()) {
                return Err(duplicate_attribute());
            }
            element.append_attribute(&XAttribute::new(name, value.as_str()));
        }
        Box::pin(self.content(&element, name, value)).await?;
        self.scope.truncate(scope);
        Ok(element)
    }

    /// Attributes among the properties of an object: names, with a colon behind the prefix, and values.
    fn attributes(&self, value: &Json) -> Result<Vec<(String, String)>, Exception> {
        let Json::Object(properties) = value else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut is_leading = true;
        for (name, value) in properties {
            if self.options.is_strict && !name.starts_with('@') && metadata_name(name).is_none() {
                if is_leading && name == VALUES {
                    self.declare_json(&mut found);
                }
                is_leading = false;
            }
            if self.options.attribute_block_name.as_ref() == Some(name) {
                if let Json::Object(block) = value {
                    found.extend(block.iter().map(|(name, value)| (self.with_colon(name), self.text(value))));
                }
            } else if let Some(name) = name.strip_prefix('@') {
                if self.options.is_strict && *value == Json::Null {
                    return Err(Exception::argument_null("value"));
                }
                found.push((name.to_owned(), self.text(value)));
            } else if let Some(name) = metadata_name(name).filter(|_| self.options.is_strict) {
                self.metadata(&mut found, name, value, is_leading);
            } else if self.is_declaration(name) {
                found.push((self.as_declaration(name), self.text(value)));
            }
        }
        Ok(found)
    }

    fn is_declaration(&self, name: &str) -> bool {
        let prefix = self.options.namespace_prefix.as_deref().filter(|prefix| !prefix.is_empty());
        prefix.and_then(|prefix| name.strip_prefix(prefix)).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(self.options.namespace_separator.as_str()) || rest.starts_with(':')
        })
    }

    /// `xmlns` or `xmlns:prefix`
    fn as_declaration(&self, name: &str) -> String {
        let rest = self.options.namespace_prefix.as_deref().and_then(|prefix| name.strip_prefix(prefix));
        let rest = rest.unwrap_or_default();
        let declared = rest.strip_prefix(self.options.namespace_separator.as_str()).or(rest.strip_prefix(':'));
        match declared {
            Some(prefix) if !prefix.is_empty() => format!("xmlns:{prefix}"),
            _ => "xmlns".to_owned(),
        }
    }

    /// The name with a colon where the separator stands behind a known prefix.
    fn with_colon(&self, name: &str) -> String {
        let separator = self.options.namespace_separator.as_str();
        if separator.is_empty() || separator == ":" {
            return name.to_owned();
        }
        match name.split_once(separator) {
            Some((prefix, local)) if self.namespace(prefix).is_some() => format!("{prefix}:{local}"),
            _ => name.to_owned(),
        }
    }

    fn namespace(&self, prefix: &str) -> Option<&str> {
        self.scope.iter().rev().find(|(known, _)| known == prefix).map(|(_, namespace)| namespace.as_str())
    }

    /// The name of an element or attribute. Prefixes that nobody has declared are part of the name.
    fn name(&self, name: &str, is_element: bool) -> Result<XName, Exception> {
        let name = self.with_colon(name);
        if let Some((prefix, local)) = name.split_once(':')
            && let Some(namespace) =
                if prefix == "xml" { Some(super::super::XML_NAMESPACE) } else { self.namespace(prefix) }
        {
            return XName::new(namespace, &encode_name(local));
        }
        if self.options.is_strict && name.contains(':') {
            let message = "The ':' character, hexadecimal value 0x3A, cannot be included in a name.";
            return Err(Exception::new(ExceptionType::Xml, message));
        }
        let default = if is_element { self.namespace("").unwrap_or_default() } else { "" };
        XName::new(default, &encode_name(&name).replace(':', "_x003A_"))
    }

    async fn content(&mut self, element: &XNode, name: &str, value: Json) -> Result<(), Exception> {
        match value {
            Json::Null if self.options.is_strict => Ok(()),
            Json::Null => {
                element.add(Content::Attribute(XAttribute::new(XName::new(INSTANCE_NAMESPACE, "nil")?, "true")))?;
                let declaration = XAttribute::new(XName::new(XMLNS_NAMESPACE, "xsi")?, INSTANCE_NAMESPACE);
                element.add(Content::Attribute(declaration))
            }
            Json::Object(properties) => {
                for (name, value) in properties {
                    self.property(element, &name, value).await?;
                }
                Ok(())
            }
            Json::Array(items) => self.items(element, name, items).await,
            other => element.add(Content::Text(Text::from(self.text(&other)))),
        }
    }

    async fn items(&mut self, element: &XNode, name: &str, items: Items) -> Result<(), Exception> {
        for item in items {
            let child = self.element(name, item).await?;
            element.append_child(&child);
        }
        Ok(())
    }

    pub(super) async fn property(&mut self, element: &XNode, name: &str, value: Json) -> Result<(), Exception> {
        let is_attribute = name.starts_with('@')
            || self.is_declaration(name)
            || self.options.attribute_block_name.as_deref() == Some(name) && matches!(value, Json::Object(_))
            || self.options.is_strict && metadata_name(name).is_some();
        if is_attribute || name == "#comment" {
            return Ok(());
        }
        match (name, value) {
            ("#text" | "#whitespace" | "#significant-whitespace", Json::Array(items)) => {
                items.iter().try_for_each(|item| element.add(Content::Text(Text::from(self.text(item)))))
            }
            ("#text" | "#whitespace" | "#significant-whitespace", value) => {
                element.add(Content::Text(Text::from(self.text(&value))))
            }
            ("#cdata-section", value) => element.add(Content::Node(XNode::cdata(self.text(&value)))),
            (name, value) if name.starts_with('?') => {
                let target = name.get(1..).unwrap_or_default();
                element.add(Content::Node(XNode::instruction(target, &self.text(&value))?))
            }
            // An empty array is an empty element: its name is not lost.
            (name, Json::Array(items)) if items.is_empty() && !self.options.is_strict => {
                let child = self.element(name, Json::Object(Vec::new())).await?;
                element.append_child(&child);
                Ok(())
            }
            (name, Json::Array(items)) => {
                let name = self.own_name(name).into_owned();
                self.items(element, &name, items).await
            }
            (name, value) => {
                let name = self.own_name(name).into_owned();
                let child = self.element(&name, value).await?;
                element.append_child(&child);
                Ok(())
            }
        }
    }

    fn own_name<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if self.options.is_strict { self.element_name(name) } else { Cow::Borrowed(name) }
    }

    /// The text of a primitive.
    pub(super) fn text(&self, value: &Json) -> String {
        match value {
            Json::Bool(value) if self.options.is_strict => value.to_string(),
            Json::Bool(true) => "True".to_owned(),
            Json::Bool(false) => "False".to_owned(),
            Json::Number(number) => number_text(number),
            Json::String(text) if self.options.parse_date => date_text(text).unwrap_or_else(|| text.clone()),
            Json::String(text) => text.clone(),
            Json::Null | Json::Array(_) | Json::Object(_) => String::new(),
        }
    }
}

/// The prefix that an attribute name declares.
fn declared_prefix(name: &str) -> Option<&str> {
    if name == "xmlns" { Some("") } else { name.strip_prefix("xmlns:") }
}
