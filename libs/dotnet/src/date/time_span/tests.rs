//! TimeSpan against .NET 8.

use super::*;

fn span(days: i32, hours: i32, minutes: i32, seconds: i32, milliseconds: i32) -> TimeSpan {
    TimeSpan::from_parts(&TimeSpanParts { days, hours, minutes, seconds, milliseconds, microseconds: 0 }).unwrap()
}

#[test]
fn standard_formats_print_as_in_dotnet() {
    for (value, c, g, long) in [
        (TimeSpan::ZERO, "00:00:00", "0:00:00", "0:00:00:00.0000000"),
        (span(0, 1, 2, 3, 0), "01:02:03", "1:02:03", "0:01:02:03.0000000"),
        (span(1, 2, 3, 4, 500), "1.02:03:04.5000000", "1:2:03:04.5", "1:02:03:04.5000000"),
        (span(-1, -2, -3, -4, -500), "-1.02:03:04.5000000", "-1:2:03:04.5", "-1:02:03:04.5000000"),
        (TimeSpan::from_ticks(1), "00:00:00.0000001", "0:00:00.0000001", "0:00:00:00.0000001"),
        (TimeSpan::MIN, "-10675199.02:48:05.4775808", "-10675199:2:48:05.4775808", "-10675199:02:48:05.4775808"),
    ] {
        assert_eq!(value.to_string(), c);
        assert_eq!(value.format("c").as_deref(), Ok(c));
        assert_eq!(value.format("g").as_deref(), Ok(g));
        assert_eq!(value.format("G").as_deref(), Ok(long));
    }
}

#[test]
fn custom_formats_print_the_parts_without_a_sign() {
    let value = span(-3, -4, -5, -6, -78);
    for (format, text) in [
        ("hh\\:mm\\:ss", "04:05:06"),
        ("%d", "3"),
        ("dd' days 'h'h'", "03 days 4h"),
        ("d\\.hh\\:mm\\:ss\\.fff", "3.04:05:06.078"),
        ("ss\\.FFFFF", "06.078"),
        ("%f", "0"),
        ("\"m:\"m", "m:5"),
        ("dddddddd", "00000003"),
    ] {
        assert_eq!(value.format(format).as_deref(), Ok(text), "{format}");
    }
}

#[test]
fn wrong_formats_are_format_exceptions() {
    for format in ["x", "d", "hh:mm", "hhh", "ddddddddd", "ffffffff", "%", "%%", "hh\\"] {
        let error = TimeSpan::ZERO.format(format).unwrap_err();
        assert_eq!(error, Exception::format("Input string was not in a correct format."), "{format}");
    }
    let error = TimeSpan::ZERO.format("hh'x").unwrap_err();
    assert_eq!(error.message, "Cannot find a matching quote character for the character '''.");
}

#[test]
fn parse_takes_every_form() {
    for (text, value) in [
        ("1", span(1, 0, 0, 0, 0)),
        (" 1:2 ", span(0, 1, 2, 0, 0)),
        ("01:02:03", span(0, 1, 2, 3, 0)),
        ("1.2:3", span(1, 2, 3, 0, 0)),
        ("1.02:03:04", span(1, 2, 3, 4, 0)),
        ("1:02:03:04", span(1, 2, 3, 4, 0)),
        ("00:00:01.5", span(0, 0, 0, 1, 500)),
        ("-1.02:03:04.5", span(-1, -2, -3, -4, -500)),
        // An hour of 24 does not exist: the first number is days.
        ("24:00:00", span(24, 0, 0, 0, 0)),
        ("1:2:.5", span(0, 1, 2, 0, 500)),
        ("0:0:0.00000005", TimeSpan::from_ticks(1)),
        ("0:0:0.00000001", TimeSpan::ZERO),
        ("10675199.02:48:05.4775807", TimeSpan::MAX),
        ("-10675199.02:48:05.4775808", TimeSpan::MIN),
    ] {
        assert_eq!(TimeSpan::parse(text), Ok(value), "{text}");
    }
}

#[test]
fn parse_tells_wrong_texts_from_wrong_numbers() {
    for text in ["", " ", "x", "1:2:3:4:5", "1.2.3", "5.", ".5", "+5", "- 5", "1 2", "1:2:3."] {
        let message = format!("String '{text}' was not recognized as a valid TimeSpan.");
        assert_eq!(TimeSpan::parse(text), Err(Exception::format(message)));
    }
    for text in ["25:00", "1:60", "1:2:60", "1.24:00:00", "10675199.02:48:05.4775808", "999999999", "0:0:0.12345678"] {
        let error = TimeSpan::parse(text).unwrap_err();
        assert_eq!(error.of, ExceptionType::Overflow, "{text}");
        let message = format!(
            "The TimeSpan string '{text}' could not be parsed because at least one of the numeric components is out of \
             range or contains too many digits."
        );
        assert_eq!(error.message, message);
    }
}

