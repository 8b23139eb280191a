//! `ToObject<T>`, `DeserializeObject<T>`: tokens and texts made values of a type.
//!
//! From a token, simple types are what the casts give. From a text, Newtonsoft.Json reads strings as they are written (no dates in them),
//! `int` from integers only, `decimal` with its scale; so the text is read knowing what is wanted. Classes of the library are made by their
//! constructor without parameters and filled by key or with `Add`, or made by a constructor whose parameters are named as the properties.

use postern_dotnet::json::{FloatParseHandling, JToken, LoadSettings, Scalar, Target};
use postern_dotnet::{Exception, ExceptionType};

use super::super::defaults::default_value;
use super::super::{Class, ClassKind, MemberKind, enum_class, full_name, get};
use super::cast::{Wanted, is_of, plain_value, value_of};
use super::fill::{Filling, dictionary, make};
use super::misfit::At;
use super::read::read_name;
use super::wrapper::{LISTED_STEPS, charge_copy, is_null, token_value};
use super::xml;
use crate::expression::anonymous::AnonymousObject;
use crate::expression::array::Array;
use crate::expression::enums::EnumValue;
use crate::expression::limits::CALL_DEPTH_MAX;
use crate::expression::machine::{Limit, Machine, Thrown};
use crate::expression::native::{Call, Native};
use crate::expression::object::Dictionary;
use crate::expression::tuple::TupleObject;
use crate::expression::types::{Number, Type};
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

/// `token.ToObject<T>()`. The token itself is cast to a simple type; what stands in it is read.
///
/// # Errors
/// What a cast fails with; `JsonReaderException`, `JsonSerializationException`.
pub(super) fn from_token(machine: &mut Machine<'_>, token: &JToken, of: &Type) -> Answer {
    if let Some(wanted) = xml::wanted(of).filter(|_| !is_null(token)) {
        if !machine.is_resumed() {
            (Maker { machine: &mut *machine, text: None }).check_xml(token, wanted)?;
        }
        return xml::read_token(machine, token, wanted);
    }
    make(machine, None, token, of)
}

/// The constructor without parameters.
pub(super) fn plain_constructor(class: &Class) -> Option<Native> {
    let is_plain =
        |member: &&super::super::Member| member.kind == MemberKind::Constructor && member.parameters.is_empty();
    class.members().iter().find(is_plain).map(|constructor| constructor.native)
}

/// What adds an item to a collection.
pub(super) fn adder(class: &Class) -> Option<Native> {
    class.members_named("Add").find(|member| member.parameters.len() == 1).map(|member| member.native)
}

pub(super) fn call(machine: &mut Machine<'_>, native: Native, values: &[Value], types: &[Type]) -> Answer {
    machine.in_one_turn(|machine| {
        native(&mut Call { machine, arguments: values.into(), types, outs: smallvec::SmallVec::new() })
    })
}

/// `JsonConvert.DeserializeObject<T>(text, settings)`, with what reads and pays for the text.
///
/// # Errors
/// `JsonReaderException`, `JsonSerializationException`.
pub(super) fn from_text<'h>(
    machine: &mut Machine<'h>,
    text: &str,
    of: &Type,
    settings: LoadSettings,
    read: impl FnOnce(&mut Machine<'h>, LoadSettings) -> Result<JToken, Thrown>,
) -> Answer {
    if text.trim().is_empty() {
        if !of.is_value_type() {
            return Ok(Value::Null);
        }
        let line = if text.is_empty() { 0 } else { 1 };
        let position = text.encode_utf16().count();
        let message = format!(
            "No JSON content found and type '{}' is not nullable. Path '', line {line}, position {position}.",
            full_name(of)
        );
        return Err(Exception::new(ExceptionType::JsonSerialization, message).into());
    }
    if let Some(wanted) = xml::wanted(of) {
        if text.trim() == "null" {
            return Ok(Value::Null);
        }
        if wanted == xml::Wanted::Other {
            let token = read(machine, settings)?;
            (Maker { machine, text: Some(text) }).check_xml(&token, wanted)?;
        }
        return xml::read(machine, text, wanted);
    }
    let wants = |wanted: &Type| contains(of, wanted, 0);
    let wants_text = wants(&Type::String);
    let exact = wants_text || wants(&Type::Number(Number::Decimal));
    let settings = LoadSettings {
        floats: if exact { FloatParseHandling::Decimal } else { settings.floats },
        parse_dates: settings.parse_dates && !wants_text && may_be_date(of, 0),
        places: settings.places,
    };
    let token = if machine.has_paused_in::<Filling>() { JToken::null() } else { read(machine, settings)? };
    // What was read for this call alone need not be copied.
    match Wanted::from_type(of) {
        Wanted::Object if token.is_container() => return Ok(token_value(token)),
        Wanted::Token if is_of(&token, of) => return Ok(token_value(token)),
        _ => {}
    }
    make(machine, Some(text), &token, of)
}

