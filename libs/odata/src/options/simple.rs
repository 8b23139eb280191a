//! Options with plain values.

use crate::cursor::is_space;
use crate::error::Parsed;
use crate::expression::Parser;
use crate::media;

impl Parser<'_> {
    pub(super) fn boolean_value(&mut self) -> Parsed<()> {
        let start = self.cursor;
        let word = self.cursor.eat_while(|c| c.is_ascii_alphabetic());
        let is_good = word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false");
        if is_good { Ok(()) } else { Err(start.expected("`true` or `false`")) }
    }

    pub(super) fn inline_count(&mut self) -> Parsed<()> {
        if self.cursor.eat("allpages") || self.cursor.eat("none") {
            return Ok(());
        }
        Err(self.cursor.expected("`allpages` or `none`"))
    }

    /// A whole number without a sign.
    pub(super) fn digits(&mut self) -> Parsed<()> {
        let start = self.cursor;
        let is_number = !self.cursor.eat_while(|c| c.is_ascii_digit()).is_empty();
        if is_number { Ok(()) } else { Err(start.expected("a whole number")) }
    }

    pub(super) fn index(&mut self) -> Parsed<()> {
        self.cursor.eat("-");
        self.digits()
    }

    /// `max`, or a number above 0 without leading zeroes.
    pub(super) fn levels(&mut self) -> Parsed<()> {
        if self.cursor.eat("max") {
            return Ok(());
        }
        if self.cursor.peek() == Some('0') {
            return Err(self.cursor.expected("`max` or a number above 0"));
        }
        self.digits()
    }

    /// What a service made, or the id of an entity: anything but nothing.
    pub(super) fn token(&mut self) -> Parsed<()> {
        let start = self.cursor;
        if self.cursor.eat_while(|_| true).is_empty() { Err(start.expected("a value")) } else { Ok(()) }
    }

    /// `*`, or characters that URLs never need to encode.
    pub(super) fn schema_version(&mut self) -> Parsed<()> {
        if self.cursor.eat("*") {
            return Ok(());
        }
        let start = self.cursor;
        let is_unreserved = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
        let is_empty = self.cursor.eat_while(is_unreserved).is_empty();
        if is_empty { Err(start.expected("a version")) } else { Ok(()) }
    }

    /// `json`, `atom`, `xml` or a media type.
    pub(super) fn format(&mut self) -> Parsed<()> {
        let start = self.cursor.position();
        let text = self.cursor.eat_while(|_| true).trim();
        let is_word = ["json", "atom", "xml"].iter().any(|word| text.eq_ignore_ascii_case(word));
        // Up to version 3.
        if is_word || text.eq_ignore_ascii_case("verbosejson") {
            return Ok(());
        }
        let kind = text.split(';').next().unwrap_or_default();
        let is_type = kind.split_once('/').is_some_and(|(main, sub)| {
            [main, sub].iter().all(|part| !part.trim().is_empty() && !part.contains(is_space_but_plus))
        });
        if !is_type {
            return Err(crate::error::Fault::new(
                start,
                format!("`{text}` is neither `json`, `atom`, `xml` nor a media type"),
            ));
        }
        media::check_media_type(text).map_err(|message| crate::error::Fault::new(start, message))
    }
}

/// `application/atom+xml` is one type.
fn is_space_but_plus(c: char) -> bool {
    c != '+' && is_space(c)
}
