//! System.Xml.Linq.
//!
//! A node is a [`NodeValue`] around the library's handle: copies are the same node, whatever variable holds them. Sequences are arrays of
//! the nodes as they are when asked for. What must hold: natives pay for the nodes they walk over, copy, read or write.

mod attribute;
mod cast;
mod container;
mod content;
mod document;
mod element;
mod extensions;
mod leaves;
mod names;
mod node;
#[cfg(test)]
mod tests;
mod values;
pub(super) mod xpath;

use super::Library;

pub(super) use values::{attribute_of, charge_walk, copy_of, read_text};
#[allow(unused_imports, reason = "message bodies are read as nodes")]
pub(crate) use values::{node_of, node_value};

pub(super) fn declare(library: &mut Library) {
    library.enumeration(
        "System.Xml.XmlNodeType",
        &[
            ("None", 0),
            ("Element", 1),
            ("Attribute", 2),
            ("Text", 3),
            ("CDATA", 4),
            ("EntityReference", 5),
            ("Entity", 6),
            ("ProcessingInstruction", 7),
            ("Comment", 8),
            ("Document", 9),
            ("DocumentType", 10),
            ("DocumentFragment", 11),
            ("Notation", 12),
            ("Whitespace", 13),
            ("SignificantWhitespace", 14),
            ("EndElement", 15),
            ("EndEntity", 16),
            ("XmlDeclaration", 17),
        ],
    );
    library
        .flags("System.Xml.Linq.SaveOptions", &[("None", 0), ("DisableFormatting", 1), ("OmitDuplicateNamespaces", 2)]);
    library.flags(
        "System.Xml.Linq.LoadOptions",
        &[("None", 0), ("PreserveWhitespace", 1), ("SetBaseUri", 2), ("SetLineInfo", 4)],
    );
    names::declare(library);
    node::declare(library);
    container::declare(library);
    element::declare(library);
    attribute::declare(library);
    document::declare(library);
    leaves::declare(library);
    cast::declare(library);
    extensions::declare(library);
    xpath::declare(library);
}
