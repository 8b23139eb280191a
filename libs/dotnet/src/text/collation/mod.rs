//! Texts "as a culture" sees them: what string.Compare, IndexOf, StartsWith and EndsWith use when nobody says ordinal.

mod element;
mod search;

use std::cmp::Ordering;

pub(super) use self::element::Case;
pub(super) use self::element::{Element, elements};
pub(super) use self::search::{Search, ends_with, starts_with};
use super::comparison::same_bytes;

/// The elements of a text.
fn weights(text: &str, case: Case) -> impl Iterator<Item = Element> {
    let mut parts = Vec::new();
    let mut characters = text.chars();
    let mut next = 0;
    std::iter::from_fn(move || {
        while next == parts.len() {
            parts.clear();
            next = 0;
            elements(characters.next()?, case, |element| parts.push(element));
        }
        next += 1;
        parts.get(next - 1).copied()
    })
}

/// Two texts without what both begin with, up to a character of ASCII: marks behind it belong to it.
pub(super) fn without_common<'t>(left: &'t str, right: &'t str) -> (&'t str, &'t str) {
    let common = same_bytes(left, right);
    let head = left.as_bytes().get(..common).unwrap_or_default();
    let end = head.iter().rposition(u8::is_ascii).map_or(0, |last| last + 1);
    (left.get(end..).unwrap_or(left), right.get(end..).unwrap_or(right))
}

/// The order of two texts.
pub(super) fn compare(left: &str, right: &str, case: Case) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    let (left, right) = without_common(left, right);
    let primaries = |text| weights(text, case).map(|element| element.primary).filter(|primary| *primary != 0);
    let accents = |text| weights(text, case).map(|element| element.accent);
    let forms = |text| weights(text, case).map(|element| element.form);
    primaries(left)
        .cmp(primaries(right))
        .then_with(|| accents(left).cmp(accents(right)))
        .then_with(|| forms(left).cmp(forms(right)))
}

/// Whether a text is ASCII without characters that do not count: then units can be compared as well.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, byte| plain & (matches!(byte, b' '..=b'~') | matches!(byte, b'\t'..=b'\r')))
}

#[cfg(test)]
mod tests;
