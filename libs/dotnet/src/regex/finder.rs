//! Match after match, with pauses.
//!
//! What must hold: a search that was paused goes on where it was and finds what it would have found without the pause.

use std::sync::Arc;

use super::capture::{Input, Match};
use super::limits::MATCHES_MAX;
use super::machine::{Found, Machine, Search, Steps, timeout};
use super::pattern::{Regex, checked_start};
use crate::{Exception, Text};

/// Steps that a match takes besides those of the matcher: its captures and what is kept of it.
const MATCH_STEPS: u64 = 30;

/// Looks for the matches of a pattern in an input, one after the other.
#[derive(Debug)]
pub struct Finder {
    regex: Arc<Regex>,
    input: Arc<Input>,
    /// Where the next search begins; `None` behind the last match.
    next: Option<usize>,
    /// The search under way.
    search: Option<Search>,
    count: usize,
}

/// What [`Finder::find_next`] came to.
#[derive(Debug)]
pub enum Next {
    /// The next match.
    Match(Match),
    /// There are no more.
    End,
    /// The turn of the steps is over: ask again with new ones.
    Paused,
}

impl Finder {
    /// Begins at `start` (`startat`, in UTF-16 units), or where the pattern's direction begins.
    ///
    /// # Errors
    /// A start outside the input; an input longer than the limit.
    pub fn new(regex: &Arc<Regex>, input: &Text, start: Option<i32>) -> Result<Finder, Exception> {
        let input = Arc::new(Input::new(input.clone())?);
        let start = match start {
            Some(start) => checked_start(&input, start, "startat")?,
            None => input.beginning(regex.right_to_left()),
        };
        Ok(Finder::within(regex, input, start))
    }

    pub(super) fn within(regex: &Arc<Regex>, input: Arc<Input>, start: usize) -> Finder {
        Finder { regex: Arc::clone(regex), input, next: Some(start), search: None, count: 0 }
    }

    pub(super) fn regex(&self) -> &Regex {
        &self.regex
    }

    pub(super) fn input(&self) -> &Arc<Input> {
        &self.input
    }

    /// The next match.
    ///
    /// # Errors
    /// `RegexMatchTimeoutException`: the steps are used up, or there are too many matches.
    pub fn find_next(&mut self, steps: &mut Steps) -> Result<Next, Exception> {
        let regex = &*self.regex;
        let mut search = match (self.search.take(), self.next.take()) {
            (Some(search), _) => search,
            (None, Some(start)) => Search::new(regex.program(), regex.groups.numbers.len(), start),
            (None, None) => return Ok(Next::End),
        };
        match Machine::new(regex.program(), &self.input.units, &mut search).find(regex.right_to_left(), steps)? {
            Found::Paused => {
                self.search = Some(search);
                Ok(Next::Paused)
            }
            Found::Nothing => Ok(Next::End),
            Found::Match(captures) => {
                self.count += 1;
                if self.count > MATCHES_MAX {
                    return Err(timeout());
                }
                steps.take(MATCH_STEPS)?;
                let found = Match::new(Arc::clone(&self.regex), Arc::clone(&self.input), Some(captures));
                self.next = found.next_start();
                Ok(Next::Match(found))
            }
        }
    }

    /// All matches, at most `max`, without a pause.
    pub(super) fn collect(mut self, max: usize, steps: &mut Steps) -> Result<Vec<Match>, Exception> {
        let mut found = Vec::new();
        while found.len() < max {
            match self.find_next(steps)? {
                Next::Match(next) => found.push(next),
                Next::End => break,
                // These steps have no turns.
                Next::Paused => return Err(timeout()),
            }
        }
        Ok(found)
    }

    /// The first match or a failed one, without a pause.
    pub(super) fn first(self, steps: &mut Steps) -> Result<Match, Exception> {
        let (regex, input) = (Arc::clone(&self.regex), Arc::clone(&self.input));
        let found = self.collect(1, steps)?.pop();
        Ok(found.unwrap_or_else(|| Match::new(regex, input, None)))
    }

    /// What `Match` gives when nothing was found.
    #[must_use]
    pub fn failed(&self) -> Match {
        Match::new(Arc::clone(&self.regex), Arc::clone(&self.input), None)
    }
}
