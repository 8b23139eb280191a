//! Values made tokens: `JsonConvert.SerializeObject`, `FromObject`.

use std::rc::Rc;

use postern_dotnet::json::{Formatting, JToken, Scalar};
use postern_dotnet::{Exception, ExceptionType, Text};

use super::super::pair::PairValue;
use super::super::{Member, MemberKind, get};
use super::cast::scalar_of;
use super::content::charge_adopted;
use super::self_reference::{Failed, Step};
use super::wrapper::token_of;
use super::xml::{self, As};
use crate::expression::anonymous::AnonymousObject;
use crate::expression::array::Array;
use crate::expression::display;
use crate::expression::library::collections::arguments::required;
use crate::expression::library::linq::Source;
use crate::expression::machine::{Limit, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::sequence;
use crate::expression::tuple::TupleObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Deepest nesting of objects that are written. Each takes some 2 KiB of the thread's stack; Newtonsoft.Json has no limit but the stack.
const OBJECT_DEPTH_MAX: usize = 256;
/// Objects being written that are compared in one step.
const LOOKED_AT_PER_STEP: usize = 16;

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
    machine.in_one_turn(|machine| Ok(Writer::new(machine, style).nested(value)?))
}

/// What a sequence has come to.
struct Serializing {
    list: Value,
    items: Source,
    token: JToken,
    /// Items that are written.
    count: usize,
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
            Box::new(Serializing { list: value.clone(), items: Source::new(value), token: JToken::array(), count: 0 })
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
            let item = machine.in_one_turn(|machine| {
                let item = Writer::new(machine, style).within(&self.list, |writer| writer.nested(&item));
                Ok::<_, Thrown>(item.map_err(|failed| failed.inside(|| Step::Index(self.count)))?)
            })?;
            add_item(machine, style, &self.token, &item)?;
            self.count += 1;
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

fn add_item(machine: &mut Machine<'_>, style: Style, token: &JToken, item: &JToken) -> Result<(), Thrown> {
    if item.is_property() && style.into == Into::Text {
        let state = if token.has_values() { "Array" } else { "ArrayStart" };
        let message = format!("Token PropertyName in state {state} would result in an invalid JSON object. Path ''.");
        return Err(Exception::new(ExceptionType::JsonWriter, message).into());
    }
    charge_adopted(machine, None, Some(item))?;
    machine.charge(ADDED_STEPS)?;
    Ok(token.add(Some(item))?)
}

struct Writer<'w, 'h> {
    machine: &'w mut Machine<'h>,
    style: Style,
    /// The objects being written: one that holds itself stands here already.
    open: Vec<usize>,
}

impl<'w, 'h> Writer<'w, 'h> {
    fn new(machine: &'w mut Machine<'h>, style: Style) -> Self {
        Self { machine, style, open: Vec::new() }
    }

    /// Writes what an object holds.
    fn within<T>(&mut self, value: &Value, write: impl FnOnce(&mut Self) -> Result<T, Failed>) -> Result<T, Failed> {
        let Value::Object(object) = value else { return write(self) };
        if self.open.len() >= OBJECT_DEPTH_MAX {
            return Err(Thrown::Limit(Limit::Depth).into());
        }
        self.machine.charge(self.open.len() / LOOKED_AT_PER_STEP)?;
        let identity = object.identity();
        if self.open.contains(&identity) {
            return Err(Failed::self_reference(value));
        }
        self.open.push(identity);
        let written = write(self);
        self.open.pop();
        written
    }

    fn nested(&mut self, value: &Value) -> Result<JToken, Failed> {
        let value = value.unboxed();
        self.machine.charge_memory(128)?;
        if let Some(token) = token_of(value) {
            return Ok(token.clone());
        }
        if let Some(scalar) = scalar_of(value) {
            return Ok(JToken::value(scalar));
        }
        if value.is_null() {
            return Ok(JToken::null());
        }
        self.within(value, |writer| writer.object(value))
    }

