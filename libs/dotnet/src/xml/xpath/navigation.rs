//! Document order.

use super::ast::Axis;
use super::evaluate::Budget;
use super::item::{Item, Place};
use crate::work::{mapped, sorted};
use crate::{Exception, Shards};

/// Steps for a comparison of two places.
const COMPARED_STEPS: u64 = 3;
/// Steps for a place that is freed.
const FREED_STEPS: u64 = 4;

/// Nodes in document order, each once.
pub(in crate::xml) async fn ordered(nodes: Vec<Item>, budget: &Budget) -> Result<Vec<Item>, Exception> {
    let mut seen = Shards::default();
    let mut keyed: Vec<(Place, Item)> = Vec::with_capacity(nodes.len());
    let mut is_ordered = true;
    for node in nodes {
        // A node that is known is looked for as well.
        budget.take(1)?;
        budget.pause().await;
        if seen.add(node.identity(), ()) {
            let place = node.order();
            budget.take(place.1.len() + 3)?;
            is_ordered = is_ordered && keyed.last().is_none_or(|(before, _)| *before <= place);
            keyed.push((place, node));
        }
    }
    budget.free(seen).await;
    if !is_ordered {
        keyed = sorted(budget.pace(), keyed, COMPARED_STEPS, |(left, _), (right, _)| left.cmp(right)).await;
    }
    Ok(mapped(budget.pace(), keyed, FREED_STEPS, |(_, node)| node).await)
}

/// Whether the nodes of an axis from several nodes in document order are in order without sorting, and each once.
pub(super) fn keeps_order(axis: Axis) -> bool {
    matches!(axis, Axis::SelfNode | Axis::Attribute | Axis::Namespace)
}
