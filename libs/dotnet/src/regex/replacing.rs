//! The input of a `Replace` with what stands for its matches.

use std::sync::Arc;

use super::capture::{Input, Match};
use super::finder::Finder;
use super::machine::Steps;
use super::replacement::Replacement;
use crate::text::from_units;
use crate::work::{Pace, Paced};
use crate::{Exception, Text};

/// Steps for the replacement of a match, and for forgetting it.
const MATCH_STEPS: u64 = 12;
/// Units that are copied in one step.
const UNITS_PER_STEP: u64 = 16;
/// Units that are made UTF-8 at once, and in one step.
const DECODED_UNITS: usize = 16 * 1024;
const DECODED_UNITS_PER_STEP: u64 = 3;

/// An input in which matches are replaced as they are found, so that none of them is kept.
#[derive(Debug)]
pub struct Replacing {
    replacement: Replacement,
    joined: Joined,
    is_changed: bool,
}

impl Finder {
    /// Begins to replace the matches that are found from now on. `None`: they are found from the end of the input on, so that they must be
    /// collected first.
    ///
    /// # Errors
    /// A number in the replacement that is too large.
    pub fn replacing(&self, replacement: &str) -> Result<Option<Replacing>, Exception> {
        let replacement = Replacement::parse(replacement, self.regex())?;
        let joined = Joined::new(Arc::clone(self.input()));
        Ok((!self.regex().right_to_left()).then_some(Replacing { replacement, joined, is_changed: false }))
    }
}

impl Replacing {
    /// Replaces the next match.
    ///
    /// # Errors
    /// The steps are used up; a result longer than the limit.
    pub fn add(&mut self, found: &Match, steps: &mut Steps) -> Result<(), Exception> {
        self.is_changed = true;
        let replacement = &self.replacement;
        let added = self.joined.add(found, |out| replacement.append(found, out))?;
        steps.take(MATCH_STEPS + added as u64 / UNITS_PER_STEP)
    }

    /// Bytes of the result so far.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<u16>() * self.joined.length()
    }

    /// The result, in pieces.
    #[must_use]
    pub fn finish(self) -> Paced<Result<Text, Exception>> {
        Paced::new(|pace| async move {
            match self.is_changed {
                true => self.joined.text(&pace).await,
                false => Ok(self.joined.input.text().clone()),
            }
        })
    }
}

/// What stands between matches, and what stands for them.
#[derive(Debug)]
pub(super) struct Joined {
    input: Arc<Input>,
    /// Pieces that are complete, and their units: nothing is moved while more is added.
    full: Vec<Vec<u16>>,
    full_units: usize,
    out: Vec<u16>,
    /// What of the input comes next.
    from: usize,
}

impl Joined {
    /// Units after which a new piece begins.
    const PIECE_UNITS: usize = 32 * 1024;

    pub(super) fn new(input: Arc<Input>) -> Joined {
        Joined { input, full: Vec::new(), full_units: 0, out: Vec::new(), from: 0 }
    }

    fn length(&self) -> usize {
        self.full_units + self.out.len()
    }

    /// The input up to a match, and what is put in the match's place. How many units were added.
    pub(super) fn add(
        &mut self,
        found: &Match,
        append: impl FnOnce(&mut Vec<u16>) -> Result<(), Exception>,
    ) -> Result<usize, Exception> {
        let (whole, before) = (found.whole(), self.length());
        self.out.extend_from_slice(self.input.units.get(self.from..whole.index()).unwrap_or_default());
        append(&mut self.out)?;
        self.from = whole.index() + whole.length();
        super::pattern::checked_length(self.length())?;
        let added = self.length() - before;
        self.cut();
        Ok(added)
    }

