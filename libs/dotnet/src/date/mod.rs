//! DateTime, DateTimeOffset, TimeSpan and TimeZoneInfo.
