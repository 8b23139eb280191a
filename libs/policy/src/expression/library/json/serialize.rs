//! Values made tokens: `JsonConvert.SerializeObject`, `FromObject`.

use std::rc::Rc;

use postern_dotnet::json::JToken;
use postern_dotnet::{Exception, ExceptionType, Text};

use super::super::pair::PairValue;
use super::super::{Class, MemberKind, full_name, get};
use super::cast::scalar_of;
use super::content::charge_adopted;
use super::wrapper::token_of;
use crate::expression::display;
use crate::expression::limits::CALL_DEPTH_MAX;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::sequence;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// `JToken.FromObject(value)`: tokens as they are, dictionaries and objects with properties as `JObject`, sequences as `JArray`.
///
/// # Errors
/// `JsonSerializationException` for values that contain themselves; what sequences and properties throw.
pub(crate) fn to_token(machine: &mut Machine<'_>, value: &Value) -> Result<JToken, Thrown> {
    nested(machine, value, 0)
}

fn nested(machine: &mut Machine<'_>, value: &Value, depth: u32) -> Result<JToken, Thrown> {
    machine.charge_memory(128)?;
    if let Some(token) = token_of(value) {
        return Ok(token.clone());
    }
    if let Some(scalar) = scalar_of(value) {
        return Ok(JToken::value(scalar));
    }
    let Value::Object(object) = value else {
        return Ok(JToken::null());
    };
    if depth >= CALL_DEPTH_MAX {
        let message = format!("Self referencing loop detected with type '{}'. Path ''.", full_name(&value.of()));
        return Err(Exception::new(ExceptionType::JsonSerialization, message).into());
    }
    if let Type::Anonymous(properties) = value.of() {
        let token = JToken::object();
        for (name, _) in properties.iter() {
            let own = object.dynamic_get(name).transpose()?.unwrap_or_default();
            add(machine, &token, name.as_ref().into(), &own, depth)?;
        }
        return Ok(token);
    }
    if let Some(dictionary) = object.dictionary() {
        let token = JToken::object();
        for key in dictionary.keys() {
            let own = dictionary.get(&key).unwrap_or_default();
            let name = display::to_text(&key, machine)?;
            add(machine, &token, name, &own, depth)?;
        }
        return Ok(token);
    }
    if let Some(pair) = value.downcast_ref::<PairValue>() {
        let token = JToken::object();
        add(machine, &token, "Key".into(), &pair.key, depth)?;
        add(machine, &token, "Value".into(), &pair.value, depth)?;
        return Ok(token);
    }
    if Rc::clone(object).enumerate().is_some() {
        let token = JToken::array();
        for item in sequence::collect(value, machine)? {
            let item = nested(machine, &item, depth + 1)?;
            charge_adopted(machine, Some(&item))?;
            token.add(Some(&item))?;
        }
        return Ok(token);
    }
    properties(machine, object, value, depth)
}

/// An object of the library: what its properties give.
fn properties(
    machine: &mut Machine<'_>,
    object: &Rc<dyn Object>,
    value: &Value,
    depth: u32,
) -> Result<JToken, Thrown> {
    let token = JToken::object();
    let Some((class, arguments)) = get().class_of(&object.of()) else {
        return Ok(token);
    };
    let getters = getters(class);
    for getter in getters {
        let mut call = Call {
            machine: &mut *machine,
            arguments: [value.clone()].into_iter().collect(),
            types: &arguments,
            outs: smallvec::SmallVec::new(),
        };
        let own = (getter.native)(&mut call)?;
        add(machine, &token, getter.name.as_ref().into(), &own, depth)?;
    }
    Ok(token)
}

fn getters(class: &Class) -> impl Iterator<Item = &super::super::Member> {
    class.members().iter().filter(|member| member.kind == MemberKind::Getter && !member.is_static)
}

fn add(machine: &mut Machine<'_>, token: &JToken, name: Text, value: &Value, depth: u32) -> Result<(), Thrown> {
    let value = nested(machine, value, depth + 1)?;
    charge_adopted(machine, Some(&value))?;
    token.set(&name, Some(&value))?;
    Ok(())
}
