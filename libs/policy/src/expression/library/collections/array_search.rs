//! Members of `System.Array` that look for items.

use postern_dotnet::Exception;

use super::arguments::{COUNT_OUTSIDE, INDEX_BEYOND, INDEX_OUTSIDE, backwards, default_of, position};
use super::array_statics::{array, part};
use super::predicate_search::{Where, asked, every, first, last};
use super::value_search::{binary_search, first_equal, last_equal};
use crate::expression::array::Array;
use crate::expression::library::array_class::one_dimension;
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    let builder = declare_positions(library.declare("class System.Array"));
    declare_binary(declare_indexes(declare_predicates(builder)));
}

fn declare_positions(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static int IndexOf<T>(T[] array, T value)", |call| Ok(position(first_equal(call, whole)?)))
        .method("static int IndexOf<T>(T[] array, T value, int startIndex)", |call| {
            Ok(position(first_equal(call, |call| from(call, 2, None))?))
        })
        .method("static int IndexOf<T>(T[] array, T value, int startIndex, int count)", |call| {
            Ok(position(first_equal(call, |call| from(call, 2, Some(call.int(3))))?))
        })
        .method("static int IndexOf(Array array, object value)", |call| Ok(position(first_equal(call, row)?)))
        .method("static int IndexOf(Array array, object value, int startIndex)", |call| {
            Ok(position(first_equal(call, |call| row(call).and_then(|_| from(call, 2, None)))?))
        })
        .method("static int IndexOf(Array array, object value, int startIndex, int count)", |call| {
            Ok(position(first_equal(call, |call| row(call).and_then(|_| from(call, 2, Some(call.int(3)))))?))
        })
        .method("static int LastIndexOf<T>(T[] array, T value)", |call| Ok(position(last_equal(call, whole)?)))
        .method("static int LastIndexOf<T>(T[] array, T value, int startIndex)", |call| {
            Ok(position(last_equal(call, |call| last_part(call, None))?))
        })
        .method("static int LastIndexOf<T>(T[] array, T value, int startIndex, int count)", |call| {
            Ok(position(last_equal(call, |call| last_part(call, Some(call.int(3))))?))
        })
        .method("static int LastIndexOf(Array array, object value)", |call| Ok(position(last_equal(call, row)?)))
        .method("static int LastIndexOf(Array array, object value, int startIndex)", |call| {
            Ok(position(last_equal(call, |call| last_row_part(call, None))?))
        })
        .method("static int LastIndexOf(Array array, object value, int startIndex, int count)", |call| {
            Ok(position(last_equal(call, |call| last_row_part(call, Some(call.int(3))))?))
        })
}

fn declare_predicates(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static bool Exists<T>(T[] array, Predicate<T> match)", |call| {
            Ok(first(call, 1, whole)?.is_some().into())
        })
        .method("static T Find<T>(T[] array, Predicate<T> match)", |call| match first(call, 1, whole)? {
            Some((_, item)) => Ok(item),
            None => default_of(call.machine, &call.type_argument(0)),
        })
        .method("static T FindLast<T>(T[] array, Predicate<T> match)", |call| match last(call, 1, whole)? {
            Some((_, item)) => Ok(item),
            None => default_of(call.machine, &call.type_argument(0)),
        })
        .method("static T[] FindAll<T>(T[] array, Predicate<T> match)", |call| {
            let found = every(call, whole)?;
            Ok(Value::object(Array::values(call.type_argument(0), found)))
        })
        .method("static bool TrueForAll<T>(T[] array, Predicate<T> match)", |call| {
            Ok(asked(call, 1, whole, false)?.is_none().into())
        })
}

fn declare_indexes(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static int FindIndex<T>(T[] array, Predicate<T> match)", |call| {
            Ok(position(first(call, 1, whole)?.map(|found| found.0)))
        })
        .method("static int FindIndex<T>(T[] array, int startIndex, Predicate<T> match)", |call| {
            Ok(position(first(call, 2, |call| from(call, 1, None))?.map(|found| found.0)))
        })
        .method("static int FindIndex<T>(T[] array, int startIndex, int count, Predicate<T> match)", |call| {
            Ok(position(first(call, 3, |call| from(call, 1, Some(call.int(2))))?.map(|found| found.0)))
        })
        .method("static int FindLastIndex<T>(T[] array, Predicate<T> match)", |call| {
            Ok(position(last(call, 1, whole)?.map(|found| found.0)))
        })
        .method("static int FindLastIndex<T>(T[] array, int startIndex, Predicate<T> match)", |call| {
            Ok(position(
                last(call, 2, |call| part_before(call, call.int(1).saturating_add(1), 2))?.map(|found| found.0),
            ))
        })
        .method("static int FindLastIndex<T>(T[] array, int startIndex, int count, Predicate<T> match)", |call| {
            Ok(position(last(call, 3, |call| part_before(call, call.int(2), 3))?.map(|found| found.0)))
        })
}

