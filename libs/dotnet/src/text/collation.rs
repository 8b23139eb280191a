//! The order of texts "as a culture" sees it: what string.Compare uses when nobody says ordinal.
//!
//! A sketch of the root collation: control characters do not count; white space, punctuation and symbols come before digits, digits before
//! letters; letters compare by base letter first (`a` < `B`), then by accent, then small before capital; ligatures and the like as what they
//! stand for (`ß` behind `ss`). Other letters outside ASCII keep the order of their code points, and there are no contractions: deviations from
//! ICU that no policy was seen to depend on.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::casing::{char_to_lower, char_to_upper};
use super::category::{is_digit, numeric_value};

/// Punctuation and symbols of ASCII in the order of the root collation.
const SYMBOLS: &str = "\t\n\u{B}\u{C}\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// What one character weighs at the three levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Weights {
    primary: (u8, u32),
    accent: u32,
    /// Small, capital, and forms that stand for other characters (`ﬁ`, `²`).
    form: u8,
}

/// Whether case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Counts,
    Ignored,
}

/// Letters that weigh as others with a mark, which NFD does not take apart (DUCET): base, mark, letter behind it.
const COMPOSED: &[(char, char, u32, Option<char>)] = &[
    ('æ', 'a', 0x110, Some('e')),
    ('œ', 'o', 0x339, Some('e')),
    ('ß', 's', 0x118, Some('s')),
    ('ø', 'o', 0x338, None),
    ('ł', 'l', 0x335, None),
    ('đ', 'd', 0x335, None),
    ('ð', 'd', 0x336, None),
];

fn weights(text: &str) -> impl Iterator<Item = Weights> {
    text.nfd()
        .filter(|c| !c.is_control() || c.is_whitespace())
        .filter(|c| !matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}'))
        .flat_map(|c| {
            let more = if c.is_ascii() { None } else { taken_apart(c) };
            let first = if more.is_none() { Some(weight(c)) } else { None };
            first.into_iter().chain(more.into_iter().flatten())
        })
}

/// The weights of a character that weighs as several, or as another.
fn taken_apart(c: char) -> Option<Vec<Weights>> {
    let lower = char_to_lower(c);
    if let Some((_, base, mark, behind)) = COMPOSED.iter().find(|(known, ..)| *known == lower) {
        let form = u8::from(lower != c);
        let of = |letter: char| Weights { form, ..weight(letter) };
        let mark = Weights { primary: (0, 0), accent: *mark, form: 0 };
        return Some([of(*base), mark].into_iter().chain(behind.map(of)).collect());
    }
    let mut parts = Vec::new();
    decompose_compatible(c, |part| parts.push(part));
    if parts != [c] {
        return Some(parts.into_iter().map(|part| Weights { form: 2, ..weight(part) }).collect());
    }
    let unit = u16::try_from(u32::from(c)).ok().filter(|unit| is_digit(*unit))?;
    let digit = char::from_digit(numeric_value(unit) as u32, 10)?;
    Some(vec![Weights { form: 2, ..weight(digit) }])
}

fn weight(c: char) -> Weights {
    if is_combining_mark(c) {
        return Weights { primary: (0, 0), accent: c.into(), form: 0 };
    }
    let lower = char_to_lower(c);
    let class = if c.is_alphabetic() {
        3
    } else if c.is_numeric() {
        2
    } else {
        1
    };
    let symbol = SYMBOLS.chars().position(|symbol| symbol == c).map(|index| u32::try_from(index).unwrap_or(0));
    let primary = match lower {
        // Symbols beyond ASCII stand behind those of ASCII, in the order of their code points.
        _ if class == 1 => symbol.unwrap_or_else(|| 2 * (1000 + u32::from(c))),
        // Letters of their own between and behind those of ASCII.
        'ı' => 2 * u32::from('i') + 1,
        'þ' => 2 * u32::from('z') + 1,
        lower => 2 * u32::from(lower),
    };
    Weights { primary: (class, primary), accent: 0, form: u8::from(lower != c && char_to_upper(c) == c) }
}

/// Two texts without what both begin with, up to a character of ASCII: marks behind it are in the order that they would have.
fn without_common<'t>(left: &'t str, right: &'t str) -> (&'t str, &'t str) {
    let common = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
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
    let base = |weights: &Weights| weights.accent == 0;
    let primary = weights(left).filter(base).map(|w| w.primary).cmp(weights(right).filter(base).map(|w| w.primary));
    let accents = || weights(left).map(|w| w.accent).cmp(weights(right).map(|w| w.accent));
    let forms = || match case {
        Case::Counts => weights(left).map(|w| w.form).cmp(weights(right).map(|w| w.form)),
        Case::Ignored => Ordering::Equal,
    };
    primary.then_with(accents).then_with(forms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_order_by_base_then_accent_then_case() {
        let sorted = [
            "", " ", "_", "-", "1", "a", "A", "á", "ab", "b", "B", "c", "co-op", "coop", "resume", "Resume", "résumé",
            "z", "Я",
        ];
        for pair in sorted.windows(2) {
            assert_eq!(compare(pair[0], pair[1], Case::Counts), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0], Case::Counts), Ordering::Greater, "{pair:?}");
        }
    }

    #[test]
    fn composed_and_decomposed_letters_are_equal_and_so_is_case_when_ignored() {
        assert_eq!(compare("é", "e\u{301}", Case::Counts), Ordering::Equal);
        assert_eq!(compare("Straße", "STRAßE", Case::Ignored), Ordering::Equal);
        assert_eq!(compare("a\u{AD}b", "ab", Case::Counts), Ordering::Equal);
        assert_ne!(compare("e", "é", Case::Ignored), Ordering::Equal);
        // Behind what both begin with.
        assert_eq!(compare("xé", "xe\u{301}", Case::Counts), Ordering::Equal);
        assert_eq!(compare("xée\u{301}\u{323}", "xée\u{323}\u{301}", Case::Counts), Ordering::Equal);
        assert_eq!(compare("xé", "xèa", Case::Counts), Ordering::Less);
        assert_eq!(compare("éa", "éA", Case::Counts), Ordering::Less);
        assert_eq!(compare("ab", "a", Case::Counts), Ordering::Greater);
    }
}
