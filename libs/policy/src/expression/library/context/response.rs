//! A response that is kept in a variable: what `send-request` brought.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use postern_dotnet::Text;

use super::context_type;
use crate::charset::{self, Charset};
use crate::effect::HttpResponse;
use crate::expression::array::Array;
use crate::expression::machine::Machine;
use crate::expression::object::{Dictionary, Enumerator, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// An `IResponse` that is not the exchange's own.
#[derive(Debug)]
pub(crate) struct StoredResponse {
    /// What came back.
    pub(crate) response: HttpResponse,
    /// The body, until an expression takes it without preserving it.
    pub(super) body: RefCell<Option<Vec<u8>>>,
}

impl StoredResponse {
    /// Wraps a response.
    pub(crate) fn new(mut response: HttpResponse) -> StoredResponse {
        let body = std::mem::take(&mut response.body);
        StoredResponse { response, body: RefCell::new(Some(body)) }
    }

    /// How the characters of the body are encoded, if the headers say so.
    pub(super) fn charset(&self) -> Option<Charset> {
        let mut headers = self.response.headers.iter();
        let (_, content_type) = headers.find(|(name, _)| name.eq_ignore_ascii_case("Content-Type"))?;
        charset::named(content_type)
    }

    /// A copy of the body; empty when it was taken.
    pub(crate) fn body(&self) -> Vec<u8> {
        self.body.borrow().clone().unwrap_or_default()
    }
}

impl Object for StoredResponse {
    fn of(&self) -> Type {
        context_type("IResponse")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

/// Its `Body`.
pub(super) struct StoredBody(pub(super) Rc<StoredResponse>);

impl Object for StoredBody {
    fn of(&self) -> Type {
        context_type("IMessageBody")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

/// Its `Headers`.
pub(super) struct StoredHeaders(pub(super) Rc<StoredResponse>);

impl StoredHeaders {
    fn values(&self, name: &str) -> impl Iterator<Item = Text> {
        let lines = self.0.response.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| Text::from(String::from_utf8_lossy(value).into_owned()))
    }
}

impl Object for StoredHeaders {
    fn of(&self) -> Type {
        let of = [Type::String, Type::array_of(Type::String)];
        Type::generic("System.Collections.Generic.IReadOnlyDictionary", of)
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(super::maps::Walk::new(self)))
    }

    fn dictionary(&self) -> Option<&dyn Dictionary> {
        Some(self)
    }
}

impl Dictionary for StoredHeaders {
    fn get(&self, _machine: &Machine<'_>, key: &Value) -> Option<Value> {
        let Value::String(name) = key else { return None };
        let values = self.values(name).collect::<Vec<_>>();
        (!values.is_empty()).then(|| Value::object(Array::texts(values)))
    }

    fn keys(&self, _machine: &Machine<'_>) -> Vec<Value> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in &self.0.response.headers {
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name);
            }
        }
        names.into_iter().map(Value::from).collect()
    }
}
