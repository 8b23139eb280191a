//! `PadLeft`, `PadRight` and the alignment of format items.

use std::iter::repeat_n;

use super::limits::PADDED_UNITS_MAX;
use super::units::length;
use crate::{Exception, ExceptionType, Text};

/// How many units are missing to a width.
fn missing(text: &str, width: i32) -> Result<usize, Exception> {
    let Ok(width_units) = usize::try_from(width) else {
        let message = format!(
            "totalWidth ('{width}') must be a non-negative value. (Parameter 'totalWidth')\nActual value was {width}."
        );
        return Err(Exception::new(ExceptionType::ArgumentOutOfRange, message));
    };
    if width_units > PADDED_UNITS_MAX {
        return Err(Exception::new(
            ExceptionType::OutOfMemory,
            "Insufficient memory to continue the execution of the program.",
        ));
    }
    Ok(width_units.saturating_sub(length(text)))
}

fn filler(unit: u16) -> char {
    char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// A unit so many times, with room for more.
fn padding(unit: u16, count: usize, room: usize) -> String {
    let filler = filler(unit);
    let mut padding = String::with_capacity(filler.len_utf8().saturating_mul(count).saturating_add(room));
    padding.extend(repeat_n(filler, count));
    padding
}

/// `PadLeft(width, char)`: filled up at the front.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn pad_left(text: &str, width: i32, unit: u16) -> Result<Text, Exception> {
    let missing = missing(text, width)?;
    let mut padded = padding(unit, missing, text.len());
    padded.push_str(text);
    Ok(padded.into())
}

/// `PadRight(width, char)`: filled up at the end.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn pad_right(text: &str, width: i32, unit: u16) -> Result<Text, Exception> {
    let missing = missing(text, width)?;
    let mut padded = String::with_capacity(text.len() + missing);
    padded.push_str(text);
    padded.push_str(&padding(unit, missing, 0));
    Ok(padded.into())
}

/// Appends a text as `{0,alignment}` does: right-aligned in that many units, left-aligned if negative.
///
/// # Errors
/// `OutOfMemoryException` for an absurd width, which only an interpolated string can have.
pub fn align(result: &mut String, text: &str, alignment: i32) -> Result<(), Exception> {
    let missing = missing(text, alignment.saturating_abs())?;
    if alignment > 0 {
        result.extend(repeat_n(' ', missing));
    }
    result.push_str(text);
    if alignment < 0 {
        result.extend(repeat_n(' ', missing));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_up_to_a_width() {
        assert_eq!(pad_left("7", 3, u16::from(b'0')).as_deref(), Ok("007"));
        assert_eq!(pad_right("😀", 3, u16::from(b'.')).as_deref(), Ok("😀."));
        assert_eq!(pad_left("long", 2, 32).as_deref(), Ok("long"));
        assert!(pad_left("x", -1, 32).is_err());
        assert_eq!(pad_left("x", i32::MAX, 32).unwrap_err().of, ExceptionType::OutOfMemory);
    }

    #[test]
    fn alignment_goes_either_way() {
        let mut result = String::new();
        align(&mut result, "ab", 4).unwrap();
        align(&mut result, "c", -3).unwrap();
        align(&mut result, "d", 0).unwrap();
        assert_eq!(result, "  abc  d");
    }
}
