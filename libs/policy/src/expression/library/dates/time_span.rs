//! System.TimeSpan.

use postern_dotnet::date::{TimeSpan, TimeSpanParts};

use postern_dotnet::Text;

use super::arguments::{double, format, long, span, text, texts};
use super::compare::{methods, operators};
use super::parse::tried;
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

const HEADER: &str = "struct System.TimeSpan : IComparable, IComparable<TimeSpan>, IEquatable<TimeSpan>, IFormattable";

pub(super) fn declare(library: &mut Library) {
    constructors(library);
    constants(library);
    properties(library);
    arithmetic(library);
    text_members(library);
}

fn constructors(library: &mut Library) {
    library
        .declare(HEADER)
        .constructor("()", |_| Ok(TimeSpan::ZERO.into()))
        .constructor("(long ticks)", |call| Ok(TimeSpan::from_ticks(long(call, 0)).into()))
        .constructor("(int hours, int minutes, int seconds)", |call| {
            let parts = TimeSpanParts {
                hours: call.int(0),
                minutes: call.int(1),
                seconds: call.int(2),
                ..TimeSpanParts::default()
            };
            Ok(TimeSpan::from_parts(&parts)?.into())
        })
        .constructor("(int days, int hours, int minutes, int seconds)", from_parts)
        .constructor("(int days, int hours, int minutes, int seconds, int milliseconds)", from_parts)
        .constructor("(int days, int hours, int minutes, int seconds, int milliseconds, int microseconds)", from_parts)
        .method("static TimeSpan FromDays(double value)", |call| Ok(TimeSpan::from_days(double(call, 0))?.into()))
        .method("static TimeSpan FromHours(double value)", |call| Ok(TimeSpan::from_hours(double(call, 0))?.into()))
        .method("static TimeSpan FromMinutes(double value)", |call| Ok(TimeSpan::from_minutes(double(call, 0))?.into()))
        .method("static TimeSpan FromSeconds(double value)", |call| Ok(TimeSpan::from_seconds(double(call, 0))?.into()))
        .method("static TimeSpan FromMilliseconds(double value)", |call| {
            Ok(TimeSpan::from_milliseconds(double(call, 0))?.into())
        })
        .method("static TimeSpan FromMicroseconds(double value)", |call| {
            Ok(TimeSpan::from_microseconds(double(call, 0))?.into())
        })
        .method("static TimeSpan FromTicks(long value)", |call| Ok(TimeSpan::from_ticks(long(call, 0)).into()));
}

/// From four to six numbers; those that are not given are 0.
fn from_parts(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let parts = TimeSpanParts {
        days: call.int(0),
        hours: call.int(1),
        minutes: call.int(2),
        seconds: call.int(3),
        milliseconds: call.int(4),
        microseconds: call.int(5),
    };
    Ok(TimeSpan::from_parts(&parts)?.into())
}

fn constants(library: &mut Library) {
    library
        .declare(HEADER)
        .getter("static TimeSpan Zero", |_| Ok(TimeSpan::ZERO.into()))
        .getter("static TimeSpan MinValue", |_| Ok(TimeSpan::MIN.into()))
        .getter("static TimeSpan MaxValue", |_| Ok(TimeSpan::MAX.into()))
        .getter("static long NanosecondsPerTick", |_| Ok(Value::Long(100)))
        .getter("static long MicrosecondsPerMillisecond", |_| Ok(Value::Long(1_000)))
        .getter("static long MicrosecondsPerSecond", |_| Ok(Value::Long(1_000_000)))
        .getter("static long MicrosecondsPerMinute", |_| Ok(Value::Long(60_000_000)))
        .getter("static long MicrosecondsPerHour", |_| Ok(Value::Long(3_600_000_000)))
        .getter("static long MicrosecondsPerDay", |_| Ok(Value::Long(86_400_000_000)))
        .getter("static long MillisecondsPerSecond", |_| Ok(Value::Long(1_000)))
        .getter("static long MillisecondsPerMinute", |_| Ok(Value::Long(60_000)))
        .getter("static long MillisecondsPerHour", |_| Ok(Value::Long(3_600_000)))
        .getter("static long MillisecondsPerDay", |_| Ok(Value::Long(86_400_000)))
        .getter("static long SecondsPerMinute", |_| Ok(Value::Long(60)))
        .getter("static long SecondsPerHour", |_| Ok(Value::Long(3_600)))
        .getter("static long SecondsPerDay", |_| Ok(Value::Long(86_400)))
        .getter("static long MinutesPerHour", |_| Ok(Value::Long(60)))
        .getter("static long MinutesPerDay", |_| Ok(Value::Long(1_440)))
        .getter("static int HoursPerDay", |_| Ok(Value::Int(24)))
        .getter("static long TicksPerMicrosecond", |_| Ok(Value::Long(10)))
        .getter("static long TicksPerMillisecond", |_| Ok(Value::Long(10_000)))
        .getter("static long TicksPerSecond", |_| Ok(Value::Long(10_000_000)))
        .getter("static long TicksPerMinute", |_| Ok(Value::Long(600_000_000)))
        .getter("static long TicksPerHour", |_| Ok(Value::Long(36_000_000_000)))
        .getter("static long TicksPerDay", |_| Ok(Value::Long(864_000_000_000)));
}

