//! Native functions: what is behind the members of the library.

use smallvec::SmallVec;

use postern_dotnet::{Exception, Text};

use super::machine::{Machine, Thrown};
use super::object::Object;
use super::types::Type;
use super::value::Value;

/// A member's code. `this`, if there is one, is the first argument and not null. Arguments have the declared types (a `params` parameter is
/// an array); anything else is a bug of the binder, answered with a default instead of a panic.
pub type Native = for<'c, 'h> fn(&mut Call<'c, 'h>) -> Result<Value, Thrown>;

/// One call of a native.
pub struct Call<'c, 'h> {
    /// For charging work, calling delegates and reaching the exchange.
    pub machine: &'c mut Machine<'h>,
    /// `this` and the arguments.
    pub arguments: SmallVec<[Value; 4]>,
    /// The type arguments: first those of the class, then those of the method.
    pub types: &'c [Type],
    /// Values of `out` parameters, by position in `arguments`.
    pub outs: SmallVec<[(usize, Value); 1]>,
}

impl Call<'_, '_> {
    /// Takes an argument; `null` if there is none.
    pub fn take(&mut self, index: usize) -> Value {
        self.arguments.get_mut(index).map(std::mem::take).unwrap_or_default()
    }

    /// An argument.
    #[must_use]
    pub fn argument(&self, index: usize) -> &Value {
        self.arguments.get(index).unwrap_or(&Value::Null)
    }

    /// Takes all arguments from `index` on.
    pub fn arguments_from(&mut self, index: usize) -> SmallVec<[Value; 4]> {
        self.arguments.drain(index.min(self.arguments.len())..).collect()
    }

    /// A `string` argument; `None` for null.
    #[must_use]
    pub fn text(&self, index: usize) -> Option<&Text> {
        match self.arguments.get(index) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// A `string` argument that must not be null.
    ///
    /// # Errors
    /// `ArgumentNullException` with the parameter's name.
    pub fn required_text(&self, index: usize, parameter: &str) -> Result<Text, Thrown> {
        self.text(index).cloned().ok_or_else(|| Exception::argument_null(parameter).into())
    }

    /// An `int` argument.
    #[must_use]
    pub fn int(&self, index: usize) -> i32 {
        match self.arguments.get(index) {
            Some(Value::Int(value)) => *value,
            _ => 0,
        }
    }

    /// A `bool` argument.
    #[must_use]
    pub fn bool(&self, index: usize) -> bool {
        matches!(self.arguments.get(index), Some(Value::Bool(true)))
    }

    /// An argument that is a `T`; `None` for null.
    #[must_use]
    pub fn object<T: Object>(&self, index: usize) -> Option<std::rc::Rc<T>> {
        self.arguments.get(index).and_then(Value::downcast::<T>)
    }

    /// `this` as a `T`.
    ///
    /// # Errors
    /// `InvalidCastException`, if it is something else, which is a bug of the library.
    pub fn this<T: Object>(&self) -> Result<std::rc::Rc<T>, Thrown> {
        self.object(0).ok_or_else(|| {
            Exception::new(postern_dotnet::ExceptionType::InvalidCast, "Specified cast is not valid.").into()
        })
    }

    /// The number behind an enum argument; 0 for anything else.
    #[must_use]
    pub fn constant(&self, index: usize) -> i64 {
        self.arguments
            .get(index)
            .and_then(Value::downcast_ref::<super::enums::EnumValue>)
            .map_or(0, |value| value.value)
    }

    /// Sets an `out` parameter, by its position counting `this`.
    pub fn set_out(&mut self, index: usize, value: impl Into<Value>) {
        self.outs.push((index, value.into()));
    }

    /// A type argument; `object` if there is none.
    #[must_use]
    pub fn type_argument(&self, index: usize) -> Type {
        self.types.get(index).cloned().unwrap_or(Type::Object)
    }
}
