//! Document types: read for their name, their text and their internal entities.
//!
//! Entities are expanded in the text before the elements are read: it needs no stack of inputs, and the amount of text is known before
//! anything is built. External entities expand to nothing, as with .NET without a resolver.

use std::collections::HashMap;

use super::super::chars;
use super::super::document::DocumentType;
use super::super::limits::{ENTITY_CHARACTERS_MAX, ENTITY_DEPTH_MAX};
use super::{Reader, error};
use crate::{Exception, Text};

const INCOMPLETE: &str = "Unexpected end of file while parsing DOCTYPE has occurred.";

impl Reader<'_> {
    /// `<!DOCTYPE name PUBLIC "…" "…" [subset]>` and the entities it declares.
    pub(super) fn doctype(&mut self) -> Result<(DocumentType, HashMap<String, String>), Exception> {
        self.position += "<!DOCTYPE".len();
        if self.skip_space() == 0 {
            return self.fail("Expecting white space.");
        }
        let name = Text::new(self.word());
        if name.is_empty() {
            return self.fail(INCOMPLETE);
        }
        let mut doctype = DocumentType { name, internal_subset: Some(Text::default()), ..DocumentType::default() };
        self.skip_space();
        if self.sees("PUBLIC") {
            self.position += "PUBLIC".len();
            doctype.public_id = Some(self.literal()?);
            doctype.system_id = Some(self.literal()?);
        } else if self.sees("SYSTEM") {
            self.position += "SYSTEM".len();
            doctype.system_id = Some(self.literal()?);
        }
        self.skip_space();
        let mut entities = HashMap::new();
        if self.sees("[") {
            self.position += 1;
            let start = self.position;
            self.subset(&mut entities)?;
            doctype.internal_subset = Some(Text::new(self.text.get(start..self.position).unwrap_or_default()));
            self.position += 1;
            self.skip_space();
        }
        if !self.sees(">") {
            return self.fail(INCOMPLETE);
        }
        self.position += 1;
        Ok((doctype, entities))
    }

    fn word(&mut self) -> &str {
        let rest = self.text.get(self.position..).unwrap_or_default();
        let length = rest.find(|c| !chars::is_name(c) && c != ':').unwrap_or(rest.len());
        self.position += length;
        rest.get(..length).unwrap_or_default()
    }

    fn literal(&mut self) -> Result<Text, Exception> {
        self.skip_space();
        let Some(quote @ ('"' | '\'')) = self.peek() else { return self.fail(INCOMPLETE) };
        self.position += 1;
        let rest = self.rest();
        let Some(length) = rest.find(quote) else { return self.fail_at(self.text.len(), INCOMPLETE) };
        self.position += length + 1;
        Ok(Text::new(rest.get(..length).unwrap_or_default()))
    }

    /// The internal subset up to its `]`.
    fn subset(&mut self, entities: &mut HashMap<String, String>) -> Result<(), Exception> {
        loop {
            self.skip_space();
            if self.sees("]") {
                return Ok(());
            }
            if self.sees("<!--") {
                self.pass("-->")?;
            } else if self.sees("<?") {
                self.pass("?>")?;
            } else if self.sees("<!ENTITY") {
                self.entity(entities)?;
            } else if self.sees("<!") {
                self.declaration()?;
            } else if self.sees("%") {
                return self.fail("Parameter entity references are not supported in this document type.");
            } else {
                return self.fail(INCOMPLETE);
            }
        }
    }

    fn pass(&mut self, close: &str) -> Result<(), Exception> {
        match self.rest().find(close) {
            Some(length) => self.position += length + close.len(),
            None => return self.fail_at(self.text.len(), INCOMPLETE),
        }
        Ok(())
    }

    /// Passes a declaration that does not matter here.
    fn declaration(&mut self) -> Result<(), Exception> {
        loop {
            let rest = self.rest();
            let Some(length) = rest.find(['>', '"', '\'']) else { return self.fail_at(self.text.len(), INCOMPLETE) };
            self.position += length;
            if self.sees(">") {
                self.position += 1;
                return Ok(());
            }
            self.literal()?;
        }
    }

    fn entity(&mut self, entities: &mut HashMap<String, String>) -> Result<(), Exception> {
        self.position += "<!ENTITY".len();
        self.skip_space();
        if self.sees("%") {
            return self.declaration();
        }
        let name = self.word().to_owned();
        self.skip_space();
        let value = if self.sees("SYSTEM") || self.sees("PUBLIC") {
            String::new()
        } else {
            let literal = self.literal()?;
            replacement(&literal)
        };
        entities.entry(name).or_insert(value);
        self.declaration()
    }
}

