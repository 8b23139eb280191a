//! `TimeSpan.ParseExact`: the standard formats c, g and G, and custom ones.

use super::TimeSpan;
use super::parse::{Dialect, Number, bad_format, fraction_ticks, out_of_range};
use crate::Exception;
use crate::date::cursor::{Cursor, QuoteError, quoted};
use crate::date::{TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND};

/// Most digits of a run of `d`.
const DAY_DIGITS_MAX: usize = 8;
/// Most digits of a run of `f` or `F`.
const FRACTION_DIGITS_MAX: usize = 7;

enum Failure {
    /// The text goes on behind the format's end.
    Rest,
    /// The text does not fit, or the format is wrong: .NET does not tell them apart.
    Mismatch,
    Quote(char),
    Range,
}

impl TimeSpan {
    /// `TimeSpan.ParseExact` with one format; `negative` is `TimeSpanStyles.AssumeNegative`, which custom formats look at.
    pub fn parse_exact(text: &str, format: &str, negative: bool) -> Result<TimeSpan, Exception> {
        let value = match format {
            "" => return Err(Exception::format("Format specifier '' was invalid.")),
            "c" | "t" | "T" => {
                return TimeSpan::parse_dialect(text, Dialect { day_separators: &["."], is_full: false });
            }
            "g" | "G" => {
                return TimeSpan::parse_dialect(text, Dialect { day_separators: &[":"], is_full: format == "G" });
            }
            _ if format.chars().count() == 1 => {
                return Err(Exception::format(format!("Format specifier '{format}' was invalid.")));
            }
            _ => custom(text, format),
        };
        let ticks = value.map_err(|failure| match failure {
            Failure::Rest => bad_format(text),
            Failure::Mismatch => Exception::format("Input string was not in a correct format."),
            Failure::Quote(quote) => {
                Exception::format(format!("Cannot find a matching quote character for the character '{quote}'."))
            }
            Failure::Range => out_of_range(text),
        })?;
        Ok(TimeSpan::from_ticks(if negative { -ticks } else { ticks }))
    }
}

fn custom(text: &str, format: &str) -> Result<i64, Failure> {
    let mut text = Cursor::new(text);
    let mut format = Cursor::new(format);
    // One for each unit: days, hours, minutes, seconds, fraction.
    let mut seen = [None; 5];
    while let Some(specifier) = format.next() {
        match specifier {
            '\'' | '"' => {
                let mut literal = String::new();
                quoted(&mut format, specifier, &mut literal).map_err(|error| match error {
                    QuoteError::Unclosed => Failure::Quote(specifier),
                    QuoteError::LoneBackslash => Failure::Mismatch,
                })?;
                if !text.eat_text(&literal) {
                    return Err(Failure::Mismatch);
                }
            }
            '\\' => {
                if !text.eat(format.next().ok_or(Failure::Mismatch)?) {
                    return Err(Failure::Mismatch);
                }
            }
            '%' if matches!(format.peek(), None | Some('%')) => return Err(Failure::Mismatch),
            '%' => {}
            _ => {
                let count = 1 + format.eat_run(specifier);
                unit(&mut text, specifier, count, &mut seen)?;
            }
        }
    }
    if !text.is_at_end() {
        return Err(Failure::Rest);
    }
    let [days, hours, minutes, seconds, fraction] = seen.map(|value| value.unwrap_or(0));
    if hours > 23 || minutes > 59 || seconds > 59 {
        return Err(Failure::Range);
    }
    let ticks = days.checked_mul(TICKS_PER_DAY).ok_or(Failure::Range)?;
    let time = hours * TICKS_PER_HOUR + minutes * TICKS_PER_MINUTE + seconds * TICKS_PER_SECOND + fraction;
    ticks.checked_add(time).ok_or(Failure::Range)
}

/// Reads the number of one specifier, repeated `count` times.
fn unit(text: &mut Cursor<'_>, specifier: char, count: usize, seen: &mut [Option<i64>; 5]) -> Result<(), Failure> {
    let (index, most) = match specifier {
        'd' => (0, DAY_DIGITS_MAX),
        'h' => (1, 2),
        'm' => (2, 2),
        's' => (3, 2),
        'f' | 'F' => (4, FRACTION_DIGITS_MAX),
        _ => return Err(Failure::Mismatch),
    };
    let slot = seen.get_mut(index).filter(|slot| slot.is_none() && count <= most).ok_or(Failure::Mismatch)?;
    let value = match specifier {
        'f' | 'F' => fraction(text, count, specifier == 'f')?,
        'd' => text.number(count, if count == 1 { DAY_DIGITS_MAX } else { count }).ok_or(Failure::Mismatch)?.into(),
        _ => text.number(count, 2).ok_or(Failure::Mismatch)?.into(),
    };
    *slot = Some(value);
    Ok(())
}

/// Ticks of a fraction of exactly (`f`) or at most (`F`) so many digits.
fn fraction(text: &mut Cursor<'_>, count: usize, exactly: bool) -> Result<i64, Failure> {
    let before = text.rest();
    let zeros = before.bytes().take(count).take_while(|byte| *byte == b'0').count();
    let value = text.number(if exactly { count } else { 0 }, count).ok_or(Failure::Mismatch)?;
    let number = Number { value: value.unsigned_abs(), zeros: u32::try_from(zeros).unwrap_or(u32::MAX) };
    fraction_ticks(number).map(i64::from).ok_or(Failure::Range)
}
