//! `System.Array`: statics with delegates, and what every array has.

use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType};

use super::array_search::{Asked, asked, copied, find_all, first, index_of, last, last_index_of};
use super::collections::list_members::converted;
use super::collections::order::{self, Order};
use super::linq::in_turns;
use super::values::int;
use super::{ClassBuilder, Library};
use crate::expression::array::Array;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::value::Value;

const OUTSIDE: &str = "Index was outside the bounds of the array.";

pub(super) fn declare(library: &mut Library) {
    let builder = library
        .declare("class System.Array")
        .getter("int Length", |call| Ok(int(length(call))))
        .getter("long LongLength", |call| Ok(Value::Long(i64::try_from(length(call)).unwrap_or(i64::MAX))))
        .getter("int Rank", |call| Ok(int(call.object::<Array>(0).map_or(1, |array| array.lengths().len()))))
        .getter("bool IsReadOnly", |_| Ok(false.into()))
        .getter("bool IsFixedSize", |_| Ok(true.into()))
        .method("int GetLength(int dimension)", |call| Ok(int(dimension(call)?)))
        .method("int GetLowerBound(int dimension)", |call| dimension(call).map(|_| Value::Int(0)))
        .method("int GetUpperBound(int dimension)", |call| {
            Ok(Value::Int(i32::try_from(dimension(call)?).unwrap_or(i32::MAX) - 1))
        })
        .method("object GetValue(int index)", |call| {
            let index = usize::try_from(call.int(1)).ok();
            let item = call.object::<Array>(0).and_then(|array| List::get(&*array, index?));
            item.ok_or_else(|| Exception::new(ExceptionType::IndexOutOfRange, OUTSIDE).into())
        })
        .method("void SetValue(object value, int index)", |call| {
            let outside = || Exception::new(ExceptionType::IndexOutOfRange, OUTSIDE);
            let index = usize::try_from(call.int(2)).map_err(|_| outside())?;
            let value = call.take(1);
            this(call)?.set(index, value)?;
            Ok(Value::Null)
        })
        .method("object Clone()", |call| {
            let array = this(call)?;
            call.machine.charge_memory(array.len() * size_of::<Value>())?;
            let (element, lengths) = (array.element().clone(), array.lengths().into());
            Ok(Value::object(Array::with_lengths(element, lengths, array.to_vec())))
        })
        .method("void CopyTo(Array array, int index)", |call| {
            let (source, count) = (array(call, 0, "this")?, length(call));
            let target = array(call, 1, "array")?;
            copy(call.machine, (&source, 0), (&target, call.int(2)), i32::try_from(count).unwrap_or(i32::MAX))
        });
    declare_changes(declare_searches(builder));
}

fn declare_searches(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static T[] Empty<T>()", |call| Ok(Value::object(Array::values(call.type_argument(0), Vec::new()))))
        .method("static int IndexOf<T>(T[] array, T value)", |call| index_of(call, 0, None))
        .method("static int IndexOf<T>(T[] array, T value, int startIndex)", |call| index_of(call, call.int(2), None))
        .method("static int IndexOf<T>(T[] array, T value, int startIndex, int count)", |call| {
            index_of(call, call.int(2), Some(call.int(3)))
        })
        .method("static int LastIndexOf<T>(T[] array, T value)", last_index_of)
        .method(
            "static bool Exists<T>(T[] array, Predicate<T> match)",
            |call| Ok((first(call, 1, 0)?.is_some()).into()),
        )
        .method("static T Find<T>(T[] array, Predicate<T> match)", |call| {
            let found = first(call, 1, 0)?;
            Ok(found.map_or_else(|| super::defaults::default_value(&call.type_argument(0)), |(_, item)| item))
        })
        .method("static T FindLast<T>(T[] array, Predicate<T> match)", |call| {
            let found = last(call)?;
            Ok(found.map_or_else(|| super::defaults::default_value(&call.type_argument(0)), |(_, item)| item))
        })
        .method("static int FindIndex<T>(T[] array, Predicate<T> match)", |call| {
            Ok(position(first(call, 1, 0)?.map(|found| found.0)))
        })
        .method("static int FindIndex<T>(T[] array, int startIndex, Predicate<T> match)", |call| {
            let start = usize::try_from(call.int(1)).ok().filter(|start| *start <= length(call));
            let message =
                "Index was out of range. Must be non-negative and less than or equal to the size of the collection.";
            let start = start.ok_or_else(|| Exception::argument_out_of_range("startIndex", message))?;
            Ok(position(first(call, 2, start)?.map(|found| found.0)))
        })
        .method("static int FindLastIndex<T>(T[] array, Predicate<T> match)", |call| {
            Ok(position(last(call)?.map(|found| found.0)))
        })
        .method("static T[] FindAll<T>(T[] array, Predicate<T> match)", find_all)
        .method("static bool TrueForAll<T>(T[] array, Predicate<T> match)", |call| {
            let length = array(call, 0, "array")?.len();
            Ok(asked(call, Asked { predicate: 1, start: 0, end: length, wanted: false })?.is_none().into())
        })
        .method("static void ForEach<T>(T[] array, Action<T> action)", for_each)
        .method(
            "static TOutput[] ConvertAll<TInput, TOutput>(TInput[] array, Converter<TInput, TOutput> converter)",
            |call| {
                let items = converted(call, |call| Ok((call.argument(1).clone(), copied(call)?)))?;
                Ok(Value::object(Array::values(call.type_argument(1), items)))
            },
        )
        .method("static int BinarySearch<T>(T[] array, T value)", binary_search)
}

