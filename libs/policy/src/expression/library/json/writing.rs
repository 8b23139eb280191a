//! A value that is made a token, part by part: nesting takes no stack, and the turn may end between any two parts.
//!
//! What must hold: a container is in its parent before it is filled. Until then it is empty and nobody's, so that nothing is copied but tokens of other
//! documents.

use std::rc::Rc;
use std::sync::Arc;

use postern_dotnet::json::{Formatting, JToken, Scalar};
use postern_dotnet::{Exception, ExceptionType, Text};

use super::super::pair::PairValue;
use super::super::{Class, Member, MemberKind, get};
use super::cast::scalar_of;
use super::content::adopted;
use super::self_reference::{Step, self_reference};
use super::serialize::{Into, Nulls, Style};
use super::wrapper::{LISTED_STEPS, token_of};
use super::xml;
use crate::expression::anonymous::AnonymousObject;
use crate::expression::array::Array;
use crate::expression::display;
use crate::expression::library::linq::Source;
use crate::expression::machine::{Limit, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{List as _, Object};
use crate::expression::tuple::TupleObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Deepest nesting of objects that are written; each is compared with all that it lies in. Newtonsoft.Json has no limit but its stack.
const OBJECT_DEPTH_MAX: usize = 256;
/// Objects being written that are compared in one step.
const LOOKED_AT_PER_STEP: usize = 16;
/// Bytes that a token and its place in a container take, about.
const WRITTEN_BYTES: usize = 128;
/// Steps for a token that is added.
const ADDED_STEPS: usize = 10;

/// A value under way.
pub(super) struct Writing {
    style: Style,
    /// What comes next. It stays here until it is in its place.
    next: Option<Part>,
    /// Objects being written, each inside of the one before.
    open: Vec<Open>,
    root: Option<JToken>,
}

/// Something that becomes a token.
enum Part {
    Value(Value),
    /// Rows of an array of several dimensions.
    Rows(Rows),
    /// The items of a tuple behind the seventh.
    Tuple(Vec<Value>),
}

struct Open {
    /// The object, where it is one. It is held until it is written, or another one might be taken for it.
    value: Option<Value>,
    /// What it becomes.
    token: JToken,
    parts: Parts,
    /// Where the part that was begun last stands.
    step: Step,
}

/// What is left of an object.
enum Parts {
    Properties(std::vec::IntoIter<(Text, Part)>),
    Entries { object: Rc<dyn Object>, keys: std::vec::IntoIter<Value> },
    Items { items: Source, count: usize },
    Rows { rows: Rows, count: usize },
    Getters { of: Value, class: &'static Class, arguments: Arc<[Type]>, next: usize },
}

#[derive(Clone)]
struct Rows {
    items: Rc<[Value]>,
    start: usize,
    lengths: Rc<[usize]>,
    /// Dimensions outside of these rows.
    depth: usize,
}

impl Rows {
    /// What stands in a row: an item, or rows in turn.
    fn row(&self, index: usize) -> Option<Part> {
        let length = *self.lengths.get(self.depth)?;
        let inner = self.lengths.get(self.depth + 1..)?;
        if index >= length {
            return None;
        }
        let start = self.start + index * inner.iter().product::<usize>();
        Some(match inner {
            [] => Part::Value(self.items.get(start)?.clone()),
            _ => Part::Rows(Rows { start, depth: self.depth + 1, ..self.clone() }),
        })
    }
}

impl Writing {
    pub(super) fn new(value: Value, style: Style) -> Writing {
        Writing { style, next: Some(Part::Value(value)), open: Vec::new(), root: None }
    }

    /// Goes on until all is written; where it ends the turn, it is called again.
    ///
    /// # Errors
    /// `JsonSerializationException` for values that contain themselves; what sequences and properties throw; the end of the turn.
    pub(super) fn go_on(&mut self, machine: &mut Machine<'_>) -> Result<JToken, Thrown> {
        loop {
            if self.next.is_none() {
                match self.open.last_mut() {
                    Some(open) => self.next = open.part(machine, self.style)?,
                    None => return Ok(self.root.clone().unwrap_or_else(JToken::null)),
                }
            }
            match &self.next {
                Some(part) => {
                    let (token, parts) = self.begun(machine, part)?;
                    let token = self.put(machine, token)?;
                    let value = match self.next.take() {
                        Some(Part::Value(value)) => Some(value),
                        _ => None,
                    };
                    if let Some(parts) = parts {
                        self.open.push(Open { value, token, parts, step: Step::Index(0) });
                    }
                }
                None => _ = self.open.pop(),
            }
            machine.end_turn()?;
        }
    }

    /// Adds a token to the container that is being filled; the token that is there now.
    fn put(&mut self, machine: &mut Machine<'_>, token: JToken) -> Result<JToken, Thrown> {
        let Some(open) = self.open.last() else {
            self.root = Some(token.clone());
            return Ok(token);
        };
        if token.is_property() && matches!(open.step, Step::Index(_)) && self.style.into == Into::Text {
            let state = if open.token.has_values() { "Array" } else { "ArrayStart" };
            let message =
                format!("Token PropertyName in state {state} would result in an invalid JSON object. Path ''.");
            return Err(Exception::new(ExceptionType::JsonWriter, message).into());
        }
        let Some(token) = adopted(machine, None, Some(token))? else { return Ok(JToken::null()) };
        machine.charge(ADDED_STEPS)?;
        match &open.step {
            Step::Index(_) => open.token.add(Some(&token))?,
            Step::Name { name, .. } => open.token.set(name, Some(&token))?,
        }
        Ok(token)
    }

    /// The token that something becomes, and what it is filled with.
    fn begun(&self, machine: &mut Machine<'_>, part: &Part) -> Result<(JToken, Option<Parts>), Thrown> {
        machine.charge_memory(WRITTEN_BYTES)?;
        let value = match part {
            Part::Value(value) => value.unboxed(),
            Part::Rows(rows) => return Ok((JToken::array(), Some(Parts::Rows { rows: rows.clone(), count: 0 }))),
            Part::Tuple(items) => return Ok((JToken::object(), Some(tuple(items)))),
        };
        let plain = match (token_of(value), scalar_of(value), value) {
            (Some(token), ..) => Some(token.clone()),
            (_, Some(scalar), _) => Some(JToken::value(scalar)),
            (_, _, Value::Object(_)) => None,
            _ => Some(JToken::null()),
        };
        if let Some(token) = plain {
            return Ok((token, None));
        }
        if self.open.len() >= OBJECT_DEPTH_MAX {
            return Err(Thrown::Limit(Limit::Depth));
        }
        machine.charge(self.open.len() / LOOKED_AT_PER_STEP)?;
        let own = identity(value);
        if self.open.iter().any(|open| open.value.as_ref().and_then(identity) == own) {
            return Err(self_reference(value, self.open.iter().map(|open| &open.step)).into());
        }
        if let Some(item) = xml::item_of(value) {
            return Ok((xml::token_for(machine, item, self.style.xml)?, None));
        }
        parts_of(machine, value)
    }
}

fn identity(value: &Value) -> Option<usize> {
    if let Value::Object(object) = value.unboxed() { Some(object.identity()) } else { None }
}

/// An object's container, and what that is filled with.
fn parts_of(machine: &mut Machine<'_>, value: &Value) -> Result<(JToken, Option<Parts>), Thrown> {
    let Value::Object(object) = value else { return Ok((JToken::null(), None)) };
    let object_of = |parts| Ok((JToken::object(), Some(parts)));
    let properties = |properties: Vec<(Text, Part)>| Parts::Properties(properties.into_iter());
    if let Some(anonymous) = value.downcast_ref::<AnonymousObject>() {
        let own = anonymous.properties().map(|(name, own)| (name.into(), Part::Value(own.clone())));
        return object_of(properties(own.collect()));
    }
    if let Some(items) = value.downcast_ref::<TupleObject>() {
        return object_of(tuple(items.items()));
    }
    if let Some(dictionary) = object.dictionary() {
        let keys = dictionary.keys(machine);
        machine.charge(keys.len().saturating_mul(LISTED_STEPS))?;
        return object_of(Parts::Entries { object: Rc::clone(object), keys: keys.into_iter() });
    }
    if let Some(pair) = value.downcast_ref::<PairValue>() {
        let own = [("Key", &pair.key), ("Value", &pair.value)];
        return object_of(properties(own.map(|(name, own)| (name.into(), Part::Value(own.clone()))).into()));
    }
    if let Some(array) = value.downcast_ref::<Array>().filter(|array| array.lengths().len() > 1) {
        machine.charge_memory(array.len() * size_of::<Value>())?;
        let rows = Rows { items: array.to_vec().into(), start: 0, lengths: array.lengths().into(), depth: 0 };
        return Ok((JToken::array(), Some(Parts::Rows { rows, count: 0 })));
    }
    if Rc::clone(object).enumerate().is_some() {
        return Ok((JToken::array(), Some(Parts::Items { items: Source::new(value.clone()), count: 0 })));
    }
    match get().class_of(&object.of()) {
        Some((class, arguments)) => object_of(Parts::Getters { of: value.clone(), class, arguments, next: 0 }),
        None => Ok((JToken::object(), None)),
    }
}

/// `Item1` and on; those behind the seventh are a tuple of their own.
fn tuple(items: &[Value]) -> Parts {
    const NAMES: [&str; 7] = ["Item1", "Item2", "Item3", "Item4", "Item5", "Item6", "Item7"];
    let named = NAMES.iter().zip(items).map(|(name, item)| ((*name).into(), Part::Value(item.clone())));
    let rest = items.get(NAMES.len()..).filter(|rest| !rest.is_empty());
    Parts::Properties(
        named.chain(rest.map(|rest| ("Rest".into(), Part::Tuple(rest.to_vec())))).collect::<Vec<_>>().into_iter(),
    )
}

impl Open {
    /// The next part, whose place is noted; `None`: that was all.
    fn part(&mut self, machine: &mut Machine<'_>, style: Style) -> Result<Option<Part>, Thrown> {
        let is_left_out = |part: &Part| style.nulls == Nulls::Ignore && matches!(part, Part::Value(Value::Null));
        Ok(match &mut self.parts {
            Parts::Properties(properties) => {
                let next = properties.find(|(_, part)| !is_left_out(part));
                next.map(|(name, part)| {
                    self.step = Step::Name { name, is_property: true };
                    part
                })
            }
            Parts::Entries { object, keys } => match (keys.next(), object.dictionary()) {
                (Some(key), Some(dictionary)) => {
                    let name = name_of(machine, &key, &object.of())?;
                    self.step = Step::Name { name, is_property: false };
                    Some(Part::Value(dictionary.get(machine, &key).unwrap_or_default()))
                }
                _ => None,
            },
            Parts::Items { items, count } => {
                let item = items.next(machine)?;
                self.step = Step::Index(*count);
                *count += 1;
                item.map(Part::Value)
            }
            Parts::Rows { rows, count } => {
                self.step = Step::Index(*count);
                *count += 1;
                rows.row(*count - 1)
            }
            Parts::Getters { of, class, arguments, next } => loop {
                let Some(member) = class.members().get(*next) else { break None };
                *next += 1;
                if member.kind != MemberKind::Getter || member.is_static {
                    continue;
                }
                let part = Part::Value(read(machine, of, member, arguments)?);
                if !is_left_out(&part) {
                    self.step = Step::Name { name: (&*member.name).into(), is_property: true };
                    break Some(part);
                }
            },
        })
    }
}

/// What a property of an object gives. It cannot pause: nobody would ask for it again.
fn read(machine: &mut Machine<'_>, of: &Value, getter: &Member, types: &[Type]) -> Result<Value, Thrown> {
    machine.in_one_turn(|machine| {
        let arguments = [of.clone()].into_iter().collect();
        (getter.native)(&mut Call { machine, arguments, types, outs: smallvec::SmallVec::new() })
    })
}

/// The property's name for a key of a dictionary of a type: dates are written as values are, unless they are keys as objects.
fn name_of(machine: &mut Machine<'_>, key: &Value, of: &Type) -> Result<Text, Thrown> {
    let is_object = matches!(of, Type::Class(_, arguments) if arguments.first() == Some(&Type::Object));
    match scalar_of(key) {
        Some(date @ (Scalar::Date(_) | Scalar::DateOffset(_))) if !is_object => {
            let written = JToken::value(date).to_json(Formatting::None)?;
            Ok(written.trim_matches('"').into())
        }
        // As TypeConverter writes it.
        Some(Scalar::Date(date)) if date.time_of_day().ticks() == 0 => Ok(date.format("yyyy-MM-dd")?.into()),
        _ => display::to_text(key, machine),
    }
}
