//! `IEqualityComparer<T>`: which values are the same to a collection or query.

use crate::expression::library::comparers::Comparer;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// By content, or as a `StringComparer` says. Code cannot define comparers, so there are no others, and none runs code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Equality(Option<Comparer>);

impl Equality {
    /// That of an `IEqualityComparer<T>` argument; null is the default.
    pub(crate) fn from_argument(comparer: &Value) -> Equality {
        Equality(comparer.downcast_ref::<Comparer>().copied())
    }

    /// The comparer as an object of `EqualityComparer<T>` or what was given.
    pub(super) fn object(self, of: &Type) -> Value {
        match self.0 {
            Some(comparer) => Value::object(comparer),
            None => super::comparers::default_equality(of.clone()),
        }
    }

    /// Whether two values are the same, paid for.
    pub(crate) fn equal(self, machine: &mut Machine<'_>, left: &Value, right: &Value) -> Result<bool, Thrown> {
        machine.charge(match self.0 {
            Some(comparer) => comparer.comparing_steps(left, right),
            None => left.comparing_steps(),
        })?;
        Ok(match self.0 {
            Some(comparer) => comparer.equal(left, right),
            None => left.equals(right),
        })
    }

    /// Steps for hashing a value.
    pub(super) fn key_steps(self, value: &Value) -> usize {
        match self.0 {
            Some(comparer) => comparer.key_steps(value),
            None => value.hashing_steps(),
        }
    }

    /// A value that is the same, by content, for all values that are the same here.
    pub(super) fn key(self, value: &Value) -> Value {
        self.0.map_or_else(|| value.clone(), |comparer| comparer.key(value))
    }
}
