//! DateTime against .NET 8: constructors, parts, arithmetic.

use super::*;
use crate::date::TICKS_PER_DAY;

fn date(year: i32, month: i32, day: i32) -> DateTime {
    DateTime::from_date(year, month, day).unwrap()
}

#[test]
fn constructors_refuse_what_is_no_date() {
    let parts = Parts { year: 2024, month: 5, day: 1, ..Parts::default() };
    for (parts, message) in [
        (Parts { day: 32, ..parts }, "Year, Month, and Day parameters describe an un-representable DateTime."),
        (Parts { year: 0, ..parts }, "Year, Month, and Day parameters describe an un-representable DateTime."),
        (Parts { month: 13, ..parts }, "Year, Month, and Day parameters describe an un-representable DateTime."),
        (Parts { hour: 24, ..parts }, "Hour, Minute, and Second parameters describe an un-representable DateTime."),
        (Parts { second: 60, ..parts }, "Hour, Minute, and Second parameters describe an un-representable DateTime."),
        (
            Parts { millisecond: 1000, ..parts },
            "Valid values are between 0 and 999, inclusive. (Parameter 'millisecond')",
        ),
    ] {
        let error = DateTime::from_parts(&parts, DateTimeKind::Utc).unwrap_err();
        assert_eq!(error, Exception::new(ExceptionType::ArgumentOutOfRange, message.to_owned()));
    }
    assert_eq!(
        DateTime::from_ticks(-1, DateTimeKind::Utc).unwrap_err().message,
        "Ticks must be between DateTime.MinValue.Ticks and DateTime.MaxValue.Ticks. (Parameter 'ticks')"
    );
    assert!(DateTime::from_ticks(MAX_TICKS + 1, DateTimeKind::Utc).is_err());
}

#[test]
fn parts_are_those_of_dotnet() {
    let value = DateTime::from_ticks(638_501_634_451_234_567, DateTimeKind::Utc).unwrap();
    assert_eq!(value.ymd(), (2024, 5, 1));
    assert_eq!((value.hour(), value.minute(), value.second()), (12, 30, 45));
    assert_eq!((value.millisecond(), value.microsecond(), value.nanosecond()), (123, 456, 700));
    assert_eq!((value.day_of_week(), value.day_of_year()), (DayOfWeek::Wednesday, 122));
    assert_eq!(value.date(), date(2024, 5, 1));
    assert_eq!(value.date().kind(), DateTimeKind::Utc);
    assert_eq!(value.time_of_day().to_string(), "12:30:45.1234567");
    assert_eq!(DateTime::MAX.day_of_week(), DayOfWeek::Friday);
    assert_eq!(DateTime::MIN.day_of_week(), DayOfWeek::Monday);
    assert_eq!(DateTime::UNIX_EPOCH.ticks(), 621_355_968_000_000_000);
    assert_eq!(DateTime::UNIX_EPOCH.kind(), DateTimeKind::Utc);
}

#[test]
fn equality_looks_at_ticks_and_conversion_at_the_kind_alone() {
    let local = date(2024, 5, 1).with_kind(DateTimeKind::Local);
    assert_eq!(local, date(2024, 5, 1));
    assert_eq!(local.to_universal_time().kind(), DateTimeKind::Utc);
    assert_eq!(local.to_universal_time(), local);
    assert_eq!(date(2024, 5, 1).to_local_time().kind(), DateTimeKind::Local);
    assert!(date(2024, 5, 1) < date(2024, 5, 2));
}

#[test]
fn adding_keeps_the_kind_and_cuts_the_day_to_the_month() {
    let leap = date(2024, 2, 29).with_kind(DateTimeKind::Utc);
    assert_eq!(leap.add_years(1), Ok(date(2025, 2, 28)));
    assert_eq!(leap.add_years(4), Ok(date(2028, 2, 29)));
    assert_eq!(date(2024, 1, 31).add_months(1), Ok(date(2024, 2, 29)));
    assert_eq!(date(2024, 1, 31).add_months(-2), Ok(date(2023, 11, 30)));
    assert_eq!(date(2024, 12, 31).add_months(1), Ok(date(2025, 1, 31)));
    assert_eq!(leap.add_days(1.5).map(|value| value.to_string()), Ok("03/01/2024 12:00:00".to_owned()));
    assert_eq!(leap.add_seconds(-1.0).map(|value| value.to_string()), Ok("02/28/2024 23:59:59".to_owned()));
    // Parts of a millisecond count.
    assert_eq!(leap.add_milliseconds(0.5).map(DateTime::ticks), Ok(leap.ticks() + 5_000));
    assert_eq!(leap.add_days(1.0).map(DateTime::kind), Ok(DateTimeKind::Utc));
    assert_eq!(date(2024, 5, 2).since(date(2024, 5, 1)).ticks(), TICKS_PER_DAY);
}

