//! Numbers and dates of JSON as the text of elements.

/// Integers stay as they are, other numbers are written as doubles.
pub(super) fn number_text(number: &str) -> String {
    let is_integer = !number.contains(['.', 'e', 'E', 'N', 'I']);
    if is_integer {
        return number.to_owned();
    }
    let Ok(value) = number.parse::<f64>() else { return number.to_owned() };
    let magnitude = value.abs();
    if value == 0.0 || (1e-5..1e15).contains(&magnitude) {
        return value.to_string();
    }
    if !value.is_finite() {
        return if value.is_nan() { "NaN".to_owned() } else { format!("{value}").replace("inf", "INF") };
    }
    // Rust writes `1e21`, .NET `1E+21`.
    match format!("{value:e}").split_once('e') {
        Some((mantissa, exponent)) => match exponent.strip_prefix('-') {
            Some(exponent) => format!("{mantissa}E-{exponent:0>2}"),
            None => format!("{mantissa}E+{exponent:0>2}"),
        },
        None => value.to_string(),
    }
}

/// A date that Newtonsoft would read as DateTime, written as XmlConvert writes it: without trailing zeros of the fraction.
pub(super) fn date_text(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u32>().ok())?
    };
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if !separators.iter().all(|(at, separator)| bytes.get(*at) == Some(separator)) {
        return None;
    }
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    let (hour, minute, second) = (digits(11..13)?, digits(14..16)?, digits(17..19)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if year == 0
        || !(1..=12).contains(&month)
        || !(1..=length).contains(&day)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let rest = text.get(19..)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(after) => {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            after.split_at(end)
        }
        None => ("", rest),
    };
    if rest.starts_with('.') && !(1..=7).contains(&fraction.len()) {
        return None;
    }
    let zone_valid = match zone {
        "" | "Z" => true,
        _ => zone.len() == 6 && zone.starts_with(['+', '-']) && zone.as_bytes().get(3) == Some(&b':'),
    };
    if !zone_valid {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{}{point}{fraction}{zone}", text.get(..19)?))
}
