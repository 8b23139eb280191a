//! System.DateTimeOffset.

use postern_dotnet::date::{DateTime, DateTimeOffset, DateTimeStyles};

use super::arguments::{date, day_of_week, double, format, long, offset, parts, span, styles, text, texts};
use super::clock::utc_now;
use super::compare::{methods, operators};
use super::parse::{caught, if_format, tried};
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

const HEADER: &str =
    "struct System.DateTimeOffset : IComparable, IComparable<DateTimeOffset>, IEquatable<DateTimeOffset>, IFormattable";

pub(super) fn declare(library: &mut Library) {
    constructors(library);
    properties(library);
    arithmetic(library);
    conversions(library);
    text_members(library);
    exact_members(library);
}

fn constructors(library: &mut Library) {
    library
        .declare(HEADER)
        .constructor("()", |_| Ok(DateTimeOffset::MIN.into()))
        .constructor("(long ticks, TimeSpan offset)", |call| {
            Ok(DateTimeOffset::from_ticks(long(call, 0), span(call, 1))?.into())
        })
        .constructor("(DateTime dateTime)", |call| Ok(DateTimeOffset::from_date_time(date(call, 0)).into()))
        .constructor("(DateTime dateTime, TimeSpan offset)", |call| {
            Ok(DateTimeOffset::new(date(call, 0), span(call, 1))?.into())
        })
        .constructor("(int year, int month, int day, int hour, int minute, int second, TimeSpan offset)", |call| {
            Ok(DateTimeOffset::from_parts(&parts(call, 6), span(call, 6))?.into())
        })
        .constructor(
            "(int year, int month, int day, int hour, int minute, int second, int millisecond, TimeSpan offset)",
            |call| Ok(DateTimeOffset::from_parts(&parts(call, 7), span(call, 7))?.into()),
        )
        .constructor(
            "(int year, int month, int day, int hour, int minute, int second, int millisecond, int microsecond, \
             TimeSpan offset)",
            |call| Ok(DateTimeOffset::from_parts(&parts(call, 8), span(call, 8))?.into()),
        );
}

fn properties(library: &mut Library) {
    library
        .declare(HEADER)
        .getter("static DateTimeOffset MinValue", |_| Ok(DateTimeOffset::MIN.into()))
        .getter("static DateTimeOffset MaxValue", |_| Ok(DateTimeOffset::MAX.into()))
        .getter("static DateTimeOffset UnixEpoch", |_| Ok(DateTimeOffset::UNIX_EPOCH.into()))
        .getter("static DateTimeOffset Now", |call| Ok(DateTimeOffset::from_date_time(utc_now(call)).into()))
        .getter("static DateTimeOffset UtcNow", |call| Ok(DateTimeOffset::from_date_time(utc_now(call)).into()))
        .getter("DateTime DateTime", |call| Ok(offset(call, 0).date_time().into()))
        .getter("DateTime UtcDateTime", |call| Ok(offset(call, 0).utc_date_time().into()))
        .getter("DateTime LocalDateTime", |call| Ok(offset(call, 0).local_date_time().into()))
        .getter("TimeSpan Offset", |call| Ok(offset(call, 0).offset().into()))
        .getter("DateTime Date", |call| Ok(local(call).date().into()))
        .getter("int Day", |call| Ok(local(call).day().into()))
        .getter("DayOfWeek DayOfWeek", |call| Ok(day_of_week(local(call).day_of_week())))
        .getter("int DayOfYear", |call| Ok(local(call).day_of_year().into()))
        .getter("int Hour", |call| Ok(local(call).hour().into()))
        .getter("int Microsecond", |call| Ok(local(call).microsecond().into()))
        .getter("int Millisecond", |call| Ok(local(call).millisecond().into()))
        .getter("int Minute", |call| Ok(local(call).minute().into()))
        .getter("int Month", |call| Ok(local(call).month().into()))
        .getter("int Nanosecond", |call| Ok(local(call).nanosecond().into()))
        .getter("int Second", |call| Ok(local(call).second().into()))
        .getter("long Ticks", |call| Ok(local(call).ticks().into()))
        .getter("TimeSpan TimeOfDay", |call| Ok(local(call).time_of_day().into()))
        .getter("long UtcTicks", |call| Ok(offset(call, 0).utc_ticks().into()))
        .getter("int Year", |call| Ok(local(call).year().into()));
}

/// The local time of `this`.
fn local(call: &Call<'_, '_>) -> DateTime {
    offset(call, 0).date_time()
}

