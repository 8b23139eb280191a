//! The periods of token quotas: UTC time cut to the hour, day, week, month or year (APIM). Weeks begin on Monday (ISO 8601); APIM does not say.

/// Length of a quota's period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// What may stand in `token-quota-period`. The second word of each is what the policy toolkit's own documents have.
pub(crate) const WORDS: &[&str] =
    &["Hourly", "Daily", "Weekly", "Monthly", "Yearly", "Hour", "Day", "Week", "Month", "Year"];

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;
const WEEK_S: i64 = 7 * DAY_S;
/// 1970-01-01 was a Thursday.
const FIRST_MONDAY_S: i64 = 4 * DAY_S;

impl Period {
    /// Reads one of [`WORDS`], without case.
    pub(crate) fn read(word: &str) -> Option<Period> {
        let at = WORDS.iter().position(|known| known.eq_ignore_ascii_case(word.trim()))?;
        [Period::Hour, Period::Day, Period::Week, Period::Month, Period::Year].get(at % 5).copied()
    }

    /// Part of the counter's identity.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Period::Hour => "hour",
            Period::Day => "day",
            Period::Week => "week",
            Period::Month => "month",
            Period::Year => "year",
        }
    }

    /// Begin and end of the period that a time is in, in seconds since 1970.
    pub(crate) fn around(self, now_s: i64) -> (i64, i64) {
        let fixed = |from: i64, length: i64| {
            let start = now_s - (now_s - from).rem_euclid(length);
            (start, start + length)
        };
        match self {
            Period::Hour => fixed(0, HOUR_S),
            Period::Day => fixed(0, DAY_S),
            Period::Week => fixed(FIRST_MONDAY_S, WEEK_S),
            Period::Month => {
                let (year, month) = year_and_month(now_s.div_euclid(DAY_S));
                let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                (first_day(year, month) * DAY_S, first_day(next_year, next_month) * DAY_S)
            }
            Period::Year => {
                let (year, _) = year_and_month(now_s.div_euclid(DAY_S));
                (first_day(year, 1) * DAY_S, first_day(year + 1, 1) * DAY_S)
            }
        }
    }
}

/// Days from 1970-01-01 to the first of a month (Hinnant, "chrono-compatible low-level date algorithms").
fn first_day(year: i64, month: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5;
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year and month of a day since 1970-01-01.
fn year_and_month(day: i64) -> (i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month)
}

#[cfg(test)]
mod tests {
    use postern_dotnet::date::{DateTimeOffset, DateTimeStyles};

    use super::*;

    fn seconds(text: &str) -> i64 {
        let zero = DateTimeOffset::MIN.utc_date_time();
        DateTimeOffset::parse(text, DateTimeStyles::default(), zero).unwrap().to_unix_time_seconds()
    }

    #[test]
    fn periods_begin_where_utc_time_is_cut() {
        for (period, now, start, end) in [
            (Period::Hour, "2024-05-01T12:30:45Z", "2024-05-01T12:00:00Z", "2024-05-01T13:00:00Z"),
            (Period::Hour, "2024-05-01T13:00:00Z", "2024-05-01T13:00:00Z", "2024-05-01T14:00:00Z"),
            (Period::Day, "2024-05-01T12:30:45Z", "2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z"),
            // A Wednesday, a Monday and a Sunday.
            (Period::Week, "2024-05-01T12:30:45Z", "2024-04-29T00:00:00Z", "2024-05-06T00:00:00Z"),
            (Period::Week, "2024-04-29T00:00:00Z", "2024-04-29T00:00:00Z", "2024-05-06T00:00:00Z"),
            (Period::Week, "2024-05-05T23:59:59Z", "2024-04-29T00:00:00Z", "2024-05-06T00:00:00Z"),
            (Period::Month, "2024-02-29T12:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
            (Period::Month, "2023-12-31T23:59:59Z", "2023-12-01T00:00:00Z", "2024-01-01T00:00:00Z"),
            (Period::Month, "2100-02-28T00:00:00Z", "2100-02-01T00:00:00Z", "2100-03-01T00:00:00Z"),
            (Period::Year, "2024-05-01T12:30:45Z", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
            (Period::Year, "2000-01-01T00:00:00Z", "2000-01-01T00:00:00Z", "2001-01-01T00:00:00Z"),
        ] {
            assert_eq!(period.around(seconds(now)), (seconds(start), seconds(end)), "{period:?} {now}");
        }
    }

    #[test]
    fn words_are_read_without_case() {
        for (word, period) in [
            ("Hourly", Some(Period::Hour)),
            ("daily", Some(Period::Day)),
            (" Weekly ", Some(Period::Week)),
            ("MONTHLY", Some(Period::Month)),
            ("Yearly", Some(Period::Year)),
            ("day", Some(Period::Day)),
            ("minutely", None),
            ("", None),
        ] {
            assert_eq!(Period::read(word), period, "{word}");
        }
    }
}
