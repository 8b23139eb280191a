//! JSONPath in the dialect of Newtonsoft.Json: `SelectToken`, `SelectTokens`.
//!
//! `$`, `.name`, `['name','other']`, `[0]`, `[0,1]`, `[1:5:2]`, `*`, `..`, `[?(@.a == 'x' && $.b > 3)]`, `=~ /pattern/i`.

mod filter;
mod parse;
mod query;

use super::limits::PATH_STEPS_MAX;
use super::token::JToken;
use crate::{Exception, ExceptionType};
use filter::Filter;

/// A parsed path.
#[derive(Debug)]
pub struct JPath {
    filters: Vec<Filter>,
}

/// What an evaluation may still look at.
struct Evaluation {
    root: JToken,
    error_when_no_match: bool,
    steps_left: u64,
}

impl Evaluation {
    fn step(&mut self) -> Result<(), Exception> {
        self.steps_left = self.steps_left.checked_sub(1).ok_or_else(|| {
            Exception::new(ExceptionType::Timeout, "The JSON path looks at more tokens than a policy expression may.")
        })?;
        Ok(())
    }

    fn apply(&mut self, filters: &[Filter], start: &JToken) -> Result<Vec<JToken>, Exception> {
        let mut current = vec![start.clone()];
        for filter in filters {
            current = filter.apply(self, &current)?;
        }
        Ok(current)
    }
}

impl JPath {
    /// Reads a path.
    ///
    /// # Errors
    /// `JsonException`.
    pub fn parse(path: &str) -> Result<JPath, Exception> {
        parse::parse(path).map(|filters| JPath { filters })
    }

    /// All tokens that the path leads to.
    ///
    /// # Errors
    /// `JsonException` with `error_when_no_match` where a step leads nowhere; what comparing values fails with.
    pub fn select(&self, root: &JToken, error_when_no_match: bool) -> Result<Vec<JToken>, Exception> {
        let mut evaluation = Evaluation { root: root.clone(), error_when_no_match, steps_left: PATH_STEPS_MAX };
        evaluation.apply(&self.filters, root)
    }
}

impl JToken {
    /// `SelectToken(path, errorWhenNoMatch)`.
    ///
    /// # Errors
    /// As [`JPath::parse`] and [`JPath::select`]; if there is more than one.
    pub fn select_token(&self, path: &str, error_when_no_match: bool) -> Result<Option<JToken>, Exception> {
        let mut found = self.select_tokens(path, error_when_no_match)?;
        if found.len() > 1 {
            return Err(Exception::new(ExceptionType::Json, "Path returned multiple tokens."));
        }
        Ok(found.pop())
    }

    /// `SelectTokens(path, errorWhenNoMatch)`.
    ///
    /// # Errors
    /// As [`JPath::parse`] and [`JPath::select`].
    pub fn select_tokens(&self, path: &str, error_when_no_match: bool) -> Result<Vec<JToken>, Exception> {
        JPath::parse(path)?.select(self, error_when_no_match)
    }
}