fn declare_changes(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static void Reverse(Array array)", |call| {
            let array = array(call, 0, "array")?;
            call.machine.charge(2 * array.len())?;
            let mut items = array.to_vec();
            items.reverse();
            array.replace_all(items);
            Ok(Value::Null)
        })
        .method("static void Reverse<T>(T[] array, int index, int length)", |call| {
            let array = array(call, 0, "array")?;
            call.machine.charge(2 * array.len())?;
            let mut items = array.to_vec();
            super::values::part(&items, call.int(1), call.int(2), ("index", "length"))?;
            let (start, count) = (usize::try_from(call.int(1)).unwrap_or(0), usize::try_from(call.int(2)).unwrap_or(0));
            if let Some(part) = items.get_mut(start..start + count) {
                part.reverse();
            }
            array.replace_all(items);
            Ok(Value::Null)
        })
        .method("static void Resize<T>(ref T[] array, int newSize)", resize)
        .method("static void Sort(Array array)", |call| sort(call, &Value::Null))
        .method("static void Sort<T>(T[] array)", |call| sort(call, &Value::Null))
        .method("static void Sort<T>(T[] array, Comparison<T> comparison)", |call| {
            let comparison = call.argument(1).clone();
            sort(call, &comparison)
        })
        .method("static void Clear(Array array)", |call| clear(call, 0, i32::MAX))
        .method("static void Clear(Array array, int index, int length)", |call| clear(call, call.int(1), call.int(2)))
        .method("static void Fill<T>(T[] array, T value, int startIndex, int count)", |call| {
            let (array, value) = (array(call, 0, "array")?, call.take(1));
            call.machine.charge_memory(array.len() * size_of::<Value>())?;
            let mut items = array.to_vec();
            let length = super::values::part(&items, call.int(2), call.int(3), ("startIndex", "count"))?.len();
            let start = usize::try_from(call.int(2)).unwrap_or(0);
            items.iter_mut().skip(start).take(length).for_each(|item| *item = value.clone());
            array.replace_all(items);
            Ok(Value::Null)
        })
        .method("static void Fill<T>(T[] array, T value)", |call| {
            let (array, value) = (array(call, 0, "array")?, call.take(1));
            call.machine.charge(2 * array.len())?;
            array.replace_all(vec![value; array.len()]);
            Ok(Value::Null)
        })
        .method("static void Copy(Array sourceArray, Array destinationArray, int length)", |call| {
            let (source, target) = (array(call, 0, "sourceArray")?, array(call, 1, "destinationArray")?);
            copy(call.machine, (&source, 0), (&target, 0), call.int(2))
        })
        .method(
            "static void Copy(Array sourceArray, int sourceIndex, Array destinationArray, int destinationIndex, int length)",
            |call| {
                let (source, target) = (array(call, 0, "sourceArray")?, array(call, 2, "destinationArray")?);
                copy(call.machine, (&source, call.int(1)), (&target, call.int(3)), call.int(4))
            },
        )
}

fn this(call: &Call<'_, '_>) -> Result<Rc<Array>, Thrown> {
    call.this::<Array>()
}

/// An array argument that must not be null.
pub(super) fn array(call: &Call<'_, '_>, index: usize, parameter: &str) -> Result<Rc<Array>, Thrown> {
    call.object::<Array>(index).ok_or_else(|| Exception::argument_null(parameter).into())
}

fn length(call: &Call<'_, '_>) -> usize {
    call.object::<Array>(0).map_or(0, |array| array.len())
}

/// A position, or -1.
pub(super) fn position(found: Option<usize>) -> Value {
    found.map_or(Value::Int(-1), int)
}

