//! Lists and arrays item by item: the first, the last or all that a predicate agrees with, and what a function makes of them, in turns.
//!
//! What must hold: where to look is asked for once, and the item at hand is kept over a pause: the function may change the list.

use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType};

use super::arguments::{holds, required};
use crate::expression::library::linq::in_turns;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::value::Value;

/// Where to look: items, the first position and the one behind the last.
pub(in crate::expression::library) type Where = (Rc<dyn List>, usize, usize);

/// An item with its position.
pub(in crate::expression::library) type Found = Option<(usize, Value)>;

/// The first item for which the predicate, an argument, answers so.
pub(in crate::expression::library) fn asked<'h>(
    call: &mut Call<'_, 'h>,
    predicate: usize,
    place: impl FnOnce(&Call<'_, 'h>) -> Result<Where, Thrown>,
    wanted: bool,
) -> Result<Found, Thrown> {
    in_turns(
        call,
        |call| Ok((place(call)?, required(call, predicate, "match")?, None)),
        |machine, ((items, index, end), predicate, pending)| {
            while *index < *end
                && let Some(item) = pending.take().or_else(|| items.get(*index))
            {
                *pending = Some(item.clone());
                if holds(machine, predicate, &item)? == wanted {
                    return Ok(Some((*index, item)));
                }
                *pending = None;
                *index += 1;
                machine.end_turn()?;
            }
            Ok(None)
        },
    )
}

/// The first item that the predicate, an argument, agrees with.
pub(in crate::expression::library) fn first<'h>(
    call: &mut Call<'_, 'h>,
    predicate: usize,
    place: impl FnOnce(&Call<'_, 'h>) -> Result<Where, Thrown>,
) -> Result<Found, Thrown> {
    asked(call, predicate, place, true)
}

/// The last one.
pub(in crate::expression::library) fn last<'h>(
    call: &mut Call<'_, 'h>,
    predicate: usize,
    place: impl FnOnce(&Call<'_, 'h>) -> Result<Where, Thrown>,
) -> Result<Found, Thrown> {
    in_turns(
        call,
        |call| Ok((place(call)?, required(call, predicate, "match")?, None)),
        |machine, ((items, start, end), predicate, pending)| {
            while *end > *start {
                let index = *end - 1;
                if let Some(item) = pending.take().or_else(|| items.get(index)) {
                    *pending = Some(item.clone());
                    if holds(machine, predicate, &item)? {
                        return Ok(Some((index, item)));
                    }
                    *pending = None;
                }
                *end = index;
                machine.end_turn()?;
            }
            Ok(None)
        },
    )
}

/// All items that the predicate, the first argument, agrees with, as they are when it has answered.
pub(in crate::expression::library) fn every<'h>(
    call: &mut Call<'_, 'h>,
    place: impl FnOnce(&Call<'_, 'h>) -> Result<Where, Thrown>,
) -> Result<Vec<Value>, Thrown> {
    in_turns(
        call,
        |call| Ok((place(call)?, required(call, 1, "match")?, None, Vec::new())),
        |machine, ((items, index, end), predicate, pending, found)| {
            while *index < *end
                && let Some(item) = pending.take().or_else(|| items.get(*index))
            {
                *pending = Some(item.clone());
                if holds(machine, predicate, &item)? {
                    machine.charge_memory(size_of::<Value>())?;
                    found.push(items.get(*index).unwrap_or(item));
                }
                *pending = None;
                *index += 1;
                machine.end_turn()?;
            }
            Ok(std::mem::take(found))
        },
    )
}

/// What the function that is the first argument makes of each item. A list must not have grown then: there is room for as many as there were.
pub(in crate::expression::library) fn converted<'h>(
    call: &mut Call<'_, 'h>,
    place: impl FnOnce(&Call<'_, 'h>) -> Result<Where, Thrown>,
) -> Result<Vec<Value>, Thrown> {
    in_turns(
        call,
        |call| {
            let (items, _, room) = place(call)?;
            let function = required(call, 1, "converter")?;
            call.machine.charge_memory(room * size_of::<Value>())?;
            Ok((items, room, function, None, Vec::new()))
        },
        |machine, (items, room, function, pending, made)| {
            while let Some(item) = pending.take().or_else(|| items.get(made.len())) {
                *pending = Some(item.clone());
                let value = machine.invoke_in_turns(function, std::slice::from_ref(&item))?;
                *pending = None;
                if made.len() == *room {
                    let message = "Index was outside the bounds of the array.";
                    return Err(Exception::new(ExceptionType::IndexOutOfRange, message).into());
                }
                made.push(value);
                machine.end_turn()?;
            }
            Ok(std::mem::take(made))
        },
    )
}
