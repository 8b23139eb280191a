//! `$search`: words and phrases with `AND`, `OR` and `NOT`.

use crate::error::{Fault, Parsed};
use crate::expression::Parser;

impl Parser<'_> {
    pub(super) fn search(&mut self) -> Parsed<()> {
        self.cursor.space();
        // What somebody is still typing, in single quotes.
        if self.cursor.peek() == Some('\'') {
            return crate::literal::string(&mut self.cursor).map(|_| ());
        }
        self.nested(Self::search_terms)
    }

    /// Terms one after another. `AND`, `OR` and `NOT` are operators where a term follows, and words elsewhere, so any sequence will do.
    fn search_terms(&mut self) -> Parsed<()> {
        loop {
            self.search_term()?;
            let mut ahead = self.cursor;
            if !ahead.space() || matches!(ahead.peek(), None | Some(')' | ';')) {
                return Ok(());
            }
            self.cursor = ahead;
        }
    }

    fn search_term(&mut self) -> Parsed<()> {
        match self.cursor.peek() {
            Some('(') => {
                self.cursor.advance(1);
                self.cursor.space();
                self.nested(Self::search_terms)?;
                self.cursor.close()
            }
            Some('"') => {
                let start = self.cursor.position();
                self.cursor.advance(1);
                let phrase = self.cursor.eat_while(|c| c != '"');
                if !self.cursor.eat("\"") {
                    return Err(Fault::new(start, "the phrase has no end"));
                }
                if phrase.is_empty() {
                    return Err(Fault::new(start, "the phrase is empty"));
                }
                match self.cursor.peek() {
                    None | Some(')' | ';') => Ok(()),
                    Some(next) if crate::cursor::is_space(next) => Ok(()),
                    Some(_) => Err(self.cursor.expected("white space")),
                }
            }
            _ => {
                let start = self.cursor;
                let is_part = |c: char| !c.is_whitespace() && !matches!(c, '(' | ')' | '"');
                let is_nested = self.is_among_options;
                let word = self.cursor.eat_while(|c| is_part(c) && c != '+' && !(is_nested && c == ';'));
                if word.is_empty() || word.starts_with('\'') { Err(start.expected("a word")) } else { Ok(()) }
            }
        }
    }
}
