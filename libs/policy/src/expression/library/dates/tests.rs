//! The members of the date classes do what .NET 8 does, called as compiled code calls them.

use postern_dotnet::date::{DateTime, DateTimeKind, DateTimeOffset, Parts, TimeSpan, TimeZoneInfo};
use smallvec::SmallVec;

use super::*;
use crate::expression::array::Array;
use crate::expression::display;
use crate::expression::enums::EnumValue;
use crate::expression::library::{Class, get};
use crate::expression::machine::{Host, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::testing::MemoryExchange;
use crate::variables::Variables;

fn class(name: &str) -> &'static Class {
    let id = get().class_by_full_name(&format!("System.{name}"), 0);
    id.map_or_else(|| panic!("no class {name}"), |id| get().class(id))
}

/// Calls the member with this signature; results and `out` values as text, exceptions as `Name: message`.
fn call(of: &str, signature: &str, arguments: Vec<Value>) -> String {
    let member = class(of).members().iter().find(|member| member.signature == signature);
    let member = member.unwrap_or_else(|| panic!("no {of}.{signature}"));
    let count = member.parameters.len() + usize::from(!member.is_static);
    assert!(arguments.len() == count, "{signature} takes {count} arguments");
    let (mut exchange, mut variables) = (MemoryExchange::default(), Variables::default());
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    let mut call =
        Call { machine: &mut machine, arguments: SmallVec::from_vec(arguments), types: &[], outs: SmallVec::new() };
    let result = (member.native)(&mut call);
    let outs = std::mem::take(&mut call.outs);
    match result {
        Ok(value) => {
            let outs = outs.into_iter().map(|(_, value)| value);
            let texts = std::iter::once(value).chain(outs).map(|value| display::to_text(&value, &mut machine));
            texts
                .map(|text| text.map_or_else(|_| "?".to_owned(), |text| text.to_string()))
                .collect::<Vec<_>>()
                .join(" | ")
        }
        Err(Thrown::Exception(exception)) => exception.to_string(),
        Err(Thrown::Limit(limit)) => format!("{limit:?}"),
    }
}

/// 2024-05-01T12:30:45.5 of a kind.
fn time(kind: DateTimeKind) -> Value {
    let parts =
        Parts { year: 2024, month: 5, day: 1, hour: 12, minute: 30, second: 45, millisecond: 500, microsecond: 0 };
    DateTime::from_parts(&parts, kind).unwrap().into()
}

fn utc() -> Value {
    time(DateTimeKind::Utc)
}

fn unspecified() -> Value {
    time(DateTimeKind::Unspecified)
}

/// The same at +02:00.
fn berlin() -> Value {
    let local = unspecified().downcast_ref::<DateTimeValue>().unwrap().0;
    DateTimeOffset::new(local, TimeSpan::from_hours(2.0).unwrap()).unwrap().into()
}

fn hours(hours: f64) -> Value {
    TimeSpan::from_hours(hours).unwrap().into()
}

fn constant(name: &str, value: i64) -> Value {
    Value::object(EnumValue { class: class(name).id, value })
}

fn zone(id: &str) -> Value {
    TimeZoneInfo::find(id).unwrap().into()
}

fn ints(values: &[i32]) -> Vec<Value> {
    values.iter().map(|value| Value::Int(*value)).collect()
}

#[test]
fn the_clock_is_the_exchanges() {
    for (of, signature, text) in [
        ("DateTime", "static DateTime UtcNow", "05/01/2024 12:30:45"),
        ("DateTime", "static DateTime Now", "05/01/2024 12:30:45"),
        ("DateTime", "static DateTime Today", "05/01/2024 00:00:00"),
        ("DateTimeOffset", "static DateTimeOffset UtcNow", "05/01/2024 12:30:45 +00:00"),
        ("DateTimeOffset", "static DateTimeOffset Now", "05/01/2024 12:30:45 +00:00"),
    ] {
        assert_eq!(call(of, signature, Vec::new()), text);
    }
    let noon = call("DateTime", "static DateTime Parse(string s)", vec!["12:00".into()]);
    assert_eq!(noon, "05/01/2024 12:00:00");
}

