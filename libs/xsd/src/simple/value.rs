//! Values of simple types: what facets and identity constraints compare.

use std::cmp::Ordering;

use postern_dotnet::Text;
use postern_dotnet::xml::XName;

use super::moment::Moment;

/// A decimal of any length. .NET takes those of `System.Decimal` only, which `parse` sees to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Decimal {
    negative: bool,
    /// Without leading zeros.
    whole: Box<str>,
    /// Without trailing zeros.
    fraction: Box<str>,
}

/// The largest `System.Decimal`.
const WHOLE_MAX: &str = "79228162514264337593543950335";

impl Decimal {
    pub(crate) fn parse(text: &str) -> Option<Decimal> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) || whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        if (whole.len(), whole) > (WHOLE_MAX.len(), WHOLE_MAX) {
            return None;
        }
        let negative = negative && !(whole.is_empty() && fraction.is_empty());
        Some(Decimal { negative, whole: whole.into(), fraction: fraction.into() })
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    pub(crate) fn fraction_digits(&self) -> u64 {
        self.fraction.len() as u64
    }

    pub(crate) fn total_digits(&self) -> u64 {
        let fraction = if self.whole.is_empty() { self.fraction.trim_start_matches('0') } else { &self.fraction };
        ((self.whole.len() + fraction.len()) as u64).max(1)
    }

    fn compare(&self, other: &Decimal) -> Ordering {
        let size = |of: &Decimal, than: &Decimal| {
            let (a, b) = (&*of.whole, &*than.whole);
            a.len().cmp(&b.len()).then_with(|| a.cmp(b)).then_with(|| of.fraction.cmp(&than.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(Text),
    Boolean(bool),
    Decimal(Decimal),
    Float(f64),
    Moment(Moment),
    Binary(Vec<u8>),
    Name(XName),
    List(Vec<Value>),
}

impl Value {
    /// Whether they are equal as values; `NaN` is itself.
    pub(crate) fn is(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Float(a), Value::Float(b)) => a == b || a.is_nan() && b.is_nan(),
            (Value::Moment(a), Value::Moment(b)) => a.compare(b) == Some(Ordering::Equal),
            (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is(b)),
            (a, b) => a == b,
        }
    }

    pub(crate) fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Decimal(a), Value::Decimal(b)) => Some(a.compare(b)),
            (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
            (Value::Moment(a), Value::Moment(b)) => a.compare(b),
            _ => None,
        }
    }

    /// A text that is the same for equal values and no others: keys are looked up by it.
    pub(crate) fn key(&self, out: &mut String) {
        use std::fmt::Write as _;
        let written = match self {
            Value::Text(text) => write!(out, "t{}:{text}", text.len()),
            Value::Boolean(flag) => write!(out, "b{flag}"),
            Value::Decimal(decimal) => {
                write!(out, "d{}{}.{}", if decimal.negative { "-" } else { "" }, decimal.whole, decimal.fraction)
            }
            Value::Float(number) => write!(out, "f{}", if *number == 0.0 { 0.0 } else { *number }),
            Value::Moment(moment) => write!(out, "m{moment:?}"),
            Value::Binary(bytes) => write!(out, "x{bytes:?}"),
            Value::Name(name) => write!(out, "n{}:{name}", name.local().len()),
            Value::List(items) => {
                out.push_str("l(");
                for item in items {
                    item.key(out);
                    out.push(',');
                }
                out.push(')');
                Ok(())
            }
        };
        // Writing to a string does not fail.
        let _ = written;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_as_numbers_and_count_their_digits() {
        let of = |text: &str| Decimal::parse(text).unwrap();
        for (a, b, order) in [
            ("1", "1.0", Ordering::Equal),
            ("-0", "0", Ordering::Equal),
            ("0010", "9", Ordering::Greater),
            ("-10", "-9", Ordering::Less),
            ("1.05", "1.1", Ordering::Less),
            ("-1.05", "-1.1", Ordering::Greater),
            (".5", "0.50", Ordering::Equal),
        ] {
            assert_eq!(of(a).compare(&of(b)), order, "{a} {b}");
        }
        for (text, total, fraction) in [("0", 1, 0), ("0.05", 1, 2), ("120", 3, 0), ("1.20", 2, 1)] {
            assert_eq!((of(text).total_digits(), of(text).fraction_digits()), (total, fraction), "{text}");
        }
        for wrong in ["", ".", "-", "1e3", "1.2.3", "79228162514264337593543950336"] {
            assert_eq!(Decimal::parse(wrong), None, "{wrong}");
        }
    }
}
