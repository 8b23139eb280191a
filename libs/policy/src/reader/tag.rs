//! Opening tags: attributes and their values.

use super::entity;
use super::expression::{self, Encoding};
use super::parse::{Found, Reader, Stop};
use super::tree::{Attribute, Value};
use super::words::{ends_value, expression_form, first_char};
use crate::diagnostic::quote;
use crate::limits;

impl Reader<'_, '_, '_> {
    /// Attributes up to `>` or `/>`, which is left standing.
    pub(super) fn attributes(&mut self, element: &str) -> Result<Vec<Attribute>, Stop> {
        let mut attributes: Vec<Attribute> = Vec::new();
        self.is_tag_faulty = false;
        loop {
            let before = self.position;
            self.skip_space();
            if self.at(">") || self.at("/>") {
                self.is_tag_faulty = false;
                return Ok(attributes);
            }
            if self.rest().is_empty() && self.is_tag_faulty {
                return Err(Stop);
            }
            if self.rest().is_empty() {
                return self.stop(before, "element-not-closed", format!("`<{element}` is never closed with `>`"));
            }
            if let Some(rest) = self.rest().strip_prefix('/')
                && rest.trim_start().starts_with('>')
            {
                self.tag_fault(
                    self.position,
                    "attribute-syntax",
                    format!("expected `/>` in `<{element}>`, found `/ >`"),
                )?;
                self.position = self.text.len() - rest.trim_start().len();
                self.is_slash_apart = true;
                continue;
            }
            if self.position == before {
                let message = format!(
                    "expected white space, `/>` or `>` in `<{element}>`, found {}",
                    quote(first_char(self.rest()))
                );
                self.tag_fault(self.position, "attribute-syntax", message)?;
            }
            let Some(attribute) = self.attribute(element)? else {
                self.skip_to_next_attribute(before);
                continue;
            };
            if attributes.iter().any(|other| other.name == attribute.name) {
                let message = format!("attribute `{}` stands twice in `<{element}>`", attribute.name);
                self.findings.error(attribute.offset, "attribute-twice", message);
            } else if attributes.len() >= limits::ATTRIBUTES_MAX {
                let message = format!("`<{element}>` has more than {} attributes", limits::ATTRIBUTES_MAX);
                return self.stop(before, "too-many-attributes", message);
            } else {
                attributes.push(attribute);
            }
        }
    }

    /// `None`: it is none, as has been reported.
    fn attribute(&mut self, element: &str) -> Result<Option<Attribute>, Stop> {
        let offset = self.offset();
        let name = self.name()?.to_owned();
        if name.is_empty() {
            let message =
                format!("expected an attribute name in `<{element}>`, found {}", quote(first_char(self.rest())));
            self.tag_fault(self.position, "attribute-syntax", message)?;
            return Ok(None);
        }
        self.skip_space();
        if !self.at("=") {
            let message = format!("expected `=` and a quoted value after attribute `{name}` of `<{element}>`");
            self.tag_fault(self.position, "attribute-syntax", message)?;
            return Ok(None);
        }
        self.position += 1;
        self.skip_space();
        let quote_character = match self.rest().as_bytes().first() {
            Some(b'"') => '"',
            Some(b'\'') => '\'',
            _ => {
                let message = format!("the value of attribute `{name}` of `<{element}>` must stand in quotes");
                self.tag_fault(self.position, "attribute-syntax", message)?;
                return Ok(None);
            }
        };
        self.position += 1;
        let value = self.attribute_value(&name, quote_character)?;
        Ok(Some(Attribute { name, offset, value }))
    }

    /// The value up to and including its closing quote.
    fn attribute_value(&mut self, name: &str, quote_character: char) -> Result<Value, Stop> {
        let offset = self.offset();
        let lead = self.rest().len() - self.rest().trim_start().len();
        let start = self.position + lead;
        if let Some(form) = expression_form(&self.text[start..]) {
            let closes = |behind: &str| {
                let behind = behind.trim_start();
                let after = behind.strip_prefix(quote_character)?;
                ends_value(after).then_some(behind.len())
            };
            match self.expression(start, form, &closes) {
                Found::Code(value, left) => {
                    self.position = self.text.len() - left + 1;
                    return Ok(value);
                }
                Found::Text => {}
                Found::Broken(error) => {
                    self.skip_value(quote_character, start, error)?;
                    return Ok(Value::literal(String::new(), offset));
                }
            }
        }
        let rest = self.rest();
        let Some(mut length) = rest.find(quote_character) else {
            let message = format!("the value of attribute `{name}` is never closed");
            return self.unclosed_value(offset, message);
        };
        if let Some(at) = ["@(", "@{"].iter().filter_map(|start| rest[..length].find(start)).min() {
            self.remark_on_text_around(self.position + at);
            // The quotes in it do not end the value, as long as the value then ends well.
            if !ends_value(&rest[length + 1..]) {
                length = self.past_expression(self.position + at, quote_character).unwrap_or(length);
            }
        }
        let text = &rest[..length];
        if text.contains('<') && text.contains('\n') {
            let message = format!("the value of attribute `{name}` is not closed on its line");
            return self.unclosed_value(offset, message);
        }
        self.remark_on_references(text, self.position);
        self.position += length + 1;
        Ok(Value::literal(entity::decode(text).into_owned(), offset))
    }

    #[allow(clippy::cast_possible_truncation, reason = "documents are shorter than 4 GiB (limits.rs)")]
    pub(super) fn remark_on_text_around(&mut self, expression: usize) {
        let message = "an expression inside a text is not evaluated: it must be the whole value";
        let suggestion = "write @(\"text\" + …)".to_owned();
        self.findings.warning(expression as u32, "expression-not-whole-value", message, Some(suggestion));
    }

    /// Length of a literal value in which an expression stands at `start`, and perhaps others behind it, up to the quote that ends it.
    fn past_expression(&self, mut start: usize, quote_character: char) -> Option<usize> {
        loop {
            let end = expression::extent(self.text, start, Encoding::Raw).ok()?.end;
            let behind = &self.text[end..];
            let left = behind.find(quote_character)?;
            match ["@(", "@{"].iter().filter_map(|begin| behind[..left].find(begin)).min() {
                Some(next) => start = end + next,
                None => {
                    let is_good = !behind[..left].contains(['<', '\n']) && ends_value(&behind[left + 1..]);
                    return is_good.then_some(end + left - self.position);
                }
            }
        }
    }
}
