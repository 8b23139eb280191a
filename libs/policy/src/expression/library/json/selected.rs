//! `SelectTokens`: tokens that are found along a path while somebody walks over them, so that changes of the document meanwhile show.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::Exception;
use postern_dotnet::json::{JToken, Selection};
use postern_dotnet::work::{Came, Flow};

use super::super::pieces::work;
use super::token::this;
use super::wrapper::{linq_type, token_value};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{Enumerator, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// An `IEnumerable<JToken>` along a path.
pub(super) struct Selected(Selection);

impl Object for Selected {
    fn of(&self) -> Type {
        Type::generic("System.Collections.Generic.IEnumerable", [linq_type("JToken")])
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(Walking(self.0.walk())))
    }
}

struct Walking(Flow<JToken, Exception>);

impl Enumerator for Walking {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        loop {
            // Where it cannot pause, what is left is all there is.
            let steps = machine.steps_before_pause().unwrap_or_else(|| machine.steps_left());
            let mut left = steps;
            let came = self.0.next(&mut left);
            machine.charge(usize::try_from(steps - left).unwrap_or(usize::MAX))?;
            match came? {
                Came::Item(token) => return Ok(Some(token_value(token))),
                Came::End => return Ok(None),
                Came::Pause => machine.end_turn()?,
            }
        }
    }
}

/// `SelectTokens`.
pub(super) fn select_tokens(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let selection = selection(call)?;
    Ok(Value::object(Selected(selection)))
}

/// `SelectToken`.
pub(super) fn select_token(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let begun = if call.machine.is_resumed() { None } else { Some(selection(call)?) };
    if let Some((steps, found)) = begun.as_ref().and_then(Selection::follow) {
        call.machine.charge(usize::try_from(steps).unwrap_or(usize::MAX))?;
        return Ok(token_value(found?));
    }
    let found = work(call.machine, |_| match begun {
        Some(selection) => Ok(selection.single()),
        None => Err(Exception::null_reference().into()),
    })?;
    Ok(token_value(found?))
}

fn selection(call: &mut Call<'_, '_>) -> Result<Selection, Thrown> {
    let (token, path) = (this(call)?, call.required_text(1, "expression")?);
    call.machine.charge(path.len() / 8)?;
    Ok(token.selection(&path, call.bool(2))?)
}
