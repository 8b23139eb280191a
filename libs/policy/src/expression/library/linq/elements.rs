//! Operators that give one item: `First`, `Last`, `Single`, `ElementAt` and their kin with defaults.

use postern_dotnet::Exception;

use super::query::{Source, check, source};
use crate::expression::library::ClassBuilder;
use crate::expression::library::collections::arguments::{
    Answer, INDEX_OUTSIDE, OUTSIDE_VALID_VALUES, default_of, holds, invalid_operation,
};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) const NO_ELEMENTS: &str = "Sequence contains no elements";
const NO_MATCH: &str = "Sequence contains no matching element";
const MORE: &str = "Sequence contains more than one element";
const MORE_MATCH: &str = "Sequence contains more than one matching element";

pub(super) fn declare(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    let builder = builder
        .method("static T First<T>(this IEnumerable<T> source)", |call| all(call, first, Missing::Throws))
        .method("static T First<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            matching(call, first, Missing::Throws)
        })
        .method("static T FirstOrDefault<T>(this IEnumerable<T> source)", |call| all(call, first, Missing::Default))
        .method("static T FirstOrDefault<T>(this IEnumerable<T> source, T defaultValue)", |call| {
            all(call, first, Missing::Given)
        })
        .method("static T FirstOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            matching(call, first, Missing::Default)
        })
        .method(
            "static T FirstOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate, T defaultValue)",
            |call| matching(call, first, Missing::Given),
        )
        .method("static T Last<T>(this IEnumerable<T> source)", |call| all(call, last, Missing::Throws))
        .method("static T Last<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            matching(call, last, Missing::Throws)
        })
        .method("static T LastOrDefault<T>(this IEnumerable<T> source)", |call| all(call, last, Missing::Default))
        .method("static T LastOrDefault<T>(this IEnumerable<T> source, T defaultValue)", |call| {
            all(call, last, Missing::Given)
        })
        .method("static T LastOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            matching(call, last, Missing::Default)
        })
        .method(
            "static T LastOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate, T defaultValue)",
            |call| matching(call, last, Missing::Given),
        );
    declare_positions(declare_singles(builder))
}

fn declare_singles(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static T Single<T>(this IEnumerable<T> source)", |call| all(call, single, Missing::Throws))
        .method("static T Single<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            matching(call, single, Missing::Throws)
        })
        .method("static T SingleOrDefault<T>(this IEnumerable<T> source)", |call| all(call, single, Missing::Default))
        .method("static T SingleOrDefault<T>(this IEnumerable<T> source, T defaultValue)", |call| {
            all(call, single, Missing::Given)
        })
        .method("static T SingleOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            matching(call, single, Missing::Default)
        })
        .method(
            "static T SingleOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate, T defaultValue)",
            |call| matching(call, single, Missing::Given),
        )
}

fn declare_positions(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static T ElementAt<T>(this IEnumerable<T> source, int index)", |call| {
            // A list says it in other words than what only can be walked over.
            let is_list = matches!(call.argument(0), Value::Object(object) if object.list().is_some());
            let message = if is_list { INDEX_OUTSIDE } else { OUTSIDE_VALID_VALUES };
            let item = element_at(call)?;
            item.ok_or_else(|| Exception::argument_out_of_range("index", message).into())
        })
        .method("static T ElementAtOrDefault<T>(this IEnumerable<T> source, int index)", |call| {
            match element_at(call)? {
                Some(item) => Ok(item),
                None => default_of(call.machine, &call.type_argument(0)),
            }
        })
}

/// What happens when there is no such item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// An exception.
    Throws,
    /// `default(T)`.
    Default,
    /// The last argument.
    Given,
}

/// Which item of a walk is wanted. A predicate that is null agrees with all.
type Choose = fn(&mut Machine<'_>, Source, &Value) -> Result<Option<Value>, Thrown>;

/// Without a predicate.
fn all(call: &mut Call<'_, '_>, choose: Choose, missing: Missing) -> Answer {
    let last = last_of_list(call, choose);
    let given = call.take(1);
    let walk = source(call, &["source"])?;
    let found = match last {
        Some(found) => found,
        None => choose(call.machine, walk, &Value::Null)?,
    };
    or_missing(call, found, given, missing, NO_ELEMENTS)
}

/// With a predicate behind the source.
fn matching(call: &mut Call<'_, '_>, choose: Choose, missing: Missing) -> Answer {
    let walk = source(call, &["source", "predicate"])?;
    let (predicate, given) = (call.take(1), call.take(2));
    let found = choose(call.machine, walk, &predicate)?;
    or_missing(call, found, given, missing, NO_MATCH)
}

fn or_missing(
    call: &mut Call<'_, '_>,
    found: Option<Value>,
    given: Value,
    missing: Missing,
    message: &'static str,
) -> Answer {
    match (found, missing) {
        (Some(item), _) => Ok(item),
        (None, Missing::Given) => Ok(given),
        (None, Missing::Default) => default_of(call.machine, &call.type_argument(0)),
        (None, Missing::Throws) => Err(invalid_operation(message)),
    }
}

/// The last item of a list, without walking over it.
fn last_of_list(call: &Call<'_, '_>, choose: Choose) -> Option<Option<Value>> {
    let Value::Object(object) = call.argument(0) else { return None };
    let list = object.list().filter(|_| std::ptr::fn_addr_eq(choose, last as Choose))?;
    Some(list.len().checked_sub(1).and_then(|index| list.get(index)))
}

fn agrees(machine: &mut Machine<'_>, predicate: &Value, item: &Value) -> Result<bool, Thrown> {
    if predicate.is_null() { Ok(true) } else { holds(machine, predicate, item) }
}

fn first(machine: &mut Machine<'_>, mut source: Source, predicate: &Value) -> Result<Option<Value>, Thrown> {
    while let Some(item) = source.next(machine)? {
        if agrees(machine, predicate, &item)? {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

fn last(machine: &mut Machine<'_>, mut source: Source, predicate: &Value) -> Result<Option<Value>, Thrown> {
    let mut found = None;
    while let Some(item) = source.next(machine)? {
        if agrees(machine, predicate, &item)? {
            found = Some(item);
        }
    }
    Ok(found)
}

fn single(machine: &mut Machine<'_>, mut source: Source, predicate: &Value) -> Result<Option<Value>, Thrown> {
    let mut found = None;
    while let Some(item) = source.next(machine)? {
        if agrees(machine, predicate, &item)? {
            if found.is_some() {
                return Err(invalid_operation(if predicate.is_null() { MORE } else { MORE_MATCH }));
            }
            found = Some(item);
        }
    }
    Ok(found)
}

fn element_at(call: &mut Call<'_, '_>) -> Result<Option<Value>, Thrown> {
    check(call, &["source"])?;
    let Ok(index) = usize::try_from(call.int(1)) else { return Ok(None) };
    if let Value::Object(object) = call.argument(0)
        && let Some(list) = object.list()
    {
        return Ok(list.get(index));
    }
    let mut walk = Source::new(call.take(0));
    for _ in 0..index {
        if walk.next(call.machine)?.is_none() {
            return Ok(None);
        }
    }
    walk.next(call.machine)
}
