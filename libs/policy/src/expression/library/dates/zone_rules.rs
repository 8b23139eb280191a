//! The rules of time zones and zones made of them: `TimeZoneInfo.AdjustmentRule`, `TransitionTime`, `CreateCustomTimeZone`.
//!
//! A zone of the database has no rules in this form: its clock is known, `GetAdjustmentRules()` is empty.

use postern_dotnet::date::{AdjustmentRule, CustomZone, DateTime, DayOfWeek, TimeSpan, TimeZoneInfo, TransitionTime};
use postern_dotnet::{Exception, ExceptionType, Text};

use super::arguments::{date, day_of_week, offset, span, zone};
use super::time_zone::{HEADER, this};
use super::values::{RuleValue, TransitionValue};
use crate::expression::array::Array;
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Steps for looking at a rule.
const RULE_STEPS: usize = 4;

pub(super) fn declare(library: &mut Library) {
    declare_transition(library);
    declare_rule(library);
    declare_custom(library);
    declare_questions(library);
}

fn declare_transition(library: &mut Library) {
    library
        .declare("struct System.TimeZoneInfo.TransitionTime : IEquatable<TransitionTime>")
        .method("static TransitionTime CreateFixedDateRule(DateTime timeOfDay, int month, int day)", |call| {
            let made = TransitionTime::fixed(date(call, 0), call.int(1), call.int(2))?;
            Ok(Value::object(TransitionValue(made)))
        })
        .method(
            "static TransitionTime CreateFloatingDateRule(DateTime timeOfDay, int month, int week, DayOfWeek dayOfWeek)",
            |call| {
                let day = i32::try_from(call.constant(3)).unwrap_or(-1);
                let made = TransitionTime::floating(date(call, 0), call.int(1), call.int(2), day)?;
                Ok(Value::object(TransitionValue(made)))
            },
        )
        .getter("DateTime TimeOfDay", |call| Ok(transition(call, 0)?.time_of_day.into()))
        .getter("int Month", |call| Ok(transition(call, 0)?.month.into()))
        .getter("int Week", |call| Ok(transition(call, 0)?.week.into()))
        .getter("int Day", |call| Ok(transition(call, 0)?.day.into()))
        .getter("DayOfWeek DayOfWeek", |call| {
            let index = usize::try_from(transition(call, 0)?.day_of_week).unwrap_or(0);
            Ok(day_of_week(DayOfWeek::ALL.get(index).copied().unwrap_or(DayOfWeek::Sunday)))
        })
        .getter("bool IsFixedDateRule", |call| Ok(transition(call, 0)?.is_fixed.into()))
        .method("bool Equals(TransitionTime other)", same)
        .operator("static bool operator ==(TransitionTime t1, TransitionTime t2)", same)
        .operator("static bool operator !=(TransitionTime t1, TransitionTime t2)", |call| {
            Ok((!call.argument(0).equals(call.argument(1))).into())
        });
}

fn declare_rule(library: &mut Library) {
    library
        .declare("sealed class System.TimeZoneInfo.AdjustmentRule : IEquatable<AdjustmentRule>")
        .method(
            "static AdjustmentRule CreateAdjustmentRule(DateTime dateStart, DateTime dateEnd, TimeSpan daylightDelta, \
             TransitionTime daylightTransitionStart, TransitionTime daylightTransitionEnd)",
            create_rule,
        )
        .method(
            "static AdjustmentRule CreateAdjustmentRule(DateTime dateStart, DateTime dateEnd, TimeSpan daylightDelta, \
             TransitionTime daylightTransitionStart, TransitionTime daylightTransitionEnd, TimeSpan baseUtcOffsetDelta)",
            create_rule,
        )
        .getter("DateTime DateStart", |call| Ok(call.this::<RuleValue>()?.0.date_start.into()))
        .getter("DateTime DateEnd", |call| Ok(call.this::<RuleValue>()?.0.date_end.into()))
        .getter("TimeSpan DaylightDelta", |call| Ok(call.this::<RuleValue>()?.0.daylight_delta.into()))
        .getter("TimeSpan BaseUtcOffsetDelta", |call| Ok(call.this::<RuleValue>()?.0.base_delta.into()))
        .getter("TransitionTime DaylightTransitionStart", |call| {
            Ok(Value::object(TransitionValue(call.this::<RuleValue>()?.0.start)))
        })
        .getter("TransitionTime DaylightTransitionEnd", |call| {
            Ok(Value::object(TransitionValue(call.this::<RuleValue>()?.0.end)))
        })
        .method("bool Equals(AdjustmentRule other)", same);
}

fn same(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    Ok(call.argument(0).equals(call.argument(1)).into())
}

/// The value of the struct that nobody made is the first moment of the calendar.
fn transition(call: &Call<'_, '_>, index: usize) -> Result<TransitionTime, Thrown> {
    match call.object::<TransitionValue>(index) {
        Some(value) => Ok(value.0),
        None => Ok(TransitionTime {
            time_of_day: DateTime::MIN,
            month: 0,
            week: 0,
            day: 0,
            day_of_week: 0,
            is_fixed: false,
        }),
    }
}