/// Whether values of one type stand in those of another: elements of arrays, arguments of collections but keys.
fn contains(of: &Type, wanted: &Type, depth: u32) -> bool {
    if of == wanted {
        return true;
    }
    if depth > CALL_DEPTH_MAX {
        return false;
    }
    match of {
        Type::Nullable(inner) | Type::Array(inner, _) => contains(inner, wanted, depth + 1),
        Type::Class(_, arguments) => arguments.last().is_some_and(|inner| contains(inner, wanted, depth + 1)),
        Type::Anonymous(properties) => properties.iter().any(|(_, inner)| contains(inner, wanted, depth + 1)),
        _ => false,
    }
}

/// Whether strings are looked at for dates where such a value is read: not where something else is asked for.
fn may_be_date(of: &Type, depth: u32) -> bool {
    if depth > CALL_DEPTH_MAX {
        return true;
    }
    match (of, Wanted::from_type(of)) {
        (_, Wanted::Simple(target, _)) => {
            matches!(target, Target::DateTime | Target::DateTimeOffset) || read_name(target).is_none()
        }
        (Type::Nullable(inner) | Type::Array(inner, _), _) => may_be_date(inner, depth + 1),
        (Type::Class(_, arguments), _) => arguments.last().is_none_or(|inner| may_be_date(inner, depth + 1)),
        (Type::Anonymous(properties), _) => properties.iter().any(|(_, inner)| may_be_date(inner, depth + 1)),
        _ => true,
    }
}

/// Steps for a value that is made of a token.
const MADE_STEPS: usize = 12;

pub(super) struct Maker<'m, 'h> {
    pub(super) machine: &'m mut Machine<'h>,
    /// The whole text, if there is one.
    pub(super) text: Option<&'m str>,
}

impl Maker<'_, '_> {
    pub(super) fn make(&mut self, token: &JToken, of: &Type, depth: u32) -> Answer {
        if depth > CALL_DEPTH_MAX {
            return Err(Thrown::Limit(Limit::Depth));
        }
        self.machine.charge(MADE_STEPS)?;
        match Wanted::from_type(of) {
            Wanted::Simple(target, nullable) if self.text.is_some() || depth > 0 => {
                self.read_simple(token, of, target, nullable)
            }
            Wanted::Simple(target, nullable) => Ok(token.cast(target, nullable)?.map_or(Value::Null, value_of)),
            Wanted::Object => match token.scalar() {
                Some(value) => Ok(plain_value(&value)),
                None => self.copied(token),
            },
            Wanted::Token if is_of(token, of) => self.copied(token),
            Wanted::Token => {
                let (from, to) = (token.class_name(), full_name(of));
                let message = format!(
                    "Deserialized JSON type 'Newtonsoft.Json.Linq.{from}' is not compatible with expected type '{to}'. "
                );
                Err(self.failure(token, &message, At::End))
            }
            Wanted::Other => self.make_other(token, of, depth),
        }
    }

    fn make_other(&mut self, token: &JToken, of: &Type, depth: u32) -> Answer {
        if let Type::Class(id, _) = of
            && get().class(*id).kind == ClassKind::Enum
        {
            return self.constant(token, get().class(*id), of);
        }
        if is_null(token) {
            return if of.is_value_type() { Err(self.unconverted(token, of)) } else { Ok(Value::Null) };
        }
        if let Some(wanted) = xml::wanted(of) {
            self.check_xml(token, wanted)?;
            return xml::read_token(self.machine, token, wanted);
        }
        match of {
            Type::Nullable(inner) => self.make(token, inner, depth + 1),
            Type::Array(element, 1) if token.is_array() => {
                let items = self.items(token, element, depth)?;
                Ok(Value::object(Array::values((**element).clone(), items)))
            }
            Type::Anonymous(properties) if token.is_object() => {
                let own =
                    |name: &str| token.get_compared(name, postern_dotnet::text::StringComparison::OrdinalIgnoreCase);
                let mut items = Vec::new();
                for (name, inner) in properties.iter() {
                    items.push(match own(name) {
                        Some(child) => self.make(&child, inner, depth + 1)?,
                        None => default_value(inner),
                    });
                }
                Ok(Value::object(AnonymousObject::new(of.clone(), items)))
            }
            Type::Tuple(items) if token.is_object() && items.len() < 8 => {
                let mut values = Vec::new();
                for (index, inner) in items.iter().enumerate() {
                    values.push(match token.get(&format!("Item{}", index + 1)) {
                        Some(child) => self.make(&child, inner, depth + 1)?,
                        None => default_value(inner),
                    });
                }
                Ok(Value::object(TupleObject::new(of.clone(), values)))
            }
            Type::Class(..) => self.instance(token, of, depth),
            _ => Err(self.incompatible(token, of)),
        }
    }

    fn copied(&mut self, token: &JToken) -> Answer {
        charge_copy(self.machine, token)?;
        Ok(token_value(token.deep_clone()?))
    }

    fn items(&mut self, token: &JToken, of: &Type, depth: u32) -> Result<Vec<Value>, Thrown> {
        let children = token.children();
        self.machine.charge(children.len().saturating_mul(LISTED_STEPS))?;
        self.machine.charge_memory(children.len() * size_of::<Value>())?;
        children.iter().map(|child| self.make(child, of, depth + 1)).collect()
    }

