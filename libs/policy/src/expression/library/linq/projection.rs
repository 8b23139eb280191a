//! `Select`, `SelectMany`, `Where`, `Zip`, `Cast`, `OfType`.

use std::sync::Arc;

use postern_dotnet::{Exception, ExceptionType};

use super::query::{Parts, Source, query, query_of, walk};
use crate::expression::conversion::is_instance;
use crate::expression::library::collections::arguments::{Answer, holds};
use crate::expression::library::{self, ClassBuilder};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Enumerator;
use crate::expression::tuple::TupleObject;
use crate::expression::type_object::TypeObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    let builder = builder
        .method("static IEnumerable<R> Select<T, R>(this IEnumerable<T> source, Func<T, R> selector)", |call| {
            query(call, &["source", "selector"], 1, select)
        })
        .method("static IEnumerable<R> Select<T, R>(this IEnumerable<T> source, Func<T, int, R> selector)", |call| {
            query(call, &["source", "selector"], 1, select_indexed)
        })
        .method("static IEnumerable<T> Where<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            query(call, &["source", "predicate"], 0, where_)
        })
        .method("static IEnumerable<T> Where<T>(this IEnumerable<T> source, Func<T, int, bool> predicate)", |call| {
            query(call, &["source", "predicate"], 0, where_indexed)
        })
        .method("static IEnumerable<R> Cast<R>(this IEnumerable source)", |call| typed(call, cast))
        .method("static IEnumerable<R> OfType<R>(this IEnumerable source)", |call| typed(call, of_type));
    declare_zip(declare_select_many(builder))
}

fn declare_select_many(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method(
            "static IEnumerable<R> SelectMany<T, R>(this IEnumerable<T> source, Func<T, IEnumerable<R>> selector)",
            |call| query(call, &["source", "selector"], 1, |parts| flatten(parts, false, false)),
        )
        .method(
            "static IEnumerable<R> SelectMany<T, R>(this IEnumerable<T> source, Func<T, int, IEnumerable<R>> selector)",
            |call| query(call, &["source", "selector"], 1, |parts| flatten(parts, true, false)),
        )
        .method(
            "static IEnumerable<R> SelectMany<T, C, R>(this IEnumerable<T> source, Func<T, IEnumerable<C>> collectionSelector, \
             Func<T, C, R> resultSelector)",
            |call| {
                let required = ["source", "collectionSelector", "resultSelector"];
                query(call, &required, 2, |parts| flatten(parts, false, true))
            },
        )
        .method(
            "static IEnumerable<R> SelectMany<T, C, R>(this IEnumerable<T> source, Func<T, int, IEnumerable<C>> collectionSelector, \
             Func<T, C, R> resultSelector)",
            |call| {
                let required = ["source", "collectionSelector", "resultSelector"];
                query(call, &required, 2, |parts| flatten(parts, true, true))
            },
        )
}

fn declare_zip(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method(
            "static IEnumerable<R> Zip<T, U, R>(this IEnumerable<T> first, IEnumerable<U> second, Func<T, U, R> resultSelector)",
            |call| query(call, &["first", "second", "resultSelector"], 2, zip),
        )
        .method(
            "static IEnumerable<(T, U)> Zip<T, U>(this IEnumerable<T> first, IEnumerable<U> second)",
            |call| zip_tuples(call, &["first", "second"]),
        )
        .method(
            "static IEnumerable<(T, U, V)> Zip<T, U, V>(this IEnumerable<T> first, IEnumerable<U> second, IEnumerable<V> third)",
            |call| zip_tuples(call, &["first", "second", "third"]),
        )
}

fn select(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, selector) = (parts.source(0), parts.get(1));
    walk(move |machine| match source.next(machine)? {
        Some(item) => machine.invoke(&selector, &[item]).map(Some),
        None => Ok(None),
    })
}

fn select_indexed(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, selector, mut index) = (parts.source(0), parts.get(1), 0);
    walk(move |machine| match source.next(machine)? {
        Some(item) => machine.invoke(&selector, &[item, next_index(&mut index)]).map(Some),
        None => Ok(None),
    })
}

/// Positions as lambdas see them. Budgets end sequences before `int` does.
pub(super) fn next_index(index: &mut i32) -> Value {
    let current = *index;
    *index = current.saturating_add(1);
    Value::Int(current)
}

fn where_(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, predicate) = (parts.source(0), parts.get(1));
    walk(move |machine| {
        while let Some(item) = source.next(machine)? {
            if holds(machine, &predicate, &item)? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    })
}

