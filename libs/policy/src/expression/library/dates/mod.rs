//! System.DateTime, DateTimeOffset, TimeSpan, TimeZoneInfo and TimeZone.
//!
//! Format providers are taken and not looked at: there is one culture.

mod arguments;
mod clock;
mod compare;
mod date_time;
mod date_time_offset;
mod date_time_text;
mod parse;
#[cfg(test)]
mod tests;
mod time_span;
mod time_zone;
mod values;
mod zone_rules;

use super::Library;

pub(super) use date_time::to_date_time;

pub(super) use clock::utc_now;
pub(crate) use values::{DateTimeOffsetValue, DateTimeValue, TimeSpanValue, TimeZoneValue};

pub(super) fn declare(library: &mut Library) {
    library.enumeration("System.DateTimeKind", &[("Unspecified", 0), ("Utc", 1), ("Local", 2)]);
    library.enumeration(
        "System.DayOfWeek",
        &[
            ("Sunday", 0),
            ("Monday", 1),
            ("Tuesday", 2),
            ("Wednesday", 3),
            ("Thursday", 4),
            ("Friday", 5),
            ("Saturday", 6),
        ],
    );
    library.flags(
        "System.Globalization.DateTimeStyles",
        &[
            ("None", 0),
            ("AllowLeadingWhite", 1),
            ("AllowTrailingWhite", 2),
            ("AllowInnerWhite", 4),
            ("AllowWhiteSpaces", 7),
            ("NoCurrentDateDefault", 8),
            ("AdjustToUniversal", 16),
            ("AssumeLocal", 32),
            ("AssumeUniversal", 64),
            ("RoundtripKind", 128),
        ],
    );
    library.flags("System.Globalization.TimeSpanStyles", &[("None", 0), ("AssumeNegative", 1)]);
    time_span::declare(library);
    date_time::declare(library);
    date_time_text::declare(library);
    date_time_offset::declare(library);
    zone_rules::declare(library);
    time_zone::declare(library);
}
