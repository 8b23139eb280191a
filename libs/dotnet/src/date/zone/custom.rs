//! Zones that code makes of an offset and rules: `CreateCustomTimeZone`, and what their clocks show. Times are ticks.

use std::sync::Arc;

use jiff::tz::Dst;

use super::rule::{AdjustmentRule, OFFSET_HOURS_MAX, OFFSET_RANGE, WHOLE_MINUTES};
use super::{Meaning, TimeZoneInfo, Zone};
use crate::date::{DateTime, DateTimeKind, TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TimeSpan};
use crate::{Exception, ExceptionType, Text};

/// What `CreateCustomTimeZone` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomZone {
    /// `baseUtcOffset`
    pub offset: TimeSpan,
    /// `displayName`
    pub display_name: Text,
    /// `standardDisplayName`
    pub standard_name: Text,
    /// `daylightDisplayName`
    pub daylight_name: Text,
    /// `adjustmentRules`
    pub rules: Vec<AdjustmentRule>,
    /// `disableDaylightSavingTime`
    pub without_daylight: bool,
}

fn invalid(message: &'static str) -> Exception {
    Exception::new(ExceptionType::InvalidTimeZone, message)
}

impl TimeZoneInfo {
    /// `CreateCustomTimeZone`
    pub fn custom(id: Text, zone: CustomZone) -> Result<TimeZoneInfo, Exception> {
        let furthest = OFFSET_HOURS_MAX * TICKS_PER_HOUR;
        if id.is_empty() {
            return Err(Exception::argument("id", "The value cannot be an empty string."));
        }
        if zone.offset.ticks().unsigned_abs() > furthest.unsigned_abs() {
            return Err(Exception::argument_out_of_range("baseUtcOffset", OFFSET_RANGE));
        }
        if zone.offset.ticks() % TICKS_PER_MINUTE != 0 {
            return Err(Exception::argument("baseUtcOffset", WHOLE_MINUTES));
        }
        let mut before: Option<&AdjustmentRule> = None;
        for rule in &zone.rules {
            let sum =
                zone.offset.ticks().saturating_add(rule.base_delta.ticks()).saturating_add(rule.daylight_delta.ticks());
            if sum.unsigned_abs() > furthest.unsigned_abs() {
                let message =
                    "The sum of the BaseUtcOffset and DaylightDelta properties must within plus or minus 14.0 hours.";
                return Err(invalid(message));
            }
            if before.is_some_and(|before| before.date_end.ticks() >= rule.date_start.ticks()) {
                let message =
                    "The elements of the AdjustmentRule array must be in chronological order and must not overlap.";
                return Err(invalid(message));
            }
            before = Some(rule);
        }
        Ok(TimeZoneInfo { id, zone: Zone::Custom(Arc::new(zone)) })
    }
}

impl CustomZone {
    /// Whether the clock is ever moved.
    pub(super) fn has_daylight(&self) -> bool {
        !self.without_daylight && self.rules.iter().any(|rule| rule.daylight_delta != TimeSpan::ZERO)
    }

    /// The rule for a day of the zone's own calendar. The rules are in order, so however many there are, few are looked at.
    fn rule(&self, local: i64) -> Option<&AdjustmentRule> {
        let day = local - local.rem_euclid(TICKS_PER_DAY);
        // A boundary in universal time is compared as such.
        let at = |date: DateTime| if date.kind() == DateTimeKind::Utc { local - self.offset.ticks() } else { day };
        let begun = self.rules.partition_point(|rule| at(rule.date_start) >= rule.date_start.ticks());
        let rule = self.rules.get(begun.checked_sub(1)?)?;
        (at(rule.date_end) <= rule.date_end.ticks()).then_some(rule)
    }

    /// The offset at an instant of universal time, and whether it is daylight saving time.
    pub(super) fn info_at(&self, utc: i64) -> (i64, Dst) {
        let local = utc + self.offset.ticks();
        let Some(rule) = self.rule(local) else { return (self.offset.ticks(), Dst::No) };
        let (standard, delta) = (self.offset.ticks() + rule.base_delta.ticks(), rule.daylight_delta.ticks());
        let (start, end) = rule.daylight(year_of(local));
        let is_daylight = within(utc, start - standard, end - standard - delta);
        (
            standard + if is_daylight { delta } else { 0 },
            if is_daylight && self.has_daylight() { Dst::Yes } else { Dst::No },
        )
    }

    /// What a local time of this zone means.
    pub(super) fn meaning(&self, local: i64) -> Meaning {
        let Some(rule) = self.rule(local) else { return Meaning::Once(self.offset.ticks()) };
        let (standard, delta) = (self.offset.ticks() + rule.base_delta.ticks(), rule.daylight_delta.ticks());
        let (start, end) = rule.daylight(year_of(local));
        // Where the clock is moved back in the summer, the gap comes at the end and the hour that comes twice at the beginning.
        let (gap, fold) = if delta > 0 { (start, end - delta) } else { (end, start + delta) };
        if (gap..gap + delta.abs()).contains(&local) {
            return Meaning::Skipped(standard, standard + delta);
        }
        if (fold..fold + delta.abs()).contains(&local) {
            return Meaning::Twice(standard, standard + delta);
        }
        let (from, to) = if delta > 0 { (start + delta, end - delta) } else { (start, end) };
        Meaning::Once(standard + if within(local, from, to) { delta } else { 0 })
    }
}

/// Whether a time is between two times of the year, the second of which may be in the next.
fn within(time: i64, start: i64, end: i64) -> bool {
    if start > end { time < end || time >= start } else { (start..end).contains(&time) }
}

fn year_of(ticks: i64) -> i32 {
    DateTime::saturating(ticks, DateTimeKind::Unspecified).year()
}
