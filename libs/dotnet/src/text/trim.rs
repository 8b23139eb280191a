//! `Trim`, `TrimStart`, `TrimEnd`.

/// Whether a character is to go: white space if none are named.
fn goes(c: char, chars: &[u16]) -> bool {
    if chars.is_empty() {
        c.is_whitespace()
    } else {
        u16::try_from(u32::from(c)).is_ok_and(|unit| chars.contains(&unit))
    }
}

/// Bytes at the beginning that are to go, as far as they are ASCII: most texts have nothing else there.
fn ascii_before(bytes: &[u8], chars: &[u16]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii() && goes(char::from(**byte), chars)).count()
}

/// The same at the end.
fn ascii_behind(bytes: &[u8], chars: &[u16]) -> usize {
    bytes.iter().rev().take_while(|byte| byte.is_ascii() && goes(char::from(**byte), chars)).count()
}

/// `Trim(chars)`; no characters: white space.
#[must_use]
pub fn trim<'a>(text: &'a str, chars: &[u16]) -> &'a str {
    trim_end(trim_start(text, chars), chars)
}

/// `TrimStart(chars)`.
#[must_use]
pub fn trim_start<'a>(text: &'a str, chars: &[u16]) -> &'a str {
    let rest = text.get(ascii_before(text.as_bytes(), chars)..).unwrap_or(text);
    rest.trim_start_matches(|c| goes(c, chars))
}

/// `TrimEnd(chars)`.
#[must_use]
pub fn trim_end<'a>(text: &'a str, chars: &[u16]) -> &'a str {
    let rest = text.get(..text.len() - ascii_behind(text.as_bytes(), chars)).unwrap_or(text);
    rest.trim_end_matches(|c| goes(c, chars))
}

/// `String.IsNullOrWhiteSpace`.
#[must_use]
pub fn is_null_or_white_space(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.chars().all(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_characters_or_white_space_go() {
        assert_eq!(trim("\u{A0} a b\r\n", &[]), "a b");
        assert_eq!(trim("\"x\"", &[u16::from(b'"')]), "x");
        assert_eq!(trim_start("//a//", &[u16::from(b'/')]), "a//");
        assert_eq!(trim_end("//a//", &[u16::from(b'/')]), "//a");
        assert!(
            is_null_or_white_space(None)
                && is_null_or_white_space(Some(" \t"))
                && !is_null_or_white_space(Some("\u{200B}"))
        );
    }
}