#[test]
fn parse_exact_wants_the_format() {
    for (text, format, value) in [
        ("04:05", "hh\\:mm", span(0, 4, 5, 0, 0)),
        ("3", "%d", span(3, 0, 0, 0, 0)),
        ("1.02:03:04", "c", span(1, 2, 3, 4, 0)),
        ("1:2:03:04.5", "g", span(1, 2, 3, 4, 500)),
        ("1:02:03:04.5000000", "G", span(1, 2, 3, 4, 500)),
        ("5.25", "s\\.ff", span(0, 0, 0, 5, 250)),
        ("5m", "m'm'", span(0, 0, 5, 0, 0)),
    ] {
        assert_eq!(TimeSpan::parse_exact(text, format, false), Ok(value), "{text} {format}");
    }
    assert_eq!(TimeSpan::parse_exact("04:05", "hh\\:mm", true), Ok(span(0, -4, -5, 0, 0)));
    for (text, format, message) in [
        ("4:05", "hh\\:mm", "Input string was not in a correct format."),
        ("04:05", "hh:mm", "Input string was not in a correct format."),
        ("04:05x", "hh\\:mm", "String '04:05x' was not recognized as a valid TimeSpan."),
        ("04:05", "x", "Format specifier 'x' was invalid."),
        ("04:05", "", "Format specifier '' was invalid."),
        ("1:02:03:04", "c", "String '1:02:03:04' was not recognized as a valid TimeSpan."),
        ("1.02:03:04", "g", "String '1.02:03:04' was not recognized as a valid TimeSpan."),
        ("1:02:03:04", "G", "String '1:02:03:04' was not recognized as a valid TimeSpan."),
    ] {
        assert_eq!(TimeSpan::parse_exact(text, format, false).unwrap_err().message, message);
    }
    for (text, format) in [("24:05", "hh\\:mm"), ("24:00:00", "c")] {
        assert_eq!(TimeSpan::parse_exact(text, format, false).unwrap_err().of, ExceptionType::Overflow);
    }
}

#[test]
fn totals_and_parts_are_those_of_dotnet() {
    let value = span(1, 2, 3, 4, 5);
    assert_eq!((value.days(), value.hours(), value.minutes()), (1, 2, 3));
    assert_eq!((value.seconds(), value.milliseconds()), (4, 5));
    assert_eq!(value.total_milliseconds(), 93_784_005.0);
    assert_eq!(span(0, 0, 90, 0, 0).total_hours(), 1.5);
    assert_eq!(span(0, 36, 0, 0, 0).total_days(), 1.5);
    assert_eq!(span(0, 0, 0, 90, 0).total_minutes(), 1.5);
    assert_eq!(span(0, 0, 0, 1, 500).total_seconds(), 1.5);
    assert_eq!(TimeSpan::MIN.days(), -10_675_199);
    assert_eq!(span(0, -1, -30, 0, 0).minutes(), -30);
}

#[test]
fn floating_point_values_keep_their_ticks_and_overflow_with_a_message() {
    assert_eq!(TimeSpan::from_seconds(0.001_234_567_8), Ok(TimeSpan::from_ticks(12_345)));
    assert_eq!(TimeSpan::from_minutes(1.5), Ok(span(0, 0, 1, 30, 0)));
    assert_eq!(TimeSpan::from_hours(-0.5), Ok(span(0, 0, -30, 0, 0)));
    for result in [
        TimeSpan::from_days(1e9),
        TimeSpan::from_milliseconds(f64::INFINITY),
        TimeSpan::MAX.plus(TimeSpan::from_ticks(1)),
        TimeSpan::MIN.minus(TimeSpan::from_ticks(1)),
        TimeSpan::from_ticks(1).divide(0.0),
        TimeSpan::MAX.multiply(2.0),
    ] {
        assert_eq!(result, Err(Exception::new(ExceptionType::Overflow, TOO_LONG)));
    }
    assert_eq!(TimeSpan::from_days(f64::NAN).unwrap_err().message, NOT_A_NUMBER);
    let error = TimeSpan::ZERO.multiply(f64::NAN).unwrap_err();
    assert_eq!(error.message, format!("{NOT_A_NUMBER} (Parameter 'factor')"));
    assert_eq!(
        TimeSpan::MIN.negate().unwrap_err().message,
        "Negating the minimum value of a twos complement number is invalid."
    );
    assert!(TimeSpan::MIN.duration().is_err());
    assert_eq!(span(0, 0, 0, 3, 0).multiply(1.5), Ok(span(0, 0, 0, 4, 500)));
    assert_eq!(span(0, 1, 0, 0, 0).ratio(span(0, 0, 15, 0, 0)), 4.0);
    let parts = TimeSpanParts { days: i32::MAX, ..TimeSpanParts::default() };
    assert_eq!(TimeSpan::from_parts(&parts).unwrap_err().of, ExceptionType::ArgumentOutOfRange);
}
