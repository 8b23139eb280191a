//! Values that a document gives: literally, or as an expression whose value is known when its policy runs.

use std::borrow::Cow;

use postern_dotnet::Exception;

use crate::expression::machine::{Machine, Thrown};
use crate::expression::types::Number;
use crate::expression::value::Value;
use crate::expression::{Host, Type, display};

/// What an expression's value is turned into when it has been evaluated, before the policy sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A string: `ToString()` of whatever it is, null is empty.
    Text,
    /// A `bool`; the compiler insists on it.
    Boolean,
    /// A whole number from 0: any integer type, or a string of digits.
    Integer,
    /// A number: any number type, or a string.
    Number,
    /// A body: a `byte[]` as it is, anything else as a string.
    Body,
    /// The value itself.
    Any,
}

impl Wanted {
    /// The type the expression must convert to implicitly.
    pub(crate) fn expected(self) -> Type {
        match self {
            Wanted::Boolean => Type::Bool,
            Wanted::Text | Wanted::Integer | Wanted::Number | Wanted::Body | Wanted::Any => Type::Object,
        }
    }
}

impl Wanted {
    /// Turns an expression's value into what is wanted.
    pub(crate) fn turn(self, value: Value, host: Host<'_>) -> Result<Value, Thrown> {
        Ok(match (self, value) {
            (Wanted::Any, value) | (Wanted::Text | Wanted::Body, value @ Value::String(_)) => value,
            (Wanted::Boolean, value @ Value::Bool(_)) => value,
            (Wanted::Boolean, _) => return Err(Exception::null_reference().into()),
            (Wanted::Body, value) if value.of() == Type::array_of(Type::Number(Number::Byte)) => value,
            (Wanted::Text | Wanted::Body, value) => Value::String(display::to_text(&value, &mut Machine::new(host))?),
            (Wanted::Integer, value) => {
                let text = display::to_text(&value, &mut Machine::new(host))?;
                let not_a_number =
                    || Exception::format(format!("The input string '{text}' was not in a correct format."));
                Value::ULong(text.trim().parse().map_err(|_| not_a_number())?)
            }
            (Wanted::Number, value) => {
                let text = display::to_text(&value, &mut Machine::new(host))?;
                let not_a_number =
                    || Exception::format(format!("The input string '{text}' was not in a correct format."));
                Value::Double(text.trim().parse().map_err(|_| not_a_number())?)
            }
        })
    }
}

/// A literal or the position of an expression's value among those of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given<T> {
    Literal(T),
    Expression(usize),
}

impl Given<Box<str>> {
    /// The text; `values` are those of the policy.
    pub(crate) fn text<'v>(&'v self, values: &'v [Value]) -> &'v str {
        match self {
            Given::Literal(text) => text,
            Given::Expression(at) => match values.get(*at) {
                Some(Value::String(text)) => text,
                _ => "",
            },
        }
    }

    /// The bytes, for a value that was wanted as a body.
    pub(crate) fn body<'v>(&'v self, values: &'v [Value]) -> Cow<'v, [u8]> {
        if let Given::Expression(at) = self
            && let Some(array) = values.get(*at).and_then(Value::downcast_ref::<crate::expression::array::Array>)
            && let Some(bytes) = array.as_bytes()
        {
            return Cow::Owned(bytes.to_vec());
        }
        Cow::Borrowed(self.text(values).as_bytes())
    }

    /// The literal text, if it is one.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self {
            Given::Literal(text) => Some(text),
            Given::Expression(_) => None,
        }
    }
}

/// A name and a value, each literal or computed.
pub(crate) type GivenPair = (Given<Box<str>>, Given<Box<str>>);

impl Given<u64> {
    /// The number.
    pub(crate) fn number(&self, values: &[Value]) -> u64 {
        match self {
            Given::Literal(number) => *number,
            Given::Expression(at) => match values.get(*at) {
                Some(Value::ULong(number)) => *number,
                _ => 0,
            },
        }
    }
}

impl Given<u64> {
    /// The whole part of an expression that was wanted as a number; what is negative or no number is 0.
    pub(crate) fn whole(&self, values: &[Value]) -> u64 {
        match self {
            Given::Literal(number) => *number,
            Given::Expression(at) => match values.get(*at) {
                Some(Value::Double(number)) => *number as u64,
                _ => 0,
            },
        }
    }
}

impl Given<bool> {
    /// The truth value.
    pub(crate) fn flag(&self, values: &[Value]) -> bool {
        match self {
            Given::Literal(flag) => *flag,
            Given::Expression(at) => matches!(values.get(*at), Some(Value::Bool(true))),
        }
    }
}
