//! Comparisons and replacements of long texts by letters, in pieces: a letter beyond ASCII takes some tens of nanoseconds at each level.
//!
//! What must hold: they come to what [`compare`], [`starts_with`], [`ends_with`], [`contains`] and [`replace`] come to.

use std::cmp::Ordering;
use std::str::Chars;

use super::casing::char_to_upper;
use super::collation::{Case, Element, Search, elements, without_common};
use super::comparison::{StringComparison, compare};
use super::edit::replace;
use super::search::{contains, ends_with, is_by_units, starts_with};
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

/// `String.Compare` as a culture does it.
#[must_use]
pub fn comparing(left: Text, right: Text, comparison: StringComparison) -> Paced<i32> {
    Paced::new(|pace| async move {
        pace.take((left.len() / UNIT_BYTES_PER_STEP) as u64).await;
        if left == right || comparison.is_ordinal() {
            return compare(&left, &right, comparison);
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

/// `Contains`.
#[must_use]
pub fn containing(text: Text, value: Text, comparison: StringComparison) -> Paced<bool> {
    Paced::new(|pace| async move {
        pace.take((text.len() / UNIT_BYTES_PER_STEP) as u64).await;
        if is_by_units(&text, &value, comparison) {
            return contains(&text, &value, comparison);
        }
        let all = 0..text.len();
        pace.run(Search::new(text, all, &value, comparison.case(), false)).await.is_some()
    })
}

/// `Replace` as a culture does it: every match, one behind the other. What does not count is found nowhere.
#[must_use]
pub fn replacing(text: Text, old: Text, new: Text, comparison: StringComparison) -> Paced<Result<Text, Exception>> {
    Paced::new(|pace| async move {
        pace.take((text.len() / UNIT_BYTES_PER_STEP) as u64).await;
        if old.is_empty() || is_by_units(&text, &old, comparison) {
            return replace(&text, &old, &new, comparison);
        }
        let mut result = String::new();
        let mut from = 0;
        loop {
            let search = Search::new(text.clone(), from..text.len(), &old, comparison.case(), false);
            let found = pace.run(search).await.filter(|found| !found.is_empty());
            let end = found.as_ref().map_or(text.len(), |found| found.start);
            let kept = text.get(from..end).unwrap_or_default();
            pace.take(1 + ((kept.len() + new.len()) / UNIT_BYTES_PER_STEP) as u64).await;
            pace.take_bytes(kept.len() + new.len());
            result.push_str(kept);
            match found {
                Some(found) => {
                    result.push_str(&new);
                    from = found.end;
                }
                None => return Ok(result.into()),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use StringComparison as By;

    use super::*;
    use crate::work::in_pieces;

    const ALL: [By; 6] = [
        By::CurrentCulture,
        By::CurrentCultureIgnoreCase,
        By::InvariantCulture,
        By::InvariantCultureIgnoreCase,
        By::Ordinal,
        By::OrdinalIgnoreCase,
    ];

    #[test]
    fn pieces_come_to_what_one_go_comes_to() {
        let texts = [
            "",
            "a",
            "A",
            "ä",
            "a\u{308}",
            "Äb",
            "äB",
            "ab",
            "ß",
            "ss",
            "\u{301}",
            "e\u{301}x",
            "ex",
            "é",
            "\u{ad}",
            "a\u{ad}b",
            "漢字かな",
            "漢字カナ",
            "漢字",
            "字かな",
            "😀b",
            "😀",
            "ﬁx",
            "fix",
            "x-y",
            "xy",
        ];
        for (left, right) in texts.iter().flat_map(|left| texts.iter().map(move |right| (*left, *right))) {
            let both = || (Text::new(left), Text::new(right));
            for by in ALL {
                let seen = format!("{left:?} {right:?} {by:?}");
                let ((one, two), sign) = (both(), compare(left, right, by).signum());
                assert_eq!(in_pieces(comparing(one, two, by), 1).0.signum(), sign, "{seen}");
                let (one, two) = both();
                assert_eq!(in_pieces(starting_with(one, two, by), 1).0, starts_with(left, right, by), "starts {seen}");
                let (one, two) = both();
                assert_eq!(in_pieces(ending_with(one, two, by), 1).0, ends_with(left, right, by), "ends {seen}");
                let (one, two) = both();
                assert_eq!(in_pieces(containing(one, two, by), 1).0, contains(left, right, by), "contains {seen}");
                let (one, two) = both();
                let text = format!("{left}{right}{left}");
                let found = in_pieces(replacing(Text::from(text.clone()), one, two, by), 1).0;
                assert_eq!(found, replace(&text, left, right, by), "replaces {seen}");
            }
        }
    }

    #[test]
    fn long_texts_take_turns() {
        let text = Text::from("漢字かな".repeat(10_000));
        let other = Text::from(format!("{text}b"));
        for by in [By::CurrentCulture, By::CurrentCultureIgnoreCase] {
            let (found, pieces) = in_pieces(comparing(other.clone(), text.clone(), by), 10_000);
            assert!(found == 1 && pieces > 20, "{found} {pieces}");
            let (found, pieces) = in_pieces(starting_with(other.clone(), text.clone(), by), 10_000);
            assert!(found && pieces > 20, "{pieces}");
            let (found, pieces) = in_pieces(ending_with(other.clone(), text.clone(), by), 10_000);
            assert!(!found && pieces < 20, "{pieces}");
            let (found, pieces) = in_pieces(containing(text.clone(), Text::new("ö"), by), 10_000);
            assert!(!found && pieces > 20, "{pieces}");
            let (found, pieces) = in_pieces(replacing(text.clone(), Text::new("字"), Text::new("x"), by), 10_000);
            assert!(pieces > 20, "{pieces}");
            assert_eq!(found.as_deref(), Ok(&*"漢xかな".repeat(10_000)));
        }
    }
}
