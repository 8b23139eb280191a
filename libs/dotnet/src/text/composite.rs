//! Composite formats, `"{0,-10:N2} {{x}}"`, taken apart into literals and items.

use super::limits::{ITEM_INDEX_MAX, ITEM_WIDTH_MAX, ITEMS_MAX};
use super::units::unit_of;
use crate::{Exception, ExceptionType};

/// A piece of a composite format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text that stands for itself; escaped braces come as pieces of one brace.
    Literal(&'a str),
    /// `{index,alignment:format}`.
    Item {
        /// Which argument.
        index: usize,
        /// Width: right-aligned, left-aligned if negative, 0 if none.
        alignment: i32,
        /// What stands behind the colon.
        format: &'a str,
    },
}

const UNCLOSED: &str = "Format item ends prematurely.";
const DIGIT: &str = "Expected an ASCII digit.";
const CLOSING: &str = "Unexpected closing brace without a corresponding opening brace.";

/// Takes a format apart. `arguments`: how many there are.
///
/// # Errors
/// `FormatException`.
pub fn parse_composite(format: &str, arguments: usize) -> Result<Vec<Piece<'_>>, Exception> {
    let mut parser = Parser { format, position: 0 };
    let mut pieces = Vec::new();
    let mut start = 0;
    while let Some(offset) = format.get(start..).and_then(|rest| rest.find(['{', '}'])) {
        if pieces.len() > 2 * ITEMS_MAX {
            return Err(Exception::new(
                ExceptionType::OutOfMemory,
                "Insufficient memory to continue the execution of the program.",
            ));
        }
        let brace = start + offset;
        push_literal(&mut pieces, format.get(start..brace));
        parser.position = brace;
        let open = parser.current();
        let next = parser.advance()?;
        if next == open {
            push_literal(&mut pieces, format.get(brace..=brace));
        } else if open == b'}' {
            return Err(parser.failure(CLOSING));
        } else {
            let item = parser.item()?;
            if let Piece::Item { index, .. } = item
                && index >= arguments
            {
                let message = "Index (zero based) must be greater than or equal to zero and less than the size of the argument list.";
                return Err(Exception::format(message));
            }
            pieces.push(item);
        }
        start = parser.position + 1;
    }
    push_literal(&mut pieces, format.get(start..));
    Ok(pieces)
}

fn push_literal<'a>(pieces: &mut Vec<Piece<'a>>, text: Option<&'a str>) {
    pieces.extend(text.filter(|text| !text.is_empty()).map(Piece::Literal));
}

struct Parser<'a> {
    format: &'a str,
    position: usize,
}

impl<'a> Parser<'a> {
    /// 0 behind the end.
    fn current(&self) -> u8 {
        self.format.as_bytes().get(self.position).copied().unwrap_or(0)
    }

    fn failure(&self, reason: &str) -> Exception {
        // A character of several bytes is not syntax, so the position is always at a boundary.
        let offset = unit_of(self.format, self.position);
        Exception::format(format!(
            "Input string was not in a correct format. Failure to parse near offset {offset}. {reason}"
        ))
    }

    /// Steps to the next byte, which must exist inside an item.
    fn advance(&mut self) -> Result<u8, Exception> {
        self.position += 1;
        if self.position >= self.format.len() {
            return Err(self.failure(UNCLOSED));
        }
        Ok(self.current())
    }

    fn skip_spaces(&mut self) -> Result<(), Exception> {
        while self.current() == b' ' {
            self.advance()?;
        }
        Ok(())
    }

    /// Digits up to a limit; what follows the limit is no digit to .NET either.
    fn number(&mut self, limit: u32) -> Result<u32, Exception> {
        if !self.current().is_ascii_digit() {
            return Err(self.failure(DIGIT));
        }
        let mut value = 0;
        while self.current().is_ascii_digit() && value < limit {
            value = value * 10 + u32::from(self.current() - b'0');
            self.advance()?;
        }
        Ok(value)
    }

    /// An item, from behind its opening brace up to its closing one.
    fn item(&mut self) -> Result<Piece<'a>, Exception> {
        let index = self.number(ITEM_INDEX_MAX)? as usize;
        self.skip_spaces()?;
        let mut alignment = 0;
        if self.current() == b',' {
            self.advance()?;
            self.skip_spaces()?;
            let left = self.current() == b'-';
            if left {
                self.advance()?;
            }
            let width = i32::try_from(self.number(ITEM_WIDTH_MAX)?).unwrap_or(0);
            alignment = if left { -width } else { width };
            self.skip_spaces()?;
        }
        let mut format = "";
        if self.current() == b':' {
            let start = self.position + 1;
            loop {
                match self.advance()? {
                    b'}' => break,
                    b'{' => return Err(self.failure(UNCLOSED)),
                    _ => {}
                }
            }
            format = self.format.get(start..self.position).unwrap_or_default();
        } else if self.current() != b'}' {
            return Err(self.failure(UNCLOSED));
        }
        Ok(Piece::Item { index, alignment, format })
    }
}

#[cfg(test)]
mod tests;
