//! Collections that are made of long documents, in pieces: nobody sees one before it is done.

use postern_dotnet::json::JToken;

use super::super::{ClassKind, get};
use super::deserialize::{Maker, adder, call, concrete, plain_constructor};
use crate::expression::array::Array;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Native;
use crate::expression::object::Dictionary;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Makes the value of a whole token.
pub(super) fn make(machine: &mut Machine<'_>, text: Option<&str>, token: &JToken, of: &Type) -> Result<Value, Thrown> {
    let filling = match machine.take_paused::<Filling>() {
        Some(filling) => Some(*filling),
        None if token.count() > ONE_GO_ITEMS_MAX => Filling::begin(machine, token, of)?,
        None => None,
    };
    let Some(mut filling) = filling else { return Maker { machine, text }.make(token, of, 0) };
    while let Some(child) = filling.token.child(filling.next) {
        filling.add(&mut Maker { machine: &mut *machine, text }, &child)?;
        filling.next += 1;
        if machine.is_turn_over() {
            return Err(machine.pause(Box::new(filling)));
        }
    }
    Ok(filling.made())
}

/// Children of a token that is made a collection in one go.
const ONE_GO_ITEMS_MAX: usize = 1024;

/// A collection that is being filled.
pub(super) struct Filling {
    token: JToken,
    /// The child that comes next.
    next: usize,
    element: Type,
    into: Into,
}

/// What is filled.
enum Into {
    Array(Vec<Value>),
    /// A list or set, and what adds to it.
    List(Value, Native),
    /// A dictionary, and the type of its keys.
    Dictionary(Value, Type),
}

impl Filling {
    /// `None`: the type is no collection of the token's children.
    fn begin(machine: &mut Machine<'_>, token: &JToken, of: &Type) -> Result<Option<Filling>, Thrown> {
        let filling = |element: &Type, into| Filling { token: token.clone(), next: 0, element: element.clone(), into };
        if let (Type::Array(element, 1), true) = (of, token.is_array()) {
            machine.take_memory(token.count() * size_of::<Value>())?;
            return Ok(Some(filling(element, Into::Array(Vec::with_capacity(token.count())))));
        }
        let Type::Class(id, arguments) = concrete(of) else { return Ok(None) };
        let class = get().class(id);
        if class.kind != ClassKind::Class || !class.full_name.starts_with("System.Collections.Generic.") {
            return Ok(None);
        }
        let Some(constructor) = plain_constructor(class) else { return Ok(None) };
        let made = call(machine, constructor, &[], &arguments)?;
        Ok(match (&*arguments, adder(class)) {
            ([element], Some(add)) if token.is_array() => Some(filling(element, Into::List(made, add))),
            ([key, element], _) if token.is_object() && dictionary(&made).is_some() => {
                Some(filling(element, Into::Dictionary(made, key.clone())))
            }
            _ => None,
        })
    }

    /// Adds what a child becomes.
    fn add(&mut self, maker: &mut Maker<'_, '_>, child: &JToken) -> Result<(), Thrown> {
        match &mut self.into {
            Into::Array(items) => items.push(maker.make(child, &self.element, 1)?),
            Into::List(made, add) => {
                let item = maker.make(child, &self.element, 1)?;
                maker.machine.charge_memory(size_of::<Value>())?;
                call(maker.machine, *add, &[made.clone(), item], std::slice::from_ref(&self.element))?;
            }
            Into::Dictionary(made, key) => maker.set(dictionary(made), child, [&*key, &self.element], 1)?,
        }
        Ok(())
    }

    fn made(self) -> Value {
        match self.into {
            Into::Array(items) => Value::object(Array::values(self.element, items)),
            Into::List(made, _) | Into::Dictionary(made, _) => made,
        }
    }
}

/// A value as a dictionary, if it is one.
pub(super) fn dictionary(value: &Value) -> Option<&dyn Dictionary> {
    match value {
        Value::Object(object) => object.dictionary(),
        _ => None,
    }
}
