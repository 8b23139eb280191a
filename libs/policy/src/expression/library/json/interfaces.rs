//! What `JContainer` and `JObject` implement for interfaces alone, without a public member: `IList<JToken>`, `IList` and
//! `ICollection<KeyValuePair<string, JToken>>`.
//!
//! All of them are asked for by the members of the interfaces, and give `None` for objects of other classes, with the arguments untouched.

use postern_dotnet::json::JToken;
use postern_dotnet::work::Paced;
use postern_dotnet::{Exception, ExceptionType, Text};

use super::container::cleared;
use super::content::adopted;
use super::wrapper::{LISTED_STEPS, charge_shift, token_of, token_value};
use crate::expression::array::Array;
use crate::expression::library;
use crate::expression::library::pair::{PairValue, of_map};
use crate::expression::library::pieces::work;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::List as _;
use crate::expression::types::Type;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

/// `this`, if it is a container of tokens.
fn container(call: &Call<'_, '_>) -> Option<JToken> {
    token_of(call.argument(0)).filter(|token| token.is_container()).cloned()
}

/// Whether `this` is a `JObject`.
pub(in crate::expression::library) fn is_object(call: &Call<'_, '_>) -> bool {
    token_of(call.argument(0)).is_some_and(JToken::is_object)
}

/// Whether `this` is a container of tokens.
pub(in crate::expression::library) fn is_container(call: &Call<'_, '_>) -> bool {
    container(call).is_some()
}

/// The names of the properties of a `JObject`.
pub(in crate::expression::library) fn names(call: &mut Call<'_, '_>) -> Option<Result<Vec<Value>, Thrown>> {
    let object = container(call).filter(JToken::is_object)?;
    Some(work(call.machine, |_| {
        Ok(Paced::new(|pace| async move {
            let mut names = Vec::with_capacity(object.count());
            while let Some(property) = object.child(names.len()) {
                pace.take(LISTED_STEPS as u64).await;
                names.push(property.name().map_or(Value::Null, Value::String));
            }
            names
        }))
    }))
}

/// `Add`, `Clear`, `Insert`, `Remove`, `RemoveAt`.
pub(in crate::expression::library) fn change(call: &mut Call<'_, '_>, name: &str) -> Option<Answer> {
    let token = container(call)?;
    Some(match name {
        "Clear" => cleared(call),
        "Add" => add(call, &token),
        "Insert" => insert(call, &token),
        "Remove" => remove(call, &token),
        "RemoveAt" => remove_at(call, &token),
        _ => return None,
    })
}

fn add(call: &mut Call<'_, '_>, token: &JToken) -> Answer {
    if let Some((name, value)) = pair(call) {
        let name = name.ok_or_else(|| Exception::argument_null("name"))?;
        let value = adopted(call.machine, Some(token), value)?;
        token.add_property(name, value.as_ref())?;
        return Ok(Value::Null);
    }
    let item = item(call, 1)?;
    let item = adopted(call.machine, Some(token), item)?;
    token.add(item.as_ref())?;
    Ok(Value::Null)
}

pub(super) fn insert(call: &mut Call<'_, '_>, token: &JToken) -> Answer {
    let item = item(call, 2)?;
    let item = adopted(call.machine, Some(token), item)?;
    charge_shift(call.machine, token)?;
    // A negative index is beyond every end.
    token.insert(usize::try_from(call.int(1)).unwrap_or(usize::MAX), item.as_ref())?;
    Ok(Value::Null)
}

fn remove(call: &mut Call<'_, '_>, token: &JToken) -> Answer {
    charge_shift(call.machine, token)?;
    if let Some((name, value)) = pair(call) {
        let name = name.filter(|name| has_pair(token, name, value.as_ref()));
        return Ok(match name {
            Some(name) => token.remove_property(&name)?.into(),
            None => false.into(),
        });
    }
    Ok(match item(call, 1)? {
        Some(item) => token.remove_child(&item)?.into(),
        None => false.into(),
    })
}

fn remove_at(call: &mut Call<'_, '_>, token: &JToken) -> Answer {
    charge_shift(call.machine, token)?;
    token.remove_at(call.int(1).into())?;
    Ok(Value::Null)
}

/// `Contains` and `IndexOf`: where the very token stands, or that the property has this very value.
pub(in crate::expression::library) fn position(call: &mut Call<'_, '_>) -> Option<Result<Option<usize>, Thrown>> {
    let token = container(call)?;
    Some(position_in(call, &token))
}

