//! Members of `List<T>` that change it or take parts of it.

use postern_dotnet::{Exception, ExceptionType};

use super::arguments::{Answer, NOT_NEGATIVE, default_of, holds, index_below, int, range, required};
use super::is_collection;
use super::list::ListObject;
use super::list_search;
use super::order::{Order, sort_in_pieces};
use super::predicate_search::converted;
use super::value_search::first_equal;
use super::view::ReadOnlyObject;
use crate::expression::array::Array;
use crate::expression::library::linq::{Source, in_turns, items_and_length, items_of};
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::value::Value;

pub(super) const HEADER: &str = "class System.Collections.Generic.List<T> : IList<T>, IReadOnlyList<T>, IList";

pub(super) fn declare(library: &mut Library) {
    let builder = library
        .declare(HEADER)
        .constructor("()", |call| Ok(new(call, Vec::new())))
        .constructor("(int capacity)", |call| {
            let Ok(room) = usize::try_from(call.int(0)) else {
                return Err(Exception::argument_out_of_range("capacity", NOT_NEGATIVE).into());
            };
            let list = ListObject::new(call.type_argument(0), Vec::new());
            list.set_capacity(room);
            Ok(Value::object(list))
        })
        .constructor("(IEnumerable<T> collection)", |call| {
            let (items, is_known) = items_and_length(call, |call| required(call, 0, "collection"), is_collection)?;
            Ok(Value::object(ListObject::of_items(call.type_argument(0), items, is_known)))
        })
        .getter("int Count", |call| Ok(int(call.this::<ListObject>()?.len())))
        .getter("int Capacity", |call| Ok(int(call.this::<ListObject>()?.capacity())))
        .indexer("T this[int index]", |call| {
            let list = call.this::<ListObject>()?;
            let index = index_below(call, 1, list.len())?;
            Ok(List::get(&*list, index).unwrap_or_default())
        })
        .index_setter("T this[int index]", |call| {
            let list = call.this::<ListObject>()?;
            let index = index_below(call, 1, list.len())?;
            list.set(index, call.take(2))?;
            Ok(Value::Null)
        });
    declare_copies(declare_removals(declare_additions(builder)));
}

fn new(call: &Call<'_, '_>, items: Vec<Value>) -> Value {
    Value::object(ListObject::new(call.type_argument(0), items))
}

fn declare_additions(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("void Add(T item)", |call| {
            let item = call.take(1);
            call.this::<ListObject>()?.push(call.machine, item)?;
            Ok(Value::Null)
        })
        .method("void AddRange(IEnumerable<T> collection)", |call| {
            let list = call.this::<ListObject>()?;
            let (mut items, is_known) = items_and_length(call, |call| required(call, 1, "collection"), is_collection)?;
            if !is_known {
                list.grow_singly(list.len() + items.len());
            }
            list.change(|own| own.append(&mut items));
            Ok(Value::Null)
        })
        .method("void Insert(int index, T item)", |call| {
            let list = call.this::<ListObject>()?;
            let index = insertion_index(call, &list)?;
            list.charge_shift(call.machine, index)?;
            call.machine.charge_memory(size_of::<Value>())?;
            let item = call.take(2);
            list.change(|items| items.insert(index.min(items.len()), item));
            Ok(Value::Null)
        })
        .method("void InsertRange(int index, IEnumerable<T> collection)", |call| {
            let list = call.this::<ListObject>()?;
            let begin = |call: &mut Call<'_, '_>| {
                let collection = required(call, 2, "collection")?;
                insertion_index(call, &list)?;
                Ok(collection)
            };
            let (new_items, is_known) = items_and_length(call, begin, is_collection)?;
            // Walking may have run code that changed the list.
            let index = insertion_index(call, &list)?;
            list.charge_shift(call.machine, index)?;
            if !is_known {
                list.grow_singly(list.len() + new_items.len());
            }
            list.change(|items| items.splice(index..index, new_items).for_each(drop));
            Ok(Value::Null)
        })
}

fn insertion_index(call: &Call<'_, '_>, list: &ListObject) -> Result<usize, Thrown> {
    let index = usize::try_from(call.int(1)).ok().filter(|index| *index <= list.len());
    index
        .ok_or_else(|| Exception::argument_out_of_range("index", "Index must be within the bounds of the List.").into())
}

