//! System.DateTime: the members that APIM's reference names; `date_time_text.rs` has those that documents use besides.

use postern_dotnet::date::{DateTime, DateTimeKind, DateTimeStyles, days_in_month, is_leap_year};
use postern_dotnet::{Exception, ExceptionType};

use super::arguments::{date, day_of_week, double, format, kind, long, parts, span, styles, text};
use super::clock::{local_now, utc_now};
use super::compare::operators;
use super::values::DateTimeValue;
use crate::expression::library::{Library, get};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) const HEADER: &str =
    "struct System.DateTime : IComparable, IComparable<DateTime>, IEquatable<DateTime>, IFormattable";

pub(super) fn declare(library: &mut Library) {
    constructors(library);
    properties(library);
    arithmetic(library);
    text_members(library);
    library
        .declare(HEADER)
        .getter("static DateTime MinValue", |_| Ok(DateTime::MIN.into()))
        .getter("static DateTime MaxValue", |_| Ok(DateTime::MAX.into()))
        .getter("static DateTime Now", |call| Ok(local_now(call).into()))
        .getter("static DateTime UtcNow", |call| Ok(utc_now(call).into()))
        .getter("static DateTime Today", |call| Ok(local_now(call).date().into()))
        .method("static int DaysInMonth(int year, int month)", |call| {
            Ok(days_in_month(call.int(0), call.int(1))?.into())
        })
        .method("static bool IsLeapYear(int year)", |call| Ok(is_leap_year(call.int(0))?.into()))
        // The local zone is UTC.
        .method("bool IsDaylightSavingTime()", |_| Ok(false.into()));
}

fn constructors(library: &mut Library) {
    library
        .declare(HEADER)
        .constructor("()", |_| Ok(DateTime::MIN.into()))
        .constructor("(long ticks)", |call| Ok(DateTime::from_ticks(long(call, 0), DateTimeKind::Unspecified)?.into()))
        .constructor("(long ticks, DateTimeKind kind)", |call| {
            Ok(DateTime::from_ticks(long(call, 0), kind(call, 1)?)?.into())
        })
        .constructor("(int year, int month, int day)", |call| from_parts(call, 3, false))
        .constructor("(int year, int month, int day, int hour, int minute, int second)", |call| {
            from_parts(call, 6, false)
        })
        .constructor("(int year, int month, int day, int hour, int minute, int second, DateTimeKind kind)", |call| {
            from_parts(call, 6, true)
        })
        .constructor("(int year, int month, int day, int hour, int minute, int second, int millisecond)", |call| {
            from_parts(call, 7, false)
        })
        .constructor(
            "(int year, int month, int day, int hour, int minute, int second, int millisecond, DateTimeKind kind)",
            |call| from_parts(call, 7, true),
        )
        .constructor(
            "(int year, int month, int day, int hour, int minute, int second, int millisecond, int microsecond)",
            |call| from_parts(call, 8, false),
        )
        .constructor(
            "(int year, int month, int day, int hour, int minute, int second, int millisecond, int microsecond, \
             DateTimeKind kind)",
            |call| from_parts(call, 8, true),
        );
}

/// From so many numbers, and with a kind behind them if there is one.
fn from_parts(call: &Call<'_, '_>, count: usize, has_kind: bool) -> Result<Value, Thrown> {
    let kind = if has_kind { kind(call, count)? } else { DateTimeKind::Unspecified };
    Ok(DateTime::from_parts(&parts(call, count), kind)?.into())
}

fn properties(library: &mut Library) {
    library
        .declare(HEADER)
        .getter("DateTime Date", |call| Ok(date(call, 0).date().into()))
        .getter("int Day", |call| Ok(date(call, 0).day().into()))
        .getter("DayOfWeek DayOfWeek", |call| Ok(day_of_week(date(call, 0).day_of_week())))
        .getter("int DayOfYear", |call| Ok(date(call, 0).day_of_year().into()))
        .getter("int Hour", |call| Ok(date(call, 0).hour().into()))
        .getter("int Millisecond", |call| Ok(date(call, 0).millisecond().into()))
        .getter("int Minute", |call| Ok(date(call, 0).minute().into()))
        .getter("int Month", |call| Ok(date(call, 0).month().into()))
        .getter("int Second", |call| Ok(date(call, 0).second().into()))
        .getter("long Ticks", |call| Ok(date(call, 0).ticks().into()))
        .getter("TimeSpan TimeOfDay", |call| Ok(date(call, 0).time_of_day().into()))
        .getter("int Year", |call| Ok(date(call, 0).year().into()));
}

