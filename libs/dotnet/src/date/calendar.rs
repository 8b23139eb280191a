//! The Gregorian calendar, extended back to year 1: days to year, month, day and back.

use super::DAYS_TO_10000;
use crate::{Exception, ExceptionType};

const DAYS_PER_YEAR: i64 = 365;
const DAYS_PER_4_YEARS: i64 = 4 * DAYS_PER_YEAR + 1;
const DAYS_PER_100_YEARS: i64 = 25 * DAYS_PER_4_YEARS - 1;
const DAYS_PER_400_YEARS: i64 = 4 * DAYS_PER_100_YEARS + 1;

const BAD_YEAR: &str = "Year must be between 1 and 9999.";
const BAD_MONTH: &str = "Month must be between one and twelve.";

/// Days of a month; an error outside year 1..=9999 and month 1..=12.
pub fn days_in_month(year: i32, month: i32) -> Result<i32, Exception> {
    if !(1..=12).contains(&month) {
        // .NET says this value, and not that of other parameters.
        let message = format!("{BAD_MONTH} (Parameter 'month')\nActual value was {month}.");
        return Err(Exception::new(ExceptionType::ArgumentOutOfRange, message));
    }
    if !(1..=9999).contains(&year) {
        return Err(Exception::argument_out_of_range("year", BAD_YEAR));
    }
    Ok(month_length(year, month))
}

/// Whether a year has 366 days; an error outside 1..=9999.
pub fn is_leap_year(year: i32) -> Result<bool, Exception> {
    if (1..=9999).contains(&year) { Ok(leap(year)) } else { Err(Exception::argument_out_of_range("year", BAD_YEAR)) }
}

fn leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_length(year: i32, month: i32) -> i32 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the year before a month (1..=12).
fn days_before_month(year: i32, month: i32) -> i64 {
    (1..month).map(|before| i64::from(month_length(year, before))).sum()
}

/// Days since 0001-01-01; `None` if there is no such day.
pub(super) fn days_from_date(year: i32, month: i32, day: i32) -> Option<i64> {
    if day < 1 || day > days_in_month(year, month).ok()? {
        return None;
    }
    let years = i64::from(year - 1);
    let days = years * DAYS_PER_YEAR + years / 4 - years / 100 + years / 400;
    Some(days + days_before_month(year, month) + i64::from(day - 1))
}

/// Year, month, day and day of the year of the day this many days after 0001-01-01.
pub(super) fn date_from_days(days: i64) -> (i32, i32, i32, i32) {
    let days = days.clamp(0, DAYS_TO_10000 - 1);
    let (centuries400, rest) = (days / DAYS_PER_400_YEARS, days % DAYS_PER_400_YEARS);
    // The last day of a 400-year and of a 4-year cycle belongs to its last part, which is one day longer.
    let centuries = (rest / DAYS_PER_100_YEARS).min(3);
    let rest = rest - centuries * DAYS_PER_100_YEARS;
    let (fours, rest) = (rest / DAYS_PER_4_YEARS, rest % DAYS_PER_4_YEARS);
    let ones = (rest / DAYS_PER_YEAR).min(3);
    let day_of_year = (rest - ones * DAYS_PER_YEAR) as i32;
    let year = (centuries400 * 400 + centuries * 100 + fours * 4 + ones + 1) as i32;
    let (mut month, mut day) = (1, day_of_year);
    while month < 12 && day >= month_length(year, month) {
        day -= month_length(year, month);
        month += 1;
    }
    (year, month, day + 1, day_of_year + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_calendar_survives_the_way_there_and_back() {
        let mut expected = (1, 1, 1, 1);
        for days in 0..DAYS_TO_10000 {
            let date = date_from_days(days);
            assert_eq!(date, expected);
            assert_eq!(days_from_date(date.0, date.1, date.2), Some(days));
            expected = match date {
                (year, 12, 31, _) => (year + 1, 1, 1, 1),
                (year, month, day, of_year) if day == month_length(year, month) => (year, month + 1, 1, of_year + 1),
                (year, month, day, of_year) => (year, month, day + 1, of_year + 1),
            };
        }
    }

    #[test]
    fn known_days_have_their_numbers() {
        for (date, days) in
            [((1, 1, 1), 0), ((1970, 1, 1), 719_162), ((2000, 2, 29), 730_178), ((9999, 12, 31), 3_652_058)]
        {
            assert_eq!(days_from_date(date.0, date.1, date.2), Some(days));
        }
        for (year, month, day) in [
            (0, 1, 1),
            (10000, 1, 1),
            (2023, 2, 29),
            (1900, 2, 29),
            (2024, 13, 1),
            (2024, 0, 1),
            (2024, 4, 31),
            (2024, 4, 0),
        ] {
            assert_eq!(days_from_date(year, month, day), None);
        }
    }

    #[test]
    fn years_and_months_outside_the_calendar_are_errors() {
        assert_eq!(days_in_month(2024, 2), Ok(29));
        assert_eq!(days_in_month(2100, 2), Ok(28));
        assert_eq!(
            days_in_month(2024, 13).unwrap_err().message,
            "Month must be between one and twelve. (Parameter 'month')\nActual value was 13."
        );
        assert_eq!(days_in_month(0, 1).unwrap_err().message, "Year must be between 1 and 9999. (Parameter 'year')");
        assert_eq!(is_leap_year(10_000).unwrap_err().message, "Year must be between 1 and 9999. (Parameter 'year')");
        assert_eq!(is_leap_year(2000), Ok(true));
    }
}
