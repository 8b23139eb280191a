//! System.DateTime: a tick count from 0001-01-01 and a kind. Equality, order and hash look at the ticks alone, as in .NET.

mod arithmetic;
#[cfg(test)]
mod tests;

use super::calendar::{date_from_days, days_from_date};
use super::{
    MAX_TICKS, TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MICROSECOND, TICKS_PER_MILLISECOND, TICKS_PER_MINUTE,
    TICKS_PER_SECOND, TimeSpan, UNIX_EPOCH_TICKS,
};
use crate::{Exception, ExceptionType};
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

const KIND_SHIFT: u32 = 62;
const TICKS_MASK: u64 = (1 << KIND_SHIFT) - 1;

/// What a DateTime's ticks count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DateTimeKind {
    /// Not said.
    Unspecified = 0,
    /// Universal time.
    Utc = 1,
    /// The local zone, which is UTC on a gateway.
    Local = 2,
}

/// A day of the week; Sunday is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the days speak for themselves")]
pub enum DayOfWeek {
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

impl DayOfWeek {
    /// The days in order.
    pub const ALL: [DayOfWeek; 7] = [
        DayOfWeek::Sunday,
        DayOfWeek::Monday,
        DayOfWeek::Tuesday,
        DayOfWeek::Wednesday,
        DayOfWeek::Thursday,
        DayOfWeek::Friday,
        DayOfWeek::Saturday,
    ];

    /// `Sunday`
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            DayOfWeek::Sunday => "Sunday",
            DayOfWeek::Monday => "Monday",
            DayOfWeek::Tuesday => "Tuesday",
            DayOfWeek::Wednesday => "Wednesday",
            DayOfWeek::Thursday => "Thursday",
            DayOfWeek::Friday => "Friday",
            DayOfWeek::Saturday => "Saturday",
        }
    }
}

/// The arguments of the long constructors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "each is the constructor's parameter of that name")]
pub struct Parts {
    pub year: i32,
    pub month: i32,
    pub day: i32,
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    pub millisecond: i32,
    pub microsecond: i32,
}

/// An instant between 0001-01-01 and 9999-12-31 in steps of 100 ns.
#[derive(Debug, Clone, Copy)]
pub struct DateTime(u64);

impl DateTime {
    /// `DateTime.MinValue`
    pub const MIN: DateTime = DateTime(0);
    /// `DateTime.MaxValue`
    pub const MAX: DateTime = DateTime(MAX_TICKS as u64);
    /// `DateTime.UnixEpoch`
    pub const UNIX_EPOCH: DateTime = DateTime(UNIX_EPOCH_TICKS as u64 | (DateTimeKind::Utc as u64) << KIND_SHIFT);

    /// `new DateTime(ticks, kind)`
    pub fn from_ticks(ticks: i64, kind: DateTimeKind) -> Result<DateTime, Exception> {
        DateTime::checked(ticks, kind).ok_or_else(|| {
            let message = "Ticks must be between DateTime.MinValue.Ticks and DateTime.MaxValue.Ticks.";
            Exception::argument_out_of_range("ticks", message)
        })
    }

    /// A date with these ticks, if there is one.
    pub(crate) fn checked(ticks: i64, kind: DateTimeKind) -> Option<DateTime> {
        (0..=MAX_TICKS).contains(&ticks).then(|| DateTime::saturating(ticks, kind))
    }

    /// The date with these ticks, or the first or last date.
    pub(crate) fn saturating(ticks: i64, kind: DateTimeKind) -> DateTime {
        DateTime(ticks.clamp(0, MAX_TICKS).unsigned_abs() | (kind as u64) << KIND_SHIFT)
    }

    /// `new DateTime(year, month, day)`
    pub fn from_date(year: i32, month: i32, day: i32) -> Result<DateTime, Exception> {
        DateTime::from_parts(&Parts { year, month, day, ..Parts::default() }, DateTimeKind::Unspecified)
    }

    /// `new DateTime(year, month, day, hour, minute, second, millisecond, microsecond, kind)` and its shorter forms.
    pub fn from_parts(parts: &Parts, kind: DateTimeKind) -> Result<DateTime, Exception> {
        let unrepresentable = |what: &str| {
            let message = format!("{what} parameters describe an un-representable DateTime.");
            Exception::new(ExceptionType::ArgumentOutOfRange, message)
        };
        let days = days_from_date(parts.year, parts.month, parts.day)
            .ok_or_else(|| unrepresentable("Year, Month, and Day"))?;
        let is_time =
            (0..24).contains(&parts.hour) && (0..60).contains(&parts.minute) && (0..60).contains(&parts.second);
        if !is_time {
            return Err(unrepresentable("Hour, Minute, and Second"));
        }
        for (value, name) in [(parts.millisecond, "millisecond"), (parts.microsecond, "microsecond")] {
            if !(0..1000).contains(&value) {
                return Err(Exception::argument_out_of_range(name, "Valid values are between 0 and 999, inclusive."));
            }
        }
        let ticks = days * TICKS_PER_DAY
            + i64::from(parts.hour) * TICKS_PER_HOUR
            + i64::from(parts.minute) * TICKS_PER_MINUTE
            + i64::from(parts.second) * TICKS_PER_SECOND
            + i64::from(parts.millisecond) * TICKS_PER_MILLISECOND
            + i64::from(parts.microsecond) * TICKS_PER_MICROSECOND;
        Ok(DateTime::saturating(ticks, kind))
    }

