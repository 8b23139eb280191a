//! `ToArray`, `ToList`, `ToDictionary`, `ToHashSet`.

use std::ops::ControlFlow;

use super::query::{all_items, check, has_known_length, items_and_length, source, walk_over};
use crate::expression::array::Array;
use crate::expression::library::ClassBuilder;
use crate::expression::library::collections::arguments::Answer;
use crate::expression::library::collections::equality::Equality;
use crate::expression::library::collections::{DictionaryObject, HashSetObject, ListObject};
use crate::expression::library::pair::PairValue;
use crate::expression::native::Call;
use crate::expression::tuple::TupleObject;
use crate::expression::value::Value;

pub(super) fn declare(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    let builder = builder
        .method("static T[] ToArray<T>(this IEnumerable<T> source)", |call| {
            let items = all_items(call)?;
            Ok(Value::object(Array::values(call.type_argument(0), items)))
        })
        .method("static List<T> ToList<T>(this IEnumerable<T> source)", |call| {
            let begin = |call: &mut Call<'_, '_>| {
                check(call, &["source"])?;
                Ok(call.take(0))
            };
            let (items, is_known) = items_and_length(call, begin, has_known_length)?;
            Ok(Value::object(ListObject::of_items(call.type_argument(0), items, is_known)))
        })
        .method("static HashSet<T> ToHashSet<T>(this IEnumerable<T> source)", to_hash_set)
        .method(
            "static HashSet<T> ToHashSet<T>(this IEnumerable<T> source, IEqualityComparer<T> comparer)",
            to_hash_set,
        );
    declare_dictionaries(builder)
}

fn declare_dictionaries(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method(
            "static Dictionary<K, T> ToDictionary<T, K>(this IEnumerable<T> source, Func<T, K> keySelector)",
            |call| to_dictionary(call, Values::Items),
        )
        .method(
            "static Dictionary<K, T> ToDictionary<T, K>(this IEnumerable<T> source, Func<T, K> keySelector, IEqualityComparer<K> comparer)",
            |call| to_dictionary(call, Values::Items),
        )
        .method(
            "static Dictionary<K, V> ToDictionary<T, K, V>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, V> elementSelector)",
            |call| to_dictionary(call, Values::Selected),
        )
        .method(
            "static Dictionary<K, V> ToDictionary<T, K, V>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, V> elementSelector, \
             IEqualityComparer<K> comparer)",
            |call| to_dictionary(call, Values::Selected),
        )
        .method("static Dictionary<K, V> ToDictionary<K, V>(this IEnumerable<KeyValuePair<K, V>> source)", of_pairs)
        .method(
            "static Dictionary<K, V> ToDictionary<K, V>(this IEnumerable<KeyValuePair<K, V>> source, IEqualityComparer<K> comparer)",
            of_pairs,
        )
        .method("static Dictionary<K, V> ToDictionary<K, V>(this IEnumerable<(K, V)> source)", of_pairs)
        .method(
            "static Dictionary<K, V> ToDictionary<K, V>(this IEnumerable<(K, V)> source, IEqualityComparer<K> comparer)",
            of_pairs,
        )
}

fn to_hash_set(call: &mut Call<'_, '_>) -> Answer {
    let set = walk_over(
        call,
        |call| {
            let set = HashSetObject::new(call.type_argument(0), Equality::from_argument(call.argument(1)));
            Ok((source(call, &["source"])?, set))
        },
        |machine, set, item| {
            set.add(machine, item.clone())?;
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(Value::object(set))
}

/// What the values of a dictionary are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    Items,
    Selected,
}

fn to_dictionary(call: &mut Call<'_, '_>, values: Values) -> Answer {
    let (names, value_type): (&[&str], usize) = match values {
        Values::Items => (&["source", "keySelector"], 0),
        Values::Selected => (&["source", "keySelector", "elementSelector"], 2),
    };
    let (key, element) = (call.argument(1).clone(), call.argument(2).clone());
    // The key of the item at hand is kept while its value is made.
    let (dictionary, _) = walk_over(
        call,
        |call| {
            let comparer = call.argument(names.len()).clone();
            let types = [call.type_argument(1), call.type_argument(value_type)];
            Ok((source(call, names)?, (DictionaryObject::new(types, Equality::from_argument(&comparer)), None)))
        },
        |machine, (dictionary, known), item| {
            if known.is_none() {
                *known = Some(machine.invoke_in_turns(&key, std::slice::from_ref(item))?);
            }
            let value = if values == Values::Items {
                item.clone()
            } else {
                machine.invoke_in_turns(&element, std::slice::from_ref(item))?
            };
            if let Some(key) = known.take() {
                dictionary.add(machine, &key, value)?;
            }
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(Value::object(dictionary))
}

fn of_pairs(call: &mut Call<'_, '_>) -> Answer {
    let dictionary = walk_over(
        call,
        |call| {
            let comparer = call.argument(1).clone();
            let types = [call.type_argument(0), call.type_argument(1)];
            Ok((source(call, &["source"])?, DictionaryObject::new(types, Equality::from_argument(&comparer))))
        },
        |machine, dictionary, item| {
            if let Some(pair) = item.downcast_ref::<PairValue>() {
                dictionary.add(machine, &pair.key, pair.value.clone())?;
            } else if let Some([key, value]) = item.downcast_ref::<TupleObject>().map(TupleObject::items) {
                dictionary.add(machine, key, value.clone())?;
            }
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(Value::object(dictionary))
}
