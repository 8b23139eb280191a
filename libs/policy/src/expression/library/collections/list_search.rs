//! Members of `List<T>` that look for items.

use std::cmp::Ordering;

use postern_dotnet::Exception;

use super::arguments::{Answer, INDEX_BEYOND, holds, int, position, range, required};
use super::list::ListObject;
use super::list_members::{HEADER, or_default};
use super::order::{Order, failed};
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::value::Value;

const COUNT_OUTSIDE: &str =
    "Count must be positive and count must refer to a location within the string/array/collection.";

pub(super) fn declare(library: &mut Library) {
    let builder = library
        .declare(HEADER)
        .method("bool Contains(T item)", |call| Ok(index_of(call, 0)?.is_some().into()))
        .method("int IndexOf(T item)", |call| Ok(position(index_of(call, 0)?)))
        .method("int IndexOf(T item, int index)", |call| {
            let list = call.this::<ListObject>()?;
            let start = usize::try_from(call.int(2)).ok().filter(|start| *start <= list.len());
            let start = start.ok_or_else(|| Exception::argument_out_of_range("index", INDEX_BEYOND))?;
            Ok(position(index_of(call, start)?))
        })
        .method("int IndexOf(T item, int index, int count)", |call| {
            let length = call.this::<ListObject>()?.len();
            let start = usize::try_from(call.int(2)).ok().filter(|start| *start <= length);
            let start = start.ok_or_else(|| Exception::argument_out_of_range("index", INDEX_BEYOND))?;
            let count = usize::try_from(call.int(3)).ok().filter(|count| *count <= length - start);
            let count = count.ok_or_else(|| Exception::argument_out_of_range("count", COUNT_OUTSIDE))?;
            Ok(position(index_of(call, start)?.filter(|found| *found < start + count)))
        })
        .method("int LastIndexOf(T item, int index)", |call| {
            let length = call.this::<ListObject>()?.len();
            let index = usize::try_from(call.int(2)).ok().filter(|index| *index < length);
            let message = "Index was out of range. Must be non-negative and less than the size of the collection.";
            let index = index.ok_or_else(|| Exception::argument_out_of_range("index", message))?;
            let list = call.this::<ListObject>()?;
            call.machine.charge(length)?;
            let found = list.read(|items| items.iter().take(index + 1).rposition(|item| item.equals(call.argument(1))));
            Ok(position(found))
        })
        .method("int LastIndexOf(T item)", |call| {
            let list = call.this::<ListObject>()?;
            call.machine.charge(list.len())?;
            Ok(position(list.read(|items| items.iter().rposition(|item| item.equals(call.argument(1))))))
        })
        .method("int BinarySearch(T item)", |call| binary_search(call, None, 1, 2))
        .method("int BinarySearch(T item, IComparer<T> comparer)", |call| binary_search(call, None, 1, 2))
        .method("int BinarySearch(int index, int count, T item, IComparer<T> comparer)", |call| {
            let length = call.this::<ListObject>()?.len();
            binary_search(call, Some(range(call, 1, length)?), 3, 4)
        });
    declare_predicates(builder);
}

