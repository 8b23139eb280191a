//! `JsonConvert`, and reading of documents for it and for message bodies.

use postern_dotnet::json::{self, JToken};
use postern_dotnet::{Exception, ExceptionType, Text};

use super::super::{Library, full_name, get};
use super::cast::{Wanted, is_of, plain_value, value_of};
use super::serialize::to_token_with;
use super::settings::{WriteSettings, write_settings};
use super::token::formatting;
use super::wrapper::{charge_copy, charge_read, json_text, token_value};
use crate::expression::array::Array;
use crate::expression::limits::CALL_DEPTH_MAX;
use crate::expression::machine::{Limit, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Dictionary;
use crate::expression::types::Type;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("static class Newtonsoft.Json.JsonConvert")
        .method("static string SerializeObject(object value)", |call| serialize(call, WriteSettings::default()))
        .method("static string SerializeObject(object value, Formatting formatting)", |call| {
            let formatting = call.constant(1);
            serialize(call, WriteSettings { formatting, ..WriteSettings::default() })
        })
        .method("static string SerializeObject(object value, JsonSerializerSettings settings)", |call| {
            let settings = write_settings(call, 1);
            serialize(call, settings)
        })
        .method(
            "static string SerializeObject(object value, Formatting formatting, JsonSerializerSettings settings)",
            |call| {
                let settings = WriteSettings { formatting: call.constant(1), ..write_settings(call, 2) };
                serialize(call, settings)
            },
        )
        .method("static object DeserializeObject(string value)", |call| deserialize(call, &Type::Object))
        .method("static T DeserializeObject<T>(string value)", |call| {
            let of = call.type_argument(0);
            deserialize(call, &of)
        })
        .method("static string ToString(object value)", |call| serialize(call, WriteSettings::default()))
        .method("static string ToString(string value)", |call| serialize(call, WriteSettings::default()));
}

/// `JToken.Parse(text)`, paid for.
///
/// # Errors
/// `JsonReaderException`, or a spent budget.
pub(crate) fn parse_token(machine: &mut Machine<'_>, text: &str) -> Result<JToken, Thrown> {
    charge_read(machine, text)?;
    Ok(json::parse(text)?)
}

/// `JObject.Parse(text)`, paid for: also what `Body.As<JObject>()` gives.
///
/// # Errors
/// `JsonReaderException`, or a spent budget.
pub(crate) fn parse_object(machine: &mut Machine<'_>, text: &str) -> Result<JToken, Thrown> {
    charge_read(machine, text)?;
    Ok(json::parse_object(text)?)
}

/// `JArray.Parse(text)`, paid for.
///
/// # Errors
/// `JsonReaderException`, or a spent budget.
pub(crate) fn parse_array(machine: &mut Machine<'_>, text: &str) -> Result<JToken, Thrown> {
    charge_read(machine, text)?;
    Ok(json::parse_array(text)?)
}

fn serialize(call: &mut Call<'_, '_>, settings: WriteSettings) -> Answer {
    let value = call.take(0);
    let token = to_token_with(call.machine, &value, settings.nulls)?;
    Ok(json_text(call.machine, &token, formatting(settings.formatting))?.into())
}

fn deserialize(call: &mut Call<'_, '_>, of: &Type) -> Answer {
    let text = call.required_text(0, "value")?;
    if text.trim().is_empty() {
        return Ok(super::super::defaults::default_value(of));
    }
    let token = parse_token(call.machine, &text)?;
    from_token(call.machine, &token, of)
}

/// `token.ToObject<T>()`: simple types as the casts, tokens as copies, arrays, and every class of the library that has a constructor without
/// parameters and takes items by key or by `Add`.
///
/// # Errors
/// What a cast fails with; `JsonSerializationException`.
pub(super) fn from_token(machine: &mut Machine<'_>, token: &JToken, of: &Type) -> Answer {
    from_nested(machine, token, of, 0)
}

