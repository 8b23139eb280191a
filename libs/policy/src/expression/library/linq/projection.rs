//! `Select`, `SelectMany`, `Where`, `Zip`, `Cast`, `OfType`.

use std::sync::Arc;

use postern_dotnet::{Exception, ExceptionType};

use super::query::{Length, Parts, Source, query, query_of, query_of_length, walk};
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
            let element = call.type_argument(1);
            query_of_length(call, &["source", "selector"], element, (select, Length::OfSource))
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
    walk(move |machine| {
        let made = source.next_with(machine, |machine, item| ask(machine, &selector, item))?;
        Ok(made.map(|(_, made)| made))
    })
}

fn select_indexed(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, selector, mut index) = (parts.source(0), parts.get(1), 0);
    walk(move |machine| {
        let made = source.next_with(machine, |machine, item| ask_at(machine, &selector, item, &mut index))?;
        Ok(made.map(|(_, made)| made))
    })
}

/// What a function says to an item.
fn ask(machine: &mut Machine<'_>, function: &Value, item: &Value) -> Result<Value, Thrown> {
    machine.invoke_in_turns(function, std::slice::from_ref(item))
}

/// The same of a function that takes the item's position. Budgets end sequences before `int` does.
fn ask_at(machine: &mut Machine<'_>, function: &Value, item: &Value, index: &mut i32) -> Result<Value, Thrown> {
    let answer = machine.invoke_in_turns(function, &[item.clone(), Value::Int(*index)])?;
    *index = index.saturating_add(1);
    Ok(answer)
}

fn where_(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, predicate) = (parts.source(0), parts.get(1));
    walk(move |machine| {
        while let Some((item, holds)) = source.next_with(machine, |machine, item| holds(machine, &predicate, item))? {
            if holds {
                return Ok(Some(item));
            }
            machine.end_turn()?;
        }
        Ok(None)
    })
}

/// An item as the wanted type has it.
fn as_of(item: Value, of: &Type) -> Value {
    if of.is_value_type() || matches!(of, Type::Nullable(_)) { item.into_unboxed() } else { item }
}

fn where_indexed(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, predicate, mut index) = (parts.source(0), parts.get(1), 0);
    walk(move |machine| {
        while let Some((item, holds)) =
            source.next_with(machine, |machine, item| holds_at(machine, &predicate, item, &mut index))?
        {
            if holds {
                return Ok(Some(item));
            }
            machine.end_turn()?;
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
    Ok(matches!(ask_at(machine, predicate, item, index)?, Value::Bool(true)))
}

/// Steps for beginning to walk over a sequence, and for ending it.
const WALKED_STEPS: usize = 10;

/// `SelectMany`: arguments are source, collection selector (with or without the position) and, if it has one, result selector.
fn flatten(parts: &Parts, takes_index: bool, has_result: bool) -> Box<dyn Enumerator> {
    let (mut source, selector, result) = (parts.source(0), parts.get(1), parts.get(2));
    let mut index = 0;
    let mut inner: Option<(Value, Source)> = None;
    walk(move |machine| {
        loop {
            if let Some((outer, items)) = &mut inner {
                let item = if has_result {
                    let made = items.next_with(machine, |machine, item| {
                        machine.invoke_in_turns(&result, &[outer.clone(), item.clone()])
                    })?;
                    made.map(|(_, made)| made)
                } else {
                    items.next(machine)?
                };
                if item.is_some() {
                    return Ok(item);
                }
            }
            inner = None;
            let items = source.next_with(machine, |machine, outer| {
                if takes_index { ask_at(machine, &selector, outer, &mut index) } else { ask(machine, &selector, outer) }
            })?;
            let Some((outer, items)) = items else { return Ok(None) };
            machine.charge(WALKED_STEPS)?;
            inner = Some((outer, Source::new(items)));
            machine.end_turn()?;
        }
    })
}

fn zip(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut first, mut second, selector) = (parts.source(0), parts.source(1), parts.get(2));
    let mut current = None;
    walk(move |machine| {
        if current.is_none() {
            current = first.next(machine)?;
        }
        let Some(left) = &current else { return Ok(None) };
        let made = second
            .next_with(machine, |machine, right| machine.invoke_in_turns(&selector, &[left.clone(), right.clone()]))?;
        current = None;
        Ok(made.map(|(_, made)| made))
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
        let mut items = Vec::with_capacity(count);
        walk(move |machine| {
            while let Some(source) = sources.get_mut(items.len()) {
                let Some(item) = source.next(machine)? else { return Ok(None) };
                items.push(item);
            }
            let items = std::mem::replace(&mut items, Vec::with_capacity(count));
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
    walk(move |machine| match source.next(machine)?.map(|item| as_of(item, &of)) {
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
                return Ok(Some(as_of(item, &of)));
            }
            machine.end_turn()?;
        }
        Ok(None)
    })
}
