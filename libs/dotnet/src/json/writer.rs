//! `JsonTextWriter` over tokens: `ToString()`, `ToString(Formatting)`.

use std::fmt::Write as _;
use std::rc::Rc;

use super::clone::out_of_memory;
use super::limits::WRITTEN_BYTES_MAX;
use super::token::{Content, JToken, Node};
use super::{JTokenType, Scalar};
use crate::number::{self, Number, NumberType};
use crate::text::{Base64FormattingOptions, to_base64};
use crate::{Exception, Text, date};

/// Between lines of indented JSON: `Environment.NewLine` of the original's self-hosted gateway, which is a Linux container.
pub const NEW_LINE: &str = "\n";

/// `Newtonsoft.Json.Formatting`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Formatting {
    /// On one line without spaces.
    None,
    /// Two spaces per level.
    Indented,
}

/// A container whose end is still to be written.
struct Open {
    node: Rc<Node>,
    /// The next child.
    next: usize,
    /// Whether a child other than a comment was written: decides over the comma.
    has_value: bool,
}

impl JToken {
    /// The token as JSON: `ToString(formatting)`.
    ///
    /// # Errors
    /// `OutOfMemoryException` beyond a bound of bytes.
    pub fn to_json(&self, formatting: Formatting) -> Result<String, Exception> {
        let mut out = String::new();
        self.write_to(&mut out, formatting)?;
        Ok(out)
    }

    /// `ToString()`: indented JSON of a container, the plain value of a `JValue`.
    ///
    /// # Errors
    /// As [`JToken::to_json`].
    pub fn to_display(&self) -> Result<Text, Exception> {
        match self.scalar() {
            Some(value) => value.to_plain(),
            None => self.to_json(Formatting::Indented).map(Text::from),
        }
    }

    /// Appends the token as JSON.
    ///
    /// # Errors
    /// As [`JToken::to_json`].
    pub fn write_to(&self, out: &mut String, formatting: Formatting) -> Result<(), Exception> {
        let bytes_max = out.len().saturating_add(WRITTEN_BYTES_MAX);
        let mut open: Vec<Open> = Vec::new();
        if let Some(entered) = begin(&self.node, out, formatting)? {
            open.push(entered);
        }
        while let Some(top) = open.last_mut() {
            if out.len() > bytes_max {
                return Err(out_of_memory());
            }
            let Some(child) = top.node.child(top.next) else {
                let closed = open.pop();
                end(closed.as_ref(), open.len(), out, formatting);
                continue;
            };
            top.next += 1;
            separate(top, &child, out);
            let level = open.len();
            let (name, value) = match &child.content {
                Content::Property { name, value } => (Some(name), value.borrow().clone()),
                _ => (None, Some(child.clone())),
            };
            indent(level, out, formatting);
            if let Some(name) = name {
                write_string(name, out);
                out.push_str(if formatting == Formatting::Indented { ": " } else { ":" });
            }
            match value {
                Some(value) => open.extend(begin(&value, out, formatting)?),
                None => out.push_str("null"),
            }
        }
        Ok(())
    }
}

/// Writes a value, or the beginning of a container, which is returned.
fn begin(node: &Rc<Node>, out: &mut String, formatting: Formatting) -> Result<Option<Open>, Exception> {
    match &node.content {
        Content::Value(value) => return write_scalar(&value.borrow(), out).map(|()| None),
        Content::Object(_) => out.push('{'),
        Content::Array(_) => out.push('['),
        Content::Constructor { name, .. } => {
            out.push_str("new ");
            out.push_str(&name.borrow());
            out.push('(');
        }
        Content::Property { name, value } => {
            // Only a property that is written by itself comes here: `"name": value`.
            write_string(name, out);
            out.push_str(if formatting == Formatting::Indented { ": " } else { ":" });
            let value = value.borrow().clone();
            return value.map_or(Ok(None), |value| begin(&value, out, formatting));
        }
    }
    Ok(Some(Open { node: node.clone(), next: 0, has_value: false }))
}

/// Writes the end of a container that stood at `level`. An empty constructor's bracket gets a line of its own, as in Newtonsoft.Json.
fn end(closed: Option<&Open>, level: usize, out: &mut String, formatting: Formatting) {
    let Some(closed) = closed else {
        return;
    };
    let is_constructor = matches!(closed.node.content, Content::Constructor { .. });
    if closed.has_value || is_constructor {
        indent(level, out, formatting);
    }
    out.push(match &closed.node.content {
        Content::Object(_) => '}',
        Content::Array(_) => ']',
        _ => ')',
    });
}

/// The comma before a child that is not the first.
fn separate(top: &mut Open, child: &Node, out: &mut String) {
    if child.token_type() == JTokenType::Comment {
        return;
    }
    if top.has_value {
        out.push(',');
    }
    top.has_value = true;
}

fn indent(level: usize, out: &mut String, formatting: Formatting) {
    if formatting == Formatting::Indented {
        out.push_str(NEW_LINE);
        for _ in 0..level {
            out.push_str("  ");
        }
    }
}