fn arithmetic(library: &mut Library) {
    let builder = library
        .declare(HEADER)
        .method("DateTime Add(TimeSpan value)", |call| Ok(date(call, 0).add_span(span(call, 1))?.into()))
        .method("DateTime AddDays(double value)", |call| Ok(date(call, 0).add_days(double(call, 1))?.into()))
        .method("DateTime AddHours(double value)", |call| Ok(date(call, 0).add_hours(double(call, 1))?.into()))
        .method("DateTime AddMilliseconds(double value)", |call| {
            Ok(date(call, 0).add_milliseconds(double(call, 1))?.into())
        })
        .method("DateTime AddMinutes(double value)", |call| Ok(date(call, 0).add_minutes(double(call, 1))?.into()))
        .method("DateTime AddMonths(int months)", |call| Ok(date(call, 0).add_months(call.int(1))?.into()))
        .method("DateTime AddSeconds(double value)", |call| Ok(date(call, 0).add_seconds(double(call, 1))?.into()))
        .method("DateTime AddTicks(long value)", |call| Ok(date(call, 0).add_ticks(long(call, 1))?.into()))
        .method("DateTime AddYears(int value)", |call| Ok(date(call, 0).add_years(call.int(1))?.into()))
        .method("TimeSpan Subtract(DateTime value)", |call| Ok(date(call, 0).since(date(call, 1)).into()))
        .method("DateTime Subtract(TimeSpan value)", |call| Ok(date(call, 0).subtract_span(span(call, 1))?.into()))
        .operator("static DateTime operator +(DateTime d, TimeSpan t)", |call| {
            Ok(date(call, 0).add_operator(span(call, 1))?.into())
        })
        .operator("static TimeSpan operator -(DateTime d1, DateTime d2)", |call| {
            Ok(date(call, 0).since(date(call, 1)).into())
        })
        .operator("static DateTime operator -(DateTime d, TimeSpan t)", |call| {
            Ok(date(call, 0).subtract_operator(span(call, 1))?.into())
        });
    operators!(builder, "DateTime", date);
}

fn text_members(library: &mut Library) {
    library
        .declare(HEADER)
        .method("static DateTime Parse(string s)", |call| parse(call, DateTimeStyles::NONE))
        .method("static DateTime Parse(string s, IFormatProvider provider)", |call| parse(call, DateTimeStyles::NONE))
        .method("static DateTime Parse(string s, IFormatProvider provider, DateTimeStyles styles)", |call| {
            let styles = styles(call, 2);
            parse(call, styles)
        })
        .method("string ToString()", |call| Ok(date(call, 0).to_string().into()))
        .method("string ToString(string format)", to_string)
        .method("string ToString(IFormatProvider provider)", |call| Ok(date(call, 0).to_string().into()))
        .method("string ToString(string format, IFormatProvider provider)", to_string);
}

/// `Convert.ToDateTime`: of a date, of text, and of null, which is the first date.
pub(in crate::expression::library) fn to_date_time(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let value = match call.argument(0) {
        Value::Object(object) => object.primitive().unwrap_or_else(|| call.argument(0).clone()),
        other => other.clone(),
    };
    match value {
        Value::Null => Ok(DateTime::MIN.into()),
        Value::String(text) => {
            call.machine.charge(text.len() / 4)?;
            Ok(DateTime::parse(&text, DateTimeStyles::NONE, utc_now(call))?.into())
        }
        value if value.downcast_ref::<DateTimeValue>().is_some() => Ok(value),
        other => {
            let name = get().class_of(&other.of()).map_or("Object", |(class, _)| &*class.name);
            let message = format!("Invalid cast from '{name}' to 'DateTime'.");
            Err(Exception::new(ExceptionType::InvalidCast, message).into())
        }
    }
}

fn parse(call: &mut Call<'_, '_>, styles: DateTimeStyles) -> Result<Value, Thrown> {
    let text = text(call, 0, "s")?;
    Ok(DateTime::parse(&text, styles, utc_now(call))?.into())
}

fn to_string(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let format = format(call, 1)?;
    Ok(date(call, 0).format(&format)?.into())
}
