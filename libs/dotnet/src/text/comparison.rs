//! `StringComparison`: the six ways to compare.

use std::cmp::Ordering;

use super::casing::char_to_upper;
use super::collation::{self, Case};
use super::units::length;
use crate::Exception;

/// `System.StringComparison`, with its values. The current culture is the invariant one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named after its .NET value")]
pub enum StringComparison {
    CurrentCulture = 0,
    CurrentCultureIgnoreCase = 1,
    InvariantCulture = 2,
    InvariantCultureIgnoreCase = 3,
    Ordinal = 4,
    OrdinalIgnoreCase = 5,
}

impl StringComparison {
    /// The comparison with this value.
    ///
    /// # Errors
    /// `ArgumentException`.
    pub fn from_value(value: i64) -> Result<StringComparison, Exception> {
        match value {
            0 => Ok(StringComparison::CurrentCulture),
            1 => Ok(StringComparison::CurrentCultureIgnoreCase),
            2 => Ok(StringComparison::InvariantCulture),
            3 => Ok(StringComparison::InvariantCultureIgnoreCase),
            4 => Ok(StringComparison::Ordinal),
            5 => Ok(StringComparison::OrdinalIgnoreCase),
            _ => Err(Exception::argument(
                "comparisonType",
                "The string comparison type passed in is currently not supported.",
            )),
        }
    }

    /// Whether capitals equal small letters.
    #[must_use]
    pub const fn ignores_case(self) -> bool {
        self as u8 % 2 == 1
    }

    /// Whether code units are compared, not letters.
    #[must_use]
    pub const fn is_ordinal(self) -> bool {
        matches!(self, StringComparison::Ordinal | StringComparison::OrdinalIgnoreCase)
    }

    pub(super) fn case(self) -> Case {
        if self.ignores_case() { Case::Ignored } else { Case::Counts }
    }
}

/// `String.Compare`: below, at or above zero. Ordinal comparisons yield the distance of the first units that differ, as .NET does.
#[must_use]
pub fn compare(left: &str, right: &str, comparison: StringComparison) -> i32 {
    match comparison {
        StringComparison::Ordinal => ordinal_distance(left, right),
        StringComparison::OrdinalIgnoreCase => {
            let (left, right) = without_same(left, right);
            distance(folded(left), folded(right))
        }
        _ => match collation::compare(left, right, comparison.case()) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        },
    }
}

/// The distance of the first units that differ, or of the lengths.
fn ordinal_distance(left: &str, right: &str) -> i32 {
    let (left, right) = without_same(left, right);
    if left.is_empty() || right.is_empty() {
        let count = |text| i32::try_from(length(text)).unwrap_or(i32::MAX);
        return count(left) - count(right);
    }
    distance(left.encode_utf16(), right.encode_utf16())
}

/// Two texts without the characters that both begin with.
pub(super) fn without_same<'t>(left: &'t str, right: &'t str) -> (&'t str, &'t str) {
    let end = left.floor_char_boundary(same_bytes(left, right));
    (left.get(end..).unwrap_or_default(), right.get(end..).unwrap_or_default())
}

/// How many bytes are the same at the begin of both.
pub(super) fn same_bytes(left: &str, right: &str) -> usize {
    /// Bytes that are compared at once.
    const BLOCK: usize = 64;
    let blocks = left.as_bytes().chunks_exact(BLOCK).zip(right.as_bytes().chunks_exact(BLOCK));
    let start = BLOCK * blocks.take_while(|(left, right)| left == right).count();
    let rest = left.bytes().skip(start).zip(right.bytes().skip(start));
    start + rest.take_while(|(left, right)| left == right).count()
}

fn folded(text: &str) -> impl Iterator<Item = u16> {
    text.chars().map(char_to_upper).flat_map(|c| {
        let mut units = [0; 2];
        let count = c.encode_utf16(&mut units).len();
        units.into_iter().take(count)
    })
}

fn distance(mut left: impl Iterator<Item = u16>, mut right: impl Iterator<Item = u16>) -> i32 {
    loop {
        match (left.next(), right.next()) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => return i32::from(a) - i32::from(b),
            // The difference of the lengths.
            (Some(_), None) => return units_left(left) + 1,
            (None, Some(_)) => return -units_left(right) - 1,
            (None, None) => return 0,
        }
    }
}

fn units_left(units: impl Iterator<Item = u16>) -> i32 {
    i32::try_from(units.count()).unwrap_or(i32::MAX - 1)
}

/// `String.Equals(left, right, comparison)`.
#[must_use]
pub fn equals(left: &str, right: &str, comparison: StringComparison) -> bool {
    match comparison {
        StringComparison::Ordinal => left == right,
        StringComparison::OrdinalIgnoreCase if left.is_ascii() && right.is_ascii() => left.eq_ignore_ascii_case(right),
        StringComparison::OrdinalIgnoreCase => left.chars().map(char_to_upper).eq(right.chars().map(char_to_upper)),
        _ => left == right || compare(left, right, comparison) == 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StringComparison as By;

    #[test]
    fn ordinal_comparison_yields_distances() {
        assert_eq!(compare("a", "c", By::Ordinal), -2);
        assert_eq!(compare("abcd", "ab", By::Ordinal), 2);
        assert_eq!(compare("a", "B", By::Ordinal), 31);
        assert_eq!(compare("a", "B", By::OrdinalIgnoreCase), -1);
        assert_eq!(compare("\u{FFFD}", "😀", By::Ordinal), 0xFFFD - 0xD83D);
    }

    #[test]
    fn what_both_begin_with_does_not_matter() {
        for same in ["", "é", "a😀", &"漢字".repeat(50), &"x".repeat(64)] {
            for (left, right, ordinal, ignoring) in [
                ("", "", 0, 0),
                ("", "😀b", -3, -3),
                ("éa", "é", 1, 1),
                // Characters that share their first bytes.
                ("é", "è", 1, 1),
                ("\u{FFFD}", "😀", 0xFFFD - 0xD83D, 0xFFFD - 0xD83D),
                ("é", "É", 0x20, 0),
            ] {
                let (left, right) = (format!("{same}{left}"), format!("{same}{right}"));
                assert_eq!(compare(&left, &right, By::Ordinal), ordinal, "{left} {right}");
                assert_eq!(compare(&left, &right, By::OrdinalIgnoreCase), ignoring, "{left} {right}");
            }
        }
    }

    #[test]
    fn culture_comparison_yields_signs() {
        assert_eq!(compare("a", "B", By::CurrentCulture), -1);
        assert_eq!(compare("a", "A", By::InvariantCulture), -1);
        assert_eq!(compare("a", "A", By::InvariantCultureIgnoreCase), 0);
        assert_eq!(compare("b", "A", By::CurrentCultureIgnoreCase), 1);
    }

    #[test]
    fn equality_folds_case_where_asked() {
        assert!(equals("É", "é", By::OrdinalIgnoreCase));
        assert!(!equals("É", "é", By::Ordinal));
        assert!(!equals("ß", "SS", By::OrdinalIgnoreCase));
        assert!(equals("East US", "east us", By::InvariantCultureIgnoreCase));
    }

    #[test]
    fn unknown_values_are_refused() {
        assert!(By::from_value(6).is_err());
        assert_eq!(By::from_value(5), Ok(By::OrdinalIgnoreCase));
    }
}
