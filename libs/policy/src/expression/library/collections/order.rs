//! `IComparer<T>` and `Comparison<T>`, and sorting by them.

use std::cmp::Ordering;
use std::rc::Rc;

use postern_dotnet::text::compare as compare_texts;
use postern_dotnet::{Exception, ExceptionType};

use super::arguments::charge_content;
use crate::expression::library::compare::compare;
use crate::expression::library::comparers::Comparer;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// How values are ordered.
#[derive(Clone, Default)]
pub(crate) enum Order {
    /// `Comparer<T>.Default`.
    #[default]
    Default,
    /// A `StringComparer`.
    Text(Comparer),
    /// A `Comparison<T>`.
    Comparison(Value),
}

impl Order {
    /// That of an `IComparer<T>` or `Comparison<T>` argument; null is the default.
    pub(crate) fn from_argument(argument: &Value) -> Order {
        if let Some(comparer) = argument.downcast_ref::<Comparer>() {
            return Order::Text(*comparer);
        }
        if let Some(comparer) = argument.downcast_ref::<ComparerObject>() {
            return comparer.order.clone();
        }
        if argument.is_null() { Order::Default } else { Order::Comparison(argument.clone()) }
    }

    /// Compares two values, paid for.
    pub(crate) fn compare(&self, machine: &mut Machine<'_>, left: &Value, right: &Value) -> Result<Ordering, Thrown> {
        machine.in_one_turn(|machine| self.compare_in_turns(machine, left, right))
    }

    /// The same for natives that are gone on with when a comparison pauses.
    pub(crate) fn compare_in_turns(
        &self,
        machine: &mut Machine<'_>,
        left: &Value,
        right: &Value,
    ) -> Result<Ordering, Thrown> {
        charge_content(machine, left)?;
        machine.charge(1)?;
        match (self, left, right) {
            (Order::Comparison(comparison), ..) => {
                let result = machine.invoke_in_turns(comparison, &[left.clone(), right.clone()])?;
                Ok(if let Value::Int(sign) = result { sign.cmp(&0) } else { Ordering::Equal })
            }
            (Order::Text(comparer), Value::String(left), Value::String(right)) => {
                charge_text(machine, left.len().min(right.len()))?;
                Ok(compare_texts(left, right, comparer.0).cmp(&0))
            }
            (_, Value::String(left_text), Value::String(right_text)) => {
                charge_text(machine, left_text.len().min(right_text.len()))?;
                Ok(compare(left, right)?)
            }
            _ => {
                machine.charge(left.content_bytes().min(right.content_bytes()) / 4)?;
                Ok(compare(left, right)?)
            }
        }
    }
}

/// Steps for comparing texts as a culture does, beside those for their characters.
const TEXT_STEPS: usize = 12;

/// Comparing texts as a culture does takes some nanoseconds per character.
fn charge_text(machine: &mut Machine<'_>, bytes: usize) -> Result<(), Thrown> {
    machine.charge(TEXT_STEPS + bytes / 4)
}

/// Sorts as `List<T>.Sort` and `Array.Sort` do, except that equal items keep their order, and that comparisons which contradict themselves are taken.
/// The native is called again after a pause; `items` are taken once.
///
/// # Errors
/// `InvalidOperationException` around what a comparison threw; the end of the turn.
pub(crate) fn sort_in_pieces<'h>(
    machine: &mut Machine<'h>,
    order: &Order,
    items: impl FnOnce(&mut Machine<'h>) -> Result<Vec<Value>, Thrown>,
) -> Result<Vec<Value>, Thrown> {
    let mut sorting = match machine.take_paused::<Sorting>() {
        Some(sorting) => sorting,
        None => {
            let items = items(machine)?;
            machine.charge(items.len() / 4)?;
            machine.take_memory(items.len() * size_of::<Value>())?;
            Box::new(Sorting::new(items))
        }
    };
    let compare =
        &mut |machine: &mut Machine<'_>, left: &Value, right: &Value| order.compare_in_turns(machine, left, right);
    match sorting.go_on(machine, compare) {
        Ok(true) => Ok(sorting.items),
        Ok(false) => Err(machine.pause(sorting)),
        Err(thrown) if thrown.is_turn() => Err(machine.pause(sorting)),
        Err(thrown) => Err(failed(thrown)),
    }
}

/// A merge sort from below: sorted runs of `width` items become half as many of twice the width.
pub(crate) struct Sorting<T = Value> {
    pub(crate) items: Vec<T>,
    /// The runs of the next width, as far as they are.
    merged: Vec<T>,
    width: usize,
    /// Where the pair of runs begins that is being merged.
    start: usize,
    /// What is next of the first run of the pair, and of the second.
    next: [usize; 2],
}

/// How two items compare. Where it pauses, the same two are compared again in the next turn.
type CompareInTurns<'c, T> = dyn FnMut(&mut Machine<'_>, &T, &T) -> Result<Ordering, Thrown> + 'c;

impl<T: Default> Sorting<T> {
    pub(crate) fn new(items: Vec<T>) -> Sorting<T> {
        let merged = Vec::with_capacity(items.len());
        Sorting { items, merged, width: 1, start: 0, next: [0, 1] }
    }

    /// Merges until all is sorted (true) or the turn is over.
    pub(crate) fn go_on(
        &mut self,
        machine: &mut Machine<'_>,
        compare: &mut CompareInTurns<'_, T>,
    ) -> Result<bool, Thrown> {
        let count = self.items.len();
        while self.width < count {
            while self.start < count {
                if !self.merge(machine, compare)? {
                    return Ok(false);
                }
                self.start = self.start.saturating_add(2 * self.width).min(count);
                self.next = [self.start, self.start.saturating_add(self.width).min(count)];
            }
            std::mem::swap(&mut self.items, &mut self.merged);
            self.merged.clear();
            self.width = self.width.saturating_mul(2);
            self.start = 0;
            self.next = [0, self.width.min(count)];
        }
        Ok(true)
    }

    /// Merges the pair of runs at `start`.
    fn merge(&mut self, machine: &mut Machine<'_>, compare: &mut CompareInTurns<'_, T>) -> Result<bool, Thrown> {
        let count = self.items.len();
        let ends = [(self.start + self.width).min(count), (self.start + 2 * self.width).min(count)];
        loop {
            let [left, right] = self.next;
            let from = match (self.items.get(left..ends[0]), self.items.get(right..ends[1])) {
                (Some([first, ..]), Some([second, ..])) => {
                    usize::from(compare(machine, first, second)? == Ordering::Greater)
                }
                (Some([_, ..]), _) => 0,
                (_, Some([_, ..])) => 1,
                _ => return Ok(true),
            };
            if let Some(item) = self.items.get_mut(self.next[from]) {
                self.merged.push(std::mem::take(item));
            }
            machine.charge(1)?;
            self.next[from] += 1;
            if machine.is_turn_over() {
                return Ok(false);
            }
        }
    }
}

/// What sorting throws when a comparison threw; limits stay what they are.
pub(crate) fn failed(thrown: Thrown) -> Thrown {
    match thrown {
        Thrown::Exception(inner) => {
            let message = "Failed to compare two elements in the array.";
            let mut outer = Exception::new(ExceptionType::InvalidOperation, message);
            outer.inner = inner.into();
            outer.into()
        }
        limit @ Thrown::Limit(_) => limit,
    }
}

/// A `Comparer<T>`.
pub(super) struct ComparerObject {
    pub(super) of: Type,
    pub(super) order: Order,
}

impl Object for ComparerObject {
    fn of(&self) -> Type {
        self.of.clone()
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn std::any::Any> {
        self
    }
}
