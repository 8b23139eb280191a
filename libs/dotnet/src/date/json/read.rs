//! Which strings Newtonsoft.Json takes for dates: its `DateTimeUtils.TryParseDateTime` with `DateParseHandling.DateTime` and
//! `DateTimeZoneHandling.RoundtripKind`.
//!
//! Two forms only: `yyyy-MM-ddTHH:mm:ss` with an optional fraction of up to seven digits and an optional `Z` or offset (its
//! `DateTimeParser`), and `/Date(milliseconds±hhmm)/`. Its oddities are kept, because a string that it takes for a date is printed
//! differently afterwards: an eighth and ninth digit of a fraction without a zone read as minutes of an offset that is not there.

use crate::date::calendar::days_in_month;
use crate::date::{
    DateTime, DateTimeKind, DateTimeOffset, Parts, TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MILLISECOND,
    TICKS_PER_MINUTE, TimeSpan, UNIX_EPOCH_TICKS,
};

/// Most digits of a fraction: ticks have no more.
const FRACTION_DIGITS_MAX: usize = 7;

/// What the text said, in the parser's terms.
struct Parsed {
    /// The time as written, without regard to an offset.
    ticks: i64,
    zone: Zone,
}

/// The zone that was written.
enum Zone {
    None,
    Utc,
    /// Ticks to subtract to get universal time.
    Offset(i64),
}

/// The date that a JSON string stands for; `None` if Newtonsoft.Json leaves it a string.
///
/// `Z` gives kind Utc, an offset gives the local time (UTC here) of kind Local, nothing gives Unspecified. Where Newtonsoft.Json throws
/// because the date is past the year 9999, the string stays a string.
#[must_use]
pub fn parse_iso(text: &str) -> Option<DateTime> {
    let bytes = text.as_bytes();
    if bytes.first() == Some(&b'/') {
        return parse_microsoft(text);
    }
    let parsed = parse_iso_text(text)?;
    match parsed.zone {
        Zone::None => DateTime::checked(parsed.ticks, DateTimeKind::Unspecified),
        Zone::Utc => DateTime::checked(parsed.ticks, DateTimeKind::Utc),
        Zone::Offset(offset) => Some(DateTime::saturating(parsed.ticks.checked_sub(offset)?, DateTimeKind::Local)),
    }
}

fn parse_iso_text(text: &str) -> Option<Parsed> {
    let bytes = text.as_bytes();
    // Newtonsoft.Json counts UTF-16 units; a text that is not ASCII fails below however it is counted.
    if !(19..=40).contains(&bytes.len()) {
        return None;
    }
    let mut cursor = Cursor { bytes, position: 0 };
    let parts = cursor.date_and_time()?;
    let fraction = cursor.fraction()?;
    let zone = cursor.zone()?;
    // The end of the day: 24:00:00 is the next day's midnight.
    let is_24 = parts.hour == 24;
    if is_24 && (parts.minute, parts.second, fraction) != (0, 0, 0) {
        return None;
    }
    let parts = Parts { hour: if is_24 { 0 } else { parts.hour }, ..parts };
    let date = DateTime::from_parts(&parts, DateTimeKind::Unspecified).ok()?;
    let ticks = date.ticks() + fraction + if is_24 { TICKS_PER_DAY } else { 0 };
    DateTime::checked(ticks, DateTimeKind::Unspecified).map(|_| Parsed { ticks, zone })
}

/// `/Date(1700000000000)/`, `/Date(1700000000000+0200)/`: milliseconds from 1970; an offset changes the kind, not the instant.
fn parse_microsoft(text: &str) -> Option<DateTime> {
    let (ticks, offset) = parse_microsoft_text(text)?;
    let kind = if offset.is_some() { DateTimeKind::Local } else { DateTimeKind::Utc };
    DateTime::checked(ticks, kind)
}

/// Ticks of the instant, and the offset in ticks if one is written.
fn parse_microsoft_text(text: &str) -> Option<(i64, Option<i64>)> {
    let inside = text.strip_prefix("/Date(")?.strip_suffix(")/").filter(|inside| !inside.is_empty())?;
    // The first character may be the number's own sign.
    let sign_at = |sign: u8| inside.bytes().skip(1).position(|byte| byte == sign).map(|at| at + 1);
    let split = sign_at(b'+').or_else(|| sign_at(b'-'));
    let number = inside.get(..split.unwrap_or(inside.len()))?;
    let offset = match split {
        Some(at) => Some(microsoft_offset(inside.get(at..)?)?),
        None => None,
    };
    let digits = number.strip_prefix('-').unwrap_or(number);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let ticks = number.parse::<i64>().ok()?.checked_mul(TICKS_PER_MILLISECOND)?.checked_add(UNIX_EPOCH_TICKS)?;
    Some((ticks, offset))
}

