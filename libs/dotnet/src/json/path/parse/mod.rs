//! Reading a path, with the messages of Newtonsoft.Json.

mod cursor;
mod query;

use super::filter::Filter;
use crate::json::limits::PATH_BYTES_MAX;
use crate::number::{self, Number, NumberStyles, NumberType};
use crate::{Exception, ExceptionType, Text};

const OPEN_INDEXER: &str = "Path ended with open indexer.";
const OPEN_QUERY: &str = "Path ended with open query.";
const IN_INDEXER: &str = "Unexpected character while parsing path indexer: ";
const IN_QUERY: &str = "Unexpected character while parsing path query: ";

/// Reads a path.
pub(super) fn parse(path: &str) -> Result<Vec<Filter>, Exception> {
    if path.len() > PATH_BYTES_MAX {
        return Err(json(format!("Path is longer than {PATH_BYTES_MAX} bytes.")));
    }
    let mut parser = Parser { text: path.chars().collect(), at: 0, depth: 0 };
    let mut start = 0;
    parser.skip_spaces();
    if parser.at == parser.text.len() {
        return Ok(Vec::new());
    }
    if parser.peek() == Some('$') {
        if parser.text.len() == 1 {
            return Ok(Vec::new());
        }
        // Otherwise it is the first character of a name.
        let next = parser.text.get(parser.at + 1).copied().ok_or_else(out_of_bounds)?;
        if matches!(next, '.' | '[') {
            parser.at += 1;
            start = parser.at;
        }
    }
    let mut filters = Vec::new();
    if !parser.path(&mut filters, start, false)? {
        let last = parser.current()?;
        parser.skip_spaces();
        if parser.at < parser.text.len() {
            return Err(json(format!("Unexpected character while parsing path: {last}")));
        }
    }
    Ok(filters)
}

struct Parser {
    text: Vec<char>,
    at: usize,
    /// Queries around the current place.
    depth: u32,
}

impl Parser {
    /// Reads steps up to the end or to what cannot belong to a path. Whether the end was reached.
    pub(super) fn path(
        &mut self,
        filters: &mut Vec<Filter>,
        mut start: usize,
        in_query: bool,
    ) -> Result<bool, Exception> {
        let (mut scan, mut after_indexer, mut after_dot) = (false, false, false);
        while let Some(character) = self.peek() {
            match character {
                '[' | '(' => {
                    if self.at > start {
                        filters.push(named(self.slice(start), scan));
                        scan = false;
                    }
                    filters.push(self.indexer(character, scan)?);
                    scan = false;
                    self.at += 1;
                    start = self.at;
                    after_indexer = true;
                    after_dot = false;
                }
                ']' | ')' | ' ' => break,
                '.' => {
                    if self.at > start {
                        filters.push(named(self.slice(start), scan));
                        scan = false;
                    }
                    if self.text.get(self.at + 1) == Some(&'.') {
                        scan = true;
                        self.at += 1;
                    }
                    self.at += 1;
                    start = self.at;
                    after_indexer = false;
                    after_dot = true;
                }
                '=' | '<' | '!' | '>' | '|' | '&' if in_query => break,
                _ if after_indexer => {
                    return Err(json(format!("Unexpected character following indexer: {character}")));
                }
                _ => self.at += 1,
            }
        }
        let at_end = self.at == self.text.len();
        if self.at > start {
            filters.push(named(self.slice(start).trim_end().to_owned(), scan));
        } else if after_dot && (at_end || in_query) {
            return Err(json("Unexpected end while parsing path."));
        }
        Ok(at_end)
    }

    /// What is between brackets; stays at the closing one.
    fn indexer(&mut self, open: char, scan: bool) -> Result<Filter, Exception> {
        self.at += 1;
        let close = if open == '[' { ']' } else { ')' };
        self.ensure(OPEN_INDEXER)?;
        self.skip_spaces();
        match self.current()? {
            '\'' => self.quoted_fields(close, scan),
            '?' => self.query(close, scan),
            _ => self.array_indexer(close),
        }
    }

