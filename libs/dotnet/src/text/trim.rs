//! `Trim`, `TrimStart`, `TrimEnd`.

/// Whether a character is to go: white space if none are named.
fn goes(c: char, chars: &[u16]) -> bool {
    if chars.is_empty() {
        c.is_whitespace()
    } else {
        u16::try_from(u32::from(c)).is_ok_and(|unit| chars.contains(&unit))
    }
}

/// `Trim(chars)`; no characters: white space.
#[must_use]
pub fn trim<'a>(text: &'a str, chars: &[u16]) -> &'a str {
    text.trim_matches(|c| goes(c, chars))
}

/// `TrimStart(chars)`.
#[must_use]
pub fn trim_start<'a>(text: &'a str, chars: &[u16]) -> &'a str {
    text.trim_start_matches(|c| goes(c, chars))
}

/// `TrimEnd(chars)`.
#[must_use]
pub fn trim_end<'a>(text: &'a str, chars: &[u16]) -> &'a str {
    text.trim_end_matches(|c| goes(c, chars))
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
