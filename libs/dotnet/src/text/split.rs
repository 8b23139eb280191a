//! `Split`: by characters or texts, with a count and options, in pieces.

use super::trim::trim;
use crate::work::Work;
use crate::{Exception, ExceptionType, Text};

/// `System.StringSplitOptions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SplitOptions {
    /// Leave empty parts out.
    pub remove_empty: bool,
    /// Trim white space off every part, before it is found empty.
    pub trim: bool,
}

impl SplitOptions {
    /// The options of this value: 1 removes, 2 trims.
    ///
    /// # Errors
    /// `ArgumentException` for other bits.
    pub fn from_value(value: i64) -> Result<SplitOptions, Exception> {
        if value & !3 != 0 {
            return Err(Exception::argument("options", "Value of flags is invalid."));
        }
        Ok(SplitOptions { remove_empty: value & 1 != 0, trim: value & 2 != 0 })
    }

    fn apply(self, part: &str) -> Option<&str> {
        let part = if self.trim { trim(part, &[]) } else { part };
        (!self.remove_empty || !part.is_empty()).then_some(part)
    }
}

/// What stands between parts.
#[derive(Debug, Clone)]
pub enum Separators {
    /// `Split(char[], …)`: none are white space.
    Chars(Vec<u16>),
    /// `Split(string[], …)`: none are white space; empty ones split nothing. Where several stand in one place, the first of the list wins.
    Texts(Vec<Text>),
}

/// A `Split` in pieces.
#[derive(Debug)]
pub struct Splitting {
    text: Text,
    separators: Separators,
    /// The bytes that separators begin with, and how many bytes all of them have.
    firsts: Vec<u8>,
    separator_bytes: usize,
    /// Most parts.
    limit: usize,
    options: SplitOptions,
    /// Where the part at hand begins, and where the next separator is looked for.
    start: usize,
    at: usize,
    parts: Vec<Text>,
    bytes: usize,
}

/// Steps for a part, beside those for copying it.
const PART_STEPS: u64 = 3;
/// Bytes of a part that are copied in one step.
const COPIED_BYTES_PER_STEP: u64 = 16;
/// Bytes that are looked through for a separator at once.
const WINDOW: usize = 16 * 1024;
/// Bytes that are looked through in one step: for bytes, and for characters.
const BYTES_PER_STEP: u64 = 64;
const CHAR_BYTES_PER_STEP: u64 = 6;
/// What a part takes beside its bytes.
const PART_BYTES: usize = 2 * size_of::<Text>();

/// What was found in one place.
enum Found {
    Separator(usize, usize),
    /// Nothing up to there.
    Nothing(usize),
}

impl Splitting {
    /// A `Split` that has not begun.
    ///
    /// # Errors
    /// `ArgumentOutOfRangeException` for a negative count.
    pub fn new(text: &Text, separators: Separators, count: i32, options: SplitOptions) -> Result<Splitting, Exception> {
        let Ok(limit) = usize::try_from(count) else {
            let message = format!(
                "count ('{count}') must be a non-negative value. (Parameter 'count')\nActual value was {count}."
            );
            return Err(Exception::new(ExceptionType::ArgumentOutOfRange, message));
        };
        let separators = match separators {
            Separators::Texts(texts) if texts.is_empty() => Separators::Chars(Vec::new()),
            other => other,
        };
        let (mut firsts, separator_bytes) = match &separators {
            Separators::Texts(texts) => (
                texts.iter().filter_map(|text| text.bytes().next()).collect(),
                texts.iter().map(|text| text.len()).sum(),
            ),
            Separators::Chars(chars) => {
                // Characters that are one byte each are looked for as bytes.
                let bytes = chars.iter().map(|unit| u8::try_from(*unit).ok().filter(u8::is_ascii));
                (bytes.collect::<Option<Vec<u8>>>().unwrap_or_default(), 0)
            }
        };
        firsts.sort_unstable();
        firsts.dedup();
        let text = text.clone();
        Ok(Splitting {
            text,
            separators,
            firsts,
            separator_bytes,
            limit,
            options,
            start: 0,
            at: 0,
            parts: Vec::new(),
            bytes: 0,
        })
    }

