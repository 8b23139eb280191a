//! What follows a backslash outside of sets, and character escapes everywhere.

use super::super::category::{self, Categories, OfSchemas};
use super::super::class::{self, CharClass};
use super::super::options::RegexOptions;
use super::super::tree::{Assertion, Node, One};
use super::{ParseError, Parser, is_digit, is_word};
use crate::Exception;

/// What a basic escape turns out to be.
enum Basic {
    Reference(u32),
    Unit(u16),
}

impl Parser {
    /// The node of the escape behind a backslash.
    pub(super) fn backslash(&mut self) -> Result<Node, Exception> {
        let ecma = self.has(RegexOptions::ECMA_SCRIPT);
        let letter = self.peek().and_then(|unit| u8::try_from(unit).ok()).unwrap_or_default();
        let assertion = match letter {
            b'b' if ecma => Assertion::EcmaBoundary,
            b'b' => Assertion::Boundary,
            b'B' if ecma => Assertion::NotEcmaBoundary,
            b'B' => Assertion::NotBoundary,
            b'A' => Assertion::Beginning,
            b'G' => Assertion::Start,
            b'Z' => Assertion::EndOrLastNewline,
            b'z' => Assertion::End,
            b'w' | b'W' | b's' | b'S' | b'd' | b'D' => {
                self.position += 1;
                let class = shorthand(letter, ecma);
                return Ok(self.one(One::Class(Box::new(class))));
            }
            b'p' | b'P' => {
                self.position += 1;
                let mut class = CharClass::default();
                self.property(&mut class, letter == b'P', self.has(RegexOptions::IGNORE_CASE))?;
                class.ignore_case = self.has(RegexOptions::IGNORE_CASE);
                return Ok(self.one(One::Class(Box::new(class.seal()))));
            }
            _ => {
                return Ok(match self.basic(true)? {
                    Basic::Unit(unit) => self.single(unit),
                    Basic::Reference(slot) => Node::Backreference {
                        slot,
                        ignore_case: self.has(RegexOptions::IGNORE_CASE),
                        backward: self.backward(),
                    },
                });
            }
        };
        self.position += 1;
        Ok(Node::Assertion(assertion))
    }

    /// Moves behind an escape while groups are counted.
    pub(super) fn skip_backslash(&mut self) -> Result<(), Exception> {
        let letter = self.peek().and_then(|unit| u8::try_from(unit).ok()).unwrap_or_default();
        if b"bBAGZzwWsSdDpP".contains(&letter) {
            self.position += 1;
            return Ok(());
        }
        self.basic(false).map(|_| ())
    }

    /// A back reference or a character. `resolve` is off while groups are still being counted: then every reference is accepted.
    fn basic(&mut self, resolve: bool) -> Result<Basic, Exception> {
        let start = self.position;
        let mut close = None;
        let mut first = self.peek().unwrap_or_default();
        let quote = |unit: Option<u16>| match unit.and_then(|unit| u8::try_from(unit).ok()) {
            Some(b'<') => Some(b'>'),
            Some(b'\'') => Some(b'\''),
            _ => None,
        };
        if first == u16::from(b'k') {
            if self.peek_at(1).is_some() {
                self.position += 2;
                close = quote(self.pattern.get(self.position - 1).copied());
            }
            let Some(next) = self.peek().filter(|_| close.is_some()) else {
                return Err(self.error(ParseError::NamedReferenceMalformed));
            };
            first = next;
        } else if quote(Some(first)).is_some() && self.peek_at(1).is_some() {
            close = quote(Some(first));
            self.position += 1;
            first = self.peek().unwrap_or_default();
        }
        let reference = match close {
            Some(close) if is_digit(first) => self.angled_number(close, resolve)?,
            Some(close) if is_word(first) => self.angled_name(close, resolve)?,
            None if is_digit(first) && first != u16::from(b'0') => self.plain_number(first, resolve)?,
            _ => None,
        };
        if let Some(slot) = reference {
            return Ok(Basic::Reference(slot));
        }
        self.position = start;
        self.char_escape().map(Basic::Unit)
    }

    fn angled_number(&mut self, close: u8, resolve: bool) -> Result<Option<u32>, Exception> {
        let number = self.decimal()?;
        if !self.takes(close) {
            return Ok(None);
        }
        match self.groups.slot(number) {
            _ if !resolve => Ok(Some(0)),
            Some(slot) => Ok(Some(slot)),
            None => Err(self.error(ParseError::NumberUndefined(number))),
        }
    }

    fn angled_name(&mut self, close: u8, resolve: bool) -> Result<Option<u32>, Exception> {
        let name = self.name();
        if !self.takes(close) {
            return Ok(None);
        }
        match self.groups.slot_named(&name) {
            _ if !resolve => Ok(Some(0)),
            Some(slot) => Ok(Some(slot)),
            None => Err(self.error(ParseError::NameUndefined(name))),
        }
    }

    fn plain_number(&mut self, first: u16, resolve: bool) -> Result<Option<u32>, Exception> {
        if self.has(RegexOptions::ECMA_SCRIPT) {
            return Ok(self.ecma_number(first));
        }
        let number = self.decimal()?;
        if !resolve {
            return Ok(Some(0));
        }
        match self.groups.slot(number) {
            Some(slot) => Ok(Some(slot)),
            None if number <= 9 => Err(self.error(ParseError::NumberUndefined(number))),
            None => Ok(None),
        }
    }

