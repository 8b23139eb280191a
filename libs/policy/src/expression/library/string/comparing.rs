//! `Compare`, `CompareOrdinal`, `CompareTo`, `Equals`.

use postern_dotnet::text::{StringComparison, compare, comparing, equals, slice};
use postern_dotnet::{Exception, ExceptionType, Text};

use super::comparison;
use crate::expression::library::pieces::{ONE_GO_LETTER_BYTES_MAX, work};
use crate::expression::library::{Library, values};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.String")
        .method("static int Compare(string strA, string strB)", |call| compared(call, 1, StringComparison::CurrentCulture))
        .method("static int Compare(string strA, string strB, bool ignoreCase)", |call| {
            let by = cased(call.bool(2));
            compared(call, 1, by)
        })
        .method("static int Compare(string strA, string strB, bool ignoreCase, CultureInfo culture)", |call| {
            let by = cased(call.bool(2));
            compared(call, 1, by)
        })
        .method("static int Compare(string strA, string strB, StringComparison comparisonType)", |call| {
            let by = comparison(call, 2)?;
            compared(call, 1, by)
        })
        .method("static int Compare(string strA, int indexA, string strB, int indexB, int length)", |call| {
            parts(call, StringComparison::CurrentCulture)
        })
        .method("static int Compare(string strA, int indexA, string strB, int indexB, int length, bool ignoreCase)", |call| {
            let by = cased(call.bool(5));
            parts(call, by)
        })
        .method(
            "static int Compare(string strA, int indexA, string strB, int indexB, int length, StringComparison comparisonType)",
            |call| {
                let by = comparison(call, 5)?;
                parts(call, by)
            },
        )
        .method(
            "static int Compare(string strA, int indexA, string strB, int indexB, int length, bool ignoreCase, CultureInfo culture)",
            |call| {
                let by = cased(call.bool(5));
                parts(call, by)
            },
        )
        .method("static int CompareOrdinal(string strA, int indexA, string strB, int indexB, int length)", |call| {
            parts(call, StringComparison::Ordinal)
        })
        .method("static int CompareOrdinal(string strA, string strB)", |call| compared(call, 1, StringComparison::Ordinal))
        .method("int CompareTo(string strB)", |call| compared(call, 1, StringComparison::CurrentCulture))
        .method("int CompareTo(object value)", |call| match call.argument(1) {
            Value::Null | Value::String(_) => compared(call, 1, StringComparison::CurrentCulture),
            _ => Err(Exception::new(ExceptionType::Argument, "Object must be of type String.").into()),
        })
        .method("static bool Equals(string a, string b)", |call| equal(call, StringComparison::Ordinal))
        .method("static bool Equals(string a, string b, StringComparison comparisonType)", |call| {
            let by = comparison(call, 2)?;
            equal(call, by)
        })
        .method("bool Equals(string value)", |call| equal(call, StringComparison::Ordinal))
        .method("bool Equals(object obj)", |call| Ok(values::equal(call)?.into()))
        .method("bool Equals(string value, StringComparison comparisonType)", |call| {
            let by = comparison(call, 2)?;
            equal(call, by)
        });
}

fn cased(ignore: bool) -> StringComparison {
    if ignore { StringComparison::CurrentCultureIgnoreCase } else { StringComparison::CurrentCulture }
}

/// The order of texts that may be null: null comes first.
fn order(left: Option<&Text>, right: Option<&Text>, by: StringComparison) -> i32 {
    match (left, right) {
        (Some(left), Some(right)) => compare(left, right, by),
        _ => left.is_some().cmp(&right.is_some()) as i32,
    }
}

fn compared(call: &mut Call<'_, '_>, right: usize, by: StringComparison) -> Result<Value, Thrown> {
    if let Some(order) = order_in_turns(call, [0, right], by)? {
        return Ok(Value::Int(order));
    }
    pay(call, right)?;
    Ok(Value::Int(order(call.text(0), call.text(right), by)))
}

/// Compares two arguments in turns if both are long texts.
///
/// # Errors
/// The end of the turn.
pub(in crate::expression::library) fn order_in_turns(
    call: &mut Call<'_, '_>,
    [left, right]: [usize; 2],
    by: StringComparison,
) -> Result<Option<i32>, Thrown> {
    let (Some(one), Some(another)) = (call.text(left), call.text(right)) else { return Ok(None) };
    // Units are compared in a fraction of a nanosecond.
    if by == StringComparison::Ordinal || one.len().min(another.len()) <= ONE_GO_LETTER_BYTES_MAX {
        return Ok(None);
    }
    let (one, another) = (one.clone(), another.clone());
    Ok(Some(work(call.machine, |_| Ok(comparing(one, another, by)))?))
}

fn equal(call: &mut Call<'_, '_>, by: StringComparison) -> Result<Value, Thrown> {
    if let Some(order) = order_in_turns(call, [0, 1], by)? {
        return Ok(Value::Bool(order == 0));
    }
    pay(call, 1)?;
    Ok(Value::Bool(match (call.text(0), call.text(1)) {
        (Some(left), Some(right)) => equals(left, right, by),
        (left, right) => left.is_none() && right.is_none(),
    }))
}

fn pay(call: &mut Call<'_, '_>, right: usize) -> Result<(), Thrown> {
    let size = |text: Option<&Text>| text.map_or(0, |text| text.len());
    let bytes = size(call.text(0)).min(size(call.text(right)));
    call.machine.charge(bytes / 8)
}

fn parts(call: &mut Call<'_, '_>, by: StringComparison) -> Result<Value, Thrown> {
    pay(call, 2)?;
    let (Some(left), Some(right)) = (call.text(0), call.text(2)) else {
        return Ok(Value::Int(call.text(0).is_some().cmp(&call.text(2).is_some()) as i32));
    };
    let part = |text: &Text, index: i32, name: &str| {
        let start = usize::try_from(index).ok().filter(|start| *start <= postern_dotnet::text::length(text));
        let start = start.ok_or_else(|| {
            let message = "Index was out of range. Must be non-negative and less than the size of the collection.";
            Exception::argument_out_of_range(name, message)
        })?;
        let length = usize::try_from(call.int(4))
            .map_err(|_| Exception::argument_out_of_range("length", "Length cannot be less than zero."))?;
        Ok::<Text, Exception>(slice(text, start, start.saturating_add(length)))
    };
    let (left, right) = (part(left, call.int(1), "indexA")?, part(right, call.int(3), "indexB")?);
    Ok(Value::Int(compare(&left, &right, by).cmp(&0) as i32))
}
