//! `OrderBy`, `ThenBy`, `Order` and their descending kin. Sorting keeps the order of equal items.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use super::gathered::Gathered;
use super::partition::walk_made;
use super::query::{Source, check};
use crate::expression::library::collections::arguments::Answer;
use crate::expression::library::collections::class_name::ClassName;
use crate::expression::library::collections::order::{Order, Sorting, failed};
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::{Limit, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{Enumerator, Object};
use crate::expression::release::{Held, release};
use crate::expression::types::Type;
use crate::expression::value::Value;

static ORDERED: ClassName = ClassName::new("System.Linq.IOrderedEnumerable");

/// A sequence in order: what `ThenBy` refines.
pub(super) struct Ordered {
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
        let mut making = Making::Items(Source::new(self.source.clone()), Gathered::default());
        Some(walk_made(move |machine| making.go_on(machine, &self.keys)))
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

/// Items, and what each key is for each of them.
struct Table {
    items: Held,
    /// As many as there are keys, the most important one first.
    columns: Vec<Held>,
}

/// Numbers of items.
type Row = u32;

/// How far a sequence in order has come.
enum Making {
    /// Its items are gathered.
    Items(Source, Gathered),
    /// Their keys are asked for, once per item and one key after the other.
    Keys(Table),
    /// They are sorted: how many keys of the two rows at hand are known to be equal.
    Rows(Table, Sorting<Row>, usize),
    /// They are put in order: what is yet to come, and what came.
    Order(Table, std::vec::IntoIter<Row>, Held),
}

impl Making {
    /// Goes on until all is sorted or the turn ends.
    fn go_on(&mut self, machine: &mut Machine<'_>, keys: &[SortKey]) -> Result<Vec<Value>, Thrown> {
        loop {
            match self {
                Making::Items(source, gathered) => {
                    let items = Held(source.rest(machine, gathered)?);
                    let columns = keys.iter().map(|_| Held(Vec::with_capacity(items.len()))).collect();
                    *self = Making::Keys(Table { items, columns });
                }
                Making::Keys(table) => {
                    ask(machine, table, keys)?;
                    let (count, table) = (table.items.len(), table.take());
                    // The rows, and their places while they are merged.
                    machine.charge_memory(count * 2 * size_of::<Row>())?;
                    let rows = (0..count).map(|row| Row::try_from(row).unwrap_or(Row::MAX));
                    *self = Making::Rows(table, Sorting::new(rows.collect()), 0);
                }
                Making::Rows(table, sorting, equal) => {
                    let columns = &table.columns;
                    let mut compare = |machine: &mut Machine<'_>, left: &Row, right: &Row| {
                        compare(machine, keys, columns, [*left, *right], equal)
                    };
                    if !sorting.go_on(machine, &mut compare).map_err(failed)? {
                        return Err(Thrown::Limit(Limit::Turn));
                    }
                    let rows = std::mem::take(&mut sorting.items);
                    let made = Held(Vec::with_capacity(rows.len()));
                    *self = Making::Order(table.take(), rows.into_iter(), made);
                }
                Making::Order(table, rows, made) => {
                    for row in rows {
                        machine.charge_memory(size_of::<Value>())?;
                        made.push(table.items.get_mut(row as usize).map(std::mem::take).unwrap_or_default());
                        machine.end_turn()?;
                    }
                    return Ok(std::mem::take(&mut made.0));
                }
            }
        }
    }
}

impl Table {
    fn take(&mut self) -> Table {
        Table { items: std::mem::take(&mut self.items), columns: std::mem::take(&mut self.columns) }
    }
}

/// Asks for the keys of all items.
fn ask(machine: &mut Machine<'_>, table: &mut Table, keys: &[SortKey]) -> Result<(), Thrown> {
    for (column, key) in table.columns.iter_mut().zip(keys) {
        while let Some(item) = table.items.get(column.len()) {
            let value = if key.selector.is_null() {
                item.clone()
            } else {
                machine.invoke_in_turns(&key.selector, std::slice::from_ref(item))?
            };
            machine.charge_memory(size_of::<Value>())?;
            column.push(value);
            machine.end_turn()?;
        }
    }
    Ok(())
}

/// Compares two rows. Where a comparison pauses, those before it are not made again.
fn compare(
    machine: &mut Machine<'_>,
    keys: &[SortKey],
    columns: &[Held],
    [left, right]: [Row; 2],
    equal: &mut usize,
) -> Result<Ordering, Thrown> {
    for (key, column) in keys.iter().zip(columns).skip(*equal) {
        let (Some(left), Some(right)) = (column.get(left as usize), column.get(right as usize)) else { continue };
        let order = key.order.compare_in_turns(machine, left, right)?;
        if order != Ordering::Equal {
            *equal = 0;
            return Ok(if key.direction == Direction::Descending { order.reverse() } else { order });
        }
        *equal += 1;
    }
    *equal = 0;
    Ok(Ordering::Equal)
}
