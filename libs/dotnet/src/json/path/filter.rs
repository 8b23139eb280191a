//! The steps of a path, each from one token to those that it leads to.

use super::cursor::Cursor;
use super::query::Query;
use crate::json::JToken;
use crate::json::token::Content;
use crate::json::walk::{Children, Family, Scan};
use crate::{Exception, ExceptionType, Text};

/// One step.
#[derive(Debug)]
pub(super) enum Filter {
    /// `$` inside a query.
    Root,
    /// `.name`; `None` is `*`.
    Field(Option<Text>),
    /// `['a','b']`
    Fields(Vec<Text>),
    /// `[0]`; `None` is `*`.
    Index(Option<i32>),
    /// `[0,1]`
    Indexes(Vec<i32>),
    /// `[start:end:step]`
    Slice(Option<i32>, Option<i32>, Option<i32>),
    /// `..name`; `None` is `*`.
    Scan(Option<Text>),
    /// `..['a','b']`
    ScanFields(Vec<Text>),
    /// `[?(…)]`
    Query(Query),
    /// `..[?(…)]`
    QueryScan(Query),
}

/// Where a step leads from a token.
pub(super) enum Ahead {
    Nowhere,
    /// To one token.
    Token(JToken),
    /// To any number of tokens.
    Tokens(Cursor),
}

impl From<Option<JToken>> for Ahead {
    fn from(token: Option<JToken>) -> Ahead {
        token.map_or(Ahead::Nowhere, Ahead::Token)
    }
}

/// Whether it is an error where a step leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoMatch {
    Ignored,
    Reported,
}

impl NoMatch {
    /// The error for a step that leads nowhere.
    pub(super) fn report(self, message: impl FnOnce() -> String) -> Result<(), Exception> {
        match self {
            NoMatch::Ignored => Ok(()),
            NoMatch::Reported => Err(Exception::new(ExceptionType::Json, message())),
        }
    }
}

impl Filter {
    /// Whether it leads to one token at most.
    pub(super) fn is_straight(&self) -> bool {
        matches!(self, Filter::Root | Filter::Field(Some(_)) | Filter::Index(Some(_)))
    }

    /// Begins with a token; `root` is that of the whole search.
    pub(super) fn enter(&self, root: &JToken, token: JToken, no_match: NoMatch) -> Result<Ahead, Exception> {
        Ok(match self {
            Filter::Root => Ahead::Token(root.clone()),
            Filter::Field(Some(name)) => field(&token, name, no_match)?.into(),
            Filter::Field(None) if token.is_object() => Ahead::Tokens(Cursor::Values(Children::of(token))),
            Filter::Field(None) => nowhere(no_match, || format!("Property '*' not valid on {}.", token.class_name()))?,
            Filter::Fields(_) if token.is_object() => Ahead::Tokens(Cursor::Fields(token, 0)),
            Filter::Fields(names) => nowhere(no_match, || {
                let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
                format!("Properties {} not valid on {}.", quoted.join(", "), token.class_name())
            })?,
            Filter::Index(Some(index)) => element(&token, *index, no_match)?.into(),
            Filter::Index(None) if is_list(&token) => Ahead::Tokens(Cursor::Children(Children::of(token))),
            Filter::Index(None) => nowhere(no_match, || format!("Index * not valid on {}.", token.class_name()))?,
            Filter::Indexes(_) => Ahead::Tokens(Cursor::Elements(token, 0)),
            Filter::Slice(start, end, step) => slice(token, (*start, *end, *step), no_match)?,
            Filter::Scan(_) => Ahead::Tokens(Cursor::scan(token)),
            Filter::ScanFields(_) => Ahead::Tokens(Cursor::ScanFields(Scan::of(token), None)),
            Filter::Query(_) => Ahead::Tokens(Cursor::Children(Children::of(token))),
            Filter::QueryScan(_) => Ahead::Tokens(Cursor::Family(Family::of(token))),
        })
    }
}

fn nowhere(no_match: NoMatch, message: impl FnOnce() -> String) -> Result<Ahead, Exception> {
    no_match.report(message).map(|()| Ahead::Nowhere)
}

fn field(token: &JToken, name: &Text, no_match: NoMatch) -> Result<Option<JToken>, Exception> {
    if !token.is_object() {
        no_match.report(|| format!("Property '{name}' not valid on {}.", token.class_name()))?;
        return Ok(None);
    }
    let value = token.get(name);
    if value.is_none() {
        no_match.report(|| format!("Property '{name}' does not exist on JObject."))?;
    }
    Ok(value)
}

/// Whether a token has children by their index.
fn is_list(token: &JToken) -> bool {
    matches!(token.node.content, Content::Array(..) | Content::Constructor { .. })
}

/// `GetTokenIndex`.
pub(super) fn element(token: &JToken, index: i32, no_match: NoMatch) -> Result<Option<JToken>, Exception> {
    if !is_list(token) {
        no_match.report(|| format!("Index {index} not valid on {}.", token.class_name()))?;
        return Ok(None);
    }
    let count = i64::try_from(token.count()).unwrap_or(i64::MAX);
    if i64::from(index) >= count {
        no_match.report(|| format!("Index {index} outside the bounds of {}.", token.class_name()))?;
        return Ok(None);
    }
    token.at(crate::json::Key::Index(index))
}

type Bounds = (Option<i32>, Option<i32>, Option<i32>);

/// An array's elements from its bounds as they are now.
fn slice(token: JToken, bounds: Bounds, no_match: NoMatch) -> Result<Ahead, Exception> {
    let (start, end, step) = bounds;
    if !token.is_array() {
        return nowhere(no_match, || format!("Array slice is not valid on {}.", token.class_name()));
    }
    let count = i32::try_from(token.count()).unwrap_or(i32::MAX);
    let step = step.unwrap_or(1);
    let from_end = |bound: i32| if bound < 0 { count.wrapping_add(bound) } else { bound };
    let (first, stop) = if step > 0 {
        (start.map_or(0, from_end).max(0).min(count), end.map_or(count, from_end))
    } else {
        (start.map_or(count - 1, from_end).min(count - 1), end.map_or(-1, from_end))
    };
    let slice = Slice { token, next: first, stop: stop.max(-1).min(count), step };
    if !slice.is_inside() {
        let shown = |bound: Option<i32>| bound.map_or_else(|| "*".to_owned(), |bound| bound.to_string());
        return nowhere(no_match, || format!("Array slice of {} to {} returned no results.", shown(start), shown(end)));
    }
    Ok(Ahead::Tokens(Cursor::Slice(slice)))
}

/// What is left of `[start:end:step]`.
pub(super) struct Slice {
    token: JToken,
    next: i32,
    stop: i32,
    step: i32,
}

impl Slice {
    fn is_inside(&self) -> bool {
        if self.step > 0 { self.next < self.stop } else { self.next > self.stop }
    }

    /// The next element.
    ///
    /// # Errors
    /// `ArgumentOutOfRangeException`: it was there when the slice began.
    pub(super) fn next(&mut self) -> Result<Option<JToken>, Exception> {
        if !self.is_inside() {
            return Ok(None);
        }
        let index = self.next;
        // The original wraps around as well, and then asks for an element that is not there.
        self.next = index.wrapping_add(self.step);
        self.token.at(crate::json::Key::Index(index))
    }
}
