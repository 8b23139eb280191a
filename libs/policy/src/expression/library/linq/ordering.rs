//! `OrderBy`, `ThenBy`, `Order` and their descending kin. Sorting keeps the order of equal items.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use super::partition::walk_made;
use super::query::{Source, check};
use crate::expression::library::collections::arguments::Answer;
use crate::expression::library::collections::class_name::ClassName;
use crate::expression::library::collections::order::{Order, failed, merge_sort};
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{Enumerator, Object};
use crate::expression::release::release;
use crate::expression::types::Type;
use crate::expression::value::Value;

static ORDERED: ClassName = ClassName::new("System.Linq.IOrderedEnumerable");

/// A sequence in order: what `ThenBy` refines.
struct Ordered {
    element: Type,
    source: Value,
    /// The most important one first.
    keys: Vec<SortKey>,
}

#[derive(Clone)]
struct SortKey {
    /// Null: the items themselves.
    selector: Value,
    order: Order,
    direction: Direction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Ascending,
    Descending,
}

pub(super) fn declare_interface(library: &mut Library) {
    library.declare("interface System.Linq.IOrderedEnumerable<out T> : IEnumerable<T>");
}

macro_rules! sorted {
    ($builder:expr, $($name:literal $source:literal $run:ident $direction:ident)*) => {
        $builder $(
            .method(
                concat!("static IOrderedEnumerable<T> ", $name, "<T, K>(this ", $source, "<T> source, Func<T, K> keySelector)"),
                |call| $run(call, Direction::$direction),
            )
            .method(
                concat!(
                    "static IOrderedEnumerable<T> ", $name, "<T, K>(this ", $source,
                    "<T> source, Func<T, K> keySelector, IComparer<K> comparer)"
                ),
                |call| $run(call, Direction::$direction),
            )
        )*
    };
}

pub(super) fn declare(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    sorted!(
        builder,
        "OrderBy" "IEnumerable" order_by Ascending
        "OrderByDescending" "IEnumerable" order_by Descending
        "ThenBy" "IOrderedEnumerable" then_by Ascending
        "ThenByDescending" "IOrderedEnumerable" then_by Descending
    )
    .method("static IOrderedEnumerable<T> Order<T>(this IEnumerable<T> source)", |call| {
        by_itself(call, Direction::Ascending)
    })
    .method("static IOrderedEnumerable<T> Order<T>(this IEnumerable<T> source, IComparer<T> comparer)", |call| {
        by_itself(call, Direction::Ascending)
    })
    .method("static IOrderedEnumerable<T> OrderDescending<T>(this IEnumerable<T> source)", |call| {
        by_itself(call, Direction::Descending)
    })
    .method(
        "static IOrderedEnumerable<T> OrderDescending<T>(this IEnumerable<T> source, IComparer<T> comparer)",
        |call| by_itself(call, Direction::Descending),
    )
}

fn order_by(call: &mut Call<'_, '_>, direction: Direction) -> Answer {
    check(call, &["source", "keySelector"])?;
    let key = SortKey { selector: call.take(1), order: Order::from_argument(call.argument(2)), direction };
    let source = call.take(0);
    ordered(call, source, vec![key])
}

fn by_itself(call: &mut Call<'_, '_>, direction: Direction) -> Answer {
    check(call, &["source"])?;
    let key = SortKey { selector: Value::Null, order: Order::from_argument(call.argument(1)), direction };
    let source = call.take(0);
    ordered(call, source, vec![key])
}

fn then_by(call: &mut Call<'_, '_>, direction: Direction) -> Answer {
    check(call, &["source", "keySelector"])?;
    let key = SortKey { selector: call.take(1), order: Order::from_argument(call.argument(2)), direction };
    let before = call.this::<Ordered>()?;
    let keys = before.keys.iter().cloned().chain([key]).collect();
    ordered(call, before.source.clone(), keys)
}

fn ordered(call: &mut Call<'_, '_>, source: Value, keys: Vec<SortKey>) -> Answer {
    call.machine.charge_memory(size_of::<Ordered>() + keys.len() * size_of::<SortKey>())?;
    Ok(Value::object(Ordered { element: call.type_argument(0), source, keys }))
}

impl Object for Ordered {
    fn of(&self) -> Type {
        ORDERED.of([self.element.clone()])
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(walk_made(move |machine| {
            let items = Source::new(self.source.clone()).rest(machine)?;
            sorted_items(machine, items, &self.keys)
        }))
    }
}

impl Drop for Ordered {
    fn drop(&mut self) {
        release(std::mem::take(&mut self.source));
        for key in self.keys.drain(..) {
            release(key.selector);
        }
    }
}

/// Sorts by keys, each of which is asked for once per item.
fn sorted_items(machine: &mut Machine<'_>, items: Vec<Value>, keys: &[SortKey]) -> Result<Vec<Value>, Thrown> {
    machine.charge_memory(items.len() * (1 + keys.len()) * size_of::<Value>())?;
    let mut rows: Vec<(Value, Vec<Value>)> =
        items.into_iter().map(|item| (item, Vec::with_capacity(keys.len()))).collect();
    for key in keys {
        for (item, values) in &mut rows {
            values.push(if key.selector.is_null() {
                item.clone()
            } else {
                machine.invoke(&key.selector, std::slice::from_ref(item))?
            });
        }
    }
    let mut compare = |(_, left): &(Value, Vec<Value>), (_, right): &(Value, Vec<Value>)| {
        for (key, (left, right)) in keys.iter().zip(left.iter().zip(right)) {
            let order = key.order.compare(machine, left, right)?;
            let order = if key.direction == Direction::Descending { order.reverse() } else { order };
            if order != Ordering::Equal {
                return Ok(order);
            }
        }
        Ok(Ordering::Equal)
    };
    let rows = merge_sort(rows, &mut compare).map_err(failed)?;
    Ok(rows.into_iter().map(|(item, _)| item).collect())
}
