//! Dates in the one format that messages and certificate properties need.
//!
//! Why not the date module: a certificate's and a token's dates are seconds since 1970 in UTC, and this is the only text made of them.

const SECONDS_PER_DAY: i64 = 86_400;
/// 0001-01-01T00:00:00 and 9999-12-31T23:59:59 in Unix seconds: what a DateTime can hold.
const DATE_TIME_SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// `DateTime.ToString()` with the invariant culture (`MM/dd/yyyy HH:mm:ss`) of `unix_s` in UTC, clamped to what a DateTime holds.
#[must_use]
pub fn invariant_date(unix_s: i64) -> String {
    let clamped = unix_s.clamp(*DATE_TIME_SECONDS.start(), *DATE_TIME_SECONDS.end());
    let (year, month, day) = civil_from_days(clamped.div_euclid(SECONDS_PER_DAY));
    let second = clamped.rem_euclid(SECONDS_PER_DAY);
    format!("{month:02}/{day:02}/{year:04} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// Year, month and day of the proleptic Gregorian calendar; the year begins in March so that the leap day is its last.
fn civil_from_days(days_since_1970: i64) -> (i64, i64, i64) {
    let days = days_since_1970 + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (unix_s, text) in [
            (0, "01/01/1970 00:00:00"),
            (951_782_399, "02/28/2000 23:59:59"),
            (951_782_400, "02/29/2000 00:00:00"),
            (1_628_614_324, "08/10/2021 16:52:04"),
            (-1, "12/31/1969 23:59:59"),
            (i64::MIN, "01/01/0001 00:00:00"),
            (i64::MAX, "12/31/9999 23:59:59"),
        ] {
            assert_eq!(invariant_date(unix_s), text);
        }
    }
}
