//! Members of collections that are about the room they have, or that few call.

use postern_dotnet::{Exception, ExceptionType};

use super::arguments::{Answer, OUTSIDE_VALID_VALUES};
use super::equality::Equality;
use super::list::ListObject;
use super::list_members::HEADER;
use super::{DictionaryObject, HashSetObject};
use crate::expression::array::Array;
use crate::expression::library::Library;
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Collections.Generic.HashSet<T>")
        .constructor("(int capacity, IEqualityComparer<T> comparer)", |call| {
            if call.int(0) < 0 {
                return Err(Exception::argument_out_of_range("capacity", OUTSIDE_VALID_VALUES).into());
            }
            Ok(Value::object(HashSetObject::new(call.type_argument(0), Equality::from_argument(call.argument(1)))))
        })
        .getter("int Capacity", capacity)
        .getter("IEqualityComparer<T> Comparer", |call| {
            let equality = call.this::<HashSetObject>()?.table.borrow().equality();
            Ok(equality.object(&call.type_argument(0)))
        })
        .method("void CopyTo(T[] array, int arrayIndex, int count)", copy_some)
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
        .getter("IEqualityComparer<TKey> Comparer", |call| {
            let equality = call.this::<DictionaryObject>()?.table.borrow().equality();
            Ok(equality.object(&call.type_argument(0)))
        })
        .method("void TrimExcess(int capacity)", trimmed);
    declare_list(library);
}

fn declare_list(library: &mut Library) {
    library
        .declare(HEADER)
        .setter("int Capacity", |call| {
            let list = call.this::<ListObject>()?;
            match usize::try_from(call.int(1)).ok().filter(|room| *room >= list.len()) {
                Some(room) => list.set_capacity(room),
                None => {
                    let message = "capacity was less than the current size.";
                    return Err(Exception::argument_out_of_range("value", message).into());
                }
            }
            Ok(Value::Null)
        })
        .method("List<T> Slice(int start, int length)", super::list_members::get_range)
        .method("void CopyTo(int index, T[] array, int arrayIndex, int count)", |call| {
            let (list, count) = (call.this::<ListObject>()?, call.int(4));
            let left = i64::try_from(list.len()).unwrap_or(i64::MAX) - i64::from(call.int(1));
            if left < i64::from(count) {
                return Err(Exception::new(ExceptionType::Argument, BEYOND).into());
            }
            let target = call.object::<Array>(2).ok_or_else(|| Exception::argument_null("destinationArray"))?;
            let at = |index: usize, name: &str| {
                let value = call.int(index);
                usize::try_from(value).map_err(|_| {
                    let message = format!("{name} ('{value}') must be greater than or equal to '0'. (Parameter '{name}')\nActual value was {value}.");
                    Exception::new(ExceptionType::ArgumentOutOfRange, message)
                })
            };
            let (from, to) = (at(1, "sourceIndex")?, at(3, "destinationIndex")?);
            let count = usize::try_from(count).map_err(|_| Exception::negative("length", count.into()))?;
            if target.len().checked_sub(to).is_none_or(|room| room < count) {
                return Err(Exception::argument("destinationArray", TOO_SHORT).into());
            }
            call.machine.charge(count)?;
            target.fill(to, (from..from + count).map(|index| list.get(index).unwrap_or_default()))?;
            Ok(Value::Null)
        });
}

const BEYOND: &str = "Offset and length were out of bounds for the array or count is greater than the number of elements from index to the end of \
                      the source collection.";
const TOO_SHORT: &str =
    "Destination array was not long enough. Check the destination index, length, and the array's lower bounds.";

/// `HashSet<T>.CopyTo` with a count.
fn copy_some(call: &mut Call<'_, '_>) -> Answer {
    let (set, target) = (call.this::<HashSetObject>()?, call.object::<Array>(1));
    let target = target.ok_or_else(|| Exception::argument_null("array"))?;
    let at = |index: usize, name: &str| {
        usize::try_from(call.int(index)).map_err(|_| Exception::negative(name, call.int(index).into()))
    };
    let (start, count) = (at(2, "arrayIndex")?, at(3, "count")?);
    if target.len().checked_sub(start).is_none_or(|room| room < count) {
        let message = "Destination array is not long enough to copy all the items in the collection. Check array index and length.";
        return Err(Exception::new(ExceptionType::Argument, message).into());
    }
    let items = set.items(call.machine)?;
    target.fill(start, items.into_iter().take(count))?;
    Ok(Value::Null)
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
