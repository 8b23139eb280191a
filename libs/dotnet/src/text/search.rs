//! `IndexOf`, `LastIndexOf`, `Contains`, `StartsWith`, `EndsWith`.
//!
//! What must hold: a search as a culture does it finds what is equal to a text ([`collation`]); where both texts are plain ASCII that is what a search
//! for its bytes finds, which is faster.

use std::borrow::Cow;
use std::ops::Range;

use super::casing::to_upper;
use super::collation::{self, Search, is_plain};
use super::comparison::StringComparison;
use super::units::{byte_behind, byte_of, length, unit_of};
use crate::Exception;
use crate::work::in_one_go;

const INDEX: &str =
    "Index was out of range. Must be non-negative and less than or equal to the size of the collection.";
const COUNT: &str = "Count must be positive and count must refer to a location within the string/array/collection.";

/// The texts to search: upper case where case is ignored, which keeps all positions in UTF-16.
fn folded<'a>(text: &'a str, comparison: StringComparison) -> Cow<'a, str> {
    if comparison.ignores_case() { to_upper(text) } else { Cow::Borrowed(text) }
}

/// Whether code units tell what a culture would.
pub(super) fn is_by_units(text: &str, value: &str, comparison: StringComparison) -> bool {
    comparison.is_ordinal() || is_plain(value) && is_plain(text)
}

/// The first or last match as a culture sees it, in bytes.
pub(super) fn as_culture(
    text: &str,
    value: &str,
    comparison: StringComparison,
    from_end: bool,
) -> Option<Range<usize>> {
    in_one_go(Search::new(text, 0..text.len(), value, comparison.case(), from_end))
}

/// The first or last match: the unit at which it begins, and whether nothing was looked for.
fn matched(text: &str, value: &str, comparison: StringComparison, from_end: bool) -> Option<(usize, bool)> {
    if !is_by_units(text, value, comparison) {
        return as_culture(text, value, comparison, from_end)
            .map(|found| (unit_of(text, found.start), found.is_empty()));
    }
    let (text, value) = (folded(text, comparison), folded(value, comparison));
    let byte = if from_end { text.rfind(&*value) } else { text.find(&*value) }?;
    Some((unit_of(&text, byte), value.is_empty()))
}

/// First position of a value; 0 for an empty one.
#[must_use]
pub fn find(text: &str, value: &str, comparison: StringComparison) -> Option<usize> {
    matched(text, value, comparison, false).map(|(unit, _)| unit)
}

/// Last position of a value; the length for an empty one.
#[must_use]
pub fn rfind(text: &str, value: &str, comparison: StringComparison) -> Option<usize> {
    matched(text, value, comparison, true).map(|(unit, _)| unit)
}

/// `Contains`.
#[must_use]
pub fn contains(text: &str, value: &str, comparison: StringComparison) -> bool {
    if !is_by_units(text, value, comparison) {
        return as_culture(text, value, comparison, false).is_some();
    }
    folded(text, comparison).contains(&*folded(value, comparison))
}

/// `StartsWith`.
#[must_use]
pub fn starts_with(text: &str, value: &str, comparison: StringComparison) -> bool {
    // No more of the text than can matter: folding keeps the number of characters, and a mark may follow.
    let count = value.chars().count();
    let last = text.char_indices().nth(count + 1).map_or(text.len(), |(index, _)| index);
    if !is_by_units(text.get(..last).unwrap_or(text), value, comparison) {
        return collation::starts_with(text, value, comparison.case());
    }
    let end = text.char_indices().nth(count).map_or(text.len(), |(index, _)| index);
    folded(text.get(..end).unwrap_or(text), comparison).starts_with(&*folded(value, comparison))
}

/// `EndsWith`.
#[must_use]
pub fn ends_with(text: &str, value: &str, comparison: StringComparison) -> bool {
    let count = value.chars().count();
    let start = text.char_indices().rev().nth(count).map_or(0, |(index, character)| index + character.len_utf8());
    let end = text.get(start..).unwrap_or(text);
    if !is_by_units(end, value, comparison) {
        return collation::ends_with(text, value, comparison.case());
    }
    folded(end, comparison).ends_with(&*folded(value, comparison))
}

