//! `GroupBy`, `ToLookup`, `Join`, `GroupJoin`.

use super::grouping::{Filling, Group, Lookup};
use super::partition::walk_made;
use super::projection::type_part;
use super::query::{Parts, Source, check, in_turns, query_of, source, walk};
use crate::expression::library::ClassBuilder;
use crate::expression::library::collections::arguments::Answer;
use crate::expression::library::collections::class_name::ClassName;
use crate::expression::library::collections::equality::Equality;
use crate::expression::machine::Machine;
use crate::expression::native::Call;
use crate::expression::object::Enumerator;
use crate::expression::type_object::TypeObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

static GROUPING: ClassName = ClassName::new("System.Linq.IGrouping");

pub(super) fn declare(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    declare_joins(declare_lookups(declare_group_by(builder)))
}

fn declare_group_by(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method(
            "static IEnumerable<IGrouping<K, T>> GroupBy<T, K>(this IEnumerable<T> source, Func<T, K> keySelector)",
            |call| group_by(call, Selectors::KEY, 0),
        )
        .method(
            "static IEnumerable<IGrouping<K, T>> GroupBy<T, K>(this IEnumerable<T> source, Func<T, K> keySelector, \
             IEqualityComparer<K> comparer)",
            |call| group_by(call, Selectors::KEY, 0),
        )
        .method(
            "static IEnumerable<IGrouping<K, E>> GroupBy<T, K, E>(this IEnumerable<T> source, Func<T, K> keySelector, \
             Func<T, E> elementSelector)",
            |call| group_by(call, Selectors::ELEMENT, 2),
        )
        .method(
            "static IEnumerable<IGrouping<K, E>> GroupBy<T, K, E>(this IEnumerable<T> source, Func<T, K> keySelector, \
             Func<T, E> elementSelector, IEqualityComparer<K> comparer)",
            |call| group_by(call, Selectors::ELEMENT, 2),
        )
        .method(
            "static IEnumerable<R> GroupBy<T, K, R>(this IEnumerable<T> source, Func<T, K> keySelector, \
             Func<K, IEnumerable<T>, R> resultSelector)",
            |call| group_by(call, Selectors::RESULT, 0),
        )
        .method(
            "static IEnumerable<R> GroupBy<T, K, R>(this IEnumerable<T> source, Func<T, K> keySelector, \
             Func<K, IEnumerable<T>, R> resultSelector, IEqualityComparer<K> comparer)",
            |call| group_by(call, Selectors::RESULT, 0),
        )
        .method(
            "static IEnumerable<R> GroupBy<T, K, E, R>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, E> elementSelector, \
             Func<K, IEnumerable<E>, R> resultSelector)",
            |call| group_by(call, Selectors::BOTH, 2),
        )
        .method(
            "static IEnumerable<R> GroupBy<T, K, E, R>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, E> elementSelector, \
             Func<K, IEnumerable<E>, R> resultSelector, IEqualityComparer<K> comparer)",
            |call| group_by(call, Selectors::BOTH, 2),
        )
}

fn declare_lookups(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static ILookup<K, T> ToLookup<T, K>(this IEnumerable<T> source, Func<T, K> keySelector)", |call| {
            to_lookup(call, Selectors::KEY, 0)
        })
        .method(
            "static ILookup<K, T> ToLookup<T, K>(this IEnumerable<T> source, Func<T, K> keySelector, IEqualityComparer<K> comparer)",
            |call| to_lookup(call, Selectors::KEY, 0),
        )
        .method(
            "static ILookup<K, E> ToLookup<T, K, E>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, E> elementSelector)",
            |call| to_lookup(call, Selectors::ELEMENT, 2),
        )
        .method(
            "static ILookup<K, E> ToLookup<T, K, E>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, E> elementSelector, \
             IEqualityComparer<K> comparer)",
            |call| to_lookup(call, Selectors::ELEMENT, 2),
        )
}