    /// Looks for the next separator, in a part of the text if it is long.
    fn find(&self, steps: &mut u64) -> Found {
        let bytes = self.text.as_bytes();
        let window = bytes.get(self.at..bytes.len().min(self.at.saturating_add(WINDOW))).unwrap_or_default();
        match &self.separators {
            Separators::Chars(chars) if chars.is_empty() || self.firsts.is_empty() => self.find_char(chars, steps),
            Separators::Chars(_) => {
                let found = first_of(window, &self.firsts);
                take(steps, found.unwrap_or(window.len()), BYTES_PER_STEP);
                match found {
                    Some(offset) => Found::Separator(self.at + offset, self.at + offset + 1),
                    None => Found::Nothing(self.at + window.len()),
                }
            }
            Separators::Texts(texts) => {
                // Where one may begin. No byte that begins a character stands inside of one.
                let candidate = first_of(window, &self.firsts);
                take(steps, candidate.unwrap_or(window.len()), BYTES_PER_STEP);
                let Some(offset) = candidate else { return Found::Nothing(self.at + window.len()) };
                let start = self.at + offset;
                // Each may be compared to its end.
                *steps = steps.saturating_sub(
                    (1 + texts.len() as u64 / 4).saturating_add(self.separator_bytes as u64 / BYTES_PER_STEP),
                );
                let rest = bytes.get(start..).unwrap_or_default();
                match texts.iter().find(|text| !text.is_empty() && rest.starts_with(text.as_bytes())) {
                    Some(found) => Found::Separator(start, start + found.len()),
                    None => Found::Nothing(start + 1),
                }
            }
        }
    }

    fn find_char(&self, chars: &[u16], steps: &mut u64) -> Found {
        let is_separator = |c: char| {
            if chars.is_empty() {
                c.is_whitespace()
            } else {
                u16::try_from(u32::from(c)).is_ok_and(|unit| chars.contains(&unit))
            }
        };
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut looked_at = 0;
        for c in rest.chars() {
            let end = looked_at + c.len_utf8();
            if is_separator(c) {
                take(steps, end.saturating_mul(1 + chars.len() / 8), CHAR_BYTES_PER_STEP);
                return Found::Separator(self.at + looked_at, self.at + end);
            }
            looked_at = end;
            if looked_at >= WINDOW {
                break;
            }
        }
        take(steps, looked_at.saturating_mul(1 + chars.len() / 8), CHAR_BYTES_PER_STEP);
        Found::Nothing(self.at + looked_at)
    }

    fn part(&self, end: usize) -> Option<&str> {
        self.options.apply(self.text.get(self.start..end).unwrap_or_default())
    }

    /// A part as a text; the whole is the text that was split.
    fn own(&self, part: &str) -> Text {
        if part.len() == self.text.len() { self.text.clone() } else { Text::new(part) }
    }

    /// Adds what is left and gives all parts.
    fn finish(&mut self) -> Vec<Text> {
        if let Some(part) = self.part(self.text.len()).map(|part| self.own(part)) {
            self.bytes += part.len() + PART_BYTES;
            self.parts.push(part);
        }
        std::mem::take(&mut self.parts)
    }
}

fn take(steps: &mut u64, bytes: usize, bytes_per_step: u64) {
    *steps = steps.saturating_sub(bytes as u64 / bytes_per_step);
}

fn first_of(bytes: &[u8], firsts: &[u8]) -> Option<usize> {
    match firsts {
        [] => None,
        [one] => memchr::memchr(*one, bytes),
        [one, two] => memchr::memchr2(*one, *two, bytes),
        [one, two, three] => memchr::memchr3(*one, *two, *three, bytes),
        all => bytes.iter().position(|byte| all.contains(byte)),
    }
}

impl Work for Splitting {
    type Output = Vec<Text>;

    fn step(&mut self, steps: &mut u64) -> Option<Vec<Text>> {
        if self.limit == 0 {
            return Some(Vec::new());
        }
        if self.limit == 1 {
            return Some(self.finish());
        }
        while self.at < self.text.len() {
            match self.find(steps) {
                Found::Nothing(at) => self.at = at,
                Found::Separator(end, next) => {
                    let part = self.part(end).map(|part| self.own(part));
                    // The last part is everything that is left, but does not start with parts that would be left out.
                    if self.parts.len() + 1 >= self.limit && (part.is_some() || !self.options.remove_empty) {
                        return Some(self.finish());
                    }
                    *steps = steps.saturating_sub(PART_STEPS + (end - self.start) as u64 / COPIED_BYTES_PER_STEP);
                    if let Some(part) = part {
                        self.bytes += part.len() + PART_BYTES;
                        self.parts.push(part);
                    }
                    self.start = next;
                    self.at = next;
                }
            }
            if *steps == 0 {
                return None;
            }
        }
        Some(self.finish())
    }

    fn bytes_taken(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests;