fn from_nested(machine: &mut Machine<'_>, token: &JToken, of: &Type, depth: u32) -> Answer {
    if depth > CALL_DEPTH_MAX {
        return Err(Thrown::Limit(Limit::Depth));
    }
    machine.charge(1)?;
    match Wanted::from_type(of) {
        Wanted::Simple(target, nullable) => Ok(token.cast(target, nullable)?.map_or(Value::Null, value_of)),
        Wanted::Object => match token.scalar() {
            Some(value) => Ok(plain_value(&value)),
            None => copied(machine, token),
        },
        Wanted::Token if is_of(token, of) => copied(machine, token),
        Wanted::Token => {
            let (from, to) = (token.class_name(), full_name(of));
            Err(failure(
                token,
                &format!(
                    "Deserialized JSON type 'Newtonsoft.Json.Linq.{from}' is not compatible with expected type '{to}'."
                ),
            ))
        }
        Wanted::Other if super::wrapper::is_null(token) => Ok(Value::Null),
        Wanted::Other => match of {
            Type::Array(element, 1) if token.is_array() => {
                let items = items(machine, token, element, depth)?;
                Ok(Value::object(Array::values((**element).clone(), items)))
            }
            Type::Class(..) => collection(machine, token, of, depth),
            _ => Err(incompatible(token, of)),
        },
    }
}

fn copied(machine: &mut Machine<'_>, token: &JToken) -> Answer {
    charge_copy(machine, token)?;
    Ok(token_value(token.deep_clone()?))
}

fn items(machine: &mut Machine<'_>, token: &JToken, of: &Type, depth: u32) -> Result<Vec<Value>, Thrown> {
    let children = token.children();
    machine.charge_memory(children.len() * size_of::<Value>())?;
    children.iter().map(|child| from_nested(machine, child, of, depth + 1)).collect()
}

/// A list or dictionary of the library. An interface stands for the class that Newtonsoft.Json makes for it.
fn collection(machine: &mut Machine<'_>, token: &JToken, of: &Type, depth: u32) -> Answer {
    let Type::Class(id, arguments) = of else {
        return Err(incompatible(token, of));
    };
    let concrete = match (&*get().class(*id).full_name, &**arguments) {
        ("System.Collections.Generic.IDictionary" | "System.Collections.Generic.IReadOnlyDictionary", [key, value]) => {
            Type::generic("System.Collections.Generic.Dictionary", [key.clone(), value.clone()])
        }
        (
            "System.Collections.Generic.IEnumerable"
            | "System.Collections.Generic.IList"
            | "System.Collections.Generic.ICollection"
            | "System.Collections.Generic.IReadOnlyList"
            | "System.Collections.Generic.IReadOnlyCollection",
            [element],
        ) => Type::generic("System.Collections.Generic.List", [element.clone()]),
        _ => of.clone(),
    };
    let Type::Class(id, arguments) = &concrete else {
        return Err(incompatible(token, of));
    };
    let class = get().class(*id);
    let constructor = class
        .members()
        .iter()
        .find(|member| member.kind == super::super::MemberKind::Constructor && member.parameters.is_empty());
    let Some(constructor) = constructor else {
        return Err(incompatible(token, of));
    };
    let mut made =
        Call { machine, arguments: smallvec::SmallVec::new(), types: arguments, outs: smallvec::SmallVec::new() };
    let made = (constructor.native)(&mut made)?;
    match (&made, &**arguments) {
        (Value::Object(object), [_, value]) if token.is_object() && object.dictionary().is_some() => {
            for property in token.properties() {
                let (Some(name), Some(child)) = (property.name(), property.property_value()) else { continue };
                let child = from_nested(machine, &child, value, depth + 1)?;
                machine.charge_memory(2 * size_of::<Value>())?;
                object.dictionary().map_or(Ok(()), |own| Dictionary::set(own, &Value::String(name), child))?;
            }
            Ok(made)
        }
        (_, [element]) if token.is_array() => {
            let add = class.members_named("Add").find(|member| member.parameters.len() == 1);
            let Some(add) = add else {
                return Err(incompatible(token, of));
            };
            for item in items(machine, token, element, depth)? {
                let mut call = Call {
                    machine: &mut *machine,
                    arguments: [made.clone(), item].into_iter().collect(),
                    types: arguments,
                    outs: smallvec::SmallVec::new(),
                };
                (add.native)(&mut call)?;
            }
            Ok(made)
        }
        _ => Err(incompatible(token, of)),
    }
}

fn incompatible(token: &JToken, of: &Type) -> Thrown {
    let what = if token.is_array() { "array (e.g. [1,2,3])" } else { "object (e.g. {\"name\":\"value\"})" };
    let to = full_name(of);
    failure(token, &format!("Cannot deserialize the current JSON {what} into type '{to}'."))
}

fn failure(token: &JToken, message: &str) -> Thrown {
    let message = Text::from(format!("{message} Path '{}'.", token.path()));
    Exception::new(ExceptionType::JsonSerialization, message.to_string()).into()
}
