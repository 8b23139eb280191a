//! Filters.

mod lists;
mod numbers;
pub(super) mod pieces;
mod texts;

use postern_dotnet::date::{DateTime, DateTimeOffset, DateTimeStyles};
use postern_dotnet::number::{self, Number};

use super::data::{Data, READ_BYTES_MAX};
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
        let charged = self.charged();
        let made = self.apply(filter, input, arguments).await?;
        // What is made piece by piece has been charged for.
        let charged = self.charged() - charged;
        match &made {
            Data::Text(text) => self.charge(text.len().saturating_sub(charged))?,
            Data::List(items) => {
                self.charge(items.len().saturating_mul(size_of::<Data>()).saturating_sub(charged))?;
            }
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
            Filter::Size => {
                let size = match &input {
                    Data::Text(text) => pieces::length(&self.pace, text).await,
                    other => other.size(),
                };
                Data::Integer(i64::try_from(size).unwrap_or(i64::MAX))
            }
            Filter::First | Filter::Last => input.member(if filter == Filter::First { "first" } else { "last" }),
            Filter::Compact | Filter::Reverse | Filter::Map | Filter::Uniq | Filter::Sort => {
                self.list(filter, &input, &first).await?
            }
            Filter::Join if matches!(input, Data::List(_) | Data::Map(_)) => {
                let separator = if arguments.is_empty() { " ".into() } else { self.argument(arguments, 0).await? };
                self.join(&input, &separator).await?
            }
            Filter::Join => input,
            Filter::Slice => Box::pin(self.slice(&input, &first, arguments.get(1))).await?,
            Filter::Split => {
                let (text, pattern) = (self.whole_text(&input).await?, self.argument(arguments, 0).await?);
                Box::pin(lists::split(&self.pace, &text, &pattern)).await
            }
            Filter::Plus | Filter::Minus | Filter::Times | Filter::DividedBy | Filter::Modulo => {
                Box::pin(self.arithmetic(filter, &input, &first)).await?
            }
            Filter::Abs | Filter::AtLeast | Filter::AtMost | Filter::Ceil | Filter::Floor | Filter::Round => {
                numbers::shape(filter, &input, &first)
            }
            Filter::Currency => match input.float() {
                Some(amount) => Data::text(&number::format(Number::Double(amount), "C").unwrap_or_default()),
                None => input,
            },
            Filter::Replace | Filter::ReplaceFirst | Filter::Remove | Filter::RemoveFirst => {
                Box::pin(self.replace(filter, &input, arguments)).await?
            }
            // Nothing stays nothing.
            _ if matches!(input, Data::Nil) && !matches!(filter, Filter::Append | Filter::Prepend) => Data::Nil,
            _ => {
                let input = self.whole_text(&input).await?;
                Box::pin(self.change_text(filter, &input, arguments)).await?
            }
        })
    }
}

/// A format of .NET; what is no date stays as it is.
fn date(input: &Data, format: &Data, now: DateTime) -> Result<Data, String> {
    let format = match format {
        Data::List(_) | Data::Map(_) => return Ok(input.clone()),
        Data::Text(text) if text.len() > READ_BYTES_MAX => {
            return Err(format!("The format of a date is longer than {READ_BYTES_MAX} bytes."));
        }
        format => format.to_text(),
    };
    let moment = match input {
        Data::Date(date) => Some(*date),
        Data::Integer(seconds) => {
            DateTimeOffset::from_unix_time_seconds(*seconds).ok().map(DateTimeOffset::utc_date_time)
        }
        Data::Text(text) if text.eq_ignore_ascii_case("now") => Some(now),
        Data::Text(text) if text.eq_ignore_ascii_case("today") => Some(now.date()),
        Data::Text(text) if text.len() > READ_BYTES_MAX => None,
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