#[test]
fn date_times_are_made_and_taken_apart() {
    let long = "(int year, int month, int day, int hour, int minute, int second, DateTimeKind kind)";
    let mut arguments = ints(&[2024, 2, 29, 23, 59, 58]);
    arguments.push(constant("DateTimeKind", 1));
    assert_eq!(call("DateTime", long, arguments), "02/29/2024 23:59:58");
    let mut arguments = ints(&[2024, 2, 29, 23, 59, 58]);
    arguments.push(constant("DateTimeKind", 7));
    let message = "System.ArgumentException: Invalid DateTimeKind value. (Parameter 'kind')";
    assert_eq!(call("DateTime", long, arguments), message);
    assert_eq!(
        call("DateTime", "(int year, int month, int day)", ints(&[2023, 2, 29])),
        "System.ArgumentOutOfRangeException: Year, Month, and Day parameters describe an un-representable DateTime."
    );
    assert_eq!(call("DateTime", "()", Vec::new()), "01/01/0001 00:00:00");
    assert_eq!(call("DateTime", "(long ticks)", vec![Value::Long(638_501_634_450_000_000)]), "05/01/2024 12:30:45");
    for (signature, text) in [
        ("DateTime Date", "05/01/2024 00:00:00"),
        ("DayOfWeek DayOfWeek", "Wednesday"),
        ("int DayOfYear", "122"),
        ("int Millisecond", "500"),
        ("long Ticks", "638501634455000000"),
        ("TimeSpan TimeOfDay", "12:30:45.5000000"),
        ("int Year", "2024"),
        ("int Month", "5"),
        ("bool IsDaylightSavingTime()", "False"),
        ("string ToString()", "05/01/2024 12:30:45"),
    ] {
        assert_eq!(call("DateTime", signature, vec![utc()]), text, "{signature}");
    }
    assert_eq!(call("DateTime", "static int DaysInMonth(int year, int month)", ints(&[2024, 2])), "29");
    assert_eq!(call("DateTime", "static bool IsLeapYear(int year)", ints(&[1900])), "False");
}

#[test]
fn date_times_add_subtract_and_compare() {
    for (signature, argument, text) in [
        ("DateTime AddDays(double value)", Value::Double(1.5), "05/03/2024 00:30:45"),
        ("DateTime AddMinutes(double value)", Value::Double(-31.0), "05/01/2024 11:59:45"),
        ("DateTime AddMonths(int months)", Value::Int(-3), "02/01/2024 12:30:45"),
        ("DateTime AddYears(int value)", Value::Int(1), "05/01/2025 12:30:45"),
        ("DateTime Add(TimeSpan value)", hours(1.0), "05/01/2024 13:30:45"),
        ("DateTime Subtract(TimeSpan value)", hours(1.0), "05/01/2024 11:30:45"),
        ("TimeSpan Subtract(DateTime value)", DateTime::UNIX_EPOCH.into(), "19844.12:30:45.5000000"),
        ("static DateTime operator +(DateTime d, TimeSpan t)", hours(1.0), "05/01/2024 13:30:45"),
        ("static DateTime operator -(DateTime d, TimeSpan t)", hours(1.0), "05/01/2024 11:30:45"),
        ("static TimeSpan operator -(DateTime d1, DateTime d2)", utc(), "00:00:00"),
        ("static bool operator ==(DateTime left, DateTime right)", unspecified(), "True"),
        ("static bool operator <(DateTime left, DateTime right)", DateTime::MAX.into(), "True"),
        ("static bool operator >=(DateTime left, DateTime right)", DateTime::MAX.into(), "False"),
        (
            "DateTime AddYears(int value)",
            Value::Int(8000),
            "System.ArgumentOutOfRangeException: The added or subtracted value results in an un-representable DateTime. (Parameter 'value')",
        ),
    ] {
        assert_eq!(call("DateTime", signature, vec![utc(), argument]), text, "{signature}");
    }
}

#[test]
fn texts_are_formatted_and_read() {
    let format =
        |value: Value, format: &str| call("DateTime", "string ToString(string format)", vec![value, format.into()]);
    assert_eq!(format(utc(), "yyyy-MM-ddTHH:mm:ss.fffZ"), "2024-05-01T12:30:45.500Z");
    assert_eq!(format(utc(), "R"), "Wed, 01 May 2024 12:30:45 GMT");
    assert_eq!(format(unspecified(), "o"), "2024-05-01T12:30:45.5000000");
    assert_eq!(format(utc(), "x"), "System.FormatException: Input string was not in a correct format.");
    let parse = "static DateTime Parse(string s, IFormatProvider provider, DateTimeStyles styles)";
    let styles = constant("Globalization.DateTimeStyles", 64 | 16);
    let parsed = call("DateTime", parse, vec!["2024-05-01 10:00".into(), Value::Null, styles]);
    assert_eq!(parsed, "05/01/2024 10:00:00");
    assert_eq!(
        call("DateTime", "static DateTime Parse(string s)", vec!["tomorrow".into()]),
        "System.FormatException: The string 'tomorrow' was not recognized as a valid DateTime. There is an unknown word \
         starting at index '0'."
    );
    assert_eq!(
        call("DateTime", "static DateTime Parse(string s)", vec![Value::Null]),
        "System.ArgumentNullException: Value cannot be null. (Parameter 's')"
    );
}

