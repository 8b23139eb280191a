//! System.TimeZoneInfo over the time zone database that is compiled in.
//!
//! Zones are found by their IANA name and by Windows' name. The local zone is UTC, yet not the same object as `TimeZoneInfo.Utc`: times
//! converted to it are of kind Local. What must hold: offsets are whole minutes, as .NET rounds them; a local time that a clock skips is
//! an error where .NET makes it one; one that comes twice is the later, in standard time.

mod convert;
mod custom;
mod rule;
#[cfg(test)]
mod tests;
mod windows;

use super::{DateTime, DateTimeKind, TICKS_PER_MINUTE, TICKS_PER_SECOND, TimeSpan, UNIX_EPOCH_TICKS};
use crate::{Exception, ExceptionType, Text};
pub use custom::CustomZone;
pub use rule::{AdjustmentRule, TransitionTime};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{AmbiguousOffset, Dst, Offset, TimeZone};
use windows::WINDOWS_ZONES;

/// Longer names are no zone's, as in .NET.
const ID_LENGTH_MAX: usize = 255;
/// Names that .NET knows without a database.
const UTC_ID: &str = "UTC";
const UTC_NAME: &str = "Coordinated Universal Time";
/// 2037-01-01 and 2037-07-01 in Unix time: past every change that is known today, in winter and in summer. They stand for the rules in
/// force, so that nothing here depends on the clock.
const PROBES: [i64; 2] = [2_114_380_800, 2_130_019_200];

/// A time zone.
#[derive(Debug, Clone)]
pub struct TimeZoneInfo {
    id: Text,
    zone: Zone,
}

#[derive(Debug, Clone)]
enum Zone {
    Utc,
    Local,
    Named(TimeZone),
    Custom(Arc<CustomZone>),
}

/// What a local time means.
enum Meaning {
    Once(i64),
    /// The clock skips it; the offsets in ticks before and after.
    Skipped(i64, i64),
    /// The clock shows it twice; the offsets in ticks of the later time, which counts, and the earlier.
    Twice(i64, i64),
}

impl TimeZoneInfo {
    /// `TimeZoneInfo.Utc`
    #[must_use]
    pub fn utc() -> TimeZoneInfo {
        TimeZoneInfo { id: Text::new_static(UTC_ID), zone: Zone::Utc }
    }

    /// `TimeZoneInfo.Local`
    #[must_use]
    pub fn local() -> TimeZoneInfo {
        TimeZoneInfo { id: Text::new_static(UTC_ID), zone: Zone::Local }
    }

    /// `TimeZoneInfo.FindSystemTimeZoneById`: `Europe/Berlin`, `W. Europe Standard Time`.
    pub fn find(id: &str) -> Result<TimeZoneInfo, Exception> {
        if id.eq_ignore_ascii_case(UTC_ID) {
            return Ok(TimeZoneInfo::utc());
        }
        let windows = WINDOWS_ZONES.iter().find(|(windows, _)| windows.eq_ignore_ascii_case(id));
        let name = windows.map_or(id, |(_, iana)| iana);
        let zone = Some(name).filter(|name| name.len() <= ID_LENGTH_MAX).and_then(|name| TimeZone::get(name).ok());
        let zone = zone.filter(|zone| !zone.is_unknown()).ok_or_else(|| {
            let message = format!("The time zone ID '{id}' was not found on the local computer.");
            Exception::new(ExceptionType::TimeZoneNotFound, message)
        })?;
        let id = windows.map_or_else(|| zone.iana_name().unwrap_or(id), |(windows, _)| windows);
        Ok(TimeZoneInfo { id: Text::from(id), zone: Zone::Named(zone) })
    }

    /// `Id`
    #[must_use]
    pub fn id(&self) -> &Text {
        &self.id
    }

    /// `BaseUtcOffset`: the offset of standard time under the rules in force.
    #[must_use]
    pub fn base_utc_offset(&self) -> TimeSpan {
        match &self.zone {
            Zone::Custom(custom) => custom.offset,
            _ => TimeSpan::from_ticks(self.probe(Dst::No).0),
        }
    }

