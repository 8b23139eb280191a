//! `ToUpper`, `ToLower` and their invariant forms: one character for one, so `ß` stays `ß`.

use std::borrow::Cow;

/// `Char.ToUpperInvariant` on a whole code point.
#[must_use]
pub fn char_to_upper(c: char) -> char {
    // The dotless i maps to I only in Turkish cultures.
    if c.is_ascii() {
        c.to_ascii_uppercase()
    } else if c == 'ı' {
        c
    } else {
        single(c, c.to_uppercase())
    }
}

/// `Char.ToLowerInvariant` on a whole code point.
#[must_use]
pub fn char_to_lower(c: char) -> char {
    if c.is_ascii() {
        c.to_ascii_lowercase()
    } else if c == 'İ' {
        c
    } else {
        single(c, c.to_lowercase())
    }
}

/// The mapping, if it is to one character of the same size in UTF-16.
fn single(from: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(to), None) if to.len_utf16() == from.len_utf16() => to,
        _ => from,
    }
}

/// `ToUpperInvariant`.
#[must_use]
pub fn to_upper(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        return map(text, char_to_upper);
    }
    let changes = text.bytes().any(|byte| byte.is_ascii_lowercase());
    if changes { Cow::Owned(text.to_ascii_uppercase()) } else { Cow::Borrowed(text) }
}

/// `ToLowerInvariant`.
#[must_use]
pub fn to_lower(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        return map(text, char_to_lower);
    }
    let changes = text.bytes().any(|byte| byte.is_ascii_uppercase());
    if changes { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) }
}

fn map(text: &str, of: fn(char) -> char) -> Cow<'_, str> {
    if text.chars().all(|c| of(c) == c) { Cow::Borrowed(text) } else { Cow::Owned(text.chars().map(of).collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_maps_to_one() {
        for (text, upper, lower) in [
            ("aBc", "ABC", "abc"),
            ("straße", "STRAßE", "straße"),
            ("Éé", "ÉÉ", "éé"),
            ("ıİ", "ıİ", "ıİ"),
            ("σς", "ΣΣ", "σς"),
        ] {
            assert_eq!(to_upper(text), upper);
            assert_eq!(to_lower(text), lower);
        }
    }
}
