//! `Replace` and the patterns of replacements: `$1`, `${name}`, `$&`, `` $` ``, `$'`, `$+`, `$_`, `$$`.

use std::sync::Arc;

use super::capture::Match;
use super::class;
use super::finder::Finder;
use super::machine::Steps;
use super::options::RegexOptions;
use super::parse::ParseError;
use super::pattern::Regex;
use super::replacing::{Joined, pay};
use crate::work::{Paced, in_one_go};
use crate::{Exception, Text};

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
