//! `Regex`: a compiled pattern.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::capture::{Input, Match, Matches};
use super::finder::Finder;
use super::limits::{CACHE_MAX, INPUT_UNITS_MAX};
use super::machine::{Steps, timeout};
use super::options::RegexOptions;
use super::parse::{self, Groups, Unescaping};
use super::program::{self, Program};
use crate::rope::Rope;
use crate::work::Paced;
use crate::{Exception, Text};

/// A compiled pattern with its options.
#[derive(Debug)]
pub struct Regex {
    pattern: Text,
    options: RegexOptions,
    program: Program,
    pub(super) groups: Groups,
}

impl Regex {
    /// Compiles a pattern. `RegexParseException` tells what is wrong with it.
    pub fn new(pattern: &str, options: RegexOptions) -> Result<Arc<Regex>, Exception> {
        let options = RegexOptions::from_bits(options.bits())?;
        let parsed = parse::parse(pattern, options)?;
        let program = program::compile(&parsed.root);
        Ok(Arc::new(Regex { pattern: Text::new(pattern), options, program, groups: parsed.groups }))
    }

    /// The compiled pattern, which the thread keeps for the next time: for the static methods of `Regex`.
    pub fn cached(pattern: &str, options: RegexOptions) -> Result<Arc<Regex>, Exception> {
        thread_local! {
            static CACHE: RefCell<HashMap<(Text, RegexOptions), Arc<Regex>>> = RefCell::new(HashMap::new());
        }
        let key = (Text::new(pattern), options);
        if let Some(regex) = CACHE.with_borrow(|cache| cache.get(&key).cloned()) {
            return Ok(regex);
        }
        let regex = Regex::new(pattern, options)?;
        CACHE.with_borrow_mut(|cache| {
            if cache.len() >= CACHE_MAX {
                cache.clear();
            }
            cache.insert(key, regex.clone());
        });
        Ok(regex)
    }

    /// The pattern as given; also `ToString()`.
    #[must_use]
    pub fn pattern(&self) -> &Text {
        &self.pattern
    }

    /// `Options`
    #[must_use]
    pub fn options(&self) -> RegexOptions {
        self.options
    }

    /// `RightToLeft`
    #[must_use]
    pub fn right_to_left(&self) -> bool {
        self.options.has(RegexOptions::RIGHT_TO_LEFT)
    }

    /// `GetGroupNumbers()`
    #[must_use]
    pub fn group_numbers(&self) -> &[u32] {
        &self.groups.numbers
    }

    /// `GetGroupNames()`
    #[must_use]
    pub fn group_names(&self) -> Vec<String> {
        (0..self.groups.numbers.len()).map(|slot| self.groups.name(slot)).collect()
    }

    /// `GroupNumberFromName`; `None` is -1.
    #[must_use]
    pub fn group_number(&self, name: &str) -> Option<u32> {
        self.slot_named(name).and_then(|slot| self.groups.numbers.get(slot).copied())
    }

    /// The slot of a group by its name, or by its number in decimal.
    pub(super) fn slot_named(&self, name: &str) -> Option<usize> {
        let slot = self.groups.slot_named(name).or_else(|| {
            let plain = name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
            self.groups.slot(name.parse().ok().filter(|_| plain)?)
        });
        slot.map(|slot| slot as usize)
    }

    /// `IsMatch(input)`
    pub fn is_match(self: &Arc<Self>, input: &Text, steps: &mut Steps) -> Result<bool, Exception> {
        self.find(input, steps).map(|found| found.success())
    }

    /// `Match(input)`: the first match, or a failed one.
    pub fn find(self: &Arc<Self>, input: &Text, steps: &mut Steps) -> Result<Match, Exception> {
        Finder::new(self, input, None)?.first(steps)
    }

    /// `Match(input, startat)`, with a position in UTF-16 units.
    pub fn find_at(self: &Arc<Self>, input: &Text, start: i32, steps: &mut Steps) -> Result<Match, Exception> {
        Finder::new(self, input, Some(start))?.first(steps)
    }

    /// `Match(input, beginning, length)`: a match within a part of the input that counts as the whole.
    pub fn find_within(
        self: &Arc<Self>,
        input: &Text,
        beginning: i32,
        length: i32,
        steps: &mut Steps,
    ) -> Result<Match, Exception> {
        let whole = Input::new(input.clone())?;
        let from = checked_start(&whole, beginning, "beginning")?;
        let to = usize::try_from(length).ok().map(|length| from + length).filter(|to| *to <= whole.units.len());
        let to = to.ok_or_else(|| {
            Exception::argument_out_of_range("length", "Length cannot be less than 0 or exceed input length.")
        })?;
        let part = Arc::new(whole.part(from, to)?);
        let start = part.beginning(self.right_to_left());
        Finder::within(self, part, start).first(steps)
    }

