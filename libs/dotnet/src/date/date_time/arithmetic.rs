//! Adding to and subtracting from a DateTime. The kind stays what it was.

use super::DateTime;
use crate::date::calendar::days_in_month;
use crate::date::{
    DAYS_TO_10000, Parts, TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MICROSECOND, TICKS_PER_MILLISECOND,
    TICKS_PER_MINUTE, TICKS_PER_SECOND, TimeSpan,
};
use crate::{Exception, ExceptionType};

/// `AddMonths` takes no more.
const MONTHS_MAX: i32 = 120_000;
/// `AddYears` takes no more.
const YEARS_MAX: i32 = 10_000;

fn unrepresentable(parameter: &str) -> Exception {
    let message = "The added or subtracted value results in an un-representable DateTime.";
    Exception::argument_out_of_range(parameter, message)
}

impl DateTime {
    /// `Add(TimeSpan)`
    pub fn add_span(self, value: TimeSpan) -> Result<DateTime, Exception> {
        self.plus(value.ticks(), "value")
    }

    /// `+`
    pub fn add_operator(self, value: TimeSpan) -> Result<DateTime, Exception> {
        self.plus(value.ticks(), "t")
    }

    /// `Subtract(TimeSpan)`
    pub fn subtract_span(self, value: TimeSpan) -> Result<DateTime, Exception> {
        self.minus(value, "value")
    }

    /// `-` with a TimeSpan
    pub fn subtract_operator(self, value: TimeSpan) -> Result<DateTime, Exception> {
        self.minus(value, "t")
    }

    /// `Subtract(DateTime)`, `-` with a DateTime: kinds do not matter.
    #[must_use]
    pub fn since(self, earlier: DateTime) -> TimeSpan {
        TimeSpan::from_ticks(self.ticks() - earlier.ticks())
    }

    /// `AddTicks`
    pub fn add_ticks(self, value: i64) -> Result<DateTime, Exception> {
        self.plus(value, "value")
    }

    /// `AddDays`: parts of a tick are cut off, as in .NET 7 and later.
    pub fn add_days(self, value: f64) -> Result<DateTime, Exception> {
        self.add_units(value, TICKS_PER_DAY)
    }

    /// `AddHours`
    pub fn add_hours(self, value: f64) -> Result<DateTime, Exception> {
        self.add_units(value, TICKS_PER_HOUR)
    }

    /// `AddMinutes`
    pub fn add_minutes(self, value: f64) -> Result<DateTime, Exception> {
        self.add_units(value, TICKS_PER_MINUTE)
    }

    /// `AddSeconds`
    pub fn add_seconds(self, value: f64) -> Result<DateTime, Exception> {
        self.add_units(value, TICKS_PER_SECOND)
    }

    /// `AddMilliseconds`
    pub fn add_milliseconds(self, value: f64) -> Result<DateTime, Exception> {
        self.add_units(value, TICKS_PER_MILLISECOND)
    }

    /// `AddMicroseconds`
    pub fn add_microseconds(self, value: f64) -> Result<DateTime, Exception> {
        self.add_units(value, TICKS_PER_MICROSECOND)
    }

    /// `AddMonths`: a day past the end of the month becomes its last day.
    pub fn add_months(self, months: i32) -> Result<DateTime, Exception> {
        if !(-MONTHS_MAX..=MONTHS_MAX).contains(&months) {
            return Err(Exception::argument_out_of_range("months", "Months value must be between +/-120000."));
        }
        let (year, month, day) = self.ymd();
        let month = month - 1 + months;
        self.with_date(year + month.div_euclid(12), month.rem_euclid(12) + 1, day, "months")
    }

    /// `AddYears`: 29 February becomes the 28th in other years.
    pub fn add_years(self, value: i32) -> Result<DateTime, Exception> {
        if !(-YEARS_MAX..=YEARS_MAX).contains(&value) {
            return Err(Exception::argument_out_of_range("years", "Years value must be between +/-10000."));
        }
        let (year, month, day) = self.ymd();
        self.with_date(year + value, month, day, "value")
    }

    /// The same time of another day; the day is cut to the length of the month.
    fn with_date(self, year: i32, month: i32, day: i32, parameter: &str) -> Result<DateTime, Exception> {
        let last = days_in_month(year, month).map_err(|_| unrepresentable(parameter))?;
        let parts = Parts { year, month, day: day.min(last), ..Parts::default() };
        let date = DateTime::from_parts(&parts, self.kind())?;
        date.plus(self.ticks() % TICKS_PER_DAY, parameter)
    }

