//! Dates and durations as texts of values.

use crate::date::{DateTime, TimeSpan};
use crate::{Exception, Text};

/// `date.ToString(format)`.
pub(super) fn date_text(value: DateTime, _format: &str) -> Result<Text, Exception> {
    let (year, month, day) = value.ymd();
    let (hour, minute, second) = (value.hour(), value.minute(), value.second());
    Ok(format!("{month:02}/{day:02}/{year:04} {hour:02}:{minute:02}:{second:02}").into())
}

/// `span.ToString(format)`.
pub(super) fn span_text(value: TimeSpan, _format: &str) -> Result<Text, Exception> {
    Ok(value.ticks().to_string().into())
}

/// `Convert.ToDateTime(text)`.
pub(super) fn parse_date(text: &str) -> Result<DateTime, Exception> {
    crate::date::json::parse_iso(text)
        .ok_or_else(|| Exception::format(format!("String '{text}' was not recognized as a valid DateTime.")))
}

/// `TimeSpan.Parse(text)`.
pub(super) fn parse_span(text: &str) -> Result<TimeSpan, Exception> {
    Err(Exception::format(format!("String '{text}' was not recognized as a valid TimeSpan.")))
}
