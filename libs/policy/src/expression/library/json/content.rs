//! "Content": what constructors and `Add(object)` take. Tokens, plain values, and sequences of both.

use postern_dotnet::json::{Copying, JToken, Scalar};
use postern_dotnet::{Exception, ExceptionType};

use super::super::full_name;
use super::cast::scalar_of;
use super::wrapper::{TOKEN_BYTES, charge_shift, copy_of, token_of};
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
            Ok((container, Contents(vec![(Source::of_walk(whole), at)]), None))
        },
        |machine, (container, contents, next)| {
            loop {
                if next.is_none() {
                    *next = contents.next(machine)?;
                }
                let Some((item, place)) = next else { return Ok(container.clone()) };
                // It may end the turn before it has added anything.
                add_one(machine, container, *place, item)?;
                *next = None;
                machine.end_turn()?;
            }
        },
    )
}

/// Sequences under way inside of each other, with the places of their next items.
struct Contents(Vec<(Source, Option<usize>)>);

impl Contents {
    /// The next item that is no sequence, and where it is added.
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<(Value, Option<usize>)>, Thrown> {
        while let Some((source, at)) = self.0.last_mut() {
            let Some(item) = source.next(machine)? else {
                self.0.pop();
                continue;
            };
            let place = *at;
            *at = at.map(|at| at + 1);
            if !is_multiple(&item) {
                return Ok(Some((item, place)));
            }
            if self.0.len() > CALL_DEPTH_MAX as usize {
                return Err(Thrown::Limit(Limit::Depth));
            }
            self.0.push((Source::new(item), place));
            machine.end_turn()?;
        }
        Ok(None)
    }
}

/// Steps for a token that is added.
const ADDED_STEPS: usize = 10;

fn add_one(machine: &mut Machine<'_>, container: &JToken, at: Option<usize>, content: &Value) -> Result<(), Thrown> {
    let token = adopted(machine, Some(container), token_from(content)?)?;
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

/// What becomes a child of `container`, if that one may lie in others: a copy of a token that has a parent or would hold itself. The container would make
/// that as well, but in one go. Natives call this before they change anything.
///
/// # Errors
/// A spent budget, the end of the turn.
pub(super) fn adopted(
    machine: &mut Machine<'_>,
    container: Option<&JToken>,
    token: Option<JToken>,
) -> Result<Option<JToken>, Thrown> {
    match token {
        Some(token) if is_copied(machine, container, &token)? => copy_of(machine, &token).map(Some),
        token => {
            machine.charge_memory(TOKEN_BYTES)?;
            Ok(token)
        }
    }
}

fn is_copied(machine: &mut Machine<'_>, container: Option<&JToken>, token: &JToken) -> Result<bool, Thrown> {
    if token.parent().is_some() {
        return Ok(true);
    }
    let Some(container) = container.filter(|_| token.has_values()) else { return Ok(false) };
    machine.charge(1 + container.depth())?;
    Ok(container.root().is_same(token))
}

/// The value of `new JProperty(name, content)`, its argument at `index`, paid for: an array of the items of a sequence.
///
/// # Errors
/// As [`add`].
pub(super) fn property_value(call: &mut Call<'_, '_>, index: usize) -> Result<Option<JToken>, Thrown> {
    let is_one = !call.machine.is_resumed() && !is_multiple(call.argument(index));
    if is_one || call.machine.has_paused_in::<Copying>() {
        return adopted(call.machine, None, token_from(call.argument(index))?);
    }
    add(call, index, |_| Ok(Place::end(JToken::array()))).map(Some)
}

/// Null as the `JValue` that stands for it.
pub(super) fn or_null(token: Option<JToken>) -> JToken {
    token.unwrap_or_else(|| JToken::value(Scalar::Null))
}
