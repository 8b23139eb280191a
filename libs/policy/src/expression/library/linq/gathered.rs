//! Items whose number nobody knows before.

use crate::expression::machine::{Machine, Thrown};
use crate::expression::release::Held;
use crate::expression::value::Value;

/// Items in blocks: a list that is full is copied to one of twice the size, which takes milliseconds once it has some megabytes.
#[derive(Default)]
pub(in crate::expression::library) struct Gathered {
    /// Full blocks; while they are joined the first one last.
    full: Vec<Held>,
    last: Held,
    /// Nothing more will come.
    pub(super) is_complete: bool,
    whole: Option<Held>,
}

/// Items of a block: few enough to be moved in a tenth of a turn.
const BLOCK: usize = 16 * 1024;

impl Gathered {
    /// Adds an item that was paid for.
    pub(super) fn push(&mut self, item: Value) {
        if self.last.len() >= BLOCK {
            self.full.push(std::mem::replace(&mut self.last, Held(Vec::with_capacity(BLOCK))));
        }
        self.last.push(item);
    }

    /// All of them as one list. Where it ends the turn, it keeps what it did and is asked again.
    ///
    /// # Errors
    /// A spent budget, the end of the turn.
    pub(super) fn join(&mut self, machine: &mut Machine<'_>) -> Result<Vec<Value>, Thrown> {
        if self.full.is_empty() && self.whole.is_none() {
            return Ok(std::mem::take(&mut self.last.0));
        }
        let whole = match &mut self.whole {
            Some(whole) => whole,
            none => {
                let room = self.full.len() * BLOCK + self.last.len();
                self.full.push(std::mem::take(&mut self.last));
                self.full.reverse();
                none.insert(Held(Vec::with_capacity(room)))
            }
        };
        while let Some(mut block) = self.full.pop() {
            machine.charge(block.len() / 2)?;
            whole.append(&mut block);
            machine.end_turn()?;
        }
        Ok(std::mem::take(&mut whole.0))
    }
}
