//! Document order.

use std::collections::HashSet;

use super::ast::Axis;
use super::evaluate::Budget;
use super::item::Item;
use crate::Exception;

/// Nodes in document order, each once.
pub(in crate::xml) fn ordered(nodes: Vec<Item>, budget: &Budget) -> Result<Vec<Item>, Exception> {
    let mut seen = HashSet::with_capacity(nodes.len());
    let mut keyed = Vec::new();
    for node in nodes {
        if seen.insert(node.identity()) {
            let key = node.order();
            budget.take(key.1.len() + 4)?;
            keyed.push((key, node));
        }
    }
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(keyed.into_iter().map(|(_, node)| node).collect())
}

/// Whether the nodes of an axis from several nodes in document order are in order without sorting, and each once.
pub(super) fn keeps_order(axis: Axis) -> bool {
    matches!(axis, Axis::SelfNode | Axis::Attribute | Axis::Namespace)
}
