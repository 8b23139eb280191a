//! XML's character references, tolerantly: what is no reference stays as it is, because raw `&&` is legal in this dialect.

use std::borrow::Cow;

use super::expression::Encoding;
use super::words::is_name_char;
use crate::expression::SourceMap;

/// Longest reference, `&` and `;` included (`&#x10FFFF;`).
const REFERENCE_BYTES_MAX: usize = 10;

/// The character and the length of the reference at the start of `bytes`.
pub(super) fn reference(bytes: &[u8]) -> Option<(char, usize)> {
    if bytes.first() != Some(&b'&') {
        return None;
    }
    let window = bytes.get(..REFERENCE_BYTES_MAX.min(bytes.len()))?;
    let end = window.iter().position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(window.get(1..end)?).ok()?;
    let character = match name {
        "quot" => '"',
        "apos" => '\'',
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        _ => numeric(name.strip_prefix('#')?)?,
    };
    Some((character, end + 1))
}

fn numeric(digits: &str) -> Option<char> {
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok()?,
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    char::from_u32(code).filter(|character| *character != '\0')
}

/// The text with its references decoded.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut next = Some(first);
    while let Some(at) = next {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        if let Some((character, length)) = reference(tail.as_bytes()) {
            out.push(character);
            rest = &tail[length..];
        } else {
            out.push('&');
            rest = &tail[1..];
        }
        next = rest.find('&');
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// What looks like a reference to an entity and is none that the dialect knows: its offset and its text.
pub(super) fn unknown(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('&').filter_map(|(at, _)| {
        let rest = &text[at..];
        let length = 1 + rest[1..].find(|c: char| !is_name_char(c))?;
        let is_entity = length > 1 && rest[1..].starts_with(char::is_alphabetic) && rest[length..].starts_with(';');
        (is_entity && reference(rest.as_bytes()).is_none()).then(|| (at, &rest[..=length]))
    })
}

/// The code of an expression as it is put together from the document, and where each part of it stands there.
pub(super) struct Code {
    text: String,
    map: SourceMap,
}

impl Code {
    /// Begins at `start` of the document.
    pub(super) fn new(start: u32) -> Code {
        Code { text: String::new(), map: SourceMap::verbatim(start) }
    }

    /// Appends what stands at `start` of the document, its references decoded if they are to be.
    #[allow(clippy::cast_possible_truncation, reason = "documents are shorter than 4 GiB (limits.rs)")]
    pub(super) fn push(&mut self, text: &str, start: u32, encoding: Encoding) {
        if self.map.document_offset(self.text.len() as u32) != start {
            self.map.resume(self.text.len() as u32, start);
        }
        if encoding == Encoding::Raw {
            self.text.push_str(text);
            return;
        }
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            let (before, tail) = rest.split_at(at);
            self.text.push_str(before);
            match reference(tail.as_bytes()) {
                Some((character, length)) => {
                    self.text.push(character);
                    rest = &tail[length..];
                    self.map.resume(self.text.len() as u32, start + (text.len() - rest.len()) as u32);
                }
                None => {
                    self.text.push('&');
                    rest = &tail[1..];
                }
            }
        }
        self.text.push_str(rest);
    }

    /// The code, and where it stands.
    pub(super) fn done(self) -> (String, SourceMap) {
        (self.text, self.map)
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, decode};
    use crate::reader::expression::Encoding;

    #[test]
    fn decoded_code_knows_where_it_stands() {
        let mut code = Code::new(10);
        code.push("a &lt; b && c &quot;", 10, Encoding::Entities);
        let (code, map) = code.done();
        assert_eq!(code, "a < b && c \"");
        let offsets: Vec<u32> = [0, 2, 3, 4, 6, 11].into_iter().map(|offset| map.document_offset(offset)).collect();
        assert_eq!(offsets, [10, 12, 16, 17, 19, 24]);
    }

    #[test]
    fn references_become_characters_and_anything_else_stays() {
        for (written, meant) in [
            ("a &lt;b&gt; &amp;&amp; &quot;c&quot; &apos;", "a <b> && \"c\" '"),
            ("&#65;&#x42;&#x1F600;", "AB\u{1F600}"),
            ("a && b & c; &nosuch; &", "a && b & c; &nosuch; &"),
            ("&#0; &#xD800; &#x110000; &#+5; &#;", "&#0; &#xD800; &#x110000; &#+5; &#;"),
            ("&amp;lt;", "&lt;"),
            ("ä&amp;ö", "ä&ö"),
        ] {
            assert_eq!(decode(written), meant);
        }
    }
}
