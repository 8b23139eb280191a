//! Filters.

mod lists;
mod numbers;
mod texts;

use postern_dotnet::date::{DateTime, DateTimeOffset, DateTimeStyles};
use postern_dotnet::number::{self, Number};
use postern_dotnet::uri;

use super::data::Data;
use super::render::Renderer;
use super::tree::Filter;

impl Renderer<'_> {
    /// Sends a value through a filter.
    pub(super) async fn filter(&mut self, filter: Filter, input: Data, arguments: &[Data]) -> Result<Data, String> {
        let before = match &input {
            Data::Text(text) => text.len(),
            Data::List(items) => items.len().saturating_mul(size_of::<Data>()),
            _ => 0,
        };
        self.charge(before)?;
        let made = self.apply(filter, input, arguments).await?;
        match &made {
            Data::Text(text) => self.charge(text.len())?,
            Data::List(items) => self.charge(items.len().saturating_mul(size_of::<Data>()))?,
            _ => {}
        }
        Ok(made)
    }

    async fn apply(&mut self, filter: Filter, input: Data, arguments: &[Data]) -> Result<Data, String> {
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
            Filter::Compact | Filter::Reverse | Filter::Map | Filter::Uniq | Filter::Sort => {
                lists::list(&self.pace, filter, &input, &first).await
            }
            Filter::Join if matches!(input, Data::List(_) | Data::Map(_)) => {
                let separator = if arguments.is_empty() { " ".to_owned() } else { first.to_text() };
                self.join(&input, &separator).await?
            }
            Filter::Join => input,
            Filter::Slice => lists::slice(&self.pace, &input, &first, arguments.get(1)).await,
            Filter::Split => {
                let text = self.whole_text(&input).await?;
                lists::split(&self.pace, &text, &first.to_text()).await
            }
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
                self.replace(filter, &input, &first.to_text(), &with).await?
            }
            // Nothing stays nothing.
            _ if matches!(input, Data::Nil) && !matches!(filter, Filter::Append | Filter::Prepend) => Data::Nil,
            _ => {
                let input = self.whole_text(&input).await?;
                Data::text(&text(filter, &input, arguments))
            }
        })
    }

    async fn replace(&mut self, filter: Filter, input: &Data, from: &str, with: &str) -> Result<Data, String> {
        let text = self.whole_text(input).await?;
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
