//! JSONPath in the dialect of Newtonsoft.Json: `SelectToken`, `SelectTokens`.
//!
//! `$`, `.name`, `['name','other']`, `[0]`, `[0,1]`, `[1:5:2]`, `*`, `..`, `[?(@.a == 'x' && $.b > 3)]`, `=~ /pattern/i`.
//!
//! What must hold: a token is found when it is asked for, no earlier, so that changes of the document meanwhile have the effects that they have in
//! the original.

mod cursor;
mod filter;
mod parse;
mod query;
mod search;

use std::fmt;
use std::rc::Rc;

use super::limits::PATH_STEPS_MAX;
use super::navigate::WALKED_STEPS;
use super::token::JToken;
use crate::work::{Flow, Pace, Paced, in_one_go};
use crate::{Exception, ExceptionType};
use filter::{Filter, NoMatch};
use search::Search;

/// What an evaluation may still look at.
struct Evaluation {
    pace: Pace,
    root: JToken,
    steps_left: u64,
}

impl Evaluation {
    fn new(pace: Pace, root: JToken) -> Evaluation {
        Evaluation { pace, root, steps_left: PATH_STEPS_MAX }
    }

    async fn step(&mut self) -> Result<(), Exception> {
        self.pace.take(WALKED_STEPS).await;
        self.leave(1)
    }

    /// Counts a few steps that are done at once.
    fn count(&mut self, steps: usize) -> Result<(), Exception> {
        self.pace.spend(WALKED_STEPS.saturating_mul(steps as u64));
        self.leave(steps as u64)
    }

    fn leave(&mut self, steps: u64) -> Result<(), Exception> {
        self.steps_left = self.steps_left.checked_sub(steps).ok_or_else(|| {
            Exception::new(ExceptionType::Timeout, "The JSON path looks at more tokens than a policy expression may.")
        })?;
        Ok(())
    }
}

/// `SelectTokens(path, errorWhenNoMatch)`: a path from a token, which can be walked along any number of times.
pub struct Selection {
    filters: Rc<[Filter]>,
    root: JToken,
    no_match: NoMatch,
}

impl fmt::Debug for Selection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Selection").field("filters", &self.filters).finish_non_exhaustive()
    }
}

impl Selection {
    /// The tokens, found one by one.
    #[must_use]
    pub fn walk(&self) -> Flow<JToken, Exception> {
        let (filters, root, no_match) = (Rc::clone(&self.filters), self.root.clone(), self.no_match);
        Flow::new(|pace, given| async move {
            let mut on = Evaluation::new(pace, root.clone());
            let mut search = Search::begin(&filters, root, no_match)?;
            while let Some(token) = search.next(&mut on).await? {
                given.give(token).await;
            }
            Ok(())
        })
    }

    /// What `SelectToken` gives, if the path is one that leads to one token at most, with the steps that takes; `None` for all other paths.
    ///
    /// # Errors
    /// As [`JToken::select_token`].
    #[must_use]
    pub fn follow(&self) -> Option<(u64, Result<Option<JToken>, Exception>)> {
        search::is_straight(&self.filters).then(|| {
            let steps = WALKED_STEPS.saturating_mul(self.filters.len() as u64);
            (steps, search::follow(&self.filters, &self.root, self.root.clone(), self.no_match))
        })
    }

    /// What `SelectToken` gives, in pieces.
    #[must_use]
    pub fn single(self) -> Paced<Result<Option<JToken>, Exception>> {
        let Selection { filters, root, no_match } = self;
        Paced::new(|pace| async move {
            let mut on = Evaluation::new(pace, root.clone());
            let mut search = Search::begin(&filters, root, no_match)?;
            let found = search.next(&mut on).await?;
            if found.is_some() && search.next(&mut on).await?.is_some() {
                return Err(Exception::new(ExceptionType::Json, "Path returned multiple tokens."));
            }
            Ok(found)
        })
    }
}

impl JToken {
    /// `SelectToken(path, errorWhenNoMatch)`.
    ///
    /// # Errors
    /// As [`JToken::select_tokens`]; if there is more than one.
    pub fn select_token(&self, path: &str, error_when_no_match: bool) -> Result<Option<JToken>, Exception> {
        let selection = self.selection(path, error_when_no_match)?;
        match selection.follow() {
            Some((_, found)) => found,
            None => in_one_go(selection.single()),
        }
    }

    /// `SelectTokens(path, errorWhenNoMatch)`, all at once.
    ///
    /// # Errors
    /// `JsonException` for a path that is none, with `error_when_no_match` also where a step leads nowhere; what comparing values fails with.
    pub fn select_tokens(&self, path: &str, error_when_no_match: bool) -> Result<Vec<JToken>, Exception> {
        self.selection(path, error_when_no_match)?.walk().collect()
    }

    /// A path from this token.
    ///
    /// # Errors
    /// `JsonException` for a path that is none.
    pub fn selection(&self, path: &str, error_when_no_match: bool) -> Result<Selection, Exception> {
        let no_match = if error_when_no_match { NoMatch::Reported } else { NoMatch::Ignored };
        Ok(Selection { filters: parse::parse(path)?.into(), root: self.clone(), no_match })
    }
}