#[test]
fn date_time_offsets_keep_their_offset() {
    for (signature, text) in [
        ("DateTime UtcDateTime", "05/01/2024 10:30:45"),
        ("DateTime DateTime", "05/01/2024 12:30:45"),
        ("TimeSpan Offset", "02:00:00"),
        ("int Hour", "12"),
        ("long ToUnixTimeSeconds()", "1714559445"),
        ("long ToUnixTimeMilliseconds()", "1714559445500"),
        ("DateTimeOffset ToUniversalTime()", "05/01/2024 10:30:45 +00:00"),
        ("string ToString()", "05/01/2024 12:30:45 +02:00"),
    ] {
        assert_eq!(call("DateTimeOffset", signature, vec![berlin()]), text, "{signature}");
    }
    for (signature, argument, text) in [
        ("DateTimeOffset AddDays(double days)", Value::Double(1.0), "05/02/2024 12:30:45 +02:00"),
        ("DateTimeOffset AddMonths(int months)", Value::Int(1), "06/01/2024 12:30:45 +02:00"),
        ("DateTimeOffset ToOffset(TimeSpan offset)", hours(-5.0), "05/01/2024 05:30:45 -05:00"),
        ("int CompareTo(DateTimeOffset value)", DateTimeOffset::MAX.into(), "-1"),
        ("static bool operator >(DateTimeOffset left, DateTimeOffset right)", DateTimeOffset::MIN.into(), "True"),
        ("string ToString(string format)", "o".into(), "2024-05-01T12:30:45.5000000+02:00"),
    ] {
        assert_eq!(call("DateTimeOffset", signature, vec![berlin(), argument]), text, "{signature}");
    }
    let implicit = "static implicit operator DateTimeOffset(DateTime dateTime)";
    assert_eq!(call("DateTimeOffset", implicit, vec![utc()]), "05/01/2024 12:30:45 +00:00");
    let from = "static DateTimeOffset FromUnixTimeSeconds(long seconds)";
    assert_eq!(call("DateTimeOffset", from, vec![Value::Long(0)]), "01/01/1970 00:00:00 +00:00");
    assert_eq!(
        call("DateTimeOffset", "(DateTime dateTime, TimeSpan offset)", vec![utc(), hours(1.0)]),
        "System.ArgumentException: The UTC Offset for Utc DateTime instances must be 0. (Parameter 'offset')"
    );
}

#[test]
fn trying_gives_false_and_a_default() {
    let try_parse = "static bool TryParse(string input, out DateTimeOffset result)";
    let read = |text: Value| call("DateTimeOffset", try_parse, vec![text, Value::Null]);
    assert_eq!(read("2024-05-01T12:00:00+02:00".into()), "True | 05/01/2024 12:00:00 +02:00");
    assert_eq!(read("x".into()), "False | 01/01/0001 00:00:00 +00:00");
    assert_eq!(read(Value::Null), "False | 01/01/0001 00:00:00 +00:00");
    let exact = "static bool TryParseExact(string input, string[] formats, IFormatProvider formatProvider, DateTimeStyles styles, \
                 out DateTimeOffset result)";
    let formats = Value::object(Array::texts(["d", "yyyyMMdd"]));
    let styles = constant("Globalization.DateTimeStyles", 0);
    let found =
        call("DateTimeOffset", exact, vec!["20240501".into(), formats, Value::Null, styles.clone(), Value::Null]);
    assert_eq!(found, "True | 05/01/2024 00:00:00 +00:00");
    let none = call("DateTimeOffset", exact, vec!["x".into(), Value::Null, Value::Null, styles, Value::Null]);
    assert_eq!(none, "False | 01/01/0001 00:00:00 +00:00");
    let span = "static bool TryParse(string s, out TimeSpan result)";
    assert_eq!(call("TimeSpan", span, vec!["01:30".into(), Value::Null]), "True | 01:30:00");
    assert_eq!(call("TimeSpan", span, vec!["25:00".into(), Value::Null]), "False | 00:00:00");
}