/// A range given as start and count; `None` as count is "to the end".
pub(super) fn range(size: usize, start: i32, count: Option<i32>) -> Result<(usize, usize), Exception> {
    let first = usize::try_from(start).ok().filter(|first| *first <= size);
    let first = first.ok_or_else(|| Exception::argument_out_of_range("startIndex", INDEX))?;
    let Some(count) = count else { return Ok((first, size)) };
    let count = usize::try_from(count).ok().filter(|count| *count <= size - first);
    let count = count.ok_or_else(|| Exception::argument_out_of_range("count", COUNT))?;
    Ok((first, first + count))
}

/// What is searched of a text: whole characters only.
pub(super) struct Searched {
    /// The bytes of these characters.
    pub(super) bytes: Range<usize>,
    /// The unit at which they begin.
    unit: usize,
    /// The units that were asked for, which may begin and end inside of pairs.
    range: (usize, usize),
}

impl Searched {
    pub(super) fn new(text: &str, (first, end): (usize, usize)) -> Searched {
        let start = byte_behind(text, first);
        let unit = if start == byte_of(text, first) { first } else { first + 1 };
        Searched { bytes: start..byte_of(text, end).max(start), unit, range: (first, end) }
    }

    /// The unit of a match. Nothing is found at the very edge, also inside of a pair.
    pub(super) fn unit(&self, (unit, is_nothing): (usize, bool), from_end: bool) -> usize {
        match (is_nothing, from_end) {
            (false, _) => self.unit + unit,
            (true, false) => self.range.0,
            (true, true) => self.range.1,
        }
    }
}

fn index_within(text: &str, value: &str, range: (usize, usize), comparison: StringComparison, from_end: bool) -> i32 {
    let searched = Searched::new(text, range);
    let part = text.get(searched.bytes.clone()).unwrap_or_default();
    position(matched(part, value, comparison, from_end).map(|found| searched.unit(found, from_end)))
}

pub(super) fn position(found: Option<usize>) -> i32 {
    found.map_or(-1, |index| i32::try_from(index).unwrap_or(i32::MAX))
}

/// `IndexOf(value, start, count, comparison)`: -1 if there is none.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn index_of(
    text: &str,
    value: &str,
    start: i32,
    count: Option<i32>,
    comparison: StringComparison,
) -> Result<i32, Exception> {
    let range = range(length(text), start, count)?;
    Ok(index_within(text, value, range, comparison, false))
}

/// Backwards from `start`, over `count` units: the positions `start - count + 1` up to `start`.
pub(super) fn backwards(size: usize, start: i32, count: Option<i32>) -> Result<Option<(usize, usize)>, Exception> {
    if size == 0 && (start == -1 || start == 0) {
        return Ok(None);
    }
    let last = usize::try_from(start).ok().filter(|last| *last <= size);
    let last = last.ok_or_else(|| Exception::argument_out_of_range("startIndex", INDEX))?;
    // The position behind the last unit is that of the last unit.
    let end = (last + 1).min(size);
    let Some(count) = count else { return Ok(Some((0, end))) };
    let behind = i32::from(last == size && count > 0);
    let count = usize::try_from(count - behind).ok().filter(|count| *count <= end);
    let count = count.ok_or_else(|| Exception::argument_out_of_range("count", COUNT))?;
    Ok(Some((end - count, end)))
}

/// `LastIndexOf(value, start, count, comparison)`.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn last_index_of(
    text: &str,
    value: &str,
    start: i32,
    count: Option<i32>,
    comparison: StringComparison,
) -> Result<i32, Exception> {
    let Some(range) = backwards(length(text), start, count)? else {
        let is_nothing = value.is_empty() || !comparison.is_ordinal() && contains("", value, comparison);
        return Ok(if is_nothing { 0 } else { -1 });
    };
    Ok(index_within(text, value, range, comparison, true))
}

/// `IndexOf(char, start, count)`.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn index_of_char(text: &str, value: u16, start: i32, count: Option<i32>) -> Result<i32, Exception> {
    index_of_any(text, &[value], start, count)
}

