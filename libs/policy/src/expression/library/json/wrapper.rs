//! A token as a value of the language.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::LazyLock;

use postern_dotnet::json::{Children, Copying, Formatting, JToken, JTokenType, Scalar, Writing};
use postern_dotnet::{Exception, Text};

use super::super::pieces::{ONE_GO_NODES_MAX, work};
use super::cast::scalar_of;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::object::{Dictionary, Enumerator, List, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Steps and bytes that one token of a document costs, about.
pub(super) const TOKEN_BYTES: usize = 128;

/// A `JToken` of any class.
pub(crate) struct TokenValue(pub(crate) JToken);

/// A token as a value; null for none.
pub(crate) fn token_value(token: impl Into<Option<JToken>>) -> Value {
    token.into().map_or(Value::Null, |token| Value::object(TokenValue(token)))
}

/// The token behind a value, if it is one.
pub(super) fn token_of(value: &Value) -> Option<&JToken> {
    value.downcast_ref::<TokenValue>().map(|token| &token.0)
}

/// The type of a class of `Newtonsoft.Json.Linq`.
pub(super) fn linq_type(class: &str) -> Type {
    macro_rules! known {
        ($($name:literal)*) => {
            match class {
                $($name => {
                    static OF: LazyLock<Type> = LazyLock::new(|| Type::named(concat!("Newtonsoft.Json.Linq.", $name)));
                    OF.clone()
                })*
                _ => Type::Object,
            }
        };
    }
    known!("JToken" "JObject" "JArray" "JProperty" "JValue" "JConstructor" "JRaw" "JContainer" "JTokenType")
}

/// Steps for a child of a token that is put on a list: it is far away in memory.
pub(super) const LISTED_STEPS: usize = 4;

/// Pays for looking at a whole document; how many tokens it has. One that is too large is not looked at to its end.
pub(super) fn charge_walk(machine: &mut Machine<'_>, token: &JToken) -> Result<usize, Thrown> {
    let most = usize::try_from(machine.steps_left()).unwrap_or(usize::MAX) / LISTED_STEPS;
    let count = token.token_count_within(most);
    machine.charge(count.saturating_mul(LISTED_STEPS))?;
    Ok(count)
}

/// Pays for moving the children behind one that comes or goes.
pub(super) fn charge_shift(machine: &mut Machine<'_>, parent: &JToken) -> Result<(), Thrown> {
    machine.charge(1 + parent.count() / 8)
}

/// Pays for a copy of a whole document.
pub(super) fn charge_copy(machine: &mut Machine<'_>, token: &JToken) -> Result<(), Thrown> {
    let count = charge_walk(machine, token)?;
    machine.charge_memory(count.saturating_mul(TOKEN_BYTES))
}

/// A copy of a document, paid for.
pub(super) fn copy_of(machine: &mut Machine<'_>, token: &JToken) -> Result<JToken, Thrown> {
    match small(machine, token, |token| token.token_count_within(ONE_GO_NODES_MAX)) {
        Some(count) => {
            machine.charge_memory(count.saturating_mul(TOKEN_BYTES))?;
            Ok(token.deep_clone()?)
        }
        None => Ok(work(machine, |_| Ok(Copying::new(token)))??),
    }
}

/// How many tokens a document has that is written or copied in one go; `None` for a larger one, and after a pause.
fn small(machine: &Machine<'_>, token: &JToken, count: impl FnOnce(&JToken) -> usize) -> Option<usize> {
    if machine.is_resumed() {
        return None;
    }
    let count = count(token);
    (count <= ONE_GO_NODES_MAX).then_some(count)
}

/// Pays for reading a text into a document: about as many tokens as it has separators.
pub(in crate::expression::library) fn charge_read(machine: &mut Machine<'_>, text: &str) -> Result<(), Thrown> {
    machine.charge_memory(read_bytes(text))
}

/// Memory that a text takes as a document.
pub(super) fn read_bytes(text: &str) -> usize {
    let is_separator = |byte: u8| (byte == b',') | (byte == b':') | (byte == b'[') | (byte == b'{');
    // Counted in pieces whose count fits a byte, which the compiler turns into vector instructions.
    let count = |piece: &[u8]| piece.iter().map(|byte| u8::from(is_separator(*byte))).sum::<u8>();
    let separators: usize = text.as_bytes().chunks(128).map(|piece| usize::from(count(piece))).sum();
    text.len().saturating_add(separators.saturating_mul(TOKEN_BYTES))
}

/// The JSON of a token. Paid for by its tokens and its length, which the library bounds.
pub(super) fn json_text(machine: &mut Machine<'_>, token: &JToken, formatting: Formatting) -> Result<Text, Thrown> {
    let count = charge_walk(machine, token)?;
    json_of(machine, token, formatting, count)
}

fn json_of(machine: &mut Machine<'_>, token: &JToken, formatting: Formatting, count: usize) -> Result<Text, Thrown> {
    machine.charge(count.saturating_mul(4))?;
    let text = token.to_json(formatting)?;
    machine.charge(text.len() / 16)?;
    machine.charge_memory(text.len())?;
    Ok(text.into())
}

/// The same for natives that can be called again after a pause; then `token` is not looked at.
pub(super) fn json_text_in_pieces(
    machine: &mut Machine<'_>,
    token: &JToken,
    formatting: Formatting,
) -> Result<Text, Thrown> {
    let count = |token: &JToken| token.written_count_within(ONE_GO_NODES_MAX);
    match small(machine, token, count) {
        Some(count) => json_of(machine, token, formatting, count),
        None => Ok(work(machine, |_| Ok(Writing::new(token, formatting)))??.into()),
    }
}

impl Object for TokenValue {
    fn of(&self) -> Type {
        linq_type(self.0.class_name())
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        match self.0.scalar() {
            Some(value) => Ok(value.to_plain()?),
            None => json_text(machine, &self.0, Formatting::Indented),
        }
    }

    fn to_text_in_turns(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        match self.0.scalar() {
            Some(value) => Ok(value.to_plain()?),
            None => json_text_in_pieces(machine, &self.0, Formatting::Indented),
        }
    }

    fn format(&self, format: &str) -> Option<Result<Text, Exception>> {
        self.0.scalar().map(|value| value.to_formatted(format))
    }

    /// `JValue` is convertible as its value is.
    fn primitive(&self) -> Option<Value> {
        self.0.scalar().map(|value| super::cast::plain_value(&value))
    }

    /// `JValue` equals by value, containers by identity.
    fn equals(&self, other: &Value) -> bool {
        token_of(other).is_some_and(|other| self.0.value_equals(other))
    }

    fn content_bytes(&self) -> usize {
        self.0.text_bytes()
    }

    fn identity(&self) -> usize {
        self.0.address()
    }

    fn hash_code(&self) -> u64 {
        if self.0.is_container() { self.0.address() as u64 } else { self.0.deep_hash() }
    }

    /// `JValue.CompareTo(object)`: with tokens and with plain values.
    fn compare(&self, other: &Value) -> Option<Ordering> {
        let own = self.0.scalar()?;
        let other = match token_of(other) {
            Some(other) => other.scalar()?,
            None => scalar_of(other)?,
        };
        // A string is compared with another type as that type.
        let is_text = own.token_type() == JTokenType::String && other.token_type() != JTokenType::String;
        let order = if is_text { other.compare_to(&own).map(Ordering::reverse) } else { own.compare_to(&other) };
        order.ok()
    }

    /// Its children: of a `JObject` its properties, which `KeyValuePair` takes as its own (see there).
    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(Children::of(self.0.clone())))
    }

    fn count(&self) -> Option<usize> {
        self.0.is_container().then(|| self.0.count())
    }

    fn dictionary(&self) -> Option<&dyn Dictionary> {
        self.0.is_object().then_some(self)
    }

    fn list(&self) -> Option<&dyn List> {
        self.0.is_array().then_some(self)
    }

    /// `JObject` as `dynamic`: its properties; null for those it does not have.
    fn dynamic_get(&self, name: &str) -> Option<Result<Value, Exception>> {
        self.0.is_object().then(|| Ok(token_value(self.0.get(name))))
    }

    fn dynamic_set(&self, name: &str, value: &Value) -> Option<Result<(), Exception>> {
        self.0.is_object().then(|| {
            let token = super::content::token_from(value)?;
            self.0.set(name, token.as_ref())
        })
    }
}

