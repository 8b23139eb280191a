//! Dates, times of day and durations.

use crate::cursor::Cursor;
use crate::types::Edm;

/// `2012-09-03`, `2012-09-03T13:52:02.1Z`, `13:52`. `None`: none of them stands here, and the cursor has not moved.
pub(super) fn literal(cursor: &mut Cursor<'_>) -> Option<Edm> {
    let mut ahead = *cursor;
    let edm = if time(&mut ahead) {
        Edm::TimeOfDay
    } else if date(&mut ahead) {
        let mut instant = ahead;
        if (instant.eat("T") || instant.eat("t")) && time(&mut instant) && offset(&mut instant) {
            ahead = instant;
            Edm::DateTimeOffset
        } else {
            Edm::Date
        }
    } else {
        return None;
    };
    *cursor = ahead;
    Some(edm)
}

/// The content of `datetime'…'` up to version 3.
pub(super) fn is_local(text: &str) -> bool {
    let mut cursor = Cursor::new(text);
    if !date(&mut cursor) {
        return false;
    }
    let has_time = (cursor.eat("T") || cursor.eat("t")) && time(&mut cursor);
    let _ = has_time && offset(&mut cursor);
    has_time && cursor.is_end()
}

/// Whether a text is a date with a time and an offset.
pub(super) fn is_instant(text: &str) -> bool {
    let mut cursor = Cursor::new(text);
    literal(&mut cursor) == Some(Edm::DateTimeOffset) && cursor.is_end()
}

fn date(cursor: &mut Cursor<'_>) -> bool {
    let mut ahead = *cursor;
    ahead.eat("-");
    let year = ahead.eat_while(|c| c.is_ascii_digit());
    let is_year = year.len() == 4 || year.len() > 4 && !year.starts_with('0');
    let found = is_year
        && ahead.eat("-")
        && two_digits(&mut ahead).is_some_and(|month| (1..=12).contains(&month))
        && ahead.eat("-")
        && two_digits(&mut ahead).is_some_and(|day| (1..=31).contains(&day));
    if found {
        *cursor = ahead;
    }
    found
}

/// `hh:mm[:ss[.fraction]]`; the last second may be a leap second.
fn time(cursor: &mut Cursor<'_>) -> bool {
    const FRACTION_DIGITS_MAX: usize = 12;
    let mut ahead = *cursor;
    let below = |value: Option<u8>, end: u8| value.is_some_and(|value| value < end);
    if !below(two_digits(&mut ahead), 24) || !ahead.eat(":") || !below(two_digits(&mut ahead), 60) {
        return false;
    }
    let mut second = ahead;
    if second.eat(":") && below(two_digits(&mut second), 61) {
        ahead = second;
        let mut fraction = ahead;
        if fraction.eat(".") && (1..=FRACTION_DIGITS_MAX).contains(&fraction.eat_while(|c| c.is_ascii_digit()).len()) {
            ahead = fraction;
        }
    }
    *cursor = ahead;
    true
}

/// `Z` or `+hh:mm`. Forms turn the plus into a space.
fn offset(cursor: &mut Cursor<'_>) -> bool {
    if cursor.eat("Z") || cursor.eat("z") {
        return true;
    }
    let mut ahead = *cursor;
    let is_signed = ahead.eat("+") || ahead.eat("-") || ahead.eat(" ");
    let found = is_signed
        && two_digits(&mut ahead).is_some_and(|hour| hour < 24)
        && ahead.eat(":")
        && two_digits(&mut ahead).is_some_and(|minute| minute < 60);
    if found {
        *cursor = ahead;
    }
    found
}

fn two_digits(cursor: &mut Cursor<'_>) -> Option<u8> {
    let digits = cursor.rest().get(..2).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    cursor.advance(2);
    digits.parse().ok()
}

/// A `dayTimeDuration` of XML Schema: `-P6DT23H59M59.9S`.
pub(super) fn is_duration(text: &str) -> bool {
    let mut cursor = Cursor::new(text);
    cursor.eat("-");
    if !cursor.eat("P") && !cursor.eat("p") {
        return false;
    }
    let mut ahead = cursor;
    let has_days = !ahead.eat_while(|c| c.is_ascii_digit()).is_empty() && unit(&mut ahead, 'D');
    if has_days {
        cursor = ahead;
    }
    if !cursor.eat("T") && !cursor.eat("t") {
        return has_days && cursor.is_end();
    }
    let mut units = "HMS".chars();
    let mut has_time = false;
    while !cursor.is_end() {
        let mut is_whole = true;
        if cursor.eat_while(|c| c.is_ascii_digit()).is_empty() {
            return false;
        }
        if cursor.eat(".") {
            is_whole = false;
            if cursor.eat_while(|c| c.is_ascii_digit()).is_empty() {
                return false;
            }
        }
        let Some(found) = units.find(|name| unit(&mut cursor, *name)) else { return false };
        if !is_whole && found != 'S' {
            return false;
        }
        has_time = true;
    }
    has_time
}

fn unit(cursor: &mut Cursor<'_>, name: char) -> bool {
    let found = cursor.peek().is_some_and(|c| c.eq_ignore_ascii_case(&name));
    if found {
        cursor.advance(1);
    }
    found
}
