//! Finds the end of a policy expression: the bracket that balances the one after `@`, with C#'s strings, characters, interpolation and
//! comments understood. Nothing is parsed beyond that.
//!
//! A CDATA section may begin between two pieces of code (`@("a" + <![CDATA["<b>"]]>)`): its marks are XML's, and what it holds is code as
//! written. Within a string or a comment the same characters are that string's or comment's: `@("<![CDATA[" + body + "]]>")` makes a section.

use std::ops::Range;

use super::entity;
use crate::expression::directive::Directives;
use crate::limits;

/// Whether entity references count as the characters they name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Entities,
    Raw,
}

/// Why no end was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unbalanced {
    /// Where it went wrong.
    pub(super) offset: usize,
    pub(super) what: What,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A bracket is never closed.
    Open,
    /// A closing bracket of the wrong kind.
    Mismatch,
    /// A string or character literal does not end on its line.
    Literal,
    /// More nesting than allowed.
    Depth,
    /// A `#if` is never ended.
    Directive,
}

impl What {
    pub(super) fn describe(self) -> &'static str {
        match self {
            What::Open => "a bracket of the expression is never closed",
            What::Mismatch => "a closing bracket of the expression does not match the one that was opened",
            What::Literal => "a string or character literal of the expression does not end",
            What::Depth => "the expression is nested too deeply",
            What::Directive => "a preprocessor directive of the expression is never ended",
        }
    }
}

/// An expression that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extent {
    /// Offsets of the code between the brackets.
    pub(super) code: Range<usize>,
    /// The offset behind the last bracket, and behind the CDATA section that it ends.
    pub(super) end: usize,
    /// Offsets of what the CDATA sections in it hold, in order, without their marks.
    pub(super) sections: Vec<Range<usize>>,
}

/// The expression whose `@` stands at `start`.
pub(super) fn extent(text: &str, start: usize, encoding: Encoding) -> Result<Extent, Unbalanced> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        position: start + 1,
        encoding,
        sections: Vec::new(),
        is_section_open: false,
        directives: Directives::default(),
        is_line_start: false,
        holes: 0,
    };
    let closer = if scanner.next() == Some(b'{') { b'}' } else { b')' };
    scanner.is_line_start = true;
    let code_end = scanner.code(closer, 0)?;
    let end = scanner.behind_section(text);
    Ok(Extent { code: start + 2..code_end, end, sections: scanner.sections })
}

struct Scanner<'a> {
    bytes: &'a [u8],
    position: usize,
    encoding: Encoding,
    /// The sections entered so far; only the last one can go on.
    sections: Vec<Range<usize>>,
    /// A section was begun that is never ended: what looks like one from there on is none.
    is_section_open: bool,
    directives: Directives,
    /// Nothing but space was passed on the line so far.
    is_line_start: bool,
    /// Holes of interpolated strings around here.
    holes: usize,
}

/// The marks of a CDATA section.
pub(super) const SECTION: (&str, &str) = ("<![CDATA[", "]]>");

/// Stands for every character that is not ASCII.
const OTHER: u8 = 0x80;

