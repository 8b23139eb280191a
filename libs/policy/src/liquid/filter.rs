//! Filters.

mod numbers;
mod texts;

use std::cmp::Ordering;
use std::collections::HashSet;

use postern_dotnet::date::{DateTime, DateTimeOffset, DateTimeStyles};
use postern_dotnet::number::{self, Number};
use postern_dotnet::uri;

use super::data::Data;
use super::render::Renderer;
use super::tree::Filter;

impl Renderer<'_> {
    /// Sends a value through a filter.
    pub(super) fn filter(&mut self, filter: Filter, input: Data, arguments: &[Data]) -> Result<Data, String> {
        let before = match &input {
            Data::Text(text) => text.len(),
            Data::List(items) => items.len().saturating_mul(size_of::<Data>()),
            _ => 0,
        };
        self.charge(before)?;
        let made = self.apply(filter, input, arguments)?;
        match &made {
            Data::Text(text) => self.charge(text.len())?,
            Data::List(items) => self.charge(items.len().saturating_mul(size_of::<Data>()))?,
            _ => {}
        }
        Ok(made)
    }

    fn apply(&mut self, filter: Filter, input: Data, arguments: &[Data]) -> Result<Data, String> {
        let first = arguments.first().cloned().unwrap_or_default();
        Ok(match filter {
            Filter::Date => date(&input, &first, self.now)?,
            Filter::Default => match input {
                Data::Nil | Data::Bool(false) => first,
                input if input.is_empty() => first,
                input => input,
            },
            Filter::Size => Data::Integer(i64::try_from(input.size()).unwrap_or(i64::MAX)),
            Filter::First | Filter::Last => input.member(if filter == Filter::First { "first" } else { "last" }),
            Filter::Compact => {
                Data::list(input.items().into_iter().filter(|item| !matches!(item, Data::Nil)).collect())
            }
            Filter::Reverse => Data::list(input.items().into_iter().rev().collect()),
            Filter::Map => Data::list(input.items().iter().map(|item| item.member(&first.to_text())).collect()),
            Filter::Uniq => {
                let mut seen = HashSet::new();
                let is_new = |item: &Data| seen.insert((rank(item), item.to_text()));
                Data::list(input.items().into_iter().filter(is_new).collect())
            }
            Filter::Sort => sort(&input, &first),
            Filter::Join => {
                let separator = if arguments.is_empty() { " ".to_owned() } else { first.to_text() };
                let texts: Vec<String> = input.items().iter().map(Data::to_text).collect();
                self.charge(separator.len().saturating_mul(texts.len()))?;
                if matches!(input, Data::List(_) | Data::Map(_)) { Data::text(&texts.join(&separator)) } else { input }
            }
            Filter::Slice => slice(&input, &first, arguments.get(1)),
            Filter::Split => split(&input.to_text(), &first.to_text()),
            Filter::Plus | Filter::Minus | Filter::Times | Filter::DividedBy | Filter::Modulo => {
                self.arithmetic(filter, &input, &first)?
            }
            Filter::Abs | Filter::AtLeast | Filter::AtMost | Filter::Ceil | Filter::Floor | Filter::Round => {
                numbers::shape(filter, &input, &first)
            }
            Filter::Currency => match input.float() {
                Some(amount) => Data::text(&number::format(Number::Double(amount), "C").unwrap_or_default()),
                None => input,
            },
            Filter::Replace | Filter::ReplaceFirst | Filter::Remove | Filter::RemoveFirst => {
                let with = arguments.get(1).map(Data::to_text).unwrap_or_default();
                self.replace(filter, &input, &first.to_text(), &with)?
            }
            // Nothing stays nothing.
            _ if matches!(input, Data::Nil) && !matches!(filter, Filter::Append | Filter::Prepend) => Data::Nil,
            _ => Data::text(&text(filter, &input.to_text(), arguments)),
        })
    }

    fn replace(&mut self, filter: Filter, input: &Data, from: &str, with: &str) -> Result<Data, String> {
        let text = input.to_text();
        if from.is_empty() || matches!(input, Data::Nil) {
            return Ok(input.clone());
        }
        self.charge(text.matches(from).count().saturating_mul(with.len()))?;
        Ok(Data::text(&match filter {
            Filter::Replace => text.replace(from, with),
            Filter::ReplaceFirst => text.replacen(from, with, 1),
            Filter::Remove => text.replace(from, ""),
            _ => text.replacen(from, "", 1),
        }))
    }
}

