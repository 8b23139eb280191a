//! XML to JSON and back: what the policies xml-to-json and json-to-xml do to bodies.
//!
//! `direct` is Newtonsoft's SerializeXNode, to the byte. The other directions follow what the gateway has been observed to write (a
//! `Document` around several properties, `xsi:nil`, `True`), and Newtonsoft's conventions (`@attribute`, `#text`) where nothing is known.

mod decode;
mod document;
mod from_json;
mod options;
mod out;
mod primitive;
mod reader;
mod strict;
mod to_json;

#[cfg(test)]
mod tests;

pub use document::json_to_document;
pub use from_json::{JsonToXml, json_to_xml};
pub use options::{EmptyValues, Kind, XmlToJson};
pub use to_json::{item_to_json_in_pieces, node_to_json, node_to_json_in_pieces, xml_to_json};

/// The namespace of `json:Array`.
const JSON_NAMESPACE: &str = "http://james.newtonking.com/projects/json";
