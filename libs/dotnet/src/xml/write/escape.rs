//! Escaping of text and attribute values as XmlWriter does it.

use super::super::chars;
use crate::{Exception, ExceptionType};

/// Appends text; line ends become `\n` (NewLineHandling.Replace).
pub(in crate::xml) fn text(out: &mut String, text: &str) -> Result<(), Exception> {
    let mut rest = text;
    loop {
        let plain = rest.find(|c: char| matches!(c, '&' | '<' | '>' | '\r') || !chars::is_xml(c)).unwrap_or(rest.len());
        out.push_str(rest.get(..plain).unwrap_or_default());
        rest = rest.get(plain..).unwrap_or_default();
        let Some(c) = rest.chars().next() else { return Ok(()) };
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' if rest.starts_with("\r\n") => {}
            '\r' => out.push('\n'),
            _ => return Err(invalid(c)),
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
}

/// Appends an attribute value, without its quotes.
pub(in crate::xml) fn attribute(out: &mut String, value: &str) -> Result<(), Exception> {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            '\t' => out.push_str("&#x9;"),
            _ if !chars::is_xml(c) => return Err(invalid(c)),
            _ => out.push(c),
        }
    }
    Ok(())
}

fn invalid(c: char) -> Exception {
    Exception::new(ExceptionType::Argument, format!("{}, is an invalid character.", chars::describe(c)))
}