    /// `SupportsDaylightSavingTime`: whether its clock was ever changed, which is what .NET makes of the database.
    #[must_use]
    pub fn supports_daylight_saving_time(&self) -> bool {
        if let Zone::Custom(custom) = &self.zone {
            return custom.has_daylight();
        }
        let Zone::Named(zone) = &self.zone else { return false };
        zone.following(Timestamp::MIN).next().is_some()
    }

    /// `StandardName`: Windows' name, or for a zone found by its IANA name the abbreviation.
    #[must_use]
    pub fn standard_name(&self) -> Text {
        match &self.zone {
            Zone::Utc | Zone::Local => Text::new_static(UTC_NAME),
            Zone::Named(_) if self.is_windows() => self.id.clone(),
            Zone::Named(_) => self.probe(Dst::No).1,
            Zone::Custom(custom) => custom.standard_name.clone(),
        }
    }

    /// `DaylightName`: that of standard time if there is no other.
    #[must_use]
    pub fn daylight_name(&self) -> Text {
        match &self.zone {
            Zone::Utc | Zone::Local => Text::new_static(UTC_NAME),
            Zone::Named(_) if self.is_windows() => Text::from(self.id.replace("Standard Time", "Daylight Time")),
            Zone::Named(_) => self.probe(Dst::Yes).1,
            Zone::Custom(custom) => custom.daylight_name.clone(),
        }
    }

    /// `DisplayName`: `(UTC+01:00) Europe/Berlin`. .NET takes the text behind the offset from the system, which differs between systems.
    #[must_use]
    pub fn display_name(&self) -> Text {
        if let Zone::Custom(custom) = &self.zone {
            return custom.display_name.clone();
        }
        if !matches!(self.zone, Zone::Named(_)) {
            return Text::new_static("(UTC) Coordinated Universal Time");
        }
        let offset = self.base_utc_offset();
        let minutes = offset.ticks().abs() / TICKS_PER_MINUTE;
        let sign = if offset.ticks() < 0 { '-' } else { '+' };
        Text::from(format!("(UTC{sign}{:02}:{:02}) {}", minutes / 60, minutes % 60, self.id))
    }

    /// `HasIanaId`
    #[must_use]
    pub fn has_iana_id(&self) -> bool {
        !matches!(self.zone, Zone::Custom(_)) && (self.id == UTC_ID || !self.is_windows())
    }

    /// `HasSameRules`
    #[must_use]
    pub fn has_same_rules(&self, other: &TimeZoneInfo) -> bool {
        match (&self.zone, &other.zone) {
            (Zone::Custom(one), Zone::Custom(other)) => {
                let has_daylight = one.has_daylight() == other.has_daylight();
                one.offset == other.offset && has_daylight && one.rules == other.rules
            }
            (Zone::Named(_), Zone::Named(_)) => {
                let windows = WINDOWS_ZONES;
                let iana = |zone: &TimeZoneInfo| {
                    windows
                        .iter()
                        .find(|(windows, _)| *windows == zone.id)
                        .map_or(zone.id.to_string(), |(_, iana)| (*iana).to_owned())
                };
                iana(self).eq_ignore_ascii_case(&iana(other))
            }
            (Zone::Utc | Zone::Local, Zone::Utc | Zone::Local) => true,
            _ => false,
        }
    }

    /// `GetAdjustmentRules`, for a zone that code made; the rules of a zone of the database are not known in this form.
    #[must_use]
    pub fn rules(&self) -> &[AdjustmentRule] {
        match &self.zone {
            Zone::Custom(custom) => &custom.rules,
            _ => &[],
        }
    }