    /// Begins a new piece if this one is long.
    fn cut(&mut self) {
        // A pair stays together: it may have come of two texts.
        let is_first_half = self.out.last().is_some_and(|unit| (0xD800..0xDC00).contains(unit));
        if self.out.len() >= Self::PIECE_UNITS && !is_first_half {
            self.full_units += self.out.len();
            let next = Vec::with_capacity(Self::PIECE_UNITS + Self::PIECE_UNITS / 8);
            self.full.push(std::mem::replace(&mut self.out, next));
        }
    }

    /// All, with the rest of the input.
    pub(super) async fn text(mut self, pace: &Pace) -> Result<Text, Exception> {
        let rest = self.input.units.get(self.from..).unwrap_or_default();
        pace.take(rest.len() as u64 / UNITS_PER_STEP).await;
        self.out.extend_from_slice(rest);
        super::pattern::checked_length(self.length())?;
        let mut text = String::with_capacity(self.length());
        for units in self.full.into_iter().chain([self.out]) {
            let mut rest = units.as_slice();
            while !rest.is_empty() {
                let is_first_half = rest.get(DECODED_UNITS - 1).is_some_and(|unit| (0xD800..0xDC00).contains(unit));
                let (piece, behind) = rest.split_at(rest.len().min(DECODED_UNITS + usize::from(is_first_half)));
                pace.take(piece.len() as u64 / DECODED_UNITS_PER_STEP).await;
                text.push_str(&from_units(piece));
                rest = behind;
            }
        }
        Ok(text.into())
    }
}

/// Takes the steps for a match and what was added for it, which were done already.
pub(super) async fn pay(pace: &Pace, added: usize) {
    pace.take_bytes(size_of::<u16>() * added);
    pace.take(MATCH_STEPS + added as u64 / UNITS_PER_STEP).await;
}

#[cfg(test)]
mod tests {
    use super::super::finder::Next;
    use super::super::options::RegexOptions;
    use super::super::pattern::Regex;
    use super::*;
    use crate::work::in_pieces;

    /// As it is done match by match; in how many turns the result was put together.
    fn one_by_one(pattern: &str, input: &str, replacement: &str) -> Option<(String, usize)> {
        let regex = Regex::cached(pattern, RegexOptions::NONE).unwrap();
        let mut finder = Finder::new(&regex, &Text::new(input), None).unwrap();
        let mut replacing = finder.replacing(replacement).unwrap()?;
        let mut steps = Steps::default();
        while let Next::Match(found) = finder.find_next(&mut steps).unwrap() {
            replacing.add(&found, &mut steps).unwrap();
        }
        let (text, turns) = in_pieces(replacing.finish(), 10_000);
        Some((text.unwrap().to_string(), turns))
    }

    #[test]
    fn matches_are_replaced_as_they_are_found() {
        let pairs = "\u{1F600}".repeat(40_000);
        let long = "ab".repeat(100_000);
        for (pattern, input, replacement, made) in [
            ("b", "abc", "[$`|$&|$']", "a[a|b|c]c"),
            ("x", "abc", "y", "abc"),
            ("", "ab", "-", "-a-b-"),
            // Groups with names are numbered behind the others.
            ("(?<n>a)(b)?", "aab", "${n}$2$$", "aa$aa$"),
            // A pair of units over the end of a piece, also one that comes of two texts.
            ("x", &*format!("a{pairs}x"), "", &*format!("a{pairs}")),
            ("x", &*format!("x{pairs}"), "", &*pairs),
            ("a", &*long, "xyz", &*long.replace('a', "xyz")),
        ] {
            let (text, turns) = one_by_one(pattern, input, replacement).unwrap();
            assert!(text == made, "{pattern}: {} bytes", text.len());
            assert!(turns > made.len() / 100_000, "{pattern}: {turns} turns");
        }
        let backward = Regex::cached("a", RegexOptions::RIGHT_TO_LEFT).unwrap();
        let finder = Finder::new(&backward, &Text::new("aa"), None).unwrap();
        assert!(finder.replacing("b").unwrap().is_none());
    }
}
