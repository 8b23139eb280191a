//! Members of `HashSet<T>`.

use std::rc::Rc;

use postern_dotnet::Exception;

use super::arguments::{Answer, OUTSIDE_VALID_VALUES, default_of, holds, int, required};
use super::equality::Equality;
use super::hash_set::HashSetObject;
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::value::Value;

const HEADER: &str = "class System.Collections.Generic.HashSet<T> : ISet<T>, IReadOnlyCollection<T>";

pub(super) fn declare(library: &mut Library) {
    let builder = library
        .declare(HEADER)
        .constructor("()", |call| new(call, &Value::Null, &Value::Null))
        .constructor("(int capacity)", |call| {
            if call.int(0) < 0 {
                return Err(Exception::argument_out_of_range("capacity", OUTSIDE_VALID_VALUES).into());
            }
            new(call, &Value::Null, &Value::Null)
        })
        .constructor("(IEqualityComparer<T> comparer)", |call| {
            let comparer = call.take(0);
            new(call, &Value::Null, &comparer)
        })
        .constructor("(IEnumerable<T> collection)", copy)
        .constructor("(IEnumerable<T> collection, IEqualityComparer<T> comparer)", copy)
        .getter("int Count", |call| Ok(int(call.this::<HashSetObject>()?.len())))
        .method("bool Add(T item)", |call| {
            let (set, item) = (call.this::<HashSetObject>()?, call.take(1));
            Ok(set.add(call.machine, item)?.into())
        })
        .method("bool Contains(T item)", |call| {
            let (set, item) = (call.this::<HashSetObject>()?, call.take(1));
            Ok(set.contains(call.machine, &item)?.into())
        })
        .method("bool Remove(T item)", |call| {
            let (set, item) = (call.this::<HashSetObject>()?, call.take(1));
            Ok(set.remove(call.machine, &item)?.into())
        })
        .method("int RemoveWhere(Predicate<T> match)", |call| {
            let (set, predicate) = (call.this::<HashSetObject>()?, required(call, 1, "match")?);
            let mut removed = 0;
            for item in set.items(call.machine)? {
                if holds(call.machine, &predicate, &item)? && set.remove(call.machine, &item)? {
                    removed += 1;
                }
            }
            Ok(int(removed))
        })
        .method("void Clear()", |call| {
            call.this::<HashSetObject>()?.table.borrow_mut().clear();
            Ok(Value::Null)
        })
        .method("bool TryGetValue(T equalValue, out T actualValue)", |call| {
            let (set, wanted) = (call.this::<HashSetObject>()?, call.take(1));
            call.machine.charge(1)?;
            let table = set.table.borrow();
            let found = table.find(&wanted).and_then(|slot| table.entry(slot)).map(|entry| entry.key.clone());
            let is_found = found.is_some();
            let value = match found {
                Some(value) => value,
                None => default_of(call.machine, &call.type_argument(0))?,
            };
            call.set_out(2, value);
            Ok(is_found.into())
        })
        .method("void CopyTo(T[] array)", super::interfaces::copy_to)
        .method("void CopyTo(T[] array, int arrayIndex)", super::interfaces::copy_to)
        .method("IEnumerator<T> GetEnumerator()", super::enumerator::start);
    declare_algebra(builder);
    declare_algebra(library.declare("interface System.Collections.Generic.ISet<T> : ICollection<T>")).method(
        "bool Add(T item)",
        |call| {
            let (set, item) = (call.this::<HashSetObject>()?, call.take(1));
            Ok(set.add(call.machine, item)?.into())
        },
    );
}

fn copy(call: &mut Call<'_, '_>) -> Answer {
    let (items, comparer) = (required(call, 0, "collection")?, call.take(1));
    new(call, &items, &comparer)
}

fn new(call: &mut Call<'_, '_>, items: &Value, comparer: &Value) -> Answer {
    let set = HashSetObject::new(call.type_argument(0), Equality::from_argument(comparer));
    if !items.is_null() {
        set.add_all(call.machine, items)?;
    }
    Ok(Value::object(set))
}

fn declare_algebra(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("void UnionWith(IEnumerable<T> other)", |call| {
            let (set, other) = (call.this::<HashSetObject>()?, required(call, 1, "other")?);
            set.add_all(call.machine, &other)?;
            Ok(Value::Null)
        })
        .method("void IntersectWith(IEnumerable<T> other)", |call| {
            let (set, other) = both(call)?;
            keep(call.machine, &set, |machine, item| other.contains(machine, item))
        })
        .method("void ExceptWith(IEnumerable<T> other)", |call| {
            let (set, other) = both(call)?;
            keep(call.machine, &set, |machine, item| Ok(!other.contains(machine, item)?))
        })
        .method("void SymmetricExceptWith(IEnumerable<T> other)", |call| {
            let (set, other) = both(call)?;
            for item in other.items(call.machine)? {
                if !set.remove(call.machine, &item)? {
                    set.add(call.machine, item)?;
                }
            }
            Ok(Value::Null)
        })
        .method("bool IsSubsetOf(IEnumerable<T> other)", |call| {
            let (set, other) = both(call)?;
            Ok(is_within(call.machine, &set, &other)?.into())
        })
        .method("bool IsProperSubsetOf(IEnumerable<T> other)", |call| {
            let (set, other) = both(call)?;
            Ok((set.len() < other.len() && is_within(call.machine, &set, &other)?).into())
        })
        .method("bool IsSupersetOf(IEnumerable<T> other)", |call| {
            let (set, other) = both(call)?;
            Ok(is_within(call.machine, &other, &set)?.into())
        })
        .method("bool IsProperSupersetOf(IEnumerable<T> other)", |call| {
            let (set, other) = both(call)?;
            Ok((other.len() < set.len() && is_within(call.machine, &other, &set)?).into())
        })
        .method("bool SetEquals(IEnumerable<T> other)", |call| {
            let (set, other) = both(call)?;
            Ok((set.len() == other.len() && is_within(call.machine, &set, &other)?).into())
        })
        .method("bool Overlaps(IEnumerable<T> other)", |call| {
            let (set, other) = both(call)?;
            for item in other.items(call.machine)? {
                if set.contains(call.machine, &item)? {
                    return Ok(true.into());
                }
            }
            Ok(false.into())
        })
}

/// The set, and the other sequence as one that compares the same way.
fn both(call: &mut Call<'_, '_>) -> Result<(Rc<HashSetObject>, HashSetObject), Thrown> {
    let (set, other) = (call.this::<HashSetObject>()?, required(call, 1, "other")?);
    let other = set.set_of(call.machine, &other)?;
    Ok((set, other))
}

fn is_within(machine: &mut Machine<'_>, small: &HashSetObject, large: &HashSetObject) -> Result<bool, Thrown> {
    for item in small.items(machine)? {
        if !large.contains(machine, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes the items that are not to be kept.
fn keep(
    machine: &mut Machine<'_>,
    set: &HashSetObject,
    mut is_kept: impl FnMut(&mut Machine<'_>, &Value) -> Result<bool, Thrown>,
) -> Answer {
    for item in set.items(machine)? {
        if !is_kept(machine, &item)? {
            set.remove(machine, &item)?;
        }
    }
    Ok(Value::Null)
}
