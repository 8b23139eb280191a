//! What the operands of a template stand for.

use super::RANGE_MAX;
use super::data::Data;
use super::render::Renderer;
use super::tree::{Operand, Step};

/// Bytes of a literal that are copied for an item that is looked at.
const BYTES_PER_LOOK: usize = 64;

impl Renderer<'_> {
    /// What an operand stands for. Recursion is bounded by the parser's depth limit.
    pub(super) fn value(&mut self, operand: &Operand) -> Result<Data, String> {
        Ok(match operand {
            Operand::Nil => Data::Nil,
            Operand::Empty | Operand::Blank => Data::text(""),
            Operand::Bool(flag) => Data::Bool(*flag),
            Operand::Integer(number) => Data::Integer(*number),
            Operand::Float(number) => Data::Float(*number),
            Operand::Text(text) => {
                self.look_at(text.len() / BYTES_PER_LOOK);
                Data::text(text)
            }
            Operand::Range(ends) => {
                let (from, to) =
                    (self.value(&ends.0)?.integer().unwrap_or(0), self.value(&ends.1)?.integer().unwrap_or(0));
                if to.saturating_sub(from) >= RANGE_MAX {
                    return Err(format!("A range has more than {RANGE_MAX} items."));
                }
                let range: Vec<Data> = (from..=to).map(Data::Integer).collect();
                self.look_at(range.len());
                Data::list(range)
            }
            Operand::Path(name, steps) => {
                let mut value = self.lookup(name);
                for step in steps {
                    self.steps = self.steps.saturating_add(value.cost());
                    value = match step {
                        Step::Name(name) => value.member(name),
                        Step::Index(operand) => {
                            let at = self.value(operand)?;
                            value.index(&at)
                        }
                    };
                }
                value
            }
        })
    }

    fn lookup(&self, name: &str) -> Data {
        let found = self.locals.iter().rev().chain(&self.assigned).find(|(known, _)| &**known == name);
        found.map_or_else(|| self.root.member(name), |(_, value)| value.clone())
    }
}
