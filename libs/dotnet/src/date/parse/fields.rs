//! What a text said, and the date it makes: defaults for what is missing, checks, the zone.

use super::failure::Failure;
use super::styles::DateTimeStyles;
use crate::date::offset::OFFSET_TICKS_MAX;
use crate::date::{DateTime, DateTimeKind, DayOfWeek, MAX_TICKS, Parts, TICKS_PER_DAY, TICKS_PER_SECOND};

/// How a text is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) styles: DateTimeStyles,
    /// The clock; the local zone is UTC, so its kind does not matter.
    pub(super) now: DateTime,
    /// Whether a DateTimeOffset is read.
    pub(super) captures_offset: bool,
}

/// A zone that the text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) offset_ticks: i64,
    /// Written as `Z` or `GMT`: such a date is of kind Utc if the kind is to survive.
    pub(super) is_utc: bool,
}

impl Zone {
    pub(super) const UTC: Zone = Zone { offset_ticks: 0, is_utc: true };
}

/// AM or PM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeMark {
    Am,
    Pm,
}

/// What a text said.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fields {
    pub(super) year: Option<i32>,
    pub(super) month: Option<i32>,
    pub(super) day: Option<i32>,
    pub(super) hour: Option<i32>,
    pub(super) minute: Option<i32>,
    pub(super) second: Option<i32>,
    /// Of a second; in floating point as in .NET, which decides how an eighth digit rounds.
    pub(super) fraction: Option<f64>,
    pub(super) day_of_week: Option<DayOfWeek>,
    pub(super) zone: Option<Zone>,
    /// The year came from the clock.
    pub(super) is_year_default: bool,
}

/// A date, and the offset that a DateTimeOffset gets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parsed {
    pub(super) date: DateTime,
    pub(super) offset_ticks: i64,
}

impl Settings {
    fn has(&self, flag: DateTimeStyles) -> bool {
        self.styles.has(flag)
    }

    /// The clock where the text is.
    pub(super) fn now(&self, zone: Option<Zone>) -> DateTime {
        match zone {
            Some(zone) if self.captures_offset => {
                DateTime::saturating(self.now.ticks().saturating_add(zone.offset_ticks), DateTimeKind::Unspecified)
            }
            _ => self.now,
        }
    }
}

impl Fields {
    /// The date.
    pub(super) fn finish(mut self, settings: Settings) -> Result<Parsed, Failure> {
        self.complete(settings)?;
        let date = self.date()?;
        if self.day_of_week.is_some_and(|day| day != date.day_of_week()) {
            return Err(Failure::WrongDayOfWeek);
        }
        apply_zone(date, self.zone, settings)
    }

    /// Fills in a missing year from the clock, a missing month or day with the first, and a time without a date with today.
    fn complete(&mut self, settings: Settings) -> Result<(), Failure> {
        let has_day = self.month.is_some() || self.day.is_some();
        let has_no_year = self.year.is_none() || self.is_year_default;
        if settings.captures_offset && has_day && has_no_year && self.zone.is_some() {
            return Err(Failure::MissingYear);
        }
        let now = settings.now(self.zone);
        if self.year.is_none() && !has_day {
            let today = if settings.has(DateTimeStyles::NO_CURRENT_DATE_DEFAULT) { DateTime::MIN } else { now };
            let (year, month, day) = today.ymd();
            (self.year, self.month, self.day) = (Some(year), Some(month), Some(day));
        }
        self.year = self.year.or_else(|| Some(now.year()));
        Ok(())
    }

    fn date(&self) -> Result<DateTime, Failure> {
        let parts = Parts {
            year: self.year.unwrap_or(1),
            month: self.month.unwrap_or(1),
            day: self.day.unwrap_or(1),
            hour: self.hour.unwrap_or(0),
            minute: self.minute.unwrap_or(0),
            second: self.second.unwrap_or(0),
            ..Parts::default()
        };
        let date = DateTime::from_parts(&parts, DateTimeKind::Unspecified).map_err(|_| Failure::NotInCalendar)?;
        let fraction = (self.fraction.unwrap_or(0.0) * TICKS_PER_SECOND as f64).round_ties_even() as i64;
        DateTime::checked(date.ticks() + fraction, DateTimeKind::Unspecified).ok_or(Failure::BadDateTime)
    }
}

fn apply_zone(date: DateTime, zone: Option<Zone>, settings: Settings) -> Result<Parsed, Failure> {
    let offset_ticks = zone.map_or(0, |zone| zone.offset_ticks);
    if settings.captures_offset {
        if !(0..=MAX_TICKS).contains(&(date.ticks() - offset_ticks)) {
            return Err(Failure::UtcOutOfRange);
        }
        check_offset(offset_ticks)?;
        if settings.has(DateTimeStyles::ADJUST_TO_UNIVERSAL) {
            let date = DateTime::saturating(date.ticks() - offset_ticks, DateTimeKind::Utc);
            return Ok(Parsed { date, offset_ticks: 0 });
        }
        return Ok(Parsed { date, offset_ticks });
    }
    check_offset(offset_ticks)?;
    let to_universal = settings.has(DateTimeStyles::ADJUST_TO_UNIVERSAL);
    let kind =
        match zone {
            None if settings.has(DateTimeStyles::ASSUME_LOCAL.with(DateTimeStyles::ASSUME_UNIVERSAL)) => {
                if to_universal { DateTimeKind::Utc } else { DateTimeKind::Local }
            }
            None => DateTimeKind::Unspecified,
            Some(zone) if zone.is_utc && settings.has(DateTimeStyles::ROUNDTRIP_KIND) => DateTimeKind::Utc,
            Some(_) if to_universal => DateTimeKind::Utc,
            Some(_) => DateTimeKind::Local,
        };
    let mut ticks = date.ticks() - offset_ticks;
    // A time of day without a date wraps around instead of falling before the first day.
    if ticks < 0 && (to_universal || date.ticks() < TICKS_PER_DAY) {
        ticks += TICKS_PER_DAY;
    }
    let date = DateTime::checked(ticks, kind).ok_or(Failure::DateOutOfRange)?;
    Ok(Parsed { date, offset_ticks })
}

fn check_offset(offset_ticks: i64) -> Result<(), Failure> {
    let is_in_range = (-OFFSET_TICKS_MAX..=OFFSET_TICKS_MAX).contains(&offset_ticks);
    if is_in_range { Ok(()) } else { Err(Failure::OffsetOutOfRange) }
}
