//! `Replace` and the patterns of replacements: `$1`, `${name}`, `$&`, `` $` ``, `$'`, `$+`, `$_`, `$$`.

use std::sync::Arc;

use super::capture::{Input, Match};
use super::class;
use super::finder::Finder;
use super::machine::Steps;
use super::options::RegexOptions;
use super::parse::ParseError;
use super::pattern::Regex;
use crate::text::from_units;
use crate::work::{Pace, Paced, in_one_go};
use crate::{Exception, Text};

/// Steps for the replacement of a match, and for forgetting it.
const MATCH_STEPS: u64 = 12;
/// Units that are copied in one step.
const UNITS_PER_STEP: u64 = 16;
/// Units that are made UTF-8 at once, and in one step.
const DECODED_UNITS: usize = 16 * 1024;
const DECODED_UNITS_PER_STEP: u64 = 3;

/// A replacement pattern.
#[derive(Debug)]
pub(super) struct Replacement(Vec<Part>);

#[derive(Debug)]
enum Part {
    Literal(Vec<u16>),
    Slot(usize),
    Before,
    After,
    LastGroup,
    Whole,
}

impl Replacement {
    /// Parses a replacement for a pattern. What names no group stands for itself.
    pub(super) fn parse(text: &str, regex: &Regex) -> Result<Replacement, Exception> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut parts = Vec::new();
        let mut literal = Vec::new();
        let mut position = 0;
        while let Some(unit) = units.get(position).copied() {
            position += 1;
            if unit != u16::from(b'$') {
                literal.push(unit);
                continue;
            }
            let mut dollar = Dollar { units: &units, position, regex };
            match dollar.part()? {
                Some(Part::Literal(units)) => literal.extend(units),
                Some(part) => {
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    parts.push(part);
                }
                None => {
                    literal.push(unit);
                    continue;
                }
            }
            position = dollar.position;
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Replacement(parts))
    }

    /// Appends the replacement of a match.
    pub(super) fn append(&self, found: &Match, out: &mut Vec<u16>) -> Result<(), Exception> {
        let whole = found.whole();
        let (start, end) = (whole.index(), whole.index() + whole.length());
        let input = &found.input().units;
        for part in &self.0 {
            match part {
                Part::Literal(units) => out.extend_from_slice(units),
                Part::Slot(slot) => out.extend_from_slice(found.units(*slot).unwrap_or_default()),
                Part::Before => out.extend_from_slice(input.get(..start).unwrap_or_default()),
                Part::After => out.extend_from_slice(input.get(end..).unwrap_or_default()),
                Part::LastGroup => {
                    out.extend_from_slice(found.units(found.group_count() - 1).unwrap_or_default());
                }
                Part::Whole => out.extend_from_slice(input),
            }
            super::pattern::checked_length(out.len())?;
        }
        Ok(())
    }
}

/// What follows a `$`.
struct Dollar<'u> {
    units: &'u [u16],
    position: usize,
    regex: &'u Regex,
}

impl Dollar<'_> {
    fn peek(&self) -> Option<u16> {
        self.units.get(self.position).copied()
    }

    /// `None`: the `$` stands for itself.
    fn part(&mut self) -> Result<Option<Part>, Exception> {
        let Some(mut unit) = self.peek() else { return Ok(None) };
        let angled = unit == u16::from(b'{') && self.position + 1 < self.units.len();
        if angled {
            self.position += 1;
            unit = self.peek().unwrap_or_default();
        }
        if (0x30..=0x39).contains(&unit) {
            return self.number(angled);
        }
        if angled {
            return Ok(if class::is_boundary_word(unit) { self.name() } else { None });
        }
        let part = match u8::try_from(unit).unwrap_or_default() {
            b'$' => Part::Literal(vec![unit]),
            b'&' => Part::Slot(0),
            b'`' => Part::Before,
            b'\'' => Part::After,
            b'+' => Part::LastGroup,
            b'_' => Part::Whole,
            _ => return Ok(None),
        };
        self.position += 1;
        Ok(Some(part))
    }

    fn number(&mut self, angled: bool) -> Result<Option<Part>, Exception> {
        let longest = !angled && self.regex.options().has(RegexOptions::ECMA_SCRIPT);
        let mut found = None;
        let mut number = 0_u32;
        while let Some(unit) = self.peek()
            && (0x30..=0x39).contains(&unit)
        {
            self.position += 1;
            let next = number.checked_mul(10).and_then(|number| number.checked_add(u32::from(unit - 0x30)));
            number = next
                .filter(|number| *number <= super::tree::UNBOUNDED)
                .ok_or_else(|| ParseError::NumberTooLarge.at(self.units, self.position))?;
            if longest && let Some(slot) = self.regex.groups.slot(number) {
                found = Some((slot, self.position));
            }
        }
        if longest {
            let Some((slot, end)) = found else { return Ok(None) };
            self.position = end;
            return Ok(Some(Part::Slot(slot as usize)));
        }
        if angled && !self.closes() {
            return Ok(None);
        }
        Ok(self.regex.groups.slot(number).map(|slot| Part::Slot(slot as usize)))
    }

    fn name(&mut self) -> Option<Part> {
        let start = self.position;
        while self.peek().is_some_and(class::is_boundary_word) {
            self.position += 1;
        }
        let name = String::from_utf16_lossy(self.units.get(start..self.position).unwrap_or_default());
        if !self.closes() {
            return None;
        }
        self.regex.groups.slot_named(&name).map(|slot| Part::Slot(slot as usize))
    }

    fn closes(&mut self) -> bool {
        let closes = self.peek() == Some(u16::from(b'}'));
        self.position += 1;
        closes
    }
}

