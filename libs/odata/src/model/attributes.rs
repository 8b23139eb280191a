//! Elements and attributes of CSDL. They are known by their local names: each version has namespaces of its own, and what differs between
//! versions differs in names too.

use roxmltree::Node;

use crate::cursor::is_identifier;

use super::build::Build;

/// Child elements of a name.
pub(super) fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// An attribute without a namespace of its own; an empty one does not count.
pub(super) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attribute(name).map(str::trim).filter(|value| !value.is_empty())
}

pub(super) fn is_true(node: Node<'_, '_>, name: &str) -> bool {
    attribute(node, name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
}

/// Whether an attribute of any namespace says so: those of `…/dataservices/metadata` carry much of version 3.
pub(super) fn is_true_anywhere(node: Node<'_, '_>, name: &str) -> bool {
    node.attributes().any(|known| known.name() == name && known.value().trim().eq_ignore_ascii_case("true"))
}

impl Build {
    /// The name that an element gives to what it declares.
    pub(super) fn name<'a>(&mut self, node: Node<'a, '_>) -> Option<&'a str> {
        let element = node.tag_name().name();
        match attribute(node, "Name") {
            Some(name) if is_identifier(name) => Some(name),
            Some(name) => {
                self.problem(node, format!("`{name}` is no name for a `{element}`"));
                None
            }
            None => {
                self.problem(node, format!("a `{element}` has no `Name`"));
                None
            }
        }
    }
}