/// `JValue.WriteTo`.
fn write_scalar(value: &Scalar, out: &mut String) -> Result<(), Exception> {
    match value {
        Scalar::Null | Scalar::NullString => out.push_str("null"),
        Scalar::Undefined => out.push_str("undefined"),
        Scalar::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Scalar::Number(number) => write_number(*number, out)?,
        Scalar::BigInteger(digits) => out.push_str(digits),
        Scalar::String(text) | Scalar::Uri(text) => write_string(text, out),
        Scalar::Comment(text) => {
            out.push_str("/*");
            out.push_str(text);
            out.push_str("*/");
        }
        Scalar::Raw(text) => out.push_str(text),
        Scalar::Date(value) => {
            out.push('"');
            date::json::write(*value, out);
            out.push('"');
        }
        Scalar::DateOffset(value) => {
            out.push('"');
            date::json::write_offset(*value, out);
            out.push('"');
        }
        Scalar::Bytes(bytes) => write_quoted(&to_base64(bytes, Base64FormattingOptions::None), out),
        Scalar::Guid(_) | Scalar::TimeSpan(_) => write_quoted(&value.to_plain()?, out),
    }
    Ok(())
}

/// `JsonConvert.ToString(number)`: floats always show that they are floats; not-a-number and infinities are strings.
fn write_number(value: Number, out: &mut String) -> Result<(), Exception> {
    let special = match value {
        Number::Single(value) => !value.is_finite(),
        Number::Double(value) => !value.is_finite(),
        _ => false,
    };
    if let Number::Int64(value) = value {
        write_integer(value, out);
        return Ok(());
    }
    if let Number::Double(value) = value
        && (1e-4..1e15).contains(&value.abs())
    {
        // Here both write the shortest digits that read back as the same number, without an exponent.
        let start = out.len();
        let _ = write!(out, "{value}");
        if !out.get(start..).unwrap_or_default().contains('.') {
            out.push_str(".0");
        }
        return Ok(());
    }
    let format = if matches!(value.of(), NumberType::Single | NumberType::Double) { "R" } else { "" };
    let text = number::format(value, format)?;
    if special {
        write_quoted(&text, out);
        return Ok(());
    }
    out.push_str(&text);
    let is_float = matches!(value.of(), NumberType::Single | NumberType::Double | NumberType::Decimal);
    if is_float && !text.contains(['.', 'E', 'e']) {
        out.push_str(".0");
    }
    Ok(())
}

/// The most common number, without a heap block.
fn write_integer(value: i64, out: &mut String) {
    let mut digits = [0_u8; 20];
    let mut rest = value.unsigned_abs();
    let mut count = 0;
    for place in digits.iter_mut().rev() {
        *place = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        count += 1;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push('-');
    }
    let start = digits.len() - count;
    out.extend(digits.iter().skip(start).map(|digit| char::from(*digit)));
}

fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    out.push_str(text);
    out.push('"');
}

/// Appends a JSON string with its quotes.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    escape(text, '"', out);
    out.push('"');
}

/// `WriteEscapedJavaScriptString` with `StringEscapeHandling.Default`: control characters, the quote, `\`, and the three line ends that
/// JavaScript knows beyond ASCII.
pub(super) fn escape(text: &str, quote: char, out: &mut String) {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut index = 0;
    while index < bytes.len() {
        // Sixteen at a time, which the compiler turns into vector instructions.
        while let Some(block) = bytes.get(index..index + 16) {
            if block.iter().fold(false, |found, byte| found | needs_a_look(*byte)) {
                break;
            }
            index += 16;
        }
        let tail = bytes.get(index..).unwrap_or_default();
        let Some(clean) = tail.iter().position(|byte| needs_a_look(*byte)) else {
            break;
        };
        index += clean;
        let Some(character) = text.get(index..).and_then(|rest| rest.chars().next()) else {
            break;
        };
        let next = index + character.len_utf8();
        if let Some(escaped) = escaped(character, quote) {
            out.push_str(text.get(start..index).unwrap_or_default());
            if escaped.is_empty() {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            } else {
                out.push_str(escaped);
            }
            start = next;
        }
        index = next;
    }
    out.push_str(text.get(start..).unwrap_or_default());
}

/// Bytes that an escaped character can begin with. Quotes of the other kind are among them: they are rare.
fn needs_a_look(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'\\') | (byte == b'"') | (byte == b'\'') | (byte == 0xC2) | (byte == 0xE2)
}

/// What is written for a character that is escaped; empty for its number.
fn escaped(character: char, quote: char) -> Option<&'static str> {
    Some(match character {
        '\t' => "\\t",
        '\n' => "\\n",
        '\r' => "\\r",
        '\x0c' => "\\f",
        '\x08' => "\\b",
        '\\' => "\\\\",
        '"' if quote == '"' => "\\\"",
        '\'' if quote == '\'' => "\\'",
        '\u{85}' | '\u{2028}' | '\u{2029}' => "",
        character if character < ' ' => "",
        _ => return None,
    })
}