fn properties(library: &mut Library) {
    library
        .declare(HEADER)
        .getter("int Days", |call| Ok(span(call, 0).days().into()))
        .getter("int Hours", |call| Ok(span(call, 0).hours().into()))
        .getter("int Microseconds", |call| Ok(span(call, 0).microseconds().into()))
        .getter("int Milliseconds", |call| Ok(span(call, 0).milliseconds().into()))
        .getter("int Minutes", |call| Ok(span(call, 0).minutes().into()))
        .getter("int Nanoseconds", |call| Ok(span(call, 0).nanoseconds().into()))
        .getter("int Seconds", |call| Ok(span(call, 0).seconds().into()))
        .getter("long Ticks", |call| Ok(span(call, 0).ticks().into()))
        .getter("double TotalDays", |call| Ok(span(call, 0).total_days().into()))
        .getter("double TotalHours", |call| Ok(span(call, 0).total_hours().into()))
        .getter("double TotalMicroseconds", |call| Ok(span(call, 0).total_microseconds().into()))
        .getter("double TotalMilliseconds", |call| Ok(span(call, 0).total_milliseconds().into()))
        .getter("double TotalMinutes", |call| Ok(span(call, 0).total_minutes().into()))
        .getter("double TotalNanoseconds", |call| Ok(span(call, 0).total_nanoseconds().into()))
        .getter("double TotalSeconds", |call| Ok(span(call, 0).total_seconds().into()));
}

fn arithmetic(library: &mut Library) {
    let builder = library
        .declare(HEADER)
        .method("TimeSpan Add(TimeSpan ts)", |call| Ok(span(call, 0).plus(span(call, 1))?.into()))
        .method("TimeSpan Subtract(TimeSpan ts)", |call| Ok(span(call, 0).minus(span(call, 1))?.into()))
        .method("TimeSpan Multiply(double factor)", |call| Ok(span(call, 0).multiply(double(call, 1))?.into()))
        .method("TimeSpan Divide(double divisor)", |call| Ok(span(call, 0).divide(double(call, 1))?.into()))
        .method("double Divide(TimeSpan ts)", |call| Ok(span(call, 0).ratio(span(call, 1)).into()))
        .method("TimeSpan Negate()", |call| Ok(span(call, 0).negate()?.into()))
        .method("TimeSpan Duration()", |call| Ok(span(call, 0).duration()?.into()))
        .operator("static TimeSpan operator +(TimeSpan t)", |call| Ok(span(call, 0).into()))
        .operator("static TimeSpan operator -(TimeSpan t)", |call| Ok(span(call, 0).negate()?.into()))
        .operator("static TimeSpan operator +(TimeSpan t1, TimeSpan t2)", |call| {
            Ok(span(call, 0).plus(span(call, 1))?.into())
        })
        .operator("static TimeSpan operator -(TimeSpan t1, TimeSpan t2)", |call| {
            Ok(span(call, 0).minus(span(call, 1))?.into())
        })
        .operator("static TimeSpan operator *(TimeSpan timeSpan, double factor)", |call| {
            Ok(span(call, 0).multiply(double(call, 1))?.into())
        })
        .operator("static TimeSpan operator *(double factor, TimeSpan timeSpan)", |call| {
            Ok(span(call, 1).multiply(double(call, 0))?.into())
        })
        .operator("static TimeSpan operator /(TimeSpan timeSpan, double divisor)", |call| {
            Ok(span(call, 0).divide(double(call, 1))?.into())
        })
        .operator("static double operator /(TimeSpan t1, TimeSpan t2)", |call| {
            Ok(span(call, 0).ratio(span(call, 1)).into())
        });
    methods!(operators!(builder, "TimeSpan", span), "TimeSpan", span);
}

