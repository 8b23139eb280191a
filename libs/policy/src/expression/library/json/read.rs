//! Simple values in what `DeserializeObject` and `ToObject` read: the reader is asked for what the type is, and does not give everything.

use postern_dotnet::json::{Formatting, JToken, Scalar, Simple, Target};
use postern_dotnet::number::NumberType;
use postern_dotnet::uri::{Uri, UriKind};
use postern_dotnet::{Exception, ExceptionType, Text};

use super::super::{ClassKind, enum_class, full_name, get};
use super::cast::{Wanted, value_of};
use super::deserialize::Maker;
use super::misfit::At;
use crate::expression::array::Array;
use crate::expression::enums::EnumValue;
use crate::expression::machine::Thrown;
use crate::expression::types::Type;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

impl Maker<'_, '_> {
    /// A simple value, read as the type asks: from the text, or from a token that stands in another.
    pub(super) fn read_simple(&mut self, token: &JToken, of: &Type, target: Target, nullable: bool) -> Answer {
        let reads = read_name(target);
        let Some(value) = token.scalar() else {
            if target == Target::Bytes {
                return self.read_bytes(token);
            }
            return Err(match reads {
                Some(reads) => self.unexpected(token, reads),
                None => self.no_primitive(token, of),
            });
        };
        match (&value, target) {
            (scalar, _) if scalar.is_null() && (nullable || target == Target::Bytes) => Ok(Value::Null),
            (scalar, _) if scalar.is_null() => Err(self.unconverted(token, of)),
            (Scalar::Boolean(value), Target::String) if self.text.is_some() => {
                Ok(Value::from(if *value { "true" } else { "false" }))
            }
            (Scalar::Number(_), Target::String) if self.text.is_some() => Ok(token.to_json(Formatting::None)?.into()),
            (_, Target::String) => self.converted(token, of, target),
            (Scalar::String(text), _) => self.read_text(token, of, target, nullable, text),
            (Scalar::Number(_), Target::Number(to)) if is_read_as_int(to) => self.read_int(token, of, target),
            (Scalar::Number(_), Target::Number(_) | Target::Boolean) => self.converted(token, of, target),
            (Scalar::Boolean(_), Target::Boolean) => self.converted(token, of, target),
            (Scalar::BigInteger(_), Target::Number(_) | Target::Boolean) => self.read_long_integer(token, of, target),
            (Scalar::Date(_) | Scalar::DateOffset(_), Target::DateTime | Target::DateTimeOffset) => {
                self.converted(token, of, target)
            }
            _ => match reads {
                Some(reads) if !matches!(value, Scalar::Bytes(_)) => Err(self.unexpected(token, reads)),
                _ => self.converted(token, of, target),
            },
        }
    }

    /// Bytes as an array of numbers.
    fn read_bytes(&mut self, token: &JToken) -> Answer {
        if !token.is_array() {
            // A text was read one token further by then.
            let message = "Error reading bytes. Unexpected token: StartObject. ";
            return Err(match token.property_values().first().filter(|_| self.text.is_some()) {
                Some(first) => self.reader_failure(first, message, At::Name),
                None if self.text.is_some() => self.reader_failure(token, message, At::End),
                None => self.reader_failure(token, message, At::Start),
            });
        }
        self.machine.charge(token.count())?;
        let mut bytes = Vec::new();
        for item in token.children() {
            match item.scalar() {
                Some(Scalar::Number(number)) if number.integer().is_some() => {
                    let byte = number.integer().and_then(|value| u8::try_from(value).ok());
                    bytes.push(byte.ok_or_else(|| {
                        let message = "Value was either too large or too small for an unsigned byte.";
                        Exception::new(ExceptionType::Overflow, message)
                    })?);
                }
                Some(Scalar::Comment(_)) => {}
                found => {
                    let found = match found {
                        None if item.is_array() => "StartArray",
                        None => "StartObject",
                        Some(_) => item.token_type().name(),
                    };
                    let at = if item.is_container() { At::Start } else { At::End };
                    let message = format!("Unexpected token when reading bytes: {found}. ");
                    return Err(self.reader_failure(&item, &message, at));
                }
            }
        }
        self.machine.charge_memory(bytes.len())?;
        Ok(Value::object(Array::bytes(bytes)))
    }

    /// A string where the reader is asked for something else.
    fn read_text(&mut self, token: &JToken, of: &Type, target: Target, nullable: bool, text: &Text) -> Answer {
        if target == Target::Bytes {
            return Ok(token.cast(target, nullable)?.map_or(Value::Null, value_of));
        }
        let name = text_name(target);
        if text.is_empty() && (nullable || name.is_some()) {
            return if nullable { Ok(Value::Null) } else { Err(self.unconverted_as(token, "{null}", of)) };
        }
        let Some(name) = name else { return self.converted(token, of, target) };
        let read = if let Target::Number(to) = target
            && is_read_as_int(to)
        {
            INT
        } else {
            target
        };
        match token.cast(read, false) {
            Ok(Some(_)) if read == target => self.converted(token, of, target),
            // `byte` and `short` are made of what was read.
            Ok(Some(_)) => match token.cast(target, false) {
                Ok(value) => Ok(value.map_or(Value::Null, value_of)),
                Err(_) => Err(self.unconverted_as(token, text, of)),
            },
            _ => {
                let message = format!("Could not convert string to {name}: {text}. ");
                Err(self.reader_failure(token, &message, At::End))
            }
        }
    }

