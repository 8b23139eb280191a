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
pub(super) struct Replacement(Vec<Part>);

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
            let mut joined = Joined::new(pace, Arc::clone(first.input()));
            for found in found {
                joined.add(&found, |out| replacement.append(&found, out)).await?;
            }
            joined.text().await
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
            let mut joined = Joined::new(pace, Arc::clone(first.input()));
            for (found, text) in found.into_iter().zip(texts) {
                let add = |out: &mut Vec<u16>| {
                    out.extend(text.encode_utf16());
                    Ok(())
                };
                joined.add(&found, add).await?;
            }
            joined.text().await
        })
    }
}

/// What stands between matches, and what stands for them.
struct Joined {
    pace: Pace,
    input: Arc<Input>,
    out: Vec<u16>,
    /// What of the input comes next.
    from: usize,
}

impl Joined {
    fn new(pace: Pace, input: Arc<Input>) -> Joined {
        let out = Vec::with_capacity(input.units.len());
        Joined { pace, input, out, from: 0 }
    }

    /// The input up to a match, and what is put in the match's place.
    async fn add(
        &mut self,
        found: &Match,
        append: impl FnOnce(&mut Vec<u16>) -> Result<(), Exception>,
    ) -> Result<(), Exception> {
        let (whole, before) = (found.whole(), self.out.len());
        self.out.extend_from_slice(self.input.units.get(self.from..whole.index()).unwrap_or_default());
        append(&mut self.out)?;
        self.from = whole.index() + whole.length();
        super::pattern::checked_length(self.out.len())?;
        self.pace.take_bytes(size_of::<u16>() * (self.out.len() - before));
        self.pace.take(MATCH_STEPS + (self.out.len() - before) as u64 / UNITS_PER_STEP).await;
        Ok(())
    }

    /// All, with the rest of the input.
    async fn text(mut self) -> Result<Text, Exception> {
        self.out.extend_from_slice(self.input.units.get(self.from..).unwrap_or_default());
        super::pattern::checked_length(self.out.len())?;
        let (mut text, mut rest) = (String::with_capacity(self.out.len()), self.out.as_slice());
        while !rest.is_empty() {
            // A pair stays together: it may have come of two pieces.
            let is_first_half = rest.get(DECODED_UNITS - 1).is_some_and(|unit| (0xD800..0xDC00).contains(unit));
            let (piece, behind) = rest.split_at(rest.len().min(DECODED_UNITS + usize::from(is_first_half)));
            self.pace.take(piece.len() as u64 / DECODED_UNITS_PER_STEP).await;
            text.push_str(&from_units(piece));
            rest = behind;
        }
        Ok(text.into())
    }
}
