//! Members of `List<T>` that look for items.

use postern_dotnet::Exception;

use super::arguments::{
    Answer, COUNT_OUTSIDE, INDEX_BEYOND, INDEX_OUTSIDE, LARGER, NOT_NEGATIVE, backwards, position, range,
};
use super::list::ListObject;
use super::list_members::{HEADER, or_default};
use super::predicate_search::{Found, Where, asked, every, first, last};
use super::value_search::{binary_search, first_equal, last_equal};
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    let builder = library
        .declare(HEADER)
        .method("bool Contains(T item)", |call| Ok(first_equal(call, all)?.is_some().into()))
        .method("int IndexOf(T item)", |call| Ok(position(first_equal(call, all)?)))
        .method("int IndexOf(T item, int index)", |call| Ok(position(first_equal(call, |call| from(call, None))?)))
        .method("int IndexOf(T item, int index, int count)", |call| {
            Ok(position(first_equal(call, |call| from(call, Some(call.int(3))))?))
        })
        .method("int LastIndexOf(T item)", |call| Ok(position(last_equal(call, all)?)))
        .method("int LastIndexOf(T item, int index)", |call| {
            Ok(position(last_equal(call, |call| back_from(call, None))?))
        })
        .method("int LastIndexOf(T item, int index, int count)", |call| {
            Ok(position(last_equal(call, |call| back_from(call, Some(call.int(3))))?))
        })
        .method("int BinarySearch(T item)", |call| binary_search(call, 1, 2, all))
        .method("int BinarySearch(T item, IComparer<T> comparer)", |call| binary_search(call, 1, 2, all))
        .method("int BinarySearch(int index, int count, T item, IComparer<T> comparer)", |call| {
            binary_search(call, 3, 4, |call| {
                let list = call.this::<ListObject>()?;
                let part = range(call, 1, list.len())?;
                Ok((list, part.start, part.end))
            })
        });
    declare_predicates(builder);
}

fn declare_predicates(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("bool Exists(Predicate<T> match)", |call| Ok(first(call, 1, everywhere)?.is_some().into()))
        .method("T Find(Predicate<T> match)", |call| {
            let found = first(call, 1, everywhere)?;
            or_default(call, found.map(|(_, item)| item))
        })
        .method("T FindLast(Predicate<T> match)", |call| {
            let found = last(call, 1, all)?;
            or_default(call, found.map(|(_, item)| item))
        })
        .method("List<T> FindAll(Predicate<T> match)", |call| {
            let found = every(call, everywhere)?;
            Ok(Value::object(ListObject::of_items(call.type_argument(0), found, false)))
        })
        .method("int FindIndex(Predicate<T> match)", |call| found_at(first(call, 1, everywhere)?))
        .method("int FindIndex(int startIndex, Predicate<T> match)", |call| {
            found_at(first(call, 2, |call| Ok((call.this::<ListObject>()?, start_index(call)?, usize::MAX)))?)
        })
        .method("int FindIndex(int startIndex, int count, Predicate<T> match)", |call| {
            let part = |call: &Call<'_, '_>| -> Result<Where, Thrown> {
                let (start, list) = (start_index(call)?, call.this::<ListObject>()?);
                let count = usize::try_from(call.int(2)).ok().filter(|count| *count <= list.len() - start);
                let count = count.ok_or_else(|| Exception::argument_out_of_range("count", COUNT_OUTSIDE))?;
                Ok((list, start, start + count))
            };
            found_at(first(call, 3, part)?)
        })
        .method("int FindLastIndex(Predicate<T> match)", |call| found_at(last(call, 1, all)?))
        .method("int FindLastIndex(int startIndex, Predicate<T> match)", |call| {
            found_at(last(call, 2, |call| part_before(call, call.int(1).saturating_add(1), 2))?)
        })
        .method("int FindLastIndex(int startIndex, int count, Predicate<T> match)", |call| {
            found_at(last(call, 3, |call| part_before(call, call.int(2), 3))?)
        })
        .method("bool TrueForAll(Predicate<T> match)", |call| Ok(asked(call, 1, everywhere, false)?.is_none().into()))
}

fn found_at(found: Found) -> Answer {
    Ok(position(found.map(|(index, _)| index)))
}

fn start_index(call: &Call<'_, '_>) -> Result<usize, Thrown> {
    let length = call.this::<ListObject>()?.len();
    let start = usize::try_from(call.int(1)).ok().filter(|start| *start <= length);
    start.ok_or_else(|| Exception::argument_out_of_range("startIndex", INDEX_BEYOND).into())
}

/// The whole list.
fn everywhere(call: &Call<'_, '_>) -> Result<Where, Thrown> {
    let list = call.this::<ListObject>()?;
    // What a predicate adds at the end of the list is asked about, too.
    Ok((list, 0, usize::MAX))
}

/// The list as it is now.
pub(super) fn all(call: &Call<'_, '_>) -> Result<Where, Thrown> {
    let list = call.this::<ListObject>()?;
    let end = list.len();
    Ok((list, 0, end))
}

/// From the argument `index` on, as `IndexOf` checks it: the list looks at it first, the array inside of it then.
fn from(call: &Call<'_, '_>, count: Option<i32>) -> Result<Where, Thrown> {
    let list = call.this::<ListObject>()?;
    let (length, index) = (i64::try_from(list.len()).unwrap_or(i64::MAX), i64::from(call.int(2)));
    if index > length {
        return Err(Exception::argument_out_of_range("index", INDEX_BEYOND).into());
    }
    let count = count.map_or(length - index, i64::from);
    if count < 0 || index > length - count {
        return Err(Exception::argument_out_of_range("count", COUNT_OUTSIDE).into());
    }
    let start = usize::try_from(index).map_err(|_| Exception::argument_out_of_range("startIndex", INDEX_BEYOND))?;
    Ok((list, start, start + usize::try_from(count).unwrap_or(0)))
}

/// What ends at the argument `index`, as `LastIndexOf` checks it: in an empty list a count is not looked at.
fn back_from(call: &Call<'_, '_>, count: Option<i32>) -> Result<Where, Thrown> {
    let list = call.this::<ListObject>()?;
    let index = usize::try_from(call.int(2));
    if count.is_none() && index.is_ok_and(|index| index >= list.len()) {
        return Err(Exception::argument_out_of_range("index", INDEX_OUTSIDE).into());
    }
    if list.len() == 0 {
        return Ok((list, 0, 0));
    }
    let end = index.map_err(|_| Exception::argument_out_of_range("index", NOT_NEGATIVE))?.saturating_add(1);
    let count = match count {
        Some(count) => usize::try_from(count).map_err(|_| Exception::argument_out_of_range("count", NOT_NEGATIVE))?,
        None => end,
    };
    if end > list.len() {
        return Err(Exception::argument_out_of_range("index", LARGER).into());
    }
    if count > end {
        return Err(Exception::argument_out_of_range("count", LARGER).into());
    }
    Ok((list, end - count, end))
}

/// The `count` items that end at the argument `startIndex`. The predicate is looked at first.
fn part_before(call: &Call<'_, '_>, count: i32, predicate: usize) -> Result<Where, Thrown> {
    if call.argument(predicate).is_null() {
        return Err(Exception::argument_null("match").into());
    }
    let list = call.this::<ListObject>()?;
    let part = backwards(list.len(), call.int(1), count)?;
    Ok((list, part.start, part.end))
}
