//! System.TimeZoneInfo and the older System.TimeZone, whose only instance is the local zone: UTC.

use postern_dotnet::date::{DateTimeKind, TimeSpan, TimeZoneInfo};

use super::TimeZoneValue;
use super::arguments::{date, offset, zone};
use super::parse::tried;
use super::values::CurrentTimeZone;
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) const HEADER: &str = "sealed class System.TimeZoneInfo : IEquatable<TimeZoneInfo>";
const SOURCE: &str = "sourceTimeZone";
const DESTINATION: &str = "destinationTimeZone";

pub(super) fn declare(library: &mut Library) {
    zones(library);
    conversions(library);
    by_id(library);
    times(library);
    current_time_zone(library);
}

pub(super) fn this<T>(call: &Call<'_, '_>, read: impl FnOnce(&TimeZoneInfo) -> T) -> Result<Value, Thrown>
where
    T: Into<Value>,
{
    Ok(read(&call.this::<TimeZoneValue>()?.0).into())
}

fn zones(library: &mut Library) {
    library
        .declare(HEADER)
        .getter("static TimeZoneInfo Utc", |_| Ok(TimeZoneInfo::utc().into()))
        .getter("static TimeZoneInfo Local", |_| Ok(TimeZoneInfo::local().into()))
        .method("static TimeZoneInfo FindSystemTimeZoneById(string id)", |call| find(call, 0, "id").map(Into::into))
        .method("static bool TryFindSystemTimeZoneById(string id, out TimeZoneInfo timeZoneInfo)", |call| {
            let found = call.text(0).and_then(|id| TimeZoneInfo::find(id).ok()).map_or(Value::Null, Into::into);
            let found = Some(found).filter(|found| !found.is_null());
            tried(call, 1, found, Value::Null)
        })
        .getter("TimeSpan BaseUtcOffset", |call| this(call, TimeZoneInfo::base_utc_offset))
        .getter("string DaylightName", |call| this(call, TimeZoneInfo::daylight_name))
        .getter("string DisplayName", |call| this(call, TimeZoneInfo::display_name))
        .getter("string Id", |call| this(call, |zone| zone.id().clone()))
        .getter("string StandardName", |call| this(call, TimeZoneInfo::standard_name))
        .getter("bool SupportsDaylightSavingTime", |call| this(call, TimeZoneInfo::supports_daylight_saving_time))
        .method("string ToString()", |call| this(call, TimeZoneInfo::display_name))
        .method("bool Equals(TimeZoneInfo other)", |call| {
            let other = call.object::<TimeZoneValue>(1);
            this(call, |zone| other.is_some_and(|other| *zone == other.0))
        });
}

/// The zone with the id that an argument says.
fn find(call: &Call<'_, '_>, index: usize, parameter: &str) -> Result<TimeZoneInfo, Thrown> {
    Ok(TimeZoneInfo::find(&call.required_text(index, parameter)?)?)
}

fn conversions(library: &mut Library) {
    library
        .declare(HEADER)
        .method("static DateTime ConvertTime(DateTime dateTime, TimeZoneInfo destinationTimeZone)", |call| {
            Ok(TimeZoneInfo::convert(date(call, 0), &zone(call, 1, DESTINATION)?.0)?.into())
        })
        .method(
            "static DateTime ConvertTime(DateTime dateTime, TimeZoneInfo sourceTimeZone, TimeZoneInfo \
             destinationTimeZone)",
            |call| {
                let (source, destination) = (zone(call, 1, SOURCE)?, zone(call, 2, DESTINATION)?);
                Ok(TimeZoneInfo::convert_from(date(call, 0), &source.0, &destination.0)?.into())
            },
        )
        .method(
            "static DateTimeOffset ConvertTime(DateTimeOffset dateTimeOffset, TimeZoneInfo destinationTimeZone)",
            |call| Ok(TimeZoneInfo::convert_offset(offset(call, 0), &zone(call, 1, DESTINATION)?.0)?.into()),
        )
        .method("static DateTime ConvertTimeFromUtc(DateTime dateTime, TimeZoneInfo destinationTimeZone)", |call| {
            Ok(TimeZoneInfo::convert_from_utc(date(call, 0), &zone(call, 1, DESTINATION)?.0)?.into())
        })
        .method("static DateTime ConvertTimeToUtc(DateTime dateTime)", |call| {
            Ok(TimeZoneInfo::convert_to_utc(date(call, 0))?.into())
        })
        .method("static DateTime ConvertTimeToUtc(DateTime dateTime, TimeZoneInfo sourceTimeZone)", |call| {
            Ok(TimeZoneInfo::convert_to_utc_from(date(call, 0), &zone(call, 1, SOURCE)?.0)?.into())
        });
}

