//! Bounds of this folder.

/// Longest precision of a standard format (`F100000`). .NET allows 999,999,999, which is a gigabyte of zeros from ten characters;
/// no number has more than 1,100 digits that say anything.
pub(super) const PRECISION_MAX: usize = 100_000;

/// Digits behind the point that a `double` can have: 2^-1074 needs 1074.
pub(super) const FRACTION_DIGITS_MAX: usize = 1_100;

/// Scale of a `decimal`, 0 to this.
pub(super) const DECIMAL_SCALE_MAX: u32 = 28;
