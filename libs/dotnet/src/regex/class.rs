//! Sets of UTF-16 units: `[a-z-[aeiou]]`, `\w`, `\p{Lu}`.

use super::category::{self, Categories};
use super::fold;

/// A set as written; `matches` answers for one unit.
#[derive(Debug, Clone, Default)]
pub(super) struct CharClass {
    pub(super) negated: bool,
    pub(super) ignore_case: bool,
    ranges: Vec<(u16, u16)>,
    /// Units of a category, or of none of several.
    categories: Vec<(Categories, bool)>,
    subtraction: Option<Box<CharClass>>,
    /// The answers for ASCII, filled in by `seal`.
    ascii: u128,
}

impl CharClass {
    pub(super) fn of_categories(categories: Categories, negated: bool) -> CharClass {
        CharClass { categories: vec![(categories, negated)], ..CharClass::default() }.seal()
    }

    pub(super) fn of_ranges(ranges: &[(u16, u16)], negated: bool) -> CharClass {
        CharClass { ranges: ranges.to_vec(), negated, ..CharClass::default() }.seal()
    }

    pub(super) fn add_range(&mut self, first: u16, last: u16) {
        self.ranges.push((first, last));
    }

    pub(super) fn add_ranges(&mut self, ranges: &[(u16, u16)]) {
        self.ranges.extend_from_slice(ranges);
    }

    /// All units that are in none of `ranges` (sorted).
    pub(super) fn add_complement(&mut self, ranges: &[(u16, u16)]) {
        let mut next = 0_u32;
        for (first, last) in ranges {
            if u32::from(*first) > next {
                self.ranges.push((unit(next), first - 1));
            }
            next = u32::from(*last) + 1;
        }
        if next <= 0xffff {
            self.ranges.push((unit(next), 0xffff));
        }
    }

    pub(super) fn add_categories(&mut self, categories: Categories, negated: bool) {
        self.categories.push((categories, negated));
    }

    pub(super) fn subtract(&mut self, other: CharClass) {
        self.subtraction = Some(Box::new(other));
    }

    /// Computes the answers for ASCII. To be called when everything has been added.
    pub(super) fn seal(mut self) -> CharClass {
        self.ranges.sort_unstable();
        let mut merged: Vec<(u16, u16)> = Vec::with_capacity(self.ranges.len());
        for (first, last) in self.ranges {
            match merged.last_mut() {
                Some(previous) if u32::from(first) <= u32::from(previous.1) + 1 => previous.1 = previous.1.max(last),
                _ => merged.push((first, last)),
            }
        }
        self.ranges = merged;
        self.ascii = (0..128).filter(|unit| self.compute(*unit)).fold(0, |bits, unit| bits | 1 << unit);
        self
    }

    pub(super) fn matches(&self, unit: u16) -> bool {
        if unit < 128 { self.ascii >> unit & 1 == 1 } else { self.compute(unit) }
    }

    fn compute(&self, unit: u16) -> bool {
        let mut inside = self.contains(unit);
        if !inside && self.ignore_case {
            inside = fold::equivalents(unit).into_iter().any(|other| self.in_ranges(other));
        }
        inside != self.negated && !self.subtraction.as_ref().is_some_and(|other| other.matches(unit))
    }

    fn contains(&self, unit: u16) -> bool {
        self.in_ranges(unit) || {
            !self.categories.is_empty() && {
                let of = category::of(unit);
                self.categories.iter().any(|(categories, negated)| categories.contain(of) != *negated)
            }
        }
    }

    fn in_ranges(&self, unit: u16) -> bool {
        let index = self.ranges.partition_point(|(_, last)| *last < unit);
        self.ranges.get(index).is_some_and(|(first, _)| *first <= unit)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "callers pass at most 0xffff")]
fn unit(value: u32) -> u16 {
    value as u16
}

/// `\w` with ECMAScript.
pub(super) const ECMA_WORD: &[(u16, u16)] = &[(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a), (0x130, 0x130)];
/// `\s` with ECMAScript.
pub(super) const ECMA_SPACE: &[(u16, u16)] = &[(0x09, 0x0d), (0x20, 0x20)];
/// `\d` with ECMAScript.
pub(super) const ECMA_DIGIT: &[(u16, u16)] = &[(0x30, 0x39)];
/// `\s`: `Char.IsWhiteSpace`.
pub(super) const SPACE: &[(u16, u16)] = &[
    (0x09, 0x0d),
    (0x20, 0x20),
    (0x85, 0x85),
    (0xa0, 0xa0),
    (0x1680, 0x1680),
    (0x2000, 0x200a),
    (0x2028, 0x2029),
    (0x202f, 0x202f),
    (0x205f, 0x205f),
    (0x3000, 0x3000),
];

/// Whether `\w` matches it.
pub(super) fn is_word(unit: u16) -> bool {
    if unit < 128 {
        return unit == 0x5f || char::from_u32(u32::from(unit)).is_some_and(|c| c.is_ascii_alphanumeric());
    }
    Categories::WORD.contain(category::of(unit))
}

/// Whether `\b` counts it as part of a word: also the zero width joiners.
pub(super) fn is_boundary_word(unit: u16) -> bool {
    is_word(unit) || unit == 0x200d || unit == 0x200c
}

/// Whether `\b` with ECMAScript counts it as part of a word.
pub(super) fn is_ecma_word(unit: u16) -> bool {
    ECMA_WORD.iter().any(|(first, last)| (*first..=*last).contains(&unit))
}
