//! `Distinct`, `Union`, `Intersect`, `Except`, and the same by a key.

use std::collections::VecDeque;

use super::query::{Parts, Source, query, walk};
use crate::expression::library::ClassBuilder;
use crate::expression::library::collections::HashSetObject;
use crate::expression::library::collections::arguments::Answer;
use crate::expression::library::collections::equality::Equality;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Enumerator;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    let builder = builder
        .method("static IEnumerable<T> Distinct<T>(this IEnumerable<T> source)", distinct)
        .method("static IEnumerable<T> Distinct<T>(this IEnumerable<T> source, IEqualityComparer<T> comparer)", distinct)
        .method("static IEnumerable<T> Union<T>(this IEnumerable<T> first, IEnumerable<T> second)", union)
        .method(
            "static IEnumerable<T> Union<T>(this IEnumerable<T> first, IEnumerable<T> second, IEqualityComparer<T> comparer)",
            union,
        )
        .method("static IEnumerable<T> Intersect<T>(this IEnumerable<T> first, IEnumerable<T> second)", intersect)
        .method(
            "static IEnumerable<T> Intersect<T>(this IEnumerable<T> first, IEnumerable<T> second, IEqualityComparer<T> comparer)",
            intersect,
        )
        .method("static IEnumerable<T> Except<T>(this IEnumerable<T> first, IEnumerable<T> second)", except)
        .method(
            "static IEnumerable<T> Except<T>(this IEnumerable<T> first, IEnumerable<T> second, IEqualityComparer<T> comparer)",
            except,
        );
    declare_by_key(builder)
}

fn declare_by_key(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static IEnumerable<T> DistinctBy<T, K>(this IEnumerable<T> source, Func<T, K> keySelector)", distinct_by)
        .method(
            "static IEnumerable<T> DistinctBy<T, K>(this IEnumerable<T> source, Func<T, K> keySelector, IEqualityComparer<K> comparer)",
            distinct_by,
        )
        .method(
            "static IEnumerable<T> UnionBy<T, K>(this IEnumerable<T> first, IEnumerable<T> second, Func<T, K> keySelector)",
            union_by,
        )
        .method(
            "static IEnumerable<T> UnionBy<T, K>(this IEnumerable<T> first, IEnumerable<T> second, Func<T, K> keySelector, \
             IEqualityComparer<K> comparer)",
            union_by,
        )
        .method(
            "static IEnumerable<T> IntersectBy<T, K>(this IEnumerable<T> first, IEnumerable<K> second, Func<T, K> keySelector)",
            intersect_by,
        )
        .method(
            "static IEnumerable<T> IntersectBy<T, K>(this IEnumerable<T> first, IEnumerable<K> second, Func<T, K> keySelector, \
             IEqualityComparer<K> comparer)",
            intersect_by,
        )
        .method(
            "static IEnumerable<T> ExceptBy<T, K>(this IEnumerable<T> first, IEnumerable<K> second, Func<T, K> keySelector)",
            except_by,
        )
        .method(
            "static IEnumerable<T> ExceptBy<T, K>(this IEnumerable<T> first, IEnumerable<K> second, Func<T, K> keySelector, \
             IEqualityComparer<K> comparer)",
            except_by,
        )
}

fn distinct(call: &mut Call<'_, '_>) -> Answer {
    query(call, &["source"], 0, |parts| new_only(vec![parts.source(0)], Value::Null, &parts.get(1)))
}

fn distinct_by(call: &mut Call<'_, '_>) -> Answer {
    query(call, &["source", "keySelector"], 0, |parts| new_only(vec![parts.source(0)], parts.get(1), &parts.get(2)))
}

fn union(call: &mut Call<'_, '_>) -> Answer {
    query(call, &["first", "second"], 0, |parts| {
        new_only(vec![parts.source(0), parts.source(1)], Value::Null, &parts.get(2))
    })
}

fn union_by(call: &mut Call<'_, '_>) -> Answer {
    query(call, &["first", "second", "keySelector"], 0, |parts| {
        new_only(vec![parts.source(0), parts.source(1)], parts.get(2), &parts.get(3))
    })
}

fn intersect(call: &mut Call<'_, '_>) -> Answer {
    query(call, &["first", "second"], 0, |parts| compared(parts, Value::Null, &parts.get(2), Wanted::InBoth))
}

fn intersect_by(call: &mut Call<'_, '_>) -> Answer {
    query(call, &["first", "second", "keySelector"], 0, |parts| {
        compared(parts, parts.get(2), &parts.get(3), Wanted::InBoth)
    })
}

fn except(call: &mut Call<'_, '_>) -> Answer {
    query(call, &["first", "second"], 0, |parts| compared(parts, Value::Null, &parts.get(2), Wanted::OnlyInFirst))
}

fn except_by(call: &mut Call<'_, '_>) -> Answer {
    query(call, &["first", "second", "keySelector"], 0, |parts| {
        compared(parts, parts.get(2), &parts.get(3), Wanted::OnlyInFirst)
    })
}

/// What an item is compared by: itself if the selector is null.
fn key_of(machine: &mut Machine<'_>, selector: &Value, item: &Value) -> Result<Value, Thrown> {
    if selector.is_null() { Ok(item.clone()) } else { machine.invoke_in_turns(selector, std::slice::from_ref(item)) }
}

/// The items of all sources, each key once.
fn new_only(sources: Vec<Source>, selector: Value, comparer: &Value) -> Box<dyn Enumerator> {
    let seen = HashSetObject::new(Type::Object, Equality::from_argument(comparer));
    let mut sources = VecDeque::from(sources);
    walk(move |machine| {
        while let Some(source) = sources.front_mut() {
            while let Some((item, key)) = source.next_with(machine, |machine, item| key_of(machine, &selector, item))? {
                if seen.add(machine, key)? {
                    return Ok(Some(item));
                }
                machine.end_turn()?;
            }
            sources.pop_front();
        }
        Ok(None)
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    InBoth,
    OnlyInFirst,
}

/// The items of the first source whose key is, or is not, in the second; each key once.
fn compared(parts: &Parts, selector: Value, comparer: &Value, wanted: Wanted) -> Box<dyn Enumerator> {
    let (mut first, mut second) = (parts.source(0), Some(parts.source(1)));
    let keys = HashSetObject::new(Type::Object, Equality::from_argument(comparer));
    walk(move |machine| {
        if let Some(second) = &mut second {
            while let Some(key) = second.next(machine)? {
                keys.add(machine, key)?;
                machine.end_turn()?;
            }
        }
        second = None;
        while let Some((item, key)) = first.next_with(machine, |machine, item| key_of(machine, &selector, item))? {
            let is_wanted = match wanted {
                Wanted::InBoth => keys.remove(machine, &key)?,
                Wanted::OnlyInFirst => keys.add(machine, key)?,
            };
            if is_wanted {
                return Ok(Some(item));
            }
            machine.end_turn()?;
        }
        Ok(None)
    })
}
