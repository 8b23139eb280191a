//! Values made tokens: `JsonConvert.SerializeObject`, `FromObject`.

use postern_dotnet::json::JToken;

use super::writing::Writing;
use super::xml::{self, As};
use crate::expression::library::collections::arguments::required;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::value::Value;

/// How values become tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) nulls: Nulls,
    /// What nodes of XML become.
    pub(super) xml: As,
    pub(super) into: Into,
}

/// What is made: an array that is written holds no properties, nor does one of tokens, which says so otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Into {
    Tokens,
    Text,
}

impl Style {
    /// `FromObject`: everything, as tokens.
    pub(super) const TOKENS: Style = Style { nulls: Nulls::Include, xml: As::Token, into: Into::Tokens };
}

/// What is done with properties that are null; entries of dictionaries are always written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    Include,
    Ignore,
}

/// `JToken.FromObject(value)`: tokens as they are, dictionaries and objects with properties as `JObject`, sequences as `JArray`. In one go.
///
/// # Errors
/// `JsonSerializationException` for values that contain themselves; what sequences and properties throw.
pub(crate) fn to_token(machine: &mut Machine<'_>, value: &Value) -> Result<JToken, Thrown> {
    machine.in_one_turn(|machine| Writing::new(value.clone(), Style::TOKENS).go_on(machine))
}

/// Whether [`serialized`] has paused.
pub(super) fn is_serializing(machine: &Machine<'_>) -> bool {
    machine.has_paused_in::<Writing>()
}

/// `FromObject`: the first argument as a token.
///
/// # Errors
/// `ArgumentNullException`, and as [`serialized`].
pub(super) fn from_object(call: &mut Call<'_, '_>) -> Result<JToken, Thrown> {
    if let Some(item) = xml::item_of(call.argument(0)) {
        return xml::token_for(call.machine, item, As::Token);
    }
    serialized(call, Style::TOKENS, |call| required(call, 0, "o"))
}

/// The value that `begin` gives as a token, in turns. The native does nothing before.
///
/// # Errors
/// As [`to_token`], what `begin` throws, the end of the turn.
pub(super) fn serialized(
    call: &mut Call<'_, '_>,
    style: Style,
    begin: impl FnOnce(&mut Call<'_, '_>) -> Result<Value, Thrown>,
) -> Result<JToken, Thrown> {
    let mut writing = match call.machine.take_paused::<Writing>() {
        Some(writing) => writing,
        None => Box::new(Writing::new(begin(call)?, style)),
    };
    match writing.go_on(call.machine) {
        Err(thrown) if thrown.is_turn() => Err(call.machine.pause(writing)),
        result => result,
    }
}
