//! System.TimeSpan: a signed number of ticks.

mod exact;
mod format;
mod parse;
#[cfg(test)]
mod tests;

use super::{
    TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MICROSECOND, TICKS_PER_MILLISECOND, TICKS_PER_MINUTE, TICKS_PER_SECOND,
};
use crate::{Exception, ExceptionType};

const TOO_LONG: &str = "TimeSpan overflowed because the duration is too long.";
const NOT_A_NUMBER: &str = "TimeSpan does not accept floating point Not-a-Number values.";

/// A duration in steps of 100 ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimeSpan(i64);

/// The arguments of the long constructor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "each is the constructor's parameter of that name")]
pub struct TimeSpanParts {
    pub days: i32,
    pub hours: i32,
    pub minutes: i32,
    pub seconds: i32,
    pub milliseconds: i32,
    pub microseconds: i32,
}

fn too_long() -> Exception {
    Exception::new(ExceptionType::Overflow, TOO_LONG)
}

impl TimeSpan {
    /// `TimeSpan.Zero`
    pub const ZERO: TimeSpan = TimeSpan(0);
    /// `TimeSpan.MinValue`
    pub const MIN: TimeSpan = TimeSpan(i64::MIN);
    /// `TimeSpan.MaxValue`
    pub const MAX: TimeSpan = TimeSpan(i64::MAX);

    /// `new TimeSpan(ticks)`, `TimeSpan.FromTicks`
    #[must_use]
    pub const fn from_ticks(ticks: i64) -> TimeSpan {
        TimeSpan(ticks)
    }

    /// `new TimeSpan(days, hours, minutes, seconds, milliseconds, microseconds)` and its shorter forms.
    pub fn from_parts(parts: &TimeSpanParts) -> Result<TimeSpan, Exception> {
        let ticks = [
            (parts.days, TICKS_PER_DAY),
            (parts.hours, TICKS_PER_HOUR),
            (parts.minutes, TICKS_PER_MINUTE),
            (parts.seconds, TICKS_PER_SECOND),
            (parts.milliseconds, TICKS_PER_MILLISECOND),
            (parts.microseconds, TICKS_PER_MICROSECOND),
        ]
        .iter()
        .map(|(count, unit)| i128::from(*count) * i128::from(*unit))
        .sum::<i128>();
        let ticks = i64::try_from(ticks).map_err(|_| Exception::new(ExceptionType::ArgumentOutOfRange, TOO_LONG))?;
        Ok(TimeSpan(ticks))
    }

    /// `TimeSpan.FromDays`
    pub fn from_days(value: f64) -> Result<TimeSpan, Exception> {
        TimeSpan::from_units(value, TICKS_PER_DAY)
    }

    /// `TimeSpan.FromHours`
    pub fn from_hours(value: f64) -> Result<TimeSpan, Exception> {
        TimeSpan::from_units(value, TICKS_PER_HOUR)
    }

    /// `TimeSpan.FromMinutes`
    pub fn from_minutes(value: f64) -> Result<TimeSpan, Exception> {
        TimeSpan::from_units(value, TICKS_PER_MINUTE)
    }

    /// `TimeSpan.FromSeconds`
    pub fn from_seconds(value: f64) -> Result<TimeSpan, Exception> {
        TimeSpan::from_units(value, TICKS_PER_SECOND)
    }

    /// `TimeSpan.FromMilliseconds`
    pub fn from_milliseconds(value: f64) -> Result<TimeSpan, Exception> {
        TimeSpan::from_units(value, TICKS_PER_MILLISECOND)
    }

    /// `TimeSpan.FromMicroseconds`
    pub fn from_microseconds(value: f64) -> Result<TimeSpan, Exception> {
        TimeSpan::from_units(value, TICKS_PER_MICROSECOND)
    }

    fn from_units(value: f64, unit: i64) -> Result<TimeSpan, Exception> {
        if value.is_nan() {
            return Err(Exception::new(ExceptionType::Argument, NOT_A_NUMBER));
        }
        TimeSpan::from_float_ticks(value * unit as f64)
    }

    /// Cuts off parts of a tick, as .NET 7 and later do.
    fn from_float_ticks(ticks: f64) -> Result<TimeSpan, Exception> {
        // i64::MAX as f64 is 2^63; exactly that much is allowed and means the longest duration.
        if ticks.is_nan() || ticks > i64::MAX as f64 || ticks < i64::MIN as f64 {
            return Err(too_long());
        }
        Ok(TimeSpan(ticks as i64))
    }

    /// `Ticks`
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// `Days`: whole days.
    #[must_use]
    pub const fn days(self) -> i32 {
        (self.0 / TICKS_PER_DAY) as i32
    }

