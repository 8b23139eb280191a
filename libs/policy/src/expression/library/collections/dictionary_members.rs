//! Members of `Dictionary<TKey, TValue>`, and of `KeyValuePair` what only collections need.

use std::ops::ControlFlow;
use std::rc::Rc;

use postern_dotnet::Exception;

use super::arguments::{Answer, OUTSIDE_VALID_VALUES, default_of, int, required};
use super::dictionary::{DictionaryObject, Part, not_found};
use super::equality::Equality;
use super::view::KeyOrValueView;
use crate::expression::library::linq::{Source, in_turns, walk_over};
use crate::expression::library::pair::PairValue;
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

const HEADER: &str = "class System.Collections.Generic.Dictionary<TKey, TValue> : IDictionary<TKey, TValue>, IReadOnlyDictionary<TKey, TValue>";

pub(super) fn declare(library: &mut Library) {
    let builder = library
        .declare(HEADER)
        .constructor("()", |call| empty(call, &Value::Null))
        .constructor("(int capacity)", |call| with_capacity(call, &Value::Null))
        .constructor("(int capacity, IEqualityComparer<TKey> comparer)", |call| {
            let comparer = call.take(1);
            with_capacity(call, &comparer)
        })
        .constructor("(IEqualityComparer<TKey> comparer)", |call| {
            let comparer = call.take(0);
            empty(call, &comparer)
        })
        .constructor("(IDictionary<TKey, TValue> dictionary)", |call| copy(call, "dictionary"))
        .constructor("(IDictionary<TKey, TValue> dictionary, IEqualityComparer<TKey> comparer)", |call| {
            copy(call, "dictionary")
        })
        .constructor("(IEnumerable<KeyValuePair<TKey, TValue>> collection)", |call| copy(call, "collection"))
        .constructor("(IEnumerable<KeyValuePair<TKey, TValue>> collection, IEqualityComparer<TKey> comparer)", |call| {
            copy(call, "collection")
        })
        .getter("int Count", |call| Ok(int(call.this::<DictionaryObject>()?.table.borrow().len())))
        .getter("ICollection<TKey> Keys", |call| view(call, Part::Key))
        .getter("ICollection<TValue> Values", |call| view(call, Part::Value))
        .indexer("TValue this[TKey key]", |call| {
            let (dictionary, key) = keyed(call)?;
            match dictionary.get(&key) {
                Some(value) => Ok(value),
                None => Err(not_found(call.machine, &key)?),
            }
        })
        .index_setter("TValue this[TKey key]", |call| {
            let ((dictionary, key), value) = (keyed(call)?, call.take(2));
            dictionary.put(call.machine, &key, value)?;
            Ok(Value::Null)
        });
    declare_methods(builder);
    library
        .declare("struct System.Collections.Generic.KeyValuePair<TKey, TValue>")
        .constructor("()", |call| {
            let types = [call.type_argument(0), call.type_argument(1)];
            let key = default_of(call.machine, &types[0])?;
            let value = default_of(call.machine, &types[1])?;
            Ok(Value::object(PairValue::new(types, key, value)))
        })
        .method("void Deconstruct(out TKey key, out TValue value)", |call| {
            let pair = call.this::<PairValue>()?;
            call.set_out(1, pair.key.clone());
            call.set_out(2, pair.value.clone());
            Ok(Value::Null)
        });
    library.declare("static class System.Collections.Generic.KeyValuePair").method(
        "static KeyValuePair<TKey, TValue> Create<TKey, TValue>(TKey key, TValue value)",
        |call| {
            let types = [call.type_argument(0), call.type_argument(1)];
            Ok(Value::object(PairValue::new(types, call.take(0), call.take(1))))
        },
    );
}

