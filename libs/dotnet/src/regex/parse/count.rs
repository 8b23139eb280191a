//! The first pass: which groups a pattern has.

use super::super::options::RegexOptions;
use super::{Parser, is_digit, is_word};
use crate::Exception;

impl Parser {
    /// Fills in `groups`. Unnamed groups are numbered from 1 by their parentheses, named ones after them by first appearance.
    pub(super) fn count_groups(&mut self) -> Result<(), Exception> {
        self.note_number(0, 0);
        let mut names: Vec<(String, usize)> = Vec::new();
        while let Some(unit) = self.peek() {
            let position = self.position;
            self.position += 1;
            match u8::try_from(unit).unwrap_or_default() {
                b'\\' if !self.at_end() => self.skip_backslash()?,
                b'#' if self.has(RegexOptions::IGNORE_PATTERN_WHITESPACE) => {
                    self.position -= 1;
                    self.blank()?;
                }
                b'[' => self.skip_set()?,
                b')' => {
                    if let Some(options) = self.options_stack.pop() {
                        self.options = options;
                    }
                }
                b'(' => self.count_group(position, &mut names)?,
                _ => {}
            }
        }
        for (name, position) in names {
            while self.noted(self.next_number) {
                self.next_number += 1;
            }
            let number = self.next_number;
            self.note_number(number, position);
            self.groups.names.push((name, number));
        }
        self.groups.numbers = self.first_positions.iter().map(|(number, _)| *number).collect();
        Ok(())
    }

    fn count_group(&mut self, position: usize, names: &mut Vec<(String, usize)>) -> Result<(), Exception> {
        if self.sees(0, b'?') && self.sees(1, b'#') {
            self.position -= 1;
            self.blank()?;
            self.ignore_next_paren = false;
            return Ok(());
        }
        self.options_stack.push(self.options);
        if !self.sees(0, b'?') {
            if !self.has(RegexOptions::EXPLICIT_CAPTURE) && !self.ignore_next_paren {
                self.note_number(self.next_number, position);
                self.next_number += 1;
            }
            self.ignore_next_paren = false;
            return Ok(());
        }
        self.position += 1;
        if (self.sees(0, b'<') || self.sees(0, b'\'')) && self.peek_at(1).is_some() {
            self.position += 1;
            let first = self.peek().unwrap_or_default();
            if is_digit(first) && first != u16::from(b'0') {
                let number = self.decimal()?;
                self.note_number(number, position);
            } else if is_word(first) && first != u16::from(b'0') {
                let name = self.name();
                if !names.iter().any(|(known, _)| *known == name) {
                    names.push((name, position));
                }
            }
        } else {
            self.scan_options();
            if self.sees(0, b')') {
                self.position += 1;
                self.options_stack.pop();
            } else if self.sees(0, b'(') {
                self.ignore_next_paren = true;
                return Ok(());
            }
        }
        self.ignore_next_paren = false;
        Ok(())
    }

    fn noted(&self, number: u32) -> bool {
        self.first_positions.binary_search_by_key(&number, |(known, _)| *known).is_ok()
    }

    fn note_number(&mut self, number: u32, position: usize) {
        if let Err(index) = self.first_positions.binary_search_by_key(&number, |(known, _)| *known) {
            self.first_positions.insert(index, (number, position));
        }
    }
}