    /// ECMAScript takes the longest number of a group that has been opened before.
    fn ecma_number(&mut self, first: u16) -> Option<u32> {
        let before = self.position.saturating_sub(1);
        let greatest = self.groups.numbers.last().copied().unwrap_or_default();
        let mut found = None;
        let mut number = u32::from(first - 0x30);
        while number <= greatest {
            let opened = self.first_positions.iter().any(|(known, at)| *known == number && *at < before);
            if opened {
                found = self.groups.slot(number);
            }
            self.position += 1;
            match self.peek() {
                Some(unit) if is_digit(unit) => number = number * 10 + u32::from(unit - 0x30),
                _ => break,
            }
        }
        found
    }

    /// The unit of a character escape; the backslash has been read.
    pub(super) fn char_escape(&mut self) -> Result<u16, Exception> {
        let Some(unit) = self.bump() else { return Err(self.error(ParseError::EndingBackslash)) };
        let escaped = match u8::try_from(unit).unwrap_or_default() {
            b'0'..=b'7' => {
                self.position -= 1;
                return Ok(self.octal());
            }
            b'x' => return self.hex(2),
            b'u' => return self.hex(4),
            b'c' => return self.control(),
            b'a' => 0x07,
            b'b' => 0x08,
            b'e' => 0x1b,
            b'f' => 0x0c,
            b'n' => 0x0a,
            b'r' => 0x0d,
            b't' => 0x09,
            b'v' => 0x0b,
            _ if !self.has(RegexOptions::ECMA_SCRIPT) && is_word(unit) => {
                return Err(self.error(ParseError::EscapeUnrecognized(String::from_utf16_lossy(&[unit]))));
            }
            _ => unit,
        };
        Ok(escaped)
    }

    fn octal(&mut self) -> u16 {
        let mut value = 0_u16;
        for _ in 0..3 {
            match self.peek() {
                Some(unit) if (0x30..=0x37).contains(&unit) => value = value * 8 + unit - 0x30,
                _ => break,
            }
            self.position += 1;
            if self.has(RegexOptions::ECMA_SCRIPT) && value >= 0x20 {
                break;
            }
        }
        value & 0xff
    }

    fn hex(&mut self, digits: usize) -> Result<u16, Exception> {
        let mut value = 0_u16;
        if self.position + digits > self.pattern.len() {
            return Err(self.error(ParseError::HexDigits));
        }
        for _ in 0..digits {
            let unit = self.bump().unwrap_or_default();
            match char::from_u32(u32::from(unit)).and_then(|c| c.to_digit(16)) {
                Some(digit) => value = value << 4 | u16::try_from(digit).unwrap_or_default(),
                None => return Err(self.error(ParseError::HexDigits)),
            }
        }
        Ok(value)
    }

    fn control(&mut self) -> Result<u16, Exception> {
        let Some(unit) = self.bump() else { return Err(self.error(ParseError::ControlMissing)) };
        let upper = if (0x61..=0x7a).contains(&unit) { unit - 0x20 } else { unit };
        match upper.wrapping_sub(0x40) {
            control if control < 0x20 => Ok(control),
            _ => Err(self.error(ParseError::ControlUnrecognized)),
        }
    }

    /// Adds the units of `{name}` behind `\p` to a set.
    pub(super) fn property(&mut self, class: &mut CharClass, negated: bool, fold: bool) -> Result<(), Exception> {
        let name = self.property_name()?;
        if let Some(mut categories) = Categories::named(&name) {
            if fold && categories.is_within(Categories::CASED) {
                categories = Categories::CASED;
            }
            class.add_categories(categories, negated);
            return Ok(());
        }
        let block = category::block(&name).map(|block| [block]);
        let ranges = match (&block, OfSchemas::named(&name)) {
            (Some(block), _) => block.as_slice(),
            (None, Some(OfSchemas::Ranges(ranges))) => ranges,
            (None, Some(OfSchemas::Categories(categories, complement))) => {
                class.add_categories(categories, negated != complement);
                return Ok(());
            }
            (None, None) => return Err(self.error(ParseError::PropertyUnknown(name))),
        };
        if negated {
            class.add_complement(ranges);
        } else {
            class.add_ranges(ranges);
        }
        Ok(())
    }

    pub(super) fn property_name(&mut self) -> Result<String, Exception> {
        if self.peek_at(2).is_none() {
            return Err(self.error(ParseError::PropertyIncomplete));
        }
        if !self.takes(b'{') {
            return Err(self.error(ParseError::PropertyMalformed));
        }
        let start = self.position;
        while self.peek().is_some_and(|unit| is_word(unit) || unit == u16::from(b'-')) {
            self.position += 1;
        }
        let end = self.position;
        if !self.takes(b'}') {
            return Err(self.error(ParseError::PropertyIncomplete));
        }
        Ok(String::from_utf16_lossy(self.pattern.get(start..end).unwrap_or_default()))
    }
}

/// The set of `\w`, `\s`, `\d` and their complements.
pub(super) fn shorthand(letter: u8, ecma: bool) -> CharClass {
    let negated = letter.is_ascii_uppercase();
    match (letter.to_ascii_lowercase(), ecma) {
        (b'w', false) => CharClass::of_categories(Categories::WORD, negated),
        (b'd', false) => CharClass::of_categories(Categories::DIGIT, negated),
        (b's', false) => CharClass::of_ranges(class::SPACE, negated),
        (b'w', true) => CharClass::of_ranges(class::ECMA_WORD, negated),
        (b'd', true) => CharClass::of_ranges(class::ECMA_DIGIT, negated),
        _ => CharClass::of_ranges(class::ECMA_SPACE, negated),
    }
}
