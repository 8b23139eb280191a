//! Patterns to trees: the grammar of .NET 8, whose errors point to the same offsets.
//!
//! Two passes as in .NET: the first counts groups, because a back reference may precede its group and because named groups are numbered
//! after all unnamed ones; the second builds the tree. Groups wait on a stack of frames, so only the tree's depth is bounded.

mod count;
mod error;
mod escape;
mod frame;
mod group;
mod quantifier;
mod set;

pub(super) use error::ParseError;

use super::class::{self, CharClass};
use super::limits::PATTERN_UNITS_MAX;
use super::options::RegexOptions;
use super::tree::{Assertion, Node, One};
use crate::{Exception, ExceptionType};
use frame::Frame;

/// What parsing a pattern gives.
pub(super) struct Pattern {
    pub(super) root: Node,
    pub(super) groups: Groups,
}

/// The groups of a pattern. A slot is the index of a group in the order of numbers; slot 0 is the whole match.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// The number of each slot, rising.
    pub(super) numbers: Vec<u32>,
    /// Names with their numbers.
    pub(super) names: Vec<(String, u32)>,
}

impl Groups {
    pub(super) fn slot(&self, number: u32) -> Option<u32> {
        self.numbers.binary_search(&number).ok().and_then(|slot| u32::try_from(slot).ok())
    }

    pub(super) fn slot_named(&self, name: &str) -> Option<u32> {
        let (_, number) = self.names.iter().find(|(known, _)| known == name)?;
        self.slot(*number)
    }

    /// The name of a slot: its number when it has none.
    pub(super) fn name(&self, slot: usize) -> String {
        let number = self.numbers.get(slot).copied().unwrap_or_default();
        let named = self.names.iter().find(|(_, of)| *of == number);
        named.map_or_else(|| number.to_string(), |(name, _)| name.clone())
    }
}

/// Parses a pattern.
pub(super) fn parse(pattern: &str, options: RegexOptions) -> Result<Pattern, Exception> {
    let units: Vec<u16> = pattern.encode_utf16().collect();
    if units.len() > PATTERN_UNITS_MAX {
        return Err(too_deep());
    }
    let mut parser = Parser::new(units, options);
    parser.count_groups()?;
    parser.restart(options);
    let root = parser.scan()?;
    Ok(Pattern { root, groups: parser.groups })
}

/// The exception of a pattern that is too large or too deep.
fn too_deep() -> Exception {
    let message = "Insufficient stack to continue executing the program safely. This can happen from having too many functions on the call \
                   stack or function on the stack using too much stack space.";
    Exception::new(ExceptionType::InsufficientExecutionStack, message)
}

/// The text that `Regex.Unescape` gives, piece by piece.
pub(super) struct Unescaping {
    parser: Parser,
    /// What the piece stands for.
    units: Vec<u16>,
}

impl Unescaping {
    /// Begins with the units of the whole text.
    pub(super) fn new(units: Vec<u16>) -> Unescaping {
        Unescaping { parser: Parser::new(units, RegexOptions::NONE), units: Vec::new() }
    }

    /// Adds what the next `count` units stand for, or some more. `false`: there are no more.
    pub(super) fn go_on(&mut self, count: usize, out: &mut String) -> Result<bool, Exception> {
        let end = self.parser.position.saturating_add(count);
        while let Some(unit) = self.parser.bump() {
            if unit != u16::from(b'\\') {
                self.units.push(unit);
            } else if !self.parser.at_end() {
                // A backslash at the end is dropped.
                self.units.push(self.parser.char_escape()?);
            }
            // Both halves of a pair go into one piece.
            if self.parser.position >= end && !matches!(self.units.last(), Some(0xD800..=0xDBFF)) {
                break;
            }
        }
        out.extend(char::decode_utf16(self.units.drain(..)).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)));
        Ok(!self.parser.at_end())
    }
}

