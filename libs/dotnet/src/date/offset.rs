//! System.DateTimeOffset: an instant with an offset from universal time in whole minutes. Equality and order look at the instant alone.

use super::{DateTime, DateTimeKind, MAX_TICKS, Parts, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND, TimeSpan};
use super::{TICKS_PER_MILLISECOND, UNIX_EPOCH_TICKS};
use crate::Exception;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// An offset is at most this far from universal time.
pub(super) const OFFSET_TICKS_MAX: i64 = 14 * TICKS_PER_HOUR;

const UNIX_SECONDS_MIN: i64 = -UNIX_EPOCH_TICKS / TICKS_PER_SECOND;
const UNIX_SECONDS_MAX: i64 = (MAX_TICKS - UNIX_EPOCH_TICKS) / TICKS_PER_SECOND;
const UNIX_MILLISECONDS_MIN: i64 = -UNIX_EPOCH_TICKS / TICKS_PER_MILLISECOND;
const UNIX_MILLISECONDS_MAX: i64 = (MAX_TICKS - UNIX_EPOCH_TICKS) / TICKS_PER_MILLISECOND;

/// An instant and an offset. Both the universal and the local time are dates.
#[derive(Debug, Clone, Copy)]
pub struct DateTimeOffset {
    utc_ticks: i64,
    offset_minutes: i16,
}

impl DateTimeOffset {
    /// `DateTimeOffset.MinValue`
    pub const MIN: DateTimeOffset = DateTimeOffset { utc_ticks: 0, offset_minutes: 0 };
    /// `DateTimeOffset.MaxValue`
    pub const MAX: DateTimeOffset = DateTimeOffset { utc_ticks: MAX_TICKS, offset_minutes: 0 };
    /// `DateTimeOffset.UnixEpoch`
    pub const UNIX_EPOCH: DateTimeOffset = DateTimeOffset { utc_ticks: UNIX_EPOCH_TICKS, offset_minutes: 0 };

    /// `new DateTimeOffset(dateTime)` and the implicit conversion: the local zone is UTC, so the offset is zero whatever the kind.
    #[must_use]
    pub fn from_date_time(value: DateTime) -> DateTimeOffset {
        DateTimeOffset { utc_ticks: value.ticks(), offset_minutes: 0 }
    }

    /// `new DateTimeOffset(dateTime, offset)`: a kind other than Unspecified only goes with a zero offset.
    pub fn new(value: DateTime, offset: TimeSpan) -> Result<DateTimeOffset, Exception> {
        if offset != TimeSpan::ZERO {
            let message = match value.kind() {
                DateTimeKind::Unspecified => "",
                DateTimeKind::Utc => "The UTC Offset for Utc DateTime instances must be 0.",
                DateTimeKind::Local => {
                    "The UTC Offset of the local dateTime parameter does not match the offset argument."
                }
            };
            if !message.is_empty() {
                return Err(Exception::argument("offset", message));
            }
        }
        DateTimeOffset::from_ticks(value.ticks(), offset)
    }

    /// `new DateTimeOffset(ticks, offset)`: the local time and its offset.
    pub fn from_ticks(ticks: i64, offset: TimeSpan) -> Result<DateTimeOffset, Exception> {
        let offset_minutes = checked_offset(offset)?;
        let ticks = DateTime::from_ticks(ticks, DateTimeKind::Unspecified)?.ticks();
        DateTimeOffset::from_utc_ticks(ticks - offset.ticks(), offset_minutes)
    }

    /// `new DateTimeOffset(year, month, day, hour, minute, second, millisecond, offset)`
    pub fn from_parts(parts: &Parts, offset: TimeSpan) -> Result<DateTimeOffset, Exception> {
        // .NET looks at the offset first.
        checked_offset(offset)?;
        DateTimeOffset::from_ticks(DateTime::from_parts(parts, DateTimeKind::Unspecified)?.ticks(), offset)
    }

    fn from_utc_ticks(utc_ticks: i64, offset_minutes: i16) -> Result<DateTimeOffset, Exception> {
        if !(0..=MAX_TICKS).contains(&utc_ticks) {
            let message = "The UTC time represented when the offset is applied must be between year 0 and 10,000.";
            return Err(Exception::argument_out_of_range("offset", message));
        }
        Ok(DateTimeOffset { utc_ticks, offset_minutes })
    }

    /// `FromUnixTimeSeconds`
    pub fn from_unix_time_seconds(seconds: i64) -> Result<DateTimeOffset, Exception> {
        if !(UNIX_SECONDS_MIN..=UNIX_SECONDS_MAX).contains(&seconds) {
            return Err(out_of_range("seconds", UNIX_SECONDS_MIN, UNIX_SECONDS_MAX));
        }
        Ok(DateTimeOffset { utc_ticks: seconds * TICKS_PER_SECOND + UNIX_EPOCH_TICKS, offset_minutes: 0 })
    }

