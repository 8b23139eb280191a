//! Queries: sequences that are made while somebody walks over them.

use std::any::Any;
use std::ops::ControlFlow;
use std::rc::Rc;

use postern_dotnet::Exception;

use super::gathered::Gathered;
use crate::expression::library::collections::arguments::Answer;
use crate::expression::library::collections::class_name::ENUMERABLE;
use crate::expression::library::collections::is_collection;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{Enumerator, Object};
use crate::expression::release::release_all;
use crate::expression::sequence;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// A query: its arguments, and how to begin walking.
pub(super) struct Query {
    element: Type,
    parts: Parts,
    start: Start,
    length: Length,
}

/// What .NET knows of a query's length before it walks: `ToList` makes a list of just that room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Unknown,
    Known,
    /// Known if that of the first argument is.
    OfSource,
}

/// Begins a walk. It must do nothing else: the first item asks the source for its first.
pub(super) type Start = fn(&Parts) -> Box<dyn Enumerator>;

/// The arguments of a query operator: source, functions, numbers, comparers.
pub(super) struct Parts(Vec<Value>);

impl Parts {
    /// An argument; null if it was left out.
    pub(super) fn get(&self, index: usize) -> Value {
        self.0.get(index).cloned().unwrap_or_default()
    }

    /// How many arguments there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// An argument that is walked over.
    pub(super) fn source(&self, index: usize) -> Source {
        Source::new(self.get(index))
    }

    /// An `int` argument; negative ones are 0.
    pub(super) fn count(&self, index: usize) -> usize {
        match self.0.get(index) {
            Some(Value::Int(count)) => usize::try_from(*count).unwrap_or(0),
            _ => 0,
        }
    }
}

impl Drop for Query {
    fn drop(&mut self) {
        release_all(&mut self.parts.0);
    }
}

impl Query {
    /// A query with these arguments.
    pub(super) fn value(element: Type, parts: Vec<Value>, start: Start, length: Length) -> Value {
        Value::object(Query { element, parts: Parts(parts), start, length })
    }
}

/// Whether `ToList` makes a list with room for just as many items as there are; otherwise the list grows item by item.
pub(super) fn has_known_length(sequence: &Value) -> bool {
    let mut sequence = sequence.clone();
    while let Some(query) = sequence.downcast_ref::<Query>() {
        match query.length {
            Length::Unknown => return false,
            Length::Known => return true,
            Length::OfSource => {
                let source = query.parts.get(0);
                sequence = source;
            }
        }
    }
    sequence.downcast_ref::<super::ordering::Ordered>().is_some() || is_collection(&sequence)
}

impl Object for Query {
    fn of(&self) -> Type {
        ENUMERABLE.of([self.element.clone()])
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some((self.start)(&self.parts))
    }
}

/// A query operator: checks that the first arguments, by their names, are not null, and keeps all of them. `element` is the number of the
/// type argument that is the type of the query's items.
pub(super) fn query(call: &mut Call<'_, '_>, required: &[&str], element: usize, start: Start) -> Answer {
    query_of(call, required, call.type_argument(element), start)
}

/// The same where something is known of its length.
pub(super) fn query_of_length(
    call: &mut Call<'_, '_>,
    required: &[&str],
    element: Type,
    (start, length): (Start, Length),
) -> Answer {
    check(call, required)?;
    let parts = call.arguments_from(0).into_vec();
    call.machine.charge_memory(size_of::<Query>() + parts.len() * size_of::<Value>())?;
    Ok(Query::value(element, parts, start, length))
}

/// The same with a type of the items that is not a type argument.
pub(super) fn query_of(call: &mut Call<'_, '_>, required: &[&str], element: Type, start: Start) -> Answer {
    query_of_length(call, required, element, (start, Length::Unknown))
}

/// Checks that the first arguments, by their names, are not null.
pub(super) fn check(call: &Call<'_, '_>, required: &[&str]) -> Result<(), Thrown> {
    match required.iter().enumerate().find(|(index, _)| call.argument(*index).is_null()) {
        Some((_, name)) => Err(Exception::argument_null(name).into()),
        None => Ok(()),
    }
}

