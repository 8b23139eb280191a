//! `?(…)`: conditions on tokens.

use std::cmp::Ordering;

use super::Evaluation;
use super::filter::{Filter, NoMatch};
use super::search::{self, Search, is_straight};
use crate::json::equality::values_equal;
use crate::json::limits::PATTERN_STEPS_MAX;
use crate::json::{JToken, JTokenType, Scalar};
use crate::regex::{Regex, RegexOptions, Steps};
use crate::text::{Base64FormattingOptions, to_base64};
use crate::{Exception, Text, date};

/// A condition: `a && b || c && d` reads as `a && (b || (c && d))` in Newtonsoft.Json, so it is a list of runs of the same operator.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) runs: Vec<Run>,
}

/// Comparisons joined by the same operator; the next run is one more operand of this one.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) join: Join,
    pub(super) comparisons: Vec<Comparison>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    And,
    Or,
}

#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) operator: Operator,
    pub(super) left: Side,
    /// Absent for [`Operator::Exists`].
    pub(super) right: Option<Side>,
}

#[derive(Debug)]
pub(super) enum Side {
    Path(Vec<Filter>),
    Value(JToken),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Exists,
    Equals,
    NotEquals,
    StrictEquals,
    StrictNotEquals,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Regex,
}

impl Query {
    pub(super) async fn matches(&self, on: &mut Evaluation, token: &JToken) -> Result<bool, Exception> {
        let mut result = true;
        for run in &self.runs {
            // What decides the run ends the whole condition: the following run stands inside of it.
            let decisive = run.join == Join::Or;
            for comparison in &run.comparisons {
                if comparison.matches(on, token).await? == decisive {
                    return Ok(decisive);
                }
            }
            result = !decisive;
        }
        Ok(result)
    }
}

impl Comparison {
    async fn matches(&self, on: &mut Evaluation, token: &JToken) -> Result<bool, Exception> {
        on.step().await?;
        let mut left = self.left.tokens(on, token)?;
        if self.operator == Operator::Exists {
            return Ok(left.next(on).await?.is_some());
        }
        let mut right: Option<Vec<JToken>> = None;
        while let Some(left) = left.next(on).await? {
            let right = match &right {
                Some(right) => right,
                None => right.insert(self.right_tokens(on, token).await?),
            };
            for right in right {
                on.step().await?;
                if self.match_tokens(on, &left, right).await? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    async fn right_tokens(&self, on: &mut Evaluation, token: &JToken) -> Result<Vec<JToken>, Exception> {
        let mut found = Vec::new();
        if let Some(right) = &self.right {
            let mut tokens = right.tokens(on, token)?;
            while let Some(token) = tokens.next(on).await? {
                found.push(token);
            }
        }
        Ok(found)
    }

    async fn match_tokens(&self, on: &mut Evaluation, left: &JToken, right: &JToken) -> Result<bool, Exception> {
        let (Some(left), Some(right)) = (left.scalar(), right.scalar()) else {
            return Ok(self.operator == Operator::NotEquals);
        };
        let order = |holds: fn(Ordering) -> bool| left.compare_to(&right).map(holds);
        match self.operator {
            Operator::Exists => Ok(true),
            Operator::Equals => equals_with_coercion(&left, &right),
            Operator::NotEquals => equals_with_coercion(&left, &right).map(|equal| !equal),
            Operator::StrictEquals => equals_strictly(&left, &right),
            Operator::StrictNotEquals => equals_strictly(&left, &right).map(|equal| !equal),
            Operator::Less => order(Ordering::is_lt),
            Operator::LessOrEqual => order(Ordering::is_le),
            Operator::Greater => order(Ordering::is_gt),
            Operator::GreaterOrEqual => order(Ordering::is_ge),
            Operator::Regex => matches_regex(on, &left, &right).await,
        }
    }
}

impl Side {
    /// What it stands for where `@` is a token. Inside a query nothing is an error for not being there.
    fn tokens(&self, on: &mut Evaluation, token: &JToken) -> Result<Tokens<'_>, Exception> {
        match self {
            Side::Value(value) => Ok(Tokens::One(Some(value.clone()))),
            Side::Path(filters) if is_straight(filters) => {
                on.count(filters.len())?;
                search::follow(filters, &on.root, token.clone(), NoMatch::Ignored).map(Tokens::One)
            }
            Side::Path(filters) => Search::begin(filters, token.clone(), NoMatch::Ignored).map(Tokens::Found),
        }
    }
}

/// The tokens of a side, one by one.
enum Tokens<'f> {
    One(Option<JToken>),
    Found(Search<'f>),
}

impl Tokens<'_> {
    async fn next(&mut self, on: &mut Evaluation) -> Result<Option<JToken>, Exception> {
        match self {
            Tokens::One(token) => Ok(token.take()),
            // A path in a condition in a path: the state of each is a box of its own.
            Tokens::Found(search) => Box::pin(search.next(on)).await,
        }
    }
}

fn is_integer_and_float(left: &Scalar, right: &Scalar) -> bool {
    matches!(
        (left.token_type(), right.token_type()),
        (JTokenType::Integer, JTokenType::Float) | (JTokenType::Float, JTokenType::Integer)
    )
}

/// `EqualsWithStringCoercion`: dates, bytes, GUIDs and the like equal their text.
fn equals_with_coercion(value: &Scalar, query: &Scalar) -> Result<bool, Exception> {
    if values_equal(value, query) {
        return Ok(true);
    }
    if is_integer_and_float(value, query) {
        return value.compare_to(query).map(Ordering::is_eq);
    }
    let Scalar::String(query) = query else {
        return Ok(false);
    };
    let text: Text = match value {
        Scalar::Date(value) => {
            let mut text = String::new();
            date::json::write(*value, &mut text);
            text.into()
        }
        Scalar::DateOffset(value) => {
            let mut text = String::new();
            date::json::write_offset(*value, &mut text);
            text.into()
        }
        Scalar::Bytes(bytes) => to_base64(bytes, Base64FormattingOptions::None).into(),
        Scalar::Guid(_) | Scalar::TimeSpan(_) | Scalar::Uri(_) => value.to_plain()?,
        _ => return Ok(false),
    };
    Ok(text == *query)
}

/// `EqualsWithStrictMatch`.
fn equals_strictly(value: &Scalar, query: &Scalar) -> Result<bool, Exception> {
    if is_integer_and_float(value, query) {
        return value.compare_to(query).map(Ordering::is_eq);
    }
    Ok(values_equal(value, query))
}

/// `=~ /pattern/options`.
async fn matches_regex(on: &mut Evaluation, input: &Scalar, pattern: &Scalar) -> Result<bool, Exception> {
    let (Scalar::String(input), Scalar::String(pattern)) = (input, pattern) else {
        return Ok(false);
    };
    let end = pattern.rfind('/').filter(|end| *end > 0);
    let Some((pattern, options)) = end.and_then(|end| Some((pattern.get(1..end)?, pattern.get(end + 1..)?))) else {
        return Err(Exception::argument_out_of_range("length", "Length cannot be less than zero."));
    };
    let bits = options.chars().fold(0, |bits, option| {
        bits | match option {
            'i' => 1,
            'm' => 2,
            's' => 16,
            'x' => 4,
            _ => 0,
        }
    });
    // All expressions of the query together may do what the query may.
    let mut steps = Steps::at_most(on.steps_left.min(PATTERN_STEPS_MAX));
    let matches = Regex::cached(pattern, RegexOptions::from_bits(bits)?)?.is_match(input, &mut steps);
    on.steps_left -= steps.used();
    on.pace.take(steps.used()).await;
    matches
}
