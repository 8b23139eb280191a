//! Members of `System.Array` that few call: arrays of more dimensions, and forms without type parameters.

use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType};

use super::arguments::{Answer, int};
use super::array_statics::{array, part, sort_pairs, sort_part};
use crate::expression::array::Array;
use crate::expression::library::Library;
use crate::expression::library::array_class::{binary_search, dimension};
use crate::expression::library::array_search::index_of;
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::value::Value;

const OUTSIDE: &str = "Index was outside the bounds of the array.";
const BEYOND: &str = "Index was out of range. Must be non-negative and less than the size of the collection.";
/// Longest array that .NET makes.
const LENGTH_MAX: i32 = 0x7FFF_FFC7;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Array")
        .getter("static int MaxLength", |_| Ok(Value::Int(LENGTH_MAX)))
        .method("long GetLongLength(int dimension)", |call| {
            Ok(Value::Long(i64::try_from(dimension(call)?).unwrap_or(i64::MAX)))
        })
        .method("object GetValue(int index1, int index2)", |call| value_at(call, 2))
        .method("object GetValue(int index1, int index2, int index3)", |call| value_at(call, 3))
        .method("object GetValue(long index)", |call| value_at(call, 1))
        .method("object GetValue(long index1, long index2)", |call| value_at(call, 2))
        .method("object GetValue(long index1, long index2, long index3)", |call| value_at(call, 3))
        .method("void SetValue(object value, int index1, int index2)", |call| set_value(call, 2))
        .method("void SetValue(object value, int index1, int index2, int index3)", |call| set_value(call, 3))
        .method("void SetValue(object value, long index)", |call| set_value(call, 1))
        .method("void SetValue(object value, long index1, long index2)", |call| set_value(call, 2))
        .method("void SetValue(object value, long index1, long index2, long index3)", |call| set_value(call, 3));
    declare_searches(library);
    declare_orders(library);
}

fn declare_searches(library: &mut Library) {
    library
        .declare("class System.Array")
        .method("static int IndexOf(Array array, object value)", |call| index_of(call, 0, None))
        .method("static int IndexOf(Array array, object value, int startIndex)", |call| {
            index_of(call, call.int(2), None)
        })
        .method("static int IndexOf(Array array, object value, int startIndex, int count)", |call| {
            index_of(call, call.int(2), Some(call.int(3)))
        })
        .method("static int LastIndexOf(Array array, object value)", |call| last_index_of(call, None, None))
        .method("static int LastIndexOf(Array array, object value, int startIndex)", |call| {
            last_index_of(call, Some(call.int(2)), None)
        })
        .method("static int LastIndexOf(Array array, object value, int startIndex, int count)", |call| {
            last_index_of(call, Some(call.int(2)), Some(call.int(3)))
        })
        .method("static int LastIndexOf<T>(T[] array, T value, int startIndex)", |call| {
            last_index_of(call, Some(call.int(2)), None)
        })
        .method("static int LastIndexOf<T>(T[] array, T value, int startIndex, int count)", |call| {
            last_index_of(call, Some(call.int(2)), Some(call.int(3)))
        })
        .method("static int FindLastIndex<T>(T[] array, int startIndex, Predicate<T> match)", |call| {
            let predicate = call.take(2);
            find_last_index(call, &predicate, None)
        })
        .method("static int FindLastIndex<T>(T[] array, int startIndex, int count, Predicate<T> match)", |call| {
            let (count, predicate) = (call.int(2), call.take(3));
            find_last_index(call, &predicate, Some(count))
        })
        .method("static int BinarySearch(Array array, object value)", binary_search);
}

fn declare_orders(library: &mut Library) {
    library
        .declare("class System.Array")
        .method("static void Sort(Array array, int index, int length)", |call| {
            let part = part(call, 1)?;
            sort_part(call, part, 3)
        })
        .method("static void Sort(Array keys, Array items)", sort_pairs)
        .method("static void Reverse<T>(T[] array)", |call| {
            let array = array(call)?;
            let mut items = array.to_vec();
            call.machine.charge_memory(size_of_val(&*items))?;
            items.reverse();
            array.replace_all(items);
            Ok(Value::Null)
        });
}

/// The array and the place that the indices from `first` on name.
fn place(call: &Call<'_, '_>, first: usize, count: usize) -> Result<(Rc<Array>, usize), Exception> {
    let array = call.object::<Array>(0).ok_or_else(Exception::null_reference)?;
    let lengths = array.lengths();
    if lengths.len() != count {
        let message = match count {
            1 => "Array was not a one-dimensional array.",
            2 => "Array was not a two-dimensional array.",
            _ => "Array was not a three-dimensional array.",
        };
        return Err(Exception::new(ExceptionType::Argument, message));
    }
    let outside = || Exception::new(ExceptionType::IndexOutOfRange, OUTSIDE);
    let mut place = 0;
    for (at, length) in lengths.iter().enumerate() {
        let index = match call.argument(first + at) {
            Value::Long(index) => usize::try_from(*index).ok(),
            _ => usize::try_from(call.int(first + at)).ok(),
        };
        place = place * length + index.filter(|index| index < length).ok_or_else(outside)?;
    }
    Ok((array, place))
}

fn value_at(call: &mut Call<'_, '_>, count: usize) -> Answer {
    let (array, place) = place(call, 1, count)?;
    Ok(List::get(&*array, place).unwrap_or_default())
}

fn set_value(call: &mut Call<'_, '_>, count: usize) -> Answer {
    let (array, place) = place(call, 2, count)?;
    array.set(place, call.take(1))?;
    Ok(Value::Null)
}

/// The positions that end at `start` and are `count` long, as searches from behind check them.
fn backwards(length: usize, start: i32, count: Option<i32>) -> Result<std::ops::Range<usize>, Exception> {
    let found = usize::try_from(start).ok().filter(|start| *start < length);
    let start = found.ok_or_else(|| Exception::argument_out_of_range("startIndex", BEYOND))?;
    let Some(count) = count else { return Ok(0..start + 1) };
    let message = "Count must be positive and count must refer to a location within the string/array/collection.";
    let count = usize::try_from(count).ok().filter(|count| *count <= start + 1);
    let count = count.ok_or_else(|| Exception::argument_out_of_range("count", message))?;
    Ok(start + 1 - count..start + 1)
}

fn last_index_of(call: &mut Call<'_, '_>, start: Option<i32>, count: Option<i32>) -> Answer {
    let (array, value) = (array(call)?, call.take(1));
    if array.len() == 0 {
        return Ok(Value::Int(-1));
    }
    let start = start.unwrap_or_else(|| i32::try_from(array.len()).unwrap_or(i32::MAX) - 1);
    let part = backwards(array.len(), start, count)?;
    call.machine.charge(part.len())?;
    let found = part.rev().find(|index| List::get(&*array, *index).is_some_and(|item| item.equals(&value)));
    Ok(found.map_or(Value::Int(-1), int))
}

fn find_last_index(call: &mut Call<'_, '_>, predicate: &Value, count: Option<i32>) -> Answer {
    let array = array(call)?;
    if predicate.is_null() {
        return Err(Exception::argument_null("match").into());
    }
    for index in backwards(array.len(), call.int(1), count)?.rev() {
        call.machine.charge(1)?;
        let Some(item) = List::get(&*array, index) else { continue };
        if matches!(call.machine.invoke(predicate, &[item])?, Value::Bool(true)) {
            return Ok(int(index));
        }
    }
    Ok(Value::Int(-1))
}