    /// `FromUnixTimeMilliseconds`
    pub fn from_unix_time_milliseconds(milliseconds: i64) -> Result<DateTimeOffset, Exception> {
        if !(UNIX_MILLISECONDS_MIN..=UNIX_MILLISECONDS_MAX).contains(&milliseconds) {
            return Err(out_of_range("milliseconds", UNIX_MILLISECONDS_MIN, UNIX_MILLISECONDS_MAX));
        }
        Ok(DateTimeOffset { utc_ticks: milliseconds * TICKS_PER_MILLISECOND + UNIX_EPOCH_TICKS, offset_minutes: 0 })
    }

    /// `ToUnixTimeSeconds`: rounded down.
    #[must_use]
    pub fn to_unix_time_seconds(self) -> i64 {
        self.utc_ticks / TICKS_PER_SECOND + UNIX_SECONDS_MIN
    }

    /// `ToUnixTimeMilliseconds`: rounded down.
    #[must_use]
    pub fn to_unix_time_milliseconds(self) -> i64 {
        self.utc_ticks / TICKS_PER_MILLISECOND + UNIX_MILLISECONDS_MIN
    }

    /// `DateTime`: the local time, of kind Unspecified. All parts (`Year`, `Hour`, …) are this one's.
    #[must_use]
    pub fn date_time(self) -> DateTime {
        DateTime::saturating(self.utc_ticks + self.offset().ticks(), DateTimeKind::Unspecified)
    }

    /// `UtcDateTime`
    #[must_use]
    pub fn utc_date_time(self) -> DateTime {
        DateTime::saturating(self.utc_ticks, DateTimeKind::Utc)
    }

    /// `LocalDateTime`: in the local zone, which is UTC.
    #[must_use]
    pub fn local_date_time(self) -> DateTime {
        DateTime::saturating(self.utc_ticks, DateTimeKind::Local)
    }

    /// `Offset`
    #[must_use]
    pub fn offset(self) -> TimeSpan {
        TimeSpan::from_ticks(i64::from(self.offset_minutes) * TICKS_PER_MINUTE)
    }

    /// `Ticks` of the local time.
    #[must_use]
    pub fn ticks(self) -> i64 {
        self.date_time().ticks()
    }

    /// `UtcTicks`
    #[must_use]
    pub fn utc_ticks(self) -> i64 {
        self.utc_ticks
    }

    /// `ToOffset`: the same instant elsewhere.
    pub fn to_offset(self, offset: TimeSpan) -> Result<DateTimeOffset, Exception> {
        let offset_minutes = checked_offset(offset)?;
        self.utc_date_time().add_operator(offset)?;
        Ok(DateTimeOffset { utc_ticks: self.utc_ticks, offset_minutes })
    }

    /// `ToUniversalTime`, and `ToLocalTime` as the local zone is UTC.
    #[must_use]
    pub fn to_universal_time(self) -> DateTimeOffset {
        DateTimeOffset { utc_ticks: self.utc_ticks, offset_minutes: 0 }
    }

    /// `AddX`: what a DateTime's method makes of the local time, with the same offset.
    pub fn map(
        self,
        change: impl FnOnce(DateTime) -> Result<DateTime, Exception>,
    ) -> Result<DateTimeOffset, Exception> {
        let changed = change(self.date_time())?;
        DateTimeOffset::from_utc_ticks(changed.ticks() - self.offset().ticks(), self.offset_minutes)
    }

    /// `Subtract(DateTimeOffset)`, `-`
    #[must_use]
    pub fn since(self, earlier: DateTimeOffset) -> TimeSpan {
        TimeSpan::from_ticks(self.utc_ticks - earlier.utc_ticks)
    }

    /// `EqualsExact`: the same instant and the same offset.
    #[must_use]
    pub fn equals_exact(self, other: DateTimeOffset) -> bool {
        self == other && self.offset_minutes == other.offset_minutes
    }

    /// What a reader found: an instant and an offset that are known to be in range.
    pub(super) fn found(utc_ticks: i64, offset_ticks: i64) -> DateTimeOffset {
        let offset_minutes = (offset_ticks.clamp(-OFFSET_TICKS_MAX, OFFSET_TICKS_MAX) / TICKS_PER_MINUTE) as i16;
        DateTimeOffset { utc_ticks: utc_ticks.clamp(0, MAX_TICKS), offset_minutes }
    }
}

/// The offset in minutes.
fn checked_offset(offset: TimeSpan) -> Result<i16, Exception> {
    if offset.ticks() % TICKS_PER_MINUTE != 0 {
        return Err(Exception::argument("offset", "Offset must be specified in whole minutes."));
    }
    if !(-OFFSET_TICKS_MAX..=OFFSET_TICKS_MAX).contains(&offset.ticks()) {
        return Err(Exception::argument_out_of_range("offset", "Offset must be within plus or minus 14 hours."));
    }
    Ok((offset.ticks() / TICKS_PER_MINUTE) as i16)
}

