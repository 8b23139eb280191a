//! What instructions look at: the input beside the position.

use super::super::class;
use super::super::fold;
use super::super::program::Test;
use super::super::tree::Assertion;
use super::{Machine, Steps};
use crate::Exception;

impl Machine<'_> {
    /// The unit beside the position, in the direction of matching.
    pub(super) fn beside(&self, back: bool) -> Option<u16> {
        let index = if back { self.search.position.checked_sub(1)? } else { self.search.position };
        self.input.get(index).copied()
    }

    fn advance(&mut self, back: bool) {
        if back {
            self.search.position -= 1;
        } else {
            self.search.position += 1;
        }
    }

    pub(super) fn one(&mut self, test: Test, back: bool) -> bool {
        let matches = self.beside(back).is_some_and(|unit| self.program.accepts(test, unit));
        if matches {
            self.advance(back);
        }
        matches
    }

    pub(super) fn literal(&mut self, start: usize, end: usize, back: bool) -> bool {
        let expected = self.program.literals.get(start..end).unwrap_or_default();
        if back {
            let before = self.input.get(..self.search.position).unwrap_or_default();
            if !before.ends_with(expected) {
                return false;
            }
            self.search.position -= expected.len();
        } else {
            let rest = self.input.get(self.search.position..).unwrap_or_default();
            if !rest.starts_with(expected) {
                return false;
            }
            self.search.position += expected.len();
        }
        true
    }

    /// How many units beside the position pass a test, at most `max`.
    pub(super) fn count(&self, test: Test, back: bool, max: usize) -> usize {
        let passes = |unit: &&u16| self.program.accepts(test, **unit);
        if back {
            let before = self.input.get(..self.search.position).unwrap_or_default();
            before.iter().rev().take(max).take_while(passes).count()
        } else {
            let rest = self.input.get(self.search.position..).unwrap_or_default();
            rest.iter().take(max).take_while(passes).count()
        }
    }

    pub(super) fn backreference(
        &mut self,
        slot: u32,
        ignore_case: bool,
        back: bool,
        steps: &mut Steps,
    ) -> Result<bool, Exception> {
        let Some((start, end)) = self.last_capture(slot) else { return Ok(false) };
        let captured = self.input.get(start as usize..end as usize).unwrap_or_default();
        let length = captured.len();
        steps.take(length as u64 / 8)?;
        let from = if back { self.search.position.checked_sub(length) } else { Some(self.search.position) };
        let Some(from) = from else { return Ok(false) };
        let Some(other) = self.input.get(from..from + length) else { return Ok(false) };
        let same = if ignore_case {
            captured.iter().zip(other).all(|(left, right)| fold::lower(*left) == fold::lower(*right))
        } else {
            captured == other
        };
        if same {
            self.search.position = if back { from } else { from + length };
        }
        Ok(same)
    }

    pub(super) fn holds(&self, assertion: Assertion) -> bool {
        let (position, length) = (self.search.position, self.input.len());
        let newline = |index: usize| self.input.get(index) == Some(&0x0a);
        match assertion {
            Assertion::Beginning => position == 0,
            Assertion::LineStart => position == 0 || newline(position - 1),
            Assertion::EndOrLastNewline => position == length || position + 1 == length && newline(position),
            Assertion::LineEnd => position == length || newline(position),
            Assertion::End => position == length,
            Assertion::Start => position == self.search.start,
            Assertion::Boundary => self.at_boundary(class::is_boundary_word),
            Assertion::NotBoundary => !self.at_boundary(class::is_boundary_word),
            Assertion::EcmaBoundary => self.at_boundary(class::is_ecma_word),
            Assertion::NotEcmaBoundary => !self.at_boundary(class::is_ecma_word),
        }
    }

    fn at_boundary(&self, is_word: fn(u16) -> bool) -> bool {
        self.beside(true).is_some_and(is_word) != self.beside(false).is_some_and(is_word)
    }
}
