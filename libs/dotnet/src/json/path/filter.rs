//! The steps of a path, each from tokens to tokens.

use super::Evaluation;
use super::query::Query;
use crate::json::JToken;
use crate::json::token::Content;
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

impl Filter {
    pub(super) async fn apply(&self, on: &mut Evaluation, current: &[JToken]) -> Result<Vec<JToken>, Exception> {
        let mut found = Vec::new();
        if let Filter::Root = self {
            found.push(on.root.clone());
            return Ok(found);
        }
        for token in current {
            on.step().await?;
            match self {
                Filter::Root => {}
                Filter::Field(name) => field(on, token, name.as_ref(), &mut found).await?,
                Filter::Fields(names) => fields(on, token, names, &mut found)?,
                Filter::Index(Some(index)) => found.extend(element(on, token, *index).await?),
                Filter::Index(None) => elements(on, token, &mut found).await?,
                Filter::Indexes(indexes) => {
                    for index in indexes {
                        found.extend(element(on, token, *index).await?);
                    }
                }
                Filter::Slice(start, end, step) => slice(on, token, (*start, *end, *step), &mut found).await?,
                Filter::Scan(name) => scan(on, token, name.as_ref(), &mut found).await?,
                Filter::ScanFields(names) => scan_fields(on, token, names, &mut found).await?,
                Filter::Query(query) => {
                    for child in token.children() {
                        if query.matches(on, &child).await? {
                            found.push(child);
                        }
                    }
                }
                Filter::QueryScan(query) => {
                    for candidate in std::iter::once(token.clone()).chain(token.descent()) {
                        if query.matches(on, &candidate).await? {
                            found.push(candidate);
                        }
                    }
                }
            }
        }
        Ok(found)
    }
}

async fn field(
    on: &mut Evaluation,
    token: &JToken,
    name: Option<&Text>,
    found: &mut Vec<JToken>,
) -> Result<(), Exception> {
    if !token.is_object() {
        let name = name.map_or("*", Text::as_str);
        return no_match(on, || format!("Property '{name}' not valid on {}.", token.class_name()));
    }
    match name {
        None => found.append(&mut counted(on, token.property_values()).await?),
        Some(name) => match token.get(name) {
            Some(value) => found.push(value),
            None => no_match(on, || format!("Property '{name}' does not exist on JObject."))?,
        },
    }
    Ok(())
}

fn fields(on: &mut Evaluation, token: &JToken, names: &[Text], found: &mut Vec<JToken>) -> Result<(), Exception> {
    if !token.is_object() {
        let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
        let names = quoted.join(", ");
        return no_match(on, || format!("Properties {names} not valid on {}.", token.class_name()));
    }
    for name in names {
        found.extend(token.get(name));
        // The original reports the first name even when it exists.
        no_match(on, || format!("Property '{name}' does not exist on JObject."))?;
    }
    Ok(())
}

/// `GetTokenIndex`.
async fn element(on: &mut Evaluation, token: &JToken, index: i32) -> Result<Option<JToken>, Exception> {
    on.step().await?;
    let is_list = matches!(token.node.content, Content::Array(_) | Content::Constructor { .. });
    if !is_list {
        no_match(on, || format!("Index {index} not valid on {}.", token.class_name()))?;
        return Ok(None);
    }
    let count = i64::try_from(token.count()).unwrap_or(i64::MAX);
    if i64::from(index) >= count {
        no_match(on, || format!("Index {index} outside the bounds of {}.", token.class_name()))?;
        return Ok(None);
    }
    token.at(crate::json::Key::Index(index))
}

async fn elements(on: &mut Evaluation, token: &JToken, found: &mut Vec<JToken>) -> Result<(), Exception> {
    if !matches!(token.node.content, Content::Array(_) | Content::Constructor { .. }) {
        return no_match(on, || format!("Index * not valid on {}.", token.class_name()));
    }
    found.append(&mut counted(on, token.children()).await?);
    Ok(())
}

type Bounds = (Option<i32>, Option<i32>, Option<i32>);

async fn slice(on: &mut Evaluation, token: &JToken, bounds: Bounds, found: &mut Vec<JToken>) -> Result<(), Exception> {
    let (start, end, step) = bounds;
    if step == Some(0) {
        return Err(Exception::new(ExceptionType::Json, "Step cannot be zero."));
    }
    if !token.is_array() {
        return no_match(on, || format!("Array slice is not valid on {}.", token.class_name()));
    }
    let count = i64::try_from(token.count()).unwrap_or(i64::MAX);
    let step = i64::from(step.unwrap_or(1));
    let forward = step > 0;
    let from_end = |bound: i64| if bound < 0 { count + bound } else { bound };
    let first = start.map_or(if forward { 0 } else { count - 1 }, |start| from_end(start.into()));
    let stop = end.map_or(if forward { count } else { -1 }, |end| from_end(end.into()));
    let first = if forward { first.clamp(0, count) } else { first.min(count - 1) };
    let stop = stop.max(-1).min(count);
    let inside = |index: i64| if forward { index < stop } else { index > stop };
    if !inside(first) {
        let shown = |bound: Option<i32>| bound.map_or_else(|| "*".to_owned(), |bound| bound.to_string());
        let (start, end) = (shown(start), shown(end));
        return no_match(on, || format!("Array slice of {start} to {end} returned no results."));
    }
    let mut index = first;
    while inside(index) {
        on.step().await?;
        found.extend(usize::try_from(index).ok().and_then(|index| token.child(index)));
        index += step;
    }
    Ok(())
}

async fn scan(
    on: &mut Evaluation,
    token: &JToken,
    name: Option<&Text>,
    found: &mut Vec<JToken>,
) -> Result<(), Exception> {
    let Some(name) = name else {
        on.step().await?;
        found.push(token.clone());
        for candidate in token.descent() {
            on.step().await?;
            if !candidate.is_property() {
                found.push(candidate);
            }
        }
        return Ok(());
    };
    for candidate in token.descent() {
        on.step().await?;
        if candidate.is_property() && candidate.name().as_ref() == Some(name) {
            found.extend(candidate.property_value());
        }
    }
    Ok(())
}

async fn scan_fields(
    on: &mut Evaluation,
    token: &JToken,
    names: &[Text],
    found: &mut Vec<JToken>,
) -> Result<(), Exception> {
    for candidate in token.descent() {
        on.step().await?;
        let own = if candidate.is_property() { candidate.name() } else { None };
        for _ in names.iter().filter(|name| own.as_ref() == Some(*name)) {
            found.extend(candidate.property_value());
        }
    }
    Ok(())
}

/// Counts tokens as steps.
async fn counted(on: &mut Evaluation, tokens: Vec<JToken>) -> Result<Vec<JToken>, Exception> {
    for _ in &tokens {
        on.step().await?;
    }
    Ok(tokens)
}

fn no_match(on: &Evaluation, message: impl FnOnce() -> String) -> Result<(), Exception> {
    if on.error_when_no_match { Err(Exception::new(ExceptionType::Json, message())) } else { Ok(()) }
}
