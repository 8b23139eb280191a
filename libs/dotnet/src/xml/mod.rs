//! System.Xml.Linq.
//!
//! Trees are own nodes with reference semantics (`node`): expressions change them, keep references into them and compare identities. Reading
//! (`read`) and writing (`write`) behave as XmlReader and XmlWriter below XDocument, to the byte and to the message. No function recurses
//! over a tree: its depth comes from outside.

mod attribute;
mod axis;
mod chars;
mod container;
pub mod convert;
mod document;
mod element;
mod equality;
mod json;
mod keep;
mod limits;
mod name;
mod namespaces;
mod node;
mod read;
mod write;
mod xpath;
mod xslt;

#[cfg(test)]
mod tests;

pub use attribute::XAttribute;
pub use container::Content;
pub use document::{Declaration, DocumentType, XDeclaration};
pub use json::{
    EmptyValues, JsonToXml, Kind as XmlToJsonKind, XmlToJson, item_to_json_in_pieces, json_to_document, json_to_xml,
    node_to_json, node_to_json_in_pieces, xml_to_json,
};
pub use limits::MADE_BYTES_MAX;
pub use name::{XML_NAMESPACE, XMLNS_NAMESPACE, XName};
pub use node::{NodeKind, XNode};
pub use read::{DtdProcessing, LoadOptions, Loading};
pub use write::{SaveOptions, Writing};
pub use xpath::{Item as XPathItem, XPath, XPathValue};
pub use xslt::{Stylesheet, Transformed, Untransformed};
