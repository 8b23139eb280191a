//! Dates as JSON text, without the quotes: `DateFormatHandling.IsoDateFormat`, `DateTimeZoneHandling.RoundtripKind`.

use crate::date::{DateTime, DateTimeKind, DateTimeOffset, TICKS_PER_MINUTE, TimeSpan};
use std::fmt::Write as _;

/// Appends `2024-05-01T12:30:00.25Z`: a fraction without trailing zeros if there is one, `Z` for kind Utc, an offset for kind Local
/// (`+00:00` on a gateway), nothing for Unspecified.
pub fn write(value: DateTime, out: &mut String) {
    write_iso(value, out);
    match value.kind() {
        DateTimeKind::Utc => out.push('Z'),
        DateTimeKind::Local => out.push_str("+00:00"),
        DateTimeKind::Unspecified => {}
    }
}

/// Date, time and trimmed fraction.
fn write_iso(value: DateTime, out: &mut String) {
    let (year, month, day) = value.ymd();
    let (hour, minute, second) = (value.hour(), value.minute(), value.second());
    // Writing to a String cannot fail.
    let _ = write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    let fraction = value.fraction();
    if fraction != 0 {
        let digits = format!("{fraction:07}");
        out.push('.');
        out.push_str(digits.trim_end_matches('0'));
    }
}

/// Appends a DateTimeOffset: always with its offset, also if that is zero.
pub fn write_offset(value: DateTimeOffset, out: &mut String) {
    write_iso(value.date_time(), out);
    let minutes = value.offset().ticks() / TICKS_PER_MINUTE;
    let sign = if minutes < 0 { '-' } else { '+' };
    // Writing to a String cannot fail.
    let _ = write!(out, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
}

/// Appends a TimeSpan in its format `c`.
pub fn write_time_span(value: TimeSpan, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{value}");
}
