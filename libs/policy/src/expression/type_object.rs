//! `System.Type`: what `typeof` and `GetType()` give.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::Text;

use super::library;
use super::machine::{Machine, Thrown};
use super::object::Object;
use super::types::Type;
use super::value::Value;

/// A type as an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeObject(pub Type);

impl Object for TypeObject {
    fn of(&self) -> Type {
        Type::named("System.Type")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(library::full_name(&self.0).into())
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<TypeObject>() == Some(self)
    }

    fn hash_code(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        hasher.finish()
    }
}