struct Parser {
    pattern: Vec<u16>,
    position: usize,
    options: RegexOptions,
    options_stack: Vec<RegexOptions>,
    /// The number of the next unnamed group.
    next_number: u32,
    ignore_next_paren: bool,
    groups: Groups,
    /// Where each number first stands; ECMAScript back references look at it.
    first_positions: Vec<(u32, usize)>,
    frames: Vec<Frame>,
    /// The piece that a following quantifier applies to.
    unit: Option<Node>,
    set_depth: usize,
}

impl Parser {
    fn new(pattern: Vec<u16>, options: RegexOptions) -> Parser {
        Parser {
            pattern,
            position: 0,
            options,
            options_stack: Vec::new(),
            next_number: 1,
            ignore_next_paren: false,
            groups: Groups::default(),
            first_positions: Vec::new(),
            frames: Vec::new(),
            unit: None,
            set_depth: 0,
        }
    }

    fn restart(&mut self, options: RegexOptions) {
        self.position = 0;
        self.options = options;
        self.options_stack.clear();
        self.next_number = 1;
        self.ignore_next_paren = false;
    }

    #[allow(clippy::needless_pass_by_value, reason = "callers make it on the spot")]
    fn error(&self, error: ParseError) -> Exception {
        error.at(&self.pattern, self.position)
    }

    fn at_end(&self) -> bool {
        self.position >= self.pattern.len()
    }