    fn add_units(self, value: f64, unit: i64) -> Result<DateTime, Exception> {
        // More than the whole calendar, whatever the unit: .NET names the argument, not the result.
        let most = DAYS_TO_10000 * TICKS_PER_DAY / unit;
        if value.abs() > most as f64 {
            return Err(Exception::argument_out_of_range("value", "Value to add was out of range."));
        }
        if value.is_nan() {
            return Err(unrepresentable("value"));
        }
        let whole = value.trunc();
        let ticks = whole as i64 * unit + ((value - whole) * unit as f64) as i64;
        self.plus(ticks, "value")
    }

    fn plus(self, ticks: i64, parameter: &str) -> Result<DateTime, Exception> {
        let sum = self.ticks().checked_add(ticks);
        sum.and_then(|sum| DateTime::checked(sum, self.kind())).ok_or_else(|| unrepresentable(parameter))
    }

    fn minus(self, value: TimeSpan, parameter: &str) -> Result<DateTime, Exception> {
        let difference = self.ticks().checked_sub(value.ticks());
        difference.and_then(|ticks| DateTime::checked(ticks, self.kind())).ok_or_else(|| unrepresentable(parameter))
    }
}

const FILE_TIME_EPOCH_TICKS: i64 = 584_388 * TICKS_PER_DAY;
/// 1899-12-30, day 0 of OLE Automation.
const OLE_EPOCH_TICKS: i64 = 693_593 * TICKS_PER_DAY;
const MILLISECONDS_PER_DAY: i64 = 86_400_000;
/// `FromOADate` takes what lies between these: years 100 to 9999.
const OLE_RANGE: (f64, f64) = (-657_435.0, 2_958_466.0);

impl DateTime {
    /// `ToFileTime`, `ToFileTimeUtc`: ticks since 1601-01-01.
    pub fn to_file_time(self) -> Result<i64, Exception> {
        let ticks = self.ticks() - FILE_TIME_EPOCH_TICKS;
        let message = "Not a valid Win32 FileTime.";
        if ticks < 0 { Err(Exception::new(ExceptionType::ArgumentOutOfRange, message)) } else { Ok(ticks) }
    }

    /// `FromFileTimeUtc`; `FromFileTime` is its `to_local_time`.
    pub fn from_file_time_utc(file_time: i64) -> Result<DateTime, Exception> {
        let ticks = Some(file_time).filter(|time| *time >= 0).and_then(|time| time.checked_add(FILE_TIME_EPOCH_TICKS));
        ticks
            .and_then(|ticks| DateTime::checked(ticks, super::DateTimeKind::Utc))
            .ok_or_else(|| Exception::argument_out_of_range("fileTime", "Not a valid Win32 FileTime."))
    }

    /// `ToOADate`: days since 1899-12-30; the time of day counts away from zero before it.
    pub fn to_oa_date(self) -> Result<f64, Exception> {
        let mut ticks = self.ticks();
        if ticks == 0 {
            return Ok(0.0);
        }
        if ticks < TICKS_PER_DAY {
            // A time without a date.
            ticks += OLE_EPOCH_TICKS;
        }
        // 0100-01-01
        if ticks < 36_159 * TICKS_PER_DAY {
            return Err(Exception::new(ExceptionType::Overflow, "Not a legal OleAut date."));
        }
        let mut milliseconds = (ticks - OLE_EPOCH_TICKS) / TICKS_PER_MILLISECOND;
        if milliseconds < 0 {
            let time = milliseconds % MILLISECONDS_PER_DAY;
            if time != 0 {
                milliseconds -= (MILLISECONDS_PER_DAY + time) * 2;
            }
        }
        Ok(milliseconds as f64 / MILLISECONDS_PER_DAY as f64)
    }

    /// `FromOADate`, of kind Unspecified.
    pub fn from_oa_date(days: f64) -> Result<DateTime, Exception> {
        let illegal = || Exception::new(ExceptionType::Argument, "Not a legal OleAut date.");
        if !(days > OLE_RANGE.0 && days < OLE_RANGE.1) {
            return Err(illegal());
        }
        let mut milliseconds = (days * MILLISECONDS_PER_DAY as f64 + if days >= 0.0 { 0.5 } else { -0.5 }) as i64;
        if milliseconds < 0 {
            milliseconds -= (milliseconds % MILLISECONDS_PER_DAY) * 2;
        }
        let ticks = milliseconds * TICKS_PER_MILLISECOND + OLE_EPOCH_TICKS;
        DateTime::checked(ticks, super::DateTimeKind::Unspecified).ok_or_else(illegal)
    }
}
