//! `Insert`, `Remove`, `Replace`.

use super::casing::to_upper;
use super::comparison::StringComparison;
use super::search::{as_culture, is_by_units};
use super::units::{length, slice};
use crate::{Exception, ExceptionType, Text};

/// `Insert(start, value)`.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn insert(text: &str, start: i32, value: &str) -> Result<Text, Exception> {
    let size = length(text);
    let Some(first) = usize::try_from(start).ok().filter(|first| *first <= size) else {
        let given = start.cast_unsigned();
        let message = format!(
            "startIndex ('{given}') must be less than or equal to '{size}'. (Parameter 'startIndex')\nActual value was {given}."
        );
        return Err(Exception::new(ExceptionType::ArgumentOutOfRange, message));
    };
    Ok(format!("{}{value}{}", slice(text, 0, first), slice(text, first, size)).into())
}

/// `Remove(start)`.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn remove_from(text: &str, start: i32) -> Result<Text, Exception> {
    let Ok(first) = usize::try_from(start) else {
        return Err(Exception::argument_out_of_range("startIndex", "StartIndex cannot be less than zero."));
    };
    if first > length(text) {
        return Err(Exception::argument_out_of_range(
            "startIndex",
            "startIndex cannot be larger than length of string.",
        ));
    }
    Ok(slice(text, 0, first))
}

/// `Remove(start, count)`.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn remove(text: &str, start: i32, count: i32) -> Result<Text, Exception> {
    let size = length(text);
    let Ok(first) = usize::try_from(start) else {
        return Err(Exception::negative("startIndex", start.into()));
    };
    let Ok(removed) = usize::try_from(count) else {
        return Err(Exception::negative("count", count.into()));
    };
    if first + removed > size {
        let bound = i64::try_from(size).unwrap_or(i64::MAX) - i64::from(start);
        return Err(Exception::greater("count", count.into(), bound));
    }
    Ok(format!("{}{}", slice(text, 0, first), slice(text, first + removed, size)).into())
}

/// `Replace(old, new, comparison)`.
///
/// # Errors
/// `ArgumentException` for an empty old value.
pub fn replace(text: &str, old: &str, new: &str, comparison: StringComparison) -> Result<Text, Exception> {
    if old.is_empty() {
        return Err(Exception::argument("oldValue", "The value cannot be an empty string."));
    }
    if !is_by_units(text, old, comparison) {
        return Ok(replace_as_culture(text, old, new, comparison));
    }
    if !comparison.ignores_case() {
        return Ok(if text.contains(old) { text.replace(old, new).into() } else { text.into() });
    }
    // Folding may change a character's size in bytes but not the number of characters, so the original is walked in step.
    let folded = to_upper(text);
    let pattern = to_upper(old);
    let pattern_chars = pattern.chars().count();
    let mut original = text.chars();
    let mut result = String::with_capacity(text.len());
    let mut last = 0;
    for (byte, _) in folded.match_indices(&*pattern) {
        let kept = folded.get(last..byte).map_or(0, |part| part.chars().count());
        result.extend(original.by_ref().take(kept));
        result.push_str(new);
        original.by_ref().take(pattern_chars).for_each(drop);
        last = byte + pattern.len();
    }
    result.extend(original);
    Ok(result.into())
}

/// Every match as a culture sees it, one behind the other. What does not count is found nowhere.
fn replace_as_culture(text: &str, old: &str, new: &str, comparison: StringComparison) -> Text {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = as_culture(rest, old, comparison, false).filter(|found| !found.is_empty()) {
        result.push_str(rest.get(..found.start).unwrap_or_default());
        result.push_str(new);
        rest = rest.get(found.end..).unwrap_or_default();
    }
    result.push_str(rest);
    result.into()
}

/// `Replace(char, char)`.
#[must_use]
pub fn replace_char(text: &str, old: u16, new: u16) -> Text {
    let ascii = |unit: u16| u8::try_from(unit).ok().filter(u8::is_ascii);
    if let (Some(from), Some(to)) = (ascii(old), ascii(new)) {
        // No other byte of UTF-8 looks like one.
        let bytes = text.bytes().map(|byte| if byte == from { to } else { byte });
        return String::from_utf8(bytes.collect()).unwrap_or_default().into();
    }
    let units: Vec<u16> = text.encode_utf16().map(|unit| if unit == old { new } else { unit }).collect();
    super::units::from_units(&units)
}

#[cfg(test)]
mod tests {
    use super::*;
    use StringComparison as By;

    #[test]
    fn pieces_go_in_and_out() {
        assert_eq!(insert("ac", 1, "b").as_deref(), Ok("abc"));
        assert_eq!(insert("ab", 2, "c").as_deref(), Ok("abc"));
        assert_eq!(remove("a😀b", 1, 2).as_deref(), Ok("ab"));
        assert_eq!(remove_from("abc", 1).as_deref(), Ok("a"));
        let message = insert("abc", 4, "x").unwrap_err().message;
        assert_eq!(
            message,
            "startIndex ('4') must be less than or equal to '3'. (Parameter 'startIndex')\nActual value was 4."
        );
        assert!(remove("abc", 2, 2).is_err());
        assert!(remove("abc", -1, 2).is_err());
    }

    #[test]
    fn replacing_can_ignore_case() {
        assert_eq!(replace("aXbxc", "x", "-", By::Ordinal).as_deref(), Ok("aXb-c"));
        assert_eq!(replace("aXbxc", "x", "-", By::OrdinalIgnoreCase).as_deref(), Ok("a-b-c"));
        assert_eq!(replace("ÉtéÉté", "éTÉ", "x", By::OrdinalIgnoreCase).as_deref(), Ok("xx"));
        assert_eq!(replace("aaa", "aa", "b", By::Ordinal).as_deref(), Ok("ba"));
        assert_eq!(
            replace("a", "", "b", By::Ordinal).unwrap_err().message,
            "The value cannot be an empty string. (Parameter 'oldValue')"
        );
        assert_eq!(replace_char("a-b", u16::from(b'-'), u16::from(b'_')), "a_b");
    }
}
