//! Members of collections that are about the room they have, or that few call.

use postern_dotnet::Exception;

use super::arguments::{Answer, int};
use super::list::ListObject;
use crate::expression::library::Library;
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::value::Value;

const LIST: &str = "sealed class System.Collections.Generic.List<T> : IList<T>";
const BEYOND: &str = "Index was out of range. Must be non-negative and less than the size of the collection.";

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Collections.Generic.HashSet<T>")
        .getter("int Capacity", capacity)
        .method("int EnsureCapacity(int capacity)", ensured)
        .method("void TrimExcess()", |_| Ok(Value::Null))
        .method("void TrimExcess(int capacity)", trimmed);
    for line in ["class System.Collections.Generic.Queue<T>", "class System.Collections.Generic.Stack<T>"] {
        library
            .declare(line)
            .getter("int Capacity", capacity)
            .method("int EnsureCapacity(int capacity)", ensured)
            .method("void TrimExcess(int capacity)", trimmed);
    }
    library
        .declare("class System.Collections.Generic.Dictionary<TKey, TValue>")
        .getter("int Capacity", capacity)
        .method("void TrimExcess(int capacity)", trimmed);
    declare_list(library);
}

fn declare_list(library: &mut Library) {
    library
        .declare(LIST)
        .setter("int Capacity", |call| {
            if call.int(1) < count(call) {
                let message = "capacity was less than the current size.";
                return Err(Exception::argument_out_of_range("value", message).into());
            }
            Ok(Value::Null)
        })
        .method("int FindLastIndex(int startIndex, Predicate<T> match)", |call| find_last(call, None))
        .method("int FindLastIndex(int startIndex, int count, Predicate<T> match)", |call| {
            let count = call.int(2);
            find_last(call, Some(count))
        })
        .method("int LastIndexOf(T item, int index, int count)", |call| {
            let (list, item) = (call.this::<ListObject>()?, call.take(1));
            if list.len() == 0 {
                return Ok(Value::Int(-1));
            }
            let part = backwards(&list, call.int(2), call.int(3))?;
            call.machine.charge(part.len().saturating_mul(item.comparing_steps()))?;
            Ok(position(part.rev().find(|index| list.get(*index).is_some_and(|found| found.equals(&item)))))
        });
}

/// What it has room for is what it holds: it grows by itself.
fn capacity(call: &mut Call<'_, '_>) -> Answer {
    Ok(Value::Int(count(call)))
}

fn count(call: &Call<'_, '_>) -> i32 {
    let size = match call.argument(0) {
        Value::Object(object) => object.count().unwrap_or(0),
        _ => 0,
    };
    i32::try_from(size).unwrap_or(i32::MAX)
}

fn ensured(call: &mut Call<'_, '_>) -> Answer {
    if call.int(1) < 0 {
        return Err(Exception::negative("capacity", call.int(1).into()).into());
    }
    Ok(Value::Int(call.int(1).max(count(call))))
}

fn trimmed(call: &mut Call<'_, '_>) -> Answer {
    if call.int(1) < count(call) {
        return Err(Exception::argument_out_of_range("capacity", "capacity was less than the current size.").into());
    }
    Ok(Value::Null)
}

/// The positions that end at `start` and are `count` long, as searches from behind check them.
fn backwards(list: &ListObject, start: i32, count: i32) -> Result<std::ops::Range<usize>, Exception> {
    let start = usize::try_from(start).ok().filter(|start| *start < list.len());
    let start = start.ok_or_else(|| Exception::argument_out_of_range("startIndex", BEYOND))?;
    let count = usize::try_from(count).ok().filter(|count| *count <= start + 1);
    let message = "Count must be positive and count must refer to a location within the string/array/collection.";
    let count = count.ok_or_else(|| Exception::argument_out_of_range("count", message))?;
    Ok(start + 1 - count..start + 1)
}

fn find_last(call: &mut Call<'_, '_>, count: Option<i32>) -> Answer {
    let list = call.this::<ListObject>()?;
    let predicate = call.take(if count.is_some() { 3 } else { 2 });
    if predicate.is_null() {
        return Err(Exception::argument_null("match").into());
    }
    let start = call.int(1);
    for index in backwards(&list, start, count.unwrap_or(start.saturating_add(1)))?.rev() {
        call.machine.charge(1)?;
        let Some(item) = list.get(index) else { continue };
        if matches!(call.machine.invoke(&predicate, &[item])?, Value::Bool(true)) {
            return Ok(int(index));
        }
    }
    Ok(Value::Int(-1))
}

fn position(found: Option<usize>) -> Value {
    found.map_or(Value::Int(-1), int)
}
