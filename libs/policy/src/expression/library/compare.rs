//! `Comparer<T>.Default`: the order of values without being told one.

use std::cmp::Ordering;

use postern_dotnet::number::Number;
use postern_dotnet::text::{StringComparison, compare as compare_texts};
use postern_dotnet::{Exception, ExceptionType};

use super::values::number;
use crate::expression::value::Value;

/// The order of two values: null first, numbers of one type by value (NaN first), texts as a culture has them, objects as they say.
///
/// # Errors
/// `ArgumentException` where neither knows how to compare with the other.
pub(crate) fn compare(left: &Value, right: &Value) -> Result<Ordering, Exception> {
    match (left.unboxed(), right.unboxed()) {
        (Value::Null, Value::Null) => Ok(Ordering::Equal),
        (Value::Null, _) => Ok(Ordering::Less),
        (_, Value::Null) => Ok(Ordering::Greater),
        (Value::Bool(a), Value::Bool(b)) => Ok(a.cmp(b)),
        (Value::Char(a), Value::Char(b)) => Ok(a.cmp(b)),
        (Value::String(a), Value::String(b)) => Ok(compare_texts(a, b, StringComparison::CurrentCulture).cmp(&0)),
        (Value::Object(a), b) => a.compare(b).ok_or_else(incomparable),
        (a, b) => number(a).zip(number(b)).and_then(|(a, b)| compare_numbers(a, b)).ok_or_else(incomparable),
    }
}

/// The order of two numbers of one type; NaN is below everything and equal to itself.
pub(super) fn compare_numbers(left: Number, right: Number) -> Option<Ordering> {
    if left.of() != right.of() {
        return None;
    }
    match (left, right) {
        (Number::Double(a), Number::Double(b)) => Some(compare_doubles(a, b)),
        (Number::Single(a), Number::Single(b)) => Some(compare_doubles(a.into(), b.into())),
        (Number::Decimal(a), Number::Decimal(b)) => Some(a.cmp(&b)),
        (a, b) => Some(a.integer().cmp(&b.integer())),
    }
}

fn compare_doubles(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right).unwrap_or_else(|| right.is_nan().cmp(&left.is_nan()))
}

fn incomparable() -> Exception {
    Exception::new(ExceptionType::Argument, "At least one object must implement IComparable.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_an_order_within_their_type() {
        let cases = [
            (Value::Null, Value::Int(1), Ordering::Less),
            (Value::Int(2), Value::Int(1), Ordering::Greater),
            (Value::from("a"), Value::from("B"), Ordering::Less),
            (Value::Double(f64::NAN), Value::Double(f64::MIN), Ordering::Less),
            (Value::Double(f64::NAN), Value::Double(f64::NAN), Ordering::Equal),
            (Value::Double(0.0), Value::Double(-0.0), Ordering::Equal),
            (Value::Bool(true), Value::Bool(false), Ordering::Greater),
        ];
        for (left, right, expected) in cases {
            assert_eq!(compare(&left, &right), Ok(expected), "{left:?} {right:?}");
            assert_eq!(compare(&right, &left), Ok(expected.reverse()), "{left:?} {right:?}");
        }
        assert!(compare(&Value::Int(1), &Value::Long(1)).is_err());
    }
}