    fn peek(&self) -> Option<u16> {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Option<u16> {
        self.pattern.get(self.position + ahead).copied()
    }

    fn sees(&self, ahead: usize, expected: u8) -> bool {
        self.peek_at(ahead) == Some(u16::from(expected))
    }

    fn bump(&mut self) -> Option<u16> {
        let unit = self.peek()?;
        self.position += 1;
        Some(unit)
    }

    /// Takes the next unit, which is taken even if it is not the expected one.
    fn takes(&mut self, expected: u8) -> bool {
        self.bump() == Some(u16::from(expected))
    }

    fn has(&self, option: RegexOptions) -> bool {
        self.options.has(option)
    }

    fn backward(&self) -> bool {
        self.has(RegexOptions::RIGHT_TO_LEFT)
    }

    /// White space and comments, where the options allow them.
    fn blank(&mut self) -> Result<(), Exception> {
        loop {
            let extended = self.has(RegexOptions::IGNORE_PATTERN_WHITESPACE);
            while extended && self.peek().is_some_and(is_space) {
                self.position += 1;
            }
            if extended && self.sees(0, b'#') {
                while self.peek().is_some_and(|unit| unit != u16::from(b'\n')) {
                    self.position += 1;
                }
            } else if self.sees(0, b'(') && self.sees(1, b'?') && self.sees(2, b'#') {
                while self.peek().is_some_and(|unit| unit != u16::from(b')')) {
                    self.position += 1;
                }
                if self.at_end() {
                    return Err(self.error(ParseError::UnterminatedComment));
                }
                self.position += 1;
            } else {
                return Ok(());
            }
        }
    }

    fn scan(&mut self) -> Result<Node, Exception> {
        self.frames.push(Frame::whole(self.backward()));
        let mut quantified = false;
        while !self.at_end() {
            let previous_quantified = quantified;
            quantified = false;
            self.blank()?;
            let start = self.position;
            self.skip_ordinary();
            let end = self.position;
            self.blank()?;
            let mut special = None;
            if let Some(unit) = self.peek()
                && is_special(unit)
            {
                quantified = is_quantifier(unit);
                special = Some(unit);
                self.position += 1;
            }
            let mut previous = previous_quantified;
            if start < end {
                previous = false;
                let plain = end - usize::from(quantified);
                self.add_literal(start, plain);
                if quantified {
                    self.unit = self.pattern.get(end - 1).map(|unit| self.single(*unit));
                }
            }
            let Some(special) = special else { continue };
            if self.special(special, previous)? {
                quantified = self.quantify()?;
            }
        }
        if self.frames.len() > 1 {
            return Err(self.error(ParseError::TooFewClosing));
        }
        self.close_frame()
    }

    /// Moves behind the units that stand for themselves.
    fn skip_ordinary(&mut self) {
        let extended = self.has(RegexOptions::IGNORE_PATTERN_WHITESPACE);
        while let Some(unit) = self.peek() {
            let stops = is_special(unit) || extended && (is_space(unit) || unit == u16::from(b'#'));
            if stops && (unit != u16::from(b'{') || self.at_true_quantifier()) {
                return;
            }
            self.position += 1;
        }
    }

    /// Handles a special unit. `false`: no quantifier can follow.
    fn special(&mut self, special: u16, previous_quantified: bool) -> Result<bool, Exception> {
        match u8::try_from(special).unwrap_or_default() {
            b'[' => {
                let set = self.set(self.has(RegexOptions::IGNORE_CASE))?;
                self.unit = Some(self.one(One::Class(Box::new(set))));
            }
            b'(' => {
                self.open_group()?;
                return Ok(false);
            }
            b'|' => {
                self.alternate();
                return Ok(false);
            }
            b')' => return self.close_group(),
            b'\\' => {
                if self.at_end() {
                    return Err(self.error(ParseError::EndingBackslash));
                }
                self.unit = Some(self.backslash()?);
            }
            b'^' => self.unit = Some(Node::Assertion(self.by_multiline(Assertion::LineStart, Assertion::Beginning))),
            b'$' => {
                self.unit = Some(Node::Assertion(self.by_multiline(Assertion::LineEnd, Assertion::EndOrLastNewline)));
            }
            b'.' => {
                let any = if self.has(RegexOptions::SINGLELINE) { One::Any } else { One::NotNewline };
                self.unit = Some(self.one(any));
            }
            _ if self.unit.is_none() => {
                let quantifier = char::from(u8::try_from(special).unwrap_or_default());
                return Err(self.error(if previous_quantified {
                    ParseError::NestedQuantifier(quantifier)
                } else {
                    ParseError::QuantifierAfterNothing(quantifier)
                }));
            }
            _ => self.position -= 1,
        }
        Ok(true)
    }

    fn by_multiline(&self, multiline: Assertion, otherwise: Assertion) -> Assertion {
        if self.has(RegexOptions::MULTILINE) { multiline } else { otherwise }
    }

    fn one(&self, one: One) -> Node {
        Node::Unit { one, backward: self.backward() }
    }

    /// One unit that stands for itself.
    fn single(&self, unit: u16) -> Node {
        if !self.has(RegexOptions::IGNORE_CASE) {
            return self.one(One::Is(unit));
        }
        let mut same: Vec<u16> = super::fold::equivalents(unit).to_vec();
        same.push(unit);
        same.sort_unstable();
        same.dedup();
        self.one(match same.as_slice() {
            [only] => One::Is(*only),
            [first, second] => One::Either(*first, *second),
            _ => {
                let ranges: Vec<(u16, u16)> = same.iter().map(|unit| (*unit, *unit)).collect();
                One::Class(Box::new(CharClass::of_ranges(&ranges, false)))
            }
        })
    }

    /// Adds the units of the pattern from `start` to `end`.
    fn add_literal(&mut self, start: usize, end: usize) {
        let units: Vec<u16> = self.pattern.get(start..end).unwrap_or_default().to_vec();
        if units.is_empty() {
            return;
        }
        let backward = self.backward();
        if units.len() > 1 && !self.has(RegexOptions::IGNORE_CASE) {
            self.add(Node::Literal { units, backward });
            return;
        }
        for unit in units {
            let node = self.single(unit);
            self.add(node);
        }
    }

    fn add(&mut self, node: Node) {
        if let Some(frame) = self.frames.last_mut() {
            frame.parts.push(node);
        }
    }
}

fn is_space(unit: u16) -> bool {
    matches!(unit, 0x09..=0x0d | 0x20)
}

fn is_special(unit: u16) -> bool {
    u8::try_from(unit).is_ok_and(|unit| b"\\|()[{*+?^$.".contains(&unit))
}

fn is_quantifier(unit: u16) -> bool {
    u8::try_from(unit).is_ok_and(|unit| b"{*+?".contains(&unit))
}

fn is_digit(unit: u16) -> bool {
    (0x30..=0x39).contains(&unit)
}

fn is_word(unit: u16) -> bool {
    class::is_boundary_word(unit)
}
