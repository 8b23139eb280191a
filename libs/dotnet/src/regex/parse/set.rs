//! Sets in brackets.

use super::super::category::Categories;
use super::super::class::{self, CharClass};
use super::super::limits::DEPTH_MAX;
use super::super::options::RegexOptions;
use super::{ParseError, Parser, too_deep};
use crate::Exception;

/// Whether a set is built, or only passed over while groups are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Build,
    Skip,
}

/// What one step into a set gives.
enum Item {
    Closed,
    /// A shorthand or property, which has been added.
    Added,
    /// A unit, and whether it was written as an escape.
    Unit(u16, bool),
}

impl Parser {
    /// The set whose `[` has been read.
    pub(super) fn set(&mut self, ignore_case: bool) -> Result<CharClass, Exception> {
        self.scan_set(ignore_case, Purpose::Build)
    }

    pub(super) fn skip_set(&mut self) -> Result<(), Exception> {
        self.scan_set(false, Purpose::Skip).map(|_| ())
    }

    fn scan_set(&mut self, ignore_case: bool, purpose: Purpose) -> Result<CharClass, Exception> {
        self.set_depth += 1;
        if self.set_depth > DEPTH_MAX {
            return Err(too_deep());
        }
        let mut set = CharClass::default();
        set.ignore_case = ignore_case;
        let mut first = true;
        if self.sees(0, b'^') {
            self.position += 1;
            set.negated = true;
            if self.has(RegexOptions::ECMA_SCRIPT) && self.sees(0, b']') {
                first = false;
            }
        }
        let mut from: Option<u16> = None;
        loop {
            let item = self.set_item(&mut set, &mut from, first, purpose)?;
            match item {
                Item::Closed => break,
                Item::Added => {}
                Item::Unit(unit, escaped) => self.set_unit(&mut set, &mut from, (unit, escaped), first, purpose)?,
            }
            first = false;
        }
        self.set_depth -= 1;
        Ok(if purpose == Purpose::Build { set.seal() } else { set })
    }

    fn set_item(
        &mut self,
        set: &mut CharClass,
        from: &mut Option<u16>,
        first: bool,
        purpose: Purpose,
    ) -> Result<Item, Exception> {
        let Some(unit) = self.bump() else { return Err(self.error(ParseError::UnterminatedSet)) };
        if unit == u16::from(b']') && !first {
            return Ok(Item::Closed);
        }
        if unit == u16::from(b'\\') && !self.at_end() {
            return self.set_escape(set, from, purpose);
        }
        if unit == u16::from(b'[') && self.sees(0, b':') && from.is_none() {
            // The form of a POSIX class, `[::]`, is passed over; .NET knows no such classes.
            let saved = self.position;
            self.position += 1;
            if self.peek_at(1).is_none() || !self.takes(b':') || !self.takes(b']') {
                self.position = saved;
            }
        }
        Ok(Item::Unit(unit, false))
    }

    fn set_escape(&mut self, set: &mut CharClass, from: &mut Option<u16>, purpose: Purpose) -> Result<Item, Exception> {
        let letter = self.peek().and_then(|unit| u8::try_from(unit).ok()).unwrap_or_default();
        let is_class = b"dDsSwWpP".contains(&letter);
        if !is_class && letter != b'-' {
            return self.char_escape().map(|unit| Item::Unit(unit, true));
        }
        self.position += 1;
        if purpose == Purpose::Skip {
            if letter | 0x20 == b'p' {
                self.property_name()?;
            }
            return Ok(Item::Added);
        }
        if letter == b'-' {
            let dash = u16::from(b'-');
            match from.take() {
                Some(from) if from > dash => return Err(self.error(ParseError::RangeReversed)),
                from => set.add_range(from.unwrap_or(dash), dash),
            }
            return Ok(Item::Added);
        }
        if from.is_some() {
            return Err(self.error(ParseError::ShorthandInRange(char::from(letter))));
        }
        if letter | 0x20 == b'p' {
            self.property(set, letter == b'P', set.ignore_case)?;
        } else {
            add_shorthand(set, letter, self.has(RegexOptions::ECMA_SCRIPT));
        }
        Ok(Item::Added)
    }

    fn set_unit(
        &mut self,
        set: &mut CharClass,
        from: &mut Option<u16>,
        (unit, escaped): (u16, bool),
        first: bool,
        purpose: Purpose,
    ) -> Result<(), Exception> {
        if let Some(start) = from.take() {
            if purpose == Purpose::Skip {
                return Ok(());
            }
            if unit == u16::from(b'[') && !escaped && !first {
                set.add_range(start, start);
                return self.subtraction(set, purpose);
            }
            if start > unit {
                return Err(self.error(ParseError::RangeReversed));
            }
            set.add_range(start, unit);
        } else if self.sees(0, b'-') && self.peek_at(1).is_some_and(|unit| unit != u16::from(b']')) {
            *from = Some(unit);
            self.position += 1;
        } else if unit == u16::from(b'-') && !escaped && self.sees(0, b'[') && !first {
            self.position += 1;
            return self.subtraction(set, purpose);
        } else {
            set.add_range(unit, unit);
        }
        Ok(())
    }

    fn subtraction(&mut self, set: &mut CharClass, purpose: Purpose) -> Result<(), Exception> {
        let other = self.scan_set(set.ignore_case, purpose)?;
        if purpose == Purpose::Build && !self.at_end() && !self.sees(0, b']') {
            return Err(self.error(ParseError::SubtractionNotLast));
        }
        set.subtract(other);
        Ok(())
    }
}

fn add_shorthand(set: &mut CharClass, letter: u8, ecma: bool) {
    let ranges = match (letter.to_ascii_lowercase(), ecma) {
        (b'w', false) => return set.add_categories(Categories::WORD, letter.is_ascii_uppercase()),
        (b'd', false) => return set.add_categories(Categories::DIGIT, letter.is_ascii_uppercase()),
        (b's', false) => class::SPACE,
        (b'w', true) => class::ECMA_WORD,
        (b'd', true) => class::ECMA_DIGIT,
        _ => class::ECMA_SPACE,
    };
    if letter.is_ascii_uppercase() { set.add_complement(ranges) } else { set.add_ranges(ranges) }
}