/// Filters from text to text.
fn text(filter: Filter, text: &str, arguments: &[Data]) -> String {
    let argument = |at: usize| arguments.get(at).map(Data::to_text).unwrap_or_default();
    let number = |default: i64| arguments.first().and_then(Data::integer).unwrap_or(default);
    let end = || arguments.get(1).map_or_else(|| "...".to_owned(), Data::to_text);
    match filter {
        Filter::Append => format!("{text}{}", argument(0)),
        Filter::Prepend => format!("{}{text}", argument(0)),
        Filter::Upcase => text.to_uppercase(),
        Filter::Downcase => text.to_lowercase(),
        Filter::Capitalize => texts::title_case(text),
        Filter::Escape | Filter::H => uri::html_encode(text).into_owned(),
        Filter::UrlEncode => uri::url_encode(text).into_owned(),
        Filter::UrlDecode => uri::url_decode(text).into_owned(),
        Filter::Strip => text.trim().to_owned(),
        Filter::Lstrip => text.trim_start().to_owned(),
        Filter::Rstrip => text.trim_end().to_owned(),
        Filter::NewlineToBr => text.replace("\r\n", "\n").replace('\n', "<br />\n"),
        Filter::StripNewlines => text.replace("\r\n", "").replace('\n', ""),
        Filter::StripHtml => texts::without_tags(text),
        Filter::Truncate => texts::truncated(text, number(50), &end()),
        Filter::TruncateWords => texts::truncated_words(text, number(15), &end()),
        _ => text.to_owned(),
    }
}

/// A format of .NET; what is no date stays as it is.
fn date(input: &Data, format: &Data, now: DateTime) -> Result<Data, String> {
    let format = format.to_text();
    let moment = match input {
        Data::Date(date) => Some(*date),
        Data::Integer(seconds) => {
            DateTimeOffset::from_unix_time_seconds(*seconds).ok().map(DateTimeOffset::utc_date_time)
        }
        Data::Text(text) if text.eq_ignore_ascii_case("now") => Some(now),
        Data::Text(text) if text.eq_ignore_ascii_case("today") => Some(now.date()),
        Data::Text(text) => DateTime::try_parse(text, DateTimeStyles::NONE, now).ok().flatten(),
        _ => None,
    };
    match moment {
        Some(moment) if !format.is_empty() => {
            moment.format(&format).map(|text| Data::text(&text)).map_err(|exception| exception.message.to_string())
        }
        _ => Ok(input.clone()),
    }
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

/// A total order, which `compare` is not.
fn ordered(one: &Data, two: &Data) -> Ordering {
    let by_content = || match (one, two) {
        (Data::Integer(one), Data::Integer(two)) => one.cmp(two),
        (Data::Integer(_) | Data::Float(_), Data::Integer(_) | Data::Float(_)) => {
            one.float().unwrap_or_default().total_cmp(&two.float().unwrap_or_default())
        }
        (Data::Bool(one), Data::Bool(two)) => one.cmp(two),
        (Data::Text(one), Data::Text(two)) => one.to_lowercase().cmp(&two.to_lowercase()),
        (Data::Date(one), Data::Date(two)) => one.ticks().cmp(&two.ticks()),
        _ => Ordering::Equal,
    };
    rank(one).cmp(&rank(two)).then_with(by_content)
}

fn sort(input: &Data, property: &Data) -> Data {
    let mut items = input.items();
    if matches!(property, Data::Nil) {
        items.sort_by(ordered);
    } else {
        let property = property.to_text();
        items.sort_by(|one, two| ordered(&one.member(&property), &two.member(&property)));
    }
    Data::list(items)
}

fn slice(input: &Data, start: &Data, length: Option<&Data>) -> Data {
    let length = length.and_then(Data::integer).unwrap_or(1).max(0).unsigned_abs();
    let from = |count: usize| {
        let start = start.integer().unwrap_or(0);
        let start = if start < 0 { start.saturating_add_unsigned(count as u64).max(0) } else { start };
        usize::try_from(start).unwrap_or(usize::MAX)
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    match input {
        Data::List(items) => Data::list(items.iter().skip(from(items.len())).take(length).cloned().collect()),
        Data::Nil => Data::Nil,
        other => {
            let text = other.to_text();
            let characters: String = text.chars().skip(from(text.chars().count())).take(length).collect();
            Data::text(&characters)
        }
    }
}

/// Empty parts are left out.
fn split(text: &str, pattern: &str) -> Data {
    let parts: Vec<Data> = if pattern.is_empty() {
        text.chars().map(|character| Data::text(character.encode_utf8(&mut [0; 4]))).collect()
    } else {
        text.split(pattern).filter(|part| !part.is_empty()).map(Data::text).collect()
    };
    Data::list(parts)
}