fn declare_removals(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("void Clear()", |call| {
            let mut items = call.this::<ListObject>()?.change(std::mem::take);
            crate::expression::release::release_all(&mut items);
            Ok(Value::Null)
        })
        .method("bool Remove(T item)", |call| {
            let list = call.this::<ListObject>()?;
            let found = first_equal(call, list_search::all)?;
            if let Some(index) = found {
                list.charge_shift(call.machine, index)?;
                list.change(|items| items.remove(index));
            }
            Ok(found.is_some().into())
        })
        .method("void RemoveAt(int index)", |call| {
            let list = call.this::<ListObject>()?;
            let index = index_below(call, 1, list.len())?;
            list.charge_shift(call.machine, index)?;
            list.change(|items| items.remove(index));
            Ok(Value::Null)
        })
        .method("void RemoveRange(int index, int count)", |call| {
            let list = call.this::<ListObject>()?;
            let range = range(call, 1, list.len())?;
            list.charge_shift(call.machine, range.start)?;
            list.change(|items| items.drain(range).for_each(drop));
            Ok(Value::Null)
        })
        .method("int RemoveAll(Predicate<T> match)", remove_all)
        .method("void Reverse()", |call| {
            let list = call.this::<ListObject>()?;
            call.machine.charge(list.len())?;
            list.change(|items| items.reverse());
            Ok(Value::Null)
        })
        .method("void Reverse(int index, int count)", |call| {
            let list = call.this::<ListObject>()?;
            let range = range(call, 1, list.len())?;
            call.machine.charge(range.len())?;
            list.change(|items| items.get_mut(range).map(<[Value]>::reverse));
            Ok(Value::Null)
        })
        .method("void Sort()", sort_by_argument)
        .method("void Sort(IComparer<T> comparer)", sort_by_argument)
        .method("void Sort(Comparison<T> comparison)", |call| {
            if call.argument(1).is_null() {
                return Err(Exception::argument_null("comparison").into());
            }
            sort_by_argument(call)
        })
        .method("void Sort(int index, int count, IComparer<T> comparer)", sort_part)
        .method("void TrimExcess()", |call| {
            let list = call.this::<ListObject>()?;
            // What is nearly full stays as it is.
            if list.len() < list.capacity() * 9 / 10 {
                list.set_capacity(list.len());
            }
            Ok(Value::Null)
        })
        .method("int EnsureCapacity(int capacity)", |call| {
            let Ok(wanted) = usize::try_from(call.int(1)) else {
                return Err(Exception::argument_out_of_range("capacity", NOT_NEGATIVE).into());
            };
            let list = call.this::<ListObject>()?;
            list.grow(wanted);
            Ok(int(list.capacity()))
        })
}

fn sort_by_argument(call: &mut Call<'_, '_>) -> Answer {
    let (list, order) = (call.this::<ListObject>()?, Order::from_argument(call.argument(1)));
    let sorted = sort_in_pieces(call.machine, &order, |machine| list.copy(machine))?;
    put(&list, 0, sorted);
    Ok(Value::Null)
}

/// Puts sorted items in their places. What a comparer has added behind them stays.
fn put(list: &ListObject, start: usize, sorted: Vec<Value>) {
    list.change(|items| {
        items.iter_mut().skip(start).zip(sorted).for_each(|(place, item)| *place = item);
    });
}

fn sort_part(call: &mut Call<'_, '_>) -> Answer {
    let (list, order) = (call.this::<ListObject>()?, Order::from_argument(call.argument(3)));
    // A comparer may change the list: what was checked once is not checked again when the sorting goes on.
    let part = match call.machine.is_resumed() {
        false => range(call, 1, list.len())?,
        true => {
            let at = |index| usize::try_from(call.int(index)).unwrap_or(0);
            at(1)..at(1).saturating_add(at(2))
        }
    };
    let sorted = sort_in_pieces(call.machine, &order, |machine| Ok(list.copy(machine)?.drain(part.clone()).collect()))?;
    call.machine.charge(list.len())?;
    put(&list, part.start, sorted);
    Ok(Value::Null)
}