/// `+0200` or `+02`, in ticks; what stands behind is ignored.
fn microsoft_offset(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let hours = two_digits(bytes, 1)?;
    let minutes = if bytes.len() > 3 { two_digits(bytes, 3)? } else { 0 };
    let offset = i64::from(hours) * TICKS_PER_HOUR + i64::from(minutes) * TICKS_PER_MINUTE;
    Some(if text.starts_with('-') { -offset } else { offset })
}

fn two_digits(bytes: &[u8], at: usize) -> Option<i32> {
    let digit = |at: usize| bytes.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| i32::from(byte - b'0'));
    Some(digit(at)? * 10 + digit(at + 1)?)
}

/// A place in the text.
struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Cursor<'_> {
    fn two(&mut self) -> Option<i32> {
        let number = two_digits(self.bytes, self.position)?;
        self.position += 2;
        Some(number)
    }

    fn skip(&mut self, byte: u8) -> Option<()> {
        (self.bytes.get(self.position) == Some(&byte)).then(|| self.position += 1)
    }

    fn date_and_time(&mut self) -> Option<Parts> {
        let year = self.two()? * 100 + self.two()?;
        self.skip(b'-')?;
        let month = self.two()?;
        self.skip(b'-')?;
        let day = self.two().filter(|day| days_in_month(year, month).is_ok_and(|last| (1..=last).contains(day)))?;
        self.skip(b'T')?;
        let hour = self.two().filter(|hour| *hour <= 24)?;
        self.skip(b':')?;
        let minute = self.two().filter(|minute| *minute < 60)?;
        self.skip(b':')?;
        let second = self.two().filter(|second| *second < 60)?;
        Some(Parts { year, month, day, hour, minute, second, ..Parts::default() })
    }

    /// Ticks of the fraction; 0 without one, `None` for a point without digits.
    fn fraction(&mut self) -> Option<i64> {
        if self.skip(b'.').is_none() {
            return Some(0);
        }
        let (mut ticks, mut count) = (0, 0);
        while count < FRACTION_DIGITS_MAX
            && let Some(digit) = self.bytes.get(self.position).filter(|byte| byte.is_ascii_digit())
        {
            ticks = ticks * 10 + i64::from(digit - b'0');
            count += 1;
            self.position += 1;
        }
        let missing = u32::try_from(FRACTION_DIGITS_MAX - count).ok()?;
        (count > 0).then(|| ticks * 10_i64.pow(missing))
    }

    /// The zone; `None` if something else stands there or behind it.
    fn zone(&mut self) -> Option<Zone> {
        let mut zone = Zone::None;
        if let Some(&sign) = self.bytes.get(self.position) {
            if matches!(sign, b'Z' | b'z') {
                zone = Zone::Utc;
                self.position += 1;
            } else {
                let mut offset = 0;
                let hours = two_digits(self.bytes, self.position + 1).filter(|_| matches!(sign, b'+' | b'-'));
                if let Some(hours) = hours {
                    offset = i64::from(hours) * TICKS_PER_HOUR;
                    self.position += 3;
                }
                // Newtonsoft.Json reads minutes even if no sign and no hours came before them.
                let _ = self.skip(b':');
                if let Some(minutes) = self.two() {
                    offset += i64::from(minutes) * TICKS_PER_MINUTE;
                }
                if hours.is_some() {
                    zone = Zone::Offset(if sign == b'-' { -offset } else { offset });
                }
            }
        }
        (self.position == self.bytes.len()).then_some(zone)
    }
}

/// The DateTimeOffset that a JSON string stands for, as with `DateParseHandling.DateTimeOffset`: without a zone it has the local offset,
/// zero.
#[must_use]
pub fn parse_iso_offset(text: &str) -> Option<DateTimeOffset> {
    let (local_ticks, offset) = if text.starts_with('/') {
        let (ticks, offset) = parse_microsoft_text(text)?;
        let offset = offset.unwrap_or(0);
        (ticks.checked_add(offset)?, offset)
    } else {
        let parsed = parse_iso_text(text)?;
        let offset = if let Zone::Offset(offset) = parsed.zone { offset } else { 0 };
        (parsed.ticks, offset)
    };
    DateTimeOffset::from_ticks(local_ticks, TimeSpan::from_ticks(offset)).ok()
}