fn where_indexed(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, predicate, mut index) = (parts.source(0), parts.get(1), 0);
    walk(move |machine| {
        while let Some(item) = source.next(machine)? {
            if holds_at(machine, &predicate, &item, &mut index)? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    })
}

/// Asks a predicate that takes the item's position.
pub(super) fn holds_at(
    machine: &mut Machine<'_>,
    predicate: &Value,
    item: &Value,
    index: &mut i32,
) -> Result<bool, Thrown> {
    let answer = machine.invoke(predicate, &[item.clone(), next_index(index)])?;
    Ok(matches!(answer, Value::Bool(true)))
}

/// `SelectMany`: arguments are source, collection selector (with or without the position) and, if it has one, result selector.
fn flatten(parts: &Parts, takes_index: bool, has_result: bool) -> Box<dyn Enumerator> {
    let (mut source, selector, result) = (parts.source(0), parts.get(1), parts.get(2));
    let mut index = 0;
    let mut inner: Option<(Value, Source)> = None;
    walk(move |machine| {
        loop {
            if let Some((outer, items)) = &mut inner
                && let Some(item) = items.next(machine)?
            {
                return Ok(Some(if has_result { machine.invoke(&result, &[outer.clone(), item])? } else { item }));
            }
            let Some(outer) = source.next(machine)? else { return Ok(None) };
            let items = if takes_index {
                machine.invoke(&selector, &[outer.clone(), next_index(&mut index)])?
            } else {
                machine.invoke(&selector, std::slice::from_ref(&outer))?
            };
            inner = Some((outer, Source::new(items)));
        }
    })
}

fn zip(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut first, mut second, selector) = (parts.source(0), parts.source(1), parts.get(2));
    walk(move |machine| {
        let Some(left) = first.next(machine)? else { return Ok(None) };
        let Some(right) = second.next(machine)? else { return Ok(None) };
        machine.invoke(&selector, &[left, right]).map(Some)
    })
}

/// `Zip` to tuples: all arguments are sequences, and the type arguments those of their items.
fn zip_tuples(call: &mut Call<'_, '_>, required: &[&str]) -> Answer {
    let of = Type::Tuple(Arc::from(call.types));
    call.arguments.truncate(required.len());
    // The type goes with the sequences, behind the last.
    call.arguments.push(Value::object(TypeObject(of.clone())));
    query_of(call, required, of, |parts| {
        let count = parts.len().saturating_sub(1);
        let of = type_part(parts, count);
        let mut sources: Vec<Source> = (0..count).map(|index| parts.source(index)).collect();
        walk(move |machine| {
            let mut items = Vec::with_capacity(sources.len());
            for source in &mut sources {
                let Some(item) = source.next(machine)? else { return Ok(None) };
                items.push(item);
            }
            machine.charge_memory(items.len() * size_of::<Value>() + size_of::<TupleObject>())?;
            Ok(Some(Value::object(TupleObject::new(of.clone(), items))))
        })
    })
}

/// A type that a query keeps among its arguments.
pub(super) fn type_part(parts: &Parts, index: usize) -> Type {
    parts.get(index).downcast_ref::<TypeObject>().map_or(Type::Object, |of| of.0.clone())
}

/// `Cast` and `OfType`: the wanted type goes with the source.
fn typed(call: &mut Call<'_, '_>, start: super::query::Start) -> Answer {
    let of = call.type_argument(0);
    call.arguments.truncate(1);
    call.arguments.push(Value::object(TypeObject(of)));
    query(call, &["source"], 0, start)
}

fn cast(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, of) = (parts.source(0), type_part(parts, 1));
    walk(move |machine| match source.next(machine)? {
        None => Ok(None),
        Some(Value::Null) if of.is_value_type() => Err(Exception::null_reference().into()),
        Some(item) if item.is_null() || is_instance(&item, &of) => Ok(Some(item)),
        Some(item) => {
            let (from, to) = (library::full_name(&item.of()), library::full_name(&of));
            let message = format!("Unable to cast object of type '{from}' to type '{to}'.");
            Err(Exception::new(ExceptionType::InvalidCast, message).into())
        }
    })
}

fn of_type(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, of) = (parts.source(0), type_part(parts, 1));
    walk(move |machine| {
        while let Some(item) = source.next(machine)? {
            if is_instance(&item, &of) {
                return Ok(Some(item));
            }
        }
        Ok(None)
    })
}