    /// An integer that no `long` holds.
    fn read_long_integer(&mut self, token: &JToken, of: &Type, target: Target) -> Answer {
        match target {
            // It is not zero.
            Target::Boolean => Ok(Value::from(true)),
            Target::Number(to) if is_read_as_int(to) => self.read_int(token, of, target),
            Target::Number(NumberType::Decimal) => match token.cast(target, false) {
                Err(_) if self.text.is_some() => {
                    let message =
                        format!("Input string '{}' is not a valid decimal. ", token.to_json(Formatting::None)?);
                    Err(self.reader_failure(token, &message, At::End))
                }
                read => Ok(read?.map_or(Value::Null, value_of)),
            },
            _ => self.converted(token, of, target),
        }
    }

    /// A number where the reader is asked for an `int`.
    fn read_int(&mut self, token: &JToken, of: &Type, target: Target) -> Answer {
        let is_integer = token.scalar().is_some_and(|value| match value {
            Scalar::Number(number) => number.integer().is_some(),
            Scalar::BigInteger(_) => true,
            _ => false,
        });
        let fits = matches!(token.cast(INT, false), Ok(Some(_)));
        if fits && (is_integer || self.text.is_none()) {
            return self.converted(token, of, target);
        }
        let message = if self.text.is_none() {
            let text = token.scalar().and_then(|value| value.to_plain().ok()).unwrap_or_default();
            format!("Could not convert to integer: {text}. ")
        } else {
            let text = token.to_json(Formatting::None)?;
            if is_integer {
                format!("JSON integer {text} is too large or small for an Int32. ")
            } else {
                format!("Input string '{text}' is not a valid integer. ")
            }
        };
        Err(self.reader_failure(token, &message, At::End))
    }

    fn converted(&mut self, token: &JToken, of: &Type, target: Target) -> Answer {
        if let (Target::Uri, Some(Scalar::String(text))) = (target, token.scalar()) {
            return match Uri::parse(&text, UriKind::RelativeOrAbsolute) {
                Ok(_) => Ok(value_of(Simple::Uri(text))),
                Err(_) => Err(self.unconverted(token, of)),
            };
        }
        match token.cast(target, target == Target::Uri) {
            Ok(Some(simple)) => Ok(value_of(simple)),
            Ok(None) => Ok(Value::Null),
            Err(_) => Err(self.unconverted(token, of)),
        }
    }

    /// What the reader says of a token that it was not asked for.
    fn unexpected(&mut self, token: &JToken, reads: &str) -> Thrown {
        let found = match token.scalar() {
            None if token.is_array() => "StartArray",
            None => "StartObject",
            Some(_) => token.token_type().name(),
        };
        if self.text.is_none() {
            let message = format!("Error reading {reads}. Unexpected token: {found}. ");
            let at = if token.is_container() { At::Start } else { At::End };
            return self.reader_failure(token, &message, at);
        }
        let first = match token.scalar() {
            None if token.is_array() => '[',
            None => '{',
            Some(_) => token.to_json(Formatting::None).ok().and_then(|text| text.chars().next()).unwrap_or_default(),
        };
        let message = format!("Unexpected character encountered while parsing value: {first}. ");
        self.reader_failure(token, &message, At::Before)
    }

    /// The key of a dictionary that a property's name stands for.
    pub(super) fn key(&mut self, name: Text, value: &JToken, of: &Type) -> Answer {
        let made = match Wanted::from_type(of) {
            Wanted::Object | Wanted::Simple(Target::String, _) => return Ok(Value::String(name)),
            Wanted::Simple(target, _) => {
                JToken::value(Scalar::String(name.clone())).cast(target, false).ok().flatten().map(value_of)
            }
            Wanted::Token => None,
            Wanted::Other => match of {
                Type::Class(id, _) if get().class(*id).kind == ClassKind::Enum => {
                    let class = get().class(*id);
                    let value = enum_class::read(class, &name, true);
                    value.map(|value| Value::object(EnumValue { class: class.id, value }))
                }
                _ => None,
            },
        };
        made.ok_or_else(|| {
            let message = format!(
                "Could not convert string '{name}' to dictionary key type '{}'. Create a TypeConverter to convert from the string to the \
                 key type object. ",
                full_name(of)
            );
            self.failure(value, &message, At::Name)
        })
    }
}

const INT: Target = Target::Number(NumberType::Int32);

/// Read with `ReadAsInt32`.
fn is_read_as_int(of: NumberType) -> bool {
    matches!(of, NumberType::Byte | NumberType::Int16 | NumberType::Int32)
}

/// What the reader calls what it is asked for; `None`: it takes any value.
pub(super) fn read_name(target: Target) -> Option<&'static str> {
    match target {
        Target::String => Some("string"),
        Target::Bytes => Some("bytes"),
        Target::DateTime | Target::DateTimeOffset => Some("date"),
        _ => text_name(target),
    }
}

/// What it calls what it reads strings as.
fn text_name(target: Target) -> Option<&'static str> {
    match target {
        Target::Boolean => Some("boolean"),
        Target::Number(NumberType::Single | NumberType::Double) => Some("double"),
        Target::Number(NumberType::Decimal) => Some("decimal"),
        Target::Number(of) if is_read_as_int(of) => Some("integer"),
        Target::DateTime => Some("DateTime"),
        Target::DateTimeOffset => Some("DateTimeOffset"),
        _ => None,
    }
}
