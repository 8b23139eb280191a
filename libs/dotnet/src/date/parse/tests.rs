//! Reading dates against .NET 8 with the invariant culture.

use crate::date::{DateTime, DateTimeKind, DateTimeOffset, DateTimeStyles};

/// 2026-11-27T10:00:00
fn now() -> DateTime {
    DateTime::from_ticks(639_313_704_000_000_000, DateTimeKind::Utc).unwrap()
}

fn round_trip(date: DateTime) -> String {
    let kind = match date.kind() {
        DateTimeKind::Unspecified => "",
        DateTimeKind::Utc => " Utc",
        DateTimeKind::Local => " Local",
    };
    date.format("yyyy-MM-dd HH:mm:ss.FFFFFFF").unwrap() + kind
}

fn read(text: &str, styles: DateTimeStyles) -> Result<String, String> {
    DateTime::parse(text, styles, now()).map(round_trip).map_err(|error| error.message.into_owned())
}

fn read_offset(text: &str, styles: DateTimeStyles) -> Result<String, String> {
    let date = DateTimeOffset::parse(text, styles, now());
    date.and_then(|date| date.format("yyyy-MM-dd HH:mm:ss.FFFFFFF zzz")).map_err(|error| error.message.into_owned())
}

#[test]
fn parse_takes_dates_in_many_forms() {
    for (text, date) in [
        ("2024-05-01T12:30:45", "2024-05-01 12:30:45"),
        ("2024-05-01T12:30:45Z", "2024-05-01 12:30:45 Local"),
        ("2024-05-01T12:30:45.123+02:00", "2024-05-01 10:30:45.123 Local"),
        ("2024-05-01T12:30:45.1234567-0530", "2024-05-01 18:00:45.1234567 Local"),
        ("2024-05-01T12:30", "2024-05-01 12:30:00"),
        ("2024-05-01t12:30:45 Z", "2024-05-01 12:30:45 Local"),
        ("2024-05-01 12:30:45.5", "2024-05-01 12:30:45.5"),
        ("2024-05-01 12:30:45 +02:00", "2024-05-01 10:30:45 Local"),
        ("2024-05-01", "2024-05-01 00:00:00"),
        ("2024-05-01Z", "2024-05-01 00:00:00 Local"),
        ("2024/05/01", "2024-05-01 00:00:00"),
        ("2024-05", "2024-05-01 00:00:00"),
        ("2024.5.1", "2024-05-01 00:00:00"),
        ("Wed, 01 May 2024 12:30:45 GMT", "2024-05-01 12:30:45 Local"),
        ("Wednesday, 01 May 2024", "2024-05-01 00:00:00"),
        ("5/1/2024 1:02:03 PM", "2024-05-01 13:02:03"),
        ("05/01/2024 12:30:45 AM", "2024-05-01 00:30:45"),
        ("5/1/2024", "2024-05-01 00:00:00"),
        ("May 1, 2024", "2024-05-01 00:00:00"),
        ("1 may 2024 10:00", "2024-05-01 10:00:00"),
        ("01-May-2024", "2024-05-01 00:00:00"),
        ("2024 May 1", "2024-05-01 00:00:00"),
        ("May 2024", "2024-05-01 00:00:00"),
        ("  2024-05-01  ", "2024-05-01 00:00:00"),
        // Two digits: up to 49 in this century.
        ("12/25/49", "2049-12-25 00:00:00"),
        ("12/25/50", "1950-12-25 00:00:00"),
        // A number behind a month is a day, one before it a year.
        ("May 5", "2026-05-05 00:00:00"),
        ("5 May", "2005-05-01 00:00:00"),
        ("5/1", "2026-05-01 00:00:00"),
        ("1/10 5 AM", "2026-01-10 05:00:00"),
        // The day comes from the clock.
        ("12:30", "2026-11-27 12:30:00"),
        ("1:30 PM", "2026-11-27 13:30:00"),
        ("5pm", "2026-11-27 17:00:00"),
        ("12:30:45-08:00", "2026-11-27 20:30:45 Local"),
        ("#5/1/2024#", "2024-05-01 00:00:00"),
        ("2024-05-01\0\0", "2024-05-01 00:00:00"),
    ] {
        assert_eq!(read(text, DateTimeStyles::NONE).as_deref(), Ok(date), "{text}");
    }
}