fn declare_methods(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("void Add(TKey key, TValue value)", |call| {
            let ((dictionary, key), value) = (keyed(call)?, call.take(2));
            dictionary.add(call.machine, &key, value)?;
            Ok(Value::Null)
        })
        .method("bool TryAdd(TKey key, TValue value)", |call| {
            let ((dictionary, key), value) = (keyed(call)?, call.take(2));
            Ok(dictionary.try_add(call.machine, &key, value)?.into())
        })
        .method("bool ContainsKey(TKey key)", |call| {
            let (dictionary, key) = keyed(call)?;
            let found = dictionary.table.borrow().find(&key).is_some();
            Ok(found.into())
        })
        .method("bool ContainsValue(TValue value)", |call| {
            let is_there = in_turns(
                call,
                |call| {
                    let entries = call.this::<DictionaryObject>()?.entries(call.machine)?;
                    Ok((call.take(1), entries.into_iter()))
                },
                |machine, (value, entries)| {
                    for entry in entries {
                        if Equality::default().equal(machine, value, &entry.value)? {
                            return Ok(true);
                        }
                        machine.end_turn()?;
                    }
                    Ok(false)
                },
            )?;
            Ok(is_there.into())
        })
        .method("bool TryGetValue(TKey key, out TValue value)", |call| {
            let (dictionary, key) = keyed(call)?;
            let found = dictionary.get(&key);
            found_or_default(call, found)
        })
        .method("bool Remove(TKey key)", |call| {
            let (dictionary, key) = keyed(call)?;
            let removed = dictionary.table.borrow_mut().remove(&key);
            Ok(removed.is_some().into())
        })
        .method("bool Remove(TKey key, out TValue value)", |call| {
            let (dictionary, key) = keyed(call)?;
            let removed = dictionary.table.borrow_mut().remove(&key);
            found_or_default(call, removed.map(|entry| entry.value))
        })
        .method("void Clear()", |call| {
            call.this::<DictionaryObject>()?.table.borrow_mut().clear();
            Ok(Value::Null)
        })
        .method("int EnsureCapacity(int capacity)", |call| Ok(Value::Int(call.int(1))))
        .method("void TrimExcess()", |_| Ok(Value::Null))
        .method("IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator()", |call| {
            let walk = call.take(0);
            start_pairs(call, walk)
        })
}

/// `GetEnumerator()`: the walk's element type is that of pairs.
pub(super) fn start_pairs(call: &mut Call<'_, '_>, dictionary: Value) -> Answer {
    let pair = Type::generic("System.Collections.Generic.KeyValuePair", [call.type_argument(0), call.type_argument(1)]);
    if let Some(first) = call.arguments.first_mut() {
        *first = dictionary;
    }
    super::enumerator::start_of(call, pair)
}

/// `this` and the key, which must not be null.
fn keyed(call: &mut Call<'_, '_>) -> Result<(Rc<DictionaryObject>, Value), Thrown> {
    let (dictionary, key) = (call.this::<DictionaryObject>()?, required(call, 1, "key")?);
    dictionary.table.borrow().charge_key(call.machine, &key)?;
    Ok((dictionary, key))
}

/// Sets the `out` parameter of `TryGetValue`.
pub(super) fn found_or_default(call: &mut Call<'_, '_>, found: Option<Value>) -> Answer {
    let is_found = found.is_some();
    let value = match found {
        Some(value) => value,
        None => default_of(call.machine, &call.type_argument(1))?,
    };
    call.set_out(2, value);
    Ok(is_found.into())
}

fn with_capacity(call: &mut Call<'_, '_>, comparer: &Value) -> Answer {
    if call.int(0) < 0 {
        return Err(Exception::argument_out_of_range("capacity", OUTSIDE_VALID_VALUES).into());
    }
    empty(call, comparer)
}

fn copy(call: &mut Call<'_, '_>, parameter: &str) -> Answer {
    let dictionary = walk_over(
        call,
        |call| {
            let (pairs, comparer) = (required(call, 0, parameter)?, call.take(1));
            let types = [call.type_argument(0), call.type_argument(1)];
            Ok((Source::new(pairs), DictionaryObject::new(types, Equality::from_argument(&comparer))))
        },
        |machine, dictionary, pair| {
            let (key, value) = key_and_value(pair);
            dictionary.add(machine, &key, value)?;
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(Value::object(dictionary))
}

fn empty(call: &Call<'_, '_>, comparer: &Value) -> Answer {
    let types = [call.type_argument(0), call.type_argument(1)];
    Ok(Value::object(DictionaryObject::new(types, Equality::from_argument(comparer))))
}

/// The parts of a `KeyValuePair`.
pub(super) fn key_and_value(pair: &Value) -> (Value, Value) {
    pair.downcast_ref::<PairValue>().map_or_else(Default::default, |pair| (pair.key.clone(), pair.value.clone()))
}

fn view(call: &Call<'_, '_>, part: Part) -> Answer {
    Ok(Value::object(KeyOrValueView::new(call.this::<DictionaryObject>()?, part)))
}

/// The value of a key of any dictionary, paid for.
pub(super) fn look_up(machine: &mut Machine<'_>, dictionary: &Value, key: &Value) -> Result<Option<Value>, Thrown> {
    machine.charge(key.hashing_steps())?;
    let Value::Object(object) = dictionary else { return Ok(None) };
    Ok(object.dictionary().and_then(|dictionary| dictionary.get(machine, key)))
}
