//! Comparisons, searches and replacements of long texts, in pieces: a letter beyond ASCII takes some tens of nanoseconds at each level.
//!
//! What must hold: they come to what [`compare`], [`starts_with`], [`ends_with`], `contains`, `index_of`, `last_index_of` and [`replace`] come to.

use std::cmp::Ordering;
use std::ops::Range;
use std::rc::Rc;
use std::str::Chars;

use super::casing::{char_to_lower, char_to_upper};
use super::collation::{Case, Element, Search, elements, without_common};
use super::comparison::{StringComparison, compare, without_same};
use super::edit::replace;
use super::finding::Pattern;
use super::search::{Searched, backwards, ends_with, is_by_units, last_index_of, position, range, starts_with};
use super::units::{byte_of_near, length, unit_of};
use crate::rope::Rope;
use crate::work::{Pace, Paced};
use crate::{Exception, Text};

/// Steps of a character at one level.
const STEPS: u64 = 5;
/// Bytes that are looked at in a step where units are compared.
const UNIT_BYTES_PER_STEP: usize = 8;

/// The elements of a text from its begin or end.
struct Elements<'t> {
    characters: Chars<'t>,
    case: Case,
    from_end: bool,
    /// Those of the character at hand, the next one last.
    parts: Vec<Element>,
}

impl<'t> Elements<'t> {
    fn new(text: &'t str, case: Case, from_end: bool) -> Elements<'t> {
        Elements { characters: text.chars(), case, from_end, parts: Vec::new() }
    }

    async fn next(&mut self, pace: &Pace) -> Option<Element> {
        while self.parts.is_empty() {
            pace.take(STEPS).await;
            let c = if self.from_end { self.characters.next_back() } else { self.characters.next() };
            elements(c?, self.case, |element| self.parts.push(element));
            if !self.from_end {
                self.parts.reverse();
            }
        }
        self.parts.pop()
    }

    /// What the next element that counts at a level counts there.
    async fn next_at(&mut self, pace: &Pace, level: fn(Element) -> Option<u32>) -> Option<u32> {
        loop {
            if let Some(weight) = level(self.next(pace).await?) {
                return Some(weight);
            }
        }
    }
}

/// The levels, the most important first.
const LEVELS: [fn(Element) -> Option<u32>; 3] = [
    |element| (element.primary != 0).then_some(element.primary),
    |element| Some(element.accent),
    |element| Some(element.form.into()),
];

async fn order(pace: &Pace, left: &str, right: &str, case: Case) -> Ordering {
    let (left, right) = without_common(left, right);
    for level in LEVELS {
        let (mut left, mut right) = (Elements::new(left, case, false), Elements::new(right, case, false));
        loop {
            let (left, right) = (left.next_at(pace, level).await, right.next_at(pace, level).await);
            match left.cmp(&right) {
                Ordering::Equal if left.is_none() => break,
                Ordering::Equal => {}
                other => return other,
            }
        }
    }
    Ordering::Equal
}

/// The distance of two texts in capitals, character by character: folding keeps how many units each has.
async fn distance_in_capitals(pace: &Pace, left: &str, right: &str) -> i32 {
    let (left, right) = without_same(left, right);
    let (mut ours, mut theirs) = (left.chars(), right.chars());
    loop {
        pace.take(STEPS).await;
        let rests = (ours.as_str(), theirs.as_str());
        match (ours.next().map(char_to_upper), theirs.next().map(char_to_upper)) {
            (Some(left), Some(right)) if left == right => {}
            (Some(left), Some(right)) => {
                return compare(
                    left.encode_utf8(&mut [0; 4]),
                    right.encode_utf8(&mut [0; 4]),
                    StringComparison::Ordinal,
                );
            }
            // The difference of the lengths.
            _ => return compare(rests.0, rests.1, StringComparison::Ordinal),
        }
    }
}

/// `String.Compare`.
#[must_use]
pub fn comparing(left: Text, right: Text, comparison: StringComparison) -> Paced<i32> {
    Paced::new(|pace| async move {
        pace.take((left.len() / UNIT_BYTES_PER_STEP) as u64).await;
        if comparison == StringComparison::Ordinal || left == right {
            return compare(&left, &right, comparison);
        }
        if comparison.is_ordinal() {
            return distance_in_capitals(&pace, &left, &right).await;
        }
        order(&pace, &left, &right, comparison.case()).await as i32
    })
}

/// `StartsWith`.
#[must_use]
pub fn starting_with(text: Text, value: Text, comparison: StringComparison) -> Paced<bool> {
    at_an_end(text, value, comparison, false)
}

/// `EndsWith`.
#[must_use]
pub fn ending_with(text: Text, value: Text, comparison: StringComparison) -> Paced<bool> {
    at_an_end(text, value, comparison, true)
}

fn at_an_end(text: Text, value: Text, comparison: StringComparison, from_end: bool) -> Paced<bool> {
    Paced::new(move |pace| async move {
        pace.take(((text.len() + value.len()) / UNIT_BYTES_PER_STEP) as u64).await;
        let is_plain = || text.is_ascii() && value.is_ascii();
        // Units are compared in one go.
        if comparison == StringComparison::Ordinal || is_by_units(&text, &value, comparison) && is_plain() {
            let in_one_go = if from_end { ends_with } else { starts_with };
            return in_one_go(&text, &value, comparison);
        }
        begins(&pace, &text, &value, comparison, from_end).await
    })
}

async fn begins(pace: &Pace, text: &str, value: &str, comparison: StringComparison, from_end: bool) -> bool {
    if comparison.is_ordinal() {
        let (mut text, mut value) = (text.chars(), value.chars());
        loop {
            pace.take(2 * STEPS).await;
            let (next, wanted) =
                if from_end { (text.next_back(), value.next_back()) } else { (text.next(), value.next()) };
            let Some(wanted) = wanted else { return true };
            if next.map(char_to_upper) != Some(char_to_upper(wanted)) {
                return false;
            }
        }
    }
    let case = comparison.case();
    let (mut text, mut wanted) = (Elements::new(text, case, from_end), Elements::new(value, case, from_end));
    while let Some(element) = wanted.next(pace).await {
        if text.next(pace).await != Some(element) {
            return false;
        }
    }
    // A mark belongs to the letter before it.
    from_end || value.is_empty() || text.next(pace).await.is_none_or(|next| !next.is_mark())
}

/// A text in capitals, as it is compared where case does not count: each character is one of as many units.
async fn folded(pace: &Pace, text: &str) -> String {
    pace.take((text.len() / UNIT_BYTES_PER_STEP) as u64).await;
    pace.take_bytes(text.len());
    if text.is_ascii() {
        return text.to_ascii_uppercase();
    }
    mapped(pace, text, char_to_upper).await
}

/// What becomes of each character, which keeps its size in UTF-16.
async fn mapped(pace: &Pace, text: &str, of: fn(char) -> char) -> String {
    /// Bytes of a piece.
    const PIECE: usize = 16 * 1024;
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let piece;
        (piece, rest) = rest.split_at(rest.ceil_char_boundary(PIECE));
        pace.take((piece.len() / FOLDED_BYTES_PER_STEP) as u64).await;
        made.extend(piece.chars().map(of));
    }
    made
}

