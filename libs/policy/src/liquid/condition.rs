//! Conditions.

use std::cmp::Ordering;
use std::future::Future;
use std::pin::Pin;

use super::data::{Data, Map};
use super::filter::pieces::{find, finder, trimmed};
use super::render::Renderer;
use super::tree::{Comparison, Condition, Operand};

/// Bytes of a text that count as one item.
const BYTES_PER_ITEM: usize = 8;

impl Renderer<'_> {
    /// Whether a condition holds. Recursion is bounded by the parser's depth limit.
    pub(super) fn holds<'c>(
        &'c mut self,
        condition: &'c Condition,
    ) -> Pin<Box<dyn Future<Output = Result<bool, String>> + 'c>> {
        Box::pin(async move {
            Ok(match condition {
                Condition::Truth(operand) => self.value(operand)?.is_true(),
                Condition::Not(inner) => !self.holds(inner).await?,
                Condition::And(both) => self.holds(&both.0).await? && self.holds(&both.1).await?,
                Condition::Or(both) => self.holds(&both.0).await? || self.holds(&both.1).await?,
                Condition::Compare(left, comparison, right) => self.compare(left, *comparison, right).await?,
            })
        })
    }

    /// Whether one text has another one, or begins or ends with it.
    async fn text_has(&mut self, text: &str, comparison: Comparison, other: &Data) -> Result<bool, String> {
        let other = self.whole_text(other).await?;
        self.look_at(other.len() / BYTES_PER_ITEM);
        Ok(match comparison {
            Comparison::StartsWith => !text.is_empty() && text.starts_with(&*other),
            Comparison::EndsWith => !text.is_empty() && text.ends_with(&*other),
            _ => {
                self.look_at(text.len() / BYTES_PER_ITEM);
                let pace = self.pace.clone();
                let wanted = finder(&pace, &other).await;
                find(&pace, text, 0, &wanted).await.is_some()
            }
        })
    }

    async fn compare(&mut self, left: &Operand, comparison: Comparison, right: &Operand) -> Result<bool, String> {
        if matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            let equal = match (left, right) {
                (Operand::Empty, other) | (other, Operand::Empty) => self.value(other)?.is_empty(),
                (Operand::Blank, other) | (other, Operand::Blank) => match self.value(other)? {
                    Data::Nil | Data::Bool(false) => true,
                    Data::Text(text) => trimmed(&self.pace, &text, true, false).await.is_empty(),
                    other => other.is_empty(),
                },
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
            Comparison::StartsWith | Comparison::EndsWith => {
                let left = self.whole_text(&left).await?;
                self.text_has(&left, comparison, &right).await?
            }
            Comparison::Contains => match &left {
                Data::Text(text) => !matches!(right, Data::Nil) && self.text_has(text, comparison, &right).await?,
                Data::List(items) => {
                    self.look_at(items.len());
                    items.iter().any(|item| item.equals(&right))
                }
                Data::Map(map) => self.has_key(map, &right).await?,
                _ => false,
            },
            Comparison::HasKey => match &left {
                Data::Map(map) => self.has_key(map, &right).await?,
                _ => false,
            },
            Comparison::HasValue => {
                let Data::Map(map) = &left else { return Ok(false) };
                self.look_at(map.entries.len());
                map.entries.iter().any(|(_, value)| value.equals(&right))
            }
            Comparison::Equal | Comparison::NotEqual => false,
        })
    }

    /// Whether a map has a name.
    async fn has_key(&mut self, map: &Map, name: &Data) -> Result<bool, String> {
        let name = self.whole_text(name).await?;
        self.look_at(map.entries.len());
        Ok(map.get(&name).is_some())
    }
}
