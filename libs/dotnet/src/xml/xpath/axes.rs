//! Axes and node tests.

use super::super::node::{NodeKind, XNode};
use super::ast::{Axis, NodeTest};
use super::item::{self, Item, children};

/// The nodes of an axis in its own order: reverse axes from the context node backward.
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
        (Axis::Child, Item::Node(node)) => children(node).map(Item::Node).collect(),
        (Axis::Descendant, Item::Node(node)) => descendants(node),
        (Axis::DescendantOrSelf, Item::Node(node)) => std::iter::once(from.clone()).chain(descendants(node)).collect(),
        (Axis::DescendantOrSelf, _) => vec![from.clone()],
        (Axis::FollowingSibling, Item::Node(node)) => siblings(node, Side::After),
        (Axis::PrecedingSibling, Item::Node(node)) => siblings(node, Side::Before),
        (Axis::Following, _) => following(from),
        (Axis::Preceding, _) => preceding(from),
        _ => Vec::new(),
    }
}

/// Nodes that are looked at besides those that are found.
pub(super) fn overhead(axis: Axis, from: &Item) -> usize {
    match (axis, from) {
        (Axis::FollowingSibling | Axis::PrecedingSibling | Axis::Following | Axis::Preceding, Item::Node(node)) => {
            node.parent_node().map_or(1, |parent| parent.child_count() + 1)
        }
        _ => 1,
    }
}

fn ancestors(from: &Item) -> Vec<Item> {
    std::iter::successors(from.parent(), Item::parent).collect()
}

/// Everything below a node in document order, without recursion.
fn descendants(node: &XNode) -> Vec<Item> {
    let mut found = Vec::new();
    let mut pending = vec![children(node)];
    while let Some(nearest) = pending.last_mut() {
        match nearest.next() {
            Some(node) => {
                if node.is_element() {
                    pending.push(children(&node));
                }
                found.push(Item::Node(node));
            }
            None => {
                pending.pop();
            }
        }
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

fn siblings(node: &XNode, side: Side) -> Vec<Item> {
    let Some(parent) = node.parent_node() else { return Vec::new() };
    let all: Vec<XNode> = children(&parent).collect();
    let Some(index) = all.iter().position(|other| other.is(node)) else { return Vec::new() };
    let items = all.into_iter().map(Item::Node);
    match side {
        Side::After => items.skip(index + 1).collect(),
        Side::Before => {
            let mut before: Vec<Item> = items.take(index).collect();
            before.reverse();
            before
        }
    }
}

fn following(from: &Item) -> Vec<Item> {
    let mut found = Vec::new();
    // Behind an attribute come the children of its element.
    let mut current = match from {
        Item::Node(node) => node.clone(),
        other => match other.parent() {
            Some(Item::Node(element)) => {
                found.extend(descendants(&element));
                element
            }
            _ => return found,
        },
    };
    loop {
        for sibling in siblings(&current, Side::After) {
            if let Item::Node(node) = &sibling {
                let below = descendants(node);
                found.push(sibling);
                found.extend(below);
            }
        }
        match current.parent_node() {
            Some(parent) => current = parent,
            None => return found,
        }
    }
}

fn preceding(from: &Item) -> Vec<Item> {
    let mut found = Vec::new();
    let mut current = match from {
        Item::Node(node) => node.clone(),
        other => match other.parent() {
            Some(Item::Node(element)) => element,
            _ => return found,
        },
    };
    loop {
        for sibling in siblings(&current, Side::Before) {
            if let Item::Node(node) = &sibling {
                let mut below = descendants(node);
                below.reverse();
                found.extend(below);
                found.push(sibling);
            }
        }
        match current.parent_node() {
            Some(parent) => current = parent,
            None => return found,
        }
    }
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