#[test]
fn parse_says_why_a_text_is_no_date() {
    for text in [
        "",
        " ",
        "20240501",
        "5/1/2024 13:00 AM",
        "2024-02-30",
        "13/13/2024",
        "2024-05-01T",
        "2024-05-01T12",
        "1",
        "12:30 12:30",
        "2024-05-01 2024-05-02",
        "2024-05-01T12:30:45+02:00x",
        "123456789",
        "May 32 2024",
        "1/10 5:30",
        "--",
        "0-0-0",
    ] {
        let message = format!("String '{text}' was not recognized as a valid DateTime.");
        assert_eq!(read(text, DateTimeStyles::NONE), Err(message));
    }
    for (text, message) in [
        (
            "foo",
            "The string 'foo' was not recognized as a valid DateTime. There is an unknown word starting at index '0'.",
        ),
        (
            "5/1/2024 é",
            "The string '5/1/2024 é' was not recognized as a valid DateTime. There is an unknown word starting at index '9'.",
        ),
        (
            "25:00",
            "The DateTime represented by the string '25:00' is not supported in calendar 'System.Globalization.GregorianCalendar'.",
        ),
        (
            "2024-05-01T24:00:00",
            "The DateTime represented by the string '2024-05-01T24:00:00' is not supported in calendar \
             'System.Globalization.GregorianCalendar'.",
        ),
        (
            "Thu, 01 May 2024",
            "String 'Thu, 01 May 2024' was not recognized as a valid DateTime because the day of week was incorrect.",
        ),
        (
            "2024-05-01T12:00:00+15:00",
            "The time zone offset of string '2024-05-01T12:00:00+15:00' must be within plus or minus 14 hours.",
        ),
        (
            "9999-12-31T23:59:59-02:00",
            "The DateTime represented by the string '9999-12-31T23:59:59-02:00' is out of range.",
        ),
    ] {
        assert_eq!(read(text, DateTimeStyles::NONE), Err(message.to_owned()));
    }
}

#[test]
fn styles_decide_the_kind() {
    let adjusted = DateTimeStyles::ASSUME_UNIVERSAL.with(DateTimeStyles::ADJUST_TO_UNIVERSAL);
    for (text, styles, date) in [
        ("2024-05-01T12:00", DateTimeStyles::ASSUME_UNIVERSAL, "2024-05-01 12:00:00 Local"),
        ("2024-05-01T12:00", DateTimeStyles::ASSUME_LOCAL, "2024-05-01 12:00:00 Local"),
        ("2024-05-01T12:00", adjusted, "2024-05-01 12:00:00 Utc"),
        ("2024-05-01T12:00", DateTimeStyles::ADJUST_TO_UNIVERSAL, "2024-05-01 12:00:00"),
        ("2024-05-01T12:00+02:00", DateTimeStyles::ADJUST_TO_UNIVERSAL, "2024-05-01 10:00:00 Utc"),
        ("2024-05-01T12:00Z", DateTimeStyles::ROUNDTRIP_KIND, "2024-05-01 12:00:00 Utc"),
        ("2024-05-01T12:00+02:00", DateTimeStyles::ROUNDTRIP_KIND, "2024-05-01 10:00:00 Local"),
        ("12:00", DateTimeStyles::NO_CURRENT_DATE_DEFAULT, "0001-01-01 12:00:00"),
    ] {
        assert_eq!(read(text, styles).as_deref(), Ok(date), "{text} {styles:?}");
    }
    let both = DateTimeStyles::ASSUME_LOCAL.with(DateTimeStyles::ASSUME_UNIVERSAL);
    for (styles, message) in [
        (both, "The DateTimeStyles values AssumeLocal and AssumeUniversal cannot be used together."),
        (
            DateTimeStyles::ROUNDTRIP_KIND.with(DateTimeStyles::ASSUME_LOCAL),
            "The DateTimeStyles value RoundtripKind cannot be used with the values AssumeLocal, AssumeUniversal or AdjustToUniversal.",
        ),
        (DateTimeStyles(256), "An undefined DateTimeStyles value is being used."),
    ] {
        assert_eq!(read("x", styles), Err(format!("{message} (Parameter 'styles')")));
        assert!(DateTime::try_parse("x", styles, now()).is_err());
    }
    assert_eq!(DateTime::try_parse("x", DateTimeStyles::NONE, now()), Ok(None));
}