    fn array_indexer(&mut self, close: char) -> Result<Filter, Exception> {
        let mut start = self.at;
        let mut end: Option<usize> = None;
        let mut indexes: Vec<i32> = Vec::new();
        let mut bounds: [Option<i32>; 3] = [None; 3];
        let mut colons = 0;
        while let Some(character) = self.peek() {
            let part: String = self.text.get(start..end.unwrap_or(self.at)).unwrap_or_default().iter().collect();
            match character {
                ' ' => {
                    end = Some(self.at);
                    self.skip_spaces();
                }
                _ if character == close => {
                    if colons > 0 {
                        set_bound(&mut bounds, colons, &part)?;
                        let [start, end, step] = bounds;
                        return Ok(Filter::Slice(start, end, step));
                    }
                    let index = index(&part)?;
                    if indexes.is_empty() {
                        return Ok(Filter::Index(Some(index)));
                    }
                    indexes.push(index);
                    return Ok(Filter::Indexes(indexes));
                }
                ',' | ':' => {
                    if character == ',' {
                        indexes.push(index(&part)?);
                    } else {
                        set_bound(&mut bounds, colons, &part)?;
                        colons += 1;
                    }
                    self.at += 1;
                    self.skip_spaces();
                    start = self.at;
                    end = None;
                }
                '*' => {
                    self.at += 1;
                    self.ensure(OPEN_INDEXER)?;
                    self.skip_spaces();
                    if self.current()? != close {
                        return Err(json(format!("{IN_INDEXER}{character}")));
                    }
                    return Ok(Filter::Index(None));
                }
                _ if (!character.is_numeric() && character != '-') || end.is_some() => {
                    return Err(json(format!("{IN_INDEXER}{character}")));
                }
                _ => self.at += 1,
            }
        }
        Err(json(OPEN_INDEXER))
    }

    fn quoted_fields(&mut self, close: char, scan: bool) -> Result<Filter, Exception> {
        let mut names: Vec<Text> = Vec::new();
        while self.at < self.text.len() {
            let name = self.quoted_string()?;
            self.skip_spaces();
            self.ensure(OPEN_INDEXER)?;
            match self.current()? {
                character if character == close => {
                    if names.is_empty() {
                        return Ok(if scan { Filter::Scan(Some(name)) } else { Filter::Field(Some(name)) });
                    }
                    names.push(name);
                    return Ok(if scan { Filter::ScanFields(names) } else { Filter::Fields(names) });
                }
                ',' => {
                    self.at += 1;
                    self.skip_spaces();
                    names.push(name);
                }
                character => return Err(json(format!("{IN_INDEXER}{character}"))),
            }
        }
        Err(json(OPEN_INDEXER))
    }

    pub(super) fn quoted_string(&mut self) -> Result<Text, Exception> {
        let mut text = String::new();
        self.at += 1;
        while let Some(character) = self.peek() {
            self.at += 1;
            match character {
                '\'' => return Ok(text.into()),
                '\\' => {
                    let Some(escaped) = self.peek() else {
                        text.push('\\');
                        continue;
                    };
                    self.at += 1;
                    text.push(match escaped {
                        'b' => '\x08',
                        't' => '\t',
                        'n' => '\n',
                        'f' => '\x0c',
                        'r' => '\r',
                        '\\' | '"' | '\'' | '/' => escaped,
                        _ => return Err(json(format!("Unknown escape character: \\{escaped}"))),
                    });
                }
                other => text.push(other),
            }
        }
        Err(json("Path ended with an open string."))
    }
}

fn named(name: String, scan: bool) -> Filter {
    let name = if name == "*" { None } else { Some(Text::from(name)) };
    if scan { Filter::Scan(name) } else { Filter::Field(name) }
}

fn index(text: &str) -> Result<i32, Exception> {
    if text.is_empty() {
        return Err(json("Array index expected."));
    }
    match number::parse(NumberType::Int32, text, NumberStyles::INTEGER)? {
        Number::Int32(value) => Ok(value),
        _ => Err(json("Array index expected.")),
    }
}

/// A bound of a slice; every part after the second colon is the step.
fn set_bound(bounds: &mut [Option<i32>; 3], colons: usize, text: &str) -> Result<(), Exception> {
    if let Some(bound) = bounds.get_mut(colons.min(2)).filter(|_| !text.is_empty()) {
        *bound = Some(index(text)?);
    }
    Ok(())
}

fn json(message: impl Into<std::borrow::Cow<'static, str>>) -> Exception {
    Exception::new(ExceptionType::Json, message)
}

/// What reading past the end of the path throws in the original, where it does not look first.
fn out_of_bounds() -> Exception {
    Exception::new(ExceptionType::IndexOutOfRange, "Index was outside the bounds of the array.")
}
