//! The rules of a zone that code made: when daylight saving time begins and ends (`TransitionTime`), in which years and by how much
//! (`AdjustmentRule`).

use super::super::calendar::days_in_month;
use super::super::date_time::{DateTime, DateTimeKind};
use super::super::{TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MILLISECOND, TICKS_PER_MINUTE, TimeSpan};
use crate::Exception;

/// Furthest that a clock is moved back, in hours: Samoa's day that was left out.
const DELTA_HOURS_MIN: i64 = -23;
/// Furthest from universal time that .NET takes, in hours.
pub(super) const OFFSET_HOURS_MAX: i64 = 14;
pub(super) const OFFSET_RANGE: &str = "The TimeSpan parameter must be within plus or minus 14.0 hours.";
pub(super) const WHOLE_MINUTES: &str = "The TimeSpan parameter cannot be specified more precisely than whole minutes.";
const FIRST_DAY: &str = "The supplied DateTime must have the Year, Month, and Day properties set to 1.  The time cannot be specified more \
                         precisely than whole milliseconds.";
const UNSPECIFIED: &str = "The supplied DateTime must have the Kind property set to DateTimeKind.Unspecified.";
const UNSPECIFIED_OR_UTC: &str =
    "The supplied DateTime must have the Kind property set to DateTimeKind.Unspecified or DateTimeKind.Utc.";
const TIME_OF_DAY: &str = "The supplied DateTime includes a TimeOfDay setting.   This is not supported.";

/// `TimeZoneInfo.TransitionTime`
#[derive(Debug, Clone, Copy)]
pub struct TransitionTime {
    /// On the first day of the calendar.
    pub time_of_day: DateTime,
    /// 1 to 12.
    pub month: i32,
    /// 1 to 5, which is the last; 1 if the date is fixed.
    pub week: i32,
    /// 1 to 31; 1 if the date floats.
    pub day: i32,
    /// Sunday if the date is fixed.
    pub day_of_week: i32,
    /// Whether it is a day of the month rather than a day of a week.
    pub is_fixed: bool,
}

impl TransitionTime {
    /// `CreateFixedDateRule`
    pub fn fixed(time_of_day: DateTime, month: i32, day: i32) -> Result<TransitionTime, Exception> {
        TransitionTime { time_of_day, month, week: 1, day, day_of_week: 0, is_fixed: true }.checked()
    }

    /// `CreateFloatingDateRule`
    pub fn floating(
        time_of_day: DateTime,
        month: i32,
        week: i32,
        day_of_week: i32,
    ) -> Result<TransitionTime, Exception> {
        TransitionTime { time_of_day, month, week, day: 1, day_of_week, is_fixed: false }.checked()
    }

    fn checked(self) -> Result<TransitionTime, Exception> {
        let ticks = self.time_of_day.ticks();
        let out_of = |parameter, message| Err(Exception::argument_out_of_range(parameter, message));
        if self.time_of_day.kind() != DateTimeKind::Unspecified {
            Err(Exception::argument("timeOfDay", UNSPECIFIED))
        } else if !(1..=12).contains(&self.month) {
            out_of("month", "The Month parameter must be in the range 1 through 12.")
        } else if !(1..=31).contains(&self.day) {
            out_of("day", "The Day parameter must be in the range 1 through 31.")
        } else if !(1..=5).contains(&self.week) {
            out_of("week", "The Week parameter must be in the range 1 through 5.")
        } else if !(0..=6).contains(&self.day_of_week) {
            out_of("dayOfWeek", "The DayOfWeek enumeration must be in the range 0 through 6.")
        } else if ticks >= TICKS_PER_DAY || ticks % TICKS_PER_MILLISECOND != 0 {
            Err(Exception::argument("timeOfDay", FIRST_DAY))
        } else {
            Ok(self)
        }
    }