/// Steps for an item that is kept, beside those for its memory and of the walk.
const GATHERED_STEPS: usize = 4;

/// A sequence that is walked over inside another walk; begun when the first item is asked for.
///
/// Where the turn ends inside of it, all stays as it is, and who asks again goes on.
pub(in crate::expression::library) struct Source {
    sequence: Value,
    walk: Option<Box<dyn Enumerator>>,
    /// An item that is still being asked about.
    pending: Option<Value>,
}

impl Source {
    pub(in crate::expression::library) fn new(sequence: Value) -> Source {
        Source { sequence, walk: None, pending: None }
    }

    /// A walk that was begun.
    pub(in crate::expression::library) fn of_walk(walk: Box<dyn Enumerator>) -> Source {
        Source { sequence: Value::Null, walk: Some(walk), pending: None }
    }

    /// The next item.
    pub(in crate::expression::library) fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        let walk = match &mut self.walk {
            Some(walk) => walk,
            none => none.insert(sequence::enumerate(&self.sequence)?),
        };
        machine.nested_in_turns(|machine| walk.next(machine))
    }

    /// The next item, and what is made of it. If `make` ends the turn, it is asked about the same item in the next one.
    pub(in crate::expression::library) fn next_with<'h, T>(
        &mut self,
        machine: &mut Machine<'h>,
        make: impl FnOnce(&mut Machine<'h>, &Value) -> Result<T, Thrown>,
    ) -> Result<Option<(Value, T)>, Thrown> {
        let item = match self.pending.take() {
            Some(item) => item,
            None => match self.next(machine)? {
                Some(item) => item,
                None => return Ok(None),
            },
        };
        match make(machine, &item) {
            Ok(made) => Ok(Some((item, made))),
            Err(thrown) => {
                if thrown.is_turn() {
                    self.pending = Some(item);
                }
                Err(thrown)
            }
        }
    }

    /// All items that are left, paid for. Where it ends the turn, `items` are those that came so far, and it is asked again.
    pub(in crate::expression::library) fn rest(
        &mut self,
        machine: &mut Machine<'_>,
        items: &mut Gathered,
    ) -> Result<Vec<Value>, Thrown> {
        while !items.is_complete {
            match self.next(machine)? {
                Some(item) => {
                    machine.charge_memory(size_of::<Value>())?;
                    machine.charge(GATHERED_STEPS)?;
                    items.push(item);
                    machine.end_turn()?;
                }
                None => items.is_complete = true,
            }
        }
        items.join(machine)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.walk = None;
        crate::expression::release::release(std::mem::take(&mut self.sequence));
    }
}

/// A walk that asks a function for each item. After the end, or a failure, it stays at the end. Where something in the function may end the turn
/// (what is asked inside of a [`Source`], [`Machine::invoke_in_turns`], [`Machine::end_turn`]), it keeps what it did and is asked again.
pub(super) fn walk<F>(next: F) -> Box<dyn Enumerator>
where
    F: FnMut(&mut Machine<'_>) -> Result<Option<Value>, Thrown> + 'static,
{
    Box::new(Walk { next: Some(next) })
}

struct Walk<F> {
    next: Option<F>,
}

impl<F: FnMut(&mut Machine<'_>) -> Result<Option<Value>, Thrown>> Enumerator for Walk<F> {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(1)?;
        let Some(next) = &mut self.next else { return Ok(None) };
        let item = next(machine);
        if !matches!(&item, Ok(Some(_))) && !matches!(&item, Err(thrown) if thrown.is_turn()) {
            self.next = None;
        }
        item
    }
}

/// What a native keeps between two turns.
struct Kept<S>(S);

