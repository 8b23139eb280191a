//! Lists that are made of long arrays, in pieces.

use postern_dotnet::json::JToken;

use super::super::{ClassKind, get};
use super::deserialize::{Maker, adder, call, concrete, plain_constructor};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Native;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Makes the value of a whole token. A long array is made a list in pieces: nobody sees the list before it is done.
pub(super) fn make(machine: &mut Machine<'_>, text: Option<&str>, token: &JToken, of: &Type) -> Result<Value, Thrown> {
    let filling = match machine.take_paused::<Filling>() {
        Some(filling) => Some(*filling),
        None if token.is_array() && token.count() > ONE_GO_ITEMS_MAX => Filling::begin(machine, token, of)?,
        None => None,
    };
    let Some(mut filling) = filling else { return Maker { machine, text }.make(token, of, 0) };
    while let Some(child) = filling.token.child(filling.next) {
        let item = Maker { machine: &mut *machine, text }.make(&child, &filling.element, 1)?;
        machine.charge_memory(size_of::<Value>())?;
        call(machine, filling.add, &[filling.made.clone(), item], std::slice::from_ref(&filling.element))?;
        filling.next += 1;
        if machine.is_turn_over() {
            return Err(machine.pause(Box::new(filling)));
        }
    }
    Ok(filling.made)
}

/// Items of an array that is made a list in one go.
const ONE_GO_ITEMS_MAX: usize = 1024;

/// A list that is being filled.
pub(super) struct Filling {
    token: JToken,
    element: Type,
    made: Value,
    add: Native,
    next: usize,
}

impl Filling {
    /// `None`: the type is no list of one type of items.
    fn begin(machine: &mut Machine<'_>, token: &JToken, of: &Type) -> Result<Option<Filling>, Thrown> {
        let Type::Class(id, arguments) = concrete(of) else { return Ok(None) };
        let class = get().class(id);
        if class.kind != ClassKind::Class || !class.full_name.starts_with("System.Collections.Generic.") {
            return Ok(None);
        }
        let ([element], Some(constructor), Some(add)) = (&*arguments, plain_constructor(class), adder(class)) else {
            return Ok(None);
        };
        let made = call(machine, constructor, &[], &arguments)?;
        Ok(Some(Filling { token: token.clone(), element: element.clone(), made, add, next: 0 }))
    }
}
