//! `AfterSelf`, `BeforeSelf` and `Ancestors`: each step asks the token at hand, as Newtonsoft.Json does, so a walk sees what was changed meanwhile.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::json::JToken;

use super::wrapper::{linq_type, token_value};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::object::{Enumerator, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Which tokens a walk gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    AfterSelf,
    BeforeSelf,
    Ancestors,
    AncestorsAndSelf,
}

/// An `IEnumerable<JToken>` from a token on.
pub(super) struct Relatives {
    token: JToken,
    way: Way,
}

impl Relatives {
    pub(super) fn value(token: JToken, way: Way) -> Value {
        Value::object(Relatives { token, way })
    }
}

impl Object for Relatives {
    fn of(&self) -> Type {
        Type::generic("System.Collections.Generic.IEnumerable", [linq_type("JToken")])
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(Walking { token: self.token.clone(), way: self.way, at: At::Start }))
    }
}

struct Walking {
    token: JToken,
    way: Way,
    at: At,
}

enum At {
    Start,
    Token(JToken),
    End,
}

/// Steps for the way to the next token.
const STEPS_EACH: usize = 6;

impl Walking {
    fn step(&self) -> Option<JToken> {
        match (&self.at, self.way) {
            (At::End, _) => None,
            (At::Start, Way::AfterSelf) => self.token.next(),
            (At::Start, Way::BeforeSelf) => self.token.parent()?.child(0),
            (At::Start, Way::Ancestors) => self.token.parent(),
            (At::Start, Way::AncestorsAndSelf) => Some(self.token.clone()),
            (At::Token(token), Way::AfterSelf | Way::BeforeSelf) => token.next(),
            (At::Token(token), Way::Ancestors | Way::AncestorsAndSelf) => token.parent(),
        }
    }
}

impl Enumerator for Walking {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(STEPS_EACH)?;
        let next = self.step().filter(|next| self.way != Way::BeforeSelf || !next.is_same(&self.token));
        self.at = next.clone().map_or(At::End, At::Token);
        Ok(next.map(token_value))
    }
}
