//! Filters of lists.

use std::cmp::Ordering;
use std::collections::HashSet;

use postern_dotnet::Rope;
use postern_dotnet::work::{Pace, mapped, sorted};

use super::super::data::Data;
use super::super::render::Renderer;
use super::super::tree::Filter;

/// Steps for an item that is taken over.
const ITEM_STEPS: u64 = 3;
/// Steps for an item whose text is made and looked for.
const TEXT_STEPS: u64 = 20;
/// Steps for comparing two items.
const COMPARED_STEPS: u64 = 6;

impl Renderer<'_> {
    /// The texts of all items with a separator between them.
    pub(super) async fn join(&mut self, input: &Data, separator: &str) -> Result<Data, String> {
        let mut joined: Rope = Rope::default();
        for (at, item) in input.walk().enumerate() {
            if at > 0 {
                joined.end.push_str(separator);
            }
            match item {
                Data::List(_) | Data::Map(_) => joined.append(self.text_of(&item).await?),
                small => joined.end.push_str(&small.to_text()),
            }
            joined.cut();
            self.charge(separator.len())?;
            self.pace.take(TEXT_STEPS).await;
        }
        Ok(Data::text(&joined.join(&self.pace).await))
    }
}

/// Filters from list to list.
pub(super) async fn list(pace: &Pace, filter: Filter, input: &Data, argument: &Data) -> Data {
    if filter == Filter::Sort {
        return sort(pace, input, argument).await;
    }
    let mut walk = input.walk();
    let mut made = Vec::with_capacity(walk.len());
    let mut seen = HashSet::new();
    let property = argument.to_text();
    while let Some(item) = if filter == Filter::Reverse { walk.next_back() } else { walk.next() } {
        pace.take(ITEM_STEPS).await;
        match filter {
            Filter::Compact if matches!(item, Data::Nil) => {}
            Filter::Map => {
                pace.take(item.cost() as u64).await;
                made.push(item.member(&property));
            }
            Filter::Uniq => {
                pace.take(TEXT_STEPS).await;
                if seen.insert((rank(&item), item.to_text())) {
                    made.push(item);
                }
            }
            _ => made.push(item),
        }
    }
    Data::list(made)
}

fn rank(data: &Data) -> u8 {
    match data {
        Data::Nil => 0,
        Data::Bool(_) => 1,
        Data::Integer(_) | Data::Float(_) => 2,
        Data::Text(_) => 3,
        Data::Date(_) => 4,
        Data::List(_) | Data::Map(_) => 5,
    }
}

/// A total order, which `compare` is not. Texts are in lower case already.
fn ordered(one: &Data, two: &Data) -> Ordering {
    let by_content = || match (one, two) {
        (Data::Integer(one), Data::Integer(two)) => one.cmp(two),
        (Data::Integer(_) | Data::Float(_), Data::Integer(_) | Data::Float(_)) => {
            one.float().unwrap_or_default().total_cmp(&two.float().unwrap_or_default())
        }
        (Data::Bool(one), Data::Bool(two)) => one.cmp(two),
        (Data::Text(one), Data::Text(two)) => one.cmp(two),
        (Data::Date(one), Data::Date(two)) => one.ticks().cmp(&two.ticks()),
        _ => Ordering::Equal,
    };
    rank(one).cmp(&rank(two)).then_with(by_content)
}

async fn sort(pace: &Pace, input: &Data, property: &Data) -> Data {
    let property = (!matches!(property, Data::Nil)).then(|| property.to_text());
    let mut keyed = Vec::with_capacity(input.walk().len());
    for item in input.walk() {
        pace.take(TEXT_STEPS).await;
        let key = match &property {
            Some(property) => item.member(property),
            None => item.clone(),
        };
        let key = if let Data::Text(text) = &key { Data::text(&text.to_lowercase()) } else { key };
        keyed.push((key, item));
    }
    let keyed = sorted(pace, keyed, COMPARED_STEPS, |(one, _), (two, _)| ordered(one, two)).await;
    Data::list(mapped(pace, keyed, ITEM_STEPS, |(_, item)| item).await)
}

pub(super) async fn slice(pace: &Pace, input: &Data, start: &Data, length: Option<&Data>) -> Data {
    let length = length.and_then(Data::integer).unwrap_or(1).max(0).unsigned_abs();
    let from = |count: usize| {
        let start = start.integer().unwrap_or(0);
        let start = if start < 0 { start.saturating_add_unsigned(count as u64).max(0) } else { start };
        usize::try_from(start).unwrap_or(usize::MAX)
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    match input {
        Data::List(items) => {
            let walk = input.walk().within(from(items.len()), length);
            Data::list(mapped(pace, walk, ITEM_STEPS, |item| item).await)
        }
        Data::Nil => Data::Nil,
        other => {
            let text = other.to_text();
            let characters: String = text.chars().skip(from(text.chars().count())).take(length).collect();
            Data::text(&characters)
        }
    }
}

/// Empty parts are left out.
pub(super) async fn split(pace: &Pace, text: &str, pattern: &str) -> Data {
    let mut parts = Vec::new();
    if pattern.is_empty() {
        for character in text.chars() {
            pace.take(ITEM_STEPS).await;
            parts.push(Data::text(character.encode_utf8(&mut [0; 4])));
        }
    } else {
        for part in text.split(pattern).filter(|part| !part.is_empty()) {
            pace.take(ITEM_STEPS).await;
            parts.push(Data::text(part));
        }
    }
    Data::list(parts)
}