    fn object(&mut self, value: &Value) -> Result<JToken, Failed> {
        let Value::Object(object) = value else {
            return Ok(JToken::null());
        };
        if let Some(anonymous) = value.downcast_ref::<AnonymousObject>() {
            let token = JToken::object();
            for (name, own) in anonymous.properties() {
                self.property(&token, name, own)?;
            }
            return Ok(token);
        }
        if let Some(item) = xml::item_of(value) {
            return Ok(xml::token_for(self.machine, item, self.style.xml)?);
        }
        if let Some(tuple) = value.downcast_ref::<TupleObject>() {
            return self.tuple(tuple.items());
        }
        if let Some(dictionary) = object.dictionary() {
            let token = JToken::object();
            let of = object.of();
            for key in dictionary.keys(self.machine) {
                let own = dictionary.get(self.machine, &key).unwrap_or_default();
                let name = self.key(&key, &of)?;
                self.add(&token, &name, &own)?;
            }
            return Ok(token);
        }
        if let Some(pair) = value.downcast_ref::<PairValue>() {
            let token = JToken::object();
            self.property(&token, "Key", &pair.key)?;
            self.property(&token, "Value", &pair.value)?;
            return Ok(token);
        }
        if let Some(array) = value.downcast_ref::<Array>().filter(|array| array.lengths().len() > 1) {
            let items = array.to_vec();
            return self.dimension(&items, array.lengths());
        }
        if Rc::clone(object).enumerate().is_some() {
            return self.list(value);
        }
        self.properties(&**object, value)
    }

    fn list(&mut self, value: &Value) -> Result<JToken, Failed> {
        let token = JToken::array();
        for (index, item) in sequence::collect(value, self.machine)?.iter().enumerate() {
            let item = self.nested(item).map_err(|failed| failed.inside(|| Step::Index(index)))?;
            add_item(self.machine, self.style, &token, &item)?;
        }
        Ok(token)
    }

    /// `Item1` and on; those behind the seventh are a tuple of their own.
    fn tuple(&mut self, items: &[Value]) -> Result<JToken, Failed> {
        const NAMES: [&str; 7] = ["Item1", "Item2", "Item3", "Item4", "Item5", "Item6", "Item7"];
        let token = JToken::object();
        for (name, item) in NAMES.into_iter().zip(items) {
            self.property(&token, name, item)?;
        }
        if let Some(rest) = items.get(NAMES.len()..).filter(|rest| !rest.is_empty()) {
            let rest = self.tuple(rest)?;
            charge_adopted(self.machine, None, Some(&rest))?;
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
    fn dimension(&mut self, items: &[Value], lengths: &[usize]) -> Result<JToken, Failed> {
        let token = JToken::array();
        let Some((length, inner)) = lengths.split_first() else {
            return Ok(token);
        };
        let width: usize = inner.iter().product();
        for row in 0..*length {
            let items = items.get(row * width..(row + 1) * width).unwrap_or_default();
            let item = match items {
                [item] if inner.is_empty() => self.nested(item),
                items => self.dimension(items, inner),
            };
            let item = item.map_err(|failed| failed.inside(|| Step::Index(row)))?;
            charge_adopted(self.machine, None, Some(&item))?;
            token.add(Some(&item))?;
        }
        Ok(token)
    }

    /// An object of the library: what its properties give.
    fn properties(&mut self, object: &dyn Object, value: &Value) -> Result<JToken, Failed> {
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
            self.property(&token, &getter.name, &own)?;
        }
        Ok(token)
    }

    fn property(&mut self, token: &JToken, name: &str, value: &Value) -> Result<(), Failed> {
        if value.is_null() && self.style.nulls == Nulls::Ignore {
            return Ok(());
        }
        self.add(token, name, value).map_err(|failed| failed.of_property(name))
    }

    fn add(&mut self, token: &JToken, name: &str, value: &Value) -> Result<(), Failed> {
        let value = self.nested(value).map_err(|failed| failed.inside(|| Step::Name(name.into())))?;
        charge_adopted(self.machine, None, Some(&value))?;
        token.set(name, Some(&value))?;
        Ok(())
    }
}
