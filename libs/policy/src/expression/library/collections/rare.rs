//! Members of collections that are about the room they have, or that few call.

use postern_dotnet::Exception;

use super::arguments::{Answer, COUNT_OUTSIDE, INDEX_OUTSIDE, position};
use super::list::ListObject;
use super::predicate_search::{Where, last};
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::value::Value;

const LIST: &str = "sealed class System.Collections.Generic.List<T> : IList<T>";

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
        .method("int FindLastIndex(int startIndex, Predicate<T> match)", |call| find_last(call, false))
        .method("int FindLastIndex(int startIndex, int count, Predicate<T> match)", |call| find_last(call, true))
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
    let start = start.ok_or_else(|| Exception::argument_out_of_range("startIndex", INDEX_OUTSIDE))?;
    let count = usize::try_from(count).ok().filter(|count| *count <= start + 1);
    let count = count.ok_or_else(|| Exception::argument_out_of_range("count", COUNT_OUTSIDE))?;
    Ok(start + 1 - count..start + 1)
}

/// The predicate is looked at first.
fn part_of(call: &Call<'_, '_>, count: i32, predicate: usize) -> Result<Where, Thrown> {
    if call.argument(predicate).is_null() {
        return Err(Exception::argument_null("match").into());
    }
    let list = call.this::<ListObject>()?;
    let part = backwards(&list, call.int(1), count)?;
    Ok((list, part.start, part.end))
}

fn find_last(call: &mut Call<'_, '_>, has_count: bool) -> Answer {
    let found = match has_count {
        true => last(call, 3, |call| part_of(call, call.int(2), 3))?,
        false => last(call, 2, |call| part_of(call, call.int(1).saturating_add(1), 2))?,
    };
    Ok(position(found.map(|(index, _)| index)))
}