/// Goes on with a native until `go_on` gives its result. Where `go_on` ends the turn, the native is called again in the next one, and goes on with the
/// state that `begin` gave as `go_on` left it. The native does nothing before, and takes no argument away but in `begin`, and `this` not at all.
///
/// # Errors
/// What `begin` and `go_on` throw; the end of the turn.
pub(in crate::expression::library) fn in_turns<'h, S: 'static, T>(
    call: &mut Call<'_, 'h>,
    begin: impl FnOnce(&mut Call<'_, 'h>) -> Result<S, Thrown>,
    go_on: impl FnOnce(&mut Machine<'h>, &mut S) -> Result<T, Thrown>,
) -> Result<T, Thrown> {
    let mut kept = match call.machine.take_paused::<Kept<S>>() {
        Some(kept) => kept,
        None => Box::new(Kept(begin(call)?)),
    };
    match go_on(call.machine, &mut kept.0) {
        Err(thrown) if thrown.is_turn() => Err(call.machine.pause(kept)),
        result => result,
    }
}

/// Gives the items of a sequence to `each` until it breaks off or they end. Between two items the turn may end; then the native is called again, and what
/// `begin` gave is kept: the sequence and what the items have come to. The native takes no other argument away. Where `each` ends the turn itself, it is
/// given the same item again.
///
/// # Errors
/// What the sequence and `each` throw; the end of the turn.
pub(in crate::expression::library) fn walk_over<'h, S: 'static>(
    call: &mut Call<'_, 'h>,
    begin: impl FnOnce(&mut Call<'_, 'h>) -> Result<(Source, S), Thrown>,
    mut each: impl FnMut(&mut Machine<'h>, &mut S, &Value) -> Result<ControlFlow<()>, Thrown>,
) -> Result<S, Thrown> {
    let mut kept = match call.machine.take_paused::<Kept<(Source, S)>>() {
        Some(kept) => kept,
        None => Box::new(Kept(begin(call)?)),
    };
    let (source, state) = &mut kept.0;
    let mut walk = || {
        while let Some((_, flow)) = source.next_with(call.machine, |machine, item| each(machine, state, item))? {
            if flow.is_break() {
                break;
            }
            call.machine.end_turn()?;
        }
        Ok(())
    };
    match walk() {
        Ok(()) => Ok(kept.0.1),
        Err(thrown) if Thrown::is_turn(&thrown) => Err(call.machine.pause(kept)),
        Err(thrown) => Err(thrown),
    }
}

/// All items of the argument `source` of a native, paid for.
pub(in crate::expression::library) fn all_items(call: &mut Call<'_, '_>) -> Result<Vec<Value>, Thrown> {
    items_of(call, |call| source(call, &["source"]))
}

/// All items of a sequence, paid for. The native does nothing before and takes no argument away but in `begin`.
///
/// # Errors
/// What `begin` and the sequence throw; the end of the turn.
pub(in crate::expression::library) fn items_of<'h>(
    call: &mut Call<'_, 'h>,
    begin: impl FnOnce(&mut Call<'_, 'h>) -> Result<Source, Thrown>,
) -> Result<Vec<Value>, Thrown> {
    in_turns(
        call,
        |call| Ok((begin(call)?, Gathered::default())),
        |machine, (source, items)| source.rest(machine, items),
    )
}

/// All items of a sequence as [`items_of`] gives them, and whether `is_known` said of it that their number is.
pub(in crate::expression::library) fn items_and_length<'h>(
    call: &mut Call<'_, 'h>,
    begin: impl FnOnce(&mut Call<'_, 'h>) -> Result<Value, Thrown>,
    is_known: impl FnOnce(&Value) -> bool,
) -> Result<(Vec<Value>, bool), Thrown> {
    in_turns(
        call,
        |call| {
            let sequence = begin(call)?;
            let is_known = is_known(&sequence);
            Ok((Source::new(sequence), Gathered::default(), is_known))
        },
        |machine, (source, items, is_known)| Ok((source.rest(machine, items)?, *is_known)),
    )
}

/// Walks over the argument `source` of a native.
pub(super) fn source(call: &mut Call<'_, '_>, required: &[&str]) -> Result<Source, Thrown> {
    check(call, required)?;
    Ok(Source::new(call.take(0)))
}