/// An entity's value with its character references resolved.
fn replacement(literal: &str) -> String {
    let mut out = String::new();
    let mut rest = literal;
    while let Some(at) = rest.find("&#") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from.find(';').map_or(from.len(), |end| end + 1);
        let (reference, after) = from.split_at(end);
        let code = reference.trim_start_matches("&#").trim_end_matches(';');
        let code = match code.strip_prefix('x') {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
            None => code.parse(),
        };
        match code.ok().and_then(char::from_u32) {
            Some(c) => out.push(c),
            None => out.push_str(reference),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The text from an offset on with all references to these entities replaced.
pub(super) fn expand(text: &str, offset: usize, entities: &HashMap<String, String>) -> Result<String, Exception> {
    let mut expansion = Expansion { out: String::new(), produced: 0, entities };
    let rest = text.get(offset..).unwrap_or_default();
    expansion.run(rest, 0, None).map_err(error::nowhere)?;
    Ok(expansion.out)
}

struct Expansion<'e> {
    out: String,
    produced: usize,
    entities: &'e HashMap<String, String>,
}

impl Expansion<'_> {
    /// Copies a text; inside a tag's quoted value `within` is the quote. Recursion is bounded by `ENTITY_DEPTH_MAX`.
    fn run(&mut self, text: &str, depth: usize, within: Option<char>) -> Result<(), &'static str> {
        let mut rest = text;
        let mut quote = within;
        let mut in_tag = false;
        while let Some(c) = rest.chars().next() {
            let mut length = c.len_utf8();
            if quote.is_none() && !in_tag && c == '<' {
                length = opaque(rest).unwrap_or(length);
                in_tag = length == 1;
            } else if in_tag && quote.is_none() && c == '>' {
                in_tag = false;
            } else if in_tag && quote == Some(c) {
                quote = None;
            } else if in_tag && quote.is_none() && matches!(c, '"' | '\'') {
                quote = Some(c);
            } else if c == '&'
                && let Some((name, value)) = self.entity(rest)
            {
                self.include(&value, depth, quote)?;
                rest = rest.get(name..).unwrap_or_default();
                continue;
            }
            self.push(rest.get(..length).unwrap_or_default(), depth)?;
            rest = rest.get(length..).unwrap_or_default();
        }
        Ok(())
    }

    /// The length of the reference at the start of a text, and its entity's value.
    fn entity(&self, text: &str) -> Option<(usize, String)> {
        let end = text.find(';')?;
        let name = text.get(1..end)?;
        self.entities.get(name).map(|value| (end + 1, value.clone()))
    }

    fn include(&mut self, value: &str, depth: usize, quote: Option<char>) -> Result<(), &'static str> {
        if depth >= ENTITY_DEPTH_MAX {
            return Err("General entity references itself, or entities are nested too deep.");
        }
        match quote {
            // Quotes of a value inside an attribute do not end the attribute.
            Some(_) => {
                let escaped = value.replace('"', "&#34;").replace('\'', "&#39;");
                self.run(&escaped, depth + 1, quote)
            }
            None => self.run(value, depth + 1, None),
        }
    }

    fn push(&mut self, text: &str, depth: usize) -> Result<(), &'static str> {
        if depth > 0 {
            self.produced += text.len();
            if self.produced > ENTITY_CHARACTERS_MAX {
                return Err("The input document has exceeded a limit set by MaxCharactersFromEntities.");
            }
        }
        self.out.push_str(text);
        Ok(())
    }
}

/// The length of a comment, CDATA section or processing instruction, in which nothing is expanded.
fn opaque(text: &str) -> Option<usize> {
    for (open, close) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")] {
        if text.starts_with(open) {
            return Some(text.find(close).map_or(text.len(), |at| at + close.len()));
        }
    }
    None
}