fn out_of_range(parameter: &str, least: i64, most: i64) -> Exception {
    Exception::argument_out_of_range(parameter, &format!("Valid values are between {least} and {most}, inclusive."))
}

impl PartialEq for DateTimeOffset {
    fn eq(&self, other: &DateTimeOffset) -> bool {
        self.utc_ticks == other.utc_ticks
    }
}

impl Eq for DateTimeOffset {}

impl PartialOrd for DateTimeOffset {
    fn partial_cmp(&self, other: &DateTimeOffset) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DateTimeOffset {
    fn cmp(&self, other: &DateTimeOffset) -> Ordering {
        self.utc_ticks.cmp(&other.utc_ticks)
    }
}

impl Hash for DateTimeOffset {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.utc_ticks.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ExceptionType;

    fn hours(hours: i64) -> TimeSpan {
        TimeSpan::from_ticks(hours * TICKS_PER_HOUR)
    }

    fn noon() -> DateTime {
        let parts = Parts { year: 2024, month: 5, day: 1, hour: 12, ..Parts::default() };
        DateTime::from_parts(&parts, DateTimeKind::Unspecified).unwrap()
    }

    #[test]
    fn the_offset_has_limits() {
        let minute_and_a_half = TimeSpan::from_ticks(TICKS_PER_MINUTE * 3 / 2);
        for (result, of, message) in [
            (
                DateTimeOffset::new(noon(), minute_and_a_half),
                ExceptionType::Argument,
                "Offset must be specified in whole minutes. (Parameter 'offset')",
            ),
            (
                DateTimeOffset::new(noon(), hours(15)),
                ExceptionType::ArgumentOutOfRange,
                "Offset must be within plus or minus 14 hours. (Parameter 'offset')",
            ),
            (
                DateTimeOffset::new(DateTime::MIN, hours(1)),
                ExceptionType::ArgumentOutOfRange,
                "The UTC time represented when the offset is applied must be between year 0 and 10,000. (Parameter 'offset')",
            ),
            (
                DateTimeOffset::new(noon().with_kind(DateTimeKind::Utc), hours(1)),
                ExceptionType::Argument,
                "The UTC Offset for Utc DateTime instances must be 0. (Parameter 'offset')",
            ),
            (
                DateTimeOffset::new(noon().with_kind(DateTimeKind::Local), hours(1)),
                ExceptionType::Argument,
                "The UTC Offset of the local dateTime parameter does not match the offset argument. (Parameter 'offset')",
            ),
        ] {
            let error = result.unwrap_err();
            assert_eq!((error.of, error.message.as_ref()), (of, message));
        }
    }

    #[test]
    fn local_and_universal_time_differ_by_the_offset() {
        let value = DateTimeOffset::new(noon(), hours(-5)).unwrap();
        assert_eq!(value.date_time(), noon());
        assert_eq!(value.utc_date_time().hour(), 17);
        assert_eq!(value.utc_date_time().kind(), DateTimeKind::Utc);
        assert_eq!(value.local_date_time().kind(), DateTimeKind::Local);
        assert_eq!(value.offset(), hours(-5));
        let moved = value.to_offset(hours(2)).unwrap();
        assert_eq!(moved, value);
        assert!(!moved.equals_exact(value));
        assert_eq!(moved.date_time().hour(), 19);
        let later = value.map(|local| local.add_hours(1.0)).unwrap();
        assert_eq!(later.since(value), hours(1));
        assert_eq!(later.offset(), hours(-5));
        assert!(DateTimeOffset::MAX.map(|local| local.add_days(1.0)).is_err());
    }

    #[test]
    fn unix_times_round_down_and_have_a_range() {
        let value = DateTimeOffset::from_unix_time_seconds(1_714_566_645).unwrap();
        assert_eq!(value.format("s").as_deref(), Ok("2024-05-01T12:30:45"));
        assert_eq!(value.to_unix_time_seconds(), 1_714_566_645);
        let before = DateTimeOffset::from_unix_time_milliseconds(-1).unwrap();
        assert_eq!((before.to_unix_time_milliseconds(), before.to_unix_time_seconds()), (-1, -1));
        assert_eq!(DateTimeOffset::from_unix_time_seconds(-62_135_596_800), Ok(DateTimeOffset::MIN));
        assert_eq!(
            DateTimeOffset::from_unix_time_seconds(253_402_300_800).unwrap_err().message,
            "Valid values are between -62135596800 and 253402300799, inclusive. (Parameter 'seconds')"
        );
        assert_eq!(
            DateTimeOffset::from_unix_time_milliseconds(i64::MIN).unwrap_err().message,
            "Valid values are between -62135596800000 and 253402300799999, inclusive. (Parameter 'milliseconds')"
        );
    }
}
