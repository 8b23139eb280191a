//! The periods of token quotas: UTC time cut to the hour, day, week, month or year (APIM). Weeks begin on Monday (ISO 8601); APIM does not say.

use postern_dotnet::date::{DateTime, DateTimeOffset};

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
            Period::Month => calendar(now_s, 1).unwrap_or_else(|| fixed(0, 30 * DAY_S)),
            Period::Year => calendar(now_s, 12).unwrap_or_else(|| fixed(0, 365 * DAY_S)),
        }
    }
}

/// Begin and end of the month or the year (1 or 12 months) that a time is in; `None` beyond the calendar, which ends with the year 9999.
fn calendar(now_s: i64, months: i32) -> Option<(i64, i64)> {
    let (year, month, _) = DateTimeOffset::from_unix_time_seconds(now_s).ok()?.utc_date_time().ymd();
    let start = DateTime::from_date(year, if months == 1 { month } else { 1 }, 1).ok()?;
    let end = start.add_months(months).ok()?;
    let seconds = |time| DateTimeOffset::from_date_time(time).to_unix_time_seconds();
    Some((seconds(start), seconds(end)))
}

#[cfg(test)]
mod tests {
    use postern_dotnet::date::DateTimeStyles;

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
