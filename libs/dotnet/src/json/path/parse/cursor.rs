//! The place in the path.

use super::{Parser, json, out_of_bounds};
use crate::Exception;

impl Parser {
    pub(super) fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    pub(super) fn current(&self) -> Result<char, Exception> {
        self.peek().ok_or_else(out_of_bounds)
    }

    pub(super) fn ensure(&self, message: &'static str) -> Result<(), Exception> {
        if self.at < self.text.len() { Ok(()) } else { Err(json(message)) }
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.peek() == Some(' ') {
            self.at += 1;
        }
    }

    pub(super) fn take(&mut self, word: &str) -> bool {
        let length = word.chars().count();
        let found = self.text.get(self.at..self.at + length).is_some_and(|text| text.iter().copied().eq(word.chars()));
        if found {
            self.at += length;
        }
        found
    }

    pub(super) fn slice(&self, start: usize) -> String {
        self.text.get(start..self.at).unwrap_or_default().iter().collect()
    }
}
