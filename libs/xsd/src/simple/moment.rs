//! Dates, times, their fragments, and durations, with the range that .NET has: years 1 to 9999.

use std::cmp::Ordering;

/// A point in time, a fragment of one, or a duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// In units of 10⁻⁹ s; of a duration with 365 days a year and 30 a month, as .NET compares them. A point without a zone counts as one
    /// in UTC.
    nanoseconds: i128,
}

/// What it consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    DateTime,
    Date,
    Time,
    YearMonth,
    Year,
    MonthDay,
    Day,
    Month,
    Duration,
}

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

impl Moment {
    pub(crate) fn compare(&self, other: &Moment) -> Option<Ordering> {
        Some(self.nanoseconds.cmp(&other.nanoseconds))
    }

    pub(crate) fn parse(shape: Shape, text: &str) -> Option<Moment> {
        let mut cursor = Cursor(text);
        let nanoseconds = match shape {
            Shape::Duration => return duration(text).map(|nanoseconds| Moment { nanoseconds }),
            Shape::DateTime => {
                let date = cursor.date()?;
                cursor.skip("T")?;
                date + cursor.time()?
            }
            Shape::Date => cursor.date()?,
            Shape::Time => cursor.time()?,
            Shape::YearMonth => {
                let year = cursor.number(4, 1, 9999)?;
                cursor.skip("-")?;
                days(year, cursor.number(2, 1, 12)?, 1) * DAY
            }
            Shape::Year => days(cursor.number(4, 1, 9999)?, 1, 1) * DAY,
            Shape::MonthDay => {
                cursor.skip("--")?;
                let month = cursor.number(2, 1, 12)?;
                cursor.skip("-")?;
                days(1904, month, cursor.number(2, 1, days_in(1904, month))?) * DAY
            }
            Shape::Day => {
                cursor.skip("---")?;
                days(1904, 1, cursor.number(2, 1, 31)?) * DAY
            }
            Shape::Month => {
                cursor.skip("--")?;
                let month = cursor.number(2, 1, 12)?;
                // `--MM--`, as the first edition of the standard had it.
                if cursor.0.starts_with("--") {
                    cursor.skip("--")?;
                }
                days(1904, month, 1) * DAY
            }
        };
        let zone = cursor.zone()?;
        cursor.0.is_empty().then(|| Moment { nanoseconds: nanoseconds - i128::from(zone.unwrap_or(0)) * 60 * SECOND })
    }
}

/// What is left to read.
struct Cursor<'t>(&'t str);

impl Cursor<'_> {
    fn skip(&mut self, what: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(what)?;
        Some(())
    }

    /// Exactly this many digits, within bounds.
    fn number(&mut self, digits: usize, min: i64, max: i64) -> Option<i64> {
        let found = self.0.get(..digits)?;
        if !found.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.0 = self.0.get(digits..)?;
        found.parse().ok().filter(|number| (min..=max).contains(number))
    }

    fn date(&mut self) -> Option<i128> {
        let year = self.number(4, 1, 9999)?;
        self.skip("-")?;
        let month = self.number(2, 1, 12)?;
        self.skip("-")?;
        let day = self.number(2, 1, days_in(year, month))?;
        Some(days(year, month, day) * DAY)
    }

    fn time(&mut self) -> Option<i128> {
        let hour = self.number(2, 0, 23)?;
        self.skip(":")?;
        let minute = self.number(2, 0, 59)?;
        self.skip(":")?;
        let second = self.number(2, 0, 59)?;
        let mut nanoseconds = i128::from(hour * 3600 + minute * 60 + second) * SECOND;
        if self.skip(".").is_some() {
            let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
            let (digits, rest) = self.0.split_at_checked(length)?;
            nanoseconds += fraction(digits)?;
            self.0 = rest;
        }
        Some(nanoseconds)
    }

    /// Minutes east of Greenwich.
    fn zone(&mut self) -> Option<Option<i64>> {
        if self.0.is_empty() {
            return Some(None);
        }
        if self.skip("Z").is_some() {
            return Some(Some(0));
        }
        let sign = if self.skip("-").is_some() {
            -1
        } else {
            self.skip("+")?;
            1
        };
        let hour = self.number(2, 0, 99)?;
        self.skip(":")?;
        let minute = self.number(2, 0, 59)?;
        // .NET takes hours up to 99.
        Some(Some(sign * (hour * 60 + minute)))
    }
}