fn arithmetic(library: &mut Library) {
    let builder = library
        .declare(HEADER)
        .method("DateTimeOffset Add(TimeSpan timeSpan)", |call| {
            Ok(offset(call, 0).map(|time| time.add_span(span(call, 1)))?.into())
        })
        .method("DateTimeOffset AddDays(double days)", |call| add(call, DateTime::add_days))
        .method("DateTimeOffset AddHours(double hours)", |call| add(call, DateTime::add_hours))
        .method("DateTimeOffset AddMicroseconds(double microseconds)", |call| add(call, DateTime::add_microseconds))
        .method("DateTimeOffset AddMilliseconds(double milliseconds)", |call| add(call, DateTime::add_milliseconds))
        .method("DateTimeOffset AddMinutes(double minutes)", |call| add(call, DateTime::add_minutes))
        .method("DateTimeOffset AddMonths(int months)", |call| {
            Ok(offset(call, 0).map(|time| time.add_months(call.int(1)))?.into())
        })
        .method("DateTimeOffset AddSeconds(double seconds)", |call| add(call, DateTime::add_seconds))
        .method("DateTimeOffset AddTicks(long ticks)", |call| {
            Ok(offset(call, 0).map(|time| time.add_ticks(long(call, 1)))?.into())
        })
        .method("DateTimeOffset AddYears(int years)", |call| {
            Ok(offset(call, 0).map(|time| time.add_years(call.int(1)))?.into())
        })
        .method("TimeSpan Subtract(DateTimeOffset value)", |call| Ok(offset(call, 0).since(offset(call, 1)).into()))
        .method("DateTimeOffset Subtract(TimeSpan value)", |call| {
            Ok(offset(call, 0).map(|time| time.subtract_span(span(call, 1)))?.into())
        })
        .operator("static DateTimeOffset operator +(DateTimeOffset dateTimeOffset, TimeSpan timeSpan)", |call| {
            Ok(offset(call, 0).map(|time| time.add_operator(span(call, 1)))?.into())
        })
        .operator("static TimeSpan operator -(DateTimeOffset left, DateTimeOffset right)", |call| {
            Ok(offset(call, 0).since(offset(call, 1)).into())
        })
        .operator("static DateTimeOffset operator -(DateTimeOffset dateTimeOffset, TimeSpan timeSpan)", |call| {
            Ok(offset(call, 0).map(|time| time.subtract_operator(span(call, 1)))?.into())
        });
    methods!(operators!(builder, "DateTimeOffset", offset), "DateTimeOffset", offset)
        .method("bool EqualsExact(DateTimeOffset other)", |call| {
            Ok(offset(call, 0).equals_exact(offset(call, 1)).into())
        });
}

/// What a method of DateTime with a floating point parameter does.
fn add(
    call: &Call<'_, '_>,
    change: fn(DateTime, f64) -> Result<DateTime, postern_dotnet::Exception>,
) -> Result<Value, Thrown> {
    Ok(offset(call, 0).map(|time| change(time, double(call, 1)))?.into())
}

fn conversions(library: &mut Library) {
    library
        .declare(HEADER)
        .operator("static implicit operator DateTimeOffset(DateTime dateTime)", |call| {
            Ok(DateTimeOffset::from_date_time(date(call, 0)).into())
        })
        .method("static DateTimeOffset FromUnixTimeSeconds(long seconds)", |call| {
            Ok(DateTimeOffset::from_unix_time_seconds(long(call, 0))?.into())
        })
        .method("static DateTimeOffset FromUnixTimeMilliseconds(long milliseconds)", |call| {
            Ok(DateTimeOffset::from_unix_time_milliseconds(long(call, 0))?.into())
        })
        .method("static DateTimeOffset FromFileTime(long fileTime)", |call| {
            Ok(DateTimeOffset::from_date_time(DateTime::from_file_time_utc(long(call, 0))?).into())
        })
        .method("long ToFileTime()", |call| Ok(offset(call, 0).utc_date_time().to_file_time()?.into()))
        .method("long ToUnixTimeSeconds()", |call| Ok(offset(call, 0).to_unix_time_seconds().into()))
        .method("long ToUnixTimeMilliseconds()", |call| Ok(offset(call, 0).to_unix_time_milliseconds().into()))
        .method("DateTimeOffset ToLocalTime()", |call| Ok(offset(call, 0).to_universal_time().into()))
        .method("DateTimeOffset ToUniversalTime()", |call| Ok(offset(call, 0).to_universal_time().into()))
        .method("DateTimeOffset ToOffset(TimeSpan offset)", |call| {
            Ok(offset(call, 0).to_offset(span(call, 1))?.into())
        });
}

