//! Well-known text of places: `SRID=0;Point(142.1 64.1)`.

use super::number;
use crate::cursor::Cursor;
use crate::error::{Fault, Parsed};
use crate::limits;
use crate::version::Version;

/// Checks the content of a literal that begins at a position of the option's text.
pub(super) fn check(content: &str, offset: usize) -> Parsed<()> {
    const SRID_DIGITS_MAX: usize = 5;
    let mut cursor = Cursor::new(content);
    let shape = |cursor: &mut Cursor<'_>| -> Parsed<()> {
        if !eat_word(cursor, "SRID") {
            return Err(cursor.expected("`SRID=`"));
        }
        cursor.expect("=")?;
        if !(1..=SRID_DIGITS_MAX).contains(&cursor.eat_while(|c| c.is_ascii_digit()).len()) {
            return Err(cursor.expected("a reference system of 1 to 5 digits"));
        }
        cursor.expect(";")?;
        geometry(cursor, 0)?;
        cursor.finish()
    };
    shape(&mut cursor).map_err(|fault| Fault { position: fault.position + offset, ..fault })
}

fn geometry(cursor: &mut Cursor<'_>, depth: usize) -> Parsed<()> {
    if depth >= limits::NESTING_MAX {
        return Err(Fault::new(cursor.position(), format!("more than {} levels", limits::NESTING_MAX)));
    }
    let start = *cursor;
    let name = cursor.eat_while(|c| c.is_ascii_alphabetic()).to_ascii_lowercase();
    match name.as_str() {
        "point" => list(cursor, 1, 1, position),
        "linestring" => list(cursor, 2, usize::MAX, position),
        "polygon" => polygon(cursor),
        "multipoint" => list(cursor, 0, usize::MAX, |cursor| list(cursor, 1, 1, position)),
        "multilinestring" => list(cursor, 0, usize::MAX, |cursor| list(cursor, 2, usize::MAX, position)),
        "multipolygon" => list(cursor, 0, usize::MAX, polygon),
        "geometrycollection" => list(cursor, 1, usize::MAX, |cursor| geometry(cursor, depth + 1)),
        _ => Err(start.expected("a shape like `Point`")),
    }
}

fn polygon(cursor: &mut Cursor<'_>) -> Parsed<()> {
    list(cursor, 1, usize::MAX, |cursor| list(cursor, 2, usize::MAX, position))
}

/// Items in parentheses, with commas between them.
fn list(
    cursor: &mut Cursor<'_>,
    min: usize,
    max: usize,
    mut item: impl FnMut(&mut Cursor<'_>) -> Parsed<()>,
) -> Parsed<()> {
    cursor.expect("(")?;
    let mut count = 0;
    if min > 0 || cursor.peek() != Some(')') {
        loop {
            item(cursor)?;
            count += 1;
            if !cursor.comma() {
                break;
            }
        }
    }
    if count < min || count > max {
        return Err(Fault::new(cursor.position(), format!("{count} is no number of parts that the shape can have")));
    }
    cursor.expect(")")
}

/// Longitude, latitude, and perhaps altitude and measure.
fn position(cursor: &mut Cursor<'_>) -> Parsed<()> {
    const NUMBERS_MAX: usize = 4;
    let mut count = 0;
    loop {
        if number::literal(cursor, Version::V401).is_none() {
            return Err(cursor.expected("a number"));
        }
        count += 1;
        if count == NUMBERS_MAX || !cursor.space() {
            break;
        }
    }
    if count < 2 { Err(cursor.expected("a second number")) } else { Ok(()) }
}

fn eat_word(cursor: &mut Cursor<'_>, word: &str) -> bool {
    let found = cursor.rest().get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word));
    if found {
        cursor.advance(word.len());
    }
    found
}
