//! `XmlConvert`: how XML writes and reads values.

use crate::date::{DateTime, DateTimeOffset, TimeSpan};
use crate::number::{self, Number, NumberStyles, NumberType};
use crate::{Exception, ExceptionType};

/// `ToString(bool)`
#[must_use]
pub fn boolean_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// `ToBoolean`, after XLinq's lower-casing.
pub fn parse_boolean(text: &str) -> Result<bool, Exception> {
    match text.trim_matches([' ', '\t', '\n', '\r']).to_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(invalid(text, "Boolean")),
    }
}

/// `ToString` of a number: infinity is `INF`.
pub fn number_text(value: Number) -> Result<String, Exception> {
    let special = match value {
        Number::Double(value) => special_text(value),
        Number::Single(value) => special_text(f64::from(value)),
        _ => None,
    };
    match special {
        Some(text) => Ok(text.to_owned()),
        None => number::format(value, ""),
    }
}

fn special_text(value: f64) -> Option<&'static str> {
    if value == f64::INFINITY {
        return Some("INF");
    }
    if value == f64::NEG_INFINITY {
        return Some("-INF");
    }
    value.is_nan().then_some("NaN")
}

/// `ToInt32`, `ToDouble` and the like.
pub fn parse_number(of: NumberType, text: &str) -> Result<Number, Exception> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r']);
    let special = match trimmed {
        "INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        _ => None,
    };
    let white = NumberStyles::from_bits(0x7);
    match (of, special) {
        (NumberType::Double, Some(value)) => Ok(Number::Double(value)),
        (NumberType::Single, Some(value)) => {
            Ok(Number::Single(if value > 0.0 { f32::INFINITY } else { f32::NEG_INFINITY }))
        }
        (NumberType::Double | NumberType::Single, None) => number::parse(of, trimmed, NumberStyles::from_bits(0xa7)),
        (NumberType::Decimal, _) => number::parse(of, text, NumberStyles::from_bits(0x27)),
        _ => number::parse(of, text, white),
    }
}

/// `ToString(DateTime, RoundtripKind)`
pub fn date_text(value: DateTime) -> Result<String, Exception> {
    value.format("yyyy-MM-ddTHH:mm:ss.FFFFFFFK")
}

/// `ToString(DateTimeOffset)`
pub fn date_offset_text(value: DateTimeOffset) -> Result<String, Exception> {
    let text = value.format("yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz")?;
    Ok(text.strip_suffix("+00:00").map_or(text.clone(), |universal| format!("{universal}Z")))
}

/// `ToString(TimeSpan)`: `PT1H30M`.
#[must_use]
pub fn duration_text(value: TimeSpan) -> String {
    let ticks = value.ticks().unsigned_abs();
    let seconds = ticks / 10_000_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let fraction = ticks % 10_000_000;
    let mut out = if value.ticks() < 0 { "-P".to_owned() } else { "P".to_owned() };
    if days > 0 {
        out.push_str(&format!("{days}D"));
    }
    if !ticks.is_multiple_of(864_000_000_000) || days == 0 {
        out.push('T');
    }
    if hours > 0 {
        out.push_str(&format!("{hours}H"));
    }
    if minutes > 0 {
        out.push_str(&format!("{minutes}M"));
    }
    if fraction > 0 {
        let digits = format!("{fraction:07}");
        out.push_str(&format!("{}.{}S", seconds % 60, digits.trim_end_matches('0')));
    } else if !seconds.is_multiple_of(60) || ticks == 0 {
        out.push_str(&format!("{}S", seconds % 60));
    }
    out
}

/// `ToTimeSpan`. Years have 365 days, months 30.
pub fn parse_duration(text: &str) -> Result<TimeSpan, Exception> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r']);
    let ticks = duration_ticks(trimmed).ok_or_else(|| invalid(text, "TimeSpan"))?;
    let value = i64::try_from(ticks).map_err(|_| {
        let message = format!("The string '{text}' was either too large or too small for a TimeSpan.");
        Exception::new(ExceptionType::Overflow, message)
    })?;
    Ok(TimeSpan::from_ticks(value))
}

fn duration_ticks(text: &str) -> Option<i128> {
    const SECOND: i128 = 10_000_000;
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (date, time) = match rest.strip_prefix('P')?.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None => (rest.strip_prefix('P')?, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let date_units = [('Y', 365 * 86_400 * SECOND), ('M', 30 * 86_400 * SECOND), ('D', 86_400 * SECOND)];
    let time_units = [('H', 3600 * SECOND), ('M', 60 * SECOND), ('S', SECOND)];
    Some(sign * (parts_ticks(date, date_units)? + parts_ticks(time, time_units)?))
}

/// Numbers with these unit letters, in this order, each at most once.
fn parts_ticks(text: &str, units: [(char, i128); 3]) -> Option<i128> {
    let mut rest = text;
    let mut total = 0;
    for (letter, ticks) in units {
        let Some((number, after)) = rest.split_once(letter) else { continue };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if number.contains('.') && letter != 'S' || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let whole: i128 = whole.parse::<u32>().ok()?.into();
        let fraction = fraction.get(..fraction.len().min(7)).unwrap_or_default();
        let fraction: i128 = format!("{fraction:0<7}").parse().ok()?;
        total += whole * ticks + fraction;
        rest = after;
    }
    rest.is_empty().then_some(total)
}

fn invalid(text: &str, of: &str) -> Exception {
    Exception::format(format!("The string '{text}' is not a valid {of} value."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_and_read_as_xml_schema_has_them() {
        for (ticks, text) in [
            (0, "PT0S"),
            (37_230_000_000, "PT1H2M3S"),
            (864_000_000_000, "P1D"),
            (-15_000_000, "-PT1.5S"),
            (900_000_000_001, "P1DT1H0.0000001S"),
        ] {
            assert_eq!(duration_text(TimeSpan::from_ticks(ticks)), text);
            assert_eq!(parse_duration(text).unwrap().ticks(), ticks, "{text}");
        }
        assert_eq!(parse_duration("P1Y2M").unwrap().ticks(), 425 * 864_000_000_000);
        for text in ["", "P", "PT", "1D", "P1H", "PT1.5H", "P-1D"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn booleans_and_special_numbers_have_their_xml_forms() {
        assert!(parse_boolean(" TRUE ").unwrap());
        assert!(!parse_boolean("0").unwrap());
        assert_eq!(parse_boolean("x").unwrap_err().message, "The string 'x' is not a valid Boolean value.");
        assert_eq!(number_text(Number::Double(f64::INFINITY)).unwrap(), "INF");
        assert_eq!(number_text(Number::Double(1e10)).unwrap(), "10000000000");
        assert_eq!(parse_number(NumberType::Double, " -INF ").unwrap(), Number::Double(f64::NEG_INFINITY));
        assert_eq!(parse_number(NumberType::Int32, " 5 ").unwrap(), Number::Int32(5));
        assert!(parse_number(NumberType::Int32, "5.0").is_err());
    }
}
