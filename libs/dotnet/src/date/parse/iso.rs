//! The time of an ISO 8601 date inside `Parse`: what stands behind the `T`.

use super::failure::Failure;
use super::fields::{Parsed, Zone};
use super::lenient::Reader;
use super::lexer;
use crate::date::cursor::Cursor;

type Result<T> = std::result::Result<T, Failure>;

/// `HH:mm[:ss[.fff]][Z|±offset]`, with white space between the parts.
pub(super) fn read(mut reader: Reader<'_>) -> Result<Parsed> {
    let (year, month, day) = reader.date_before_time();
    let cursor = &mut reader.cursor;
    let fields = &mut reader.fields;
    (fields.year, fields.month, fields.day) = (year, Some(month), Some(day));
    let two_digits = |cursor: &mut Cursor<'_>| {
        cursor.skip_white();
        let value = cursor.number(2, 2).ok_or(Failure::BadDateTime)?;
        Ok(Some(value))
    };
    fields.hour = two_digits(cursor)?;
    cursor.skip_white();
    if !cursor.eat(':') {
        return Err(Failure::BadDateTime);
    }
    fields.minute = two_digits(cursor)?;
    cursor.skip_white();
    if cursor.eat(':') {
        fields.second = two_digits(cursor)?;
        if cursor.eat('.') {
            fields.fraction = Some(lexer::fraction(cursor).ok_or(Failure::BadDateTime)?);
        }
        cursor.skip_white();
    }
    match cursor.peek() {
        Some('+' | '-') => {
            let zone = lexer::offset(cursor).ok_or(Failure::BadDateTime)?;
            // A `Z` before the date has been seen, and is not forgotten.
            let is_utc = fields.zone.is_some_and(|before| before.is_utc);
            fields.zone = Some(Zone { is_utc, ..zone });
        }
        Some('Z' | 'z') => {
            cursor.next();
            fields.zone = Some(Zone::UTC);
        }
        _ => {}
    }
    cursor.skip_white();
    if cursor.peek() == Some('#') && lexer::punctuation(cursor) {
        cursor.skip_white();
    }
    if cursor.peek() == Some('\0') {
        lexer::punctuation(cursor);
    }
    if !cursor.is_at_end() {
        return Err(Failure::BadDateTime);
    }
    // .NET does not look at a day of the week here, so neither is one that came before.
    fields.day_of_week = None;
    reader.fields.finish(reader.settings)
}