/// `ToUpperInvariant` of a text that is not ASCII, always a new one.
#[must_use]
pub fn upper_casing(text: Text) -> Paced<Text> {
    casing(text, char_to_upper)
}

/// `ToLowerInvariant`, the same way.
#[must_use]
pub fn lower_casing(text: Text) -> Paced<Text> {
    casing(text, char_to_lower)
}

fn casing(text: Text, of: fn(char) -> char) -> Paced<Text> {
    Paced::new(move |pace| async move {
        pace.take_bytes(text.len());
        Text::from(mapped(&pace, &text, of).await)
    })
}

/// Bytes beyond ASCII that become capitals in one step.
const FOLDED_BYTES_PER_STEP: usize = 4;

/// The elements of a text, the last first for searches from the end.
async fn all_elements(pace: &Pace, text: &str, case: Case, from_end: bool) -> Rc<Vec<Element>> {
    pace.take_bytes(text.len().saturating_mul(size_of::<Element>()));
    let mut made = Vec::with_capacity(text.len());
    let mut elements = Elements::new(text, case, from_end);
    while let Some(element) = elements.next(pace).await {
        made.push(element);
    }
    Rc::new(made)
}

/// The unit at which the first or last match within these bytes of a text begins, and whether nothing was looked for.
async fn found(
    pace: &Pace,
    text: &Text,
    bytes: Range<usize>,
    value: &str,
    comparison: StringComparison,
    from_end: bool,
) -> Option<(usize, bool)> {
    let part = text.get(bytes.clone()).unwrap_or_default();
    pace.take((part.len() / UNIT_BYTES_PER_STEP) as u64).await;
    if !is_by_units(part, value, comparison) {
        let wanted = all_elements(pace, value, comparison.case(), from_end).await;
        let search = Search::of(text.clone(), bytes.clone(), wanted, comparison.case(), from_end);
        let found = pace.run(search).await?;
        return Some((unit_of(part, found.start - bytes.start), found.is_empty()));
    }
    let (in_capitals, wanted);
    let (part, value) = if comparison.ignores_case() {
        in_capitals = folded(pace, part).await;
        wanted = folded(pace, value).await;
        (&*in_capitals, &*wanted)
    } else {
        (part, value)
    };
    let pattern = Pattern::new(pace, value.as_bytes(), from_end).await;
    let found = pattern.find(pace, part.as_bytes(), 0..part.len()).await?;
    Some((unit_of(part, found), value.is_empty()))
}

