//! Bounds of this folder.

/// Longest text that padding may build, in UTF-16 units. .NET stops at a gigabyte; no policy pads that far.
pub(super) const PADDED_UNITS_MAX: usize = 16 * 1024 * 1024;

/// Largest index and alignment of a format item: .NET's own limits.
pub(super) const ITEM_INDEX_MAX: u32 = 1_000_000;
pub(super) const ITEM_WIDTH_MAX: u32 = 1_000_000;

/// Format items of one composite format: each costs memory before the first argument is looked at.
pub(super) const ITEMS_MAX: usize = 100_000;
