//! Searches in arrays: by value and by predicate, in turns.

use super::array_class::{array, position};
use super::collections::arguments::{holds, required};
use super::collections::list_members::sifted;
use super::linq::in_turns;
use crate::expression::array::Array;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::value::Value;

/// `IndexOf` of a value from `start` on.
pub(in crate::expression::library) fn index_of(
    call: &mut Call<'_, '_>,
    start: i32,
    count: Option<i32>,
) -> Result<Value, Thrown> {
    let array = array(call, 0, "array")?;
    let rest = i32::try_from(array.len()).unwrap_or(i32::MAX).saturating_sub(start);
    let part = super::values::part_of(array.len(), start, count.unwrap_or(rest), ("startIndex", "count"))?;
    let found = in_turns(
        call,
        |call| Ok((call.argument(1).clone(), part.start)),
        |machine, (value, index)| {
            while *index < part.end {
                machine.charge(value.comparing_steps())?;
                if List::get(&*array, *index).is_some_and(|item| item.equals(value)) {
                    return Ok(Some(*index));
                }
                *index += 1;
                machine.end_turn()?;
            }
            Ok(None)
        },
    )?;
    Ok(position(found))
}

/// A copy of the items of the array that is the first argument, paid for.
pub(super) fn copied(call: &mut Call<'_, '_>) -> Result<Vec<Value>, Thrown> {
    let array = array(call, 0, "array")?;
    call.machine.charge_memory(array.len() * size_of::<Value>())?;
    Ok(array.to_vec())
}

/// Items of the array that is the first argument, and what a predicate is to answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// The number of its argument.
    pub(super) predicate: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) wanted: bool,
}

/// The first item for which the predicate answers so, with its position.
pub(super) fn asked(call: &mut Call<'_, '_>, asked: Asked) -> Result<Option<(usize, Value)>, Thrown> {
    let Asked { predicate, start, end, wanted } = asked;
    in_turns(
        call,
        |call| Ok((array(call, 0, "array")?, required(call, predicate, "match")?, start)),
        |machine, (array, predicate, index)| {
            while *index < end
                && let Some(item) = List::get(&**array, *index)
            {
                if holds(machine, predicate, &item)? == wanted {
                    return Ok(Some((*index, item)));
                }
                *index += 1;
                machine.end_turn()?;
            }
            Ok(None)
        },
    )
}

/// The first item that a predicate agrees with.
pub(super) fn first(call: &mut Call<'_, '_>, predicate: usize, start: usize) -> Result<Option<(usize, Value)>, Thrown> {
    let end = array(call, 0, "array")?.len();
    asked(call, Asked { predicate, start, end, wanted: true })
}

/// The last one.
pub(super) fn last(call: &mut Call<'_, '_>) -> Result<Option<(usize, Value)>, Thrown> {
    in_turns(
        call,
        |call| {
            let array = array(call, 0, "array")?;
            let end = array.len();
            Ok((array, required(call, 1, "match")?, end))
        },
        |machine, (array, predicate, end)| {
            while let Some(index) = end.checked_sub(1) {
                if let Some(item) = List::get(&**array, index)
                    && holds(machine, predicate, &item)?
                {
                    return Ok(Some((index, item)));
                }
                *end = index;
                machine.end_turn()?;
            }
            Ok(None)
        },
    )
}

pub(super) fn find_all(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let (found, _) = sifted(call, true, copied)?;
    Ok(Value::object(Array::values(array(call, 0, "array")?.element().clone(), found)))
}

/// `LastIndexOf` of a value.
pub(super) fn last_index_of(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let length = array(call, 0, "array")?.len();
    let found = in_turns(
        call,
        |call| Ok((array(call, 0, "array")?, call.argument(1).clone(), length)),
        |machine, (array, value, end)| {
            while let Some(index) = end.checked_sub(1) {
                machine.charge(value.comparing_steps())?;
                if List::get(&**array, index).is_some_and(|item| item.equals(value)) {
                    return Ok(Some(index));
                }
                *end = index;
                machine.end_turn()?;
            }
            Ok(None)
        },
    )?;
    Ok(position(found))
}
