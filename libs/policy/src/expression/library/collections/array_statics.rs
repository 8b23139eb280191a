//! Members of `System.Array` that take comparers or parts of arrays.

use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType};

use super::arguments::{Answer, NOT_NEGATIVE, range, required};
use super::order::{Order, Sorting, failed, sort_in_pieces};
use super::view::ReadOnlyObject;
use crate::expression::array::Array;
use crate::expression::library::Library;
use crate::expression::library::array_class::one_dimension;
use crate::expression::library::linq::in_turns;
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
        .method("static void Sort<TKey, TValue>(TKey[] keys, TValue[] items)", |call| sort_pairs(call, None, 2))
        .method("static void Sort<TKey, TValue>(TKey[] keys, TValue[] items, IComparer<TKey> comparer)", |call| {
            sort_pairs(call, None, 2)
        })
        .method("static void Sort<TKey, TValue>(TKey[] keys, TValue[] items, int index, int length)", |call| {
            sort_pairs(call, Some(2), 4)
        })
        .method(
            "static void Sort<TKey, TValue>(TKey[] keys, TValue[] items, int index, int length, IComparer<TKey> comparer)",
            |call| sort_pairs(call, Some(2), 4),
        )
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
    builder.method("static ReadOnlyCollection<T> AsReadOnly<T>(T[] array)", |call| {
        let (element, array) = (call.type_argument(0), required(call, 0, "array")?);
        Ok(Value::object(ReadOnlyObject::new(element, array)))
    });
}

pub(super) fn array(call: &Call<'_, '_>) -> Result<Rc<Array>, Thrown> {
    call.object::<Array>(0).ok_or_else(|| Exception::argument_null("array").into())
}

/// The part of the array that `index` and `length` name, as `Array`'s members check it.
pub(super) fn part(call: &Call<'_, '_>, first: usize) -> Result<std::ops::Range<usize>, Thrown> {
    part_of(call, first, array(call)?.len())
}

fn part_of(call: &Call<'_, '_>, first: usize, length: usize) -> Result<std::ops::Range<usize>, Thrown> {
    if call.int(first) >= 0 && call.int(first + 1) < 0 {
        return Err(Exception::argument_out_of_range("length", NOT_NEGATIVE).into());
    }
    range(call, first, length)
}

pub(super) fn sort_part(call: &mut Call<'_, '_>, part: std::ops::Range<usize>, comparer: usize) -> Answer {
    let (array, order) = (array(call)?, Order::from_argument(call.argument(comparer)));
    one_dimension(&array)?;
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

/// Sorts keys, and other items the same way; all of them, or those that `index` and `length`, the arguments from `part` on, name.
pub(super) fn sort_pairs(call: &mut Call<'_, '_>, part: Option<usize>, comparer: usize) -> Answer {
    const BEYOND: &str = "Offset and length were out of bounds for the array or count is greater than the number of elements from index to the \
                          end of the source collection.";
    let keys = call.object::<Array>(0).ok_or_else(|| Exception::argument_null("keys"))?;
    one_dimension(&keys)?;
    let order = Order::from_argument(call.argument(comparer));
    let part = match part {
        Some(part) => part_of(call, part, keys.len())?,
        None => 0..keys.len(),
    };
    let Some(items) = call.object::<Array>(1) else { return sort_part(call, part, comparer) };
    if items.len() < part.end {
        return Err(Exception::new(ExceptionType::Argument, BEYOND).into());
    }
    let (start, count) = (part.start, part.len());
    let sorted = in_turns(
        call,
        |call| {
            call.machine.charge_memory((keys.len() + items.len() + count) * size_of::<Value>())?;
            let pairs = keys.to_vec().into_iter().zip(items.to_vec());
            Ok(Sorting::new(pairs.skip(start).take(count).collect()))
        },
        |machine, sorting| {
            let mut compare = |machine: &mut Machine<'_>, (left, _): &Pair, (right, _): &Pair| {
                order.compare_in_turns(machine, left, right)
            };
            let is_sorted = sorting.go_on(machine, &mut compare).map_err(failed)?;
            if is_sorted { Ok(std::mem::take(&mut sorting.items)) } else { Err(Thrown::Limit(Limit::Turn)) }
        },
    )?;
    call.machine.charge(keys.len() + items.len())?;
    let (sorted_keys, sorted_items): (Vec<Value>, Vec<Value>) = sorted.into_iter().unzip();
    for (array, sorted) in [(keys, sorted_keys), (items, sorted_items)] {
        let mut all = array.to_vec();
        all.splice(part.clone(), sorted).for_each(drop);
        array.replace_all(all);
    }
    Ok(Value::Null)
}

/// A key with its item.
type Pair = (Value, Value);
