//! Comparisons: node-sets compare by any of their nodes.

use std::collections::HashSet;

use super::ast::Operator;
use super::evaluate::Budget;
use super::item::Item;
use super::value::{XPathValue, text_number};
use crate::{Exception, Text};

/// Whether a comparison holds.
pub(super) fn holds(
    operator: Operator,
    left: &XPathValue,
    right: &XPathValue,
    budget: &Budget,
) -> Result<bool, Exception> {
    match (left, right) {
        (XPathValue::Nodes(left), XPathValue::Nodes(right)) => both(operator, left, right, budget),
        (XPathValue::Nodes(nodes), other) => one(operator, nodes, other, budget),
        (other, XPathValue::Nodes(nodes)) => one(mirrored(operator), nodes, other, budget),
        (left, right) => Ok(plain(operator, left, right)),
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

/// Two node-sets: whether any pair satisfies it, without trying all pairs.
fn both(operator: Operator, left: &[Item], right: &[Item], budget: &Budget) -> Result<bool, Exception> {
    budget.take(left.len() + right.len())?;
    let texts = |items: &[Item]| items.iter().map(Item::value).collect::<HashSet<Text>>();
    match operator {
        Operator::Equal => {
            let (left, right) = (texts(left), texts(right));
            Ok(!left.is_disjoint(&right))
        }
        Operator::NotEqual => {
            let (left, right) = (texts(left), texts(right));
            let all_same = left.len() == 1 && left == right;
            Ok(!left.is_empty() && !right.is_empty() && !all_same)
        }
        _ => {
            let numbers = |items: &[Item]| {
                items
                    .iter()
                    .map(|item| text_number(&item.value()))
                    .filter(|number| !number.is_nan())
                    .collect::<Vec<_>>()
            };
            let (left, right) = (numbers(left), numbers(right));
            let least = |numbers: &[f64]| numbers.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = |numbers: &[f64]| numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if left.is_empty() || right.is_empty() {
                return Ok(false);
            }
            Ok(match operator {
                Operator::Less | Operator::LessOrEqual => number(operator, least(&left), greatest(&right)),
                _ => number(operator, greatest(&left), least(&right)),
            })
        }
    }
}

fn one(operator: Operator, nodes: &[Item], other: &XPathValue, budget: &Budget) -> Result<bool, Exception> {
    budget.take(nodes.len())?;
    if let XPathValue::Boolean(_) = other {
        return Ok(plain(operator, &XPathValue::Boolean(!nodes.is_empty()), other));
    }
    Ok(nodes.iter().any(|node| plain(operator, &XPathValue::Text(node.value()), other)))
}

fn plain(operator: Operator, left: &XPathValue, right: &XPathValue) -> bool {
    let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    if !is_equality {
        return number(operator, left.to_number(), right.to_number());
    }
    let equal = match (left, right) {
        (XPathValue::Boolean(_), _) | (_, XPathValue::Boolean(_)) => left.to_boolean() == right.to_boolean(),
        (XPathValue::Number(_), _) | (_, XPathValue::Number(_)) => {
            return number(operator, left.to_number(), right.to_number());
        }
        _ => left.to_text() == right.to_text(),
    };
    equal == (operator == Operator::Equal)
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
