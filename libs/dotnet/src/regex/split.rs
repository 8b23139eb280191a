//! `Split`.

use std::sync::Arc;

use super::capture::Input;
use super::machine::Steps;
use super::pattern::{Regex, checked_start};
use crate::{Exception, Text};

impl Regex {
    /// `Split(input)`
    pub fn split(self: &Arc<Self>, input: &Text, steps: &mut Steps) -> Result<Vec<Text>, Exception> {
        self.split_some(input, 0, None, steps)
    }

    /// `Split(input, count, startat)`; a count of 0 is all. Captured groups stand between the pieces.
    pub fn split_some(
        self: &Arc<Self>,
        input: &Text,
        count: i32,
        start: Option<i32>,
        steps: &mut Steps,
    ) -> Result<Vec<Text>, Exception> {
        if count < 0 {
            return Err(Exception::argument_out_of_range("count", "Count cannot be less than -1."));
        }
        let input = Arc::new(Input::new(input.clone())?);
        let backward = self.right_to_left();
        let length = input.units.len();
        let start = match start {
            Some(start) => checked_start(&input, start, "startat")?,
            None if backward => length,
            None => 0,
        };
        if count == 1 {
            return Ok(vec![input.text().clone()]);
        }
        let mut left = count - 1;
        let mut pieces = Vec::new();
        let mut from = if backward { length } else { 0 };
        self.each(&input, start, steps, |found| {
            let whole = found.whole();
            let (first, last) = (whole.index(), whole.index() + whole.length());
            pieces.push(if backward { input.slice(last, from) } else { input.slice(from, first) });
            from = if backward { first } else { last };
            for slot in 1..found.group_count() {
                let group = found.slot(slot);
                if group.success() {
                    pieces.push(group.value());
                }
            }
            left -= 1;
            Ok::<bool, Exception>(left != 0)
        })?;
        pieces.push(if backward { input.slice(0, from) } else { input.slice(from, length) });
        if backward {
            pieces.reverse();
        }
        Ok(pieces)
    }
}
