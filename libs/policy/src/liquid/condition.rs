//! Conditions.

use std::cmp::Ordering;

use super::data::Data;
use super::render::Renderer;
use super::tree::{Comparison, Condition, Operand};

impl Renderer<'_> {
    /// Whether a condition holds. Recursion is bounded by the parser's depth limit.
    pub(super) fn holds(&mut self, condition: &Condition) -> Result<bool, String> {
        Ok(match condition {
            Condition::Truth(operand) => self.value(operand)?.is_true(),
            Condition::Not(inner) => !self.holds(inner)?,
            Condition::And(both) => self.holds(&both.0)? && self.holds(&both.1)?,
            Condition::Or(both) => self.holds(&both.0)? || self.holds(&both.1)?,
            Condition::Compare(left, comparison, right) => self.compare(left, *comparison, right)?,
        })
    }

    fn compare(&mut self, left: &Operand, comparison: Comparison, right: &Operand) -> Result<bool, String> {
        if matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            let equal = match (left, right) {
                (Operand::Empty, other) | (other, Operand::Empty) => self.value(other)?.is_empty(),
                (Operand::Blank, other) | (other, Operand::Blank) => self.value(other)?.is_blank(),
                _ => self.value(left)?.equals(&self.value(right)?),
            };
            return Ok(equal == (comparison == Comparison::Equal));
        }
        let (left, right) = (self.value(left)?, self.value(right)?);
        let order = left.compare(&right);
        let texts = || (left.to_text(), right.to_text());
        Ok(match comparison {
            Comparison::Less => order == Some(Ordering::Less),
            Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
            Comparison::Greater => order == Some(Ordering::Greater),
            Comparison::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
            Comparison::StartsWith => !left.to_text().is_empty() && texts().0.starts_with(&texts().1),
            Comparison::EndsWith => !left.to_text().is_empty() && texts().0.ends_with(&texts().1),
            Comparison::Contains => match &left {
                Data::Text(text) => !matches!(right, Data::Nil) && text.contains(&right.to_text()),
                Data::List(items) => items.iter().any(|item| item.equals(&right)),
                Data::Map(map) => map.get(&right.to_text()).is_some(),
                _ => false,
            },
            Comparison::HasKey => matches!(&left, Data::Map(map) if map.get(&right.to_text()).is_some()),
            Comparison::HasValue => {
                matches!(&left, Data::Map(map) if map.entries.iter().any(|(_, value)| value.equals(&right)))
            }
            Comparison::Equal | Comparison::NotEqual => false,
        })
    }
}
