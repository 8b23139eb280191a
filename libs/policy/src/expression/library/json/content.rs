//! "Content": what constructors and `Add(object)` take. Tokens, plain values, and sequences of both.

use postern_dotnet::json::{JToken, Scalar};
use postern_dotnet::{Exception, ExceptionType};

use super::super::full_name;
use super::cast::scalar_of;
use super::wrapper::{TOKEN_BYTES, charge_copy, charge_shift, token_of};
use crate::expression::array::Array;
use crate::expression::library::linq::{Source, in_turns};
use crate::expression::limits::CALL_DEPTH_MAX;
use crate::expression::machine::{Limit, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Enumerator;
use crate::expression::sequence::Items;
use crate::expression::value::Value;

/// A value as a token: a token itself, or a new `JValue`. `None` is null.
///
/// # Errors
/// `ArgumentException` for what no `JValue` can hold.
pub(super) fn token_from(value: &Value) -> Result<Option<JToken>, Exception> {
    if value.is_null() {
        return Ok(None);
    }
    if let Some(token) = token_of(value) {
        return Ok(Some(token.clone()));
    }
    match scalar_of(value) {
        Some(scalar) if !matches!(value, Value::Char(_)) => Ok(Some(JToken::value(scalar))),
        // `char` as well: `new JValue(object)` does not know it, though `new JValue(char)` exists.
        _ => Err(undetermined(value)),
    }
}

pub(super) fn undetermined(value: &Value) -> Exception {
    let of = full_name(&value.of());
    Exception::new(ExceptionType::Argument, format!("Could not determine JSON object type for type {of}."))
}

/// `IsMultiContent`: sequences other than tokens, strings and `byte[]`.
pub(super) fn is_multiple(value: &Value) -> bool {
    let Value::Object(object) = value else {
        return false;
    };
    let is_bytes = value.downcast_ref::<Array>().is_some_and(|array| array.as_bytes().is_some());
    token_of(value).is_none() && !is_bytes && std::rc::Rc::clone(object).enumerate().is_some()
}

/// Where content is added.
pub(super) struct Place {
    container: JToken,
    /// In front of the child at this position, or behind the last.
    at: Option<usize>,
}

impl Place {
    /// Behind the last child.
    pub(super) fn end(container: JToken) -> Place {
        Place { container, at: None }
    }

    /// In front of the child at a position, or behind the last.
    pub(super) fn at(container: JToken, index: usize) -> Place {
        Place { container, at: Some(index) }
    }
}

/// `AddInternal`: adds the argument at `index` to a container, sequences item by item, in turns. `place` is asked for once. Gives the container.
///
/// # Errors
/// What `place` says, what the container refuses, what the sequence throws, a spent budget, the end of the turn.
pub(super) fn add(
    call: &mut Call<'_, '_>,
    index: usize,
    place: impl FnOnce(&mut Call<'_, '_>) -> Result<Place, Thrown>,
) -> Result<JToken, Thrown> {
    in_turns(
        call,
        |call| {
            let Place { container, at } = place(call)?;
            let whole: Box<dyn Enumerator> = Box::new(Items(vec![call.take(index)].into_iter()));
            Ok((container, vec![(Source::of_walk(whole), at)]))
        },
        |machine, (container, under_way)| {
            while let Some((source, at)) = under_way.last_mut() {
                let Some(item) = source.next(machine)? else {
                    under_way.pop();
                    continue;
                };
                let place = *at;
                *at = at.map(|at| at + 1);
                if !is_multiple(&item) {
                    add_one(machine, container, place, &item)?;
                } else if under_way.len() > CALL_DEPTH_MAX as usize {
                    return Err(Thrown::Limit(Limit::Depth));
                } else {
                    under_way.push((Source::new(item), place));
                }
                machine.end_turn()?;
            }
            Ok(container.clone())
        },
    )
}

/// Steps for a token that is added.
const ADDED_STEPS: usize = 10;

fn add_one(machine: &mut Machine<'_>, container: &JToken, at: Option<usize>, content: &Value) -> Result<(), Thrown> {
    let token = token_from(content)?;
    charge_adopted(machine, Some(container), token.as_ref())?;
    machine.charge(ADDED_STEPS)?;
    match at {
        Some(index) => {
            charge_shift(machine, container)?;
            container.insert(index, token.as_ref())?;
        }
        None => container.add(token.as_ref())?,
    }
    Ok(())
}

/// Pays for a token that becomes a child of `container`, if that one may lie in others: it is copied if it has a parent or would hold itself.
///
/// # Errors
/// A spent budget.
pub(super) fn charge_adopted(
    machine: &mut Machine<'_>,
    container: Option<&JToken>,
    token: Option<&JToken>,
) -> Result<(), Thrown> {
    match (token, container) {
        (Some(token), _) if token.parent().is_some() => charge_copy(machine, token),
        (Some(token), Some(container)) if token.has_values() => {
            machine.charge(1 + container.depth())?;
            let holds_itself = container.root().is_same(token);
            if holds_itself { charge_copy(machine, token) } else { machine.charge_memory(TOKEN_BYTES) }
        }
        _ => machine.charge_memory(TOKEN_BYTES),
    }
}

/// The value of `new JProperty(name, content)`, its argument at `index`, paid for: an array of the items of a sequence.
///
/// # Errors
/// As [`add`].
pub(super) fn property_value(call: &mut Call<'_, '_>, index: usize) -> Result<Option<JToken>, Thrown> {
    if !call.machine.is_resumed() && !is_multiple(call.argument(index)) {
        let value = token_from(call.argument(index))?;
        charge_adopted(call.machine, None, value.as_ref())?;
        return Ok(value);
    }
    add(call, index, |_| Ok(Place::end(JToken::array()))).map(Some)
}

/// Null as the `JValue` that stands for it.
pub(super) fn or_null(token: Option<JToken>) -> JToken {
    token.unwrap_or_else(|| JToken::value(Scalar::Null))
}