/// Digits after the point, as nanoseconds.
fn fraction(digits: &str) -> Option<i128> {
    if digits.is_empty() {
        return None;
    }
    let mut value = 0;
    let mut unit = SECOND / 10;
    for digit in digits.bytes() {
        value += i128::from(digit - b'0') * unit;
        unit /= 10;
    }
    Some(value)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since the first of year 1.
fn days(year: i64, month: i64, day: i64) -> i128 {
    let before = year - 1;
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    i128::from(before * 365 + before / 4 - before / 100 + before / 400 + months + day - 1)
}

/// `-PnYnMnDTnHnMnS`
fn duration(text: &str) -> Option<i128> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let rest = rest.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let date = parts(date, &[('Y', 365 * DAY), ('M', 30 * DAY), ('D', DAY)])?;
    let time = parts(time, &[('H', 3600 * SECOND), ('M', 60 * SECOND), ('S', SECOND)])?;
    Some(sign * (date + time))
}

/// Numbers with their units, in order; the seconds may have a fraction.
fn parts(mut text: &str, mut units: &[(char, i128)]) -> Option<i128> {
    let mut sum: i128 = 0;
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, rest) = text.split_at_checked(end)?;
        let (part, rest) = match rest.strip_prefix('.') {
            None => (0, rest),
            Some(rest) => {
                let end = rest.find('S')?;
                let (digits, rest) = rest.split_at_checked(end)?;
                (if digits.bytes().all(|byte| byte.is_ascii_digit()) { fraction(digits)? } else { return None }, rest)
            }
        };
        let unit = rest.chars().next()?;
        let at = units.iter().position(|(known, _)| *known == unit)?;
        let (_, size) = units.get(at)?;
        let number: i64 = number.parse::<i32>().ok()?.into();
        sum += i128::from(number) * size + part;
        units = units.get(at + 1..)?;
        text = rest.get(1..)?;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lexical_forms_are_those_of_dotnet() {
        for (shape, good, wrong) in [
            (
                Shape::DateTime,
                &["2024-02-29T23:59:59.123Z", "2024-01-01T00:00:00+14:00", "2024-01-01T00:00:00+15:00"][..],
                &[
                    "2023-02-29T00:00:00",
                    "2024-01-01",
                    "2024-01-01T24:00:00",
                    "0000-01-01T00:00:00",
                    "2024-01-01T00:00",
                ][..],
            ),
            (Shape::Date, &["2024-01-01", "2024-01-01Z"], &["24-01-01", "2024-1-1", "2024-13-01", "-2024-01-01"]),
            (Shape::Time, &["00:00:00", "23:59:59.5-05:00"], &["24:00:00", "0:00:00", "00:00:00."]),
            (Shape::MonthDay, &["--02-29"], &["--02-30", "-02-01"]),
            (Shape::Month, &["--02", "--02--"], &["--13"]),
            (Shape::Day, &["---31"], &["---32", "---0"]),
            (Shape::Year, &["2024", "2024Z"], &["24", "02024"]),
            (Shape::YearMonth, &["2024-12"], &["2024-13"]),
            (
                Shape::Duration,
                &["P1Y2M3DT4H5M6.7S", "-P1D", "PT0S", "P0Y"],
                &["P", "PT", "P1S", "P1DT", "P1M1Y", "1D", "P1.5D", "PT1.S"],
            ),
        ] {
            for text in good {
                assert!(Moment::parse(shape, text).is_some(), "{shape:?} {text}");
            }
            for text in wrong {
                assert_eq!(Moment::parse(shape, text), None, "{shape:?} {text}");
            }
        }
    }

    #[test]
    fn points_compare_over_zones() {
        let of = |text: &str| Moment::parse(Shape::DateTime, text).unwrap();
        assert_eq!(of("2024-01-01T00:00:00Z").compare(&of("2024-01-01T01:00:00+01:00")), Some(Ordering::Equal));
        assert_eq!(of("2023-12-31T23:59:59Z").compare(&of("2024-01-01T00:00:00Z")), Some(Ordering::Less));
    }
}