#[test]
fn a_date_time_offset_keeps_the_offset() {
    for (text, date) in [
        ("2024-05-01T12:30:45+02:00", "2024-05-01 12:30:45 +02:00"),
        ("2024-05-01T12:30:45Z", "2024-05-01 12:30:45 +00:00"),
        ("2024-05-01 12:30", "2024-05-01 12:30:00 +00:00"),
        ("5/1/2024 1:02 PM -08:00", "2024-05-01 13:02:00 -08:00"),
        ("12:30 -08:00", "2026-11-27 12:30:00 -08:00"),
    ] {
        assert_eq!(read_offset(text, DateTimeStyles::NONE).as_deref(), Ok(date), "{text}");
    }
    let adjusted = read_offset("2024-05-01T12:30+02:00", DateTimeStyles::ADJUST_TO_UNIVERSAL);
    assert_eq!(adjusted.as_deref(), Ok("2024-05-01 10:30:00 +00:00"));
    for (text, styles, message) in [
        (
            "GMT 5/1",
            DateTimeStyles::NONE,
            "There must be at least a partial date with a year present in the input string 'GMT 5/1'.",
        ),
        (
            "0001-01-01T00:00:00+02:00",
            DateTimeStyles::NONE,
            "The UTC representation of the date '0001-01-01T00:00:00+02:00' falls outside the year range 1-9999.",
        ),
        (
            "2024-05-01",
            DateTimeStyles::NO_CURRENT_DATE_DEFAULT,
            "The DateTimeStyles value 'NoCurrentDateDefault' is not allowed when parsing DateTimeOffset. (Parameter 'styles')",
        ),
    ] {
        assert_eq!(read_offset(text, styles), Err(message.to_owned()));
    }
}

fn exact(text: &str, format: &str, styles: DateTimeStyles) -> Result<String, String> {
    DateTime::parse_exact(text, format, styles, now()).map(round_trip).map_err(|error| error.message.into_owned())
}

#[test]
fn parse_exact_wants_the_formats_parts_in_its_order() {
    for (text, format, date) in [
        ("2024-05-01", "yyyy-MM-dd", "2024-05-01 00:00:00"),
        ("01/05/2024 13:02:03", "dd/MM/yyyy HH:mm:ss", "2024-05-01 13:02:03"),
        ("1/5/24", "d/M/yy", "2024-05-01 00:00:00"),
        ("20240501T123045Z", "yyyyMMddTHHmmssZ", "2024-05-01 12:30:45 Local"),
        ("20240501T123045Z", "yyyyMMdd'T'HHmmss'Z'", "2024-05-01 12:30:45"),
        ("2024-05-01T12:30:45.12+02:00", "yyyy-MM-ddTHH:mm:ss.FFFK", "2024-05-01 10:30:45.12 Local"),
        ("2024-05-01T12:30:45", "yyyy-MM-ddTHH:mm:ss.FFFK", "2024-05-01 12:30:45"),
        ("May 01, 2024 01:02 pm", "MMM dd, yyyy hh:mm tt", "2024-05-01 13:02:00"),
        ("Wednesday 1 May 2024", "dddd d MMMM yyyy", "2024-05-01 00:00:00"),
        ("12:30", "HH:mm", "2026-11-27 12:30:00"),
        ("2024", "yyyy", "2024-01-01 00:00:00"),
        ("Wed, 01 May 2024 12:30:45 GMT", "R", "2024-05-01 12:30:45"),
        ("2024-05-01T12:30:45.1234567Z", "o", "2024-05-01 12:30:45.1234567 Local"),
        ("2024-05-01T12:30:45", "s", "2024-05-01 12:30:45"),
        ("2024-05-01 12:30:45Z", "u", "2024-05-01 12:30:45"),
        ("05/01/2024", "d", "2024-05-01 00:00:00"),
        ("d1", "\\d%d", "2026-01-01 00:00:00"),
        ("01 May 2024 GMT", "dd MMM yyyy GMT", "2024-05-01 00:00:00 Local"),
    ] {
        assert_eq!(exact(text, format, DateTimeStyles::NONE).as_deref(), Ok(date), "{text} {format}");
    }
    let white = DateTimeStyles::ALLOW_WHITE_SPACES;
    assert_eq!(exact(" 2024 - 05-01 ", "yyyy-MM-dd", white).as_deref(), Ok("2024-05-01 00:00:00"));
}

