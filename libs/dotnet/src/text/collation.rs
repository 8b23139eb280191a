//! The order of texts "as a culture" sees it: what string.Compare uses when nobody says ordinal.
//!
//! A sketch of the root collation: control characters do not count; white space, punctuation and symbols come before digits, digits before
//! letters; letters compare by base letter first (`a` < `B`), then by accent, then small before capital. Letters outside the Latin script
//! keep the order of their code points, and there are no contractions: deviations from ICU that no policy was seen to depend on.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::casing::{char_to_lower, char_to_upper};

/// Punctuation and symbols of ASCII in the order of the root collation.
const SYMBOLS: &str = "\t\n\u{B}\u{C}\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// What one character weighs at the three levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Weights {
    primary: (u8, u32),
    accent: u32,
    capital: bool,
}

/// Whether case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Counts,
    Ignored,
}

fn weights(text: &str) -> impl Iterator<Item = Weights> {
    text.nfd()
        .filter(|c| !c.is_control() || c.is_whitespace())
        .filter(|c| !matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}'))
        .map(|c| {
            if is_combining_mark(c) {
                return Weights { primary: (0, 0), accent: c.into(), capital: false };
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
            // Symbols beyond ASCII stand behind those of ASCII, in the order of their code points.
            let primary = if class == 1 { symbol.unwrap_or_else(|| 1000 + u32::from(c)) } else { lower.into() };
            Weights { primary: (class, primary), accent: 0, capital: lower != c && char_to_upper(c) == c }
        })
}

/// The order of two texts.
pub(super) fn compare(left: &str, right: &str, case: Case) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    let base = |weights: &Weights| weights.accent == 0;
    let primary = weights(left).filter(base).map(|w| w.primary).cmp(weights(right).filter(base).map(|w| w.primary));
    let accents = || weights(left).map(|w| w.accent).cmp(weights(right).map(|w| w.accent));
    let capitals = || match case {
        Case::Counts => weights(left).map(|w| w.capital).cmp(weights(right).map(|w| w.capital)),
        Case::Ignored => Ordering::Equal,
    };
    primary.then_with(accents).then_with(capitals)
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
    }
}
