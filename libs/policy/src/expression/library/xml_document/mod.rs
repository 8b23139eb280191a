//! System.Xml: XmlDocument with its nodes, and XmlReader.
//!
//! Not on APIM's list of types, but public policies use them, and the gateway runs them. The nodes are those of System.Xml.Linq underneath:
//! reading, writing and XPath are the same code.

mod document;
mod list;
mod node;
mod reader;
#[cfg(test)]
mod tests;
mod values;

use super::Library;

pub(super) use values::{dom_node, dom_of};

pub(super) fn declare(library: &mut Library) {
    values::declare(library);
    node::declare(library);
    document::declare(library);
    list::declare(library);
    reader::declare(library);
}