fn by_id(library: &mut Library) {
    library
        .declare(HEADER)
        .method(
            "static DateTime ConvertTimeBySystemTimeZoneId(DateTime dateTime, string destinationTimeZoneId)",
            |call| Ok(TimeZoneInfo::convert(date(call, 0), &find(call, 1, "id")?)?.into()),
        )
        .method(
            "static DateTime ConvertTimeBySystemTimeZoneId(DateTime dateTime, string sourceTimeZoneId, string \
             destinationTimeZoneId)",
            |call| {
                let source = call.required_text(1, "id")?;
                let destination = call.required_text(2, "id")?;
                Ok(TimeZoneInfo::convert_by_ids(date(call, 0), &source, &destination)?.into())
            },
        )
        .method(
            "static DateTimeOffset ConvertTimeBySystemTimeZoneId(DateTimeOffset dateTimeOffset, string \
             destinationTimeZoneId)",
            |call| Ok(TimeZoneInfo::convert_offset(offset(call, 0), &find(call, 1, "id")?)?.into()),
        );
}

fn times(library: &mut Library) {
    library
        .declare(HEADER)
        .method("TimeSpan GetUtcOffset(DateTime dateTime)", |call| {
            let time = date(call, 1);
            this(call, |zone| zone.utc_offset(time))
        })
        .method("TimeSpan GetUtcOffset(DateTimeOffset dateTimeOffset)", |call| {
            let time = offset(call, 1);
            this(call, |zone| zone.utc_offset_at(time))
        })
        .method("bool IsDaylightSavingTime(DateTime dateTime)", |call| {
            let time = date(call, 1);
            this(call, |zone| zone.is_daylight_saving_time(time))
        })
        .method("bool IsDaylightSavingTime(DateTimeOffset dateTimeOffset)", |call| {
            let time = offset(call, 1);
            this(call, |zone| zone.is_daylight_saving_time_at(time))
        })
        .method("bool IsInvalidTime(DateTime dateTime)", |call| {
            let time = date(call, 1);
            this(call, |zone| zone.is_invalid_time(time))
        })
        .method("bool IsAmbiguousTime(DateTime dateTime)", |call| {
            let time = date(call, 1);
            this(call, |zone| zone.is_ambiguous_time(time))
        })
        .method("bool IsAmbiguousTime(DateTimeOffset dateTimeOffset)", |call| {
            let time = offset(call, 1).utc_date_time();
            this(call, |zone| zone.is_ambiguous_time(time))
        });
}

fn current_time_zone(library: &mut Library) {
    library
        .declare("class System.TimeZone")
        .getter("static TimeZone CurrentTimeZone", |_| Ok(Value::object(CurrentTimeZone)))
        .getter("string StandardName", |_| Ok(TimeZoneInfo::local().standard_name().into()))
        .getter("string DaylightName", |_| Ok(TimeZoneInfo::local().daylight_name().into()))
        .method("TimeSpan GetUtcOffset(DateTime time)", |_| Ok(TimeSpan::ZERO.into()))
        .method("bool IsDaylightSavingTime(DateTime time)", |_| Ok(false.into()))
        .method("DateTime ToLocalTime(DateTime time)", |call| Ok(date(call, 1).to_local_time().into()))
        .method("DateTime ToUniversalTime(DateTime time)", |call| {
            Ok(date(call, 1).with_kind(DateTimeKind::Utc).into())
        });
}
