//! Conditions.

use std::cmp::Ordering;

use super::data::Data;
use super::render::Renderer;
use super::tree::{Comparison, Condition, Operand};

/// Bytes of a text that count as one item.
const BYTES_PER_ITEM: usize = 8;

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

    /// The text of what is compared, paid for.
    fn looked_at(&mut self, data: &Data) -> String {
        let text = data.to_text();
        self.look_at(text.len() / BYTES_PER_ITEM);
        text
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
        Ok(match comparison {
            Comparison::Less => order == Some(Ordering::Less),
            Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
            Comparison::Greater => order == Some(Ordering::Greater),
            Comparison::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
            Comparison::StartsWith => {
                let (left, right) = (self.looked_at(&left), self.looked_at(&right));
                !left.is_empty() && left.starts_with(&right)
            }
            Comparison::EndsWith => {
                let (left, right) = (self.looked_at(&left), self.looked_at(&right));
                !left.is_empty() && left.ends_with(&right)
            }
            Comparison::Contains => match &left {
                Data::Text(text) => {
                    self.look_at(text.len() / BYTES_PER_ITEM);
                    !matches!(right, Data::Nil) && text.contains(&self.looked_at(&right))
                }
                Data::List(items) => {
                    self.look_at(items.len());
                    items.iter().any(|item| item.equals(&right))
                }
                Data::Map(map) => map.get(&self.looked_at(&right)).is_some(),
                _ => false,
            },
            Comparison::HasKey => {
                matches!(&left, Data::Map(map) if map.get(&self.looked_at(&right)).is_some())
            }
            Comparison::HasValue => {
                let Data::Map(map) = &left else { return Ok(false) };
                self.look_at(map.entries.len());
                map.entries.iter().any(|(_, value)| value.equals(&right))
            }
            Comparison::Equal | Comparison::NotEqual => false,
        })
    }
}