#[test]
fn time_spans_calculate() {
    let parts = "(int days, int hours, int minutes, int seconds, int milliseconds)";
    assert_eq!(call("TimeSpan", parts, ints(&[1, 2, 3, 4, 5])), "1.02:03:04.0050000");
    assert_eq!(call("TimeSpan", "(int hours, int minutes, int seconds)", ints(&[25, 61, 61])), "1.02:02:01");
    assert_eq!(
        call("TimeSpan", "static TimeSpan FromSeconds(double value)", vec![Value::Double(90.5)]),
        "00:01:30.5000000"
    );
    assert_eq!(call("TimeSpan", "static long TicksPerSecond", Vec::new()), "10000000");
    for (signature, arguments, text) in [
        ("double TotalMinutes", vec![hours(1.5)], "90"),
        ("int Minutes", vec![hours(-1.5)], "-30"),
        ("static TimeSpan operator -(TimeSpan t)", vec![hours(1.0)], "-01:00:00"),
        (
            "static TimeSpan operator *(double factor, TimeSpan timeSpan)",
            vec![Value::Double(2.0), hours(1.0)],
            "02:00:00",
        ),
        ("static double operator /(TimeSpan t1, TimeSpan t2)", vec![hours(1.0), hours(0.25)], "4"),
        ("static bool operator <=(TimeSpan left, TimeSpan right)", vec![hours(1.0), hours(1.0)], "True"),
        ("string ToString(string format)", vec![hours(1.5), "hh\\:mm".into()], "01:30"),
        ("bool Equals(TimeSpan other)", vec![hours(1.0), hours(2.0)], "False"),
        (
            "TimeSpan Add(TimeSpan ts)",
            vec![TimeSpan::MAX.into(), hours(1.0)],
            "System.OverflowException: TimeSpan overflowed because the duration is too long.",
        ),
        ("static TimeSpan Parse(string s)", vec!["1.02:03".into()], "1.02:03:00"),
    ] {
        assert_eq!(call("TimeSpan", signature, arguments), text, "{signature}");
    }
}

#[test]
fn zones_convert_times() {
    let convert = "static DateTime ConvertTimeFromUtc(DateTime dateTime, TimeZoneInfo destinationTimeZone)";
    let standard = zone("W. Europe Standard Time");
    assert_eq!(call("TimeZoneInfo", convert, vec![utc(), standard.clone()]), "05/01/2024 14:30:45");
    assert_eq!(
        call("TimeZoneInfo", convert, vec![utc(), Value::Null]),
        "System.ArgumentNullException: Value cannot be null. (Parameter 'destinationTimeZone')"
    );
    let by_id = "static DateTime ConvertTimeBySystemTimeZoneId(DateTime dateTime, string destinationTimeZoneId)";
    assert_eq!(call("TimeZoneInfo", by_id, vec![utc(), "America/New_York".into()]), "05/01/2024 08:30:45");
    assert_eq!(
        call("TimeZoneInfo", by_id, vec![utc(), "Nowhere".into()]),
        "System.TimeZoneNotFoundException: The time zone ID 'Nowhere' was not found on the local computer."
    );
    for (signature, text) in [
        ("string Id", "W. Europe Standard Time"),
        ("TimeSpan BaseUtcOffset", "01:00:00"),
        ("string StandardName", "W. Europe Standard Time"),
        ("bool SupportsDaylightSavingTime", "True"),
    ] {
        assert_eq!(call("TimeZoneInfo", signature, vec![standard.clone()]), text);
    }
    let offset = "TimeSpan GetUtcOffset(DateTime dateTime)";
    assert_eq!(call("TimeZoneInfo", offset, vec![standard.clone(), unspecified()]), "02:00:00");
    let daylight = "bool IsDaylightSavingTime(DateTimeOffset dateTimeOffset)";
    assert_eq!(call("TimeZoneInfo", daylight, vec![standard, berlin()]), "True");
    let find = "static bool TryFindSystemTimeZoneById(string id, out TimeZoneInfo timeZoneInfo)";
    assert_eq!(call("TimeZoneInfo", find, vec!["Nowhere".into(), Value::Null]), "False | ");
    let current = "static TimeZone CurrentTimeZone";
    assert_eq!(call("TimeZone", current, Vec::new()), "System.TimeZone");
}

#[test]
fn values_know_their_type_order_and_format() {
    assert_eq!(utc().of(), Type::named("System.DateTime"));
    assert_ne!(utc().of(), Type::Object);
    assert_eq!(berlin().of(), Type::named("System.DateTimeOffset"));
    assert!(utc().equals(&unspecified()) && utc().hash_code() == unspecified().hash_code());
    assert!(!utc().equals(&berlin()));
    let Value::Object(object) = hours(1.0) else { panic!("a TimeSpan is an object") };
    assert_eq!(object.compare(&hours(2.0)), Some(std::cmp::Ordering::Less));
    assert_eq!(object.compare(&utc()), None);
    assert_eq!(object.format("hh").and_then(Result::ok).as_deref(), Some("01"));
}

#[test]
fn no_native_panics_without_arguments() {
    for of in ["DateTime", "DateTimeOffset", "TimeSpan", "TimeZoneInfo", "TimeZone"] {
        for member in class(of).members() {
            let count = member.parameters.len() + usize::from(!member.is_static);
            call(of, member.signature, vec![Value::Null; count]);
        }
    }
}
