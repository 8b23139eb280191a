//! `System.Collections.Generic.KeyValuePair<TKey, TValue>`.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::Text;
use postern_dotnet::json::JToken;

use super::Library;
use super::json::wrapper::{TokenValue, token_value};
use crate::expression::display;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::release::release;
use crate::expression::tuple::within_depth;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// A key with its value. It never changes.
pub(crate) struct PairValue {
    types: [Type; 2],
    pub(crate) key: Value,
    pub(crate) value: Value,
    content_bytes: usize,
}

impl PairValue {
    /// A pair; the types are those of key and value.
    pub(crate) fn new(types: [Type; 2], key: Value, value: Value) -> PairValue {
        let content_bytes =
            key.content_bytes().saturating_add(value.content_bytes()).saturating_add(2 * size_of::<Value>());
        PairValue { types, key, value, content_bytes }
    }
}

impl Object for PairValue {
    fn of(&self) -> Type {
        Type::generic("System.Collections.Generic.KeyValuePair", self.types.clone())
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    /// `[key, value]`
    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        let (key, value) = machine
            .nested(|machine| Ok((display::to_text(&self.key, machine)?, display::to_text(&self.value, machine)?)))?;
        machine.charge_memory(key.len() + value.len())?;
        Ok(format!("[{key}, {value}]").into())
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<PairValue>().is_some_and(|other| {
            let is_same = || self.key.equals(&other.key) && self.value.equals(&other.value);
            self.types == other.types && within_depth(false, is_same)
        })
    }

    fn hash_code(&self) -> u64 {
        within_depth(0, || self.key.hash_code() ^ self.value.hash_code().rotate_left(1))
    }

    fn content_bytes(&self) -> usize {
        self.content_bytes
    }
}

impl Drop for PairValue {
    fn drop(&mut self) {
        release(std::mem::take(&mut self.key));
        release(std::mem::take(&mut self.value));
    }
}

/// A pair of a map of this type.
pub(super) fn of_map(map: &Type, key: Value, value: Value) -> Value {
    let types = match map {
        Type::Class(_, arguments) => match &**arguments {
            [key, value] => [key.clone(), value.clone()],
            _ => [Type::Object, Type::Object],
        },
        _ => [Type::Object, Type::Object],
    };
    Value::object(PairValue::new(types, key, value))
}

pub(super) fn declare(library: &mut Library) {
    library
        .declare("struct System.Collections.Generic.KeyValuePair<TKey, TValue>")
        .constructor("(TKey key, TValue value)", |call| {
            let types = [call.type_argument(0), call.type_argument(1)];
            Ok(Value::object(PairValue::new(types, call.take(0), call.take(1))))
        })
        .getter("TKey Key", |call| match property(call) {
            Some(property) => Ok(property.name().into()),
            None => Ok(call.this::<PairValue>()?.key.clone()),
        })
        .getter("TValue Value", |call| match property(call) {
            Some(property) => Ok(token_value(property.property_value())),
            None => Ok(call.this::<PairValue>()?.value.clone()),
        });
}

/// `this`, if it is a property: a `JObject` is walked over property by property, whether as a sequence of tokens or of pairs, since what it is
/// walked as is known to the compiler only.
fn property<'c>(call: &'c Call<'_, '_>) -> Option<&'c JToken> {
    call.argument(0).downcast_ref::<TokenValue>().map(|token| &token.0).filter(|token| token.is_property())
}