fn text_members(library: &mut Library) {
    library
        .declare(HEADER)
        .method("static DateTimeOffset Parse(string input)", |call| parse(call, DateTimeStyles::NONE))
        .method("static DateTimeOffset Parse(string input, IFormatProvider formatProvider)", |call| {
            parse(call, DateTimeStyles::NONE)
        })
        .method(
            "static DateTimeOffset Parse(string input, IFormatProvider formatProvider, DateTimeStyles styles)",
            |call| {
                let styles = styles(call, 2);
                parse(call, styles)
            },
        )
        .method("static bool TryParse(string input, out DateTimeOffset result)", |call| {
            try_parse(call, DateTimeStyles::NONE, 1)
        })
        .method("static bool TryParse(string s, IFormatProvider provider, out DateTimeOffset result)", |call| {
            try_parse(call, DateTimeStyles::NONE, 2)
        })
        .method(
            "static bool TryParse(string input, IFormatProvider formatProvider, DateTimeStyles styles, out \
             DateTimeOffset result)",
            |call| {
                let styles = styles(call, 2);
                try_parse(call, styles, 3)
            },
        )
        .method("string ToString()", |call| Ok(offset(call, 0).to_string().into()))
        .method("string ToString(string format)", to_string)
        .method("string ToString(IFormatProvider formatProvider)", |call| Ok(offset(call, 0).to_string().into()))
        .method("string ToString(string format, IFormatProvider formatProvider)", to_string);
}

fn parse(call: &mut Call<'_, '_>, styles: DateTimeStyles) -> Result<Value, Thrown> {
    let text = text(call, 0, "input")?;
    Ok(DateTimeOffset::parse(&text, styles, utc_now(call))?.into())
}

fn try_parse(call: &mut Call<'_, '_>, styles: DateTimeStyles, out: usize) -> Result<Value, Thrown> {
    let text = call.text(0).cloned().unwrap_or_default();
    call.machine.charge(text.len())?;
    let found = if_format(DateTimeOffset::parse(&text, styles, utc_now(call)))?;
    tried(call, out, found, DateTimeOffset::MIN)
}

fn to_string(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let format = format(call, 1)?;
    Ok(offset(call, 0).format(&format)?.into())
}

fn exact_members(library: &mut Library) {
    library
        .declare(HEADER)
        .method(
            "static DateTimeOffset ParseExact(string input, string format, IFormatProvider formatProvider)",
            |call| Ok(exact(call, DateTimeStyles::NONE)?.into()),
        )
        .method(
            "static DateTimeOffset ParseExact(string input, string format, IFormatProvider formatProvider, \
             DateTimeStyles styles)",
            |call| {
                let styles = styles(call, 3);
                Ok(exact(call, styles)?.into())
            },
        )
        .method(
            "static DateTimeOffset ParseExact(string input, string[] formats, IFormatProvider formatProvider, \
             DateTimeStyles styles)",
            |call| Ok(exact_any(call)?.into()),
        )
        .method(
            "static bool TryParseExact(string input, string format, IFormatProvider formatProvider, DateTimeStyles \
             styles, out DateTimeOffset result)",
            |call| {
                let styles = styles(call, 3);
                let found =
                    if call.text(0).is_none() || call.text(1).is_none() { None } else { caught(exact(call, styles))? };
                tried(call, 4, found, DateTimeOffset::MIN)
            },
        )
        .method(
            "static bool TryParseExact(string input, string[] formats, IFormatProvider formatProvider, DateTimeStyles \
             styles, out DateTimeOffset result)",
            |call| {
                let has_nulls = call.text(0).is_none() || call.argument(1).is_null();
                let found = if has_nulls { None } else { caught(exact_any(call))? };
                tried(call, 4, found, DateTimeOffset::MIN)
            },
        );
}

fn exact(call: &mut Call<'_, '_>, styles: DateTimeStyles) -> Result<DateTimeOffset, Thrown> {
    let input = text(call, 0, "input")?;
    let format = text(call, 1, "format")?;
    Ok(DateTimeOffset::parse_exact(&input, &format, styles, utc_now(call))?)
}

fn exact_any(call: &mut Call<'_, '_>) -> Result<DateTimeOffset, Thrown> {
    let input = text(call, 0, "input")?;
    let formats = texts(call, 1, "formats")?;
    // Every format may walk over the text.
    call.machine.charge(formats.len().saturating_mul(input.len()))?;
    let formats = formats.iter().map(|format| &**format).collect::<Vec<_>>();
    Ok(DateTimeOffset::parse_exact_any(&input, &formats, styles(call, 3), utc_now(call))?)
}