#[test]
fn leaving_the_calendar_is_out_of_range() {
    let unrepresentable = "The added or subtracted value results in an un-representable DateTime.";
    let day = TimeSpan::from_ticks(TICKS_PER_DAY);
    for (result, message) in [
        (DateTime::MAX.add_days(1.0), format!("{unrepresentable} (Parameter 'value')")),
        (DateTime::MIN.add_ticks(-1), format!("{unrepresentable} (Parameter 'value')")),
        (DateTime::MIN.add_ticks(i64::MIN), format!("{unrepresentable} (Parameter 'value')")),
        (DateTime::MAX.add_span(day), format!("{unrepresentable} (Parameter 'value')")),
        (DateTime::MAX.add_operator(day), format!("{unrepresentable} (Parameter 't')")),
        (DateTime::MIN.subtract_span(day), format!("{unrepresentable} (Parameter 'value')")),
        (DateTime::MIN.subtract_operator(day), format!("{unrepresentable} (Parameter 't')")),
        (DateTime::MIN.subtract_span(TimeSpan::MIN), format!("{unrepresentable} (Parameter 'value')")),
        (DateTime::MAX.add_months(1), format!("{unrepresentable} (Parameter 'months')")),
        (DateTime::MAX.add_years(1), format!("{unrepresentable} (Parameter 'value')")),
        (DateTime::MIN.add_days(f64::NAN), format!("{unrepresentable} (Parameter 'value')")),
        (DateTime::MIN.add_days(1e10), "Value to add was out of range. (Parameter 'value')".to_owned()),
        (DateTime::MIN.add_hours(f64::INFINITY), "Value to add was out of range. (Parameter 'value')".to_owned()),
        (DateTime::MIN.add_months(120_001), "Months value must be between +/-120000. (Parameter 'months')".to_owned()),
        (DateTime::MIN.add_years(-10_001), "Years value must be between +/-10000. (Parameter 'years')".to_owned()),
    ] {
        assert_eq!(result, Err(Exception::new(ExceptionType::ArgumentOutOfRange, message)));
    }
}

#[test]
fn file_times_and_ole_dates_count_from_their_own_days() {
    let value = date(2024, 5, 1).add_hours(18.0).unwrap();
    assert_eq!(value.to_file_time(), Ok(133_590_600_000_000_000));
    assert_eq!(DateTime::from_file_time_utc(133_590_600_000_000_000), Ok(value));
    assert_eq!(date(1600, 1, 1).to_file_time().unwrap_err().message, "Not a valid Win32 FileTime.");
    let error = DateTime::from_file_time_utc(-1).unwrap_err();
    assert_eq!(error.message, "Not a valid Win32 FileTime. (Parameter 'fileTime')");

    assert_eq!(value.to_oa_date(), Ok(45_413.75));
    assert_eq!(DateTime::from_oa_date(45_413.75), Ok(value));
    assert_eq!(DateTime::MIN.to_oa_date(), Ok(0.0));
    // Six in the evening of 1899-12-29.
    let before = date(1899, 12, 29).add_hours(18.0).unwrap();
    assert_eq!(before.to_oa_date(), Ok(-1.75));
    assert_eq!(DateTime::from_oa_date(-1.75), Ok(before));
    assert_eq!(date(99, 1, 1).to_oa_date().unwrap_err().of, ExceptionType::Overflow);
    assert_eq!(DateTime::from_oa_date(3e6).unwrap_err().message, "Not a legal OleAut date.");
    assert!(DateTime::from_oa_date(f64::NAN).is_err());
}
