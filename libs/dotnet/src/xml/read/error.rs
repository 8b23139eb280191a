//! `XmlException` with line and position.

use std::borrow::Cow;

use crate::{Exception, ExceptionType};

/// The exception for an error at a byte offset of a text. Positions count UTF-16 units from 1.
pub(super) fn at(text: &str, offset: usize, message: impl Into<Cow<'static, str>>) -> Exception {
    let (line, position) = place(text, offset);
    Exception::new(ExceptionType::Xml, format!("{} Line {line}, position {position}.", message.into()))
}

/// The exception without a place.
pub(super) fn nowhere(message: &'static str) -> Exception {
    Exception::new(ExceptionType::Xml, message)
}

/// Line and position of a byte offset.
pub(super) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let mut line = 1;
    let mut line_start = 0;
    let bytes = before.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        let ends = *byte == b'\n' || *byte == b'\r' && bytes.get(index + 1) != Some(&b'\n');
        if ends {
            line += 1;
            line_start = index + 1;
        }
    }
    let position = before.get(line_start..).unwrap_or_default().encode_utf16().count() + 1;
    (line, position)
}