/// `RemoveAll`, on the list itself: the predicate sees what has moved down already, and what it adds is asked about, too.
fn remove_all(call: &mut Call<'_, '_>) -> Answer {
    in_turns(
        call,
        |call| Ok((call.this::<ListObject>()?, required(call, 1, "match")?, 0, 0, None)),
        |machine, (list, predicate, kept, next, pending)| {
            while let Some(item) = pending.take().or_else(|| List::get(&**list, *next)) {
                *pending = Some(item.clone());
                let goes = holds(machine, predicate, &item)?;
                *pending = None;
                if !goes {
                    if kept < next {
                        list.move_down(*next, *kept);
                    }
                    *kept += 1;
                }
                *next += 1;
                machine.end_turn()?;
            }
            let removed = list.len().saturating_sub(*kept);
            if removed > 0 {
                let mut gone = list.change(|items| items.split_off(*kept));
                crate::expression::release::release_all(&mut gone);
            }
            Ok(int(removed))
        },
    )
}

fn declare_copies(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("T[] ToArray()", |call| {
            let list = call.this::<ListObject>()?;
            Ok(Value::object(Array::values(list.element().clone(), list.copy(call.machine)?)))
        })
        .method("List<T> GetRange(int index, int count)", get_range)
        .method("List<TOutput> ConvertAll<TOutput>(Converter<T, TOutput> converter)", |call| {
            let items = converted(call, list_search::all)?;
            Ok(Value::object(ListObject::new(call.type_argument(1), items)))
        })
        .method("ReadOnlyCollection<T> AsReadOnly()", |call| {
            let element = call.type_argument(0);
            Ok(Value::object(ReadOnlyObject::new(element, call.take(0))))
        })
        .method("void CopyTo(T[] array)", copy_to)
        .method("void CopyTo(T[] array, int arrayIndex)", copy_to)
        .method("void ForEach(Action<T> action)", for_each)
        .method("IEnumerator<T> GetEnumerator()", super::enumerator::start)
}

pub(super) fn get_range(call: &mut Call<'_, '_>) -> Answer {
    let list = call.this::<ListObject>()?;
    let range = range(call, 1, list.len())?;
    call.machine.charge_memory(range.len() * size_of::<Value>())?;
    let items = list.read(|items| items.get(range).map(<[Value]>::to_vec).unwrap_or_default());
    Ok(new(call, items))
}

fn for_each(call: &mut Call<'_, '_>) -> Answer {
    in_turns(
        call,
        |call| {
            let (list, action) = (call.this::<ListObject>()?, required(call, 1, "action")?);
            let version = list.version();
            Ok((list, action, version, 0, None))
        },
        |machine, (list, action, version, index, pending)| {
            while let Some(item) = pending.take().or_else(|| List::get(&**list, *index)) {
                // Kept over a pause: the action may have taken it off the list.
                *pending = Some(item.clone());
                machine.invoke_in_turns(action, &[item])?;
                *pending = None;
                if list.version() != *version {
                    return Err(super::arguments::modified());
                }
                *index += 1;
                machine.end_turn()?;
            }
            Ok(Value::Null)
        },
    )
}

/// `CopyTo(array)` and `CopyTo(array, index)` of any collection.
pub(super) fn copy_to(call: &mut Call<'_, '_>) -> Answer {
    let items = items_of(call, |call| {
        if call.argument(1).is_null() {
            return Err(Exception::argument_null("array").into());
        }
        Ok(Source::new(call.argument(0).clone()))
    })?;
    let Some(array) = call.object::<Array>(1) else { return Err(Exception::null_reference().into()) };
    let start =
        usize::try_from(call.int(2)).map_err(|_| Exception::argument_out_of_range("destinationIndex", NOT_NEGATIVE))?;
    if array.len().checked_sub(start).is_none_or(|room| room < items.len()) {
        let message = "Destination array was not long enough. Check the destination index, length, and the array's lower bounds. (Parameter \
                       'destinationArray')";
        return Err(Exception::new(ExceptionType::Argument, message).into());
    }
    call.machine.charge(items.len() / 2)?;
    array.fill(start, items)?;
    Ok(Value::Null)
}

/// `default(T)` of the list's elements, or an item.
pub(super) fn or_default(call: &mut Call<'_, '_>, item: Option<Value>) -> Answer {
    match item {
        Some(item) => Ok(item),
        None => default_of(call.machine, &call.type_argument(0)),
    }
}
