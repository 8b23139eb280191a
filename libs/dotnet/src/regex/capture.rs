//! Results: `Match`, `Group`, `Capture`.

use std::sync::Arc;

use super::finder::Finder;
use super::machine::{Captures, Steps};
use super::pattern::{Regex, checked_length};
use crate::{Exception, Text};

/// An input in the units that positions count.
#[derive(Debug)]
pub(super) struct Input {
    text: Text,
    pub(super) units: Vec<u16>,
    /// Positions in `units` are positions in `text`.
    ascii: bool,
}

impl Input {
    pub(super) fn new(text: Text) -> Result<Input, Exception> {
        let ascii = text.is_ascii();
        let units: Vec<u16> = if ascii { text.bytes().map(u16::from).collect() } else { text.encode_utf16().collect() };
        checked_length(units.len())?;
        Ok(Input { text, units, ascii })
    }

    pub(super) fn text(&self) -> &Text {
        &self.text
    }

    /// The units from `start` to `end` as an input of their own.
    pub(super) fn part(&self, start: usize, end: usize) -> Result<Input, Exception> {
        Input::new(self.slice(start, end))
    }

    /// Where a search of the whole input begins.
    pub(super) fn beginning(&self, backward: bool) -> usize {
        if backward { self.units.len() } else { 0 }
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> Text {
        if start == 0 && end == self.units.len() {
            return self.text.clone();
        }
        if self.ascii {
            return Text::new(self.text.get(start..end).unwrap_or_default());
        }
        Text::from(String::from_utf16_lossy(self.units.get(start..end).unwrap_or_default()))
    }
}

/// The matches of a pattern in the order in which they are found.
pub type Matches = Vec<Match>;

/// A match, successful or not. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Match(Arc<Found>);

#[derive(Debug)]
struct Found {
    regex: Arc<Regex>,
    input: Arc<Input>,
    /// `None`: there is no match.
    captures: Option<Captures>,
}

impl Match {
    pub(super) fn new(regex: Arc<Regex>, input: Arc<Input>, captures: Option<Captures>) -> Match {
        Match(Arc::new(Found { regex, input, captures }))
    }

    /// `Match.Empty`
    pub fn empty() -> Result<Match, Exception> {
        let regex = Regex::cached("", super::RegexOptions::NONE)?;
        Ok(Match::new(regex, Arc::new(Input::new(Text::default())?), None))
    }

    /// `Success`
    #[must_use]
    pub fn success(&self) -> bool {
        self.0.captures.is_some()
    }

    /// The whole match as a capture; empty at 0 without a match.
    #[must_use]
    pub fn whole(&self) -> Capture {
        self.slot(0).capture
    }

    /// `Value`
    #[must_use]
    pub fn value(&self) -> Text {
        self.whole().value()
    }

    /// `Index`, in UTF-16 units.
    #[must_use]
    pub fn index(&self) -> usize {
        self.whole().index()
    }

    /// `Length`, in UTF-16 units.
    #[must_use]
    pub fn length(&self) -> usize {
        self.whole().length()
    }

    /// `Groups.Count`: 1 without a match.
    #[must_use]
    pub fn group_count(&self) -> usize {
        self.0.captures.as_ref().map_or(1, Vec::len)
    }

    /// All groups in the order of their numbers.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        (0..self.group_count()).map(|slot| self.slot(slot)).collect()
    }

    /// `Groups[number]`; an unknown number gives a group without success.
    #[must_use]
    pub fn group(&self, number: i32) -> Group {
        let slot = u32::try_from(number).ok().and_then(|number| self.0.regex.groups.slot(number));
        slot.map_or_else(|| self.no_group(), |slot| self.slot(slot as usize))
    }

    /// `Groups[name]`; an unknown name gives a group without success.
    #[must_use]
    pub fn group_named(&self, name: &str) -> Group {
        self.0.regex.slot_named(name).map_or_else(|| self.no_group(), |slot| self.slot(slot))
    }

    /// `Groups.ContainsKey(name)`
    #[must_use]
    pub fn has_group(&self, name: &str) -> bool {
        self.0.regex.slot_named(name).is_some()
    }

