//! What follows an opening parenthesis.

use super::super::options::RegexOptions;
use super::frame::Kind;
use super::{ParseError, Parser, is_digit, is_word};
use crate::Exception;

impl Parser {
    /// Opens the group whose parenthesis has been read, or sets options for the rest of the current group.
    pub(super) fn open_group(&mut self) -> Result<(), Exception> {
        self.options_stack.push(self.options);
        match self.group_kind()? {
            Some(kind) => self.push_frame(kind),
            None => {
                self.options_stack.pop();
                Ok(())
            }
        }
    }

    fn group_kind(&mut self) -> Result<Option<Kind>, Exception> {
        if !self.sees(0, b'?') || self.sees(1, b')') {
            if self.has(RegexOptions::EXPLICIT_CAPTURE) || self.ignore_next_paren {
                self.ignore_next_paren = false;
                return Ok(Some(Kind::Plain));
            }
            let slot = self.groups.slot(self.next_number);
            self.next_number += 1;
            return Ok(Some(Kind::Capture { slot, balance: None }));
        }
        self.position += 1;
        let Some(unit) = self.bump() else { return Err(self.error(ParseError::GroupingConstruct)) };
        let kind = match u8::try_from(unit).unwrap_or_default() {
            b':' => Kind::Plain,
            b'=' => self.look(false, false),
            b'!' => self.look(false, true),
            b'>' => Kind::Atomic,
            b'\'' => self.named_or_look_behind(b'\'')?,
            b'<' => self.named_or_look_behind(b'>')?,
            b'(' => self.conditional()?,
            _ => return self.inline_options(),
        };
        Ok(Some(kind))
    }

    fn look(&mut self, behind: bool, negative: bool) -> Kind {
        self.options = if behind {
            self.options.with(RegexOptions::RIGHT_TO_LEFT)
        } else {
            self.options.without(RegexOptions::RIGHT_TO_LEFT)
        };
        Kind::Look { negative }
    }

    fn named_or_look_behind(&mut self, close: u8) -> Result<Kind, Exception> {
        let Some(unit) = self.bump() else { return Err(self.error(ParseError::GroupingConstruct)) };
        let looks = unit == u16::from(b'=') || unit == u16::from(b'!');
        if looks && close == b'\'' {
            return Err(self.error(ParseError::GroupingConstruct));
        }
        if looks {
            return Ok(self.look(true, unit == u16::from(b'!')));
        }
        self.position -= 1;
        let (slot, balances) = self.capture_name(unit, close)?;
        let mut balance = None;
        if balances && self.sees(0, b'-') && self.peek_at(1).is_some() {
            self.position += 1;
            balance = Some(self.balance_name(close)?);
        }
        if (slot.is_some() || balance.is_some()) && self.takes(close) {
            return Ok(Kind::Capture { slot, balance });
        }
        Err(self.error(ParseError::GroupingConstruct))
    }

    /// The name before a `-`: its slot, and whether a balanced group may follow.
    fn capture_name(&mut self, first: u16, close: u8) -> Result<(Option<u32>, bool), Exception> {
        let ends =
            |parser: &Parser| parser.peek().is_none_or(|unit| unit == u16::from(close) || unit == u16::from(b'-'));
        if is_digit(first) {
            let number = self.decimal()?;
            if !ends(self) {
                return Err(self.error(ParseError::GroupNameInvalid));
            }
            if number == 0 {
                return Err(self.error(ParseError::GroupNumberZero));
            }
            let slot = self.groups.slot(number);
            return Ok((slot, slot.is_some()));
        }
        if is_word(first) {
            let name = self.name();
            if !ends(self) {
                return Err(self.error(ParseError::GroupNameInvalid));
            }
            let slot = self.groups.slot_named(&name);
            return Ok((slot, slot.is_some()));
        }
        if first == u16::from(b'-') {
            return Ok((None, true));
        }
        Err(self.error(ParseError::GroupNameInvalid))
    }

    /// The slot of the group named after a `-`.
    fn balance_name(&mut self, close: u8) -> Result<u32, Exception> {
        let first = self.peek().unwrap_or_default();
        let slot = if is_digit(first) {
            let number = self.decimal()?;
            self.groups.slot(number).ok_or_else(|| self.error(ParseError::NumberUndefined(number)))?
        } else if is_word(first) {
            let name = self.name();
            match self.groups.slot_named(&name) {
                Some(slot) => slot,
                None => return Err(self.error(ParseError::NameUndefined(name))),
            }
        } else {
            return Err(self.error(ParseError::GroupNameInvalid));
        };
        if !self.at_end() && !self.sees(0, close) {
            return Err(self.error(ParseError::GroupNameInvalid));
        }
        Ok(slot)
    }

    /// The word at the current position.
    pub(super) fn name(&mut self) -> String {
        let start = self.position;
        while self.peek().is_some_and(is_word) {
            self.position += 1;
        }
        String::from_utf16_lossy(self.pattern.get(start..self.position).unwrap_or_default())
    }

    /// `(?(`: a group number, a group name, or an expression.
    fn conditional(&mut self) -> Result<Kind, Exception> {
        let inside = self.position;
        if let Some(first) = self.peek() {
            if is_digit(first) {
                let number = self.decimal()?;
                if self.takes(b')') {
                    let undefined = ParseError::ConditionReferenceUndefined(number);
                    let slot = self.groups.slot(number).ok_or_else(|| self.error(undefined))?;
                    return Ok(Kind::GroupCondition { slot });
                }
                return Err(self.error(ParseError::ConditionReferenceMalformed(number)));
            }
            if is_word(first) {
                let name = self.name();
                if let Some(slot) = self.groups.slot_named(&name)
                    && self.takes(b')')
                {
                    return Ok(Kind::GroupCondition { slot });
                }
            }
        }
        self.position = inside - 1;
        self.ignore_next_paren = true;
        if self.sees(1, b'?') {
            if self.sees(2, b'#') {
                return Err(self.error(ParseError::ConditionIsComment));
            }
            let looks_behind = self.sees(3, b'!') || self.sees(3, b'=');
            if self.sees(2, b'\'') || self.sees(2, b'<') && self.peek_at(3).is_some() && !looks_behind {
                return Err(self.error(ParseError::ConditionIsNamed));
            }
        }
        Ok(Kind::Condition)
    }

    /// `(?i)` or `(?i:`
    fn inline_options(&mut self) -> Result<Option<Kind>, Exception> {
        self.position -= 1;
        if !self.frames.last().is_some_and(super::Frame::awaits_test) {
            self.scan_options();
        }
        match self.bump() {
            Some(unit) if unit == u16::from(b')') => Ok(None),
            Some(unit) if unit == u16::from(b':') => Ok(Some(Kind::Plain)),
            _ => Err(self.error(ParseError::GroupingConstruct)),
        }
    }

    /// Option letters after `(?`.
    pub(super) fn scan_options(&mut self) {
        let mut off = false;
        while let Some(unit) = self.peek() {
            match u8::try_from(unit).unwrap_or_default() {
                b'-' => off = true,
                b'+' => off = false,
                letter => {
                    let option = match letter | 0x20 {
                        b'i' => RegexOptions::IGNORE_CASE,
                        b'm' => RegexOptions::MULTILINE,
                        b'n' => RegexOptions::EXPLICIT_CAPTURE,
                        b's' => RegexOptions::SINGLELINE,
                        b'x' => RegexOptions::IGNORE_PATTERN_WHITESPACE,
                        _ => return,
                    };
                    self.options = if off { self.options.without(option) } else { self.options.with(option) };
                }
            }
            self.position += 1;
        }
    }
}
