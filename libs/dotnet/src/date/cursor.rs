//! A place in a text, and the steps that all readers of dates take from it.

/// A place in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0 }
    }

    /// The whole text.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// How many UTF-16 units lie behind.
    pub(super) fn utf16_position(&self) -> usize {
        self.text.get(..self.at).unwrap_or_default().encode_utf16().count()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let found = self.peek()?;
        self.at += found.len_utf8();
        Some(found)
    }

    /// Steps over a character if it stands here.
    pub(super) fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.at += expected.len_utf8();
        }
        found
    }

    /// Steps over a text if it stands here, letter for letter.
    pub(super) fn eat_text(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    /// Whether an ASCII text stands here, whatever its case.
    pub(super) fn is_at_any_case(&self, expected: &str) -> bool {
        self.rest()
            .as_bytes()
            .get(..expected.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(expected.as_bytes()))
    }

    /// Steps over an ASCII text if it stands here, whatever its case.
    pub(super) fn eat_any_case(&mut self, expected: &str) -> bool {
        let found = self.is_at_any_case(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    /// Steps over an ASCII word if it stands here, whatever its case, and no letter follows.
    pub(super) fn eat_word(&mut self, expected: &str) -> bool {
        let before = *self;
        if self.eat_any_case(expected) && !self.peek().is_some_and(char::is_alphabetic) {
            return true;
        }
        *self = before;
        false
    }

    /// Steps over a run of one character; how long it was.
    pub(super) fn eat_run(&mut self, repeated: char) -> usize {
        let mut count = 0;
        while self.eat(repeated) {
            count += 1;
        }
        count
    }

    pub(super) fn skip_white(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
    }

    /// A digit, if one stands here.
    pub(super) fn digit(&mut self) -> Option<i32> {
        let digit = self.peek()?.to_digit(10)?;
        self.at += 1;
        i32::try_from(digit).ok()
    }

    /// Up to `most` digits as a number; `None`, and no step, if there are fewer than `least`. Saturates: no date has such numbers.
    pub(super) fn number(&mut self, least: usize, most: usize) -> Option<i32> {
        let before = *self;
        let (mut value, mut count) = (0_i32, 0);
        while count < most
            && let Some(digit) = self.digit()
        {
            value = value.saturating_mul(10).saturating_add(digit);
            count += 1;
        }
        if count < least {
            *self = before;
            return None;
        }
        Some(value)
    }
}

/// Why a quoted part of a format string could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QuoteError {
    /// No closing quote.
    Unclosed,
    /// A backslash with nothing behind it.
    LoneBackslash,
}

/// Reads the text behind an opening quote up to the closing one, resolving backslashes.
pub(super) fn quoted(format: &mut Cursor<'_>, quote: char, out: &mut String) -> Result<(), QuoteError> {
    while let Some(found) = format.next() {
        match found {
            '\\' => out.push(format.next().ok_or(QuoteError::LoneBackslash)?),
            _ if found == quote => return Ok(()),
            _ => out.push(found),
        }
    }
    Err(QuoteError::Unclosed)
}