    /// `Ticks`
    #[must_use]
    pub const fn ticks(self) -> i64 {
        (self.0 & TICKS_MASK).cast_signed()
    }

    /// `Kind`
    #[must_use]
    pub const fn kind(self) -> DateTimeKind {
        match self.0 >> KIND_SHIFT {
            0 => DateTimeKind::Unspecified,
            1 => DateTimeKind::Utc,
            _ => DateTimeKind::Local,
        }
    }

    /// Year, month, day.
    #[must_use]
    pub fn ymd(self) -> (i32, i32, i32) {
        let (year, month, day, _) = date_from_days(self.ticks() / TICKS_PER_DAY);
        (year, month, day)
    }

    /// `Year`
    #[must_use]
    pub fn year(self) -> i32 {
        self.ymd().0
    }

    /// `Month`, 1 to 12.
    #[must_use]
    pub fn month(self) -> i32 {
        self.ymd().1
    }

    /// `Day` of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> i32 {
        self.ymd().2
    }

    /// `DayOfYear`, 1 to 366.
    #[must_use]
    pub fn day_of_year(self) -> i32 {
        date_from_days(self.ticks() / TICKS_PER_DAY).3
    }

    /// `DayOfWeek`
    #[must_use]
    pub fn day_of_week(self) -> DayOfWeek {
        // 0001-01-01 was a Monday.
        match (self.ticks() / TICKS_PER_DAY + 1) % 7 {
            0 => DayOfWeek::Sunday,
            1 => DayOfWeek::Monday,
            2 => DayOfWeek::Tuesday,
            3 => DayOfWeek::Wednesday,
            4 => DayOfWeek::Thursday,
            5 => DayOfWeek::Friday,
            _ => DayOfWeek::Saturday,
        }
    }

    /// `Hour`, 0 to 23.
    #[must_use]
    pub const fn hour(self) -> i32 {
        (self.ticks() / TICKS_PER_HOUR % 24) as i32
    }

    /// `Minute`
    #[must_use]
    pub const fn minute(self) -> i32 {
        (self.ticks() / TICKS_PER_MINUTE % 60) as i32
    }

    /// `Second`
    #[must_use]
    pub const fn second(self) -> i32 {
        (self.ticks() / TICKS_PER_SECOND % 60) as i32
    }

    /// `Millisecond`
    #[must_use]
    pub const fn millisecond(self) -> i32 {
        (self.ticks() / TICKS_PER_MILLISECOND % 1000) as i32
    }

    /// `Microsecond`
    #[must_use]
    pub const fn microsecond(self) -> i32 {
        (self.ticks() / TICKS_PER_MICROSECOND % 1000) as i32
    }

    /// `Nanosecond`, in steps of 100.
    #[must_use]
    pub const fn nanosecond(self) -> i32 {
        (self.ticks() % TICKS_PER_MICROSECOND * 100) as i32
    }

    /// Ticks of the second, 0 to 9,999,999.
    pub(crate) const fn fraction(self) -> i64 {
        self.ticks() % TICKS_PER_SECOND
    }

    /// `Date`: midnight of the day, of the same kind.
    #[must_use]
    pub fn date(self) -> DateTime {
        DateTime::saturating(self.ticks() - self.ticks() % TICKS_PER_DAY, self.kind())
    }

    /// `TimeOfDay`
    #[must_use]
    pub fn time_of_day(self) -> TimeSpan {
        TimeSpan::from_ticks(self.ticks() % TICKS_PER_DAY)
    }

    /// `DateTime.SpecifyKind`
    #[must_use]
    pub fn with_kind(self, kind: DateTimeKind) -> DateTime {
        DateTime::saturating(self.ticks(), kind)
    }

    /// `ToUniversalTime`: an unspecified kind counts as local, which is UTC here.
    #[must_use]
    pub fn to_universal_time(self) -> DateTime {
        self.with_kind(DateTimeKind::Utc)
    }

    /// `ToLocalTime`: an unspecified kind counts as universal; the local zone is UTC.
    #[must_use]
    pub fn to_local_time(self) -> DateTime {
        self.with_kind(DateTimeKind::Local)
    }
}

impl PartialEq for DateTime {
    fn eq(&self, other: &DateTime) -> bool {
        self.ticks() == other.ticks()
    }
}

impl Eq for DateTime {}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &DateTime) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DateTime {
    fn cmp(&self, other: &DateTime) -> Ordering {
        self.ticks().cmp(&other.ticks())
    }
}

impl Hash for DateTime {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ticks().hash(state);
    }
}
