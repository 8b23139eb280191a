//! Looking for a value in a list or array: the first or last that is equal to it, and by halves where the items are sorted.

use std::cmp::Ordering;

use super::arguments::{Answer, int};
use super::order::{Order, failed};
use super::predicate_search::Where;
use crate::expression::library::linq::in_turns;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

/// Items that are compared before the turn may end.
const PIECE: usize = 256;

/// The position of the first item that equals the first argument.
pub(super) fn first_equal<'h>(
    call: &mut Call<'_, 'h>,
    place: impl FnOnce(&Call<'_, 'h>) -> Result<Where, Thrown>,
) -> Result<Option<usize>, Thrown> {
    equal(call, place, false)
}

/// The position of the last one.
pub(super) fn last_equal<'h>(
    call: &mut Call<'_, 'h>,
    place: impl FnOnce(&Call<'_, 'h>) -> Result<Where, Thrown>,
) -> Result<Option<usize>, Thrown> {
    equal(call, place, true)
}

fn equal<'h>(
    call: &mut Call<'_, 'h>,
    place: impl FnOnce(&Call<'_, 'h>) -> Result<Where, Thrown>,
    from_behind: bool,
) -> Result<Option<usize>, Thrown> {
    in_turns(
        call,
        |call| Ok((place(call)?, call.argument(1).clone())),
        |machine, ((items, start, end), value)| {
            while *start < *end {
                let mut piece = *start..*end;
                if from_behind {
                    piece.start = piece.start.max(end.saturating_sub(PIECE));
                    *end = piece.start;
                } else {
                    piece.end = piece.end.min(start.saturating_add(PIECE));
                    *start = piece.end;
                }
                machine.charge(piece.len().saturating_mul(value.comparing_steps()))?;
                let is_equal = |at: &usize| items.get(*at).is_some_and(|item| value.equals(&item));
                let found = if from_behind { piece.rfind(is_equal) } else { piece.find(is_equal) };
                if found.is_some() {
                    return Ok(found);
                }
                machine.end_turn()?;
            }
            Ok(None)
        },
    )
}

/// A position of the argument `value` among sorted items, or the complement of where it would go. Of equal items it is the one that .NET comes upon.
pub(super) fn binary_search<'h>(
    call: &mut Call<'_, 'h>,
    value: usize,
    comparer: usize,
    place: impl FnOnce(&Call<'_, 'h>) -> Result<Where, Thrown>,
) -> Answer {
    let (items, mut low, mut high) = place(call)?;
    let (order, value) = (Order::from_argument(call.argument(comparer)), call.take(value));
    while low < high {
        let middle = low + (high - 1 - low) / 2;
        let Some(item) = items.get(middle) else { break };
        match order.compare(call.machine, &item, &value).map_err(failed)? {
            Ordering::Equal => return Ok(int(middle)),
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    Ok(Value::Int(!i32::try_from(low).unwrap_or(i32::MAX)))
}
