//! A search along a path: one step after the other, from each token as far as it leads before the next one is looked for.

use super::Evaluation;
use super::cursor::Cursor;
use super::filter::{Ahead, Filter, NoMatch};
use crate::json::JToken;
use crate::{Exception, ExceptionType};

/// Most steps of a path that is followed at once: far more than paths have that somebody writes, and a few microseconds.
const STRAIGHT_STEPS_MAX: usize = 64;

/// Whether a path leads to one token at most, and is short.
pub(super) fn is_straight(filters: &[Filter]) -> bool {
    filters.len() <= STRAIGHT_STEPS_MAX && filters.iter().all(Filter::is_straight)
}

/// Where a straight path leads.
///
/// # Errors
/// As [`Search::next`].
pub(super) fn follow(
    filters: &[Filter],
    root: &JToken,
    start: JToken,
    no_match: NoMatch,
) -> Result<Option<JToken>, Exception> {
    let mut token = start;
    for filter in filters {
        match filter.enter(root, token, no_match)? {
            Ahead::Token(next) => token = next,
            Ahead::Nowhere | Ahead::Tokens(_) => return Ok(None),
        }
    }
    Ok(Some(token))
}

/// How far a search has come.
pub(super) struct Search<'f> {
    filters: &'f [Filter],
    no_match: NoMatch,
    /// Where it begins, until it has begun.
    start: Option<JToken>,
    /// The steps that may lead to more tokens, by their number, the last of the path last.
    open: Vec<(usize, Cursor)>,
}

impl Search<'_> {
    /// A search that has found nothing yet.
    ///
    /// # Errors
    /// `JsonException` for a slice with a step of zero, which the original looks at before it looks at any token.
    pub(super) fn begin(filters: &[Filter], start: JToken, no_match: NoMatch) -> Result<Search<'_>, Exception> {
        if filters.iter().any(|filter| matches!(filter, Filter::Slice(_, _, Some(0)))) {
            return Err(Exception::new(ExceptionType::Json, "Step cannot be zero."));
        }
        Ok(Search { filters, no_match, start: Some(start), open: Vec::new() })
    }

    /// The next token that the whole path leads to.
    pub(super) async fn next(&mut self, on: &mut Evaluation) -> Result<Option<JToken>, Exception> {
        loop {
            let (mut step, mut token) = match self.start.take() {
                Some(start) => (0, start),
                None => match self.next_of_open(on).await? {
                    Some(found) => found,
                    None => return Ok(None),
                },
            };
            loop {
                let Some(filter) = self.filters.get(step) else { return Ok(Some(token)) };
                on.step().await?;
                match filter.enter(&on.root, token, self.no_match)? {
                    Ahead::Nowhere => break,
                    Ahead::Token(next) => (step, token) = (step + 1, next),
                    Ahead::Tokens(cursor) => {
                        self.open.push((step, cursor));
                        break;
                    }
                }
            }
        }
    }

    /// The next token of the last open step that leads to one, and the step that comes then.
    async fn next_of_open(&mut self, on: &mut Evaluation) -> Result<Option<(usize, JToken)>, Exception> {
        while let Some((step, cursor)) = self.open.last_mut() {
            if let Some(filter) = self.filters.get(*step)
                && let Some(token) = cursor.next(on, filter, self.no_match).await?
            {
                return Ok(Some((*step + 1, token)));
            }
            self.open.pop();
        }
        Ok(None)
    }
}
