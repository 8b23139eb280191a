//! JSONPath in the dialect of Newtonsoft.Json: `SelectToken`, `SelectTokens`.
//!
//! `$`, `.name`, `['name','other']`, `[0]`, `[0,1]`, `[1:5:2]`, `*`, `..`, `[?(@.a == 'x' && $.b > 3)]`, `=~ /pattern/i`.

mod filter;
mod parse;
mod query;

use super::limits::PATH_STEPS_MAX;
use super::navigate::WALKED_STEPS;
use super::token::JToken;
use crate::work::{Pace, Paced, in_one_go};
use crate::{Exception, ExceptionType};
use filter::Filter;

/// What an evaluation may still look at.
struct Evaluation {
    pace: Pace,
    root: JToken,
    error_when_no_match: bool,
    steps_left: u64,
}

impl Evaluation {
    async fn step(&mut self) -> Result<(), Exception> {
        self.pace.take(WALKED_STEPS).await;
        self.steps_left = self.steps_left.checked_sub(1).ok_or_else(|| {
            Exception::new(ExceptionType::Timeout, "The JSON path looks at more tokens than a policy expression may.")
        })?;
        Ok(())
    }

    async fn apply(&mut self, filters: &[Filter], start: &JToken) -> Result<Vec<JToken>, Exception> {
        let mut current = vec![start.clone()];
        for filter in filters {
            current = filter.apply(self, &current).await?;
        }
        Ok(current)
    }
}

impl JToken {
    /// `SelectToken(path, errorWhenNoMatch)`.
    ///
    /// # Errors
    /// As [`JToken::select_tokens`]; if there is more than one.
    pub fn select_token(&self, path: &str, error_when_no_match: bool) -> Result<Option<JToken>, Exception> {
        JToken::single(self.select_tokens(path, error_when_no_match)?)
    }

    /// What `SelectToken` gives of what `SelectTokens` finds.
    ///
    /// # Errors
    /// `JsonException` if there is more than one.
    pub fn single(mut found: Vec<JToken>) -> Result<Option<JToken>, Exception> {
        if found.len() > 1 {
            return Err(Exception::new(ExceptionType::Json, "Path returned multiple tokens."));
        }
        Ok(found.pop())
    }

    /// `SelectTokens(path, errorWhenNoMatch)`.
    ///
    /// # Errors
    /// `JsonException` for a path that is none, with `error_when_no_match` also where a step leads nowhere; what comparing values fails with.
    pub fn select_tokens(&self, path: &str, error_when_no_match: bool) -> Result<Vec<JToken>, Exception> {
        in_one_go(self.selecting(path, error_when_no_match)?)
    }

    /// The same in pieces.
    ///
    /// # Errors
    /// `JsonException` for a path that is none.
    pub fn selecting(
        &self,
        path: &str,
        error_when_no_match: bool,
    ) -> Result<Paced<Result<Vec<JToken>, Exception>>, Exception> {
        let (filters, root) = (parse::parse(path)?, self.clone());
        Ok(Paced::new(|pace| async move {
            let mut evaluation =
                Evaluation { pace, root: root.clone(), error_when_no_match, steps_left: PATH_STEPS_MAX };
            evaluation.apply(&filters, &root).await
        }))
    }
}