impl Regex {
    /// `Replace(input, replacement)`
    pub fn replace(self: &Arc<Self>, input: &Text, replacement: &str, steps: &mut Steps) -> Result<Text, Exception> {
        self.replace_some(input, replacement, -1, None, steps)
    }

    /// `Replace(input, replacement, count, startat)`; a count of -1 is all.
    pub fn replace_some(
        self: &Arc<Self>,
        input: &Text,
        replacement: &str,
        count: i32,
        start: Option<i32>,
        steps: &mut Steps,
    ) -> Result<Text, Exception> {
        let max = Regex::replacements(count)?;
        let found = Finder::new(self, input, start)?.collect(max, steps)?;
        self.replace_found(input, found, replacement)
    }

    /// How many matches a `Replace` of `count` looks for.
    ///
    /// # Errors
    /// A count below -1.
    pub fn replacements(count: i32) -> Result<usize, Exception> {
        match count {
            -1 => Ok(usize::MAX),
            count => usize::try_from(count)
                .map_err(|_| Exception::argument_out_of_range("count", "Count cannot be less than -1.")),
        }
    }

    /// The input with matches found in it before replaced by a replacement pattern.
    ///
    /// # Errors
    /// A number in the replacement that is too large; a result longer than the limit.
    pub fn replace_found(&self, input: &Text, found: Vec<Match>, replacement: &str) -> Result<Text, Exception> {
        in_one_go(self.replacing(input, found, replacement)?)
    }

    /// The same in pieces.
    ///
    /// # Errors
    /// A number in the replacement that is too large.
    pub fn replacing(
        &self,
        input: &Text,
        mut found: Vec<Match>,
        replacement: &str,
    ) -> Result<Paced<Result<Text, Exception>>, Exception> {
        let replacement = Replacement::parse(replacement, self)?;
        let text = input.clone();
        if self.right_to_left() {
            found.reverse();
        }
        Ok(Paced::new(|pace| async move {
            let Some(first) = found.first() else { return Ok(text) };
            let mut joined = Joined::new(Arc::clone(first.input()));
            for found in found {
                let added = joined.add(&found, |out| replacement.append(&found, out))?;
                pay(&pace, added).await;
            }
            joined.text(&pace).await
        }))
    }

    /// The same with a text for each match, in the order in which they were found.
    #[must_use]
    pub fn replacing_by(
        &self,
        input: &Text,
        mut found: Vec<Match>,
        mut texts: Vec<Text>,
    ) -> Paced<Result<Text, Exception>> {
        let text = input.clone();
        if self.right_to_left() {
            found.reverse();
            texts.reverse();
        }
        Paced::new(|pace| async move {
            let Some(first) = found.first() else { return Ok(text) };
            let mut joined = Joined::new(Arc::clone(first.input()));
            for (found, text) in found.into_iter().zip(texts) {
                let add = |out: &mut Vec<u16>| {
                    out.extend(text.encode_utf16());
                    Ok(())
                };
                let added = joined.add(&found, add)?;
                pay(&pace, added).await;
            }
            joined.text(&pace).await
        })
    }
}

/// Takes the steps for a match and what was added for it, which were done already.
async fn pay(pace: &Pace, added: usize) {
    pace.take_bytes(size_of::<u16>() * added);
    pace.take(MATCH_STEPS + added as u64 / UNITS_PER_STEP).await;
}

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
struct Joined {
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

    fn new(input: Arc<Input>) -> Joined {
        Joined { input, full: Vec::new(), full_units: 0, out: Vec::new(), from: 0 }
    }

    fn length(&self) -> usize {
        self.full_units + self.out.len()
    }

    /// The input up to a match, and what is put in the match's place. How many units were added.
    fn add(
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
    async fn text(mut self, pace: &Pace) -> Result<Text, Exception> {
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

#[cfg(test)]
mod tests {
    use super::super::finder::Next;
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
            ("(?<n>a)(b)?", "aab", "${n}$2$$", "a$ab$"),
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
