//! TimeSpan to text: the formats c, g and G, and custom ones.

use super::TimeSpan;
use crate::Exception;
use crate::date::cursor::{Cursor, QuoteError, quoted};
use crate::date::{TICKS_PER_DAY, TICKS_PER_SECOND};
use std::fmt;
use std::fmt::Write as _;

/// Most `d`s in a custom format: no TimeSpan has more days than eight digits hold.
const DAY_DIGITS_MAX: usize = 8;
/// Most `f`s in a custom format: ticks have no more digits.
const FRACTION_DIGITS_MAX: usize = 7;

fn invalid() -> Exception {
    Exception::format("Input string was not in a correct format.")
}

/// The absolute value in parts: even `TimeSpan.MinValue` has them.
struct Magnitude {
    days: u64,
    hours: u64,
    minutes: u64,
    seconds: u64,
    fraction: u64,
}

impl Magnitude {
    fn of(value: TimeSpan) -> Magnitude {
        let ticks = value.ticks().unsigned_abs();
        let seconds = ticks / TICKS_PER_SECOND.unsigned_abs();
        Magnitude {
            days: ticks / TICKS_PER_DAY.unsigned_abs(),
            hours: seconds / 3600 % 24,
            minutes: seconds / 60 % 60,
            seconds: seconds % 60,
            fraction: ticks % TICKS_PER_SECOND.unsigned_abs(),
        }
    }
}

impl TimeSpan {
    /// `ToString(format)` with the invariant culture; an empty format is `c`.
    pub fn format(self, format: &str) -> Result<String, Exception> {
        match format {
            "" | "c" | "t" | "T" => Ok(self.to_string()),
            "g" => Ok(self.short()),
            "G" => Ok(self.long()),
            _ if format.chars().count() == 1 => Err(invalid()),
            _ => self.custom(format),
        }
    }

    fn sign(self) -> &'static str {
        if self.ticks() < 0 { "-" } else { "" }
    }

    /// `[-][d:]h:mm:ss[.FFFFFFF]`
    fn short(self) -> String {
        let Magnitude { days, hours, minutes, seconds, fraction } = Magnitude::of(self);
        let mut out = self.sign().to_owned();
        // Writing to a String cannot fail.
        if days > 0 {
            let _ = write!(out, "{days}:");
        }
        let _ = write!(out, "{hours}:{minutes:02}:{seconds:02}");
        if fraction > 0 {
            let digits = format!("{fraction:07}");
            let _ = write!(out, ".{}", digits.trim_end_matches('0'));
        }
        out
    }

    /// `[-]d:hh:mm:ss.fffffff`
    fn long(self) -> String {
        let Magnitude { days, hours, minutes, seconds, fraction } = Magnitude::of(self);
        format!("{}{days}:{hours:02}:{minutes:02}:{seconds:02}.{fraction:07}", self.sign())
    }

    /// Custom formats print no sign.
    fn custom(self, format: &str) -> Result<String, Exception> {
        let magnitude = Magnitude::of(self);
        let mut out = String::new();
        let mut format = Cursor::new(format);
        while let Some(specifier) = format.next() {
            match specifier {
                '\'' | '"' => quoted(&mut format, specifier, &mut out).map_err(|error| match error {
                    QuoteError::LoneBackslash => invalid(),
                    QuoteError::Unclosed => {
                        let message =
                            format!("Cannot find a matching quote character for the character '{specifier}'.");
                        Exception::format(message)
                    }
                })?,
                '\\' => out.push(format.next().ok_or_else(invalid)?),
                '%' => {
                    let single = format.next().filter(|single| *single != '%').ok_or_else(invalid)?;
                    magnitude.write(single, 1, &mut out)?;
                }
                _ => {
                    let count = 1 + format.eat_run(specifier);
                    magnitude.write(specifier, count, &mut out)?;
                }
            }
        }
        Ok(out)
    }
}

impl Magnitude {
    /// One specifier, repeated `count` times.
    fn write(&self, specifier: char, count: usize, out: &mut String) -> Result<(), Exception> {
        let (value, most) = match specifier {
            'd' => (self.days, DAY_DIGITS_MAX),
            'h' => (self.hours, 2),
            'm' => (self.minutes, 2),
            's' => (self.seconds, 2),
            'f' | 'F' => (self.fraction, FRACTION_DIGITS_MAX),
            _ => return Err(invalid()),
        };
        if count > most {
            return Err(invalid());
        }
        if !matches!(specifier, 'f' | 'F') {
            // Writing to a String cannot fail.
            let _ = write!(out, "{value:0count$}");
            return Ok(());
        }
        let digits = format!("{value:07}");
        let digits = digits.get(..count).unwrap_or_default();
        out.push_str(if specifier == 'F' { digits.trim_end_matches('0') } else { digits });
        Ok(())
    }
}

/// `ToString()`: `[-][d.]hh:mm:ss[.fffffff]`.
impl fmt::Display for TimeSpan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Magnitude { days, hours, minutes, seconds, fraction } = Magnitude::of(*self);
        formatter.write_str(self.sign())?;
        if days > 0 {
            write!(formatter, "{days}.")?;
        }
        write!(formatter, "{hours:02}:{minutes:02}:{seconds:02}")?;
        if fraction > 0 { write!(formatter, ".{fraction:07}") } else { Ok(()) }
    }
}