fn declare_joins(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method(
            "static IEnumerable<R> Join<T, U, K, R>(this IEnumerable<T> outer, IEnumerable<U> inner, Func<T, K> outerKeySelector, \
             Func<U, K> innerKeySelector, Func<T, U, R> resultSelector)",
            |call| joined(call, join),
        )
        .method(
            "static IEnumerable<R> Join<T, U, K, R>(this IEnumerable<T> outer, IEnumerable<U> inner, Func<T, K> outerKeySelector, \
             Func<U, K> innerKeySelector, Func<T, U, R> resultSelector, IEqualityComparer<K> comparer)",
            |call| joined(call, join),
        )
        .method(
            "static IEnumerable<R> GroupJoin<T, U, K, R>(this IEnumerable<T> outer, IEnumerable<U> inner, Func<T, K> outerKeySelector, \
             Func<U, K> innerKeySelector, Func<T, IEnumerable<U>, R> resultSelector)",
            |call| joined(call, group_join),
        )
        .method(
            "static IEnumerable<R> GroupJoin<T, U, K, R>(this IEnumerable<T> outer, IEnumerable<U> inner, Func<T, K> outerKeySelector, \
             Func<U, K> innerKeySelector, Func<T, IEnumerable<U>, R> resultSelector, IEqualityComparer<K> comparer)",
            |call| joined(call, group_join),
        )
}

/// Which functions follow source and key selector. The comparer, if there is one, is behind them.
struct Selectors {
    names: &'static [&'static str],
    has_element: bool,
    has_result: bool,
}

impl Selectors {
    const KEY: Selectors = Selectors { names: &["source", "keySelector"], has_element: false, has_result: false };
    const ELEMENT: Selectors =
        Selectors { names: &["source", "keySelector", "elementSelector"], has_element: true, has_result: false };
    const RESULT: Selectors =
        Selectors { names: &["source", "keySelector", "resultSelector"], has_element: false, has_result: true };
    const BOTH: Selectors = Selectors {
        names: &["source", "keySelector", "elementSelector", "resultSelector"],
        has_element: true,
        has_result: true,
    };
}

/// The arguments of `GroupBy` as its query keeps them: source, key, element, result, comparer, types of key and element.
#[allow(clippy::needless_pass_by_value, reason = "the constants are made for one call each")]
fn group_by(call: &mut Call<'_, '_>, selectors: Selectors, element: usize) -> Answer {
    check(call, selectors.names)?;
    let [key_type, element_type] = [call.type_argument(1), call.type_argument(element)];
    let (source, key) = (call.take(0), call.take(1));
    let comparer = call.take(selectors.names.len());
    let element = if selectors.has_element { call.take(2) } else { Value::Null };
    let result = if selectors.has_result { call.take(selectors.names.len() - 1) } else { Value::Null };
    let of = if selectors.has_result {
        call.types.last().cloned().unwrap_or(Type::Object)
    } else {
        GROUPING.of([key_type.clone(), element_type.clone()])
    };
    let types = [key_type, element_type].map(|of| Value::object(TypeObject(of)));
    call.arguments = [source, key, element, result, comparer].into_iter().chain(types).collect();
    query_of(call, &[], of, groups)
}

fn groups(parts: &Parts) -> Box<dyn Enumerator> {
    let source = parts.source(0);
    let (key, element, result) = (parts.get(1), parts.get(2), parts.get(3));
    let mut lookup = Lookup::new([type_part(parts, 5), type_part(parts, 6)], Equality::from_argument(&parts.get(4)));
    let mut filling = Filling::new(source, (key, element), false);
    let groups = walk_made(move |machine| {
        lookup.fill(machine, &mut filling)?;
        lookup.groups(machine)
    });
    if result.is_null() {
        return groups;
    }
    let mut groups = Source::of_walk(groups);
    walk(move |machine| {
        let made = groups.next_with(machine, |machine, group| {
            let key = group.downcast_ref::<Group>().map(|group| group.key.clone()).unwrap_or_default();
            machine.invoke_in_turns(&result, &[key, group.clone()])
        })?;
        Ok(made.map(|(_, made)| made))
    })
}

