//! Operators that give one item: `First`, `Last`, `Single`, `ElementAt` and their kin with defaults.

use std::ops::ControlFlow;

use postern_dotnet::Exception;

use super::query::{check, source, walk_over};
use crate::expression::library::ClassBuilder;
use crate::expression::library::collections::arguments::{
    Answer, INDEX_OUTSIDE, OUTSIDE_VALID_VALUES, default_of, holds, invalid_operation,
};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) const NO_ELEMENTS: &str = "Sequence contains no elements";
const NO_MATCH: &str = "Sequence contains no matching element";
const MORE: &str = "Sequence contains more than one element";
const MORE_MATCH: &str = "Sequence contains more than one matching element";

pub(super) fn declare(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    let builder = builder
        .method("static T First<T>(this IEnumerable<T> source)", |call| all(call, Choose::First, Missing::Throws))
        .method("static T First<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            matching(call, Choose::First, Missing::Throws)
        })
        .method("static T FirstOrDefault<T>(this IEnumerable<T> source)", |call| {
            all(call, Choose::First, Missing::Default)
        })
        .method("static T FirstOrDefault<T>(this IEnumerable<T> source, T defaultValue)", |call| {
            all(call, Choose::First, Missing::Given)
        })
        .method("static T FirstOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            matching(call, Choose::First, Missing::Default)
        })
        .method(
            "static T FirstOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate, T defaultValue)",
            |call| matching(call, Choose::First, Missing::Given),
        )
        .method("static T Last<T>(this IEnumerable<T> source)", |call| all(call, Choose::Last, Missing::Throws))
        .method("static T Last<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            matching(call, Choose::Last, Missing::Throws)
        })
        .method("static T LastOrDefault<T>(this IEnumerable<T> source)", |call| {
            all(call, Choose::Last, Missing::Default)
        })
        .method("static T LastOrDefault<T>(this IEnumerable<T> source, T defaultValue)", |call| {
            all(call, Choose::Last, Missing::Given)
        })
        .method("static T LastOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            matching(call, Choose::Last, Missing::Default)
        })
        .method(
            "static T LastOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate, T defaultValue)",
            |call| matching(call, Choose::Last, Missing::Given),
        );
    declare_positions(declare_singles(builder))
}

fn declare_singles(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static T Single<T>(this IEnumerable<T> source)", |call| all(call, Choose::Single, Missing::Throws))
        .method("static T Single<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            matching(call, Choose::Single, Missing::Throws)
        })
        .method("static T SingleOrDefault<T>(this IEnumerable<T> source)", |call| {
            all(call, Choose::Single, Missing::Default)
        })
        .method("static T SingleOrDefault<T>(this IEnumerable<T> source, T defaultValue)", |call| {
            all(call, Choose::Single, Missing::Given)
        })
        .method("static T SingleOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            matching(call, Choose::Single, Missing::Default)
        })
        .method(
            "static T SingleOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate, T defaultValue)",
            |call| matching(call, Choose::Single, Missing::Given),
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

/// Which item of a walk is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choose {
    First,
    Last,
    Single,
}

/// Without a predicate.
fn all(call: &mut Call<'_, '_>, choose: Choose, missing: Missing) -> Answer {
    let found = match last_of_list(call, choose) {
        Some(found) => found,
        None => chosen(call, &["source"], choose, &Value::Null)?,
    };
    or_missing(call, found, 1, missing, NO_ELEMENTS)
}

/// With a predicate behind the source.
fn matching(call: &mut Call<'_, '_>, choose: Choose, missing: Missing) -> Answer {
    let predicate = call.argument(1).clone();
    let found = chosen(call, &["source", "predicate"], choose, &predicate)?;
    or_missing(call, found, 2, missing, NO_MATCH)
}

/// `given`: the argument that stands for an item that is not there.
fn or_missing(
    call: &mut Call<'_, '_>,
    found: Option<Value>,
    given: usize,
    missing: Missing,
    message: &'static str,
) -> Answer {
    match (found, missing) {
        (Some(item), _) => Ok(item),
        (None, Missing::Given) => Ok(call.take(given)),
        (None, Missing::Default) => default_of(call.machine, &call.type_argument(0)),
        (None, Missing::Throws) => Err(invalid_operation(message)),
    }
}

/// The last item of a list, without walking over it.
fn last_of_list(call: &Call<'_, '_>, choose: Choose) -> Option<Option<Value>> {
    let Value::Object(object) = call.argument(0) else { return None };
    let list = object.list().filter(|_| choose == Choose::Last)?;
    Some(list.len().checked_sub(1).and_then(|index| list.get(index)))
}

/// The wanted one of the items that the predicate agrees with; one that is null agrees with all.
fn chosen(
    call: &mut Call<'_, '_>,
    required: &[&str],
    choose: Choose,
    predicate: &Value,
) -> Result<Option<Value>, Thrown> {
    walk_over(
        call,
        |call| Ok((source(call, required)?, None)),
        |machine, found: &mut Option<Value>, item| {
            if !predicate.is_null() && !holds(machine, predicate, item)? {
                return Ok(ControlFlow::Continue(()));
            }
            if choose == Choose::Single && found.is_some() {
                return Err(invalid_operation(if predicate.is_null() { MORE } else { MORE_MATCH }));
            }
            *found = Some(item.clone());
            Ok(if choose == Choose::First { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        },
    )
}

fn element_at(call: &mut Call<'_, '_>) -> Result<Option<Value>, Thrown> {
    let Ok(index) = usize::try_from(call.int(1)) else {
        check(call, &["source"])?;
        return Ok(None);
    };
    if let Value::Object(object) = call.argument(0)
        && let Some(list) = object.list()
    {
        return Ok(list.get(index));
    }
    let (_, found) = walk_over(
        call,
        |call| Ok((source(call, &["source"])?, (index, None))),
        |_, (left, found), item| match left.checked_sub(1) {
            Some(less) => {
                *left = less;
                Ok(ControlFlow::Continue(()))
            }
            None => {
                *found = Some(item.clone());
                Ok(ControlFlow::Break(()))
            }
        },
    )?;
    Ok(found)
}
