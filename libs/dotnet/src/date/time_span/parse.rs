//! Text to TimeSpan: `TimeSpan.Parse` with the invariant culture.
//!
//! The text is a sequence of numbers and of separators between them. .NET compares the separators with those of each form it knows, and
//! takes the first form that fits and whose numbers are in range; an hour of 24 therefore makes `24:00:00` twenty-four *days*.

use super::TimeSpan;
use crate::date::cursor::Cursor;
use crate::date::{TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND};
use crate::{Exception, ExceptionType};

/// Most numbers in a text: days, hours, minutes, seconds and fraction.
const NUMBERS_MAX: usize = 5;
/// .NET reads no larger number.
const NUMBER_MAX: u32 = 0x0FFF_FFFF;
/// A fraction has at most this value, unless it starts with a zero.
const FRACTION_MAX: u32 = 9_999_999;
const FRACTION_DIGITS: u32 = 7;

/// A number of the text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Number {
    pub(super) value: u32,
    /// How many zeros stand before it.
    pub(super) zeros: u32,
}

/// What the numbers stand for.
#[derive(Debug, Clone, Copy)]
enum Field {
    Days,
    Hours,
    Minutes,
    Seconds,
    Fraction,
}

use Field::{Days, Fraction, Hours, Minutes, Seconds};

/// The separators between numbers (`D` is the one behind days), and what the numbers are. The order is .NET's.
const FORMS: &[(&[&str], &[Field])] = &[
    (&[], &[Days]),
    (&[":"], &[Hours, Minutes]),
    (&[":", ":"], &[Hours, Minutes, Seconds]),
    (&["D", ":"], &[Days, Hours, Minutes]),
    (&[":", ":."], &[Hours, Minutes, Fraction]),
    (&[":", ":", "."], &[Hours, Minutes, Seconds, Fraction]),
    (&["D", ":", ":"], &[Days, Hours, Minutes, Seconds]),
    (&["D", ":", ":."], &[Days, Hours, Minutes, Fraction]),
    (&["D", ":", ":", "."], &[Days, Hours, Minutes, Seconds, Fraction]),
];

enum Failure {
    Format,
    Overflow,
}

/// What a reader takes: `Parse` and the standard formats of `ParseExact` differ in little.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    /// What may stand behind the days.
    pub(super) day_separators: &'static [&'static str],
    /// All five numbers have to be there.
    pub(super) is_full: bool,
}

impl TimeSpan {
    /// `TimeSpan.Parse`
    pub fn parse(text: &str) -> Result<TimeSpan, Exception> {
        TimeSpan::parse_dialect(text, Dialect { day_separators: &[".", ":"], is_full: false })
    }

    pub(super) fn parse_dialect(text: &str, dialect: Dialect) -> Result<TimeSpan, Exception> {
        read(text.trim(), dialect).map_err(|failure| match failure {
            Failure::Format => bad_format(text),
            Failure::Overflow => out_of_range(text),
        })
    }
}

pub(super) fn bad_format(text: &str) -> Exception {
    Exception::format(format!("String '{text}' was not recognized as a valid TimeSpan."))
}

pub(super) fn out_of_range(text: &str) -> Exception {
    let message = format!(
        "The TimeSpan string '{text}' could not be parsed because at least one of the numeric components is out of \
         range or contains too many digits."
    );
    Exception::new(ExceptionType::Overflow, message)
}

fn read(text: &str, dialect: Dialect) -> Result<TimeSpan, Failure> {
    let mut cursor = Cursor::new(text);
    let mut numbers = Vec::with_capacity(NUMBERS_MAX);
    let sign = separator(&mut cursor);
    let mut separators = Vec::with_capacity(NUMBERS_MAX);
    // A number that is too large is told before a separator that is wrong.
    while !cursor.is_at_end() {
        if numbers.len() == NUMBERS_MAX {
            return Err(Failure::Format);
        }
        numbers.push(number(&mut cursor)?);
        separators.push(separator(&mut cursor));
    }
    let is_whole = matches!(sign, "" | "-") && separators.pop() == Some("");
    if !is_whole || (dialect.is_full && numbers.len() < NUMBERS_MAX) {
        return Err(Failure::Format);
    }
    let mut overflow = false;
    for day_separator in dialect.day_separators {
        for (expected, fields) in FORMS {
            let fits = fields.len() == numbers.len()
                && expected.iter().zip(&separators).all(|(expected, found)| match *expected {
                    "D" => day_separator == found,
                    expected => expected == *found,
                });
            if !fits {
                continue;
            }
            match assemble(sign == "-", fields, &numbers) {
                Some(value) => return Ok(value),
                None => overflow = true,
            }
        }
    }
    Err(if overflow { Failure::Overflow } else { Failure::Format })
}

/// Everything up to the next digit.
fn separator<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    let before = cursor.rest();
    while cursor.peek().is_some_and(|next| !next.is_ascii_digit()) {
        cursor.next();
    }
    before.get(..before.len() - cursor.rest().len()).unwrap_or_default()
}

fn number(cursor: &mut Cursor<'_>) -> Result<Number, Failure> {
    let zeros = cursor.eat_run('0');
    let mut value = 0_u32;
    while let Some(digit) = cursor.digit() {
        value = value * 10 + digit.unsigned_abs();
        if value > NUMBER_MAX {
            return Err(Failure::Overflow);
        }
    }
    Ok(Number { value, zeros: u32::try_from(zeros).unwrap_or(u32::MAX) })
}

/// The duration; `None` if a number is out of range.
fn assemble(negative: bool, fields: &[Field], numbers: &[Number]) -> Option<TimeSpan> {
    let mut ticks = 0_i128;
    for (field, number) in fields.iter().zip(numbers) {
        let (most, unit) = match field {
            Days => (u32::MAX, TICKS_PER_DAY),
            Hours => (23, TICKS_PER_HOUR),
            Minutes => (59, TICKS_PER_MINUTE),
            Seconds => (59, TICKS_PER_SECOND),
            Fraction => {
                ticks += i128::from(fraction_ticks(*number)?);
                continue;
            }
        };
        if number.value > most {
            return None;
        }
        ticks += i128::from(number.value) * i128::from(unit);
    }
    i64::try_from(if negative { -ticks } else { ticks }).ok().map(TimeSpan::from_ticks)
}

/// A fraction of a second in ticks; digits past the seventh are rounded, and are only allowed behind a zero.
pub(super) fn fraction_ticks(number: Number) -> Option<u32> {
    if number.value == 0 {
        return Some(0);
    }
    if number.zeros == 0 && number.value > FRACTION_MAX {
        return None;
    }
    let digits = number.value.ilog10() + 1 + number.zeros.min(u32::from(u16::MAX));
    if digits <= FRACTION_DIGITS {
        return Some(number.value * 10_u32.pow(FRACTION_DIGITS - digits));
    }
    let scale = 10_f64.powi(i32::try_from(digits - FRACTION_DIGITS).unwrap_or(i32::MAX));
    Some((f64::from(number.value) / scale).round() as u32)
}