    /// `NextMatch()`
    pub fn next(&self, steps: &mut Steps) -> Result<Match, Exception> {
        if !self.success() {
            return Ok(self.clone());
        }
        match self.next_start() {
            Some(start) => Finder::within(&self.0.regex, Arc::clone(&self.0.input), start).first(steps),
            None => Ok(Match::new(self.0.regex.clone(), self.0.input.clone(), None)),
        }
    }

    /// `Result(replacement)`. `NotSupportedException` on a failed match.
    pub fn result(&self, replacement: &str) -> Result<Text, Exception> {
        if !self.success() {
            let message = "Result cannot be called on a failed Match.";
            return Err(Exception::new(crate::ExceptionType::NotSupported, message));
        }
        let replacement = super::replacement::Replacement::parse(replacement, &self.0.regex)?;
        let mut out = Vec::new();
        replacement.append(self, &mut out)?;
        Ok(Text::from(String::from_utf16_lossy(&out)))
    }

    /// Where the search for the next match begins: one further after an empty match.
    pub(super) fn next_start(&self) -> Option<usize> {
        let whole = self.whole();
        let backward = self.0.regex.right_to_left();
        match (whole.length(), backward) {
            (0, true) => whole.start.checked_sub(1),
            (0, false) => Some(whole.end + 1).filter(|start| *start <= self.0.input.units.len()),
            (_, true) => Some(whole.start),
            (_, false) => Some(whole.end),
        }
    }

    pub(super) fn input(&self) -> &Arc<Input> {
        &self.0.input
    }

    /// The units of a slot's last capture; `None` if it has none.
    pub(super) fn units(&self, slot: usize) -> Option<&[u16]> {
        let (start, end) = self.0.captures.as_ref()?.get(slot)?.last().copied()?;
        self.0.input.units.get(start as usize..end as usize)
    }

    pub(super) fn slot(&self, slot: usize) -> Group {
        let captures = self.0.captures.as_ref().and_then(|captures| captures.get(slot));
        let captures: Vec<Capture> =
            captures.into_iter().flatten().map(|(start, end)| self.capture(*start as usize, *end as usize)).collect();
        match captures.last().cloned() {
            Some(capture) => Group { name: Text::from(self.0.regex.groups.name(slot)), capture, captures },
            None => Group { name: Text::from(self.0.regex.groups.name(slot)), ..self.no_group() },
        }
    }

    fn capture(&self, start: usize, end: usize) -> Capture {
        Capture { input: self.0.input.clone(), start, end }
    }

    fn no_group(&self) -> Group {
        Group { name: Text::new("0"), capture: self.capture(0, 0), captures: Vec::new() }
    }
}

/// What a group has captured.
#[derive(Debug, Clone)]
pub struct Group {
    name: Text,
    capture: Capture,
    captures: Vec<Capture>,
}

impl Group {
    /// `Name`
    #[must_use]
    pub fn name(&self) -> &Text {
        &self.name
    }

    /// `Success`
    #[must_use]
    pub fn success(&self) -> bool {
        !self.captures.is_empty()
    }

    /// The last capture; empty at 0 without success.
    #[must_use]
    pub fn capture(&self) -> &Capture {
        &self.capture
    }

    /// `Value`
    #[must_use]
    pub fn value(&self) -> Text {
        self.capture.value()
    }

    /// `Captures`, in the order in which they were made.
    #[must_use]
    pub fn captures(&self) -> &[Capture] {
        &self.captures
    }
}

/// A part of the input.
#[derive(Debug, Clone)]
pub struct Capture {
    input: Arc<Input>,
    start: usize,
    end: usize,
}

impl Capture {
    /// `Value`
    #[must_use]
    pub fn value(&self) -> Text {
        self.input.slice(self.start, self.end)
    }

    /// `Index`, in UTF-16 units.
    #[must_use]
    pub fn index(&self) -> usize {
        self.start
    }

    /// `Length`, in UTF-16 units.
    #[must_use]
    pub fn length(&self) -> usize {
        self.end - self.start
    }
}