fn position_in(call: &mut Call<'_, '_>, token: &JToken) -> Result<Option<usize>, Thrown> {
    if let Some((name, value)) = pair(call) {
        return Ok(name.filter(|name| has_pair(token, name, value.as_ref())).map(|_| 0));
    }
    let item = item(call, 1)?;
    call.machine.charge(token.count())?;
    Ok(item.and_then(|item| token.index_of(&item)))
}

/// `this[index]`.
pub(in crate::expression::library) fn get(call: &Call<'_, '_>) -> Option<Answer> {
    let token = container(call)?;
    let child = usize::try_from(call.int(1)).ok().and_then(|index| token.child(index));
    Some(child.map(token_value).ok_or_else(|| {
        let message = "Index was out of range. Must be non-negative and less than the size of the collection.";
        Exception::argument_out_of_range("index", message).into()
    }))
}

/// `this[index] = value`.
pub(in crate::expression::library) fn set(call: &mut Call<'_, '_>) -> Option<Answer> {
    let token = container(call)?;
    Some(set_in(call, &token))
}

fn set_in(call: &mut Call<'_, '_>, token: &JToken) -> Answer {
    let item = item(call, 2)?;
    let item = adopted(call.machine, Some(token), item)?;
    token.set_item(call.int(1).into(), item.as_ref())?;
    Ok(Value::Null)
}

/// `CopyTo(array, arrayIndex)`: tokens, or the properties of an object as pairs.
pub(in crate::expression::library) fn copy_to(call: &mut Call<'_, '_>) -> Option<Answer> {
    let token = container(call)?;
    Some(copy_into(call, &token))
}

pub(super) fn copy_into(call: &mut Call<'_, '_>, token: &JToken) -> Answer {
    let array = call.object::<Array>(1).ok_or_else(|| Exception::argument_null("array"))?;
    let below = || Exception::argument_out_of_range("arrayIndex", "arrayIndex is less than 0.");
    let start = usize::try_from(call.int(2)).map_err(|_| below())?;
    let wrong = |message: &'static str| Err(Exception::new(ExceptionType::Argument, message).into());
    if start >= array.len() && start != 0 {
        return wrong("arrayIndex is equal to or greater than the length of array.");
    }
    if token.count() > array.len() - start {
        return wrong(
            "The number of elements in the source JObject is greater than the available space from arrayIndex to the end of the destination array.",
        );
    }
    call.machine.charge(token.count().saturating_mul(LISTED_STEPS))?;
    call.machine.charge_memory(token.count() * size_of::<Value>())?;
    if !is_of_pairs(array.element()) {
        array.fill(start, token.children().into_iter().map(token_value))?;
        return Ok(Value::Null);
    }
    call.machine.charge_memory(token.count() * size_of::<PairValue>())?;
    let pairs = token.properties().into_iter().map(|property| {
        let key = property.name().into();
        of_map(array.element(), key, token_value(property.property_value()))
    });
    array.fill(start, pairs.collect::<Vec<_>>())?;
    Ok(Value::Null)
}

/// A token as an argument; null is none.
fn item(call: &Call<'_, '_>, index: usize) -> Result<Option<JToken>, Thrown> {
    let argument = call.argument(index);
    if argument.is_null() {
        return Ok(None);
    }
    let wrong = || Exception::new(ExceptionType::Argument, "Argument is not a JToken.").into();
    token_of(argument).cloned().map(Some).ok_or_else(wrong)
}

/// Name and value of a pair, where the members of a collection of pairs were called.
fn pair(call: &Call<'_, '_>) -> Option<(Option<Text>, Option<JToken>)> {
    if !is_of_pairs(&call.type_argument(0)) {
        return None;
    }
    let argument = call.argument(1);
    // An object is walked over property by property (see `pair.rs`).
    if let Some(property) = token_of(argument) {
        return Some((property.name(), property.property_value()));
    }
    let pair = argument.downcast_ref::<PairValue>()?;
    let name = match &pair.key {
        Value::String(name) => Some(name.clone()),
        _ => None,
    };
    Some((name, token_of(&pair.value).cloned()))
}

fn is_of_pairs(of: &Type) -> bool {
    matches!(of, Type::Class(class, _) if &*library::get().class(*class).name == "KeyValuePair")
}

fn has_pair(object: &JToken, name: &str, value: Option<&JToken>) -> bool {
    object.get(name).is_some_and(|own| value.is_some_and(|value| value.is_same(&own)))
}
