//! JSON within expressions (ABNF section 5): arrays and objects whose values may be expressions.

use super::Parser;
use crate::error::{Fault, Parsed};
use crate::types::{Edm, Item, Ty};

impl Parser<'_> {
    /// An array or object.
    pub(super) fn json(&mut self) -> Parsed<Ty> {
        self.nested(|parser| {
            if parser.cursor.eat("[") {
                let mut item = None;
                parser.items("]", |parser| {
                    let ty = parser.json_value()?;
                    item = match item {
                        None => Some(ty.item),
                        // Values of several types have none in common.
                        Some(known) if known != ty.item => Some(Item::Unknown),
                        known => known,
                    };
                    Ok(())
                })?;
                let is_literal = matches!(item, Some(Item::Primitive(_) | Item::Quoted));
                return Ok(Ty::many(item.filter(|_| is_literal).unwrap_or(Item::Unknown)));
            }
            parser.cursor.expect("{")?;
            parser.items("}", |parser| {
                parser.json_string()?;
                parser.cursor.space();
                parser.cursor.expect(":")?;
                parser.cursor.space();
                parser.json_value().map(|_| ())
            })?;
            Ok(Ty::UNKNOWN)
        })
    }

    fn items(&mut self, end: &str, mut item: impl FnMut(&mut Self) -> Parsed<()>) -> Parsed<()> {
        self.cursor.space();
        if self.cursor.eat(end) {
            return Ok(());
        }
        loop {
            item(self)?;
            if !self.cursor.comma() {
                break;
            }
        }
        self.cursor.space();
        self.cursor.expect(end)
    }

    fn json_value(&mut self) -> Parsed<Ty> {
        if self.cursor.peek() == Some('"') {
            self.json_string()?;
            return Ok(Ty::of(Edm::String));
        }
        self.expression()
    }

    fn json_string(&mut self) -> Parsed<()> {
        let start = self.cursor.position();
        self.cursor.expect("\"")?;
        loop {
            self.cursor.eat_while(|c| c != '"' && c != '\\' && c >= ' ');
            match self.cursor.peek() {
                Some('"') => {
                    self.cursor.advance(1);
                    return Ok(());
                }
                Some('\\') => self.escape()?,
                Some(_) => return Err(self.cursor.expected("a printable character")),
                None => return Err(Fault::new(start, "the string has no end")),
            }
        }
    }

    fn escape(&mut self) -> Parsed<()> {
        self.cursor.advance(1);
        match self.cursor.peek() {
            Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => self.cursor.advance(1),
            Some('u') => {
                self.cursor.advance(1);
                for _ in 0..4 {
                    if !self.cursor.peek().is_some_and(|c| c.is_ascii_hexdigit()) {
                        return Err(self.cursor.expected("a hexadecimal digit"));
                    }
                    self.cursor.advance(1);
                }
            }
            _ => return Err(self.cursor.expected("an escaped character")),
        }
        Ok(())
    }
}