pub(super) fn dimension(call: &Call<'_, '_>) -> Result<usize, Thrown> {
    let array = this(call)?;
    let length = usize::try_from(call.int(1)).ok().and_then(|dimension| array.lengths().get(dimension).copied());
    length.ok_or_else(|| Exception::new(ExceptionType::IndexOutOfRange, OUTSIDE).into())
}

/// The position, or the complement of where the value would go.
pub(super) fn binary_search(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let (array, value) = (array(call, 0, "array")?, call.take(1));
    let (mut low, mut high) = (0, array.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let Some(item) = List::get(&*array, middle) else { break };
        match Order::default().compare(call.machine, &item, &value)? {
            std::cmp::Ordering::Equal => return Ok(int(middle)),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    Ok(Value::Int(!i32::try_from(low).unwrap_or(i32::MAX)))
}

/// Sorts by a comparison, or by the items' own order.
fn sort(call: &mut Call<'_, '_>, comparison: &Value) -> Result<Value, Thrown> {
    let array = array(call, 0, "array")?;
    let sorted = order::sort_in_pieces(call.machine, &Order::from_argument(comparison), |machine| {
        machine.charge(array.len())?;
        Ok(array.to_vec())
    })?;
    call.machine.charge(array.len())?;
    array.replace_all(sorted);
    Ok(Value::Null)
}

/// An array of another length, in the place of the old one.
fn resize(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let size = usize::try_from(call.int(1))
        .map_err(|_| Exception::argument_out_of_range("newSize", "Non-negative number required."))?;
    call.machine.charge_memory(size.saturating_mul(size_of::<Value>()))?;
    let element = call.type_argument(0);
    let old = call.object::<Array>(0);
    if old.as_ref().is_some_and(|old| old.len() == size) {
        let same = call.take(0);
        call.set_out(0, same);
        return Ok(Value::Null);
    }
    let mut items = old.map_or_else(Vec::new, |old| old.to_vec());
    items.resize(size, super::defaults::default_value(&element));
    call.set_out(0, Value::object(Array::values(element, items)));
    Ok(Value::Null)
}

fn clear(call: &mut Call<'_, '_>, start: i32, count: i32) -> Result<Value, Thrown> {
    let array = array(call, 0, "array")?;
    let count = if count == i32::MAX { i32::try_from(array.len()).unwrap_or(i32::MAX) } else { count };
    let range = usize::try_from(start).ok().zip(usize::try_from(count).ok());
    let range = range.filter(|(start, count)| start.checked_add(*count).is_some_and(|end| end <= array.len()));
    let (start, count) = range.ok_or_else(|| Exception::new(ExceptionType::IndexOutOfRange, OUTSIDE))?;
    call.machine.charge(count)?;
    let default = super::defaults::default_value(array.element());
    for index in start..start + count {
        array.set(index, default.clone())?;
    }
    Ok(Value::Null)
}

/// Copies items; source and target may be the same array.
fn copy(machine: &mut Machine<'_>, from: (&Array, i32), to: (&Array, i32), count: i32) -> Result<Value, Thrown> {
    let size = |value: i32, parameter: &str| {
        usize::try_from(value).map_err(|_| Exception::argument_out_of_range(parameter, "Non-negative number required."))
    };
    let (start, target, count) =
        (size(from.1, "sourceIndex")?, size(to.1, "destinationIndex")?, size(count, "length")?);
    if start.saturating_add(count) > from.0.len() {
        let message = "Source array was not long enough. Check the source index, length, and the array's lower bounds.";
        return Err(Exception::argument("sourceArray", message).into());
    }
    if target.saturating_add(count) > to.0.len() {
        let message =
            "Destination array was not long enough. Check the destination index, length, and the array's lower bounds.";
        return Err(Exception::argument("destinationArray", message).into());
    }
    machine.charge(count)?;
    let mut move_item = |offset: usize| match List::get(from.0, start + offset) {
        Some(item) => to.0.set(target + offset, item),
        None => Ok(()),
    };
    // Of two parts of one array that overlap, none is overwritten before it is read.
    if target > start {
        (0..count).rev().try_for_each(&mut move_item)
    } else {
        (0..count).try_for_each(&mut move_item)
    }?;
    Ok(Value::Null)
}

fn for_each(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let length = array(call, 0, "array")?.len();
    in_turns(
        call,
        |call| Ok((array(call, 0, "array")?, call.take(1), 0)),
        |machine, (array, action, index)| {
            while *index < length
                && let Some(item) = List::get(&**array, *index)
            {
                machine.invoke_in_turns(action, &[item])?;
                *index += 1;
                machine.end_turn()?;
            }
            Ok(Value::Null)
        },
    )
}