impl Scanner<'_> {
    /// The character at `offset` and the offset behind it. The end mark of a section counts to the character behind it.
    fn at(&self, offset: usize) -> Option<(u8, usize)> {
        let section_end = self.sections.last().map_or(0, |section| section.end);
        let offset = if offset == section_end && offset > 0 { offset + SECTION.1.len() } else { offset };
        let byte = *self.bytes.get(offset)?;
        if byte == b'&'
            && self.encoding == Encoding::Entities
            && offset >= section_end
            && let Some((character, length)) = entity::reference(&self.bytes[offset..])
        {
            let ascii = u8::try_from(character).ok().filter(u8::is_ascii).unwrap_or(OTHER);
            return Some((ascii, offset + length));
        }
        Some((byte, offset + 1))
    }

    fn next(&mut self) -> Option<u8> {
        let (character, behind) = self.at(self.position)?;
        self.position = behind;
        self.is_line_start =
            matches!(character, b'\n' | b'\r') || self.is_line_start && character.is_ascii_whitespace();
        Some(character)
    }

    /// The next two characters, without moving.
    fn peek(&self) -> (Option<u8>, Option<u8>) {
        match self.at(self.position) {
            None => (None, None),
            Some((first, behind)) => (Some(first), self.at(behind).map(|(second, _)| second)),
        }
    }

    /// Moves on if the next character is `wanted`.
    fn eat(&mut self, wanted: u8) -> bool {
        match self.at(self.position) {
            Some((character, behind)) if character == wanted => {
                self.position = behind;
                true
            }
            _ => false,
        }
    }

    fn error<T>(&self, offset: usize, what: What) -> Result<T, Unbalanced> {
        Err(Unbalanced { offset: offset.min(self.bytes.len()), what })
    }

    /// Enters the CDATA section whose start mark, but for its first character, stands at the current position. `false`: there is none.
    fn enter_section(&mut self) -> bool {
        let section_end = self.sections.last().map_or(0, |section| section.end);
        let Some(behind) =
            self.bytes.get(self.position..).and_then(|rest| rest.strip_prefix(&SECTION.0.as_bytes()[1..]))
        else {
            return false;
        };
        if self.is_section_open || self.position <= section_end {
            return false;
        }
        let start = self.bytes.len() - behind.len();
        let Some(length) = memchr::memmem::find(behind, SECTION.1.as_bytes()) else {
            self.is_section_open = true;
            return false;
        };
        self.sections.push(start..start + length);
        self.position = start;
        true
    }

    /// The position, or that behind the end mark when only space stands before it.
    fn behind_section(&self, text: &str) -> usize {
        let rest = self.sections.last().and_then(|section| text.get(self.position..section.end));
        match rest {
            Some(rest) if rest.trim().is_empty() => self.position + rest.len() + SECTION.1.len(),
            _ => self.position,
        }
    }

    /// Code up to and including `closer`; gives where that stands.
    fn code(&mut self, closer: u8, depth: usize) -> Result<usize, Unbalanced> {
        let start = self.position;
        if depth > limits::EXPRESSION_DEPTH_MAX {
            return self.error(start, What::Depth);
        }
        loop {
            let offset = self.position;
            let was_line_start = self.is_line_start;
            let Some(character) = self.next() else { return self.error(start, What::Open) };
            match character {
                b'#' if was_line_start && self.holes == 0 => self.directive(offset)?,
                _ if character == closer => return Ok(offset),
                b'(' | b'[' | b'{' => self.bracket(character, depth)?,
                b')' | b']' | b'}' => return self.error(offset, What::Mismatch),
                b'<' if self.enter_section() => {}
                _ => self.token(character, offset, depth)?,
            }
        }
    }

    /// A preprocessor line behind its `#`, and the lines that it makes no code. Mistakes in it are for the compiler to tell.
    fn directive(&mut self, offset: usize) -> Result<(), Unbalanced> {
        loop {
            let line = self.line();
            let _ = self.directives.line(&line);
            while self.directives.is_skipping() {
                match self.next() {
                    None => return self.error(offset, What::Directive),
                    Some(b'#') => break,
                    Some(character) if character.is_ascii_whitespace() => {}
                    Some(_) => drop(self.line()),
                }
            }
            if !self.directives.is_skipping() {
                return Ok(());
            }
        }
    }

    /// The rest of the line; characters that are not ASCII are no part of any directive's meaning.
    fn line(&mut self) -> String {
        let mut line = String::new();
        while let Some(character) = self.next() {
            if matches!(character, b'\n' | b'\r') {
                break;
            }
            line.push(if character.is_ascii() { char::from(character) } else { char::REPLACEMENT_CHARACTER });
        }
        line
    }

    /// What stands behind an opening bracket, up to and including the one that closes it.
    fn bracket(&mut self, opener: u8, depth: usize) -> Result<(), Unbalanced> {
        let closer = match opener {
            b'(' => b')',
            b'[' => b']',
            _ => b'}',
        };
        self.code(closer, depth + 1).map(|_| ())
    }

    /// A literal or comment that starts with `character`; any other character stands for itself.
    fn token(&mut self, character: u8, offset: usize, depth: usize) -> Result<(), Unbalanced> {
        match (character, self.peek()) {
            (b'"', _) => self.string(offset),
            (b'\'', _) => self.character(offset),
            (b'@', (Some(b'"'), _)) => {
                self.next();
                self.verbatim(offset)
            }
            (b'$', (Some(b'"'), _)) => {
                self.next();
                self.interpolated(offset, false, depth)
            }
            (b'$', (Some(b'@'), Some(b'"'))) | (b'@', (Some(b'$'), Some(b'"'))) => {
                self.next();
                self.next();
                self.interpolated(offset, true, depth)
            }
            (b'/', (Some(b'/'), _)) => {
                while let Some(character) = self.next() {
                    if character == b'\n' {
                        break;
                    }
                }
                Ok(())
            }
            (b'/', (Some(b'*'), _)) => self.block_comment(offset),
            _ => Ok(()),
        }
    }

    fn block_comment(&mut self, offset: usize) -> Result<(), Unbalanced> {
        self.next();
        loop {
            match self.next() {
                None => return self.error(offset, What::Literal),
                Some(b'*') if self.eat(b'/') => return Ok(()),
                Some(_) => {}
            }
        }
    }

    fn string(&mut self, offset: usize) -> Result<(), Unbalanced> {
        loop {
            match self.next() {
                None | Some(b'\n') => return self.error(offset, What::Literal),
                Some(b'\\') => {
                    self.next();
                }
                Some(b'"') => return Ok(()),
                Some(_) => {}
            }
        }
    }

    /// Also accepts several characters between the quotes: that is an error for the C# compiler, not for the reader.
    fn character(&mut self, offset: usize) -> Result<(), Unbalanced> {
        loop {
            match self.next() {
                None | Some(b'\n') => return self.error(offset, What::Literal),
                Some(b'\\') => {
                    self.next();
                }
                Some(b'\'') => return Ok(()),
                Some(_) => {}
            }
        }
    }

    fn verbatim(&mut self, offset: usize) -> Result<(), Unbalanced> {
        loop {
            match self.next() {
                None => return self.error(offset, What::Literal),
                Some(b'"') if !self.eat(b'"') => return Ok(()),
                Some(_) => {}
            }
        }
    }

    fn interpolated(&mut self, offset: usize, verbatim: bool, depth: usize) -> Result<(), Unbalanced> {
        loop {
            match self.next() {
                None => return self.error(offset, What::Literal),
                Some(b'\n') if !verbatim => return self.error(offset, What::Literal),
                Some(b'\\') if !verbatim => {
                    self.next();
                }
                Some(b'"') if !(verbatim && self.eat(b'"')) => return Ok(()),
                Some(b'{') if !self.eat(b'{') => {
                    self.holes += 1;
                    self.hole(depth + 1)?;
                    self.holes -= 1;
                }
                Some(_) => {}
            }
        }
    }

    /// The inside of `{expression,alignment:format}`. A conditional needs parentheses in C#, so a colon here starts the format.
    fn hole(&mut self, depth: usize) -> Result<(), Unbalanced> {
        let start = self.position;
        if depth > limits::EXPRESSION_DEPTH_MAX {
            return self.error(start, What::Depth);
        }
        loop {
            let offset = self.position;
            let Some(character) = self.next() else { return self.error(start, What::Open) };
            match character {
                b'}' => return Ok(()),
                b'(' | b'[' | b'{' => self.bracket(character, depth)?,
                b')' | b']' => return self.error(offset, What::Mismatch),
                b':' if !self.eat(b':') => return self.format(offset),
                _ => self.token(character, offset, depth)?,
            }
        }
    }

    fn format(&mut self, offset: usize) -> Result<(), Unbalanced> {
        loop {
            match self.next() {
                None | Some(b'"') => return self.error(offset, What::Literal),
                Some(b'}') => return Ok(()),
                Some(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
