//! Exceptions as objects: what `catch (Exception e)` binds and `new Exception("…")` makes.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use postern_dotnet::{Exception, Text};

use super::machine::{Machine, Thrown};
use super::object::Object;
use super::types::Type;
use super::value::Value;

/// An exception object.
#[derive(Debug, Clone)]
pub struct ExceptionObject(pub Arc<Exception>);

impl ExceptionObject {
    /// The exception thrown by `throw value`: null is a `NullReferenceException`.
    #[must_use]
    pub fn thrown(value: &Value) -> Thrown {
        match value.downcast_ref::<ExceptionObject>() {
            Some(exception) => Thrown::Exception(Arc::clone(&exception.0)),
            None => Exception::null_reference().into(),
        }
    }
}

impl Object for ExceptionObject {
    fn of(&self) -> Type {
        Type::named(self.0.of.name())
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn equals(&self, other: &Value) -> bool {
        matches!(other, Value::Object(other) if other.identity() == self.identity())
    }

    /// Throwing and catching makes new handles of the same exception.
    fn identity(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    fn hash_code(&self) -> u64 {
        self.identity() as u64
    }

    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        let text = self.0.full_text();
        machine.charge_memory(text.len())?;
        Ok(Text::from(text))
    }
}
