//! A place in a text that moves forward.

use crate::error::{Fault, Parsed};
use crate::limits;

/// Reads a text from left to right. All positions lie on boundaries of characters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    pub(crate) fn is_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Moves over bytes that have been looked at.
    pub(crate) fn advance(&mut self, bytes: usize) {
        let to = self.at.saturating_add(bytes).min(self.text.len());
        if self.text.is_char_boundary(to) {
            self.at = to;
        }
    }

    pub(crate) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    pub(crate) fn eat_while(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// White space, which forms encode as `+`; returns whether there was any.
    pub(crate) fn space(&mut self) -> bool {
        !self.eat_while(is_space).is_empty()
    }

    pub(crate) fn expect(&mut self, text: &str) -> Parsed<()> {
        if self.eat(text) { Ok(()) } else { Err(self.expected(&format!("`{text}`"))) }
    }

    /// An item of a list follows, behind a comma with or without white space around it.
    pub(crate) fn comma(&mut self) -> bool {
        let mut ahead = *self;
        ahead.space();
        let found = ahead.eat(",");
        if found {
            ahead.space();
            *self = ahead;
        }
        found
    }

    /// A closing parenthesis, behind white space or not.
    pub(crate) fn close(&mut self) -> Parsed<()> {
        let mut ahead = *self;
        ahead.space();
        if ahead.eat(")") {
            *self = ahead;
            return Ok(());
        }
        Err(ahead.expected("`)`"))
    }

    /// A simple identifier. `None`: none stands here.
    pub(crate) fn identifier(&mut self) -> Parsed<Option<&'a str>> {
        if !self.peek().is_some_and(is_leading) {
            return Ok(None);
        }
        let start = self.at;
        let name = self.eat_while(is_following);
        if name.chars().count() > limits::NAME_CHARS_MAX {
            return Err(Fault::new(start, format!("the name has more than {} characters", limits::NAME_CHARS_MAX)));
        }
        Ok(Some(name))
    }

    /// An identifier, or several with dots between them.
    pub(crate) fn qualified(&mut self) -> Parsed<Option<&'a str>> {
        let start = self.at;
        if self.identifier()?.is_none() {
            return Ok(None);
        }
        loop {
            let mut ahead = *self;
            if !ahead.eat(".") || ahead.identifier()?.is_none() {
                return Ok(Some(self.since(start)));
            }
            *self = ahead;
        }
    }

    /// A word between white space, in any case: an operator.
    pub(crate) fn operator<'w>(&mut self, words: &[&'w str]) -> Option<&'w str> {
        let mut ahead = *self;
        if !ahead.space() {
            return None;
        }
        let found = ahead.eat_while(|c| c.is_ascii_alphabetic());
        let word = words.iter().find(|word| word.eq_ignore_ascii_case(found))?;
        if !ahead.space() {
            return None;
        }
        *self = ahead;
        Some(word)
    }

    pub(crate) fn expected(&self, what: &str) -> Fault {
        match self.peek() {
            Some(found) => Fault::new(self.at, format!("{what} expected, not `{}`", found.escape_debug())),
            None => Fault::new(self.at, format!("{what} expected, but the text ends")),
        }
    }

    /// The text must end here.
    pub(crate) fn finish(&self) -> Parsed<()> {
        if self.is_end() { Ok(()) } else { Err(self.expected("the end")) }
    }
}

pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '+')
}

pub(crate) fn is_leading(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

/// Besides letters and digits: marks, connectors and format characters of the scripts that join letters with them.
pub(crate) fn is_following(c: char) -> bool {
    let is_mark = |c: char| matches!(c, '\u{300}'..='\u{36f}' | '\u{200c}'..='\u{200d}' | '\u{203f}'..='\u{2040}' | '\u{fe00}'..='\u{fe0f}');
    c == '_' || c.is_alphanumeric() || is_mark(c)
}

/// Whether a text is a simple identifier.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.chars().next().is_some_and(is_leading)
        && text.chars().all(is_following)
        && text.chars().count() <= limits::NAME_CHARS_MAX
}
