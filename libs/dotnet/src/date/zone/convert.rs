//! Times between zones: `ConvertTime` and its relatives, offsets and daylight saving time of a time.

use super::{Meaning, TimeZoneInfo};
use crate::Exception;
use crate::date::{DateTime, DateTimeKind, DateTimeOffset, TimeSpan};
use jiff::tz::Dst;

const WRONG_KIND: &str = "The conversion could not be completed because the supplied DateTime did not have the Kind property set correctly.  \
                          For example, when the Kind property is DateTimeKind.Local, the source time zone must be TimeZoneInfo.Local.";
const SKIPPED: &str = "The supplied DateTime represents an invalid time.  For example, when the clock is adjusted forward, any time in the \
                       period that is skipped is invalid.";

impl TimeZoneInfo {
    /// `ConvertTime(dateTime, destination)`: the kind says where the time is from; Unspecified counts as Local.
    pub fn convert(time: DateTime, destination: &TimeZoneInfo) -> Result<DateTime, Exception> {
        TimeZoneInfo::convert_from(time, &TimeZoneInfo::of_kind(time.kind()), destination)
    }

    /// `ConvertTime(dateTime, source, destination)`: the kind must not contradict the source.
    pub fn convert_from(
        time: DateTime,
        source: &TimeZoneInfo,
        destination: &TimeZoneInfo,
    ) -> Result<DateTime, Exception> {
        let (source_kind, target_kind) = (source.kind(), destination.kind());
        if time.kind() != DateTimeKind::Unspecified {
            if time.kind() != source_kind {
                return Err(Exception::argument("sourceTimeZone", WRONG_KIND));
            }
            if source_kind == target_kind {
                return Ok(time);
            }
        }
        let offset = match source.meaning(time) {
            Meaning::Skipped(..) => return Err(Exception::argument("dateTime", SKIPPED)),
            Meaning::Once(offset) | Meaning::Twice(offset, _) => offset,
        };
        let utc = DateTime::saturating(time.ticks() - offset, DateTimeKind::Utc);
        Ok(DateTime::saturating(utc.ticks() + destination.info_at(utc.ticks()).0, target_kind))
    }

    /// `ConvertTimeFromUtc`
    pub fn convert_from_utc(time: DateTime, destination: &TimeZoneInfo) -> Result<DateTime, Exception> {
        TimeZoneInfo::convert_from(time, &TimeZoneInfo::utc(), destination)
    }

    /// `ConvertTimeToUtc(dateTime)`
    pub fn convert_to_utc(time: DateTime) -> Result<DateTime, Exception> {
        TimeZoneInfo::convert(time, &TimeZoneInfo::utc())
    }

    /// `ConvertTimeToUtc(dateTime, source)`
    pub fn convert_to_utc_from(time: DateTime, source: &TimeZoneInfo) -> Result<DateTime, Exception> {
        TimeZoneInfo::convert_from(time, source, &TimeZoneInfo::utc())
    }

    /// `ConvertTimeBySystemTimeZoneId(dateTime, destination)`
    pub fn convert_by_id(time: DateTime, destination: &str) -> Result<DateTime, Exception> {
        TimeZoneInfo::convert(time, &TimeZoneInfo::find(destination)?)
    }

    /// `ConvertTimeBySystemTimeZoneId(dateTime, source, destination)`
    pub fn convert_by_ids(time: DateTime, source: &str, destination: &str) -> Result<DateTime, Exception> {
        let source = match time.kind() {
            // The id of the local zone means the local zone if the time is of its kind.
            DateTimeKind::Local if source.eq_ignore_ascii_case(TimeZoneInfo::local().id()) => TimeZoneInfo::local(),
            _ => TimeZoneInfo::find(source)?,
        };
        TimeZoneInfo::convert_from(time, &source, &TimeZoneInfo::find(destination)?)
    }

