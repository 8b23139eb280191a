//! `Min`, `Max`, `MinBy`, `MaxBy`.
//!
//! .NET has an overload per number type and a general one. They agree (NaN is below all numbers), so only the general ones are declared.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::elements::NO_ELEMENTS;
use super::query::{source, walk_over};
use crate::expression::library::ClassBuilder;
use crate::expression::library::collections::arguments::{Answer, invalid_operation};
use crate::expression::library::collections::order::Order;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static T Min<T>(this IEnumerable<T> source)", |call| of_items(call, Ordering::Less))
        .method("static T Max<T>(this IEnumerable<T> source)", |call| of_items(call, Ordering::Greater))
        .method("static T Min<T>(this IEnumerable<T> source, IComparer<T> comparer)", |call| {
            of_items(call, Ordering::Less)
        })
        .method("static T Max<T>(this IEnumerable<T> source, IComparer<T> comparer)", |call| {
            of_items(call, Ordering::Greater)
        })
        .method("static R Min<T, R>(this IEnumerable<T> source, Func<T, R> selector)", |call| {
            of_selected(call, Ordering::Less)
        })
        .method("static R Max<T, R>(this IEnumerable<T> source, Func<T, R> selector)", |call| {
            of_selected(call, Ordering::Greater)
        })
        .method("static T MinBy<T, K>(this IEnumerable<T> source, Func<T, K> keySelector)", |call| {
            by_key(call, Ordering::Less)
        })
        .method("static T MaxBy<T, K>(this IEnumerable<T> source, Func<T, K> keySelector)", |call| {
            by_key(call, Ordering::Greater)
        })
        .method(
            "static T MinBy<T, K>(this IEnumerable<T> source, Func<T, K> keySelector, IComparer<K> comparer)",
            |call| by_key(call, Ordering::Less),
        )
        .method(
            "static T MaxBy<T, K>(this IEnumerable<T> source, Func<T, K> keySelector, IComparer<K> comparer)",
            |call| by_key(call, Ordering::Greater),
        )
}

/// An item with what it is compared by.
type Keyed = (Value, Value);

fn of_items(call: &mut Call<'_, '_>, wanted: Ordering) -> Answer {
    let order = Order::from_argument(call.argument(1));
    let best = best(call, &["source"], &Value::Null, &order, wanted)?;
    or_empty(best.map(|(item, _)| item), &call.type_argument(0))
}

fn of_selected(call: &mut Call<'_, '_>, wanted: Ordering) -> Answer {
    let selector = call.argument(1).clone();
    let best = best(call, &["source", "selector"], &selector, &Order::Default, wanted)?;
    or_empty(best.map(|(_, key)| key), &call.type_argument(1))
}

fn by_key(call: &mut Call<'_, '_>, wanted: Ordering) -> Answer {
    let order = Order::from_argument(call.argument(2));
    let selector = call.argument(1).clone();
    let best = walk_over(
        call,
        |call| Ok((source(call, &["source", "keySelector"])?, None)),
        |machine, best: &mut Option<Keyed>, item| {
            let key = machine.invoke_in_turns(&selector, std::slice::from_ref(item))?;
            let is_better = match &*best {
                Some((_, known)) if !key.is_null() => known.is_null() || order.compare(machine, &key, known)? == wanted,
                // Where all keys are null, the first item is it.
                _ => best.is_none(),
            };
            if is_better {
                *best = Some((item.clone(), key));
            }
            Ok(ControlFlow::Continue(()))
        },
    )?;
    or_empty(best.map(|(item, _)| item), &call.type_argument(0))
}

/// The extreme of nothing: null where that is a value.
fn or_empty(found: Option<Value>, of: &Type) -> Answer {
    match found {
        Some(value) => Ok(value),
        None if of.takes_null() => Ok(Value::Null),
        None => Err(invalid_operation(NO_ELEMENTS)),
    }
}

/// The first of the extreme items; nulls do not count.
fn best(
    call: &mut Call<'_, '_>,
    names: &[&str],
    selector: &Value,
    order: &Order,
    wanted: Ordering,
) -> Result<Option<Keyed>, Thrown> {
    walk_over(
        call,
        |call| Ok((source(call, names)?, None)),
        |machine, best: &mut Option<Keyed>, item| {
            let key = if selector.is_null() {
                item.clone()
            } else {
                machine.invoke_in_turns(selector, std::slice::from_ref(item))?
            };
            let is_better = match best {
                _ if key.is_null() => false,
                Some((_, known)) => order.compare(machine, &key, known)? == wanted,
                None => true,
            };
            if is_better {
                *best = Some((item.clone(), key));
            }
            Ok(ControlFlow::Continue(()))
        },
    )
}
