//! `ToUpper`, `ToLower` and their invariant forms: one character for one, so `ß` stays `ß`.

use std::borrow::Cow;
use std::sync::LazyLock;

/// What becomes of each character of one unit: looking that up takes a nanosecond, asking Unicode's tables ten. Made in less than a millisecond.
type Table = LazyLock<Box<[u16]>>;

static UPPER: Table = LazyLock::new(|| table(upper));
static LOWER: Table = LazyLock::new(|| table(lower));

fn table(of: fn(char) -> char) -> Box<[u16]> {
    let mapped = |unit: u16| char::from_u32(unit.into()).and_then(|c| u16::try_from(u32::from(of(c))).ok());
    (0..=u16::MAX).map(|unit| mapped(unit).unwrap_or(unit)).collect()
}

/// What a table says of a character; `None` for those it does not have.
fn looked_up(table: &Table, c: char) -> Option<char> {
    char::from_u32((*table.get(c as usize)?).into())
}

/// `Char.ToUpperInvariant` on a whole code point.
#[must_use]
pub fn char_to_upper(c: char) -> char {
    if c.is_ascii() { c.to_ascii_uppercase() } else { looked_up(&UPPER, c).unwrap_or_else(|| upper(c)) }
}

fn upper(c: char) -> char {
    // The dotless i maps to I only in Turkish cultures.
    if c == 'ı' { c } else { single(c, c.to_uppercase()) }
}

/// `Char.ToLowerInvariant` on a whole code point.
#[must_use]
pub fn char_to_lower(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { looked_up(&LOWER, c).unwrap_or_else(|| lower(c)) }
}

fn lower(c: char) -> char {
    if c == 'İ' { c } else { single(c, c.to_lowercase()) }
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
    let Some((first, _)) = text.char_indices().find(|(_, c)| of(*c) != *c) else { return Cow::Borrowed(text) };
    let (same, rest) = text.split_at(first);
    let mut mapped = String::with_capacity(text.len());
    mapped.push_str(same);
    mapped.extend(rest.chars().map(of));
    Cow::Owned(mapped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_say_what_unicode_says() {
        for c in (0..0x3_0000).filter_map(char::from_u32) {
            assert_eq!((char_to_upper(c), char_to_lower(c)), (upper(c), lower(c)), "{c:?}");
        }
    }

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