#[test]
fn parse_exact_says_why_a_text_does_not_fit() {
    for (text, format) in [
        ("2024-5-01", "yyyy-MM-dd"),
        ("2024-05-01 ", "yyyy-MM-dd"),
        (" 2024-05-01", "yyyy-MM-dd"),
        ("", "yyyy"),
        ("13:00", "hh:mm"),
        ("10:00 PM", "HH:mm tt"),
        ("2024-05-01T12:30:45.1234567+0200", "o"),
        ("wed, 01 May 2024 12:30:45 gmt", "R"),
    ] {
        let message = format!("String '{text}' was not recognized as a valid DateTime.");
        assert_eq!(exact(text, format, DateTimeStyles::NONE), Err(message), "{format}");
    }
    for (text, format, message) in [
        ("x", "", "Format specifier '' was invalid."),
        ("x", "x", "Format specifier 'x' was invalid."),
        ("1", "d%", "Format specifier 'd%' was invalid."),
        ("1", "d'", "Cannot find a matching quote character for the character '''."),
        ("1 2", "d dd", "String '1 2' was not recognized as a valid DateTime."),
        ("1 02", "d dd", "DateTime pattern 'd' appears more than once with different values."),
        (
            "2024-02-30",
            "yyyy-MM-dd",
            "The DateTime represented by the string '2024-02-30' is not supported in calendar \
             'System.Globalization.GregorianCalendar'.",
        ),
    ] {
        assert_eq!(exact(text, format, DateTimeStyles::NONE), Err(message.to_owned()));
    }
}

#[test]
fn parse_exact_takes_the_first_format_that_fits() {
    let any = |text: &str, formats: &[&str]| {
        let date = DateTime::parse_exact_any(text, formats, DateTimeStyles::NONE, now());
        date.map(round_trip).map_err(|error| error.message.into_owned())
    };
    assert_eq!(any("2024-05-01", &["d", "yyyy-MM-dd"]).as_deref(), Ok("2024-05-01 00:00:00"));
    assert_eq!(any("x", &["d"]), Err("String 'x' was not recognized as a valid DateTime.".to_owned()));
    assert_eq!(any("x", &[]), Err("No format specifiers were provided.".to_owned()));
    assert_eq!(any("x", &["d", ""]), Err("Format specifier '' was invalid.".to_owned()));
}

#[test]
fn exact_offsets_keep_the_zone_of_the_text() {
    for (text, format, date) in [
        ("2024-05-01 12:30 +02:00", "yyyy-MM-dd HH:mm zzz", "2024-05-01 12:30:00 +02:00"),
        ("Wed, 01 May 2024 12:30:45 GMT", "r", "2024-05-01 12:30:45 +00:00"),
        ("2024-05-01T12:30:45.0000000-05:00", "o", "2024-05-01 12:30:45 -05:00"),
        ("2024-05-01", "yyyy-MM-dd", "2024-05-01 00:00:00 +00:00"),
    ] {
        let parsed = DateTimeOffset::parse_exact(text, format, DateTimeStyles::NONE, now()).unwrap();
        assert_eq!(parsed.format("yyyy-MM-dd HH:mm:ss zzz").as_deref(), Ok(date));
    }
    assert!(DateTimeOffset::parse_exact("x", "U", DateTimeStyles::NONE, now()).is_err());
}

#[test]
fn no_text_and_no_format_panics() {
    let pieces = [
        "",
        "1",
        "2024",
        "\u{1F600}",
        "/",
        "-",
        ":",
        ".",
        " ",
        "T",
        "Z",
        "May",
        "é",
        "+",
        "%",
        "'",
        "\\",
        "yyyy",
        "d",
        "\0",
        "#",
    ];
    for first in pieces {
        for second in pieces {
            for third in pieces {
                let text = [first, second, third].concat();
                let _ = DateTime::parse(&text, DateTimeStyles::NONE, DateTime::MAX);
                let _ = DateTimeOffset::parse(&text, DateTimeStyles::NONE, DateTime::MIN);
                let _ = DateTime::parse_exact(second, &text, DateTimeStyles::ALLOW_WHITE_SPACES, now());
                let _ = now().format(&text);
                let _ = crate::date::TimeSpan::parse(&text);
                let _ = crate::date::TimeSpan::MIN.format(&text);
            }
        }
    }
}
