//! `ToObject<T>`, `DeserializeObject<T>`: tokens and texts made values of a type.
//!
//! From a token, simple types are what the casts give. From a text, Newtonsoft.Json reads strings as they are written (no dates in them),
//! `int` from integers only, `decimal` with its scale; so the text is read knowing what is wanted. Classes of the library are made by their
//! constructor without parameters and filled by key or with `Add`, or made by a constructor whose parameters are named as the properties.

use postern_dotnet::json::{self, FloatParseHandling, Formatting, JToken, LoadSettings, Scalar, Target};
use postern_dotnet::number::NumberType;
use postern_dotnet::{Exception, ExceptionType};

use super::super::defaults::default_value;
use super::super::{Class, ClassKind, MemberKind, enum_class, full_name, get};
use super::cast::{Wanted, is_of, plain_value, value_of};
use super::fill::{Filling, make};
use super::wrapper::{charge_copy, is_null, token_value};
use crate::expression::anonymous::AnonymousObject;
use crate::expression::array::Array;
use crate::expression::enums::EnumValue;
use crate::expression::limits::CALL_DEPTH_MAX;
use crate::expression::machine::{Limit, Machine, Thrown};
use crate::expression::native::{Call, Native};
use crate::expression::object::Dictionary;
use crate::expression::types::{Number, Type};
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

