//! Comparisons: node-sets compare by any of their nodes.
//!
//! What must hold: two node-sets are compared without trying all pairs; every node is paid for, and so are the bytes of its text.

use super::ast::Operator;
use super::evaluate::{BYTES_PER_STEP, Budget};
use super::item::Item;
use super::value::{XPathValue, text_number};
use crate::{Exception, Shards, Text};

/// Whether a comparison holds.
pub(super) async fn holds(
    operator: Operator,
    left: &XPathValue,
    right: &XPathValue,
    budget: &Budget,
) -> Result<bool, Exception> {
    match (left, right) {
        (XPathValue::Nodes(left), XPathValue::Nodes(right)) => both(operator, left, right, budget).await,
        (XPathValue::Nodes(nodes), other) => one(operator, nodes, other, budget).await,
        (other, XPathValue::Nodes(nodes)) => one(mirrored(operator), nodes, other, budget).await,
        (left, right) => plain(operator, left, right, budget).await,
    }
}

fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        other => other,
    }
}

fn is_equality(operator: Operator) -> bool {
    matches!(operator, Operator::Equal | Operator::NotEqual)
}

/// The text of a node that is looked for or compared, paid for.
async fn text(item: &Item, budget: &Budget) -> Result<Text, Exception> {
    let text = item.read(budget).await?;
    budget.take(1 + text.len() / BYTES_PER_STEP)?;
    budget.pause().await;
    Ok(text)
}

/// Two node-sets: whether any pair satisfies it.
async fn both(operator: Operator, left: &[Item], right: &[Item], budget: &Budget) -> Result<bool, Exception> {
    if left.is_empty() || right.is_empty() {
        return Ok(false);
    }
    match operator {
        Operator::Equal => {
            let (few, many) = if left.len() < right.len() { (left, right) } else { (right, left) };
            let mut known = Shards::default();
            for item in few {
                let text = text(item, budget).await?;
                budget.take(known.growth() / 4)?;
                known.add(text, ());
            }
            for item in many {
                if known.contains_key(&text(item, budget).await?) {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Operator::NotEqual => {
            // Unless all of them are the same, two that differ are in different sets, or one of them differs from what the other set has.
            let mut first: Option<Text> = None;
            for item in left.iter().chain(right) {
                let text = text(item, budget).await?;
                if *first.get_or_insert_with(|| text.clone()) != text {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Operator::Less | Operator::LessOrEqual => {
            let (left, right) = (extreme(left, f64::min, budget).await?, extreme(right, f64::max, budget).await?);
            Ok(left.zip(right).is_some_and(|(left, right)| number(operator, left, right)))
        }
        _ => {
            let (left, right) = (extreme(left, f64::max, budget).await?, extreme(right, f64::min, budget).await?);
            Ok(left.zip(right).is_some_and(|(left, right)| number(operator, left, right)))
        }
    }
}

/// The least or greatest number of nodes; `None`: none is a number.
async fn extreme(nodes: &[Item], of: fn(f64, f64) -> f64, budget: &Budget) -> Result<Option<f64>, Exception> {
    let mut found: Option<f64> = None;
    for node in nodes {
        let number = text_number(&text(node, budget).await?);
        if !number.is_nan() {
            found = Some(found.map_or(number, |before| of(before, number)));
        }
    }
    Ok(found)
}

async fn one(operator: Operator, nodes: &[Item], other: &XPathValue, budget: &Budget) -> Result<bool, Exception> {
    if let XPathValue::Boolean(_) = other {
        return plain(operator, &XPathValue::Boolean(!nodes.is_empty()), other, budget).await;
    }
    if !is_equality(operator) || matches!(other, XPathValue::Number(_)) {
        let other = other.read_number(budget).await?;
        for node in nodes {
            if number(operator, text_number(&text(node, budget).await?), other) {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    let other = other.read(budget).await?;
    for node in nodes {
        if (text(node, budget).await? == other) == (operator == Operator::Equal) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Two values of which none is a node-set.
async fn plain(operator: Operator, left: &XPathValue, right: &XPathValue, budget: &Budget) -> Result<bool, Exception> {
    if !is_equality(operator) {
        return Ok(number(operator, left.read_number(budget).await?, right.read_number(budget).await?));
    }
    let equal = match (left, right) {
        (XPathValue::Boolean(_), _) | (_, XPathValue::Boolean(_)) => left.to_boolean() == right.to_boolean(),
        (XPathValue::Number(_), _) | (_, XPathValue::Number(_)) => {
            return Ok(number(operator, left.read_number(budget).await?, right.read_number(budget).await?));
        }
        _ => left.read(budget).await? == right.read(budget).await?,
    };
    Ok(equal == (operator == Operator::Equal))
}

#[allow(clippy::float_cmp, reason = "XPath compares exactly")]
fn number(operator: Operator, left: f64, right: f64) -> bool {
    match operator {
        Operator::Equal => left == right,
        Operator::NotEqual => left != right,
        Operator::Less => left < right,
        Operator::LessOrEqual => left <= right,
        Operator::Greater => left > right,
        _ => left >= right,
    }
}
