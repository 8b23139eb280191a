//! Looking for the first or last item of a list or array that a predicate agrees with, in turns.
//!
//! What must hold: where to look is asked for once, and the item at hand is kept over a pause: the predicate may change the list.

use std::rc::Rc;

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
pub(in crate::expression::library) fn asked(
    call: &mut Call<'_, '_>,
    predicate: usize,
    place: fn(&Call<'_, '_>) -> Result<Where, Thrown>,
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
pub(in crate::expression::library) fn first(
    call: &mut Call<'_, '_>,
    predicate: usize,
    place: fn(&Call<'_, '_>) -> Result<Where, Thrown>,
) -> Result<Found, Thrown> {
    asked(call, predicate, place, true)
}

/// The last one.
pub(in crate::expression::library) fn last(
    call: &mut Call<'_, '_>,
    predicate: usize,
    place: fn(&Call<'_, '_>) -> Result<Where, Thrown>,
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