fn create_rule(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let rule = AdjustmentRule {
        date_start: date(call, 0),
        date_end: date(call, 1),
        daylight_delta: span(call, 2),
        start: transition(call, 3)?,
        end: transition(call, 4)?,
        base_delta: span(call, 5),
    };
    Ok(Value::object(RuleValue(rule.checked()?)))
}

fn declare_custom(library: &mut Library) {
    library
        .declare(HEADER)
        .method(
            "static TimeZoneInfo CreateCustomTimeZone(string id, TimeSpan baseUtcOffset, string displayName, string \
             standardDisplayName)",
            |call| create_zone(call, 3),
        )
        .method(
            "static TimeZoneInfo CreateCustomTimeZone(string id, TimeSpan baseUtcOffset, string displayName, string \
             standardDisplayName, string daylightDisplayName, AdjustmentRule[] adjustmentRules)",
            |call| create_zone(call, 4),
        )
        .method(
            "static TimeZoneInfo CreateCustomTimeZone(string id, TimeSpan baseUtcOffset, string displayName, string \
             standardDisplayName, string daylightDisplayName, AdjustmentRule[] adjustmentRules, bool disableDaylightSavingTime)",
            |call| create_zone(call, 4),
        )
        .method("AdjustmentRule[] GetAdjustmentRules()", |call| {
            let zone = call.this::<super::TimeZoneValue>()?;
            let rules = zone.0.rules();
            call.machine.charge_memory(size_of_val(rules))?;
            let values = rules.iter().map(|rule| Value::object(RuleValue(rule.clone()))).collect();
            Ok(Value::object(Array::values(Type::named("System.TimeZoneInfo.AdjustmentRule"), values)))
        });
}

/// The zone of the arguments; the name of its summer stands at `daylight_name`.
fn create_zone(call: &mut Call<'_, '_>, daylight_name: usize) -> Result<Value, Thrown> {
    let id = call.required_text(0, "id")?;
    let name = |call: &Call<'_, '_>, index: usize| call.text(index).cloned().unwrap_or_default();
    let mut rules = Vec::new();
    for item in call.object::<Array>(5).map(|array| array.to_vec()).unwrap_or_default() {
        call.machine.charge(RULE_STEPS)?;
        call.machine.charge_memory(size_of::<AdjustmentRule>())?;
        let Some(rule) = item.downcast_ref::<RuleValue>() else {
            let message = "The AdjustmentRule array cannot contain null elements.";
            return Err(Exception::new(ExceptionType::InvalidTimeZone, message).into());
        };
        rules.push(rule.0.clone());
    }
    let without_daylight = call.bool(6);
    let zone = CustomZone {
        offset: span(call, 1),
        display_name: name(call, 2),
        standard_name: name(call, 3),
        daylight_name: if without_daylight { Text::default() } else { name(call, daylight_name) },
        rules,
        without_daylight,
    };
    Ok(TimeZoneInfo::custom(id, zone)?.into())
}

fn declare_questions(library: &mut Library) {
    library
        .declare(HEADER)
        .getter("bool HasIanaId", |call| this(call, TimeZoneInfo::has_iana_id))
        .method("bool HasSameRules(TimeZoneInfo other)", |call| {
            let other = zone(call, 1, "other")?;
            this(call, |zone| zone.has_same_rules(&other.0))
        })
        .method("TimeSpan[] GetAmbiguousTimeOffsets(DateTime dateTime)", |call| {
            let message = "The supplied DateTime is not in an ambiguous time range.";
            let time = date(call, 1);
            offsets(call, time, || Exception::argument("dateTime", message))
        })
        .method("TimeSpan[] GetAmbiguousTimeOffsets(DateTimeOffset dateTimeOffset)", |call| {
            let message = "The supplied DateTimeOffset is not in an ambiguous time range.";
            let time = offset(call, 1).utc_date_time();
            offsets(call, time, || Exception::argument("dateTimeOffset", message))
        })
        .method("static bool TryConvertWindowsIdToIanaId(string windowsId, out string ianaId)", |call| {
            let found = call.text(0).and_then(|id| TimeZoneInfo::iana_of_windows(id));
            call.set_out(1, found.map_or(Value::Null, Value::from));
            Ok(found.is_some().into())
        })
        // Nothing is cached.
        .method("static void ClearCachedData()", |_| Ok(Value::Null));
}

fn offsets(call: &Call<'_, '_>, time: DateTime, unambiguous: impl FnOnce() -> Exception) -> Result<Value, Thrown> {
    let zone = call.this::<super::TimeZoneValue>()?;
    let offsets: [TimeSpan; 2] = zone.0.ambiguous_offsets(time).ok_or_else(unambiguous)?;
    Ok(Value::object(Array::values(Type::named("System.TimeSpan"), offsets.into_iter().map(Value::from).collect())))
}
