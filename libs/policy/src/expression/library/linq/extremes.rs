//! `Min`, `Max`, `MinBy`, `MaxBy`.
//!
//! .NET has an overload per number type and a general one. They agree (NaN is below all numbers), so only the general ones are declared.

use std::cmp::Ordering;

use super::elements::NO_ELEMENTS;
use super::query::{Source, source};
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
    let walk = source(call, &["source"])?;
    let best = best(call, walk, &Value::Null, &order, wanted)?;
    or_empty(best.map(|(item, _)| item), &call.type_argument(0))
}

fn of_selected(call: &mut Call<'_, '_>, wanted: Ordering) -> Answer {
    let (walk, selector) = (source(call, &["source", "selector"])?, call.take(1));
    let best = best(call, walk, &selector, &Order::Default, wanted)?;
    or_empty(best.map(|(_, key)| key), &call.type_argument(1))
}

fn by_key(call: &mut Call<'_, '_>, wanted: Ordering) -> Answer {
    let order = Order::from_argument(call.argument(2));
    let (mut walk, selector) = (source(call, &["source", "keySelector"])?, call.take(1));
    // Where all keys are null, the first item is it.
    let Some(first) = walk.next(call.machine)? else { return or_empty(None, &call.type_argument(0)) };
    let key = call.machine.invoke(&selector, std::slice::from_ref(&first))?;
    let mut best = (first, key);
    while let Some(item) = walk.next(call.machine)? {
        let key = call.machine.invoke(&selector, std::slice::from_ref(&item))?;
        if !key.is_null() && (best.1.is_null() || order.compare(call.machine, &key, &best.1)? == wanted) {
            best = (item, key);
        }
    }
    Ok(best.0)
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
    mut walk: Source,
    selector: &Value,
    order: &Order,
    wanted: Ordering,
) -> Result<Option<Keyed>, Thrown> {
    let mut best: Option<Keyed> = None;
    while let Some(item) = walk.next(call.machine)? {
        let key = if selector.is_null() {
            item.clone()
        } else {
            call.machine.invoke(selector, std::slice::from_ref(&item))?
        };
        if key.is_null() {
            continue;
        }
        let is_better = match &best {
            Some((_, known)) => order.compare(call.machine, &key, known)? == wanted,
            None => true,
        };
        if is_better {
            best = Some((item, key));
        }
    }
    Ok(best)
}
