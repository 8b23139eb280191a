//! Where reading goes on behind a syntax error, so that all errors that can be told apart are reported at once.
//!
//! Must hold: an error is not reported again by what follows from it. In one tag only the first is; a closing tag that fits an element further
//! out ends those inside it, and their own closing tags may come later; where no place to go on is in sight, reading stops.

use super::entity;
use super::expression::{self, Encoding, Unbalanced, What};
use super::parse::{Reader, Stop};
use super::tree::{Element, Value};
use super::words::{closing_name, ends_attribute, is_name_char, starts_line_with_tag};
use crate::diagnostic::{nearest, quote};
use crate::limits;

impl<'t> Reader<'t, '_, '_> {
    /// Reports a syntax error behind which reading goes on.
    #[allow(clippy::cast_possible_truncation, reason = "documents are shorter than 4 GiB (limits.rs)")]
    pub(super) fn fault(&mut self, offset: usize, code: &'static str, message: impl Into<String>) -> Result<(), Stop> {
        self.fault_with(offset, code, message, None)
    }

    #[allow(clippy::cast_possible_truncation, reason = "documents are shorter than 4 GiB (limits.rs)")]
    fn fault_with(
        &mut self,
        offset: usize,
        code: &'static str,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) -> Result<(), Stop> {
        self.findings.error_with(offset as u32, code, message, suggestion);
        self.count_fault()
    }

    fn count_fault(&mut self) -> Result<(), Stop> {
        self.faults += 1;
        if self.faults < limits::SYNTAX_ERRORS_MAX { Ok(()) } else { Err(Stop) }
    }

    /// The same for an error inside of a tag: only the first is reported.
    pub(super) fn tag_fault(
        &mut self,
        offset: usize,
        code: &'static str,
        message: impl Into<String>,
    ) -> Result<(), Stop> {
        if std::mem::replace(&mut self.is_tag_faulty, true) {
            // It counts all the same: each may have cost a pass over the rest of the document.
            return self.count_fault();
        }
        self.fault(offset, code, message)
    }

    /// Moves behind what could not be read as an attribute and began at `start`.
    pub(super) fn skip_to_next_attribute(&mut self, start: usize) {
        let rest = self.rest();
        let before = self.text.get(start..self.position).unwrap_or_default();
        if before.trim_start().ends_with(char::is_whitespace) && rest.starts_with(is_name_char) {
            return;
        }
        let length = rest.find(|c: char| c == '>' || c.is_whitespace()).unwrap_or(rest.len());
        // `/>` is the end of the tag.
        let length = if rest[..length].ends_with('/') && rest[length..].starts_with('>') { length - 1 } else { length };
        self.position += length;
        if self.position == start && !self.at(">") && !self.at("/>") {
            self.position += self.rest().chars().next().map_or(0, char::len_utf8);
        }
    }

    /// Reports that the value at `offset` is not closed, and takes it as ending with its tag.
    pub(super) fn unclosed_value(&mut self, offset: u32, message: String) -> Result<Value, Stop> {
        self.tag_fault(self.position - 1, "attribute-not-closed", message)?;
        self.skip_to_tag_end()?;
        Ok(Value::literal(String::new(), offset))
    }

    /// Moves behind a value whose expression, which begins at `start`, does not end, and reports that.
    pub(super) fn skip_value(&mut self, quote_character: char, start: usize, error: Unbalanced) -> Result<(), Stop> {
        let region = self.until_line_with_tag();
        let ends = |at: &usize| ends_attribute(&region[at + 1..]);
        let end = region.match_indices(quote_character).map(|(at, _)| at).find(ends);
        self.unbalanced(start, end.map_or(usize::MAX, |end| self.position + end), error)?;
        match end {
            Some(length) => {
                self.position += length + 1;
                Ok(())
            }
            None => self.skip_to_tag_end(),
        }
    }

    /// Reports what is wrong with the expression that begins at `start` and seems to end before `end`.
    fn unbalanced(&mut self, start: usize, end: usize, error: Unbalanced) -> Result<(), Stop> {
        // What was found behind its end follows from the bracket that is still open there.
        // Where a bracket is missing, the quote that ends the value, or what comes behind it, is taken for code: then the bracket is what is wrong.
        let within = self.text.get(..end).and_then(|text| expression::extent(text, start, Encoding::Entities).err());
        let error = match within {
            Some(within) if within.what == What::Open || error.offset >= end => within,
            _ if error.offset < end => error,
            _ => Unbalanced { offset: start, what: What::Open },
        };
        let bracket = self.text.get(..error.offset).and_then(|text| text.chars().next_back());
        match bracket.filter(|bracket| error.what == What::Open && matches!(bracket, '(' | '[' | '{')) {
            Some(bracket) => {
                let message = format!("the `{bracket}` that is opened here in the expression is never closed");
                self.tag_fault(error.offset - 1, "expression-syntax", message)
            }
            None => self.tag_fault(error.offset, "expression-syntax", error.what.describe()),
        }
    }