    /// An enum's value, by number or by name.
    fn constant(&mut self, token: &JToken, class: &'static Class, of: &Type) -> Answer {
        let value = match token.scalar() {
            Some(Scalar::Number(number)) => number.integer().and_then(|value| i64::try_from(value).ok()),
            Some(Scalar::String(text)) => match enum_class::read(class, &text, true) {
                None if self.text.is_none() && token.parent().is_none() => {
                    let message = format!("Could not convert '{text}' to {}.", class.name);
                    return Err(Exception::new(ExceptionType::Argument, message).into());
                }
                value => value,
            },
            _ => None,
        };
        match value {
            Some(value) => Ok(Value::object(EnumValue { class: class.id, value })),
            None if token.is_container() => Err(self.no_primitive(token, of)),
            None => Err(self.unconverted(token, of)),
        }
    }

    /// A list, dictionary, pair or tuple of the library. An interface stands for the class that Newtonsoft.Json makes for it.
    fn instance(&mut self, token: &JToken, of: &Type, depth: u32) -> Answer {
        let concrete = concrete(of);
        let Type::Class(id, arguments) = &concrete else {
            return Err(self.incompatible(token, of));
        };
        let class = get().class(*id);
        let constructors = || class.members().iter().filter(|member| member.kind == MemberKind::Constructor);
        let mut parameters = constructors().map(|constructor| constructor.parameters.len());
        // Every struct can be made without parameters, but then it stays empty.
        if class.kind == ClassKind::Class && parameters.clone().any(|count| count == 0) {
            return self.collection(token, of, class, arguments, depth);
        }
        let most = parameters.clone().max().unwrap_or_default();
        if !token.is_object() || parameters.all(|count| count == 0) {
            return Err(self.incompatible(token, of));
        }
        let Some(constructor) = constructors().find(|constructor| constructor.parameters.len() == most) else {
            return Err(self.incompatible(token, of));
        };
        let mut values = smallvec::SmallVec::new();
        for parameter in &constructor.parameters {
            let inner = parameter.of.substitute(arguments);
            let own = token.get_compared(&parameter.name, postern_dotnet::text::StringComparison::OrdinalIgnoreCase);
            values.push(match own {
                Some(child) => self.make(&child, &inner, depth + 1)?,
                None => default_value(&inner),
            });
        }
        self.machine.in_one_turn(|machine| {
            (constructor.native)(&mut Call {
                machine,
                arguments: values,
                types: arguments,
                outs: smallvec::SmallVec::new(),
            })
        })
    }

    fn collection(&mut self, token: &JToken, of: &Type, class: &Class, arguments: &[Type], depth: u32) -> Answer {
        let Some(constructor) = plain_constructor(class) else {
            return Err(self.incompatible(token, of));
        };
        let made = call(self.machine, constructor, &[], arguments)?;
        match (&made, arguments) {
            (_, [key, value]) if token.is_object() && dictionary(&made).is_some() => {
                let properties = token.properties();
                self.machine.charge(properties.len().saturating_mul(LISTED_STEPS))?;
                for property in properties {
                    self.set(dictionary(&made), &property, [key, value], depth + 1)?;
                }
            }
            (_, [element]) if token.is_array() => {
                let Some(add) = adder(class) else {
                    return Err(self.incompatible(token, of));
                };
                for item in self.items(token, element, depth)? {
                    call(self.machine, add, &[made.clone(), item], arguments)?;
                }
            }
            _ => return Err(self.incompatible(token, of)),
        }
        Ok(made)
    }

    /// Sets what a property says in a dictionary with these types of keys and values.
    pub(super) fn set(
        &mut self,
        made: Option<&dyn Dictionary>,
        property: &JToken,
        [key, value]: [&Type; 2],
        depth: u32,
    ) -> Result<(), Thrown> {
        let (Some(name), Some(child)) = (property.name(), property.property_value()) else { return Ok(()) };
        let name = self.key(name, &child, key)?;
        let child = self.make(&child, value, depth)?;
        self.machine.charge_memory(2 * size_of::<Value>())?;
        Ok(made.map_or(Ok(()), |made| made.set(&name, child))?)
    }
}

/// The class for an interface of collections; any other type as it is.
pub(super) fn concrete(of: &Type) -> Type {
    let Type::Class(id, arguments) = of else {
        return of.clone();
    };
    let name = get().class(*id).full_name.strip_prefix("System.Collections.Generic.").unwrap_or_default();
    match (name, &**arguments) {
        ("IDictionary" | "IReadOnlyDictionary", [key, value]) => {
            Type::generic("System.Collections.Generic.Dictionary", [key.clone(), value.clone()])
        }
        ("IEnumerable" | "IList" | "ICollection" | "IReadOnlyList" | "IReadOnlyCollection", [element]) => {
            Type::generic("System.Collections.Generic.List", [element.clone()])
        }
        _ => of.clone(),
    }
}
