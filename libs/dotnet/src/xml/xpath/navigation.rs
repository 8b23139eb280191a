//! Document order.

use std::collections::HashSet;

use super::ast::Axis;
use super::evaluate::Budget;
use super::item::Item;
use crate::Exception;
use crate::work::sorted;

/// Steps for a comparison of two places.
const COMPARED_STEPS: u64 = 3;

/// Nodes in document order, each once.
pub(in crate::xml) async fn ordered(nodes: Vec<Item>, budget: &Budget) -> Result<Vec<Item>, Exception> {
    let mut seen = HashSet::with_capacity(nodes.len());
    let mut keyed = Vec::new();
    for node in nodes {
        if seen.insert(node.identity()) {
            let key = node.order();
            budget.take(key.1.len() + 4)?;
            budget.pause().await;
            keyed.push((key, node));
        }
    }
    if !keyed.is_sorted_by(|(left, _), (right, _)| left <= right) {
        keyed = sorted(budget.pace(), keyed, COMPARED_STEPS, |(left, _), (right, _)| left.cmp(right)).await;
    }
    Ok(keyed.into_iter().map(|(_, node)| node).collect())
}

/// Whether the nodes of an axis from several nodes in document order are in order without sorting, and each once.
pub(super) fn keeps_order(axis: Axis) -> bool {
    matches!(axis, Axis::SelfNode | Axis::Attribute | Axis::Namespace)
}
