//! `System.Net.WebUtility`: HTML entities and form encoding.

mod entities;

use std::borrow::Cow;
use std::fmt::Write;

use super::escape::{decoded, push_escaped};
use entities::entity;

/// `HtmlEncode`: the five special characters, Latin-1 letters and symbols, and everything beyond the first plane.
#[must_use]
pub fn html_encode(text: &str) -> Cow<'_, str> {
    let special = |c: char| matches!(c, '<' | '>' | '"' | '\'' | '&' | '\u{A0}'..='\u{FF}') || c.len_utf16() == 2;
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len() + text.len() / 4);
    for c in text.chars() {
        match c {
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\'' => result.push_str("&#39;"),
            '&' => result.push_str("&amp;"),
            _ if special(c) => {
                // Writing to a String does not fail.
                let _ = write!(result, "&#{};", u32::from(c));
            }
            _ => result.push(c),
        }
    }
    Cow::Owned(result)
}

/// `HtmlDecode`: named entities of HTML 4, decimal and hexadecimal references; anything else stays.
#[must_use]
pub fn html_decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        let (before, reference) = rest.split_at(start);
        result.push_str(before);
        let body = reference.get(1..).unwrap_or_default();
        // An entity ends at `;`; another `&` before that starts a new one.
        let end = body.find([';', '&']).filter(|end| body.as_bytes().get(*end) == Some(&b';'));
        match end.and_then(|end| Some((end, character(body.get(..end)?)?))) {
            Some((end, c)) => {
                result.push(c);
                rest = body.get(end + 1..).unwrap_or_default();
            }
            None => {
                result.push('&');
                rest = body;
            }
        }
    }
    result.push_str(rest);
    Cow::Owned(result)
}

fn character(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else { return entity(name) };
    let value = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with('+'))?,
        None => number.parse().ok().filter(|_| !number.starts_with('+'))?,
    };
    char::from_u32(value).filter(|_| value != 0)
}

/// `UrlEncode`: space is `+`; letters, digits and `-_.!*()` stay.
#[must_use]
pub fn url_encode(text: &str) -> Cow<'_, str> {
    let safe =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'*' | b'(' | b')');
    if text.bytes().all(safe) {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        match byte {
            b' ' => result.push('+'),
            _ if safe(byte) => result.push(char::from(byte)),
            _ => push_escaped(&mut result, byte),
        }
    }
    Cow::Owned(result)
}

/// `UrlDecode`: `+` is a space; what is no escape stays, bytes that are no UTF-8 become U+FFFD.
#[must_use]
pub fn url_decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['+', '%']) {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut result = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while let Some(&byte) = bytes.get(position) {
        let escaped = decoded(bytes, position);
        result.push(escaped.unwrap_or(if byte == b'+' { b' ' } else { byte }));
        position += if escaped.is_some() { 3 } else { 1 };
    }
    Cow::Owned(String::from_utf8_lossy(&result).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_encoded_and_decoded() {
        let cases = [
            ("a<b>&\"'c", "a&lt;b&gt;&amp;&quot;&#39;c"),
            ("é\u{A0}", "&#233;&#160;"),
            ("😀", "&#128512;"),
            ("€ž中\u{9F}", "€ž中\u{9F}"),
        ];
        for (text, encoded) in cases {
            assert_eq!(html_encode(text), encoded);
            assert_eq!(html_decode(encoded), text);
        }
    }

    #[test]
    fn what_is_no_entity_stays() {
        let cases = [
            ("&eacute;&Eacute;&apos;&euro;", "éÉ'€"),
            ("&#x41;&#X42;&#67;", "ABC"),
            ("&nope; & &lt", "&nope; & &lt"),
            ("&amp&lt;", "&amp<"),
            ("&#0;&#xD800;&#99999999;&#;", "&#0;&#xD800;&#99999999;&#;"),
            ("&amp;lt;", "&lt;"),
        ];
        for (text, expected) in cases {
            assert_eq!(html_decode(text), expected, "{text}");
        }
    }

    #[test]
    fn forms_are_encoded_and_decoded() {
        assert_eq!(url_encode("a b&c=é/~'!*()-_."), "a+b%26c%3D%C3%A9%2F%7E%27!*()-_.");
        assert_eq!(url_decode("a+b%26%c3%A9%zz%4"), "a b&é%zz%4");
        assert_eq!(url_decode("%FFx"), "\u{FFFD}x");
    }
}
