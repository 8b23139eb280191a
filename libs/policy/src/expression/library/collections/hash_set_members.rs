//! Members of `HashSet<T>`.

use std::rc::Rc;

use postern_dotnet::Exception;

use super::arguments::{Answer, OUTSIDE_VALID_VALUES, default_of, holds, int, required};
use super::equality::Equality;
use super::hash_set::HashSetObject;
use crate::expression::library::linq::{Source, in_turns};
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Enumerator;
use crate::expression::sequence::Items;
use crate::expression::value::Value;

const HEADER: &str = "class System.Collections.Generic.HashSet<T> : ISet<T>, IReadOnlyCollection<T>";

pub(super) fn declare(library: &mut Library) {
    let builder = library
        .declare(HEADER)
        .constructor("()", |call| empty(call, &Value::Null))
        .constructor("(int capacity)", |call| {
            if call.int(0) < 0 {
                return Err(Exception::argument_out_of_range("capacity", OUTSIDE_VALID_VALUES).into());
            }
            empty(call, &Value::Null)
        })
        .constructor("(IEqualityComparer<T> comparer)", |call| {
            let comparer = call.take(0);
            empty(call, &comparer)
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
        .method("int RemoveWhere(Predicate<T> match)", remove_where)
        .method("void Clear()", |call| {
            call.this::<HashSetObject>()?.table.borrow_mut().clear();
            Ok(Value::Null)
        })
        .method("bool TryGetValue(T equalValue, out T actualValue)", |call| {
            let (set, wanted) = (call.this::<HashSetObject>()?, call.take(1));
            let table = set.table.borrow();
            table.charge_key(call.machine, &wanted)?;
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

fn remove_where(call: &mut Call<'_, '_>) -> Answer {
    in_turns(
        call,
        |call| {
            let (set, predicate) = (call.this::<HashSetObject>()?, required(call, 1, "match")?);
            let items: Box<dyn Enumerator> = Box::new(Items(set.items(call.machine)?.into_iter()));
            Ok((set, predicate, Source::of_walk(items), 0))
        },
        |machine, (set, predicate, items, removed)| {
            while let Some((item, goes)) = items.next_with(machine, |machine, item| holds(machine, predicate, item))? {
                *removed += usize::from(goes && set.remove(machine, &item)?);
                machine.end_turn()?;
            }
            Ok(int(*removed))
        },
    )
}

fn copy(call: &mut Call<'_, '_>) -> Answer {
    let set = in_turns(
        call,
        |call| {
            let (items, comparer) = (required(call, 0, "collection")?, call.take(1));
            let set = HashSetObject::new(call.type_argument(0), Equality::from_argument(&comparer));
            Ok((Some(set), Source::new(items)))
        },
        |machine, (set, items)| {
            if let Some(set) = set {
                set.add_all(machine, items)?;
            }
            Ok(set.take())
        },
    )?;
    Ok(set.map_or(Value::Null, Value::object))
}

fn empty(call: &Call<'_, '_>, comparer: &Value) -> Answer {
    Ok(Value::object(HashSetObject::new(call.type_argument(0), Equality::from_argument(comparer))))
}

fn declare_algebra(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("void UnionWith(IEnumerable<T> other)", |call| {
            in_turns(
                call,
                |call| Ok((call.this::<HashSetObject>()?, Source::new(required(call, 1, "other")?))),
                |machine, (set, items)| set.add_all(machine, items),
            )?;
            Ok(Value::Null)
        })
        .method("void IntersectWith(IEnumerable<T> other)", |call| {
            both(call, Over::Own, |machine, set, other, item| {
                if !other.contains(machine, &item)? {
                    set.remove(machine, &item)?;
                }
                Ok(true)
            })?;
            Ok(Value::Null)
        })
        .method("void ExceptWith(IEnumerable<T> other)", |call| {
            both(call, Over::Other, |machine, set, _, item| set.remove(machine, &item).map(|_| true))?;
            Ok(Value::Null)
        })
        .method("void SymmetricExceptWith(IEnumerable<T> other)", |call| {
            both(
                call,
                Over::Other,
                |machine, set, _, item| Ok(set.remove(machine, &item)? || set.add(machine, item)?),
            )?;
            Ok(Value::Null)
        })
        .method("bool IsSubsetOf(IEnumerable<T> other)", |call| {
            Ok(both(call, Over::Own, |machine, _, other, item| other.contains(machine, &item))?.0.into())
        })
        .method("bool IsProperSubsetOf(IEnumerable<T> other)", |call| {
            let (is_within, sizes) = both(call, Over::Own, |machine, _, other, item| other.contains(machine, &item))?;
            Ok((is_within && sizes[0] < sizes[1]).into())
        })
        .method("bool IsSupersetOf(IEnumerable<T> other)", |call| {
            Ok(both(call, Over::Other, |machine, set, _, item| set.contains(machine, &item))?.0.into())
        })
        .method("bool IsProperSupersetOf(IEnumerable<T> other)", |call| {
            let (is_within, sizes) = both(call, Over::Other, |machine, set, _, item| set.contains(machine, &item))?;
            Ok((is_within && sizes[1] < sizes[0]).into())
        })
        .method("bool SetEquals(IEnumerable<T> other)", |call| {
            let (is_within, sizes) = both(call, Over::Own, |machine, _, other, item| other.contains(machine, &item))?;
            Ok((is_within && sizes[0] == sizes[1]).into())
        })
        .method("bool Overlaps(IEnumerable<T> other)", |call| {
            let (is_apart, _) = both(call, Over::Other, |machine, set, _, item| Ok(!set.contains(machine, &item)?))?;
            Ok((!is_apart).into())
        })
}

/// Which items two sets are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Own,
    Other,
}

/// What is kept while two sets are compared.
struct Both {
    set: Rc<HashSetObject>,
    /// The other sequence as a set that compares the same way, and what of it is not in there yet.
    other: HashSetObject,
    source: Source,
    items: Option<std::vec::IntoIter<Value>>,
}

/// Goes over the items of one of the sets as long as `each` holds: whether it holds for all, and the sizes of both before.
fn both<'h>(
    call: &mut Call<'_, 'h>,
    over: Over,
    mut each: impl FnMut(&mut Machine<'h>, &HashSetObject, &HashSetObject, Value) -> Result<bool, Thrown>,
) -> Result<(bool, [usize; 2]), Thrown> {
    in_turns(
        call,
        |call| {
            let (set, source) = (call.this::<HashSetObject>()?, Source::new(required(call, 1, "other")?));
            Ok(Both { other: set.empty(), set, source, items: None })
        },
        |machine, Both { set, other, source, items }| {
            let items = match items {
                Some(items) => items,
                none => {
                    other.add_all(machine, source)?;
                    let all = if over == Over::Own { set.items(machine)? } else { other.items(machine)? };
                    none.insert(all.into_iter())
                }
            };
            let sizes = [set.len(), other.len()];
            for item in items.by_ref() {
                if !each(machine, set, other, item)? {
                    return Ok((false, sizes));
                }
                machine.end_turn()?;
            }
            Ok((true, sizes))
        },
    )
}
