//! Members of `System.Array` that few call: arrays of more dimensions, and forms without type parameters.

use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType};

use super::arguments::Answer;
use super::array_statics::{array, part, sort_pairs, sort_part};
use crate::expression::array::Array;
use crate::expression::library::Library;
use crate::expression::library::array_class::dimension;
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::value::Value;

const OUTSIDE: &str = "Index was outside the bounds of the array.";
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
        .method("void SetValue(object value, long index1, long index2, long index3)", |call| set_value(call, 3))
        .method("object GetValue(params int[] indices)", value_at_indices)
        .method("object GetValue(params long[] indices)", value_at_indices)
        .method("void SetValue(object value, params int[] indices)", set_value_at_indices)
        .method("void SetValue(object value, params long[] indices)", set_value_at_indices);
    declare_orders(library);
}

fn declare_orders(library: &mut Library) {
    library
        .declare("class System.Array")
        .method("static void Sort(Array array, int index, int length)", |call| {
            let part = part(call, 1)?;
            sort_part(call, part, 3)
        })
        .method("static void Sort(Array array, IComparer comparer)", |call| {
            let length = array(call)?.len();
            sort_part(call, 0..length, 1)
        })
        .method("static void Sort(Array array, int index, int length, IComparer comparer)", |call| {
            let part = part(call, 1)?;
            sort_part(call, part, 3)
        })
        .method("static void Sort(Array keys, Array items)", |call| sort_pairs(call, None, 2))
        .method("static void Sort(Array keys, Array items, IComparer comparer)", |call| sort_pairs(call, None, 2))
        .method("static void Sort(Array keys, Array items, int index, int length)", |call| sort_pairs(call, Some(2), 4))
        .method("static void Sort(Array keys, Array items, int index, int length, IComparer comparer)", |call| {
            sort_pairs(call, Some(2), 4)
        })
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
    let place = place_of(&array, (first..first + count).map(|at| call.argument(at).clone()))?;
    Ok((array, place))
}

/// The place that as many indices as the array has dimensions name: items lie row by row.
fn place_of(array: &Array, indices: impl Iterator<Item = Value>) -> Result<usize, Exception> {
    let mut place = 0;
    for (index, length) in indices.zip(array.lengths()) {
        let index = match index {
            Value::Long(index) => usize::try_from(index).ok(),
            Value::Int(index) => usize::try_from(index).ok(),
            _ => None,
        };
        let outside = || Exception::new(ExceptionType::IndexOutOfRange, OUTSIDE);
        place = place * length + index.filter(|index| index < length).ok_or_else(outside)?;
    }
    Ok(place)
}

/// The array and the place that an array of indices, an argument, names.
fn place_at_indices(call: &Call<'_, '_>, argument: usize) -> Result<(Rc<Array>, usize), Exception> {
    let array = call.object::<Array>(0).ok_or_else(Exception::null_reference)?;
    let indices = call.object::<Array>(argument).ok_or_else(|| Exception::argument_null("indices"))?;
    if indices.len() != array.lengths().len() {
        return Err(Exception::new(ExceptionType::Argument, "Indices length does not match the array rank."));
    }
    let place = place_of(&array, indices.to_vec().into_iter())?;
    Ok((array, place))
}

fn value_at_indices(call: &mut Call<'_, '_>) -> Answer {
    let (array, place) = place_at_indices(call, 1)?;
    Ok(List::get(&*array, place).unwrap_or_default())
}

fn set_value_at_indices(call: &mut Call<'_, '_>) -> Answer {
    let (array, place) = place_at_indices(call, 2)?;
    array.set(place, call.take(1))?;
    Ok(Value::Null)
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
