//! DateTime and DateTimeOffset to text with the invariant culture: the standard formats, which stand for custom ones.

mod custom;
#[cfg(test)]
mod tests;

use super::{DateTime, DateTimeOffset, TimeSpan};
use crate::Exception;
use std::fmt;

/// What is printed: a local time, and where it is.
#[derive(Debug, Clone, Copy)]
struct Stamp {
    time: DateTime,
    /// The offset of a DateTimeOffset; a DateTime has a kind instead.
    offset: Option<TimeSpan>,
}

/// The custom format behind a standard one; `None` for a letter that is none.
pub(super) fn pattern(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "MM/dd/yyyy",
        'D' => "dddd, dd MMMM yyyy",
        'f' => "dddd, dd MMMM yyyy HH:mm",
        'F' | 'U' => "dddd, dd MMMM yyyy HH:mm:ss",
        'g' => "MM/dd/yyyy HH:mm",
        'G' => "MM/dd/yyyy HH:mm:ss",
        'm' | 'M' => "MMMM dd",
        'o' | 'O' => "yyyy'-'MM'-'dd'T'HH':'mm':'ss.fffffffK",
        'r' | 'R' => "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
        's' => "yyyy'-'MM'-'dd'T'HH':'mm':'ss",
        't' => "HH:mm",
        'T' => "HH:mm:ss",
        'u' => "yyyy'-'MM'-'dd HH':'mm':'ss'Z'",
        'y' | 'Y' => "yyyy MMMM",
        _ => return None,
    })
}

fn invalid() -> Exception {
    Exception::format("Input string was not in a correct format.")
}

/// The one character of a format that has only one.
pub(super) fn standard_letter(format: &str) -> Option<char> {
    let mut characters = format.chars();
    characters.next().filter(|_| characters.next().is_none())
}

impl DateTime {
    /// `ToString(format)`; an empty format is `G`. `U` prints the universal time, which here is the time itself.
    pub fn format(self, format: &str) -> Result<String, Exception> {
        let stamp = Stamp { time: self, offset: None };
        let pattern = match standard_letter(format) {
            None if format.is_empty() => "MM/dd/yyyy HH:mm:ss",
            None => format,
            Some(letter) => pattern(letter).ok_or_else(invalid)?,
        };
        custom::format(stamp, pattern)
    }
}

impl DateTimeOffset {
    /// `ToString(format)`; an empty format is `G` with the offset. `R` and `u` print the universal time, `U` does not exist.
    pub fn format(self, format: &str) -> Result<String, Exception> {
        let mut stamp = Stamp { time: self.date_time(), offset: Some(self.offset()) };
        let pattern = match standard_letter(format) {
            None if format.is_empty() => "MM/dd/yyyy HH:mm:ss zzz",
            None => format,
            Some('U') => return Err(invalid()),
            Some(letter) => {
                if matches!(letter, 'r' | 'R' | 'u') {
                    stamp.time = self.utc_date_time();
                }
                pattern(letter).ok_or_else(invalid)?
            }
        };
        custom::format(stamp, pattern)
    }
}

/// `ToString()`
impl fmt::Display for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.format("").unwrap_or_default())
    }
}

/// `ToString()`
impl fmt::Display for DateTimeOffset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.format("").unwrap_or_default())
    }
}
