//! Time zones against .NET 8 and the rules of the zones.

use super::*;
use crate::date::{DateTimeOffset, DateTimeStyles};

fn zone(id: &str) -> TimeZoneInfo {
    TimeZoneInfo::find(id).unwrap()
}

fn time(text: &str) -> DateTime {
    DateTime::parse_exact(text, "yyyy-MM-dd HH:mm", DateTimeStyles::NONE, DateTime::MIN).unwrap()
}

fn utc(text: &str) -> DateTime {
    time(text).with_kind(DateTimeKind::Utc)
}

fn show(time: DateTime) -> String {
    format!("{} {:?}", time.format("yyyy-MM-dd HH:mm").unwrap(), time.kind())
}

#[test]
fn zones_are_found_by_windows_and_iana_names() {
    for (id, found, offset, standard) in [
        ("Europe/Berlin", "Europe/Berlin", "01:00:00", "CET"),
        ("W. Europe Standard Time", "W. Europe Standard Time", "01:00:00", "W. Europe Standard Time"),
        ("eastern standard time", "Eastern Standard Time", "-05:00:00", "Eastern Standard Time"),
        ("America/New_York", "America/New_York", "-05:00:00", "EST"),
        ("India Standard Time", "India Standard Time", "05:30:00", "India Standard Time"),
        ("AUS Eastern Standard Time", "AUS Eastern Standard Time", "10:00:00", "AUS Eastern Standard Time"),
        ("Australia/Sydney", "Australia/Sydney", "10:00:00", "AEST"),
        ("Nepal Standard Time", "Nepal Standard Time", "05:45:00", "Nepal Standard Time"),
        ("UTC", "UTC", "00:00:00", "Coordinated Universal Time"),
        ("utc", "UTC", "00:00:00", "Coordinated Universal Time"),
    ] {
        let zone = zone(id);
        assert_eq!(zone.id(), found);
        assert_eq!(zone.base_utc_offset().to_string(), offset, "{id}");
        assert_eq!(zone.standard_name(), standard);
    }
    assert_eq!(zone("Europe/Berlin").display_name(), "(UTC+01:00) Europe/Berlin");
    assert_eq!(zone("Europe/Berlin").daylight_name(), "CEST");
    assert_eq!(zone("Pacific Standard Time").daylight_name(), "Pacific Daylight Time");
    assert_eq!(TimeZoneInfo::utc().display_name(), "(UTC) Coordinated Universal Time");
    for (name, supports) in [("Europe/Berlin", true), ("Asia/Tokyo", true), ("Asia/Dubai", true), ("Etc/GMT+5", false)]
    {
        assert_eq!(zone(name).supports_daylight_saving_time(), supports, "{name}");
    }
}

#[test]
fn every_windows_name_leads_to_a_zone() {
    for (windows, iana) in WINDOWS_ZONES {
        assert!(TimeZone::get(iana).is_ok_and(|zone| !zone.is_unknown()), "{iana}");
        assert_eq!(zone(windows).id(), windows);
    }
    assert!(WINDOWS_ZONES.len() > 130);
}

#[test]
fn an_unknown_name_is_not_found() {
    for id in ["", "Mars/Olympus", "Etc/Unknown", "GMT+1", &"x".repeat(300)] {
        let error = TimeZoneInfo::find(id).unwrap_err();
        assert_eq!(error.of, ExceptionType::TimeZoneNotFound);
        assert_eq!(error.message, format!("The time zone ID '{id}' was not found on the local computer."));
    }
}

#[test]
fn universal_time_converts_with_daylight_saving_time() {
    for (from, id, to) in [
        ("2024-01-15 12:00", "Europe/Berlin", "2024-01-15 13:00"),
        ("2024-07-15 12:00", "Europe/Berlin", "2024-07-15 14:00"),
        ("2024-03-31 00:59", "W. Europe Standard Time", "2024-03-31 01:59"),
        ("2024-03-31 01:00", "W. Europe Standard Time", "2024-03-31 03:00"),
        ("2024-10-27 00:59", "Romance Standard Time", "2024-10-27 02:59"),
        ("2024-10-27 01:00", "Romance Standard Time", "2024-10-27 02:00"),
        ("2024-07-15 12:00", "Eastern Standard Time", "2024-07-15 08:00"),
        ("2024-12-15 12:00", "AUS Eastern Standard Time", "2024-12-15 23:00"),
        ("2060-07-15 12:00", "Europe/Berlin", "2060-07-15 14:00"),
        ("9999-12-31 23:30", "Europe/Berlin", "9999-12-31 23:59"),
        ("0001-01-01 00:30", "America/New_York", "0001-01-01 00:00"),
    ] {
        let zone = zone(id);
        let converted = TimeZoneInfo::convert_from_utc(utc(from), &zone).unwrap();
        assert_eq!(show(converted), format!("{to} Unspecified"), "{id}");
    }
}

