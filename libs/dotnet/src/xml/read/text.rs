//! Text, references, CDATA, comments and processing instructions.

use std::cell::RefCell;

use super::super::chars;
use super::super::node::Data;
use super::{Reader, error};
use crate::{Exception, Text};

impl<'t> Reader<'t> {
    /// Text up to the next markup.
    pub(super) fn text_run(&mut self) -> Result<(), Exception> {
        let rest = self.rest();
        if rest.is_empty() {
            return self.unclosed();
        }
        let plain = rest.find(|c: char| matches!(c, '<' | '&' | ']' | '\r') || !chars::is_xml(c)).unwrap_or(rest.len());
        let run = rest.get(..plain).unwrap_or_default();
        if self.pending.is_empty() {
            self.pending_start = self.position;
        }
        self.push_text(run);
        self.position += plain;
        match self.peek() {
            Some('&') => {
                let text = self.reference()?;
                self.push_text(&text);
            }
            Some(']') => {
                if self.sees("]]>") {
                    return self.fail("']]>' is not allowed in character data.");
                }
                self.push_text("]");
                self.position += 1;
            }
            Some('\r') => {
                self.position += if self.sees("\r\n") { 2 } else { 1 };
                self.push_text("\n");
            }
            Some('<') | None => {}
            Some(c) => return self.fail(format!("{}, is an invalid character.", chars::describe(c))),
        }
        Ok(())
    }

    fn push_text(&mut self, text: &str) {
        self.pending.push_str(text);
        self.pending_is_blank = self.pending_is_blank && chars::is_blank(text);
    }

    /// The text of a reference; `&` stands at the current position.
    pub(super) fn reference(&mut self) -> Result<String, Exception> {
        self.position += 1;
        if self.sees("#") {
            return self.character_reference().map(String::from);
        }
        let start = self.position;
        let rest = self.rest();
        let starts = rest.chars().next().is_some_and(chars::is_name_start);
        if !starts {
            return self.fail("An error occurred while parsing EntityName.");
        }
        let length = rest.find(|c| !chars::is_name(c) && c != ':').unwrap_or(rest.len());
        let name = rest.get(..length).unwrap_or_default();
        self.position += length;
        self.semicolon()?;
        let text = match name {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "quot" => "\"",
            "apos" => "'",
            _ => return self.fail_at(start, format!("Reference to undeclared entity '{name}'.")),
        };
        Ok(text.to_owned())
    }

    fn semicolon(&mut self) -> Result<(), Exception> {
        match self.peek() {
            Some(';') => {
                self.position += 1;
                Ok(())
            }
            None => self.unclosed(),
            Some(c) => self.fail(format!("'{c}' is an unexpected token. The expected token is ';'.")),
        }
    }

    fn character_reference(&mut self) -> Result<char, Exception> {
        self.position += 1;
        let radix = if self.sees("x") { 16 } else { 10 };
        if radix == 16 {
            self.position += 1;
        }
        let start = self.position;
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_digit(radix)).unwrap_or(rest.len());
        let digits = rest.get(..length).unwrap_or_default();
        self.position += length;
        if digits.is_empty() || !self.sees(";") {
            let kind = if radix == 16 { "hexadecimal" } else { "decimal" };
            return self.fail(format!("Invalid syntax for a {kind} numeric entity reference."));
        }
        let code = u32::from_str_radix(digits, radix).unwrap_or(u32::MAX);
        if code > 0x10_ffff {
            return self.fail_at(start, "Invalid value of a character entity reference.");
        }
        let c = char::from_u32(code).unwrap_or('\u{fffe}');
        if !chars::is_xml(c) {
            let shown =
                if code >= 0xd800 { format!("'\u{fffd}', hexadecimal value 0x{code:04X}") } else { chars::describe(c) };
            return self.fail_at(start, format!("{shown}, is an invalid character."));
        }
        self.position += 1;
        Ok(c)
    }

    /// `<![CDATA[…]]>`
    pub(super) fn cdata(&mut self) -> Result<(), Exception> {
        let content = self.delimited("<![CDATA[", "]]>", "CDATA")?;
        self.add(Data::Characters(RefCell::new(Text::from(normalized(content))))).map(|_| ())
    }

    /// `<!--…-->`
    pub(super) fn comment(&mut self) -> Result<(), Exception> {
        let start = self.position + "<!--".len();
        let content = self.delimited("<!--", "-->", "Comment")?;
        if let Some(dashes) = content.find("--").or_else(|| content.ends_with('-').then(|| content.len() - 1)) {
            let message = "An XML comment cannot contain '--', and '-' cannot be the last character.";
            return self.fail_at(start + dashes, message);
        }
        self.add(Data::Comment(RefCell::new(Text::from(normalized(content))))).map(|_| ())
    }

    /// `<?target data?>`
    pub(super) fn instruction(&mut self) -> Result<(), Exception> {
        self.flush()?;
        let start = self.position + 2;
        let rest = self.text.get(start..).unwrap_or_default();
        let length = rest.find(|c| !chars::is_name(c)).unwrap_or(rest.len());
        let target = rest.get(..length).unwrap_or_default();
        if !chars::is_nc_name(target) {
            let Some(first) = rest.chars().next() else {
                return self.fail_at(start, "Unexpected end of file while parsing Name has occurred.");
            };
            let shown = chars::describe(first);
            let (shown, code) = shown.rsplit_once(", ").unwrap_or_default();
            return self.fail_at(start, format!("Name cannot begin with the {shown} character, {code}."));
        }
        if target == "xml" {
            let message = "Unexpected XML declaration. The XML declaration must be the first node in the document, and no white space \
                           characters are allowed to appear before it.";
            return self.fail_at(start, message);
        }
        if target.eq_ignore_ascii_case("xml") {
            return self.fail_at(start, format!("'{target}' is an invalid name for processing instructions."));
        }
        self.position = start + length;
        if self.rest().is_empty() {
            return self.fail("Unexpected end of file while parsing Name has occurred.");
        }
        let space = self.skip_space();
        if space == 0 && !self.sees("?>") {
            let c = self.peek().unwrap_or_default();
            let shown = chars::describe(c);
            let (shown, code) = shown.rsplit_once(", ").unwrap_or_default();
            return self.fail(format!("The {shown} character, {code}, cannot be included in a name."));
        }
        let data = self.delimited("", "?>", "PI")?;
        let target = RefCell::new(Text::new(target));
        let data = RefCell::new(Text::from(normalized(data)));
        self.add(Data::Instruction { target, data }).map(|_| ())
    }

    /// Moves behind `close` and returns what stands between.
    fn delimited(&mut self, open: &str, close: &str, what: &'static str) -> Result<&'t str, Exception> {
        self.flush()?;
        let start = self.position + open.len();
        let rest = self.text.get(start..).unwrap_or_default();
        let Some(length) = rest.find(close) else {
            let message = format!("Unexpected end of file while parsing {what} has occurred.");
            return Err(error::at(self.text, self.text.len(), message));
        };
        let content = rest.get(..length).unwrap_or_default();
        if let Some((at, c)) = content.char_indices().find(|(_, c)| !chars::is_xml(*c)) {
            let message = format!("{}, is an invalid character.", chars::describe(c));
            return Err(error::at(self.text, start + at, message));
        }
        self.position = start + length + close.len();
        Ok(content)
    }
}

/// Line ends as `\n`.
pub(super) fn normalized(text: &str) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() }
}