impl Enumerator for Children {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(1)?;
        Ok(Children::next(self)?.map(token_value))
    }
}

impl Dictionary for TokenValue {
    fn get(&self, _machine: &Machine<'_>, key: &Value) -> Option<Value> {
        match key {
            Value::String(name) => self.0.get(name).map(|value| token_value(Some(value))),
            _ => None,
        }
    }

    fn keys(&self, _machine: &Machine<'_>) -> Vec<Value> {
        self.0.properties().iter().filter_map(JToken::name).map(Value::String).collect()
    }

    fn set(&self, key: &Value, value: Value) -> Result<(), Exception> {
        let Value::String(name) = key else {
            return Err(Exception::argument_null("propertyName"));
        };
        self.0.set(name, super::content::token_from(&value)?.as_ref())
    }

    fn remove(&self, key: &Value) -> Result<bool, Exception> {
        match key {
            Value::String(name) => self.0.remove_property(name),
            _ => Ok(false),
        }
    }
}

impl List for TokenValue {
    fn len(&self) -> usize {
        self.0.count()
    }

    fn get(&self, index: usize) -> Option<Value> {
        self.0.child(index).map(|child| token_value(Some(child)))
    }

    fn set(&self, index: usize, value: Value) -> Result<(), Exception> {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        self.0.set_item(index, super::content::token_from(&value)?.as_ref())
    }
}

/// The plain value of a scalar, for natives that give it out.
pub(super) fn is_null(token: &JToken) -> bool {
    token.scalar().is_some_and(|value| matches!(value, Scalar::Null | Scalar::Undefined | Scalar::NullString))
}