fn declare_predicates(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("bool Exists(Predicate<T> match)", |call| Ok(first(call, 1, 0, usize::MAX)?.is_some().into()))
        .method("T Find(Predicate<T> match)", |call| {
            let found = first(call, 1, 0, usize::MAX)?;
            or_default(call, found.map(|(_, item)| item))
        })
        .method("T FindLast(Predicate<T> match)", |call| {
            let found = last(call)?;
            or_default(call, found.map(|(_, item)| item))
        })
        .method("List<T> FindAll(Predicate<T> match)", |call| {
            let (list, predicate) = (call.this::<ListObject>()?, required(call, 1, "match")?);
            let mut found = Vec::new();
            for item in list.copy(call.machine)? {
                if holds(call.machine, &predicate, &item)? {
                    found.push(item);
                }
            }
            Ok(Value::object(ListObject::new(call.type_argument(0), found)))
        })
        .method("int FindIndex(Predicate<T> match)", |call| found_at(first(call, 1, 0, usize::MAX)?))
        .method("int FindIndex(int startIndex, Predicate<T> match)", |call| {
            let start = start_index(call)?;
            found_at(first(call, 2, start, usize::MAX)?)
        })
        .method("int FindIndex(int startIndex, int count, Predicate<T> match)", |call| {
            let (start, length) = (start_index(call)?, call.this::<ListObject>()?.len());
            let count = usize::try_from(call.int(2)).ok().filter(|count| *count <= length - start);
            let count = count.ok_or_else(|| Exception::argument_out_of_range("count", COUNT_OUTSIDE))?;
            found_at(first(call, 3, start, start + count)?)
        })
        .method("int FindLastIndex(Predicate<T> match)", |call| found_at(last(call)?))
        .method("bool TrueForAll(Predicate<T> match)", |call| {
            let (list, predicate) = (call.this::<ListObject>()?, required(call, 1, "match")?);
            let mut index = 0;
            while let Some(item) = List::get(&*list, index) {
                if !holds(call.machine, &predicate, &item)? {
                    return Ok(false.into());
                }
                index += 1;
            }
            Ok(true.into())
        })
}

/// An item with its position.
type Found = Option<(usize, Value)>;

fn found_at(found: Found) -> Answer {
    Ok(position(found.map(|(index, _)| index)))
}

fn start_index(call: &Call<'_, '_>) -> Result<usize, Thrown> {
    let length = call.this::<ListObject>()?.len();
    let start = usize::try_from(call.int(1)).ok().filter(|start| *start <= length);
    start.ok_or_else(|| Exception::argument_out_of_range("startIndex", INDEX_BEYOND).into())
}

fn index_of(call: &mut Call<'_, '_>, start: usize) -> Result<Option<usize>, Thrown> {
    let list = call.this::<ListObject>()?;
    charge_search(call.machine, &list, call.arguments.get(1))?;
    let item = call.argument(1);
    Ok(list.read(|items| items.iter().skip(start).position(|other| item.equals(other))).map(|index| start + index))
}

/// Each item may be compared with the whole text.
fn charge_search(machine: &mut Machine<'_>, list: &ListObject, item: Option<&Value>) -> Result<(), Thrown> {
    let each = if let Some(Value::String(text)) = item { 1 + text.len() / 64 } else { 1 };
    machine.charge(list.len().saturating_mul(each))
}

/// The first item from `start` to before `end` that the predicate, an argument, agrees with. The predicate may change the list.
fn first(call: &mut Call<'_, '_>, predicate: usize, start: usize, end: usize) -> Result<Found, Thrown> {
    let (list, predicate) = (call.this::<ListObject>()?, required(call, predicate, "match")?);
    let mut index = start;
    while index < end
        && let Some(item) = List::get(&*list, index)
    {
        if holds(call.machine, &predicate, &item)? {
            return Ok(Some((index, item)));
        }
        index += 1;
    }
    Ok(None)
}

fn last(call: &mut Call<'_, '_>) -> Result<Found, Thrown> {
    let (list, predicate) = (call.this::<ListObject>()?, required(call, 1, "match")?);
    for index in (0..list.len()).rev() {
        let Some(item) = List::get(&*list, index) else { continue };
        if holds(call.machine, &predicate, &item)? {
            return Ok(Some((index, item)));
        }
    }
    Ok(None)
}

/// The position, or the complement of where the item would go.
fn binary_search(
    call: &mut Call<'_, '_>,
    within: Option<std::ops::Range<usize>>,
    item: usize,
    comparer: usize,
) -> Answer {
    let (list, order, item) =
        (call.this::<ListObject>()?, Order::from_argument(call.argument(comparer)), call.take(item));
    let within = within.unwrap_or(0..list.len());
    let (mut low, mut high) = (within.start, within.end);
    while low < high {
        let middle = usize::midpoint(low, high);
        let Some(other) = List::get(&*list, middle) else { break };
        match order.compare(call.machine, &other, &item).map_err(failed)? {
            Ordering::Equal => return Ok(int(middle)),
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    Ok(Value::Int(!i32::try_from(low).unwrap_or(i32::MAX)))
}
