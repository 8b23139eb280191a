//! `System.Array`: statics with delegates, and what every array has.

use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType};

use super::collections::array_search::whole;
use super::collections::order::{self, Order};
use super::collections::predicate_search::converted;
use super::linq::in_turns;
use super::values::{int, number_at};
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
        .getter("bool IsSynchronized", |_| Ok(false.into()))
        .getter("object SyncRoot", |call| Ok(call.take(0)))
        .method("IEnumerator GetEnumerator()", super::collections::enumerator::start_of_array)
        // Values of structs are made by their default constructors already.
        .method("void Initialize()", |_| Ok(Value::Null))
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
        .method("void CopyTo(Array array, int index)", copy_to)
        .method("void CopyTo(Array array, long index)", copy_to);
    declare_changes(declare_statics(builder));
}

fn declare_statics(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static T[] Empty<T>()", |call| Ok(Value::object(Array::values(call.type_argument(0), Vec::new()))))
        .method("static void ForEach<T>(T[] array, Action<T> action)", for_each)
        .method(
            "static TOutput[] ConvertAll<TInput, TOutput>(TInput[] array, Converter<TInput, TOutput> converter)",
            |call| {
                let items = converted(call, whole)?;
                Ok(Value::object(Array::values(call.type_argument(1), items)))
            },
        )
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
            copy_items(call, (0, None), (1, None), 2)
        })
        .method(
            "static void Copy(Array sourceArray, int sourceIndex, Array destinationArray, int destinationIndex, int length)",
            |call| copy_items(call, (0, Some(1)), (2, Some(3)), 4),
        )
}

/// `RankException` for arrays of more than one dimension.
pub(super) fn one_dimension(array: &Array) -> Result<(), Exception> {
    match array.lengths() {
        [_] => Ok(()),
        _ => Err(Exception::new(ExceptionType::Rank, "Only single dimension arrays are supported here.")),
    }
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
pub(super) fn dimension(call: &Call<'_, '_>) -> Result<usize, Thrown> {
    let array = this(call)?;
    let length = usize::try_from(call.int(1)).ok().and_then(|dimension| array.lengths().get(dimension).copied());
    length.ok_or_else(|| Exception::new(ExceptionType::IndexOutOfRange, OUTSIDE).into())
}

/// Sorts by a comparison, or by the items' own order.
fn sort(call: &mut Call<'_, '_>, comparison: &Value) -> Result<Value, Thrown> {
    let array = array(call, 0, "array")?;
    one_dimension(&array)?;
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

fn copy_to(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let (source, count) = (array(call, 0, "this")?, length(call));
    let target = array(call, 1, "array")?;
    let index = number_at(call, 2).integer().unwrap_or(0);
    copy(call.machine, (&source, 0), (&target, index), i128::try_from(count).unwrap_or(i128::MAX))
}

/// `Array.Copy`: which arguments are the arrays, their positions and the number of items; `int` or `long`.
pub(super) fn copy_items(
    call: &mut Call<'_, '_>,
    from: (usize, Option<usize>),
    to: (usize, Option<usize>),
    count: usize,
) -> Result<Value, Thrown> {
    let (source, target) = (array(call, from.0, "sourceArray")?, array(call, to.0, "destinationArray")?);
    let at = |index: Option<usize>| index.and_then(|index| number_at(call, index).integer()).unwrap_or(0);
    let (from, to, count) = (at(from.1), at(to.1), at(Some(count)));
    copy(call.machine, (&source, from), (&target, to), count)
}

/// Copies items; source and target may be the same array.
fn copy(machine: &mut Machine<'_>, from: (&Array, i128), to: (&Array, i128), count: i128) -> Result<Value, Thrown> {
    let size = |value: i128, parameter: &str| {
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