#[test]
fn the_kind_of_the_result_is_the_zones() {
    let berlin = zone("Europe/Berlin");
    let noon = time("2024-07-15 12:00");
    let to_utc = TimeZoneInfo::convert_to_utc_from(noon, &berlin).unwrap();
    assert_eq!(show(to_utc), "2024-07-15 10:00 Utc");
    let local = TimeZoneInfo::convert_from(noon, &berlin, &TimeZoneInfo::local()).unwrap();
    assert_eq!(show(local), "2024-07-15 10:00 Local");
    // An unspecified time is local.
    assert_eq!(show(TimeZoneInfo::convert_to_utc(noon).unwrap()), "2024-07-15 12:00 Utc");
    assert_eq!(show(TimeZoneInfo::convert(noon, &berlin).unwrap()), "2024-07-15 14:00 Unspecified");
    let by_id = TimeZoneInfo::convert_by_id(utc("2024-07-15 12:00"), "Tokyo Standard Time").unwrap();
    assert_eq!(show(by_id), "2024-07-15 21:00 Unspecified");
    let by_ids = TimeZoneInfo::convert_by_ids(noon, "Asia/Tokyo", "Pacific Standard Time").unwrap();
    assert_eq!(show(by_ids), "2024-07-14 20:00 Unspecified");
    let local = noon.with_kind(DateTimeKind::Local);
    assert_eq!(show(TimeZoneInfo::convert_by_ids(local, "UTC", "Asia/Tokyo").unwrap()), "2024-07-15 21:00 Unspecified");
}

#[test]
fn a_wrong_kind_and_a_skipped_time_are_argument_exceptions() {
    let berlin = zone("Europe/Berlin");
    let error = TimeZoneInfo::convert_to_utc_from(utc("2024-07-15 12:00"), &berlin).unwrap_err();
    assert_eq!(
        error.message,
        "The conversion could not be completed because the supplied DateTime did not have the Kind property set \
         correctly.  For example, when the Kind property is DateTimeKind.Local, the source time zone must be \
         TimeZoneInfo.Local. (Parameter 'sourceTimeZone')"
    );
    let local = utc("2024-07-15 12:00").with_kind(DateTimeKind::Local);
    assert!(TimeZoneInfo::convert_from_utc(local, &berlin).is_err());
    let error = TimeZoneInfo::convert_to_utc_from(time("2024-03-31 02:30"), &berlin).unwrap_err();
    assert_eq!(
        error.message,
        "The supplied DateTime represents an invalid time.  For example, when the clock is adjusted forward, any time \
         in the period that is skipped is invalid. (Parameter 'dateTime')"
    );
}

#[test]
fn offsets_and_daylight_saving_time_of_a_time() {
    let berlin = zone("Europe/Berlin");
    for (time, offset, daylight) in [
        (time("2024-01-15 12:00"), "01:00:00", false),
        (time("2024-07-15 12:00"), "02:00:00", true),
        // Skipped: standard time.
        (time("2024-03-31 02:30"), "01:00:00", false),
        (time("2024-03-31 03:00"), "02:00:00", true),
        // Twice: standard time.
        (time("2024-10-27 02:30"), "01:00:00", false),
        (time("2024-10-27 01:59"), "02:00:00", true),
        (utc("2024-10-27 00:30"), "02:00:00", true),
        (utc("2024-10-27 01:30"), "01:00:00", false),
        (utc("2024-10-27 00:30").with_kind(DateTimeKind::Local), "02:00:00", true),
    ] {
        assert_eq!(berlin.utc_offset(time).to_string(), offset, "{time}");
        assert_eq!(berlin.is_daylight_saving_time(time), daylight, "{time}");
    }
    assert!(berlin.is_invalid_time(time("2024-03-31 02:30")));
    assert!(!berlin.is_invalid_time(utc("2024-03-31 02:30")));
    assert!(berlin.is_ambiguous_time(time("2024-10-27 02:30")));
    assert!(berlin.is_ambiguous_time(utc("2024-10-27 00:30")));
    assert!(!berlin.is_ambiguous_time(time("2024-10-27 03:00")));
    assert_eq!(TimeZoneInfo::local().utc_offset(time("2024-07-15 12:00")), TimeSpan::ZERO);
}

#[test]
fn a_date_time_offset_converts_to_the_zones_offset() {
    let noon = DateTimeOffset::from_date_time(utc("2024-07-15 12:00"));
    let converted = TimeZoneInfo::convert_offset(noon, &zone("Eastern Standard Time")).unwrap();
    assert_eq!(converted.to_string(), "07/15/2024 08:00:00 -04:00");
    assert!(zone("Eastern Standard Time").is_daylight_saving_time_at(noon));
    let last = TimeZoneInfo::convert_offset(DateTimeOffset::MAX, &zone("Asia/Tokyo")).unwrap();
    assert_eq!(last, DateTimeOffset::MAX);
}