    /// `TryConvertWindowsIdToIanaId`: the name as it is written, as in .NET.
    #[must_use]
    pub fn iana_of_windows(id: &str) -> Option<&'static str> {
        // "UTC" stands for itself there.
        let found = WINDOWS_ZONES.iter().find(|(windows, _)| *windows == id)?;
        Some(found.1)
    }

    fn is_windows(&self) -> bool {
        WINDOWS_ZONES.iter().any(|(windows, _)| *windows == self.id)
    }

    /// The kind of the times of this zone.
    fn kind(&self) -> DateTimeKind {
        match self.zone {
            Zone::Utc => DateTimeKind::Utc,
            Zone::Local => DateTimeKind::Local,
            Zone::Named(_) | Zone::Custom(_) => DateTimeKind::Unspecified,
        }
    }

    /// Offset in ticks and abbreviation of standard or daylight time under the rules in force.
    fn probe(&self, wanted: Dst) -> (i64, Text) {
        let Zone::Named(zone) = &self.zone else { return (0, Text::new_static(UTC_ID)) };
        let mut found = None;
        for probe in PROBES {
            let Ok(timestamp) = Timestamp::from_second(probe) else { continue };
            let info = zone.to_offset_info(timestamp);
            if found.is_none() || info.dst() == wanted {
                found = Some((offset_ticks(info.offset()), Text::from(info.abbreviation())));
            }
        }
        found.unwrap_or((0, Text::new_static(UTC_ID)))
    }

    /// The offset in ticks at an instant in Unix time, and whether it is daylight saving time.
    fn info(&self, seconds: i64) -> (i64, Dst) {
        // jiff's time ends a day before .NET's; no rule changes on that day.
        let seconds = seconds.min(Timestamp::MAX.as_second());
        let (Zone::Named(zone), Ok(timestamp)) = (&self.zone, Timestamp::from_second(seconds)) else {
            return (0, Dst::No);
        };
        let info = zone.to_offset_info(timestamp);
        (offset_ticks(info.offset()), info.dst())
    }

    /// The same for ticks of universal time.
    fn info_at(&self, utc_ticks: i64) -> (i64, Dst) {
        if let Zone::Custom(custom) = &self.zone {
            return custom.info_at(utc_ticks);
        }
        self.info((utc_ticks - UNIX_EPOCH_TICKS).div_euclid(TICKS_PER_SECOND))
    }

    /// What a local time of this zone means.
    fn meaning(&self, local: DateTime) -> Meaning {
        let zone = match &self.zone {
            Zone::Utc | Zone::Local => return Meaning::Once(0),
            Zone::Custom(custom) => return custom.meaning(local.ticks()),
            Zone::Named(zone) => zone,
        };
        let (year, month, day) = local.ymd();
        let time = civil::DateTime::new(
            year as i16,
            month as i8,
            day as i8,
            local.hour() as i8,
            local.minute() as i8,
            local.second() as i8,
            // In steps of 100 ns.
            (local.fraction() * 100) as i32,
        );
        // Every DateTime is a time of jiff's.
        let Ok(time) = time else { return Meaning::Once(0) };
        match zone.to_ambiguous_timestamp(time).offset() {
            AmbiguousOffset::Unambiguous { offset } => Meaning::Once(offset_ticks(offset)),
            AmbiguousOffset::Gap { before, after } => Meaning::Skipped(offset_ticks(before), offset_ticks(after)),
            AmbiguousOffset::Fold { before, after } => Meaning::Twice(offset_ticks(after), offset_ticks(before)),
        }
    }
}

/// In whole minutes: offsets with seconds are of times before there were time zones.
fn offset_ticks(offset: Offset) -> i64 {
    i64::from(offset.seconds() / 60) * TICKS_PER_MINUTE
}

/// The same zone by its id; those that code made by their rules too.
impl PartialEq for TimeZoneInfo {
    fn eq(&self, other: &TimeZoneInfo) -> bool {
        let is_custom = |zone: &TimeZoneInfo| matches!(zone.zone, Zone::Custom(_));
        self.id.eq_ignore_ascii_case(&other.id) && (!is_custom(self) && !is_custom(other) || self.has_same_rules(other))
    }
}

impl Eq for TimeZoneInfo {}