/// `LastIndexOf(char, start, count)`.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn last_index_of_char(text: &str, value: u16, start: i32, count: Option<i32>) -> Result<i32, Exception> {
    last_index_of_any(text, &[value], start, count)
}

/// `IndexOfAny(chars, start, count)`.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn index_of_any(text: &str, values: &[u16], start: i32, count: Option<i32>) -> Result<i32, Exception> {
    let (first, end) = range(length(text), start, count)?;
    Ok(position(any_within(text, values, first, end, false)))
}

/// The first or last unit of a range that is one of these.
fn any_within(text: &str, values: &[u16], first: usize, end: usize, from_end: bool) -> Option<usize> {
    let start = byte_of(text, first);
    // The half of a pair that the range begins with is looked at as well, and so is one that it ends with.
    let before = unit_of(text, start);
    let part = text.get(start..byte_behind(text, end)).unwrap_or_default();
    let is_wanted = |unit: u16| values.contains(&unit);
    if let [value] = values
        && let Some(c) = char::from_u32((*value).into())
    {
        let mut bytes = [0; 4];
        let wanted = c.encode_utf8(&mut bytes).as_bytes();
        let found = if from_end {
            memchr::memmem::rfind(part.as_bytes(), wanted)
        } else {
            memchr::memmem::find(part.as_bytes(), wanted)
        };
        return found.map(|byte| before + unit_of(part, byte));
    }
    let is_inside = |unit: &usize| (first..end).contains(unit);
    let units_at = |(byte, c): (usize, char)| {
        let mut units = [0; 2];
        let count = c.encode_utf16(&mut units).len();
        let found = units.map(is_wanted);
        (found.contains(&true)).then(|| {
            let at = before + unit_of(part, byte);
            let places = (at..at + count).zip(found).filter(|(_, found)| *found).map(|(at, _)| at);
            let mut inside = places.filter(is_inside);
            if from_end { inside.next_back() } else { inside.next() }
        })?
    };
    if from_end { part.char_indices().rev().find_map(units_at) } else { part.char_indices().find_map(units_at) }
}

