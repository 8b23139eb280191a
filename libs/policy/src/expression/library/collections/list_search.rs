//! Members of `List<T>` that look for items.

use std::cmp::Ordering;

use postern_dotnet::Exception;

use super::arguments::{Answer, INDEX_BEYOND, holds, int, position, range, required};
use super::list::ListObject;
use super::list_members::{HEADER, or_default, sifted};
use super::order::{Order, failed};
use crate::expression::library::linq::in_turns;
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::Thrown;
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
            Ok(position(last_index_of(call, index + 1)?))
        })
        .method("int LastIndexOf(T item)", |call| {
            let list = call.this::<ListObject>()?;
            Ok(position(last_index_of(call, list.len())?))
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
        .method("bool Exists(Predicate<T> match)", |call| Ok(first(call, 1, everywhere)?.is_some().into()))
        .method("T Find(Predicate<T> match)", |call| {
            let found = first(call, 1, everywhere)?;
            or_default(call, found.map(|(_, item)| item))
        })
        .method("T FindLast(Predicate<T> match)", |call| {
            let found = last(call)?;
            or_default(call, found.map(|(_, item)| item))
        })
        .method("List<T> FindAll(Predicate<T> match)", |call| {
            let (found, _) = sifted(call, true, |call| call.this::<ListObject>()?.copy(call.machine))?;
            Ok(Value::object(ListObject::new(call.type_argument(0), found)))
        })
        .method("int FindIndex(Predicate<T> match)", |call| found_at(first(call, 1, everywhere)?))
        .method("int FindIndex(int startIndex, Predicate<T> match)", |call| {
            found_at(first(call, 2, |call| Ok((start_index(call)?, usize::MAX)))?)
        })
        .method("int FindIndex(int startIndex, int count, Predicate<T> match)", |call| {
            let bounds = |call: &Call<'_, '_>| {
                let (start, length) = (start_index(call)?, call.this::<ListObject>()?.len());
                let count = usize::try_from(call.int(2)).ok().filter(|count| *count <= length - start);
                let count = count.ok_or_else(|| Exception::argument_out_of_range("count", COUNT_OUTSIDE))?;
                Ok((start, start + count))
            };
            found_at(first(call, 3, bounds)?)
        })
        .method("int FindLastIndex(Predicate<T> match)", |call| found_at(last(call)?))
        .method("bool TrueForAll(Predicate<T> match)", |call| Ok(asked(call, 1, everywhere, false)?.is_none().into()))
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

/// Items that are compared before the turn may end.
const PIECE: usize = 256;

/// The position of an item at or behind `start`.
pub(super) fn index_of(call: &mut Call<'_, '_>, start: usize) -> Result<Option<usize>, Thrown> {
    in_turns(
        call,
        |call| Ok((call.this::<ListObject>()?, call.argument(1).clone(), start)),
        |machine, (list, item, start)| {
            while *start < list.len() {
                let piece = PIECE.min(list.len() - *start);
                machine.charge(piece.saturating_mul(item.comparing_steps()))?;
                let found =
                    list.read(|items| items.iter().skip(*start).take(piece).position(|other| item.equals(other)));
                if let Some(found) = found {
                    return Ok(Some(*start + found));
                }
                *start += piece;
                machine.end_turn()?;
            }
            Ok(None)
        },
    )
}

/// The position of the last such item below `end`.
fn last_index_of(call: &mut Call<'_, '_>, end: usize) -> Result<Option<usize>, Thrown> {
    in_turns(
        call,
        |call| Ok((call.this::<ListObject>()?, call.argument(1).clone(), end)),
        |machine, (list, item, end)| {
            while *end > 0 {
                let start = end.saturating_sub(PIECE);
                machine.charge((*end - start).saturating_mul(item.comparing_steps()))?;
                let found = list.read(|items| {
                    items.get(start..*end).and_then(|items| items.iter().rposition(|other| item.equals(other)))
                });
                if let Some(found) = found {
                    return Ok(Some(start + found));
                }
                *end = start;
                machine.end_turn()?;
            }
            Ok(None)
        },
    )
}

/// Where to look: from the first to before the second. Asked for once, as the predicate may change the list.
type Bounds = fn(&Call<'_, '_>) -> Result<(usize, usize), Thrown>;

#[allow(clippy::unnecessary_wraps, reason = "other bounds may be wrong")]
fn everywhere(_: &Call<'_, '_>) -> Result<(usize, usize), Thrown> {
    Ok((0, usize::MAX))
}

/// The first item within the bounds that the predicate, an argument, agrees with. The predicate may change the list.
fn first(call: &mut Call<'_, '_>, predicate: usize, bounds: Bounds) -> Result<Found, Thrown> {
    asked(call, predicate, bounds, true)
}

/// The first item for which the predicate answers so.
fn asked(call: &mut Call<'_, '_>, predicate: usize, bounds: Bounds, wanted: bool) -> Result<Found, Thrown> {
    in_turns(
        call,
        |call| Ok((call.this::<ListObject>()?, bounds(call)?, required(call, predicate, "match")?, None)),
        |machine, (list, (index, end), predicate, pending)| {
            while *index < *end
                && let Some(item) = pending.take().or_else(|| List::get(&**list, *index))
            {
                // Kept over a pause: the predicate may have taken it off the list.
                *pending = Some(item.clone());
                if holds(machine, predicate, &item)? == wanted {
                    return Ok(Some((*index, item)));
                }
                *pending = None;
                *index += 1;
                machine.end_turn()?;
            }
            Ok(None)
        },
    )
}

fn last(call: &mut Call<'_, '_>) -> Result<Found, Thrown> {
    in_turns(
        call,
        |call| {
            let (list, predicate) = (call.this::<ListObject>()?, required(call, 1, "match")?);
            let end = list.len();
            Ok((list, predicate, end, None))
        },
        |machine, (list, predicate, end, pending)| {
            while let Some(index) = end.checked_sub(1) {
                if let Some(item) = pending.take().or_else(|| List::get(&**list, index)) {
                    *pending = Some(item.clone());
                    if holds(machine, predicate, &item)? {
                        return Ok(Some((index, item)));
                    }
                    *pending = None;
                }
                *end = index;
                machine.end_turn()?;
            }
            Ok(None)
        },
    )
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
