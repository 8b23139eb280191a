//! Formatting against .NET 8 with the invariant culture.

use crate::date::{DateTime, DateTimeKind, DateTimeOffset, TimeSpan};

/// 2024-05-01T12:30:45.1234567
const TICKS: i64 = 638_501_634_451_234_567;

fn utc() -> DateTime {
    DateTime::from_ticks(TICKS, DateTimeKind::Utc).unwrap()
}

fn offset() -> DateTimeOffset {
    DateTimeOffset::from_ticks(TICKS, TimeSpan::parse("-05:30").unwrap()).unwrap()
}

#[test]
fn standard_formats_of_a_date_time() {
    for (format, text) in [
        ("", "05/01/2024 12:30:45"),
        ("d", "05/01/2024"),
        ("D", "Wednesday, 01 May 2024"),
        ("f", "Wednesday, 01 May 2024 12:30"),
        ("F", "Wednesday, 01 May 2024 12:30:45"),
        ("g", "05/01/2024 12:30"),
        ("G", "05/01/2024 12:30:45"),
        ("m", "May 01"),
        ("M", "May 01"),
        ("o", "2024-05-01T12:30:45.1234567Z"),
        ("O", "2024-05-01T12:30:45.1234567Z"),
        ("r", "Wed, 01 May 2024 12:30:45 GMT"),
        ("R", "Wed, 01 May 2024 12:30:45 GMT"),
        ("s", "2024-05-01T12:30:45"),
        ("t", "12:30"),
        ("T", "12:30:45"),
        ("u", "2024-05-01 12:30:45Z"),
        ("U", "Wednesday, 01 May 2024 12:30:45"),
        ("y", "2024 May"),
        ("Y", "2024 May"),
    ] {
        assert_eq!(utc().format(format).as_deref(), Ok(text), "{format}");
    }
}

#[test]
fn standard_formats_of_a_date_time_offset() {
    for (format, text) in [
        ("", "05/01/2024 12:30:45 -05:30"),
        ("G", "05/01/2024 12:30:45"),
        ("o", "2024-05-01T12:30:45.1234567-05:30"),
        ("R", "Wed, 01 May 2024 18:00:45 GMT"),
        ("s", "2024-05-01T12:30:45"),
        ("u", "2024-05-01 18:00:45Z"),
    ] {
        assert_eq!(offset().format(format).as_deref(), Ok(text), "{format}");
    }
    assert!(offset().format("U").is_err());
}

#[test]
fn custom_formats() {
    for (format, text) in [
        ("yyyy-MM-ddTHH:mm:ssZ", "2024-05-01T12:30:45Z"),
        ("yyyy-MM-ddTHH:mmZ", "2024-05-01T12:30Z"),
        ("yyyyMMddTHHmmssZ", "20240501T123045Z"),
        ("yyyy-MM-ddTHH:mm:ss.fffZ", "2024-05-01T12:30:45.123Z"),
        ("d/M/y", "1/5/24"),
        ("%d", "1"),
        ("%y", "24"),
        ("yyy yyyyy", "2024 02024"),
        ("ddd dddd MMM MMMM", "Wed Wednesday May May"),
        ("h hh H HH", "12 12 12 12"),
        ("m mm s ss", "30 30 45 45"),
        ("hh:mm tt", "12:30 PM"),
        ("h:mmt", "12:30P"),
        ("f ff fffffff", "1 12 1234567"),
        ("F FFFFFFF", "1 1234567"),
        ("%K", "Z"),
        ("z zz zzz", "+0 +00 +00:00"),
        ("gg", "A.D."),
        ("'day' d \"month\" M", "day 1 month 5"),
        ("\\d\\M", "dM"),
        ("dd''MM", "0105"),
        ("ddd, dd MMM yyyy HH:mm:ss GMT", "Wed, 01 May 2024 12:30:45 G5T"),
    ] {
        // `M` in GMT is a month: a literal has to be quoted.
        assert_eq!(utc().format(format).as_deref(), Ok(text), "{format}");
    }
    assert_eq!(offset().format("z zz zzz K").as_deref(), Ok("-5 -05 -05:30 -05:30"));
}

#[test]
fn the_kind_decides_what_k_prints() {
    for (kind, text) in
        [(DateTimeKind::Utc, "12:30Z"), (DateTimeKind::Local, "12:30+00:00"), (DateTimeKind::Unspecified, "12:30")]
    {
        assert_eq!(utc().with_kind(kind).format("HH:mmK").as_deref(), Ok(text));
    }
}

#[test]
fn an_optional_fraction_takes_its_point_with_it() {
    let whole = DateTime::from_ticks(TICKS - 1_234_567, DateTimeKind::Utc).unwrap();
    assert_eq!(whole.format("ss.FFF").as_deref(), Ok("45"));
    assert_eq!(whole.format("ss.fff").as_deref(), Ok("45.000"));
    assert_eq!(utc().format("ss.FFF").as_deref(), Ok("45.123"));
}

#[test]
fn wrong_formats_are_format_exceptions() {
    for format in ["x", "Z", "%", "%%", "ffffffff", "yyyy\\", "é"] {
        let message = utc().format(format).unwrap_err().message;
        assert_eq!(message, "Input string was not in a correct format.", "{format}");
    }
    for (format, quote) in [("yyyy'T", '\''), ("\"x", '"'), ("%'", '\'')] {
        let message = utc().format(format).unwrap_err().message;
        assert_eq!(message, format!("Cannot find a matching quote character for the character '{quote}'."));
    }
}