    /// The ticks of local time at which it comes in a year.
    pub(super) fn in_year(&self, year: i32) -> i64 {
        let length = days_in_month(year, self.month).unwrap_or(28);
        let day = if self.is_fixed {
            self.day.min(length)
        } else if self.week <= 4 {
            let first = day_of_week(year, self.month, 1);
            1 + (self.day_of_week - first).rem_euclid(7) + 7 * (self.week - 1)
        } else {
            length - (day_of_week(year, self.month, length) - self.day_of_week).rem_euclid(7)
        };
        midnight(year, self.month, day).ticks() + self.time_of_day.ticks()
    }
}

/// The same by what counts: the other fields have one value.
impl PartialEq for TransitionTime {
    fn eq(&self, other: &TransitionTime) -> bool {
        let when = |of: &TransitionTime| {
            let day = if of.is_fixed { (of.day, 0) } else { (of.week, of.day_of_week) };
            (of.is_fixed, of.time_of_day.ticks(), of.month, day)
        };
        when(self) == when(other)
    }
}

impl Eq for TransitionTime {}

/// The first moment of a day; days that are not there are the first of the calendar.
fn midnight(year: i32, month: i32, day: i32) -> DateTime {
    DateTime::from_date(year, month, day).unwrap_or(DateTime::MIN)
}

fn day_of_week(year: i32, month: i32, day: i32) -> i32 {
    midnight(year, month, day).day_of_week() as i32
}

/// `TimeZoneInfo.AdjustmentRule`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustmentRule {
    /// The first day.
    pub date_start: DateTime,
    /// The last day.
    pub date_end: DateTime,
    /// How far the clock is moved.
    pub daylight_delta: TimeSpan,
    /// When it is moved, in standard time.
    pub start: TransitionTime,
    /// When it is moved back, in daylight saving time.
    pub end: TransitionTime,
    /// What is added to the zone's offset of standard time.
    pub base_delta: TimeSpan,
}

impl AdjustmentRule {
    /// `CreateAdjustmentRule`: the rule if its parts are valid.
    pub fn checked(self) -> Result<AdjustmentRule, Exception> {
        let has_kind = |date: DateTime| matches!(date.kind(), DateTimeKind::Unspecified | DateTimeKind::Utc);
        let has_time = |date: DateTime| date.kind() == DateTimeKind::Unspecified && date.ticks() % TICKS_PER_DAY != 0;
        let delta = self.daylight_delta;
        if !has_kind(self.date_start) {
            return Err(Exception::argument("dateStart", UNSPECIFIED_OR_UTC));
        }
        if !has_kind(self.date_end) {
            return Err(Exception::argument("dateEnd", UNSPECIFIED_OR_UTC));
        }
        if self.start == self.end {
            let message = "The DaylightTransitionStart property must not equal the DaylightTransitionEnd property.";
            return Err(Exception::argument("daylightTransitionEnd", message));
        }
        if self.date_start.ticks() > self.date_end.ticks() {
            let message = "The DateStart property must come before the DateEnd property.";
            return Err(Exception::argument("dateStart", message));
        }
        if delta.ticks() < DELTA_HOURS_MIN * TICKS_PER_HOUR || delta.ticks() > OFFSET_HOURS_MAX * TICKS_PER_HOUR {
            let mut error = Exception::argument_out_of_range("daylightDelta", OFFSET_RANGE);
            error.message = format!("{}\nActual value was {delta}.", error.message).into();
            return Err(error);
        }
        if delta.ticks() % TICKS_PER_MINUTE != 0 {
            return Err(Exception::argument("daylightDelta", WHOLE_MINUTES));
        }
        if has_time(self.date_start) {
            return Err(Exception::argument("dateStart", TIME_OF_DAY));
        }
        if self.date_end.ticks() != DateTime::MAX.ticks() && has_time(self.date_end) {
            return Err(Exception::argument("dateEnd", TIME_OF_DAY));
        }
        Ok(self)
    }

    /// Begin and end of daylight saving time in a year, in ticks of the clock that shows them.
    pub(super) fn daylight(&self, year: i32) -> (i64, i64) {
        (self.start.in_year(year), self.end.in_year(year))
    }
}
