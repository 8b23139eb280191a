//! The words of a date: numbers, names, marks and the separators between them.

use super::failure::Failure;
use super::fields::{TimeMark, Zone};
use crate::date::cursor::Cursor;
use crate::date::{DayOfWeek, TICKS_PER_HOUR, TICKS_PER_MINUTE, names};

/// More digits than a number in a date can have.
const DIGITS_MAX: usize = 8;
/// A number of this many digits is a year.
const YEAR_DIGITS_MIN: usize = 3;

/// A word of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    End,
    Number(i32),
    /// A number of three digits or more.
    Year(i32),
    Month(i32),
    DayOfWeek(DayOfWeek),
    TimeMark(TimeMark),
    /// `Z` or `GMT`.
    Utc,
    /// A comma or a point: says nothing.
    Filler,
    /// `A.D.`
    Era,
    /// Anything else.
    Unknown,
}

/// What stands behind a number or a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    End,
    /// White space, or something that is no separator.
    Space,
    Date,
    /// `-`: between parts of a date, or before an offset.
    DateOrOffset,
    Time,
    TimeMark(TimeMark),
    /// `T` between date and time.
    LocalTime,
}

/// The next word. `Unknown` leaves the cursor at the character.
pub(super) fn word(cursor: &mut Cursor<'_>) -> Result<Word, Failure> {
    cursor.skip_white();
    let Some(first) = cursor.peek() else { return Ok(Word::End) };
    if first.is_ascii_digit() {
        return number(cursor);
    }
    if cursor.eat(',') || cursor.eat('.') {
        return Ok(Word::Filler);
    }
    if cursor.eat_any_case("A.D.") || cursor.eat_word("AD") {
        return Ok(Word::Era);
    }
    if let Some(mark) = time_mark(cursor) {
        return Ok(Word::TimeMark(mark));
    }
    if cursor.eat_word("GMT") || cursor.eat_word("Z") {
        return Ok(Word::Utc);
    }
    for (month, name) in (1..).zip(names::MONTHS) {
        if cursor.eat_word(name) || cursor.eat_word(names::short(name)) {
            return Ok(Word::Month(month));
        }
    }
    for day in DayOfWeek::ALL {
        if cursor.eat_word(day.name()) || cursor.eat_word(names::short(day.name())) {
            return Ok(Word::DayOfWeek(day));
        }
    }
    Ok(Word::Unknown)
}

fn number(cursor: &mut Cursor<'_>) -> Result<Word, Failure> {
    let before = cursor.rest().len();
    let value = cursor.number(1, usize::MAX).ok_or(Failure::BadDateTime)?;
    match before - cursor.rest().len() {
        digits if digits > DIGITS_MAX => Err(Failure::BadDateTime),
        digits if digits >= YEAR_DIGITS_MIN => Ok(Word::Year(value)),
        _ => Ok(Word::Number(value)),
    }
}

/// The separator here; white space before it belongs to it.
pub(super) fn separator(cursor: &mut Cursor<'_>) -> Separator {
    // The right-to-left mark is put into dates of some cultures for display.
    while cursor.peek().is_some_and(|next| next.is_whitespace() || next == '\u{200f}') {
        cursor.next();
    }
    if cursor.is_at_end() {
        return Separator::End;
    }
    if let Some(mark) = time_mark(cursor) {
        return Separator::TimeMark(mark);
    }
    if cursor.eat('/') {
        Separator::Date
    } else if cursor.eat('-') {
        Separator::DateOrOffset
    } else if cursor.eat(':') {
        Separator::Time
    } else if cursor.eat_word("T") {
        Separator::LocalTime
    } else {
        Separator::Space
    }
}

fn time_mark(cursor: &mut Cursor<'_>) -> Option<TimeMark> {
    if cursor.eat_word("AM") { Some(TimeMark::Am) } else { cursor.eat_word("PM").then_some(TimeMark::Pm) }
}

/// The digits behind a point, of which there may be none.
pub(super) fn fraction(cursor: &mut Cursor<'_>) -> Option<f64> {
    let (mut value, mut scale, mut found) = (0.0, 0.1, false);
    while let Some(digit) = cursor.digit() {
        value += f64::from(digit) * scale;
        scale *= 0.1;
        found = true;
    }
    found.then_some(value)
}

/// `+8`, `+08`, `+8:30`, `+08:30`, `+830`, `+0830`; `None` if there is something else, and then the cursor is anywhere.
pub(super) fn offset(cursor: &mut Cursor<'_>) -> Option<Zone> {
    let is_negative = match cursor.next()? {
        '+' => false,
        '-' => true,
        _ => return None,
    };
    let before = cursor.rest().len();
    let value = cursor.number(1, DIGITS_MAX)?;
    let (hours, minutes) = match before - cursor.rest().len() {
        1 | 2 if cursor.eat(':') => {
            let minutes = cursor.number(1, 2).filter(|_| !cursor.peek().is_some_and(|next| next.is_ascii_digit()))?;
            (value, minutes)
        }
        1 | 2 => (value, 0),
        3 | 4 => (value / 100, value % 100),
        _ => return None,
    };
    zone(is_negative, hours, minutes)
}

/// The zone with this offset.
pub(super) fn zone(is_negative: bool, hours: i32, minutes: i32) -> Option<Zone> {
    if minutes >= 60 {
        return None;
    }
    let ticks = i64::from(hours) * TICKS_PER_HOUR + i64::from(minutes) * TICKS_PER_MINUTE;
    Some(Zone { offset_ticks: if is_negative { -ticks } else { ticks }, is_utc: false })
}

/// Steps over what Visual Basic puts around and C behind its dates: `#…#`, and zeros at the end. Whether there was any, rightly placed.
pub(super) fn punctuation(cursor: &mut Cursor<'_>) -> bool {
    match cursor.peek() {
        Some('#') => {
            let mut parts = cursor.text().split('#');
            let is_blank = |part: Option<&str>, also: char| {
                part.is_some_and(|part| part.chars().all(|found| found.is_whitespace() || found == also))
            };
            let (before, inside) = (parts.next(), parts.next());
            let is_valid = is_blank(before, ' ')
                && inside.is_some_and(|inside| !inside.contains('\0'))
                && is_blank(parts.next(), '\0')
                && parts.next().is_none();
            is_valid && cursor.eat('#')
        }
        Some('\0') if cursor.rest().chars().all(|found| found == '\0') => {
            cursor.eat_run('\0');
            true
        }
        _ => false,
    }
}
