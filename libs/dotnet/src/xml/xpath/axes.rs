//! Axes and node tests.

use super::super::node::NodeKind;
use super::ast::{Axis, NodeTest};
use super::item::{self, Item};

/// The nodes of an axis on which there are few, in its own order: reverse axes from the context node backward.
pub(super) fn nodes(axis: Axis, from: &Item) -> Vec<Item> {
    match (axis, from) {
        (Axis::SelfNode, _) => vec![from.clone()],
        (Axis::Parent, _) => from.parent().into_iter().collect(),
        (Axis::Ancestor, _) => ancestors(from),
        (Axis::AncestorOrSelf, _) => std::iter::once(from.clone()).chain(ancestors(from)).collect(),
        (Axis::Attribute, Item::Node(node)) => node
            .attributes()
            .into_iter()
            .filter(|attribute| !attribute.is_namespace_declaration())
            .map(Item::Attribute)
            .collect(),
        (Axis::Namespace, Item::Node(node)) if node.is_element() => item::namespaces(node),
        (Axis::DescendantOrSelf, _) => vec![from.clone()],
        _ => Vec::new(),
    }
}

fn ancestors(from: &Item) -> Vec<Item> {
    std::iter::successors(from.parent(), Item::parent).collect()
}

/// Whether a node of an axis passes a test.
pub(in crate::xml) fn passes(test: &NodeTest, axis: Axis, item: &Item) -> bool {
    match test {
        NodeTest::Node => true,
        NodeTest::Text => matches!(item, Item::Node(node) if node.is_text()),
        NodeTest::Comment => is_kind(item, NodeKind::Comment),
        NodeTest::Instruction(target) => {
            is_kind(item, NodeKind::ProcessingInstruction)
                && target.as_ref().is_none_or(|target| item.name().is_some_and(|name| name.local() == target))
        }
        NodeTest::Any => is_principal(axis, item),
        NodeTest::InNamespace(namespace) => {
            is_principal(axis, item) && item.name().is_some_and(|name| name.namespace() == namespace)
        }
        NodeTest::Name(wanted) => match item {
            Item::Node(node) => is_principal(axis, item) && node.has_name(wanted),
            Item::Attribute(attribute) => is_principal(axis, item) && attribute.name() == wanted,
            Item::Namespace { prefix, .. } => is_principal(axis, item) && wanted.is_plain(prefix),
        },
    }
}

fn is_kind(item: &Item, kind: NodeKind) -> bool {
    matches!(item, Item::Node(node) if node.kind() == kind)
}

/// Attributes on the attribute axis, namespaces on theirs, elements elsewhere.
fn is_principal(axis: Axis, item: &Item) -> bool {
    match axis {
        Axis::Attribute => matches!(item, Item::Attribute(_)),
        Axis::Namespace => matches!(item, Item::Namespace { .. }),
        _ => is_kind(item, NodeKind::Element),
    }
}