    /// `Hours`, -23 to 23.
    #[must_use]
    pub const fn hours(self) -> i32 {
        (self.0 / TICKS_PER_HOUR % 24) as i32
    }

    /// `Minutes`, -59 to 59.
    #[must_use]
    pub const fn minutes(self) -> i32 {
        (self.0 / TICKS_PER_MINUTE % 60) as i32
    }

    /// `Seconds`, -59 to 59.
    #[must_use]
    pub const fn seconds(self) -> i32 {
        (self.0 / TICKS_PER_SECOND % 60) as i32
    }

    /// `Milliseconds`, -999 to 999.
    #[must_use]
    pub const fn milliseconds(self) -> i32 {
        (self.0 / TICKS_PER_MILLISECOND % 1000) as i32
    }

    /// `Microseconds`, -999 to 999.
    #[must_use]
    pub const fn microseconds(self) -> i32 {
        (self.0 / TICKS_PER_MICROSECOND % 1000) as i32
    }

    /// `Nanoseconds`, -900 to 900.
    #[must_use]
    pub const fn nanoseconds(self) -> i32 {
        (self.0 % TICKS_PER_MICROSECOND * 100) as i32
    }

    /// `TotalDays`
    #[must_use]
    pub fn total_days(self) -> f64 {
        self.0 as f64 / TICKS_PER_DAY as f64
    }

    /// `TotalHours`
    #[must_use]
    pub fn total_hours(self) -> f64 {
        self.0 as f64 / TICKS_PER_HOUR as f64
    }

    /// `TotalMinutes`
    #[must_use]
    pub fn total_minutes(self) -> f64 {
        self.0 as f64 / TICKS_PER_MINUTE as f64
    }

    /// `TotalSeconds`
    #[must_use]
    pub fn total_seconds(self) -> f64 {
        self.0 as f64 / TICKS_PER_SECOND as f64
    }

    /// `TotalMilliseconds`, never past what the longest duration has in whole milliseconds.
    #[must_use]
    pub fn total_milliseconds(self) -> f64 {
        let (least, most) = (i64::MIN / TICKS_PER_MILLISECOND, i64::MAX / TICKS_PER_MILLISECOND);
        (self.0 as f64 / TICKS_PER_MILLISECOND as f64).clamp(least as f64, most as f64)
    }

    /// `TotalMicroseconds`
    #[must_use]
    pub fn total_microseconds(self) -> f64 {
        self.0 as f64 / TICKS_PER_MICROSECOND as f64
    }

    /// `TotalNanoseconds`
    #[must_use]
    pub fn total_nanoseconds(self) -> f64 {
        self.0 as f64 * 100.0
    }

    /// `Add`, `+`
    pub fn plus(self, other: TimeSpan) -> Result<TimeSpan, Exception> {
        self.0.checked_add(other.0).map(TimeSpan).ok_or_else(too_long)
    }

    /// `Subtract`, `-`
    pub fn minus(self, other: TimeSpan) -> Result<TimeSpan, Exception> {
        self.0.checked_sub(other.0).map(TimeSpan).ok_or_else(too_long)
    }

    /// `Negate`, unary `-`
    pub fn negate(self) -> Result<TimeSpan, Exception> {
        let message = "Negating the minimum value of a twos complement number is invalid.";
        self.0.checked_neg().map(TimeSpan).ok_or_else(|| Exception::new(ExceptionType::Overflow, message))
    }

    /// `Duration`: the absolute value.
    pub fn duration(self) -> Result<TimeSpan, Exception> {
        let message = "The duration cannot be returned for TimeSpan.MinValue because the absolute value of \
                       TimeSpan.MinValue exceeds the value of TimeSpan.MaxValue.";
        self.0.checked_abs().map(TimeSpan).ok_or_else(|| Exception::new(ExceptionType::Overflow, message))
    }

    /// `Multiply`, `*`
    pub fn multiply(self, factor: f64) -> Result<TimeSpan, Exception> {
        if factor.is_nan() {
            return Err(Exception::argument("factor", NOT_A_NUMBER));
        }
        TimeSpan::from_float_ticks((self.0 as f64 * factor).round_ties_even())
    }

    /// `Divide(double)`, `/`
    pub fn divide(self, divisor: f64) -> Result<TimeSpan, Exception> {
        if divisor.is_nan() {
            return Err(Exception::argument("divisor", NOT_A_NUMBER));
        }
        TimeSpan::from_float_ticks((self.0 as f64 / divisor).round_ties_even())
    }

    /// `Divide(TimeSpan)`, `/`: a ratio.
    #[must_use]
    pub fn ratio(self, other: TimeSpan) -> f64 {
        self.0 as f64 / other.0 as f64
    }
}
