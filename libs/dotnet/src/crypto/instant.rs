//! Dates as messages and certificate properties write them.

use crate::date::{DateTime, DateTimeKind, TICKS_PER_SECOND, UNIX_EPOCH_TICKS};

/// `DateTime.ToString()` with the invariant culture (`MM/dd/yyyy HH:mm:ss`) of `unix_s` in UTC, clamped to what a DateTime holds.
#[must_use]
pub fn invariant_date(unix_s: i64) -> String {
    let ticks = unix_s.saturating_mul(TICKS_PER_SECOND).saturating_add(UNIX_EPOCH_TICKS);
    DateTime::saturating(ticks, DateTimeKind::Utc).to_string()
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
