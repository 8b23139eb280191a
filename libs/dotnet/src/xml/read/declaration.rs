//! The XML declaration.

use super::super::document::{Declaration, XDeclaration};
use super::Reader;
use crate::{Exception, Text};

impl Reader<'_> {
    /// `<?xml version="1.0" encoding="…" standalone="…"?>`
    pub(super) fn xml_declaration(&mut self) -> Result<XDeclaration, Exception> {
        self.position += "<?xml".len();
        let mut declaration = Declaration::default();
        // How many of version, encoding and standalone have been passed.
        let mut passed = 0;
        loop {
            let space = self.skip_space();
            if self.sees("?>") && passed > 0 {
                self.position += 2;
                return Ok(XDeclaration::new(declaration));
            }
            if space == 0 {
                return self.fail("Syntax for an XML declaration is invalid.");
            }
            let names = ["version", "encoding", "standalone"];
            let next = names.iter().enumerate().skip(passed).find(|(_, name)| self.sees(name));
            let Some((index, name)) = next else { return self.fail("Syntax for an XML declaration is invalid.") };
            if passed == 0 && index != 0 {
                return self.fail("Syntax for an XML declaration is invalid.");
            }
            self.position += name.len();
            passed = index + 1;
            let start = self.declaration_value()?;
            let value = Text::new(self.text.get(start..self.position - 1).unwrap_or_default());
            match index {
                0 if value != "1.0" => {
                    return self.fail_at(start, format!("Version number '{value}' is invalid."));
                }
                0 => declaration.version = Some(value),
                1 => declaration.encoding = Some(value),
                _ if value != "yes" && value != "no" => {
                    return self.fail_at(start - 1, "Syntax for an XML declaration is invalid.");
                }
                _ => declaration.standalone = Some(value),
            }
        }
    }

    /// Moves behind `= "value"`; returns where the value begins.
    fn declaration_value(&mut self) -> Result<usize, Exception> {
        self.skip_space();
        if !self.sees("=") {
            return self.fail("Syntax for an XML declaration is invalid.");
        }
        self.position += 1;
        self.skip_space();
        let Some(quote @ ('"' | '\'')) = self.peek() else {
            return self.fail("Syntax for an XML declaration is invalid.");
        };
        self.position += 1;
        let start = self.position;
        match self.rest().find(quote) {
            Some(length) => self.position += length + 1,
            None => return self.fail_at(self.text.len(), "There is an unclosed literal string."),
        }
        Ok(start)
    }
}