/// `token.ToObject<T>()`.
///
/// # Errors
/// What a cast fails with; `JsonSerializationException`.
pub(super) fn from_token(machine: &mut Machine<'_>, token: &JToken, of: &Type) -> Answer {
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
    let wants = |wanted: &Type| contains(of, wanted, 0);
    let wants_text = wants(&Type::String);
    let exact = wants_text || wants(&Type::Number(Number::Decimal));
    let settings = LoadSettings {
        floats: if exact { FloatParseHandling::Decimal } else { settings.floats },
        parse_dates: settings.parse_dates && !wants_text,
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
            Wanted::Simple(target, nullable) if self.text.is_some() => self.read_simple(token, of, target, nullable),
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
                Err(self.failure(token, &message, true))
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
        self.machine.charge_memory(children.len() * size_of::<Value>())?;
        children.iter().map(|child| self.make(child, of, depth + 1)).collect()
    }

    /// An enum's value, by number or by name.
    fn constant(&mut self, token: &JToken, class: &'static Class, of: &Type) -> Answer {
        let value = match token.scalar() {
            Some(Scalar::Number(number)) => number.integer().and_then(|value| i64::try_from(value).ok()),
            Some(Scalar::String(text)) => match enum_class::read(class, &text, true) {
                None if self.text.is_none() => {
                    let message = format!("Could not convert '{text}' to {}.", class.name);
                    return Err(Exception::new(ExceptionType::Argument, message).into());
                }
                value => value,
            },
            _ => None,
        };
        match value {
            Some(value) => Ok(Value::object(EnumValue { class: class.id, value })),
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
            (Value::Object(object), [_, value]) if token.is_object() && object.dictionary().is_some() => {
                for property in token.properties() {
                    let (Some(name), Some(child)) = (property.name(), property.property_value()) else { continue };
                    let child = self.make(&child, value, depth + 1)?;
                    self.machine.charge_memory(2 * size_of::<Value>())?;
                    object.dictionary().map_or(Ok(()), |own| Dictionary::set(own, &Value::String(name), child))?;
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

    /// A simple value from a text, read as the type asks.
    fn read_simple(&mut self, token: &JToken, of: &Type, target: Target, nullable: bool) -> Answer {
        let value = token.scalar();
        match (&value, target) {
            (None, _) => {
                let found = if token.is_array() { '[' } else { '{' };
                let message = format!("Unexpected character encountered while parsing value: {found}. ");
                Err(self.reader_failure(token, &message, false))
            }
            (Some(scalar), _) if scalar.is_null() && (nullable || target == Target::Bytes) => Ok(Value::Null),
            (Some(scalar), _) if scalar.is_null() => Err(self.unconverted(token, of)),
            (Some(Scalar::Boolean(value)), Target::String) => Ok(Value::from(if *value { "true" } else { "false" })),
            (Some(Scalar::Number(_)), Target::String) => Ok(token.to_json(Formatting::None)?.into()),
            (Some(Scalar::Number(number)), Target::Number(to)) if is_small_integer(to) => {
                if number.integer().is_some_and(|value| i32::try_from(value).is_ok()) {
                    return self.converted(token, of, target);
                }
                let text = token.to_json(Formatting::None)?;
                let message = match number.integer() {
                    None => format!("Input string '{text}' is not a valid integer. "),
                    Some(_) => format!("JSON integer {text} is too large or small for an Int32. "),
                };
                Err(self.reader_failure(token, &message, true))
            }
            (Some(Scalar::String(text)), _) if text.is_empty() && target != Target::String => {
                if nullable {
                    Ok(Value::Null)
                } else {
                    Err(self.unconverted(&JToken::null(), of))
                }
            }
            (Some(Scalar::String(text)), _) => match (token.cast(target, nullable), read_name(target)) {
                (Err(_), Some(name)) => {
                    let message = format!("Could not convert string to {name}: {text}. ");
                    Err(self.reader_failure(token, &message, true))
                }
                _ => self.converted(token, of, target),
            },
            _ => self.converted(token, of, target),
        }
    }

    fn converted(&mut self, token: &JToken, of: &Type, target: Target) -> Answer {
        match token.cast(target, false) {
            Ok(Some(simple)) => Ok(value_of(simple)),
            Ok(None) => Ok(Value::Null),
            Err(_) => Err(self.unconverted(token, of)),
        }
    }

    /// `Error converting value …`
    fn unconverted(&self, token: &JToken, of: &Type) -> Thrown {
        let shown = match token.scalar() {
            Some(Scalar::String(text)) => format!("\"{text}\""),
            Some(value) if value.is_null() => "{null}".to_owned(),
            Some(value) => value.to_plain().map(|text| text.to_string()).unwrap_or_default(),
            None => String::new(),
        };
        let message = format!("Error converting value {shown} to type '{}'. ", full_name(of));
        self.failure(token, &message, true)
    }

    /// `Cannot deserialize the current JSON …`
    fn incompatible(&self, token: &JToken, of: &Type) -> Thrown {
        const ARRAY: &str = "array (e.g. [1,2,3])";
        const OBJECT: &str = "object (e.g. {\"name\":\"value\"})";
        let to = full_name(of);
        let (is, needs, advice) = match (token.is_array(), token.is_object()) {
            (true, _) => (
                ARRAY,
                OBJECT,
                "or change the deserialized type to an array or a type that implements a collection interface (e.g. ICollection, IList) \
                 like List<T> that can be deserialized from a JSON array. JsonArrayAttribute can also be added to the type to force it \
                 to deserialize from a JSON array.",
            ),
            (_, true) => (
                OBJECT,
                ARRAY,
                "or change the deserialized type so that it is a normal .NET type (e.g. not a primitive type like integer, not a \
                 collection type like an array or List<T>) that can be deserialized from a JSON object. JsonObjectAttribute can also be \
                 added to the type to force it to deserialize from a JSON object.",
            ),
            _ => return self.unconverted(token, of),
        };
        let line = json::NEW_LINE;
        let message = format!(
            "Cannot deserialize the current JSON {is} into type '{to}' because the type requires a JSON {needs} to deserialize \
             correctly.{line}To fix this error either change the JSON to a JSON {needs} {advice}{line}"
        );
        self.failure(token, &message, false)
    }

    fn failure(&self, token: &JToken, message: &str, at_end: bool) -> Thrown {
        Exception::new(ExceptionType::JsonSerialization, self.located(token, message, at_end)).into()
    }

    fn reader_failure(&self, token: &JToken, message: &str, at_end: bool) -> Thrown {
        Exception::new(ExceptionType::JsonReader, self.located(token, message, at_end)).into()
    }

    /// The message with path, line and position. Tokens do not keep their places, so only those of the whole text are known: its end, or the
    /// position behind its first character.
    fn located(&self, token: &JToken, message: &str, at_end: bool) -> String {
        let mut path = token.path();
        let Some(text) = self.text.filter(|_| token.parent().is_none()) else {
            return format!("{message}Path '{path}'.");
        };
        let start = text.len() - text.trim_start().len() + 1;
        let mut end = if at_end { text.trim_end().len() } else { start };
        if let (false, Some(property), Some(name)) = (at_end, token.properties().first(), name_end(text)) {
            // The reader has looked for metadata in the first property by then.
            path = property.path();
            end = name;
        }
        let before = text.get(..end).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let position = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
        format!("{message}Path '{path}', line {line}, position {position}.")
    }
}

/// The place behind the first property's name and colon.
fn name_end(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), _) => quote = Some(open).filter(|open| *open != byte),
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b':') => return Some(index + 1),
            (None, _) => {}
        }
    }
    None
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

/// Read with `ReadAsInt32`.
fn is_small_integer(of: NumberType) -> bool {
    use NumberType as N;
    matches!(of, N::SByte | N::Byte | N::Int16 | N::UInt16 | N::Int32)
}

/// What the reader calls a type that it reads from strings.
fn read_name(target: Target) -> Option<&'static str> {
    match target {
        Target::Boolean => Some("boolean"),
        Target::Number(NumberType::Double) => Some("double"),
        Target::Number(NumberType::Decimal) => Some("decimal"),
        Target::Number(of) if is_small_integer(of) => Some("integer"),
        Target::DateTime => Some("DateTime"),
        Target::DateTimeOffset => Some("DateTimeOffset"),
        _ => None,
    }
}
