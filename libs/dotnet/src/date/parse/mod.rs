//! Text to DateTime and DateTimeOffset with the invariant culture: `Parse` and `ParseExact`.
//!
//! Both readers fill [`fields::Fields`]; `fields` then completes what is missing from the clock and applies the zone. What must hold: the
//! clock is an argument, and reading takes time in proportion to the text.

mod exact;
mod failure;
mod fields;
mod grammar;
mod iso;
mod lenient;
mod lexer;
mod styles;
#[cfg(test)]
mod tests;

use super::{DateTime, DateTimeOffset};
use crate::Exception;
use failure::Failure;
use fields::{Parsed, Settings};
pub use styles::DateTimeStyles;

/// Two-digit years end here, as in .NET 8: 49 is 2049, 50 is 1950.
const TWO_DIGIT_YEAR_MAX: i32 = 2049;

/// The year that two digits stand for; others stand for themselves.
fn four_digit_year(year: i32) -> i32 {
    if !(0..100).contains(&year) {
        return year;
    }
    let century = TWO_DIGIT_YEAR_MAX / 100 - i32::from(year > TWO_DIGIT_YEAR_MAX % 100);
    century * 100 + year
}

impl DateTime {
    /// `DateTime.Parse(text, invariant culture, styles)`. `now` completes what the text leaves out.
    pub fn parse(text: &str, styles: DateTimeStyles, now: DateTime) -> Result<DateTime, Exception> {
        styles.check("styles")?;
        DateTime::read(text, styles, now).map_err(|failure| failure.exception(text))
    }

    /// `DateTime.TryParse`: only wrong styles are an error.
    pub fn try_parse(text: &str, styles: DateTimeStyles, now: DateTime) -> Result<Option<DateTime>, Exception> {
        styles.check("styles")?;
        Ok(DateTime::read(text, styles, now).ok())
    }

    fn read(text: &str, styles: DateTimeStyles, now: DateTime) -> Result<DateTime, Failure> {
        let settings = Settings { styles, now, captures_offset: false };
        lenient::read(text, settings).map(|parsed| parsed.date)
    }

    /// `DateTime.ParseExact` with one format.
    pub fn parse_exact(text: &str, format: &str, styles: DateTimeStyles, now: DateTime) -> Result<DateTime, Exception> {
        styles.check("style")?;
        let settings = Settings { styles, now, captures_offset: false };
        exact::read(text, format, settings).map(|parsed| parsed.date).map_err(|failure| failure.exception(text))
    }

    /// `DateTime.ParseExact` with several formats: the first that fits.
    pub fn parse_exact_any(
        text: &str,
        formats: &[&str],
        styles: DateTimeStyles,
        now: DateTime,
    ) -> Result<DateTime, Exception> {
        styles.check("style")?;
        let settings = Settings { styles, now, captures_offset: false };
        read_any(text, formats, settings).map(|parsed| parsed.date).map_err(|failure| failure.exception(text))
    }
}

impl DateTimeOffset {
    /// `DateTimeOffset.Parse(text, invariant culture, styles)`: without an offset in the text it is the local one, zero.
    pub fn parse(text: &str, styles: DateTimeStyles, now: DateTime) -> Result<DateTimeOffset, Exception> {
        let styles = styles.for_offset("styles")?;
        let settings = Settings { styles, now, captures_offset: true };
        lenient::read(text, settings).map(to_offset).map_err(|failure| failure.exception(text))
    }

    /// `DateTimeOffset.ParseExact` with one format.
    pub fn parse_exact(
        text: &str,
        format: &str,
        styles: DateTimeStyles,
        now: DateTime,
    ) -> Result<DateTimeOffset, Exception> {
        let styles = styles.for_offset("styles")?;
        let settings = Settings { styles, now, captures_offset: true };
        exact::read(text, format, settings).map(to_offset).map_err(|failure| failure.exception(text))
    }

    /// `DateTimeOffset.ParseExact` with several formats: the first that fits.
    pub fn parse_exact_any(
        text: &str,
        formats: &[&str],
        styles: DateTimeStyles,
        now: DateTime,
    ) -> Result<DateTimeOffset, Exception> {
        let styles = styles.for_offset("styles")?;
        let settings = Settings { styles, now, captures_offset: true };
        read_any(text, formats, settings).map(to_offset).map_err(|failure| failure.exception(text))
    }
}

fn to_offset(parsed: Parsed) -> DateTimeOffset {
    DateTimeOffset::found(parsed.date.ticks() - parsed.offset_ticks, parsed.offset_ticks)
}

fn read_any(text: &str, formats: &[&str], settings: Settings) -> Result<Parsed, Failure> {
    if text.is_empty() {
        return Err(Failure::BadDateTime);
    }
    if formats.is_empty() {
        return Err(Failure::NoFormat);
    }
    for format in formats {
        if format.is_empty() {
            return Err(Failure::BadFormat(String::new()));
        }
        if let Ok(parsed) = exact::read(text, format, settings) {
            return Ok(parsed);
        }
    }
    Err(Failure::BadDateTime)
}
