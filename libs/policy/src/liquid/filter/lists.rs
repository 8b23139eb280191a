//! Filters of lists.

use std::cmp::Ordering;

use postern_dotnet::work::{Pace, mapped, sorted};
use postern_dotnet::{Rope, Shards};

use super::super::data::Data;
use super::super::render::Renderer;
use super::super::tree::Filter;
use super::pieces;

/// Steps for an item that is taken over.
const ITEM_STEPS: u64 = 3;
/// Bytes of a text that is looked for, compared or copied, for a step.
const BYTES_PER_STEP: usize = 16;
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
                self.copy(&mut joined, separator).await?;
            }
            match item {
                Data::List(_) | Data::Map(_) => joined.append(self.text_of(&item).await?),
                Data::Text(text) => self.copy(&mut joined, &text).await?,
                small => {
                    let text = small.to_text();
                    self.charge(text.len())?;
                    joined.end.push_str(&text);
                }
            }
            joined.cut();
            self.pace.take(TEXT_STEPS).await;
        }
        Ok(self.made(joined).await)
    }

    /// Filters from list to list.
    pub(super) async fn list(&mut self, filter: Filter, input: &Data, argument: &Data) -> Result<Data, String> {
        match filter {
            Filter::Sort => {
                let property = match argument {
                    Data::Nil => None,
                    argument => Some(self.whole_text(argument).await?),
                };
                Ok(sort(&self.pace, input, property.as_deref()).await)
            }
            Filter::Uniq => self.different(input).await,
            _ => {
                let property = self.whole_text(argument).await?;
                Ok(list(&self.pace, filter, input, &property).await)
            }
        }
    }

    /// Without items that were there before.
    async fn different(&mut self, input: &Data) -> Result<Data, String> {
        let walk = input.walk();
        let mut made = Vec::with_capacity(walk.len());
        let mut seen = Shards::default();
        for item in walk {
            let text = self.whole_text(&item).await?;
            let steps = TEXT_STEPS + (seen.growth() as u64);
            self.pace.take(steps + (text.len() / BYTES_PER_STEP) as u64).await;
            if seen.add((rank(&item), text), ()) {
                made.push(item);
            }
        }
        Ok(Data::list(made))
    }

    /// Characters of a text, or items of a list.
    pub(super) async fn slice(&mut self, input: &Data, start: &Data, length: Option<&Data>) -> Result<Data, String> {
        let length = length.and_then(Data::integer).unwrap_or(1).max(0).unsigned_abs();
        let from = |count: usize| {
            let start = start.integer().unwrap_or(0);
            let start = if start < 0 { start.saturating_add_unsigned(count as u64).max(0) } else { start };
            usize::try_from(start).unwrap_or(usize::MAX)
        };
        let (pace, length) = (self.pace.clone(), usize::try_from(length).unwrap_or(usize::MAX));
        match input {
            Data::List(items) => {
                let walk = input.walk().within(from(items.len()), length);
                Ok(Data::list(mapped(&pace, walk, ITEM_STEPS, |item| item).await))
            }
            Data::Nil => Ok(Data::Nil),
            other => {
                let text = self.whole_text(other).await?;
                let first = from(pieces::count(&pace, &text).await);
                let begin = pieces::characters(&pace, &text, first).await.unwrap_or(text.len());
                let rest = text.get(begin..).unwrap_or_default();
                let end = pieces::characters(&pace, rest, length).await.unwrap_or(rest.len());
                self.joined(&[rest.get(..end).unwrap_or_default()]).await
            }
        }
    }
}

/// Filters that take items or members of them.
async fn list(pace: &Pace, filter: Filter, input: &Data, property: &str) -> Data {
    let mut walk = input.walk();
    let mut made = Vec::with_capacity(walk.len());
    while let Some(item) = if filter == Filter::Reverse { walk.next_back() } else { walk.next() } {
        pace.take(ITEM_STEPS).await;
        match filter {
            Filter::Compact if matches!(item, Data::Nil) => {}
            Filter::Map => {
                pace.take(item.cost() as u64).await;
                made.push(item.member(property));
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
        (Data::Text(one), Data::Text(two)) => (**one).cmp(&**two),
        (Data::Date(one), Data::Date(two)) => one.ticks().cmp(&two.ticks()),
        _ => Ordering::Equal,
    };
    rank(one).cmp(&rank(two)).then_with(by_content)
}

async fn sort(pace: &Pace, input: &Data, property: Option<&str>) -> Data {
    let mut keyed = Vec::with_capacity(input.walk().len());
    for item in input.walk() {
        pace.take(TEXT_STEPS).await;
        let key = match property {
            Some(property) => item.member(property),
            None => item.clone(),
        };
        let key = match key {
            Data::Text(text) => Data::words(pieces::lower(pace, &text).await),
            key => key,
        };
        keyed.push((key, item));
    }
    let keyed = sorted(pace, keyed, COMPARED_STEPS, |(one, _), (two, _)| ordered(one, two)).await;
    Data::list(mapped(pace, keyed, ITEM_STEPS, |(_, item)| item).await)
}

/// Empty parts are left out.
pub(super) async fn split(pace: &Pace, text: &str, pattern: &str) -> Data {
    let mut parts = Parts::default();
    if pattern.is_empty() {
        for character in text.chars() {
            pace.take(ITEM_STEPS).await;
            parts.push(Data::text(character.encode_utf8(&mut [0; 4])));
        }
        return Data::list(parts.whole(pace).await);
    }
    let (wanted, mut at) = (pieces::finder(pace, pattern).await, 0);
    while at <= text.len() {
        let end = pieces::find(pace, text, at, &wanted).await.unwrap_or(text.len());
        let part = text.get(at..end).unwrap_or_default();
        pace.take(ITEM_STEPS + (part.len() / BYTES_PER_STEP) as u64).await;
        if !part.is_empty() {
            parts.push(Data::text(part));
        }
        at = end + pattern.len();
    }
    Data::list(parts.whole(pace).await)
}

/// A list that is not moved while it grows.
#[derive(Default)]
struct Parts {
    full: Vec<Vec<Data>>,
    end: Vec<Data>,
}

impl Parts {
    /// Items that are moved at once.
    const AT_ONCE: usize = 1024;

    fn push(&mut self, part: Data) {
        self.end.push(part);
        if self.end.len() == Self::AT_ONCE {
            self.full.push(std::mem::replace(&mut self.end, Vec::with_capacity(Self::AT_ONCE)));
        }
    }

    async fn whole(self, pace: &Pace) -> Vec<Data> {
        let mut whole = Vec::with_capacity(self.full.len() * Self::AT_ONCE + self.end.len());
        for items in self.full.into_iter().chain([self.end]) {
            pace.take(ITEM_STEPS * items.len() as u64).await;
            whole.extend(items);
        }
        whole
    }
}
