//! `xsl:sort`.

use std::cmp::Ordering;

use super::super::super::xpath::Item;
use super::super::sheet::{Avt, Sort};
use super::{Focus, Transformer};
use crate::text::{StringComparison, compare};
use crate::work::{mapped, sorted};
use crate::{Exception, Text};

/// Steps for a comparison of two keys.
const COMPARED_STEPS: u64 = 8;
/// Steps for the keys of a node that are freed.
const FREED_STEPS: u64 = 6;

/// A key of a node.
enum Key {
    Text(Text),
    Number(f64),
}

/// What the attributes of a sort say.
struct Order {
    is_number: bool,
    is_descending: bool,
    upper_first: bool,
}

impl Transformer<'_> {
    /// Nodes in the order of sorts; equal ones stay in document order.
    pub(super) async fn sorted(&self, nodes: Vec<Item>, sorts: &[Sort], focus: &Focus) -> Result<Vec<Item>, Exception> {
        if sorts.is_empty() {
            return Ok(nodes);
        }
        let mut orders = Vec::with_capacity(sorts.len());
        for sort in sorts {
            orders.push(self.order(sort, focus).await?);
        }
        let size = nodes.len();
        let mut keyed = Vec::with_capacity(size);
        for (index, node) in nodes.into_iter().enumerate() {
            let inner = Focus { node, position: index + 1, size };
            let context = self.context(&inner);
            let mut keys = Vec::with_capacity(sorts.len());
            for (sort, order) in sorts.iter().zip(&orders) {
                let value = sort.select.evaluate(&context).await?;
                self.budget.take(8)?;
                self.budget.pause().await;
                keys.push(match order.is_number {
                    true => Key::Number(value.read_number(&self.budget).await?),
                    false => Key::Text(value.read(&self.budget).await?),
                });
            }
            drop(context);
            keyed.push((keys, inner.node));
        }
        let keyed = sorted(self.budget.pace(), keyed, COMPARED_STEPS, |(left, _), (right, _)| {
            let pairs = left.iter().zip(right).zip(&orders);
            pairs
                .map(|((left, right), order)| key_order(left, right, order))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        })
        .await;
        Ok(mapped(self.budget.pace(), keyed, FREED_STEPS, |(_, node)| node).await)
    }

    async fn order(&self, sort: &Sort, focus: &Focus) -> Result<Order, Exception> {
        Ok(Order {
            is_number: self.is(sort.data_type.as_ref(), "number", focus).await?,
            is_descending: self.is(sort.order.as_ref(), "descending", focus).await?,
            upper_first: self.is(sort.case_order.as_ref(), "upper-first", focus).await?,
        })
    }

    async fn is(&self, avt: Option<&Avt>, wanted: &str, focus: &Focus) -> Result<bool, Exception> {
        match avt {
            Some(avt) => Ok(self.avt(avt, focus).await? == wanted),
            None => Ok(false),
        }
    }
}

fn key_order(left: &Key, right: &Key, order: &Order) -> Ordering {
    let found = match (left, right) {
        // NaN comes before all numbers.
        (Key::Number(left), Key::Number(right)) => match (left.is_nan(), right.is_nan()) {
            (false, false) => left.partial_cmp(right).unwrap_or(Ordering::Equal),
            (left, right) => right.cmp(&left),
        },
        (Key::Text(left), Key::Text(right)) => {
            let found = compare(left, right, StringComparison::InvariantCultureIgnoreCase).cmp(&0);
            let by_case = || {
                let cased = compare(left, right, StringComparison::InvariantCulture).cmp(&0);
                if order.upper_first { cased.reverse() } else { cased }
            };
            found.then_with(by_case)
        }
        _ => Ordering::Equal,
    };
    if order.is_descending { found.reverse() } else { found }
}
