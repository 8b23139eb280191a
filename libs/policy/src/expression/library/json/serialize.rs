//! Values made tokens: `JsonConvert.SerializeObject`, `FromObject`.

use std::rc::Rc;

use postern_dotnet::json::{Formatting, JToken, Scalar};
use postern_dotnet::{Exception, ExceptionType, Text};

use super::super::pair::PairValue;
use super::super::{Member, MemberKind, full_name, get};
use super::cast::scalar_of;
use super::content::charge_adopted;
use super::wrapper::token_of;
use super::xml::{self, As};
use crate::expression::anonymous::AnonymousObject;
use crate::expression::array::Array;
use crate::expression::display;
use crate::expression::library::collections::arguments::required;
use crate::expression::library::linq::Source;
use crate::expression::limits::CALL_DEPTH_MAX;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::sequence;
use crate::expression::tuple::TupleObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// How values become tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) nulls: Nulls,
    /// What nodes of XML become.
    pub(super) xml: As,
}

impl Style {
    /// `FromObject`: everything, as tokens.
    pub(super) const TOKENS: Style = Style { nulls: Nulls::Include, xml: As::Token };
}

/// What is done with properties that are null; entries of dictionaries are always written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    Include,
    Ignore,
}

/// `JToken.FromObject(value)`: tokens as they are, dictionaries and objects with properties as `JObject`, sequences as `JArray`.
///
/// # Errors
/// `JsonSerializationException` for values that contain themselves; what sequences and properties throw.
pub(crate) fn to_token(machine: &mut Machine<'_>, value: &Value) -> Result<JToken, Thrown> {
    to_token_with(machine, value, Style::TOKENS)
}

/// [`to_token`] in a style.
///
/// # Errors
/// As [`to_token`].
fn to_token_with(machine: &mut Machine<'_>, value: &Value, style: Style) -> Result<JToken, Thrown> {
    // Getters of the value may pause where a native calls them for code, but not here.
    machine.in_one_turn(|machine| Writer { machine, style }.nested(value, 0))
}

/// What a sequence has come to.
struct Serializing {
    items: Source,
    token: JToken,
}

/// Whether [`serialized`] has paused.
pub(super) fn is_serializing(machine: &Machine<'_>) -> bool {
    machine.has_paused_in::<Serializing>()
}

/// `FromObject`: the first argument as a token; what is long, in turns.
///
/// # Errors
/// `ArgumentNullException`, and as [`serialized`].
pub(super) fn from_object(call: &mut Call<'_, '_>) -> Result<JToken, Thrown> {
    if let Some(item) = xml::item_of(call.argument(0)) {
        return xml::token_for(call.machine, item, As::Token);
    }
    serialized(call, Style::TOKENS, |call| required(call, 0, "o"))
}

/// The value that `begin` gives as a token; a sequence is walked over in turns. The native does nothing before.
///
/// # Errors
/// As [`to_token`], what `begin` throws, the end of the turn.
pub(super) fn serialized(
    call: &mut Call<'_, '_>,
    style: Style,
    begin: impl FnOnce(&mut Call<'_, '_>) -> Result<Value, Thrown>,
) -> Result<JToken, Thrown> {
    let mut serializing = match call.machine.take_paused::<Serializing>() {
        Some(serializing) => serializing,
        None => {
            let value = begin(call)?;
            if !is_list(&value) {
                return to_token_with(call.machine, &value, style);
            }
            Box::new(Serializing { items: Source::new(value), token: JToken::array() })
        }
    };
    match serializing.go_on(call.machine, style) {
        Err(thrown) if thrown.is_turn() => Err(call.machine.pause(serializing)),
        Err(thrown) => Err(thrown),
        Ok(()) => Ok(serializing.token),
    }
}

impl Serializing {
    fn go_on(&mut self, machine: &mut Machine<'_>, style: Style) -> Result<(), Thrown> {
        while let Some(item) = self.items.next(machine)? {
            let item = machine.in_one_turn(|machine| Writer { machine, style }.nested(&item, 1))?;
            add_item(machine, &self.token, &item)?;
            machine.end_turn()?;
        }
        Ok(())
    }
}

/// Whether a value is written as an array of its items, one after the other.
fn is_list(value: &Value) -> bool {
    let Value::Object(object) = value else { return false };
    let is_other = token_of(value).is_some()
        || scalar_of(value).is_some()
        || object.dictionary().is_some()
        || value.downcast_ref::<AnonymousObject>().is_some()
        || value.downcast_ref::<PairValue>().is_some()
        || xml::item_of(value).is_some()
        || value.downcast_ref::<Array>().is_some_and(|array| array.lengths().len() > 1);
    !is_other && Rc::clone(object).enumerate().is_some()
}

/// Steps for a token that is added.
const ADDED_STEPS: usize = 10;

fn add_item(machine: &mut Machine<'_>, token: &JToken, item: &JToken) -> Result<(), Thrown> {
    charge_adopted(machine, Some(item))?;
    machine.charge(ADDED_STEPS)?;
    Ok(token.add(Some(item))?)
}

struct Writer<'w, 'h> {
    machine: &'w mut Machine<'h>,
    style: Style,
}