    /// `ConvertTime(dateTimeOffset, destination)`
    pub fn convert_offset(time: DateTimeOffset, destination: &TimeZoneInfo) -> Result<DateTimeOffset, Exception> {
        let offset = TimeSpan::from_ticks(destination.info_at(time.utc_ticks()).0);
        Ok(time.to_offset(offset).unwrap_or_else(|_| {
            // Past the calendar .NET takes its end.
            if offset < TimeSpan::ZERO { DateTimeOffset::MIN } else { DateTimeOffset::MAX }
        }))
    }

    /// `GetUtcOffset(dateTime)`: a time of another kind is converted first; one that is skipped or comes twice has standard time's offset.
    #[must_use]
    pub fn utc_offset(&self, time: DateTime) -> TimeSpan {
        TimeSpan::from_ticks(match self.own_time(time) {
            None => self.info_at(time.ticks()).0,
            Some(time) => match self.meaning(time) {
                Meaning::Once(offset) | Meaning::Skipped(offset, _) | Meaning::Twice(offset, _) => offset,
            },
        })
    }

    /// `GetUtcOffset(dateTimeOffset)`
    #[must_use]
    pub fn utc_offset_at(&self, time: DateTimeOffset) -> TimeSpan {
        TimeSpan::from_ticks(self.info_at(time.utc_ticks()).0)
    }

    /// `IsDaylightSavingTime(dateTime)`
    #[must_use]
    pub fn is_daylight_saving_time(&self, time: DateTime) -> bool {
        let utc_ticks = match self.own_time(time) {
            None => time.ticks(),
            Some(time) => match self.meaning(time) {
                // The offset behind the gap leads to an instant before it, when the clock still showed standard time.
                Meaning::Once(offset) | Meaning::Skipped(_, offset) | Meaning::Twice(offset, _) => {
                    time.ticks() - offset
                }
            },
        };
        self.info_at(utc_ticks).1 == Dst::Yes
    }

    /// `IsDaylightSavingTime(dateTimeOffset)`
    #[must_use]
    pub fn is_daylight_saving_time_at(&self, time: DateTimeOffset) -> bool {
        self.info_at(time.utc_ticks()).1 == Dst::Yes
    }

    /// `IsInvalidTime`: whether the clock skips it.
    #[must_use]
    pub fn is_invalid_time(&self, time: DateTime) -> bool {
        self.own_time(time).is_some_and(|time| matches!(self.meaning(time), Meaning::Skipped(..)))
    }

    /// `IsAmbiguousTime`: whether the clock shows it twice.
    #[must_use]
    pub fn is_ambiguous_time(&self, time: DateTime) -> bool {
        matches!(self.meaning(self.local_time(time)), Meaning::Twice(..))
    }

    /// `GetAmbiguousTimeOffsets`: both offsets that the time may have, the smaller first; `None` if it comes once.
    #[must_use]
    pub fn ambiguous_offsets(&self, time: DateTime) -> Option<[TimeSpan; 2]> {
        match self.meaning(self.local_time(time)) {
            Meaning::Twice(one, other) => Some([one.min(other), one.max(other)].map(TimeSpan::from_ticks)),
            _ => None,
        }
    }

    /// What the clocks of this zone show at a time.
    fn local_time(&self, time: DateTime) -> DateTime {
        self.own_time(time).unwrap_or_else(|| {
            DateTime::saturating(time.ticks() + self.info_at(time.ticks()).0, DateTimeKind::Unspecified)
        })
    }

    /// The time if it is one of this zone's; `None` if it is universal or local time, which is the same, elsewhere.
    fn own_time(&self, time: DateTime) -> Option<DateTime> {
        (time.kind() == DateTimeKind::Unspecified || time.kind() == self.kind()).then_some(time)
    }

    /// The zone that a kind says.
    fn of_kind(kind: DateTimeKind) -> TimeZoneInfo {
        if kind == DateTimeKind::Utc { TimeZoneInfo::utc() } else { TimeZoneInfo::local() }
    }
}