#[allow(clippy::needless_pass_by_value, reason = "the constants are made for one call each")]
fn to_lookup(call: &mut Call<'_, '_>, selectors: Selectors, element: usize) -> Answer {
    let lookup = in_turns(
        call,
        |call| {
            let types = [call.type_argument(1), call.type_argument(element)];
            let comparer = call.argument(selectors.names.len()).clone();
            let walk = source(call, selectors.names)?;
            let functions = (call.take(1), if selectors.has_element { call.take(2) } else { Value::Null });
            let lookup = Lookup::new(types, Equality::from_argument(&comparer));
            Ok((Some(lookup), Filling::new(walk, functions, false)))
        },
        |machine, (lookup, filling)| {
            if let Some(lookup) = lookup {
                lookup.fill(machine, filling)?;
            }
            Ok(lookup.take())
        },
    )?;
    Ok(lookup.map_or(Value::Null, Value::object))
}

/// The type of the inner items goes behind the comparer.
fn joined(call: &mut Call<'_, '_>, start: super::query::Start) -> Answer {
    let names = ["outer", "inner", "outerKeySelector", "innerKeySelector", "resultSelector"];
    let inner = Value::object(TypeObject(call.type_argument(1)));
    let of = call.type_argument(3);
    call.arguments.resize(names.len() + 1, Value::Null);
    call.arguments.push(inner);
    query_of(call, &names, of, start)
}

fn join(parts: &Parts) -> Box<dyn Enumerator> {
    let mut outer = parts.source(0);
    let (outer_key, inner_key, result) = (parts.get(2), parts.get(3), parts.get(4));
    let mut lookup = Lookup::new([Type::Object, type_part(parts, 6)], Equality::from_argument(&parts.get(5)));
    let mut inner = Some(Filling::new(parts.source(1), (inner_key, Value::Null), true));
    // The outer item at hand, and the inner ones that go with it.
    let mut current: Option<(Value, Source)> = None;
    walk(move |machine| {
        if let Some(inner) = &mut inner {
            lookup.fill(machine, inner)?;
        }
        inner = None;
        loop {
            if let Some((outer, items)) = &mut current {
                let made = items.next_with(machine, |machine, item| {
                    machine.invoke_in_turns(&result, &[outer.clone(), item.clone()])
                })?;
                if let Some((_, made)) = made {
                    return Ok(Some(made));
                }
            }
            current = None;
            let ask = |machine: &mut Machine<'_>, item: &Value| {
                machine.invoke_in_turns(&outer_key, std::slice::from_ref(item))
            };
            let Some((item, key)) = outer.next_with(machine, ask)? else { return Ok(None) };
            current = Some((item, Source::new(lookup.items(machine, &key)?)));
            machine.end_turn()?;
        }
    })
}

fn group_join(parts: &Parts) -> Box<dyn Enumerator> {
    let mut outer = parts.source(0);
    let (outer_key, inner_key, result) = (parts.get(2), parts.get(3), parts.get(4));
    let mut lookup = Lookup::new([Type::Object, type_part(parts, 6)], Equality::from_argument(&parts.get(5)));
    let mut inner = Some(Filling::new(parts.source(1), (inner_key, Value::Null), true));
    // The outer item at hand with its key.
    let mut current: Option<(Value, Value)> = None;
    walk(move |machine| {
        if let Some(inner) = &mut inner {
            lookup.fill(machine, inner)?;
        }
        inner = None;
        if current.is_none() {
            let ask = |machine: &mut Machine<'_>, item: &Value| {
                machine.invoke_in_turns(&outer_key, std::slice::from_ref(item))
            };
            current = outer.next_with(machine, ask)?;
        }
        let Some((item, key)) = &current else { return Ok(None) };
        let group = lookup.items(machine, key)?;
        let made = machine.invoke_in_turns(&result, &[item.clone(), group])?;
        current = None;
        Ok(Some(made))
    })
}