fn text_members(library: &mut Library) {
    library
        .declare(HEADER)
        .method("static TimeSpan Parse(string s)", parse)
        .method("static TimeSpan Parse(string input, IFormatProvider formatProvider)", parse)
        .method("static TimeSpan ParseExact(string input, string format, IFormatProvider formatProvider)", |call| {
            let (input, format) = (text(call, 0, "input")?, text(call, 1, "format")?);
            Ok(TimeSpan::parse_exact(&input, &format, false)?.into())
        })
        .method(
            "static TimeSpan ParseExact(string input, string format, IFormatProvider formatProvider, TimeSpanStyles \
             styles)",
            |call| {
                let (input, format) = (text(call, 0, "input")?, text(call, 1, "format")?);
                Ok(TimeSpan::parse_exact(&input, &format, call.constant(3) == 1)?.into())
            },
        )
        .method("static TimeSpan ParseExact(string input, string[] formats, IFormatProvider formatProvider)", any_format)
        .method(
            "static TimeSpan ParseExact(string input, string[] formats, IFormatProvider formatProvider, TimeSpanStyles styles)",
            any_format,
        )
        .method(
            "static bool TryParseExact(string input, string[] formats, IFormatProvider formatProvider, out TimeSpan result)",
            |call| try_any_format(call, 3),
        )
        .method(
            "static bool TryParseExact(string input, string[] formats, IFormatProvider formatProvider, TimeSpanStyles styles, \
             out TimeSpan result)",
            |call| try_any_format(call, 4),
        )
        .method(
            "static bool TryParseExact(string input, string format, IFormatProvider formatProvider, TimeSpanStyles styles, out \
             TimeSpan result)",
            |call| {
                let (Some(input), Some(format)) = (call.text(0).cloned(), call.text(1).cloned()) else {
                    return tried(call, 4, None, TimeSpan::ZERO);
                };
                call.machine.charge(input.len() + format.len())?;
                let found = TimeSpan::parse_exact(&input, &format, call.constant(3) == 1).ok();
                tried(call, 4, found, TimeSpan::ZERO)
            },
        )
        .method("static bool TryParse(string s, out TimeSpan result)", |call| try_parse(call, 1))
        .method("static bool TryParse(string input, IFormatProvider formatProvider, out TimeSpan result)", |call| {
            try_parse(call, 2)
        })
        .method(
            "static bool TryParseExact(string input, string format, IFormatProvider formatProvider, out TimeSpan \
             result)",
            |call| {
                let (input, format) = (call.text(0).cloned(), call.text(1).cloned());
                let (Some(input), Some(format)) = (input, format) else {
                    return tried(call, 3, None, TimeSpan::ZERO);
                };
                call.machine.charge(input.len() + format.len())?;
                tried(call, 3, TimeSpan::parse_exact(&input, &format, false).ok(), TimeSpan::ZERO)
            },
        )
        .method("string ToString()", |call| Ok(span(call, 0).to_string().into()))
        .method("string ToString(string format)", to_string)
        .method("string ToString(string format, IFormatProvider formatProvider)", to_string);
}

fn parse(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let text = text(call, 0, "input")?;
    Ok(TimeSpan::parse(&text)?.into())
}

fn try_parse(call: &mut Call<'_, '_>, out: usize) -> Result<Value, Thrown> {
    let text = call.text(0).cloned().unwrap_or_default();
    call.machine.charge(text.len())?;
    tried(call, out, TimeSpan::parse(&text).ok(), TimeSpan::ZERO)
}

fn to_string(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let format = format(call, 1)?;
    Ok(span(call, 0).format(&format)?.into())
}

/// The duration by the first format that fits.
fn by_any(call: &mut Call<'_, '_>, input: &str, formats: &[Text]) -> Result<Option<TimeSpan>, Thrown> {
    call.machine.charge(input.len().saturating_mul(formats.len()))?;
    let is_negative = call.constant(3) == 1;
    Ok(formats.iter().find_map(|format| TimeSpan::parse_exact(input, format, is_negative).ok()))
}

fn any_format(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let (input, formats) = (text(call, 0, "input")?, texts(call, 1, "formats")?);
    let found = by_any(call, &input, &formats)?;
    let message = || format!("String '{input}' was not recognized as a valid TimeSpan.");
    Ok(found.ok_or_else(|| postern_dotnet::Exception::format(message()))?.into())
}

fn try_any_format(call: &mut Call<'_, '_>, out: usize) -> Result<Value, Thrown> {
    let (Some(input), false) = (call.text(0).cloned(), call.argument(1).is_null()) else {
        return tried(call, out, None, TimeSpan::ZERO);
    };
    let formats = texts(call, 1, "formats")?;
    let found = by_any(call, &input, &formats)?;
    tried(call, out, found, TimeSpan::ZERO)
}
