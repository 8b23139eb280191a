//! System.DateTime beyond the members that APIM's reference names: reading with `TryParse` and `ParseExact`, kinds, short and long forms.
//!
//! Documents in the wild use them beside the named ones, and nothing is unsafe about them: a document that APIM would refuse runs here, none that it
//! accepts is refused.

use postern_dotnet::date::{DateTime, DateTimeKind, DateTimeStyles};

use super::arguments::{date, date_time_kind, kind, styles, text, texts};
use super::clock::utc_now;
use super::compare::methods;
use super::date_time::HEADER;
use super::parse::{caught, if_format, tried};
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

/// Ticks of 1970-01-01, `DateTime.UnixEpoch`.
const UNIX_EPOCH_TICKS: i64 = 621_355_968_000_000_000;

pub(super) fn declare(library: &mut Library) {
    readers(library);
    exact_readers(library);
    let builder = library
        .declare(HEADER)
        .getter("static DateTime UnixEpoch", |_| Ok(DateTime::from_ticks(UNIX_EPOCH_TICKS, DateTimeKind::Utc)?.into()))
        .getter("DateTimeKind Kind", |call| Ok(date_time_kind(date(call, 0).kind())))
        .method("static DateTime SpecifyKind(DateTime value, DateTimeKind kind)", |call| {
            Ok(date(call, 0).with_kind(kind(call, 1)?).into())
        })
        .method("DateTime ToUniversalTime()", |call| Ok(date(call, 0).to_universal_time().into()))
        .method("DateTime ToLocalTime()", |call| Ok(date(call, 0).to_local_time().into()))
        .method("string ToShortDateString()", |call| Ok(date(call, 0).format("d")?.into()))
        .method("string ToLongDateString()", |call| Ok(date(call, 0).format("D")?.into()))
        .method("string ToShortTimeString()", |call| Ok(date(call, 0).format("t")?.into()))
        .method("string ToLongTimeString()", |call| Ok(date(call, 0).format("T")?.into()));
    methods!(builder, "DateTime", date);
}

fn readers(library: &mut Library) {
    library
        .declare(HEADER)
        .method("static bool TryParse(string s, out DateTime result)", |call| try_parse(call, DateTimeStyles::NONE, 1))
        .method("static bool TryParse(string s, IFormatProvider provider, out DateTime result)", |call| {
            try_parse(call, DateTimeStyles::NONE, 2)
        })
        .method(
            "static bool TryParse(string s, IFormatProvider provider, DateTimeStyles styles, out DateTime result)",
            |call| {
                let styles = styles(call, 2);
                try_parse(call, styles, 3)
            },
        );
}

fn exact_readers(library: &mut Library) {
    library
        .declare(HEADER)
        .method("static DateTime ParseExact(string s, string format, IFormatProvider provider)", |call| {
            Ok(exact(call, DateTimeStyles::NONE)?.into())
        })
        .method(
            "static DateTime ParseExact(string s, string format, IFormatProvider provider, DateTimeStyles style)",
            |call| {
                let styles = styles(call, 3);
                Ok(exact(call, styles)?.into())
            },
        )
        .method(
            "static DateTime ParseExact(string s, string[] formats, IFormatProvider provider, DateTimeStyles style)",
            |call| Ok(exact_any(call)?.into()),
        )
        .method(
            "static bool TryParseExact(string s, string format, IFormatProvider provider, DateTimeStyles style, out \
             DateTime result)",
            |call| {
                let styles = styles(call, 3);
                let has_nulls = call.text(0).is_none() || call.text(1).is_none();
                let found = if has_nulls { None } else { caught(exact(call, styles))? };
                tried(call, 4, found, DateTime::MIN)
            },
        )
        .method(
            "static bool TryParseExact(string s, string[] formats, IFormatProvider provider, DateTimeStyles style, out \
             DateTime result)",
            |call| {
                let has_nulls = call.text(0).is_none() || call.argument(1).is_null();
                let found = if has_nulls { None } else { caught(exact_any(call))? };
                tried(call, 4, found, DateTime::MIN)
            },
        );
}

fn try_parse(call: &mut Call<'_, '_>, styles: DateTimeStyles, out: usize) -> Result<Value, Thrown> {
    let text = call.text(0).cloned().unwrap_or_default();
    call.machine.charge(text.len())?;
    let found = if_format(DateTime::parse(&text, styles, utc_now(call)))?;
    tried(call, out, found, DateTime::MIN)
}

fn exact(call: &mut Call<'_, '_>, styles: DateTimeStyles) -> Result<DateTime, Thrown> {
    let input = text(call, 0, "s")?;
    let format = text(call, 1, "format")?;
    Ok(DateTime::parse_exact(&input, &format, styles, utc_now(call))?)
}

fn exact_any(call: &mut Call<'_, '_>) -> Result<DateTime, Thrown> {
    let input = text(call, 0, "s")?;
    let formats = texts(call, 1, "formats")?;
    // Every format may walk over the text.
    call.machine.charge(formats.len().saturating_mul(input.len()))?;
    let formats = formats.iter().map(|format| &**format).collect::<Vec<_>>();
    Ok(DateTime::parse_exact_any(&input, &formats, styles(call, 3), utc_now(call))?)
}
