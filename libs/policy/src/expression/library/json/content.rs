//! "Content": what constructors and `Add(object)` take. Tokens, plain values, and sequences of both.

use postern_dotnet::json::{JToken, Scalar};
use postern_dotnet::{Exception, ExceptionType};

use super::super::full_name;
use super::cast::scalar_of;
use super::wrapper::{charge_copy, token_of};
use crate::expression::array::Array;
use crate::expression::limits::CALL_DEPTH_MAX;
use crate::expression::machine::{Limit, Machine, Thrown};
use crate::expression::sequence;
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
#[derive(Clone, Copy)]
pub(super) enum Place<'t> {
    /// In front of the child at this position of the container, or at its end.
    At(&'t JToken, usize),
    /// Behind the last child.
    End(&'t JToken),
}

/// `AddInternal`: adds content to a container, sequences item by item.
///
/// # Errors
/// What the container refuses, what the sequence throws, a spent budget.
pub(super) fn add(machine: &mut Machine<'_>, place: Place<'_>, content: &Value) -> Result<(), Thrown> {
    add_nested(machine, place, content, 0)
}

fn add_nested(machine: &mut Machine<'_>, place: Place<'_>, content: &Value, depth: u32) -> Result<(), Thrown> {
    if depth > CALL_DEPTH_MAX {
        return Err(Thrown::Limit(Limit::Depth));
    }
    if !is_multiple(content) {
        return add_one(machine, place, content);
    }
    for (offset, item) in sequence::collect(content, machine)?.into_iter().enumerate() {
        let place = match place {
            Place::At(container, index) => Place::At(container, index + offset),
            end @ Place::End(_) => end,
        };
        add_nested(machine, place, &item, depth + 1)?;
    }
    Ok(())
}

fn add_one(machine: &mut Machine<'_>, place: Place<'_>, content: &Value) -> Result<(), Thrown> {
    let token = token_from(content)?;
    charge_adopted(machine, token.as_ref())?;
    match place {
        Place::At(container, index) => container.insert(index, token.as_ref())?,
        Place::End(container) => container.add(token.as_ref())?,
    }
    Ok(())
}

/// Pays for a token that becomes a child: it is copied if it has a parent.
///
/// # Errors
/// A spent budget.
pub(super) fn charge_adopted(machine: &mut Machine<'_>, token: Option<&JToken>) -> Result<(), Thrown> {
    match token {
        Some(token) if token.parent().is_some() || token.is_container() => charge_copy(machine, token),
        _ => machine.charge(1),
    }
}

/// The value of `new JProperty(name, content)`: an array of the items of a sequence.
///
/// # Errors
/// As [`add`].
pub(super) fn property_value(machine: &mut Machine<'_>, content: &Value) -> Result<Option<JToken>, Thrown> {
    if !is_multiple(content) {
        return Ok(token_from(content)?);
    }
    let array = JToken::array();
    add(machine, Place::End(&array), content)?;
    Ok(Some(array))
}

/// Null as the `JValue` that stands for it.
pub(super) fn or_null(token: Option<JToken>) -> JToken {
    token.unwrap_or_else(|| JToken::value(Scalar::Null))
}