/// `LastIndexOfAny(chars, start, count)`.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn last_index_of_any(text: &str, values: &[u16], start: i32, count: Option<i32>) -> Result<i32, Exception> {
    let size = length(text);
    if size == 0 {
        return Ok(-1);
    }
    if !usize::try_from(start).is_ok_and(|last| last < size) {
        return Err(Exception::argument_out_of_range("startIndex", INDEX));
    }
    let Some((first, end)) = backwards(size, start, count)? else { return Ok(-1) };
    Ok(position(any_within(text, values, first, end, true)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use StringComparison as By;

    #[test]
    fn values_are_found_at_utf16_positions() {
        assert_eq!(find("😀éx", "x", By::Ordinal), Some(3));
        assert_eq!(rfind("abcabc", "BC", By::OrdinalIgnoreCase), Some(4));
        assert_eq!(find("abc", "", By::CurrentCulture), Some(0));
        assert_eq!(rfind("abc", "", By::CurrentCulture), Some(3));
        assert!(starts_with("Bearer x", "bearer ", By::OrdinalIgnoreCase));
        assert!(!starts_with("Bearer x", "bearer ", By::Ordinal));
        assert!(ends_with("a.JSON", ".json", By::InvariantCultureIgnoreCase));
        assert!(contains("ÀB", "à", By::OrdinalIgnoreCase));
    }

    #[test]
    fn searches_keep_to_their_range() {
        let of = |start, count| index_of("abcabc", "bc", start, count, By::Ordinal);
        assert_eq!(of(0, None), Ok(1));
        assert_eq!(of(2, None), Ok(4));
        assert_eq!(of(2, Some(3)), Ok(-1));
        assert_eq!(of(6, None), Ok(-1));
        assert_eq!(of(7, None).unwrap_err().of, crate::ExceptionType::ArgumentOutOfRange);
        assert!(of(2, Some(5)).is_err());
        assert_eq!(index_of_char("a😀b", u16::from(b'b'), 0, None), Ok(3));
        assert_eq!(index_of_any("key=value&x", &[u16::from(b'&'), u16::from(b'=')], 4, None), Ok(9));
    }

    #[test]
    fn a_range_that_begins_inside_of_a_pair_does_not_move_what_is_found() {
        // What .NET finds (`long-texts` of tests/csharp has such rows).
        for by in [By::Ordinal, By::OrdinalIgnoreCase, By::CurrentCulture] {
            assert_eq!(index_of("x😀éx😀é", "é", 2, None, by), Ok(3));
            assert_eq!(index_of("x😀éx😀é", "", 2, None, by), Ok(2));
            assert_eq!(last_index_of("x😀éx😀é", "x", 6, Some(5), by), Ok(4));
            assert_eq!(index_of("x😀é", "é", 2, Some(0), by), Ok(-1));
            assert_eq!(last_index_of("x😀éx", "", 1, None, by), Ok(2));
        }
        // A soft hyphen is nothing to a culture, and stands at the edge of what is searched.
        for (value, at) in [("\u{AD}", 2), ("\u{AD}\u{200D}", 2), ("\u{AD}é", 3)] {
            assert_eq!(index_of("x😀éx", value, 2, None, By::CurrentCulture), Ok(at));
        }
        assert_eq!(last_index_of("x😀éx", "\u{AD}", 1, Some(1), By::CurrentCulture), Ok(2));
        assert_eq!(last_index_of("x😀éx", "\u{AD}", 4, Some(3), By::CurrentCulture), Ok(5));
    }

    #[test]
    fn backward_searches_start_at_their_end() {
        let of = |start, count| last_index_of("abcabc", "bc", start, count, By::Ordinal);
        assert_eq!(of(5, None), Ok(4));
        assert_eq!(of(4, None), Ok(1));
        assert_eq!(of(6, None), Ok(4));
        assert_eq!(of(5, Some(2)), Ok(4));
        assert_eq!(of(5, Some(1)), Ok(-1));
        assert_eq!(last_index_of("", "x", -1, None, By::Ordinal), Ok(-1));
        assert_eq!(last_index_of_char("a/b/c", u16::from(b'/'), 4, None), Ok(3));
        assert_eq!(last_index_of_char("", u16::from(b'/'), 9, None), Ok(-1));
        assert!(last_index_of_char("abc", u16::from(b'/'), 3, None).is_err());
    }

    #[test]
    fn units_are_found_wherever_they_stand() {
        let text = "a😀é漢b😁a".repeat(15);
        let units: Vec<u16> = text.encode_utf16().collect();
        let size = units.len();
        for values in [
            &[0x61][..],
            &[0xE9],
            &[0xD83D],
            &[0xDE01],
            &[0x62, 0xDE00],
            &[0xDE01, 0x61],
            &[0x6F22, 0x7A],
            &[],
            &[0x7A],
        ] {
            for (first, count) in [(0, size), (1, 3), (2, 1), (2, 5), (7, 3), (70, 60), (size - 3, 2), (size, 0)] {
                let part = &units[first..first + count];
                let (start, count) = (first as i32, Some(count as i32));
                let index = |place: Option<usize>| place.map_or(-1, |place| (first + place) as i32);
                let wanted = |unit: &u16| values.contains(unit);
                let found = index_of_any(&text, values, start, count);
                assert_eq!(found, Ok(index(part.iter().position(wanted))), "{values:x?} {first} {count:?}");
                if let Some(last) = (start + part.len() as i32).checked_sub(1).filter(|_| !part.is_empty()) {
                    let found = last_index_of_any(&text, values, last, count);
                    assert_eq!(found, Ok(index(part.iter().rposition(wanted))), "{values:x?} {first} {count:?}");
                }
            }
        }
    }

    #[test]
    fn beginnings_and_ends_are_compared_without_the_rest() {
        for (text, value, starts, ends) in [
            ("straße", "STRAß", true, false),
            ("straße", "ßE", false, true),
            ("éÉ", "É", true, true),
            ("a", "ab", false, false),
            ("", "", true, true),
            ("a😀", "😀", false, true),
            ("😀a", "😀A", true, true),
        ] {
            assert_eq!(starts_with(text, value, By::OrdinalIgnoreCase), starts, "{text} {value}");
            assert_eq!(ends_with(text, value, By::OrdinalIgnoreCase), ends, "{text} {value}");
        }
    }
}