fn declare_binary(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static int BinarySearch<T>(T[] array, T value)", |call| binary_search(call, 1, 2, whole))
        .method("static int BinarySearch<T>(T[] array, T value, IComparer<T> comparer)", |call| {
            binary_search(call, 1, 2, whole)
        })
        .method("static int BinarySearch<T>(T[] array, int index, int length, T value)", |call| {
            binary_search(call, 3, 4, piece)
        })
        .method(
            "static int BinarySearch<T>(T[] array, int index, int length, T value, IComparer<T> comparer)",
            |call| binary_search(call, 3, 4, piece),
        )
        .method("static int BinarySearch(Array array, object value)", |call| binary_search(call, 1, 2, row))
        .method("static int BinarySearch(Array array, object value, IComparer comparer)", |call| {
            binary_search(call, 1, 2, row)
        })
        .method("static int BinarySearch(Array array, int index, int length, object value)", |call| {
            binary_search(call, 3, 4, |call| piece(call).and_then(|piece| row(call).map(|_| piece)))
        })
        .method(
            "static int BinarySearch(Array array, int index, int length, object value, IComparer comparer)",
            |call| binary_search(call, 3, 4, |call| piece(call).and_then(|piece| row(call).map(|_| piece))),
        )
}

/// The whole array that is the first argument.
pub(in crate::expression::library) fn whole(call: &Call<'_, '_>) -> Result<Where, Thrown> {
    let array = array(call)?;
    let end = array.len();
    Ok((array, 0, end))
}

/// The same, which must have one dimension.
fn row(call: &Call<'_, '_>) -> Result<Where, Thrown> {
    let array = array(call)?;
    one_dimension(&array)?;
    let end = array.len();
    Ok((array, 0, end))
}

/// The part that the arguments `index` and `length` name.
fn piece(call: &Call<'_, '_>) -> Result<Where, Thrown> {
    let part = part(call, 1)?;
    Ok((array(call)?, part.start, part.end))
}

/// From the argument `start` on.
fn from(call: &Call<'_, '_>, start: usize, count: Option<i32>) -> Result<Where, Thrown> {
    let array = array(call)?;
    let start = usize::try_from(call.int(start)).ok().filter(|start| *start <= array.len());
    let start = start.ok_or_else(|| Exception::argument_out_of_range("startIndex", INDEX_BEYOND))?;
    let rest = array.len() - start;
    let count = match count {
        Some(count) => usize::try_from(count).ok().filter(|count| *count <= rest),
        None => Some(rest),
    };
    let count = count.ok_or_else(|| Exception::argument_out_of_range("count", COUNT_OUTSIDE))?;
    Ok((array, start, start + count))
}

/// What `LastIndexOf` looks at: an empty array may be looked at from -1 and 0.
fn last_part(call: &Call<'_, '_>, count: Option<i32>) -> Result<Where, Thrown> {
    let (array, start) = (array(call)?, call.int(2));
    let length = array.len();
    // Nothing begins at 0 as well as at -1.
    let start = if length == 0 && start == 0 { -1 } else { start };
    let part = backwards(length, start, count.unwrap_or(start.saturating_add(1)))?;
    Ok((array, part.start, part.end))
}

/// The same without type parameter: in an empty array there is nothing to be wrong about.
fn last_row_part(call: &Call<'_, '_>, count: Option<i32>) -> Result<Where, Thrown> {
    let (array, start) = (array(call)?, call.int(2));
    if array.len() == 0 {
        return Ok((array, 0, 0));
    }
    if usize::try_from(start).ok().is_none_or(|start| start >= array.len()) {
        return Err(Exception::argument_out_of_range("startIndex", INDEX_OUTSIDE).into());
    }
    let count = count.unwrap_or(start.saturating_add(1));
    if count > start.saturating_add(1) {
        return Err(Exception::argument_out_of_range("endIndex", "endIndex cannot be greater than startIndex.").into());
    }
    row(call)?;
    let part = backwards(array.len(), start, count)?;
    Ok((array, part.start, part.end))
}

/// The `count` items that end at the argument `startIndex`. The predicate is looked at first.
fn part_before(call: &Call<'_, '_>, count: i32, predicate: usize) -> Result<Where, Thrown> {
    let array = array(call)?;
    if call.argument(predicate).is_null() {
        return Err(Exception::argument_null("match").into());
    }
    let part = backwards(array.len(), call.int(1), count)?;
    Ok((array, part.start, part.end))
}
