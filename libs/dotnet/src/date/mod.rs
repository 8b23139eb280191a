//! DateTime, DateTimeOffset, TimeSpan and TimeZoneInfo.
//!
//! Small `Copy` values and pure functions. What must hold: the clock is never read here, "now" is an argument; the gateway's local zone
//! is UTC, so converting between universal and local time changes only the kind; text is read and written with the invariant culture.

mod calendar;
mod cursor;
mod date_time;
mod format;
pub mod json;
mod names;
mod offset;
mod parse;
mod time_span;
mod zone;

pub use calendar::{days_in_month, is_leap_year};
pub use date_time::{DateTime, DateTimeKind, DayOfWeek, Parts};
pub use offset::DateTimeOffset;
pub use parse::DateTimeStyles;
pub use time_span::{TimeSpan, TimeSpanParts};
pub use zone::{AdjustmentRule, CustomZone, TimeZoneInfo, TransitionTime};

/// Ticks (100 ns) in a microsecond.
pub(crate) const TICKS_PER_MICROSECOND: i64 = 10;
/// Ticks in a millisecond.
pub(crate) const TICKS_PER_MILLISECOND: i64 = 1_000 * TICKS_PER_MICROSECOND;
/// Ticks in a second.
pub(crate) const TICKS_PER_SECOND: i64 = 1_000 * TICKS_PER_MILLISECOND;
/// Ticks in a minute.
pub(crate) const TICKS_PER_MINUTE: i64 = 60 * TICKS_PER_SECOND;
/// Ticks in an hour.
pub(crate) const TICKS_PER_HOUR: i64 = 60 * TICKS_PER_MINUTE;
/// Ticks in a day.
pub(crate) const TICKS_PER_DAY: i64 = 24 * TICKS_PER_HOUR;
/// Days from 0001-01-01 to 9999-12-31, exclusive: what a date can be.
pub(crate) const DAYS_TO_10000: i64 = 3_652_059;
/// The last tick of 9999-12-31.
pub(crate) const MAX_TICKS: i64 = DAYS_TO_10000 * TICKS_PER_DAY - 1;
/// 1970-01-01 in ticks.
pub(crate) const UNIX_EPOCH_TICKS: i64 = 719_162 * TICKS_PER_DAY;
