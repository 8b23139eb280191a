//! Values as JSON: numbers, dates and strings.

use std::fmt::Write as _;

use super::Scalar;
use super::words::{TOPS, below, equal};
use crate::number::{self, Number, NumberType};
use crate::text::{Base64FormattingOptions, to_base64};
use crate::{Exception, date};

/// `JValue.WriteTo`.
pub(super) fn write_scalar(value: &Scalar, out: &mut String) -> Result<(), Exception> {
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
        && write_hundredths(value, out)
    {
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

/// Writes a number that has at most two digits behind the point, as prices and most measures have.
///
/// A decimal of at most 15 digits that reads as `value` is the shortest there is: no two of them read as the same number.
fn write_hundredths(value: f64, out: &mut String) -> bool {
    if value.to_bits() == 0 {
        out.push_str("0.0");
        return true;
    }
    let hundredths = (value * 100.0).round();
    if !(1.0..1e13).contains(&hundredths.abs()) || hundredths / 100.0 != value {
        return false;
    }
    let count = hundredths as i64;
    if count < 0 {
        out.push('-');
    }
    let (whole, rest) = (count.unsigned_abs() / 100, count.unsigned_abs() % 100);
    write_integer(whole.cast_signed(), out);
    let digit = |value: u64| char::from(b'0' + (value % 10) as u8);
    out.push('.');
    out.push(digit(rest / 10));
    if rest % 10 != 0 {
        out.push(digit(rest));
    }
    true
}

/// The most common number, without a heap block.
fn write_integer(value: i64, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(value));
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
    if is_plain(bytes, quote) {
        out.push_str(text);
        return;
    }
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
        if let Some(block) = bytes.get(index..index + 8)
            && !block.iter().fold(false, |found, byte| found | needs_a_look(*byte))
        {
            index += 8;
        }
        let tail = bytes.get(index..).unwrap_or_default();
        let Some(clean) = tail.iter().position(|byte| NEEDS_A_LOOK[usize::from(*byte)]) else {
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

/// Whether a text is ASCII and nothing of it is escaped, as in most texts: eight bytes at a time, the last of which may be looked at twice.
fn is_plain(bytes: &[u8], quote: char) -> bool {
    let Ok(quote) = u8::try_from(quote) else { return false };
    let is_plain = |word: u64| (word | below(b' ', word) | equal(quote, word) | equal(b'\\', word)) & TOPS == 0;
    let Some(last) = bytes.last_chunk::<8>() else {
        return match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            (Some(&[a, b, c, d]), Some(&[e, f, g, h])) => is_plain(u64::from_le_bytes([a, b, c, d, e, f, g, h])),
            _ => !bytes.iter().any(|byte| NEEDS_A_LOOK[usize::from(*byte)]),
        };
    };
    bytes.as_chunks::<8>().0.iter().all(|word| is_plain(u64::from_le_bytes(*word)))
        && is_plain(u64::from_le_bytes(*last))
}

/// Bytes that an escaped character can begin with. Quotes of the other kind are among them: they are rare.
const fn needs_a_look(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'\\') | (byte == b'"') | (byte == b'\'') | (byte == 0xC2) | (byte == 0xE2)
}

/// The same as a table, which is faster for single bytes.
static NEEDS_A_LOOK: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = needs_a_look(byte as u8);
        byte += 1;
    }
    table
};

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

#[cfg(test)]
mod tests {
    use super::escape;

    fn escaped(text: &str, quote: char) -> String {
        let mut out = String::new();
        escape(text, quote, &mut out);
        out
    }

    #[test]
    fn a_character_is_escaped_the_same_wherever_it_stands() {
        let others = ['\u{80}', '\u{85}', 'é', '\u{2028}', '\u{2029}', '€', '😀'];
        for quote in ['"', '\''] {
            for character in ('\0'..'\u{80}').chain(others) {
                // A single character is looked at by itself, not in words.
                let alone = escaped(&character.to_string(), quote);
                for length in 1..20 {
                    for at in 0..length {
                        let (before, behind) = ("x".repeat(at), "x".repeat(length - at - 1));
                        let text = format!("{before}{character}{behind}");
                        assert_eq!(escaped(&text, quote), format!("{before}{alone}{behind}"), "{text:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn control_characters_quotes_and_line_ends_of_javascript_are_escaped() {
        for (text, expected) in [
            ("\u{1}\t\n\r\u{8}\u{c}", r"\u0001\t\n\r\b\f"),
            ("a\"b\\c'd/", r#"a\"b\\c'd/"#),
            ("\u{85}\u{2028}\u{2029}\u{7f}é", "\\u0085\\u2028\\u2029\u{7f}é"),
        ] {
            assert_eq!(escaped(text, '"'), expected);
        }
        assert_eq!(escaped("'\"", '\''), r#"\'""#);
    }
}