    /// Moves to the `>` or `/>` that seems to end a tag.
    fn skip_to_tag_end(&mut self) -> Result<(), Stop> {
        let region = self.until_line_with_tag();
        // Only a tag that ends its line, or is the last thing before the next, can be told from what else stands in the value.
        let line = region.lines().find(|line| line.trim_end().ends_with('>')).unwrap_or_default();
        let Some(length) = line.find('>') else { return Err(Stop) };
        let start = line.as_ptr() as usize - region.as_ptr() as usize;
        self.position += start + length - usize::from(line[..length].ends_with('/'));
        Ok(())
    }

    /// What follows up to a line that begins with a tag.
    fn until_line_with_tag(&self) -> &'t str {
        let rest = self.rest();
        let lines = rest.match_indices('\n').map(|(at, _)| at).find(|at| starts_line_with_tag(&rest[at + 1..]));
        &rest[..lines.unwrap_or(rest.len())]
    }

    /// Moves to the closing tag of an element whose text is an expression that begins at `start` and does not end, and reports that.
    pub(super) fn skip_text_of(&mut self, element: &str, start: usize, error: Unbalanced) -> Result<(), Stop> {
        let rest = self.rest();
        let end = rest.match_indices("</").map(|(at, _)| at).find(|at| closing_name(&rest[*at..]) == element);
        self.unbalanced(start, end.map_or(usize::MAX, |end| self.position + end), error)?;
        self.position += end.ok_or(Stop)?;
        self.is_tag_faulty = false;
        Ok(())
    }

    /// Reports that an element is never closed, and takes it as ending at the next closing tag behind `from` of an element around it.
    pub(super) fn never_closed(&mut self, element: &Element, from: usize) -> Result<(), Stop> {
        let message = format!("`<{}>` is never closed with `</{0}>`", element.name);
        self.fault(element.offset as usize, "element-not-closed", message)?;
        let rest = self.text.get(from..).unwrap_or_default();
        let around = self.open.len().saturating_sub(1);
        let names = &self.open[..around];
        let end = rest.match_indices("</").map(|(at, _)| at).find(|at| names.contains(&closing_name(&rest[*at..])));
        self.position = from + end.ok_or(Stop)?;
        Ok(())
    }

    /// Reads the closing tag at the current position. `false`: it belongs to no element, and the content of `element` goes on.
    pub(super) fn close(&mut self, element: &Element) -> Result<bool, Stop> {
        let start = self.position;
        let behind = &self.text[start + 2..];
        let name = &behind[..behind.find(|c: char| !is_name_char(c)).unwrap_or(behind.len())];
        if name == element.name {
            self.position += 2 + name.len();
            self.skip_space();
            if self.at(">") {
                self.position += 1;
            } else {
                self.fault(start, "element-not-closed", format!("`</{name}` is not closed with `>`"))?;
            }
            return Ok(true);
        }
        if self.skip_given_up() {
            return Ok(false);
        }
        let around = self.open.len().saturating_sub(1);
        let is_of_another = self.open[..around].contains(&name);
        let tag_end = behind.find(['<', '>']).unwrap_or(behind.len());
        let has_end = behind[tag_end..].starts_with('>');
        let tag = &self.text[start..start + 2 + tag_end + usize::from(has_end)];
        let next = &self.text[start + tag.len()..];
        let is_stray = !is_of_another && next.find("</").is_some_and(|at| closing_name(&next[at..]) == element.name);
        if is_stray {
            self.position += tag.len();
            self.fault(start, "element-mismatch", format!("{} closes no element that is open", quote(tag)))?;
            return Ok(false);
        }
        let (line, _) = self.findings.locate(element.offset);
        let message =
            format!("expected `</{}>` for the element opened on line {line}, found {}", element.name, quote(tag));
        let suggestion = nearest(name, [element.name.as_str()]).map(|name| format!("</{name}>"));
        if is_of_another {
            let given_up = self.open.last().copied();
            self.given_up.extend(given_up);
        } else {
            self.position += tag.len();
        }
        self.fault_with(start, "element-mismatch", message, suggestion)?;
        Ok(true)
    }

    /// Moves behind the closing tag at the current position if it is that of an element that was taken as ended before.
    pub(super) fn skip_given_up(&mut self) -> bool {
        let rest = self.rest();
        let name = closing_name(rest);
        let Some(index) = self.given_up.iter().rposition(|given_up| *given_up == name) else { return false };
        let Some(length) = rest.find('>') else { return false };
        self.given_up.remove(index);
        self.position += length + 1;
        true
    }

    /// Remarks upon references to entities that the text at `start` has and nobody knows.
    #[allow(clippy::cast_possible_truncation, reason = "documents are shorter than 4 GiB (limits.rs)")]
    pub(super) fn remark_on_references(&mut self, text: &str, start: usize) {
        for (at, reference) in entity::unknown(text) {
            let message =
                format!("{} is none of the five entities of XML and stays as it is written", quote(reference));
            let suggestion = "write the character itself, or `&amp;` for a literal `&`".to_owned();
            self.findings.warning((start + at) as u32, "unknown-entity", message, Some(suggestion));
        }
    }
}