/// `IndexOf(value, start, count, comparison)`.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn finding(
    text: Text,
    value: Text,
    (start, count): (i32, Option<i32>),
    comparison: StringComparison,
) -> Result<Paced<i32>, Exception> {
    let range = range(length(&text), start, count)?;
    Ok(found_within(text, value, range, comparison, false))
}

/// `LastIndexOf(value, start, count, comparison)`.
///
/// # Errors
/// `ArgumentOutOfRangeException`.
pub fn finding_last(
    text: Text,
    value: Text,
    (start, count): (i32, Option<i32>),
    comparison: StringComparison,
) -> Result<Paced<i32>, Exception> {
    match backwards(length(&text), start, count)? {
        Some(range) => Ok(found_within(text, value, range, comparison, true)),
        // An empty text.
        None => {
            Ok(Paced::new(move |_| async move { last_index_of(&text, &value, start, count, comparison).unwrap_or(-1) }))
        }
    }
}

fn found_within(
    text: Text,
    value: Text,
    range: (usize, usize),
    comparison: StringComparison,
    from_end: bool,
) -> Paced<i32> {
    Paced::new(move |pace| async move {
        let searched = Searched::new(&text, range);
        let found = found(&pace, &text, searched.bytes.clone(), &value, comparison, from_end).await;
        position(found.map(|found| searched.unit(found, from_end)))
    })
}

/// `Contains`.
#[must_use]
pub fn containing(text: Text, value: Text, comparison: StringComparison) -> Paced<bool> {
    Paced::new(move |pace| async move {
        let all = 0..text.len();
        found(&pace, &text, all, &value, comparison, false).await.is_some()
    })
}

/// A text that is made of parts of another one, in pieces.
struct Made<'p> {
    text: Rope,
    pace: &'p Pace,
}

impl Made<'_> {
    async fn add(&mut self, part: &str) {
        self.pace.take(1 + (part.len() / UNIT_BYTES_PER_STEP) as u64).await;
        self.pace.take_bytes(part.len());
        self.text.end.push_str(part);
        self.text.cut();
    }
}

/// `Replace`: every match, one behind the other. What does not count is found nowhere.
#[must_use]
pub fn replacing(text: Text, old: Text, new: Text, comparison: StringComparison) -> Paced<Result<Text, Exception>> {
    Paced::new(move |pace| async move {
        pace.take((text.len() / UNIT_BYTES_PER_STEP) as u64).await;
        if old.is_empty() {
            return replace(&text, &old, &new, comparison);
        }
        let mut made = Made { text: Rope::default(), pace: &pace };
        if is_by_units(&text, &old, comparison) {
            replace_units(&mut made, &text, &old, &new, comparison).await;
        } else {
            replace_as_culture(&mut made, &text, &old, &new, comparison.case()).await;
        }
        Ok(made.text.join(&pace).await.into())
    })
}

async fn replace_units(made: &mut Made<'_>, text: &str, old: &str, new: &str, comparison: StringComparison) {
    let (in_capitals, wanted);
    let (searched, value) = if comparison.ignores_case() {
        in_capitals = folded(made.pace, text).await;
        wanted = folded(made.pace, old).await;
        (&*in_capitals, &*wanted)
    } else {
        (text, old)
    };
    let pattern = Pattern::new(made.pace, value.as_bytes(), false).await;
    // A character may have other bytes as a capital, but not other units. The rest must not be looked at for every match.
    let is_same = !comparison.ignores_case() || text.is_ascii();
    let advance = |rest: &str, passed: &str| if is_same { passed.len() } else { byte_of_near(rest, length(passed)) };
    let (mut from, mut rest) = (0, text);
    while let Some(found) = pattern.find(made.pace, searched.as_bytes(), from..searched.len()).await {
        let (kept, behind) = rest.split_at(advance(rest, searched.get(from..found).unwrap_or_default()));
        made.add(kept).await;
        made.add(new).await;
        from = found + value.len();
        rest = behind.get(advance(behind, value)..).unwrap_or_default();
    }
    made.add(rest).await;
}

async fn replace_as_culture(made: &mut Made<'_>, text: &Text, old: &str, new: &str, case: Case) {
    let wanted = all_elements(made.pace, old, case, false).await;
    let mut from = 0;
    loop {
        let search = Search::of(text.clone(), from..text.len(), wanted.clone(), case, false);
        let found = made.pace.run(search).await.filter(|found| !found.is_empty());
        let end = found.as_ref().map_or(text.len(), |found| found.start);
        made.add(text.get(from..end).unwrap_or_default()).await;
        let Some(found) = found else { return };
        made.add(new).await;
        from = found.end;
    }
}

#[cfg(test)]
mod tests;