    /// `Matches(input)`
    pub fn matches(self: &Arc<Self>, input: &Text, steps: &mut Steps) -> Result<Matches, Exception> {
        Finder::new(self, input, None)?.collect(usize::MAX, steps)
    }

    /// `Matches(input, startat)`
    pub fn matches_at(self: &Arc<Self>, input: &Text, start: i32, steps: &mut Steps) -> Result<Matches, Exception> {
        Finder::new(self, input, Some(start))?.collect(usize::MAX, steps)
    }

    pub(super) fn program(&self) -> &Program {
        &self.program
    }

    /// `Regex.Escape(text)`
    #[must_use]
    pub fn escape(text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 8);
        let mut start = 0;
        // What is escaped is one byte, which no other character has in it.
        for (index, byte) in text.bytes().enumerate() {
            let escaped = match byte {
                b'\n' => 'n',
                b'\r' => 'r',
                b'\t' => 't',
                b'\x0c' => 'f',
                b' ' | b'#' | b'$' | b'(' | b')' | b'*' | b'+' | b'.' | b'?' | b'[' | b'\\' | b'^' | b'{' | b'|' => {
                    char::from(byte)
                }
                _ => continue,
            };
            out.push_str(text.get(start..index).unwrap_or_default());
            out.push('\\');
            out.push(escaped);
            start = index + 1;
        }
        out.push_str(text.get(start..).unwrap_or_default());
        out
    }

    /// `Regex.Escape(text)` in pieces.
    #[must_use]
    pub fn escaping(text: Text) -> Paced<Text> {
        /// Bytes of a piece.
        const PIECE: usize = 16 * 1024;
        Paced::new(|pace| async move {
            let mut escaped = Rope::<String>::default();
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let piece;
                (piece, rest) = rest.split_at(rest.ceil_char_boundary(PIECE));
                // Up to ten nanoseconds a byte.
                pace.take(piece.len() as u64).await;
                escaped.end.push_str(&Regex::escape(piece));
                escaped.cut();
            }
            escaped.join(&pace).await.into()
        })
    }

    /// `Regex.Unescape(text)`
    ///
    /// # Errors
    /// `RegexParseException`.
    pub fn unescape(text: &str) -> Result<String, Exception> {
        let mut out = String::with_capacity(text.len());
        Unescaping::new(text.encode_utf16().collect()).go_on(usize::MAX, &mut out)?;
        Ok(out)
    }

    /// The same in pieces.
    #[must_use]
    pub fn unescaping(text: Text) -> Paced<Result<Text, Exception>> {
        /// Bytes or units of a piece, each of which takes less than ten nanoseconds.
        const PIECE: usize = 16 * 1024;
        Paced::new(|pace| async move {
            pace.take_bytes(text.len() * size_of::<u16>());
            let mut units = Vec::with_capacity(text.len());
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let piece;
                (piece, rest) = rest.split_at(rest.ceil_char_boundary(PIECE));
                pace.take(piece.len() as u64).await;
                units.extend(piece.encode_utf16());
            }
            drop(text);
            let mut unescaping = Unescaping::new(units);
            let mut unescaped = Rope::<String>::default();
            loop {
                pace.take(PIECE as u64).await;
                let is_more = unescaping.go_on(PIECE, &mut unescaped.end)?;
                unescaped.cut();
                if !is_more {
                    return Ok(unescaped.join(&pace).await.into());
                }
            }
        })
    }
}

/// A start position inside the input.
pub(super) fn checked_start(input: &Input, start: i32, parameter: &str) -> Result<usize, Exception> {
    let valid = usize::try_from(start).ok().filter(|start| *start <= input.units.len());
    valid.ok_or_else(|| {
        let message = if parameter == "startat" {
            "Start index cannot be less than 0 or greater than input length."
        } else {
            "Index was out of range. Must be non-negative and less than or equal to the size of the collection."
        };
        Exception::argument_out_of_range(parameter, message)
    })
}

/// Refuses inputs whose positions do not fit.
pub(super) fn checked_length(units: usize) -> Result<(), Exception> {
    if units > INPUT_UNITS_MAX { Err(timeout()) } else { Ok(()) }
}
