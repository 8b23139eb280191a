//! `Split`.

use std::sync::Arc;

use super::capture::Match;
use super::finder::Finder;
use super::machine::Steps;
use super::pattern::Regex;
use crate::work::{Paced, in_one_go};
use crate::{Exception, Text};

/// Steps for a match: the pieces around it are copied, and it is forgotten.
const MATCH_STEPS: u64 = 12;
/// Units that are copied in one step.
const UNITS_PER_STEP: usize = 16;

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
        let max = Regex::splits(count)?;
        let found = Finder::new(self, input, start)?.collect(max, steps)?;
        Ok(in_one_go(self.splitting(input, found)))
    }

    /// How many matches a `Split` into `count` pieces looks for.
    ///
    /// # Errors
    /// A negative count.
    pub fn splits(count: i32) -> Result<usize, Exception> {
        let count = usize::try_from(count)
            .map_err(|_| Exception::argument_out_of_range("count", "Count cannot be less than -1."))?;
        Ok(if count == 0 { usize::MAX } else { count - 1 })
    }

    /// The pieces of the input between matches found in it before; made in pieces.
    #[must_use]
    pub fn splitting(&self, input: &Text, found: Vec<Match>) -> Paced<Vec<Text>> {
        let (text, backward) = (input.clone(), self.right_to_left());
        Paced::new(move |pace| async move {
            let Some(first) = found.first() else { return vec![text] };
            let input = Arc::clone(first.input());
            let length = input.units.len();
            let mut pieces = Vec::new();
            let mut from = input.beginning(backward);
            let (mut copied, mut counted) = (0, 0);
            for found in found {
                let whole = found.whole();
                let (first, last) = (whole.index(), whole.index() + whole.length());
                pieces.push(if backward { input.slice(last, from) } else { input.slice(from, first) });
                copied += if backward { from - last } else { first - from };
                from = if backward { first } else { last };
                for slot in 1..found.group_count() {
                    let group = found.slot(slot);
                    if group.success() {
                        pieces.push(group.value());
                        copied += group.capture().length();
                    }
                }
                pace.take_bytes(copied - counted);
                pace.take(MATCH_STEPS + ((copied - counted) / UNITS_PER_STEP) as u64).await;
                counted = copied;
            }
            pieces.push(if backward { input.slice(0, from) } else { input.slice(from, length) });
            if backward {
                pieces.reverse();
            }
            pieces
        })
    }
}
