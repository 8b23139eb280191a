//! `format-number()` and `xsl:decimal-format`.

use super::exception;
use crate::Exception;

/// The symbols of a decimal format.
#[derive(Debug, Clone)]
pub(super) struct DecimalFormat {
    pub(super) decimal_separator: char,
    pub(super) grouping_separator: char,
    pub(super) minus_sign: char,
    pub(super) percent: char,
    pub(super) per_mille: char,
    pub(super) zero_digit: char,
    pub(super) digit: char,
    pub(super) pattern_separator: char,
    pub(super) infinity: String,
    pub(super) nan: String,
}

impl Default for DecimalFormat {
    fn default() -> DecimalFormat {
        DecimalFormat {
            decimal_separator: '.',
            grouping_separator: ',',
            minus_sign: '-',
            percent: '%',
            per_mille: '\u{2030}',
            zero_digit: '0',
            digit: '#',
            pattern_separator: ';',
            infinity: "Infinity".to_owned(),
            nan: "NaN".to_owned(),
        }
    }
}

/// One half of a picture.
#[derive(Debug, Default)]
struct Picture {
    prefix: String,
    suffix: String,
    integer_min: usize,
    fraction_min: usize,
    fraction_max: usize,
    /// Digits of a group; 0 for none.
    group: usize,
    scale: i32,
}

/// Digits of a picture; what is beyond would be zeros.
const DIGITS_MAX: usize = 40;

impl DecimalFormat {
    /// Formats a number by a picture.
    pub(super) fn format(&self, number: f64, picture: &str) -> Result<String, Exception> {
        if number.is_nan() {
            return Ok(self.nan.clone());
        }
        let (positive, negative) = match picture.split_once(self.pattern_separator) {
            Some((positive, negative)) => (positive, Some(negative)),
            None => (picture, None),
        };
        let positive = self.parse(positive, picture)?;
        let is_negative = number < 0.0;
        let (prefix, suffix) = match negative {
            Some(negative) if is_negative => {
                let negative = self.parse(negative, picture)?;
                (negative.prefix, negative.suffix)
            }
            _ if is_negative => (format!("{}{}", self.minus_sign, positive.prefix), positive.suffix.clone()),
            _ => (positive.prefix.clone(), positive.suffix.clone()),
        };
        if number.is_infinite() {
            return Ok(format!("{prefix}{}{suffix}", self.infinity));
        }
        let digits = self.digits(number.abs() * 10_f64.powi(positive.scale), &positive);
        Ok(format!("{prefix}{digits}{suffix}"))
    }

    fn parse(&self, picture: &str, whole: &str) -> Result<Picture, Exception> {
        let mut parsed = Picture::default();
        let is_active = |c: char| {
            c == self.digit || c == self.zero_digit || c == self.grouping_separator || c == self.decimal_separator
        };
        let start = picture.find(is_active).unwrap_or(picture.len());
        let end = picture.rfind(is_active).map_or(start, |last| {
            last + picture.get(last..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        });
        picture.get(..start).unwrap_or_default().clone_into(&mut parsed.prefix);
        picture.get(end..).unwrap_or_default().clone_into(&mut parsed.suffix);
        let outside = format!("{}{}", parsed.prefix, parsed.suffix);
        if outside.contains(self.percent) {
            parsed.scale = 2;
        } else if outside.contains(self.per_mille) {
            parsed.scale = 3;
        }
        let active = picture.get(start..end).unwrap_or_default();
        let (integer, fraction) = active.split_once(self.decimal_separator).unwrap_or((active, ""));
        if fraction.contains(self.decimal_separator) || active.chars().any(|c| !is_active(c)) || active.is_empty() {
            return Err(exception(format!("Format '{whole}' cannot be used: it is not a picture of a number.")));
        }
        parsed.integer_min = integer.matches(self.zero_digit).count().min(DIGITS_MAX);
        parsed.fraction_min = fraction.matches(self.zero_digit).count().min(DIGITS_MAX);
        parsed.fraction_max =
            fraction.chars().filter(|c| *c == self.zero_digit || *c == self.digit).count().min(DIGITS_MAX);
        parsed.group = integer
            .rfind(self.grouping_separator)
            .map_or(0, |at| integer.get(at..).unwrap_or_default().chars().count() - 1);
        Ok(parsed)
    }

    fn digits(&self, magnitude: f64, picture: &Picture) -> String {
        let rounded = rounded_text(magnitude, picture.fraction_max);
        let (integer, fraction) = rounded.split_once('.').unwrap_or((rounded.as_str(), ""));
        let integer = integer.trim_start_matches('0');
        let integer = format!("{}{integer}", "0".repeat(picture.integer_min.saturating_sub(integer.len())));
        let mut fraction = fraction.trim_end_matches('0').to_owned();
        while fraction.len() < picture.fraction_min {
            fraction.push('0');
        }
        let mut out = String::new();
        for (index, digit) in integer.chars().enumerate() {
            let left = integer.len() - index;
            if index > 0 && picture.group > 0 && left % picture.group == 0 {
                out.push(self.grouping_separator);
            }
            out.push(self.localized(digit));
        }
        if !fraction.is_empty() {
            out.push(self.decimal_separator);
            out.extend(fraction.chars().map(|digit| self.localized(digit)));
        }
        if out.is_empty() {
            out.push(self.zero_digit);
        }
        out
    }

    fn localized(&self, digit: char) -> char {
        let offset = digit.to_digit(10).unwrap_or_default();
        char::from_u32(u32::from(self.zero_digit) + offset).unwrap_or(digit)
    }
}

/// The decimal digits of a number with halves away from zero, decided on its shortest form: 2.675 has three decimals.
fn rounded_text(magnitude: f64, decimals: usize) -> String {
    let shortest = magnitude.to_string();
    let Some((integer, fraction)) = shortest.split_once('.') else { return shortest };
    if fraction.len() <= decimals {
        return shortest;
    }
    let mut digits: Vec<u8> = integer.bytes().chain(fraction.bytes().take(decimals)).collect();
    let rounds_up = fraction.as_bytes().get(decimals).is_some_and(|digit| *digit >= b'5');
    let mut carry = rounds_up;
    for digit in digits.iter_mut().rev() {
        if !carry {
            break;
        }
        carry = *digit == b'9';
        *digit = if carry { b'0' } else { *digit + 1 };
    }
    if carry {
        digits.insert(0, b'1');
    }
    let point = digits.len() - decimals;
    let text: String = digits.iter().map(|digit| char::from(*digit)).collect();
    let (integer, fraction) = text.split_at(point);
    format!("{integer}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_followed() {
        for (number, picture, expected) in [
            (1234.5, "#,##0.00", "1,234.50"),
            (0.5, "0%", "50%"),
            (-3.0, "0.0", "-3.0"),
            (-3.0, "0.0;(0.0)", "(3.0)"),
            (1234567.891, "#,###.##", "1,234,567.89"),
            (0.0, "#", "0"),
            (2.675, "0.00", "2.68"),
            (999.999, "0.00", "1000.00"),
            (5.0, "000", "005"),
            (0.25, "$.00", "$.25"),
            (f64::NAN, "0", "NaN"),
            (f64::NEG_INFINITY, "0", "-Infinity"),
        ] {
            assert_eq!(DecimalFormat::default().format(number, picture).unwrap(), expected, "{number} {picture}");
        }
        assert!(DecimalFormat::default().format(1.0, "x").is_err());
    }
}
