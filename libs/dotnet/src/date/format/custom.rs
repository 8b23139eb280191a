//! Custom formats: `yyyy-MM-dd HH:mm:ss`.

use super::{Stamp, invalid};
use crate::Exception;
use crate::date::cursor::{Cursor, QuoteError, quoted};
use crate::date::{DateTimeKind, TICKS_PER_HOUR, TICKS_PER_MINUTE, names};
use std::fmt::Write as _;

/// Most `f`s: ticks have no more digits.
const FRACTION_DIGITS_MAX: usize = 7;
/// Most digits a year is padded to, which is more than anybody writes: a format cannot ask for more output than it is long.
const YEAR_DIGITS_MAX: usize = 1024;

pub(super) fn format(stamp: Stamp, pattern: &str) -> Result<String, Exception> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut pattern = Cursor::new(pattern);
    while let Some(specifier) = pattern.next() {
        match specifier {
            '\'' | '"' => quoted(&mut pattern, specifier, &mut out).map_err(|error| match error {
                QuoteError::LoneBackslash => invalid(),
                QuoteError::Unclosed => {
                    let message = format!("Cannot find a matching quote character for the character '{specifier}'.");
                    Exception::format(message)
                }
            })?,
            '\\' => out.push(pattern.next().ok_or_else(invalid)?),
            '%' => {
                // The next character is a format of its own, of length one.
                let single = pattern.next().filter(|single| *single != '%').ok_or_else(invalid)?;
                match single {
                    '\'' | '"' => {
                        let message = format!("Cannot find a matching quote character for the character '{single}'.");
                        return Err(Exception::format(message));
                    }
                    '\\' => return Err(invalid()),
                    _ => write(stamp, single, 1, &mut out)?,
                }
            }
            'd' | 'f' | 'F' | 'g' | 'h' | 'H' | 'm' | 'M' | 's' | 't' | 'y' | 'z' => {
                let count = 1 + pattern.eat_run(specifier);
                write(stamp, specifier, count, &mut out)?;
            }
            _ => write(stamp, specifier, 1, &mut out)?,
        }
    }
    Ok(out)
}

/// One specifier, repeated `count` times; every other character stands for itself.
fn write(stamp: Stamp, specifier: char, count: usize, out: &mut String) -> Result<(), Exception> {
    let time = stamp.time;
    match specifier {
        'd' => match count {
            1 | 2 => digits(time.day(), count, out),
            3 => out.push_str(names::short(time.day_of_week().name())),
            _ => out.push_str(time.day_of_week().name()),
        },
        'f' | 'F' => fraction(time.fraction(), specifier, count, out)?,
        'g' => out.push_str("A.D."),
        'h' => digits((time.hour() + 11) % 12 + 1, count, out),
        'H' => digits(time.hour(), count, out),
        'K' => match (stamp.offset, time.kind()) {
            (Some(_), _) | (None, DateTimeKind::Local) => offset(stamp, 3, out),
            (None, DateTimeKind::Utc) => out.push('Z'),
            (None, DateTimeKind::Unspecified) => {}
        },
        'm' => digits(time.minute(), count, out),
        'M' => match count {
            1 | 2 => digits(time.month(), count, out),
            3 => out.push_str(names::short(names::month(time.month()).unwrap_or_default())),
            _ => out.push_str(names::month(time.month()).unwrap_or_default()),
        },
        's' => digits(time.second(), count, out),
        't' => {
            let name = if time.hour() < 12 { "AM" } else { "PM" };
            out.push_str(if count == 1 { name.get(..1).unwrap_or_default() } else { name });
        }
        'y' => {
            let year = time.year();
            if count <= 2 {
                digits(year % 100, count, out);
            } else {
                let width = count.min(YEAR_DIGITS_MAX);
                // Writing to a String cannot fail.
                let _ = write!(out, "{year:0width$}");
            }
        }
        'z' => offset(stamp, count, out),
        _ => out.push(specifier),
    }
    Ok(())
}

/// One or two digits; more than two specifiers are as good as two.
fn digits(value: i32, count: usize, out: &mut String) {
    let width = count.min(2);
    // Writing to a String cannot fail.
    let _ = write!(out, "{value:0width$}");
}

/// `f` prints zeros, `F` leaves those at the end away, and with them the point before.
fn fraction(ticks: i64, specifier: char, count: usize, out: &mut String) -> Result<(), Exception> {
    if count > FRACTION_DIGITS_MAX {
        return Err(invalid());
    }
    let all = format!("{ticks:07}");
    let digits = all.get(..count).unwrap_or_default();
    if specifier == 'f' {
        out.push_str(digits);
        return Ok(());
    }
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() && out.ends_with('.') {
        out.pop();
    }
    out.push_str(digits);
    Ok(())
}

/// `+2`, `+02`, `+02:00`.
fn offset(stamp: Stamp, count: usize, out: &mut String) {
    let ticks = stamp.offset.map_or(0, |offset| offset.ticks());
    out.push(if ticks < 0 { '-' } else { '+' });
    let hours = ticks.abs() / TICKS_PER_HOUR;
    let minutes = ticks.abs() / TICKS_PER_MINUTE % 60;
    let width = count.min(2);
    // Writing to a String cannot fail.
    let _ = write!(out, "{hours:0width$}");
    if count >= 3 {
        let _ = write!(out, ":{minutes:02}");
    }
}