impl Writer<'_, '_> {
    fn nested(&mut self, value: &Value, depth: u32) -> Result<JToken, Thrown> {
        let value = value.unboxed();
        self.machine.charge_memory(128)?;
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
        if let Some(anonymous) = value.downcast_ref::<AnonymousObject>() {
            let token = JToken::object();
            for (name, own) in anonymous.properties() {
                self.property(&token, name, own, depth)?;
            }
            return Ok(token);
        }
        if let Some(item) = xml::item_of(value) {
            return xml::token_for(self.machine, item, self.style.xml);
        }
        if let Some(tuple) = value.downcast_ref::<TupleObject>() {
            return self.tuple(tuple.items(), depth);
        }
        if let Some(dictionary) = object.dictionary() {
            let token = JToken::object();
            let of = object.of();
            for key in dictionary.keys(self.machine) {
                let own = dictionary.get(self.machine, &key).unwrap_or_default();
                let name = self.key(&key, &of)?;
                self.add(&token, &name, &own, depth)?;
            }
            return Ok(token);
        }
        if let Some(pair) = value.downcast_ref::<PairValue>() {
            let token = JToken::object();
            self.property(&token, "Key", &pair.key, depth)?;
            self.property(&token, "Value", &pair.value, depth)?;
            return Ok(token);
        }
        if let Some(array) = value.downcast_ref::<Array>().filter(|array| array.lengths().len() > 1) {
            let items = array.to_vec();
            return self.dimension(&items, array.lengths(), depth);
        }
        if Rc::clone(object).enumerate().is_some() {
            let token = JToken::array();
            for item in sequence::collect(value, self.machine)? {
                let item = self.nested(&item, depth + 1)?;
                add_item(self.machine, &token, &item)?;
            }
            return Ok(token);
        }
        self.properties(&**object, value, depth)
    }

    /// `Item1` and on; those behind the seventh are a tuple of their own.
    fn tuple(&mut self, items: &[Value], depth: u32) -> Result<JToken, Thrown> {
        const NAMES: [&str; 7] = ["Item1", "Item2", "Item3", "Item4", "Item5", "Item6", "Item7"];
        let token = JToken::object();
        for (name, item) in NAMES.into_iter().zip(items) {
            self.property(&token, name, item, depth)?;
        }
        if let Some(rest) = items.get(NAMES.len()..).filter(|rest| !rest.is_empty()) {
            let rest = self.tuple(rest, depth)?;
            charge_adopted(self.machine, Some(&rest))?;
            token.set("Rest", Some(&rest))?;
        }
        Ok(token)
    }

    /// The property's name for a key of a dictionary of a type: dates are written as values are, unless they are keys as objects.
    fn key(&mut self, key: &Value, of: &Type) -> Result<Text, Thrown> {
        let is_object = matches!(of, Type::Class(_, arguments) if arguments.first() == Some(&Type::Object));
        match scalar_of(key) {
            Some(date @ (Scalar::Date(_) | Scalar::DateOffset(_))) if !is_object => {
                let written = JToken::value(date).to_json(Formatting::None)?;
                Ok(written.trim_matches('"').into())
            }
            // As TypeConverter writes it.
            Some(Scalar::Date(date)) if date.time_of_day().ticks() == 0 => Ok(date.format("yyyy-MM-dd")?.into()),
            _ => display::to_text(key, self.machine),
        }
    }

    /// An array of several dimensions is an array of arrays.
    fn dimension(&mut self, items: &[Value], lengths: &[usize], depth: u32) -> Result<JToken, Thrown> {
        let token = JToken::array();
        let Some((length, inner)) = lengths.split_first() else {
            return Ok(token);
        };
        let width: usize = inner.iter().product();
        for row in 0..*length {
            let items = items.get(row * width..(row + 1) * width).unwrap_or_default();
            let item = match items {
                [item] if inner.is_empty() => self.nested(item, depth + 1)?,
                items => self.dimension(items, inner, depth + 1)?,
            };
            charge_adopted(self.machine, Some(&item))?;
            token.add(Some(&item))?;
        }
        Ok(token)
    }

    /// An object of the library: what its properties give.
    fn properties(&mut self, object: &dyn Object, value: &Value, depth: u32) -> Result<JToken, Thrown> {
        let token = JToken::object();
        let Some((class, arguments)) = get().class_of(&object.of()) else {
            return Ok(token);
        };
        let is_getter = |member: &&Member| member.kind == MemberKind::Getter && !member.is_static;
        for getter in class.members().iter().filter(is_getter) {
            let mut call = Call {
                machine: &mut *self.machine,
                arguments: [value.clone()].into_iter().collect(),
                types: &arguments,
                outs: smallvec::SmallVec::new(),
            };
            let own = (getter.native)(&mut call)?;
            self.property(&token, &getter.name, &own, depth)?;
        }
        Ok(token)
    }

    fn property(&mut self, token: &JToken, name: &str, value: &Value, depth: u32) -> Result<(), Thrown> {
        if value.is_null() && self.style.nulls == Nulls::Ignore {
            return Ok(());
        }
        self.add(token, name, value, depth)
    }

    fn add(&mut self, token: &JToken, name: &str, value: &Value, depth: u32) -> Result<(), Thrown> {
        let value = self.nested(value, depth + 1)?;
        charge_adopted(self.machine, Some(&value))?;
        token.set(name, Some(&value))?;
        Ok(())
    }
}
