//! Where a search is among the tokens that a step leads to from one token.

use super::Evaluation;
use super::filter::{Filter, NoMatch, Slice, element};
use crate::json::JToken;
use crate::json::walk::{Children, Family, Scan};
use crate::{Exception, Text};

/// What is left of a step from one token. Each kind looks at the document when it is asked for the next token, no earlier.
pub(super) enum Cursor {
    /// Values of an object's properties.
    Values(Children),
    Children(Children),
    Family(Family),
    Slice(Slice),
    /// An object, and which of the names comes next.
    Fields(JToken, usize),
    /// A token, and which of the indexes comes next.
    Elements(JToken, usize),
    /// With the token itself where that comes first.
    Scan(Option<JToken>, Scan),
    /// With the property that was found last, and which of the names is compared with it next.
    ScanFields(Scan, Option<(JToken, usize)>),
}

impl Cursor {
    pub(super) fn scan(token: JToken) -> Cursor {
        Cursor::Scan(Some(token.clone()), Scan::of(token))
    }

    /// The next token that the step leads to.
    pub(super) async fn next(
        &mut self,
        on: &mut Evaluation,
        filter: &Filter,
        no_match: NoMatch,
    ) -> Result<Option<JToken>, Exception> {
        match (self, filter) {
            (Cursor::Fields(object, next), Filter::Fields(names)) => {
                next_field(on, (object, names), next, no_match).await
            }
            (Cursor::Elements(token, next), Filter::Indexes(indexes)) => {
                while let Some(index) = indexes.get(*next) {
                    on.step().await?;
                    *next += 1;
                    if let Some(element) = element(token, *index, no_match)? {
                        return Ok(Some(element));
                    }
                }
                Ok(None)
            }
            (Cursor::Scan(itself, scan), Filter::Scan(name)) => next_scanned(on, (itself, scan), name.as_ref()).await,
            (Cursor::ScanFields(scan, found), Filter::ScanFields(names)) => next_named(on, (scan, found), names).await,
            (cursor, Filter::Query(query) | Filter::QueryScan(query)) => {
                while let Some(token) = cursor.next_plain(on).await? {
                    if query.matches(on, &token).await? {
                        return Ok(Some(token));
                    }
                }
                Ok(None)
            }
            (cursor, _) => cursor.next_plain(on).await,
        }
    }

    /// The next token of a walk that knows it by itself.
    async fn next_plain(&mut self, on: &mut Evaluation) -> Result<Option<JToken>, Exception> {
        on.step().await?;
        match self {
            Cursor::Values(children) => Ok(children.next()?.and_then(|property| property.property_value())),
            Cursor::Children(children) => children.next(),
            Cursor::Family(family) => family.next(),
            Cursor::Slice(slice) => slice.next(),
            Cursor::Fields(..) | Cursor::Elements(..) | Cursor::Scan(..) | Cursor::ScanFields(..) => Ok(None),
        }
    }
}

/// `['a','b']`: the original reports the first name even when it exists.
async fn next_field(
    on: &mut Evaluation,
    (object, names): (&JToken, &[Text]),
    next: &mut usize,
    no_match: NoMatch,
) -> Result<Option<JToken>, Exception> {
    let report = |index: usize| match names.get(index) {
        Some(name) => no_match.report(|| format!("Property '{name}' does not exist on JObject.")),
        None => Ok(()),
    };
    if let Some(given) = next.checked_sub(1) {
        report(given)?;
    }
    while let Some(name) = names.get(*next) {
        on.step().await?;
        *next += 1;
        if let Some(value) = object.get(name) {
            return Ok(Some(value));
        }
        report(*next - 1)?;
    }
    Ok(None)
}

/// `..name`, `..*`
async fn next_scanned(
    on: &mut Evaluation,
    (itself, scan): (&mut Option<JToken>, &mut Scan),
    name: Option<&Text>,
) -> Result<Option<JToken>, Exception> {
    if let Some(itself) = itself.take()
        && name.is_none()
    {
        on.step().await?;
        return Ok(Some(itself));
    }
    loop {
        on.step().await?;
        let Some(token) = scan.next()? else { return Ok(None) };
        match name {
            None if !token.is_property() => return Ok(Some(token)),
            Some(name) if token.node.name_is(name) => {
                if let Some(value) = token.property_value() {
                    return Ok(Some(value));
                }
            }
            _ => {}
        }
    }
}

/// `..['a','b']`
async fn next_named(
    on: &mut Evaluation,
    (scan, found): (&mut Scan, &mut Option<(JToken, usize)>),
    names: &[Text],
) -> Result<Option<JToken>, Exception> {
    loop {
        if let Some((property, next)) = found {
            while let Some(name) = names.get(*next) {
                on.step().await?;
                *next += 1;
                if property.node.name_is(name)
                    && let Some(value) = property.property_value()
                {
                    return Ok(Some(value));
                }
            }
            *found = None;
        }
        on.step().await?;
        let Some(token) = scan.next()? else { return Ok(None) };
        *found = token.is_property().then_some((token, 0));
    }
}
