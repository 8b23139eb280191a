//! Arguments of the natives of dates. They have the declared types; anything else is answered with a default.

use std::rc::Rc;

use postern_dotnet::date::{DateTime, DateTimeKind, DateTimeOffset, DateTimeStyles, DayOfWeek, Parts, TimeSpan};
use postern_dotnet::{Exception, Text};

use super::{DateTimeOffsetValue, DateTimeValue, TimeSpanValue, TimeZoneValue};
use crate::expression::array::Array;
use crate::expression::enums::EnumValue;
use crate::expression::library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn date(call: &Call<'_, '_>, index: usize) -> DateTime {
    call.argument(index).downcast_ref::<DateTimeValue>().map_or(DateTime::MIN, |value| value.0)
}

pub(super) fn offset(call: &Call<'_, '_>, index: usize) -> DateTimeOffset {
    call.argument(index).downcast_ref::<DateTimeOffsetValue>().map_or(DateTimeOffset::MIN, |value| value.0)
}

pub(super) fn span(call: &Call<'_, '_>, index: usize) -> TimeSpan {
    call.argument(index).downcast_ref::<TimeSpanValue>().map_or(TimeSpan::ZERO, |value| value.0)
}

pub(super) fn zone(call: &Call<'_, '_>, index: usize, parameter: &str) -> Result<Rc<TimeZoneValue>, Thrown> {
    call.object(index).ok_or_else(|| Exception::argument_null(parameter).into())
}

pub(super) fn long(call: &Call<'_, '_>, index: usize) -> i64 {
    if let Value::Long(value) = call.argument(index) { *value } else { 0 }
}

pub(super) fn double(call: &Call<'_, '_>, index: usize) -> f64 {
    if let Value::Double(value) = call.argument(index) { *value } else { 0.0 }
}

/// A string to be read, paid for.
pub(super) fn text(call: &mut Call<'_, '_>, index: usize, parameter: &str) -> Result<Text, Thrown> {
    let text = call.required_text(index, parameter)?;
    call.machine.charge(text.len())?;
    Ok(text)
}

/// A format, paid for with what it prints; null is empty.
pub(super) fn format(call: &mut Call<'_, '_>, index: usize) -> Result<Text, Thrown> {
    let format = call.text(index).cloned().unwrap_or_default();
    // A specifier of one letter prints at most nine, a standard format 33.
    call.machine.charge_memory(format.len() * 9 + 64)?;
    Ok(format)
}

/// A `string[]`, paid for.
pub(super) fn texts(call: &mut Call<'_, '_>, index: usize, parameter: &str) -> Result<Vec<Text>, Thrown> {
    let Some(array) = call.object::<Array>(index) else { return Err(Exception::argument_null(parameter).into()) };
    let texts = array.to_vec().into_iter().map(|value| match value {
        Value::String(text) => text,
        _ => Text::default(),
    });
    let texts = texts.collect::<Vec<_>>();
    call.machine.charge(texts.iter().map(|text| text.len() + 1).sum())?;
    Ok(texts)
}

pub(super) fn styles(call: &Call<'_, '_>, index: usize) -> DateTimeStyles {
    DateTimeStyles(i32::try_from(call.constant(index)).unwrap_or(i32::MAX))
}

pub(super) fn kind(call: &Call<'_, '_>, index: usize) -> Result<DateTimeKind, Thrown> {
    match call.constant(index) {
        0 => Ok(DateTimeKind::Unspecified),
        1 => Ok(DateTimeKind::Utc),
        2 => Ok(DateTimeKind::Local),
        _ => Err(Exception::argument("kind", "Invalid DateTimeKind value.").into()),
    }
}

/// The first `count` arguments of a long constructor: year, month, day, hour, minute, second, millisecond, microsecond.
pub(super) fn parts(call: &Call<'_, '_>, count: usize) -> Parts {
    let part = |index: usize| if index < count { call.int(index) } else { 0 };
    Parts {
        year: part(0),
        month: part(1),
        day: part(2),
        hour: part(3),
        minute: part(4),
        second: part(5),
        millisecond: part(6),
        microsecond: part(7),
    }
}

pub(super) fn day_of_week(day: DayOfWeek) -> Value {
    match library::get().class_by_full_name("System.DayOfWeek", 0) {
        Some(class) => Value::object(EnumValue { class, value: day as i64 }),
        None => Value::Null,
    }
}

/// A `DateTimeKind` as a value.
pub(super) fn date_time_kind(kind: DateTimeKind) -> Value {
    let value = match kind {
        DateTimeKind::Unspecified => 0,
        DateTimeKind::Utc => 1,
        DateTimeKind::Local => 2,
    };
    match library::get().class_by_full_name("System.DateTimeKind", 0) {
        Some(class) => Value::object(EnumValue { class, value }),
        None => Value::Null,
    }
}
