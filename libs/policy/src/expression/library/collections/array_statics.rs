//! Members of `System.Array` that take comparers or parts of arrays.

use std::cmp::Ordering;
use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType};

use super::arguments::{Answer, INDEX_BEYOND, NOT_NEGATIVE, holds, int, position, range, required};
use super::order::{Order, Sorting, failed, sort_in_pieces};
use super::view::ReadOnlyObject;
use crate::expression::array::Array;
use crate::expression::library::linq::in_turns;
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::{Limit, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    let builder = library
        .declare("class System.Array")
        .method("static void Sort<T>(T[] array, IComparer<T> comparer)", |call| {
            let length = array(call)?.len();
            sort_part(call, 0..length, 1)
        })
        .method("static void Sort<T>(T[] array, int index, int length)", |call| {
            let part = part(call, 1)?;
            sort_part(call, part, 3)
        })
        .method("static void Sort<T>(T[] array, int index, int length, IComparer<T> comparer)", |call| {
            let part = part(call, 1)?;
            sort_part(call, part, 3)
        })
        .method("static void Sort<TKey, TValue>(TKey[] keys, TValue[] items)", sort_pairs)
        .method("static void Sort<TKey, TValue>(TKey[] keys, TValue[] items, IComparer<TKey> comparer)", sort_pairs)
        .method("static void Reverse(Array array, int index, int length)", |call| {
            let (array, part) = (array(call)?, part(call, 1)?);
            call.machine.charge_memory(array.len() * size_of::<Value>())?;
            let mut items = array.to_vec();
            if let Some(part) = items.get_mut(part) {
                part.reverse();
            }
            array.replace_all(items);
            Ok(Value::Null)
        });
    declare_searches(builder);
}

fn declare_searches(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static int BinarySearch<T>(T[] array, T value, IComparer<T> comparer)", |call| {
            let (array, value, order) = (array(call)?, call.take(1), Order::from_argument(call.argument(2)));
            let (mut low, mut high) = (0, array.len());
            while low < high {
                let middle = usize::midpoint(low, high);
                let Some(item) = List::get(&*array, middle) else { break };
                match order.compare(call.machine, &item, &value).map_err(failed)? {
                    Ordering::Equal => return Ok(int(middle)),
                    Ordering::Less => low = middle + 1,
                    Ordering::Greater => high = middle,
                }
            }
            Ok(Value::Int(!i32::try_from(low).unwrap_or(i32::MAX)))
        })
        .method("static int FindIndex<T>(T[] array, int startIndex, int count, Predicate<T> match)", |call| {
            let array = array(call)?;
            let start = usize::try_from(call.int(1)).ok().filter(|start| *start <= array.len());
            let start = start.ok_or_else(|| Exception::argument_out_of_range("startIndex", INDEX_BEYOND))?;
            let count = usize::try_from(call.int(2)).ok().filter(|count| *count <= array.len() - start);
            let message =
                "Count must be positive and count must refer to a location within the string/array/collection.";
            let count = count.ok_or_else(|| Exception::argument_out_of_range("count", message))?;
            let found = in_turns(
                call,
                |call| Ok((required(call, 3, "match")?, start)),
                |machine, (predicate, index)| {
                    while *index < start + count {
                        let item = List::get(&*array, *index).unwrap_or_default();
                        if holds(machine, predicate, &item)? {
                            return Ok(Some(*index));
                        }
                        *index += 1;
                        machine.end_turn()?;
                    }
                    Ok(None)
                },
            )?;
            Ok(position(found))
        })
        .method("static ReadOnlyCollection<T> AsReadOnly<T>(T[] array)", |call| {
            let (element, array) = (call.type_argument(0), required(call, 0, "array")?);
            Ok(Value::object(ReadOnlyObject::new(element, array)))
        })
}

pub(super) fn array(call: &Call<'_, '_>) -> Result<Rc<Array>, Thrown> {
    call.object::<Array>(0).ok_or_else(|| Exception::argument_null("array").into())
}

/// The part of the array that `index` and `length` name, as `Array`'s members check it.
pub(super) fn part(call: &Call<'_, '_>, first: usize) -> Result<std::ops::Range<usize>, Thrown> {
    let length = array(call)?.len();
    if call.int(first) >= 0 && call.int(first + 1) < 0 {
        return Err(Exception::argument_out_of_range("length", NOT_NEGATIVE).into());
    }
    range(call, first, length)
}

pub(super) fn sort_part(call: &mut Call<'_, '_>, part: std::ops::Range<usize>, comparer: usize) -> Answer {
    let (array, order) = (array(call)?, Order::from_argument(call.argument(comparer)));
    let sorted = sort_in_pieces(call.machine, &order, |machine| {
        machine.charge_memory(array.len() * size_of::<Value>())?;
        Ok(array.to_vec().drain(part.clone()).collect())
    })?;
    call.machine.charge(2 * array.len())?;
    let mut items = array.to_vec();
    items.splice(part, sorted).for_each(drop);
    array.replace_all(items);
    Ok(Value::Null)
}

/// Sorts keys, and other items the same way.
pub(super) fn sort_pairs(call: &mut Call<'_, '_>) -> Answer {
    let keys = call.object::<Array>(0).ok_or_else(|| Exception::argument_null("keys"))?;
    let order = Order::from_argument(call.argument(2));
    let Some(items) = call.object::<Array>(1) else {
        let length = keys.len();
        return sort_part(call, 0..length, 2);
    };
    let (count, length) = (keys.len(), items.len());
    if length < count {
        let message = "Offset and length were out of bounds for the array or count is greater than the number of elements from index to the \
                       end of the source collection.";
        return Err(Exception::new(ExceptionType::Argument, message).into());
    }
    let sorted = in_turns(
        call,
        |call| {
            call.machine.charge_memory((2 * count + length) * size_of::<Value>())?;
            Ok(Sorting::new(keys.to_vec().into_iter().zip(items.to_vec()).collect()))
        },
        |machine, sorting| {
            let mut compare = |machine: &mut Machine<'_>, (left, _): &Pair, (right, _): &Pair| {
                order.compare_in_turns(machine, left, right)
            };
            let is_sorted = sorting.go_on(machine, &mut compare).map_err(failed)?;
            if is_sorted { Ok(std::mem::take(&mut sorting.items)) } else { Err(Thrown::Limit(Limit::Turn)) }
        },
    )?;
    call.machine.charge(2 * count + length)?;
    let (sorted_keys, mut sorted_items): (Vec<Value>, Vec<Value>) = sorted.into_iter().unzip();
    sorted_items.extend(items.to_vec().drain(count..));
    keys.replace_all(sorted_keys);
    items.replace_all(sorted_items);
    Ok(Value::Null)
}

/// A key with its item.
type Pair = (Value, Value);
